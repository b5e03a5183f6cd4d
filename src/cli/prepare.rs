//! `molgpt prepare`: standardization and filtering of a file of molecules.

use std::path::PathBuf;

use super::console::Console;
use super::messages::{self, Level};
use super::paths::{self, DataFile};
use super::{Ending, figures};
use crate::corpus::{Counts, Steps, prepare};
use crate::error::{Error, Result, ensure};
use crate::table::{Format, ReadOptions};

/// Standardize and filter a file of molecules: each step is a flag, and is counted.
///
/// The steps are in the order of the flags below. Invalid rows are always left out and counted;
/// `--bad` writes them to a file of their own, with the reason. The other columns of the data
/// follow the SMILES; of a list, the names. (.smi takes a column `name` only, .txt none.)
#[expect(clippy::struct_excessive_bools, reason = "one per flag")]
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The molecules, as a list or a table of any kind; `DATA:COLUMN` for one of its columns; `-` is
    /// standard input.
    data: DataFile,
    /// Output file: .csv, .tsv, .smi, .txt, .jsonl, .sdf (each also .gz), .xlsx or .parquet; `-` is standard
    /// output.
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// Output format, instead of that of the output's name [default: csv].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Remove atom maps, so that mapped copies of a molecule are equal.
    #[arg(long)]
    strip_maps: bool,
    /// Make the parent of the standard structure as the ChEMBL structure pipeline does: functional
    /// groups in one form, charges neutralized, isotopes, solvents and salts off.
    #[arg(long)]
    standardize: bool,
    /// Keep only the largest component of salts and mixtures.
    #[arg(long)]
    largest_fragment: bool,
    /// Neutralize charges that hydrogens can balance.
    #[arg(long)]
    neutralize: bool,
    /// Remove isotope labels.
    #[arg(long)]
    strip_isotopes: bool,
    /// Remove stereochemistry.
    #[arg(long)]
    strip_stereo: bool,
    /// Write canonical SMILES, also of molecules that no other step changed.
    #[arg(long)]
    canonicalize: bool,
    /// Leave out molecules with elements other than these and hydrogen: C,N,O,S,F,Cl,Br
    #[arg(long, value_delimiter = ',', value_name = "SYMBOLS")]
    elements: Option<Vec<String>>,
    /// Leave out molecules lighter than this, in g/mol.
    #[arg(long)]
    min_weight: Option<f64>,
    /// Leave out molecules heavier than this, in g/mol.
    #[arg(long)]
    max_weight: Option<f64>,
    /// Leave out molecules of fewer tokens.
    #[arg(long)]
    min_tokens: Option<usize>,
    /// Leave out molecules of more tokens.
    #[arg(long)]
    max_tokens: Option<usize>,
    /// Keep only the first of equal molecules (by canonical SMILES).
    #[arg(long)]
    unique: bool,
    /// Also write every invalid row to this file: row, text, reason and the other columns of DATA.
    #[arg(long, value_name = "FILE")]
    bad: Option<PathBuf>,
    /// Also write the counts to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    counts: Option<PathBuf>,
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

impl Arguments {
    fn steps(&self) -> Steps {
        let symbols = |symbols: &Vec<String>| {
            let symbols = symbols.iter().map(|symbol| symbol.trim().to_owned());
            symbols.collect()
        };
        Steps {
            strip_maps: self.strip_maps,
            standardize: self.standardize,
            largest_fragment: self.largest_fragment,
            neutralize: self.neutralize,
            strip_isotopes: self.strip_isotopes,
            strip_stereo: self.strip_stereo,
            canonicalize: self.canonicalize,
            elements: self.elements.as_ref().map(symbols),
            min_weight: self.min_weight,
            max_weight: self.max_weight,
            min_tokens: self.min_tokens,
            max_tokens: self.max_tokens,
            unique: self.unique,
        }
    }
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Ending> {
    figures::need_file(arguments.json, &arguments.output);
    super::use_threads(arguments.threads)?;
    let steps = arguments.steps();
    steps.validate()?;
    let options = ReadOptions {
        column: arguments.column.clone(),
        keep_cells: true,
        ..ReadOptions::default()
    };
    let outputs = [
        ("--output", Some(&*arguments.output)),
        ("--bad", arguments.bad.as_deref()),
        ("--counts", arguments.counts.as_deref()),
    ];
    paths::refuse_overwriting(&[&arguments.data], &outputs)?;
    let data = arguments.data.rows(&options)?;
    let output = paths::output(&arguments.output, arguments.format);
    let bad = arguments.bad.as_deref();
    let bad = bad.map(|path| paths::output(path, None));
    let console = Console::interruptible(quiet)?;
    let outcome = prepare(data, &steps, &output, bad.as_ref(), &console)?;
    let ending = Ending::of(&outcome);
    let prepared = outcome.done();
    let counts = prepared.counts;
    if ending == Ending::Interrupted {
        console.say(format_args!("stopped after row {}", counts.rows));
    }
    drop(console);
    if let Some(path) = &arguments.counts {
        crate::report::write_text(path, &serde_json::to_string_pretty(&counts)?)?;
    }
    if !quiet {
        messages::tell(Level::Info, &told(arguments, &counts), &counts);
    }
    if arguments.json {
        figures::print(&counts)?;
    }
    if ending == Ending::Interrupted {
        return Ok(ending);
    }
    if let Some(fault) = prepared.fault {
        let kept = counts.kept;
        if kept == 0 {
            return Err(fault.into());
        }
        return Err(
            Error::from(fault).within(format!("the {kept} molecules of the rows before are kept"))
        );
    }
    ensure!(
        counts.kept > 0,
        Setting,
        "none of the {} rows of `{}` is left: see the counts above",
        counts.rows,
        arguments.data.path.display()
    );
    Ok(ending)
}

/// The counts in words.
fn told(arguments: &Arguments, counts: &Counts) -> String {
    let file = arguments.data.path.display();
    let mut lines = vec![format!(
        "{file}: {} rows, {} kept",
        counts.rows, counts.kept
    )];
    let changed = counts.changed.iter();
    lines.extend(changed.map(|(name, count)| format!("  {count} changed by --{name}")));
    if let Some(count) = counts.excluded.filter(|count| *count > 0) {
        lines.push(format!(
            "  {count} left as they are by --standardize: a metal, or more than 7 borons"
        ));
    }
    let filtered = counts.filtered.iter();
    lines.extend(filtered.map(|(name, count)| format!("  {count} left out by --{name}")));
    for (count, what) in [
        (counts.duplicates, "left out by --unique"),
        (counts.invalid, "are not molecules"),
    ] {
        if count > 0 {
            lines.push(format!("  {count} {what}"));
        }
    }
    lines.join("\n")
}
