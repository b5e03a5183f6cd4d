//! Provenance of the strings and the reference sets of an evaluation.

use super::Evaluation;

/// An evaluation with its provenance, as a report shows it.
#[derive(Debug, Clone)]
pub struct Evaluated {
    /// The figures.
    pub evaluation: Evaluation,
    /// The files, the version and the command.
    pub provenance: Provenance,
}

/// Provenance of the evaluated strings and the reference sets: printed in reports, not interpreted.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Provenance {
    /// Title of the report.
    pub title: String,
    /// Name of the generated file.
    pub generated: String,
    /// The training set, if one was given.
    pub train: Option<Source>,
    /// The test set, if one was given.
    pub test: Option<Source>,
    /// The scaffold test set, if one was given.
    pub test_scaffolds: Option<Source>,
    /// Version of this program.
    pub version: String,
    /// The command line that made the report.
    pub command: String,
}

/// A reference file and what was read from it.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Source {
    /// Name of the file.
    pub name: String,
    /// Records in it.
    pub records: usize,
    /// Records that were used: unique molecules for the training set, valid ones for the test set.
    pub used: usize,
    /// SHA-256 of the molecules as they were read, one a line.
    pub digest: String,
}
