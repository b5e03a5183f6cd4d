//! `molgpt train`: from a file of molecules to a run folder with the model.

use std::path::{Path, PathBuf};

use super::console::Console;
use super::{Ending, run_folder};
use crate::corpus;
use crate::device::Device;
use crate::error::{Context, Result};
use crate::progress::Outcome;
use crate::run::{Base, ConfigSource, Event, Finetune, Observe, TrainSettings, Trained};

/// Train a model on a file of molecules (.csv, .tsv, .smi, .txt, .jsonl, each also .gz, or
/// .parquet).
#[expect(clippy::struct_excessive_bools, reason = "one per flag")]
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The molecules.
    data: PathBuf,
    /// Configuration file; `configs/` has examples. The default is the content of
    /// configs/small.toml.
    #[arg(long, conflicts_with = "resume")]
    config: Option<PathBuf>,
    /// The run folder [default: runs/NAME OF DATA, with a number if that is taken].
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Fine-tune this model: a model file or run folder, or `pretrained` for the one inside the
    /// program. Its vocabulary is extended by the tokens of DATA; the default configuration is the
    /// content of configs/finetune.toml.
    #[arg(long, value_name = "MODEL", conflicts_with = "resume")]
    from: Option<PathBuf>,
    /// Molecules on which forgetting is measured [default: 2000 sampled from MODEL].
    #[arg(long, value_name = "DATA", requires = "from")]
    old: Option<PathBuf>,
    /// Leave out molecules with tokens outside MODEL's vocabulary, instead of extending it.
    #[arg(long, requires = "from")]
    keep_vocabulary: bool,
    /// Context in tokens, `[BOS]` and `[EOS]` included, instead of the config's (or more than
    /// MODEL's).
    #[arg(long)]
    context: Option<usize>,
    /// Train on N randomized SMILES of each molecule, new ones in every epoch, instead of the
    /// config's number; 0 trains on the SMILES of the file.
    #[arg(long, value_name = "N", conflicts_with = "resume")]
    augment: Option<usize>,
    /// Epochs (passes over the training split), instead of the config's.
    #[arg(long)]
    epochs: Option<u64>,
    /// Most minutes of training; the learning rate then falls by time if that ends the run first.
    #[arg(long)]
    max_minutes: Option<f64>,
    /// Random seed: same seed, same model.
    #[arg(long, default_value_t = 0, conflicts_with = "resume")]
    seed: u64,
    /// Resume the unfinished run in the run folder [default: runs/latest], on the same data.
    #[arg(long)]
    resume: bool,
    /// Replace the run in the run folder.
    #[arg(long, conflicts_with = "resume")]
    overwrite: bool,
    #[arg(long, default_value = "cpu", help = super::device::HELP)]
    device: Device,
    /// Processor cores to use; 0 for all. The result is the same with any number.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Name of the column with the SMILES.
    #[arg(long)]
    column: Option<String>,
    /// Refuse the file if any row is invalid, instead of skipping the row.
    #[arg(long)]
    strict: bool,
    /// Refuse a file of more rows, which are kept in memory: about a quarter of a gigabyte per
    /// million molecules of usual size.
    #[arg(long, value_name = "N", default_value_t = corpus::MOST_ROWS)]
    max_molecules: usize,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Ending> {
    super::use_threads(arguments.threads)?;
    super::device::prepare(&arguments.device)?;
    let folder = run_folder::choose(
        arguments.output.as_deref(),
        &arguments.data,
        arguments.resume,
        arguments.overwrite,
    )?;
    let from = arguments.from.as_deref().map(load_base).transpose()?;
    let settings = TrainSettings {
        data: super::paths::source(&arguments.data),
        column: arguments.column.clone(),
        max_molecules: arguments.max_molecules,
        strict: arguments.strict,
        config: match &arguments.config {
            Some(path) => ConfigSource::File(path.clone()),
            None => ConfigSource::Default,
        },
        from,
        old: arguments.old.as_deref().map(super::paths::source),
        keep_vocabulary: arguments.keep_vocabulary,
        context: arguments.context,
        augment: arguments.augment,
        epochs: arguments.epochs,
        max_minutes: arguments.max_minutes,
        seed: arguments.seed,
        device: arguments.device.clone(),
    };
    let terminal = Terminal {
        console: Console::interruptible(quiet)?,
        hints: settings.config == ConfigSource::Default
            && settings.from.is_none()
            && !arguments.resume,
    };
    let outcome = crate::run::train(&settings, &folder, &terminal)?;
    tell(&outcome, &terminal.console);
    Ok(Ending::of(&outcome))
}

