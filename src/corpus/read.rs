//! Reading files of molecules: .csv, .tsv, .smi, .txt, each also compressed (.gz), and stdin.
//!
//! Finds the rows and the text of each; does not know what a valid molecule is.

use std::io;
use std::path::{Path, PathBuf};

use super::source::Lines;
use super::{BadRow, CorpusError, EXAMPLES};
use crate::tokenizer::tokenize;

/// Longest text of a molecule, in bytes; longer rows are bad rows.
const LONGEST: usize = crate::chem::MAX_LENGTH;

/// Bytes of a line, or of a row of a table, that are read; longer ones are bad rows.
pub const LONGEST_LINE: usize = 1 << 20;

/// Name of the column that holds molecules, in any case, unless another is chosen.
const COLUMN: &str = "smiles";

/// The text of one molecule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Line of the file on which the row begins, from 1; a header is a line.
    pub row: usize,
    /// The text as given, without surrounding white space.
    pub smiles: String,
}

/// How to read a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// The column of a table that holds the molecules, by name in any case; without it, `smiles`.
    pub column: Option<String>,
}

/// The rows of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// The file, for messages.
    pub path: PathBuf,
    /// Rows with a text that may be a molecule, in file order.
    pub records: Vec<Record>,
    /// The first [`EXAMPLES`] rows without such a text.
    pub skipped: Vec<BadRow>,
    /// Number of rows without such a text.
    pub skipped_count: usize,
}

impl Records {
    fn skip(&mut self, row: usize, text: &str, reason: &str) {
        self.skipped_count += 1;
        if self.skipped.len() < EXAMPLES {
            self.skipped.push(BadRow::new(row, text, reason));
        }
    }

    /// Takes one value: nothing if blank, a record, or a bad row.
    fn push(&mut self, row: usize, value: &[u8]) {
        match std::str::from_utf8(value.trim_ascii()) {
            Ok("") => {}
            Ok(text) if text.len() > LONGEST => {
                self.skip(
                    row,
                    text,
                    &format!("{} bytes, more than {LONGEST}", text.len()),
                );
            }
            Ok(text) => self.records.push(Record {
                row,
                smiles: text.to_owned(),
            }),
            Err(_) => {
                let text = String::from_utf8_lossy(value);
                self.skip(row, text.trim(), "not UTF-8 text");
            }
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

/// Reads the molecules of a file; `-` is standard input, as .csv if its first line names a
/// `smiles` column (or the chosen one) or has a comma, else as .smi.
///
/// Takes any line ending, a byte order mark, blank lines, further columns, and a header or none.
/// A file whose name ends in .gz, or stdin that begins as gzip does, is decompressed. The file is
/// read line by line: beside the molecules, no more than [`LONGEST_LINE`] bytes of it are kept.
///
/// # Errors
/// [`CorpusError`] if the file cannot be read, is of no known kind, is not text, has no rows, has no
/// column of the name, or has a quote that is never closed.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Records, CorpusError> {
    let kind = if path == Path::new("-") {
        None
    } else {
        let kind = kind_by_name(path).ok_or_else(|| CorpusError::UnknownKind {
            path: path.to_owned(),
        })?;
        Some(kind)
    };
    let lines = Lines::open(path, LONGEST_LINE).map_err(|source| CorpusError::Read {
        path: path.to_owned(),
        source,
    })?;
    parse(path, lines, kind, options)
}

/// Reads the molecules of a text as [`read`] does those of the file `path`, which is only named.
///
/// # Errors
/// As [`read`].
pub fn read_text(path: &Path, text: &[u8], options: &ReadOptions) -> Result<Records, CorpusError> {
    let lines = Lines::new(text, LONGEST_LINE);
    parse(path, lines, kind_by_name(path), options)
}

/// The kind that a file name stands for.
fn kind_by_name(path: &Path) -> Option<Kind> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match name.rsplit_once('.')?.1 {
        "csv" => Some(Kind::Table(b',')),
        "tsv" => Some(Kind::Table(b'\t')),
        "smi" | "smiles" => Some(Kind::Smi),
        "txt" => Some(Kind::Lines),
        _ => None,
    }
}

/// The kind of a text without a name, from its first line that is not blank.
fn kind_by_content(first: &[u8], options: &ReadOptions) -> Kind {
    let first = String::from_utf8_lossy(first);
    let wanted = options.column.as_deref().unwrap_or(COLUMN);
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

fn same_name(cell: &str, wanted: &str) -> bool {
    cell.trim().eq_ignore_ascii_case(wanted.trim())
}

/// The lines of one file on their way to records.
struct Reading<'a> {
    lines: Lines<'a>,
    records: Records,
}

impl Reading<'_> {
    fn failed(&self, source: io::Error) -> CorpusError {
        CorpusError::Read {
            path: self.records.path.clone(),
            source,
        }
    }

