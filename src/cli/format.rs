//! Names of the formats of rows on the command line.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::table::Format;

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::Csv,
            Self::ExcelCsv,
            Self::Tsv,
            Self::Smi,
            Self::Txt,
            Self::Jsonl,
            Self::Parquet,
            Self::Xlsx,
            Self::Sdf,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Csv => ("csv", "A header, then the cells between commas"),
            Self::ExcelCsv => (
                "excel-csv",
                "The same with a byte order mark and the line ends of Windows",
            ),
            Self::Tsv => ("tsv", "A header, then the cells between tabs"),
            Self::Smi => (
                "smi",
                "One SMILES a line, and its name after a tab if there is one",
            ),
            Self::Txt => ("txt", "One SMILES a line and nothing else"),
            Self::Jsonl => ("jsonl", "One JSON object a line"),
            Self::Parquet => ("parquet", "A Parquet file"),
            Self::Xlsx => ("xlsx", "A workbook of Excel"),
            Self::Sdf => (
                "sdf",
                "An SD file with coordinates; the other cells are data items",
            ),
        };
        Some(PossibleValue::new(name).help(help))
    }
}
