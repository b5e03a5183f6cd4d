//! `molgpt audit`: a search for memorized training molecules.

use std::path::PathBuf;

use super::console::Console;
use super::paths::DataFile;
use super::{Ending, count, study};
use crate::error::Result;
use crate::study::{AuditSettings, audit};

/// Measure memorization of training molecules: likelihoods, generated training molecules against
/// chance, nearest training molecules; writes audit.html, audit.json and plots.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The model file or run folder, or `pretrained` for the one inside the program [default: that
    /// of the latest run in runs/, else `pretrained`].
    #[arg(long, env = "MOLGPT_MODEL")]
    model: Option<PathBuf>,
    /// The training molecules of the model.
    #[arg(long, value_name = "DATA")]
    train: DataFile,
    /// Held-out molecules of the same kind, such as a test set.
    #[arg(long, value_name = "DATA")]
    test: DataFile,
    /// Molecules to generate.
    #[arg(short, default_value_t = 10_000, value_parser = count::at_least_one)]
    n: u64,
    /// Most training and held-out molecules to compare likelihoods of.
    #[arg(long, default_value_t = 10_000, value_parser = count::at_least_one)]
    most: u64,
    /// Generated and held-out molecules to find the nearest training molecules of.
    #[arg(long, default_value_t = 500)]
    nearest: usize,
    /// Sampling temperature (below 1: safer, above 1: more diverse).
    #[arg(long, default_value_t = 1.0)]
    temperature: f64,
    #[command(flatten)]
    common: study::Common,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Ending> {
    arguments.common.device.alone("sampling")?;
    arguments.common.prepare()?;
    let model = super::model::choose(arguments.model.as_deref(), quiet)?;
    let settings = AuditSettings {
        train: arguments.train.source(),
        test: arguments.test.source(),
        column: arguments.common.column.clone(),
        n: arguments.n,
        most: arguments.most as usize,
        nearest: arguments.nearest,
        temperature: arguments.temperature,
        seed: arguments.common.seed,
        device: arguments.common.device.clone(),
        output: study::place(arguments.common.output.as_deref(), "audit"),
        command: super::command_line(),
    };
    let console = Console::interruptible(quiet)?;
    let outcome = audit(&model, &settings, &console)?;
    console.clear();
    study::end(
        outcome.map(|audited| audited.page),
        arguments.common.json,
        quiet,
    )
}
