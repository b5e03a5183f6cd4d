//! The rows of a file of molecules, one after the other: .csv, .tsv, .smi, .txt and .jsonl, each
//! also compressed (.gz), .parquet, and streams.
//!
//! Holds one row at a time, so a file of any size takes little memory. Finds the rows and the text
//! of the molecule in each; does not know what a valid molecule is.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::input::other;
use super::list::List;
use super::objects::Objects;
#[cfg(feature = "parquet")]
use super::parquet_rows::ParquetRows;
use super::row::{ReadOptions, Row, same_name};
use super::separated::Separated;
use super::{Column, Format, Input, TableError};

/// The first bytes of a Parquet file.
const PARQUET: &[u8] = b"PAR1";

/// The kind of a file's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Cells between this delimiter, with a header or a single column.
    Table(u8),
    /// SMILES, then perhaps white space and a name.
    Smi,
    /// One SMILES a line.
    Lines,
    /// One JSON object a line.
    Objects,
    /// A Parquet file.
    Parquet,
}

/// The rows of an open file, in order.
pub struct Rows {
    name: PathBuf,
    form: Form,
    size: Option<u64>,
    read: Arc<AtomicU64>,
    failed: bool,
}

enum Form {
    List(List),
    Separated(Box<Separated>),
    Objects(Box<Objects>),
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetRows>),
}

impl Rows {
    /// Opens a file.
    ///
    /// Takes any line ending, a byte order mark, blank lines, further columns, and a header or
    /// none. What begins as gzip, as a Parquet file or as a JSON object does is read as that,
    /// whatever its name.
    ///
    /// # Errors
    /// [`TableError`] if the file cannot be opened, is of no known kind, or is not what its name
    /// says. Each row may be an error too: the file cannot be read on, is not text, has no column
    /// of the name, changes its columns, or has a quote that is never closed.
    pub fn open(path: &Path, options: &ReadOptions) -> Result<Self, TableError> {
        // Of a file with a name that says nothing, the content has to.
        match Input::open(path) {
            Err(TableError::Read { .. }) if !options.generated && kind_by_name(path).is_none() => {
                Err(TableError::UnknownKind {
                    path: path.to_owned(),
                })
            }
            input => Self::new(input?, options),
        }
    }

    /// The rows of an open file or stream. A stream without an ending to its name is read as .csv
    /// if its first line names a `smiles` column (or the chosen one) or has a comma, else as .smi.
    ///
    /// # Errors
    /// As [`Rows::open`].
    pub fn new(input: Input, options: &ReadOptions) -> Result<Self, TableError> {
        let name = input.name().to_owned();
        let start = input.start();
        refuse_other_kinds(&name, start)?;
        if start.starts_with(PARQUET) && input.is_compressed() {
            return Err(other(
                &name,
                "is a Parquet file compressed by gzip",
                "decompress it",
            ));
        }
        let by_name = kind_by_name(&name);
        let kind = match by_name {
            _ if start.starts_with(PARQUET) => Kind::Parquet,
            _ if begins_as_object(start) => Kind::Objects,
            Some(Kind::Parquet) if !start.is_empty() => {
                return Err(other(
                    &name,
                    "is not a Parquet file, as its name says",
                    "name it after what it is",
                ));
            }
            Some(Kind::Objects) if !start.trim_ascii().is_empty() => {
                return Err(other(
                    &name,
                    "does not hold JSON lines, as its name says",
                    "write one JSON object a line",
                ));
            }
            _ if options.generated => generated_kind(&name, start),
            Some(kind) => {
                refuse_other_tables(&name, start, kind, options)?;
                kind
            }
            None if input.is_stream() => kind_by_content(start, options),
            None => return Err(TableError::UnknownKind { path: name }),
        };
        let (size, read) = (input.size(), input.count());
        let form = match kind {
            Kind::Table(delimiter) => {
                Form::Separated(Box::new(Separated::new(input, delimiter, options)))
            }
            // An empty file of any kind has no rows.
            Kind::Parquet if start.is_empty() => Form::List(List::new(input, options, false)),
            Kind::Parquet => Self::parquet(input, options)?,
            Kind::Objects => Form::Objects(Box::new(Objects::new(input, options)?)),
            Kind::Smi | Kind::Lines => {
                let is_column = options.generated
                    && same_name(first_line(start).trim_matches('"'), options.wanted());
                if options.column.is_some() && !is_column {
                    return Err(TableError::ColumnWithoutTable { path: name });
                }
                Form::List(List::new(input, options, kind == Kind::Smi))
            }
        };
        Ok(Self {
            name,
            form,
            size,
            read,
            failed: false,
        })
    }

    #[cfg(feature = "parquet")]
    fn parquet(input: Input, options: &ReadOptions) -> Result<Form, TableError> {
        let rows = ParquetRows::new(input, options)?;
        Ok(Form::Parquet(Box::new(rows)))
    }

