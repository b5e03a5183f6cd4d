//! Tables of molecules: cells between separators, as RFC 4180 has them, with a header or without.

use std::io::{self, BufRead, Read};
use std::path::Path;

use memchr::memchr_iter;

use super::input::{BUFFER, failed};
use super::layout::Layout;
use super::lines::LineEnds;
use super::row::{Content, ReadOptions, Row, binary, text_of};
use super::{Column, Input, TableError, Value};

/// Longest row of a table that is kept, in bytes; a longer one has a quote that is never closed.
const LONGEST_ROW: usize = 4 << 20;

/// The rows of a table.
pub(super) struct Separated {
    reader: csv::Reader<Kept>,
    keep_cells: bool,
    place: Place,
    cells: csv::ByteRecord,
    /// Rows before the first of molecules that are left to skip: Excel's line and a header.
    skip: usize,
    columns: Columns,
}

/// The columns by the first row of a table.
struct Columns {
    /// The column with the molecules.
    column: usize,
    /// The cells of a header.
    header: Option<Vec<Vec<u8>>>,
    /// Cells of the first row.
    width: usize,
    /// The other columns, if they are kept.
    others: Vec<Column>,
}

impl Separated {
    pub(super) fn new(input: Input, layout: Layout, separator: u8, options: &ReadOptions) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .buffer_capacity(BUFFER)
            .from_reader(Kept {
                inner: input.into_reader(),
                bytes: Vec::new(),
                taken: 0,
            });
        Self {
            reader,
            keep_cells: options.keep_cells,
            place: Place::default(),
            cells: csv::ByteRecord::new(),
            skip: usize::from(layout.sep_line) + layout.titles + usize::from(layout.header),
            columns: Columns::new(layout, options.keep_cells),
        }
    }

    /// The columns beside that of the molecules.
    pub(super) fn columns(&self) -> &[Column] {
        &self.columns.others
    }

    pub(super) fn next(&mut self, path: &Path) -> Result<Option<Row>, TableError> {
        loop {
            let Some(line) = self.advance(path)? else {
                return Ok(None);
            };
            let content = if self.is_blank() {
                Content::Blank
            } else if self.skip > 0 {
                self.skip -= 1;
                continue;
            } else {
                match self.columns.content(&self.cells, path, line)? {
                    Some(content) => content,
                    None => continue,
                }
            };
            let cells = if self.keep_cells {
                self.columns.values(&self.cells)
            } else {
                Vec::new()
            };
            return Ok(Some(Row {
                line,
                content,
                cells,
            }));
        }
    }

    /// Reads the next row into `cells`; returns its line.
    fn advance(&mut self, path: &Path) -> Result<Option<usize>, TableError> {
        let more = self
            .reader
            .read_byte_record(&mut self.cells)
            .map_err(|error| failed(path, error.into()))?;
        if !more {
            return Ok(None);
        }
        let end = self.reader.position().byte() as usize;
        let span = self.reader.get_mut().take(end - self.place.byte);
        if let Some(at) = span.iter().position(|&byte| byte == 0) {
            self.place.ends.pass(&span[..=at]);
            return Err(binary(path, self.place.ends.before_text() + 1));
        }
        self.place.advance(span);
        if self.place.open_quote {
            return Err(TableError::OpenQuote {
                path: path.to_owned(),
                row: self.place.row,
            });
        }
        Ok(Some(self.place.row))
    }

    fn is_blank(&self) -> bool {
        let mut cells = self.cells.iter();
        cells.all(|cell| cell.trim_ascii().is_empty())
    }
}

impl Columns {
    fn new(layout: Layout, keep_cells: bool) -> Self {
        let Layout {
            first,
            column,
            header,
            ..
        } = layout;
        let others = if keep_cells {
            other_columns(&first, column, header)
        } else {
            Vec::new()
        };
        Self {
            column,
            width: first.len(),
            others,
            header: header.then(|| first.into_iter().map(String::into_bytes).collect()),
        }
    }

