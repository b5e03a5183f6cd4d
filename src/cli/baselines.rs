//! `molgpt ladder`: pairs, longer stretches, one head of attention, the GPT, on one split.

use crate::chem::KnownSet;
use crate::error::{Result, ensure};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::backend::{Autodiff, Flex};

use super::chemnet::Meter;
use super::progress_bar;
use super::study::{self, Fcd};
use crate::chemnet::{Distance, Gaussian};
use crate::config::RunConfig;
use crate::corpus::{self, CleanOptions, Dataset, ReadOptions};
use crate::evaluation::{Headline, canonical};
use crate::generate::{CpuGenerator, Generator, PrefixGenerator, SamplingParams};
use crate::likelihood::Scorer;
use crate::model::Model;
use crate::model::baselines::{HeadConfig, NGram, train_head};
use crate::report::figures::{self, Measured, Panel};
use crate::report::study::{Cell, Picture, Study, Table, number};
use crate::tokenizer::{TokenId, Tokenizer, Vocabulary};
use crate::train::{
    self as training, FusedLearner, Learner, Sequences, Verdict, padded_perplexity,
};

/// Train the tutorial's ladder of models on one split and compare them: ladder.html, ladder.json,
/// plots.
///
/// The rungs are a bigram model, an n-gram model, one head of attention, and a GPT.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The molecules to train on; a share of them is held out.
    data: PathBuf,
    /// A model of yours as the last rung, instead of training the tutorial's GPT here: then its
    /// training data should be DATA, since it is judged on what is held out of DATA.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Tokens that the n-gram model looks at.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u64).range(3..=16))]
    order: u64,
    /// Minutes of training at most, for the head and the GPT each.
    #[arg(long, default_value_t = 5.0)]
    minutes: f64,
    /// Molecules to generate with each model.
    #[arg(short, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    n: u64,
    /// Molecules that the samples should be like, for FCD [default: those held out of DATA].
    #[arg(long, value_name = "DATA")]
    test: Option<PathBuf>,
    #[command(flatten)]
    fcd: study::ForFcd,
    #[command(flatten)]
    common: study::Common,
}

/// One model and what became of it.
struct Rung {
    name: String,
    /// What it has learned: numbers in its tables, or parameters.
    size: usize,
    /// Seconds of training.
    seconds: f64,
    /// Nats per real token of the held-out molecules, the end of sequence counted.
    loss: f64,
    /// [`padded_perplexity`] of that loss.
    padded: f64,
    headline: Headline,
    fcd: Result<Distance, String>,
}

/// ladder.json.
#[derive(serde::Serialize)]
struct Document<'a> {
    schema_version: u32,
    data: String,
    training_molecules: usize,
    held_out_molecules: usize,
    generated_per_model: u64,
    seed: u64,
    rungs: Vec<DocumentRung<'a>>,
    version: &'static str,
    command: &'a str,
}

#[derive(serde::Serialize)]
struct DocumentRung<'a> {
    name: &'a str,
    size: usize,
    training_seconds: f64,
    perplexity_per_real_token: f64,
    perplexity_with_padding: f64,
    #[serde(flatten)]
    headline: &'a Headline,
    fcd: Fcd<'a>,
}

/// What all rungs share.
struct Ladder<'a> {
    arguments: &'a Arguments,
    quiet: bool,
    stop: &'a AtomicBool,
    config: RunConfig,
    tokenizer: Tokenizer,
    sequences: Sequences,
    /// Canonical SMILES of the training split.
    train: KnownSet,
    meter: Meter,
    reference: Result<Gaussian, String>,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    super::use_threads(arguments.common.threads)?;
    ensure!(
        arguments.minutes.is_finite() && arguments.minutes > 0.0,
        Setting,
        "--minutes is {}: it must be a positive number",
        arguments.minutes
    );
    let folder = study::place(arguments.common.output.as_deref(), "ladder");
    study::folder(&folder)?;
    let config = RunConfig::parse(include_str!("../../configs/tutorial.toml"))?;
    let given = arguments
        .model
        .as_deref()
        .map(super::model::load)
        .transpose()?;
    let dataset = dataset(arguments, &config, quiet)?;
    let vocabulary = Vocabulary::from_molecules(dataset.train.iter().map(String::as_str));
    vocabulary.check()?;
    let tokenizer = Tokenizer::atomwise(vocabulary);
    let train = study::canonical_of("training split", "DATA", &dataset.train, quiet)?;
    let train = KnownSet::of_canonical(&study::valid(&train));
    let meter = Meter::new(arguments.fcd.chemnet.as_deref(), quiet);
    let reference = reference(arguments, &dataset, &meter, quiet)?;
    let sequences = crate::run::encode(&tokenizer, dataset.clone())?;
    let stop = super::stop_on_interrupt()?;
    let ladder = Ladder {
        arguments,
        quiet,
        stop: &stop,
        config,
        tokenizer,
        sequences,
        train,
        meter,
        reference,
    };
    let mut rungs = Vec::new();
    let steps: [&dyn Fn() -> Result<Rung>; 4] = [
        &|| Ok(ladder.ngram(2)),
        &|| Ok(ladder.ngram(arguments.order as usize)),
        &|| Ok(ladder.head()),
        &|| ladder.gpt(given.as_ref(), &dataset),
    ];
    for step in steps {
        if !stop.load(Ordering::Relaxed) {
            rungs.push(step()?);
        }
    }
    write(arguments, &folder, &dataset, &rungs)
}

