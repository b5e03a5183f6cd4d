//! `molgpt train`: from a file of molecules to a run folder with the model.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use burn::backend::{Autodiff, Flex};
use indicatif::{ProgressBar, ProgressStyle};

use crate::config::RunConfig;
use crate::corpus::{self, CleanOptions, ReadOptions};
use crate::tokenizer::{Tokenizer, Vocabulary};
use crate::training::{self, Progress, Sequences, Verdict};
use crate::{checkpoint, report};

/// Train a model on a file of molecules (.csv, .tsv, .smi, .txt, each also .gz).
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The molecules.
    data: PathBuf,
    /// Settings; `configs/` has examples. The default is the content of configs/small.toml.
    #[arg(long)]
    config: Option<PathBuf>,
    /// The run folder.
    #[arg(short, long, default_value = "runs/latest")]
    output: PathBuf,
    /// Passes over the training split, instead of the config's.
    #[arg(long)]
    epochs: Option<u64>,
    /// Stop after this many minutes, keeping the best model so far.
    #[arg(long)]
    max_minutes: Option<f64>,
    /// Same seed, same model.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Name of the column with the SMILES.
    #[arg(long)]
    column: Option<String>,
    /// Refuse the file if any row is bad, instead of skipping the row.
    #[arg(long)]
    strict: bool,
}

#[expect(clippy::print_stderr, reason = "messages to the user")]
pub(super) fn run(arguments: &Arguments, quiet: bool) -> anyhow::Result<()> {
    let config = config(arguments)?;
    let output = &arguments.output;
    std::fs::create_dir_all(output)
        .with_context(|| format!("cannot make the run folder `{}`", output.display()))?;
    let options = ReadOptions {
        column: arguments.column.clone(),
    };
    let records = corpus::read(&arguments.data, &options)?;
    let bar = progress_bar(
        records.records.len() as u64,
        "reading {bar:30} {pos}/{len} {eta}",
        quiet,
    );
    let cleaning = CleanOptions {
        strict: arguments.strict,
        longest: config.model.context - 2,
        validation_share: config.training.validation_share,
    };
    let dataset = corpus::clean(records, &cleaning, &|rows| bar.inc(rows))?;
    bar.finish_and_clear();
    anyhow::ensure!(
        !dataset.train.is_empty() && !dataset.validation.is_empty(),
        "`{}` has {} molecules to train on and {} to validate on: give more molecules",
        arguments.data.display(),
        dataset.train.len(),
        dataset.validation.len()
    );
    if !quiet {
        eprintln!("{}", dataset.audit);
    }
    let tokenizer = Tokenizer::new(Vocabulary::from_molecules(
        dataset.train.iter().map(String::as_str),
    ));
    let encode = |molecules: &[String]| -> anyhow::Result<Vec<_>> {
        Ok(molecules
            .iter()
            .map(|smiles| tokenizer.encode(smiles))
            .collect::<Result<_, _>>()?)
    };
    let sequences = Sequences {
        train: encode(&dataset.train)?,
        validation: encode(&dataset.validation)?,
    };
    report::write_text(&output.join("config.toml"), &toml::to_string(&config)?)?;
    let stop = Arc::new(AtomicBool::new(false));
    let signal = Arc::clone(&stop);
    ctrlc::set_handler(move || signal.store(true, Ordering::Relaxed))?;
    let mut run = Run::new(arguments, &config, &tokenizer, quiet, stop);
    training::train::<Autodiff<Flex>>(
        &config,
        tokenizer.vocabulary.len(),
        &sequences,
        arguments.seed,
        &burn::tensor::Device::<Flex>::default(),
        |progress| run.observe(progress),
    );
    run.finish()
}

fn config(arguments: &Arguments) -> anyhow::Result<RunConfig> {
    let mut config = match &arguments.config {
        None => RunConfig::small(),
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read `{}`", path.display()))?;
            RunConfig::parse(&text).with_context(|| path.display().to_string())?
        }
    };
    if let Some(epochs) = arguments.epochs {
        config.training.epochs = epochs;
        config.training.validate()?;
    }
    Ok(config)
}

pub(super) fn progress_bar(length: u64, template: &str, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style)
}

