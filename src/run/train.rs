//! Training a model on a file of molecules: from scratch, from another model (fine-tuning), or on
//! from where a run stopped.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::finetune::{Finetune, OldSet};
use super::fit::Fit;
use super::folder::RunFolder;
use super::followed::Followed;
use super::keeper::Keeper;
use super::merges::with_merges;
use super::observe::{Event, Observe};
use super::record::{Best, EndReason, RunRecord};
use super::settings::{ConfigSource, TrainSettings};
use super::start::RunStart;
use crate::checkpoint::{Position, State};
use crate::chem::augmentation_tokens;
use crate::config::{ConfigError, RunConfig, TokenKind, TrainingConfig};
use crate::corpus::{self, Audit, CleanOptions, Dataset};
use crate::error::{Context, Error, Result, ensure};
use crate::model::{Model, TrainedOn};
use crate::progress::Outcome;
use crate::store;
use crate::table::ReadOptions;
use crate::tokenizer::{Conditions, TokenId, Tokenizer, Vocabulary};
use crate::train::{self, Augment, Epochs, Sequences, Start, padded_perplexity};

/// Bytes of a configuration at most.
const LONGEST_CONFIG: u64 = 1 << 20;

/// What a training run came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// The run folder.
    pub folder: PathBuf,
    /// Counts of the rows of the data.
    pub audit: Audit,
    /// Steps done, those before a resume included.
    pub step: u64,
    /// Why it ended.
    pub reason: EndReason,
    /// Seconds of training, those before a resume included.
    pub seconds: f64,
    /// The best model and its validation loss, in nats per token; none if there was no validation.
    pub best: Option<Best>,
    /// Perplexity of that loss when padding is counted, to compare with figures computed that way.
    pub padded_perplexity: Option<f64>,
    /// Mean number of tokens of a held-out molecule, the end counted: what turns that loss into one per molecule.
    pub held_out_tokens: f64,
    /// Likelihoods before and after fine-tuning, where that was the task.
    pub finetune: Option<Finetune>,
}

