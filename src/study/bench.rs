//! Speed of this machine: optimizer steps, sampling, canonicalization, as measurements with rates.

use std::time::Instant;

use burn::tensor::backend::AutodiffBackend;
use rayon::prelude::*;
use serde::Serialize;

use crate::chem::Molecule;
use crate::config::{Optimizer, RunConfig};
use crate::corpus::{self, Batch, CleanOptions, Sequence, length_bucketed, targets};
use crate::device::{Device, OnDevice, Place};
use crate::error::{Result, ensure};
use crate::generate::{CpuGenerator, Generator, Sample, SamplingParams, texts};
use crate::model::{GptConfig, Model, Shape, matrix_peak};
use crate::progress::Unwatched;
use crate::table::{ReadOptions, Source};
use crate::tokenizer::{BOS, EOS, SPECIALS, TokenId, Tokenizer, Vocabulary};
use crate::train::{BurnLearner, FusedLearner, Learner, Start};

/// Steps before the clock starts: buffers are made, caches filled.
const WARM_UP: usize = 2;

/// Tokens of a synthetic vocabulary: as many as MOSES' molecules have, the special ones counted.
const VOCABULARY: u32 = 31;

/// Optimizer steps to be measured.
#[derive(Debug, Clone, Default)]
pub struct BenchTraining {
    /// Network and optimizer [default: the content of configs/small.toml].
    pub config: Option<RunConfig>,
    /// Molecules per step [default: the config's].
    pub batch: Option<usize>,
    /// Tokens to predict per synthetic molecule [default: the config's context less 1].
    pub length: Option<usize>,
    /// Timed steps.
    pub steps: usize,
    /// Molecules to train on, instead of synthetic ones.
    pub data: Option<Source>,
    /// Whether the optimizer is `AdamW`, whatever the config names.
    pub adamw: bool,
    /// The device.
    pub device: Device,
}

/// A model to sample from.
#[derive(Debug, Clone)]
pub enum BenchModel {
    /// This one.
    Given(Box<Model>),
    /// A fresh network of these settings over a synthetic vocabulary.
    Fresh(Box<RunConfig>),
}

/// Sampling to be measured.
#[derive(Debug, Clone)]
pub struct BenchSampling {
    /// The model.
    pub model: BenchModel,
    /// Molecules.
    pub n: u64,
    /// Molecules decoded together per thread.
    pub batch: usize,
}

/// Canonicalization to be measured.
#[derive(Debug, Clone, Default)]
pub struct BenchCanonicalization {
    /// Molecules in all.
    pub n: u64,
    /// A file of them, read again from its start until there are enough [default: molecules that
    /// the model inside the program writes].
    pub data: Option<Source>,
}

/// One measurement. Rates are per second of wall-clock; padding is counted in `padded_tokens`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Measurement {
    /// Kind of work: train, sample or canonicalize.
    pub work: &'static str,
    /// The device.
    pub device: &'static str,
    /// Threads of the current pool.
    pub threads: usize,
    /// Shape of the network.
    pub network: Option<GptConfig>,
    /// Parameters of the network.
    pub parameters: Option<usize>,
    /// Molecules per step, or decoded together per thread.
    pub batch: Option<usize>,
    /// Timed optimizer steps.
    pub steps: Option<usize>,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Molecules.
    pub molecules: usize,
    /// Molecules per second.
    pub molecules_per_s: f64,
    /// Tokens but padding.
    pub real_tokens: Option<usize>,
    /// Tokens but padding per second.
    pub real_tokens_per_s: Option<f64>,
    /// Of those sampled, the tokens that the network read: beginnings that are alike are read once.
    pub decoded_tokens: Option<usize>,
    /// Tokens, padding included.
    pub padded_tokens: Option<usize>,
    /// Tokens per second, padding included.
    pub padded_tokens_per_s: Option<f64>,
    /// Share of padding among all tokens.
    pub padding_share: Option<f64>,
    /// 6 (training) or 2 (sampling) x parameters per token, and causal attention.
    pub gflop_per_s: Option<f64>,
    /// Single-precision matrix products on the same threads.
    pub matrix_peak_gflop_per_s: Option<f64>,
    /// Arithmetic as a share of that.
    pub share_of_matrix_peak: Option<f64>,
    /// Largest resident size of this process; only Linux tells.
    pub peak_memory_mib: Option<f64>,
}