    /// The content of a row; nothing if it is the header again.
    fn content(
        &self,
        cells: &csv::ByteRecord,
        path: &Path,
        line: usize,
    ) -> Result<Option<Content>, TableError> {
        if let Some(header) = &self.header
            && let Some(name) = header.get(self.column)
            && cells.iter().any(|cell| is_name(cell, name))
        {
            let is_same = cells.len() == header.len()
                && cells
                    .iter()
                    .zip(header)
                    .all(|(cell, name)| is_name(cell, name));
            if is_same {
                return Ok(None);
            }
            // A name like `0` or `mol` may well stand elsewhere.
            let tells = name.to_ascii_lowercase();
            let tells = tells.windows(6).any(|part| part == b"smiles");
            if let Some(after) = cells.iter().position(|cell| is_name(cell, name))
                && tells
            {
                if after == self.column {
                    return Ok(None);
                }
                return Err(TableError::ColumnsChange {
                    path: path.to_owned(),
                    row: line,
                    name: String::from_utf8_lossy(name).into_owned(),
                    before: self.column + 1,
                    after: after + 1,
                });
            }
        }
        let filled = cells.iter().rposition(|cell| !cell.trim_ascii().is_empty());
        let filled = filled.map_or(0, |last| last + 1);
        let Some(cell) = cells.get(self.column) else {
            let column = self.column + 1;
            return Ok(Some(Content::unusable(format!(
                "the row has no column {column}"
            ))));
        };
        Ok(Some(if filled > self.width {
            let reason = format!("the row has {filled} cells, the first row {}", self.width);
            Content::Unusable {
                text: String::from_utf8_lossy(cell).trim().to_owned(),
                reason,
            }
        } else {
            Content::of_cell(cell)
        }))
    }

    /// The values of the other columns.
    fn values(&self, cells: &csv::ByteRecord) -> Vec<Value> {
        let others = (0..self.width).filter(|place| *place != self.column);
        let value = |place| match cells.get(place) {
            Some(cell) if !cell.trim_ascii().is_empty() => Value::Text(text_of(cell).into_owned()),
            _ => Value::Nothing,
        };
        others.map(value).collect()
    }
}

/// The columns beside that of the molecules, by the first row.
pub(super) fn other_columns(first: &[String], column: usize, header: bool) -> Vec<Column> {
    let others = first.iter().enumerate();
    let others = others.filter(|(place, _)| *place != column);
    let name = |(place, name): (usize, &String)| match name.trim() {
        // As in a list.
        _ if !header && first.len() == 2 => Column::text("name"),
        name if header && !name.is_empty() => Column::text(name),
        _ => Column::text(format!("column_{}", place + 1)),
    };
    others.map(name).collect()
}

fn is_name(cell: &[u8], name: &[u8]) -> bool {
    cell.trim_ascii().eq_ignore_ascii_case(name)
}

/// Keeps the bytes that go through it until they are taken.
struct Kept {
    inner: Box<dyn BufRead>,
    bytes: Vec<u8>,
    /// Number of them that are taken.
    taken: usize,
}

impl Kept {
    fn take(&mut self, count: usize) -> &[u8] {
        let start = self.taken;
        self.taken = (start + count).min(self.bytes.len());
        &self.bytes[start..self.taken]
    }
}

impl Read for Kept {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes.drain(..self.taken);
        self.taken = 0;
        if self.bytes.len() > LONGEST_ROW {
            let message = format!(
                "a row of more than {LONGEST_ROW} bytes: is a quote never closed, or is this no table?"
            );
            return Err(io::Error::other(message));
        }
        self.bytes.extend_from_slice(&buffer[..read]);
        Ok(read)
    }
}

/// The position of the reader of a table. (The csv crate's own line numbers are those before the
/// blank lines and the line feed of a CRLF that it skips.)
#[derive(Debug, Default)]
struct Place {
    /// Bytes read.
    byte: usize,
    /// Line ends among them.
    ends: LineEnds,
    /// Line on which the last row begins, from 1.
    row: usize,
    /// Whether the last row goes over several lines by a quote that is never closed, and so
    /// swallows the rows after it.
    open_quote: bool,
}

impl Place {
    /// Goes on over the bytes of the next row.
    fn advance(&mut self, span: &[u8]) {
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let blank = span.iter().take_while(|byte| is_end(byte)).count();
        let (blank, row) = span.split_at(blank);
        self.ends.pass(blank);
        self.row = self.ends.before_text() + 1;
        self.ends.pass(row);
        self.byte += span.len();
        let quotes = memchr_iter(b'"', row).count();
        self.open_quote = quotes % 2 == 1 && row.trim_ascii_end().iter().any(is_end);
    }
}
