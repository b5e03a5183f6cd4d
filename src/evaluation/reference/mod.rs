//! Reference sets: what is computed once about the molecules that generated ones are compared with.

mod stored;
mod test;
mod training;

pub use test::{MosesProperties, TestSet};
pub use training::TrainingSet;

pub(super) use stored::{FORMAT, Reader, Writer};

use super::scramble;
use crate::chemnet::Gaussian;

/// Bits of the fingerprints of MOSES.
pub(super) const WIDTH: u16 = 1024;
/// Molecules that stand for a training set where all would take too long: those of GuacaMol's
/// divergences, and of the nearest training molecule.
pub const SAMPLE: usize = 10_000;

/// The reference sets of an evaluation. Any of them may be missing.
#[derive(Debug, Clone, Default)]
pub struct References {
    /// The training set: novelty and GuacaMol's divergences need it.
    pub train: Option<TrainingSet>,
    /// The test set: distances between distributions and likeness need it.
    pub test: Option<TestSet>,
    /// The scaffold test set.
    pub test_scaffolds: Option<TestSet>,
    /// Means and covariances of these sets for the Frechet ChemNet distances.
    pub chemnet: ChemNetStatistics,
}

/// Mean and covariance of ChemNet's activations of each reference set, or the reason why there are
/// none.
#[derive(Debug, Clone)]
pub struct ChemNetStatistics {
    /// Of at most [`SAMPLE`] training molecules, evenly spread, as GuacaMol has it.
    pub train: Result<Gaussian, String>,
    /// Of the test set.
    pub test: Result<Gaussian, String>,
    /// Of the scaffold test set.
    pub test_scaffolds: Result<Gaussian, String>,
}

impl Default for ChemNetStatistics {
    fn default() -> Self {
        let none = || Err("ChemNet's statistics of the reference set were not given".to_owned());
        Self {
            train: none(),
            test: none(),
            test_scaffolds: none(),
        }
    }
}

/// Up to `most` of the places below `count`, the same every time, in rising order.
pub(super) fn draw(count: usize, most: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    if count > most {
        places.sort_by_cached_key(|&place| scramble(place as u64));
        places.truncate(most);
        places.sort_unstable();
    }
    places
}