    /// Puts the next line of text into `text`, and gives its number; passes over blank lines and,
    /// as bad rows, over-long ones. `inside` is the first line of the row that the line belongs to,
    /// if that began before.
    fn next(
        &mut self,
        text: &mut Vec<u8>,
        inside: Option<usize>,
    ) -> Result<Option<usize>, CorpusError> {
        loop {
            let line = match self.lines.next() {
                Ok(None) => return Ok(None),
                Ok(Some(line)) => line,
                Err(source) => return Err(self.failed(source)),
            };
            if line.text.contains(&0) {
                return Err(CorpusError::Binary {
                    path: self.records.path.clone(),
                    row: line.row,
                });
            }
            if !line.whole {
                if let Some(row) = inside {
                    let path = self.records.path.clone();
                    return Err(CorpusError::OpenQuote { path, row });
                }
                let shown = String::from_utf8_lossy(line.text);
                let reason = format!("a line of more than {LONGEST_LINE} bytes");
                self.records.skip(line.row, &shown, &reason);
                continue;
            }
            if inside.is_none() && line.text.trim_ascii().is_empty() {
                continue;
            }
            text.clear();
            text.extend_from_slice(line.text);
            return Ok(Some(line.row));
        }
    }
}

fn parse(
    path: &Path,
    lines: Lines<'_>,
    kind: Option<Kind>,
    options: &ReadOptions,
) -> Result<Records, CorpusError> {
    let mut reading = Reading {
        lines,
        records: Records {
            path: path.to_owned(),
            ..Records::default()
        },
    };
    let kind = match kind {
        Some(kind) => kind,
        None => loop {
            match reading.lines.peek() {
                Ok(Some(line)) if line.text.trim_ascii().is_empty() => {}
                Ok(line) => break kind_by_content(line.map_or(b"", |line| line.text), options),
                Err(source) => return Err(reading.failed(source)),
            }
            reading.lines.next().map_err(|source| CorpusError::Read {
                path: path.to_owned(),
                source,
            })?;
        },
    };
    match kind {
        Kind::Table(delimiter) => parse_table(&mut reading, delimiter, options)?,
        Kind::Smi | Kind::Lines if options.column.is_some() => {
            return Err(CorpusError::ColumnWithoutTable {
                path: path.to_owned(),
            });
        }
        Kind::Smi => parse_lines(&mut reading, true)?,
        Kind::Lines => parse_lines(&mut reading, false)?,
    }
    let records = reading.records;
    if records.records.is_empty() && records.skipped_count == 0 {
        return Err(CorpusError::Empty {
            path: path.to_owned(),
        });
    }
    Ok(records)
}

fn parse_lines(reading: &mut Reading<'_>, names_follow: bool) -> Result<(), CorpusError> {
    let mut header_may_come = true;
    let mut line = Vec::new();
    while let Some(row) = reading.next(&mut line, None)? {
        let mut value = line.trim_ascii();
        if names_follow {
            let end = value
                .iter()
                .position(u8::is_ascii_whitespace)
                .unwrap_or(value.len());
            value = &value[..end];
        }
        // `smiles` is no molecule: it can only be a header.
        let header = header_may_come && value.eq_ignore_ascii_case(COLUMN.as_bytes());
        header_may_come = false;
        if !header {
            reading.records.push(row, value);
        }
    }
    Ok(())
}

