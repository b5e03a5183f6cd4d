//! Classifiers: the probability that a molecule is of a kind, by a model that was trained elsewhere.
//!
//! - `features`: what a classifier sees of a molecule;
//! - `svc`, `forest`: the two kinds of models;
//! - `file`: classifiers from files that `data/make_oracles.py` makes of scikit-learn's.
//!
//! Probabilities are those of scikit-learn's `predict_proba` (`tests/oracles.rs`). Knows nothing of training.

mod features;
mod file;
mod forest;
mod svc;

pub use file::ClassifierError;

use crate::chem::Molecule;
use features::Features;
use forest::Forest;
use svc::Svc;

/// A model of two classes.
#[derive(Debug)]
pub struct Classifier {
    features: Features,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Svc(Svc),
    Forest(Forest),
}

impl Classifier {
    /// The probability of the second class, 0 to 1; `None` for a molecule without
    /// [counts](Molecule::counts).
    pub fn probability(&self, molecule: &Molecule) -> Option<f64> {
        let features = self.features.of(molecule)?;
        Some(match &self.kind {
            Kind::Svc(svc) => svc.probability(&features),
            Kind::Forest(forest) => forest.probability(&features),
        })
    }
}
