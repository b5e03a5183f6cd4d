//! The rows of a file of molecules, one after the other: .csv, .tsv, .smi, .txt, each also
//! compressed (.gz), and standard input.
//!
//! Holds one row at a time, so a file of any size takes little memory. Finds the rows and the text
//! of each; does not know what a valid molecule is.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::lines::{self, Counted, Growing};
use super::{BadRow, CorpusError};
use crate::tokenizer::tokenize;

/// Longest text of a molecule, in bytes; longer rows cannot be used.
const LONGEST: usize = crate::chem::MAX_LENGTH;

/// Longest line that is kept, in bytes; what follows on it is passed over.
const LONGEST_LINE: usize = 1 << 20;

/// Longest row of a table that is kept, in bytes; a longer one has a quote that is never closed.
const LONGEST_ROW: usize = 4 << 20;

/// Name of the column that holds molecules, in any case, unless another is chosen.
const COLUMN: &str = "smiles";

/// Bytes that are read at once, and that the kind of a file is recognized by.
const BUFFER: usize = 1 << 16;

/// How to read a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// The column of a table that holds the molecules, by name in any case; without it, `smiles`.
    pub column: Option<String>,
}

/// One row of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Line of the file on which the row begins, from 1; a header is a line.
    pub line: usize,
    /// What it holds.
    pub content: Content,
}

/// What a row holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text that may be a molecule, without surrounding white space.
    Text(String),
    /// Nothing but white space.
    Blank,
    /// Something that can be no molecule.
    Unusable {
        /// What is there.
        text: String,
        /// The reason, one clause without full stop.
        reason: String,
    },
}

impl Content {
    fn of(value: &[u8]) -> Self {
        match std::str::from_utf8(value.trim_ascii()) {
            Ok("") => Self::Blank,
            Ok(text) if text.len() > LONGEST => Self::Unusable {
                reason: format!("{} bytes, more than {LONGEST}", text.len()),
                text: text.to_owned(),
            },
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Unusable {
                text: String::from_utf8_lossy(value).trim().to_owned(),
                reason: "not UTF-8 text".to_owned(),
            },
        }
    }

    fn unusable(reason: impl Into<String>) -> Self {
        Self::Unusable {
            text: String::new(),
            reason: reason.into(),
        }
    }
}

/// What the rows of a file look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Cells between this delimiter, with a header or a single column.
    Table(u8),
    /// SMILES, then perhaps white space and a name.
    Smi,
    /// One SMILES a line.
    Lines,
}

/// What molecules are read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The data of a model: blank lines mean nothing.
    Training,
    /// What a model made: a blank line is no molecule, and counts as one that is not.
    Judging,
}

/// The rows of an open file, in order.
pub struct Rows {
    path: PathBuf,
    form: Form,
    size: Option<u64>,
    read: Arc<AtomicU64>,
    failed: bool,
}

enum Form {
    Lines(Lines),
    Table(Box<Table>),
}

impl Rows {
    /// Opens a file; `-` is standard input, as .csv if its first line names a `smiles` column (or
    /// the chosen one) or has a comma, else as .smi.
    ///
    /// Takes any line ending, a byte order mark, blank lines, further columns, and a header or
    /// none. What begins as gzip does is decompressed, whatever its name.
    ///
    /// # Errors
    /// [`CorpusError`] if the file cannot be opened, is of no known kind, or is not what its name
    /// says. Each row may be an error too: the file cannot be read on, is not text, has no column
    /// of the name, changes its columns, or has a quote that is never closed.
    pub fn open(path: &Path, options: &ReadOptions) -> Result<Self, CorpusError> {
        Self::open_as(path, options, Purpose::Training)
    }

