//! Names of the formats of rows on the command line.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::table::Format;

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::Csv,
            Self::Tsv,
            Self::Smi,
            Self::Txt,
            Self::Jsonl,
            Self::Parquet,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Csv => ("csv", "A header, then the cells between commas"),
            Self::Tsv => ("tsv", "A header, then the cells between tabs"),
            Self::Smi => (
                "smi",
                "One SMILES a line, and its name after a tab if there is one",
            ),
            Self::Txt => ("txt", "One SMILES a line and nothing else"),
            Self::Jsonl => ("jsonl", "One JSON object a line"),
            Self::Parquet => ("parquet", "A Parquet file"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}
