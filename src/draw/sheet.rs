//! Drawings as one picture, SVG or PNG.

use super::Settings;
use super::figure::Figure;
use crate::chem::{Cell, Legend, PngError, Sheet, Style};
use crate::error::{Error, Kind, Result};

/// Width and height of a drawing in CSS pixels: of several, and of one alone.
const SEVERAL: [f64; 2] = [220.0, 170.0];
const ALONE: [f64; 2] = [360.0, 270.0];
/// Drawings side by side.
const PER_ROW: usize = 4;

/// The picture as SVG.
pub(super) fn svg(figures: &[Figure], legend: Option<Legend>, settings: &Settings) -> String {
    sheet(figures, legend, settings).svg(&style(settings))
}

/// The picture as PNG.
pub(super) fn png(
    figures: &[Figure],
    legend: Option<Legend>,
    settings: &Settings,
) -> Result<Vec<u8>> {
    let made = sheet(figures, legend, settings).png(settings.scale, &style(settings));
    made.map_err(|error| match error {
        PngError::Size { .. } => Error::new(
            Kind::Setting,
            format!(
                "{error}: lower setting `limit`, setting `size` or setting `scale`, or write .svg"
            ),
        ),
        PngError::Encoding(_) => Error::new(Kind::File, error.to_string()),
    })
}

fn style(settings: &Settings) -> Style {
    let style = Style {
        theme: settings.theme,
        ..Style::default()
    };
    if settings.theme == crate::chem::Theme::Print {
        return Style::print();
    }
    style
}

fn sheet<'a>(figures: &'a [Figure], legend: Option<Legend>, settings: &Settings) -> Sheet<'a> {
    let size = if figures.len() == 1 { ALONE } else { SEVERAL };
    let columns = settings.per_row.unwrap_or(PER_ROW);
    Sheet {
        cells: figures.iter().map(cell).collect(),
        columns: columns.min(figures.len().max(1)),
        cell: settings.size.unwrap_or(size),
        legend,
    }
}

fn cell(figure: &Figure) -> Cell<'_> {
    let heading = Some(figure.heading.clone()).filter(|heading| !heading.is_empty());
    let captions = figure
        .captions
        .iter()
        .map(|(name, value)| format!("{name}: {value}"));
    let title: Vec<&str> = [&*figure.heading, &*figure.text]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect();
    Cell {
        content: figure.content.as_ref().map_err(Clone::clone),
        captions: heading.into_iter().chain(captions).collect(),
        title: title.join(": "),
    }
}