#[expect(clippy::print_stderr, reason = "messages to the user")]
fn dataset(arguments: &Arguments, config: &RunConfig, quiet: bool) -> Result<Dataset> {
    let options = ReadOptions {
        column: arguments.common.column.clone(),
        ..ReadOptions::default()
    };
    let records = super::paths::read(&arguments.data, &options)?;
    let template = "reading {bar:30} {pos}/{len} {eta}";
    let bar = progress_bar(records.records.len() as u64, template, quiet);
    let cleaning = CleanOptions {
        strict: false,
        longest: config.model.context - 2,
        validation_share: config.training.validation_share,
        known: None,
    };
    let dataset = corpus::clean(records, &cleaning, &|rows| bar.inc(rows))?;
    bar.finish_and_clear();
    ensure!(
        !dataset.train.is_empty() && !dataset.validation.is_empty(),
        Setting,
        "`{}` has {} molecules to train on and {} to hold out: give more molecules",
        arguments.data.display(),
        dataset.train.len(),
        dataset.validation.len()
    );
    if !quiet {
        eprintln!("{}", dataset.audit);
    }
    Ok(dataset)
}

/// What FCD is measured from; nothing is read for it without a network.
fn reference(
    arguments: &Arguments,
    dataset: &Dataset,
    meter: &Meter,
    quiet: bool,
) -> Result<Result<Gaussian, String>> {
    if !meter.is_ready() {
        return Ok(meter.describe("test set", &[]));
    }
    let texts = match &arguments.test {
        None => dataset.validation.clone(),
        Some(path) => {
            let records = study::read(path, arguments.common.column.as_deref())?;
            records.into_iter().map(|record| record.smiles).collect()
        }
    };
    let found = study::canonical_of("test set", "--test", &texts, quiet)?;
    Ok(meter.describe("test set", &study::valid(&found)))
}

