//! The check of a set before training: a survey of its molecules, and its overlap with another set.
//!
//! Knows rows and molecules; does not know how a model would be trained on them.

use std::collections::HashSet;
use std::path::PathBuf;

use serde::Serialize;

use super::{CorpusError, Survey, Surveyor};
use crate::chem::Key;
use crate::error::{Result, bail};
use crate::progress::Watch;
use crate::table::{
    BadRow, Cell, Chunks, Column, Kind, Output, Row, Rows, Writer, with_columns_of_file,
};

/// Rows that are read and parsed together.
const CHUNK: usize = 16_384;

/// Bad rows of the other file that are kept.
const OTHER_EXAMPLES: usize = 12;

/// Columns of the file of invalid rows, before the other columns of the data.
const BAD: [Column; 3] = [
    Column::new("row", Kind::Count),
    Column::new("smiles", Kind::Text),
    Column::new("reason", Kind::Text),
];

/// The findings of [`check`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Findings {
    /// The file.
    pub data: PathBuf,
    /// The survey of its molecules.
    pub survey: Survey,
    /// The overlap with the other file, if there is one.
    pub overlap: Option<Overlap>,
}

/// The molecules that two files have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overlap {
    /// The other file.
    pub file: PathBuf,
    /// Its rows, without blank ones.
    pub rows: usize,
    /// Those that are not molecules.
    pub invalid: usize,
    /// Its unique molecules.
    pub distinct: usize,
    /// Those that are in the set, too.
    pub shared: usize,
    /// The first of its rows that are not molecules.
    pub bad: Vec<BadRow>,
}

/// Surveys a set, and counts the molecules of another file that it has, too.
///
/// `bad` gets every row that is not a molecule: its line, its text, the reason, and its other values
/// if `data` [keeps](crate::table::ReadOptions::keep_cells) them.
///
/// # Errors
/// Those of reading and writing, [`CorpusError::Empty`] for a file without a row, and
/// [`Kind::Cancelled`](crate::error::Kind::Cancelled).
pub fn check(
    mut data: Rows,
    against: Option<Rows>,
    bad: Option<&Output>,
    watch: &dyn Watch,
) -> Result<Findings> {
    let path = data.name().to_owned();
    let mut bad = match bad {
        Some(output) => Some(BadRows::create(output, data.columns()?)?),
        None => None,
    };
    let (survey, keys) = survey(data, bad.as_mut(), watch)?;
    if let Some(bad) = bad {
        bad.finish()?;
    }
    let overlap = against.map(|rows| overlap(rows, &keys, watch));
    Ok(Findings {
        data: path,
        survey,
        overlap: overlap.transpose()?,
    })
}

/// Reads and parses all rows; `bad` gets those that are not molecules.
fn survey(
    rows: Rows,
    mut bad: Option<&mut BadRows>,
    watch: &dyn Watch,
) -> Result<(Survey, HashSet<Key>)> {
    let path = rows.name().to_owned();
    let mut chunks = Chunks::new(rows, CHUNK, "checking", watch);
    let mut surveyor = Surveyor::default();
    for chunk in chunks.by_ref() {
        let found = surveyor.add(&chunk);
        let Some(bad) = &mut bad else { continue };
        let mut rows = chunk.iter();
        for BadRow { row, reason, .. } in found {
            // Both are in the order of the file.
            if let Some(whole) = rows.find(|whole| whole.line == row) {
                bad.add(whole, &reason)?;
            }
        }
    }
    if let Some(fault) = chunks.fault() {
        return Err(fault.into());
    }
    if watch.stop() {
        bail!(Cancelled, "the check of `{}` was cancelled", path.display());
    }
    let (survey, keys) = surveyor.finish();
    if survey.rows == 0 {
        return Err(CorpusError::Empty { path }.into());
    }
    if let Some(error) = chunks.no_molecule()
        && survey.valid == 0
    {
        return Err(error.into());
    }
    Ok((survey, keys))
}

fn overlap(rows: Rows, keys: &HashSet<Key>, watch: &dyn Watch) -> Result<Overlap> {
    let file = rows.name().to_owned();
    let (survey, others) = survey(rows, None, watch)?;
    Ok(Overlap {
        file,
        rows: survey.rows,
        invalid: survey.invalid,
        distinct: survey.distinct,
        shared: others.intersection(keys).count(),
        bad: survey.bad.into_iter().take(OTHER_EXAMPLES).collect(),
    })
}

/// A file of the rows that are not molecules.
pub(super) struct BadRows(Writer);

impl BadRows {
    /// A file with these other columns.
    pub(super) fn create(output: &Output, others: &[Column]) -> Result<Self> {
        let columns = with_columns_of_file(&BAD, others);
        Writer::create(output, &columns).map(Self)
    }

    pub(super) fn add(&mut self, row: &Row, reason: &str) -> Result<()> {
        let line = Cell::Count(row.line as u64);
        let own = [line, Cell::Text(row.content.text()), Cell::Text(reason)];
        self.0.row_of(&own, &row.cells)
    }

    pub(super) fn finish(self) -> Result<()> {
        self.0.finish()
    }
}
