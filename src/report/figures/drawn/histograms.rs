//! Outlines of histograms on each other.

use std::path::Path;

use plotters::prelude::*;

use crate::report::Svg;
use crate::report::axes::Axes;
use crate::report::canvas::{Area, Drawn, LINES, Plot, range, save_for_page};
use crate::report::figures::Sample;
use crate::report::file::ReportError;
use crate::report::format::{axis_number, percent};

/// Outlines of histograms on common bins, each as shares of its sample; writes `path_stem` +
/// `.png` and `.svg` and returns the plot for a page.
///
/// # Errors
/// [`ReportError`] when a file cannot be written.
pub fn histograms(
    path_stem: &Path,
    title: &str,
    x_label: &str,
    samples: &[Sample],
) -> Result<Svg, ReportError> {
    let plot = Histograms {
        title,
        x_label,
        samples,
    };
    save_for_page(path_stem, &plot)
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
            labels: [self.x_label, "share of molecules"],
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
