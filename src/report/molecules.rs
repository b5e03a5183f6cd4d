//! The random draw of the gallery as one picture, for a README or a slide.
//!
//! A white sheet, so that it reads on a page of any colour.

use std::fmt::Write;

use super::format::escape;
use crate::chem::Molecule;
use crate::evaluation::Drawn;

/// Drawings in a row.
const COLUMNS: usize = 4;
/// Size of a drawing in SVG units.
const CELL: (u32, u32) = (220, 170);

/// A stand-alone SVG document with a drawing of each molecule, its SMILES as the title.
pub(super) fn molecules(drawn: &[Drawn]) -> String {
    let (width, height) = CELL;
    let rows = drawn.len().div_ceil(COLUMNS) as u32;
    let (full_width, full_height) = (width * COLUMNS as u32, height * rows);
    let mut sheet = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {full_width} {full_height}\" \
         color=\"#16202a\">\n<rect width=\"100%\" height=\"100%\" rx=\"12\" fill=\"#fff\"/>\n"
    );
    for (place, molecule) in drawn.iter().enumerate() {
        let Ok(parsed) = Molecule::parse(&molecule.smiles) else {
            continue;
        };
        let x = width * (place % COLUMNS) as u32;
        let y = height * (place / COLUMNS) as u32;
        let title = escape(&molecule.smiles);
        let picture = parsed.draw(width, height);
        let _ = writeln!(
            sheet,
            "<g transform=\"translate({x} {y})\"><title>{title}</title>{picture}</g>"
        );
    }
    sheet + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::{References, evaluate};

    #[test]
    fn every_molecule_has_its_place() {
        let smiles: Vec<String> = ["CCO", "CCN", "CCC", "CCF", "c1ccccc1"]
            .map(str::to_owned)
            .into();
        let evaluation = evaluate(&smiles, &References::default());
        let sheet = molecules(&evaluation.gallery.random);
        assert_eq!(sheet.matches("<title>").count(), 5);
        assert!(sheet.contains("viewBox=\"0 0 880 340\""));
        assert!(sheet.contains("translate(0 170)"));
    }
}