    /// Opens a file of generated molecules, of any name, of which every row counts: without a comma
    /// in its first line (a tab in .tsv) it has one molecule a line, perhaps in quotes or with a
    /// name after it, and a blank line is a row.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_generated(path: &Path, options: &ReadOptions) -> Result<Self, CorpusError> {
        Self::open_as(path, options, Purpose::Judging)
    }

    fn open_as(path: &Path, options: &ReadOptions, purpose: Purpose) -> Result<Self, CorpusError> {
        if path == Path::new("-") {
            return Self::of(path, Box::new(io::stdin()), options, purpose);
        }
        if purpose == Purpose::Training && kind_by_name(path).is_none() {
            return Err(CorpusError::UnknownKind {
                path: path.to_owned(),
            });
        }
        let open = || {
            let file = File::open(path)?;
            let size = file.metadata()?.len();
            Ok((file, size))
        };
        let (file, size) = open().map_err(|source| failed(path, source))?;
        let mut rows = Self::of(path, Box::new(file), options, purpose)?;
        rows.size = Some(size);
        Ok(rows)
    }

    /// The rows of a stream that is called `path`.
    pub(crate) fn of(
        path: &Path,
        stream: Box<dyn Read>,
        options: &ReadOptions,
        purpose: Purpose,
    ) -> Result<Self, CorpusError> {
        let (counted, read) = Counted::new(stream);
        let mut reader: Box<dyn BufRead> = Box::new(BufReader::with_capacity(BUFFER, counted));
        let by_name = kind_by_name(path);
        let start = reader.fill_buf().map_err(|source| failed(path, source))?;
        let is_gzip = start.starts_with(&[0x1f, 0x8b]);
        if !is_gzip && !start.is_empty() && by_name.is_some_and(|(_, compressed)| compressed) {
            return Err(other(
                path,
                "is not gzip, as its name says",
                "remove .gz from its name",
            ));
        }
        if is_gzip {
            let plain = Growing::new(reader);
            reader = Box::new(BufReader::with_capacity(BUFFER, plain));
        }
        let start = peek(&mut reader).map_err(|source| failed(path, source))?;
        refuse_other_kinds(path, start)?;
        let mark = start.starts_with(b"\xef\xbb\xbf");
        let start = if mark { &start[3..] } else { start };
        let kind = match by_name {
            _ if purpose == Purpose::Judging => generated_kind(path, start),
            Some((kind, _)) => {
                refuse_other_tables(path, start, kind, options)?;
                kind
            }
            None => kind_by_content(start, options),
        };
        let is_column = purpose == Purpose::Judging
            && same_name(first_line(start).trim_matches('"'), wanted(options));
        if mark {
            reader.consume(3);
        }
        let form = match kind {
            Kind::Table(delimiter) => {
                Form::Table(Box::new(Table::new(reader, delimiter, options.clone())))
            }
            Kind::Smi | Kind::Lines if options.column.is_some() && !is_column => {
                return Err(CorpusError::ColumnWithoutTable {
                    path: path.to_owned(),
                });
            }
            Kind::Smi | Kind::Lines => Form::Lines(Lines {
                source: lines::Lines::new(reader, LONGEST_LINE),
                names_follow: kind == Kind::Smi,
                quotes: purpose == Purpose::Judging,
                header: Some(wanted(options).to_owned()),
            }),
        };
        Ok(Self {
            path: path.to_owned(),
            form,
            size: None,
            read,
            failed: false,
        })
    }

    /// Bytes of the file, where that is known.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Bytes of the file that are read so far.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

impl Iterator for Rows {
    type Item = Result<Row, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let row = match &mut self.form {
            Form::Lines(lines) => lines.next(&self.path),
            Form::Table(table) => table.next(&self.path),
        };
        self.failed = row.is_err();
        row.transpose()
    }
}

fn failed(path: &Path, source: io::Error) -> CorpusError {
    CorpusError::Read {
        path: path.to_owned(),
        source,
    }
}

fn other(path: &Path, found: &'static str, remedy: &'static str) -> CorpusError {
    CorpusError::OtherContent {
        path: path.to_owned(),
        found,
        remedy,
    }
}

/// What comes next, without taking it; empty at the end only.
fn peek(reader: &mut Box<dyn BufRead>) -> io::Result<&[u8]> {
    reader.fill_buf()
}

