//! Chemistry: the only room that names the chemistry crate.
//!
//! Text in, molecule or reason out. Knows nothing of files, tokens or models.

mod brics;
mod filters;
mod key;
mod loose;
mod macrocycle;
mod molecule;
mod prepare;
mod randomize;
mod rewrite;
mod sa_score;
mod screen;
mod stand_in;
mod syntax;
mod walk;
mod wildcard;
mod written;

pub use key::{Key, KnownSet};
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

impl Cause {
    /// In words.
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
    /// Synthetic accessibility, 1 (easy) to 10 (hard) (Ertl and Schuffenhauer 2009).
    pub sa: f64,
    /// Number of rings (smallest set of smallest rings).
    pub rings: u32,
    /// Number of atoms other than hydrogen.
    pub heavy_atoms: u32,
}

/// The further descriptors of GuacaMol's benchmark (Brown et al. 2019), as RDKit computes them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Complexity {
    /// Bertz's complexity index (Bertz 1981).
    pub bertz: f64,
    /// Hydrogen bond acceptors.
    pub acceptors: u32,
    /// Hydrogen bond donors.
    pub donors: u32,
    /// Rotatable bonds, by RDKit's strict definition.
    pub rotatable_bonds: u32,
    /// Rings with a bond that is not aromatic.
    pub aliphatic_rings: u32,
    /// Rings whose bonds are all aromatic.
    pub aromatic_rings: u32,
}

/// The circular environments of a molecule's atoms up to radius 2 (Rogers and Hahn 2010), as RDKit
/// numbers them: what Morgan fingerprints of every length are folded from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environments(Vec<(u32, u32)>);

impl Environments {
    /// The places of the set bits of a fingerprint of `length` bits, in rising order.
    pub fn bits(&self, length: u16) -> Vec<u16> {
        let fold = |(identifier, _): &(u32, u32)| (identifier % u32::from(length)) as u16;
        let mut bits: Vec<u16> = self.0.iter().map(fold).collect();
        bits.sort_unstable();
        bits.dedup();
        bits
    }

    /// The bit-packed fingerprint of 1024 bits.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut words = [0; 16];
        for (identifier, _) in &self.0 {
            let bit = identifier % 1024;
            words[(bit / 64) as usize] |= 1 << (bit % 64);
        }
        Fingerprint(words)
    }
}

/// A bit-packed Morgan fingerprint (radius 2, 1024 bits).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u64; 16]);

impl Fingerprint {
    /// The places of the set bits, in rising order.
    pub fn bits(&self) -> Vec<u16> {
        let on = |bit: &u16| self.0[usize::from(bit / 64)] >> (bit % 64) & 1 == 1;
        (0..1024).filter(on).collect()
    }

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
