//! Baselines beside the GPT on one split: bigrams, n-grams, one head of attention.
//!
//! The order is that of Jablonka's tutorial; each model is trained on the same molecules, and its
//! samples are evaluated alike.

use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::tensor::backend::AutodiffBackend;

use super::common::{Fcd, FcdJson, Page, Set, fcd_cell, headline_panels, valid};
use super::usable_folder;
use crate::chem::KnownSet;
use crate::chemnet::Distance;
use crate::config::RunConfig;
use crate::corpus::{self, Audit, CleanOptions, Dataset};
use crate::device::{Device, OnDevice, Place};
use crate::error::{Error, Result, ensure};
use crate::evaluation::{Headline, Network, canonical, name_of};
use crate::generate::{Generator, PrefixGenerator, SamplingParams, generator, texts};
use crate::likelihood::Scorer;
use crate::model::Model;
use crate::model::baselines::{HeadConfig, NGram, train_head};
use crate::progress::{Outcome, Thousandths, Watch};
use crate::report::figures::{self, Measured, Panel};
use crate::report::study::{Cell, Picture, Study, Table, json, number};
use crate::report::thousands;
use crate::run::{Event, Fit, Observe};
use crate::table::{ReadOptions, Source};
use crate::tokenizer::{TokenId, Tokenizer};
use crate::train::{Sequences, Start, Verdict, padded_perplexity};

/// Models of a whole study.
const MODELS: usize = 4;

/// The models and their training.
#[derive(Debug, Clone)]
pub struct BaselineSettings {
    /// Molecules to train on; a share of them is held out.
    pub data: Source,
    /// Column of the files that holds the SMILES [default: `smiles`].
    pub column: Option<String>,
    /// Name and model of the last row, instead of the tutorial's GPT trained here.
    pub given: Option<(String, Model)>,
    /// Tokens that the n-gram model looks at, the predicted one counted.
    pub order: usize,
    /// Minutes of training at most, for the head and the GPT each.
    pub minutes: f64,
    /// Molecules to generate with each model.
    pub n: u64,
    /// Molecules that the samples should be like, for FCD [default: those held out].
    pub test: Option<Source>,
    /// Seed of weights, batches and samples.
    pub seed: u64,
    /// The device that trains and samples.
    pub device: Device,
    /// Folder for baselines.html, baselines.json and the plot.
    pub output: PathBuf,
    /// The command that asked for the study: printed on the page, not interpreted.
    pub command: String,
}

/// One model and its figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// Its name.
    pub name: String,
    /// Numbers in its tables, or parameters.
    pub size: usize,
    /// Seconds of training; 0 for a model that was given.
    pub seconds: f64,
    /// Nats per real token of the held-out molecules, the end of sequence counted.
    pub loss: f64,
    /// [`padded_perplexity`] of that loss.
    pub padded: f64,
    /// Validity, uniqueness, novelty of its samples.
    pub headline: Headline,
    /// FCD of its samples, or the reason why there is none.
    pub fcd: Result<Distance, String>,
}

/// The outcome of the study.
#[derive(Debug, Clone, PartialEq)]
pub struct Baselines {
    /// The models in order; those before the end of a cancelled study.
    pub models: Vec<Baseline>,
    /// Counts of the rows of the data.
    pub audit: Audit,
    /// The page.
    pub page: Page,
}

/// baselines.json.
#[derive(serde::Serialize)]
struct Document<'a> {
    schema_version: u32,
    data: String,
    training_molecules: usize,
    held_out_molecules: usize,
    generated_per_model: u64,
    seed: u64,
    models: Vec<DocumentModel<'a>>,
    version: &'static str,
    command: &'a str,
}

#[derive(serde::Serialize)]
struct DocumentModel<'a> {
    name: &'a str,
    size: usize,
    training_seconds: f64,
    perplexity_per_real_token: f64,
    perplexity_with_padding: f64,
    #[serde(flatten)]
    headline: &'a Headline,
    fcd: FcdJson<'a>,
}

