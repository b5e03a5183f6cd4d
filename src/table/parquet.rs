//! Rows as a Parquet file: optional columns of text, numbers and counts, uncompressed.

use std::sync::Arc;

use parquet::basic::{ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use super::sink::Sink;
use super::{Cell, Column, Kind, Value};

/// Rows of one row group: bounds the memory.
const ROWS: usize = 1 << 16;

/// An open Parquet file.
pub(super) struct Columns {
    writer: SerializedFileWriter<Sink>,
    values: Vec<Values>,
    rows: usize,
}

/// The values of one column of the current row group, without those that are missing, and 1 or 0
/// per row for there or missing.
struct Values {
    there: Vec<i16>,
    values: Typed,
}

enum Typed {
    Text(Vec<ByteArray>),
    Number(Vec<f64>),
    Count(Vec<i64>),
}

impl Values {
    fn new(kind: Kind) -> Self {
        Self {
            there: Vec::new(),
            values: match kind {
                Kind::Text => Typed::Text(Vec::new()),
                Kind::Number => Typed::Number(Vec::new()),
                Kind::Count => Typed::Count(Vec::new()),
            },
        }
    }

    fn push(&mut self, cell: &Cell<'_>) {
        let nothing = matches!(cell, Cell::Nothing | Cell::Value(Value::Nothing));
        self.there.push(i16::from(!nothing));
        match (&mut self.values, cell) {
            _ if nothing => {}
            (Typed::Number(values), Cell::Number(value) | Cell::Value(Value::Real(value))) => {
                values.push(*value);
            }
            (Typed::Count(values), Cell::Value(Value::Integer(value))) => values.push(*value),
            (Typed::Count(values), Cell::Count(value)) => values.push(*value as i64),
            (Typed::Text(values), cell) => values.push(cell.text().as_ref().into()),
            // Not of the column's kind: missing.
            _ => {
                if let Some(last) = self.there.last_mut() {
                    *last = 0;
                }
            }
        }
    }

    fn write(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, Sink>,
    ) -> Result<(), ParquetError> {
        let Some(mut column) = group.next_column()? else {
            return Ok(());
        };
        let there = Some(self.there.as_slice());
        match &mut self.values {
            Typed::Text(values) => {
                column
                    .typed::<ByteArrayType>()
                    .write_batch(values, there, None)?;
                values.clear();
            }
            Typed::Number(values) => {
                column
                    .typed::<DoubleType>()
                    .write_batch(values, there, None)?;
                values.clear();
            }
            Typed::Count(values) => {
                column
                    .typed::<Int64Type>()
                    .write_batch(values, there, None)?;
                values.clear();
            }
        }
        self.there.clear();
        column.close()
    }
}

impl Columns {
    pub(super) fn new(sink: Sink, columns: &[Column]) -> Result<Self, ParquetError> {
        let fields: Result<Vec<TypePtr>, ParquetError> = columns.iter().map(field).collect();
        let schema = Type::group_type_builder("schema")
            .with_fields(fields?)
            .build()?;
        let properties = Arc::new(WriterProperties::builder().build());
        Ok(Self {
            writer: SerializedFileWriter::new(sink, Arc::new(schema), properties)?,
            values: columns
                .iter()
                .map(|column| Values::new(column.kind))
                .collect(),
            rows: 0,
        })
    }

    pub(super) fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), ParquetError> {
        for (column, cell) in self.values.iter_mut().zip(cells) {
            column.push(cell);
        }
        self.rows += 1;
        if self.rows == ROWS {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.values {
            column.write(&mut group)?;
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }

    /// Writes what is left and the footer; the sink still has to be finished.
    pub(super) fn finish(mut self) -> Result<Sink, ParquetError> {
        if self.rows > 0 {
            self.flush()?;
        }
        self.writer.into_inner()
    }
}

fn field(column: &Column) -> Result<TypePtr, ParquetError> {
    let (physical, converted) = match column.kind {
        Kind::Text => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
        Kind::Number => (Physical::DOUBLE, ConvertedType::NONE),
        Kind::Count => (Physical::INT64, ConvertedType::NONE),
    };
    Type::primitive_type_builder(&column.name, physical)
        .with_converted_type(converted)
        .with_repetition(Repetition::OPTIONAL)
        .build()
        .map(Arc::new)
}

crate::error::becomes!(File: ParquetError);
