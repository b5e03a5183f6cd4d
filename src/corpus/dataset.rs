//! The molecules of a data set as token ids, cut once; their texts and other vocabularies' ids
//! follow from these.

use std::collections::HashMap;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::audit::Audit;
use crate::tokenizer::{BOS, EOS, MOST_TOKENS, SPECIALS, TokenId, Tokenizer, UNK, Vocabulary};

/// The molecules to train on and those held out, in file order, as ids from
/// [`BOS`] to [`EOS`] under numbers of their own. A set of millions lies in memory this way:
/// [`Dataset::encoded`] gives it the ids of a model, [`Dataset::texts`] writes molecules as they
/// were in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Molecules to train on.
    pub train: Vec<Vec<TokenId>>,
    /// Molecules held out; may be none, if the file is small.
    pub validation: Vec<Vec<TokenId>>,
    /// Counts of the rows read and of those left out.
    pub audit: Audit,
    /// Of molecules to train on, and of those held out, the numbers that were asked for, molecule by
    /// molecule; not a number where one has none.
    pub(super) numbers: [Vec<f32>; 2],
    pieces: Pieces,
}

/// The tokens of a data set, numbered as they come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pieces {
    texts: Vec<String>,
    ids: HashMap<String, usize>,
    /// Whether a molecule to train on has it.
    trained: Vec<bool>,
}

impl Pieces {
    /// Number of different tokens.
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Number of different tokens of the molecules to train on.
    pub(super) fn trained(&self) -> usize {
        self.trained.iter().filter(|trained| **trained).count()
    }

    /// The place of a piece, the next one if it is new.
    pub(super) fn add(&mut self, piece: &str) -> usize {
        self.ids.get(piece).copied().unwrap_or_else(|| {
            let place = self.texts.len();
            self.ids.insert(piece.to_owned(), place);
            self.texts.push(piece.to_owned());
            self.trained.push(false);
            place
        })
    }

    /// Forgets how to find a piece: nothing is added any more.
    pub(super) fn seal(&mut self) {
        self.ids = HashMap::new();
    }

    /// Notes that a molecule to train on has the piece of this place.
    pub(super) fn train(&mut self, place: usize) {
        self.trained[place] = true;
    }

    /// The text of an id.
    pub(super) fn text(&self, id: TokenId) -> &str {
        let place = usize::from(id.0).checked_sub(SPECIALS.len());
        let text = place.and_then(|place| self.texts.get(place));
        text.map_or(SPECIALS[UNK.0 as usize], String::as_str)
    }
}

/// The id of a piece by its place, after those of the special tokens; [`UNK`] where no numbers are
/// left.
pub(super) fn id_of(place: usize) -> TokenId {
    let number = place + SPECIALS.len();
    if number < MOST_TOKENS {
        TokenId(number as u16)
    } else {
        UNK
    }
}

impl Dataset {
    pub(super) fn new(
        train: Vec<Vec<TokenId>>,
        validation: Vec<Vec<TokenId>>,
        mut pieces: Pieces,
        audit: Audit,
    ) -> Self {
        pieces.seal();
        Self {
            train,
            validation,
            audit,
            numbers: [Vec::new(), Vec::new()],
            pieces,
        }
    }

    /// A molecule as the file wrote it.
    pub fn text(&self, molecule: &[TokenId]) -> String {
        let inside = molecule.iter().filter(|id| !matches!(**id, BOS | EOS));
        inside.map(|id| self.pieces.text(*id)).collect()
    }

    /// Molecules as the file wrote them: of `train`, say.
    pub fn texts(&self, molecules: &[Vec<TokenId>]) -> impl Iterator<Item = String> {
        molecules.iter().map(|molecule| self.text(molecule))
    }

    /// The special tokens, then every token of the molecules to train on in byte order: that of
    /// [`Vocabulary::from_molecules`].
    pub fn vocabulary(&self) -> Vocabulary {
        let all = self.pieces.texts.iter().zip(&self.pieces.trained);
        let trained = all.filter(|(_, trained)| **trained);
        Vocabulary::from_pieces(trained.map(|(text, _)| text.as_str()))
    }

    /// The same with the tokens that only held-out molecules have.
    pub fn whole_vocabulary(&self) -> Vocabulary {
        Vocabulary::from_pieces(self.pieces.texts.iter().map(String::as_str))
    }

