//! Tables of what is asked of molecules: a column for each property, a row for each kind of molecule.
//!
//! Knows names and numbers; nothing of a model.

use std::path::Path;

use super::CorpusError;
use super::values::{NumberSource, number};
use crate::table::{BadRow, Value};

/// Values of properties by name.
pub type Asked = Vec<(String, f64)>;

/// Reads one property and its value: `log_p=2.5`.
///
/// # Errors
/// [`CorpusError::NoWish`] for another text, [`CorpusError::NoNumber`] for a property that is a text.
pub fn parse_asked(text: &str) -> Result<(String, f64), CorpusError> {
    let parts = text.split_once('=');
    let parts = parts.map(|(name, value)| (name, number(&Value::Text(value.to_owned()))));
    match parts {
        Some((name, Ok(value))) if value.is_finite() => {
            Ok((NumberSource::named(name)?.name(), value))
        }
        _ => Err(CorpusError::NoWish {
            text: text.to_owned(),
        }),
    }
}

/// Reads a table with a header of names, between commas, semicolons or tabs. An empty cell asks for
/// nothing.
///
/// # Errors
/// A file that cannot be read or has no row, a property that is a text, a cell that is no number.
pub fn read_asked(path: &Path) -> Result<Vec<Asked>, CorpusError> {
    let io = |error: csv::Error| CorpusError::Wishes {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let text = std::fs::read_to_string(path).map_err(|error| io(error.into()))?;
    let header = text.lines().next().unwrap_or_default();
    let mut delimiters = [b'\t', b';'].into_iter();
    let delimiter = delimiters.find(|it| header.contains(char::from(*it)));
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter.unwrap_or(b','))
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let names: Result<Vec<NumberSource>, _> = reader
        .headers()
        .map_err(io)?
        .iter()
        .map(NumberSource::named)
        .collect();
    let names: Vec<String> = names?.iter().map(NumberSource::name).collect();
    let mut all = Vec::new();
    for (record, row) in reader.records().zip(2..) {
        let record = record.map_err(io)?;
        let mut asked = Vec::new();
        for (cell, name) in record.iter().zip(&names) {
            let value = number(&Value::Text(cell.to_owned()));
            let value = value.map_err(|text| CorpusError::NotANumber {
                path: path.to_owned(),
                column: name.clone(),
                row: Box::new(BadRow::new(row, &text, "not a number")),
            })?;
            if value.is_finite() {
                asked.push((name.clone(), value));
            }
        }
        all.push(asked);
    }
    if all.is_empty() {
        return Err(CorpusError::Wishes {
            path: path.to_owned(),
            reason: "there is no row below the header: write one for each kind of molecule"
                .to_owned(),
        });
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Asked>, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        read_asked(file.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_row_asks_for_what_its_cells_have() {
        let asked = |pairs: &[(&str, f64)]| -> Asked {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), *value))
                .collect()
        };
        let expected = vec![
            asked(&[("log_p", 1.0), ("qed", 0.5)]),
            asked(&[("log_p", 2.5)]),
            asked(&[]),
        ];
        assert_eq!(read("logp,QED\n1,0.5\n2.5,\n,\n"), Ok(expected.clone()));
        assert_eq!(read("\u{feff}logp;qed\n1;0,5\n2,5;\n;\n"), Ok(expected));
        assert_eq!(read("pIC50\n7\n"), Ok(vec![asked(&[("pIC50", 7.0)])]));
        for (text, expected) in [
            ("logp\n", "there is no row below the header"),
            ("logp\nmuch\n", "row 2 of"),
            ("scaffold\n1\n", "`scaffold` is a text"),
            ("logp,qed\n1\n", "found record with 1 fields"),
        ] {
            let found = read(text).expect_err("refused");
            assert!(found.contains(expected), "{found}");
        }
        assert_eq!(parse_asked("logp=2").unwrap(), ("log_p".to_owned(), 2.0));
        for text in ["logp", "logp=", "logp=high"] {
            assert!(parse_asked(text).is_err(), "{text}");
        }
    }
}
