//! The tokenizer: SMILES text to numbers and back.
//!
//! ```text
//! text -> Cutter -> atoms, bonds, branches, ring closures -> Vocabulary -> ids -> Merges -> fewer ids
//! ```
//!
//! A model that follows conditions reads their tokens before the molecule. Knows the alphabet of SMILES
//! ([`pattern`](ALTERNATIVES)), a vocabulary, merges and conditions; knows nothing of chemistry, files or
//! tensors.

use std::collections::HashSet;

mod conditions;
mod cutter;
mod learn;
mod merges;
mod pattern;
mod vocabulary;

pub use conditions::{Condition, ConditionError, Conditions};
pub use cutter::Cutter;
pub use learn::Learner;
pub use merges::{Merge, Merges};
pub use pattern::{ALTERNATIVES, TokenizeError};
pub use vocabulary::{
    BOS, EOS, MOST_TOKENS, PAD, SPECIALS, TokenId, UNK, Vocabulary, VocabularyError,
};

/// The reason for which a text cannot be the prompt of a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// The text has characters outside every SMILES token.
    #[error(transparent)]
    Tokenize(#[from] TokenizeError),
    /// A token that the model was not trained with.
    #[error(
        "the model does not know the token `{token}` at byte {position}\n{}",
        crate::text::caret(text, *position)
    )]
    UnknownToken {
        /// The token.
        token: String,
        /// Byte offset of the token in the prompt.
        position: usize,
        /// The whole prompt.
        text: String,
    },
    /// No room for another token.
    #[error("the prompt has {length} tokens, [BOS] counted, the model goes on from at most {room}")]
    TooLong {
        /// Tokens of the prompt.
        length: usize,
        /// Tokens that leave room for one more.
        room: usize,
    },
}

/// Encodes and decodes SMILES by a vocabulary, and by merges of its tokens if it has any.
#[derive(Debug, Clone, PartialEq)]
pub struct Tokenizer {
    vocabulary: Vocabulary,
    merges: Merges,
    conditions: Conditions,
}

impl Tokenizer {
    /// A tokenizer of this vocabulary, whose tokens are single atoms, bonds, branches and ring
    /// closures.
    pub fn atomwise(vocabulary: Vocabulary) -> Self {
        Self {
            vocabulary,
            merges: Merges::default(),
            conditions: Conditions::default(),
        }
    }

