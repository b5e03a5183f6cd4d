//! Objectives: scores of molecules, by which some are better than others.
//!
//! A score is any [`Score`]: a property, novelty, the likelihood under a model, or one of the
//! caller's own. Knows nothing of how molecules were made.

mod best;
mod scores;

use crate::chem::Molecule;
use crate::error::Result;

pub use best::best;
pub use scores::{ModelLikelihood, Novelty, Property};

/// A figure by which molecules are compared: more is better.
pub trait Score: Sync {
    /// The score of each molecule, in order; NaN for a molecule that has none.
    ///
    /// # Errors
    /// Those of the computation, for all of the molecules.
    fn score(&self, molecules: &[Molecule]) -> Result<Vec<f64>>;
}
