//! Molecules and their figures as rows of a file or a stream.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write as _};

use crate::error::{Context, Result, ensure};
use crate::progress::Watch;
use crate::store::Part;

#[cfg(feature = "parquet")]
use super::parquet::Columns;
use super::sd_file::SdFile;
#[cfg(feature = "xlsx")]
use super::sheet::Sheet;
use super::sink::{Sink, message};
use super::value::{between, quoted};
use super::{Cell, Column, Format, Output, Target, Value};

/// Writes rows, in any [`Format`], to a [`Target`].
pub struct Writer {
    columns: Vec<Column>,
    place: Place,
}

enum Place {
    Lines {
        sink: Box<Sink>,
        format: Format,
    },
    #[cfg(feature = "parquet")]
    Parquet {
        name: std::path::PathBuf,
        columns: Box<Columns>,
    },
    #[cfg(feature = "xlsx")]
    Workbook(Box<Sheet>),
    Records(Box<SdFile>),
}

impl Writer {
    /// Opens `output` for rows of these columns, one of which is called `smiles`.
    ///
    /// # Errors
    /// Those of the operating system, and that the name and the format do not go together.
    pub fn create(output: &Output, columns: &[Column]) -> Result<Self> {
        let format = Format::choose(output.target.name(), output.format)?;
        Self::begin(Sink::create(&output.target)?, format, columns, true)
    }

    /// As [`Writer::create`], for long work that an interrupt does not lose: with `resume` it goes
    /// on where the same `request` stopped. The second value is the work's note at that point, the
    /// third the SMILES that are kept. A table has a `header`, unless it goes on another.
    ///
    /// # Errors
    /// As [`Writer::create`], and where there is nothing to go on with.
    pub(crate) fn create_in_parts(
        output: &Output,
        columns: &[Column],
        request: &str,
        resume: bool,
        header: bool,
    ) -> Result<(Self, Option<serde_json::Value>, Vec<String>)> {
        let target = &output.target;
        let format = Format::choose(target.name(), output.format)?;
        let path = match target {
            Target::File(path) if format.is_rows_of_text() && is_ordinary(path) => path,
            _ => {
                ensure!(
                    !resume,
                    Setting,
                    "setting `resume` goes on with a .csv, .tsv, .smi or .jsonl file: name it with \
                     setting `output`"
                );
                let writer = Self::begin(Sink::create(target)?, format, columns, header)?;
                return Ok((writer, None, Vec::new()));
            }
        };
        let (part, work) = Part::open(path, request, resume)?;
        let kept = if resume {
            let reading = || format!("cannot read the rows of `{}`", path.display());
            smiles(format, header, part.kept()?).with_context(reading)?
        } else {
            Vec::new()
        };
        let sink = Sink::part(part, path);
        let writer = Self::begin(sink, format, columns, header && !resume)?;
        Ok((writer, work, kept))
    }

    fn begin(mut sink: Sink, format: Format, columns: &[Column], header: bool) -> Result<Self> {
        let columns = columns.to_vec();
        #[cfg(feature = "parquet")]
        if format == Format::Parquet {
            let name = sink.name().to_owned();
            let rows = Columns::new(sink, &columns).with_context(|| message(&name))?;
            let place = Place::Parquet {
                name,
                columns: Box::new(rows),
            };
            return Ok(Self { columns, place });
        }
        #[cfg(feature = "xlsx")]
        if format == Format::Xlsx {
            let place = Place::Workbook(Box::new(Sheet::new(sink, &columns)?));
            return Ok(Self { columns, place });
        }
        if format == Format::Sdf {
            let place = Place::Records(Box::new(SdFile::new(sink)));
            return Ok(Self { columns, place });
        }
        if format == Format::ExcelCsv && header {
            let marked = sink.write_all("\u{feff}".as_bytes());
            marked.with_context(|| message(sink.name()))?;
        }
        if let (Some(delimiter), true) = (format.delimiter(), header) {
            let names = columns.iter();
            let names: Vec<_> = names
                .map(|column| between(column.name.as_ref().into(), delimiter))
                .collect();
            let names = names.join(delimiter.encode_utf8(&mut [0; 4]));
            sink.line(format_args!("{names}{}", format.before_line_end()))?;
        }
        let place = Place::Lines {
            sink: Box::new(sink),
            format,
        };
        Ok(Self { columns, place })
    }

