//! In place of the plots of reports, without the feature `plots`: nothing is drawn but the sheet of
//! molecules, which needs no plotting library.

use std::path::Path;

use super::file::{ReportError, write_text};
use super::molecules::molecules;
use crate::evaluation::Evaluation;

/// Lines over a common x axis: nothing, and an empty text.
///
/// # Errors
/// None.
pub fn line_plot(
    _path_stem: &Path,
    _title: &str,
    _x_label: &str,
    _y_label: &str,
    _series: &[(&str, Vec<(f64, f64)>)],
) -> Result<String, ReportError> {
    Ok(String::new())
}

/// Writes the sheet of molecules into `folder`.
///
/// # Errors
/// [`ReportError`] when the file cannot be written.
pub fn write_all(folder: &Path, evaluation: &Evaluation) -> Result<(), ReportError> {
    write_text(
        &folder.join("molecules.svg"),
        &molecules(&evaluation.gallery.random),
    )
}
