//! `molgpt bench fragments`: how well a model keeps structures.

use std::path::PathBuf;

use super::console::Console;
use super::paths::DataFile;
use super::{Ending, count, study};
use crate::device::Device;
use crate::error::Result;
use crate::study::{FragmentsSettings, fragments};

/// How well a model keeps structures: fragments of drugs extended, linked, decorated, built on. Writes
/// fragments.html and fragments.json.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Table of drugs: `smiles`, and fragments in columns `motif_extension` (`A[*]`), `linker_design`
    /// (`A[*].B[*]`), `scaffold_decoration` (any open points), `superstructure_generation` (none).
    data: DataFile,
    /// The model file or run folder [default: `randomized`, inside the program].
    #[arg(long)]
    model: Option<PathBuf>,
    /// Draws for each task and drug.
    #[arg(short, default_value_t = 100, value_parser = count::at_least_one)]
    n: u64,
    /// Random seeds, each a repetition.
    #[arg(
        long,
        value_name = "S,S,...",
        value_delimiter = ',',
        default_value = "0"
    )]
    seeds: Vec<u64>,
    /// Folder for the page [default: reports/fragments].
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[arg(long, help = study::JSON)]
    json: bool,
    #[arg(long, env = "MOLGPT_DEVICE", default_value = "cpu", help = super::device::HELP)]
    device: Device,
    /// Processor cores to use; 0 for all.
    #[arg(long, env = "MOLGPT_THREADS", default_value_t = 0)]
    threads: usize,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Ending> {
    super::use_threads(arguments.threads)?;
    arguments.device.alone("sampling")?;
    super::device::prepare(&arguments.device)?;
    let model = super::model::choose_for(true, arguments.model.as_deref(), quiet)?;
    let settings = FragmentsSettings {
        data: arguments.data.source(),
        n: arguments.n,
        seeds: arguments.seeds.clone(),
        device: arguments.device.clone(),
        output: study::place(arguments.output.as_deref(), "fragments"),
        command: super::command_line(),
    };
    let console = Console::interruptible(quiet)?;
    let outcome = fragments(&model, &settings, &console)?;
    console.clear();
    study::end(outcome.map(|study| study.page), arguments.json, quiet)
}
