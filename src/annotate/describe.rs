//! Canonical forms and properties of the molecules of a table.

use rayon::prelude::*;

use crate::chem::{Complexity, Descriptors, Molecule};
use crate::error::{Result, ensure};
use crate::progress::{Outcome, Watch, outcome};
use crate::table::{
    Cell, Chunks, Column, Content, Kind, Output, Row, Rows, TableError, Value, Writer,
    with_columns_of_file,
};

/// Rows that are read, described and written together.
const CHUNK: usize = 4_096;

/// The columns between the line and the text that was read.
const PROPERTIES: usize = 20;

/// The new columns.
const COLUMNS: [Column; PROPERTIES + 3] = [
    Column::new("row", Kind::Count),
    Column::new("smiles", Kind::Text),
    Column::new("formula", Kind::Text),
    Column::new("charge", Kind::Count),
    Column::new("weight", Kind::Number),
    Column::new("log_p", Kind::Number),
    Column::new("qed", Kind::Number),
    Column::new("tpsa", Kind::Number),
    Column::new("sa", Kind::Number),
    Column::new("bertz", Kind::Number),
    Column::new("heavy_atoms", Kind::Count),
    Column::new("rings", Kind::Count),
    Column::new("aromatic_rings", Kind::Count),
    Column::new("aliphatic_rings", Kind::Count),
    Column::new("donors", Kind::Count),
    Column::new("acceptors", Kind::Count),
    Column::new("rotatable_bonds", Kind::Count),
    Column::new("radical_electrons", Kind::Count),
    Column::new("idle_stereo_marks", Kind::Count),
    Column::new("scaffold", Kind::Text),
    Column::new("failed_filter", Kind::Text),
    Column::new("input", Kind::Text),
    Column::new("reason", Kind::Text),
];

/// Counts of a described table.
#[derive(Debug, Default)]
pub struct DescribeSummary {
    /// Rows.
    pub rows: usize,
    /// Rows that are molecules.
    pub valid: usize,
    /// The error where the file could not be read to its end; the rows before are written. Or that
    /// none of its rows is a molecule and it seems to be something else.
    pub fault: Option<TableError>,
}

/// Writes one row for each row of `data`, in order: its line, the canonical SMILES and the properties
/// that follow, the text that was read and, where it is not a molecule, the reason; then the other
/// columns of the file, if `data` [keeps](crate::table::ReadOptions::keep_cells) them.
///
/// The properties are those of [`Molecule::formula`], [`Molecule::charge`] (elementary charges),
/// [`Molecule::descriptors`], [`Molecule::complexity`], [`Molecule::open_shells`] (electrons),
/// [`Molecule::idle_marks`], [`Molecule::scaffold`] and [`Molecule::failed_filter`].
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
    let columns = with_columns_of_file(&COLUMNS, data.columns()?);
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
    formula: String,
    charge: Value,
    descriptors: Descriptors,
    complexity: Complexity,
    radical_electrons: u64,
    idle_stereo_marks: u64,
    scaffold: Option<String>,
    failed_filter: Option<&'static str>,
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
        let open_shells = molecule.open_shells();
        Ok(Self {
            formula: molecule.formula(),
            charge: Value::Integer(molecule.charge().into()),
            descriptors: molecule.descriptors(),
            complexity: molecule.complexity(),
            radical_electrons: open_shells
                .iter()
                .map(|atom| u64::from(atom.electrons))
                .sum(),
            idle_stereo_marks: molecule.idle_marks(text).len() as u64,
            scaffold: molecule.scaffold().filter(|scaffold| !scaffold.is_empty()),
            failed_filter: molecule.failed_filter(),
            canonical: molecule.canonical().to_owned(),
        })
    }

    /// The cells from the canonical form to the failed filter.
    fn cells(&self) -> [Cell<'_>; PROPERTIES] {
        let (descriptors, complexity) = (&self.descriptors, &self.complexity);
        let count = |count: u32| Cell::Count(count.into());
        [
            Cell::Text(&self.canonical),
            Cell::Text(&self.formula),
            Cell::Value(&self.charge),
            Cell::Number(descriptors.weight),
            Cell::Number(descriptors.log_p),
            Cell::Number(descriptors.qed),
            Cell::Number(descriptors.tpsa),
            Cell::Number(descriptors.sa),
            Cell::Number(complexity.bertz),
            count(descriptors.heavy_atoms),
            count(descriptors.rings),
            count(complexity.aromatic_rings),
            count(complexity.aliphatic_rings),
            count(complexity.donors),
            count(complexity.acceptors),
            count(complexity.rotatable_bonds),
            Cell::Count(self.radical_electrons),
            Cell::Count(self.idle_stereo_marks),
            self.scaffold.as_deref().map_or(Cell::Nothing, Cell::Text),
            self.failed_filter.map_or(Cell::Nothing, Cell::Text),
        ]
    }
}

fn write(output: &mut Writer, row: &Row, described: &Result<Described, String>) -> Result<()> {
    let mut cells = [Cell::Nothing; PROPERTIES + 3];
    let [line, properties @ .., input, reason] = &mut cells;
    *line = Cell::Count(row.line as u64);
    *input = Cell::Text(row.content.text());
    match described {
        Ok(described) => properties.copy_from_slice(&described.cells()),
        Err(why) => *reason = Cell::Text(why),
    }
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
            "row,smiles,formula,charge,weight,log_p,qed,tpsa,sa,bertz,heavy_atoms,rings,aromatic_rings,aliphatic_rings,\
             donors,acceptors,rotatable_bonds,radical_electrons,idle_stereo_marks,scaffold,failed_filter,input,reason,id,sa_2",
            "2,CC(=O)Oc1ccccc1C(=O)O,C9H8O4,0,180.1590,1.3101,0.5501,63.6000,1.5800,343.2229,13,1,1,0,1,3,2,0,0,c1ccccc1,",
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
            ",".repeat(20)
        );
        assert_eq!(text.lines().nth(2), Some(&*bad));
        let radical = text.lines().nth(3).unwrap_or_default();
        assert!(
            radical.starts_with("4,C[CH]C(=O)[O-],C3H4O2-,-1,"),
            "{radical}"
        );
        assert!(radical.contains(",1,0,,"), "{radical}");
    }
}
