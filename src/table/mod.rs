//! Tables and lists of molecules: rows in and rows out, in the same formats.
//!
//! Knows files and where the text of a molecule stands in a row; does not know what a valid
//! molecule is.

mod lines;
#[cfg(feature = "parquet")]
mod parquet;
mod read;
mod sink;
mod write;

use std::path::PathBuf;

use crate::text::{Excerpt, excerpt};

pub use lines::{Line, Lines};
pub(crate) use read::Purpose;
pub use read::{Content, ReadOptions, Row, Rows};
pub(crate) use sink::Sink;
pub(crate) use write::{Cell, Column, Format, Kind, Output};

/// A row that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BadRow {
    /// Line of the file on which the row begins, from 1.
    pub row: usize,
    /// The value, at most 80 characters of it.
    pub text: String,
    /// The reason, one clause without full stop.
    pub reason: String,
    /// Characters of the text before the one that is to blame, where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

/// Bad rows that are kept as examples; all are counted.
pub const EXAMPLES: usize = 1_000;

impl BadRow {
    pub(crate) fn new(row: usize, text: &str, reason: impl Into<String>) -> Self {
        Self::at(None, row, text, reason)
    }

    /// The same with the byte that is to blame, if one is; of a long text the part around it.
    pub(crate) fn at(
        place: Option<usize>,
        row: usize,
        text: &str,
        reason: impl Into<String>,
    ) -> Self {
        let Excerpt { line, column } = excerpt(text, place.unwrap_or(0));
        Self {
            row,
            text: line,
            reason: reason.into(),
            column: place.map(|_| column),
        }
    }
}

/// Why a file gives no data set.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// The file cannot be opened or read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason of the operating system or the decompressor.
        source: std::io::Error,
    },
    /// The name of the file says nothing of its format.
    #[error(
        "`{}` is of no known kind: name it .csv, .tsv, .smi or .txt, each also with .gz, \
         or give - for standard input", path.display()
    )]
    UnknownKind {
        /// The file.
        path: PathBuf,
    },
    /// The file has no row.
    #[error("`{}` holds no molecules: give one SMILES a row", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file has more rows than are kept.
    #[error(
        "`{}` has more than {most} rows, all that are kept in memory: give fewer, \
         or let `molgpt train` keep more with --max-molecules", path.display()
    )]
    TooMany {
        /// The file.
        path: PathBuf,
        /// Rows that are kept.
        most: usize,
    },
    /// The file is not text.
    #[error(
        "`{}` is not a text file: line {row} holds a NUL byte; \
         a compressed file must be gzip and its name end in .gz", path.display()
    )]
    Binary {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        row: usize,
    },
    /// A table whose molecules cannot be found.
    #[error(
        "`{}` has no column `{wanted}`, only {}: choose one with --column",
        path.display(), quoted(found)
    )]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The name that was looked for.
        wanted: String,
        /// The names in the file's first row.
        found: Vec<String>,
    },
    /// The file is not what its name says.
    #[error("`{}` {found}: {remedy}", path.display())]
    OtherContent {
        /// The file.
        path: PathBuf,
        /// What it is, said of it.
        found: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A second header with the molecules in another column.
    #[error(
        "the columns of `{}` change at line {row}: `{name}` was column {before} and is column \
         {after} from there on; split the file there", path.display()
    )]
    ColumnsChange {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        row: usize,
        /// The column of the molecules.
        name: String,
        /// Its place so far, from 1.
        before: usize,
        /// Its place in the second header, from 1.
        after: usize,
    },
    /// A cell of a table that goes on to the end of the file.
    #[error(
        "line {row} of `{}` opens a quote that is never closed: close it, or double it",
        path.display()
    )]
    OpenQuote {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        row: usize,
    },
    /// A column was chosen in a format that has none.
    #[error("`{}` has no columns to choose from: --column is for .csv and .tsv files", path.display())]
    ColumnWithoutTable {
        /// The file.
        path: PathBuf,
    },
    /// A row that cannot be used, where none is tolerated.
    #[error(
        "row {} of `{}`, `{}`: {} ({count} such rows); correct or remove them, or do without --strict",
        first.row, path.display(), first.text, first.reason
    )]
    Strict {
        /// The file.
        path: PathBuf,
        /// The first bad row.
        first: BadRow,
        /// Number of bad rows.
        count: usize,
    },
    /// No row can be used.
    #[error(
        "none of the {rows} rows of `{}` can be used: row {}, `{}`: {}; \
         give valid SMILES, and check --column if this is another column",
        path.display(), first.row, first.text, first.reason
    )]
    NothingKept {
        /// The file.
        path: PathBuf,
        /// Number of rows.
        rows: usize,
        /// The first row, and why it cannot be used.
        first: BadRow,
    },
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

crate::error::becomes!(Input: CorpusError);
