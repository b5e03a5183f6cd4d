//! `molgpt canonicalize`: one verdict and canonical SMILES per input line.

use crate::error::{Context, Result};
use std::path::PathBuf;

use rayon::prelude::*;

use crate::chem::{Invalid, MAX_LENGTH, Molecule};
use crate::corpus::Lines;
use crate::table::Sink;

/// Lines judged together: bounds the memory and feeds every core.
const CHUNK: usize = 4096;

/// Print input, verdict, canonical SMILES and reason for each line.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A file with one SMILES a line (.gz too); `-` is standard input.
    #[arg(default_value = "-")]
    file: PathBuf,
    /// Where the tab-separated rows go; `-` is standard output.
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// Also show each invalid string on standard error, with a mark under the place of its fault.
    #[arg(long)]
    explain: bool,
}

/// Bytes of a line that are kept: enough to see that it is too long.
const KEPT: usize = MAX_LENGTH + 2;

#[expect(clippy::print_stderr, reason = "messages to the user")]
pub(super) fn run(arguments: &Arguments, _quiet: bool) -> Result<()> {
    let reading = || format!("cannot read `{}`", arguments.file.display());
    let mut input = Lines::open(&arguments.file, KEPT).with_context(reading)?;
    let mut sink = Sink::create(&arguments.output)?;
    let mut lines = Vec::with_capacity(CHUNK);
    let mut before = 0;
    loop {
        lines.clear();
        while lines.len() < CHUNK
            && let Some(line) = input.read().with_context(reading)?
        {
            let text = line.text.strip_suffix(b"\r").unwrap_or(line.text);
            lines.push(String::from_utf8_lossy(text).into_owned());
        }
        if lines.is_empty() {
            break;
        }
        let verdicts: Vec<_> = lines.par_iter().map(|line| Molecule::parse(line)).collect();
        for ((line, verdict), number) in lines.iter().zip(&verdicts).zip(before + 1..) {
            sink.line(format_args!("{}", row(line, verdict)))?;
            if let (true, Err(invalid)) = (arguments.explain, verdict) {
                eprintln!("line {number}: {}", invalid.explain(line));
            }
        }
        before += lines.len();
    }
    sink.finish()
}

fn row(line: &str, verdict: &Result<Molecule, Invalid>) -> String {
    let shown = line.replace('\t', " ");
    match verdict {
        Ok(molecule) => format!("{shown}\tvalid\t{}\t", molecule.canonical()),
        Err(invalid) => match invalid.position {
            Some(position) => format!("{shown}\tinvalid\t\t{invalid} (at {})", position + 1),
            None => format!("{shown}\tinvalid\t\t{invalid}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_four_columns() {
        let row = |line: &str| row(line, &Molecule::parse(line));
        assert_eq!(row("OCC"), "OCC\tvalid\tCCO\t");
        assert_eq!(
            row("C("),
            "C(\tinvalid\t\tthis parenthesis is never closed (at 2)"
        );
        assert_eq!(row("C\tC").matches('\t').count(), 3);
    }
}
