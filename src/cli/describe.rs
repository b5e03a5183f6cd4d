//! `molgpt describe`: canonical form and properties of each molecule of a file.

use std::path::PathBuf;

use super::console::Console;
use super::messages::{self, Level};
use super::paths::{self, DataFile};
use super::{Ending, figures};
use crate::annotate::describe;
use crate::error::Result;
use crate::table::{Format, ReadOptions};

/// Write canonical SMILES, formula and properties of each molecule, as a table or an SD file.
///
/// One row or record per input row, in order: weight (g/mol), Crippen logP, QED, polar surface (square
/// angstrom), synthetic accessibility (1 easy to 10 hard), share of sp3 carbons, Bertz complexity, counts of atoms, rings,
/// donors, acceptors, rotatable bonds, radical electrons and idle stereo marks, 1 or 0 for what passes
/// the rules of Lipinski and of Veber, MCF and PAINS, Murcko scaffold, the filter of MOSES that it fails. A row that is not a molecule has the reason instead. The other columns of
/// the file follow; one of the same name gets a number (`weight_2`).
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The molecules, as a list, a table of any kind or an SD file; `FILE:COLUMN` for one of its columns;
    /// `-` is standard input.
    file: DataFile,
    /// Output file: .csv, .tsv, .jsonl, .sdf (each also .gz), .xlsx or .parquet; `-` is standard output.
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// Output format, instead of that of the output's name [default: csv].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Print the counts as one JSON document; needs an --output that is a file.
    #[arg(long)]
    json: bool,
    /// Name or number of the column with the SMILES [default: `smiles`, or the one that looks like
    /// SMILES].
    #[arg(long)]
    column: Option<String>,
    /// Processor cores to use; 0 for all.
    #[arg(long, env = "MOLGPT_THREADS", default_value_t = 0)]
    threads: usize,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Ending> {
    super::use_threads(arguments.threads)?;
    let options = ReadOptions {
        column: arguments.column.clone(),
        keep_cells: true,
        ..ReadOptions::default()
    };
    figures::need_file(arguments.json, &arguments.output);
    let output = paths::output(&arguments.output, arguments.format);
    paths::refuse_overwriting(&[&arguments.file], &[("--output", Some(&arguments.output))])?;
    let data = arguments.file.rows(&options)?;
    let console = Console::interruptible(quiet)?;
    let outcome = describe(data, &output, &console)?;
    let ending = Ending::of(&outcome);
    let summary = outcome.done();
    if ending == Ending::Interrupted {
        console.say(format_args!("stopped after row {}", summary.rows));
    }
    drop(console);
    if !quiet {
        let (valid, rows) = (summary.valid, summary.rows);
        let file = arguments.file.path.display();
        let told = format!("{file}: {valid} of {rows} rows are molecules");
        messages::tell(Level::Info, &told, &summary);
    }
    if arguments.json {
        figures::print(&summary)?;
    }
    let kept = (summary.valid > 0).then_some((summary.rows, "described"));
    ending.unless(summary.fault, kept)
}
