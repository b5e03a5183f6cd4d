//! Figures of several models: a panel for each figure, in it a dot with its interval for each model.

use std::path::Path;

use plotters::prelude::*;

use crate::report::Svg;
use crate::report::canvas::{
    Area, Drawn, GRID, INK, LINES, MUTED, Plot, drawn, range, save, shortened, text,
};
use crate::report::figures::{Measured, Panel};
use crate::report::file::ReportError;
use crate::report::format::number;

/// Width of a panel in pixels, and of its parts: names end where dots begin, by the longest name, and figures begin
/// where dots end.
const WIDTH: u32 = 460;
const LEFT: [i32; 2] = [140, 220];
const RIGHT: i32 = 370;
/// Heights of the title, of a row, and of the axis.
const HEAD: i32 = 40;
const ROW: i32 = 28;
const FOOT: i32 = 28;

/// Dots with intervals, a panel for each figure; writes `path_stem` + `.png` and `.svg` and returns a
/// document for each panel. The scale of a panel spans its values and intervals.
///
/// # Errors
/// [`ReportError`] when a file cannot be written.
pub fn panels(path_stem: &Path, names: &[String], panels: &[Panel]) -> Result<Svg, ReportError> {
    let height = (HEAD + FOOT) as u32 + ROW as u32 * names.len() as u32;
    let rows = panels.len().div_ceil(2).max(1) as u32;
    save(
        path_stem,
        (2 * WIDTH, rows * height),
        &Sheet { names, panels },
    )?;
    let one = |panel| drawn(path_stem, (WIDTH, height), &One { names, panel });
    Ok(Svg {
        wide: panels.iter().map(one).collect::<Result<_, _>>()?,
        narrow: Vec::new(),
    })
}

struct Sheet<'a> {
    names: &'a [String],
    panels: &'a [Panel],
}

impl Plot for Sheet<'_> {
    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>) -> Drawn<B> {
        let cells = area.split_evenly((self.panels.len().div_ceil(2).max(1), 2));
        let names = self.names;
        for (cell, panel) in cells.iter().zip(self.panels) {
            One { names, panel }.draw(cell)?;
        }
        Ok(())
    }
}

struct One<'a> {
    names: &'a [String],
    panel: &'a Panel,
}

/// Round numbers between two ends, at most four, and how many decimals they need.
fn ticks(low: f64, high: f64) -> (Vec<f64>, usize) {
    let raw = (high - low) / 4.0;
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    let step = step.into_iter().find(|step| *step >= raw).unwrap_or(raw);
    let decimals = (-step.log10().floor()).clamp(0.0, 6.0) as usize;
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    let ticks = (first..=last).map(|tick| tick as f64 * step);
    (ticks.collect(), decimals)
}

impl One<'_> {
    /// Both ends of the scale.
    fn ends(&self) -> (f64, f64) {
        let measured = self.panel.values.iter().flatten();
        let (low, high) = range(measured.flat_map(Measured::ends), 0.06);
        if !self.panel.share {
            return (low, high);
        }
        // Shares that are all the same: a point of percent to both sides.
        let (low, high) = if self.is_one_value() {
            (
                f64::midpoint(low, high) - 0.01,
                f64::midpoint(low, high) + 0.01,
            )
        } else {
            (low, high)
        };
        (low.max(0.0), high.min(1.0))
    }

    /// Where dots begin.
    fn left<B: DrawingBackend>(&self, area: &Area<'_, B>) -> i32 {
        let width = |name: &String| {
            let size = area.estimate_text_size(name, &text(14, INK));
            size.map_or(0, |(width, _)| width as i32)
        };
        let widest = self.names.iter().map(width).max().unwrap_or_default();
        (widest + 28).clamp(LEFT[0], LEFT[1])
    }

    fn is_one_value(&self) -> bool {
        let mut ends = self.panel.values.iter().flatten().flat_map(Measured::ends);
        let first = ends.next();
        ends.all(|end| Some(end) == first)
    }
}

