//! SD files: records of a molecule block and data items, each a row.
//!
//! Some hundred records are held at a time, and read on all cores of the caller's pool. The molecule
//! of a row is its canonical SMILES; its title and its data items are columns.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::path::Path;

use rayon::prelude::*;

use super::input::{failed, other};
use super::lines::Lines;
use super::record::{self, Record};
use super::row::{Content, LONGEST_LINE, ReadOptions, Row, binary, text_of};
use super::{Column, Input, Kind, TableError, Value};

/// The line that ends a record.
const END: &[u8] = b"$$$$";

/// Records, and bytes of them, that are read together.
const TOGETHER: usize = 512;
const BYTES: usize = 1 << 22;

/// The most columns.
const MOST_ITEMS: usize = 10_000;

/// The records of a file.
pub(super) struct Records {
    source: Lines<'static>,
    /// The columns, if cells are kept.
    header: Option<Header>,
    /// Records that are cut, and not read yet.
    cut: Vec<Cut>,
    ready: VecDeque<Row>,
    /// The error after the rows that are ready.
    fault: Option<TableError>,
    /// Groups of stereocentres that were dropped, and records with some.
    dropped: Dropped,
}

/// What the records had and their SMILES have not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Dropped {
    /// Groups of relative or racemic stereocentres, and records with any.
    stereo_groups: usize,
    records: usize,
}

impl fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} groups of relative or racemic stereocentres in {} records are dropped: their \
             centres are read as they are drawn",
            self.stereo_groups, self.records
        )
    }
}

/// A record as text.
struct Cut {
    /// Line of its title, from 1.
    line: usize,
    text: Vec<u8>,
    whole: bool,
}

impl Records {
    /// # Errors
    /// That a column was chosen, and those of reading the names of all data items.
    pub(super) fn new(input: Input, options: &ReadOptions) -> Result<Self, TableError> {
        let path = input.name().to_owned();
        if options.column.is_some() {
            return Err(other(
                &path,
                "is an SD file, whose molecules are its blocks",
                "leave out setting `column`",
            ));
        }
        let is_stream = input.is_stream();
        let mut records = Self {
            source: Lines::new(input.into_reader(), LONGEST_LINE),
            header: None,
            cut: Vec::new(),
            ready: VecDeque::new(),
            fault: None,
            dropped: Dropped::default(),
        };
        if options.keep_cells {
            let names = if is_stream {
                records.cut_some(&path);
                Names::of_some(&records.cut)
            } else {
                Names::of_file(&path)?
            };
            records.header = Some(Header::new(names));
        }
        Ok(records)
    }

    pub(super) fn columns(&self) -> &[Column] {
        self.header.as_ref().map_or(&[], |header| &header.columns)
    }

    /// What was dropped so far, if anything was.
    pub(super) fn dropped(&self) -> Option<Dropped> {
        Some(self.dropped).filter(|dropped| dropped.records > 0)
    }

    pub(super) fn next(&mut self, path: &Path) -> Result<Option<Row>, TableError> {
        if self.ready.is_empty() {
            if self.cut.is_empty() {
                self.cut_some(path);
            }
            self.read_some(path);
        }
        match self.ready.pop_front() {
            Some(row) => Ok(Some(row)),
            None => self.fault.take().map_or(Ok(None), Err),
        }
    }

    /// Cuts the next records; keeps the error where the file cannot be read on.
    fn cut_some(&mut self, path: &Path) {
        let mut bytes = 0;
        while self.fault.is_none() && self.cut.len() < TOGETHER && bytes < BYTES {
            match self.cut_one(path) {
                Ok(Some(cut)) => {
                    bytes += cut.text.len();
                    self.cut.push(cut);
                }
                Ok(None) => break,
                Err(fault) => self.fault = Some(fault),
            }
        }
    }

    /// Cuts the next record; none at the end of the file.
    fn cut_one(&mut self, path: &Path) -> Result<Option<Cut>, TableError> {
        let mut cut: Option<Cut> = None;
        let mut is_blank = true;
        while let Some(line) = self.source.read().map_err(|error| failed(path, error))? {
            if line.text.contains(&0) {
                return Err(binary(path, line.row));
            }
            let cut = cut.get_or_insert_with(|| Cut {
                line: line.row,
                text: Vec::new(),
                whole: true,
            });
            if line.text.starts_with(END) {
                is_blank = false;
                break;
            }
            is_blank &= line.text.trim_ascii().is_empty();
            cut.whole &= line.whole && cut.text.len() + line.text.len() < LONGEST_LINE;
            if cut.whole {
                cut.text.extend_from_slice(line.text);
                cut.text.push(b'\n');
            }
        }
        // Blank lines after the last record.
        Ok(cut.filter(|_| !is_blank))
    }

