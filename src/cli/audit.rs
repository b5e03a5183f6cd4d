//! `molgpt audit`: a search for memorized training molecules.

use std::path::PathBuf;

use super::console::Console;
use super::{paths, study};
use crate::device::Device;
use crate::error::Result;
use crate::study::{AuditSettings, audit};

/// Look for memorized training molecules: likelihoods, hits against chance, nearest training
/// molecules; audit.html, audit.json, plots.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The model file or run folder, or `pretrained` for the one inside the program [default: that
    /// of the latest run in runs/, else `pretrained`].
    #[arg(long)]
    model: Option<PathBuf>,
    /// The molecules that it was trained on.
    #[arg(long, value_name = "DATA")]
    train: PathBuf,
    /// Molecules of the same kind that it has not seen.
    #[arg(long, value_name = "DATA")]
    test: PathBuf,
    /// Molecules to generate.
    #[arg(short, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    n: u64,
    /// Most training and held-out molecules whose likelihoods are compared.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    most: u64,
    /// Generated, and held-out, molecules whose nearest training molecules are sought.
    #[arg(long, default_value_t = 500)]
    nearest: usize,
    /// Sampling temperature (below 1: safer, above 1: more diverse).
    #[arg(long, default_value_t = 1.0)]
    temperature: f64,
    #[arg(long, default_value = "cpu", help = super::device::HELP)]
    device: Device,
    #[command(flatten)]
    common: study::Common,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    super::use_threads(arguments.common.threads)?;
    super::device::prepare(&arguments.device)?;
    let model = super::model::choose(arguments.model.as_deref(), quiet)?;
    let settings = AuditSettings {
        train: paths::source(&arguments.train),
        test: paths::source(&arguments.test),
        column: arguments.common.column.clone(),
        n: arguments.n,
        most: arguments.most as usize,
        nearest: arguments.nearest,
        temperature: arguments.temperature,
        seed: arguments.common.seed,
        device: arguments.device.clone(),
        output: study::place(arguments.common.output.as_deref(), "audit"),
        command: super::command_line(),
    };
    let console = Console::interruptible(quiet)?;
    let audited = audit(&model, &settings, &console)?.done();
    console.clear();
    study::print(&audited.page.study, &audited.page.path)
}
