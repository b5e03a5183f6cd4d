//! Tables and lists of molecules: rows in and rows out, in the same formats.
//!
//! ```text
//! Source (file or stream) -> Input -> Rows -> Row { line, content, cells }
//! Cell, Cell, ... -> Writer -> Target (file or stream)
//! ```
//!
//! Knows formats and where the text of a molecule stands in a row. Asks whether texts are molecules
//! only to find their column; rows are given whatever they hold. Opens files, never standard input or output: those are streams that a face of the
//! program hands in.

mod chunks;
mod column;
mod error;
mod format;
mod generated;
mod input;
mod kinds;
mod layout;
mod lines;
mod list;
mod look;
mod objects;
mod packed;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "parquet")]
mod parquet_rows;
mod places;
mod properties;
mod read;
mod record;
mod records;
mod row;
mod sample;
mod sd_file;
mod separated;
#[cfg(feature = "xlsx")]
mod sheet;
mod sink;
mod value;
mod values;
#[cfg(feature = "xlsx")]
mod workbook;
mod write;

use crate::text::{Excerpt, excerpt};

pub(crate) use chunks::Chunks;
pub use error::TableError;
pub use format::Format;
pub use generated::{CUT, Generated};
pub use input::Input;
pub use lines::{Line, Lines};
pub(crate) use look::Look;
pub use places::{Output, Source, Target};
pub(crate) use properties::{property_cell, property_column, property_values};
pub use read::Rows;
pub(crate) use row::extensions_dropped;
pub use row::{Content, ReadOptions, Row};
pub(crate) use sink::Sink;
pub use value::{Cell, Column, Kind, Value, with_columns_of_file};
pub use write::Writer;

/// A row that cannot be used, with the reason.
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