fn parse_table(
    reading: &mut Reading<'_>,
    delimiter: u8,
    options: &ReadOptions,
) -> Result<(), CorpusError> {
    let mut table = Table::new(delimiter);
    let mut column = None;
    while let Some(row) = table.next(reading)? {
        let cells = &table.cells;
        if cells.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        let records = &mut reading.records;
        let Some(index) = column else {
            let (index, header) = find_column(cells, options, &records.path)?;
            column = Some(index);
            if !header {
                records.push(row, &cells[index]);
            }
            continue;
        };
        match cells.get(index) {
            Some(cell) if !cell.trim_ascii().is_empty() => records.push(row, cell),
            Some(_) => records.skip(row, "", "the cell is empty"),
            None => records.skip(row, "", &format!("the row has no column {}", index + 1)),
        }
    }
    Ok(())
}

/// The rows of a table, which a quoted cell may spread over several lines.
struct Table {
    core: csv_core::Reader,
    /// The line that is being cut into cells, with its line feed, and how far it is.
    line: Vec<u8>,
    at: usize,
    /// The line on which the row begins, the lines it has, and the quotes in them.
    row: Option<usize>,
    lines: usize,
    quotes: usize,
    /// The text of the row's cells, and where each ends.
    text: Vec<u8>,
    written: usize,
    ends: Vec<usize>,
    ended: usize,
    /// The cells of the last whole row.
    cells: csv::ByteRecord,
}

impl Table {
    fn new(delimiter: u8) -> Self {
        let core = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        Self {
            core,
            line: Vec::new(),
            at: 0,
            row: None,
            lines: 0,
            quotes: 0,
            text: vec![0; 1024],
            written: 0,
            ends: vec![0; 16],
            ended: 0,
            cells: csv::ByteRecord::new(),
        }
    }

    /// Cuts the next row into `cells` and gives the number of its first line.
    fn next(&mut self, reading: &mut Reading<'_>) -> Result<Option<usize>, CorpusError> {
        loop {
            // What is left of a line after a row is a line feed, or another row after a lone CR.
            let rest = &self.line[self.at..];
            let mut last = false;
            if rest.is_empty() || self.row.is_none() && rest.trim_ascii().is_empty() {
                self.at = 0;
                match reading.next(&mut self.line, self.row)? {
                    Some(row) => {
                        self.line.push(b'\n');
                        self.row.get_or_insert(row);
                        self.lines += 1;
                        self.quotes += self.line.iter().filter(|byte| **byte == b'"').count();
                    }
                    None if self.row.is_none() => return Ok(None),
                    None => {
                        self.line.clear();
                        last = true;
                    }
                }
            } else if self.row.is_none() {
                // The row after a lone CR begins on the same line.
                self.row = Some(reading.lines.row());
                self.lines = 1;
            }
            if let Some(row) = self.cut(last)
                && self.row.take().is_some()
            {
                let open = self.quotes % 2 == 1 && (self.lines > 1 || last);
                (self.lines, self.quotes) = (0, 0);
                if open {
                    let path = reading.records.path.clone();
                    return Err(CorpusError::OpenQuote { path, row });
                }
                return Ok(Some(row));
            }
            if self.written > LONGEST_LINE {
                let row = self.row.unwrap_or(1);
                let path = reading.records.path.clone();
                return Err(CorpusError::OpenQuote { path, row });
            }
        }
    }

