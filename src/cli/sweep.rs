//! `molgpt sweep`: validity against novelty over temperatures, and a recommended temperature; `molgpt
//! sweep train`: trainings with several values of settings; `molgpt sweep conditions`: what is asked for
//! against what is got.

use std::path::PathBuf;

use super::console::Console;
use super::paths::DataFile;
use super::{Ending, chemnet, conditions, count, study, tune};
use crate::error::Result;
use crate::evaluation::Objective;
use crate::study::{SweepSettings, sweep};

/// Sample at several temperatures and recommend one; writes sweep.html, sweep.json and plots. `sweep
/// train` compares settings of training instead, `sweep conditions` values of properties that are asked
/// for.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    other: Option<Other>,
    /// The model file or run folder, or `pretrained` for the one inside the program [default: that
    /// of the latest run in runs/, else `pretrained`].
    #[arg(long, env = "MOLGPT_MODEL")]
    model: Option<PathBuf>,
    /// The training molecules of the model, for novelty.
    #[arg(long, value_name = "DATA", required = true)]
    train: Option<DataFile>,
    /// Reference molecules for FCD.
    #[arg(long, value_name = "DATA")]
    test: Option<DataFile>,
    #[command(flatten)]
    fcd: study::ForFcd,
    /// Sampling temperatures.
    #[arg(
        long,
        value_name = "T,T,...",
        value_delimiter = ',',
        default_value = "0.6,0.7,0.8,0.9,1.0,1.1,1.2,1.3,1.4"
    )]
    temperatures: Vec<f64>,
    /// Objective of the recommended temperature: `new` (unique novel molecules per string),
    /// `validity`, `uniqueness`, `novelty`, `fcd`, or a constraint such as `validity>=0.95`.
    #[arg(long, default_value = "new")]
    aim: Objective,
    /// Molecules per temperature.
    #[arg(short, default_value_t = 10_000, value_parser = count::at_least_one)]
    n: u64,
    #[command(flatten)]
    common: study::Common,
}

/// A sweep of something else than temperatures.
#[derive(Debug, clap::Subcommand)]
enum Other {
    Train(tune::Arguments),
    Conditions(conditions::Arguments),
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Ending> {
    match &arguments.other {
        Some(Other::Train(arguments)) => return tune::run(arguments, quiet),
        Some(Other::Conditions(arguments)) => return conditions::run(arguments, quiet),
        None => {}
    }
    arguments.common.device.alone("sampling")?;
    arguments.common.prepare()?;
    let model = super::model::choose(arguments.model.as_deref(), quiet)?;
    let network = chemnet::network(arguments.fcd.chemnet.as_deref(), &arguments.common.device)?;
    let settings = SweepSettings {
        train: arguments
            .train
            .as_ref()
            .map(DataFile::source)
            .unwrap_or_default(),
        test: arguments.test.as_ref().map(DataFile::source),
        column: arguments.common.column.clone(),
        temperatures: arguments.temperatures.clone(),
        aim: arguments.aim,
        n: arguments.n,
        seed: arguments.common.seed,
        device: arguments.common.device.clone(),
        output: study::place(arguments.common.output.as_deref(), "sweep"),
        command: super::command_line(),
    };
    let console = Console::interruptible(quiet)?;
    let network = network.as_deref().map_err(Clone::clone);
    let outcome = sweep(&model, network, &settings, &console)?;
    console.clear();
    study::end(
        outcome.map(|sweep| sweep.page),
        arguments.common.json,
        quiet,
    )
}
