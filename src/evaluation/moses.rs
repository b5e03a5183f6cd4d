//! The set metrics of MOSES (Polykovskiy et al. 2020, <https://doi.org/10.3389/fphar.2020.565644>):
//! internal diversity, structural filters, and likeness to a test set and a scaffold test set.
//!
//! All are over the valid generated molecules, repeats included, as in the package molsets.

use std::collections::BTreeMap;

use super::counts::cosine;
use super::fcd::Distances;
use super::similarity::{Index, Means};
use super::{Figure, MosesProperties, Proportion, TestSet, bootstrap, floor};
use crate::progress::Watch;

/// The metrics of MOSES of a generated set.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Moses {
    /// Valid molecules that pass all structural filters / valid molecules.
    pub filters: Proportion,
    /// The filters that most molecules fail first, at most ten of them.
    pub failed_filters: Vec<FailedFilter>,
    /// Internal diversity: 1 less the mean Tanimoto similarity of all pairs, each molecule with
    /// itself included.
    pub int_div: Figure,
    /// The same with the root of the mean square similarity of each molecule for its mean.
    pub int_div2: Figure,
    /// Against the test set.
    pub test: Comparison,
    /// Against the scaffold test set, whose scaffolds do not occur in training.
    pub test_scaffolds: Comparison,
}

/// One structural filter and the molecules that fail it before any other.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct FailedFilter {
    /// Its name in MOSES.
    pub name: &'static str,
    /// Valid generated molecules.
    pub count: usize,
}

/// Similarity of the generated molecules to a reference set.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Comparison {
    /// Valid molecules of the reference set.
    pub molecules: usize,
    /// Frechet ChemNet distance (Preuer et al. 2018); smaller is nearer.
    pub fcd: Figure,
    /// The same distance of as many molecules of the training set.
    pub fcd_floor: Figure,
    /// The distance less its floor.
    pub fcd_excess: Figure,
    /// Mean similarity of a generated molecule to its nearest reference molecule.
    pub snn: Figure,
    /// Cosine similarity of the counts of BRICS fragments.
    pub frag: Figure,
    /// Cosine similarity of the counts of Bemis-Murcko scaffolds of two or more rings.
    pub scaf: Figure,
}

/// Fingerprints, fragments and scaffolds of the valid generated molecules, in their order.
#[derive(Debug, Default)]
pub(super) struct Generated {
    /// Set bits of the Morgan fingerprints; none for a molecule that has no fingerprint.
    pub(super) bits: Vec<Vec<u16>>,
    pub(super) fragments: Vec<Vec<String>>,
    pub(super) scaffolds: Vec<Vec<String>>,
    /// The structural filters that they fail first.
    pub(super) failed: Vec<Option<&'static str>>,
}

impl Generated {
    pub(super) fn push(&mut self, molecule: MosesProperties, failed_filter: Option<&'static str>) {
        self.bits.push(molecule.fingerprint.bits());
        self.fragments.push(molecule.fragments);
        self.scaffolds.push(molecule.scaffold.into_iter().collect());
        self.failed.push(failed_filter);
    }
}

impl Moses {
    pub(super) fn new(
        generated: &Generated,
        [test, test_scaffolds]: [Option<&TestSet>; 2],
        nearest: [Option<&[f64]>; 2],
        distances: &Distances,
        watch: &dyn Watch,
    ) -> Self {
        let none = "no string is a valid molecule";
        let passed = generated
            .failed
            .iter()
            .filter(|filter| filter.is_none())
            .count();
        let (int_div, int_div2) = internal_diversity(&generated.bits, watch);
        Self {
            filters: Proportion::new(passed, generated.failed.len(), none),
            failed_filters: failed(&generated.failed),
            int_div,
            int_div2,
            test: test.map_or_else(
                || Comparison::not_computed("no test set was given"),
                |test| Comparison::new(generated, test, nearest[0], &distances.test),
            ),
            test_scaffolds: test_scaffolds.map_or_else(
                || Comparison::not_computed("no scaffold test set was given"),
                |test| Comparison::new(generated, test, nearest[1], &distances.test_scaffolds),
            ),
        }
    }

    /// No set metric, for this reason.
    pub(super) fn not_computed(reason: &str) -> Self {
        let figure = || Figure::not_computed(reason);
        let comparison = || Comparison::not_computed(reason);
        Self {
            filters: Proportion::not_computed(reason.to_owned()),
            failed_filters: Vec::new(),
            int_div: figure(),
            int_div2: figure(),
            test: comparison(),
            test_scaffolds: comparison(),
        }
    }
}

impl Comparison {
    fn new(
        generated: &Generated,
        reference: &TestSet,
        nearest: Option<&[f64]>,
        fcd: &Figure,
    ) -> Self {
        let molecules = reference.len();
        let fcd = fcd.clone();
        let floor = || Figure::not_computed(floor::NOT_MEASURED);
        let Some(nearest) = nearest else {
            return Self {
                molecules,
                fcd,
                fcd_floor: floor(),
                fcd_excess: floor(),
                ..Self::not_computed("no string is a valid molecule")
            };
        };
        let mean = nearest.iter().sum::<f64>() / nearest.len() as f64;
        Self {
            molecules,
            fcd,
            fcd_floor: floor(),
            fcd_excess: floor(),
            snn: Figure::new(mean, nearest.len(), bootstrap::interval_of_mean(nearest)),
            frag: cosine(&reference.fragments, &generated.fragments, "fragments"),
            scaf: cosine(
                &reference.scaffolds,
                &generated.scaffolds,
                "a scaffold of two or more rings",
            ),
        }
    }

    fn not_computed(reason: &str) -> Self {
        let figure = || Figure::not_computed(reason);
        Self {
            molecules: 0,
            fcd: figure(),
            fcd_floor: figure(),
            fcd_excess: figure(),
            snn: figure(),
            frag: figure(),
            scaf: figure(),
        }
    }
}

/// Internal diversity of first and second power. The interval is that of the delta method: the
/// deviation of the means is twice that of the molecules' own means, because each pair counts for
/// two molecules.
fn internal_diversity(bits: &[Vec<u16>], watch: &dyn Watch) -> (Figure, Figure) {
    let Some(means) = Index::new(1024, bits).means(bits, watch) else {
        let none = || Figure::not_computed("no string is a valid molecule");
        return (none(), none());
    };
    let figure = |of: &dyn Fn(&Means) -> f64| {
        let values: Vec<f64> = means.iter().map(of).collect();
        let value = 1.0 - values.iter().sum::<f64>() / values.len() as f64;
        let interval = bootstrap::interval_of_mean(&values).map(|[low, high]| {
            let half = high - low;
            [(value - half).max(0.0), (value + half).min(1.0)]
        });
        Figure::new(value, values.len(), interval)
    };
    (
        figure(&|means| means.first),
        figure(&|means| means.second.sqrt()),
    )
}

fn failed(filters: &[Option<&'static str>]) -> Vec<FailedFilter> {
    let mut table: BTreeMap<&'static str, usize> = BTreeMap::new();
    for name in filters.iter().flatten() {
        *table.entry(name).or_default() += 1;
    }
    let mut rows: Vec<FailedFilter> = table
        .into_iter()
        .map(|(name, count)| FailedFilter { name, count })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    rows.truncate(10);
    rows
}
