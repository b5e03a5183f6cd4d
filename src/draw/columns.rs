//! Columns beside the molecules: where they are, and values in them.

use crate::error::{Error, Kind, Result};
use crate::table::{Cell, Column, Value};

/// The place of a column among those beside the molecules.
pub(super) fn place(columns: &[Column], wanted: &str) -> Option<usize> {
    let exact = columns.iter().position(|column| column.name == wanted);
    let alike = |column: &Column| column.name.trim().eq_ignore_ascii_case(wanted.trim());
    exact.or_else(|| columns.iter().position(alike))
}

/// The place of a column that a setting names.
pub(super) fn wanted(columns: &[Column], file: &str, setting: &str, name: &str) -> Result<usize> {
    place(columns, name).ok_or_else(|| {
        let names: Vec<String> = columns.iter().map(|it| format!("`{}`", it.name)).collect();
        let there = match names.as_slice() {
            [] => "no columns beside the molecules".to_owned(),
            names if names.len() > 20 => {
                format!(
                    "only {} and {} more",
                    names[..20].join(", "),
                    names.len() - 20
                )
            }
            names => format!("only {}", names.join(", ")),
        };
        let message = format!("`{file}` has no column `{name}` for setting `{setting}`, {there}");
        Error::new(Kind::Setting, message)
    })
}

/// A value as a caption has it: a long fraction is rounded to four decimals.
pub(super) fn shown(value: &Value) -> String {
    let text = Cell::Value(value).text().trim().to_owned();
    let decimals = text
        .split_once('.')
        .map_or(0, |(_, decimals)| decimals.len());
    match text.parse::<f64>() {
        Ok(number) if decimals > 4 && number.abs() >= 0.001 && number.abs() < 1e9 => {
            let text = format!("{number:.4}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        _ => text,
    }
}

/// The number in a cell; `Err` for something else.
pub(super) fn number(value: Option<&Value>) -> Result<Option<f64>, String> {
    let cell = Cell::Value(value.unwrap_or(&Value::Nothing));
    let text = cell.text();
    match text.trim() {
        "" => Ok(None),
        text => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(text.to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_fractions_are_rounded() {
        let check = |text: &str, expected: &str| {
            assert_eq!(shown(&Value::Text(text.to_owned())), expected);
        };
        check("0.30000000000000004", "0.3");
        check("12.345678", "12.3457");
        check("1.50", "1.50");
        check("0.0000123", "0.0000123");
        check("CHEMBL25.1234567", "CHEMBL25.1234567");
        check(" a b ", "a b");
    }
}
