//! The rows of a file of generated SMILES, piece by piece: every row counts, also an empty one,
//! because a blank row is an invalid molecule.

use crate::error::{Result, bail};
use crate::progress::Watch;

use super::{Rows, TableError, Value};

/// The column that tells which strings the context of their model cut: 1 for those, 0 for others.
pub const CUT: &str = "cut";

/// The strings that a model made.
pub struct Generated {
    name: String,
    source: Rows,
    /// Whether no row was given yet.
    empty: bool,
    /// The place of the column [`CUT`] among the others, where the file has it.
    place: Option<usize>,
    cut: usize,
}

impl Generated {
    /// The strings of `source`, opened with
    /// [`ReadOptions::generated`](super::ReadOptions::generated); `name` stands for it in messages.
    pub fn new(name: impl Into<String>, source: Rows) -> Self {
        Self {
            name: name.into(),
            source,
            empty: true,
            place: None,
            cut: 0,
        }
    }

    /// The same, which counts the strings that its column [`CUT`] tells of, if it
    /// [keeps](super::ReadOptions::keep_cells) one.
    ///
    /// # Errors
    /// Those of reading the header.
    pub fn counting_cut(mut self) -> Result<Self> {
        let mut columns = self.source.columns()?.iter();
        self.place = columns.position(|column| column.name.trim().eq_ignore_ascii_case(CUT));
        Ok(self)
    }

    /// The strings so far that the context of their model cut; `None` where the file does not tell
    /// of each.
    pub fn cut(&self) -> Option<usize> {
        self.place.map(|_| self.cut)
    }

    /// Bytes read so far, before decompression.
    pub fn bytes_read(&self) -> u64 {
        self.source.bytes_read()
    }

    /// Bytes of the file, where that is known.
    pub fn size(&self) -> Option<u64> {
        self.source.size()
    }

    /// The error to end with where none of the strings was a molecule: see [`Rows::no_molecule`].
    pub fn no_molecule(&self) -> Option<TableError> {
        self.source.no_molecule()
    }

    /// Tells a watcher what was found by content only: see [`Rows::announce`].
    pub fn announce(&self, watch: &dyn Watch) {
        self.source.announce(watch);
    }

    /// Tells a watcher what the molecules so far have not: see [`Rows::conclude`].
    pub fn conclude(&self, watch: &dyn Watch) {
        self.source.conclude(watch);
    }

    /// The next strings, at most `count`; none at the end of the file.
    ///
    /// # Errors
    /// Those of reading, and that there are no rows at all.
    pub fn next(&mut self, count: usize) -> Result<Vec<String>> {
        let mut strings = Vec::new();
        for row in self.source.by_ref().take(count) {
            let row = row?;
            if let Some(place) = self.place {
                match row.cells.get(place).map(is_true) {
                    Some(Some(cut)) => self.cut += usize::from(cut),
                    _ => self.place = None,
                }
            }
            strings.push(row.content.into_text());
        }
        if self.empty && strings.is_empty() {
            bail!(
                Input,
                "`{}` holds no rows: give one SMILES a row",
                self.name
            );
        }
        self.empty = false;
        Ok(strings)
    }
}

