//! The verdict on each SMILES of a list or a table, and its canonical SMILES.

use rayon::prelude::*;

use crate::chem::{Invalid, MAX_LENGTH, Molecule, SmilesLine};
use crate::error::{Context, Result};
use crate::progress::{Outcome, Watch, outcome};
use crate::table::{
    Cell, Chunks, Column, Content, Format, Input, Kind, Lines, Look, Output, ReadOptions, Row,
    Rows, Sink, TableError, Writer, extensions_dropped, with_columns_of_file,
};

/// Rows that are parsed together: bounds the memory and feeds every core.
const CHUNK: usize = 4096;

/// Bytes of a SMILES that are kept: enough to see that it is too long.
const KEPT: usize = MAX_LENGTH + 2;

/// Bytes of a line that are kept, with the name after the SMILES.
const LONGEST_LINE: usize = 1 << 20;

/// Bytes of the lines that are parsed together, unless one is longer.
const TOGETHER: usize = 1 << 24;

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
    /// The column of a table that holds the SMILES, as [`ReadOptions::column`]. With it, the input is a
    /// table.
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
/// A list of SMILES gives these four between tabs for every line, whatever the output's name, and
/// after a further tab what follows the SMILES on the line: its name. A stream is a list unless its
/// first line names the column of the SMILES, or it holds JSON objects; a file is one by its content.
/// A table gives a table in the format of `output`, between tabs without one: these four, then the
/// other columns. Of CXSMILES the plain part is the molecule; the watch hears of how many rows an
/// extension was dropped.
///
/// `on_invalid` hears of each row that is not a molecule, in order. Where `watch` ends the work, the
/// rows so far are written.
///
/// # Errors
/// Those of reading and writing. After all rows, [`TableError::NoMolecule`] for a file without a
/// molecule that seems to be something else.
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
    let look = if options.column.is_some() {
        Look::Table
    } else {
        Look::at(&input, &reading)?
    };
    match look {
        Look::Table => table(Rows::new(input, &reading)?, output, on_invalid, watch),
        Look::Lines(no_molecule) => {
            let verdicts = list(input, output, on_invalid, watch)?;
            end(verdicts, no_molecule, watch)
        }
    }
}

/// The outcome, or the error where no row was a molecule.
fn end(
    verdicts: Verdicts,
    no_molecule: Option<TableError>,
    watch: &dyn Watch,
) -> Result<Outcome<Verdicts>> {
    match no_molecule {
        Some(error) if verdicts.valid == 0 => Err(error.into()),
        _ => Ok(outcome(watch, verdicts)),
    }
}

/// A line of a list: the SMILES, and what follows it.
struct Entry {
    smiles: String,
    name: String,
    /// Whether there was an extension of CXSMILES between them; the fault of a broken one.
    extension: Result<bool, Invalid>,
}

impl Entry {
    fn new(line: &[u8]) -> Self {
        let line = String::from_utf8_lossy(line);
        let whole = line.trim_matches([' ', '\t', '\r', '\n']);
        match SmilesLine::split(whole) {
            Ok(SmilesLine {
                smiles,
                extension,
                name,
            }) => Self {
                smiles: smiles[..smiles.floor_char_boundary(KEPT)].to_owned(),
                name: name.replace('\t', " "),
                extension: Ok(extension.is_some()),
            },
            Err(invalid) => Self {
                smiles: whole.replace('\t', " "),
                name: String::new(),
                extension: Err(invalid),
            },
        }
    }

    fn parse(&self) -> Result<Molecule, Invalid> {
        self.extension.clone()?;
        Molecule::parse(&self.smiles)
    }
}