/// The kind that a file name stands for, and whether the file is compressed.
fn kind_by_name(path: &Path) -> Option<(Kind, bool)> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let (name, compressed) = match name.strip_suffix(".gz") {
        Some(name) => (name, true),
        None => (name.as_str(), false),
    };
    let kind = match name.rsplit_once('.')?.1 {
        "csv" => Kind::Table(b','),
        "tsv" => Kind::Table(b'\t'),
        "smi" | "smiles" => Kind::Smi,
        "txt" => Kind::Lines,
        _ => return None,
    };
    Some((kind, compressed))
}

/// Refuses files that begin as other kinds do, by name.
fn refuse_other_kinds(path: &Path, start: &[u8]) -> Result<(), CorpusError> {
    let beginnings: [(&[u8], &str, &str); 9] = [
        (
            b"PK\x03\x04",
            "is a zip archive, or a workbook",
            "unpack it, or export the workbook as .csv",
        ),
        (b"PAR1", "is a Parquet file", "export it as .csv"),
        (b"SQLite format 3", "is a database", "export it as .csv"),
        (
            b"BZh",
            "is compressed by bzip2",
            "decompress it, or use gzip",
        ),
        (
            b"\xfd7zXZ",
            "is compressed by xz",
            "decompress it, or use gzip",
        ),
        (
            b"\x28\xb5\x2f\xfd",
            "is compressed by zstd",
            "decompress it, or use gzip",
        ),
        (b"\xff\xfe", "is UTF-16 text", "save it as UTF-8"),
        (b"\xfe\xff", "is UTF-16 text", "save it as UTF-8"),
        (b"%PDF", "is a PDF file", "give a table or one SMILES a row"),
    ];
    for (beginning, found, remedy) in beginnings {
        if start.starts_with(beginning) {
            return Err(other(path, found, remedy));
        }
    }
    let start = start.trim_ascii_start();
    let begins = |text: &str| {
        start
            .get(..text.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(text.as_bytes()))
    };
    if begins("<!doctype") || begins("<html") || begins("<?xml") {
        return Err(other(
            path,
            "is a web page or XML",
            "download the data itself",
        ));
    }
    Ok(())
}

/// Refuses a table whose name says another separator, or none.
fn refuse_other_tables(
    path: &Path,
    start: &[u8],
    kind: Kind,
    options: &ReadOptions,
) -> Result<(), CorpusError> {
    let first = first_line(start);
    let wanted = wanted(options);
    let cells = |delimiter: char| {
        let cells: Vec<&str> = first.split(delimiter).collect();
        let names = |cell: &&str| same_name(cell.trim_matches('"'), wanted);
        cells.len() > 1 && cells.iter().any(names)
    };
    let (commas, tabs) = (cells(','), cells('\t'));
    match kind {
        Kind::Table(b',') if tabs && !commas => {
            Err(other(path, "is a table separated by tabs", "name it .tsv"))
        }
        Kind::Table(b'\t') if commas && !tabs => Err(other(
            path,
            "is a table separated by commas",
            "name it .csv",
        )),
        Kind::Smi | Kind::Lines if commas => Err(other(
            path,
            "is a table separated by commas",
            "name it .csv",
        )),
        _ => Ok(()),
    }
}

fn first_line(start: &[u8]) -> String {
    let lines = start.split(|&byte| byte == b'\n');
    let first = lines.map(<[u8]>::trim_ascii).find(|line| !line.is_empty());
    String::from_utf8_lossy(first.unwrap_or_default()).into_owned()
}

/// The kind of a text without a name, from its first line that is not blank.
fn kind_by_content(start: &[u8], options: &ReadOptions) -> Kind {
    let first = first_line(start);
    let wanted = wanted(options);
    let names = |delimiter: char| {
        first
            .split(delimiter)
            .any(|cell| same_name(cell.trim_matches('"'), wanted))
    };
    if names('\t') && first.contains('\t') {
        Kind::Table(b'\t')
    } else if names(',') || first.contains(',') {
        Kind::Table(b',')
    } else {
        Kind::Smi
    }
}

