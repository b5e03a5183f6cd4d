//! In place of the plots of studies, without the feature `plots`: no files, and empty texts that pages
//! leave out.

use std::path::Path;

use super::{Panel, Point, Sample};
use crate::report::file::ReportError;

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
