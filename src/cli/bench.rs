//! `molgpt bench`: the speed of training, sampling and canonicalization on this machine, as one
//! JSON object; how well a model keeps structures, how soon and how good molecules a search finds.

use std::path::{Path, PathBuf};

use super::paths::DataFile;
use super::{Ending, fragments, guacamol, pmo};
use crate::config::RunConfig;
use crate::device::Device;
use crate::error::{Context, Result};
use crate::generate::BRANCHES;
use crate::model::Model;
use crate::study::{
    BenchCanonicalization, BenchModel, BenchSampling, BenchTraining, bench_canonicalization,
    bench_sampling, bench_training,
};

/// Measure the speed of this machine, as one JSON object; how well a model keeps structures; or how soon a search
/// finds molecules of a high score, and how good they are.
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
    Fragments(fragments::Arguments),
    Pmo(pmo::Arguments),
    Guacamol(guacamol::Arguments),
}

/// Optimizer steps, on synthetic molecules or those of a file.
#[derive(Debug, clap::Args)]
struct TrainArguments {
    /// Configuration file [default: the content of configs/small.toml].
    #[arg(long)]
    config: Option<PathBuf>,
    /// Molecules per step, instead of the config's.
    #[arg(long)]
    batch: Option<usize>,
    /// Tokens to predict per synthetic molecule [default: the config's context less 1].
    #[arg(long, conflicts_with = "data")]
    length: Option<usize>,
    /// Timed steps.
    #[arg(long, default_value_t = 10)]
    steps: usize,
    /// A file of molecules to train on, instead of synthetic ones.
    #[arg(long)]
    data: Option<DataFile>,
    /// Use `AdamW` whatever optimizer the config names, for comparison with other programs.
    #[arg(long)]
    adamw: bool,
    #[arg(long, env = "MOLGPT_DEVICE", default_value = "cpu", help = super::device::HELP)]
    device: Device,
    /// Processor cores to use; 0 for all.
    #[arg(long, env = "MOLGPT_THREADS", default_value_t = 0)]
    threads: usize,
}

/// Sampling, from a model or from an untrained network.
#[derive(Debug, clap::Args)]
struct SampleArguments {
    /// Number of molecules.
    #[arg(short, default_value_t = 10_000)]
    n: u64,
    /// The model [default: the one inside the program].
    #[arg(long, conflicts_with = "config")]
    model: Option<PathBuf>,
    /// Configuration file of an untrained network to use instead.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Molecules decoded together, per thread.
    #[arg(long, default_value_t = BRANCHES)]
    batch: usize,
    /// Processor cores to use; 0 for all.
    #[arg(long, env = "MOLGPT_THREADS", default_value_t = 0)]
    threads: usize,
}

/// Canonical SMILES, of a file's molecules or of molecules sampled from the pretrained model.
#[derive(Debug, clap::Args)]
struct CanonicalizeArguments {
    /// Number of molecules.
    #[arg(short, default_value_t = 10_000)]
    n: u64,
    /// A file of molecules, read again from its start until there are enough.
    #[arg(long)]
    data: Option<DataFile>,
    /// Processor cores to use; 0 for all.
    #[arg(long, env = "MOLGPT_THREADS", default_value_t = 0)]
    threads: usize,
}

#[expect(clippy::print_stdout, reason = "the measurement is the output")]
pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Ending> {
    let measurement = match &arguments.work {
        Work::Fragments(arguments) => return fragments::run(arguments, quiet),
        Work::Pmo(arguments) => return pmo::run(arguments, quiet),
        Work::Guacamol(arguments) => return guacamol::run(arguments, quiet),
        Work::Train(arguments) => {
            super::use_threads(arguments.threads)?;
            super::device::prepare(&arguments.device)?;
            bench_training(&BenchTraining {
                config: arguments.config.as_deref().map(config).transpose()?,
                batch: arguments.batch,
                length: arguments.length,
                steps: arguments.steps,
                data: arguments.data.as_ref().map(DataFile::source),
                adamw: arguments.adamw,
                device: arguments.device.clone(),
            })
        }
        Work::Sample(arguments) => {
            super::use_threads(arguments.threads)?;
            let model = match (&arguments.model, &arguments.config) {
                (Some(path), _) => BenchModel::Given(Box::new(Model::named(path)?)),
                (None, Some(path)) => BenchModel::Fresh(Box::new(config(path)?)),
                (None, None) => BenchModel::Given(Box::new(Model::pretrained()?)),
            };
            bench_sampling(&BenchSampling {
                model,
                n: arguments.n,
                batch: arguments.batch,
            })
        }
        Work::Canonicalize(arguments) => {
            super::use_threads(arguments.threads)?;
            bench_canonicalization(&BenchCanonicalization {
                n: arguments.n,
                data: arguments.data.as_ref().map(DataFile::source),
            })
        }
    }?;
    println!("{}", serde_json::to_string_pretty(&measurement)?);
    Ok(Ending::Done)
}

fn config(path: &Path) -> Result<RunConfig> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    RunConfig::parse(&text).with_context(|| path.display().to_string())
}
