//! Chooses the molecules that are worth looking at.

use std::collections::{BTreeMap, HashSet};

use super::distribution::median;
use super::{Facts, InvalidExample, Property, Valid};
use crate::chem::Descriptors;

/// Molecules in each group.
const GROUP: usize = 8;

/// The properties that say how usual a molecule is: all but the length of its string.
const AXES: [Property; 6] = [
    Property::Weight,
    Property::LogP,
    Property::Qed,
    Property::Tpsa,
    Property::Rings,
    Property::HeavyAtoms,
];

/// Up to eight of each kind; a molecule may be in more than one group.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Gallery {
    /// A draw from the distinct valid molecules, the same for the same file.
    pub random: Vec<Drawn>,
    /// Nearest to the median of the standardized properties.
    pub typical: Vec<Drawn>,
    /// Farthest from it, among the novel ones (among all when there is no training set).
    pub unusual: Vec<Drawn>,
    /// Strings that are not molecules, of as many causes as possible.
    pub invalid: Vec<InvalidExample>,
}

/// A molecule to draw.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Drawn {
    /// Its place among the generated strings, from 1.
    pub row: usize,
    /// Canonical SMILES.
    pub smiles: String,
    /// Whether it is absent from the training set; `None` without one.
    pub novel: Option<bool>,
    /// Its properties.
    pub descriptors: Descriptors,
}

pub(super) fn choose(
    distinct: &[&Valid],
    faults: &[InvalidExample],
    train: Option<&HashSet<String>>,
) -> Gallery {
    let is_novel = |molecule: &Valid| {
        train.map(|train: &HashSet<String>| !train.contains(&molecule.canonical))
    };
    let draw = |places: &[usize]| {
        let of = |&place: &usize| {
            let molecule = distinct[place];
            Drawn {
                row: molecule.index + 1,
                smiles: molecule.canonical.clone(),
                novel: is_novel(molecule),
                descriptors: molecule.facts.descriptors,
            }
        };
        places.iter().take(GROUP).map(of).collect()
    };

    let facts: Vec<Facts> = distinct.iter().map(|molecule| molecule.facts).collect();
    let distances = distances_from_median(&facts);
    let mut by_distance: Vec<usize> = (0..distinct.len()).collect();
    by_distance.sort_by(|&a, &b| distances[a].total_cmp(&distances[b]).then(a.cmp(&b)));
    let unusual: Vec<usize> = by_distance
        .iter()
        .rev()
        .copied()
        .filter(|&place| is_novel(distinct[place]) != Some(false))
        .collect();
    let mut by_chance: Vec<usize> = (0..distinct.len()).collect();
    by_chance.sort_by_key(|&place| scramble(distinct[place].index as u64));

    Gallery {
        random: draw(&by_chance),
        typical: draw(&by_distance),
        unusual: draw(&unusual),
        invalid: one_of_each_cause(faults),
    }
}

/// For each molecule the Euclidean distance from the median, each property in standard deviations.
fn distances_from_median(facts: &[Facts]) -> Vec<f64> {
    let mut squares = vec![0.0; facts.len()];
    for property in AXES {
        let values: Vec<f64> = facts.iter().map(|facts| property.of(facts)).collect();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let centre = median(&sorted);
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let variance = values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>()
            / values.len().max(1) as f64;
        // A property that does not vary tells nothing.
        if variance > 0.0 {
            for (square, value) in squares.iter_mut().zip(&values) {
                *square += (value - centre).powi(2) / variance;
            }
        }
    }
    squares.into_iter().map(f64::sqrt).collect()
}

/// The first string of every cause, then the second of every cause, and so on.
fn one_of_each_cause(faults: &[InvalidExample]) -> Vec<InvalidExample> {
    let mut by_cause: BTreeMap<_, Vec<&InvalidExample>> = BTreeMap::new();
    // There is nothing to see in an empty string.
    for fault in faults.iter().filter(|fault| !fault.smiles.is_empty()) {
        let group = by_cause.entry(fault.cause).or_default();
        if group.len() < GROUP {
            group.push(fault);
        }
    }
    (0..GROUP)
        .flat_map(|turn| {
            by_cause
                .values()
                .filter_map(move |group| group.get(turn).copied())
        })
        .take(GROUP)
        .cloned()
        .collect()
}

/// A fixed permutation of the integers without pattern: the finalizer of `SplitMix64`
/// (Steele, Lea and Flood 2014).
fn scramble(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_distances(weights: &[f64], expected: &[f64]) {
        let facts: Vec<Facts> = weights
            .iter()
            .map(|&weight| Facts {
                length: 1,
                descriptors: Descriptors {
                    weight,
                    ..Descriptors::default()
                },
            })
            .collect();
        let found = distances_from_median(&facts);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.into_iter().zip(expected) {
            approx::assert_abs_diff_eq!(found, *expected, epsilon = 1e-12);
        }
    }

    #[test]
    fn distances_are_in_standard_deviations() {
        check_distances(&[], &[]);
        check_distances(&[5.0], &[0.0]);
        check_distances(&[5.0, 5.0], &[0.0, 0.0]);
        check_distances(&[1.0, 3.0], &[1.0, 1.0]);
        check_distances(
            &[1.0, 1.0, 1.0, 5.0],
            &[0.0, 0.0, 0.0, 4.0 / 3.0_f64.sqrt()],
        );
    }
}