impl Ladder<'_> {
    fn held(&self) -> &[Vec<TokenId>] {
        &self.sequences.validation
    }

    /// Judges what a trained model wrote.
    fn rung(&self, name: String, size: usize, seconds: f64, loss: f64, texts: &[String]) -> Rung {
        let found = canonical(texts, &|| ());
        Rung {
            fcd: self
                .meter
                .distance(&name, &study::valid(&found), &self.reference),
            name,
            size,
            seconds,
            loss,
            padded: padded_perplexity(loss, self.held()),
            headline: Headline::new(&found, &self.train),
        }
    }

    fn sample(&self, name: &str, next: &(dyn Fn(&[&[TokenId]]) -> Vec<f32> + Sync)) -> Vec<String> {
        let (n, seed) = (self.arguments.n, self.arguments.common.seed);
        let template = format!("{name}, sampling {{bar:30}} {{pos}}/{{len}} {{eta}}");
        let bar = progress_bar(n, &template, self.quiet);
        let context = self.config.model.context;
        let params = SamplingParams {
            seed,
            ..SamplingParams::default()
        };
        let generator = PrefixGenerator {
            tokenizer: &self.tokenizer,
            context,
            next,
        };
        let samples = generator.take(n, &params).unwrap_or_default();
        bar.finish_and_clear();
        samples.into_iter().map(|sample| sample.smiles).collect()
    }

    fn ngram(&self, order: usize) -> Rung {
        let name = if order == 2 {
            "bigram".to_owned()
        } else {
            format!("{order}-gram")
        };
        let began = Instant::now();
        let model = NGram::train(
            &self.sequences.train,
            order,
            self.tokenizer.vocabulary().len(),
        );
        let seconds = began.elapsed().as_secs_f64();
        let (sum, tokens) = model.loss(self.held());
        let texts = self.sample(&name, &|texts| {
            let shares = texts.iter().flat_map(|text| model.probabilities(text));
            shares.map(|share| share.ln() as f32).collect()
        });
        self.rung(name, model.entries(), seconds, sum / tokens as f64, &texts)
    }

    fn head(&self) -> Rung {
        let name = "one attention head".to_owned();
        let settings = &self.config.training;
        let config = HeadConfig {
            width: self.config.model.width,
            context: self.config.model.context,
            steps: settings.epochs
                * self.sequences.train.len().div_ceil(settings.batch_size) as u64,
            batch_size: settings.batch_size,
            learning_rate: settings.learning_rate,
            seed: self.arguments.common.seed,
        };
        let vocabulary = self.tokenizer.vocabulary().len();
        let device = burn::tensor::Device::<Flex>::default();
        let clock = Clock::new(self.arguments.minutes);
        let bar = self.training_bar(&name);
        let network = train_head::<Autodiff<Flex>>(
            &config,
            &self.sequences.train,
            vocabulary,
            &device,
            |step| {
                let used = clock.share_used().max(step as f64 / config.steps as f64);
                bar.set_position((used * 1_000.0) as u64);
                if self.stop.load(Ordering::Relaxed) {
                    f64::INFINITY
                } else {
                    clock.share_used()
                }
            },
        );
        bar.finish_and_clear();
        let seconds = clock.seconds();
        let (sum, tokens) = network.losses(self.held(), &device);
        let texts = self.sample(&name, &|texts| network.next(texts, &device));
        let width = config.width;
        let size = (vocabulary + config.context + 3 * width) * width + (width + 1) * vocabulary;
        self.rung(name, size, seconds, sum / tokens as f64, &texts)
    }

    fn training_bar(&self, name: &str) -> indicatif::ProgressBar {
        let template = format!("{name}, training {{bar:30}} {{percent}}% {{eta}}");
        progress_bar(1_000, &template, self.quiet)
    }

    fn gpt(&self, given: Option<&Model>, dataset: &Dataset) -> Result<Rung> {
        let (n, seed) = (self.arguments.n, self.arguments.common.seed);
        let began = Instant::now();
        let trained;
        let (model, name, seconds) = if let Some(model) = given {
            let path = self
                .arguments
                .model
                .as_deref()
                .unwrap_or(Path::new("model"));
            (model, study::name_of(path), 0.0)
        } else {
            trained = self.train_gpt()?;
            (&trained, "GPT".to_owned(), began.elapsed().as_secs_f64())
        };
        let texts: Vec<&str> = dataset.validation.iter().map(String::as_str).collect();
        let scores = Scorer::new(model).score(&texts);
        let scored: Vec<_> = scores.iter().flatten().collect();
        ensure!(
            scored.len() == texts.len(),
            Setting,
            "the model has no likelihood for {} of {} held-out molecules of `{}`, with tokens that it does not know or too many of them: give one that was trained on such molecules with --model",
            texts.len() - scored.len(),
            texts.len(),
            self.arguments.data.display()
        );
        let tokens: usize = scored.iter().map(|score| score.tokens.len()).sum();
        let loss = scored.iter().map(|score| score.nll()).sum::<f64>() / tokens as f64;
        let params = SamplingParams {
            seed,
            ..SamplingParams::default()
        };
        let template = format!("{name}, sampling {{bar:30}} {{pos}}/{{len}} {{eta}}");
        let bar = progress_bar(n, &template, self.quiet);
        let samples = CpuGenerator::new(model).take(n, &params)?;
        bar.finish_and_clear();
        let texts: Vec<String> = samples.into_iter().map(|sample| sample.smiles).collect();
        Ok(self.rung(name, model.parameters().len(), seconds, loss, &texts))
    }

    fn train_gpt(&self) -> Result<Model> {
        let vocabulary = self.tokenizer.vocabulary().len();
        let shape = self.config.model.with_vocabulary(vocabulary);
        let seed = self.arguments.common.seed;
        let parameters = shape.first_weights(seed);
        let mut learner = FusedLearner::new(&shape, &self.config.training, parameters, seed);
        let clock = Clock::new(self.arguments.minutes);
        let bar = self.training_bar("GPT");
        training::train(
            &mut learner,
            &self.config.training,
            &self.sequences,
            seed,
            0,
            || clock.share_used(),
            |progress, _| {
                let used = clock
                    .share_used()
                    .max(progress.step as f64 / progress.steps as f64);
                bar.set_position((used * 1_000.0) as u64);
                if self.stop.load(Ordering::Relaxed) {
                    Verdict::Stop
                } else {
                    Verdict::Continue
                }
            },
        );
        bar.finish_and_clear();
        Ok(Model::new(
            shape.config,
            self.tokenizer.clone(),
            learner.parameters(),
        )?)
    }
}

