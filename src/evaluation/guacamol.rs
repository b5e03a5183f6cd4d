//! The distribution-learning benchmarks of GuacaMol (Brown et al. 2019,
//! <https://doi.org/10.1021/acs.jcim.8b00839>). Molecules are told apart without stereochemistry.
//!
//! The package asks a model for molecules until it has 10,000 (valid ones for uniqueness, different
//! ones for novelty and divergences); a file has those that it has, so the denominators are up to
//! 10,000 and say how many there were.

use std::collections::HashSet;

use rayon::prelude::*;

use super::reference::{SAMPLE, Training};
use super::similarity::Index;
use super::{Figure, Proportion, bootstrap, divergence, fcd_not_computed};
use crate::chem::{Environments, Fingerprint, Key, Molecule};

/// Bits of GuacaMol's fingerprints.
const WIDTH: u16 = 4096;

/// What GuacaMol says about a generated set.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Guacamol {
    /// Valid strings / the first 10,000 strings.
    pub validity: Proportion,
    /// Different molecules / the first 10,000 valid ones.
    pub uniqueness: Proportion,
    /// Molecules that are not in the training set / the first 10,000 different ones.
    pub novelty: Proportion,
    /// Mean of exp(-divergence) over the ten parts.
    pub kl: Figure,
    /// The ten divergences from a draw of the training set to the first 10,000 different molecules.
    pub kl_parts: Vec<Part>,
    /// Molecules of the training set that were drawn.
    pub training_sample: usize,
    /// Frechet ChemNet distance to the training set.
    pub fcd: Figure,
    /// exp(-0.2 * distance).
    pub fcd_score: Figure,
}

/// One property of GuacaMol's divergence.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Part {
    /// The property.
    pub name: &'static str,
    /// Kullback-Leibler divergence in nats.
    pub divergence: Figure,
}

/// The properties that GuacaMol compares, in the order of [`NAMES`], and the fingerprint.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Traits {
    pub(super) values: [f64; 9],
    /// Similarity to the nearest other molecule of the same set.
    pub(super) nearest: f64,
}

/// The ten parts; the first four and the last are compared as densities, the others as histograms.
const NAMES: [&str; 10] = [
    "BertzCT",
    "MolLogP",
    "MolWt",
    "TPSA",
    "NumHAcceptors",
    "NumHDonors",
    "NumRotatableBonds",
    "NumAliphaticRings",
    "NumAromaticRings",
    "internal_similarity",
];
const CONTINUOUS: [usize; 5] = [0, 1, 2, 3, 9];

/// Traits of the different molecules among `smiles`, in their order, and their Morgan fingerprints.
pub(super) fn traits<S: AsRef<str> + Sync>(smiles: &[S]) -> (Vec<Traits>, Vec<Fingerprint>) {
    let found: Vec<_> = smiles
        .par_iter()
        .filter_map(|text| {
            let molecule = Molecule::parse(text.as_ref()).ok()?;
            // The package reads the string without stereochemistry again.
            let flat = molecule.canonical_without_stereo().into_owned();
            let molecule = if flat == molecule.canonical() {
                molecule
            } else {
                Molecule::parse(&flat).ok()?
            };
            let environments = molecule.environments();
            let bits = environments.as_ref().map(|found| found.bits(WIDTH));
            let print = environments.as_ref().map(Environments::fingerprint);
            let descriptors = molecule.descriptors_with(environments.as_ref());
            let complexity = molecule.complexity();
            let values = [
                complexity.bertz,
                descriptors.log_p,
                descriptors.weight,
                descriptors.tpsa,
                f64::from(complexity.acceptors),
                f64::from(complexity.donors),
                f64::from(complexity.rotatable_bonds),
                f64::from(complexity.aliphatic_rings),
                f64::from(complexity.aromatic_rings),
            ];
            let print = print.unwrap_or(Fingerprint([0; 16]));
            Some((flat, values, bits.unwrap_or_default(), print))
        })
        .collect();
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    let mut prints = Vec::new();
    let mut bits = Vec::new();
    for (flat, values, own, print) in found {
        if seen.insert(flat) {
            all.push(Traits {
                values,
                nearest: 0.0,
            });
            prints.push(print);
            bits.push(own);
        }
    }
    let nearest = Index::new(usize::from(WIDTH), &bits).nearest_other(&bits);
    for (traits, found) in all.iter_mut().zip(nearest.unwrap_or_default()) {
        traits.nearest = found.similarity;
    }
    (all, prints)
}

impl Traits {
    fn value(&self, part: usize) -> f64 {
        self.values.get(part).copied().unwrap_or(self.nearest)
    }
}

/// The generated set as GuacaMol sees it: of a file of any length, at most twice [`SAMPLE`]
/// molecules.
#[derive(Debug, Default)]
pub(super) struct First {
    /// Valid strings among the first [`SAMPLE`] strings.
    valid: usize,
    /// Of the first valid molecules: canonical SMILES without stereochemistry.
    molecules: Vec<Box<str>>,
    /// Of the first different ones, by canonical SMILES: the same.
    different: Vec<Box<str>>,
}

