//! The reason for which a file gives no data set.

use std::path::PathBuf;

use crate::table::{BadRow, TableError};
use crate::tokenizer::VocabularyError;

/// The reason for which a file gives no data set.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// Its rows cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// More tokens than a vocabulary holds.
    #[error(transparent)]
    Vocabulary(#[from] VocabularyError),
    /// The file has no row.
    #[error("`{}` holds no molecules: give one SMILES a row", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file has more rows than are kept.
    #[error(
        "`{}` has more than {most} rows, all that are kept in memory: give fewer, \
         or let `molgpt train` keep more with setting `max_molecules`", path.display()
    )]
    TooMany {
        /// The file.
        path: PathBuf,
        /// Rows that are kept.
        most: usize,
    },
    /// A row that cannot be used, where none is tolerated.
    #[error(
        "row {} of `{}`, `{}`: {} ({count} such rows); correct or remove them, \
         or do without setting `strict`",
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
        "none of the {rows} rows of `{}` can be used: row {}, `{}`: {}; {}",
        path.display(), first.row, first.text, first.reason,
        doubt.as_deref().unwrap_or(
            "give valid SMILES, and check setting `column` if this is another column"
        )
    )]
    NothingKept {
        /// The file.
        path: PathBuf,
        /// Number of rows.
        rows: usize,
        /// The first row, and why it cannot be used.
        first: Box<BadRow>,
        /// What the file looks like instead, one clause.
        doubt: Option<String>,
    },
}

crate::error::becomes!(Input: CorpusError);
