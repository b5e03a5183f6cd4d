//! The reason for which a file gives no data set.

use std::path::PathBuf;

use crate::chem::UnknownProperty;
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
    /// A text where a number is asked for.
    #[error("`{0}` is a text: name a property or a column of numbers")]
    NoNumber(&'static str),
    /// Neither a property nor a column.
    #[error(
        "`{name}` is neither a property nor a column of `{}`: {}{}", path.display(),
        columns_there(columns),
        properties.as_ref().map_or(String::new(), |unknown| format!("; {unknown}"))
    )]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
        /// The columns beside that of the molecules.
        columns: Vec<String>,
        /// The properties with names like this.
        properties: Option<UnknownProperty>,
    },
    /// A cell without a number in a column of which numbers are wanted.
    #[error(
        "row {} of `{}`, column `{column}`: `{}` is not a number: correct the cell, empty it where there is no \
         value, or name a column of numbers", row.row, path.display(), row.text
    )]
    NotANumber {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// The row, with the text of the cell.
        row: Box<BadRow>,
    },
    /// A text that is not a property with its value.
    #[error("`{text}`: write a property and its value: `log_p=2.5`")]
    NoWish {
        /// The text.
        text: String,
    },
    /// A table of wishes that cannot be read.
    #[error("cannot read the wishes in `{}`: {reason}", path.display())]
    Wishes {
        /// The file.
        path: PathBuf,
        /// The fault.
        reason: String,
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

fn columns_there(columns: &[String]) -> String {
    if columns.is_empty() {
        return "there is no column beside that of the molecules".to_owned();
    }
    let names: Vec<String> = columns.iter().map(|name| format!("`{name}`")).collect();
    format!(
        "beside that of the molecules there are {}",
        names.join(", ")
    )
}

crate::error::becomes!(Input: CorpusError);
