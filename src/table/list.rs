//! Lists of molecules: one SMILES a line, perhaps with a name after it.

use std::path::Path;

use super::input::failed;
use super::lines::Lines;
use super::row::{Content, LONGEST_LINE, ReadOptions, Row, binary};
use super::{Column, Input, Kind, TableError, Value};

/// The lines of a list.
pub(super) struct List {
    source: Lines<'static>,
    names_follow: bool,
    /// Whether a line may stand in quotes.
    quotes: bool,
    /// The text of a header, as long as one may come.
    header: Option<String>,
    /// The names, if they are kept and there are some.
    columns: Vec<Column>,
}

impl List {
    pub(super) fn new(input: Input, options: &ReadOptions, names_follow: bool) -> Self {
        let has_names = || {
            let mut lines = input.start().split(|&byte| byte == b'\n');
            lines.any(|line| !parts(line.trim_ascii()).1.is_empty())
        };
        let columns = if options.keep_cells && names_follow && has_names() {
            vec![Column::new("name", Kind::Text)]
        } else {
            Vec::new()
        };
        Self {
            source: Lines::new(input.into_reader(), LONGEST_LINE),
            names_follow,
            quotes: options.generated,
            header: Some(options.wanted().to_owned()),
            columns,
        }
    }

    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(super) fn next(&mut self, path: &Path) -> Result<Option<Row>, TableError> {
        loop {
            let line = self.source.read().map_err(|source| failed(path, source))?;
            let Some(line) = line else {
                return Ok(None);
            };
            if line.text.contains(&0) {
                return Err(binary(path, line.row));
            }
            let mut value = line.text.trim_ascii();
            if self.quotes {
                value = value.strip_prefix(b"\"").unwrap_or(value);
                value = value.strip_suffix(b"\"").unwrap_or(value).trim_ascii();
            }
            let mut name: &[u8] = b"";
            if self.names_follow {
                (value, name) = parts(value);
            }
            let content = Content::of(value);
            // The name of a column is no molecule: it can only be a header.
            if content != Content::Blank
                && let Some(header) = self.header.take()
                && value.eq_ignore_ascii_case(header.as_bytes())
            {
                continue;
            }
            let cells = self.columns.iter().map(|_| match name {
                b"" => Value::Nothing,
                name => Value::Text(String::from_utf8_lossy(name).into_owned()),
            });
            return Ok(Some(Row {
                line: line.row,
                content,
                cells: cells.collect(),
            }));
        }
    }
}

/// A line without surrounding white space as SMILES and name.
fn parts(line: &[u8]) -> (&[u8], &[u8]) {
    let end = line.iter().position(u8::is_ascii_whitespace);
    let (smiles, name) = line.split_at(end.unwrap_or(line.len()));
    (smiles, name.trim_ascii_start())
}
