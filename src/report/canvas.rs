//! The canvas of plots: a sheet that becomes a PNG and an SVG file, with a built-in font so that it
//! looks the same on every machine.

use std::path::{Path, PathBuf};
use std::sync::Once;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use super::file::{ReportError, cannot_write};
use super::svg::Svg;
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

/// Sizes of a plot, in pixels, on a wide screen and on a narrow one.
const WIDE: (u32, u32) = (900, 560);
const NARROW: (u32, u32) = (400, 360);

pub(super) type Area<'a, B> = DrawingArea<B, Shift>;
pub(super) type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

/// A drawing, on either of the backends (SVG or PNG).
pub(super) trait Plot {
    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>) -> Drawn<B>;
}

/// Writes `path_stem` + `.png` and `.svg`, and returns the latter.
pub(super) fn save(
    path_stem: &Path,
    size: (u32, u32),
    plot: &impl Plot,
) -> Result<String, ReportError> {
    let svg_path = with_extension(path_stem, "svg");
    let svg = drawn(&svg_path, size, plot)?;
    store::write(&svg_path, svg.as_bytes()).map_err(cannot_write(&svg_path))?;

    let png_path = with_extension(path_stem, "png");
    let file = NewFile::create(&png_path).map_err(cannot_write(&png_path))?;
    {
        let area = BitMapBackend::new(file.path(), size).into_drawing_area();
        on_white(&area, plot).map_err(|error| draw_error(&png_path, &error))?;
    }
    file.finish().map_err(cannot_write(&png_path))?;
    Ok(svg)
}

/// Writes `path_stem` + `.png` and `.svg`, and returns the plot for a page, once for a wide screen and
/// once for a narrow one.
pub(super) fn save_for_page(path_stem: &Path, plot: &impl Plot) -> Result<Svg, ReportError> {
    let wide = save(path_stem, WIDE, plot)?;
    let narrow = drawn(path_stem, NARROW, plot)?;
    Ok(Svg {
        wide: vec![wide],
        narrow: vec![narrow],
    })
}

/// The plot as an SVG document; `name` stands for it in errors.
pub(super) fn drawn(
    name: &Path,
    size: (u32, u32),
    plot: &impl Plot,
) -> Result<String, ReportError> {
    static REGISTER: Once = Once::new();
    REGISTER.call_once(|| {
        // A font that does not load shows up as an error of the first plot.
        let _ = register_font(FAMILY, FontStyle::Normal, FONT);
    });
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        on_white(&area, plot).map_err(|error| draw_error(name, &error))?;
    }
    Ok(svg)
}

fn draw_error(path: &Path, message: &dyn std::fmt::Display) -> ReportError {
    ReportError::Draw {
        path: path.to_owned(),
        message: message.to_string(),
    }
}

/// A text, cut with an ellipsis if it is wider than so many pixels.
pub(super) fn shortened<B: DrawingBackend>(
    area: &Area<'_, B>,
    whole: &str,
    size: u32,
    room: u32,
) -> String {
    let fits = |shown: &str| {
        let found = area.estimate_text_size(shown, &text(size, INK));
        found.map_or(true, |(width, _)| width <= room)
    };
    if fits(whole) {
        return whole.to_owned();
    }
    let letters: Vec<char> = whole.chars().collect();
    let cut = |count: usize| letters[..count].iter().collect::<String>() + "…";
    let longest = (1..letters.len()).rev().find(|&count| fits(&cut(count)));
    cut(longest.unwrap_or(1))
}

/// Appends the extension: `with_extension` would cut `loss-0.5` at the point.
fn with_extension(path_stem: &Path, extension: &str) -> PathBuf {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_know_every_colour() {
        let style = include_str!("style.css");
        for RGBColor(red, green, blue) in [INK, MUTED, GRID, WHITE].into_iter().chain(LINES) {
            let rule = format!("[fill=\"#{red:02X}{green:02X}{blue:02X}\"]");
            assert!(style.contains(&rule), "{rule}");
        }
    }
}