impl Plot for One<'_> {
    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>) -> Drawn<B> {
        let panel = self.panel;
        area.draw(&Text::new(panel.title.clone(), (14, 12), text(17, INK)))?;
        let bottom = HEAD + ROW * self.names.len() as i32;
        let (low, high) = self.ends();
        let left = self.left(area);
        let at = |value: f64| {
            left + (f64::from(RIGHT - left) * (value - low) / (high - low)).round() as i32
        };
        if panel.values.iter().any(Option::is_some) {
            let scale = if panel.share { 100.0 } else { 1.0 };
            let (ticks, decimals) = ticks(scale * low, scale * high);
            let unit = if panel.share { " %" } else { "" };
            for tick in ticks {
                let x = at(tick / scale);
                let line = PathElement::new([(x, HEAD), (x, bottom)], GRID.stroke_width(1));
                area.draw(&line)?;
                let name = format!("{tick:.decimals$}{unit}");
                let (width, _) = area.estimate_text_size(&name, &text(13, MUTED))?;
                let name = Text::new(name, (x - width as i32 / 2, bottom + 4), text(13, MUTED));
                area.draw(&name)?;
            }
        }
        for (index, (name, value)) in self.names.iter().zip(&panel.values).enumerate() {
            let y = HEAD + ROW * index as i32 + ROW / 2;
            let name = shortened(area, name, 14, (left - 28) as u32);
            area.draw(&Text::new(name, (14, y - 8), text(14, INK)))?;
            let figure = match value {
                Some(measured) if panel.share => format!("{:.2} %", measured.value * 100.0),
                Some(measured) => number(measured.value),
                None => "–".to_owned(),
            };
            if let Some(measured) = value {
                let colour = LINES[index % LINES.len()];
                if let Some([low, high]) = measured.interval {
                    for line in [
                        [(at(low), y), (at(high), y)],
                        [(at(low), y - 4), (at(low), y + 4)],
                        [(at(high), y - 4), (at(high), y + 4)],
                    ] {
                        area.draw(&PathElement::new(line, colour.stroke_width(2)))?;
                    }
                }
                area.draw(&Circle::new((at(measured.value), y), 5, colour.filled()))?;
            }
            area.draw(&Text::new(figure, (RIGHT + 12, y - 8), text(14, MUTED)))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        #[track_caller]
        fn check(ends: (f64, f64), ticks_expected: &[f64], decimals: usize) {
            let (found, places) = ticks(ends.0, ends.1);
            assert_eq!(places, decimals, "{found:?}");
            assert_eq!(found.len(), ticks_expected.len(), "{found:?}");
            for (found, expected) in found.iter().zip(ticks_expected) {
                approx::assert_abs_diff_eq!(found, expected, epsilon = 1e-9);
            }
        }
        check((0.0, 100.0), &[0.0, 50.0, 100.0], 0);
        check((91.3, 94.2), &[92.0, 93.0, 94.0], 0);
        check((0.812, 0.835), &[0.82, 0.83], 2);
        check((-0.4, 1.1), &[0.0, 0.5, 1.0], 1);
        check((1_200.0, 5_900.0), &[2_000.0, 4_000.0], 0);
    }

    #[test]
    fn scales_span_the_values() {
        #[track_caller]
        fn check(share: bool, values: &[(f64, [f64; 2])], expected: (f64, f64)) {
            let measured = |&(value, ends): &(f64, [f64; 2])| {
                Some(Measured {
                    value,
                    interval: Some(ends),
                })
            };
            let panel = Panel {
                title: String::new(),
                share,
                values: values.iter().map(measured).chain([None]).collect(),
            };
            let (low, high) = One {
                names: &[],
                panel: &panel,
            }
            .ends();
            approx::assert_abs_diff_eq!(low, expected.0, epsilon = 1e-9);
            approx::assert_abs_diff_eq!(high, expected.1, epsilon = 1e-9);
        }
        check(
            true,
            &[(0.9, [0.8, 0.95]), (0.85, [0.85, 0.9])],
            (0.791, 0.959),
        );
        check(true, &[(1.0, [1.0, 1.0]), (1.0, [1.0, 1.0])], (0.99, 1.0));
        check(true, &[(0.5, [0.0, 1.0])], (0.0, 1.0));
        check(false, &[(10.0, [9.0, 11.0])], (8.88, 11.12));
        check(false, &[], (0.0, 1.0));
    }
}
