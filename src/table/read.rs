//! The rows of a file of molecules, one after the other: lists, tables, JSON objects, Parquet files
//! and workbooks, text also compressed, and streams.
//!
//! Holds one row at a time, so a file of any size takes little memory. Puts together what recognizes
//! a file and what reads it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::kinds::Kind;
use super::layout::{Cut, Layout};
use super::list::List;
use super::objects::Objects;
#[cfg(feature = "parquet")]
use super::parquet_rows::ParquetRows;
use super::records::Records;
use super::row::{ReadOptions, Row, extensions_dropped};
use super::separated::Separated;
#[cfg(feature = "xlsx")]
use super::workbook::Workbook;
use super::{Column, Input, TableError};
use crate::progress::Watch;

/// The rows of an open file, in order.
pub struct Rows {
    name: PathBuf,
    form: Form,
    size: Option<u64>,
    read: Arc<AtomicU64>,
    failed: bool,
    findings: Findings,
    /// Rows whose extension of CXSMILES was dropped.
    extensions: usize,
}

/// What the beginning of a file shows beside its rows.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What was found by content only, one sentence.
    pub(super) note: Option<String>,
    /// Where the first rows have no molecule: what they look like, one clause.
    pub(super) doubt: Option<String>,
}

enum Form {
    List(List),
    Separated(Box<Separated>),
    Objects(Box<Objects>),
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetRows>),
    #[cfg(feature = "xlsx")]
    Workbook(Box<Workbook>),
    Blocks(Box<Records>),
}

impl Rows {
    /// Opens a file.
    ///
    /// The content decides what it is, whatever its name: a Parquet file, a workbook, JSON objects,
    /// an SD file, a list, or a table and its separator. Takes any line ending, a byte order mark, UTF-16 with
    /// one, Excel's line `sep=`, blank lines, further columns, and a header or none.
    ///
    /// # Errors
    /// [`TableError`] if the file cannot be opened, is of another kind, or has no column for the
    /// molecules or several. Each row may be an error too: the file cannot be read on, is not text,
    /// changes its columns, or has a quote that is never closed.
    pub fn open(path: &Path, options: &ReadOptions) -> Result<Self, TableError> {
        Self::new(Input::open(path)?, options)
    }

    /// The rows of an open file or stream.
    ///
    /// # Errors
    /// As [`Rows::open`].
    pub fn new(input: Input, options: &ReadOptions) -> Result<Self, TableError> {
        let name = input.name().to_owned();
        let (size, read) = (input.size(), input.count());
        let (form, findings) = Self::form(input, options)?;
        Ok(Self {
            name,
            form,
            size,
            read,
            failed: false,
            findings,
            extensions: 0,
        })
    }

    fn form(input: Input, options: &ReadOptions) -> Result<(Form, Findings), TableError> {
        match Kind::of(&input)? {
            Kind::Text => {
                let mut layout = Layout::of(&input, options)?;
                let findings = Findings {
                    note: layout.note.take(),
                    doubt: layout.doubt.take(),
                };
                let form = match layout.cut {
                    Cut::List => Form::List(List::new(input, layout, options)),
                    Cut::Table(separator) => {
                        let table = Separated::new(input, layout, separator, options);
                        Form::Separated(Box::new(table))
                    }
                };
                Ok((form, findings))
            }
            Kind::Objects => {
                let (objects, findings) = Objects::new(input, options)?;
                Ok((Form::Objects(Box::new(objects)), findings))
            }
            Kind::Parquet => Self::parquet(input, options),
            Kind::Workbook => Self::workbook(input, options),
            Kind::Blocks => {
                let records = Records::new(input, options)?;
                Ok((Form::Blocks(Box::new(records)), Findings::default()))
            }
        }
    }

    #[cfg(feature = "parquet")]
    fn parquet(input: Input, options: &ReadOptions) -> Result<(Form, Findings), TableError> {
        let (rows, findings) = ParquetRows::new(input, options)?;
        Ok((Form::Parquet(Box::new(rows)), findings))
    }

