//! The verdict on each SMILES of a list or a table, and its canonical SMILES.

use rayon::prelude::*;

use crate::chem::{Invalid, MAX_LENGTH, Molecule};
use crate::error::{Context, Result};
use crate::progress::{Outcome, Watch, outcome};
use crate::table::{
    Cell, Chunks, Column, Content, Format, Input, Kind, Lines, Output, ReadOptions, Row, Rows,
    Sink, Writer, is_table, with_columns_of_file,
};

/// Rows that are parsed together: bounds the memory and feeds every core.
const CHUNK: usize = 4096;

/// Bytes of a line that are kept: enough to see that it is too long.
const KEPT: usize = MAX_LENGTH + 2;

/// The new columns of a table.
const COLUMNS: [Column; 4] = [
    Column::new("input", Kind::Text),
    Column::new("verdict", Kind::Text),
    Column::new("smiles", Kind::Text),
    Column::new("reason", Kind::Text),
];

/// Settings of reading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CanonicalizeOptions {
    /// The column of a table that holds the SMILES, by name in any case; without it, `smiles`. With
    /// it, the input is a table.
    pub column: Option<String>,
}

/// Counts of verdicts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// Rows.
    pub rows: usize,
    /// Rows that are molecules.
    pub valid: usize,
}

/// A row that is not a molecule.
#[derive(Debug, Clone, Copy)]
pub struct InvalidRow<'a> {
    /// Line of the file on which the row begins, from 1.
    pub line: usize,
    /// The text.
    pub text: &'a str,
    /// The reason, with the place of the fault.
    pub invalid: &'a Invalid,
}

