//! JSON objects: one a line, or the elements of an array, the molecule under a key.

use std::borrow::Cow;
use std::io::BufRead;
use std::path::Path;

use serde::de::IgnoredAny;

use super::column::{By, Judge, choose};
use super::input::{failed, other};
use super::lines::{Line, Lines};
use super::read::Findings;
use super::row::{Content, LONGEST_LINE, ReadOptions, Row, binary};
use super::sample::{ROWS, Sample};
use super::values::Values;
use super::{Column, Input, TableError, Value};

/// The objects of a file.
pub(super) struct Objects {
    source: Source<'static>,
    /// The key of the molecule; none where the values are texts.
    key: Option<String>,
    /// The other keys of the first objects, if their values are kept.
    columns: Vec<Column>,
    keep: bool,
}

/// Objects on lines of their own, so that a bad one spoils no other; or wherever they stand.
enum Source<'a> {
    Lines(Lines<'a>),
    Values(Values<'a>),
}

impl<'a> Source<'a> {
    fn new(is_lines: bool, reader: impl BufRead + 'a) -> Self {
        if is_lines {
            Self::Lines(Lines::new(reader, LONGEST_LINE))
        } else {
            Self::Values(Values::new(reader, LONGEST_LINE))
        }
    }

    fn read(&mut self) -> std::io::Result<Option<Line<'_>>> {
        match self {
            Self::Lines(lines) => lines.read(),
            Self::Values(values) => values.read(),
        }
    }
}

impl Objects {
    pub(super) fn new(input: Input, options: &ReadOptions) -> Result<(Self, Findings), TableError> {
        let path = input.name().to_owned();
        let start = input.start();
        let mut lines = start.split(|byte| matches!(byte, b'\r' | b'\n'));
        let first = lines.find(|line| !line.trim_ascii().is_empty());
        let is_lines = Object::parse(first.unwrap_or_default().trim_ascii()).is_ok();
        let values = first_values(&input, is_lines).map_err(|source| failed(&path, source))?;
        let (key, columns, findings) = columns(&values, &input, options)?;
        let keep = options.keep_cells;
        Ok((
            Self {
                source: Source::new(is_lines, input.into_reader()),
                key,
                columns: if keep { columns } else { Vec::new() },
                keep,
            },
            findings,
        ))
    }

    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(super) fn next(&mut self, path: &Path) -> Result<Option<Row>, TableError> {
        let Some(line) = self.source.read().map_err(|source| failed(path, source))? else {
            return Ok(None);
        };
        let row = line.row;
        if line.text.contains(&0) {
            return Err(binary(path, row));
        }
        let mut cells = if self.keep {
            vec![Value::Nothing; self.columns.len()]
        } else {
            Vec::new()
        };
        let content = if line.text.trim_ascii().is_empty() {
            Content::Blank
        } else if !line.whole {
            Content::unusable(format!("a line of more than {LONGEST_LINE} bytes"))
        } else {
            match Object::parse(line.text) {
                Ok(object) => match &self.key {
                    Some(key) => {
                        if self.keep {
                            object.fill(&mut cells, &self.columns, key, path, row)?;
                        }
                        object.molecule(key)
                    }
                    None => Content::unusable("an object where the others are texts"),
                },
                Err(error) => match std::str::from_utf8(line.text).ok().and_then(string) {
                    Some(text) if self.key.is_none() => Content::of_cell(text.as_bytes()),
                    _ => Content::unusable(format!("not a JSON object: {error}")),
                },
            }
        };
        Ok(Some(Row {
            line: row,
            content,
            cells,
        }))
    }
}

/// The values at the beginning of a file.
fn first_values(input: &Input, is_lines: bool) -> std::io::Result<Vec<Vec<u8>>> {
    let mut values = Vec::new();
    let mut source = Source::new(is_lines, input.start());
    while let Some(line) = source.read()? {
        values.push(line.text.to_owned());
    }
    // The last may be cut.
    if !input.start_is_all() && values.len() > 1 {
        values.pop();
    }
    Ok(values)
}

