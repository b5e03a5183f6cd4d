//! Plots as PNG and SVG, with a font of our own so that they look the same on every machine.

use std::path::Path;
use std::sync::Once;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use super::axes::{Axes, percent};
use super::molecules::molecules;
use super::{ReportError, cannot_write};
use crate::evaluation::{Distribution, Evaluation, Histogram, Property, Proportion};
use crate::store::{self, NewFile};

/// A subset of `DejaVu` Sans; see `FONT_LICENSE`.
static FONT: &[u8] = include_bytes!("font.ttf");
const FAMILY: &str = "sans-serif";

pub(super) const INK: RGBColor = RGBColor(28, 32, 36);
pub(super) const MUTED: RGBColor = RGBColor(98, 107, 116);
pub(super) const GRID: RGBColor = RGBColor(228, 231, 234);
pub(super) const ACCENT: RGBColor = RGBColor(15, 118, 110);

/// Colours of lines, in order: the first is the accent of the reports.
pub(super) const LINES: [RGBColor; 6] = [
    ACCENT,
    RGBColor(194, 101, 26),
    RGBColor(76, 99, 182),
    RGBColor(160, 64, 120),
    RGBColor(110, 120, 40),
    RGBColor(90, 90, 90),
];

pub(super) type Area<'a, B> = DrawingArea<B, Shift>;
pub(super) type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

/// Draws lines over a common x axis and writes `path_stem` + `.png` and `.svg`.
///
/// Points that are not finite are left out; a plot without points shows empty axes.
///
/// # Errors
/// [`ReportError`] when a file cannot be written.
pub fn line_plot(
    path_stem: &Path,
    title: &str,
    x_label: &str,
    y_label: &str,
    series: &[(&str, Vec<(f64, f64)>)],
) -> Result<(), ReportError> {
    let plot = Lines {
        title,
        x_label,
        y_label,
        series,
    };
    save(path_stem, (900, 540), &plot).map(drop)
}

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
    super::write_text(
        &folder.join("molecules.svg"),
        &molecules(&evaluation.gallery.random),
    )
}

/// What can be drawn on either backend.
pub(super) trait Plot {
    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>) -> Drawn<B>;
}

/// Writes `path_stem` + `.png` and `.svg`, and returns the latter.
pub(super) fn save(
    path_stem: &Path,
    size: (u32, u32),
    plot: &impl Plot,
) -> Result<String, ReportError> {
    static REGISTER: Once = Once::new();
    REGISTER.call_once(|| {
        // A font that does not load shows up as an error of the first plot.
        let _ = register_font(FAMILY, FontStyle::Normal, FONT);
    });

    let svg_path = with_extension(path_stem, "svg");
    let draw_error = |path: &Path, message: String| ReportError::Draw {
        path: path.to_owned(),
        message,
    };
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        on_white(&area, plot).map_err(|error| draw_error(&svg_path, error.to_string()))?;
    }
    store::write(&svg_path, svg.as_bytes()).map_err(cannot_write(&svg_path))?;

    let png_path = with_extension(path_stem, "png");
    let file = NewFile::create(&png_path).map_err(cannot_write(&png_path))?;
    {
        let area = BitMapBackend::new(file.path(), size).into_drawing_area();
        on_white(&area, plot).map_err(|error| draw_error(&png_path, error.to_string()))?;
    }
    file.finish().map_err(cannot_write(&png_path))?;
    Ok(svg)
}

/// Appends the extension: `with_extension` would cut `loss-0.5` at the point.
fn with_extension(path_stem: &Path, extension: &str) -> std::path::PathBuf {
    let mut path = path_stem.as_os_str().to_owned();
    path.push(".");
    path.push(extension);
    path.into()
}

fn on_white<B: DrawingBackend>(area: &Area<'_, B>, plot: &impl Plot) -> Drawn<B> {
    area.fill(&WHITE)?;
    plot.draw(area)?;
    area.present()
}

pub(super) fn text<'a>(size: u32, colour: RGBColor) -> TextStyle<'a> {
    TextStyle {
        color: colour.to_backend_color(),
        ..(FAMILY, size).into_text_style(&(1, 1))
    }
}

struct Lines<'a> {
    title: &'a str,
    x_label: &'a str,
    y_label: &'a str,
    series: &'a [(&'a str, Vec<(f64, f64)>)],
}