/// Writes one row for each row of `input`, in order: the input, `valid` or `invalid`, the canonical
/// SMILES, and the reason where there is none.
///
/// A list of SMILES, which anything is that does not begin as a table with a header does, gives
/// these four between tabs for every line, whatever the output's name. A table (its first line has a
/// cell `smiles`, or the chosen column; or it holds JSON objects or is a Parquet file) gives a table
/// in the format of `output`, between tabs without one: these four, then the other columns.
///
/// `on_invalid` hears of each row that is not a molecule, in order. Where `watch` ends the work, the
/// rows so far are written.
///
/// # Errors
/// Those of reading and writing.
pub fn canonicalize(
    input: Input,
    options: &CanonicalizeOptions,
    output: &Output,
    on_invalid: &mut dyn FnMut(InvalidRow<'_>),
    watch: &dyn Watch,
) -> Result<Outcome<Verdicts>> {
    let reading = ReadOptions {
        column: options.column.clone(),
        keep_cells: true,
        ..ReadOptions::default()
    };
    if options.column.is_some() || is_table(&input, &reading) {
        table(Rows::new(input, &reading)?, output, on_invalid, watch)
    } else {
        list(input, output, on_invalid, watch)
    }
}

fn list(
    input: Input,
    output: &Output,
    on_invalid: &mut dyn FnMut(InvalidRow<'_>),
    watch: &dyn Watch,
) -> Result<Outcome<Verdicts>> {
    let name = input.name().display().to_string();
    let mut input = Lines::of(input, KEPT);
    let mut sink = Sink::create(&output.target)?;
    let mut lines = Vec::with_capacity(CHUNK);
    let mut verdicts = Verdicts::default();
    watch.begin("canonicalizing", 0);
    while !watch.stop() {
        lines.clear();
        while lines.len() < CHUNK
            && let Some(line) = input
                .read()
                .with_context(|| format!("cannot read `{name}`"))?
        {
            let text = line.text.strip_suffix(b"\r").unwrap_or(line.text);
            lines.push(String::from_utf8_lossy(text).into_owned());
        }
        if lines.is_empty() {
            break;
        }
        let judged: Vec<_> = lines.par_iter().map(|line| Molecule::parse(line)).collect();
        for (text, verdict) in lines.iter().zip(&judged) {
            verdicts.rows += 1;
            sink.line(format_args!("{}", row(text, verdict)))?;
            match verdict {
                Ok(_) => verdicts.valid += 1,
                Err(invalid) => on_invalid(InvalidRow {
                    line: verdicts.rows,
                    text,
                    invalid,
                }),
            }
        }
        watch.advance(lines.len() as u64);
    }
    sink.finish()?;
    Ok(outcome(watch, verdicts))
}

fn row(line: &str, verdict: &Result<Molecule, Invalid>) -> String {
    let shown = line.replace('\t', " ");
    match verdict {
        Ok(molecule) => format!("{shown}\tvalid\t{}\t", molecule.canonical()),
        Err(invalid) => format!("{shown}\tinvalid\t\t{}", reason(invalid)),
    }
}

fn reason(invalid: &Invalid) -> String {
    match invalid.position {
        Some(position) => format!("{invalid} (at {})", position + 1),
        None => invalid.to_string(),
    }
}

fn table(
    mut rows: Rows,
    output: &Output,
    on_invalid: &mut dyn FnMut(InvalidRow<'_>),
    watch: &dyn Watch,
) -> Result<Outcome<Verdicts>> {
    let of_name = || Format::of_name(output.target.name()).unwrap_or(Format::Tsv);
    let output = Output {
        target: output.target.clone(),
        format: Some(output.format.unwrap_or_else(of_name)),
    };
    let columns = with_columns_of_file(&COLUMNS, rows.columns()?);
    let mut writer = Writer::create(&output, &columns)?;
    let mut chunks = Chunks::new(rows, CHUNK, "canonicalizing", watch);
    let mut verdicts = Verdicts::default();
    for chunk in chunks.by_ref() {
        let judge = |row: &Row| match &row.content {
            Content::Unusable { .. } => None,
            content => Some(Molecule::parse(content.text())),
        };
        let judged: Vec<_> = chunk.par_iter().map(judge).collect();
        for (row, verdict) in chunk.iter().zip(judged) {
            verdicts.rows += 1;
            let text = row.content.text();
            let (canonical, why) = match &verdict {
                Some(Ok(molecule)) => (Cell::Text(molecule.canonical()), String::new()),
                Some(Err(invalid)) => (Cell::Nothing, reason(invalid)),
                None => (Cell::Nothing, unusable(&row.content)),
            };
            let is_valid = matches!(verdict, Some(Ok(_)));
            let why = if is_valid {
                Cell::Nothing
            } else {
                Cell::Text(&why)
            };
            verdicts.valid += usize::from(is_valid);
            let cells = [
                Cell::Text(text),
                Cell::Text(if is_valid { "valid" } else { "invalid" }),
                canonical,
                why,
            ];
            writer.row_of(&cells, &row.cells)?;
            if let Some(Err(invalid)) = &verdict {
                on_invalid(InvalidRow {
                    line: row.line,
                    text,
                    invalid,
                });
            }
        }
    }
    if let Some(fault) = chunks.fault() {
        return Err(fault.into());
    }
    writer.finish()?;
    Ok(outcome(watch, verdicts))
}

fn unusable(content: &Content) -> String {
    match content {
        Content::Unusable { reason, .. } => reason.clone(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use super::*;
    use crate::progress::Unwatched;
    use crate::table::Target;

    #[test]
    fn rows_have_four_columns() {
        let row = |line: &str| row(line, &Molecule::parse(line));
        assert_eq!(row("OCC"), "OCC\tvalid\tCCO\t");
        assert_eq!(
            row("C("),
            "C(\tinvalid\t\tthis parenthesis is never closed (at 2)"
        );
        assert_eq!(row("C\tC").matches('\t').count(), 3);
    }

    #[track_caller]
    fn check(text: &str, output: &str, expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(output);
        let stream = Box::new(Cursor::new(text.as_bytes().to_vec()));
        let input = Input::from_stream(Path::new("-"), stream).unwrap();
        let output = Output {
            target: Target::File(path.clone()),
            format: None,
        };
        let options = CanonicalizeOptions::default();
        canonicalize(input, &options, &output, &mut |_| (), &Unwatched).unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), expected);
    }

    #[test]
    fn lists_stay_lists_and_tables_keep_their_columns() {
        check(
            "OCC\n\nC(\n",
            "a.csv",
            "OCC\tvalid\tCCO\t\n\tinvalid\t\tthe string is empty\nC(\tinvalid\t\tthis parenthesis is never closed (at 2)\n",
        );
        check(
            "id,smiles,reason\n1,OCC,\"why, indeed\"\n2,C(\n",
            "a.csv",
            "input,verdict,smiles,reason,id,reason_2\nOCC,valid,CCO,,1,\"why, indeed\"\nC(,invalid,,this parenthesis is never closed (at 2),2,\n",
        );
        check(
            "smiles\tid\nOCC\t1\n",
            "a.out",
            "input\tverdict\tsmiles\treason\tid\nOCC\tvalid\tCCO\t\t1\n",
        );
        check(
            "{\"smiles\": \"OCC\", \"id\": 7}\n",
            "a.jsonl",
            "{\"input\":\"OCC\",\"verdict\":\"valid\",\"smiles\":\"CCO\",\"reason\":null,\"id\":7}\n",
        );
    }
}
