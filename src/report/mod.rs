//! Writes an [`Evaluation`](crate::evaluation::Evaluation) down: report.json, report.html, plots.
//!
//! Every file appears whole or not at all. Knows nothing of how the molecules were made or judged.

mod axes;
pub mod benchmarks;
pub mod figures;
mod html;
mod json;
mod molecules;
pub mod plots;
pub mod study;

use std::path::{Path, PathBuf};

use crate::store;

pub use html::html;
pub use json::json;

/// Where the judged strings and the references came from: printed in the report, not interpreted.
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
    /// Records that were used: distinct molecules for the training set, valid ones for the test set.
    pub used: usize,
    /// SHA-256 of the molecules as they were read, one a line.
    pub digest: String,
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The file system refused.
    #[error("cannot write `{}`; is the folder writable and the disk not full?", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The plotting library refused.
    #[error("cannot draw `{}`: {message}", path.display())]
    Draw {
        /// The plot.
        path: PathBuf,
        /// What the library said.
        message: String,
    },
    /// A value could not be serialized.
    #[error("cannot write the report as JSON")]
    Json(#[from] serde_json::Error),
}

/// Names the file in an error.
fn cannot_write(path: &Path) -> impl Fn(std::io::Error) -> ReportError {
    move |source| ReportError::Write {
        path: path.to_owned(),
        source,
    }
}

/// Writes text to `path` at once.
///
/// # Errors
/// [`ReportError::Write`] when the file system refuses.
pub fn write_text(path: &Path, text: &str) -> Result<(), ReportError> {
    store::write(path, text.as_bytes()).map_err(cannot_write(path))
}

crate::error::becomes!(File: ReportError);
