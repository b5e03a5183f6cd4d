//! Judges generated SMILES: strings in, typed [`Evaluation`] out.
//!
//! Every figure carries its count and denominator, and a figure that cannot be computed says why
//! instead of being zero or NaN. Definitions follow MOSES (Polykovskiy et al. 2020,
//! <https://doi.org/10.3389/fphar.2020.565644>). Knows nothing of files, models or how the strings
//! were made, so it can judge any generator.

mod aim;
mod distribution;
mod gallery;
mod headline;
mod memory;
mod proportion;

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use crate::chem::{Cause, Descriptors, Invalid, Molecule};

pub use aim::{Aim, Share, UnknownAim};
pub use distribution::{Distribution, Histogram, Property, Summary, wasserstein};
pub use gallery::{Drawn, Gallery};
pub use headline::{Headline, canonical};
pub use memory::Memory;
pub use proportion::{Proportion, wilson_interval};

/// The version of the layout that [`Evaluation`] serializes to; it rises when a field changes meaning.
pub const SCHEMA_VERSION: u32 = 1;

/// The counts of valid molecules at which MOSES reports uniqueness.
const UNIQUENESS_CUTOFFS: [usize; 2] = [1_000, 10_000];

/// What generated molecules are compared with. Either part may be missing.
#[derive(Debug, Clone, Default)]
pub struct References {
    /// Canonical SMILES of the training molecules: novelty needs them.
    pub train: Option<HashSet<String>>,
    /// Facts about the test molecules: distances between distributions need them.
    pub test: Option<Vec<Facts>>,
}

/// The measured properties of one molecule and its string.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Facts {
    /// Characters in the SMILES string as it was given.
    pub length: usize,
    /// Property values of the molecule.
    #[serde(flatten)]
    pub descriptors: Descriptors,
}

/// Everything that was found out about a set of generated strings.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Evaluation {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Strings judged, empty ones included.
    pub generated: usize,
    /// Strings that are molecules.
    pub valid: usize,
    /// Different molecules among them, by canonical SMILES.
    pub distinct: usize,
    /// Valid / generated. The empty string is invalid.
    pub validity: Proportion,
    /// Distinct / valid.
    pub uniqueness: Proportion,
    /// Distinct / 1,000 over the first 1,000 valid molecules.
    pub uniqueness_at_1000: Proportion,
    /// Distinct / 10,000 over the first 10,000 valid molecules.
    pub uniqueness_at_10000: Proportion,
    /// Distinct molecules that are not in the training set / distinct; both sides canonical.
    pub novelty: Proportion,
    /// Why strings are invalid, the most frequent cause first.
    pub invalid: Vec<InvalidCause>,
    /// Properties of the valid molecules (repeats included), against the test set where there is one.
    pub distributions: Vec<Distribution>,
    /// Molecules and invalid strings worth looking at.
    pub gallery: Gallery,
}

/// One row of the table of causes.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct InvalidCause {
    /// The class of the fault.
    pub cause: Cause,
    /// Strings with this fault.
    pub count: usize,
    /// The first such string.
    pub example: InvalidExample,
}

/// A string that is not a molecule, and why.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct InvalidExample {
    /// Its place among the generated strings, from 1.
    pub row: usize,
    /// The string as it was generated.
    pub smiles: String,
    /// The class of the fault.
    pub cause: Cause,
    /// One sentence.
    pub message: String,
    /// Byte offset of the fault, where one place is to blame.
    pub position: Option<usize>,
}

/// A valid generated molecule, reduced to what the figures need.
struct Valid {
    index: usize,
    canonical: String,
    facts: Facts,
}

/// Canonical SMILES of all molecules among `smiles`, invalid ones left out: the training reference.
///
/// `tick` is called once for each string, from any thread.
pub fn canonical_set(smiles: &[String], tick: &(dyn Fn() + Sync)) -> HashSet<String> {
    smiles
        .par_iter()
        .filter_map(|text| {
            tick();
            Molecule::parse(text)
                .ok()
                .map(|molecule| molecule.canonical().to_owned())
        })
        .collect()
}

/// Facts about all molecules among `smiles`, invalid ones left out: the test reference.
///
/// `tick` is called once for each string, from any thread.
pub fn facts(smiles: &[String], tick: &(dyn Fn() + Sync)) -> Vec<Facts> {
    smiles
        .par_iter()
        .filter_map(|text| {
            tick();
            Molecule::parse(text)
                .ok()
                .map(|molecule| measure(text, &molecule))
        })
        .collect()
}