    /// Reads the records that are cut.
    fn read_some(&mut self, path: &Path) {
        let header = self.header.as_ref();
        let read = |cut: &Cut| row(cut, header, path);
        let rows: Vec<_> = self.cut.par_iter().map(read).collect();
        self.cut.clear();
        for row in rows {
            match row {
                Ok((row, groups)) => {
                    self.dropped.stereo_groups += groups;
                    self.dropped.records += usize::from(groups > 0);
                    self.ready.push_back(row);
                }
                Err(fault) => {
                    self.fault = Some(fault);
                    break;
                }
            }
        }
    }
}

/// The row of a record, and the groups of stereocentres that are dropped.
fn row(cut: &Cut, header: Option<&Header>, path: &Path) -> Result<(Row, usize), TableError> {
    let text = text_of(&cut.text);
    let record = Record::read(&text);
    let (content, groups) = if cut.whole {
        record.molecule()
    } else {
        let reason = format!("a record of more than {LONGEST_LINE} bytes");
        (Content::unusable(reason), 0)
    };
    let cells = match header {
        None => Ok(Vec::new()),
        Some(header) => header.cells(record),
    };
    let cells = cells.map_err(|item| TableError::NewItem {
        path: path.to_owned(),
        row: cut.line,
        item,
    })?;
    let line = cut.line;
    let row = Row {
        line,
        content,
        cells,
    };
    Ok((row, groups))
}

/// The columns of a file: the titles, if there are any, and the data items.
struct Header {
    columns: Vec<Column>,
    titles: bool,
    places: HashMap<String, usize>,
}

impl Header {
    fn new(names: Names) -> Self {
        let title = names.titles.then(|| Column::new("name", Kind::Text));
        let first = usize::from(names.titles);
        let places = names.items.iter().cloned().zip(first..).collect();
        let items = names.items.into_iter().map(Column::text);
        Self {
            columns: title.into_iter().chain(items).collect(),
            titles: names.titles,
            places,
        }
    }

    /// The values of a record, or the name of a data item that has no column.
    fn cells(&self, record: Record<'_>) -> Result<Vec<Value>, String> {
        let value = |text: String| match &*text {
            "" => Value::Nothing,
            _ => Value::Text(text),
        };
        let mut cells = vec![Value::Nothing; self.columns.len()];
        if self.titles {
            cells[0] = value(record.title.to_owned());
        }
        for (name, text) in record.items {
            let place = self.places.get(name).ok_or_else(|| name.to_owned())?;
            cells[*place] = value(text);
        }
        Ok(cells)
    }
}

/// The names of data items, in the order in which they come first, and whether there are titles.
#[derive(Debug, Default)]
struct Names {
    items: Vec<String>,
    known: HashSet<String>,
    titles: bool,
}

impl Names {
    fn of_some(records: &[Cut]) -> Self {
        let mut names = Self::default();
        for cut in records {
            let text = text_of(&cut.text);
            let record = Record::read(&text);
            names.titles |= !record.title.is_empty();
            for (name, _) in record.items {
                names.add(name);
            }
        }
        names
    }

    /// Those of a whole file.
    fn of_file(path: &Path) -> Result<Self, TableError> {
        let mut lines = Lines::of(Input::open(path)?, LONGEST_LINE);
        let mut names = Self::default();
        let mut is_title = true;
        while let Some(line) = lines.read().map_err(|error| failed(path, error))? {
            let text = line.text;
            names.titles |= is_title && !text.trim_ascii().is_empty();
            is_title = text.starts_with(END);
            if let Some(header) = text.trim_ascii().strip_prefix(b">")
                && let Some(name) = record::name(&text_of(header))
            {
                names.add(name);
            }
            if names.items.len() > MOST_ITEMS {
                let found = format!("has more than {MOST_ITEMS} different data items");
                return Err(other(
                    path,
                    found,
                    "leave those out that differ from record to record",
                ));
            }
        }
        Ok(names)
    }

