//! `molgpt train`: from a file of molecules to a run folder with the model.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::command_line::quote;
use super::console::Console;
use super::paths::DataFile;
use super::train_log::{Line, TrainLog};
use super::{Ending, run_folder};
use crate::config::Setting;
use crate::corpus;
use crate::device::Device;
use crate::error::{Context, Result};
use crate::model::Model;
use crate::progress::Outcome;
use crate::run::{
    Base, ConfigSource, EndReason, Event, Finetune, Observe, TrainSettings, Trained, configuration,
    in_words,
};

/// Train a model on a file of molecules.
#[expect(clippy::struct_excessive_bools, reason = "one per flag")]
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The molecules, as a list or a table of any kind; `DATA:COLUMN` for one of its columns; `-` is
    /// standard input.
    #[arg(required_unless_present = "print_config")]
    data: Option<DataFile>,
    /// Configuration file; `configs/` has examples. Keys that it leaves out, and the default, are
    /// those of configs/small.toml.
    #[arg(long, conflicts_with = "resume")]
    config: Option<PathBuf>,
    /// Set a key of the configuration, as in `--set training.learning_rate=1e-2`; repeatable.
    #[arg(long, value_name = "KEY=VALUE", conflicts_with = "resume")]
    set: Vec<Setting>,
    /// Print the configuration of the run as TOML, and do not train.
    #[arg(long, conflicts_with = "resume")]
    print_config: bool,
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
    old: Option<DataFile>,
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
    /// Properties that the model learns to follow, between commas, as `log_p,qed`: names of columns of
    /// `molgpt describe`, computed here, or of columns of numbers of DATA, where cells may be empty. `molgpt
    /// sample --set NAME=VALUE` then asks for values.
    #[arg(
        long,
        value_name = "NAME,...",
        value_delimiter = ',',
        conflicts_with = "resume"
    )]
    condition: Option<Vec<String>>,
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
    #[arg(long, env = "MOLGPT_DEVICE", default_value = "cpu", help = super::device::HELP)]
    device: Device,
    /// Processor cores to use; 0 for all. The result is the same with any number.
    #[arg(long, env = "MOLGPT_THREADS", default_value_t = 0)]
    threads: usize,
    /// Name or number of the column with the SMILES [default: `smiles`, or the one that looks like
    /// SMILES].
    #[arg(long)]
    column: Option<String>,
    /// Refuse the file if any row is invalid, instead of skipping the row.
    #[arg(long)]
    strict: bool,
    /// Refuse a file of more rows, which are kept in memory: about a quarter of a gigabyte per
    /// million molecules of usual size.
    #[arg(long, value_name = "N", default_value_t = corpus::MOST_ROWS)]
    max_molecules: usize,
    /// Also write the start, every step and the end to this file, one JSON object a line.
    #[arg(long, value_name = "FILE.jsonl")]
    log: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Ending> {
    let from = arguments.from.as_deref().map(load_base).transpose()?;
    let settings = settings(arguments, from);
    if arguments.print_config {
        let text = configuration(&settings)?.commented();
        std::io::stdout().write_all(text.as_bytes())?;
        return Ok(Ending::Done);
    }
    if !arguments.resume {
        // Before there is a folder.
        configuration(&settings)?;
    }
    super::use_threads(arguments.threads)?;
    super::device::prepare(&arguments.device)?;
    let log = arguments.log.as_deref();
    let log = log.map(|path| TrainLog::open(path, arguments.resume));
    let log = log.transpose()?;
    let folder = run_folder::choose(
        arguments.output.as_deref(),
        settings.data.name(),
        arguments.resume,
        arguments.overwrite,
    )?;
    let terminal = Terminal {
        log,
        console: Console::interruptible(quiet)?,
        hints: settings.config == ConfigSource::Default
            && settings.from.is_none()
            && !arguments.resume,
    };
    let outcome = crate::run::train(&settings, &folder, &terminal)?;
    if let Some(log) = &terminal.log {
        log.end(&outcome)?;
    }
    tell(&outcome, arguments, &terminal.console);
    Ok(Ending::of(&outcome))
}

fn settings(arguments: &Arguments, from: Option<Base>) -> TrainSettings {
    TrainSettings {
        data: arguments
            .data
            .as_ref()
            .map(DataFile::source)
            .unwrap_or_default(),
        column: arguments.column.clone(),
        max_molecules: arguments.max_molecules,
        strict: arguments.strict,
        config: match &arguments.config {
            Some(path) => ConfigSource::File(path.clone()),
            None => ConfigSource::Default,
        },
        set: arguments.set.clone(),
        from,
        old: arguments.old.as_ref().map(DataFile::source),
        keep_vocabulary: arguments.keep_vocabulary,
        context: arguments.context,
        augment: arguments.augment,
        epochs: arguments.epochs,
        max_minutes: arguments.max_minutes,
        conditions: arguments.condition.clone(),
        seed: arguments.seed,
        device: arguments.device.clone(),
        command: super::command_line(),
    }
}

