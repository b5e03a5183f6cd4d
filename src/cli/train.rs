//! `molgpt train`: from a file of molecules to a run folder with the model.

use crate::error::{Context, Result, ensure};
use std::path::{Path, PathBuf};

use burn::tensor::backend::AutodiffBackend;
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};

use crate::checkpoint::{Position, State};
use crate::chem::augmentation_tokens;
use crate::config::{RunConfig, TrainingConfig};
use crate::corpus::{self, CleanOptions, Dataset, ReadOptions};
use crate::device::{self, Device, OnDevice, Place};
use crate::model::{Model, Shape};
use crate::run::Finetune;
use crate::run::{Observer, RunFolder};
use crate::store;
use crate::tokenizer::{Tokenizer, Vocabulary};
use crate::train::{
    self as training, Augment, BurnLearner, FusedLearner, Learner, Sequences, Start,
};

/// Train a model on a file of molecules (.csv, .tsv, .smi, .txt, each also .gz).
#[expect(clippy::struct_excessive_bools, reason = "one per flag")]
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
    /// Fine-tune this model: a model file or run folder, or `pretrained` for the one inside the
    /// program. Its network stays, its vocabulary grows by the tokens of DATA; the default settings
    /// are the content of configs/finetune.toml.
    #[arg(long, value_name = "MODEL", conflicts_with = "resume")]
    from: Option<PathBuf>,
    /// Molecules on which forgetting is measured [default: 2000 that MODEL writes].
    #[arg(long, value_name = "DATA", requires = "from")]
    old: Option<PathBuf>,
    /// Leave out molecules with tokens that MODEL does not know, instead of teaching it those.
    #[arg(long, requires = "from")]
    keep_vocabulary: bool,
    /// Tokens that the model reads, `[BOS]` and `[EOS]` counted, instead of the config's (or more
    /// than MODEL's).
    #[arg(long)]
    context: Option<usize>,
    /// Train on N randomized spellings of each molecule per epoch, fresh in every epoch, instead of
    /// the config's number; 0 trains on the spellings of the file.
    #[arg(long, value_name = "N", conflicts_with = "resume")]
    augment: Option<usize>,
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
    #[arg(long, default_value = "cpu", help = device::HELP)]
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
    /// Refuse a file of more rows, which are kept in memory: about a quarter of a gigabyte each million of usual size.
    #[arg(long, value_name = "N", default_value_t = corpus::MOST_ROWS)]
    max_molecules: usize,
}

/// Bytes of a configuration at most.
const LONGEST_CONFIG: u64 = 1 << 20;

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    super::use_threads(arguments.threads)?;
    arguments.device.check()?;
    let folder = RunFolder::choose(
        arguments.output.as_deref(),
        &arguments.data,
        arguments.resume,
        arguments.overwrite,
    )?;
    let source = arguments.from.as_deref().map(load_source).transpose()?;
    let mut config = config(arguments, &folder, source.as_ref())?;
    let mut finetune = if arguments.resume {
        Finetune::load(folder.path())?
    } else {
        None
    };
    let resumed = if arguments.resume {
        Some(folder.vocabulary(&config)?)
    } else {
        None
    };
    let keeps = finetune
        .as_ref()
        .map_or(arguments.keep_vocabulary, |run| run.keep_vocabulary);
    let known = source.as_ref().map(|model| &model.tokenizer().vocabulary);
    let known = known.or(resumed.as_ref()).filter(|_| keeps);
    let dataset = dataset(arguments, &config, known, quiet)?;
    if source.is_some() && arguments.config.is_none() {
        fit(&mut config.training, dataset.train.len());
    }
    let digest = digest(&dataset);
    let model = start_model(&config, source.as_ref(), resumed, &dataset, arguments.seed)?;
    if !quiet && let Some(source) = &source {
        tell_new_tokens(source, &model);
    }
    let sequences = encode(model.tokenizer(), dataset)?;
    folder.begin(&config, &model.tokenizer().vocabulary)?;
    let start = start_state(arguments, &folder, &model, digest)?;
    let held = sequences.held(&config.training).to_vec();
    if let (Some(from), Some(source)) = (&arguments.from, &source) {
        finetune = Some(Finetune::begin(
            folder.path(),
            (from, source),
            &model,
            &held,
            arguments.old.as_deref(),
            arguments.seed,
            arguments.keep_vocabulary,
        )?);
    }
    let sequences = augmented(sequences, &config, model.tokenizer(), start.position.seed);
    let path = folder.path().to_owned();
    let stop = super::stop_on_interrupt()?;
    let shape = model.shape().clone();
    let observer = Observer::new(
        folder,
        model,
        start.position,
        &config.training,
        arguments.max_minutes,
        stop,
        progress_bar(1_000, "training {bar:30} {percent}% {eta} {msg}", quiet),
    )?;
    let start = Start {
        seed: observer.seed(),
        parameters: start.parameters,
        moments: start.moments,
    };
    let training = Training {
        config: &config,
        shape,
        start,
        sequences: &sequences,
        observer,
    };
    if arguments.device.is_cpu() {
        training.on_processor()?;
    } else {
        arguments.device.run(training)?;
    }
    finetune.map_or(Ok(()), |finetune| finetune.finish(&path, &held, quiet))
}

