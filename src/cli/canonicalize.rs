//! `molgpt canonicalize`: one verdict and canonical SMILES per input line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use rayon::prelude::*;

use super::sink::Sink;
use crate::chem::{MAX_LENGTH, Molecule};

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
}

pub(super) fn run(arguments: &Arguments, _quiet: bool) -> anyhow::Result<()> {
    let mut reader = open(&arguments.file)?;
    let mut sink = Sink::create(&arguments.output)?;
    let mut lines = Vec::with_capacity(CHUNK);
    loop {
        lines.clear();
        while lines.len() < CHUNK {
            let line = read_line(&mut reader)
                .with_context(|| format!("cannot read `{}`", arguments.file.display()))?;
            let Some(line) = line else { break };
            lines.push(line);
        }
        if lines.is_empty() {
            break;
        }
        let rows: Vec<String> = lines.par_iter().map(|line| row(line)).collect();
        for row in rows {
            sink.line(format_args!("{row}"))?;
        }
    }
    sink.finish()
}

fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let file = File::open(path)
        .with_context(|| format!("cannot read `{}`: is the path right?", path.display()))?;
    Ok(if path.extension().is_some_and(|ending| ending == "gz") {
        Box::new(BufReader::new(flate2::read::MultiGzDecoder::new(file)))
    } else {
        Box::new(BufReader::new(file))
    })
}

/// The next line without its end, at most a little longer than the longest SMILES that is judged.
///
/// The rest of a longer line is passed over without being kept.
fn read_line(reader: &mut dyn BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let read = reader
        .take(MAX_LENGTH as u64 + 3)
        .read_until(b'\n', &mut line)?;
    if read == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if read == MAX_LENGTH + 3 {
        reader.skip_until(b'\n')?;
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}

fn row(line: &str) -> String {
    let shown = line.replace('\t', " ");
    match Molecule::parse(line) {
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
        assert_eq!(row("OCC"), "OCC\tvalid\tCCO\t");
        assert_eq!(
            row("C("),
            "C(\tinvalid\t\tthis parenthesis is never closed (at 2)"
        );
        assert_eq!(row("C\tC").matches('\t').count(), 3);
    }

    #[test]
    fn a_long_line_is_one_row() {
        let text = format!("{}\r\nCC\n", "C".repeat(100_000));
        let mut reader = text.as_bytes();
        let first = read_line(&mut reader).unwrap().unwrap();
        assert!(row(&first).contains("\tinvalid\t"));
        assert_eq!(read_line(&mut reader).unwrap().as_deref(), Some("CC"));
        assert_eq!(read_line(&mut reader).unwrap(), None);
    }
}