/// Trains a model and keeps it in the folder, with its configuration, vocabulary, history and loss
/// curve. A folder that [resumes](RunFolder::resume) goes on with its run on the same data, and takes
/// exactly the steps that an unbroken run takes.
///
/// # Errors
/// Data that cannot be read or have too few molecules, a configuration that makes no sense or does
/// not fit the model, files that cannot be written, a device that fails. Nothing kept before is
/// lost.
#[expect(
    clippy::too_many_lines,
    reason = "the steps of a run, one after the other"
)]
pub fn train(
    settings: &TrainSettings,
    folder: &RunFolder,
    observer: &dyn Observe,
) -> Result<Outcome<Trained>> {
    let source = settings.from.as_ref();
    let mut config = config(settings, folder)?;
    let before = if folder.resumes() {
        Finetune::load(folder.path())?
    } else {
        None
    };
    let resumed = if folder.resumes() {
        Some(folder.tokenizer(&config)?)
    } else {
        None
    };
    let keeps = before
        .as_ref()
        .map_or(settings.keep_vocabulary, |run| run.keep_vocabulary);
    let known = source.map(|base| base.model.tokenizer().vocabulary());
    let resumed_tokens = resumed.as_ref().map(Tokenizer::vocabulary);
    let known = known.or(resumed_tokens).filter(|_| keeps);
    let of_model = source.map(|base| base.model.tokenizer());
    let conditions = of_model.or(resumed.as_ref()).map(Tokenizer::conditions);
    let followed = Followed::new(&config.conditions, conditions)?;
    let dataset = dataset(settings, &config, known, &followed, observer)?;
    if source.is_some() && settings.config == ConfigSource::Default {
        fit(&mut config.training, settings, dataset.train.len());
        config = chosen(config.with(&settings.set)?, settings)?;
    }
    let digest = digest(&dataset);
    let model = start_model(&config, settings, resumed, &dataset, &followed, observer)?;
    let model = model.with_trained_on(TrainedOn {
        radicals: dataset.audit.radicals > 0,
        idle_stereo_marks: dataset.audit.idle_stereo_marks > 0,
    });
    if let Some(base) = source {
        tell_new_tokens(&base.model, &model, observer);
    }
    let mut audit = dataset.audit.clone();
    let [mut training, mut validation] = dataset.encoded(model.tokenizer());
    if !model.tokenizer().merges().is_empty() || !model.tokenizer().conditions().is_empty() {
        leave_out_longer(
            config.model.context,
            model.tokenizer().conditions(),
            &mut training,
            &mut validation,
            &mut audit,
        );
        ensure!(
            !training.is_empty() && !validation.is_empty(),
            Input,
            "setting `context` is {}, which leaves {} molecules of `{}` to train on and {} to validate on: give more",
            config.model.context,
            training.len(),
            settings.data.name().display(),
            validation.len()
        );
    }
    let sequences = Sequences {
        train: training,
        validation,
        ..Sequences::default()
    };
    folder.begin(&config, model.tokenizer())?;
    let start = start_state(settings, folder, &model, digest)?;
    let held = sequences.held(&config.training).to_vec();
    let finetune = match source {
        Some(base) => {
            let old = OldSet::new(&base.model, settings.old.as_ref(), settings, observer)?;
            let keep = settings.keep_vocabulary;
            Some(Finetune::begin(
                folder.path(),
                base,
                &model,
                &held,
                old,
                keep,
            )?)
        }
        None => before,
    };
    let mut sequences = augmented(sequences, &config, model.tokenizer(), start.position.seed);
    sequences.shown = followed.shown(model.tokenizer(), &config.conditions, start.position.seed);
    let shape = model.shape().clone();
    let begins = RunStart {
        parent: finetune
            .as_ref()
            .map(|finetune| finetune.from.display().to_string()),
        ..begins(
            settings, folder, &config, &audit, &model, &sequences, &start,
        )
    };
    let record = RunRecord::begin(
        folder.path(),
        &begins,
        &start.position.data,
        &settings.command,
    )?;
    let mut keeper = Keeper::new(
        folder,
        model,
        start.position,
        &config.training,
        &begins,
        record,
        observer,
    )?;
    let clock = keeper.clock();
    let (seed, first_step) = (keeper.seed(), keeper.first_step());
    let fitted = Fit {
        shape: &shape,
        settings: &config.training,
        sequences: &sequences,
        start: Start {
            seed,
            parameters: start.parameters,
            moments: start.moments,
        },
        first_step,
        time_used: &|| clock.share_used(),
        on_step: &mut |progress, learner| keeper.observe(progress, learner),
    }
    .on(&settings.device);
    if let Err(error) = fitted {
        keeper.fail(&error);
        return Err(error);
    }
    let ended = keeper.finish()?;
    let finetune = match finetune {
        Some(finetune) => finetune.finish(folder.path(), &held)?,
        None => None,
    };
    let targets = sequences.held(&config.training).iter();
    let targets: Vec<usize> = targets
        .map(|ids| sequences.to_learn(ids).targets())
        .collect();
    let trained = Trained {
        folder: folder.path().to_owned(),
        audit,
        step: ended.step,
        reason: ended.reason,
        seconds: ended.seconds,
        best: ended.best,
        padded_perplexity: ended
            .best
            .map(|best| padded_perplexity(best.validation_loss, &targets)),
        held_out_tokens: targets.iter().sum::<usize>() as f64 / targets.len().max(1) as f64,
        finetune,
    };
    let interrupted = ended.reason == EndReason::Interrupted;
    Ok(Outcome::of(interrupted, trained))
}

/// What is known of a run before its first step, but for the model that it fine-tunes.
fn begins(
    settings: &TrainSettings,
    folder: &RunFolder,
    config: &RunConfig,
    audit: &Audit,
    model: &Model,
    sequences: &Sequences,
    start: &State,
) -> RunStart {
    let training = &config.training;
    let steps_per_epoch = Epochs::new(sequences, training.batch_size, 0).steps();
    let copies = training.augment.max(1);
    let conditions = model.tokenizer().conditions().all().iter();
    let tokens = sequences.train.iter();
    let tokens = tokens.map(|ids| sequences.to_learn(ids).targets());
    RunStart {
        data: settings.data.name().to_owned(),
        rows: audit.rows,
        training: audit.train,
        held_out: audit.validation,
        tokens: copies * tokens.sum::<usize>(),
        vocabulary: model.shape().vocabulary,
        conditions: conditions.map(|it| it.name.clone()).collect(),
        network: config.model.clone(),
        parameters: model.parameters().len(),
        parent: None,
        settings: training.clone(),
        seed: start.position.seed,
        device: settings.device.to_string(),
        threads: rayon::current_num_threads(),
        folder: folder.path().to_owned(),
        first_step: start.position.step,
        steps_per_epoch,
        steps: steps_per_epoch * training.epochs,
        max_minutes: settings.max_minutes,
    }
}

