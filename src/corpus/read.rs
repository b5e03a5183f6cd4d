//! Reading files of molecules: .csv, .tsv, .smi, .txt, each also compressed (.gz), and stdin.
//!
//! Finds the rows and the text of each; does not know what a valid molecule is.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::{BadRow, CorpusError, EXAMPLES};
use crate::tokenizer::tokenize;

/// Longest text of a molecule, in bytes; longer rows are bad rows.
const LONGEST: usize = crate::chem::MAX_LENGTH;

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
/// A file whose name ends in .gz, or stdin that begins as gzip does, is decompressed.
///
/// # Errors
/// [`CorpusError`] if the file cannot be read, is of no known kind, is not text, has no rows, or
/// has no column of the name.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Records, CorpusError> {
    let failed = |source| CorpusError::Read {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let (kind, compressed) = if path == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes).map_err(failed)?;
        (None, bytes.starts_with(&[0x1f, 0x8b]))
    } else {
        let (kind, compressed) = kind_by_name(path).ok_or_else(|| CorpusError::UnknownKind {
            path: path.to_owned(),
        })?;
        File::open(path)
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(failed)?;
        (Some(kind), compressed)
    };
    if compressed && !bytes.is_empty() {
        let mut text = Vec::new();
        MultiGzDecoder::new(bytes.as_slice())
            .read_to_end(&mut text)
            .map_err(failed)?;
        bytes = text;
    }
    parse(path, &bytes, kind, options)
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

/// The kind of a text without a name, from its first line that is not blank.
fn kind_by_content(text: &[u8], options: &ReadOptions) -> Kind {
    let first = lines(text)
        .map(|(_, line)| line)
        .find(|line| !line.trim_ascii().is_empty());
    let first = String::from_utf8_lossy(first.unwrap_or_default());
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

/// Lines with their numbers from 1, without the line feed.
fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    (1..).zip(text.split(|&byte| byte == b'\n'))
}

fn parse(
    path: &Path,
    bytes: &[u8],
    kind: Option<Kind>,
    options: &ReadOptions,
) -> Result<Records, CorpusError> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Some(place) = text.iter().position(|&byte| byte == 0) {
        let row = 1 + text[..place].iter().filter(|&&byte| byte == b'\n').count();
        return Err(CorpusError::Binary {
            path: path.to_owned(),
            row,
        });
    }
    let mut records = Records {
        path: path.to_owned(),
        ..Records::default()
    };
    match kind.unwrap_or_else(|| kind_by_content(text, options)) {
        Kind::Table(delimiter) => parse_table(text, delimiter, options, &mut records)?,
        Kind::Smi | Kind::Lines if options.column.is_some() => {
            return Err(CorpusError::ColumnWithoutTable {
                path: path.to_owned(),
            });
        }
        Kind::Smi => parse_lines(text, true, &mut records),
        Kind::Lines => parse_lines(text, false, &mut records),
    }
    if records.records.is_empty() && records.skipped_count == 0 {
        return Err(CorpusError::Empty {
            path: path.to_owned(),
        });
    }
    Ok(records)
}

fn parse_lines(text: &[u8], names_follow: bool, records: &mut Records) {
    let mut header_may_come = true;
    for (row, line) in lines(text) {
        let mut value = line.trim_ascii();
        if names_follow {
            let end = value
                .iter()
                .position(u8::is_ascii_whitespace)
                .unwrap_or(value.len());
            value = &value[..end];
        }
        if value.is_empty() {
            continue;
        }
        // `smiles` is no molecule: it can only be a header.
        let header = header_may_come && value.eq_ignore_ascii_case(COLUMN.as_bytes());
        header_may_come = false;
        if !header {
            records.push(row, value);
        }
    }
}

fn parse_table(
    text: &[u8],
    delimiter: u8,
    options: &ReadOptions,
    records: &mut Records,
) -> Result<(), CorpusError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text);
    let mut column = None;
    let mut cells = csv::ByteRecord::new();
    loop {
        let more = reader
            .read_byte_record(&mut cells)
            .map_err(|error| CorpusError::Read {
                path: records.path.clone(),
                source: error.into(),
            })?;
        if !more {
            return Ok(());
        }
        if cells.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        let row = cells
            .position()
            .map_or(0, |position| position.line() as usize);
        let index = match column {
            Some(index) => index,
            None => {
                let (index, header) = find_column(&cells, options, &records.path)?;
                column = Some(index);
                if header {
                    continue;
                }
                index
            }
        };
        match cells.get(index) {
            Some(cell) if !cell.trim_ascii().is_empty() => records.push(row, cell),
            Some(_) => records.skip(row, "", "the cell is empty"),
            None => records.skip(row, "", &format!("the row has no column {}", index + 1)),
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
        let kind = kind_by_name(Path::new(name)).map(|(kind, _)| kind);
        parse(Path::new(name), bytes, kind, &options)
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
