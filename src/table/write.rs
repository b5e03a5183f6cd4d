//! Molecules and their figures as rows: CSV, SMI, JSON lines or Parquet.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::error::{Context, Result, ensure};

#[cfg(feature = "parquet")]
use super::parquet::Columns;
use super::sink::{Sink, message};
use crate::store::Part;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A header, then the cells between commas.
    Csv,
    /// One SMILES a line and nothing else.
    Smi,
    /// One JSON object a line.
    Jsonl,
    /// A Parquet file.
    Parquet,
}

impl Format {
    /// The format asked for, else that of the name.
    fn choose(path: &Path, asked: Option<Self>) -> Result<Self> {
        let name = path.to_string_lossy().to_ascii_lowercase();
        let plain = name.strip_suffix(".gz").unwrap_or(&name);
        let ending = Path::new(plain).extension();
        let of_name = match ending.and_then(|ending| ending.to_str()) {
            Some("smi" | "txt") => Self::Smi,
            Some("jsonl") => Self::Jsonl,
            Some("parquet") => Self::Parquet,
            _ => Self::Csv,
        };
        let format = asked.unwrap_or(of_name);
        ensure!(
            format != Self::Parquet || plain == name,
            Setting,
            "`{}`: a Parquet file is not compressed by gzip: remove .gz from its name",
            path.display()
        );
        ensure!(
            cfg!(feature = "parquet") || format != Self::Parquet,
            Setting,
            "`{}`: this build writes no Parquet files: write .csv, or build with the feature `parquet`",
            path.display()
        );
        Ok(format)
    }

    /// The SMILES of a text of this format, whose first column they are.
    fn smiles(self, text: impl Read) -> Result<Vec<String>> {
        if self == Self::Csv {
            let rows = csv::Reader::from_reader(text).into_records();
            let first = |row: csv::StringRecord| row.get(0).unwrap_or_default().to_owned();
            return Ok(rows.map(|row| row.map(first)).collect::<Result<_, _>>()?);
        }
        let lines = BufReader::new(text).lines();
        let smiles = |line: std::io::Result<String>| -> Result<String> {
            let line = line?;
            if self == Self::Smi {
                return Ok(line);
            }
            let object: serde_json::Value = serde_json::from_str(&line)?;
            let text = object["smiles"].as_str();
            Ok(text.context("a row without a `smiles`")?.to_owned())
        };
        lines.map(smiles).collect()
    }
}

/// A named column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Count,
}

impl Column {
    pub(crate) const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind }
    }
}

/// One value of a row. Lists are arrays in JSON, and their items between spaces elsewhere: they
/// belong into columns of kind [`Kind::Text`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell<'a> {
    Nothing,
    Text(&'a str),
    /// Written with four decimals.
    Number(f64),
    Count(u64),
    Texts(&'a [&'a str]),
    Numbers(&'a [f32]),
}