    fn add(&mut self, name: &str) {
        if !self.known.contains(name) {
            self.known.insert(name.to_owned());
            self.items.push(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::table::Rows;

    /// A record of one atom.
    fn atom(title: &str, symbol: &str, items: &str) -> String {
        let counts = "  1  0  0  0  0  0  0  0  0  0999 V2000";
        let place = "    0.0000    0.0000    0.0000";
        format!("{title}\n  by hand\n\n{counts}\n{place} {symbol}   0  0\nM  END\n{items}$$$$\n")
    }

    fn read(text: &str, options: &ReadOptions) -> Result<(Vec<Column>, Vec<Row>), TableError> {
        let stream = Box::new(Cursor::new(text.as_bytes().to_vec()));
        let mut rows = Rows::new(Input::from_stream(Path::new("-"), stream)?, options)?;
        let columns = rows.columns()?.to_vec();
        Ok((columns, rows.collect::<Result<_, _>>()?))
    }

    const KEEP: ReadOptions = ReadOptions {
        column: None,
        keep_cells: true,
        generated: false,
    };

    /// Rows as `line:molecule|cells` or `line!reason|cells`.
    #[track_caller]
    fn check(text: &str, names: &[&str], expected: &[&str]) {
        let (columns, rows) = read(text, &KEEP).expect("rows");
        let found: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
        assert_eq!(found, names);
        let show = |row: &Row| {
            let molecule = match &row.content {
                Content::Text(text) => format!(":{text}"),
                Content::Unusable { reason, .. } => format!("!{reason}"),
                Content::Blank => "blank".to_owned(),
            };
            let cells = row.cells.iter().map(|value| match value {
                Value::Text(text) => format!("|{text}"),
                _ => "|".to_owned(),
            });
            format!("{}{molecule}{}", row.line, cells.collect::<String>())
        };
        let found: Vec<String> = rows.iter().map(show).collect();
        assert_eq!(found, expected);
        // Without the cells the molecules are the same.
        let (none, plain) = read(text, &ReadOptions::default()).expect("rows");
        let molecules = |rows: &[Row]| {
            rows.iter()
                .map(|row| row.content.clone())
                .collect::<Vec<_>>()
        };
        assert!(none.is_empty() && molecules(&plain) == molecules(&rows));
    }

    #[test]
    fn records_are_rows_with_titles_and_items_as_columns() {
        let text = atom("methane", "C", ">  <ID>\n1\n\n") + &atom("", "O", ">  <PK>\n2\n\n");
        let expected = ["1:C|methane|1|", "11:O|||2"];
        check(&text, &["name", "ID", "PK"], &expected);
        check(
            &text.replace('\n', "\r\n"),
            &["name", "ID", "PK"],
            &expected,
        );
        check(&text.replace('\n', "\r"), &["name", "ID", "PK"], &expected);
        check(&(text.clone() + "\n\n"), &["name", "ID", "PK"], &expected);
        let end = text.len() - "$$$$\n".len();
        check(&text[..end], &["name", "ID", "PK"], &expected);
        check(&atom("", "C", ""), &[], &["1:C"]);
    }

    #[test]
    fn what_is_no_molecule_keeps_its_place() {
        let broken = atom("b", "C", "").replace("M  END\n", "");
        let text =
            atom("a", "C", "") + &broken + "$$$$\n" + &atom("c", "Du", "") + &atom("d", "N", "");
        let expected = [
            "1:C|a",
            "8!line 6 of its molecule block: the record ends where M  END must follow|b",
            "14!line 1 of its molecule block: the record ends where its title must follow|",
            "15!line 5 of its molecule block: `Du` is no element|c",
            "22:N|d",
        ];
        check(&text, &["name"], &expected);
        let joined = atom("a", "C", "").replace("$$$$\n", "") + &atom("b", "N", "");
        let fault = "1!line 7 of the record is no data item: `$$$$` is missing before it, or a value has a \
                     blank line|a";
        check(&joined, &["name"], &[fault]);
        let long = atom("a", "C", &format!(">  <X>\n{}\n\n", "x\n".repeat(600_000)));
        let found = read(&(long + &atom("b", "N", "")), &ReadOptions::default())
            .expect("rows")
            .1;
        assert_eq!(
            found[0].content,
            Content::unusable("a record of more than 1048576 bytes")
        );
        assert_eq!(found[1].content, Content::Text("N".into()));
    }

    #[test]
    fn many_records_are_read_piece_by_piece() {
        let texts = (0..2_000).map(|number| atom(&number.to_string(), "C", ""));
        let (_, rows) = read(&texts.collect::<String>(), &KEEP).expect("rows");
        let lines: Vec<usize> = rows.iter().map(|row| row.line).collect();
        assert_eq!(
            lines,
            (0..2_000).map(|number| 7 * number + 1).collect::<Vec<_>>()
        );
        assert_eq!(rows[1_999].cells, [Value::Text("1999".into())]);
    }

    #[test]
    fn items_that_come_late_are_told_in_a_stream_and_found_in_a_file() {
        let mut text: String = (0..600).map(|_| atom("", "C", "")).collect();
        text += &atom("", "C", ">  <LATE>\n1\n\n");
        let error = read(&text, &KEEP).expect_err("an error");
        assert_eq!(
            error.to_string(),
            "the record at line 4201 of `-` has a data item `LATE`, and the first records have not: give \
             the file instead of a stream"
        );
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &text).unwrap();
        let mut rows = Rows::open(file.path(), &KEEP).unwrap();
        assert_eq!(rows.columns().unwrap(), [Column::text("LATE")]);
        let last = rows.last().unwrap().unwrap();
        assert_eq!(
            (last.line, &last.cells[..]),
            (4_201, &[Value::Text("1".into())][..])
        );
    }

    #[test]
    fn a_column_is_not_chosen() {
        let options = ReadOptions {
            column: Some("ID".into()),
            ..ReadOptions::default()
        };
        let error = read(&atom("", "C", ""), &options).expect_err("an error");
        assert_eq!(
            error.to_string(),
            "`-` is an SD file, whose molecules are its blocks: leave out setting `column`"
        );
    }
}
