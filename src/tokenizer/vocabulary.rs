//! The vocabulary: a bijection between token texts and numbers.
//!
//! Knows nothing of SMILES beyond [`Cutter`]; the order of its tokens is part of a model.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Cutter;

/// The number of a token in a vocabulary, which is its row in the embedding table. Small, because
/// a data set of millions of molecules lies in memory as such numbers.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct TokenId(pub u16);

/// Fills batches of unequal rows; never predicted, never counted in the loss.
pub const PAD: TokenId = TokenId(0);
/// Begins every molecule.
pub const BOS: TokenId = TokenId(1);
/// Ends every molecule.
pub const EOS: TokenId = TokenId(2);
/// Stands for a token that the vocabulary does not have.
pub const UNK: TokenId = TokenId(3);

/// Texts of the special tokens in the order of their ids. All are SMILES-like bracket atoms that
/// no element can be mistaken for.
pub const SPECIALS: [&str; 4] = ["[PAD]", "[BOS]", "[EOS]", "[UNK]"];

/// Most tokens of a vocabulary.
pub const MOST_TOKENS: usize = 1 << 16;

/// The reason for which a list of tokens is not a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VocabularyError {
    /// The list does not begin with the special tokens.
    #[error(
        "token {position} of the vocabulary is `{found}` and must be `{expected}`: \
         a vocabulary begins with {}", SPECIALS.join(" ")
    )]
    Specials {
        /// Index in the list.
        position: usize,
        /// The expected token.
        expected: &'static str,
        /// The token found; empty where the list ends before it.
        found: String,
    },
    /// A token occurs twice.
    #[error("token `{token}` occurs twice in the vocabulary, at {first} and {second}")]
    Duplicate {
        /// The token.
        token: String,
        /// Index of its first occurrence.
        first: usize,
        /// Index of its second occurrence.
        second: usize,
    },
    /// More tokens than there are numbers.
    #[error(
        "{count} different tokens are more than the {MOST_TOKENS} that a vocabulary can hold: take \
         atom maps and isotopes out of the molecules"
    )]
    TooMany {
        /// Number of tokens.
        count: usize,
    },
    /// A merge that makes no token.
    #[error("merge {position}, `{text}`: {reason}")]
    Merge {
        /// Index in the list.
        position: usize,
        /// The text.
        text: String,
        /// The reason, one clause.
        reason: &'static str,
    },
    /// A text that is not one token of the SMILES pattern, which no molecule could ever use.
    #[error("`{token}`, token {position} of the vocabulary, is not one SMILES token")]
    NotAToken {
        /// The text.
        token: String,
        /// Index in the list.
        position: usize,
    },
}

/// The tokens that a model knows, by number and by text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vocabulary {
    tokens: Vec<String>,
    ids: HashMap<String, TokenId>,
}

