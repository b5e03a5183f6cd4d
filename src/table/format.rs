//! The formats that tables are written in, and the names that stand for them.

use std::path::Path;

use crate::error::{Result, ensure};

/// The format of written rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A header, then the cells between commas.
    Csv,
    /// The same with a byte order mark and the line ends of Windows, as Excel writes and opens it.
    ExcelCsv,
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
    /// A workbook of Excel with one sheet.
    Xlsx,
    /// An SD file: a record with coordinates per row, its other cells as data items.
    Sdf,
}

/// Endings of files that are something else than rows of any [`Format`]: they would lie.
const OTHER_KINDS: [&str; 22] = [
    "arrow", "bz2", "db", "docx", "feather", "h5", "html", "json", "mol", "mol2", "npy", "ods",
    "pdb", "pdf", "pkl", "png", "sdfgz", "svg", "xls", "xz", "zip", "zst",
];

impl Format {
    /// The format that the ending of a name stands for, also before .gz.
    pub fn of_name(path: &Path) -> Option<Self> {
        let (name, _) = plain_name(path);
        match name.rsplit_once('.')?.1 {
            "csv" => Some(Self::Csv),
            "tsv" => Some(Self::Tsv),
            "smi" | "smiles" | "ism" | "can" | "cxsmiles" => Some(Self::Smi),
            "txt" => Some(Self::Txt),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "parquet" => Some(Self::Parquet),
            "xlsx" => Some(Self::Xlsx),
            "sdf" | "sd" => Some(Self::Sdf),
            _ => None,
        }
    }

    /// The format asked for, else that of the name, else CSV.
    pub(super) fn choose(path: &Path, asked: Option<Self>) -> Result<Self> {
        Self::choose_or(path, asked, Self::Csv)
    }

    /// The format asked for, else that of the name, else `default`.
    ///
    /// # Errors
    /// A name of a kind of file that is not written, and one that does not go with the format.
    pub(crate) fn choose_or(path: &Path, asked: Option<Self>, default: Self) -> Result<Self> {
        let (name, is_gz) = plain_name(path);
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        ensure!(
            asked.is_some() || !OTHER_KINDS.contains(&ending),
            Setting,
            "`{}`: rows are not written as .{ending}: choose .csv, .tsv, .xlsx, .sdf, .smi, .txt, .jsonl or \
             .parquet, or name a format with setting `format`",
            path.display()
        );
        let format = asked.or_else(|| Self::of_name(path)).unwrap_or(default);
        let (what, feature, is_built) = match format {
            Self::Parquet => ("Parquet file", "parquet", cfg!(feature = "parquet")),
            Self::Xlsx => ("workbook", "xlsx", cfg!(feature = "xlsx")),
            _ => return Ok(format),
        };
        ensure!(
            !is_gz,
            Setting,
            "`{}`: a {what} is not compressed by gzip: remove .gz from its name",
            path.display()
        );
        ensure!(
            is_built,
            Setting,
            "`{}`: this build of the program writes no {what}s: choose .csv or .jsonl, \
             or build it with its feature `{feature}`",
            path.display()
        );
        Ok(format)
    }

    /// Whether each row is a text of its own, so that interrupted work can go on after the last.
    pub(super) fn is_rows_of_text(self) -> bool {
        !matches!(self, Self::Parquet | Self::Xlsx | Self::Sdf)
    }

    /// What comes before the line feed that ends a row.
    pub(super) fn before_line_end(self) -> &'static str {
        if self == Self::ExcelCsv { "\r" } else { "" }
    }

    /// The delimiter between cells, if there is one.
    pub(super) fn delimiter(self) -> Option<char> {
        match self {
            Self::Csv | Self::ExcelCsv => Some(','),
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
        check("a.xlsx", Some(Format::Xlsx));
        check("a.SDF.gz", Some(Format::Sdf));
        check("a", None);
        check("-", None);
        assert!(Format::choose(Path::new("a.parquet.gz"), None).is_err());
        assert!(Format::choose(Path::new("a.xlsx.gz"), None).is_err());
        assert!(Format::choose(Path::new("a.xls"), None).is_err());
        assert!(Format::choose(Path::new("a.json"), Some(Format::Jsonl)).is_ok());
        assert_eq!(
            Format::choose(Path::new("a.out"), None).ok(),
            Some(Format::Csv)
        );
        assert_eq!(Format::choose(Path::new("-"), None).ok(), Some(Format::Csv));
    }
}