/// The key of the molecules and the other columns, by the first values.
fn columns(
    values: &[Vec<u8>],
    input: &Input,
    options: &ReadOptions,
) -> Result<(Option<String>, Vec<Column>, Findings), TableError> {
    let objects: Vec<Object<'_>> = values
        .iter()
        .filter_map(|value| Object::parse(value).ok())
        .collect();
    let mut keys: Vec<String> = Vec::new();
    for object in &objects {
        object.add_keys(&mut keys);
    }
    let is_text = |value: &Vec<u8>| value.trim_ascii().starts_with(b"\"");
    if keys.is_empty() && values.first().is_some_and(is_text) {
        return Ok((None, Vec::new(), Findings::default()));
    }
    let row = |object: &Object<'_>| -> Vec<String> {
        let text = |key: &String| match object.value(key) {
            Some(Value::Text(text)) => text,
            _ => String::new(),
        };
        keys.iter().map(text).collect()
    };
    let sample = Sample::named(keys.clone(), objects.iter().take(ROWS).map(row));
    let is_of_columns = |object: &Object<'_>| {
        let mut values = object.0.iter();
        objects.len() == 1 && values.all(|(_, value)| value.starts_with(['{', '[']))
    };
    if objects
        .first()
        .is_some_and(|first| !first.0.is_empty() && is_of_columns(first))
    {
        return Err(other(
            input.name(),
            "holds one JSON object of whole columns",
            "write one object a row (pandas: to_json with orient=\"records\" and lines=True)",
        ));
    }
    let chosen = choose(&sample, options, &mut Judge::default())
        .map_err(|fault| fault.of(input.name(), options, &sample))?;
    let key = keys.remove(chosen.column);
    let findings = Findings {
        note: (chosen.by == By::Content)
            .then(|| format!("the SMILES are under the key `{key}`, by their content")),
        doubt: chosen.doubt,
    };
    Ok((
        Some(key),
        keys.into_iter().map(Column::text).collect(),
        findings,
    ))
}

/// The keys of an object, in order, each with its value as it is written.
struct Object<'a>(Vec<(Cow<'a, str>, &'a str)>);

impl<'a> Object<'a> {
    fn parse(line: &'a [u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(line).map_err(|_| "not UTF-8 text".to_owned())?;
        // What is JSON at all is easily cut into its parts.
        serde_json::from_str::<IgnoredAny>(text).map_err(|error| error.to_string())?;
        let inside = text.trim_ascii().strip_prefix('{');
        let inside = inside.and_then(|text| text.strip_suffix('}'));
        let inside = inside.ok_or_else(|| "something else".to_owned())?;
        let mut pairs = Vec::new();
        let mut start = 0;
        let mut key = "";
        let mut depth = 0_usize;
        let mut bytes = inside.bytes().enumerate();
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'"' => {
                    // To the end of the string, over what is escaped.
                    while let Some((_, byte)) = bytes.next() {
                        match byte {
                            b'"' => break,
                            b'\\' => drop(bytes.next()),
                            _ => {}
                        }
                    }
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                b':' if depth == 0 => {
                    key = &inside[start..at];
                    start = at + 1;
                }
                b',' if depth == 0 => {
                    pairs.push((key, inside[start..at].trim_ascii()));
                    start = at + 1;
                }
                _ => {}
            }
        }
        if !key.is_empty() {
            pairs.push((key, inside[start..].trim_ascii()));
        }
        let read = |(key, value)| Some((string(key)?, value));
        let pairs = pairs.into_iter().map(read).collect::<Option<_>>();
        pairs.map(Self).ok_or_else(|| "a key is no text".to_owned())
    }

    fn add_keys(&self, keys: &mut Vec<String>) {
        for (key, _) in &self.0 {
            if !keys.iter().any(|known| known == key) {
                keys.push(key.clone().into_owned());
            }
        }
    }

    fn value(&self, wanted: &str) -> Option<Value> {
        let found = self.0.iter().find(|(key, _)| key == wanted);
        found.map(|(_, value)| value_of(value))
    }

    fn molecule(&self, wanted: &str) -> Content {
        match self.value(wanted) {
            Some(Value::Text(text)) => Content::of_cell(text.as_bytes()),
            Some(Value::Nothing) => Content::unusable(format!("`{wanted}` is null")),
            Some(_) => Content::unusable(format!("`{wanted}` is not a text")),
            None => Content::unusable(format!("the object has no `{wanted}`")),
        }
    }

    fn fill(
        &self,
        cells: &mut [Value],
        columns: &[Column],
        molecule: &str,
        path: &Path,
        row: usize,
    ) -> Result<(), TableError> {
        for (place, (key, value)) in self.0.iter().enumerate() {
            if key == molecule {
                continue;
            }
            // Mostly all objects have the same keys in the same order.
            let is = |column: &Column| column.name == *key;
            let guess = place.saturating_sub(1);
            let place = [place, guess]
                .into_iter()
                .find(|place| columns.get(*place).is_some_and(is))
                .or_else(|| columns.iter().position(is));
            let Some(place) = place else {
                return Err(TableError::NewKey {
                    path: path.to_owned(),
                    row,
                    key: key.clone().into_owned(),
                });
            };
            cells[place] = value_of(value);
        }
        Ok(())
    }
}

fn value_of(value: &str) -> Value {
    match string(value) {
        _ if value == "null" => Value::Nothing,
        Some(text) => Value::Text(text.into_owned()),
        None => Value::Json(value.to_owned()),
    }
}

