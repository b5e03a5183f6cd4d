//! Errors of reading and writing tables.

use std::path::PathBuf;

/// The reason for which the rows of a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file cannot be opened or read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason of the operating system or the decompressor.
        source: std::io::Error,
    },
    /// A file whose format is known neither by its name nor by its content.
    #[error(
        "`{}` is of no known kind: name it .csv, .tsv, .smi, .txt or .jsonl, each also with .gz, \
         or .parquet, or give - for standard input", path.display()
    )]
    UnknownKind {
        /// The file.
        path: PathBuf,
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
        "`{}` has no column `{wanted}`, only {}: choose one with setting `column`",
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
    /// The file is not what its name says, or of a kind that is not read.
    #[error("`{}` {found}: {remedy}", path.display())]
    OtherContent {
        /// The file.
        path: PathBuf,
        /// Its kind, in words.
        found: &'static str,
        /// The remedy.
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
    /// A JSON object with a key that those at the beginning of the file have not, where all values
    /// are to be kept.
    #[error(
        "line {row} of `{}` has a `{key}`, and the first lines have not: give every object the \
         same keys, with null where there is no value", path.display()
    )]
    NewKey {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        row: usize,
        /// The key.
        key: String,
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
    #[error(
        "`{}` has no columns to choose from: setting `column` is for .csv and .tsv files",
        path.display()
    )]
    ColumnWithoutTable {
        /// The file.
        path: PathBuf,
    },
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

crate::error::becomes!(Input: TableError);