/// Tells by which tokens the vocabulary of a model was extended.
fn tell_new_tokens(base: &Model, model: &Model, observer: &dyn Observe) {
    let known = base.tokenizer().vocabulary().len();
    let tokenizer = model.tokenizer();
    let tokens = tokenizer.vocabulary().tokens()[known..].iter();
    let written = |text: &&String| tokenizer.id_of_piece(text).is_some();
    let new: Vec<String> = tokens.filter(written).cloned().collect();
    if !new.is_empty() {
        observer.event(&Event::NewTokens(&new));
    }
}

/// The model that a run begins with: a fresh one, or the one that is fine-tuned, with the tokens of
/// the molecules trained on; or with the vocabulary of the run that is resumed.
fn start_model(
    config: &RunConfig,
    settings: &TrainSettings,
    resumed: Option<Tokenizer>,
    dataset: &Dataset,
    followed: &Followed,
    observer: &dyn Observe,
) -> Result<Model> {
    let further = if config.training.augment > 0 && !settings.keep_vocabulary {
        augmentation_tokens(dataset.texts(&dataset.train))
    } else {
        Vec::new()
    };
    if let Some(base) = &settings.from {
        let known = base.model.tokenizer().vocabulary();
        // Molecules that are held out must have a likelihood, too.
        let new = train::new_tokens(known, &dataset.whole_vocabulary(), &further);
        let context = config.model.context;
        let tokenizer = base.model.tokenizer().extended(&new);
        let tokenizer = with_merges(tokenizer, config, dataset, settings.seed, observer)?;
        let tokenizer = followed.learn(&tokenizer, dataset, config.conditions.bins)?;
        let model = train::extend(&base.model, tokenizer, context, settings.seed)?;
        return Ok(model.with_dropout(config.model.dropout)?);
    }
    let tokenizer = if let Some(tokenizer) = resumed {
        tokenizer
    } else {
        let vocabulary = dataset.vocabulary().extended(&further);
        vocabulary.check()?;
        let atoms = Tokenizer::atomwise(vocabulary);
        let merged = with_merges(atoms, config, dataset, settings.seed, observer)?;
        followed.learn(&merged, dataset, config.conditions.bins)?
    };
    let shape = config.model.with_vocabulary(tokenizer.vocabulary().len());
    let weights = shape.first_weights(settings.seed);
    Ok(Model::new(config.model.clone(), tokenizer, weights)?)
}

/// Leaves out molecules that are longer than the context in tokens of the model: merged ones are fewer than
/// atoms, bonds, branches and ring closures; those of conditions come before them.
fn leave_out_longer(
    context: usize,
    conditions: &Conditions,
    training: &mut Vec<Vec<TokenId>>,
    validation: &mut Vec<Vec<TokenId>>,
    audit: &mut Audit,
) {
    let before = training.len() + validation.len();
    training.retain(|molecule| molecule.len() <= context);
    validation.retain(|molecule| molecule.len() <= context);
    let longer = before - training.len() - validation.len();
    let kept = || {
        training
            .iter()
            .chain(&*validation)
            .map(|molecule| molecule.len() - 2 - conditions.leading(molecule))
    };
    audit.tokens = kept().sum();
    audit.longest_kept = kept().max().unwrap_or_default();
    audit.longest = context - 2;
    audit.too_long += longer;
    audit.kept -= longer;
    (audit.train, audit.validation) = (training.len(), validation.len());
}

