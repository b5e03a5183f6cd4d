//! Whether a flow that answers lines as they stand, such as canonicalizing, has lines before it.

use super::kinds::Kind;
use super::layout::{Cut, Layout};
use super::{Input, ReadOptions, TableError};

/// What an input looks like to a flow that answers lines as they stand.
pub(crate) enum Look {
    /// A table with a header that names the column of the molecules, JSON objects, a Parquet file or
    /// a workbook; of a file also a table by its content, and lines that do not begin with the
    /// molecules.
    Table,
    /// Lines, each with a molecule first. The error to end with where none of them was one.
    Lines(Option<TableError>),
}

impl Look {
    /// Looks at the beginning.
    ///
    /// # Errors
    /// As [`Rows::open`], but for streams: whatever they hold are lines.
    pub(crate) fn at(input: &Input, options: &ReadOptions) -> Result<Self, TableError> {
        let lines = Ok(Self::Lines(None));
        match Kind::of(input) {
            Ok(Kind::Text) => {}
            Ok(_) => return Ok(Self::Table),
            Err(_) if input.is_stream() => return lines,
            Err(error) => return Err(error),
        }
        match Layout::of(input, options) {
            Ok(layout) if layout.by_name && layout.cut != Cut::List => Ok(Self::Table),
            Ok(layout) if layout.sep_line => Ok(Self::Table),
            _ if input.is_stream() => lines,
            Ok(layout) if layout.cut == Cut::List && !layout.by_name && layout.column == 0 => {
                let path = input.name().to_owned();
                let none = layout
                    .doubt
                    .map(|doubt| TableError::NoMolecule { path, doubt });
                Ok(Self::Lines(none))
            }
            Ok(_) => Ok(Self::Table),
            Err(error) => Err(error),
        }
    }
}
