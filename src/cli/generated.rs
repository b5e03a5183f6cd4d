//! The rows of a file of generated SMILES, piece by piece: every row counts, also an empty one,
//! because a blank row is an invalid molecule, and the readers of training data leave those out.

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, bail};

use crate::corpus::Growing;

type Bytes = Box<dyn BufRead>;

/// An open file of generated SMILES.
pub(super) struct Rows {
    name: String,
    source: Source,
    /// Whether no row was given yet.
    empty: bool,
    read: Arc<AtomicU64>,
}

/// A reader that tells how far it is.
struct Counted<R> {
    reader: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

enum Source {
    /// A table with a header; the place of the wanted column.
    Table(Box<csv::Reader<Bytes>>, usize),
    /// One SMILES a line.
    Lines(Bytes),
}

impl Rows {
    /// Opens `path` (`-` is standard input).
    pub(super) fn open(path: &Path, column: Option<&str>) -> anyhow::Result<Self> {
        let (name, bytes): (_, Box<dyn Read>) = if path == Path::new("-") {
            ("standard input".to_owned(), Box::new(std::io::stdin()))
        } else {
            let name = path.display().to_string();
            let file = std::fs::File::open(path).with_context(|| cannot_read(&name))?;
            (name, Box::new(file))
        };
        let is_table = path
            .extension()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("tsv"));
        Self::new(name, bytes, column, is_table)
    }

    fn new(
        name: String,
        bytes: Box<dyn Read>,
        column: Option<&str>,
        tabs: bool,
    ) -> anyhow::Result<Self> {
        let read = Arc::default();
        let counted = Counted {
            reader: bytes,
            read: Arc::clone(&read),
        };
        let mut bytes: Bytes = Box::new(BufReader::new(counted));
        let start = bytes.fill_buf().with_context(|| cannot_read(&name))?;
        if start.starts_with(&[0x1f, 0x8b]) {
            bytes = Box::new(BufReader::new(Growing::new(bytes)));
        }
        let first = next_line(&mut bytes, &name)?.unwrap_or_default();
        let first = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&first);
        let header = String::from_utf8_lossy(first).into_owned();
        let wanted = column.unwrap_or("smiles");
        let is_wanted = |cell: &str| cell.trim().trim_matches('"').eq_ignore_ascii_case(wanted);
        let delimiter = if tabs { '\t' } else { ',' };
        // What was taken is put back.
        let again = |first: &[u8], bytes: Bytes| -> Bytes {
            Box::new(Cursor::new(first.to_vec()).chain(bytes))
        };
        let source = if header.contains(delimiter) {
            let mut reader = csv::ReaderBuilder::new()
                .flexible(true)
                .delimiter(delimiter as u8)
                .from_reader(again(first, bytes));
            let cells = reader.byte_headers()?.clone();
            let cells: Vec<Cow<str>> = cells.iter().map(String::from_utf8_lossy).collect();
            let Some(index) = cells.iter().position(|cell| is_wanted(cell)) else {
                bail!(
                    "cannot use `{name}`: no column `{wanted}`, only {}: choose one with --column",
                    cells.join(", ")
                );
            };
            Source::Table(Box::new(reader), index)
        } else if is_wanted(&header) {
            Source::Lines(bytes)
        } else if column.is_some() {
            bail!(
                "cannot use `{name}`: no column `{wanted}`: leave --column out for one SMILES a line"
            );
        } else {
            Source::Lines(again(first, bytes))
        };
        Ok(Self {
            name,
            source,
            empty: true,
            read,
        })
    }

    /// Bytes read so far, before decompression.
    pub(super) fn position(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// The next rows, at most `count`; none at the end of the file.
    ///
    /// # Errors
    /// Of reading; and that there are no rows at all.
    pub(super) fn next(&mut self, count: usize) -> anyhow::Result<Vec<String>> {
        let name = &self.name;
        let mut rows = Vec::new();
        while rows.len() < count {
            let row = match &mut self.source {
                Source::Table(reader, index) => {
                    let mut cells = csv::ByteRecord::new();
                    let read = reader.read_byte_record(&mut cells);
                    if !read.with_context(|| cannot_finish(name))? {
                        break;
                    }
                    let cell = cells.get(*index).unwrap_or_default();
                    text_of(cell, name)?.trim().to_owned()
                }
                Source::Lines(bytes) => {
                    let Some(line) = next_line(bytes, name)? else {
                        break;
                    };
                    let line = text_of(&line, name)?;
                    // What follows a SMILES after white space is its name.
                    let line = line.trim().trim_matches('"');
                    line.split_whitespace()
                        .next()
                        .unwrap_or_default()
                        .to_owned()
                }
            };
            rows.push(row);
        }
        if self.empty && rows.is_empty() {
            bail!("`{name}` holds no rows: give one SMILES a row");
        }
        self.empty = false;
        Ok(rows)
    }
}

