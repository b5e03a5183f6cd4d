//! `molgpt score`: the likelihood of each molecule of a file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::console::Console;
use super::messages::{self, Level};
use super::paths::{self, DataFile};
use super::{Ending, figures};
use crate::annotate::{ScoreOptions, Summary, score};
use crate::error::Result;
use crate::table::{Format, ReadOptions};

/// Score molecules: negative log-likelihood (nats) and perplexity per token under a model.
///
/// One output row per input row, in order, with its line in the file. A row that is not a molecule,
/// or has tokens outside the vocabulary, gets the reason instead of a score. The other columns of
/// the file follow; one of the same name gets a number (`nll_2`).
#[expect(clippy::struct_excessive_bools, reason = "one per flag")]
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The molecules, as a list or a table of any kind; `FILE:COLUMN` for one of its columns; `-` is
    /// standard input.
    file: DataFile,
    /// The model file or run folder, or `pretrained` for the one inside the program [default: that
    /// of the latest run in runs/, else `pretrained`].
    #[arg(long, env = "MOLGPT_MODEL")]
    model: Option<PathBuf>,
    /// Output file: .csv, .tsv, .jsonl, .sdf (each also .gz), .xlsx or .parquet; `-` is standard output.
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// Output format, instead of that of the output's name [default: csv].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Also write each token and its negative log-likelihood, the end of sequence last.
    #[arg(long)]
    tokens: bool,
    /// Score the canonical SMILES instead of the given text.
    #[arg(long)]
    canonical: bool,
    /// Also score invalid SMILES whose tokens are in the vocabulary.
    #[arg(long, conflicts_with = "canonical")]
    invalid: bool,
    /// Print the sums and means as one JSON document; needs an --output that is a file.
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
    figures::need_file(arguments.json, &arguments.output);
    super::use_threads(arguments.threads)?;
    let model = super::model::choose(arguments.model.as_deref(), quiet)?;
    let options = ReadOptions {
        column: arguments.column.clone(),
        keep_cells: true,
        ..ReadOptions::default()
    };
    let output = paths::output(&arguments.output, arguments.format);
    paths::refuse_overwriting(&[&arguments.file], &[("--output", Some(&arguments.output))])?;
    let data = arguments.file.rows(&options)?;
    let options = ScoreOptions {
        tokens: arguments.tokens,
        canonical: arguments.canonical,
        invalid: arguments.invalid,
    };
    let console = Console::interruptible(quiet)?;
    let outcome = score(data, &model, &options, &output, &console)?;
    let ending = Ending::of(&outcome);
    let summary = outcome.done();
    if ending == Ending::Interrupted {
        console.say(format_args!("stopped after row {}", summary.rows));
    }
    drop(console);
    let told = Told::of(&summary);
    if !quiet {
        messages::tell(Level::Info, &told.text(&arguments.file.path), &told);
    }
    if arguments.json {
        figures::print(&told)?;
    }
    let kept = (summary.scored > 0).then_some((summary.rows, "scored"));
    ending.unless(summary.fault, kept)
}

/// The sums, and the means that follow from them.
#[derive(Debug, Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    nll_per_molecule: f64,
    nll_per_token: f64,
    perplexity: f64,
}

impl<'a> Told<'a> {
    fn of(summary: &'a Summary) -> Self {
        Self {
            summary,
            nll_per_molecule: summary.nll_per_molecule(),
            nll_per_token: summary.nll_per_token(),
            perplexity: summary.perplexity(),
        }
    }

    fn text(&self, file: &Path) -> String {
        let Summary {
            rows,
            scored,
            unscored,
            ..
        } = self.summary;
        let mut text = format!(
            "{}: {scored} of {rows} rows scored: mean negative log-likelihood {:.4} a molecule, {:.4} a token (perplexity {:.4})",
            file.display(),
            self.nll_per_molecule,
            self.nll_per_token,
            self.perplexity
        );
        for (kind, count) in unscored {
            // A String takes any text.
            let _ = write!(text, "\n  {count} {kind}");
        }
        text
    }
}