    /// Tells a watcher which columns the format has no place for.
    pub fn announce(&self, watch: &dyn Watch) {
        let Place::Lines { format, .. } = &self.place else {
            return;
        };
        let has_place = |column: &&Column| match format {
            Format::Smi => matches!(&*column.name, "smiles" | "name"),
            Format::Txt => column.name == "smiles",
            _ => true,
        };
        let left = self.columns.iter().filter(|column| !has_place(column));
        let left: Vec<String> = left.map(|column| format!("`{}`", column.name)).collect();
        if !left.is_empty() {
            watch.note(&format!(
                "a list of SMILES has no place for {}: a .csv, .tsv, .jsonl or .parquet has",
                left.join(", ")
            ));
        }
    }

    /// Makes the rows so far outlive the process, where the work can be gone on with.
    pub(crate) fn keep(&mut self, work: &serde_json::Value) -> Result<()> {
        if let Place::Lines { sink, .. } = &mut self.place {
            sink.keep(work)?;
        }
        Ok(())
    }

    /// Whether interrupted work can be gone on with.
    pub(crate) fn can_go_on(&self) -> bool {
        matches!(&self.place, Place::Lines { sink, .. } if sink.can_go_on())
    }

    /// Writes one row, a cell per column.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        let (sink, format) = match &mut self.place {
            #[cfg(feature = "parquet")]
            Place::Parquet { name, columns } => {
                return columns.row(cells).with_context(|| message(name));
            }
            #[cfg(feature = "xlsx")]
            Place::Workbook(sheet) => return sheet.row(cells),
            Place::Records(file) => return file.row(&self.columns, cells),
            Place::Lines { sink, format } => (sink, *format),
        };
        let cells = self.columns.iter().zip(cells);
        if matches!(format, Format::Smi | Format::Txt) {
            let cell = |name: &str| cells.clone().find(|(column, _)| column.name == name);
            let text = |name: &str| cell(name).map(|(_, cell)| cell.text()).unwrap_or_default();
            let (smiles, name) = (text("smiles"), text("name"));
            if format == Format::Txt || name.is_empty() {
                return sink.line(format_args!("{smiles}"));
            }
            let name = name.replace(['\n', '\r'], " ");
            return sink.line(format_args!("{smiles}\t{name}"));
        }
        let mut line = String::new();
        for (column, cell) in cells {
            // A String takes any text.
            let _ = match format.delimiter() {
                Some(delimiter) => write!(line, "{}{delimiter}", cell.delimited(delimiter)),
                None => write!(line, "{}:{},", quoted(&column.name), cell.json()),
            };
        }
        // Without the last separator.
        line.pop();
        match format {
            Format::Jsonl => sink.line(format_args!("{{{line}}}")),
            _ => sink.line(format_args!("{line}{}", format.before_line_end())),
        }
    }

    /// Writes one row: `own` cells, and after them the values of a row that was read, for the
    /// columns that [`with_columns_of_file`](super::with_columns_of_file) puts together.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn row_of(&mut self, own: &[Cell<'_>], values: &[Value]) -> Result<()> {
        if self.columns.len() == own.len() {
            return self.row(own);
        }
        let values = values.iter().map(Cell::Value);
        let mut cells: Vec<Cell<'_>> = own.iter().copied().chain(values).collect();
        cells.resize(self.columns.len(), Cell::Nothing);
        self.row(&cells)
    }

    /// Writes what is buffered and puts the file in its place.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn finish(self) -> Result<()> {
        match self.place {
            Place::Lines { sink, .. } => sink.finish(),
            #[cfg(feature = "parquet")]
            Place::Parquet { name, columns } => {
                columns.finish().with_context(|| message(&name))?.finish()
            }
            #[cfg(feature = "xlsx")]
            Place::Workbook(sheet) => sheet.finish(),
            Place::Records(file) => file.finish(),
        }
    }
}

