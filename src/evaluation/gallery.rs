//! Choice of example molecules for a report.

use std::collections::{BTreeMap, HashSet};

use super::distribution::median;
use super::strings::{Faults, Valid};
use super::{InvalidExample, Properties, Property, TrainingSet};
use crate::chem::{Cause, Descriptors, Molecule};

/// Molecules in each group.
pub(super) const GROUP: usize = 8;

/// The properties that say how usual a molecule is: all but the length of its string.
const AXES: [Property; 6] = [
    Property::Weight,
    Property::LogP,
    Property::Qed,
    Property::Tpsa,
    Property::Rings,
    Property::HeavyAtoms,
];

/// Up to eight of each kind; a molecule may be in more than one group. Of stereoisomers only the first is
/// in a group, but for the random one.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Gallery {
    /// A draw from the unique valid molecules, the same for the same file.
    pub random: Vec<Drawn>,
    /// Nearest to the median of the standardized properties.
    pub typical: Vec<Drawn>,
    /// Farthest from it, among the novel ones (among all when there is no training set).
    pub unusual: Vec<Drawn>,
    /// Least similar to any molecule of the draw from the training set (of the test set when there
    /// is no training set), and not in the training set.
    pub novel: Vec<Drawn>,
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
    /// Similarity to the nearest molecule of that draw; `None` without one.
    pub similarity: Option<f64>,
    /// Its properties.
    pub descriptors: Descriptors,
}

/// `nearest` has the similarity of each of `valid` to its nearest reference molecule.
pub(super) fn choose(
    valid: &[Valid],
    nearest: Option<&[f64]>,
    faults: &BTreeMap<Cause, Faults>,
    train: Option<&TrainingSet>,
) -> Gallery {
    let mut seen = HashSet::new();
    let unique: Vec<&Valid> = valid
        .iter()
        .filter(|molecule| seen.insert(molecule.canonical.as_ref()))
        .collect();
    let novel: Vec<Option<bool>> = unique
        .iter()
        .map(|molecule| train.map(|train| !train.contains(&molecule.canonical)))
        .collect();
    // The valid molecules are in the order of their rows.
    let similarity = |molecule: &Valid| {
        let place = valid.partition_point(|other| other.index < molecule.index);
        nearest.map(|nearest| nearest[place])
    };
    let draw = |places: &[usize]| {
        let of = |&place: &usize| {
            let molecule = unique[place];
            Drawn {
                row: molecule.index + 1,
                smiles: molecule.canonical.to_string(),
                novel: novel[place],
                similarity: similarity(molecule),
                descriptors: molecule.properties.descriptors,
            }
        };
        places.iter().take(GROUP).map(of).collect()
    };
    let distinct = |places: &[usize]| {
        let mut seen = HashSet::new();
        let is_first = |place: &&usize| seen.insert(flat(&unique[**place].canonical));
        let first: Vec<usize> = places
            .iter()
            .filter(is_first)
            .take(GROUP)
            .copied()
            .collect();
        draw(&first)
    };

    let properties: Vec<Properties> = unique.iter().map(|molecule| molecule.properties).collect();
    let distances = distances_from_median(&properties);
    let mut by_distance: Vec<usize> = (0..unique.len()).collect();
    by_distance.sort_by(|&a, &b| distances[a].total_cmp(&distances[b]).then(a.cmp(&b)));
    let is_new = |place: &usize| novel[*place] != Some(false);
    let unusual: Vec<usize> = by_distance.iter().rev().copied().filter(is_new).collect();
    let mut by_chance: Vec<usize> = (0..unique.len()).collect();
    by_chance.sort_by_key(|&place| super::scramble(unique[place].index as u64));
    let mut by_novelty: Vec<(f64, usize)> = (0..unique.len())
        .filter(is_new)
        .filter_map(|place| Some((similarity(unique[place])?, place)))
        .collect();
    by_novelty.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let by_novelty: Vec<usize> = by_novelty.into_iter().map(|(_, place)| place).collect();

    Gallery {
        random: draw(&by_chance),
        typical: distinct(&by_distance),
        unusual: distinct(&unusual),
        novel: distinct(&by_novelty),
        invalid: one_of_each_cause(faults),
    }
}

/// Canonical SMILES without stereochemistry.
fn flat(canonical: &str) -> String {
    let molecule = Molecule::parse(canonical);
    molecule.map_or_else(
        |_| canonical.to_owned(),
        |molecule| molecule.canonical_without_stereo().into_owned(),
    )
}

/// For each molecule the Euclidean distance from the median, each property in standard deviations.
fn distances_from_median(properties: &[Properties]) -> Vec<f64> {
    let mut squares = vec![0.0; properties.len()];
    for property in AXES {
        let values: Vec<f64> = properties
            .iter()
            .map(|properties| property.of(properties))
            .collect();
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
fn one_of_each_cause(faults: &BTreeMap<Cause, Faults>) -> Vec<InvalidExample> {
    // There is nothing to see in an empty string.
    let shown = |turn: usize| {
        let of = move |(cause, faults): (&Cause, &'_ Faults)| {
            let example = faults.examples.get(turn)?;
            (*cause != Cause::Empty).then(|| example.clone())
        };
        faults.iter().filter_map(of).collect::<Vec<_>>()
    };
    (0..GROUP).flat_map(shown).take(GROUP).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_distances(weights: &[f64], expected: &[f64]) {
        let properties: Vec<Properties> = weights
            .iter()
            .map(|&weight| Properties {
                length: 1,
                descriptors: Descriptors {
                    weight,
                    ..Descriptors::default()
                },
            })
            .collect();
        let found = distances_from_median(&properties);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.into_iter().zip(expected) {
            approx::assert_abs_diff_eq!(found, *expected, epsilon = 1e-12);
        }
    }

    #[test]
    fn stereoisomers_are_one_molecule() {
        for (isomers, expected) in [
            (["C[C@H](N)O", "C[C@@H](N)O"], "CC(N)O"),
            (["C/C=C/C", "C/C=C\\C"], "CC=CC"),
        ] {
            assert_eq!(isomers.map(flat), [expected, expected]);
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
