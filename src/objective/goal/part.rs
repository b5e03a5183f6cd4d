//! One part of a goal: what is measured, how good each figure is, and how much it counts.

use rayon::prelude::*;
use serde::Deserialize;

use super::Transform;
use super::command::Command;
use crate::chem::{CountKind, Counts, CountsIndex, Elements, Molecule, Pattern, Property};
use crate::error::Result;
use crate::likelihood::Scorer;
use crate::model::Model;
use crate::objective::Classifier;
use crate::progress::Watch;

/// A part of a goal.
#[derive(Debug)]
pub struct Part {
    /// Its name, that of its column.
    pub name: String,
    /// What is measured.
    pub measure: Measure,
    /// How good a figure is.
    pub transform: Transform,
    /// How much it counts beside the others; 0 for one that is only told.
    pub weight: f64,
    /// The molecules that it asks for, as canonical SMILES without stereochemistry.
    pub targets: Vec<String>,
}

/// What a part measures.
#[derive(Debug)]
pub enum Measure {
    /// A property with numbers.
    Property(Property),
    /// The greatest Tanimoto similarity, 0 to 1, to some molecules.
    Similarity(FingerprintKind, CountsIndex),
    /// 1 for a molecule with the pattern, else 0.
    Contains(Pattern),
    /// 1 for a molecule without the pattern, else 0.
    Without(Pattern),
    /// Number of atoms of an element, hydrogen included.
    Atoms(String),
    /// Likeness of the formula, 0 to 1: the geometric mean of a Gaussian for each element of the formula
    /// (of deviation 1 in atoms) and one for all atoms (of deviation 2).
    Formula(Elements),
    /// 1 for a molecule with this Bemis-Murcko scaffold, as canonical SMILES, else 0.
    Scaffold(String),
    /// Log-likelihood of the canonical SMILES per token under a model, in nats: 0 at most.
    Likelihood(Box<Model>),
    /// A probability by a trained model, 0 to 1.
    Classifier(Box<Classifier>),
    /// A number by a program outside.
    Command(Command),
}

/// The fingerprint of a similarity: counts that are not folded, or bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FingerprintKind {
    /// Circular environments of radius 0 to 2.
    #[default]
    Ecfp4,
    /// The same of radius 0 to 3.
    Ecfp6,
    /// Circular environments of pharmacophoric features of radius 0 to 2.
    Fcfp4,
    /// The same of radius 0 to 3.
    Fcfp6,
    /// Pairs of atoms.
    AtomPairs,
    /// Two and three pharmacophoric points, each once.
    Pharmacophores,
    /// Bits of ECFP4 folded to 1024.
    Ecfp4Bits,
}

impl FingerprintKind {
    /// The fingerprint of a molecule, if it has one.
    pub fn of(self, molecule: &Molecule) -> Option<Counts> {
        molecule.counts(match self {
            Self::Ecfp4 => CountKind::Ecfp4,
            Self::Ecfp6 => CountKind::Ecfp6,
            Self::Fcfp4 => CountKind::Fcfp4,
            Self::Fcfp6 => CountKind::Fcfp6,
            Self::AtomPairs => CountKind::AtomPairs,
            Self::Pharmacophores => CountKind::Pharmacophores,
            Self::Ecfp4Bits => return Some(Counts::from(&molecule.fingerprint()?)),
        })
    }
}

impl Measure {
    /// Whether the figures are 0 to 1, the more the better, and need no transform.
    pub(super) fn is_share(&self) -> bool {
        match self {
            Self::Property(property) => matches!(
                property,
                Property::Qed
                    | Property::Fsp3
                    | Property::Lipinski
                    | Property::Veber
                    | Property::Mcf
                    | Property::Pains
            ),
            Self::Atoms(_) | Self::Likelihood(_) | Self::Command(_) => false,
            _ => true,
        }
    }

    /// The figures of some molecules, in order; not a number where there is none.
    ///
    /// # Errors
    /// Those of a program outside.
    pub(super) fn figures(&self, molecules: &[Molecule], watch: &dyn Watch) -> Result<Vec<f64>> {
        let each = |figure: &(dyn Fn(&Molecule) -> f64 + Sync)| {
            Ok(molecules.par_iter().map(figure).collect())
        };
        let share = |is: bool| f64::from(u8::from(is));
        match self {
            Self::Property(property) => {
                each(&|molecule| property.as_number(molecule, molecule.canonical()))
            }
            Self::Similarity(fingerprint, targets) => each(&|molecule| {
                let own = fingerprint.of(molecule);
                let nearest = own.and_then(|own| targets.nearest(&own));
                nearest.map_or(f64::NAN, |(_, similarity)| similarity)
            }),
            Self::Contains(pattern) => each(&|molecule| share(pattern.matches(molecule))),
            Self::Without(pattern) => each(&|molecule| share(!pattern.matches(molecule))),
            Self::Atoms(symbol) => each(&|molecule| molecule.elements().of(symbol).into()),
            Self::Formula(target) => each(&|molecule| likeness(target, &molecule.elements())),
            Self::Scaffold(scaffold) => {
                each(&|molecule| share(molecule.scaffold().as_ref() == Some(scaffold)))
            }
            // One at a time: beside others a figure differs by rounding.
            Self::Likelihood(model) => each(&|molecule| {
                let scores = Scorer::new(model).score(&[molecule.canonical()]);
                let first = scores.first().and_then(|score| score.as_ref().ok());
                first.map_or(f64::NAN, |score| -score.perplexity().ln())
            }),
            Self::Classifier(classifier) => {
                each(&|molecule| classifier.probability(molecule).unwrap_or(f64::NAN))
            }
            Self::Command(command) => command.figures(molecules, watch),
        }
    }
}

/// Likeness of a formula to another.
fn likeness(target: &Elements, found: &Elements) -> f64 {
    let gaussian = |difference: u32, deviation: f64| {
        (-0.5 * (f64::from(difference) / deviation).powi(2)).exp()
    };
    let elements: f64 = target
        .iter()
        .map(|(symbol, count)| gaussian(count.abs_diff(found.of(symbol)), 1.0))
        .product();
    let all = gaussian(target.atoms().abs_diff(found.atoms()), 2.0);
    (elements * all).powf(1.0 / (target.len() + 1) as f64)
}