/// The truth that a value tells, if it tells one.
fn is_true(value: &Value) -> Option<bool> {
    match value {
        Value::Text(text) | Value::Json(text) => match text.trim().to_lowercase().as_str() {
            "1" | "1.0" | "true" => Some(true),
            "0" | "0.0" | "false" => Some(false),
            _ => None,
        },
        Value::Integer(value) => match value {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ReadOptions;

    fn rows(bytes: &[u8], column: Option<&str>) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a file");
        std::fs::write(&path, bytes).unwrap();
        let show = |error: crate::error::Error| {
            let path = path.display().to_string();
            error.to_string().replace(&path, "a file")
        };
        let options = ReadOptions {
            column: column.map(str::to_owned),
            generated: true,
            ..ReadOptions::default()
        };
        let rows = Rows::open(&path, &options).map_err(|error| show(error.into()))?;
        let mut rows = Generated::new("a file", rows);
        let mut all = Vec::new();
        loop {
            let piece = rows.next(2).map_err(show)?;
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
        check_rows("id,mol\n1,C\n", Some("2"), &["C"]);
        check_rows("smiles;score\nCCO;1\nC(;2\n", None, &["CCO", "C("]);
        check_rows("C\rCO a\r\rCC\r", None, &["C", "CO", "", "CC"]);
        check_rows(
            "C\nCC\nCCC\nCCCC\nCCCCC",
            None,
            &["C", "CC", "CCC", "CCCC", "CCCCC"],
        );
    }

    #[test]
    fn a_column_tells_which_strings_were_cut() {
        #[track_caller]
        fn check(text: &str, expected: Option<usize>) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.csv");
            std::fs::write(&path, text).unwrap();
            let options = ReadOptions {
                generated: true,
                keep_cells: true,
                ..ReadOptions::default()
            };
            let rows = Rows::open(&path, &options).unwrap();
            let mut rows = Generated::new("a", rows).counting_cut().unwrap();
            while !rows.next(2).unwrap().is_empty() {}
            assert_eq!(rows.cut(), expected, "{text}");
        }
        check("smiles,nll,cut\nC,1,0\nCC(,2,1\nCO,3,1\n", Some(2));
        check("Cut,smiles\nFalse,C\nTrue,CC(\n", Some(1));
        check("smiles,nll\nC,1\n", None);
        check("smiles,cut\nC,1\nCC,perhaps\n", None);
        check("C\nCC\n", None);
    }

    #[test]
    fn a_header_of_any_name_is_no_string() {
        for header in [
            "mol",
            "smi",
            "0",
            "Structure",
            "\"generated SMILES\"",
            "SMILES",
        ] {
            check_rows(&format!("{header}\nC\nCO\n"), None, &["C", "CO"]);
            check_rows(&format!("{header}\nC(\n\nCO\n"), None, &["C(", "", "CO"]);
        }
        // These are molecules, or might be meant as such.
        for first in ["C", "N", "no", "C(", "CN1"] {
            check_rows(&format!("{first}\nC\nCO\n"), None, &[first, "C", "CO"]);
        }
        check_rows(",0\n0,C\n1,CO\n", None, &["C", "CO"]);
    }

    #[test]
    fn compressed_files_are_recognized_by_their_bytes() {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(b"smiles\nC\nCO\n").unwrap();
        let packed = encoder.finish().unwrap();
        assert_eq!(rows(&packed, None).expect("rows"), ["C", "CO"]);
        let error = rows(&packed[..packed.len() - 9], None).expect_err("an error");
        assert_eq!(error, "cannot read `a file`");
    }

    #[track_caller]
    fn check_error(bytes: &[u8], column: Option<&str>, expected: &str) {
        let error = rows(bytes, column).expect_err("an error");
        assert_eq!(error, expected);
    }

    #[test]
    fn faults_are_named() {
        check_error(
            b"id,mol\n1,2\n",
            None,
            "`a file` has no column `smiles` and none that looks like SMILES, only `id`, `mol`: \
             choose one with setting `column`",
        );
        check_error(
            b"C\n",
            Some("mol"),
            "`a file` has no columns to choose from by name: it is a list without a header",
        );
        let none = "`a file` holds no rows: give one SMILES a row";
        check_error(b"", None, none);
        check_error(b"smiles\n", None, none);
        let binary = "`a file` is not a text file: line 2 holds a NUL byte; give a table or one \
                      SMILES a row (.csv, .tsv, .smi, .jsonl, each also compressed by gzip, .xlsx \
                      or .parquet)";
        check_error(b"C\n\0\n", None, binary);
        check_error(b"smiles,nll\nC\0,1\n", None, binary);
        check_error(
            b"smiles,note\nCC,\"open\nCO,\n",
            None,
            "line 2 of `a file` opens a quote that is never closed: close it, or double it",
        );
    }
}
