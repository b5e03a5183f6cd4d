//! Judges generated SMILES: strings in, typed [`Evaluation`] out.
//!
//! Every figure carries its count and denominator, and a figure that cannot be computed says why
//! instead of being zero or NaN. Definitions follow MOSES (Polykovskiy et al. 2020,
//! <https://doi.org/10.3389/fphar.2020.565644>) and GuacaMol (Brown et al. 2019,
//! <https://doi.org/10.1021/acs.jcim.8b00839>). Knows nothing of files, models or how the strings
//! were made, so it can judge any generator.

mod bootstrap;
mod counts;
mod distribution;
mod divergence;
mod figure;
mod gallery;
mod guacamol;
mod headline;
mod memorization;
mod moses;
mod neighbours;
mod objective;
mod proportion;
mod provenance;
mod reference;
pub mod similarity;
mod stored;
mod tally;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::chem::{Cause, Descriptors, Environments, Invalid, Molecule};

pub use counts::Counts;
pub use distribution::{Distribution, Histogram, Property, Summary, wasserstein};
pub use figure::Figure;
pub use gallery::{Drawn, Gallery};
pub use guacamol::{Guacamol, Part};
pub use headline::{Headline, canonical};
pub use memorization::Memory;
pub use moses::{Comparison, FailedFilter, Moses};
pub use neighbours::{Neighbours, Similarities};
pub use objective::{Aim, Share, UnknownAim};
pub use proportion::{Proportion, wilson_interval};
pub use provenance::{Evaluated, Provenance, Source};
pub use reference::{Reference, SAMPLE, Sketch, Training};
pub use stored::FORMAT;

use distribution::Moments;
use tally::{CUTOFFS, Tally};

/// The version of the layout that [`Evaluation`] serializes to; it rises when a field changes meaning.
pub const SCHEMA_VERSION: u32 = 2;

/// Valid molecules that stand for all where a quick evaluation needs more than sums: a draw, the
/// same for the same file.
const DRAWN: usize = 100_000;

/// Why the set metrics are missing from a quick evaluation.
const QUICK: &str = "left out by --quick";

/// Why there is no Frechet ChemNet distance.
fn fcd_not_computed() -> Figure {
    Figure::not_computed("FCD is measured apart: it needs a network")
}

/// What generated molecules are compared with. Any part may be missing.
#[derive(Debug, Clone, Default)]
pub struct References {
    /// The training set: novelty and GuacaMol's divergences need it.
    pub train: Option<Training>,
    /// The test set: distances between distributions and likeness need it.
    pub test: Option<Reference>,
    /// The scaffold test set.
    pub test_scaffolds: Option<Reference>,
}

/// How much is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// Validity, uniqueness, novelty and properties. Of each different molecule 16 bytes are kept,
    /// and of at most 200,000 valid ones all that is known.
    Quick,
    /// All.
    #[default]
    Full,
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
    /// The set metrics of MOSES.
    pub moses: Moses,
    /// The distribution-learning benchmarks of GuacaMol.
    pub guacamol: Guacamol,
    /// Why strings are invalid, the most frequent cause first.
    pub invalid: Vec<InvalidCause>,
    /// Properties of the valid molecules (repeats included), against the test set where there is one.
    pub distributions: Vec<Distribution>,
    /// How similar the nearest training and test molecules are.
    pub neighbours: Neighbours,
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
    canonical: Box<str>,
    facts: Facts,
}

/// Judges `generated`; see [`Evaluation`] for the definitions.
///
/// The result depends on the strings and their order only, not on the number of threads.
pub fn evaluate(generated: &[String], references: &References) -> Evaluation {
    let mut judge = Judge::new(references, Depth::Full);
    judge.push(generated, &|| ());
    judge.finish(&|_| ())
}

/// Judges strings that come piece by piece; [`Depth`] says what it keeps of them.
pub struct Judge<'a> {
    references: &'a References,
    depth: Depth,
    generated: usize,
    tally: Tally,
    /// Of all valid molecules, in the order of [`Property::ALL`].
    moments: [Moments; Property::ALL.len()],
    /// All valid molecules; in a quick evaluation those drawn so far.
    valid: Vec<Valid>,
    /// Most of them that are kept.
    most: usize,
    first: guacamol::First,
    set: moses::Generated,
    faults: BTreeMap<Cause, Faults>,
}

/// What the set metrics need of one molecule, and the filter that it fails.
type Look = Option<(Sketch, Option<&'static str>)>;

/// A valid molecule, its canonical SMILES without stereochemistry where that is another string, and
/// what the set metrics need of it.
type Judged = (Valid, Option<String>, Look);

/// The strings of one cause.
struct Faults {
    count: usize,
    /// The first ones, in their order.
    examples: Vec<InvalidExample>,
}

/// What [`Judge::finish`] is about to compute, for someone who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nearest molecules of this many generated ones in a reference set.
    Neighbours(usize),
    /// Similarities of all pairs of this many molecules.
    Diversity(usize),
    /// GuacaMol's divergences.
    Divergences,
    /// Distributions and their intervals.
    Distributions,
}

