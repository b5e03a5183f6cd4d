//! Curves on each other: those that fall (losses of several trainings) and those that rise.

use std::path::Path;

use plotters::prelude::*;

use super::{inside, quantile};
use crate::report::Svg;
use crate::report::axes::Axes;
use crate::report::canvas::{Area, Drawn, LINES, Plot, range, save_for_page, shortened};
use crate::report::figures::Curve;
use crate::report::file::ReportError;
use crate::report::format::axis_number;

/// Curves over a common x axis; writes `path_stem` + `.png` and `.svg` and returns the plot for a page.
/// The y axis spans the lower three quarters of all values, where curves differ: the rest falls from
/// above.
///
/// # Errors
/// [`ReportError`] when a file cannot be written.
pub fn curves(
    path_stem: &Path,
    title: &str,
    labels: [&str; 2],
    curves: &[Curve],
) -> Result<Svg, ReportError> {
    let plot = Curves {
        title,
        labels,
        all: curves,
        rising: false,
    };
    save_for_page(path_stem, &plot)
}

/// As [`curves`], for curves that rise: the x axis begins at 0, and the y axis spans all values, from 0 on where
/// none is below.
///
/// # Errors
/// [`ReportError`] when a file cannot be written.
pub fn rising_curves(
    path_stem: &Path,
    title: &str,
    labels: [&str; 2],
    curves: &[Curve],
) -> Result<Svg, ReportError> {
    let plot = Curves {
        title,
        labels,
        all: curves,
        rising: true,
    };
    save_for_page(path_stem, &plot)
}

/// Share of the values that the y axis spans, from the lowest.
const SHOWN: f64 = 0.75;

struct Curves<'a> {
    title: &'a str,
    labels: [&'a str; 2],
    all: &'a [Curve],
    rising: bool,
}

impl Curves<'_> {
    fn finite(curve: &Curve) -> impl Iterator<Item = (f64, f64)> + '_ {
        let points = curve.points.iter().copied();
        points.filter(|&(x, y): &(f64, f64)| x.is_finite() && y.is_finite())
    }

    /// The corner with fewer points: falling curves leave two free. Rising ones leave that on the right below.
    fn free_corner(&self, x: (f64, f64), y: (f64, f64)) -> SeriesLabelPosition {
        if self.rising {
            return SeriesLabelPosition::LowerRight;
        }
        let share = |(low, high): (f64, f64), value: f64| (value - low) / (high - low);
        let points = || {
            let points = self.all.iter().flat_map(Self::finite);
            points.map(|point| (share(x, point.0), share(y, point.1)))
        };
        let above = points().filter(|&(x, y)| x > 0.5 && (0.6..=1.0).contains(&y));
        let below = points().filter(|&(x, y)| x < 0.5 && y < 0.4);
        if above.count() > below.count() {
            SeriesLabelPosition::LowerLeft
        } else {
            SeriesLabelPosition::UpperRight
        }
    }

    /// Both ends of the y axis: every curve is seen at its lowest.
    fn heights(&self) -> (f64, f64) {
        let all = || self.all.iter().flat_map(Self::finite).map(|point| point.1);
        if self.rising {
            let (low, high) = range(all(), 0.06);
            if all().any(|y| y < 0.0) {
                return (low, high);
            }
            // All may be 0.
            return (0.0, if all().any(|y| y > 0.0) { high } else { 1.0 });
        }
        let lowest = self.all.iter().filter_map(|curve| {
            Self::finite(curve)
                .map(|point| point.1)
                .min_by(f64::total_cmp)
        });
        let top = lowest.chain(quantile(all(), SHOWN)).max_by(f64::total_cmp);
        let top = top.unwrap_or(1.0);
        range(all().filter(|&y| y <= top), 0.06)
    }
}

impl Plot for Curves<'_> {
    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>) -> Drawn<B> {
        let points = self.all.iter().flat_map(Self::finite);
        let from_zero = self.rising.then_some(0.0);
        let (left, right) = range(points.map(|point| point.0).chain(from_zero), 0.0);
        let (low, high) = self.heights();
        let axes = Axes {
            title: self.title,
            ends: [(left, right), (low, high)],
            labels: self.labels,
            numbers: [&|x| axis_number(*x, right - left), &|y| {
                axis_number(*y, high - low)
            }],
            upright: false,
            small: false,
        };
        let mut chart = axes.draw(area)?;
        let room = area.dim_in_pixel().0 * 2 / 5;
        let mut names: Vec<&str> = Vec::new();
        for curve in self.all {
            let known = names.iter().position(|name| *name == curve.name);
            let place = known.unwrap_or(names.len());
            let style = LINES[place % LINES.len()].stroke_width(2);
            let line: Vec<(f64, f64)> = Self::finite(curve).collect();
            for part in inside(&line, (low, high)) {
                chart.draw_series(LineSeries::new(part, style))?;
            }
            // One point makes no line.
            if let [point] = line[..] {
                let dot = Circle::new(point, 4, LINES[place % LINES.len()].filled());
                chart.draw_series(std::iter::once(dot))?;
            }
            if known.is_none() {
                names.push(&curve.name);
                let nothing = std::iter::empty::<(f64, f64)>();
                chart
                    .draw_series(LineSeries::new(nothing, style))?
                    .label(shortened(area, &curve.name, 15, room))
                    .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], style));
            }
        }
        if names.is_empty() {
            return Ok(());
        }
        axes.name_at(&mut chart, self.free_corner((left, right), (low, high)))
    }
}