/// The kind of a file of generated molecules.
fn generated_kind(path: &Path, start: &[u8]) -> Kind {
    let tabs = matches!(kind_by_name(path), Some((Kind::Table(b'\t'), _)));
    let delimiter = if tabs { b'\t' } else { b',' };
    if first_line(start).as_bytes().contains(&delimiter) {
        Kind::Table(delimiter)
    } else {
        Kind::Smi
    }
}

fn wanted(options: &ReadOptions) -> &str {
    options.column.as_deref().unwrap_or(COLUMN)
}

fn same_name(cell: &str, wanted: &str) -> bool {
    cell.trim().eq_ignore_ascii_case(wanted.trim())
}

fn binary(path: &Path, row: usize) -> CorpusError {
    CorpusError::Binary {
        path: path.to_owned(),
        row,
    }
}

/// One molecule a line.
struct Lines {
    source: lines::Lines<'static>,
    names_follow: bool,
    /// Whether a line may stand in quotes.
    quotes: bool,
    /// What a header would be, until it may no longer come.
    header: Option<String>,
}

impl Lines {
    fn next(&mut self, path: &Path) -> Result<Option<Row>, CorpusError> {
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
            if self.names_follow {
                let end = value.iter().position(u8::is_ascii_whitespace);
                value = &value[..end.unwrap_or(value.len())];
            }
            let content = Content::of(value);
            // The name of a column is no molecule: it can only be a header.
            if content != Content::Blank
                && let Some(header) = self.header.take()
                && value.eq_ignore_ascii_case(header.trim().as_bytes())
            {
                continue;
            }
            return Ok(Some(Row {
                line: line.row,
                content,
            }));
        }
    }
}

/// One molecule a row of a table.
struct Table {
    reader: csv::Reader<Kept>,
    options: ReadOptions,
    place: Place,
    cells: csv::ByteRecord,
    header: Option<Header>,
}

/// What the first row of a table says.
struct Header {
    /// The column with the molecules.
    column: usize,
    /// Its name, if the first row is a header.
    name: Option<Vec<u8>>,
    /// Cells of the first row.
    width: usize,
}

impl Table {
    fn new(reader: Box<dyn BufRead>, delimiter: u8, options: ReadOptions) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(BUFFER)
            .from_reader(Kept {
                inner: reader,
                bytes: Vec::new(),
                taken: 0,
            });
        Self {
            reader,
            options,
            place: Place::default(),
            cells: csv::ByteRecord::new(),
            header: None,
        }
    }

    fn next(&mut self, path: &Path) -> Result<Option<Row>, CorpusError> {
        loop {
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
            let line = self.place.row;
            if self.place.open_quote {
                return Err(CorpusError::OpenQuote {
                    path: path.to_owned(),
                    row: line,
                });
            }
            if self.cells.iter().all(|cell| cell.trim_ascii().is_empty()) {
                let content = Content::Blank;
                return Ok(Some(Row { line, content }));
            }
            let Some(header) = &self.header else {
                let header = find_column(&self.cells, &self.options, path)?;
                let column = header.column;
                let is_header = header.name.is_some();
                self.header = Some(header);
                if is_header {
                    continue;
                }
                let content = Content::of(&self.cells[column]);
                return Ok(Some(Row { line, content }));
            };
            let content = header.content(&self.cells, path, line)?;
            let Some(content) = content else { continue };
            return Ok(Some(Row { line, content }));
        }
    }
}