/// The state that the run begins with, or goes on from.
fn start_state(
    settings: &TrainSettings,
    folder: &RunFolder,
    model: &Model,
    data: String,
) -> Result<State> {
    let length = model.parameters().len();
    if folder.resumes() {
        let state = folder.state(length)?;
        ensure!(
            state.position.data == data,
            Input,
            "`{}` is not the data of the run in `{}`: resume with that, or train anew without setting `resume`",
            settings.data.name().display(),
            folder.path().display()
        );
        return Ok(state);
    }
    Ok(State {
        position: Position {
            step: 0,
            seed: settings.seed,
            seconds: 0.0,
            best: None,
            waited: 0,
            stage: 0,
            data,
        },
        moments: [vec![0.0; length], vec![0.0; length]],
        parameters: model.parameters().to_vec(),
    })
}

/// Fits the shipped settings of fine-tuning to the number of molecules.
///
/// A small set is read in randomized spellings, fresh in every epoch, and until the rate has fallen to its
/// end: in the spellings of the file alone the held-out loss rises before the network has learned what its
/// new tokens ask for, and a chirality with a missing neighbour is a radical. 800 natural products, 1,000
/// strings of seed 1 at temperature 1: 57.2 % valid, 21 % of them radicals, after 110 steps in the spellings of
/// the file; 73.9 % and 0.8 % after 2,160 steps in four spellings of each. All 5,017 of them, 2,000 strings: 1.2 % after
/// 1,980 steps, 0.8 % after 2,830.
///
/// Validates once per epoch where that is more often than the settings say, but not more often than
/// every five steps.
fn fit(training: &mut TrainingConfig, settings: &TrainSettings, molecules: usize) {
    /// Molecules of a set that is large enough for its own spellings.
    const MANY: usize = 20_000;
    /// Spellings of each molecule in an epoch.
    const SPELLINGS: usize = 4;
    /// Share of the run that reads them; the rest reads those of the file.
    const SHARE: f64 = 0.8;
    /// Spellings that are read in all.
    const READ: usize = 181_000;
    let chosen = settings.set.iter().any(|one| one.key() == "augment");
    if molecules < MANY && settings.augment.is_none() && !chosen {
        (training.augment, training.augment_share) = (SPELLINGS, SHARE);
        training.patience = 0;
        if settings.epochs.is_none() {
            let epochs = READ / (SPELLINGS * molecules.max(1));
            training.epochs = epochs.clamp(1, 100) as u64;
        }
    }
    let per_epoch = (molecules * training.augment.max(1)).div_ceil(training.batch_size) as u64;
    training.validate_every = training.validate_every.min(per_epoch.max(5));
    training.warmup_steps = training.warmup_steps.min(per_epoch.max(5));
}

/// The sequences with fresh spellings in every epoch, if that is asked for. Held-out molecules are spelled
/// as the model is to write in the end: randomized, once and for all, unless the run ends in the spellings of
/// the file.
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
    if config.training.augment_share >= 1.0 {
        for (index, molecule) in sequences.validation.iter_mut().enumerate() {
            *molecule = augment.spell(molecule, u64::MAX, index, 0);
        }
    }
    sequences.augment = Some(augment);
    sequences
}

fn config(settings: &TrainSettings, folder: &RunFolder) -> Result<RunConfig> {
    if !folder.resumes() {
        return configuration(settings);
    }
    let own = settings.augment.is_none() && settings.conditions.is_none();
    ensure!(
        settings.from.is_none() && own && settings.set.is_empty(),
        Setting,
        "setting `from`, setting `augment`, setting `conditions` and setting `set` are those of the run: resume \
         without them"
    );
    let config = read_config(&folder.config(), RunConfig::parse_whole)?;
    if let Some(context) = settings.context {
        ensure!(
            context == config.model.context,
            Setting,
            "setting `context` is {context}, and that of the run is {}: resume without it",
            config.model.context
        );
    }
    chosen(config, settings)
}

