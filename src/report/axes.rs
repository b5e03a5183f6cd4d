//! The axes and the legend that all plots have.

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::canvas::{Area, Drawn, GRID, INK, MUTED, shortened, text};

/// The axes of a plot.
pub(super) struct Axes<'a> {
    pub(super) title: &'a str,
    /// Both ends of the x axis, and of the y axis.
    pub(super) ends: [(f64, f64); 2],
    /// Names of the quantities on the x axis and on the y axis.
    pub(super) labels: [&'a str; 2],
    /// Formats of their numbers.
    pub(super) numbers: [&'a dyn Fn(&f64) -> String; 2],
    /// Lines go up from the x axis, too.
    pub(super) upright: bool,
    /// The plot is one of several on a sheet.
    pub(super) small: bool,
}

/// Whether a plot is for a narrow screen.
fn is_narrow<B: DrawingBackend>(area: &Area<'_, B>) -> bool {
    area.dim_in_pixel().0 < 500
}

/// A plot with axes.
pub(super) type Chart<'a, B> = ChartContext<'a, B, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

impl Axes<'_> {
    pub(super) fn draw<'a, B: DrawingBackend>(
        &self,
        area: &'a Area<'_, B>,
    ) -> Result<Chart<'a, B>, DrawingAreaErrorKind<B::ErrorType>> {
        let [x, y] = self.ends;
        let is_small = self.small || is_narrow(area);
        let (title, numbers, margin, below, beside) = match (self.small, is_narrow(area)) {
            (true, _) => (19, 14, 14, 42, 50),
            (false, true) => (16, 13, 10, 44, 64),
            (false, false) => (22, 15, 18, 52, 76),
        };
        let room = area.dim_in_pixel().0.saturating_sub(2 * margin);
        let caption = shortened(area, self.title, title, room);
        let mut chart = ChartBuilder::on(area)
            .caption(caption, text(title, INK))
            .margin(margin)
            .x_label_area_size(below)
            .y_label_area_size(beside)
            .build_cartesian_2d(x.0..x.1, y.0..y.1)?;
        let mut mesh = chart.configure_mesh();
        if !self.upright {
            mesh.disable_x_mesh();
        }
        if is_small {
            mesh.x_labels(if self.small { 7 } else { 5 }).y_labels(5);
        }
        let description = if self.small { MUTED } else { INK };
        mesh.light_line_style(WHITE.mix(0.0))
            .bold_line_style(GRID)
            .axis_style(MUTED)
            .label_style(text(numbers, MUTED))
            .axis_desc_style(text(numbers, description))
            .x_label_formatter(&self.numbers[0])
            .y_label_formatter(&self.numbers[1])
            .x_desc(self.labels[0])
            .y_desc(self.labels[1])
            .draw()?;
        Ok(chart)
    }

    /// Names what was drawn, in the upper right corner.
    pub(super) fn name<'a, B: DrawingBackend + 'a>(&self, chart: &mut Chart<'a, B>) -> Drawn<B> {
        self.name_at(chart, SeriesLabelPosition::UpperRight)
    }

    /// Names what was drawn.
    pub(super) fn name_at<'a, B: DrawingBackend + 'a>(
        &self,
        chart: &mut Chart<'a, B>,
        corner: SeriesLabelPosition,
    ) -> Drawn<B> {
        let (margin, width, size) = if self.small {
            (8, 20, 14)
        } else {
            (12, 30, 15)
        };
        chart
            .configure_series_labels()
            .position(corner)
            .margin(margin)
            .legend_area_size(width)
            .background_style(WHITE.mix(0.85))
            .label_font(text(size, INK))
            .draw()
    }
}
