//! Reading whole files of molecules into memory.
//!
//! [`Rows`] finds the rows; this gathers those that may be molecules, and names the others.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use super::CorpusError;
use super::values::{Found, NumberSource, number};
use crate::progress::{Unwatched, Watch};
use crate::table::{BadRow, Content, EXAMPLES, Input, ReadOptions, Row, Rows, Source, Value};

/// The text of one molecule.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Line of the file on which the row begins, from 1; a header is a line.
    pub row: usize,
    /// The text as given, without surrounding white space.
    pub smiles: String,
    /// Numbers in the columns that were asked for: see [`gather_with`].
    pub numbers: Box<[f64]>,
}

/// The rows of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records {
    /// The file, for messages.
    pub path: PathBuf,
    /// Rows with a text that may be a molecule, in file order.
    pub records: Vec<Record>,
    /// The first [`EXAMPLES`] rows without such a text.
    pub skipped: Vec<BadRow>,
    /// Number of rows without such a text; blank lines are none.
    pub skipped_count: usize,
    /// Where the first rows have no molecule: what the file looks like instead, one clause.
    pub doubt: Option<String>,
    /// The numbers that were asked for.
    pub(super) sources: Vec<Found>,
}

/// Reads the molecules of a file or a stream, at most [`MOST_ROWS`]; see [`Rows::open`] for what it takes.
///
/// # Errors
/// Those of [`gather`].
pub fn read(
    source: &Source,
    options: &ReadOptions,
    watch: &dyn Watch,
) -> Result<Records, CorpusError> {
    gather(MOST_ROWS, source.rows(options)?, watch)
}

/// Rows that [`read`] keeps: a stream may never end.
pub const MOST_ROWS: usize = 10_000_000;

/// Reads the molecules of a text as [`read`] does those of the file `path`, which is only named.
///
/// # Errors
/// Those of [`gather`].
pub fn read_text(path: &Path, text: &[u8], options: &ReadOptions) -> Result<Records, CorpusError> {
    let input = Input::from_stream(path, Box::new(Cursor::new(text.to_vec())))?;
    gather(MOST_ROWS, Rows::new(input, options)?, &Unwatched)
}

/// Keeps all rows in memory, if they are not more than `most`. The watcher hears what was found by
/// content only.
///
/// # Errors
/// Those of [`Rows`], [`CorpusError::Empty`] where there is no row, and [`CorpusError::TooMany`]
/// where there are more.
pub fn gather(most: usize, rows: Rows, watch: &dyn Watch) -> Result<Records, CorpusError> {
    gather_with(most, rows, &[], |_| true, watch)
}

