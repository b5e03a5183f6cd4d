//! `molgpt train`: from a file of molecules to a run folder with the model.

use std::path::PathBuf;

use anyhow::Context;
use burn::backend::{Autodiff, Flex, NdArray};
use burn::tensor::backend::AutodiffBackend;
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};

use super::run_folder::{Observer, RunFolder};
use crate::checkpoint::{Model, Position, State};
use crate::config::{Optimizer, RunConfig};
use crate::corpus::{self, CleanOptions, Dataset, ReadOptions};
use crate::files;
use crate::model::{Gpt, flatten};
use crate::tokenizer::{Tokenizer, Vocabulary};
use crate::training::{self, BurnLearner, FusedLearner, Learner, Sequences};

/// Train a model on a file of molecules (.csv, .tsv, .smi, .txt, each also .gz).
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The molecules.
    data: PathBuf,
    /// Settings; `configs/` has examples. The default is the content of configs/small.toml.
    #[arg(long, conflicts_with = "resume")]
    config: Option<PathBuf>,
    /// The run folder [default: runs/NAME OF DATA, with a number if that is taken].
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Passes over the training split, instead of the config's.
    #[arg(long)]
    epochs: Option<u64>,
    /// Minutes of training at most; the learning rate falls by time if that is what ends the run.
    #[arg(long)]
    max_minutes: Option<f64>,
    /// Same seed, same model.
    #[arg(long, default_value_t = 0, conflicts_with = "resume")]
    seed: u64,
    /// Go on with the unfinished run in the run folder [default: runs/latest], on the same data.
    #[arg(long)]
    resume: bool,
    /// Replace the run in the run folder.
    #[arg(long, conflicts_with = "resume")]
    overwrite: bool,
    /// What computes.
    #[arg(long, value_enum, default_value_t = Device::Cpu)]
    device: Device,
    /// Processor cores to use; 0 for all. The result is the same with any number.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Name of the column with the SMILES.
    #[arg(long)]
    column: Option<String>,
    /// Refuse the file if any row is bad, instead of skipping the row.
    #[arg(long)]
    strict: bool,
}

