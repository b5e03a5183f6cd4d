//! `molgpt bench`: how fast this machine trains, samples and canonicalizes, as one JSON object.

use crate::error::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::tensor::backend::AutodiffBackend;
use rayon::prelude::*;
use serde::Serialize;

use crate::chem::Molecule;
use crate::config::{Optimizer, RunConfig};
use crate::corpus::{self, Batch, CleanOptions, ReadOptions, Sequence, length_bucketed, targets};
use crate::device::{Device, OnDevice, Place};
use crate::generate::{BRANCHES, CpuGenerator, Generator, Sample, SamplingParams};
use crate::model::{GptConfig, Model, Shape, matrix_peak};
use crate::tokenizer::{BOS, EOS, SPECIALS, TokenId, Tokenizer, Vocabulary};
use crate::train::{BurnLearner, FusedLearner, Learner, Start};

/// Steps before the clock starts: buffers are made, caches filled.
const WARM_UP: usize = 2;

/// Tokens of a synthetic vocabulary: as many as MOSES' molecules have, the special ones counted.
const VOCABULARY: u32 = 31;

/// Measure this machine: prints one JSON object.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    work: Work,
}

#[derive(Debug, clap::Subcommand)]
enum Work {
    Train(TrainArguments),
    Sample(SampleArguments),
    Canonicalize(CanonicalizeArguments),
}