/// The parts that all models share.
struct Workbench<'a> {
    settings: &'a BaselineSettings,
    watch: &'a dyn Observe,
    config: RunConfig,
    tokenizer: Tokenizer,
    sequences: Sequences,
    /// Texts of the held-out molecules.
    held_out: Vec<String>,
    train: KnownSet,
    fcd: Fcd<'a>,
}

/// Trains the models, samples from each and writes the page.
///
/// # Errors
/// Data with too few molecules, a given model that cannot read the held-out ones, files that
/// cannot be read, a device that fails, a folder that cannot be written to;
/// [`Kind::Cancelled`](crate::error::Kind::Cancelled) when `observer` ends the work before the first
/// model.
pub fn baselines(
    network: Network<'_>,
    settings: &BaselineSettings,
    observer: &dyn Observe,
) -> Result<Outcome<Baselines>> {
    ensure!(
        settings.minutes.is_finite() && settings.minutes > 0.0,
        Setting,
        "setting `minutes` is {}: it must be a positive number",
        settings.minutes
    );
    usable_folder(&settings.output)?;
    let config = RunConfig::parse(include_str!("../../configs/tutorial.toml"))?;
    let dataset = dataset(settings, &config, observer)?;
    let vocabulary = dataset.vocabulary();
    vocabulary.check()?;
    let tokenizer = Tokenizer::atomwise(vocabulary);
    let split = Set {
        what: "training split",
        setting: "data",
        path: &settings.data,
        column: None,
    };
    let train: Vec<String> = dataset.texts(&dataset.train).collect();
    let train = split.canonical_of(&train, observer)?;
    let train = KnownSet::of_canonical(&valid(&train));
    let reference = || reference(settings, &dataset, observer);
    let fcd = Fcd::from(network, "test set", Ok(reference), observer)?;
    let audit = dataset.audit.clone();
    let held_out = dataset.texts(&dataset.validation).collect();
    let [training, validation] = dataset.encoded(&tokenizer);
    let bench = Workbench {
        settings,
        watch: observer,
        config,
        held_out,
        sequences: Sequences {
            train: training,
            validation,
            ..Sequences::default()
        },
        tokenizer,
        train,
        fcd,
    };
    let mut models = Vec::new();
    let steps: [&dyn Fn() -> Result<Option<Baseline>>; MODELS] = [
        &|| bench.ngram(2),
        &|| bench.ngram(settings.order),
        &|| bench.head(),
        &|| bench.gpt(),
    ];
    for step in steps {
        match step()? {
            Some(model) => models.push(model),
            None => break,
        }
    }
    let cancelled = models.len() < steps.len();
    if models.is_empty() {
        return Err(Error::cancelled());
    }
    let page = write(settings, &audit, &models)?;
    let done = Baselines {
        models,
        audit,
        page,
    };
    Ok(Outcome::of(cancelled, done))
}

fn dataset(
    settings: &BaselineSettings,
    config: &RunConfig,
    observer: &dyn Observe,
) -> Result<Dataset> {
    let options = ReadOptions {
        column: settings.column.clone(),
        ..ReadOptions::default()
    };
    let records = corpus::read(&settings.data, &options, observer)?;
    observer.begin("reading", records.records.len() as u64);
    let cleaning = CleanOptions {
        strict: false,
        longest: config.model.context - 2,
        validation_share: config.training.validation_share,
        known: None,
    };
    let dataset = corpus::clean(records, &cleaning, &|rows| observer.advance(rows))?;
    ensure!(
        !dataset.train.is_empty() && !dataset.validation.is_empty(),
        Input,
        "`{}` has {} molecules to train on and {} to hold out: give more molecules",
        settings.data.name().display(),
        dataset.train.len(),
        dataset.validation.len()
    );
    observer.event(&Event::Data {
        audit: &dataset.audit,
        steps_per_epoch: dataset.train.len().div_ceil(config.training.batch_size) as u64,
    });
    Ok(dataset)
}