impl First {
    /// Takes a valid molecule: its place among the strings, its canonical SMILES, the same without
    /// stereochemistry where that is another string, and whether the molecule is a new one.
    pub(super) fn push(&mut self, index: usize, canonical: &str, flat: Option<&str>, is_new: bool) {
        let flat = flat.unwrap_or(canonical);
        self.valid += usize::from(index < SAMPLE);
        if self.molecules.len() < SAMPLE {
            self.molecules.push(flat.into());
        }
        if is_new && self.different.len() < SAMPLE {
            self.different.push(flat.into());
        }
    }
}

impl Guacamol {
    /// Of `first` out of so many `strings`; `full` adds the divergences.
    pub(super) fn new(first: &First, strings: usize, train: Option<&Training>, full: bool) -> Self {
        let none = "no string is a valid molecule";
        let molecules: HashSet<&str> = first.molecules.iter().map(AsRef::as_ref).collect();
        // Different by canonical SMILES first, then by that without stereochemistry, as there.
        let mut seen = HashSet::new();
        let flat = first.different.iter().map(AsRef::as_ref);
        let distinct: Vec<&str> = flat.filter(|flat: &&str| seen.insert(*flat)).collect();
        let of = first.different.len();
        let without = "no training set was given";
        let novelty = train.map_or_else(
            || Proportion::not_computed(without.to_owned()),
            |train| {
                let novel = distinct
                    .iter()
                    .filter(|flat| !train.known.contains_without_stereo(Key::of(flat)));
                Proportion::new(novel.count(), of, none)
            },
        );
        let (kl, kl_parts) = match train {
            None => (Figure::not_computed(without), Vec::new()),
            Some(_) if !full => (Figure::not_computed(super::QUICK), Vec::new()),
            Some(train) => divergences(&train.sample, &traits(&distinct).0),
        };
        let fcd = || {
            if full {
                fcd_not_computed()
            } else {
                Figure::not_computed(super::QUICK)
            }
        };
        Self {
            validity: Proportion::new(
                first.valid,
                strings.min(SAMPLE),
                "no strings were generated",
            ),
            uniqueness: Proportion::new(molecules.len(), first.molecules.len(), none),
            novelty,
            kl,
            kl_parts,
            training_sample: train.map_or(0, |train| train.sample.len()),
            fcd: fcd(),
            fcd_score: fcd(),
        }
    }
}

/// A divergence with each block of the sample taken as often as its weight says.
type Again = Box<dyn Fn(&[f64]) -> f64>;

/// The score and its ten parts.
fn divergences(baseline: &[Traits], sample: &[Traits]) -> (Figure, Vec<Part>) {
    let count = sample.len();
    let blocks = bootstrap::blocks(count);
    let mut again: Vec<Again> = Vec::new();
    let parts: Vec<Part> = NAMES
        .into_iter()
        .enumerate()
        .map(|(part, name)| {
            let ours: Vec<f64> = sample.iter().map(|traits| traits.value(part)).collect();
            let theirs: Vec<f64> = baseline.iter().map(|traits| traits.value(part)).collect();
            let found: Option<(f64, Again)> = if CONTINUOUS.contains(&part) {
                divergence::continuous(&theirs, &ours, blocks)
                    .map(|(value, again)| (value, Box::new(again) as Again))
            } else {
                divergence::discrete(&theirs, &ours, &vec![1.0; blocks.max(1)]).map(|value| {
                    let again = move |weights: &[f64]| {
                        divergence::discrete(&theirs, &ours, weights).unwrap_or(f64::NAN)
                    };
                    (value, Box::new(again) as Again)
                })
            };
            let divergence = match found {
                Some((value, statistic)) => {
                    let interval = bootstrap::interval(value, blocks, &statistic);
                    again.push(statistic);
                    Figure::new(
                        value,
                        count,
                        interval.map(|[low, high]| [low.max(0.0), high]),
                    )
                }
                None => Figure::not_computed("the property does not vary in both sets"),
            };
            Part { name, divergence }
        })
        .collect();
    let scores = parts.iter().filter_map(|part| part.divergence.value);
    let score = scores.map(|divergence| (-divergence).exp()).sum::<f64>() / NAMES.len() as f64;
    if again.len() < NAMES.len() {
        let missing = parts.iter().find(|part| part.divergence.value.is_none());
        let name = missing.map_or("", |part| part.name);
        return (
            Figure::not_computed(format!("no divergence of {name}")),
            parts,
        );
    }
    let interval = bootstrap::interval(score, blocks, |weights| {
        again
            .iter()
            .map(|again| (-again(weights)).exp())
            .sum::<f64>()
            / NAMES.len() as f64
    });
    let interval = interval.map(|[low, high]| [low.max(0.0), high.min(1.0)]);
    (Figure::new(score, count, interval), parts)
}
