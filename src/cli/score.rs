//! `molgpt score`: how likely a model finds each molecule of a file.

use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use crate::chem::Molecule;
use crate::corpus::{Content, ReadOptions, Row, Rows};
use crate::likelihood::{Score, Scorer, Unscorable};
use crate::table::{Cell, Column, Format, Kind, Output};
use crate::tokenizer::tokenize;

/// Rows that are read, scored and written together.
const CHUNK: usize = 8_192;

const COLUMNS: [Column; 8] = [
    Column::new("row", Kind::Count),
    Column::new("smiles", Kind::Text),
    Column::new("nll", Kind::Number),
    Column::new("tokens", Kind::Count),
    Column::new("perplexity", Kind::Number),
    Column::new("reason", Kind::Text),
    Column::new("token", Kind::Text),
    Column::new("token_nll", Kind::Text),
];

/// Score molecules: negative log-likelihood (nats) and perplexity per token under a model.
///
/// One row out for each row in, in order, with its line in the file. A row that is no molecule, or
/// that the model has no tokens for, keeps its place with the reason.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The molecules (.csv, .tsv, .smi, .txt, each also .gz); `-` is standard input.
    file: PathBuf,
    /// The model file or run folder, or `pretrained` for the one inside the program [default: that
    /// of the latest run in runs/, else `pretrained`].
    #[arg(long)]
    model: Option<PathBuf>,
    /// Where the scores go: .csv, .jsonl or .parquet, the first two also .gz; `-` is standard
    /// output.
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// What is written, instead of what the output's name says [default: csv].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Also each token and its negative log-likelihood, the end of sequence last.
    #[arg(long)]
    tokens: bool,
    /// Score the canonical spelling instead of the one given.
    #[arg(long)]
    canonical: bool,
    /// Score texts that are no molecules too, if the model has their tokens.
    #[arg(long, conflicts_with = "canonical")]
    invalid: bool,
    /// Name of the column with the SMILES.
    #[arg(long)]
    column: Option<String>,
    /// Processor cores to use; 0 for all.
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