/// Canonical SMILES that FCD is measured from.
fn reference(
    settings: &BaselineSettings,
    dataset: &Dataset,
    watch: &dyn Watch,
) -> Result<Vec<String>> {
    let set = |path| Set {
        what: "test set",
        setting: "test",
        path,
        column: settings.column.as_deref(),
    };
    let found = match &settings.test {
        None => {
            let texts: Vec<String> = dataset.texts(&dataset.validation).collect();
            set(&settings.data).canonical_of(&texts, watch)
        }
        Some(path) => set(path).canonical(watch),
    };
    Ok(found?.into_iter().flatten().collect())
}

impl Workbench<'_> {
    fn held(&self) -> &[Vec<TokenId>] {
        &self.sequences.validation
    }

    /// Samples from a trained model and evaluates the samples; none where the watcher ends it.
    fn judge(
        &self,
        name: String,
        size: usize,
        seconds: f64,
        loss: f64,
        generator: &dyn Generator,
    ) -> Result<Option<Baseline>> {
        let n = self.settings.n;
        let params = SamplingParams {
            seed: self.settings.seed,
            ..SamplingParams::default()
        };
        self.watch.begin(&format!("{name}, sampling"), n);
        let outcome = generator.generate(&params, 0..n, self.watch)?;
        if outcome.is_cancelled() {
            return Ok(None);
        }
        let found = canonical(&texts(outcome.done()), &|| ());
        let Some(fcd) = self.fcd.of(&name, &valid(&found), self.watch)? else {
            return Ok(None);
        };
        let targets: Vec<usize> = self.held().iter().map(|ids| ids.len() - 1).collect();
        Ok(Some(Baseline {
            fcd,
            name,
            size,
            seconds,
            loss,
            padded: padded_perplexity(loss, &targets),
            headline: Headline::new(&found, &self.train),
        }))
    }

    fn prefix<'a>(
        &'a self,
        next: &'a (dyn Fn(&[&[TokenId]]) -> Vec<f32> + Sync),
    ) -> PrefixGenerator<'a> {
        PrefixGenerator {
            tokenizer: &self.tokenizer,
            context: self.config.model.context,
            next,
        }
    }

    fn ngram(&self, order: usize) -> Result<Option<Baseline>> {
        let name = if order == 2 {
            "bigram".to_owned()
        } else {
            format!("{order}-gram")
        };
        let began = Instant::now();
        let vocabulary = self.tokenizer.vocabulary().len();
        let model = NGram::train(&self.sequences.train, order, vocabulary);
        let seconds = began.elapsed().as_secs_f64();
        let (sum, tokens) = model.loss(self.held());
        let next = |texts: &[&[TokenId]]| -> Vec<f32> {
            let shares = texts.iter().flat_map(|text| model.probabilities(text));
            shares.map(|share| share.ln() as f32).collect()
        };
        let loss = sum / tokens as f64;
        self.judge(name, model.entries(), seconds, loss, &self.prefix(&next))
    }

    fn head(&self) -> Result<Option<Baseline>> {
        // On `cpu` this is burn's fastest backend for processors.
        self.settings.device.first().run(Head(self))
    }

    /// Tells the watcher how far a training is; returns the share of its time that is used, or
    /// infinity where the watcher wants the end.
    fn used(&self, clock: &Clock, told: &mut Thousandths, step: u64, steps: u64) -> f64 {
        let share = clock.share_used().max(step as f64 / steps as f64).min(1.0);
        told.reach(share, self.watch);
        if self.watch.stop() {
            f64::INFINITY
        } else {
            clock.share_used()
        }
    }

    fn gpt(&self) -> Result<Option<Baseline>> {
        let began = Instant::now();
        let trained;
        let (model, name, seconds) = if let Some((name, model)) = &self.settings.given {
            (model, name.clone(), 0.0)
        } else {
            trained = self.train_gpt()?;
            (&trained, "GPT".to_owned(), began.elapsed().as_secs_f64())
        };
        if self.watch.stop() {
            return Ok(None);
        }
        let held_out: Vec<&str> = self.held_out.iter().map(String::as_str).collect();
        let scores = Scorer::new(model).score(&held_out);
        let scored: Vec<_> = scores.iter().flatten().collect();
        ensure!(
            scored.len() == held_out.len(),
            Input,
            "the model has no likelihood for {} of {} held-out molecules of `{}`, with tokens that it does not know or too many of them: give one that was trained on such molecules with setting `model`",
            held_out.len() - scored.len(),
            held_out.len(),
            self.settings.data.name().display()
        );
        let tokens: usize = scored.iter().map(|score| score.tokens.len()).sum();
        let loss = scored.iter().map(|score| score.nll()).sum::<f64>() / tokens as f64;
        let size = model.parameters().len();
        let generator = generator(model, &self.settings.device.first(), None)?;
        self.judge(name, size, seconds, loss, &*generator)
    }

    fn train_gpt(&self) -> Result<Model> {
        let vocabulary = self.tokenizer.vocabulary().len();
        let shape = self.config.model.with_vocabulary(vocabulary);
        let seed = self.settings.seed;
        let clock = Clock::new(self.settings.minutes);
        self.watch.begin("GPT, training", 1_000);
        let (mut told, mut parameters) = (Thousandths::default(), shape.first_weights(seed));
        let start = Start::fresh(parameters.clone(), seed);
        Fit {
            shape: &shape,
            settings: &self.config.training,
            sequences: &self.sequences,
            start,
            first_step: 0,
            time_used: &|| clock.share_used(),
            on_step: &mut |progress, learner| {
                let used = self.used(&clock, &mut told, progress.step, progress.steps);
                if progress.validation.is_some() || used.is_infinite() {
                    parameters = learner.parameters();
                }
                if used.is_infinite() {
                    Verdict::Stop
                } else {
                    Verdict::Continue
                }
            },
        }
        .on(&self.settings.device)?;
        let config = self.config.model.clone();
        Ok(Model::new(config, self.tokenizer.clone(), parameters)?)
    }
}