/// A line with its line feed; `None` at the end.
fn next_line(bytes: &mut Bytes, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let read = bytes.read_until(b'\n', &mut line);
    let more = read.with_context(|| cannot_finish(name))? > 0;
    text_of(&line, name)?;
    Ok(more.then_some(line))
}

/// What is not UTF-8 is judged as it is: such a row is no molecule.
fn text_of<'a>(bytes: &'a [u8], name: &str) -> anyhow::Result<Cow<'a, str>> {
    if bytes.contains(&0) {
        bail!("`{name}` is not a text file: give .csv, .smi or .txt, perhaps as .gz");
    }
    Ok(String::from_utf8_lossy(bytes))
}

fn cannot_read(name: &str) -> String {
    format!("cannot read `{name}`: name a file of SMILES, such as `molgpt sample` writes")
}

fn cannot_finish(name: &str) -> String {
    format!("cannot read `{name}` to its end: is the file whole?")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8], column: Option<&str>) -> anyhow::Result<Vec<String>> {
        let bytes = Box::new(Cursor::new(bytes.to_vec()));
        let mut rows = Rows::new("a file".to_owned(), bytes, column, false)?;
        let mut all = Vec::new();
        loop {
            let piece = rows.next(2)?;
            if piece.is_empty() {
                return Ok(all);
            }
            all.extend(piece);
        }
    }

    #[track_caller]
    fn check_rows(text: &str, column: Option<&str>, expected: &[&str]) {
        assert_eq!(rows(text.as_bytes(), column).expect("rows"), expected);
    }

    #[test]
    fn every_row_counts() {
        check_rows("smiles\nC\n\nCO\n", None, &["C", "", "CO"]);
        check_rows("SMILES\r\nC\r\n\"\"\r\n", None, &["C", ""]);
        check_rows("C\nCO methanol\n", None, &["C", "CO"]);
        check_rows("\n\n", None, &["", ""]);
        check_rows("\u{feff}smiles\nC\n", None, &["C"]);
        check_rows("smiles,nll\nC,1.5\n,2\nCO\n", None, &["C", "", "CO"]);
        check_rows("id,mol\n1,C\n", Some("Mol"), &["C"]);
        check_rows(
            "C\nCC\nCCC\nCCCC\nCCCCC",
            None,
            &["C", "CC", "CCC", "CCCC", "CCCCC"],
        );
    }

    #[test]
    fn compressed_files_are_recognized_by_their_bytes() {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(b"smiles\nC\nCO\n").unwrap();
        let packed = encoder.finish().unwrap();
        assert_eq!(rows(&packed, None).expect("rows"), ["C", "CO"]);
        let error = rows(&packed[..packed.len() - 9], None).expect_err("an error");
        assert_eq!(
            error.to_string(),
            "cannot read `a file` to its end: is the file whole?"
        );
    }

    #[track_caller]
    fn check_error(bytes: &[u8], column: Option<&str>, expected: &str) {
        let error = rows(bytes, column).expect_err("an error");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn faults_are_named() {
        check_error(
            b"id,mol\n1,C\n",
            None,
            "cannot use `a file`: no column `smiles`, only id, mol: choose one with --column",
        );
        check_error(
            b"C\n",
            Some("mol"),
            "cannot use `a file`: no column `mol`: leave --column out for one SMILES a line",
        );
        let none = "`a file` holds no rows: give one SMILES a row";
        check_error(b"", None, none);
        check_error(b"smiles\n", None, none);
        let binary = "`a file` is not a text file: give .csv, .smi or .txt, perhaps as .gz";
        check_error(b"C\n\0\n", None, binary);
        check_error(b"smiles,nll\nC\0,1\n", None, binary);
    }
}
