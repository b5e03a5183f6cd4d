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

use crate::evaluation::Evaluated;
use crate::store;

pub use crate::evaluation::{Provenance, Source};
pub use html::html;
pub use json::json;

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

/// Writes the report of an evaluation into `folder`: report.html, report.json, and the plots in
/// `plots/`. Returns the place of the page.
///
/// # Errors
/// [`ReportError`] when the file system refuses.
pub fn write(folder: &Path, evaluated: &Evaluated) -> Result<PathBuf, ReportError> {
    let Evaluated {
        evaluation,
        provenance,
    } = evaluated;
    let folder_of_plots = folder.join("plots");
    std::fs::create_dir_all(&folder_of_plots).map_err(cannot_write(&folder_of_plots))?;
    plots::write_all(&folder_of_plots, evaluation)?;
    write_text(&folder.join("report.json"), &json(evaluation, provenance)?)?;
    let page = folder.join("report.html");
    write_text(&page, &html(evaluation, provenance))?;
    Ok(page)
}

/// Writes text to `path` at once.
///
/// # Errors
/// [`ReportError::Write`] when the file system refuses.
pub fn write_text(path: &Path, text: &str) -> Result<(), ReportError> {
    store::write(path, text.as_bytes()).map_err(cannot_write(path))
}

crate::error::becomes!(File: ReportError);
