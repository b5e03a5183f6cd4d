//! Drawings in rows and columns, with one bond length and captions.

use std::fmt::Write;

use super::super::point::Point;
use super::style::{Ink, Style, Theme};
use super::svg::{colours, element, escaped};
use super::{Depiction, Legend, Picture, PngError, Shape, glyphs, png};

/// A place of a sheet.
#[derive(Debug, Clone)]
pub struct Cell<'a> {
    /// The drawing, or why there is none.
    pub content: Result<&'a Depiction, String>,
    /// Lines below it.
    pub captions: Vec<String>,
    /// What a reader is told who cannot see it, or rests the pointer on it.
    pub title: String,
}

/// Drawings in rows and columns.
#[derive(Debug, Clone)]
pub struct Sheet<'a> {
    /// From left to right, then down.
    pub cells: Vec<Cell<'a>>,
    /// Cells in a row.
    pub columns: usize,
    /// Width and height of a cell's drawing, without captions, in CSS pixels.
    pub cell: [f64; 2],
    /// The meaning of colours, below all cells.
    pub legend: Option<Legend>,
}

/// Size of captions, and the height of a line of them, in pixels.
const CAPTION: f64 = 11.0;
const CAPTION_LINE: f64 = 14.0;
/// Drawings that need shorter bonds than this share of the style's have a length of their own, so
/// that one large molecule does not make all others small.
const LEAST: f64 = 0.55;

impl Sheet<'_> {
    /// The style of the sheet's drawings: with one bond length, at which most of them fit.
    fn common(&self, style: &Style) -> Style {
        let bonds = self.cells.iter().filter_map(|cell| {
            let drawing = cell.content.as_ref().ok()?;
            Some(drawing.fitting_bond(self.cell, style))
        });
        let least = LEAST * style.bond;
        let bond = bonds
            .filter(|bond| *bond >= least)
            .fold(style.bond, f64::min);
        Style {
            bond,
            ..style.clone()
        }
    }

    /// Each drawing as an `<svg>` element, all with one bond length; `None` where there is none.
    pub fn drawings(&self, style: &Style) -> Vec<Option<String>> {
        let style = self.common(style);
        let drawn = |cell: &Cell| Some(cell.content.as_ref().ok()?.svg(self.cell, &style));
        self.cells.iter().map(drawn).collect()
    }

    /// Width and height of the sheet.
    pub fn size(&self) -> [f64; 2] {
        let columns = self.columns.clamp(1, self.cells.len().max(1));
        let rows = self.cells.len().div_ceil(columns);
        let legend = self.legend.as_ref().map_or(0.0, |_| Legend::SIZE[1]);
        [
            self.cell[0] * columns as f64,
            self.row_height() * rows as f64 + legend,
        ]
    }

    /// The legend in its place.
    fn legend_shapes(&self) -> Vec<Shape> {
        let [width, height] = self.size();
        let shapes = self.legend.as_ref().map(|legend| {
            let middle = Point::new(width / 2.0, height - Legend::SIZE[1]);
            legend.shapes(middle, width)
        });
        shapes.unwrap_or_default()
    }

    fn row_height(&self) -> f64 {
        let lines = self.cells.iter().map(|cell| cell.captions.len()).max();
        self.cell[1] + CAPTION_LINE * lines.unwrap_or(0) as f64
    }

    /// The corner of a cell.
    fn corner(&self, index: usize) -> Point {
        let columns = self.columns.max(1);
        let (row, column) = (index / columns, index % columns);
        Point::new(self.cell[0] * column as f64, self.row_height() * row as f64)
    }

    /// What is in a cell, with its corner at the origin.
    fn shapes(&self, cell: &Cell, style: &Style) -> Vec<Shape> {
        let [width, height] = self.cell;
        let text = |line: &str, y: f64, ink: Ink| Shape::Text {
            text: shortened(line, (width - style.margin) / CAPTION),
            at: Point::new(width / 2.0, y),
            size: CAPTION,
            ink,
        };
        let mut shapes = match &cell.content {
            Ok(drawing) => drawing.picture(self.cell, style).shapes,
            Err(reason) => {
                let lines = wrapped(reason, (width - 4.0 * style.margin) / CAPTION);
                let top = height / 2.0 - CAPTION_LINE * (lines.len() as f64 - 1.0) / 2.0;
                let mut shapes = vec![border(width, height, style)];
                for (index, line) in lines.iter().enumerate() {
                    shapes.push(text(line, top + CAPTION_LINE * index as f64, Ink::Muted));
                }
                shapes
            }
        };
        for (index, caption) in cell.captions.iter().enumerate() {
            let y = height + CAPTION_LINE * (index as f64 + 0.75);
            shapes.push(text(
                caption,
                y,
                if index == 0 { Ink::Line } else { Ink::Muted },
            ));
        }
        shapes
    }

    /// The sheet as an SVG document.
    pub fn svg(&self, style: &Style) -> String {
        let style = self.common(style);
        let [width, height] = self.size();
        let ground = match style.theme {
            Theme::Light | Theme::Print => {
                "<rect width=\"100%\" height=\"100%\" rx=\"12\" fill=\"#fff\"/>"
            }
            Theme::Dark => "<rect width=\"100%\" height=\"100%\" rx=\"12\" fill=\"#121517\"/>",
            Theme::Page | Theme::Auto => "",
        };
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\">{}{ground}\n",
            colours(style.theme)
        );
        for (index, cell) in self.cells.iter().enumerate() {
            let corner = self.corner(index);
            let shapes = self.shapes(cell, &style);
            let drawn: String = shapes.iter().map(|shape| element(shape, &style)).collect();
            // A String takes any text.
            let _ = writeln!(
                text,
                "<g transform=\"translate({} {})\"><title>{}</title>{drawn}</g>",
                corner.x,
                corner.y,
                escaped(&cell.title)
            );
        }
        let legend = self.legend_shapes();
        text.extend(legend.iter().map(|shape| element(shape, &style)));
        text + "</svg>\n"
    }

    /// The sheet as a PNG file; `scale` pixels for each CSS pixel.
    ///
    /// # Errors
    /// [`PngError`] for a size that is none, or too large.
    pub fn png(&self, scale: f64, style: &Style) -> Result<Vec<u8>, PngError> {
        let style = self.common(style);
        let mut shapes = Vec::new();
        for (index, cell) in self.cells.iter().enumerate() {
            let corner = self.corner(index);
            shapes.extend(
                self.shapes(cell, &style)
                    .into_iter()
                    .map(|shape| shape.moved(corner)),
            );
        }
        shapes.extend(self.legend_shapes());
        let picture = Picture {
            size: self.size(),
            shapes,
        };
        png::write(&picture, scale, &style)
    }
}