/// How much of the time allowed is used.
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

fn write(arguments: &Arguments, folder: &Path, dataset: &Dataset, rungs: &[Rung]) -> Result<()> {
    let names: Vec<String> = rungs.iter().map(|rung| rung.name.clone()).collect();
    let svg = figures::panels(&folder.join("ladder"), &names, &panels(rungs))?;
    let command = super::evaluate::command_line();
    let (training, held) = (dataset.train.len(), dataset.validation.len());
    let mut notes = vec![
        format!("{} molecules from each model at temperature 1, seed {}. Intervals are of 95 %: Wilson's for shares, the jackknife's for FCD.", arguments.n, arguments.common.seed),
        "Perplexity is of the held-out molecules, per real token with the end of sequence counted. With padding counts the padding to the longest molecule as well, which makes any model look better: it is here to compare with figures computed that way, such as the tutorial's.".to_owned(),
        "The n-gram models are counts, smoothed by the rule of Witten and Bell; a tabled number is a stretch that was seen. The time of a given model's training is not known.".to_owned(),
    ];
    if arguments.model.is_some() {
        notes.push("The last model was given and not trained here: if it has seen the held-out molecules, its perplexity is too low.".to_owned());
    }
    notes.extend(
        rungs
            .first()
            .and_then(|rung| rung.fcd.as_ref().err())
            .map(|reason| format!("FCD is not computed: {reason}.")),
    );
    let study = Study {
        kind: "ladder".to_owned(),
        title: "From pairs to a Transformer".to_owned(),
        lead: format!(
            "{} models trained on the same {training} molecules of {}, {held} held out.",
            rungs.len(),
            study::name_of(&arguments.data)
        ),
        tables: vec![table(rungs)],
        pictures: vec![Picture {
            caption: "Figures of each model, with intervals of 95 %".to_owned(),
            svg,
        }],
        notes,
        command: command.clone(),
    };
    let document = Document {
        schema_version: 1,
        data: study::name_of(&arguments.data),
        training_molecules: training,
        held_out_molecules: held,
        generated_per_model: arguments.n,
        seed: arguments.common.seed,
        rungs: rungs
            .iter()
            .map(|rung| DocumentRung {
                name: &rung.name,
                size: rung.size,
                training_seconds: rung.seconds,
                perplexity_per_real_token: rung.loss.exp(),
                perplexity_with_padding: rung.padded,
                headline: &rung.headline,
                fcd: (&rung.fcd).into(),
            })
            .collect(),
        version: env!("CARGO_PKG_VERSION"),
        command: &command,
    };
    study::finish(folder, "ladder", &study, &document)
}

fn panels(rungs: &[Rung]) -> Vec<Panel> {
    let samples: Vec<_> = rungs
        .iter()
        .map(|rung| (&rung.headline, &rung.fcd))
        .collect();
    let mut panels = study::headline_panels(&samples);
    let perplexity = rungs.iter().map(|rung| {
        let value = rung.loss.exp();
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

fn table(rungs: &[Rung]) -> Table {
    let rows = rungs.iter().map(|rung| {
        vec![
            Cell::with(
                rung.name.clone(),
                format!("{} numbers, {:.0} s", rung.size, rung.seconds),
            ),
            Cell::share(&rung.headline.validity),
            Cell::share(&rung.headline.uniqueness),
            Cell::share(&rung.headline.novelty),
            Cell::new(number(rung.loss.exp())),
            Cell::new(number(rung.padded)),
            study::fcd_cell(&rung.fcd),
        ]
    });
    let head = [
        "model",
        "validity",
        "uniqueness",
        "novelty",
        "perplexity",
        "with padding",
        "FCD",
    ];
    Table {
        caption: "The ladder".to_owned(),
        head: head.map(str::to_owned).to_vec(),
        rows: rows.collect(),
        numbers: true,
    }
}
