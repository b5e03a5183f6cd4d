//! The reason and the place for which a string is not a molecule.

use std::sync::LazyLock;

use chematic::smiles::{RdkitSmilesError, SmilesError};
use regex::Regex;

use super::smiles::syntax::Atom;
use crate::text::caret;

/// The class of a fault in a string that is not a molecule, in the order of report tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The empty string.
    Empty,
    /// A ring-closure number that is opened and never closed, or closed onto itself or a neighbour.
    Ring,
    /// An unbalanced or empty parenthesis.
    Parenthesis,
    /// An unbalanced or malformed bracket atom.
    Bracket,
    /// The text stops where an atom must follow (a trailing bond, say).
    Truncated,
    /// Any other fault of syntax.
    Syntax,
    /// An atom with more bonds than its element allows.
    Valence,
    /// Aromatic atoms to which no alternating bonds can be assigned.
    Kekulization,
    /// Longer than [`MAX_LENGTH`] bytes.
    TooLong,
}

impl Cause {
    /// Its name in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Ring => "ring closure",
            Self::Parenthesis => "parenthesis",
            Self::Bracket => "bracket atom",
            Self::Truncated => "truncated",
            Self::Syntax => "syntax",
            Self::Valence => "valence",
            Self::Kekulization => "kekulization",
            Self::TooLong => "too long",
        }
    }
}

/// Length of the longest SMILES that is parsed, in bytes. Longer ones are refused unread, because
/// the time of canonicalization is superlinear in the length of a chain.
pub const MAX_LENGTH: usize = 4_000;

/// A fault in a string that is not a molecule: its class, place and description.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    /// The class of the fault.
    pub cause: Cause,
    /// Byte offset of the fault in the string; `None` where no single place is at fault.
    pub position: Option<usize>,
    /// Description: one sentence without full stop.
    pub message: String,
}

impl Invalid {
    pub(crate) fn new(cause: Cause, position: Option<usize>, message: impl Into<String>) -> Self {
        Self {
            cause,
            position,
            message: message.into(),
        }
    }

    /// The message, and below it the string with a caret under the place of the fault, where there
    /// is one.
    pub fn explain(&self, smiles: &str) -> String {
        match self.position {
            Some(position) => format!("{self}\n{}", caret(smiles, position)),
            None => self.to_string(),
        }
    }

    /// The fault for an error of the chemistry crate's parser.
    pub(crate) fn from_parser(error: &SmilesError) -> Self {
        let message = error.to_string();
        match error {
            SmilesError::EmptyInput => Self::new(Cause::Empty, None, message),
            SmilesError::ResourceLimit { .. } => Self::new(Cause::TooLong, None, message),
            SmilesError::UnexpectedEnd { pos } => Self::new(Cause::Truncated, Some(*pos), message),
            SmilesError::UnmatchedRingClosure { pos, .. }
            | SmilesError::UnmatchedExtendedRingClosure { pos, .. }
            | SmilesError::ConflictingRingBond { pos, .. }
            | SmilesError::ConflictingExtendedRingBond { pos, .. } => {
                Self::new(Cause::Ring, Some(*pos), message)
            }
            SmilesError::MismatchedParentheses { pos } | SmilesError::NestingTooDeep { pos } => {
                Self::new(Cause::Parenthesis, Some(*pos), message)
            }
            SmilesError::InvalidBracketAtom { pos, .. }
            | SmilesError::UnknownElement { pos, .. }
            | SmilesError::UnsupportedChiralityClass { pos, .. } => {
                Self::new(Cause::Bracket, Some(*pos), message)
            }
            SmilesError::UnexpectedCharacter { pos } => {
                Self::new(Cause::Syntax, Some(*pos), message)
            }
            SmilesError::InvalidValence { .. } => Self::new(Cause::Valence, None, message),
        }
    }

    /// The fault for an error of the chemistry crate's canonical SMILES writer, which sanitizes the
    /// molecule first: valence or kekulization.
    pub(crate) fn from_writer(error: &RdkitSmilesError) -> Self {
        match error {
            RdkitSmilesError::Sanitization(message) => {
                let text = message.to_lowercase();
                let aromatic = text.contains("kekuli") || text.contains("aromatic");
                let cause = if aromatic {
                    Cause::Kekulization
                } else {
                    Cause::Valence
                };
                Self::new(cause, None, message.clone())
            }
            RdkitSmilesError::Unsupported(message) => {
                Self::new(Cause::Syntax, None, message.clone())
            }
        }
    }

    /// The same fault in a string that has so many bytes more at its beginning.
    pub(crate) fn moved(mut self, bytes: usize) -> Self {
        self.position = self.position.map(|position| position + bytes);
        self
    }

    /// The same fault with its place: for valence and kekulization, the place of the first atom
    /// that the message names, by its index in `atoms`.
    pub(crate) fn placed(mut self, atoms: &[Atom]) -> Self {
        if matches!(self.cause, Cause::Valence | Cause::Kekulization) {
            let atom = first_atom(&self.message).and_then(|index| atoms.get(index));
            self.position = atom.map(|atom| atom.at);
        }
        self
    }
}

/// Index of the first atom that a message of the chemistry crate names, from 0.
fn first_atom(message: &str) -> Option<usize> {
    static ATOM: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("atoms?:? ?#? ?([0-9]+)").expect("a constant pattern that the tests compile")
    });
    ATOM.captures(message)?[1].parse().ok()
}