    /// The same set with a molecule on each side, where there are two: the split by content leaves few
    /// molecules on one side now and then. The one that moves follows from the molecules alone.
    #[must_use]
    pub fn with_both_sides(mut self) -> Self {
        let digest = |ids: &Vec<TokenId>| Sha256::digest(self.text(ids));
        let first = |molecules: &[Vec<TokenId>]| {
            let digests = molecules.iter().map(digest).enumerate();
            digests.min_by_key(|(_, digest)| *digest).map(|it| it.0)
        };
        let (train, validation) = (self.train.len(), self.validation.len());
        let each = (self.numbers[0].len() + self.numbers[1].len()) / (train + validation).max(1);
        if train > 1 && validation == 0 {
            let moved = first(&self.train);
            self.move_numbers(0, moved, each);
            let moved = moved.map(|place| self.train.remove(place));
            self.validation.extend(moved);
        } else if train == 0 && validation > 1 {
            let moved = first(&self.validation);
            self.move_numbers(1, moved, each);
            let moved = moved.map(|place| self.validation.remove(place));
            for id in moved.iter().flatten() {
                if let Some(place) = usize::from(id.0).checked_sub(SPECIALS.len()) {
                    self.pieces.train(place);
                }
            }
            self.train.extend(moved);
        }
        self.audit.train = self.train.len();
        self.audit.validation = self.validation.len();
        self
    }

    /// Moves the numbers of the molecule at a place to the end of those of the other side.
    fn move_numbers(&mut self, side: usize, place: Option<usize>, each: usize) {
        let Some(place) = place else { return };
        let from = place * each;
        let moved: Vec<f32> = self.numbers[side].drain(from..from + each).collect();
        self.numbers[1 - side].extend(moved);
    }

    /// The ids under a tokenizer of each piece of this set, single atoms and the like.
    fn ids(&self, tokenizer: &Tokenizer) -> Vec<TokenId> {
        let known = |text: &String| tokenizer.id_of_piece(text);
        let specials = (0..SPECIALS.len()).map(|id| TokenId(id as u16));
        let others = self.pieces.texts.iter();
        let others = others.map(|text| known(text).unwrap_or(UNK));
        specials.chain(others).collect()
    }

    /// How many numbers each molecule has.
    pub fn numbers_each(&self) -> usize {
        self.numbers[0].len() / self.train.len().max(1)
    }

    /// All numbers, of molecules to train on first.
    pub fn all_numbers(&self) -> impl Iterator<Item = f32> {
        self.numbers.iter().flatten().copied()
    }

    /// The number at this place of each molecule to train on.
    pub fn numbers(&self, place: usize) -> impl Iterator<Item = f64> {
        let all = self.numbers[0].iter().skip(place);
        all.step_by(self.numbers_each().max(1))
            .copied()
            .map(f64::from)
    }

    /// The molecules to train on, one after the other, as this tokenizer encodes them.
    pub fn encode_train(&self, tokenizer: &Tokenizer) -> impl Iterator<Item = Vec<TokenId>> {
        let ids = self.ids(tokenizer);
        self.train.iter().map(move |molecule| {
            let mut molecule: Vec<TokenId> =
                molecule.iter().map(|id| ids[usize::from(id.0)]).collect();
            tokenizer.merges().apply(&mut molecule);
            molecule
        })
    }

    /// The molecules to train on and those held out as this tokenizer encodes them, in the memory
    /// that they are in. The tokens of its conditions come after [`BOS`]; the numbers of the set are those
    /// of its conditions, in their order.
    pub fn encoded(self, tokenizer: &Tokenizer) -> [Vec<Vec<TokenId>>; 2] {
        let ids = self.ids(tokenizer);
        let each = self.numbers_each();
        let side = |mut molecules: Vec<Vec<TokenId>>, numbers: &[f32]| {
            let encode = |(place, molecule): (usize, &mut Vec<TokenId>)| {
                for id in &mut *molecule {
                    *id = ids[usize::from(id.0)];
                }
                tokenizer.merges().apply(molecule);
                let values = numbers[place * each..(place + 1) * each].iter();
                let values = values.copied().map(f64::from);
                molecule.splice(1..1, tokenizer.conditions().tokens(values));
            };
            molecules.par_iter_mut().enumerate().for_each(encode);
            molecules
        };
        let [train, validation] = &self.numbers;
        [side(self.train, train), side(self.validation, validation)]
    }
}