/// The model to fine-tune.
pub(super) fn load_base(path: &Path) -> Result<Base> {
    Ok(Base {
        name: path.to_owned(),
        model: Model::named(path).context("--from names no model to fine-tune")?,
    })
}

/// The console of a training run.
struct Terminal {
    console: Console,
    /// Whether the default settings are hinted at that few molecules need others.
    hints: bool,
    log: Option<TrainLog>,
}

impl crate::progress::Watch for Terminal {
    fn begin(&self, stage: &str, total: u64) {
        if stage == "training" {
            self.console.begin_timed(stage, total);
        } else {
            self.console.begin(stage, total);
        }
    }

    fn advance(&self, count: u64) {
        self.console.advance(count);
    }

    fn note(&self, sentence: &str) {
        self.console.note(sentence);
    }

    fn stop(&self) -> bool {
        self.console.stop()
    }
}

impl Observe for Terminal {
    fn event(&self, event: &Event<'_>) {
        if let Some(Err(error)) = self.log.as_ref().map(|log| log.event(event)) {
            self.console.complain(&error);
        }
        match event {
            Event::Data {
                audit,
                steps_per_epoch,
            } => {
                self.console.clear();
                self.console.tell(audit, audit);
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
            Event::Start(start) => self.console.tell(start, Line::Start(start)),
            Event::Step(report) => {
                if report.validation.is_some() {
                    self.console.tell(report, Line::Step(report));
                }
                let left = report.seconds_left.map(in_words);
                let left = left.map_or(String::new(), |left| format!("{left} left, "));
                let best = report.best.map_or(String::new(), |best| {
                    format!(" (best validation {best:.4})")
                });
                let words = format!(
                    "{left}step {}/{}, loss {:.4}{best}, {:.0} tokens/s",
                    report.step, report.steps, report.loss, report.tokens_per_second
                );
                self.console.remark_with(words, report);
            }
        }
    }
}

fn tell(outcome: &Outcome<Trained>, arguments: &Arguments, console: &Console) {
    let (Outcome::Finished(trained) | Outcome::Cancelled(trained)) = outcome;
    console.clear();
    let folder = trained.folder.display();
    let (step, time) = (trained.step, in_words(trained.seconds));
    let ended = format_args!("ended at step {step} after {time}: {}", trained.reason);
    console.tell(ended, Line::end(trained));
    if let (Some(best), Some(padded)) = (trained.best, trained.padded_perplexity) {
        let loss = best.validation_loss;
        console.say(format_args!(
            "best validation loss {loss:.4} per token at step {} (perplexity {:.4}; {padded:.4} with padding counted); model: {folder}/model.safetensors",
            best.step,
            loss.exp()
        ));
    }
    if let Some(finetune) = &trained.finetune {
        tell_likelihoods(finetune, console);
    }
    console.say(format_args!("next: {}", next(trained, arguments)));
}

/// The command that comes next: the rest of an interrupted run, else a sample.
fn next(trained: &Trained, arguments: &Arguments) -> String {
    let path = |path: &Path| quote(path.display().to_string());
    let folder = path(&trained.folder);
    if trained.reason != EndReason::Interrupted {
        let sample = path(&trained.folder.join("sample.csv"));
        return format!("molgpt sample -n 10000 --model {folder} -o {sample}");
    }
    let data = arguments.data.as_ref();
    let mut command = format!(
        "molgpt train {} --resume -o {folder}",
        data.map(|data| path(&data.path)).unwrap_or_default()
    );
    let mut add = |flag: &str, value: Option<String>| {
        if let Some(value) = value {
            command.extend([" ", flag, " ", &quote(value)]);
        }
    };
    add("--epochs", arguments.epochs.map(|it| it.to_string()));
    let minutes = arguments.max_minutes.map(|it| it.to_string());
    add("--max-minutes", minutes);
    let column = data.and_then(|data| data.column.as_ref());
    add("--column", column.or(arguments.column.as_ref()).cloned());
    let most = Some(arguments.max_molecules).filter(|most| *most != corpus::MOST_ROWS);
    add("--max-molecules", most.map(|it| it.to_string()));
    let device = Some(&arguments.device).filter(|device| !device.is_cpu());
    add("--device", device.map(ToString::to_string));
    let threads = Some(arguments.threads).filter(|threads| *threads > 0);
    add("--threads", threads.map(|it| it.to_string()));
    let log = arguments.log.as_deref();
    add("--log", log.map(|path| path.display().to_string()));
    if arguments.strict {
        command += " --strict";
    }
    command
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
        if after.molecules == 0 {
            let count = after.unscored;
            console.say(format_args!(
                "  {name}: none of the {count} molecules has a likelihood: they have tokens that the model does not know, or are too long"
            ));
            continue;
        }
        let [a, b] = [before, after].map(|likelihood| likelihood.nll_per_token);
        console.say(format_args!(
            "  {name}: {a:.4} ({:.3}) -> {b:.4} ({:.3}), {} molecules",
            a.exp(),
            b.exp(),
            after.molecules
        ));
    }
}
