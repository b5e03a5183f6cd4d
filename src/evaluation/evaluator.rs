//! Evaluation of strings that come piece by piece.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::distribution::Moments;
use super::fcd::{Distances, Network};
use super::similarity::Nearest;
use super::strings::{Faults, Valid};
use super::{
    Counter, Distribution, Evaluation, Guacamol, InvalidCause, InvalidExample, Moses,
    MosesProperties, Neighbours, Properties, Property, QUICK, References, SCHEMA_VERSION, gallery,
    go_on, guacamol, moses, scramble,
};
use crate::chem::{Cause, Invalid, Key, Molecule};
use crate::error::Result;
use crate::progress::{Unwatched, Watch};

/// Valid molecules that stand for all where a quick evaluation needs more than sums: a draw, the
/// same for the same file.
const DRAWN: usize = 100_000;

/// The depth of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// Validity, uniqueness, novelty and properties. Of each unique molecule 16 bytes are kept,
    /// and of at most 200,000 valid ones all that is known.
    Quick,
    /// All figures.
    #[default]
    Full,
}

/// Evaluates `generated` without Frechet ChemNet distances; see [`Evaluation`] for the definitions.
///
/// The result depends on the strings and their order only, not on the number of threads.
#[expect(clippy::missing_panics_doc, reason = "only who watches can cancel it")]
pub fn evaluate(generated: &[String], references: &References) -> Evaluation {
    let none = Err("FCD needs ChemNet, which was not given".to_owned());
    let mut evaluator = Evaluator::new(references, Depth::Full, none);
    evaluator.push(generated);
    let evaluation = evaluator.finish(&Unwatched);
    evaluation.expect("only who watches can cancel it")
}

/// Evaluates strings that come piece by piece; [`Depth`] says what it keeps of them.
pub struct Evaluator<'a> {
    references: &'a References,
    depth: Depth,
    network: Network<'a>,
    counter: Counter<'a>,
    /// Valid molecules with unpaired electrons.
    radicals: usize,
    /// Valid strings with idle stereo marks.
    idle_stereo_marks: usize,
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

/// A valid molecule as it comes from the threads.
struct Measured {
    canonical: Box<str>,
    key: Key,
    /// Canonical SMILES without stereochemistry, where that is another string.
    without_stereo: Option<String>,
    radical: bool,
    idle_stereo_marks: bool,
    properties: Properties,
    /// Properties for the set metrics of MOSES, and the structural filter that it fails first.
    moses: Option<(MosesProperties, Option<&'static str>)>,
}

impl Measured {
    fn of(text: &str, depth: Depth) -> Result<Self, Invalid> {
        let molecule = Molecule::parse(text)?;
        let environments = molecule.environments();
        let environments = environments.as_ref();
        let canonical = molecule.canonical();
        let without_stereo = molecule.canonical_without_stereo();
        Ok(Self {
            canonical: canonical.into(),
            key: Key::of(canonical),
            without_stereo: (without_stereo != canonical).then(|| without_stereo.into_owned()),
            radical: molecule.is_radical(),
            idle_stereo_marks: !molecule.idle_marks(text).is_empty(),
            properties: Properties::of(text, &molecule, environments),
            moses: (depth == Depth::Full).then(|| {
                let properties = MosesProperties::of(&molecule, environments);
                (properties, molecule.failed_filter())
            }),
        })
    }