/// A run that is ready to begin.
struct Training<'a> {
    config: &'a RunConfig,
    shape: Shape,
    start: Start,
    sequences: &'a Sequences,
    observer: Observer<'a>,
}

impl Training<'_> {
    fn on_processor(self) -> Result<()> {
        let Start {
            parameters,
            moments,
            seed,
        } = self.start;
        let learner = FusedLearner::new(&self.shape, &self.config.training, parameters, seed);
        let learner = learner.with_moments(moments);
        train(learner, self.config, self.sequences, self.observer)
    }
}

impl OnDevice for Training<'_> {
    type Output = ();

    fn run<B: AutodiffBackend>(self, place: &Place<B>) -> Result<()> {
        let computing = place.training(&self.config.model);
        let config = self.config;
        let learner = BurnLearner::new::<B>(
            &self.shape,
            &config.training,
            &self.start,
            &place.devices,
            computing,
        );
        train(learner, config, self.sequences, self.observer)
    }
}

/// The model that a run begins with: a fresh one, or that of `source`; with the tokens of the
/// molecules trained on, or those of the run that is resumed.
fn start_model(
    config: &RunConfig,
    source: Option<&Model>,
    resumed: Option<Vocabulary>,
    dataset: &Dataset,
    seed: u64,
) -> Result<Model> {
    let molecules = || dataset.train.iter().map(String::as_str);
    let further = if config.training.augment > 0 {
        augmentation_tokens(molecules())
    } else {
        Vec::new()
    };
    if let Some(source) = source {
        let new = training::new_tokens(&source.tokenizer().vocabulary, molecules(), &further);
        let model = training::extend(source, &new, config.model.context, seed)?;
        return Ok(model.with_dropout(config.model.dropout)?);
    }
    let fresh = || Vocabulary::from_molecules(molecules()).extended(&further);
    let vocabulary = resumed.unwrap_or_else(fresh);
    vocabulary.check()?;
    let shape = config.model.with_vocabulary(vocabulary.len());
    let parameters = shape.first_weights(seed);
    Ok(Model::new(
        shape.config,
        Tokenizer::new(vocabulary),
        parameters,
    )?)
}

#[expect(clippy::print_stderr, reason = "messages to the user")]
fn tell_new_tokens(source: &Model, model: &Model) {
    let new = &model.tokenizer().vocabulary.tokens()[source.shape().vocabulary..];
    if !new.is_empty() {
        eprintln!("  {} new tokens: {}", new.len(), new.join(" "));
    }
}

/// Where the run begins, or goes on.
fn start_state(
    arguments: &Arguments,
    folder: &RunFolder,
    model: &Model,
    data: String,
) -> Result<State> {
    let length = model.parameters().len();
    if arguments.resume {
        let state = folder.state(length)?;
        ensure!(
            state.position.data == data,
            Setting,
            "`{}` is not the data of the run in `{}`: resume with that, or train anew without --resume",
            arguments.data.display(),
            folder.path().display()
        );
        return Ok(state);
    }
    Ok(State {
        position: Position {
            step: 0,
            seed: arguments.seed,
            seconds: 0.0,
            best: None,
            waited: 0,
            data,
        },
        moments: [vec![0.0; length], vec![0.0; length]],
        parameters: model.parameters().to_vec(),
    })
}

fn load_source(path: &Path) -> Result<Model> {
    super::model::load(path).context("--from names no model to fine-tune")
}

/// Validates once per epoch where that is more often than the settings say, but not more often than
/// every five steps.
fn fit(settings: &mut TrainingConfig, molecules: usize) {
    let per_epoch = molecules.div_ceil(settings.batch_size) as u64;
    settings.validate_every = settings.validate_every.min(per_epoch.max(5));
    settings.warmup_steps = settings.warmup_steps.min(per_epoch.max(5));
}

/// The sequences with fresh spellings in every epoch, if that is asked for. Held-out molecules get
/// one randomized spelling for good, since the model is to write such.
fn augmented(
    mut sequences: Sequences,
    config: &RunConfig,
    tokenizer: &Tokenizer,
    seed: u64,
) -> Sequences {
    let copies = config.training.augment;
    if copies == 0 {
        return sequences;
    }
    let augment = Augment {
        tokenizer: tokenizer.clone(),
        copies,
        context: config.model.context,
        seed,
    };
    for (index, molecule) in sequences.validation.iter_mut().enumerate() {
        *molecule = augment.spell(molecule, u64::MAX, index, 0);
    }
    sequences.augment = Some(augment);
    sequences
}

