//! `molgpt canonicalize`: one verdict and canonical SMILES per row.

use std::path::PathBuf;

use super::console::Console;
use super::paths;
use crate::annotate::{CanonicalizeOptions, InvalidRow, canonicalize};
use crate::error::Result;
use crate::table::Format;

/// Write input, verdict, canonical SMILES and reason for each row.
///
/// A list of SMILES gives four tab-separated columns, one row per line, without a header. A table
/// whose first line names a `smiles` column (.csv, .tsv, .jsonl and .parquet) gives a table:
/// `input`, `verdict`, `smiles` (the canonical SMILES) and `reason`, then its other columns
/// unchanged; one of the same name gets a number (`reason_2`).
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A list with one SMILES per line, or a table (.csv, .tsv, .jsonl, each also .gz, or
    /// .parquet); `-` is standard input.
    #[arg(default_value = "-")]
    file: PathBuf,
    /// Output file; `-` is standard output. The rows of a table are in the format of its name
    /// (.csv, .tsv, .smi, .jsonl, each also .gz, or .parquet), else tab-separated.
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// Output format of a table, instead of that of the output's name [default: tsv].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Name of the column with the SMILES, if FILE is a table [default: smiles].
    #[arg(long)]
    column: Option<String>,
    /// Also show each invalid string on standard error, with a caret under the place of the fault.
    #[arg(long)]
    explain: bool,
}

#[expect(clippy::print_stderr, reason = "messages to the user")]
pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    let options = CanonicalizeOptions {
        column: arguments.column.clone(),
    };
    let output = paths::output(&arguments.output, arguments.format);
    let input = paths::source(&arguments.file).input()?;
    let mut explain = |row: InvalidRow<'_>| {
        if arguments.explain {
            eprintln!("line {}: {}", row.line, row.invalid.explain(row.text));
        }
    };
    let console = Console::new(quiet || arguments.explain);
    canonicalize(input, &options, &output, &mut explain, &console)?;
    Ok(())
}
