//! Colours of atoms by the values of a column.

use super::layout::Drawing;
use super::rows::Pick;
use crate::chem::{Depiction, Highlights, Legend, Scale};
use crate::error::{Result, bail};
use crate::progress::Watch;

/// Colours the atoms of each drawing by its row's values, on one scale. Rows whose values do not fit
/// their atoms keep their colours, and are told of.
pub(super) fn colour(
    drawings: &mut [Drawing],
    rows: &[Pick],
    column: &str,
    watch: &dyn Watch,
) -> Result<Legend> {
    let read = |(drawing, row): (&Drawing, &Pick)| match drawing {
        Ok(drawing) => Some(values(drawing, &row.colours)),
        Err(_) => None,
    };
    let found: Vec<_> = drawings.iter().zip(rows).map(read).collect();
    let mut faults = 0;
    let mut first = None;
    for (found, row) in found.iter().zip(rows) {
        if let Some(Err(reason)) = found {
            faults += 1;
            first.get_or_insert((row.number.unwrap_or_default(), reason.clone()));
        }
    }
    let all: Vec<Option<f64>> = found
        .iter()
        .flatten()
        .flatten()
        .flatten()
        .copied()
        .collect();
    if let Some((row, reason)) = first {
        if all.is_empty() {
            bail!(
                Input,
                "column `{column}` colours no molecule: in row {row} {reason}; it needs one number for \
                 each atom but hydrogens, between blanks"
            );
        }
        watch.note(&format!(
            "without colours: {faults} of {} molecules; in row {row} {reason}",
            found.iter().flatten().count()
        ));
    }
    let scale = Scale::around_zero(&all);
    for (drawing, found) in drawings.iter_mut().zip(found) {
        if let (Ok(own), Some(Ok(values))) = (&mut *drawing, found) {
            *own = own
                .clone()
                .highlighted(Highlights::by_value(&values, &scale));
        }
    }
    Ok(Legend {
        title: column.to_owned(),
        scale,
    })
}

/// The values of a molecule's atoms, by their numbers; the reason where there are none.
fn values(drawing: &Depiction, text: &str) -> Result<Vec<Option<f64>>, String> {
    let Some(atoms) = drawing.heavy_atoms() else {
        return Err("the molecule has bonds `~`, and its atoms another order".to_owned());
    };
    let numbers = numbers(text)?;
    if numbers.len() != atoms.len() {
        return Err(format!(
            "there are {} values for {} atoms",
            numbers.len(),
            atoms.len()
        ));
    }
    let last = atoms.last().map_or(0, |last| last + 1);
    let mut values = vec![None; last];
    for (atom, value) in atoms.into_iter().zip(numbers) {
        values[atom] = value;
    }
    Ok(values)
}

/// Numbers between blanks, semicolons, or as a JSON array; `nan` and `null` are none.
fn numbers(text: &str) -> Result<Vec<Option<f64>>, String> {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    let parts = text.split(|character: char| character.is_whitespace() || ";,".contains(character));
    let number = |part: &str| match part.parse::<f64>() {
        Ok(number) => Ok(Some(number).filter(|number| number.is_finite())),
        Err(_) if part == "null" => Ok(None),
        Err(_) => Err(format!("`{part}` is no number")),
    };
    parts.filter(|part| !part.is_empty()).map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chem::{DepictOptions, Molecule};

    #[track_caller]
    fn check(smiles: &str, text: &str, expected: Result<&[Option<f64>], &str>) {
        let molecule = Molecule::parse(smiles).unwrap();
        let drawing = Depiction::of(&molecule, &DepictOptions::default());
        let found = values(&drawing, text);
        assert_eq!(
            found.as_deref().map_err(|reason| &**reason),
            expected,
            "{smiles} {text}"
        );
    }

    #[test]
    fn values_go_to_their_atoms() {
        check("OCC", "1 2.5;-3", Ok(&[Some(1.0), Some(2.5), Some(-3.0)]));
        check("OCC", "[1, null, 1e-1]", Ok(&[Some(1.0), None, Some(0.1)]));
        check("[H]OC", "1 nan", Ok(&[None, Some(1.0), None]));
        check("OCC", "1 2", Err("there are 2 values for 3 atoms"));
        check("OCC", "", Err("there are 0 values for 3 atoms"));
        check("OCC", "1 2 x", Err("`x` is no number"));
        check(
            "C~C",
            "1 2",
            Err("the molecule has bonds `~`, and its atoms another order"),
        );
    }
}
