//! Rows as the records of an SD file: the molecule as a block with coordinates, the cells as data
//! items.
//!
//! Every row is a record. Where there is no molecule to draw, the block has no atoms and the item
//! `no_structure` says why.

use std::fmt::Write as _;
use std::io::Write as _;

use rayon::prelude::*;

use super::sink::{Sink, message};
use super::{Cell, Column};
use crate::chem::Molecule;
use crate::error::{Context, Result};

/// Records that are drawn together, on all cores of the caller's pool.
const TOGETHER: usize = 512;

/// An open SD file.
pub(super) struct SdFile {
    sink: Sink,
    held: Vec<Entry>,
}

/// A row that is not written yet.
#[derive(Default)]
struct Entry {
    smiles: String,
    title: String,
    /// Names and values of the data items.
    items: Vec<(String, String)>,
}

impl SdFile {
    pub(super) fn new(sink: Sink) -> Self {
        let held = Vec::with_capacity(TOGETHER);
        Self { sink, held }
    }

    /// Takes a row. The cell of `name` is the title; the others are items, if they hold anything.
    pub(super) fn row(&mut self, columns: &[Column], cells: &[Cell<'_>]) -> Result<()> {
        let mut entry = Entry::default();
        for (column, cell) in columns.iter().zip(cells) {
            let text = cell.text();
            match &*column.name {
                "name" => {
                    entry.title = text.into_owned();
                    continue;
                }
                "smiles" => entry.smiles = text.clone().into_owned(),
                _ => {}
            }
            if !text.is_empty() {
                let name = column.name.clone().into_owned();
                entry.items.push((name, text.into_owned()));
            }
        }
        self.held.push(entry);
        if self.held.len() == TOGETHER {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let records: Vec<String> = self.held.par_iter().map(record).collect();
        self.held.clear();
        let text = records.concat();
        let written = self.sink.write_all(text.as_bytes());
        written.with_context(|| message(self.sink.name()))
    }

    pub(super) fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.sink.finish()
    }
}

/// The text of a record, with the line that ends it.
fn record(entry: &Entry) -> String {
    let (mut text, why) = match block(entry) {
        Ok(block) => (block, None),
        Err(why) => {
            let title: String = entry.title.lines().take(1).collect();
            let block =
                format!("{title}\n  molgpt\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n");
            (block, Some(why))
        }
    };
    for (name, value) in &entry.items {
        item(&mut text, name, value);
    }
    if let Some(why) = why {
        item(&mut text, "no_structure", &why);
    }
    text + "$$$$\n"
}

fn block(entry: &Entry) -> Result<String, String> {
    if entry.smiles.is_empty() {
        return Err("there is no molecule".into());
    }
    let molecule = Molecule::parse(&entry.smiles).map_err(|invalid| invalid.to_string())?;
    let block = molecule.mol_block(&entry.title);
    block.map_err(|too_large| too_large.to_string())
}

/// Adds a data item. A value ends at a blank line, so that its own get a blank.
fn item(text: &mut String, name: &str, value: &str) {
    let name = name.replace(['<', '>', '\n', '\r'], "_");
    // A String takes any text.
    let _ = writeln!(text, ">  <{name}>");
    for line in value.trim_end().lines() {
        let _ = writeln!(text, "{}", if line.is_empty() { " " } else { line });
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Content, Kind, Output, ReadOptions, Row, Rows, Writer};

    #[test]
    fn every_row_is_a_record_that_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let columns = [
            Column::new("smiles", Kind::Text),
            Column::new("nll", Kind::Number),
            Column::new("name", Kind::Text),
            Column::new("a <b>", Kind::Text),
        ];
        for ending in ["sdf", "sdf.gz"] {
            let path = folder.path().join("a").with_extension(ending);
            let output = Output {
                target: path.clone().into(),
                format: None,
            };
            let mut writer = Writer::create(&output, &columns).unwrap();
            for number in 0..600 {
                let smiles = ["C[C@H](N)C(=O)O", "F/C=C\\F", "C(", ""][number % 4];
                let text = format!("x\n\n{number}\n");
                let cells = [
                    Cell::Text(smiles),
                    Cell::Number(number as f64),
                    Cell::Text("two\nlines"),
                    Cell::Text(&text),
                ];
                writer.row(&cells).unwrap();
            }
            writer.finish().unwrap();
            let options = ReadOptions {
                keep_cells: true,
                ..ReadOptions::default()
            };
            let mut rows = Rows::open(&path, &options).unwrap();
            let found = rows
                .columns()
                .unwrap()
                .iter()
                .map(|column| column.name.clone());
            let names = ["name", "smiles", "nll", "a _b_", "no_structure"];
            assert_eq!(found.collect::<Vec<_>>(), names);
            let rows: Vec<Row> = rows.map(Result::unwrap).collect();
            assert_eq!(rows.len(), 600);
            assert_eq!(rows[0].content, Content::Text("C[C@H](N)C(=O)O".into()));
            assert_eq!(rows[597].content, Content::Text("F/C=C\\F".into()));
            let texts = |row: &Row| -> Vec<String> {
                let cells = row.cells.iter();
                cells
                    .map(|value| Cell::Value(value).text().into_owned())
                    .collect()
            };
            assert_eq!(
                texts(&rows[4])[1..],
                ["C[C@H](N)C(=O)O", "4.0000", "x\n \n4", ""]
            );
            assert_eq!(texts(&rows[2])[4], "this parenthesis is never closed");
            assert_eq!(texts(&rows[3])[4], "there is no molecule");
        }
    }
}