/// The head of attention, trained and evaluated on a device of burn.
struct Head<'a>(&'a Workbench<'a>);

impl OnDevice for Head<'_> {
    type Output = Option<Baseline>;

    fn run<B: AutodiffBackend>(self, place: &Place<B>) -> Result<Option<Baseline>> {
        let (bench, device) = (self.0, &place.devices[0]);
        let name = "one attention head".to_owned();
        let settings = &bench.config.training;
        let per_epoch = bench.sequences.train.len().div_ceil(settings.batch_size) as u64;
        let config = HeadConfig {
            width: bench.config.model.width,
            context: bench.config.model.context,
            steps: settings.epochs * per_epoch,
            batch_size: settings.batch_size,
            learning_rate: settings.learning_rate,
            seed: bench.settings.seed,
        };
        let vocabulary = bench.tokenizer.vocabulary().len();
        let clock = Clock::new(bench.settings.minutes);
        bench.watch.begin(&format!("{name}, training"), 1_000);
        let mut told = Thousandths::default();
        let observe = |step| bench.used(&clock, &mut told, step, config.steps);
        let train = &bench.sequences.train;
        let network = train_head::<B>(&config, train, vocabulary, device, observe);
        let seconds = clock.seconds();
        if bench.watch.stop() {
            return Ok(None);
        }
        let (sum, tokens) = network.losses(bench.held(), device);
        let next = |texts: &[&[TokenId]]| network.next(texts, device);
        let width = config.width;
        let size = (vocabulary + config.context + 3 * width) * width + (width + 1) * vocabulary;
        let loss = sum / tokens as f64;
        bench.judge(name, size, seconds, loss, &bench.prefix(&next))
    }
}

/// Time of training, as a share of the time allowed.
struct Clock {
    began: Instant,
    minutes: f64,
}

impl Clock {
    fn new(minutes: f64) -> Self {
        Self {
            began: Instant::now(),
            minutes,
        }
    }

    fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    fn share_used(&self) -> f64 {
        self.seconds() / (60.0 * self.minutes)
    }
}

