//! Reading whole files of molecules into memory.
//!
//! [`Rows`] finds the rows; this gathers those that may be molecules, and names the others.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use super::CorpusError;
use crate::table::{BadRow, Content, EXAMPLES, Input, ReadOptions, Rows, Source};

/// The text of one molecule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Line of the file on which the row begins, from 1; a header is a line.
    pub row: usize,
    /// The text as given, without surrounding white space.
    pub smiles: String,
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
    /// Number of rows without such a text; blank lines are none.
    pub skipped_count: usize,
}

/// Reads the molecules of a file or a stream, at most [`MOST_ROWS`]; see [`Rows::open`] for what it takes.
///
/// # Errors
/// Those of [`gather`].
pub fn read(source: &Source, options: &ReadOptions) -> Result<Records, CorpusError> {
    gather(MOST_ROWS, source.rows(options)?)
}

/// Rows that [`read`] keeps: a stream may never end.
pub const MOST_ROWS: usize = 10_000_000;

/// Reads the molecules of a text as [`read`] does those of the file `path`, which is only named.
///
/// # Errors
/// Those of [`gather`].
pub fn read_text(path: &Path, text: &[u8], options: &ReadOptions) -> Result<Records, CorpusError> {
    let input = Input::from_stream(path, Box::new(Cursor::new(text.to_vec())))?;
    gather(MOST_ROWS, Rows::new(input, options)?)
}

/// Keeps all rows in memory, if they are not more than `most`.
///
/// # Errors
/// Those of [`Rows`], [`CorpusError::Empty`] where there is no row, and [`CorpusError::TooMany`]
/// where there are more.
pub fn gather(most: usize, rows: Rows) -> Result<Records, CorpusError> {
    let path = rows.name().to_owned();
    let mut records = Records {
        path: path.clone(),
        ..Records::default()
    };
    for row in rows {
        let row = row?;
        match row.content {
            Content::Blank => {}
            Content::Text(smiles) => {
                if records.records.len() == most {
                    return Err(CorpusError::TooMany { path, most });
                }
                records.records.push(Record {
                    row: row.line,
                    smiles,
                });
            }
            Content::Unusable { text, reason } => {
                records.skipped_count += 1;
                if records.skipped.len() < EXAMPLES {
                    records.skipped.push(BadRow::new(row.line, &text, reason));
                }
            }
        }
    }
    if records.records.is_empty() && records.skipped_count == 0 {
        return Err(CorpusError::Empty { path });
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;
    use crate::table::TableError;

    fn parsed(name: &str, bytes: &[u8], column: Option<&str>) -> Result<Records, CorpusError> {
        let options = ReadOptions {
            column: column.map(str::to_owned),
            ..ReadOptions::default()
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
        check("a.SMI", "C", "1:C");
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
        let long = format!("C\n{}\n", "C".repeat(crate::chem::MAX_LENGTH + 1));
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
            "`a.csv` has no column `smiles`, only `id`, `structure`: choose one with setting `column`",
        );
        check_error(
            "a.csv",
            b"smiles\nCC\n",
            Some("mol"),
            "`a.csv` has no column `mol`, only `smiles`: choose one with setting `column`",
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
            "`a.smi` has no columns to choose from: setting `column` is for .csv and .tsv files",
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
        let records = read(&path.clone().into(), &ReadOptions::default()).expect("records");
        assert_eq!(records.records.len(), 2);

        std::fs::write(&path, &packed[..packed.len() / 2]).expect("written");
        assert!(matches!(
            read(&path.clone().into(), &ReadOptions::default()),
            Err(CorpusError::Table(TableError::Read { .. }))
        ));

        let missing = folder.path().join("missing.csv");
        let error = read(&missing.into(), &ReadOptions::default())
            .expect_err("an error")
            .to_string();
        assert!(error.contains("missing.csv"), "{error}");
        let unknown =
            read(&PathBuf::from("a.xlsx").into(), &ReadOptions::default()).expect_err("an error");
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
