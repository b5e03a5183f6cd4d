//! One row of a file of molecules, and the settings by which rows are read.

use std::borrow::Cow;
use std::path::Path;

use super::{TableError, Value};
use crate::chem::SmilesLine;

/// Longest text of a molecule, in bytes; longer rows cannot be used.
const LONGEST: usize = crate::chem::MAX_LENGTH;

/// Longest line that is kept, in bytes; what follows on it is passed over.
pub(super) const LONGEST_LINE: usize = 1 << 20;

/// Settings of reading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// The column that holds the molecules, by name in any case or by number from 1. Without it, the
    /// one that is called `smiles`, else one with `smiles` in its name, else the one whose first rows
    /// look like SMILES.
    pub column: Option<String>,
    /// Keep the values of the other columns; without it, [`Row::cells`] is empty.
    pub keep_cells: bool,
    /// The molecules are generated, so every row counts: a blank line of a list is an invalid
    /// molecule, and a table of one column is a list, perhaps in quotes. Without it, blank lines are
    /// ignored.
    pub generated: bool,
}

impl ReadOptions {
    /// Name of the column that holds molecules, in any case, unless another is chosen.
    pub(super) const COLUMN: &str = "smiles";

    /// The name of the column with the molecules.
    pub(super) fn wanted(&self) -> &str {
        self.column.as_deref().unwrap_or(Self::COLUMN).trim()
    }
}

/// One row of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Line of the file on which the row begins, from 1; a header is a line. In a Parquet file
    /// and a JSON array the number of the row, from 1.
    pub line: usize,
    /// The content of the column of the molecules.
    pub content: Content,
    /// With [`ReadOptions::keep_cells`], one value for each of [`Rows::columns`](super::Rows::columns); else none.
    pub cells: Vec<Value>,
}

/// The content of a row in the column of the molecules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text that may be a molecule, without surrounding white space.
    Text(String),
    /// Nothing but white space, in a row that holds nothing else either.
    Blank,
    /// Something that can be no molecule.
    Unusable {
        /// The text that is there.
        text: String,
        /// The reason, one clause without full stop.
        reason: String,
    },
}

impl Content {
    pub(super) fn of(value: &[u8]) -> Self {
        match std::str::from_utf8(value.trim_ascii()) {
            Ok(text) => Self::of_text(text),
            Err(_) => Self::Unusable {
                text: String::from_utf8_lossy(value).trim().to_owned(),
                reason: "not UTF-8 text".to_owned(),
            },
        }
    }

    /// Of a text without surrounding white space.
    fn of_text(text: &str) -> Self {
        match text {
            "" => Self::Blank,
            text if without_extension(text).len() > LONGEST => Self::Unusable {
                reason: format!(
                    "{} bytes, more than {LONGEST}",
                    without_extension(text).len()
                ),
                text: text.to_owned(),
            },
            text => Self::Text(text.to_owned()),
        }
    }

    /// Of a text in a row that has other columns.
    pub(super) fn of_cell(cell: &[u8]) -> Self {
        match Self::of(cell) {
            Self::Blank => Self::unusable("the cell is empty"),
            content => content,
        }
    }

    pub(super) fn unusable(reason: impl Into<String>) -> Self {
        Self::Unusable {
            text: String::new(),
            reason: reason.into(),
        }
    }

    /// Leaves the plain part of a text in CXSMILES, and returns whether it had an extension. A text whose
    /// extension is broken becomes one that cannot be used.
    pub(super) fn drop_extension(&mut self) -> bool {
        let Self::Text(text) = self else {
            return false;
        };
        if without_extension(text).len() == text.len() {
            return false;
        }
        match SmilesLine::split(text) {
            Ok(line) => {
                let length = line.smiles.len();
                let found = line.extension.is_some();
                if found {
                    text.truncate(length);
                }
                found
            }
            Err(invalid) => {
                *self = Self::Unusable {
                    reason: invalid.to_string(),
                    text: std::mem::take(text),
                };
                false
            }
        }
    }

    /// The text that is there, of whatever kind.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Unusable { text, .. } => text,
            Self::Blank => "",
        }
    }

    /// The text that is there, of whatever kind.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) | Self::Unusable { text, .. } => text,
            Self::Blank => String::new(),
        }
    }
}

/// Whether a cell is the name of the wanted column, in any case.
pub(super) fn same_name(cell: &str, wanted: &str) -> bool {
    cell.trim().eq_ignore_ascii_case(wanted)
}

/// A cell without the extension between bars of CXSMILES, and what follows it.
pub(super) fn without_extension(cell: &str) -> &str {
    match cell.split_once([' ', '\t']) {
        Some((smiles, rest)) if rest.trim_start().starts_with('|') => smiles,
        _ => cell,
    }
}

/// The sentence that tells of rows whose extensions were dropped, if there are any.
pub(crate) fn extensions_dropped(rows: usize) -> Option<String> {
    let of = match rows {
        0 => return None,
        1 => "1 row",
        _ => &format!("{rows} rows"),
    };
    Some(format!(
        "of {of} in CXSMILES the plain SMILES is read, and the extension between bars dropped"
    ))
}

/// The text of a cell beside the molecule: UTF-8, else what programs of Western countries write
/// (Windows-1252, which has Latin-1 in it).
pub(super) fn text_of(cell: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(cell) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            encoding_rs::WINDOWS_1252
                .decode_without_bom_handling(cell)
                .0
        }
    }
}

/// The error of a row with a NUL byte.
pub(super) fn binary(path: &Path, row: usize) -> TableError {
    TableError::Binary {
        path: path.to_owned(),
        row,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cell: &str, dropped: bool, expected: Result<&str, &str>) {
        let mut content = Content::of_cell(cell.as_bytes());
        assert_eq!(content.drop_extension(), dropped, "{cell}");
        match (&content, expected) {
            (Content::Text(text), Ok(expected)) => assert_eq!(text, expected),
            (Content::Unusable { text, reason }, Err(expected)) => {
                assert_eq!((&**text, &**reason), (cell, expected));
            }
            _ => panic!("{cell}: {content:?}"),
        }
    }

    #[test]
    fn of_cxsmiles_the_plain_part_is_left() {
        check("CCO", false, Ok("CCO"));
        check("C[C@H](F)O |&1:1|", true, Ok("C[C@H](F)O"));
        check("CCO |$;;$| ethanol", true, Ok("CCO"));
        // What is no SMILES is judged as it stands.
        check("C( |$|", false, Ok("C( |$|"));
        check("CCO ethanol", false, Ok("CCO ethanol"));
        let broken = Err("this CXSMILES extension is broken");
        check("CCO |$;;", false, broken);
        check("CCO |w:0.1|", false, broken);
        let coordinates = format!("CCO |({}1,2)|", "1.25,2.5,;".repeat(500));
        check(&coordinates, true, Ok("CCO"));
        let long = format!("{} |$$|", "C".repeat(LONGEST + 1));
        check(&long, false, Err("4001 bytes, more than 4000"));
    }
}