impl<'a> Judge<'a> {
    /// A judge who has seen nothing.
    pub fn new(references: &'a References, depth: Depth) -> Self {
        Self {
            references,
            depth,
            generated: 0,
            tally: Tally::default(),
            moments: Default::default(),
            valid: Vec::new(),
            most: match depth {
                Depth::Quick => DRAWN,
                Depth::Full => usize::MAX,
            },
            first: guacamol::First::default(),
            set: moses::Generated::default(),
            faults: BTreeMap::new(),
        }
    }

    /// Takes the next strings. `tick` is called once for each, from any thread.
    pub fn push(&mut self, strings: &[String], tick: &(dyn Fn() + Sync)) {
        let verdicts: Vec<Result<Judged, Invalid>> = strings
            .par_iter()
            .enumerate()
            .map(|(index, text)| {
                tick();
                let molecule = Molecule::parse(text)?;
                let (facts, look) = match self.depth {
                    Depth::Full => {
                        let (facts, sketch) = reference::look(text, &molecule);
                        (facts, Some((sketch, molecule.failed_filter())))
                    }
                    Depth::Quick => {
                        let environments = molecule.environments();
                        (measure(text, &molecule, environments.as_ref()), None)
                    }
                };
                let canonical = molecule.canonical();
                let flat = molecule.canonical_without_stereo();
                let flat = (flat != canonical).then(|| flat.into_owned());
                let valid = Valid {
                    index: self.generated + index,
                    canonical: canonical.into(),
                    facts,
                };
                Ok((valid, flat, look))
            })
            .collect();
        for (place, verdict) in verdicts.into_iter().enumerate() {
            match verdict {
                Ok((valid, flat, look)) => {
                    let train = self.references.train.as_ref();
                    let is_new = self.tally.count(&valid.canonical, train);
                    self.first
                        .push(valid.index, &valid.canonical, flat.as_deref(), is_new);
                    for (moments, property) in self.moments.iter_mut().zip(Property::ALL) {
                        moments.push(property.of(&valid.facts));
                    }
                    self.valid.push(valid);
                    if let Some((sketch, broken)) = look {
                        self.set.push(sketch, broken);
                    }
                }
                Err(fault) => self.fault(self.generated + place + 1, &strings[place], fault),
            }
        }
        self.generated += strings.len();
        if self.valid.len() / 2 > self.most {
            self.draw();
        }
    }

    /// Keeps [`Self::most`] of the valid molecules, in their order: those whose places scramble to
    /// the smallest numbers, so that it does not matter how often this is done.
    fn draw(&mut self) {
        if self.valid.len() > self.most {
            let by_chance = |molecule: &Valid| scramble(molecule.index as u64);
            self.valid.select_nth_unstable_by_key(self.most, by_chance);
            self.valid.truncate(self.most);
            self.valid.sort_unstable_by_key(|molecule| molecule.index);
        }
    }

    fn fault(&mut self, row: usize, smiles: &str, fault: Invalid) {
        let faults = self.faults.entry(fault.cause).or_insert_with(|| Faults {
            count: 0,
            examples: Vec::new(),
        });
        faults.count += 1;
        if faults.examples.len() < gallery::GROUP {
            faults.examples.push(InvalidExample {
                row,
                smiles: smiles.to_owned(),
                cause: fault.cause,
                message: fault.message,
                position: fault.position,
            });
        }
    }

    /// Canonical SMILES of the valid strings so far, in their order.
    pub fn canonical(&self) -> Vec<&str> {
        let each = self.valid.iter();
        each.map(|molecule| molecule.canonical.as_ref()).collect()
    }

