//! A frontier of two shares.

use std::path::Path;

use plotters::prelude::*;

use crate::report::Svg;
use crate::report::axes::Axes;
use crate::report::canvas::{Area, Drawn, INK, LINES, MUTED, Plot, range, save_for_page, text};
use crate::report::figures::Point;
use crate::report::file::ReportError;

/// Points with intervals both ways, joined in their order; writes `path_stem` + `.png` and `.svg`
/// and returns the plot for a page.
///
/// # Errors
/// [`ReportError`] when a file cannot be written.
pub fn frontier(
    path_stem: &Path,
    title: &str,
    [x_label, y_label]: [&str; 2],
    points: &[Point],
) -> Result<Svg, ReportError> {
    let plot = Frontier {
        title,
        x_label,
        y_label,
        points,
    };
    save_for_page(path_stem, &plot)
}

struct Frontier<'a> {
    title: &'a str,
    x_label: &'a str,
    y_label: &'a str,
    points: &'a [Point],
}

/// A box on the canvas, in pixels: its left upper corner and its size.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    at: (i32, i32),
    size: (i32, i32),
}

impl Place {
    /// Pixels that two boxes have in common.
    fn common(self, other: Self) -> i32 {
        let along = |a: i32, wide: i32, b: i32, broad: i32| (a + wide).min(b + broad) - a.max(b);
        let x = along(self.at.0, self.size.0, other.at.0, other.size.0);
        let y = along(self.at.1, self.size.1, other.at.1, other.size.1);
        x.max(0) * y.max(0)
    }
}

/// Places of labels beside their points, each where it covers least of what is taken; the first of
/// equal ones.
fn beside(points: &[(i32, i32)], sizes: &[(i32, i32)], mut taken: Vec<Place>) -> Vec<Place> {
    const NEAR: i32 = 9;
    let mut found = Vec::new();
    for (&(x, y), &size) in points.iter().zip(sizes) {
        let (wide, high) = size;
        let sides = (1..=4).flat_map(|far| {
            let gap = NEAR * far;
            [
                (x + gap, y - high - gap / 2),
                (x - wide - gap, y - high - gap / 2),
                (x + gap, y + gap / 2),
                (x - wide - gap, y + gap / 2),
                (x - wide / 2, y - high - gap),
                (x - wide / 2, y + gap),
            ]
        });
        let places = sides.map(|at| Place { at, size });
        let covered = |place: &Place| taken.iter().map(|other| place.common(*other)).sum::<i32>();
        let Some(best) = places.min_by_key(covered) else {
            continue;
        };
        taken.push(best);
        found.push(best);
    }
    found
}

impl Frontier<'_> {
    fn names<B: DrawingBackend>(
        &self,
        area: &Area<'_, B>,
        at: &[(i32, i32)],
        lines: Vec<Place>,
    ) -> Drawn<B> {
        let style = text(15, INK);
        let mut sizes = Vec::new();
        for point in self.points {
            let (wide, high) = area.estimate_text_size(&point.name, &style)?;
            sizes.push((wide as i32, high as i32));
        }
        for (point, place) in self.points.iter().zip(beside(at, &sizes, lines)) {
            area.draw(&Text::new(point.name.clone(), place.at, style.clone()))?;
        }
        Ok(())
    }
}

impl Plot for Frontier<'_> {
    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>) -> Drawn<B> {
        let x = range(self.points.iter().flat_map(|point| point.x.ends()), 0.08);
        let y = range(self.points.iter().flat_map(|point| point.y.ends()), 0.1);
        let tenths = |value: &f64| format!("{:.1} %", value * 100.0);
        let axes = Axes {
            title: self.title,
            ends: [x, y],
            labels: [self.x_label, self.y_label],
            numbers: [&tenths, &tenths],
            upright: true,
            small: false,
        };
        let mut chart = axes.draw(area)?;
        let line = self
            .points
            .iter()
            .map(|point| (point.x.value, point.y.value));
        chart.draw_series(LineSeries::new(line, LINES[0].mix(0.5).stroke_width(2)))?;
        let (mut places, mut taken) = (Vec::new(), Vec::new());
        for point in self.points {
            let (at, colour) = (
                (point.x.value, point.y.value),
                LINES[usize::from(point.chosen)],
            );
            let ([left, right], [low, high]) = (point.x.ends(), point.y.ends());
            for ends in [[(left, at.1), (right, at.1)], [(at.0, low), (at.0, high)]] {
                let bar = PathElement::new(ends, MUTED.stroke_width(1));
                chart.draw_series(std::iter::once(bar))?;
                let [from, to] = ends.map(|end| chart.backend_coord(&end));
                let corner = (from.0.min(to.0), from.1.min(to.1));
                taken.push(Place {
                    at: corner,
                    size: (
                        from.0.max(to.0) - corner.0 + 2,
                        from.1.max(to.1) - corner.1 + 2,
                    ),
                });
            }
            let size = if point.chosen { 7 } else { 4 };
            let dot = Circle::new(at, size, colour.filled());
            chart.draw_series(std::iter::once(dot))?;
            let centre = chart.backend_coord(&at);
            taken.push(Place {
                at: (centre.0 - size, centre.1 - size),
                size: (2 * size, 2 * size),
            });
            places.push(centre);
        }
        self.names(area, &places, taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_clear_of_each_other() {
        let points = [(100, 100), (103, 101), (106, 99), (109, 102), (112, 100)];
        let dots = points.map(|(x, y)| Place {
            at: (x - 4, y - 4),
            size: (8, 8),
        });
        let found = beside(&points, &[(24, 15); 5], dots.to_vec());
        for (index, place) in found.iter().enumerate() {
            let others = found[index + 1..].iter().chain(&dots);
            for other in others {
                assert_eq!(place.common(*other), 0, "{found:?}");
            }
        }
    }
}