/// The frame of a cell without a drawing.
fn border(width: f64, height: f64, style: &Style) -> Shape {
    let (low, high) = (
        style.margin,
        Point::new(width - style.margin, height - style.margin),
    );
    let corners = [
        Point::new(low, low),
        Point::new(high.x, low),
        high,
        Point::new(low, high.y),
    ];
    Shape::Lines {
        lines: (0..4)
            .map(|at| [corners[at], corners[(at + 1) % 4]])
            .collect(),
        width: 1.0,
        ink: Ink::Muted,
        dashed: true,
    }
}

/// A text that is no wider than `most` font sizes, with dots where it was cut.
pub(super) fn shortened(text: &str, most: f64) -> String {
    if glyphs::width(text) <= most {
        return text.to_owned();
    }
    let mut found = String::new();
    for character in text.chars() {
        found.push(character);
        if glyphs::width(&found) + glyphs::width("…") > most {
            found.pop();
            break;
        }
    }
    found + "…"
}

/// The words of a text in lines no wider than `most` font sizes, at most five.
fn wrapped(text: &str, most: f64) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let longer = format!("{} {word}", lines[last]);
        if lines[last].is_empty() {
            word.clone_into(&mut lines[last]);
        } else if glyphs::width(&longer) <= most {
            lines[last] = longer;
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.truncate(5);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chem::{DepictOptions, Molecule};

    fn drawn(smiles: &str) -> Depiction {
        Depiction::of(&Molecule::parse(smiles).unwrap(), &DepictOptions::default())
    }

    #[test]
    fn what_differs_is_drawn_differently() {
        let svg = |smiles: &str| drawn(smiles).svg([220.0, 170.0], &Style::default());
        for [one, other] in [
            ["C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"],
            ["C/C=C/C", "C/C=C\\C"],
            ["C/C=C/C", "CC=CC"],
            ["C[CH2]", "CC"],
            ["C[NH3+]", "CN"],
            ["[13CH4]", "C"],
        ] {
            assert_ne!(svg(one), svg(other), "{one} {other}");
        }
        assert_eq!(svg("OCC"), svg("OCC"));
        assert!(svg("C[CH2]").contains("<circle"), "a radical has a dot");
        assert!(!svg("CC").contains("<circle"));
    }

    #[test]
    fn a_sheet_has_all_cells() {
        let (long, short) = (drawn(&"C".repeat(12)), drawn("CO"));
        let reason = "this ring is never closed".to_owned();
        let cell = |content, title: &str| Cell {
            content,
            captions: vec!["a & b".to_owned()],
            title: title.to_owned(),
        };
        let sheet = Sheet {
            cells: vec![
                cell(Ok(&long), "long"),
                cell(Ok(&short), "short"),
                cell(Err(reason), "none"),
            ],
            columns: 2,
            cell: [150.0, 120.0],
            legend: None,
        };
        approx::assert_abs_diff_eq!(sheet.size()[..], [300.0, 268.0]);
        let svg = sheet.svg(&Style::default());
        assert_eq!(svg.matches("<title>").count(), 3);
        assert_eq!(svg.matches("a &amp; b").count(), 3);
        assert!(svg.contains("this ring is never"), "{svg}");
        let drawings = sheet.drawings(&Style::default());
        assert_eq!(drawings.iter().flatten().count(), 2);
        let png = sheet.png(1.0, &Style::default()).unwrap();
        assert!(png.starts_with(b"\x89PNG"));
        assert!(sheet.png(1e6, &Style::default()).is_err());
    }
}
