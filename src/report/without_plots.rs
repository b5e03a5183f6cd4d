//! In place of plots without the feature `plots`: no files and no pictures, except for the sheet of
//! molecules, which needs no plotting library.

use std::path::Path;

use super::figures::{Panel, Point, Sample};
use super::file::{ReportError, write_text};
use super::molecules::molecules;
use crate::evaluation::Evaluation;

/// Lines over a common x axis: nothing.
///
/// # Errors
/// None.
pub fn line_plot(
    _path_stem: &Path,
    _title: &str,
    _x_label: &str,
    _y_label: &str,
    _series: &[(&str, Vec<(f64, f64)>)],
) -> Result<(), ReportError> {
    Ok(())
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

/// Points with intervals both ways: an empty text.
///
/// # Errors
/// None.
pub fn frontier(
    _path_stem: &Path,
    _title: &str,
    _labels: [&str; 2],
    _points: &[Point],
) -> Result<String, ReportError> {
    Ok(String::new())
}

/// Horizontal bars: an empty text.
///
/// # Errors
/// None.
pub fn panels(
    _path_stem: &Path,
    _names: &[String],
    _panels: &[Panel],
) -> Result<String, ReportError> {
    Ok(String::new())
}

/// Outlines of histograms: an empty text.
///
/// # Errors
/// None.
pub fn histograms(
    _path_stem: &Path,
    _title: &str,
    _x_label: &str,
    _samples: &[Sample],
) -> Result<String, ReportError> {
    Ok(String::new())
}
