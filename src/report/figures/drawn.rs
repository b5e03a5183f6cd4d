//! Draws the plots of studies.

use std::path::Path;

use plotters::prelude::*;

use super::{Panel, Point, Sample};
use crate::report::axes::Axes;
use crate::report::canvas::{Area, Drawn, GRID, INK, LINES, MUTED, Plot, range, save, text};
use crate::report::file::ReportError;
use crate::report::format::{axis_number, number, percent};

/// Points with intervals both ways, joined in their order; writes `path_stem` + `.png` and `.svg`
/// and returns the latter.
///
/// # Errors
/// [`ReportError`] when a file cannot be written.
pub fn frontier(
    path_stem: &Path,
    title: &str,
    [x_label, y_label]: [&str; 2],
    points: &[Point],
) -> Result<String, ReportError> {
    let plot = Frontier {
        title,
        x_label,
        y_label,
        points,
    };
    save(path_stem, (900, 560), &plot)
}

struct Frontier<'a> {
    title: &'a str,
    x_label: &'a str,
    y_label: &'a str,
    points: &'a [Point],
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
        for point in self.points {
            let (at, colour) = (
                (point.x.value, point.y.value),
                LINES[usize::from(point.chosen)],
            );
            let ([left, right], [low, high]) = (point.x.ends(), point.y.ends());
            for ends in [[(left, at.1), (right, at.1)], [(at.0, low), (at.0, high)]] {
                let bar = PathElement::new(ends, MUTED.stroke_width(1));
                chart.draw_series(std::iter::once(bar))?;
            }
            let size = if point.chosen { 7 } else { 4 };
            let name = EmptyElement::at(at)
                + Circle::new((0, 0), size, colour.filled())
                + Text::new(point.name.clone(), (10, -18), text(15, INK));
            chart.draw_series(std::iter::once(name))?;
        }
        Ok(())
    }
}

/// Horizontal bars, a panel for each figure; writes `path_stem` + `.png` and `.svg` and returns
/// the latter.
///
/// # Errors
/// [`ReportError`] when a file cannot be written.
pub fn panels(path_stem: &Path, names: &[String], panels: &[Panel]) -> Result<String, ReportError> {
    let rows = panels.len().div_ceil(2).max(1) as u32;
    let height = 64 + 34 * names.len() as u32;
    save(path_stem, (1_000, rows * height), &Panels { names, panels })
}

struct Panels<'a> {
    names: &'a [String],
    panels: &'a [Panel],
}

/// Longest name beside a bar, in characters.
const LONGEST_NAME: usize = 18;

impl Plot for Panels<'_> {
    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>) -> Drawn<B> {
        let cells = area.split_evenly((self.panels.len().div_ceil(2).max(1), 2));
        for (cell, panel) in cells.iter().zip(self.panels) {
            self.panel(cell, panel)?;
        }
        Ok(())
    }
}

impl Panels<'_> {
    fn panel<B: DrawingBackend>(&self, area: &Area<'_, B>, panel: &Panel) -> Drawn<B> {
        let (left, right) = (150, 400);
        let measured = panel.values.iter().flatten();
        let most = measured
            .map(|value| value.ends()[1])
            .fold(f64::MIN_POSITIVE, f64::max);
        let most = if panel.share { 1.0 } else { most };
        let at = |value: f64| left + (f64::from(right - left) * value / most).round() as i32;
        area.draw(&Text::new(panel.title.clone(), (14, 14), text(18, INK)))?;
        for (index, (name, value)) in self.names.iter().zip(&panel.values).enumerate() {
            let y = 44 + 34 * index as i32;
            let mut shown: String = name.chars().take(LONGEST_NAME).collect();
            if shown.len() < name.len() {
                shown.push('…');
            }
            area.draw(&Text::new(shown, (14, y + 4), text(14, INK)))?;
            area.draw(&Rectangle::new([(left, y), (right, y + 22)], GRID.filled()))?;
            let figure = if let Some(measured) = value {
                let bar = [(left, y), (at(measured.value), y + 22)];
                let colour = LINES[index % LINES.len()].mix(0.6);
                area.draw(&Rectangle::new(bar, colour.filled()))?;
                if let Some([low, high]) = measured.interval {
                    let whisker = [(at(low), y + 11), (at(high), y + 11)];
                    area.draw(&PathElement::new(whisker, INK.stroke_width(2)))?;
                }
                if panel.share {
                    format!("{:.2} %", measured.value * 100.0)
                } else {
                    number(measured.value)
                }
            } else {
                "not computed".to_owned()
            };
            area.draw(&Text::new(figure, (right + 8, y + 4), text(14, MUTED)))?;
        }
        Ok(())
    }
}

