//! Tables of molecules: cells between commas or tabs, as RFC 4180 has them, with a header or a
//! single column.

use std::io::{self, BufRead, Read};
use std::path::Path;

use super::input::{BUFFER, failed};
use super::row::{Content, ReadOptions, Row, binary, same_name};
use super::{Column, Input, TableError, Value};
use crate::text::excerpt;
use crate::tokenizer::Cutter;

/// Longest row of a table that is kept, in bytes; a longer one has a quote that is never closed.
const LONGEST_ROW: usize = 4 << 20;

/// The rows of a table.
pub(super) struct Separated {
    reader: csv::Reader<Kept>,
    options: ReadOptions,
    place: Place,
    cells: csv::ByteRecord,
    /// The line of a first row that is in `cells` and was not given yet.
    waiting: Option<usize>,
    header: Option<Header>,
}

/// The columns by the first row of a table.
struct Header {
    /// The column with the molecules.
    column: usize,
    /// Its name, if the first row is a header.
    name: Option<Vec<u8>>,
    /// Cells of the first row.
    width: usize,
    /// The other columns, if they are kept.
    others: Vec<Column>,
}

impl Separated {
    pub(super) fn new(input: Input, delimiter: u8, options: &ReadOptions) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(BUFFER)
            .from_reader(Kept {
                inner: input.into_reader(),
                bytes: Vec::new(),
                taken: 0,
            });
        Self {
            reader,
            options: options.clone(),
            place: Place::default(),
            cells: csv::ByteRecord::new(),
            waiting: None,
            header: None,
        }
    }

    /// The columns beside that of the molecules. Blank rows before the header are passed over.
    pub(super) fn columns(&mut self, path: &Path) -> Result<&[Column], TableError> {
        while self.header.is_none()
            && let Some(line) = self.advance(path)?
        {
            if !self.is_blank() && !self.find_header(path)? {
                self.waiting = Some(line);
            }
        }
        Ok(self.header.as_ref().map_or(&[], |header| &header.others))
    }

    pub(super) fn next(&mut self, path: &Path) -> Result<Option<Row>, TableError> {
        loop {
            let waiting = self.waiting.take();
            let Some(line) = (match waiting {
                Some(line) => Some(line),
                None => self.advance(path)?,
            }) else {
                return Ok(None);
            };
            let content = if self.is_blank() {
                Content::Blank
            } else if self.header.is_none() && self.find_header(path)? {
                continue;
            } else if let Some(header) = &self.header {
                match header.content(&self.cells, path, line)? {
                    Some(content) => content,
                    None => continue,
                }
            } else {
                // A header was found above, or that it is a row.
                continue;
            };
            let cells = match &self.header {
                Some(header) if self.options.keep_cells => header.values(&self.cells),
                _ => Vec::new(),
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
            let lines = span[..at].split(|&byte| byte == b'\n').count();
            return Err(binary(path, self.place.feeds + lines));
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

    /// Takes the row in `cells` for the first; returns whether it is a header.
    fn find_header(&mut self, path: &Path) -> Result<bool, TableError> {
        let header = find_column(&self.cells, &self.options, path)?;
        let is_header = header.name.is_some();
        self.header = Some(header);
        Ok(is_header)
    }
}

impl Header {
    /// The content of a row after the first; nothing if it is the header again.
    fn content(
        &self,
        cells: &csv::ByteRecord,
        path: &Path,
        line: usize,
    ) -> Result<Option<Content>, TableError> {
        if let Some(name) = &self.name {
            let names = |cell: &[u8]| cell.trim_ascii().eq_ignore_ascii_case(name);
            match cells.iter().position(names) {
                Some(column) if column == self.column => return Ok(None),
                Some(column) => {
                    return Err(TableError::ColumnsChange {
                        path: path.to_owned(),
                        row: line,
                        name: String::from_utf8_lossy(name).into_owned(),
                        before: self.column + 1,
                        after: column + 1,
                    });
                }
                None => {}
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
            Some(cell) if !cell.trim_ascii().is_empty() => {
                Value::Text(String::from_utf8_lossy(cell).into_owned())
            }
            _ => Value::Nothing,
        };
        others.map(value).collect()
    }
}

/// The column with the molecules, from the first row.
fn find_column(
    first: &csv::ByteRecord,
    options: &ReadOptions,
    path: &Path,
) -> Result<Header, TableError> {
    let wanted = options.wanted();
    let names: Vec<String> = first
        .iter()
        .map(|cell| String::from_utf8_lossy(cell).trim().to_owned())
        .collect();
    let width = names.len();
    if let Some(column) = names.iter().position(|name| same_name(name, wanted)) {
        let name = |(place, name): (usize, String)| match name.as_str() {
            "" => Column::text(format!("column_{}", place + 1)),
            _ => Column::text(name),
        };
        let others = names.into_iter().enumerate();
        let others = others.filter(|(place, _)| options.keep_cells && *place != column);
        return Ok(Header {
            column,
            name: Some(wanted.as_bytes().to_vec()),
            width,
            others: others.map(name).collect(),
        });
    }
    match names.as_slice() {
        [only] if options.column.is_none() && Cutter::Atomwise.pieces(only).is_ok() => Ok(Header {
            column: 0,
            name: None,
            width,
            others: Vec::new(),
        }),
        _ => Err(TableError::NoColumn {
            path: path.to_owned(),
            wanted: wanted.to_owned(),
            found: names.iter().map(|name| excerpt(name, 0).line).collect(),
        }),
    }
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
    /// Line feeds among them.
    feeds: usize,
    /// Line on which the last row begins, from 1.
    row: usize,
    /// Whether the last row goes over several lines by a quote that is never closed, and so
    /// swallows the rows after it.
    open_quote: bool,
}

impl Place {
    /// Goes on over the bytes of the next row.
    fn advance(&mut self, span: &[u8]) {
        let blank = span
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let (blank, row) = span.split_at(blank);
        let count = |text: &[u8], wanted| text.split(|&byte| byte == wanted).count() - 1;
        self.row = self.feeds + count(blank, b'\n') + 1;
        self.feeds += count(span, b'\n');
        self.byte += span.len();
        self.open_quote = count(row, b'"') % 2 == 1 && row.trim_ascii_end().contains(&b'\n');
    }
}
