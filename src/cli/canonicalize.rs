//! `molgpt canonicalize`: one verdict and canonical SMILES per row.

use std::path::PathBuf;

use super::console::Console;
use super::messages::{self, Level};
use super::paths::{self, DataFile};
use crate::annotate::{CanonicalizeOptions, InvalidRow, canonicalize};
use crate::error::Result;
use crate::table::Format;

/// Write input, verdict, canonical SMILES and reason for each row.
///
/// A list of SMILES gives four tab-separated columns, one row per line, without a header; what follows
/// the SMILES on a line, its name, is a fifth. A table gives a table: `input`, `verdict`, `smiles` (the
/// canonical SMILES) and `reason`, then its other columns unchanged; one of the same name gets a
/// number (`reason_2`). Of CXSMILES the plain part is read. Standard input is a list, unless its first line names a column of SMILES.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A list with one SMILES per line, or a table; `FILE:COLUMN` for one of its columns; `-` is standard
    /// input.
    #[arg(default_value = "-")]
    file: DataFile,
    /// Output file; `-` is standard output. The rows of a table are in the format of its name
    /// (.csv, .tsv, .smi, .jsonl, .sdf, each also .gz, .xlsx or .parquet), else tab-separated.
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// Output format of a table, instead of that of the output's name [default: tsv].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Name or number of the column with the SMILES, if FILE is a table [default: `smiles`, or the one
    /// that looks like SMILES].
    #[arg(long)]
    column: Option<String>,
    /// Also show each invalid string on standard error, with a caret under the place of the fault.
    #[arg(long)]
    explain: bool,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    let file = &arguments.file;
    paths::refuse_overwriting(&[file], &[("--output", Some(&arguments.output))])?;
    let options = CanonicalizeOptions {
        column: file.column.clone().or_else(|| arguments.column.clone()),
    };
    let output = paths::output(&arguments.output, arguments.format);
    let input = file.source().input()?;
    let mut explain = |row: InvalidRow<'_>| {
        if arguments.explain {
            let told = format!("line {}: {}", row.line, row.invalid.explain(row.text));
            let fields = serde_json::json!({ "line": row.line, "text": row.text });
            messages::tell(Level::Info, &told, fields);
        }
    };
    let console = Console::new(quiet || arguments.explain);
    canonicalize(input, &options, &output, &mut explain, &console)?;
    Ok(())
}