/// Judges `generated`; see [`Evaluation`] for the definitions.
///
/// The result depends on the strings and their order only, not on the number of threads.
pub fn evaluate(generated: &[String], references: &References) -> Evaluation {
    evaluate_with_progress(generated, references, &|| ())
}

/// [`evaluate`], calling `tick` once for each string, from any thread.
pub fn evaluate_with_progress(
    generated: &[String],
    references: &References,
    tick: &(dyn Fn() + Sync),
) -> Evaluation {
    let verdicts: Vec<Result<Valid, Invalid>> = generated
        .par_iter()
        .enumerate()
        .map(|(index, text)| {
            tick();
            let molecule = Molecule::parse(text)?;
            let facts = measure(text, &molecule);
            Ok(Valid {
                index,
                canonical: molecule.canonical().to_owned(),
                facts,
            })
        })
        .collect();

    let mut valid = Vec::new();
    let mut faults = Vec::new();
    for (index, verdict) in verdicts.into_iter().enumerate() {
        match verdict {
            Ok(molecule) => valid.push(molecule),
            Err(fault) => faults.push(InvalidExample {
                row: index + 1,
                smiles: generated[index].clone(),
                cause: fault.cause,
                message: fault.message,
                position: fault.position,
            }),
        }
    }

    let mut seen = HashSet::new();
    let distinct: Vec<&Valid> = valid
        .iter()
        .filter(|molecule| seen.insert(molecule.canonical.as_str()))
        .collect();
    let [uniqueness_at_1000, uniqueness_at_10000] =
        UNIQUENESS_CUTOFFS.map(|cutoff| uniqueness_at(cutoff, &valid));
    let measured: Vec<Facts> = valid.iter().map(|molecule| molecule.facts).collect();

    Evaluation {
        schema_version: SCHEMA_VERSION,
        generated: generated.len(),
        valid: valid.len(),
        distinct: distinct.len(),
        validity: Proportion::new(valid.len(), generated.len(), "no strings were generated"),
        uniqueness: Proportion::new(distinct.len(), valid.len(), "no string is a valid molecule"),
        uniqueness_at_1000,
        uniqueness_at_10000,
        novelty: novelty(&distinct, references.train.as_ref()),
        invalid: causes(&faults),
        distributions: Property::ALL
            .into_iter()
            .map(|property| Distribution::new(property, &measured, references.test.as_deref()))
            .collect(),
        gallery: gallery::choose(&distinct, &faults, references.train.as_ref()),
    }
}

fn measure(text: &str, molecule: &Molecule) -> Facts {
    Facts {
        length: text.chars().count(),
        descriptors: molecule.descriptors(),
    }
}

/// Distinct molecules among the first `cutoff` valid ones: not computed when there are fewer.
fn uniqueness_at(cutoff: usize, valid: &[Valid]) -> Proportion {
    match valid.get(..cutoff) {
        Some(first) => {
            let distinct: HashSet<&str> = first
                .iter()
                .map(|molecule| molecule.canonical.as_str())
                .collect();
            Proportion::new(distinct.len(), cutoff, "no string is a valid molecule")
        }
        None => Proportion::not_computed(format!(
            "needs {cutoff} valid molecules, {} are valid",
            valid.len()
        )),
    }
}

fn novelty(distinct: &[&Valid], train: Option<&HashSet<String>>) -> Proportion {
    let Some(train) = train else {
        return Proportion::not_computed("no training set was given".to_owned());
    };
    let novel = distinct
        .iter()
        .filter(|molecule| !train.contains(&molecule.canonical))
        .count();
    Proportion::new(novel, distinct.len(), "no string is a valid molecule")
}

