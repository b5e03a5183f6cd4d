//! Evaluation of generated SMILES: strings in, typed [`Evaluation`] out.
//!
//! Every figure carries its count and denominator, and a figure that cannot be computed says why
//! instead of being zero or NaN. Definitions follow MOSES (Polykovskiy et al. 2020,
//! <https://doi.org/10.3389/fphar.2020.565644>) and GuacaMol (Brown et al. 2019,
//! <https://doi.org/10.1021/acs.jcim.8b00839>). Knows nothing of models or of how the
//! strings were made, so it can evaluate any generator.
//!
//! [`Evaluator`] and the metrics know nothing of files; [`ReferenceSets`] reads reference sets and
//! keeps what is computed of them in a cache, and [`evaluate_file`] is the whole flow.

mod bootstrap;
mod counter;
mod counts;
mod distribution;
mod divergence;
mod evaluator;
mod fcd;
mod figure;
mod file;
mod floor;
mod gallery;
mod guacamol;
mod guacamol_sample;
mod headline;
mod known_file;
mod memorization;
mod moses;
mod neighbours;
mod objective;
mod properties;
mod proportion;
mod provenance;
mod reference;
mod reference_sets;
pub mod similarity;
mod strings;

use crate::chem::Cause;
use crate::error::{Error, Result};
use crate::progress::Watch;

pub use crate::store::Cache;
pub use counter::{CUTOFFS, Counter};
pub use counts::Counts;
pub use distribution::{Distribution, Histogram, Property, Summary, wasserstein};
pub use evaluator::{Depth, Evaluator, evaluate};
pub use fcd::Network;
pub use figure::Figure;
pub use file::{EvaluationSettings, evaluate_file};
pub use gallery::{Drawn, Gallery};
pub use guacamol::{Guacamol, Part};
pub use guacamol_sample::{GuacamolProperties, GuacamolSample};
pub(crate) use headline::canonical_watched;
pub use headline::{Headline, canonical};
pub use known_file::KnownFile;
pub use memorization::Memorization;
pub use moses::{Comparison, FailedFilter, Moses};
pub use neighbours::{Neighbours, Similarities};
pub use objective::{Objective, Share, UnknownObjective};
pub use properties::Properties;
pub use proportion::{Proportion, wilson_interval};
pub use provenance::{Evaluated, MadeBy, Provenance, Source};
pub use reference::{ChemNetStatistics, MosesProperties, References, SAMPLE, TestSet, TrainingSet};
pub use reference_sets::{MoleculeFile, ReferenceFile, ReferenceSets, WithChemNet};
pub(crate) use reference_sets::{name_of, spread};

/// The version of the layout that [`Evaluation`] serializes to; it rises when a field changes meaning.
pub const SCHEMA_VERSION: u32 = 2;

/// The reason why the set metrics are missing from a quick evaluation.
const QUICK: &str = "left out by --quick";

/// The figures of a set of generated strings.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Evaluation {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Strings that were evaluated, empty ones included.
    pub generated: usize,
    /// Strings that are molecules.
    pub valid: usize,
    /// Unique molecules among them, by canonical SMILES.
    #[serde(rename = "distinct")]
    pub unique: usize,
    /// Strings that the context of their model cut / generated; `None` where the file does not tell.
    pub cut: Option<Proportion>,
    /// Valid / generated. The empty string is invalid.
    pub validity: Proportion,
    /// Unique / valid.
    pub uniqueness: Proportion,
    /// Unique / 1,000 over the first 1,000 valid molecules.
    pub uniqueness_at_1000: Proportion,
    /// Unique / 10,000 over the first 10,000 valid molecules.
    pub uniqueness_at_10000: Proportion,
    /// Unique molecules that are not in the training set / unique; both sides canonical.
    pub novelty: Proportion,
    /// The same without stereochemistry on either side: unique molecules without it that no
    /// training molecule is without it / unique molecules without it.
    pub novelty_without_stereo: Proportion,
    /// Valid molecules with unpaired electrons / valid.
    pub radicals: Proportion,
    /// Valid strings with a stereo mark that marks no stereocentre and no stereo double bond /
    /// valid.
    pub idle_stereo_marks: Proportion,
    /// The set metrics of MOSES.
    pub moses: Moses,
    /// The distribution-learning benchmarks of GuacaMol.
    pub guacamol: Guacamol,
    /// Causes of invalid strings, the most frequent first.
    pub invalid: Vec<InvalidCause>,
    /// Properties of the valid molecules (repeats included), against the test set where there is one.
    pub distributions: Vec<Distribution>,
    /// Similarities to the nearest training and test molecules.
    pub neighbours: Neighbours,
    /// Example molecules and invalid strings.
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

/// A string that is not a molecule, with the fault.
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

/// Refuses to go on where `watch` asks for the end.
pub(crate) fn go_on(watch: &dyn Watch) -> Result<()> {
    if watch.stop() {
        return Err(Error::cancelled());
    }
    Ok(())
}

/// A fixed permutation of the integers without pattern: the finalizer of `SplitMix64`
/// (Steele, Lea and Flood 2014).
fn scramble(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
