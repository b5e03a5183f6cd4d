//! The tokenizer: SMILES text to numbers and back.
//!
//! Knows the alphabet of SMILES ([`pattern`](ALTERNATIVES)) and a vocabulary; knows nothing of
//! chemistry, files or tensors.

mod cutter;
mod learn;
mod merges;
mod pattern;
mod vocabulary;

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

/// Encodes and decodes SMILES by a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokenizer {
    cutter: Cutter,
    vocabulary: Vocabulary,
}

impl Tokenizer {
    /// A tokenizer of this vocabulary, whose tokens are single atoms, bonds, branches and ring
    /// closures.
    pub fn atomwise(vocabulary: Vocabulary) -> Self {
        Self {
            cutter: Cutter::Atomwise,
            vocabulary,
        }
    }

    /// The tokens that the model knows.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The texts of a molecule's tokens, known or not; joined, they are the molecule again.
    ///
    /// # Errors
    /// [`TokenizeError`] for text that is not made of SMILES tokens.
    pub fn pieces<'t>(&self, smiles: &'t str) -> Result<Vec<&'t str>, TokenizeError> {
        self.cutter.pieces(smiles)
    }

    /// [`BOS`], the molecule's tokens, [`EOS`]; [`UNK`] for a token outside the vocabulary and for
    /// the text of a special token.
    ///
    /// # Errors
    /// [`TokenizeError`] for text that is not made of SMILES tokens.
    pub fn encode(&self, smiles: &str) -> Result<Vec<TokenId>, TokenizeError> {
        let tokens = self.pieces(smiles)?;
        let known = |token| self.vocabulary.id(token).filter(|id| *id > UNK);
        let ids = tokens.into_iter().map(|token| known(token).unwrap_or(UNK));
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
            match self.vocabulary.id(token) {
                Some(id) if id > UNK => ids.push(id),
                _ => {
                    let (token, text) = (token.to_owned(), prompt.to_owned());
                    return Err(PromptError::UnknownToken {
                        token,
                        position,
                        text,
                    });
                }
            }
            position += token.len();
        }
        Ok(ids)
    }

    /// The text of these ids without [`PAD`], [`BOS`] and [`EOS`]. [`UNK`], and an id that the
    /// vocabulary does not have, is written `[UNK]`, which is no molecule.
    pub fn decode(&self, ids: &[TokenId]) -> String {
        ids.iter()
            .filter(|id| !matches!(**id, PAD | BOS | EOS))
            .map(|id| {
                self.vocabulary
                    .token(*id)
                    .unwrap_or(SPECIALS[UNK.0 as usize])
            })
            .collect()
    }
}

crate::error::becomes!(Input: PromptError, TokenizeError, VocabularyError);

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
            let tokenizer = tokenizer();
            let smiles = tokens.concat();
            let ids = tokenizer.encode(&smiles).expect("tokens");
            prop_assert_eq!(tokenizer.decode(&ids), smiles);
        }
    }
}