    /// Computes the figures; `step` is called before each part that may take long.
    pub fn finish(mut self, step: &dyn Fn(Step)) -> Evaluation {
        self.draw();
        let full = self.depth == Depth::Full;
        let References {
            train,
            test,
            test_scaffolds,
        } = self.references;
        let (train, test) = (train.as_ref(), test.as_ref());
        let valid = &self.valid;

        let bits = &self.set.bits;
        let sets = [test, test_scaffolds.as_ref()];
        let nearest = sets.map(|set| {
            if bits.is_empty() {
                return None;
            }
            step(Step::Neighbours(bits.len()));
            let found = set?.index(usize::MAX).nearest(bits)?;
            Some(
                found
                    .iter()
                    .map(|near| near.similarity)
                    .collect::<Vec<f64>>(),
            )
        });
        let neighbours = Neighbours::new(bits, train, test);
        step(Step::Diversity(bits.len()));
        let moses = if full {
            let nearest = nearest.each_ref().map(Option::as_deref);
            Moses::new(&self.set, sets, nearest)
        } else {
            Moses::not_computed(QUICK)
        };
        step(Step::Divergences);
        let guacamol = Guacamol::new(&self.first, self.generated, train, full);

        step(Step::Distributions);
        let measured: Vec<Facts> = valid.iter().map(|molecule| molecule.facts).collect();
        let test_facts = test.map(|test| test.facts.as_slice());
        let distributions = Property::ALL
            .into_par_iter()
            .zip(&self.moments)
            .map(|(property, moments)| Distribution::new(property, &measured, moments, test_facts))
            .collect();
        let (all, distinct) = (self.tally.valid, self.tally.distinct());
        let [uniqueness_at_1000, uniqueness_at_10000] =
            [0, 1].map(|which| uniqueness_at(which, &self.tally));
        let none = "no string is a valid molecule";
        Evaluation {
            schema_version: SCHEMA_VERSION,
            generated: self.generated,
            valid: all,
            distinct,
            validity: Proportion::new(all, self.generated, "no strings were generated"),
            uniqueness: Proportion::new(distinct, all, none),
            uniqueness_at_1000,
            uniqueness_at_10000,
            novelty: match train {
                Some(_) => Proportion::new(self.tally.novel, distinct, none),
                None => Proportion::not_computed("no training set was given".to_owned()),
            },
            moses,
            guacamol,
            invalid: causes(&self.faults),
            distributions,
            gallery: gallery::choose(valid, neighbours.nearest(), &self.faults, train),
            neighbours,
        }
    }
}

fn measure(text: &str, molecule: &Molecule, environments: Option<&Environments>) -> Facts {
    Facts {
        length: text.chars().count(),
        descriptors: molecule.descriptors_with(environments),
    }
}

/// Uniqueness at one of [`CUTOFFS`]: not computed when fewer molecules are valid.
fn uniqueness_at(which: usize, tally: &Tally) -> Proportion {
    let cutoff = CUTOFFS[which];
    match tally.at_cutoffs[which] {
        Some(distinct) => Proportion::new(distinct, cutoff, "no string is a valid molecule"),
        None => Proportion::not_computed(format!(
            "needs {cutoff} valid molecules, {} are valid",
            tally.valid
        )),
    }
}

/// The table of causes, the most frequent first, equal counts in the order of [`Cause`].
fn causes(faults: &BTreeMap<Cause, Faults>) -> Vec<InvalidCause> {
    let row = |(&cause, faults): (&Cause, &Faults)| InvalidCause {
        cause,
        count: faults.count,
        example: faults.examples[0].clone(),
    };
    let mut rows: Vec<InvalidCause> = faults.iter().map(row).collect();
    rows.sort_by_key(|row| (std::cmp::Reverse(row.count), row.cause));
    rows
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

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|&text| text.to_owned()).collect()
    }

    fn against(train: &[&str]) -> References {
        References {
            train: Some(Training::new(&strings(train), &|| ())),
            ..References::default()
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

    /// A quick evaluation that keeps 10 molecules, of strings that come in pieces of `size`.
    fn quick(generated: &[String], references: &References, size: usize) -> Evaluation {
        let mut judge = Judge::new(references, Depth::Quick);
        judge.most = 10;
        for piece in generated.chunks(size) {
            judge.push(piece, &|| ());
        }
        judge.finish(&|_| ())
    }

    #[test]
    fn a_draw_stands_for_all_where_sums_do_not() {
        let chain = |length: usize| format!("N{}", "C".repeat(length % 60));
        let generated: Vec<String> = (0..200).map(chain).collect();
        let references = against(&["NC", "NCC"]);
        let all = evaluate(&generated, &references);
        let few = quick(&generated, &references, 7);
        assert_eq!((few.valid, few.distinct), (200, 60));
        assert_eq!(few.novelty, all.novelty);
        assert_eq!(few.guacamol.novelty, all.guacamol.novelty);
        for (few, all) in few.distributions.iter().zip(&all.distributions) {
            assert_eq!((few.drawn, all.drawn), (10, 200));
            let (few, all) = (few.generated.expect("valid"), all.generated.expect("valid"));
            assert_eq!((few.count, few.mean), (200, all.mean));
            assert_eq!((few.minimum, few.maximum), (all.minimum, all.maximum));
        }
        let again = quick(&generated, &references, 200);
        let json = |found| serde_json::to_string(found).expect("it serializes");
        assert_eq!(json(&few), json(&again), "pieces do not matter");
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
        let test = Some(Reference::new(&strings(&["CCO", "c1ccccc1"]), &|| ()));
        let references = References {
            test,
            ..References::default()
        };
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
