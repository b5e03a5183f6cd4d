//! The losses of a training run: smoothed on the raw ones, with epochs and the best model marked.

use std::path::Path;

use plotters::prelude::*;

use super::{inside, quantile};
use crate::report::axes::{Axes, Chart};
use crate::report::canvas::{Area, Drawn, GRID, INK, LINES, MUTED, Plot, range, save, text};
use crate::report::figures::Losses;
use crate::report::file::ReportError;
use crate::report::format::{axis_number, thousands};

/// Writes the plot as `path_stem` + `.png` and `.svg`. The y axis leaves out the first fall of the
/// loss, where a run is long enough to have more to show.
///
/// # Errors
/// [`ReportError`] when a file cannot be written.
pub fn losses(path_stem: &Path, losses: &Losses) -> Result<(), ReportError> {
    save(path_stem, (900, 540), &LossPlot { losses }).map(drop)
}

/// Share of the smoothed values that the y axis spans, from the lowest.
const SHOWN: f64 = 0.95;
/// Stretches of the x axis, of each of which no more is drawn than its mean and its ends.
const STRETCHES: usize = 400;
/// Stretches over which a smoothed value is a mean.
const SMOOTHED_OVER: usize = 8;
/// Epochs that are marked at most.
const MARKS: u64 = 12;

struct LossPlot<'a> {
    losses: &'a Losses,
}

/// Means over moving windows, at most one for each stretch.
fn smoothed(line: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let half = (line.len() * SMOOTHED_OVER / STRETCHES / 2).max(line.len() / 60);
    let mut sums = vec![0.0];
    for (at, point) in line.iter().enumerate() {
        sums.push(sums[at] + point.1);
    }
    let step = line.len().div_ceil(STRETCHES).max(1);
    let mean = |at: usize| {
        // As far to both sides, so that the ends are not drawn towards the middle.
        let half = half.min(at).min(line.len() - 1 - at);
        let (from, to) = (at - half, at + half + 1);
        (line[at].0, (sums[to] - sums[from]) / (to - from) as f64)
    };
    let mut places: Vec<usize> = (0..line.len()).step_by(step).collect();
    places.extend(
        line.len()
            .checked_sub(1)
            .filter(|last| !places.contains(last)),
    );
    places.into_iter().map(mean).collect()
}

/// Of each stretch the lowest and the highest point.
fn thinned(line: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let step = line.len().div_ceil(STRETCHES).max(1);
    if step <= 2 {
        return line.to_vec();
    }
    let ends = |stretch: &[(f64, f64)]| {
        let height = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let low = stretch.iter().min_by(height).copied();
        let high = stretch.iter().max_by(height).copied();
        let mut ends: Vec<(f64, f64)> = low.into_iter().chain(high).collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        ends
    };
    line.chunks(step).flat_map(ends).collect()
}

impl LossPlot<'_> {
    fn finite(line: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let points = line.iter().copied();
        points
            .filter(|&(x, y): &(f64, f64)| x.is_finite() && y.is_finite())
            .collect()
    }

    /// Every so many epochs a line, with its number.
    fn epochs<B: DrawingBackend>(
        &self,
        chart: &mut Chart<'_, B>,
        steps: f64,
        (low, high): (f64, f64),
    ) -> Drawn<B> {
        let each = self.losses.steps_per_epoch.max(1);
        let all = (steps / each as f64) as u64;
        let every = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000].into_iter();
        let every = every
            .clone()
            .find(|every| all / every <= MARKS)
            .unwrap_or(all.max(1));
        for epoch in (1..=all / every).map(|count| count * every) {
            let x = (epoch * each) as f64;
            let line = PathElement::new([(x, low), (x, high)], GRID.stroke_width(1));
            chart.draw_series(std::iter::once(line))?;
            let name = if epoch == every {
                format!("epoch {epoch}")
            } else {
                epoch.to_string()
            };
            let width = 4 * name.len() as i32;
            let name = EmptyElement::at((x, low)) + Text::new(name, (-width, -18), text(13, MUTED));
            chart.draw_series(std::iter::once(name))?;
        }
        Ok(())
    }

    fn best<B: DrawingBackend>(&self, chart: &mut Chart<'_, B>, steps: f64) -> Drawn<B> {
        let Some((step, loss)) = self.losses.best.filter(|best| best.1.is_finite()) else {
            return Ok(());
        };
        let name = format!("best {loss:.4}, step {}", thousands(step as usize));
        let width = 7 * name.len() as i32;
        let left = if step > 0.6 * steps { -width - 10 } else { 10 };
        let ground = Rectangle::new(
            [(left - 4, -42), (left + width, -22)],
            WHITE.mix(0.85).filled(),
        );
        let mark = EmptyElement::at((step, loss))
            + ground
            + Circle::new((0, 0), 5, LINES[1].filled())
            + Text::new(name, (left, -38), text(15, INK));
        chart.draw_series(std::iter::once(mark))?;
        Ok(())
    }
}

impl Plot for LossPlot<'_> {
    fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>) -> Drawn<B> {
        let training = Self::finite(&self.losses.training);
        let validation = Self::finite(&self.losses.validation);
        let smooth = smoothed(&training);
        let heights = || smooth.iter().chain(&validation).map(|point| point.1);
        let top = quantile(heights(), SHOWN).unwrap_or(1.0);
        let (low, high) = range(heights().filter(|&y| y <= top), 0.08);
        let steps = training.iter().chain(&validation).map(|point| point.0);
        let (_, right) = range(steps.chain([0.0]), 0.0);
        let axes = Axes {
            title: "Loss",
            ends: [(0.0, right), (low, high)],
            labels: ["step", "nats per token"],
            numbers: [&|x| thousands(x.round().max(0.0) as usize), &|y| {
                axis_number(*y, high - low)
            }],
            upright: false,
            small: false,
        };
        let mut chart = axes.draw(area)?;
        self.epochs(&mut chart, right, (low, high))?;
        let raw = LINES[0].mix(0.25).stroke_width(1);
        for part in inside(&thinned(&training), (low, high)) {
            chart.draw_series(LineSeries::new(part, raw))?;
        }
        for (line, colour, name) in [
            (smooth, LINES[0], "training, smoothed"),
            (validation, LINES[1], "validation"),
        ] {
            let style = colour.stroke_width(2);
            for part in inside(&line, (low, high)) {
                chart.draw_series(LineSeries::new(part, style))?;
            }
            let nothing = std::iter::empty::<(f64, f64)>();
            chart
                .draw_series(LineSeries::new(nothing, style))?
                .label(name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], style));
        }
        self.best(&mut chart, right)?;
        axes.name(&mut chart)
    }
}