impl Header {
    /// What a row after the first holds; nothing if it is the header again.
    fn content(
        &self,
        cells: &csv::ByteRecord,
        path: &Path,
        line: usize,
    ) -> Result<Option<Content>, CorpusError> {
        if let Some(name) = &self.name {
            let names = |cell: &[u8]| cell.trim_ascii().eq_ignore_ascii_case(name);
            match cells.iter().position(names) {
                Some(column) if column == self.column => return Ok(None),
                Some(column) => {
                    return Err(CorpusError::ColumnsChange {
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
        } else if cell.trim_ascii().is_empty() {
            Content::unusable("the cell is empty")
        } else {
            Content::of(cell)
        }))
    }
}

/// The column with the molecules, from the first row.
fn find_column(
    first: &csv::ByteRecord,
    options: &ReadOptions,
    path: &Path,
) -> Result<Header, CorpusError> {
    let wanted = wanted(options);
    let names: Vec<String> = first
        .iter()
        .map(|cell| String::from_utf8_lossy(cell).trim().to_owned())
        .collect();
    let width = names.len();
    if let Some(column) = names.iter().position(|name| same_name(name, wanted)) {
        let name = Some(wanted.trim().as_bytes().to_vec());
        return Ok(Header {
            column,
            name,
            width,
        });
    }
    match names.as_slice() {
        [only] if options.column.is_none() && tokenize(only).is_ok() => Ok(Header {
            column: 0,
            name: None,
            width,
        }),
        _ => Err(CorpusError::NoColumn {
            path: path.to_owned(),
            wanted: wanted.to_owned(),
            found: names
                .iter()
                .map(|name| BadRow::new(1, name, "").text)
                .collect(),
        }),
    }
}

/// Keeps the bytes that go through it until they are taken.
struct Kept {
    inner: Box<dyn BufRead>,
    bytes: Vec<u8>,
    /// How many of them are taken.
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

/// Where the reader of a table is. (The csv crate's own line numbers are those before the blank
/// lines and the line feed of a CRLF that it skips.)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(name: &str, bytes: &[u8], expected: &str) {
        let stream = Box::new(io::Cursor::new(bytes.to_vec()));
        let rows = Rows::of(
            Path::new(name),
            stream,
            &ReadOptions::default(),
            Purpose::Training,
        );
        let error = rows
            .and_then(Iterator::collect::<Result<Vec<Row>, _>>)
            .expect_err("an error");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_file_that_is_not_what_its_name_says_is_named_with_the_remedy() {
        check_refused(
            "a.csv",
            b"PK\x03\x04xl/workbook",
            "`a.csv` is a zip archive, or a workbook: unpack it, or export the workbook as .csv",
        );
        check_refused(
            "a.csv.gz",
            b"smiles\nCC\n",
            "`a.csv.gz` is not gzip, as its name says: remove .gz from its name",
        );
        check_refused(
            "a.csv",
            b"id\tsmiles\n1\tCC\n",
            "`a.csv` is a table separated by tabs: name it .tsv",
        );
        check_refused(
            "a.smi",
            b"smiles,id\nCC,1\n",
            "`a.smi` is a table separated by commas: name it .csv",
        );
        check_refused(
            "a.csv",
            b"\n<!DOCTYPE html><html>Not found</html>",
            "`a.csv` is a web page or XML: download the data itself",
        );
        check_refused(
            "a.csv",
            b"\xff\xfes\0m\0",
            "`a.csv` is UTF-16 text: save it as UTF-8",
        );
    }

    #[test]
    fn columns_that_change_half_way_are_named() {
        check_refused(
            "a.csv",
            b"smiles,id\nCC,1\nid,smiles\n2,CO\n",
            "the columns of `a.csv` change at line 3: `smiles` was column 1 and is column 2 from \
             there on; split the file there",
        );
    }

    #[test]
    fn large_tables_are_read_in_place() {
        let mut text = b"smiles,note\n".to_vec();
        for number in 0..50_000 {
            text.extend(format!("C,\"note {number}\"\r\n").bytes());
        }
        let stream = Box::new(io::Cursor::new(text.clone()));
        let rows = Rows::of(
            Path::new("a.csv"),
            stream,
            &ReadOptions::default(),
            Purpose::Training,
        )
        .expect("rows");
        let rows: Vec<Row> = rows.map(|row| row.expect("a row")).collect();
        assert_eq!(rows.len(), 50_000);
        let numbered = rows.iter().zip(2..);
        assert!(numbered.clone().all(|(row, line)| row.line == line));
        assert!(
            numbered
                .clone()
                .all(|(row, _)| row.content == Content::Text("C".into()))
        );
    }
}
