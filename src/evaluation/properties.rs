//! The properties of one molecule that reports compare.

use crate::chem::{Descriptors, Environments, Molecule};

/// The properties of one molecule and the length of its string.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Properties {
    /// Characters in the SMILES string as it was given.
    pub length: usize,
    /// Property values of the molecule.
    #[serde(flatten)]
    pub descriptors: Descriptors,
}

impl Properties {
    /// Those of a molecule that was written as `text`; without `environments` of its atoms, its
    /// synthetic accessibility is the hardest.
    pub fn of(text: &str, molecule: &Molecule, environments: Option<&Environments>) -> Self {
        Self {
            length: text.chars().count(),
            descriptors: molecule.descriptors_with(environments),
        }
    }
}
