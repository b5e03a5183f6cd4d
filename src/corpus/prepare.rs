//! Standardization and filtering of a table of molecules, piece by piece: [`Steps`] applied to
//! every row.
//!
//! Knows rows and steps; does not know what a molecule is.

use std::collections::HashSet;

use rayon::prelude::*;

use super::check::BadRows;
use super::steps::{Counts, Prepared, Steps};
use crate::error::Result;
use crate::progress::{Outcome, Watch, outcome};
use crate::table::{
    Cell, Chunks, Column, Content, Kind, Output, Row, Rows, TableError, Writer,
    with_columns_of_file,
};

/// Rows that are read, prepared and written together.
const CHUNK: usize = 16_384;

/// The first column of what is written; the other columns of the file follow.
const SMILES: [Column; 1] = [Column::new("smiles", Kind::Text)];

/// The result of [`prepare`].
#[derive(Debug)]
pub struct Preparation {
    /// The rows that each step changed or left out.
    pub counts: Counts,
    /// The error where the file could not be read to its end; the rows before are written. Or that
    /// none of its rows is a molecule and it seems to be something else.
    pub fault: Option<TableError>,
}

/// Takes `steps` on every row and writes the molecules that are left: `smiles`, then the other
/// columns of the file, if `data` [keeps](crate::table::ReadOptions::keep_cells) them.
///
/// `bad` gets every row that is not a molecule: its line, its text, the reason and those columns. Where `watch`
/// ends the work, the rows so far are written.
///
/// # Errors
/// Those of [`Steps::validate`] and of writing, and those of the header of `data`.
pub fn prepare(
    mut data: Rows,
    steps: &Steps,
    output: &Output,
    bad: Option<&Output>,
    watch: &dyn Watch,
) -> Result<Outcome<Preparation>> {
    steps.validate()?;
    let others = data.columns()?.to_vec();
    let columns = with_columns_of_file(&SMILES, &others);
    let mut output = Writer::create(output, &columns)?;
    output.announce(watch);
    let mut bad = match bad {
        Some(bad) => Some(BadRows::create(bad, &others)?),
        None => None,
    };
    let mut chunks = Chunks::new(data, CHUNK, "preparing", watch);
    let (mut counts, mut seen) = (steps.counts(), HashSet::new());
    for chunk in chunks.by_ref() {
        let prepared: Vec<Option<Prepared>> =
            chunk.par_iter().map(|row| apply(steps, row)).collect();
        for (row, prepared) in chunk.iter().zip(prepared) {
            let Some(prepared) = prepared else { continue };
            if let (Prepared::Bad { reason }, Some(bad)) = (&prepared, &mut bad) {
                bad.add(row, reason)?;
            }
            if let Some(smiles) = counts.add(prepared, steps.unique.then_some(&mut seen)) {
                output.row_of(&[Cell::Text(&smiles)], &row.cells)?;
            }
        }
    }
    output.finish()?;
    if let Some(bad) = bad {
        bad.finish()?;
    }
    let none = chunks
        .no_molecule()
        .filter(|_| counts.invalid == counts.rows);
    let fault = chunks.fault().or(none);
    Ok(outcome(watch, Preparation { counts, fault }))
}

fn apply(steps: &Steps, row: &Row) -> Option<Prepared> {
    match &row.content {
        Content::Blank => None,
        Content::Text(text) => Some(steps.apply(text)),
        Content::Unusable { reason, .. } => Some(Prepared::Bad {
            reason: reason.clone(),
        }),
    }
}