    /// The key, and that without stereochemistry.
    fn keys(&self) -> (Key, Key) {
        let without_stereo = self.without_stereo.as_deref();
        (self.key, without_stereo.map_or(self.key, Key::of))
    }
}

impl<'a> Evaluator<'a> {
    /// An evaluator that has seen nothing. The network computes Frechet ChemNet distances from the
    /// sets whose statistics `references` has; a quick evaluation does not use it.
    pub fn new(references: &'a References, depth: Depth, network: Network<'a>) -> Self {
        Self {
            references,
            depth,
            network,
            counter: Counter::new(references.train.as_ref().map(|train| &train.known)),
            radicals: 0,
            idle_stereo_marks: 0,
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

    /// Takes the next strings, on the threads of the current pool.
    pub fn push(&mut self, strings: &[String]) {
        let depth = self.depth;
        let found: Vec<Result<Measured, Invalid>> = strings
            .par_iter()
            .map(|text| Measured::of(text, depth))
            .collect();
        for (found, text) in found.into_iter().zip(strings) {
            let index = self.counter.generated();
            let keys = found.as_ref().ok().map(Measured::keys);
            let is_first = self.counter.push_with(keys);
            match found {
                Ok(molecule) => self.molecule(index, molecule, is_first),
                Err(fault) => self.fault(index + 1, text, fault),
            }
        }
        if self.valid.len() / 2 > self.most {
            self.draw();
        }
    }

    fn molecule(&mut self, index: usize, molecule: Measured, is_first: bool) {
        let Measured {
            canonical,
            without_stereo,
            properties,
            moses,
            radical,
            idle_stereo_marks,
            ..
        } = molecule;
        self.radicals += usize::from(radical);
        self.idle_stereo_marks += usize::from(idle_stereo_marks);
        let without_stereo = without_stereo.as_deref().unwrap_or(&canonical);
        self.first.push(index, without_stereo, is_first);
        for (moments, property) in self.moments.iter_mut().zip(Property::ALL) {
            moments.push(property.of(&properties));
        }
        if let Some((properties, failed_filter)) = moses {
            self.set.push(properties, failed_filter);
        }
        self.valid.push(Valid {
            index,
            canonical,
            properties,
        });
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

    /// Computes the figures, on the threads of the current pool.
    ///
    /// # Errors
    /// [`Kind::Cancelled`](crate::error::Kind::Cancelled) when `watch` stops it between two parts.
    pub fn finish(mut self, watch: &dyn Watch) -> Result<Evaluation> {
        self.draw();
        let References {
            train,
            test,
            test_scaffolds,
            chemnet,
        } = self.references;
        let (train, test) = (train.as_ref(), test.as_ref());
        let valid = &self.valid;
        let begin = |stage: &str| -> Result<()> {
            go_on(watch)?;
            watch.begin(stage, 0);
            Ok(())
        };

        let distances = match self.depth {
            Depth::Quick => None,
            Depth::Full => {
                let canonical: Vec<&str> = valid.iter().map(|each| &*each.canonical).collect();
                let has_train = train.is_some();
                let network = &self.network;
                Some(Distances::measure(
                    network, chemnet, has_train, &canonical, watch,
                )?)
            }
        };
        let bits = &self.set.bits;
        let sets = [test, test_scaffolds.as_ref()];
        let mut nearest = [None, None];
        for (nearest, set) in nearest.iter_mut().zip(sets) {
            let Some(set) = set.filter(|_| !bits.is_empty()) else {
                continue;
            };
            begin(&format!("nearest molecules of {}", bits.len()))?;
            let found = set.index(usize::MAX).nearest(bits, watch);
            let similarities = |found: Vec<Nearest>| -> Vec<f64> {
                found.iter().map(|nearest| nearest.similarity).collect()
            };
            go_on(watch)?;
            *nearest = found.map(similarities);
        }
        let neighbours = Neighbours::new(bits, train, test, watch);
        begin(&format!("similarities of all pairs of {}", bits.len()))?;
        let moses = match &distances {
            Some(distances) => {
                let nearest = nearest.each_ref().map(Option::as_deref);
                Moses::new(&self.set, sets, nearest, distances, watch)
            }
            None => Moses::not_computed(QUICK),
        };
        begin("divergences from the training set")?;
        let counter = &self.counter;
        let generated = counter.generated();
        let guacamol = Guacamol::new(&self.first, generated, train, distances.as_ref(), watch)?;

        begin("distributions")?;
        let measured: Vec<Properties> = valid.iter().map(|molecule| molecule.properties).collect();
        let of_test = test.map(|test| test.properties.as_slice());
        let distributions = Property::ALL
            .into_par_iter()
            .zip(&self.moments)
            .map(|(property, moments)| Distribution::new(property, &measured, moments, of_test))
            .collect();
        Ok(Evaluation {
            schema_version: SCHEMA_VERSION,
            generated,
            valid: counter.valid(),
            unique: counter.unique(),
            cut: None,
            validity: counter.validity(),
            uniqueness: counter.uniqueness(),
            uniqueness_at_1000: counter.uniqueness_at(0),
            uniqueness_at_10000: counter.uniqueness_at(1),
            novelty: counter.novelty(),
            novelty_without_stereo: counter.novelty_without_stereo(),
            radicals: counter.of_valid(self.radicals),
            idle_stereo_marks: counter.of_valid(self.idle_stereo_marks),
            moses,
            guacamol,
            invalid: causes(&self.faults),
            distributions,
            gallery: gallery::choose(valid, neighbours.nearest(), &self.faults, train),
            neighbours,
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::{TestSet, TrainingSet};
    use crate::progress::Unwatched;

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|&text| text.to_owned()).collect()
    }

    fn against(train: &[&str]) -> References {
        References {
            train: Some(TrainingSet::new(&strings(train))),
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
        let mut evaluator = Evaluator::new(references, Depth::Quick, Err(String::new()));
        evaluator.most = 10;
        for piece in generated.chunks(size) {
            evaluator.push(piece);
        }
        evaluator.finish(&Unwatched).expect("nobody stops it")
    }

    #[test]
    fn a_draw_stands_for_all_where_sums_do_not() {
        let chain = |length: usize| format!("N{}", "C".repeat(length % 60));
        let generated: Vec<String> = (0..200).map(chain).collect();
        let references = against(&["NC", "NCC"]);
        let all = evaluate(&generated, &references);
        let few = quick(&generated, &references, 7);
        assert_eq!((few.valid, few.unique), (200, 60));
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
    fn radicals_and_idle_stereo_marks_are_counted_among_the_valid() {
        let generated = [
            "[CH2]C", "[CH2]C", "C[C@H]", "N/N", "F/C=C/F", "C(", "CCO", "C[CH2:1]",
        ];
        let found = evaluate(&strings(&generated), &References::default());
        let shares = [&found.radicals, &found.idle_stereo_marks];
        let shares = shares.map(|share| (share.count, share.of));
        assert_eq!(shares, [(4, 7), (2, 7)]);
        assert!(found.novelty_without_stereo.reason.is_some());
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
        let test = Some(TestSet::new(&strings(&["CCO", "c1ccccc1"])));
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
