//! Likelihoods of the molecules of a table under a model.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::chem::Molecule;
use crate::error::{Result, ensure};
use crate::likelihood::{Score, Scorer, Unscorable};
use crate::model::Model;
use crate::progress::{Outcome, Watch, outcome};
use crate::table::{
    Cell, Chunks, Column, Content, Kind, Output, Row, Rows, TableError, Value, Writer,
    with_columns_of_file,
};
use crate::tokenizer::Tokenizer;

/// Rows that are read, scored and written together.
const CHUNK: usize = 8_192;

/// The new columns: those of [`ScoreOptions::tokens`] are the last two.
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

/// Columns without those of [`ScoreOptions::tokens`].
const WITHOUT_TOKENS: usize = 6;

/// Settings of scoring.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScoreOptions {
    /// Write each token and its negative log-likelihood in nats, too, the end of sequence last.
    pub tokens: bool,
    /// Score the canonical SMILES instead of the one given.
    pub canonical: bool,
    /// Score texts that are no molecules, too, if the model has their tokens.
    pub invalid: bool,
}

/// Sums over the rows of a table.
#[derive(Debug, Default, serde::Serialize)]
pub struct Summary {
    /// Rows.
    pub rows: usize,
    /// Rows with a score.
    pub scored: usize,
    /// Tokens of those, the ends of sequence counted.
    pub tokens: usize,
    /// Negative log-likelihood of those in nats.
    pub nll: f64,
    /// Counts of rows without a score, by the kind of the reason.
    pub unscored: BTreeMap<&'static str, usize>,
    /// The error where the file could not be read to its end; the rows before are written. Or that
    /// none of its rows is a molecule and it seems to be something else.
    #[serde(skip)]
    pub fault: Option<TableError>,
}

impl Summary {
    /// Mean negative log-likelihood of a molecule, in nats; 0 without one.
    pub fn nll_per_molecule(&self) -> f64 {
        self.nll / self.scored.max(1) as f64
    }

    /// Mean negative log-likelihood of a token, in nats; 0 without one.
    pub fn nll_per_token(&self) -> f64 {
        self.nll / self.tokens.max(1) as f64
    }

    /// Perplexity per token: the exponential of [`Summary::nll_per_token`].
    pub fn perplexity(&self) -> f64 {
        self.nll_per_token().exp()
    }

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
}

/// The verdict on one row.
struct Scored {
    line: usize,
    text: String,
    /// The reason why it is not a molecule or has no score: its kind, and in words.
    reason: Option<(&'static str, String)>,
    score: Option<Score>,
    /// The other columns of the file.
    cells: Vec<Value>,
}

/// Writes one row for each row of `data`, in order: its line, the SMILES, negative log-likelihood
/// (nats), tokens, perplexity per token and, where there is no score, the reason; then the other
/// columns of the file, if `data` [keeps](crate::table::ReadOptions::keep_cells) them.
///
/// Where `watch` ends the work, the rows so far are written.
///
/// # Errors
/// Those of writing, and those of the header of `data`; an output that has no place for scores.
pub fn score(
    mut data: Rows,
    model: &Model,
    options: &ScoreOptions,
    output: &Output,
    watch: &dyn Watch,
) -> Result<Outcome<Summary>> {
    let own = if options.tokens {
        COLUMNS.len()
    } else {
        WITHOUT_TOKENS
    };
    ensure!(
        !output.is_list()?,
        Setting,
        "setting `output` `{}`: a list of SMILES has no place for scores: choose .csv, .tsv, .jsonl, \
         .xlsx, .sdf or .parquet",
        output.target.name().display()
    );
    let columns = with_columns_of_file(&COLUMNS[..own], data.columns()?);
    let mut output = Writer::create(output, &columns)?;
    let mut scorer = Scorer::new(model);
    let mut chunks = Chunks::new(data, CHUNK, "scoring", watch);
    let mut summary = Summary::default();
    for chunk in chunks.by_ref() {
        for row in score_rows(&mut scorer, chunk, *options) {
            summary.add(&row);
            write(&mut output, &row, model.tokenizer(), options.tokens)?;
        }
    }
    output.finish()?;
    let none = chunks.no_molecule().filter(|_| summary.scored == 0);
    summary.fault = chunks.fault().or(none);
    Ok(outcome(watch, summary))
}

fn score_rows(scorer: &mut Scorer<'_>, rows: Vec<Row>, options: ScoreOptions) -> Vec<Scored> {
    let judge = |row: Row| {
        let (text, reason) = match row.content {
            Content::Blank => (
                String::new(),
                Some(("empty", "the row is empty".to_owned())),
            ),
            Content::Unusable { text, reason } => (text, Some(("unusable", reason))),
            Content::Text(text) => match Molecule::parse(&text) {
                Ok(molecule) if options.canonical => (molecule.canonical().to_owned(), None),
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
            cells: row.cells,
        }
    };
    let mut rows: Vec<Scored> = rows.into_par_iter().map(judge).collect();
    let wanted: Vec<usize> = (0..rows.len())
        .filter(|&index| {
            let row = &rows[index];
            row.reason.is_none() || (options.invalid && !row.text.is_empty())
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
                row.reason.get_or_insert((kind, error.sentence()));
            }
        }
    }
    rows
}

fn write(output: &mut Writer, row: &Scored, tokenizer: &Tokenizer, tokens: bool) -> Result<()> {
    let number = |value: fn(&Score) -> f64| {
        row.score
            .as_ref()
            .map_or(Cell::Nothing, |score| Cell::Number(value(score)))
    };
    let nlls = row.score.as_ref().map(|score| score.tokens.as_slice());
    let mut texts = Vec::new();
    if tokens && nlls.is_some() {
        texts = tokenizer.pieces(&row.text).unwrap_or_default();
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
    let own = if tokens {
        &cells[..]
    } else {
        &cells[..WITHOUT_TOKENS]
    };
    output.row_of(own, &row.cells)
}