    /// A tokenizer from the texts of its tokens and of its merges (the text before, a blank, the text behind), as
    /// [`Vocabulary::tokens`] and [`Tokenizer::merge_texts`] give them.
    ///
    /// # Errors
    /// Those of [`Vocabulary::from_tokens`], where a token is one SMILES token or what a merge makes; and
    /// [`VocabularyError::Merge`] for a merge of what is not in the vocabulary, or into what is not.
    pub fn from_texts(tokens: Vec<String>, merges: &[String]) -> Result<Self, VocabularyError> {
        let refused = |line: usize, reason: &'static str| VocabularyError::Merge {
            position: line,
            text: merges[line].clone(),
            reason,
        };
        let sides = |(line, text): (usize, &String)| {
            let sides = text.split_once(' ');
            sides
                .filter(|(left, right)| {
                    !left.is_empty() && !right.is_empty() && !right.contains(' ')
                })
                .map(|(left, right)| (left.to_owned(), right.to_owned()))
                .ok_or_else(|| refused(line, "a merge is two tokens with a blank between"))
        };
        let sides: Vec<(String, String)> = merges
            .iter()
            .enumerate()
            .map(sides)
            .collect::<Result<_, _>>()?;
        let merged: HashSet<String> = sides
            .iter()
            .map(|(left, right)| format!("{left}{right}"))
            .collect();
        let vocabulary = Vocabulary::from_tokens_and(tokens, &merged)?;
        let rule = |(line, (left, right)): (usize, &(String, String))| {
            let id = |text: &str| vocabulary.id(text).filter(|id| *id > UNK);
            let known = id(left).zip(id(right)).zip(id(&format!("{left}{right}")));
            let ((left, right), merged) =
                known.ok_or_else(|| refused(line, "the vocabulary lacks one of its tokens"))?;
            Ok(Merge {
                left,
                right,
                merged,
            })
        };
        let rules: Result<_, VocabularyError> = sides.iter().enumerate().map(rule).collect();
        let merges = Merges::new(rules?);
        Ok(Self {
            merges,
            ..Self::atomwise(vocabulary)
        })
    }

    /// The same with these conditions after those that it has already, whose names are left out; their
    /// tokens come last in the vocabulary, unless they are there.
    ///
    /// # Errors
    /// [`VocabularyError::TooMany`].
    pub fn with_conditions(&self, conditions: Vec<Condition>) -> Result<Self, VocabularyError> {
        let mut all = self.conditions.all().to_vec();
        for condition in conditions {
            if all.iter().all(|known| known.name != condition.name) {
                all.push(condition);
            }
        }
        let texts = all.iter().enumerate();
        let texts: Vec<String> = texts
            .flat_map(|(place, condition)| conditions::texts(place, condition))
            .collect();
        let vocabulary = self.vocabulary.extended(&texts);
        vocabulary.check()?;
        let count = vocabulary.len();
        let conditions = Conditions::new(all, &vocabulary);
        Ok(Self {
            conditions: conditions.map_err(|_| VocabularyError::TooMany { count })?,
            merges: self.merges.clone(),
            vocabulary,
        })
    }

    /// The same with up to `count` further merges, those of the most frequent neighbours among `molecules` as this
    /// tokenizer encodes them; their tokens come last in the vocabulary. There are fewer where no neighbours are
    /// left that occur twice, or no numbers.
    ///
    /// No merge reaches across the gap between two components, and each makes a text that is no token yet.
    /// `on_merge` hears of each, and how often its two sides stood side by side; the second value has these
    /// counts.
    pub fn learned(
        &self,
        molecules: impl Iterator<Item = Vec<TokenId>>,
        count: usize,
        on_merge: &dyn Fn(u64),
    ) -> (Self, Vec<u64>) {
        let gap = self.vocabulary.id(".");
        let mut learner = Learner::default();
        for molecule in molecules {
            learner.add(&molecule, |id| id <= UNK || Some(id) == gap);
        }
        learner.count();
        let mut texts = self.vocabulary.tokens().to_vec();
        let mut known: HashSet<String> = texts.iter().cloned().collect();
        let mut rules = self.merges.rules().to_vec();
        let mut counts = Vec::new();
        for _ in 0..count.min(MOST_TOKENS - texts.len()) {
            let text = |left: TokenId, right: TokenId| {
                [&*texts[usize::from(left.0)], &texts[usize::from(right.0)]].concat()
            };
            let is_new = |left, right| !known.contains(&text(left, right));
            let Some((left, right, times)) = learner.most_frequent(is_new) else {
                break;
            };
            let merge = Merge {
                left,
                right,
                merged: TokenId(texts.len() as u16),
            };
            let text = text(left, right);
            learner.merge(merge);
            rules.push(merge);
            known.insert(text.clone());
            texts.push(text);
            on_merge(times);
            counts.push(times);
        }
        let learned = Self {
            vocabulary: Vocabulary::index(texts),
            merges: Merges::new(rules),
            conditions: self.conditions.clone(),
        };
        (learned, counts)
    }

    /// The same with further tokens at the end of its vocabulary: see [`Vocabulary::extended`].
    #[must_use]
    pub fn extended(&self, tokens: &[String]) -> Self {
        Self {
            vocabulary: self.vocabulary.extended(tokens),
            merges: self.merges.clone(),
            conditions: self.conditions.clone(),
        }
    }

    /// The tokens that the model knows.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The merges, in the order in which they are made; none where tokens are single atoms.
    pub fn merges(&self) -> &Merges {
        &self.merges
    }

    /// The conditions that the model can read before a molecule.
    pub fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// Whether molecules are written with a token: not with special ones, nor with those of conditions.
    pub fn writes(&self, id: TokenId) -> bool {
        id > UNK && !self.conditions.contains(id)
    }

    /// Whether a text is that of a token of a condition.
    pub fn is_condition(&self, text: &str) -> bool {
        let id = self.vocabulary.id(text);
        id.is_some_and(|id| self.conditions.contains(id))
    }

    /// The id of a piece of SMILES, if molecules are written with it.
    pub fn id_of_piece(&self, piece: &str) -> Option<TokenId> {
        self.vocabulary.id(piece).filter(|id| self.writes(*id))
    }

    /// The texts of the merges: before, a blank, behind.
    pub fn merge_texts(&self) -> Vec<String> {
        let text = |id| self.vocabulary.token(id).unwrap_or_default();
        let rules = self.merges.rules().iter();
        rules
            .map(|rule| format!("{} {}", text(rule.left), text(rule.right)))
            .collect()
    }

    /// The texts of a molecule's tokens, known or not; joined, they are the molecule again.
    ///
    /// # Errors
    /// [`TokenizeError`] for text that is not made of SMILES tokens.
    pub fn pieces<'t>(&self, smiles: &'t str) -> Result<Vec<&'t str>, TokenizeError> {
        let atoms = Cutter::Atomwise.pieces(smiles)?;
        if self.merges.is_empty() {
            return Ok(atoms);
        }
        let mut unknown = atoms.iter().filter(|atom| self.id(atom) == UNK);
        let mut rest = smiles;
        let mut cut = |id: &TokenId| {
            let token = self.vocabulary.token(*id).filter(|_| *id != UNK);
            let length = token
                .or_else(|| unknown.next().copied())
                .map_or(0, str::len);
            let (piece, after) = rest.split_at(length);
            rest = after;
            piece
        };
        Ok(self.merged(&atoms).iter().map(&mut cut).collect())
    }

    /// The id of a piece; [`UNK`] where the vocabulary lacks it, and for the text of a token that no
    /// molecule is written with.
    fn id(&self, piece: &str) -> TokenId {
        self.id_of_piece(piece).unwrap_or(UNK)
    }

    /// The ids of pieces, merged.
    fn merged(&self, pieces: &[&str]) -> Vec<TokenId> {
        let mut ids = pieces.iter().map(|piece| self.id(piece)).collect();
        self.merges.apply(&mut ids);
        ids
    }

    /// [`BOS`], the molecule's tokens, [`EOS`]; [`UNK`] for a token outside the vocabulary and for
    /// the text of a special token.
    ///
    /// # Errors
    /// [`TokenizeError`] for text that is not made of SMILES tokens.
    pub fn encode(&self, smiles: &str) -> Result<Vec<TokenId>, TokenizeError> {
        let pieces = Cutter::Atomwise.pieces(smiles)?;
        let ids = self.merged(&pieces);
        Ok(std::iter::once(BOS).chain(ids).chain([EOS]).collect())
    }

    /// [`BOS`] and the prompt's tokens, for the model to go on from.
    ///
    /// # Errors
    /// [`PromptError`] for text that is not made of SMILES tokens, and for a token that the model
    /// does not know: continuing from [`UNK`] would silently drop what was asked for. The texts of
    /// the special tokens are such tokens too.
    pub fn encode_prompt(&self, prompt: &str) -> Result<Vec<TokenId>, PromptError> {
        let mut ids = vec![BOS];
        let mut position = 0;
        for token in self.pieces(prompt)? {
            let id = self.id_of_piece(token);
            ids.push(id.ok_or_else(|| PromptError::UnknownToken {
                token: token.to_owned(),
                position,
                text: prompt.to_owned(),
            })?);
            position += token.len();
        }
        Ok(ids)
    }

    /// The text of these ids without [`PAD`], [`BOS`], [`EOS`] and the tokens of conditions. [`UNK`], and an
    /// id that the vocabulary does not have, is written `[UNK]`, which is no molecule.
    pub fn decode(&self, ids: &[TokenId]) -> String {
        ids.iter()
            .filter(|id| !matches!(**id, PAD | BOS | EOS) && !self.conditions.contains(**id))
            .map(|id| {
                self.vocabulary
                    .token(*id)
                    .unwrap_or(SPECIALS[UNK.0 as usize])
            })
            .collect()
    }
}