/// What a run keeps while it is observed.
struct Run<'a> {
    output: &'a Path,
    config: &'a RunConfig,
    tokenizer: &'a Tokenizer,
    stop: Arc<AtomicBool>,
    limit: Option<Duration>,
    began: Instant,
    bar: ProgressBar,
    best: Option<f64>,
    waited: u64,
    tokens: usize,
    history: String,
    curves: [Vec<(f64, f64)>; 2],
    fault: Option<anyhow::Error>,
}

impl<'a> Run<'a> {
    fn new(
        arguments: &'a Arguments,
        config: &'a RunConfig,
        tokenizer: &'a Tokenizer,
        quiet: bool,
        stop: Arc<AtomicBool>,
    ) -> Self {
        Self {
            output: &arguments.output,
            config,
            tokenizer,
            stop,
            limit: arguments
                .max_minutes
                .map(|minutes| Duration::from_secs_f64(minutes.clamp(0.0, 1e6) * 60.0)),
            began: Instant::now(),
            bar: progress_bar(0, "training {bar:30} {pos}/{len} {eta} {msg}", quiet),
            best: None,
            waited: 0,
            tokens: 0,
            history: "step,seconds,rate,loss,validation_loss\n".to_owned(),
            curves: [Vec::new(), Vec::new()],
            fault: None,
        }
    }

    fn observe(&mut self, progress: &Progress<'_, Flex>) -> Verdict {
        match self.step(progress) {
            Ok(verdict) => verdict,
            Err(error) => {
                self.fault = Some(error);
                Verdict::Stop
            }
        }
    }

    fn step(&mut self, progress: &Progress<'_, Flex>) -> anyhow::Result<Verdict> {
        let seconds = self.began.elapsed().as_secs_f64();
        self.tokens += progress.tokens;
        self.bar.set_length(progress.steps);
        self.bar.set_position(progress.step);
        let speed = self.tokens as f64 / seconds;
        self.bar
            .set_message(format!("loss {:.4}, {speed:.0} tokens/s", progress.loss));
        let x = progress.step as f64;
        self.curves[0].push((x, progress.loss));
        let held = progress
            .validation
            .map(|(loss, _)| loss.to_string())
            .unwrap_or_default();
        let (step, rate, loss) = (progress.step, progress.rate, progress.loss);
        writeln!(self.history, "{step},{seconds:.2},{rate},{loss},{held}")?;
        let Some((loss, network)) = progress.validation else {
            let late = self
                .limit
                .is_some_and(|limit| self.began.elapsed() >= limit);
            let ends = late || self.stop.load(Ordering::Relaxed);
            return Ok(if ends {
                Verdict::Stop
            } else {
                Verdict::Continue
            });
        };
        self.curves[1].push((x, loss));
        if self.best.is_none_or(|best| loss < best) {
            self.best = Some(loss);
            self.waited = 0;
            let path = self.output.join("model.safetensors");
            checkpoint::save(
                &path,
                &self.config.model,
                &self.tokenizer.vocabulary,
                network,
            )?;
        } else {
            self.waited += 1;
        }
        report::write_text(&self.output.join("history.csv"), &self.history)?;
        let patience = self.config.training.patience;
        Ok(if patience > 0 && self.waited >= patience {
            Verdict::Stop
        } else {
            Verdict::Continue
        })
    }

    #[expect(clippy::print_stderr, reason = "messages to the user")]
    fn finish(mut self) -> anyhow::Result<()> {
        self.bar.finish_and_clear();
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let folder = self.output.display();
        let Some(best) = self.best else {
            anyhow::bail!(
                "stopped before the first validation at step {}: no model was written; lower `validate_every`",
                self.config.training.validate_every
            );
        };
        report::write_text(&self.output.join("history.csv"), &self.history)?;
        let [train, validation] = &self.curves;
        report::plots::line_plot(
            &self.output.join("loss"),
            "Loss",
            "step",
            "nats per token",
            &[
                ("training", train.clone()),
                ("validation", validation.clone()),
            ],
        )?;
        eprintln!(
            "best validation loss {best:.4} per token (perplexity {:.4}); model: {folder}/model.safetensors",
            best.exp()
        );
        Ok(())
    }
}