    #[cfg(not(feature = "parquet"))]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "as the function that it stands for"
    )]
    fn parquet(input: Input, _options: &ReadOptions) -> Result<(Form, Findings), TableError> {
        Err(super::input::other(
            input.name(),
            "is a Parquet file, which this build of the program does not read",
            "export it as .csv, or build the program with its feature `parquet`",
        ))
    }

    #[cfg(feature = "xlsx")]
    fn workbook(input: Input, options: &ReadOptions) -> Result<(Form, Findings), TableError> {
        let (rows, findings) = Workbook::new(input, options)?;
        Ok((Form::Workbook(Box::new(rows)), findings))
    }

    #[cfg(not(feature = "xlsx"))]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "as the function that it stands for"
    )]
    fn workbook(input: Input, _options: &ReadOptions) -> Result<(Form, Findings), TableError> {
        Err(super::input::other(
            input.name(),
            "is a workbook, which this build of the program does not read",
            super::kinds::SAVE_AS,
        ))
    }

    /// Tells a watcher what was found by content only. What reads all rows calls this once.
    pub fn announce(&self, watch: &dyn Watch) {
        if let Some(note) = &self.findings.note {
            watch.note(&format!("`{}`: {note}", self.name.display()));
        }
    }

    /// Tells a watcher what the molecules of the rows so far have not, that their blocks or their
    /// extensions of CXSMILES had. What reads all rows calls this at the end.
    pub fn conclude(&self, watch: &dyn Watch) {
        if let Some(dropped) = extensions_dropped(self.extensions) {
            watch.note(&format!("`{}`: {dropped}", self.name.display()));
        }
        if let Form::Blocks(records) = &self.form
            && let Some(dropped) = records.dropped()
        {
            watch.note(&format!("`{}`: {dropped}", self.name.display()));
        }
    }

    /// Where none of the first rows is a molecule and the file seems to be something else, what it
    /// looks like, one clause: another column holds SMILES, or no row is made of SMILES tokens.
    pub fn doubt(&self) -> Option<&str> {
        self.findings.doubt.as_deref()
    }

    /// The error to end with where none of the rows was a molecule: [`TableError::NoMolecule`] for the
    /// doubt, if there is one.
    pub fn no_molecule(&self) -> Option<TableError> {
        let doubt = self.findings.doubt.clone()?;
        let path = self.name.clone();
        Some(TableError::NoMolecule { path, doubt })
    }

    /// The columns beside that of the molecules, which [`Row::cells`] are of; none without
    /// [`ReadOptions::keep_cells`]. Reads the header, if that is not done yet.
    ///
    /// A list of SMILES has a column `name` if one of its first lines (all those in its first
    /// 64 kilobytes) has more than a SMILES. JSON objects have the keys of the first lines. An SD file
    /// has a column `name` for the titles of its records, if there are any, and its data items.
    ///
    /// # Errors
    /// As each row.
    pub fn columns(&mut self) -> Result<&[Column], TableError> {
        match &mut self.form {
            Form::List(list) => Ok(list.columns()),
            Form::Separated(table) => Ok(table.columns()),
            Form::Objects(objects) => Ok(objects.columns()),
            Form::Blocks(records) => Ok(records.columns()),
            #[cfg(feature = "parquet")]
            Form::Parquet(rows) => Ok(rows.columns()),
            #[cfg(feature = "xlsx")]
            Form::Workbook(rows) => Ok(rows.columns()),
        }
    }

    /// Whether a molecule has its atoms in the order of the file: an SD file becomes canonical SMILES.
    pub fn keep_order_of_atoms(&self) -> bool {
        !matches!(self.form, Form::Blocks(_))
    }

    /// The path of the file, or the name of the stream.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Bytes of the file, where that is known.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    #[cfg(any(feature = "parquet", feature = "xlsx"))]
    fn part(&self, share: f64) -> u64 {
        (self.size.unwrap_or_default() as f64 * share) as u64
    }

    /// Bytes of the file that are read so far; of a Parquet file or a workbook, the share of its rows.
    pub fn bytes_read(&self) -> u64 {
        match &self.form {
            #[cfg(feature = "parquet")]
            Form::Parquet(rows) => self.part(rows.share_read()),
            #[cfg(feature = "xlsx")]
            Form::Workbook(rows) => self.part(rows.share_read()),
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
            Form::Blocks(records) => records.next(&self.name),
            #[cfg(feature = "parquet")]
            Form::Parquet(rows) => rows.next(&self.name),
            #[cfg(feature = "xlsx")]
            Form::Workbook(rows) => rows.next(&self.name),
        };
        self.failed = row.is_err();
        let mut row = row.transpose();
        if let Some(Ok(row)) = &mut row {
            self.extensions += usize::from(row.content.drop_extension());
        }
        row
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
    fn what_is_not_read_is_refused_by_its_true_name() {
        let refused = |name: &str, bytes: &[u8], expected: &str| {
            check_refused(name, bytes, &format!("`{name}` {expected}"));
        };
        let save =
            "open it and save it as text: File > Save As > CSV UTF-8 (in LibreOffice Text CSV)";
        let zip = |first: &str| [&b"PK\x03\x04"[..], &[0; 26], first.as_bytes()].concat();
        refused("a.csv", &zip("data.csv"), "is a zip archive: unpack it");
        let document = zip("mimetypeapplication/vnd.oasis.opendocument.spreadsheet");
        let expected = format!("is an OpenDocument spreadsheet (.ods): {save}");
        refused("a.ods", &document, &expected);
        let old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1and more";
        refused(
            "a.xls",
            old,
            &format!("is a workbook of old Excel (.xls): {save}"),
        );
        refused(
            "a.csv.gz",
            b"smiles\nCC\n",
            "is not gzip, as its name says: remove .gz from its name",
        );
        refused(
            "a.csv",
            b"\n<!DOCTYPE html><html>Not found</html>",
            "is a web page or XML: download the data itself",
        );
        refused(
            "a.csv",
            b"%PDF-1.7",
            "is a PDF file: give a table or one SMILES a row",
        );
        refused(
            "a.smi",
            b"BZh91AY",
            "is compressed by bzip2: decompress it, or use gzip",
        );
        refused(
            "a.txt",
            b"C\0C\0\n\0C\0",
            "is UTF-16 text without a byte order mark: save it as UTF-8",
        );
        refused(
            "a.parquet",
            b"CCO\n",
            "is not a Parquet file, as its name says: name it after what it is",
        );
        let molecule = "ethanol\n     RDKit          2D\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n    \
                        0.0000    0.0000    0.0000 C   0  0\nM  END\n$$$$\n";
        for text in [
            molecule.to_owned(),
            molecule.replace('\n', "\r\n"),
            molecule.replace('\n', "\r"),
        ] {
            let rows = rows("a.smi", text.as_bytes(), &ReadOptions::default()).expect("rows");
            let rows: Vec<Row> = rows.map(|row| row.expect("a row")).collect();
            assert_eq!(rows.len(), 1);
            assert_eq!(rows[0].content, crate::table::Content::Text("C".into()));
        }
        refused(
            "a.smi",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
            "is a pointer of Git LFS: fetch the file itself: git lfs pull",
        );
        refused(
            "a.smi",
            b"@<TRIPOS>MOLECULE\n",
            "is a mol2 file: convert it to SMILES, one a row",
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

    /// The rows of a file of another program: its columns, then each row's line, molecule and values.
    #[cfg(any(feature = "parquet", feature = "xlsx"))]
    fn table_of(bytes: &[u8], options: &ReadOptions) -> Result<String, TableError> {
        use crate::table::Cell;
        let folder = tempfile::tempdir().expect("a folder");
        // The name says nothing.
        let path = folder.path().join("a.csv");
        std::fs::write(&path, bytes).expect("written");
        let mut rows = Rows::open(&path, options)?;
        let columns = rows.columns()?.iter();
        let columns: Vec<String> = columns.map(|column| column.name.clone().into()).collect();
        let mut lines = vec![columns.join(",")];
        for row in rows {
            let row = row?;
            let text = |value| Cell::Value(value).text().into_owned();
            let cells: Vec<String> = row.cells.iter().map(text).collect();
            let (line, smiles) = (row.line, row.content.text());
            lines.push(format!("{line}:{smiles},{}", cells.join(",")));
        }
        Ok(lines.join(" "))
    }

    #[cfg(feature = "parquet")]
    #[test]
    fn parquet_files_of_any_codec_are_read() {
        let options = ReadOptions {
            keep_cells: true,
            ..ReadOptions::default()
        };
        macro_rules! file {
            ($name:literal) => {
                include_bytes!(concat!("../../tests/golden/files/", $name, ".parquet")).as_slice()
            };
        }
        let expected = "id,pIC50,measured 1:OCC,7,5.5,2024-02-29 2:C(,8,,2024-03-01 \
                        3:c1ccccc1O,9,6.25,";
        for bytes in [
            file!("none"),
            file!("snappy"),
            file!("gzip"),
            file!("brotli"),
            file!("lz4"),
        ] {
            assert_eq!(table_of(bytes, &options).expect("rows"), expected);
        }
        let zstd = table_of(file!("zstd"), &options);
        if cfg!(feature = "zstd") {
            assert_eq!(zstd.expect("rows"), expected);
        } else {
            let error = zstd.expect_err("an error").to_string();
            assert!(error.contains("compressed by zstd"), "{error}");
        }
        let second = ReadOptions {
            column: Some("1".to_owned()),
            ..ReadOptions::default()
        };
        let found = table_of(file!("none"), &second).expect("rows");
        assert_eq!(found, " 1:, 2:, 3:,");
    }

    #[cfg(feature = "xlsx")]
    #[test]
    fn workbooks_are_read() {
        let options = ReadOptions {
            keep_cells: true,
            ..ReadOptions::default()
        };
        let workbook = include_bytes!("../../tests/golden/files/workbook.xlsx");
        assert_eq!(
            table_of(workbook, &options).expect("rows"),
            "id,pIC50,measured 2:OCC,7,5.5,2024-02-29 3:C(,8,,2024-03-01 4:c1ccccc1O,9,6.25,"
        );
        let bare = include_bytes!("../../tests/golden/files/bare.xlsx");
        let expected = "name 1:OCC,7 2:C(,8 3:c1ccccc1O,9";
        assert_eq!(table_of(bare, &options).expect("rows"), expected);
        for cut in [100, 2_000, bare.len() - 30] {
            assert!(table_of(&bare[..cut], &options).is_err(), "{cut}");
        }
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
