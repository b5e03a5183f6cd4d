//! The rows of a file of generated SMILES, piece by piece: every row counts, also an empty one,
//! because a blank row is an invalid molecule.

use crate::error::{Result, bail};

use super::Rows;

/// The strings that a model made.
pub struct Generated {
    name: String,
    source: Rows,
    /// Whether no row was given yet.
    empty: bool,
}

impl Generated {
    /// The strings of `source`, opened with
    /// [`ReadOptions::generated`](super::ReadOptions::generated); `name` stands for it in messages.
    pub fn new(name: impl Into<String>, source: Rows) -> Self {
        Self {
            name: name.into(),
            source,
            empty: true,
        }
    }

    /// Bytes read so far, before decompression.
    pub fn bytes_read(&self) -> u64 {
        self.source.bytes_read()
    }

    /// Bytes of the file, where that is known.
    pub fn size(&self) -> Option<u64> {
        self.source.size()
    }

    /// The next strings, at most `count`; none at the end of the file.
    ///
    /// # Errors
    /// Those of reading, and that there are no rows at all.
    pub fn next(&mut self, count: usize) -> Result<Vec<String>> {
        let mut strings = Vec::new();
        for row in self.source.by_ref().take(count) {
            strings.push(row?.content.into_text());
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
            b"id,mol\n1,C\n",
            None,
            "`a file` has no column `smiles`, only `id`, `mol`: choose one with setting `column`",
        );
        check_error(
            b"C\n",
            Some("mol"),
            "`a file` has no columns to choose from: setting `column` is for .csv and .tsv files",
        );
        let none = "`a file` holds no rows: give one SMILES a row";
        check_error(b"", None, none);
        check_error(b"smiles\n", None, none);
        let binary = "`a file` is not a text file: line 2 holds a NUL byte; \
                      a compressed file must be gzip and its name end in .gz";
        check_error(b"C\n\0\n", None, binary);
        check_error(b"smiles,nll\nC\0,1\n", None, binary);
        check_error(
            b"smiles,note\nCC,\"open\nCO,\n",
            None,
            "line 2 of `a file` opens a quote that is never closed: close it, or double it",
        );
    }
}