impl Measurement {
    fn with_rates(mut self) -> Self {
        self.threads = rayon::current_num_threads();
        self.molecules_per_s = self.molecules as f64 / self.seconds;
        let rate = |tokens: usize| tokens as f64 / self.seconds;
        self.real_tokens_per_s = self.real_tokens.map(rate);
        self.padded_tokens_per_s = self.padded_tokens.map(rate);
        self.padding_share = self.real_tokens.zip(self.padded_tokens).map(|(real, all)| {
            let padding = all - real;
            padding as f64 / all.max(1) as f64
        });
        self.peak_memory_mib = peak_memory_mib();
        self
    }

    /// Rates of arithmetic, for `operations` in all.
    fn arithmetic(&mut self, operations: f64) {
        let rate = operations / self.seconds / 1e9;
        let peak = matrix_peak() / 1e9;
        self.gflop_per_s = Some(rate);
        self.matrix_peak_gflop_per_s = Some(peak);
        self.share_of_matrix_peak = Some(rate / peak);
    }
}

/// Measures optimizer steps.
///
/// # Errors
/// Settings that make no sense, a file with too few molecules, a device that fails.
pub fn bench_training(settings: &BenchTraining) -> Result<Measurement> {
    let mut config = settings.config.clone().unwrap_or_else(RunConfig::small);
    if settings.adamw {
        config.training.optimizer = Optimizer::Adamw;
    }
    let batch = settings.batch.unwrap_or(config.training.batch_size);
    ensure!(
        batch > 0 && settings.steps > 0,
        Setting,
        "setting `batch` and setting `steps` must be at least 1"
    );
    let count = batch * (settings.steps + WARM_UP);
    let (molecules, vocabulary) = if let Some(data) = &settings.data {
        read(data, &config, count)?
    } else {
        let length = settings.length.unwrap_or(config.model.context - 1);
        ensure!(
            (1..config.model.context).contains(&length),
            Setting,
            "setting `length` is {length}: it must be 1 to {}",
            config.model.context - 1
        );
        (synthetic(count, length), VOCABULARY as usize)
    };
    let lengths: Vec<usize> = molecules.iter().map(Vec::len).collect();
    let batches: Vec<Vec<Sequence<'_>>> = length_bucketed(&lengths, batch, 0, 0)
        .iter()
        .map(|rows| {
            rows.iter()
                .map(|row| Sequence::whole(&molecules[*row]))
                .collect()
        })
        .collect();
    let shape = config.model.with_vocabulary(vocabulary);
    let parameters = shape.first_weights(0);
    let mut measurement = Measurement {
        work: "train",
        network: Some(config.model.clone()),
        parameters: Some(parameters.len()),
        batch: Some(batch),
        ..Measurement::default()
    };
    measurement.device = settings.device.name();
    let steps = Steps {
        config: &config,
        shape,
        parameters,
        batches: &batches,
        into: &mut measurement,
    };
    if settings.device.is_cpu() {
        steps.on_processor();
        // The CPU engine packs molecules: it computes no padding.
        measurement.padded_tokens = measurement.real_tokens;
    } else {
        settings.device.run(steps)?;
    }
    let timed = batches[WARM_UP..].iter().flatten();
    let per_molecule = timed.map(|molecule| operations(&measurement, molecule.targets()));
    let operations = 3.0 * per_molecule.sum::<f64>();
    measurement.arithmetic(operations);
    Ok(measurement.with_rates())
}

/// Steps to be timed.
struct Steps<'a> {
    config: &'a RunConfig,
    shape: Shape,
    parameters: Vec<f32>,
    batches: &'a [Vec<Sequence<'a>>],
    into: &'a mut Measurement,
}

