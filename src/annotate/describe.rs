//! Canonical forms and properties of the molecules of a table.

use rayon::prelude::*;

use crate::chem::{Molecule, Property};
use crate::error::{Result, ensure};
use crate::progress::{Outcome, Watch, outcome};
use crate::table::{
    Cell, Chunks, Column, Content, Kind, Output, Row, Rows, TableError, Value, Writer,
    property_cell, property_column, property_values, with_columns_of_file,
};

/// Rows that are read, described and written together.
const CHUNK: usize = 4_096;

/// The new columns: of the place and the molecule, of its properties, of the text that was read.
fn columns() -> Vec<Column> {
    let before = [
        Column::new("row", Kind::Count),
        Column::new("smiles", Kind::Text),
    ];
    let after = [
        Column::new("input", Kind::Text),
        Column::new("reason", Kind::Text),
    ];
    let properties = Property::ALL.map(property_column);
    before.into_iter().chain(properties).chain(after).collect()
}

/// Counts of a described table.
#[derive(Debug, Default, serde::Serialize)]
pub struct DescribeSummary {
    /// Rows.
    pub rows: usize,
    /// Rows that are molecules.
    pub valid: usize,
    /// The error where the file could not be read to its end; the rows before are written. Or that
    /// none of its rows is a molecule and it seems to be something else.
    #[serde(skip)]
    pub fault: Option<TableError>,
}

/// Writes one row for each row of `data`, in order: its line, the canonical SMILES and the properties
/// that follow, the text that was read and, where it is not a molecule, the reason; then the other
/// columns of the file, if `data` [keeps](crate::table::ReadOptions::keep_cells) them.
///
/// The properties are those of [`Property::ALL`].
///
/// Where `watch` ends the work, the rows so far are written.
///
/// # Errors
/// Those of writing, and those of the header of `data`; an output that has no place for properties.
pub fn describe(
    mut data: Rows,
    output: &Output,
    watch: &dyn Watch,
) -> Result<Outcome<DescribeSummary>> {
    ensure!(
        !output.is_list()?,
        Setting,
        "setting `output` `{}`: a list of SMILES has no place for properties: choose .csv, .xlsx, .sdf, \
         .jsonl or .parquet",
        output.target.name().display()
    );
    let columns = with_columns_of_file(&columns(), data.columns()?);
    let mut output = Writer::create(output, &columns)?;
    let mut chunks = Chunks::new(data, CHUNK, "describing", watch);
    let mut summary = DescribeSummary::default();
    for chunk in chunks.by_ref() {
        let described: Vec<_> = chunk.par_iter().map(Described::of).collect();
        for (row, described) in chunk.iter().zip(&described) {
            summary.rows += 1;
            summary.valid += usize::from(described.is_ok());
            write(&mut output, row, described)?;
        }
    }
    output.finish()?;
    let none = chunks.no_molecule().filter(|_| summary.valid == 0);
    summary.fault = chunks.fault().or(none);
    Ok(outcome(watch, summary))
}

/// What is known of a molecule.
struct Described {
    canonical: String,
    properties: Vec<Value>,
}

impl Described {
    /// The properties of a row's molecule, or the reason why it has none.
    fn of(row: &Row) -> Result<Self, String> {
        let text = match &row.content {
            Content::Text(text) => text,
            Content::Blank => return Err("the row is empty".into()),
            Content::Unusable { reason, .. } => return Err(reason.clone()),
        };
        let molecule =
            Molecule::parse(text).map_err(|invalid| format!("not a molecule: {invalid}"))?;
        Ok(Self {
            properties: property_values(&molecule, text, &Property::ALL),
            canonical: molecule.canonical().to_owned(),
        })
    }
}

fn write(output: &mut Writer, row: &Row, described: &Result<Described, String>) -> Result<()> {
    let mut cells = vec![Cell::Count(row.line as u64)];
    match described {
        Ok(described) => {
            cells.push(Cell::Text(&described.canonical));
            cells.extend(described.properties.iter().map(property_cell));
        }
        Err(_) => cells.resize(Property::ALL.len() + 2, Cell::Nothing),
    }
    cells.push(Cell::Text(row.content.text()));
    cells.push(
        described
            .as_ref()
            .err()
            .map_or(Cell::Nothing, |why| Cell::Text(why)),
    );
    output.row_of(&cells, &row.cells)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use super::*;
    use crate::progress::Unwatched;
    use crate::table::{Input, ReadOptions};

    // Formula to rotatable bonds by RDKit 2026.9.1 (with its SA score).
    #[test]
    fn a_row_a_molecule_with_the_other_columns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let text = "id,smiles,sa\n7,OC(=O)c1ccccc1OC(C)=O,high\n8,C(,\n9,[O-]C(=O)[CH]C,\n";
        let stream = Box::new(Cursor::new(text.as_bytes()));
        let input = Input::from_stream(Path::new("-"), stream).unwrap();
        let options = ReadOptions {
            keep_cells: true,
            ..ReadOptions::default()
        };
        let output = Output {
            target: path.clone().into(),
            format: None,
        };
        let rows = Rows::new(input, &options).unwrap();
        let summary = describe(rows, &output, &Unwatched).unwrap().done();
        assert_eq!((summary.rows, summary.valid), (3, 2));
        let text = std::fs::read_to_string(path).unwrap();
        let expected = [
            "row,smiles,formula,charge,weight,log_p,qed,tpsa,sa,fsp3,bertz,heavy_atoms,rings,aromatic_rings,aliphatic_rings,\
             donors,acceptors,rotatable_bonds,radical_electrons,idle_stereo_marks,lipinski,veber,mcf,pains,scaffold,\
             failed_filter,input,reason,id,sa_2",
            "2,CC(=O)Oc1ccccc1C(=O)O,C9H8O4,0,180.1590,1.3101,0.5501,63.6000,1.5800,0.1111,343.2229,13,1,1,0,1,3,2,0,0,1,1,1,1,c1ccccc1,",
        ];
        assert_eq!(text.lines().next(), Some(expected[0]));
        let aspirin = text.lines().nth(1).unwrap_or_default();
        assert!(aspirin.starts_with(expected[1]), "{aspirin}");
        assert!(
            aspirin.ends_with(",OC(=O)c1ccccc1OC(C)=O,,7,high"),
            "{aspirin}"
        );
        let bad = format!(
            "3{},C(,not a molecule: this parenthesis is never closed,8,",
            ",".repeat(Property::ALL.len() + 1)
        );
        assert_eq!(text.lines().nth(2), Some(&*bad));
        let radical = text.lines().nth(3).unwrap_or_default();
        assert!(
            radical.starts_with("4,C[CH]C(=O)[O-],C3H4O2-,-1,"),
            "{radical}"
        );
        assert!(radical.contains(",1,0,1,1,1,1,,"), "{radical}");
    }
}
