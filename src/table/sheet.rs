//! Rows as the one sheet of a workbook of Excel: numbers as numbers, and a header that stays in sight.

use std::io::Write;

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::sink::{Sink, message};
use super::{Cell, Column, Value};
use crate::error::{Context, Error, Kind, Result};

/// The name of the sheet.
const NAME: &str = "molecules";

/// A workbook whose rows are written one after the other, to a file of their own until its end.
pub(super) struct Sheet {
    sink: Sink,
    book: Workbook,
    rows: u32,
}

impl Sheet {
    /// # Errors
    /// More columns than a sheet has.
    pub(super) fn new(sink: Sink, columns: &[Column]) -> Result<Self> {
        let mut book = Workbook::new();
        explained(header(&mut book, columns), &sink)?;
        Ok(Self {
            sink,
            book,
            rows: 1,
        })
    }

    pub(super) fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        let written = write(&mut self.book, self.rows, cells);
        explained(written, &self.sink)?;
        self.rows += 1;
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<()> {
        let bytes = explained(self.book.save_to_buffer(), &self.sink)?;
        let write = self.sink.write_all(&bytes);
        write.with_context(|| message(self.sink.name()))?;
        self.sink.finish()
    }
}

fn header(book: &mut Workbook, columns: &[Column]) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet_with_constant_memory()?;
    sheet.set_name(NAME)?.set_freeze_panes(1, 0)?;
    for (place, column) in (0..=u16::MAX).zip(columns) {
        sheet.write_string_with_format(0, place, column.name.as_ref(), &bold)?;
    }
    Ok(())
}

fn write(book: &mut Workbook, row: u32, cells: &[Cell<'_>]) -> Result<(), XlsxError> {
    let sheet = book.worksheet_from_name(NAME)?;
    for (place, cell) in (0..=u16::MAX).zip(cells) {
        let text = cell.text();
        match number(cell) {
            Some(number) => sheet.write_number(row, place, number)?,
            None if text.is_empty() => continue,
            None => sheet.write_string(row, place, text)?,
        };
    }
    Ok(())
}

/// The number in a cell that a sheet can hold as one.
fn number(cell: &Cell<'_>) -> Option<f64> {
    let number = match cell {
        Cell::Number(number) | Cell::Value(Value::Real(number)) => *number,
        Cell::Count(count) => *count as f64,
        Cell::Value(Value::Integer(number)) => *number as f64,
        _ => return None,
    };
    // Excel keeps 15 digits.
    (number.is_finite() && number.abs() < 1e15).then_some(number)
}

/// The limits of a sheet in words that say what to do.
fn explained<T>(result: Result<T, XlsxError>, sink: &Sink) -> Result<T> {
    result.map_err(|error| {
        let limit = match error {
            XlsxError::RowColumnLimitError => "1,048,576 rows and 16,384 columns",
            XlsxError::MaxStringLengthExceeded => "32,767 characters in a cell",
            error => {
                return Error::new(Kind::File, format!("{}: {error}", message(sink.name())));
            }
        };
        let message = message(sink.name());
        let remedy = "choose .csv or .parquet";
        Error::new(
            Kind::Setting,
            format!("{message}: a sheet of Excel has room for {limit}: {remedy}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{self, Output, ReadOptions, Rows, Writer};

    #[test]
    fn numbers_are_numbers_and_a_text_is_never_a_formula() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.xlsx");
        let output = Output {
            target: path.clone().into(),
            format: None,
        };
        let columns = [
            Column::new("smiles", table::Kind::Text),
            Column::new("nll", table::Kind::Number),
            Column::new("note", table::Kind::Text),
        ];
        let mut writer = Writer::create(&output, &columns).unwrap();
        for (smiles, nll, note) in [
            ("CCO", 1.25, "=1+1"),
            ("C", -3.0, "MAR1"),
            ("CC", 0.5, "007"),
        ] {
            let cells = [Cell::Text(smiles), Cell::Number(nll), Cell::Text(note)];
            writer.row(&cells).unwrap();
        }
        let long = "C".repeat(32_768);
        let cells = [Cell::Text(&long), Cell::Nothing, Cell::Nothing];
        let error = writer.row(&cells).unwrap_err().to_string();
        assert!(error.contains("32,767 characters in a cell"), "{error}");
        writer.finish().unwrap();
        let options = ReadOptions {
            keep_cells: true,
            ..ReadOptions::default()
        };
        let rows: Vec<_> = Rows::open(&path, &options)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let texts = |index: usize| -> Vec<String> {
            let cells = rows[index].cells.iter();
            cells
                .map(|value| Cell::Value(value).text().into_owned())
                .collect()
        };
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0].content.text(), "CCO");
        assert_eq!(texts(0), ["1.25", "=1+1"]);
        assert_eq!(texts(1), ["-3", "MAR1"]);
        assert_eq!(texts(2), ["0.5", "007"]);
    }
}