    #[cfg(not(feature = "parquet"))]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "as the function that it stands for"
    )]
    fn parquet(input: Input, _options: &ReadOptions) -> Result<Form, TableError> {
        Err(other(
            input.name(),
            "is a Parquet file, which this build of the program does not read",
            "export it as .csv, or build the program with its feature `parquet`",
        ))
    }

    /// The columns beside that of the molecules, which [`Row::cells`] are of; none without
    /// [`ReadOptions::keep_cells`]. Reads the header, if that is not done yet.
    ///
    /// A list of SMILES has a column `name` if one of its first lines (all those in its first
    /// 64 kilobytes) has more than a SMILES. JSON objects have the keys of the first lines.
    ///
    /// # Errors
    /// As each row.
    pub fn columns(&mut self) -> Result<&[Column], TableError> {
        match &mut self.form {
            Form::List(list) => Ok(list.columns()),
            Form::Separated(table) => table.columns(&self.name),
            Form::Objects(objects) => Ok(objects.columns()),
            #[cfg(feature = "parquet")]
            Form::Parquet(rows) => Ok(rows.columns()),
        }
    }

    /// The path of the file, or the name of the stream.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Bytes of the file, where that is known.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Bytes of the file that are read so far; of a Parquet file, the share of its rows.
    pub fn bytes_read(&self) -> u64 {
        match &self.form {
            #[cfg(feature = "parquet")]
            Form::Parquet(rows) => {
                let size = self.size.unwrap_or_default() as f64;
                (size * rows.share_read()) as u64
            }
            _ => self.read.load(Ordering::Relaxed),
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Row, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let row = match &mut self.form {
            Form::List(list) => list.next(&self.name),
            Form::Separated(table) => table.next(&self.name),
            Form::Objects(objects) => objects.next(&self.name),
            #[cfg(feature = "parquet")]
            Form::Parquet(rows) => rows.next(&self.name),
        };
        self.failed = row.is_err();
        row.transpose()
    }
}

/// Whether rows like these come from a table with a header, by the name and the beginning: from
/// .csv and .tsv whose first line names a `smiles` column (or the chosen one), from anything else
/// whose first line names it among others, from JSON objects and from Parquet files.
pub(crate) fn is_table(input: &Input, options: &ReadOptions) -> bool {
    let start = input.start();
    if start.starts_with(PARQUET) || begins_as_object(start) {
        return true;
    }
    let first = first_line(start);
    let is_named = matches!(kind_by_name(input.name()), Some(Kind::Table(_)));
    [',', '\t'].into_iter().any(|delimiter| {
        let names = |cell: &str| same_name(cell.trim_matches('"'), options.wanted());
        first.split(delimiter).any(names) && (is_named || first.contains(delimiter))
    })
}

/// Whether a text begins as a JSON object does, and no SMILES.
fn begins_as_object(start: &[u8]) -> bool {
    let inside = start.trim_ascii_start().strip_prefix(b"{");
    inside.is_some_and(|inside| inside.trim_ascii_start().starts_with(b"\""))
}

/// The kind that a file name stands for.
fn kind_by_name(path: &Path) -> Option<Kind> {
    Some(match Format::of_name(path)? {
        Format::Csv => Kind::Table(b','),
        Format::Tsv => Kind::Table(b'\t'),
        Format::Smi => Kind::Smi,
        Format::Txt => Kind::Lines,
        Format::Jsonl => Kind::Objects,
        Format::Parquet => Kind::Parquet,
    })
}

/// Refuses files that begin as other kinds do, by name.
fn refuse_other_kinds(path: &Path, start: &[u8]) -> Result<(), TableError> {
    let beginnings: [(&[u8], &str, &str); 8] = [
        (
            b"PK\x03\x04",
            "is a zip archive, or a workbook",
            "unpack it, or export the workbook as .csv",
        ),
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
) -> Result<(), TableError> {
    let first = first_line(start);
    let cells = |delimiter: char| {
        let cells: Vec<&str> = first.split(delimiter).collect();
        let names = |cell: &&str| same_name(cell.trim_matches('"'), options.wanted());
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

/// The first line that is not blank.
fn first_line(start: &[u8]) -> String {
    let lines = start.split(|&byte| byte == b'\n');
    let first = lines.map(<[u8]>::trim_ascii).find(|line| !line.is_empty());
    String::from_utf8_lossy(first.unwrap_or_default()).into_owned()
}

/// The kind of a text without a name, from its first line that is not blank.
fn kind_by_content(start: &[u8], options: &ReadOptions) -> Kind {
    let first = first_line(start);
    let names = |delimiter: char| {
        first
            .split(delimiter)
            .any(|cell| same_name(cell.trim_matches('"'), options.wanted()))
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
    let tabs = matches!(kind_by_name(path), Some(Kind::Table(b'\t')));
    let delimiter = if tabs { b'\t' } else { b',' };
    if first_line(start).as_bytes().contains(&delimiter) {
        Kind::Table(delimiter)
    } else {
        Kind::Smi
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn rows(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Rows, TableError> {
        let stream = Box::new(Cursor::new(bytes.to_vec()));
        Rows::new(Input::from_stream(Path::new(name), stream)?, options)
    }

    #[track_caller]
    fn check_refused(name: &str, bytes: &[u8], expected: &str) {
        let error = rows(name, bytes, &ReadOptions::default())
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
        let rows = rows("a.csv", &text, &ReadOptions::default()).expect("rows");
        let rows: Vec<Row> = rows.map(|row| row.expect("a row")).collect();
        assert_eq!(rows.len(), 50_000);
        let numbered = rows.iter().zip(2..);
        assert!(numbered.clone().all(|(row, line)| row.line == line));
        assert!(
            numbered
                .clone()
                .all(|(row, _)| row.content == crate::table::Content::Text("C".into()))
        );
    }
}