crate::error::becomes!(Input: PromptError, TokenizeError, VocabularyError);
crate::error::becomes!(Setting: ConditionError);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokenizer() -> Tokenizer {
        let molecules = ["CC(=O)Nc1ccc(O)cc1Br", "C[C@@H](N)C%10CC%10", "F/C=C\\Cl"];
        Tokenizer::atomwise(Vocabulary::from_molecules(molecules.into_iter()))
    }

    #[test]
    fn encodes_between_begin_and_end() {
        let tokenizer = tokenizer();
        let carbon = tokenizer.vocabulary.id("C").expect("known");
        assert_eq!(tokenizer.encode("CC"), Ok(vec![BOS, carbon, carbon, EOS]));
        assert_eq!(tokenizer.encode(""), Ok(vec![BOS, EOS]));
        assert_eq!(
            tokenizer.encode("C[Se]C"),
            Ok(vec![BOS, carbon, UNK, carbon, EOS])
        );
        assert_eq!(tokenizer.encode("[PAD]"), Ok(vec![BOS, UNK, EOS]));
        assert_eq!(
            tokenizer.encode("CX").map_err(|error| error.position),
            Err(1)
        );
        assert_eq!(tokenizer.encode_prompt("CC"), Ok(vec![BOS, carbon, carbon]));
        assert_eq!(tokenizer.encode_prompt(""), Ok(vec![BOS]));
    }

    #[test]
    fn decodes_without_specials() {
        let tokenizer = tokenizer();
        let carbon = tokenizer.vocabulary.id("C").expect("known");
        assert_eq!(tokenizer.decode(&[BOS, carbon, UNK, EOS, PAD]), "C[UNK]");
        assert_eq!(tokenizer.decode(&[TokenId(999)]), "[UNK]");
        assert_eq!(tokenizer.decode(&[]), "");
    }

    /// The same with merges that these molecules have.
    fn pairs() -> Tokenizer {
        let tokenizer = tokenizer();
        let molecules = ["CC(=O)Nc1ccc(O)cc1", "c1ccccc1.c1ccccc1", "CC(=O)N"];
        let ids = molecules.map(|text| tokenizer.encode(text).expect("tokens"));
        tokenizer.learned(ids.into_iter(), 6, &|_| ()).0
    }

    #[test]
    fn merges_are_learned_and_come_back_from_their_texts() {
        let pairs = pairs();
        let texts = pairs.merge_texts();
        assert_eq!(texts, ["c c", "c 1", "O )", "c1 cc", "( =", "C C"]);
        assert_eq!(
            pairs.pieces("CC(=O)Nc1ccccc1"),
            Ok(vec!["CC", "(=", "O)", "N", "c1cc", "cc", "c1"])
        );
        assert_eq!(
            pairs.pieces("cc[Se]cc.c"),
            Ok(vec!["cc", "[Se]", "cc", ".", "c"])
        );
        let again = Tokenizer::from_texts(pairs.vocabulary().tokens().to_vec(), &texts);
        assert_eq!(again, Ok(pairs.clone()));
        // New atoms come after the merged tokens.
        let more = pairs.extended(&["[Se]".to_owned()]);
        assert_eq!(
            more.vocabulary().tokens().last().map(String::as_str),
            Some("[Se]")
        );
        assert_eq!(more.encode("cc[Se]").map(|ids| ids.len()), Ok(4));
        // A corpus without neighbours that occur twice has no more merges.
        let one = tokenizer().encode("CN").expect("tokens");
        let (none, counts) = tokenizer().learned(std::iter::once(one), 5, &|_| ());
        assert!(counts.is_empty());
        assert!(none.merges().is_empty());
    }

    #[test]
    fn damaged_merges_are_refused() {
        let tokens = || pairs().vocabulary().tokens().to_vec();
        for (merge, expected) in [
            (
                "c",
                "merge 0, `c`: a merge is two tokens with a blank between",
            ),
            (
                "c  c",
                "merge 0, `c  c`: a merge is two tokens with a blank between",
            ),
            (
                "c [Se]",
                "merge 0, `c [Se]`: the vocabulary lacks one of its tokens",
            ),
        ] {
            let merges: Vec<String> = std::iter::once(merge.to_owned())
                .chain(pairs().merge_texts())
                .collect();
            let error = Tokenizer::from_texts(tokens(), &merges).expect_err("refused");
            assert_eq!(error.to_string(), expected);
        }
        let error =
            Tokenizer::from_texts(tokens(), &pairs().merge_texts()[1..]).expect_err("refused");
        assert!(error.to_string().contains("`cc`"), "{error}");
    }

    #[track_caller]
    fn check_prompt(prompt: &str, expected: &str) {
        let error = tokenizer().encode_prompt(prompt).expect_err("refused");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn refuses_prompts_that_the_model_cannot_continue() {
        check_prompt(
            "CC[Se]C",
            "the model does not know the token `[Se]` at byte 2\n  CC[Se]C\n    ^",
        );
        check_prompt(
            "C[EOS]",
            "the model does not know the token `[EOS]` at byte 1\n  C[EOS]\n   ^",
        );
        check_prompt(
            "C!",
            "'!' is not part of any SMILES token at byte 1\n  C!\n   ^",
        );
    }

    proptest! {
        #[test]
        fn decode_undoes_encode(
            tokens in prop::collection::vec(
                prop::sample::select(tokenizer().vocabulary().tokens()[4..].to_vec()), 0..60)
        ) {
            let smiles = tokens.concat();
            for tokenizer in [tokenizer(), pairs()] {
                let ids = tokenizer.encode(&smiles).expect("tokens");
                prop_assert_eq!(&tokenizer.decode(&ids), &smiles);
                let pieces = tokenizer.pieces(&smiles).expect("tokens");
                prop_assert_eq!(pieces.concat(), smiles.clone());
                prop_assert_eq!(pieces.len() + 2, ids.len());
            }
        }
    }
}
