//! The rows of a Parquet file, by row groups.

use std::path::Path;
use std::sync::Arc;

use parquet::basic::{ConvertedType, Type as Physical};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;

use super::column::{By, Judge, choose};
use super::input::{failed, other};
use super::read::Findings;
use super::row::{Content, ReadOptions, Row};
use super::sample::{ROWS, Sample};
use super::{Column, Input, Kind, TableError, Value};

/// The rows of a Parquet file.
pub(super) struct ParquetRows {
    rows: RowIter<'static>,
    /// The place of the molecules among the columns that are read.
    molecule: usize,
    columns: Vec<Column>,
    read: usize,
    total: usize,
}

impl ParquetRows {
    pub(super) fn new(input: Input, options: &ReadOptions) -> Result<(Self, Findings), TableError> {
        let path = input.name().to_owned();
        let Some(file) = input.into_file() else {
            return Err(other(
                &path,
                "is a Parquet file, which is not read from its beginning",
                "give the file itself instead of a stream",
            ));
        };
        let broken = |error| broken(&path, error);
        let reader = SerializedFileReader::new(file).map_err(broken)?;
        let metadata = reader.metadata().file_metadata();
        let total = usize::try_from(metadata.num_rows()).unwrap_or_default();
        let schema = metadata.schema_descr().root_schema_ptr();
        let mut fields = schema.get_fields().to_vec();
        let sample = sample(&reader, &fields).map_err(broken)?;
        let chosen = choose(&sample, options, &mut Judge::default())
            .map_err(|fault| fault.of(&path, options, &sample))?;
        let mut molecule = chosen.column;
        let findings = Findings {
            note: (chosen.by == By::Content).then(|| {
                let name = fields[molecule].name();
                format!("the SMILES are in column `{name}`, by their content")
            }),
            doubt: chosen.doubt,
        };
        let mut columns = Vec::new();
        if options.keep_cells {
            let others = fields.iter().enumerate();
            let others = others.filter(|(place, _)| *place != molecule);
            columns.extend(others.map(|(_, field)| column(field)));
        } else {
            fields = vec![fields.swap_remove(molecule)];
            molecule = 0;
        }
        let asked = Type::group_type_builder(schema.name())
            .with_fields(fields)
            .build()
            .map_err(broken)?;
        let rows = RowIter::from_file_into(Box::new(reader));
        let rows = Self {
            rows: rows.project(Some(asked)).map_err(broken)?,
            molecule,
            columns,
            read: 0,
            total,
        };
        Ok((rows, findings))
    }

    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The part of the rows that is read, 0 to 1.
    pub(super) fn share_read(&self) -> f64 {
        self.read as f64 / self.total.max(1) as f64
    }

    pub(super) fn next(&mut self, path: &Path) -> Result<Option<Row>, TableError> {
        let Some(row) = self.rows.next() else {
            return Ok(None);
        };
        let row = row.map_err(|error| broken(path, error))?;
        self.read += 1;
        let mut content = Content::unusable("the row has no such column");
        let mut cells = Vec::with_capacity(self.columns.len());
        for (place, (_, field)) in row.into_columns().into_iter().enumerate() {
            let value = value_of(field);
            if place != self.molecule {
                cells.push(value);
                continue;
            }
            content = match value {
                Value::Text(text) => Content::of_cell(text.as_bytes()),
                Value::Nothing => Content::unusable("the cell is empty"),
                _ => Content::unusable("the cell is not a text"),
            };
        }
        Ok(Some(Row {
            line: self.read,
            content,
            cells,
        }))
    }
}

/// The names of the columns, and the first rows of those that hold text.
fn sample(
    reader: &SerializedFileReader<std::fs::File>,
    fields: &[Arc<Type>],
) -> Result<Sample, ParquetError> {
    let is_text = |field: &Arc<Type>| {
        field.is_primitive() && field.get_physical_type() == Physical::BYTE_ARRAY
    };
    let texts: Vec<usize> = (0..fields.len())
        .filter(|at| is_text(&fields[*at]))
        .collect();
    let names = fields.iter().map(|field| field.name().to_owned()).collect();
    let mut rows = Vec::new();
    if !texts.is_empty() {
        let schema = reader.metadata().file_metadata().schema();
        let asked = texts.iter().map(|at| Arc::clone(&fields[*at]));
        let asked = Type::group_type_builder(schema.name())
            .with_fields(asked.collect())
            .build()?;
        for row in reader.get_row_iter(Some(asked))?.take(ROWS) {
            let mut cells = vec![String::new(); fields.len()];
            for (at, (_, field)) in texts.iter().zip(row?.into_columns()) {
                if let Value::Text(text) = value_of(field) {
                    cells[*at] = text;
                }
            }
            rows.push(cells);
        }
    }
    Ok(Sample::named(names, rows))
}

fn broken(path: &Path, error: ParquetError) -> TableError {
    // How the library says that it was built without a decompressor: one needs the feature `zstd`.
    if error.to_string().contains("Disabled feature") {
        return other(
            path,
            "is a Parquet file compressed by zstd (or LZO), which this build of the program does not read",
            "write it with snappy, gzip, brotli, LZ4 or no compression",
        );
    }
    failed(path, std::io::Error::other(error))
}

/// A column of the file; of [`Kind::Text`] wherever its values are not plain numbers.
fn column(field: &Type) -> Column {
    let converted = field.get_basic_info().converted_type();
    let kind = match field {
        Type::PrimitiveType { physical_type, .. } => match (physical_type, converted) {
            (Physical::FLOAT | Physical::DOUBLE, _) => Kind::Number,
            (
                Physical::INT32 | Physical::INT64,
                ConvertedType::NONE
                | ConvertedType::INT_8
                | ConvertedType::INT_16
                | ConvertedType::INT_32
                | ConvertedType::INT_64
                | ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32,
            ) => Kind::Count,
            _ => Kind::Text,
        },
        Type::GroupType { .. } => Kind::Text,
    };
    Column {
        kind,
        ..Column::text(field.name())
    }
}

fn value_of(field: Field) -> Value {
    match field {
        Field::Null => Value::Nothing,
        Field::Str(text) => Value::Text(text),
        Field::Bytes(bytes) => Value::Text(String::from_utf8_lossy(bytes.data()).into_owned()),
        Field::Bool(value) => Value::Json(value.to_string()),
        Field::Byte(value) => Value::Integer(value.into()),
        Field::Short(value) => Value::Integer(value.into()),
        Field::Int(value) => Value::Integer(value.into()),
        Field::Long(value) => Value::Integer(value),
        Field::UByte(value) => Value::Integer(value.into()),
        Field::UShort(value) => Value::Integer(value.into()),
        Field::UInt(value) => Value::Integer(value.into()),
        Field::ULong(value) => Value::Json(value.to_string()),
        Field::Double(value) => Value::Real(value),
        // The digits that the file's own precision has: 0.1 stays 0.1.
        Field::Float(value) => Value::Real(value.to_string().parse().unwrap_or(value.into())),
        other => Value::Text(other.to_string()),
    }
}
