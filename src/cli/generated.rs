//! The rows of a file of generated SMILES, piece by piece: every row counts, also an empty one,
//! because a blank row is an invalid molecule.

use crate::error::{Result, bail};
use std::path::Path;

use crate::corpus::{self, Content, ReadOptions};

/// An open file of generated SMILES.
pub(super) struct Rows {
    name: String,
    source: corpus::Rows,
    /// Whether no row was given yet.
    empty: bool,
}

impl Rows {
    /// Opens `path` (`-` is standard input).
    pub(super) fn open(path: &Path, column: Option<&str>) -> Result<Self> {
        let name = match path.to_str() {
            Some("-") => "standard input".to_owned(),
            _ => path.display().to_string(),
        };
        let options = ReadOptions {
            column: column.map(str::to_owned),
        };
        Ok(Self {
            name,
            source: corpus::Rows::open_generated(path, &options)?,
            empty: true,
        })
    }

    /// Bytes read so far, before decompression.
    pub(super) fn position(&self) -> u64 {
        self.source.bytes_read()
    }

    /// The next rows, at most `count`; none at the end of the file.
    ///
    /// # Errors
    /// Of reading; and that there are no rows at all.
    pub(super) fn next(&mut self, count: usize) -> Result<Vec<String>> {
        let mut rows = Vec::new();
        for row in self.source.by_ref().take(count) {
            rows.push(match row?.content {
                Content::Text(text) | Content::Unusable { text, .. } => text,
                Content::Blank => String::new(),
            });
        }
        if self.empty && rows.is_empty() {
            bail!(
                Setting,
                "`{}` holds no rows: give one SMILES a row",
                self.name
            );
        }
        self.empty = false;
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8], column: Option<&str>) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a file");
        std::fs::write(&path, bytes).unwrap();
        let show = |error: crate::error::Error| {
            let path = path.display().to_string();
            error.to_string().replace(&path, "a file")
        };
        let mut rows = Rows::open(&path, column).map_err(show)?;
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
            "`a file` has no column `smiles`, only `id`, `mol`: choose one with --column",
        );
        check_error(
            b"C\n",
            Some("mol"),
            "`a file` has no columns to choose from: --column is for .csv and .tsv files",
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