impl Plot for Lines<'_> {
    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>) -> Drawn<B> {
        let finite = |&(x, y): &(f64, f64)| x.is_finite() && y.is_finite();
        let points = || {
            self.series
                .iter()
                .flat_map(|(_, line)| line)
                .copied()
                .filter(finite)
        };
        let (x_low, x_high) = range(points().map(|point| point.0), 0.0);
        let (y_low, y_high) = range(points().map(|point| point.1), 0.06);
        let axes = Axes {
            title: self.title,
            ends: [(x_low, x_high), (y_low, y_high)],
            labels: [self.x_label, self.y_label],
            numbers: [&|x| number(*x, x_high - x_low), &|y| {
                number(*y, y_high - y_low)
            }],
            upright: false,
            small: false,
        };
        let mut chart = axes.draw(area)?;
        for (index, (name, line)) in self.series.iter().enumerate() {
            let style = LINES[index % LINES.len()].stroke_width(2);
            chart
                .draw_series(LineSeries::new(line.iter().copied().filter(finite), style))?
                .label(*name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], style));
        }
        if self.series.is_empty() {
            return Ok(());
        }
        axes.name(&mut chart)
    }
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
            numbers: [&|x| axis_number(row.property, *x, span), &percent],
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

/// The headline figures with their names.
pub(super) fn headline(evaluation: &Evaluation) -> [(&'static str, &Proportion); 5] {
    [
        ("Validity", &evaluation.validity),
        ("Uniqueness", &evaluation.uniqueness),
        ("Unique @ 1,000", &evaluation.uniqueness_at_1000),
        ("Unique @ 10,000", &evaluation.uniqueness_at_10000),
        ("Novelty", &evaluation.novelty),
    ]
}

/// Counts as shares of their sum.
pub(super) fn shares(counts: &[usize]) -> Vec<f64> {
    let sum = counts.iter().sum::<usize>().max(1) as f64;
    counts.iter().map(|&count| count as f64 / sum).collect()
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

/// Smallest and largest value, widened by a share of the span; never empty.
pub(super) fn range(values: impl Iterator<Item = f64>, margin: f64) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    if low > high {
        return (0.0, 1.0);
    }
    let pad = if high > low {
        (high - low) * margin
    } else {
        0.5
    };
    (low - pad, high + pad)
}

/// A number on the axis of a property; counts have no decimals.
pub(super) fn axis_number(property: Property, value: f64, span: f64) -> String {
    number(
        value,
        if property.is_count() {
            f64::INFINITY
        } else {
            span
        },
    )
}

/// A number with as many decimals as an axis of this span needs.
pub(super) fn number(value: f64, span: f64) -> String {
    let decimals = match span {
        span if span >= 8.0 => 0,
        span if span >= 0.8 => 1,
        span if span >= 0.08 => 2,
        _ => 4,
    };
    let text = format!("{value:.decimals$}");
    // "-0.0" is zero.
    if text
        .trim_start_matches('-')
        .chars()
        .all(|c| c == '0' || c == '.')
    {
        text.trim_start_matches('-').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_lines(series: &[(&str, Vec<(f64, f64)>)]) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let stem = folder.path().join("loss-0.5");
        line_plot(&stem, "Loss <&>", "step", "nats", series).expect("it draws");
        let png = std::fs::read(folder.path().join("loss-0.5.png")).expect("a PNG");
        assert!(png.starts_with(b"\x89PNG"));
        let svg = std::fs::read_to_string(folder.path().join("loss-0.5.svg")).expect("an SVG");
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(!svg.contains("<&>"));
        assert_eq!(
            std::fs::read_dir(folder.path()).expect("a folder").count(),
            2
        );
    }

    #[test]
    fn lines_of_any_kind() {
        check_lines(&[]);
        check_lines(&[("train", vec![])]);
        check_lines(&[
            ("train", vec![(0.0, 3.0)]),
            ("validation", vec![(0.0, f64::NAN)]),
        ]);
        check_lines(&[(
            "train",
            (0..100)
                .map(|x| (f64::from(x), 1.0 / f64::from(x + 1)))
                .collect(),
        )]);
    }

    #[track_caller]
    fn check_number(value: f64, span: f64, expected: &str) {
        assert_eq!(number(value, span), expected);
    }

    #[test]
    fn axis_numbers() {
        check_number(250.0, 400.0, "250");
        check_number(0.25, 1.0, "0.2");
        check_number(-0.001, 1.0, "0.0");
        check_number(0.25, 0.5, "0.25");
    }
}