fn write(settings: &BaselineSettings, audit: &Audit, models: &[Baseline]) -> Result<Page> {
    let folder: &Path = &settings.output;
    let (training, held) = (audit.train, audit.validation);
    let names: Vec<String> = models.iter().map(|model| model.name.clone()).collect();
    let svg = figures::panels(&folder.join("baselines"), &names, &panels(models))?;
    let mut notes = vec![
        format!("{} molecules from each model at temperature 1, seed {}. Intervals are of 95 %: Wilson's for shares, the jackknife's for FCD.", settings.n, settings.seed),
        "Perplexity is of the held-out molecules, per real token with the end of sequence counted. With padding counts the padding to the longest molecule as well, which makes any model look better: it is here to compare with figures computed that way, such as the tutorial's.".to_owned(),
        "The parameters of the bigram and n-gram models are counts, one for each sequence of tokens that was seen, smoothed by the rule of Witten and Bell. The training time of a given model is not known.".to_owned(),
    ];
    if settings.given.is_some() {
        notes.push("The last model was given and not trained here: if it has seen the held-out molecules, its perplexity is too low.".to_owned());
    }
    notes.extend(
        models
            .first()
            .and_then(|model| model.fcd.as_ref().err())
            .map(|reason| format!("FCD is not computed: {reason}.")),
    );
    let (done, of) = (models.len(), name_of(settings.data.name()));
    let mut lead = format!(
        "{done} models trained on the same {} molecules of {of}, {} held out.",
        thousands(training),
        thousands(held)
    );
    if done < MODELS {
        let cut = format!("Cancelled after {done} of {MODELS} models.");
        lead = format!("{lead} {cut}");
        notes.push(cut);
    }
    let study = Study {
        kind: "baselines".to_owned(),
        title: "From pairs to a Transformer".to_owned(),
        lead,
        tables: vec![table(models)],
        pictures: vec![Picture {
            caption: "Figures of each model, with intervals of 95 %".to_owned(),
            svg,
        }],
        notes,
        command: settings.command.clone(),
        ..Study::default()
    };
    let document = Document {
        schema_version: 2,
        data: name_of(settings.data.name()),
        training_molecules: training,
        held_out_molecules: held,
        generated_per_model: settings.n,
        seed: settings.seed,
        models: models
            .iter()
            .map(|model| DocumentModel {
                name: &model.name,
                size: model.size,
                training_seconds: model.seconds,
                perplexity_per_real_token: model.loss.exp(),
                perplexity_with_padding: model.padded,
                headline: &model.headline,
                fcd: (&model.fcd).into(),
            })
            .collect(),
        version: env!("CARGO_PKG_VERSION"),
        command: &settings.command,
    };
    let figures = json(&document)?;
    let path = study.save_with(folder, "baselines", &figures)?;
    Ok(Page {
        study,
        path,
        figures,
    })
}

fn panels(models: &[Baseline]) -> Vec<Panel> {
    let samples: Vec<_> = models
        .iter()
        .map(|model| (&model.headline, &model.fcd))
        .collect();
    let mut panels = headline_panels(&samples);
    let perplexity = models.iter().map(|model| {
        let value = model.loss.exp();
        Some(Measured {
            value,
            interval: None,
        })
    });
    panels.insert(
        3,
        Panel {
            title: "Perplexity per real token".to_owned(),
            share: false,
            values: perplexity.collect(),
        },
    );
    panels
}

fn table(models: &[Baseline]) -> Table {
    let has_fcd = models.iter().any(|model| model.fcd.is_ok());
    let rows = models.iter().map(|model| {
        let mut row = vec![
            Cell::with(
                model.name.clone(),
                format!(
                    "{} parameters, {:.0} s",
                    thousands(model.size),
                    model.seconds
                ),
            ),
            Cell::share(&model.headline.validity),
            Cell::share(&model.headline.uniqueness),
            Cell::share(&model.headline.novelty),
            Cell::new(number(model.loss.exp())),
            Cell::new(number(model.padded)),
        ];
        // A reason for none stands in the remarks, once.
        row.extend(has_fcd.then(|| fcd_cell(&model.fcd)));
        row
    });
    let head = [
        "model",
        "validity",
        "uniqueness",
        "novelty",
        "perplexity",
        "with padding",
    ];
    let head = head.into_iter().chain(has_fcd.then_some("FCD"));
    Table {
        caption: "The models".to_owned(),
        head: head.map(str::to_owned).collect(),
        rows: rows.collect(),
        numbers: true,
    }
}
