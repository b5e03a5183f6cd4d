//! The plots of reports, as PNG and SVG.

use std::path::Path;

use plotters::prelude::*;

use super::axes::Axes;
use super::canvas::{ACCENT, Area, Drawn, GRID, INK, MUTED, Plot, save, text};
use super::file::{ReportError, write_text};
use super::format::{percent, property_number, shares};
use super::headline::headline;
use super::molecules::molecules;
use crate::evaluation::{Distribution, Evaluation, Histogram};

/// Writes one plot for each property, all of them together, the headline figures and the sheet of
/// molecules into `folder`.
///
/// # Errors
/// [`ReportError`] when a file cannot be written.
pub fn write_all(folder: &Path, evaluation: &Evaluation) -> Result<(), ReportError> {
    for distribution in evaluation
        .distributions
        .iter()
        .filter(|row| row.histogram.is_some())
    {
        let bars = Bars { distribution };
        save(
            &folder.join(distribution.property.slug()),
            (720, 450),
            &bars,
        )?;
    }
    save(
        &folder.join("distributions"),
        (1500, 1080),
        &SmallMultiples { evaluation },
    )?;
    save(
        &folder.join("headline"),
        (900, 360),
        &Headline { evaluation },
    )?;
    write_text(
        &folder.join("molecules.svg"),
        &molecules(&evaluation.gallery.random),
    )
}

struct Bars<'a> {
    distribution: &'a Distribution,
}

impl Plot for Bars<'_> {
    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>) -> Drawn<B> {
        let row = self.distribution;
        let label = row.property.label();
        let Some(histogram) = &row.histogram else {
            let (width, height) = area.dim_in_pixel();
            let note = format!("{label}: not computed");
            return area.draw(&Text::new(
                note,
                (width as i32 / 8, height as i32 / 2),
                text(16, MUTED),
            ));
        };
        let generated = shares(&histogram.generated);
        let test = histogram.test.as_deref().map(shares);
        let top = generated
            .iter()
            .chain(test.iter().flatten())
            .copied()
            .fold(0.0, f64::max)
            * 1.25;
        let end = histogram.start + histogram.width * generated.len() as f64;
        let title = match row.wasserstein {
            Some(distance) => format!("{label} · distance to test {distance:.3}"),
            None => label.to_owned(),
        };
        let span = end - histogram.start;
        let axes = Axes {
            title: &title,
            ends: [(histogram.start, end), (0.0, top)],
            labels: [row.unit, ""],
            numbers: [&|x| property_number(row.property, *x, span), &percent],
            upright: false,
            small: true,
        };
        let mut chart = axes.draw(area)?;
        chart
            .draw_series(bars(histogram, &generated))?
            .label("generated")
            .legend(|(x, y)| {
                Rectangle::new([(x, y - 5), (x + 14, y + 5)], ACCENT.mix(0.55).filled())
            });
        if let Some(test) = test {
            let style = INK.stroke_width(2);
            chart
                .draw_series(LineSeries::new(steps(histogram, &test), style))?
                .label("test")
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 14, y)], style));
        }
        axes.name(&mut chart)
    }
}

struct SmallMultiples<'a> {
    evaluation: &'a Evaluation,
}

impl Plot for SmallMultiples<'_> {
    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>) -> Drawn<B> {
        let cells = area.split_evenly((2, 4));
        for (cell, distribution) in cells.iter().zip(&self.evaluation.distributions) {
            Bars { distribution }.draw(cell)?;
        }
        Ok(())
    }
}

struct Headline<'a> {
    evaluation: &'a Evaluation,
}

impl Plot for Headline<'_> {
    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>) -> Drawn<B> {
        let rows = headline(self.evaluation);
        let height = area.dim_in_pixel().1 as i32;
        let step = (height - 80) / rows.len() as i32;
        let (left, right) = (190, 640);
        let at = |share: f64| left + (f64::from(right - left) * share).round() as i32;
        area.draw(&Text::new(
            "Share of molecules, 95 % interval",
            (24, 20),
            text(20, INK),
        ))?;
        for (index, (name, proportion)) in rows.into_iter().enumerate() {
            let y = 72 + step * index as i32;
            area.draw(&Text::new(name, (24, y + 4), text(16, INK)))?;
            area.draw(&Rectangle::new([(left, y), (right, y + 24)], GRID.filled()))?;
            let figure = match (proportion.value, proportion.interval) {
                (Some(value), Some([low, high])) => {
                    area.draw(&Rectangle::new(
                        [(left, y), (at(value), y + 24)],
                        ACCENT.mix(0.6).filled(),
                    ))?;
                    for line in [
                        [(at(low), y + 12), (at(high), y + 12)],
                        [(at(low), y + 6), (at(low), y + 18)],
                        [(at(high), y + 6), (at(high), y + 18)],
                    ] {
                        area.draw(&PathElement::new(line, INK.stroke_width(2)))?;
                    }
                    format!(
                        "{:.2} %  [{:.2}, {:.2}]",
                        value * 100.0,
                        low * 100.0,
                        high * 100.0
                    )
                }
                _ => "not computed".to_owned(),
            };
            area.draw(&Text::new(figure, (right + 16, y + 4), text(15, MUTED)))?;
        }
        Ok(())
    }
}

fn bars<'a>(
    histogram: &'a Histogram,
    shares: &'a [f64],
) -> impl Iterator<Item = Rectangle<(f64, f64)>> + 'a {
    shares.iter().enumerate().map(|(index, &share)| {
        let low = histogram.start + histogram.width * index as f64;
        Rectangle::new(
            [(low, 0.0), (low + histogram.width, share)],
            ACCENT.mix(0.55).filled(),
        )
    })
}

/// The outline of a histogram, from the axis back to the axis.
fn steps(histogram: &Histogram, shares: &[f64]) -> Vec<(f64, f64)> {
    let mut points = vec![(histogram.start, 0.0)];
    for (index, &share) in shares.iter().enumerate() {
        let low = histogram.start + histogram.width * index as f64;
        points.extend([(low, share), (low + histogram.width, share)]);
    }
    points.push((histogram.start + histogram.width * shares.len() as f64, 0.0));
    points
}