    /// Goes on in `line`; the row's number if it ends there. At the `last` there is no more.
    fn cut(&mut self, last: bool) -> Option<usize> {
        loop {
            if self.written == self.text.len() {
                self.text.resize(2 * self.text.len(), 0);
            }
            if self.ended == self.ends.len() {
                self.ends.resize(2 * self.ends.len(), 0);
            }
            let (result, read, written, ended) = self.core.read_record(
                &self.line[self.at..],
                &mut self.text[self.written..],
                &mut self.ends[self.ended..],
            );
            self.at += read;
            self.written += written;
            self.ended += ended;
            match result {
                csv_core::ReadRecordResult::InputEmpty if !last => return None,
                csv_core::ReadRecordResult::InputEmpty
                | csv_core::ReadRecordResult::OutputFull
                | csv_core::ReadRecordResult::OutputEndsFull => {}
                csv_core::ReadRecordResult::Record | csv_core::ReadRecordResult::End => {
                    self.cells.clear();
                    let mut start = 0;
                    for end in &self.ends[..self.ended] {
                        self.cells.push_field(&self.text[start..*end]);
                        start = *end;
                    }
                    (self.written, self.ended) = (0, 0);
                    return self.row;
                }
            }
        }
    }
}

/// The column with the molecules, from the first row, and whether that row is a header.
fn find_column(
    first: &csv::ByteRecord,
    options: &ReadOptions,
    path: &Path,
) -> Result<(usize, bool), CorpusError> {
    let wanted = options.column.as_deref().unwrap_or(COLUMN);
    let names: Vec<String> = first
        .iter()
        .map(|cell| String::from_utf8_lossy(cell).trim().to_owned())
        .collect();
    if let Some(index) = names.iter().position(|name| same_name(name, wanted)) {
        return Ok((index, true));
    }
    match names.as_slice() {
        [only] if options.column.is_none() && tokenize(only).is_ok() => Ok((0, false)),
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn parsed(name: &str, bytes: &[u8], column: Option<&str>) -> Result<Records, CorpusError> {
        let options = ReadOptions {
            column: column.map(str::to_owned),
        };
        read_text(Path::new(name), bytes, &options)
    }

    /// Rows as `line:text`, bad rows as `line!reason`.
    #[track_caller]
    fn check(name: &str, text: &str, expected: &str) {
        check_column(name, text, None, expected);
    }

    #[track_caller]
    fn check_column(name: &str, text: &str, column: Option<&str>, expected: &str) {
        let records = parsed(name, text.as_bytes(), column).expect("records");
        let good = records
            .records
            .iter()
            .map(|record| format!("{}:{}", record.row, record.smiles));
        let bad = records
            .skipped
            .iter()
            .map(|bad| format!("{}!{}", bad.row, bad.reason));
        assert_eq!(good.chain(bad).collect::<Vec<_>>().join(" "), expected);
    }

    #[track_caller]
    fn check_error(name: &str, text: &[u8], column: Option<&str>, expected: &str) {
        let error = parsed(name, text, column).expect_err("an error");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn reads_tables() {
        check("a.csv", "smiles\nCC\nCO\n", "2:CC 3:CO");
        check("a.csv", "SMILES,SPLIT\nCC,train\nCO,train", "2:CC 3:CO");
        check("a.csv", "id,Smiles\r\n1,CC\r\n\r\n2,CO\r\n", "2:CC 4:CO");
        check("a.csv", "\u{feff}smiles\nCC\n", "2:CC");
        check("a.csv", "CC\nCO\n", "1:CC 2:CO");
        check("a.csv", "\"smiles\",name\n\"CC\",\"ethane, gas\"\n", "2:CC");
        check("a.tsv", "name\tsmiles\nethane\tCC\n", "2:CC");
        check("a.csv", "\n\nsmiles\n CC \n,\n", "4:CC");
        check_column("a.csv", "smiles,other\nCC,CO\n", Some("Other"), "2:CO");
        check(
            "a.csv",
            "id,smiles\n1\n2,\n3,C\n",
            "4:C 2!the row has no column 2 3!the cell is empty",
        );
    }

    #[test]
    fn quoted_cells_may_hold_line_breaks() {
        let text = "smiles,note\nCC,\"two\nlines\"\nCO,5\" tube\n\nC,\n";
        check("a.csv", text, "2:CC 4:CO 6:C");
    }

    #[test]
    fn reads_lines() {
        check("a.smi", "CC ethane\nCO\tmethanol\n\nC\n", "1:CC 2:CO 4:C");
        check("a.smi", "SMILES name\nCC ethane\n", "2:CC");
        check("a.txt", "CC\r\n  CO  \r\n", "1:CC 2:CO");
        check("a.txt", "CC ethane\n", "1:CC ethane");
        check("a.SMI.GZ", "C", "1:C");
    }

    #[test]
    fn guesses_standard_input() {
        check("-", "CC ethane\nC\n", "1:CC 2:C");
        check("-", "smiles\nCC\n", "2:CC");
        check("-", "id,smiles\n1,CC\n", "2:CC");
        check("-", "id\tsmiles\n1\tCC\n", "2:CC");
    }

    #[test]
    fn counts_rows_that_cannot_be_used() {
        let long = format!("C\n{}\n", "C".repeat(LONGEST + 1));
        check("a.txt", &long, "1:C 2!4001 bytes, more than 4000");
        let records = parsed("a.txt", b"C\n\xff\xfe\nO\n", None).expect("records");
        assert_eq!((records.records.len(), records.skipped_count), (2, 1));
        assert_eq!(records.skipped[0].reason, "not UTF-8 text");
        let many = b"\xff\n".repeat(EXAMPLES + 5);
        let records = parsed("a.txt", &many, None).expect("records");
        assert_eq!(
            (records.skipped.len(), records.skipped_count),
            (EXAMPLES, EXAMPLES + 5)
        );
    }

    #[test]
    fn refuses_with_the_remedy() {
        check_error(
            "a.csv",
            b"",
            None,
            "`a.csv` holds no molecules: give one SMILES a row",
        );
        check_error(
            "a.csv",
            b"smiles\n",
            None,
            "`a.csv` holds no molecules: give one SMILES a row",
        );
        check_error(
            "a.csv",
            b"id,structure\n1,CC\n",
            None,
            "`a.csv` has no column `smiles`, only `id`, `structure`: choose one with --column",
        );
        check_error(
            "a.csv",
            b"smiles\nCC\n",
            Some("mol"),
            "`a.csv` has no column `mol`, only `smiles`: choose one with --column",
        );
        check_error(
            "a.csv",
            b"smiles,note\r\nCC,\"open\r\nCO,\r\n",
            None,
            "line 2 of `a.csv` opens a quote that is never closed: close it, or double it",
        );
        check_error(
            "a.smi",
            b"CC\n",
            Some("mol"),
            "`a.smi` has no columns to choose from: --column is for .csv and .tsv files",
        );
        check_error(
            "a.txt",
            b"CC\n\0\x01",
            None,
            "`a.txt` is not a text file: line 2 holds a NUL byte; \
             a compressed file must be gzip and its name end in .gz",
        );
    }

    #[test]
    fn reads_compressed_files_and_names_missing_ones() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a.smi.gz");
        let mut packed = Vec::new();
        for part in ["CC ethane\n", "CO\n"] {
            let mut encoder =
                flate2::write::GzEncoder::new(&mut packed, flate2::Compression::default());
            encoder.write_all(part.as_bytes()).expect("written");
            encoder.finish().expect("written");
        }
        std::fs::write(&path, &packed).expect("written");
        let records = read(&path, &ReadOptions::default()).expect("records");
        assert_eq!(records.records.len(), 2);

        std::fs::write(&path, &packed[..packed.len() / 2]).expect("written");
        assert!(matches!(
            read(&path, &ReadOptions::default()),
            Err(CorpusError::Read { .. })
        ));

        let missing = folder.path().join("missing.csv");
        let error = read(&missing, &ReadOptions::default())
            .expect_err("an error")
            .to_string();
        assert!(error.contains("missing.csv"), "{error}");
        let unknown = read(Path::new("a.xlsx"), &ReadOptions::default()).expect_err("an error");
        assert!(
            unknown.to_string().contains("of no known kind"),
            "{unknown}"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            name in prop::sample::select(vec!["a.csv", "a.tsv", "a.smi", "a.txt", "-"]),
        ) {
            let _ = parsed(name, &bytes, None);
        }
    }
}
