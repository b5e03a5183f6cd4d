//! `molgpt prepare`: from a file of molecules to a cleaner one.

use crate::error::{Error, Result, ensure};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use super::check::BAD;
use crate::corpus::{Content, Counts, Prepared, ReadOptions, Row, Rows, Steps};
use crate::table::{Cell, Column, Format, Kind, Output};

/// Rows that are read, prepared and written together.
const CHUNK: usize = 16_384;

const COLUMNS: [Column; 1] = [Column::new("smiles", Kind::Text)];

/// Write a cleaned file of molecules: each step a flag, each counted.
///
/// Steps are taken in the order of the flags below. Rows that are not molecules are always left
/// out and counted; `--bad` keeps them in a file of their own, with the reason.
#[expect(clippy::struct_excessive_bools, reason = "one per flag")]
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The molecules (.csv, .tsv, .smi, .txt, each also .gz); `-` is standard input.
    data: PathBuf,
    /// Where the molecules go: .csv, .smi, .jsonl (each also .gz) or .parquet; `-` is standard
    /// output.
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// What is written, instead of what the output's name says [default: csv].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Keep the largest component of salts and mixtures only.
    #[arg(long)]
    largest_fragment: bool,
    /// Remove charges that hydrogens can balance.
    #[arg(long)]
    neutralize: bool,
    /// Forget stated isotopes.
    #[arg(long)]
    strip_isotopes: bool,
    /// Forget stereochemistry.
    #[arg(long)]
    strip_stereo: bool,
    /// Write the canonical spelling of molecules that no other step changed, too.
    #[arg(long)]
    canonicalize: bool,
    /// Leave out molecules of elements other than these and hydrogen: C,N,O,S,F,Cl,Br
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
    /// Keep the first of equal molecules only.
    #[arg(long)]
    unique: bool,
    /// Also write every row that is not a molecule to this file: row, text and reason.
    #[arg(long, value_name = "FILE")]
    bad: Option<PathBuf>,
    /// Also write the counts to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    counts: Option<PathBuf>,
    /// Name of the column with the SMILES.
    #[arg(long)]
    column: Option<String>,
    /// Processor cores to use; 0 for all.
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

impl Arguments {
    fn steps(&self) -> Result<Steps> {
        for (flag, weight) in [("min", self.min_weight), ("max", self.max_weight)] {
            ensure!(
                weight.is_none_or(|weight| weight.is_finite() && weight >= 0.0),
                Setting,
                "--{flag}-weight must be a number of g/mol, 0 or more"
            );
        }
        let elements = self.elements.as_ref().map(|symbols| {
            let symbols = symbols.iter().map(|symbol| symbol.trim().to_owned());
            symbols.collect()
        });
        for symbol in self.elements.iter().flatten() {
            ensure!(
                crate::chem::is_element(symbol.trim()),
                Setting,
                "--elements names `{symbol}`, which is no element: give symbols such as C,N,O,Cl"
            );
        }
        Ok(Steps {
            largest_fragment: self.largest_fragment,
            neutralize: self.neutralize,
            strip_isotopes: self.strip_isotopes,
            strip_stereo: self.strip_stereo,
            canonicalize: self.canonicalize,
            elements,
            min_weight: self.min_weight,
            max_weight: self.max_weight,
            min_tokens: self.min_tokens,
            max_tokens: self.max_tokens,
            unique: self.unique,
        })
    }
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    super::use_threads(arguments.threads)?;
    let steps = arguments.steps()?;
    let options = ReadOptions {
        column: arguments.column.clone(),
    };
    let mut rows = Rows::open(&arguments.data, &options)?;
    let mut output = Output::create(&arguments.output, arguments.format, &COLUMNS)?;
    let mut bad = arguments
        .bad
        .as_deref()
        .map(|path| Output::create(path, None, &BAD))
        .transpose()?;
    let stop = super::stop_on_interrupt()?;
    let bar = super::bar_of_bytes(&rows, "preparing", quiet);
    let (mut counts, mut seen) = (steps.counts(), HashSet::new());
    let mut fault = None;
    while fault.is_none() && !stop.load(Ordering::Relaxed) {
        let chunk = super::next_rows(&mut rows, CHUNK, &mut fault);
        if chunk.is_empty() {
            break;
        }
        let prepared: Vec<Option<Prepared>> =
            chunk.par_iter().map(|row| prepare(&steps, row)).collect();
        for (row, prepared) in chunk.iter().zip(prepared) {
            let Some(prepared) = prepared else { continue };
            if let (Prepared::Bad { reason }, Some(bad)) = (&prepared, &mut bad) {
                let text = match &row.content {
                    Content::Text(text) | Content::Unusable { text, .. } => text,
                    Content::Blank => "",
                };
                let line = Cell::Count(row.line as u64);
                bad.row(&[line, Cell::Text(text), Cell::Text(reason)])?;
            }
            if let Some(smiles) = counts.add(prepared, steps.unique.then_some(&mut seen)) {
                output.row(&[Cell::Text(&smiles)])?;
            }
        }
        bar.set_position(rows.bytes_read());
    }
    bar.finish_and_clear();
    output.finish()?;
    if let Some(bad) = bad {
        bad.finish()?;
    }
    if let Some(path) = &arguments.counts {
        crate::report::write_text(path, &serde_json::to_string_pretty(&counts)?)?;
    }
    if !quiet {
        print(arguments, &counts);
    }
    if let Some(fault) = fault {
        let kept = counts.kept;
        return Err(
            Error::from(fault).within(format!("the {kept} molecules of the rows before are kept"))
        );
    }
    ensure!(
        counts.kept > 0,
        Setting,
        "none of the {} rows of `{}` is left: see the counts above",
        counts.rows,
        arguments.data.display()
    );
    Ok(())
}

fn prepare(steps: &Steps, row: &Row) -> Option<Prepared> {
    match &row.content {
        Content::Blank => None,
        Content::Text(text) => Some(steps.apply(text)),
        Content::Unusable { reason, .. } => Some(Prepared::Bad {
            reason: reason.clone(),
        }),
    }
}

#[expect(clippy::print_stderr, reason = "messages to the user")]
fn print(arguments: &Arguments, counts: &Counts) {
    eprintln!(
        "{}: {} rows, {} kept",
        arguments.data.display(),
        counts.rows,
        counts.kept
    );
    for (name, count) in &counts.changed {
        eprintln!("  {count} changed by --{name}");
    }
    for (name, count) in &counts.filtered {
        eprintln!("  {count} left out by --{name}");
    }
    for (count, what) in [
        (counts.duplicates, "left out by --unique"),
        (counts.invalid, "are not molecules"),
    ] {
        if count > 0 {
            eprintln!("  {count} {what}");
        }
    }
}
