//! Errors of reading and writing tables.

use std::path::PathBuf;

use super::ReadOptions;

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
    /// The file is not text.
    #[error(
        "`{}` is not a text file: line {row} holds a NUL byte; \
         give a table or one SMILES a row (.csv, .tsv, .smi, .jsonl, each also compressed by gzip, \
         .xlsx or .parquet)", path.display()
    )]
    Binary {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        row: usize,
    },
    /// A table whose molecules cannot be found.
    #[error(
        "`{}` has no column `{wanted}`{}, only {}{}{}: choose one with setting `column`",
        path.display(), if hint.is_some() || wanted != ReadOptions::COLUMN { "" }
        else { " and none that looks like SMILES" },
        quoted(found), and_more(*more), hint.as_deref().map_or(String::new(), |hint| format!(" ({hint})"))
    )]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The name that was looked for.
        wanted: String,
        /// The first names in the file's first row.
        found: Vec<String>,
        /// Number of further names.
        more: usize,
        /// What one of the columns holds instead.
        hint: Option<String>,
    },
    /// A table with several columns of the name.
    #[error(
        "`{}` has {} columns `{name}`, number {}: choose one by its number with setting `column`",
        path.display(), places.len(), numbers(places)
    )]
    TwoColumns {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
        /// Their places, from 1.
        places: Vec<usize>,
    },
    /// A table with several columns that look like SMILES.
    #[error(
        "`{}` has {} columns that may hold the SMILES, {}: choose one with setting `column`",
        path.display(), names.len(), names.join(", ")
    )]
    WhichColumn {
        /// The file.
        path: PathBuf,
        /// Their names between backticks; their numbers, from 1, where the table has no header.
        names: Vec<String>,
    },
    /// No row has a molecule, and the file seems to be something else.
    #[error("none of the rows of `{}` is a molecule: {doubt}", path.display())]
    NoMolecule {
        /// The file.
        path: PathBuf,
        /// What it looks like, one clause.
        doubt: String,
    },
    /// The file is not what its name says, or of a kind that is not read.
    #[error("`{}` {found}: {remedy}", path.display())]
    OtherContent {
        /// The file.
        path: PathBuf,
        /// Its kind, in words.
        found: String,
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
    /// A data item of an SD file that its first records have not, where all values are to be kept: in
    /// a stream, of which nothing more is known.
    #[error(
        "the record at line {row} of `{}` has a data item `{item}`, and the first records have not: give \
         the file instead of a stream", path.display()
    )]
    NewItem {
        /// The stream.
        path: PathBuf,
        /// The line on which the record begins, from 1.
        row: usize,
        /// The name of the item.
        item: String,
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
        "`{}` has no columns to choose from by name: it is a list without a header",
        path.display()
    )]
    ColumnWithoutTable {
        /// The file.
        path: PathBuf,
    },
}

fn numbers(places: &[usize]) -> String {
    let numbers: Vec<String> = places.iter().map(usize::to_string).collect();
    numbers.join(" and ")
}

fn and_more(count: usize) -> String {
    match count {
        0 => String::new(),
        count => format!(" and {count} more"),
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

crate::error::becomes!(Input: TableError);
