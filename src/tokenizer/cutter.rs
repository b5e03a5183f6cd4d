//! The cutting of a text into pieces, before any of them has a number.

use super::pattern::{TokenizeError, atomwise};

/// A way to cut SMILES into pieces, the texts of tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Cutter {
    /// Every atom, bond, branch and ring closure is a piece
    /// ([`ALTERNATIVES`](super::ALTERNATIVES)).
    #[default]
    Atomwise,
}

impl Cutter {
    /// The pieces of a text in order; joined, they are the text again.
    ///
    /// # Errors
    /// [`TokenizeError`] at the first character that belongs to no piece: nothing is dropped
    /// silently.
    pub fn pieces<'t>(&self, text: &'t str) -> Result<Vec<&'t str>, TokenizeError> {
        match self {
            Self::Atomwise => atomwise(text),
        }
    }

    /// Whether the whole text is one piece.
    pub fn is_piece(&self, text: &str) -> bool {
        self.pieces(text).is_ok_and(|pieces| pieces.len() == 1)
    }
}