impl Vocabulary {
    /// The special tokens, then every token of the molecules in byte order, so that the order of
    /// the molecules does not matter. Molecules that cannot be cut
    /// ([`Cutter::Atomwise`]) add nothing.
    ///
    /// Of more than [`MOST_TOKENS`] tokens, the last have no number: see [`Vocabulary::check`].
    pub fn from_molecules<'a>(molecules: impl Iterator<Item = &'a str>) -> Self {
        let mut found: BTreeSet<&str> = BTreeSet::new();
        for smiles in molecules {
            found.extend(Cutter::Atomwise.pieces(smiles).unwrap_or_default());
        }
        Self::from_pieces(found.into_iter())
    }

    /// The special tokens, then these texts in byte order, each once.
    pub(crate) fn from_pieces<'a>(pieces: impl Iterator<Item = &'a str>) -> Self {
        let mut found: BTreeSet<&str> = pieces.collect();
        for special in SPECIALS {
            found.remove(special);
        }
        let tokens = SPECIALS.into_iter().chain(found);
        Self::index(tokens.map(str::to_owned).collect())
    }

    /// A vocabulary from its list of tokens, as a checkpoint stores it.
    ///
    /// # Errors
    /// [`VocabularyError`] unless the special tokens come first, every other text is one SMILES
    /// token and none occurs twice.
    pub fn from_tokens(tokens: Vec<String>) -> Result<Self, VocabularyError> {
        Self::from_tokens_and(tokens, &HashSet::new())
    }

    /// The same where tokens may be `merged` texts, too.
    pub(super) fn from_tokens_and(
        tokens: Vec<String>,
        merged: &HashSet<String>,
    ) -> Result<Self, VocabularyError> {
        for (position, expected) in SPECIALS.into_iter().enumerate() {
            let found = tokens.get(position).map_or("", String::as_str);
            if found != expected {
                let found = found.to_owned();
                return Err(VocabularyError::Specials {
                    position,
                    expected,
                    found,
                });
            }
        }
        let mut seen = HashMap::new();
        for (position, token) in tokens.iter().enumerate() {
            if !Cutter::Atomwise.is_piece(token) && !merged.contains(token) {
                return Err(VocabularyError::NotAToken {
                    token: token.clone(),
                    position,
                });
            }
            if let Some(first) = seen.insert(token, position) {
                let token = token.clone();
                return Err(VocabularyError::Duplicate {
                    token,
                    first,
                    second: position,
                });
            }
        }
        let vocabulary = Self::index(tokens);
        vocabulary.check()?;
        Ok(vocabulary)
    }

    /// Whether each token has a number.
    ///
    /// # Errors
    /// [`VocabularyError::TooMany`].
    pub fn check(&self) -> Result<(), VocabularyError> {
        match self.tokens.len() {
            count if count > MOST_TOKENS => Err(VocabularyError::TooMany { count }),
            _ => Ok(()),
        }
    }

    /// This vocabulary with further tokens at its end; those that it has already, and texts that
    /// are not one SMILES token, are left out. Ids stay.
    #[must_use]
    pub fn extended(&self, tokens: &[String]) -> Self {
        let mut all = self.tokens.clone();
        for token in tokens {
            if Cutter::Atomwise.is_piece(token) && !all.contains(token) {
                all.push(token.clone());
            }
        }
        Self::index(all)
    }

    pub(super) fn index(tokens: Vec<String>) -> Self {
        let numbers = (0..=u16::MAX).map(TokenId);
        let ids = tokens.iter().cloned().zip(numbers).collect();
        Self { tokens, ids }
    }

    /// All tokens in the order of their ids, the special ones first.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// Number of tokens, the four special ones included; never zero.
    #[expect(
        clippy::len_without_is_empty,
        reason = "the special tokens are always there"
    )]
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The id of a token's text.
    pub fn id(&self, token: &str) -> Option<TokenId> {
        self.ids.get(token).copied()
    }

    /// The text of an id.
    pub fn token(&self, id: TokenId) -> Option<&str> {
        self.tokens.get(usize::from(id.0)).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(words: &str) -> Vec<String> {
        words.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn order_is_specials_then_bytes_whatever_the_order_of_molecules() {
        let one = Vocabulary::from_molecules(["CCO", "c1ccccc1Br", "not smiles"].into_iter());
        let two = Vocabulary::from_molecules(["c1ccccc1Br", "CCO", "C"].into_iter());
        assert_eq!(one, two);
        assert_eq!(one.tokens(), list("[PAD] [BOS] [EOS] [UNK] 1 Br C O c"));
        assert_eq!(one.len(), 9);
        assert_eq!(one.id("Br"), Some(TokenId(5)));
        assert_eq!(one.token(TokenId(5)), Some("Br"));
        assert_eq!(one.id("N"), None);
        assert_eq!(one.token(TokenId(9)), None);
        for (id, special) in [PAD, BOS, EOS, UNK].into_iter().zip(SPECIALS) {
            assert_eq!(one.token(id), Some(special));
        }
    }

    #[test]
    fn stored_list_comes_back_equal() {
        let vocabulary = Vocabulary::from_molecules(["CC[N+](C)=O"].into_iter());
        let again = Vocabulary::from_tokens(vocabulary.tokens().to_vec());
        assert_eq!(again, Ok(vocabulary));
    }

    #[test]
    fn extended_keeps_ids() {
        let vocabulary = Vocabulary::from_molecules(["CCO"].into_iter());
        let more = vocabulary.extended(&list("O [Se] CC [Se] N"));
        assert_eq!(more.tokens(), list("[PAD] [BOS] [EOS] [UNK] C O [Se] N"));
    }

    #[track_caller]
    fn check_refused(words: &str, expected: &str) {
        let error = Vocabulary::from_tokens(list(words)).expect_err("refused");
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn refuses_more_tokens_than_numbers() {
        let maps = |count: usize| -> Vec<String> {
            let specials = SPECIALS.map(str::to_owned).into_iter();
            specials
                .chain((0..count - 4).map(|map| format!("[C:{map}]")))
                .collect()
        };
        let most = Vocabulary::from_tokens(maps(MOST_TOKENS)).expect("fits");
        assert_eq!(most.id("[C:65531]"), Some(TokenId(u16::MAX)));
        let error = Vocabulary::from_tokens(maps(MOST_TOKENS + 1)).expect_err("refused");
        assert!(
            error.to_string().starts_with("65537 different tokens"),
            "{error}"
        );
    }

    #[test]
    fn refuses_lists_that_are_no_vocabulary() {
        check_refused("", "must be `[PAD]`");
        check_refused(
            "[PAD] [BOS] [UNK] [EOS]",
            "token 2 of the vocabulary is `[UNK]`",
        );
        check_refused("[PAD] [BOS] [EOS] [UNK] C O C", "`C` occurs twice");
        check_refused("[PAD] [BOS] [EOS] [UNK] [PAD]", "`[PAD]` occurs twice");
        check_refused("[PAD] [BOS] [EOS] [UNK] CO", "not one SMILES token");
        check_refused("[PAD] [BOS] [EOS] [UNK] x", "not one SMILES token");
    }
}
