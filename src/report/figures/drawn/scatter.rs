//! What was asked for against what was got: a point for each molecule.

use std::path::Path;

use plotters::prelude::*;

use crate::report::Svg;
use crate::report::axes::Axes;
use crate::report::canvas::{ACCENT, Area, Drawn, INK, Plot, range, save_for_page};
use crate::report::file::ReportError;
use crate::report::format::axis_number;

/// Points (asked, got) with the line on which both are the same; writes `path_stem` + `.png` and `.svg` and
/// returns the plot for a page. Points of one value stand side by side. The y axis spans the middle
/// 99 % of what was got.
///
/// # Errors
/// [`ReportError`] when a file cannot be written.
pub fn scatter(
    path_stem: &Path,
    title: &str,
    labels: [&str; 2],
    points: &[(f64, f64)],
) -> Result<Svg, ReportError> {
    let plot = Scatter {
        title,
        labels,
        points,
    };
    save_for_page(path_stem, &plot)
}

struct Scatter<'a> {
    title: &'a str,
    labels: [&'a str; 2],
    points: &'a [(f64, f64)],
}

/// Share of the width of the plot over which points of one value are spread.
const SPREAD: f64 = 0.05;

impl Plot for Scatter<'_> {
    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>) -> Drawn<B> {
        let asked = || self.points.iter().map(|point| point.0);
        let (left, right) = range(asked(), 0.15);
        let mut got: Vec<f64> = self.points.iter().map(|point| point.1).collect();
        got.sort_by(f64::total_cmp);
        let at = |share: f64| got.get((share * got.len() as f64) as usize).copied();
        let (low, high) = range(asked().chain(at(0.005)).chain(at(0.995)), 0.06);
        let axes = Axes {
            title: self.title,
            ends: [(left, right), (low, high)],
            labels: self.labels,
            numbers: [&|x| axis_number(*x, right - left), &|y| {
                axis_number(*y, high - low)
            }],
            upright: true,
            small: false,
        };
        let mut chart = axes.draw(area)?;
        let (from, to) = (left.max(low), right.min(high));
        chart.draw_series(LineSeries::new(
            [(from, from), (to, to)],
            INK.stroke_width(1),
        ))?;
        // The golden ratio spreads a series evenly, however long it is.
        let place = |index: usize| (index as f64 * 0.618_033_988_75).fract() - 0.5;
        let points = self.points.iter().enumerate();
        let points = points.filter(|(_, (_, y))| (low..=high).contains(y));
        chart.draw_series(points.map(|(index, (x, y))| {
            let x = x + SPREAD * (right - left) * place(index);
            Circle::new((x, *y), 2, ACCENT.mix(0.45).filled())
        }))?;
        Ok(())
    }
}
