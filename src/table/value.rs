//! Columns and the values in them, as they are read and as they are written.

use std::borrow::Cow;

/// A named column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, as the header has it.
    pub name: Cow<'static, str>,
    /// Its content.
    pub kind: Kind,
}

/// The type of a column, which only a Parquet file states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text, or anything else as text.
    Text,
    /// Numbers, 64 bits of floating point.
    Number,
    /// Whole numbers, 64 bits with a sign.
    Count,
}

impl Column {
    /// A column of this name.
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name: Cow::Borrowed(name),
            kind,
        }
    }

    /// A column of text, of a name that a file gave.
    pub(super) fn text(name: impl Into<String>) -> Self {
        Self {
            name: Cow::Owned(name.into()),
            kind: Kind::Text,
        }
    }
}

/// `own` columns and after them those of a file. A column of the file whose name is taken already
/// gets a number: `nll` becomes `nll_2`.
pub fn with_columns_of_file(own: &[Column], file: &[Column]) -> Vec<Column> {
    let mut columns = own.to_vec();
    for column in file {
        let is_taken = |columns: &[Column], name: &str| {
            let same = |other: &Column| other.name.eq_ignore_ascii_case(name);
            columns.iter().any(same)
        };
        let mut column = column.clone();
        let name = column.name.clone();
        let mut number = 2;
        while is_taken(&columns, &column.name) {
            column.name = Cow::Owned(format!("{name}_{number}"));
            number += 1;
        }
        columns.push(column);
    }
    columns
}

/// One value of a row that was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value: an empty cell, `null`, a row that ends before this column.
    Nothing,
    /// Text as it stands in the file, without its quotes.
    Text(String),
    /// A whole number of a Parquet file.
    Integer(i64),
    /// A number of a Parquet file.
    Real(f64),
    /// Anything but a text or `null` in a JSON object, as it is written there; a truth value of a
    /// Parquet file.
    Json(String),
}

/// One value of a row to write. Lists are arrays in JSON, and their items between spaces elsewhere:
/// they belong into columns of kind [`Kind::Text`].
#[derive(Debug, Clone, Copy)]
pub enum Cell<'a> {
    /// No value.
    Nothing,
    /// A text.
    Text(&'a str),
    /// A number, written with four decimals.
    Number(f64),
    /// A whole number, 0 or more.
    Count(u64),
    /// Several texts.
    Texts(&'a [&'a str]),
    /// Several numbers, with four decimals each.
    Numbers(&'a [f32]),
    /// A value as another file has it, to the last digit.
    Value(&'a Value),
}

impl Cell<'_> {
    /// The value as text; nothing for [`Cell::Nothing`].
    pub fn text(&self) -> Cow<'_, str> {
        let numbers = |numbers: &[f32]| -> Vec<String> {
            numbers.iter().map(|value| format!("{value:.4}")).collect()
        };
        let text = match self {
            Self::Nothing | Self::Value(Value::Nothing) => return Cow::Borrowed(""),
            Self::Text(text) => return Cow::Borrowed(text),
            Self::Value(Value::Text(text) | Value::Json(text)) => return Cow::Borrowed(text),
            Self::Value(Value::Integer(value)) => value.to_string(),
            // The fewest digits that are read back as the same number.
            Self::Value(Value::Real(value)) => format!("{value:?}"),
            Self::Number(value) => format!("{value:.4}"),
            Self::Count(value) => value.to_string(),
            Self::Texts(texts) => texts.join(" "),
            Self::Numbers(values) => numbers(values).join(" "),
        };
        Cow::Owned(text)
    }

    /// The value as JSON.
    pub(super) fn json(&self) -> Cow<'_, str> {
        let list = |items: Vec<String>| Cow::Owned(format!("[{}]", items.join(",")));
        match self {
            Self::Nothing | Self::Value(Value::Nothing) => Cow::Borrowed("null"),
            Self::Text(text) => quoted(text).into(),
            Self::Value(Value::Text(text)) => quoted(text).into(),
            // JSON has no other numbers.
            Self::Number(value) | Self::Value(Value::Real(value)) if !value.is_finite() => {
                Cow::Borrowed("null")
            }
            Self::Number(_) | Self::Count(_) | Self::Value(_) => self.text(),
            Self::Texts(texts) => list(texts.iter().map(|text| quoted(text)).collect()),
            Self::Numbers(values) => {
                let number = |x: &f32| Self::Number(f64::from(*x)).json().into_owned();
                list(values.iter().map(number).collect())
            }
        }
    }

    /// The value between delimiters, in quotes where it must be.
    pub(super) fn delimited(&self, delimiter: char) -> Cow<'_, str> {
        between(self.text(), delimiter)
    }
}

/// A text between delimiters, in quotes where it must be.
pub(super) fn between(text: Cow<'_, str>, delimiter: char) -> Cow<'_, str> {
    if text.contains([delimiter, '"', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    } else {
        text
    }
}

/// A JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let text = Cell::Text("a \"b\", c");
        assert_eq!(text.delimited(','), "\"a \"\"b\"\", c\"");
        assert_eq!(text.json(), "\"a \\\"b\\\", c\"");
        assert_eq!(Cell::Text("a, b").delimited('\t'), "a, b");
        assert_eq!(Cell::Text("a\tb").delimited('\t'), "\"a\tb\"");
        assert_eq!(Cell::Nothing.delimited(','), "");
        assert_eq!(Cell::Nothing.json(), "null");
        assert_eq!(Cell::Number(f64::INFINITY).json(), "null");
        assert_eq!(Cell::Numbers(&[0.5, f32::NAN]).json(), "[0.5000,null]");
        assert_eq!(Cell::Numbers(&[0.5, 1.0]).delimited(','), "0.5000 1.0000");
        assert_eq!(Cell::Texts(&["C", "\\"]).json(), "[\"C\",\"\\\\\"]");
    }

    #[test]
    fn values_of_files_keep_their_digits() {
        let cell = |value| Cell::Value(Box::leak(Box::new(value)));
        assert_eq!(cell(Value::Real(0.1)).text(), "0.1");
        assert_eq!(cell(Value::Real(1e-300)).json(), "1e-300");
        assert_eq!(cell(Value::Real(f64::NAN)).json(), "null");
        assert_eq!(cell(Value::Json("1.50".into())).json(), "1.50");
        assert_eq!(cell(Value::Text("007".into())).json(), "\"007\"");
    }

    #[test]
    fn columns_that_are_there_already_get_a_number() {
        let own = [
            Column::new("row", Kind::Count),
            Column::new("nll", Kind::Number),
        ];
        let file = ["id", "nll", "NLL", ""].map(Column::text);
        let names: Vec<_> = with_columns_of_file(&own, &file)
            .into_iter()
            .map(|column| column.name)
            .collect();
        assert_eq!(names, ["row", "nll", "id", "nll_2", "NLL_3", ""]);
    }
}