/// The text of a JSON string; nothing if it is not a string.
fn string(json: &str) -> Option<Cow<'_, str>> {
    let json = json.trim_ascii();
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') {
        serde_json::from_str(json).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inside))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::table::Rows;

    fn rows(text: &str, keep_cells: bool) -> Result<Vec<Row>, TableError> {
        let options = ReadOptions {
            keep_cells,
            ..ReadOptions::default()
        };
        let stream = Box::new(Cursor::new(text.as_bytes().to_vec()));
        Rows::new(Input::from_stream(Path::new("a.jsonl"), stream)?, &options)?.collect()
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        let error = rows(text, true).expect_err("an error");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn objects_give_molecules_and_cells() {
        let text = "{\"id\": 1.50, \"SMILES\": \"CC\", \"note\": \"a \\\"b\\\"\"}\n\n\
                    {\"SMILES\": \" C\\/C=C/C\", \"more\": [1, 2], \"note\": null}\n";
        let found = rows(text, true).unwrap();
        assert_eq!(found[0].content, Content::Text("CC".into()));
        let json = |text: &str| Value::Json(text.into());
        assert_eq!(
            found[0].cells,
            [json("1.50"), Value::Text("a \"b\"".into()), Value::Nothing]
        );
        assert_eq!(found[1].content, Content::Blank);
        assert_eq!(found[2].content, Content::Text("C/C=C/C".into()));
        assert_eq!(found[2].line, 3);
        assert_eq!(
            found[2].cells,
            [Value::Nothing, Value::Nothing, json("[1, 2]")]
        );
        let found = rows(text, false).unwrap();
        assert!(found.iter().all(|row| row.cells.is_empty()));
    }

    #[test]
    fn rows_that_hold_no_molecule_say_why() {
        let text = "{\"smiles\": 1}\n{\"smiles\": null}\n{\"id\": 1}\n[1]\n{\"smiles\": \"\"}\n";
        let found = rows(text, false).unwrap();
        let reasons: Vec<&str> = found
            .iter()
            .map(|row| match &row.content {
                Content::Unusable { reason, .. } => reason.as_str(),
                _ => panic!("{row:?}"),
            })
            .collect();
        assert_eq!(
            reasons[..3],
            [
                "`smiles` is not a text",
                "`smiles` is null",
                "the object has no `smiles`"
            ]
        );
        assert!(
            reasons[3].starts_with("not a JSON object: "),
            "{}",
            reasons[3]
        );
        assert_eq!(reasons[4], "the cell is empty");
    }

    #[test]
    fn what_is_no_table_of_objects_is_refused() {
        check_refused(
            "{\"mol\": \"x\", \"id\": 1}\n",
            "`a.jsonl` has no column `smiles` and none that looks like SMILES, only `mol`, `id`: \
             choose one with setting `column`",
        );
        check_refused(
            "{\"smiles\": {\"0\": \"C\", \"1\": \"CC\"}}",
            "`a.jsonl` holds one JSON object of whole columns: write one object a row (pandas: \
             to_json with orient=\"records\" and lines=True)",
        );
        check_refused(
            "smiles\nC\n",
            "`a.jsonl` does not hold JSON lines, as its name says: write one JSON object a line",
        );
    }

    #[test]
    fn arrays_and_objects_over_several_lines_are_read() {
        for text in [
            "[{\"smiles\": \"C\", \"id\": 1},\n{\"smiles\": \"CC\", \"id\": [2]}]",
            "{\n  \"smiles\": \"C\",\n  \"id\": 1\n}\n{\n  \"smiles\": \"CC\",\n  \"id\": [2]\n}\n",
            "[\n {\n  \"Structure\": \"C\",\n  \"id\": 1\n },\n {\n  \"id\": [2],\n  \"Structure\": \"CC\"\n }\n]\n",
        ] {
            let found = rows(text, true).unwrap();
            let row = |line, smiles: &str, id: &str| Row {
                line,
                content: Content::Text(smiles.into()),
                cells: vec![Value::Json(id.into())],
            };
            assert_eq!(found, [row(1, "C", "1"), row(2, "CC", "[2]")], "{text}");
        }
        let found = rows("[\"C\", \"C\\/C=C/C\", 3]", true).unwrap();
        let texts: Vec<&str> = found.iter().map(|row| row.content.text()).collect();
        assert_eq!(texts, ["C", "C/C=C/C", ""]);
    }

    #[test]
    fn a_key_that_comes_late_is_an_error_where_it_would_be_lost() {
        let line = "{\"smiles\": \"C\"}\n";
        let text = line.repeat(10_000) + "{\"smiles\": \"C\", \"id\": 1}\n";
        assert_eq!(rows(&text, false).unwrap().len(), 10_001);
        check_refused(
            &text,
            "line 10001 of `a.jsonl` has a `id`, and the first lines have not: give every object \
             the same keys, with null where there is no value",
        );
    }
}