/// Counts causes, the most frequent first, equal counts in the order of [`Cause`].
fn causes(faults: &[InvalidExample]) -> Vec<InvalidCause> {
    let mut table: HashMap<Cause, InvalidCause> = HashMap::new();
    for fault in faults {
        table
            .entry(fault.cause)
            .and_modify(|row| row.count += 1)
            .or_insert_with(|| InvalidCause {
                cause: fault.cause,
                count: 1,
                example: fault.clone(),
            });
    }
    let mut rows: Vec<InvalidCause> = table.into_values().collect();
    rows.sort_by_key(|row| (std::cmp::Reverse(row.count), row.cause));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|&text| text.to_owned()).collect()
    }

    fn against(train: &[&str]) -> References {
        References {
            train: Some(canonical_set(&strings(train), &|| ())),
            test: None,
        }
    }

    /// Checks (count, of) of validity, uniqueness and novelty.
    #[track_caller]
    fn check(generated: &[&str], train: &[&str], expected: [(usize, usize); 3]) {
        let evaluation = evaluate(&strings(generated), &against(train));
        let found = [
            &evaluation.validity,
            &evaluation.uniqueness,
            &evaluation.novelty,
        ]
        .map(|proportion| (proportion.count, proportion.of));
        assert_eq!(found, expected, "generated {generated:?}, train {train:?}");
        for proportion in [
            &evaluation.validity,
            &evaluation.uniqueness,
            &evaluation.novelty,
        ] {
            assert_eq!(proportion.value.is_none(), proportion.of == 0);
            assert_eq!(proportion.reason.is_some(), proportion.of == 0);
        }
        let json = serde_json::to_string(&evaluation).expect("an evaluation serializes");
        assert!(!json.contains("NaN"));
    }

    #[test]
    fn headline_figures() {
        check(&[], &["C"], [(0, 0), (0, 0), (0, 0)]);
        check(&["", "C(", "c1"], &["C"], [(0, 3), (0, 0), (0, 0)]);
        check(&["CCO", "OCC", "C", ""], &[], [(3, 4), (2, 3), (2, 2)]);
        // Both sides are canonical, so another spelling of a training molecule is not novel.
        check(&["CCO", "C(O)C", "CCN"], &["OCC"], [(3, 3), (2, 3), (1, 2)]);
    }

    #[track_caller]
    fn check_uniqueness_at(valid: usize, repeats: usize, expected: Option<(usize, usize)>) {
        // Chains of nitrogen and carbon, spelt by the bits of the index: all different from one end.
        let spell = |index: usize| -> String {
            let bits = (0..12).map(|bit| if index >> bit & 1 == 1 { 'N' } else { 'C' });
            "F".chars().chain(bits).chain("Cl".chars()).collect()
        };
        let mut generated = vec!["not a molecule".to_owned()];
        generated.extend((0..repeats).map(|_| spell(0)));
        generated.extend((repeats..valid).map(spell));
        let found = evaluate(&generated, &References::default()).uniqueness_at_1000;
        assert_eq!(found.value.map(|_| (found.count, found.of)), expected);
        assert_eq!(found.reason.is_some(), expected.is_none());
    }

    #[test]
    fn uniqueness_counts_the_first_valid_molecules_only() {
        check_uniqueness_at(999, 1, None);
        check_uniqueness_at(1_000, 1, Some((1_000, 1_000)));
        check_uniqueness_at(1_000, 10, Some((991, 1_000)));
        check_uniqueness_at(1_500, 10, Some((991, 1_000)));
    }

    #[test]
    fn causes_are_counted_with_their_first_string() {
        let evaluation = evaluate(
            &strings(&["C1CC", "", "C", "C2C", "C(C"]),
            &References::default(),
        );
        let table: Vec<(Cause, usize, usize)> = evaluation
            .invalid
            .iter()
            .map(|row| (row.cause, row.count, row.example.row))
            .collect();
        assert_eq!(
            table,
            [
                (Cause::Ring, 2, 1),
                (Cause::Empty, 1, 2),
                (Cause::Parenthesis, 1, 5)
            ]
        );
    }

    #[test]
    fn distances_need_valid_molecules_and_a_test_set() {
        let test = Some(facts(&strings(&["CCO", "c1ccccc1"]), &|| ()));
        let references = References { train: None, test };
        let same = evaluate(&strings(&["c1ccccc1", "CCO"]), &references);
        assert!(
            same.distributions
                .iter()
                .all(|row| row.wasserstein == Some(0.0))
        );
        for (generated, references) in [
            (strings(&["C("]), references),
            (strings(&["C"]), References::default()),
        ] {
            let evaluation = evaluate(&generated, &references);
            assert!(
                evaluation
                    .distributions
                    .iter()
                    .all(|row| row.wasserstein.is_none())
            );
            assert!(
                evaluation
                    .distributions
                    .iter()
                    .all(|row| row.reason.is_some())
            );
        }
    }
}
