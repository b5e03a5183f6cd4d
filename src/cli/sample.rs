//! `molgpt sample`: writes generated molecules.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use anyhow::Context;
use burn::backend::{Flex, NdArray};
use burn::tensor::backend::Backend;
use indicatif::ProgressBar;

use super::output::{Format, Output};
use super::train::{Device, progress_bar};
use crate::checkpoint::Model;
use crate::model::{Decoder, Gpt};
use crate::sampling::{BRANCHES, Request, Sample, Strategy, sample, sample_by_burn};

/// What `--model` calls the model inside the program.
const PRETRAINED: &str = "pretrained";

/// Molecules between two writes: enough to keep all threads busy, few enough for little memory.
const WINDOW: u64 = 16_384;

/// Write generated molecules, one a row, with their negative log-likelihood.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How many molecules.
    #[arg(short)]
    n: u64,
    /// The model file, or `pretrained` for the one inside the program [default: that of the latest
    /// run in runs/, else `pretrained`].
    #[arg(long)]
    model: Option<PathBuf>,
    /// Where the molecules go: .csv, .smi or .jsonl, each also .gz; `-` is standard output.
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// What is written, instead of what the output's name says [default: csv].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Logits are divided by this.
    #[arg(long, default_value_t = 1.0)]
    temperature: f64,
    /// Only the K most likely tokens; 0 keeps all.
    #[arg(long, default_value_t = 0)]
    top_k: usize,
    /// Only the smallest set of most likely tokens with this share.
    #[arg(long, default_value_t = 1.0)]
    top_p: f64,
    /// Start of every molecule.
    #[arg(long, default_value = "")]
    prompt: String,
    /// Same seed, same molecules, for any batch size and number of threads.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Molecules decoded together, per thread.
    #[arg(long, default_value_t = BRANCHES as u64, value_parser = clap::value_parser!(u64).range(1..=65_536))]
    batch: u64,
    /// What computes.
    #[arg(long, value_enum, default_value_t = Device::Cpu)]
    device: Device,
    /// Processor cores to use; 0 for all.
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> anyhow::Result<()> {
    super::use_threads(arguments.threads)?;
    let strategy = Strategy {
        temperature: arguments.temperature,
        top_k: arguments.top_k,
        top_p: arguments.top_p,
    };
    strategy.validate()?;
    let model = model(arguments.model.as_deref(), quiet)?;
    let request = Request::new(&model, &arguments.prompt, strategy, arguments.seed)?;
    match arguments.device {
        Device::Cpu => {
            let vocabulary = model.tokenizer.vocabulary.len();
            let decoder = Decoder::new(&model.config, vocabulary, &model.parameters);
            let branches = arguments.batch as usize;
            write(arguments, quiet, WINDOW, |range, bar| {
                let progress = |finished| bar.inc(finished);
                sample(&model, &decoder, &request, range, branches, &progress)
            })
        }
        Device::Flex => write_by_burn::<Flex>(arguments, quiet, &model, &request),
        Device::Ndarray => write_by_burn::<NdArray>(arguments, quiet, &model, &request),
    }
}

/// The model asked for, else that of the latest run, else the one inside the program.
#[expect(clippy::print_stderr, reason = "messages to the user")]
fn model(asked: Option<&Path>, quiet: bool) -> anyhow::Result<Model> {
    let latest = Path::new("runs/latest/model.safetensors");
    let path = asked.unwrap_or(if latest.exists() {
        latest
    } else {
        Path::new(PRETRAINED)
    });
    if !quiet && asked.is_none() {
        eprintln!("using --model {}", path.display());
    }
    if path == Path::new(PRETRAINED) {
        return Ok(Model::pretrained()?);
    }
    Model::load(path)
        .context("no model to sample from: `molgpt train DATA` makes one, --model names another")
}

fn write_by_burn<B: Backend>(
    arguments: &Arguments,
    quiet: bool,
    model: &Model,
    request: &Request,
) -> anyhow::Result<()> {
    let device = B::Device::default();
    let network: Gpt<B> = model.network(&device);
    write(arguments, quiet, arguments.batch, |range, bar| {
        let molecules = sample_by_burn(model, &network, request, range, &device);
        bar.inc(molecules.len() as u64);
        molecules
    })
}

#[expect(clippy::print_stderr, reason = "messages to the user")]
fn write(
    arguments: &Arguments,
    quiet: bool,
    window: u64,
    draw: impl Fn(Range<u64>, &ProgressBar) -> Vec<Sample>,
) -> anyhow::Result<()> {
    let mut output = Output::create(&arguments.output, arguments.format)?;
    let stop = super::stop_on_interrupt()?;
    let bar = progress_bar(arguments.n, "sampling {bar:30} {pos}/{len} {eta}", quiet);
    let mut start = 0;
    while start < arguments.n && !stop.load(Ordering::Relaxed) {
        let end = arguments.n.min(start + window);
        for molecule in draw(start..end, &bar) {
            output.write(&molecule)?;
        }
        start = end;
    }
    bar.finish_and_clear();
    output.finish()?;
    if start < arguments.n {
        eprintln!("stopped after {start} of {} molecules", arguments.n);
    }
    Ok(())
}