/// As [`gather`], with the numbers of each molecule from these sources, for [`clean`](super::clean) to go
/// on with. A column that the file lacks is an error where its source is `needed`, else no molecule has
/// the number. `rows` [keep](ReadOptions::keep_cells) their cells where a source is a column.
///
/// # Errors
/// Those of [`gather`]; [`CorpusError::NoColumn`]; [`CorpusError::NotANumber`] for a cell that is neither
/// empty nor a number.
pub fn gather_with(
    most: usize,
    mut rows: Rows,
    sources: &[NumberSource],
    needed: impl Fn(&NumberSource) -> bool,
    watch: &dyn Watch,
) -> Result<Records, CorpusError> {
    rows.announce(watch);
    let path = rows.name().to_owned();
    let columns = rows.columns()?.to_vec();
    let sources = Found::all(sources, needed, &path, &columns)?;
    let numbers = |row: &Row| -> Result<Box<[f64]>, CorpusError> {
        let any = sources.iter().any(|it| matches!(it, Found::Column(_)));
        let number = |source: &Found| match source {
            Found::Column(place) => {
                let cell = row.cells.get(*place).unwrap_or(&Value::Nothing);
                number(cell).map_err(|text| CorpusError::NotANumber {
                    path: path.clone(),
                    column: columns[*place].name.to_string(),
                    row: Box::new(BadRow::new(row.line, &text, "not a number")),
                })
            }
            _ => Ok(f64::NAN),
        };
        sources.iter().filter(|_| any).map(number).collect()
    };
    let mut records = Records {
        path: path.clone(),
        doubt: rows.doubt().map(str::to_owned),
        ..Records::default()
    };
    for row in rows.by_ref() {
        let row = row?;
        let numbers = numbers(&row)?;
        match row.content {
            Content::Blank => {}
            Content::Text(smiles) => {
                if records.records.len() == most {
                    return Err(CorpusError::TooMany { path, most });
                }
                records.records.push(Record {
                    row: row.line,
                    smiles,
                    numbers,
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
    rows.conclude(watch);
    if records.records.is_empty() && records.skipped_count == 0 {
        return Err(CorpusError::Empty { path });
    }
    records.sources = sources;
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
        check("a.txt", "CC ethane\n", "1:CC");
        check("a.smi", "CC a\rCO b\rC c\r", "1:CC 2:CO 3:C");
        check("a.smi", "CC a\r\r\nCO b\r\r\n", "1:CC 2:CO");
        check(
            "a.csv",
            "smiles,id\rCC,1\r\rCO,\"a\rb\"\rC,3\r",
            "2:CC 4:CO 6:C",
        );
        check("a.SMI", "C", "1:C");
    }

    #[test]
    fn of_cxsmiles_the_plain_part_is_read() {
        let broken = "this CXSMILES extension is broken";
        let lines = "C[C@H](F)O |&1:1| a\nCO methanol\nCCO |w:0.1| b\n";
        for name in ["a.smi", "a.cxsmiles", "a.ism", "a.can", "-"] {
            check(name, lines, &format!("1:C[C@H](F)O 2:CO 3!{broken}"));
        }
        let row = "C[C@H]1CC[C@H](F)CC1 |&1:1,4|";
        let table = format!("smiles\tid\n{row}\tX1\nCCO\tX2\nCCO |$\tX3\n");
        let expected = format!("2:C[C@H]1CC[C@H](F)CC1 3:CCO 4!{broken}");
        check("a.tsv", &table, &expected);
        let table = format!("id,smiles\nX1,\"{row}\"\nX2,CCO\n");
        check("a.csv", &table, "2:C[C@H]1CC[C@H](F)CC1 3:CCO");
        let objects = format!("{{\"smiles\": \"{row}\"}}\n");
        check("a.jsonl", &objects, "1:C[C@H]1CC[C@H](F)CC1");
    }

    #[test]
    fn guesses_standard_input() {
        check("-", "CC ethane\nC\n", "1:CC 2:C");
        check("-", "smiles\nCC\n", "2:CC");
        check("-", "id,smiles\n1,CC\n", "2:CC");
        check("-", "id\tsmiles\n1\tCC\n", "2:CC");
    }

    #[test]
    fn the_content_tells_the_separator_whatever_the_name() {
        let table = [
            ["id", "SMILES", "note"],
            ["1", "CC", "1,5"],
            ["2", "CO", "a b"],
        ];
        for separator in ["\t", ";", ",", "|"] {
            for name in ["a.csv", "a.tsv", "a.smi", "a.txt", "a.dat", "-"] {
                let line = |quote: &str, row: &[&str; 3]| {
                    let row = row.map(|cell| {
                        let needed = cell.contains(separator);
                        let quote = if needed { "\"" } else { quote };
                        format!("{quote}{cell}{quote}")
                    });
                    row.join(separator)
                };
                for quote in ["", "\""] {
                    let lines: Vec<String> = table.iter().map(|row| line(quote, row)).collect();
                    check(name, &lines.join("\n"), "2:CC 3:CO");
                    check(
                        name,
                        &format!("\u{feff}{}\r\n", lines.join("\r\n")),
                        "2:CC 3:CO",
                    );
                    check(name, &lines[1..].join("\r"), "1:CC 2:CO");
                    let sep = format!("sep={separator}\r\n{}", lines.join("\r\n"));
                    check(name, &sep, "3:CC 4:CO");
                }
            }
        }
        check("a.csv", "\"sep=;\"\nsmiles;id\nCC;1\n", "3:CC");
        check(
            "a.csv",
            "CC ethane, a gas\nCO methanol, a liquid\n",
            "1:CC 2:CO",
        );
        check("a.smi", "CC |$a;b$|\nCO |$a;b$|\n", "1:CC 2:CO");
        check("a.csv", "smiles,name\nCC,a;b\nCO,c;d\n", "2:CC 3:CO");
        check("a.csv", "smiles;weight\nCC;30,07\nCO;32,04\n", "2:CC 3:CO");
        check("a.smi", "\"CC\"\n\"CO\"\n", "1:CC 2:CO");
    }

    #[test]
    fn utf_16_is_read() {
        let text = "id\tsmiles\r\n1\tCC\r\n2\tCO\r\n";
        let wide = |swap: fn(u16) -> [u8; 2]| -> Vec<u8> {
            let units = std::iter::once(0xfeff).chain(text.encode_utf16());
            units.flat_map(swap).collect()
        };
        for bytes in [wide(u16::to_le_bytes), wide(u16::to_be_bytes)] {
            let records = parsed("a.txt", &bytes, None).expect("records");
            let texts: Vec<&str> = records.records.iter().map(|row| &*row.smiles).collect();
            assert_eq!(texts, ["CC", "CO"]);
        }
    }

    #[test]
    fn the_column_is_found_by_its_content() {
        check("a.smi", "1\tCCO\n2\tCC(=O)O\n", "1:CCO 2:CC(=O)O");
        check("a.smi", "1 CCO one\n2 CC(=O)O\n", "1:CCO 2:CC(=O)O");
        check("a.csv", "CCO,1\nCCN,2\n", "1:CCO 2:CCN");
        check("a.csv", "id,structure\n1,CC\n", "2:CC");
        check("a.csv", "Structure\nCC\nCO\n", "2:CC 3:CO");
        check("a.txt", "zinc_id smiles\nZINC1 CC\n", "2:CC");
        check_column("a.csv", "CC,CO\nC,N\n", Some("2"), "1:CO 2:N");
        check_column("a.smi", "CC CO\nC N\n", Some("2"), "1:CO 2:N");
        check_column("a.csv", "smiles,x,smiles\nCC,1,CO\n", Some("3"), "2:CO");
        check_error(
            "a.csv",
            b"smiles,x,smiles\nCC,1,CO\n",
            None,
            "`a.csv` has 2 columns `smiles`, number 1 and 3: choose one by its number with setting \
             `column`",
        );
        check_error(
            "a.csv",
            b"reactant,product\nCC,CO\n",
            None,
            "`a.csv` has 2 columns that may hold the SMILES, `reactant`, `product`: choose one with \
             setting `column`",
        );
        let records = parsed("a.csv", b"smiles,mol\nx,CC\n", None).expect("records");
        let doubt = "column `mol` looks like SMILES: choose it with setting `column`";
        assert_eq!(records.doubt.as_deref(), Some(doubt));
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
            b"id,InChI\n1,InChI=1S/CH4/h1H4\n",
            None,
            "`a.csv` has no column `smiles`, only `id`, `InChI` (column `InChI` holds InChI and no \
             SMILES): choose one with setting `column`",
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
            "`a.smi` has no columns to choose from by name: it is a list without a header",
        );
        check_error(
            "a.txt",
            b"CC\n\0\x01",
            None,
            "`a.txt` is not a text file: line 2 holds a NUL byte; give a table or one SMILES a row \
             (.csv, .tsv, .smi, .jsonl, each also compressed by gzip, .xlsx or .parquet)",
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
        let records =
            read(&path.clone().into(), &ReadOptions::default(), &Unwatched).expect("records");
        assert_eq!(records.records.len(), 2);

        std::fs::write(&path, &packed[..packed.len() / 2]).expect("written");
        assert!(matches!(
            read(&path.clone().into(), &ReadOptions::default(), &Unwatched),
            Err(CorpusError::Table(TableError::Read { .. }))
        ));

        let missing = folder.path().join("missing.csv");
        let error = read(&missing.into(), &ReadOptions::default(), &Unwatched)
            .expect_err("an error")
            .to_string();
        assert!(error.contains("missing.csv"), "{error}");
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