fn list(
    input: Input,
    output: &Output,
    on_invalid: &mut dyn FnMut(InvalidRow<'_>),
    watch: &dyn Watch,
) -> Result<Verdicts> {
    let name = input.name().display().to_string();
    let mut input = Lines::of(input, LONGEST_LINE);
    let mut sink = Sink::create(&output.target)?;
    let mut entries: Vec<Entry> = Vec::with_capacity(CHUNK);
    let mut verdicts = Verdicts::default();
    let mut extensions = 0;
    watch.begin("canonicalizing", 0);
    while !watch.stop() {
        entries.clear();
        let mut bytes = 0;
        while entries.len() < CHUNK
            && bytes < TOGETHER
            && let Some(line) = input
                .read()
                .with_context(|| format!("cannot read `{name}`"))?
        {
            bytes += line.text.len();
            entries.push(Entry::new(line.text));
        }
        if entries.is_empty() {
            break;
        }
        let judged: Vec<_> = entries.par_iter().map(Entry::parse).collect();
        for (entry, verdict) in entries.iter().zip(&judged) {
            verdicts.rows += 1;
            extensions += usize::from(entry.extension == Ok(true));
            sink.line(format_args!("{}", row(entry, verdict)))?;
            match verdict {
                Ok(_) => verdicts.valid += 1,
                Err(invalid) => on_invalid(InvalidRow {
                    line: verdicts.rows,
                    text: &entry.smiles,
                    invalid,
                }),
            }
        }
        watch.advance(entries.len() as u64);
    }
    sink.finish()?;
    if let Some(dropped) = extensions_dropped(extensions) {
        watch.note(&format!("`{name}`: {dropped}"));
    }
    Ok(verdicts)
}

fn row(entry: &Entry, verdict: &Result<Molecule, Invalid>) -> String {
    let Entry { smiles, name, .. } = entry;
    let row = match verdict {
        Ok(molecule) => format!("{smiles}\tvalid\t{}\t", molecule.canonical()),
        Err(invalid) => format!("{smiles}\tinvalid\t\t{}", reason(invalid)),
    };
    if name.is_empty() {
        row
    } else {
        format!("{row}\t{name}")
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
    let format = Format::choose_or(output.target.name(), output.format, Format::Tsv)?;
    let output = Output {
        target: output.target.clone(),
        format: Some(format),
    };
    let columns = with_columns_of_file(&COLUMNS, rows.columns()?);
    let mut writer = Writer::create(&output, &columns)?;
    writer.announce(watch);
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
    end(verdicts, chunks.no_molecule(), watch)
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
    fn rows_have_four_columns_and_a_name() {
        let row = |line: &str| {
            let entry = Entry::new(line.as_bytes());
            row(&entry, &entry.parse())
        };
        assert_eq!(row("OCC"), "OCC\tvalid\tCCO\t");
        assert_eq!(row("  OCC \r"), "OCC\tvalid\tCCO\t");
        assert_eq!(
            row("OCC ethyl\talcohol "),
            "OCC\tvalid\tCCO\t\tethyl alcohol"
        );
        assert_eq!(
            row("C("),
            "C(\tinvalid\t\tthis parenthesis is never closed (at 2)"
        );
        assert_eq!(row("C(\tname").matches('\t').count(), 4);
        assert_eq!(
            row("C[C@H](F)O |&1:1|\tan alcohol"),
            "C[C@H](F)O\tvalid\tC[C@@H](O)F\t\tan alcohol"
        );
        assert_eq!(row("OCC |$;;$|"), "OCC\tvalid\tCCO\t");
        // Other white space than blanks and tabs is no end, as in RDKit.
        assert_eq!(
            row("O\u{c}CC"),
            "O\u{c}CC\tinvalid\t\tthis is not a part of SMILES (at 2)"
        );
        assert_eq!(
            row("OCC |w:0.1| name"),
            "OCC |w:0.1| name\tinvalid\t\tthis CXSMILES extension is broken (at 11)"
        );
        assert_eq!(row("OCC bar |x").matches('\t').count(), 4);
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
            "OCC ethanol\rC\r\r",
            "a.csv",
            "OCC\tvalid\tCCO\t\tethanol\nC\tvalid\tC\t\n\tinvalid\t\tthe string is empty\n",
        );
        // A stream whose first line names no column is a list, whatever the lines look like.
        let why = "a ring number must follow an atom (at 1)";
        let expected = format!("1,OCC\tinvalid\t\t{why}\n2,C\tinvalid\t\t{why}\n");
        check("1,OCC\n2,C\n", "a.csv", &expected);
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