/// Bytes of a configuration at most.
const LONGEST_CONFIG: u64 = 1 << 20;

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Device {
    /// The fused engine: the fastest on a processor.
    Cpu,
    /// burn's flex backend, operation by operation: the reference.
    Flex,
    /// burn's ndarray backend.
    Ndarray,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> anyhow::Result<()> {
    super::use_threads(arguments.threads)?;
    let folder = RunFolder::choose(
        arguments.output.as_deref(),
        &arguments.data,
        arguments.resume,
        arguments.overwrite,
    )?;
    let config = config(arguments, &folder)?;
    anyhow::ensure!(
        arguments.device == Device::Cpu || config.training.optimizer == Optimizer::Adamw,
        "`optimizer` is muon, which only --device cpu computes: choose adamw in the configuration"
    );
    anyhow::ensure!(
        arguments.device == Device::Cpu || !arguments.resume,
        "--resume goes on with runs of --device cpu only"
    );
    let dataset = dataset(arguments, &config, quiet)?;
    let digest = digest(&dataset);
    let tokenizer = Tokenizer::new(Vocabulary::from_molecules(
        dataset.train.iter().map(String::as_str),
    ));
    let sequences = encode(&tokenizer, &dataset)?;
    drop(dataset);
    let vocabulary = tokenizer.vocabulary.len();
    let model = Model {
        parameters: fresh_parameters(&config, vocabulary, arguments.seed),
        config: config.model.clone(),
        tokenizer,
    };
    folder.begin(&config, &model.tokenizer.vocabulary)?;
    let start = if arguments.resume {
        let state = folder.state(model.parameters.len())?;
        anyhow::ensure!(
            state.position.data == digest,
            "`{}` is not the data of the run in `{}`: resume with that, or train anew without --resume",
            arguments.data.display(),
            folder.path().display()
        );
        state
    } else {
        State {
            position: Position {
                step: 0,
                seed: arguments.seed,
                seconds: 0.0,
                best: None,
                waited: 0,
                data: digest,
            },
            moments: [
                vec![0.0; model.parameters.len()],
                vec![0.0; model.parameters.len()],
            ],
            parameters: model.parameters.clone(),
        }
    };
    let (seed, parameters) = (start.position.seed, start.parameters);
    let stop = super::stop_on_interrupt()?;
    let observer = Observer::new(
        folder,
        model,
        start.position,
        &config.training,
        arguments.max_minutes,
        stop,
        progress_bar(1_000, "training {bar:30} {percent}% {eta} {msg}", quiet),
    )?;
    match arguments.device {
        Device::Cpu => {
            let learner = FusedLearner::new(&config, vocabulary, parameters, seed)
                .with_moments(start.moments);
            train(learner, &config, &sequences, observer)
        }
        Device::Flex => {
            train_by_burn::<Autodiff<Flex>>(&config, vocabulary, &parameters, &sequences, observer)
        }
        Device::Ndarray => train_by_burn::<Autodiff<NdArray>>(
            &config,
            vocabulary,
            &parameters,
            &sequences,
            observer,
        ),
    }
}

fn train_by_burn<B: AutodiffBackend>(
    config: &RunConfig,
    vocabulary: usize,
    parameters: &[f32],
    sequences: &Sequences,
    observer: Observer<'_>,
) -> anyhow::Result<()> {
    let (seed, device) = (observer.seed(), B::Device::default());
    let learner = BurnLearner::<B>::new(config, vocabulary, parameters, seed, &device);
    train(learner, config, sequences, observer)
}

fn train(
    mut learner: impl Learner,
    config: &RunConfig,
    sequences: &Sequences,
    mut observer: Observer<'_>,
) -> anyhow::Result<()> {
    let clock = observer.clock();
    training::train(
        &mut learner,
        &config.training,
        sequences,
        observer.seed(),
        observer.first_step(),
        || clock.share_used(),
        |progress, learner| observer.observe(progress, learner),
    );
    observer.finish(sequences.held(&config.training))
}

fn config(arguments: &Arguments, folder: &RunFolder) -> anyhow::Result<RunConfig> {
    let path = if arguments.resume {
        Some(folder.config())
    } else {
        arguments.config.clone()
    };
    let mut config = match &path {
        None => RunConfig::small(),
        Some(path) => {
            let text = files::read_text(path, LONGEST_CONFIG)
                .with_context(|| format!("cannot read `{}`", path.display()))?;
            RunConfig::parse(&text).with_context(|| path.display().to_string())?
        }
    };
    if let Some(epochs) = arguments.epochs {
        config.training.epochs = epochs;
        config.training.validate()?;
    }
    if let Some(minutes) = arguments.max_minutes {
        anyhow::ensure!(
            minutes.is_finite() && minutes > 0.0,
            "--max-minutes is {minutes}: it must be a positive number"
        );
    }
    Ok(config)
}

#[expect(clippy::print_stderr, reason = "messages to the user")]
fn dataset(arguments: &Arguments, config: &RunConfig, quiet: bool) -> anyhow::Result<Dataset> {
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
    Ok(dataset)
}

fn encode(tokenizer: &Tokenizer, dataset: &Dataset) -> anyhow::Result<Sequences> {
    let encode = |molecules: &[String]| -> anyhow::Result<Vec<_>> {
        let molecules = molecules.iter().map(|smiles| tokenizer.encode(smiles));
        Ok(molecules.collect::<Result<_, _>>()?)
    };
    Ok(Sequences {
        train: encode(&dataset.train)?,
        validation: encode(&dataset.validation)?,
    })
}

/// SHA-256 over the molecules in order, as hexadecimal digits.
fn digest(dataset: &Dataset) -> String {
    let mut hasher = Sha256::new();
    for molecule in dataset.train.iter().chain(&dataset.validation) {
        hasher.update(molecule.as_bytes());
        hasher.update(b"\n");
    }
    format!("{:x}", hasher.finalize())
}

pub(super) fn fresh_parameters(config: &RunConfig, vocabulary: usize, seed: u64) -> Vec<f32> {
    let device = burn::tensor::Device::<Flex>::default();
    <Flex as burn::tensor::backend::Backend>::seed(&device, seed);
    let network: Gpt<Flex> = config.model.init(vocabulary, &device);
    flatten(&network)
}

pub(super) fn progress_bar(length: u64, template: &str, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style)
}