/// Whether a path is a file, or is free for one.
fn is_ordinary(path: &std::path::Path) -> bool {
    !path.exists() || path.is_file()
}

/// The SMILES of a text of this format, whose first column they are; a table's first row is none if
/// it is a `header`.
fn smiles(format: Format, header: bool, text: impl Read) -> Result<Vec<String>> {
    if let Some(delimiter) = format.delimiter() {
        let mut reader = csv::ReaderBuilder::new();
        let reader = reader.delimiter(delimiter as u8).has_headers(header);
        let rows = reader.from_reader(text);
        let first = |row: csv::StringRecord| row.get(0).unwrap_or_default().to_owned();
        let rows = rows.into_records().map(|row| row.map(first));
        return Ok(rows.collect::<Result<_, _>>()?);
    }
    let lines = BufReader::new(text).lines();
    let smiles = |line: std::io::Result<String>| -> Result<String> {
        let line = line?;
        if format != Format::Jsonl {
            let end = line.find('\t').unwrap_or(line.len());
            return Ok(line[..end].to_owned());
        }
        let object: serde_json::Value = serde_json::from_str(&line)?;
        let text = object["smiles"].as_str();
        Ok(text.context("a row without a `smiles`")?.to_owned())
    };
    lines.map(smiles).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Content, Kind, ReadOptions, Row, Rows, with_columns_of_file};

    /// The rows that `write` makes of a file of this name, and their columns.
    fn written(
        name: &str,
        columns: &[Column],
        write: impl FnOnce(&mut Writer) -> Result<()>,
    ) -> (Vec<Column>, Vec<Row>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let output = Output {
            target: path.clone().into(),
            format: None,
        };
        let mut writer = Writer::create(&output, columns).unwrap();
        write(&mut writer).unwrap();
        writer.finish().unwrap();
        let options = ReadOptions {
            keep_cells: true,
            ..ReadOptions::default()
        };
        let mut rows = Rows::open(&path, &options).unwrap();
        let columns = rows.columns().unwrap().to_vec();
        (columns, rows.map(|row| row.unwrap()).collect())
    }

    fn columns() -> [Column; 5] {
        [
            Column::new("row", Kind::Count),
            Column::new("smiles", Kind::Text),
            Column::new("nll", Kind::Number),
            Column::new("reason, or \"why\"", Kind::Text),
            Column::new("name", Kind::Text),
        ]
    }

    fn write(writer: &mut Writer) -> Result<()> {
        for row in 0..3_u64 {
            let nothing = Cell::Nothing;
            writer.row(&[
                Cell::Count(row),
                Cell::Text(["C\\C=C/C", "C(", "[Na+].[Cl-]"][row as usize]),
                if row == 1 {
                    nothing
                } else {
                    Cell::Number(0.1 + row as f64)
                },
                if row == 1 {
                    Cell::Text("a \"b\",\tc\nd")
                } else {
                    nothing
                },
                if row == 1 {
                    nothing
                } else {
                    Cell::Text("two words")
                },
            ])?;
        }
        Ok(())
    }

    /// The rows read back, every value as text.
    #[track_caller]
    fn check_back(name: &str, names: &[&str], expected: &[&[&str]]) {
        let (columns, rows) = written(name, &columns(), write);
        let found: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
        assert_eq!(found, names, "{name}");
        let texts = |row: &Row| -> Vec<String> {
            let cells = row
                .cells
                .iter()
                .map(|value| Cell::Value(value).text().into_owned());
            std::iter::once(row.content.text().to_owned())
                .chain(cells)
                .collect()
        };
        let found: Vec<Vec<String>> = rows.iter().map(texts).collect();
        assert_eq!(found, expected, "{name}");
        assert!(
            rows.iter()
                .all(|row| matches!(row.content, Content::Text(_)))
        );
    }

    #[test]
    fn a_part_keeps_its_rows_with_and_without_a_header() {
        let folder = tempfile::tempdir().unwrap();
        let output = Output {
            target: folder.path().join("a.csv").into(),
            format: None,
        };
        let columns = [Column::new("smiles", Kind::Text)];
        for header in [true, false] {
            let open = |resume| Writer::create_in_parts(&output, &columns, "a", resume, header);
            let (mut writer, _, _) = open(false).unwrap();
            for text in ["C", "CC"] {
                writer.row(&[Cell::Text(text)]).unwrap();
            }
            writer.keep(&1.into()).unwrap();
            drop(writer);
            let (writer, _, kept) = open(true).unwrap();
            assert_eq!(kept, ["C", "CC"]);
            writer.finish().unwrap();
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let names = ["row", "nll", "reason, or \"why\"", "name"];
        let table: [&[&str]; 3] = [
            &["C\\C=C/C", "0", "0.1000", "", "two words"],
            &["C(", "1", "", "a \"b\",\tc\nd", ""],
            &["[Na+].[Cl-]", "2", "2.1000", "", "two words"],
        ];
        for name in [
            "a.csv",
            "a.tsv",
            "a.jsonl",
            "a.csv.gz",
            "a.tsv.gz",
            "a.jsonl.gz",
        ] {
            check_back(name, &names, &table);
        }
        let list: [&[&str]; 3] = [
            &["C\\C=C/C", "two words"],
            &["C(", ""],
            &["[Na+].[Cl-]", "two words"],
        ];
        check_back("a.smi", &["name"], &list);
        check_back("a.smi.gz", &["name"], &list);
        let list: [&[&str]; 3] = [&["C\\C=C/C"], &["C("], &["[Na+].[Cl-]"]];
        check_back("a.txt", &[], &list);
    }

    #[cfg(feature = "parquet")]
    #[test]
    fn parquet_files_keep_the_kinds_of_their_columns() {
        let (kinds, rows) = written("a.parquet", &columns(), write);
        let found: Vec<Kind> = kinds.iter().map(|column| column.kind).collect();
        assert_eq!(found, [Kind::Count, Kind::Number, Kind::Text, Kind::Text]);
        assert_eq!(rows[2].content, Content::Text("[Na+].[Cl-]".into()));
        assert_eq!(rows[2].line, 3);
        let name = Value::Text("two words".into());
        assert_eq!(
            rows[2].cells,
            [Value::Integer(2), Value::Real(2.1), Value::Nothing, name]
        );
        // Once more, as the other columns of a new file.
        let own = [Column::new("smiles", Kind::Text)];
        for ending in ["parquet", "jsonl", "csv"] {
            let again = |writer: &mut Writer| {
                rows.iter().try_for_each(|row| {
                    writer.row_of(&[Cell::Text(row.content.text())], &row.cells)
                })
            };
            let columns = with_columns_of_file(&own, &kinds);
            let (_, copies) = written(&format!("a.{ending}"), &columns, again);
            for (row, copy) in rows.iter().zip(copies) {
                let texts = |row: &Row| -> Vec<String> {
                    let cells = row.cells.iter();
                    cells
                        .map(|value| Cell::Value(value).text().into_owned())
                        .collect()
                };
                assert_eq!(texts(row), texts(&copy), "{ending}");
            }
        }
    }

    #[cfg(feature = "parquet")]
    #[test]
    fn parquet_files_are_known_by_their_first_bytes_and_not_read_from_streams() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let output = Output {
            target: path.clone().into(),
            format: None,
        };
        let mut writer = Writer::create(&output, &columns()).unwrap();
        write(&mut writer).unwrap();
        writer.finish().unwrap();
        let other = folder.path().join("a.csv");
        std::fs::rename(&path, &other).unwrap();
        let options = ReadOptions::default();
        let rows: Vec<Row> = Rows::open(&other, &options)
            .unwrap()
            .map(|row| row.unwrap())
            .collect();
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.cells.is_empty()));
        let file = std::fs::File::open(&other).unwrap();
        let input = crate::table::Input::from_stream("-".as_ref(), Box::new(file)).unwrap();
        let error = Rows::new(input, &options).err().unwrap().to_string();
        assert!(error.contains("instead of a stream"), "{error}");
        // Cut, it is refused.
        let bytes = std::fs::read(&other).unwrap();
        std::fs::write(&other, &bytes[..bytes.len() / 2]).unwrap();
        assert!(Rows::open(&other, &options).is_err());
    }
}