impl Cell<'_> {
    /// The value as text; nothing for [`Cell::Nothing`].
    pub(crate) fn text(&self) -> String {
        let numbers = |numbers: &[f32]| -> Vec<String> {
            numbers.iter().map(|value| format!("{value:.4}")).collect()
        };
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => (*text).to_owned(),
            Self::Number(value) => format!("{value:.4}"),
            Self::Count(value) => value.to_string(),
            Self::Texts(texts) => texts.join(" "),
            Self::Numbers(values) => numbers(values).join(" "),
        }
    }

    fn json(&self) -> String {
        let list = |items: Vec<String>| format!("[{}]", items.join(","));
        match self {
            Self::Nothing => "null".to_owned(),
            Self::Text(text) => quoted(text),
            Self::Number(_) | Self::Count(_) => self.text(),
            Self::Texts(texts) => list(texts.iter().map(|text| quoted(text)).collect()),
            Self::Numbers(values) => list(values.iter().map(|x| format!("{x:.4}")).collect()),
        }
    }

    fn csv(&self) -> String {
        let text = self.text();
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An open output.
pub(crate) struct Output {
    columns: &'static [Column],
    place: Place,
}

enum Place {
    Lines {
        sink: Box<Sink>,
        format: Format,
    },
    #[cfg(feature = "parquet")]
    Parquet {
        path: PathBuf,
        columns: Box<Columns>,
    },
}

impl Output {
    /// Opens `path` (`-` is standard output), in the format asked for, else that of its name.
    /// One of the columns is called `smiles`.
    pub(crate) fn create(
        path: &Path,
        asked: Option<Format>,
        columns: &'static [Column],
    ) -> Result<Self> {
        let format = Format::choose(path, asked)?;
        Self::begin(Sink::create(path)?, path, format, columns, true)
    }

    /// As [`Output::create`], for long work that an interrupt does not lose: with `resume` it goes
    /// on where the same `request` stopped. The second value is the work's note at that point, the
    /// third the SMILES that are kept. A table has a `header`, unless it goes on another.
    pub(crate) fn create_in_parts(
        path: &Path,
        asked: Option<Format>,
        columns: &'static [Column],
        request: &str,
        resume: bool,
        header: bool,
    ) -> Result<(Self, Option<serde_json::Value>, Vec<String>)> {
        let format = Format::choose(path, asked)?;
        let is_file = path != Path::new("-") && (!path.exists() || path.is_file());
        if !is_file || format == Format::Parquet {
            ensure!(
                !resume,
                Setting,
                "--resume goes on with a .csv, .smi or .jsonl file: name it with --output"
            );
            let output = Self::begin(Sink::create(path)?, path, format, columns, header)?;
            return Ok((output, None, Vec::new()));
        }
        let (part, work) = Part::open(path, request, resume)?;
        let smiles = if resume {
            let reading = || format!("cannot read the rows of `{}`", path.display());
            format.smiles(part.kept()?).with_context(reading)?
        } else {
            Vec::new()
        };
        let sink = Sink::part(part, path);
        let output = Self::begin(sink, path, format, columns, header && !resume)?;
        Ok((output, work, smiles))
    }

    fn begin(
        mut sink: Sink,
        path: &Path,
        format: Format,
        columns: &'static [Column],
        header: bool,
    ) -> Result<Self> {
        #[cfg(feature = "parquet")]
        if format == Format::Parquet {
            let place = Place::Parquet {
                path: path.to_owned(),
                columns: Box::new(Columns::new(sink, columns).with_context(|| message(path))?),
            };
            return Ok(Self { columns, place });
        }
        if format == Format::Csv && header {
            let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
            sink.line(format_args!("{}", names.join(",")))?;
        }
        let place = Place::Lines {
            sink: Box::new(sink),
            format,
        };
        Ok(Self { columns, place })
    }

    /// Makes the rows so far outlive the process, where the output can be gone on with.
    pub(crate) fn keep(&mut self, work: &serde_json::Value) -> Result<()> {
        match &mut self.place {
            Place::Lines { sink, .. } => sink.keep(work),
            #[cfg(feature = "parquet")]
            Place::Parquet { .. } => Ok(()),
        }
    }

    /// Whether an interrupted run can be gone on with.
    pub(crate) fn can_go_on(&self) -> bool {
        matches!(&self.place, Place::Lines { sink, .. } if sink.can_go_on())
    }

    /// Writes one row, a cell per column.
    pub(crate) fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        let (sink, format) = match &mut self.place {
            #[cfg(feature = "parquet")]
            Place::Parquet { path, columns } => {
                return columns.row(cells).with_context(|| message(path));
            }
            Place::Lines { sink, format } => (sink, *format),
        };
        if format == Format::Smi {
            let smiles = |(column, _): &(&Column, &Cell<'_>)| column.name == "smiles";
            let cell = self.columns.iter().zip(cells).find(smiles);
            let text = cell.map(|(_, cell)| cell.text()).unwrap_or_default();
            return sink.line(format_args!("{text}"));
        }
        let mut line = String::new();
        for (index, (column, cell)) in self.columns.iter().zip(cells).enumerate() {
            let comma = if index > 0 { "," } else { "" };
            // A String takes any text.
            let _ = match format {
                Format::Jsonl => write!(line, "{comma}\"{}\":{}", column.name, cell.json()),
                _ => write!(line, "{comma}{}", cell.csv()),
            };
        }
        match format {
            Format::Jsonl => sink.line(format_args!("{{{line}}}")),
            _ => sink.line(format_args!("{line}")),
        }
    }

    /// Writes what is buffered and puts the file in its place.
    pub(crate) fn finish(self) -> Result<()> {
        match self.place {
            Place::Lines { sink, .. } => sink.finish(),
            #[cfg(feature = "parquet")]
            Place::Parquet { path, columns } => {
                columns.finish().with_context(|| message(&path))?.finish()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let text = Cell::Text("a \"b\", c");
        assert_eq!(text.csv(), "\"a \"\"b\"\", c\"");
        assert_eq!(text.json(), "\"a \\\"b\\\", c\"");
        assert_eq!(Cell::Nothing.csv(), "");
        assert_eq!(Cell::Nothing.json(), "null");
        assert_eq!(Cell::Numbers(&[0.5, 1.0]).csv(), "0.5000 1.0000");
        assert_eq!(Cell::Texts(&["C", "\\"]).json(), "[\"C\",\"\\\\\"]");
    }
}
