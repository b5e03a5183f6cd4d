//! In place of these plots, without the feature `plots`: no files, and nothing for pages.

use std::path::Path;

use super::{Curve, Losses, Panel, Point, Sample};
use crate::report::Svg;
use crate::report::file::ReportError;

/// Points with intervals both ways: nothing.
///
/// # Errors
/// None.
pub fn frontier(
    _path_stem: &Path,
    _title: &str,
    _labels: [&str; 2],
    _points: &[Point],
) -> Result<Svg, ReportError> {
    Ok(Svg::default())
}

/// Dots of several models: nothing.
///
/// # Errors
/// None.
pub fn panels(_path_stem: &Path, _names: &[String], _panels: &[Panel]) -> Result<Svg, ReportError> {
    Ok(Svg::default())
}

/// Outlines of histograms: nothing.
///
/// # Errors
/// None.
pub fn histograms(
    _path_stem: &Path,
    _title: &str,
    _x_label: &str,
    _samples: &[Sample],
) -> Result<Svg, ReportError> {
    Ok(Svg::default())
}

/// Curves on each other: nothing.
///
/// # Errors
/// None.
pub fn curves(
    _path_stem: &Path,
    _title: &str,
    _labels: [&str; 2],
    _curves: &[Curve],
) -> Result<Svg, ReportError> {
    Ok(Svg::default())
}

/// Points of pairs of values: nothing.
///
/// # Errors
/// None.
pub fn scatter(
    _path_stem: &Path,
    _title: &str,
    _labels: [&str; 2],
    _points: &[(f64, f64)],
) -> Result<Svg, ReportError> {
    Ok(Svg::default())
}

/// Curves that rise: nothing.
///
/// # Errors
/// None.
pub fn rising_curves(
    _path_stem: &Path,
    _title: &str,
    _labels: [&str; 2],
    _curves: &[Curve],
) -> Result<Svg, ReportError> {
    Ok(Svg::default())
}

/// The losses of a run: nothing.
///
/// # Errors
/// None.
pub fn losses(_path_stem: &Path, _losses: &Losses) -> Result<(), ReportError> {
    Ok(())
}
