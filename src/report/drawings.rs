//! Drawings of example molecules, with one bond length.

use crate::chem::{Cell, DepictOptions, Depiction, Molecule, Sheet, Style};
use crate::evaluation::Drawn;

/// Each molecule as an `<svg>` element of a size in CSS pixels; `None` for what is no molecule.
pub(super) fn drawings(molecules: &[Drawn], size: [f64; 2], style: &Style) -> Vec<Option<String>> {
    with_sheet(molecules, size, molecules.len(), |sheet| {
        sheet.drawings(style)
    })
}

/// The molecules as one SVG document.
pub(super) fn sheet(molecules: &[Drawn], size: [f64; 2], columns: usize, style: &Style) -> String {
    with_sheet(molecules, size, columns, |sheet| sheet.svg(style))
}

fn with_sheet<T>(
    molecules: &[Drawn],
    cell: [f64; 2],
    columns: usize,
    then: impl Fn(&Sheet) -> T,
) -> T {
    let options = DepictOptions::default();
    let depict = |drawn: &Drawn| {
        let parsed = Molecule::parse(&drawn.smiles);
        parsed.map(|molecule| Depiction::of(&molecule, &options))
    };
    let depictions: Vec<_> = molecules.iter().map(depict).collect();
    let cells = molecules
        .iter()
        .zip(&depictions)
        .map(|(drawn, found)| Cell {
            content: found.as_ref().map_err(ToString::to_string),
            captions: Vec::new(),
            title: drawn.smiles.clone(),
        });
    then(&Sheet {
        cells: cells.collect(),
        columns,
        cell,
        legend: None,
    })
}
