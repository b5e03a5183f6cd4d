//! Writes an [`Evaluation`](crate::evaluation::Evaluation) down: report.json, report.html, plots.
//!
//! Every file appears whole or not at all. Knows nothing of how the molecules were made or judged.

#[cfg(feature = "plots")]
mod axes;
pub mod benchmarks;
#[cfg(feature = "plots")]
mod canvas;
mod drawings;
pub mod figures;
mod file;
mod format;
mod headline;
mod html;
mod json;
mod molecules;
mod page;
#[cfg(feature = "plots")]
pub mod plots;
mod published;
mod reasons;
pub mod study;
mod svg;
#[cfg(not(feature = "plots"))]
mod without_plots;

use std::path::{Path, PathBuf};

use crate::evaluation::Evaluated;
use file::cannot_write;

pub use crate::evaluation::{MadeBy, Provenance, Source};
pub use file::{ReportError, write_bytes, write_text};
pub(crate) use format::{escape, thousands};
pub use html::html;
pub use json::json;
pub(crate) use page::{Head, beginning};
pub use svg::Svg;

/// Without the feature `plots`: the same functions, which draw nothing.
#[cfg(not(feature = "plots"))]
pub mod plots {
    pub use super::without_plots::write_all;
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
