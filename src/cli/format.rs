//! How the formats of rows are called on the command line.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::table::Format;

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Csv, Self::Smi, Self::Jsonl, Self::Parquet]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Csv => ("csv", "A header, then the cells between commas"),
            Self::Smi => ("smi", "One SMILES a line and nothing else"),
            Self::Jsonl => ("jsonl", "One JSON object a line"),
            Self::Parquet => ("parquet", "A Parquet file"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}
