//! The judgement of rows: a molecule with its tokens, one that is too long, or none.

use super::clean::CleanOptions;
use super::dataset::{Pieces, id_of};
use super::read::Record;
use super::split::is_validation;
use super::values::Found;
use crate::chem::{Key, Molecule};
use crate::table::BadRow;
use crate::tokenizer::{BOS, Cutter, EOS, MOST_TOKENS, SPECIALS, TokenId};

/// Some rows that follow each other, and the tokens of their molecules by local numbers.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) pieces: Pieces,
    pub(super) verdicts: Vec<Verdict>,
    /// Whether a verdict is that of an over-long molecule.
    too_long: bool,
}

/// The judgement of a row. The text is dropped where it can be written from the ids.
#[derive(Debug)]
pub(super) enum Verdict {
    /// A molecule: of the canonical SMILES only what is needed, for there may be millions.
    Molecule {
        key: Key,
        held_out: bool,
        /// Whether it has unpaired electrons, and whether its text has idle stereo marks.
        odd: [bool; 2],
        ids: Box<[TokenId]>,
        /// Its numbers in the order of the sources.
        numbers: Box<[f32]>,
    },
    /// A molecule of more tokens than are allowed; with its row, if it is the first of these.
    TooLong(Option<Box<BadRow>>),
    /// Not a molecule, or not made of tokens.
    Bad(Box<BadRow>),
}

/// Tokens that find a number in one table.
pub(super) const MOST_PIECES: usize = MOST_TOKENS - SPECIALS.len();

pub(super) fn judge_all(
    records: Vec<Record>,
    sources: &[Found],
    options: &CleanOptions,
) -> Vec<Judged> {
    let mut all = Vec::new();
    let mut judged = Judged::default();
    for record in records {
        // A molecule has at most as many tokens as its text has bytes.
        if judged.pieces.len() + record.smiles.len() > MOST_PIECES {
            all.push(std::mem::take(&mut judged).sealed());
        }
        judged.judge(&record, sources, options);
    }
    all.push(judged.sealed());
    all
}

impl Judged {
    /// The same, with no more memory than it needs: there are thousands of these.
    fn sealed(mut self) -> Self {
        self.pieces.seal();
        self
    }

    fn judge(&mut self, record: &Record, sources: &[Found], options: &CleanOptions) {
        let Record {
            row,
            smiles,
            numbers,
        } = record;
        let bad = |place, reason| Verdict::Bad(Box::new(BadRow::at(place, *row, smiles, reason)));
        let molecule = match Molecule::parse(smiles) {
            Ok(molecule) => molecule,
            Err(invalid) => {
                let verdict = bad(invalid.position, invalid.to_string());
                return self.verdicts.push(verdict);
            }
        };
        let tokens = match Cutter::Atomwise.pieces(smiles) {
            Ok(tokens) => tokens,
            Err(error) => {
                let verdict = bad(Some(error.position), error.sentence());
                return self.verdicts.push(verdict);
            }
        };
        let known = options.known.as_ref();
        let is_known = |token: &&&str| known.is_none_or(|known| known.id(token).is_some());
        if let Some(token) = tokens.iter().find(|token| !is_known(token)) {
            let reason = format!("the model does not know the token `{token}`");
            return self.verdicts.push(bad(None, reason));
        }
        let odd = [
            molecule.is_radical(),
            !molecule.idle_marks(smiles).is_empty(),
        ];
        let sources = sources.iter().enumerate();
        let number =
            |(place, source): (usize, &Found)| source.of(place, &molecule, smiles, numbers) as f32;
        let numbers = sources.map(number).collect();
        self.molecule(
            *row,
            smiles,
            molecule.canonical(),
            odd,
            &tokens,
            numbers,
            options,
        );
    }

    #[expect(clippy::too_many_arguments, reason = "each is a part of one row")]
    pub(super) fn molecule(
        &mut self,
        row: usize,
        smiles: &str,
        canonical: &str,
        odd: [bool; 2],
        tokens: &[&str],
        numbers: Box<[f32]>,
        options: &CleanOptions,
    ) {
        if tokens.len() > options.longest {
            let reason = format!("{} tokens, more than {}", tokens.len(), options.longest);
            let first = !std::mem::replace(&mut self.too_long, true);
            let bad = first.then(|| Box::new(BadRow::new(row, smiles, reason)));
            return self.verdicts.push(Verdict::TooLong(bad));
        }
        let mut ids = Vec::with_capacity(tokens.len() + 2);
        ids.push(BOS);
        ids.extend(tokens.iter().map(|token| id_of(self.pieces.add(token))));
        ids.push(EOS);
        self.verdicts.push(Verdict::Molecule {
            key: Key::of(canonical),
            held_out: is_validation(canonical, options.validation_share),
            odd,
            ids: ids.into_boxed_slice(),
            numbers,
        });
    }
}
