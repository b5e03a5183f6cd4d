//! The distribution-learning benchmarks of GuacaMol (Brown et al. 2019,
//! <https://doi.org/10.1021/acs.jcim.8b00839>). Molecules are told apart without stereochemistry.
//!
//! The package asks a model for molecules until it has 10,000 (valid ones for uniqueness, unique
//! ones for novelty and divergences); a file has those that it has, so the denominators are up to
//! 10,000 and say how many there were.

use std::collections::HashSet;

use super::fcd::Distances;
use super::guacamol_sample::{GuacamolProperties, GuacamolSample};
use super::reference::{SAMPLE, TrainingSet};
use super::{Figure, Proportion, bootstrap, divergence, floor, go_on};
use crate::chem::Key;
use crate::error::Result;
use crate::progress::Watch;

/// The benchmarks of GuacaMol of a generated set.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Guacamol {
    /// Valid strings / the first 10,000 strings.
    pub validity: Proportion,
    /// Unique molecules / the first 10,000 valid ones.
    pub uniqueness: Proportion,
    /// Molecules that are not in the training set / the first 10,000 unique ones.
    pub novelty: Proportion,
    /// Mean of exp(-divergence) over the ten parts.
    pub kl: Figure,
    /// The ten divergences from a draw of the training set to the first 10,000 unique molecules.
    pub kl_parts: Vec<Part>,
    /// Molecules of the training set that were drawn.
    pub training_sample: usize,
    /// Frechet ChemNet distance to the training set.
    pub fcd: Figure,
    /// The same distance of as many other molecules of the training set.
    pub fcd_floor: Figure,
    /// The distance less its floor.
    pub fcd_excess: Figure,
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

/// The generated set as GuacaMol sees it: of a file of any length, at most twice [`SAMPLE`]
/// molecules.
#[derive(Debug, Default)]
pub(super) struct First {
    /// Valid strings among the first [`SAMPLE`] strings.
    valid: usize,
    /// Of the first valid molecules: canonical SMILES without stereochemistry.
    molecules: Vec<Box<str>>,
    /// Of the first unique ones, by canonical SMILES: the same.
    unique: Vec<Box<str>>,
}

impl First {
    /// Takes a valid molecule: its place among the strings, its canonical SMILES without
    /// stereochemistry, and whether it is the first of equal molecules.
    pub(super) fn push(&mut self, index: usize, without_stereo: &str, is_first: bool) {
        self.valid += usize::from(index < SAMPLE);
        if self.molecules.len() < SAMPLE {
            self.molecules.push(without_stereo.into());
        }
        if is_first && self.unique.len() < SAMPLE {
            self.unique.push(without_stereo.into());
        }
    }
}

impl Guacamol {
    /// Of `first` out of so many `strings`; without `distances`, in a quick evaluation, the
    /// divergences are left out, too.
    pub(super) fn new(
        first: &First,
        strings: usize,
        train: Option<&TrainingSet>,
        distances: Option<&Distances>,
        watch: &dyn Watch,
    ) -> Result<Self> {
        let none = "no string is a valid molecule";
        let molecules: HashSet<&str> = first.molecules.iter().map(AsRef::as_ref).collect();
        // Unique by canonical SMILES first, then by that without stereochemistry, as there.
        let mut seen = HashSet::new();
        let texts = first.unique.iter().map(AsRef::as_ref);
        let unique: Vec<&str> = texts.filter(|text: &&str| seen.insert(*text)).collect();
        let of = first.unique.len();
        let without = "no training set was given";
        let novelty = train.map_or_else(
            || Proportion::not_computed(without.to_owned()),
            |train| {
                let is_known = |text: &str| train.known.contains_without_stereo(Key::of(text));
                let novel = unique.iter().filter(|text| !is_known(text));
                Proportion::new(novel.count(), of, none)
            },
        );
        let (kl, kl_parts) = match (train, distances) {
            (None, _) => (Figure::not_computed(without), Vec::new()),
            (_, None) => (Figure::not_computed(super::QUICK), Vec::new()),
            (Some(train), _) => {
                let sample = GuacamolSample::watched(&unique, watch)?;
                divergences(&train.sample, &sample, watch)?
            }
        };
        let quick = || Figure::not_computed(super::QUICK);
        Ok(Self {
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
            fcd: distances.map_or_else(quick, |found| found.train.clone()),
            fcd_floor: Figure::not_computed(floor::NOT_MEASURED),
            fcd_excess: Figure::not_computed(floor::NOT_MEASURED),
            fcd_score: distances.map_or_else(quick, |found| found.train_score.clone()),
        })
    }
}

/// A divergence with each block of the sample taken as often as its weight says.
type Again = Box<dyn Fn(&[f64]) -> f64>;

/// The score and its ten parts.
fn divergences(
    baseline: &GuacamolSample,
    sample: &GuacamolSample,
    watch: &dyn Watch,
) -> Result<(Figure, Vec<Part>)> {
    let count = sample.len();
    let values = |sample: &GuacamolSample, part: usize| -> Vec<f64> {
        let each = sample.properties.iter();
        each.map(|properties| GuacamolProperties::value(properties, part))
            .collect()
    };
    let blocks = bootstrap::blocks(count);
    let mut again: Vec<Again> = Vec::new();
    let parts: Vec<Part> = NAMES
        .into_iter()
        .enumerate()
        .map(|(part, name)| {
            go_on(watch)?;
            let (ours, theirs) = (values(sample, part), values(baseline, part));
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
                    // Some hundred times; without meaning, where the work is to end.
                    let interval = bootstrap::interval(value, blocks, |weights| {
                        if watch.stop() {
                            return f64::NAN;
                        }
                        statistic(weights)
                    });
                    again.push(statistic);
                    Figure::new(
                        value,
                        count,
                        interval.map(|[low, high]| [low.max(0.0), high]),
                    )
                }
                None => Figure::not_computed("the property does not vary in both sets"),
            };
            Ok(Part { name, divergence })
        })
        .collect::<Result<_>>()?;
    let scores = parts.iter().filter_map(|part| part.divergence.value);
    let score = scores.map(|divergence| (-divergence).exp()).sum::<f64>() / NAMES.len() as f64;
    if again.len() < NAMES.len() {
        let missing = parts.iter().find(|part| part.divergence.value.is_none());
        let name = missing.map_or("", |part| part.name);
        let none = Figure::not_computed(format!("no divergence of {name}"));
        return Ok((none, parts));
    }
    go_on(watch)?;
    let interval = bootstrap::interval(score, blocks, |weights| {
        if watch.stop() {
            return f64::NAN;
        }
        again
            .iter()
            .map(|again| (-again(weights)).exp())
            .sum::<f64>()
            / NAMES.len() as f64
    });
    go_on(watch)?;
    let interval = interval.map(|[low, high]| [low.max(0.0), high.min(1.0)]);
    Ok((Figure::new(score, count, interval), parts))
}
