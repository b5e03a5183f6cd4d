//! `molgpt sweep train`: trainings with several values of settings, compared.

use std::path::PathBuf;

use super::console::Console;
use super::paths::DataFile;
use super::train::load_base;
use super::{Ending, chemnet, count, study};
use crate::config::Setting;
use crate::error::Result;
use crate::run::{ConfigSource, TrainSettings};
use crate::study::{TuningSettings, tune};

/// Train with every combination of values of settings, sample from each model and compare them; writes
/// tuning.html, tuning.json, a plot and the run folders. The same command goes on where it was ended.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The molecules; `DATA:COLUMN` for one of the columns.
    data: DataFile,
    /// A key of the configuration and its values, as in `--set training.learning_rate=3e-3,1e-2`;
    /// repeatable: every combination is trained.
    #[arg(long, value_name = "KEY=VALUE,...", required = true, value_parser = values)]
    set: Vec<Values>,
    /// Seeds of each combination.
    #[arg(
        long,
        value_name = "SEED,...",
        value_delimiter = ',',
        default_value = "0"
    )]
    seeds: Vec<u64>,
    /// Most minutes of each training, so that all have equal time [default: the epochs end them].
    #[arg(long)]
    max_minutes: Option<f64>,
    /// Configuration file of all trainings; keys that it leaves out, and the default, are those of
    /// configs/small.toml.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Fine-tune this model: a model file or run folder, or `pretrained`.
    #[arg(long, value_name = "MODEL")]
    from: Option<PathBuf>,
    /// Reference molecules for FCD.
    #[arg(long, value_name = "DATA")]
    test: Option<DataFile>,
    #[command(flatten)]
    fcd: study::ForFcd,
    /// Molecules to sample from each model.
    #[arg(short, default_value_t = 10_000, value_parser = count::at_least_one)]
    n: u64,
    /// Name or number of the column with the SMILES in the files [default: `smiles`, or the one that
    /// looks like SMILES]; `FILE:COLUMN` is that of one file.
    #[arg(long)]
    column: Option<String>,
    /// Folder for the page, the plot and the run folders [default: reports/tuning].
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[arg(long, help = study::JSON)]
    json: bool,
    #[arg(long, env = "MOLGPT_DEVICE", default_value = "cpu", help = super::device::HELP)]
    device: crate::device::Device,
    /// Processor cores to use; 0 for all.
    #[arg(long, env = "MOLGPT_THREADS", default_value_t = 0)]
    threads: usize,
}

/// The values of one key.
#[derive(Debug, Clone)]
struct Values(Vec<Setting>);

/// `KEY=A,B` as `KEY=A` and `KEY=B`; commas inside of brackets separate no values.
fn values(text: &str) -> Result<Values, String> {
    let (key, values) = text.split_once('=').unwrap_or((text, ""));
    let mut depth = 0;
    let separates = |c: char| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        c == ',' && depth == 0
    };
    let one = |value: &str| format!("{key}={value}").parse();
    values
        .split(separates)
        .map(one)
        .collect::<Result<_, _>>()
        .map(Values)
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Ending> {
    super::use_threads(arguments.threads)?;
    super::device::prepare(&arguments.device)?;
    let network = chemnet::network(arguments.fcd.chemnet.as_deref(), &arguments.device)?;
    let settings = TuningSettings {
        train: TrainSettings {
            data: arguments.data.source(),
            column: arguments.column.clone(),
            config: match &arguments.config {
                Some(path) => ConfigSource::File(path.clone()),
                None => ConfigSource::Default,
            },
            from: arguments.from.as_deref().map(load_base).transpose()?,
            max_minutes: arguments.max_minutes,
            device: arguments.device.clone(),
            command: super::command_line(),
            ..TrainSettings::default()
        },
        values: arguments
            .set
            .iter()
            .map(|values| values.0.clone())
            .collect(),
        seeds: arguments.seeds.clone(),
        n: arguments.n,
        test: arguments.test.as_ref().map(DataFile::source),
        output: study::place(arguments.output.as_deref(), "tuning"),
        command: super::command_line(),
    };
    let console = Console::interruptible(quiet)?;
    let network = network.as_deref().map_err(Clone::clone);
    let outcome = tune(network, &settings, &console)?;
    console.clear();
    study::end(outcome.map(|tuning| tuning.page), arguments.json, quiet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_inside_of_brackets_separate_nothing() {
        let split = |text| -> Vec<String> {
            let Values(values) = values(text).unwrap();
            values.iter().map(ToString::to_string).collect()
        };
        assert_eq!(split("width=32,64"), ["width=32", "width=64"]);
        assert_eq!(
            split("betas=[0.9, 0.95],[0.8, 0.9]"),
            ["betas=[0.9, 0.95]", "betas=[0.8, 0.9]"]
        );
        for wrong in ["width", "width=", "width=32,", "=3"] {
            assert!(values(wrong).is_err(), "{wrong}");
        }
    }
}