fn load_base(path: &Path) -> Result<Base> {
    Ok(Base {
        name: path.to_owned(),
        model: super::model::load(path).context("--from names no model to fine-tune")?,
    })
}

/// The console of a training run.
struct Terminal {
    console: Console,
    /// Whether the default settings are hinted at that few molecules need others.
    hints: bool,
}

impl crate::progress::Watch for Terminal {
    fn begin(&self, stage: &str, total: u64) {
        self.console.begin(stage, total);
    }

    fn advance(&self, count: u64) {
        self.console.advance(count);
    }

    fn stop(&self) -> bool {
        self.console.stop()
    }
}

impl Observe for Terminal {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Data {
                audit,
                steps_per_epoch,
            } => {
                self.console.clear();
                self.console.say(audit);
                let share = audit.too_long as f64 / audit.rows as f64;
                if share > 0.01 {
                    self.console.say(
                        "  --context N makes the model read longer molecules; `molgpt check` tells which N",
                    );
                }
                if self.hints && *steps_per_epoch < 300 {
                    self.console.say(
                        "  few molecules for the default settings: `molgpt check DATA --suggest F` writes others for --config, and `--from pretrained` starts from a trained model",
                    );
                }
            }
            Event::NewTokens(new) => {
                self.console.say(format_args!(
                    "  {} new tokens: {}",
                    new.len(),
                    new.join(" ")
                ));
            }
            Event::Step(report) => {
                let best = report.best.map_or(String::new(), |best| {
                    format!(" (best validation {best:.4})")
                });
                self.console.remark(format!(
                    "step {}/{}, loss {:.4}{best}, {:.0} tokens/s",
                    report.step, report.steps, report.loss, report.tokens_per_second
                ));
            }
        }
    }
}

fn tell(outcome: &Outcome<Trained>, console: &Console) {
    let (Outcome::Finished(trained) | Outcome::Cancelled(trained)) = outcome;
    console.clear();
    let folder = trained.folder.display();
    if outcome.is_cancelled() {
        console.say(format_args!(
            "stopped after step {}; go on with: molgpt train DATA --resume -o {folder}",
            trained.step
        ));
    }
    if let (Some(best), Some(padded)) = (trained.best, trained.padded_perplexity) {
        console.say(format_args!(
            "best validation loss {best:.4} per token (perplexity {:.4}; {padded:.4} with padding counted); model: {folder}/model.safetensors",
            best.exp()
        ));
    }
    if let Some(finetune) = &trained.finetune {
        tell_likelihoods(finetune, console);
    }
}

fn tell_likelihoods(report: &Finetune, console: &Console) {
    console.say("negative log-likelihood per token (perplexity), before and after:");
    let sets = [
        (
            "new set, held out".to_owned(),
            report.new_before,
            report.new_after,
        ),
        (
            format!("old set, {}", report.old),
            report.old_before,
            report.old_after,
        ),
    ];
    for (name, before, after) in sets {
        let after = after.unwrap_or(before);
        let [a, b] = [before, after].map(|likelihood| likelihood.nll_per_token);
        console.say(format_args!(
            "  {name}: {a:.4} ({:.3}) -> {b:.4} ({:.3}), {} molecules",
            a.exp(),
            b.exp(),
            after.molecules
        ));
    }
}