/// Optimizer steps, of synthetic molecules or those of a file.
#[derive(Debug, clap::Args)]
struct TrainArguments {
    /// Settings [default: the content of configs/small.toml].
    #[arg(long)]
    config: Option<PathBuf>,
    /// Molecules per step, instead of the config's.
    #[arg(long)]
    batch: Option<usize>,
    /// Tokens to predict per synthetic molecule [default: the config's context less 1].
    #[arg(long, conflicts_with = "data")]
    length: Option<usize>,
    /// Steps that are timed.
    #[arg(long, default_value_t = 10)]
    steps: usize,
    /// A file of molecules to train on, instead of synthetic ones.
    #[arg(long)]
    data: Option<PathBuf>,
    /// `AdamW`, whatever optimizer the config names: what other programs are compared by.
    #[arg(long)]
    adamw: bool,
    #[arg(long, default_value = "cpu", help = super::device::HELP)]
    device: Device,
    /// Processor cores to use; 0 for all.
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

/// Molecules written by a model, or by a fresh network of a config.
#[derive(Debug, clap::Args)]
struct SampleArguments {
    /// How many molecules.
    #[arg(short, default_value_t = 10_000)]
    n: u64,
    /// The model [default: the one inside the program].
    #[arg(long, conflicts_with = "config")]
    model: Option<PathBuf>,
    /// A fresh network of these settings instead.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Molecules decoded together, per thread.
    #[arg(long, default_value_t = BRANCHES)]
    batch: usize,
    /// Processor cores to use; 0 for all.
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

/// Canonical forms, of a file's molecules or of some that the model inside the program writes.
#[derive(Debug, clap::Args)]
struct CanonicalizeArguments {
    /// How many molecules.
    #[arg(short, default_value_t = 10_000)]
    n: u64,
    /// A file of molecules, read again from its start until there are enough.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Processor cores to use; 0 for all.
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

/// One measurement. Rates are per second of wall-clock; padding is counted in `padded_tokens`.
#[derive(Debug, Default, Serialize)]
struct Measurement {
    work: &'static str,
    device: &'static str,
    threads: usize,
    network: Option<GptConfig>,
    parameters: Option<usize>,
    batch: Option<usize>,
    /// Timed optimizer steps.
    steps: Option<usize>,
    seconds: f64,
    molecules: usize,
    molecules_per_s: f64,
    real_tokens: Option<usize>,
    real_tokens_per_s: Option<f64>,
    /// Of those sampled, the tokens that the network read: beginnings that are alike are read once.
    decoded_tokens: Option<usize>,
    padded_tokens: Option<usize>,
    padded_tokens_per_s: Option<f64>,
    padding_share: Option<f64>,
    /// 6 (training) or 2 (sampling) x parameters per token, and causal attention.
    gflop_per_s: Option<f64>,
    /// Single-precision matrix products on the same threads.
    matrix_peak_gflop_per_s: Option<f64>,
    share_of_matrix_peak: Option<f64>,
    /// Largest resident size of this process; only Linux tells.
    peak_memory_mib: Option<f64>,
}

impl Measurement {
    fn rates(&mut self) {
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

#[expect(clippy::print_stdout, reason = "the measurement is the output")]
pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let mut measurement = match &arguments.work {
        Work::Train(arguments) => train(arguments)?,
        Work::Sample(arguments) => draw(arguments)?,
        Work::Canonicalize(arguments) => canonicalize(arguments)?,
    };
    measurement.rates();
    println!("{}", serde_json::to_string_pretty(&measurement)?);
    Ok(())
}

fn settings(path: Option<&Path>) -> Result<RunConfig> {
    let Some(path) = path else {
        return Ok(RunConfig::small());
    };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    RunConfig::parse(&text).with_context(|| path.display().to_string())
}

fn train(arguments: &TrainArguments) -> Result<Measurement> {
    super::use_threads(arguments.threads)?;
    let mut config = settings(arguments.config.as_deref())?;
    if arguments.adamw {
        config.training.optimizer = Optimizer::Adamw;
    }
    let batch = arguments.batch.unwrap_or(config.training.batch_size);
    ensure!(
        batch > 0 && arguments.steps > 0,
        Setting,
        "--batch and --steps must be at least 1"
    );
    let count = batch * (arguments.steps + WARM_UP);
    let (molecules, vocabulary) = if let Some(path) = &arguments.data {
        read(path, &config, count)?
    } else {
        let length = arguments.length.unwrap_or(config.model.context - 1);
        ensure!(
            (1..config.model.context).contains(&length),
            Setting,
            "--length is {length}: it must be 1 to {}",
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
    measurement.device = arguments.device.name();
    let steps = Steps {
        config: &config,
        shape,
        parameters,
        batches: &batches,
        into: &mut measurement,
    };
    if arguments.device.is_cpu() {
        steps.on_processor();
        // The fused engine packs molecules: it computes no padding.
        measurement.padded_tokens = measurement.real_tokens;
    } else {
        arguments.device.run(steps)?;
    }
    let timed = batches[WARM_UP..].iter().flatten();
    let per_molecule = timed.map(|molecule| operations(&measurement, molecule.targets()));
    let operations = 3.0 * per_molecule.sum::<f64>();
    measurement.arithmetic(operations);
    Ok(measurement)
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
        learner.training_loss(true)
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
fn read(path: &Path, config: &RunConfig, count: usize) -> Result<(Vec<Vec<TokenId>>, usize)> {
    let mut records = super::paths::read(path, &ReadOptions::default())?;
    records.records.truncate(count * 2);
    let cleaning = CleanOptions {
        strict: false,
        longest: config.model.context - 2,
        validation_share: config.training.validation_share,
        known: None,
    };
    let mut molecules = corpus::clean(records, &cleaning, &|_| ())?.train;
    molecules.truncate(count);
    ensure!(
        molecules.len() == count,
        Setting,
        "`{}` has too few molecules: {count} are needed, lower --steps or --batch",
        path.display()
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

fn draw(arguments: &SampleArguments) -> Result<Measurement> {
    super::use_threads(arguments.threads)?;
    ensure!(
        arguments.n > 0 && arguments.batch > 0,
        Setting,
        "-n and --batch must be at least 1"
    );
    let model = match (&arguments.model, &arguments.config) {
        (Some(path), _) => Model::load(path)?,
        (None, Some(path)) => {
            let config = settings(Some(path))?;
            let letters: Vec<String> = (0..VOCABULARY as usize - SPECIALS.len())
                .map(|number| format!("[{number}C]"))
                .collect();
            let vocabulary = Vocabulary::from_molecules(letters.iter().map(String::as_str));
            let shape = config.model.with_vocabulary(vocabulary.len());
            let parameters = shape.first_weights(0);
            Model::new(shape.config, Tokenizer::atomwise(vocabulary), parameters)?
        }
        (None, None) => Model::pretrained()?,
    };
    let began = Instant::now();
    let generator = CpuGenerator::new(&model).with_branches(arguments.batch);
    let samples = generator.take(arguments.n, &SamplingParams::default())?;
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
        batch: Some(arguments.batch),
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
    Ok(measurement)
}

fn canonicalize(arguments: &CanonicalizeArguments) -> Result<Measurement> {
    super::use_threads(arguments.threads)?;
    let molecules: Vec<String> = if let Some(path) = &arguments.data {
        let records = super::paths::read(path, &ReadOptions::default())?.records;
        records.into_iter().map(|record| record.smiles).collect()
    } else {
        let model = Model::pretrained()?;
        let generator = CpuGenerator::new(&model);
        let samples = generator.take(arguments.n, &SamplingParams::default())?;
        samples.into_iter().map(|sample| sample.smiles).collect()
    };
    ensure!(
        !molecules.is_empty() && arguments.n > 0,
        Setting,
        "there are no molecules to canonicalize"
    );
    let began = Instant::now();
    let valid = (0..arguments.n as usize)
        .into_par_iter()
        .filter(|at| Molecule::parse(&molecules[at % molecules.len()]).is_ok())
        .count();
    let seconds = began.elapsed().as_secs_f64();
    ensure!(valid > 0, Setting, "none of the molecules is valid");
    Ok(Measurement {
        work: "canonicalize",
        device: "cpu",
        seconds,
        molecules: arguments.n as usize,
        ..Measurement::default()
    })
}

fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}
