//! Scores of the library.

use rayon::prelude::*;

use super::Score;
use crate::chem::{Descriptors, Key, KnownSet, Molecule};
use crate::error::Result;
use crate::likelihood::Scorer;
use crate::model::Model;

/// A property of the molecule, taken from its descriptors: `Property(|d| d.qed)`.
#[derive(Debug, Clone, Copy)]
pub struct Property(pub fn(&Descriptors) -> f64);

impl Score for Property {
    fn score(&self, molecules: &[Molecule]) -> Result<Vec<f64>> {
        let value = |molecule: &Molecule| (self.0)(&molecule.descriptors());
        Ok(molecules.par_iter().map(value).collect())
    }
}

/// 1 for a molecule outside a known set, 0 for one of it.
#[derive(Debug, Clone)]
pub struct Novelty(pub KnownSet);

impl Score for Novelty {
    fn score(&self, molecules: &[Molecule]) -> Result<Vec<f64>> {
        let is_known = |molecule: &Molecule| self.0.contains(Key::of(molecule.canonical()));
        let score = |molecule| f64::from(u8::from(!is_known(molecule)));
        Ok(molecules.iter().map(score).collect())
    }
}

/// Log-likelihood of the canonical SMILES under a model, in nats; NaN where the model lacks a token
/// or the room.
#[derive(Debug, Clone, Copy)]
pub struct ModelLikelihood<'a>(pub &'a Model);

impl Score for ModelLikelihood<'_> {
    fn score(&self, molecules: &[Molecule]) -> Result<Vec<f64>> {
        let texts: Vec<&str> = molecules.iter().map(Molecule::canonical).collect();
        let scores = Scorer::new(self.0).score(&texts);
        let value = |score: &Result<_, _>| match score {
            Ok(score) => -crate::likelihood::Score::nll(score),
            Err(_) => f64::NAN,
        };
        Ok(scores.iter().map(value).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn molecules(texts: &[&str]) -> Vec<Molecule> {
        texts
            .iter()
            .map(|text| Molecule::parse(text).unwrap())
            .collect()
    }

    #[test]
    fn scores_are_in_the_order_of_the_molecules() {
        let molecules = molecules(&["CCO", "c1ccccc1", "[Xe]"]);
        let weights = Property(|descriptors| descriptors.weight)
            .score(&molecules)
            .unwrap();
        approx::assert_relative_eq!(weights[0], 46.069, epsilon = 1e-3);
        approx::assert_relative_eq!(weights[1], 78.114, epsilon = 1e-3);
        let known = KnownSet::of_canonical(&["CCO"]);
        assert_eq!(Novelty(known).score(&molecules).unwrap(), [0.0, 1.0, 1.0]);
        let model = Model::pretrained().unwrap();
        let likelihoods = ModelLikelihood(&model).score(&molecules).unwrap();
        assert!(likelihoods[..2].iter().all(|value| *value < 0.0));
        assert!(likelihoods[2].is_nan());
    }
}
