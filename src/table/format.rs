//! The formats that tables are written in, and the names that stand for them.

use std::path::Path;

use crate::error::{Result, ensure};

/// The format of written rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A header, then the cells between commas.
    Csv,
    /// A header, then the cells between tabs.
    Tsv,
    /// One SMILES a line, and after a tab what is in a column `name`.
    Smi,
    /// One SMILES a line and nothing else.
    Txt,
    /// One JSON object a line.
    Jsonl,
    /// A Parquet file.
    Parquet,
}

impl Format {
    /// The format that the ending of a name stands for, also before .gz.
    pub fn of_name(path: &Path) -> Option<Self> {
        let (name, _) = plain_name(path);
        match name.rsplit_once('.')?.1 {
            "csv" => Some(Self::Csv),
            "tsv" => Some(Self::Tsv),
            "smi" | "smiles" => Some(Self::Smi),
            "txt" => Some(Self::Txt),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// The format asked for, else that of the name, else CSV.
    pub(super) fn choose(path: &Path, asked: Option<Self>) -> Result<Self> {
        let format = asked.or_else(|| Self::of_name(path)).unwrap_or(Self::Csv);
        let (_, is_gz) = plain_name(path);
        ensure!(
            format != Self::Parquet || !is_gz,
            Setting,
            "`{}`: a Parquet file is not compressed by gzip: remove .gz from its name",
            path.display()
        );
        ensure!(
            format != Self::Parquet || cfg!(feature = "parquet"),
            Setting,
            "`{}`: this build of the program knows no Parquet files: choose .csv or .jsonl, \
             or build it with its feature `parquet`",
            path.display()
        );
        Ok(format)
    }

    /// The delimiter between cells, if there is one.
    pub(super) fn delimiter(self) -> Option<char> {
        match self {
            Self::Csv => Some(','),
            Self::Tsv => Some('\t'),
            _ => None,
        }
    }
}

/// The name of a file in small letters without .gz, and whether it had that.
pub(super) fn plain_name(path: &Path) -> (String, bool) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_lowercase();
    match name.strip_suffix(".gz") {
        Some(plain) => (plain.to_owned(), true),
        None => (name, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Option<Format>) {
        assert_eq!(Format::of_name(Path::new(name)), expected, "{name}");
    }

    #[test]
    fn names_stand_for_formats() {
        check("a.csv", Some(Format::Csv));
        check("out/a.TSV.gz", Some(Format::Tsv));
        check("a.b.smi", Some(Format::Smi));
        check("a.jsonl.gz", Some(Format::Jsonl));
        check("a", None);
        check("-", None);
        assert!(Format::choose(Path::new("a.parquet.gz"), None).is_err());
        assert_eq!(Format::choose(Path::new("-"), None).ok(), Some(Format::Csv));
    }
}