fn train(
    mut learner: impl Learner,
    config: &RunConfig,
    sequences: &Sequences,
    mut observer: Observer<'_>,
) -> Result<()> {
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

fn config(arguments: &Arguments, folder: &RunFolder, source: Option<&Model>) -> Result<RunConfig> {
    let path = if arguments.resume {
        Some(folder.config())
    } else {
        arguments.config.clone()
    };
    let mut config = match (&path, source) {
        (None, None) => RunConfig::small(),
        (None, Some(source)) => RunConfig::finetune(source.config()),
        (Some(path), source) => {
            let text = store::read_text(path, LONGEST_CONFIG)
                .with_context(|| format!("cannot read `{}`", path.display()))?;
            let network = source.map(|source| source.config());
            RunConfig::parse_for(&text, network).with_context(|| path.display().to_string())?
        }
    };
    if let Some(context) = arguments.context {
        if let Some(source) = source {
            ensure!(
                context >= source.config().context,
                Setting,
                "--context is {context}: the model reads {} tokens already, and keeps them",
                source.config().context
            );
        }
        ensure!(
            !arguments.resume || context == config.model.context,
            Setting,
            "--context is {context}, and that of the run is {}: resume without it",
            config.model.context
        );
        config.model.context = context;
        config.model.validate()?;
    }
    if let Some(copies) = arguments.augment {
        config.training.augment = copies;
        config.training.validate()?;
    }
    if let Some(epochs) = arguments.epochs {
        config.training.epochs = epochs;
        config.training.validate()?;
    }
    if let Some(minutes) = arguments.max_minutes {
        ensure!(
            minutes.is_finite() && minutes > 0.0,
            Setting,
            "--max-minutes is {minutes}: it must be a positive number"
        );
    }
    Ok(config)
}

#[expect(clippy::print_stderr, reason = "messages to the user")]
fn dataset(
    arguments: &Arguments,
    config: &RunConfig,
    known: Option<&Vocabulary>,
    quiet: bool,
) -> Result<Dataset> {
    let options = ReadOptions {
        column: arguments.column.clone(),
    };
    let records = corpus::read_at_most(arguments.max_molecules, &arguments.data, &options)?;
    let bar = progress_bar(
        records.records.len() as u64,
        "reading {bar:30} {pos}/{len} {eta}",
        quiet,
    );
    let cleaning = CleanOptions {
        strict: arguments.strict,
        longest: config.model.context - 2,
        validation_share: config.training.validation_share,
        known: known.cloned(),
    };
    let dataset = corpus::clean(records, &cleaning, &|rows| bar.inc(rows));
    let dataset = if known.is_some() {
        dataset.context("--keep-vocabulary leaves out molecules with tokens new to the model")?
    } else {
        dataset?
    };
    bar.finish_and_clear();
    ensure!(
        !dataset.train.is_empty() && !dataset.validation.is_empty(),
        Setting,
        "`{}` has {} molecules to train on and {} to validate on: give more molecules",
        arguments.data.display(),
        dataset.train.len(),
        dataset.validation.len()
    );
    if !quiet {
        eprintln!("{}", dataset.audit);
        let share = dataset.audit.too_long as f64 / dataset.audit.rows as f64;
        if share > 0.01 {
            eprintln!(
                "  --context N makes the model read longer molecules; `molgpt check` tells which N"
            );
        }
        let steps = dataset.train.len().div_ceil(config.training.batch_size) as u64;
        let default = arguments.config.is_none() && arguments.from.is_none();
        if default && !arguments.resume && steps < 300 {
            eprintln!(
                "  few molecules for the default settings: `molgpt check DATA --suggest F` writes others for --config, and `--from pretrained` starts from a trained model"
            );
        }
    }
    Ok(dataset)
}

/// Takes the molecules, so that each text makes room for its tokens: a file of millions would not
/// fit twice.
pub(super) fn encode(tokenizer: &Tokenizer, dataset: Dataset) -> Result<Sequences> {
    let encode = |molecules: Vec<String>| -> Result<Vec<_>> {
        let mut sequences = Vec::with_capacity(molecules.len());
        for smiles in molecules {
            let mut tokens = tokenizer.encode(&smiles)?;
            tokens.shrink_to_fit();
            sequences.push(tokens);
        }
        Ok(sequences)
    };
    Ok(Sequences {
        train: encode(dataset.train)?,
        validation: encode(dataset.validation)?,
        augment: None,
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

pub(super) fn progress_bar(length: u64, template: &str, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style)
}