impl Steps<'_> {
    fn on_processor(self) {
        let learner = FusedLearner::new(&self.shape, &self.config.training, self.parameters, 0);
        time_steps(learner, self.batches, self.into);
    }
}

impl OnDevice for Steps<'_> {
    type Output = ();

    fn run<B: AutodiffBackend>(self, place: &Place<B>) -> Result<()> {
        let start = Start::fresh(self.parameters, 0);
        let computing = place.training(&self.config.model);
        let learner = BurnLearner::new::<B>(
            &self.shape,
            &self.config.training,
            &start,
            &place.devices,
            computing,
        );
        time_steps(learner, self.batches, self.into);
        Ok(())
    }
}

fn time_steps(mut learner: impl Learner, batches: &[Vec<Sequence<'_>>], into: &mut Measurement) {
    let mut learn = |batches: &[Vec<Sequence<'_>>], first: usize| {
        for (step, batch) in batches.iter().enumerate() {
            learner.learn(batch, (first + step) as u64, 1e-4);
        }
        // Waits for a device.
        learner.training_figures(true)
    };
    let (before, timed) = batches.split_at(WARM_UP.min(batches.len()));
    learn(before, 0);
    let began = Instant::now();
    learn(timed, before.len());
    into.seconds = began.elapsed().as_secs_f64();
    into.steps = Some(timed.len());
    into.molecules = timed.iter().map(Vec::len).sum();
    into.real_tokens = Some(timed.iter().map(|batch| targets(batch)).sum());
    into.padded_tokens = Some(timed.iter().map(|rows| Batch::new(rows).inputs.len()).sum());
}

/// Floating-point operations of one forward pass over one molecule: two per parameter and token,
/// and four per width and pair of tokens that attend, in each block.
fn operations(measurement: &Measurement, tokens: usize) -> f64 {
    let parameters = measurement.parameters.unwrap_or_default();
    let network = measurement.network.as_ref();
    let per_pair = network.map_or(0, |network| 4 * network.layers * network.width);
    (2 * parameters * tokens + per_pair * tokens * (tokens + 1) / 2) as f64
}

/// Molecules of `length` tokens to predict each, that begin and end as real ones do.
fn synthetic(count: usize, length: usize) -> Vec<Vec<TokenId>> {
    let specials = SPECIALS.len() as u32;
    let token = |row: usize, at: usize| {
        let mixed = (row as u32 * 31 + at as u32).wrapping_mul(2_654_435_761) >> 16;
        TokenId((specials + mixed % (VOCABULARY - specials)) as u16)
    };
    let molecule = |row| {
        let inside = (1..length).map(move |at| token(row, at));
        [BOS].into_iter().chain(inside).chain([EOS])
    };
    (0..count).map(|row| molecule(row).collect()).collect()
}

/// The first `count` molecules of a file to train on, and the size of their vocabulary.
fn read(data: &Source, config: &RunConfig, count: usize) -> Result<(Vec<Vec<TokenId>>, usize)> {
    let mut records = corpus::read(data, &ReadOptions::default(), &Unwatched)?;
    records.records.truncate(count * 2);
    let cleaning = CleanOptions {
        strict: false,
        longest: config.model.context - 2,
        validation_share: config.training.validation_share,
        known: None,
    };
    let dataset = corpus::clean(records, &cleaning, &|_| ())?;
    let molecules: Vec<String> = dataset.texts(&dataset.train).take(count).collect();
    ensure!(
        molecules.len() == count,
        Setting,
        "`{}` has too few molecules: {count} are needed, lower setting `steps` or setting `batch`",
        data.name().display()
    );
    let tokenizer = Tokenizer::atomwise(Vocabulary::from_molecules(
        molecules.iter().map(String::as_str),
    ));
    let encoded = molecules.iter().map(|smiles| tokenizer.encode(smiles));
    Ok((
        encoded.collect::<Result<_, _>>()?,
        tokenizer.vocabulary().len(),
    ))
}

/// Measures sampling on a processor.
///
/// # Errors
/// Settings that make no sense.
pub fn bench_sampling(settings: &BenchSampling) -> Result<Measurement> {
    ensure!(
        settings.n > 0 && settings.batch > 0,
        Setting,
        "setting `n` and setting `batch` must be at least 1"
    );
    let model = match &settings.model {
        BenchModel::Given(model) => (**model).clone(),
        BenchModel::Fresh(config) => fresh(config)?,
    };
    let began = Instant::now();
    let generator = CpuGenerator::new(&model).with_branches(settings.batch);
    let samples = generator.take(settings.n, &SamplingParams::default())?;
    let seconds = began.elapsed().as_secs_f64();
    let encode = |sample: &Sample| model.tokenizer().encode(&sample.smiles);
    let mut molecules: Vec<_> = samples.iter().map(encode).collect::<Result<_, _>>()?;
    // The last token is never fed.
    let fed = |molecule: &Vec<TokenId>| molecule.len() - 1;
    let tokens = molecules.iter().map(fed).sum();
    let mut measurement = Measurement {
        work: "sample",
        device: "cpu",
        parameters: Some(model.parameters().len()),
        network: Some(model.config().clone()),
        batch: Some(settings.batch),
        seconds,
        molecules: samples.len(),
        real_tokens: Some(tokens),
        padded_tokens: Some(tokens),
        ..Measurement::default()
    };
    // In order, each molecule shares most with the one before: what is left is its own.
    molecules.sort();
    let none = Vec::new();
    let before = std::iter::once(&none).chain(&molecules);
    let (mut decoded, mut arithmetic) = (0, 0.0);
    for (before, molecule) in before.zip(&molecules) {
        let pairs = before.iter().zip(molecule);
        let shared = pairs.take_while(|(a, b)| a == b).count().min(fed(molecule));
        decoded += fed(molecule) - shared;
        arithmetic += operations(&measurement, fed(molecule)) - operations(&measurement, shared);
    }
    measurement.decoded_tokens = Some(decoded);
    measurement.arithmetic(arithmetic);
    Ok(measurement.with_rates())
}

/// A fresh network of a config over a synthetic vocabulary.
fn fresh(config: &RunConfig) -> Result<Model> {
    let letters: Vec<String> = (0..VOCABULARY as usize - SPECIALS.len())
        .map(|number| format!("[{number}C]"))
        .collect();
    let vocabulary = Vocabulary::from_molecules(letters.iter().map(String::as_str));
    let weights = config
        .model
        .with_vocabulary(vocabulary.len())
        .first_weights(0);
    Ok(Model::new(
        config.model.clone(),
        Tokenizer::atomwise(vocabulary),
        weights,
    )?)
}

/// Measures canonicalization.
///
/// # Errors
/// No molecules, or none that is valid.
pub fn bench_canonicalization(settings: &BenchCanonicalization) -> Result<Measurement> {
    let molecules: Vec<String> = if let Some(data) = &settings.data {
        let records = corpus::read(data, &ReadOptions::default(), &Unwatched)?;
        let records = records.records.into_iter();
        records.map(|record| record.smiles).collect()
    } else {
        let model = Model::pretrained()?;
        texts(CpuGenerator::new(&model).take(settings.n, &SamplingParams::default())?)
    };
    ensure!(
        !molecules.is_empty() && settings.n > 0,
        Setting,
        "there are no molecules to canonicalize"
    );
    let began = Instant::now();
    let valid = (0..settings.n as usize)
        .into_par_iter()
        .filter(|at| Molecule::parse(&molecules[at % molecules.len()]).is_ok())
        .count();
    let seconds = began.elapsed().as_secs_f64();
    ensure!(valid > 0, Setting, "none of the molecules is valid");
    let measurement = Measurement {
        work: "canonicalize",
        device: "cpu",
        seconds,
        molecules: settings.n as usize,
        ..Measurement::default()
    };
    Ok(measurement.with_rates())
}

fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}
