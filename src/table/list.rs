//! Lists of molecules: one SMILES a line, perhaps with a name after it or before.

use std::borrow::Cow;
use std::path::Path;

use super::input::failed;
use super::layout::Layout;
use super::lines::Lines;
use super::row::{Content, LONGEST_LINE, ReadOptions, Row, binary, text_of};
use super::{Column, Input, Kind, TableError, Value};
use crate::chem::SmilesLine;

/// The lines of a list.
pub(super) struct List {
    source: Lines<'static>,
    /// The field with the SMILES.
    field: usize,
    /// Whether a line may stand in quotes.
    quotes: bool,
    /// The first field of the header, as long as that may come.
    header: Option<String>,
    /// The names, if they are kept and there are some.
    columns: Vec<Column>,
}

impl List {
    pub(super) fn new(input: Input, layout: Layout, options: &ReadOptions) -> Self {
        let field = layout.column;
        let has_names = || {
            let start = input.first_lines();
            let mut lines = start.split(|byte| matches!(byte, b'\r' | b'\n'));
            lines.any(|line| !parts(line.trim_ascii(), field).1.is_empty())
        };
        let columns = if options.keep_cells && has_names() {
            vec![Column::new("name", Kind::Text)]
        } else {
            Vec::new()
        };
        let first = layout.first.into_iter().next();
        Self {
            source: Lines::new(input.into_reader(), LONGEST_LINE),
            field,
            quotes: options.generated,
            header: first.filter(|_| layout.header),
            columns,
        }
    }

    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(super) fn next(&mut self, path: &Path) -> Result<Option<Row>, TableError> {
        loop {
            let line = self.source.read().map_err(|source| failed(path, source))?;
            let Some(line) = line else {
                return Ok(None);
            };
            if line.text.contains(&0) {
                return Err(binary(path, line.row));
            }
            let mut text = line.text.trim_ascii();
            if self.quotes {
                text = text.strip_prefix(b"\"").unwrap_or(text);
                text = text.strip_suffix(b"\"").unwrap_or(text).trim_ascii();
            }
            let (smiles, name) = parts(text, self.field);
            // The first line that is not blank.
            if !text.is_empty() && self.header.take().is_some() {
                continue;
            }
            let content = match Content::of(smiles) {
                Content::Blank if !text.is_empty() => Content::unusable(format!(
                    "the line has no field {}, where the others have the SMILES",
                    self.field + 1
                )),
                content => content,
            };
            let cells = self.columns.iter().map(|_| match &*name {
                b"" => Value::Nothing,
                name => Value::Text(text_of(name).into_owned()),
            });
            return Ok(Some(Row {
                line: line.row,
                content,
                cells: cells.collect(),
            }));
        }
    }
}

/// Whether a byte parts fields, as RDKit has it: other white space is part of one.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The bytes of the field at the beginning of a text.
fn end_of_field(text: &[u8]) -> usize {
    let end = text.iter().position(|byte| is_blank(*byte));
    end.unwrap_or(text.len())
}

/// A line without surrounding white space as SMILES, which is this field, with its extension if it is
/// CXSMILES, and the rest.
fn parts(line: &[u8], field: usize) -> (&[u8], Cow<'_, [u8]>) {
    let mut before = 0;
    for _ in 0..field {
        let rest = &line[before..];
        let end = end_of_field(rest);
        let blanks = rest[end..].iter().take_while(|byte| is_blank(**byte));
        before += end + blanks.count();
    }
    let (before, rest) = line.split_at(before);
    let (smiles, after) = rest.split_at(end_of_smiles(rest));
    let (before, after) = (before.trim_ascii_end(), after.trim_ascii_start());
    let name = match (before, after) {
        (b"", name) | (name, b"") => name.into(),
        (before, after) => [before, after].join(&b' ').into(),
    };
    (smiles, name)
}

/// The bytes of the SMILES at the beginning of a text, its extension included. All of the text, where
/// that is broken: nobody knows where it ends.
fn end_of_smiles(text: &[u8]) -> usize {
    let end = end_of_field(text);
    if !text[end..].trim_ascii_start().starts_with(b"|") {
        return end;
    }
    match std::str::from_utf8(text).map(SmilesLine::split) {
        Ok(Ok(line)) if line.extension.is_some() => text.len() - line.name.len(),
        Ok(Err(_)) => text.len(),
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, field: usize, smiles: &str, name: &str) {
        let (found, rest) = parts(line.as_bytes(), field);
        let text = |bytes| String::from_utf8_lossy(bytes).trim().to_owned();
        assert_eq!((text(found), text(&rest)), (smiles.into(), name.into()));
    }

    #[test]
    fn an_extension_belongs_to_the_molecule_and_what_follows_to_the_name() {
        check("CCO", 0, "CCO", "");
        check("CCO ethanol |x|", 0, "CCO", "ethanol |x|");
        check("CC\u{c}O ethanol", 0, "CC\u{c}O", "ethanol");
        check("CCO |$a b;;$| ethanol", 0, "CCO |$a b;;$|", "ethanol");
        check(
            "CCO\t|$a b;;$|\tethanol, pure",
            0,
            "CCO\t|$a b;;$|",
            "ethanol, pure",
        );
        check("7 CCO |o1:1| ethanol", 1, "CCO |o1:1|", "7 ethanol");
        // Broken ones, and bars after what is no SMILES.
        check("CCO |w:0.1| ethanol", 0, "CCO |w:0.1| ethanol", "");
        check("C( |$$| ethanol", 0, "C(", "|$$| ethanol");
    }
}
