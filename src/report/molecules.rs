//! The random draw of the gallery as one picture, for a README or a slide.
//!
//! A white sheet, so that it reads on a page of any colour.

use super::drawings;
use crate::chem::{Style, Theme};
use crate::evaluation::Drawn;

/// Drawings in a row.
const COLUMNS: usize = 4;
/// Size of a drawing in CSS pixels.
const CELL: [f64; 2] = [220.0, 170.0];

/// A stand-alone SVG document with a drawing of each molecule, its SMILES as the title.
pub(super) fn molecules(drawn: &[Drawn]) -> String {
    let style = Style {
        theme: Theme::Light,
        ..Style::default()
    };
    drawings::sheet(drawn, CELL, COLUMNS, &style)
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