/// Outlines of histograms on common bins, each as shares of its sample; writes `path_stem` +
/// `.png` and `.svg` and returns the latter.
///
/// # Errors
/// [`ReportError`] when a file cannot be written.
pub fn histograms(
    path_stem: &Path,
    title: &str,
    x_label: &str,
    samples: &[Sample],
) -> Result<String, ReportError> {
    let plot = Histograms {
        title,
        x_label,
        samples,
    };
    save(path_stem, (900, 500), &plot)
}

/// Bars of a histogram.
const BINS: usize = 50;

struct Histograms<'a> {
    title: &'a str,
    x_label: &'a str,
    samples: &'a [Sample],
}

impl Plot for Histograms<'_> {
    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>) -> Drawn<B> {
        let all = self
            .samples
            .iter()
            .flat_map(|sample| sample.values.iter().copied());
        let (low, high) = range(all, 0.0);
        let width = (high - low) / BINS as f64;
        let shares: Vec<Vec<f64>> = self
            .samples
            .iter()
            .map(|sample| {
                let mut shares = vec![0.0; BINS];
                for value in &sample.values {
                    let bin = ((value - low) / width) as usize;
                    shares[bin.min(BINS - 1)] += 1.0 / sample.values.len() as f64;
                }
                shares
            })
            .collect();
        let top = shares.iter().flatten().copied().fold(0.01, f64::max) * 1.15;
        let axes = Axes {
            title: self.title,
            ends: [(low, high), (0.0, top)],
            labels: [self.x_label, ""],
            numbers: [&|x| axis_number(*x, high - low), &percent],
            upright: false,
            small: false,
        };
        let mut chart = axes.draw(area)?;
        for (index, (sample, shares)) in self.samples.iter().zip(&shares).enumerate() {
            let style = LINES[index % LINES.len()].stroke_width(2);
            let outline = shares.iter().enumerate().flat_map(|(bin, &share)| {
                let left = low + width * bin as f64;
                [(left, share), (left + width, share)]
            });
            chart
                .draw_series(LineSeries::new(outline, style))?
                .label(format!("{} ({})", sample.name, sample.values.len()))
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], style));
        }
        if self.samples.is_empty() {
            return Ok(());
        }
        axes.name(&mut chart)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Measured;
    use super::*;

    #[track_caller]
    fn check(draw: impl Fn(&Path) -> Result<String, ReportError>, expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let svg = draw(&folder.path().join("plot")).unwrap();
        for text in expected {
            assert!(svg.contains(text), "{text}");
        }
        let png = std::fs::read(folder.path().join("plot.png")).unwrap();
        assert!(png.starts_with(b"\x89PNG"));
    }

    #[test]
    fn plots_of_much_and_of_nothing() {
        let share = |value: f64| Measured {
            value,
            interval: Some([value - 0.05, value + 0.05]),
        };
        let point = |name: &str, x, y| Point {
            name: name.to_owned(),
            x: share(x),
            y: share(y),
            chosen: name == "1.0",
        };
        let points = [point("0.8", 0.5, 0.9), point("1.0", 0.6, 0.8)];
        check(
            |stem| frontier(stem, "T", ["novelty", "validity"], &points),
            &["0.8", "novelty"],
        );
        check(
            |stem| frontier(stem, "T", ["novelty", "validity"], &[]),
            &["validity"],
        );
        let panel = Panel {
            title: "FCD".to_owned(),
            share: false,
            values: vec![Some(share(2.5)), None],
        };
        let names = [
            "GPT".to_owned(),
            "a name that is much too long for its place".to_owned(),
        ];
        check(
            |stem| panels(stem, &names, std::slice::from_ref(&panel)),
            &["FCD", "2.500", "not computed", "…"],
        );
        check(|stem| panels(stem, &[], &[]), &[]);
        let sample = Sample {
            name: "held out".to_owned(),
            values: vec![1.0, 2.0, 2.0, 9.0],
        };
        check(
            |stem| histograms(stem, "T", "nats", std::slice::from_ref(&sample)),
            &["held out (4)", "nats"],
        );
        check(|stem| histograms(stem, "T", "nats", &[]), &["nats"]);
    }
}
