//! Chemistry: the only room that names the chemistry crate.
//!
//! Text in, molecule or reason out. Knows nothing of files, tokens or models.

mod macrocycle;
mod molecule;
mod prepare;
mod randomize;
mod rewrite;
mod syntax;

pub use molecule::Molecule;
pub use prepare::{Composition, is_element};
pub use randomize::{closure, randomize};

use crate::text::caret;

/// Why a string is not a molecule. The order is the order of report tables.
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

/// Longest SMILES that is looked at, in bytes: longer ones are refused before parsing,
/// because canonicalization is superlinear in chain length.
pub const MAX_LENGTH: usize = 4_000;

/// Why and where a string is not a molecule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    /// The class of the fault.
    pub cause: Cause,
    /// Byte offset of the fault in the string, where one place is to blame.
    pub position: Option<usize>,
    /// One sentence without full stop.
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

    /// The message, and below it the string with a mark under the place, where one is to blame.
    pub fn explain(&self, smiles: &str) -> String {
        match self.position {
            Some(position) => format!("{self}\n{}", caret(smiles, position)),
            None => self.to_string(),
        }
    }
}

/// Property values of one molecule.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Descriptors {
    /// Average molecular weight in g/mol.
    pub weight: f64,
    /// Crippen logP (Wildman and Crippen 1999).
    pub log_p: f64,
    /// Quantitative estimate of drug-likeness, 0 to 1 (Bickerton et al. 2012).
    pub qed: f64,
    /// Topological polar surface area in square angstrom (Ertl et al. 2000).
    pub tpsa: f64,
    /// Number of rings (smallest set of smallest rings).
    pub rings: u32,
    /// Number of atoms other than hydrogen.
    pub heavy_atoms: u32,
}

/// A bit-packed Morgan fingerprint (radius 2, 1024 bits).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u64; 16]);

impl Fingerprint {
    /// Tanimoto similarity, 0 to 1; two empty fingerprints have similarity 1.
    pub fn tanimoto(&self, other: &Self) -> f64 {
        let (mut both, mut either) = (0, 0);
        for (a, b) in self.0.iter().zip(&other.0) {
            both += (a & b).count_ones();
            either += (a | b).count_ones();
        }
        if either == 0 {
            1.0
        } else {
            f64::from(both) / f64::from(either)
        }
    }
}