/// The configuration of a new run with these settings. Fine-tuning without one of the caller's own
/// fits it to the number of molecules, once they are read.
///
/// # Errors
/// A file that cannot be read, keys that are unknown, values that make no sense or do not fit the
/// model.
pub fn configuration(settings: &TrainSettings) -> Result<RunConfig> {
    let network = settings.from.as_ref().map(|base| base.model.config());
    let config = match (&settings.config, network) {
        (ConfigSource::File(path), _) => {
            read_config(path, |text| RunConfig::parse_for(text, network))?
        }
        (ConfigSource::Given(config), _) => (**config).clone(),
        (ConfigSource::Default, Some(network)) => RunConfig::finetune(network),
        (ConfigSource::Default, None) => RunConfig::small(),
    };
    let mut config = config.with(&settings.set)?;
    if let Some(network) = network {
        config.keeps(network)?;
    }
    if let Some(context) = settings.context {
        if let Some(network) = network {
            ensure!(
                context >= network.context,
                Setting,
                "setting `context` is {context}: the model reads {} tokens already, and keeps them",
                network.context
            );
        }
        config.model.context = context;
    }
    if let Some(base) = &settings.from
        && !base.model.tokenizer().merges().is_empty()
    {
        config.tokenizer.kind = TokenKind::Pairs;
    }
    chosen(config, settings)
}

fn read_config(
    path: &Path,
    parse: impl FnOnce(&str) -> Result<RunConfig, ConfigError>,
) -> Result<RunConfig> {
    let text = store::read_text(path, LONGEST_CONFIG)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    parse(&text).with_context(|| path.display().to_string())
}

/// The configuration with what has a setting of its own.
fn chosen(mut config: RunConfig, settings: &TrainSettings) -> Result<RunConfig> {
    if let Some(copies) = settings.augment {
        config.training.augment = copies;
    }
    if let Some(epochs) = settings.epochs {
        config.training.epochs = epochs;
    }
    if let Some(conditions) = &settings.conditions {
        config.conditions.condition.clone_from(conditions);
    }
    config.validate()?;
    if let Some(minutes) = settings.max_minutes {
        ensure!(
            minutes.is_finite() && minutes > 0.0,
            Setting,
            "setting `max_minutes` is {minutes}: it must be a positive number"
        );
    }
    Ok(config)
}

fn dataset(
    settings: &TrainSettings,
    config: &RunConfig,
    known: Option<&Vocabulary>,
    followed: &Followed,
    observer: &dyn Observe,
) -> Result<Dataset> {
    let options = ReadOptions {
        column: settings.column.clone(),
        keep_cells: followed.has_columns(),
        ..ReadOptions::default()
    };
    let most = match settings.max_molecules {
        0 => corpus::MOST_ROWS,
        most => most,
    };
    let rows = settings.data.rows(&options)?;
    let records = followed.gather(most, rows, observer)?;
    if observer.stop() {
        return Err(Error::cancelled());
    }
    observer.begin("reading", records.records.len() as u64);
    let cleaning = CleanOptions {
        strict: settings.strict,
        longest: match config.tokenizer.kind {
            TokenKind::Atom => config.model.context - 2,
            // Of merged tokens there are fewer; which, is known after the merges are learned.
            TokenKind::Pairs => usize::MAX,
        },
        validation_share: config.training.validation_share,
        known: known.cloned(),
    };
    let dataset = corpus::clean(records, &cleaning, &|rows| observer.advance(rows));
    // Nothing is trained yet: the folder, and a run in it that this one replaces, stay as they are.
    if observer.stop() {
        return Err(Error::cancelled());
    }
    let dataset = if known.is_some() {
        dataset.context(
            "setting `keep_vocabulary` leaves out molecules with tokens new to the model",
        )?
    } else {
        dataset?
    }
    .with_both_sides();
    ensure!(
        !dataset.train.is_empty() && !dataset.validation.is_empty(),
        Input,
        "`{}` has {} molecules to train on and {} to validate on: give more molecules",
        settings.data.name().display(),
        dataset.train.len(),
        dataset.validation.len()
    );
    observer.event(&Event::Data {
        audit: &dataset.audit,
        steps_per_epoch: (dataset.train.len() * config.training.augment.max(1))
            .div_ceil(config.training.batch_size) as u64,
    });
    Ok(dataset)
}

/// SHA-256 over the molecules in order and their numbers, as hexadecimal digits.
fn digest(dataset: &Dataset) -> String {
    let mut hasher = Sha256::new();
    for molecule in dataset.train.iter().chain(&dataset.validation) {
        hasher.update(dataset.text(molecule));
        hasher.update(b"\n");
    }
    for number in dataset.all_numbers() {
        hasher.update(number.to_le_bytes());
    }
    format!("{:x}", hasher.finalize())
}