/// What is known of one row.
struct Scored {
    line: usize,
    text: String,
    /// Why it is no molecule, or has no score; its kind, and in words.
    reason: Option<(&'static str, String)>,
    score: Option<Score>,
}

/// Sums over the file.
#[derive(Default)]
struct Summary {
    rows: usize,
    scored: usize,
    tokens: usize,
    nll: f64,
    unscored: BTreeMap<&'static str, usize>,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    super::use_threads(arguments.threads)?;
    let model = super::model::choose(arguments.model.as_deref(), quiet)?;
    let mut scorer = Scorer::new(&model);
    let options = ReadOptions {
        column: arguments.column.clone(),
    };
    let mut rows = Rows::open(&arguments.file, &options)?;
    let columns = if arguments.tokens {
        &COLUMNS[..]
    } else {
        &COLUMNS[..6]
    };
    let mut output = Output::create(&arguments.output, arguments.format, columns)?;
    let stop = super::stop_on_interrupt()?;
    let bar = super::bar_of_bytes(&rows, "scoring", quiet);
    let mut summary = Summary::default();
    let mut fault = None;
    while fault.is_none() && !stop.load(Ordering::Relaxed) {
        let chunk = super::next_rows(&mut rows, CHUNK, &mut fault);
        if chunk.is_empty() {
            break;
        }
        let chunk = score(&mut scorer, chunk, arguments);
        for row in &chunk {
            summary.add(row);
            write(&mut output, row, arguments.tokens)?;
        }
        bar.set_position(rows.bytes_read());
    }
    bar.finish_and_clear();
    output.finish()?;
    if !quiet {
        summary.print(&arguments.file);
    }
    fault.map_or(Ok(()), |fault| {
        Err(Error::from(fault).within(format!(
            "the {} rows before are scored and kept",
            summary.rows
        )))
    })
}

fn score(scorer: &mut Scorer<'_>, rows: Vec<Row>, arguments: &Arguments) -> Vec<Scored> {
    let judge = |row: Row| {
        let (text, reason) = match row.content {
            Content::Blank => (
                String::new(),
                Some(("empty", "the row is empty".to_owned())),
            ),
            Content::Unusable { text, reason } => (text, Some(("unusable", reason))),
            Content::Text(text) => match Molecule::parse(&text) {
                Ok(molecule) if arguments.canonical => (molecule.canonical().to_owned(), None),
                Ok(_) => (text, None),
                Err(invalid) => {
                    let reason = format!("not a molecule: {invalid}");
                    (text, Some(("not molecules", reason)))
                }
            },
        };
        Scored {
            line: row.line,
            text,
            reason,
            score: None,
        }
    };
    let mut rows: Vec<Scored> = rows.into_par_iter().map(judge).collect();
    let wanted: Vec<usize> = (0..rows.len())
        .filter(|&index| {
            let row = &rows[index];
            row.reason.is_none() || (arguments.invalid && !row.text.is_empty())
        })
        .collect();
    let texts: Vec<&str> = wanted.iter().map(|&index| &*rows[index].text).collect();
    let scores = scorer.score(&texts);
    for (index, score) in wanted.into_iter().zip(scores) {
        let row = &mut rows[index];
        match score {
            Ok(score) => row.score = Some(score),
            Err(error) => {
                let kind = match &error {
                    Unscorable::Tokenize(_) => "not made of tokens",
                    Unscorable::UnknownToken { .. } => "with tokens that the model does not know",
                    Unscorable::TooLong { .. } => "longer than the model reads",
                };
                // The other lines are a drawing of the place.
                let first = error.to_string().lines().take(1).collect();
                row.reason.get_or_insert((kind, first));
            }
        }
    }
    rows
}

fn write(output: &mut Output, row: &Scored, tokens: bool) -> Result<()> {
    let number = |value: fn(&Score) -> f64| {
        row.score
            .as_ref()
            .map_or(Cell::Nothing, |score| Cell::Number(value(score)))
    };
    let nlls = row.score.as_ref().map(|score| score.tokens.as_slice());
    let mut texts = Vec::new();
    if tokens && nlls.is_some() {
        texts = tokenize(&row.text).unwrap_or_default();
        texts.push("[EOS]");
    }
    let cells = [
        Cell::Count(row.line as u64),
        Cell::Text(&row.text),
        number(Score::nll),
        nlls.map_or(Cell::Nothing, |nlls| Cell::Count(nlls.len() as u64)),
        number(Score::perplexity),
        row.reason
            .as_ref()
            .map_or(Cell::Nothing, |(_, reason)| Cell::Text(reason)),
        nlls.map_or(Cell::Nothing, |_| Cell::Texts(&texts)),
        nlls.map_or(Cell::Nothing, Cell::Numbers),
    ];
    output.row(if tokens { &cells } else { &cells[..6] })
}

impl Summary {
    fn add(&mut self, row: &Scored) {
        self.rows += 1;
        if let Some(score) = &row.score {
            self.scored += 1;
            self.tokens += score.tokens.len();
            self.nll += score.nll();
        } else if let Some((kind, _)) = row.reason {
            *self.unscored.entry(kind).or_default() += 1;
        }
    }

    #[expect(clippy::print_stderr, reason = "messages to the user")]
    fn print(&self, file: &std::path::Path) {
        let per_token = self.nll / self.tokens.max(1) as f64;
        eprintln!(
            "{}: {} of {} rows scored: mean negative log-likelihood {:.4} a molecule, {per_token:.4} a token (perplexity {:.4})",
            file.display(),
            self.scored,
            self.rows,
            self.nll / self.scored.max(1) as f64,
            per_token.exp()
        );
        for (kind, count) in &self.unscored {
            eprintln!("  {count} {kind}");
        }
    }
}
