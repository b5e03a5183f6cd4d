//! `molgpt sweep conditions`: what is asked for against what is got.

use std::path::PathBuf;

use super::console::Console;
use super::paths::DataFile;
use super::{Ending, count, study};
use crate::corpus::{parse_asked, read_asked};
use crate::error::{Context, Result};
use crate::generate::SamplingParams;
use crate::study::{ConditionsSettings, conditions};

/// Sample under several wishes and measure how far their properties are from what was asked; writes
/// conditions.html, conditions.json and plots. For models that were trained with `molgpt train
/// --condition`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Table of wishes: a column for each property, a row for each wish.
    #[arg(required_unless_present = "sets")]
    wishes: Option<PathBuf>,
    /// Values of one property between commas, each a wish: `log_p=1,2,3`; can be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE,...")]
    sets: Vec<String>,
    /// The model file or run folder [default: that of the latest run in runs/].
    #[arg(long, env = "MOLGPT_MODEL")]
    model: Option<PathBuf>,
    /// The training molecules of the model, for novelty.
    #[arg(long, value_name = "DATA")]
    train: Option<DataFile>,
    /// Strings for each wish.
    #[arg(short, default_value_t = 1_000, value_parser = count::at_least_one)]
    n: u64,
    /// Sampling temperature.
    #[arg(long, default_value_t = 1.0)]
    temperature: f64,
    /// How closely the wishes are followed: see `molgpt sample --guidance`.
    #[arg(long, value_name = "G", default_value_t = 1.0)]
    guidance: f64,
    /// Leave out tokens after which no molecule could follow.
    #[arg(long)]
    grammar: bool,
    #[command(flatten)]
    common: study::Common,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Ending> {
    arguments.common.device.alone("sampling")?;
    arguments.common.prepare()?;
    let mut wishes = match &arguments.wishes {
        Some(path) => read_asked(path)?,
        None => Vec::new(),
    };
    for set in &arguments.sets {
        let (name, values) = set.split_once('=').with_context(|| {
            format!("--set `{set}`: write a property and its values: `log_p=1,2,3`")
        })?;
        for value in values.split(',') {
            let wish = parse_asked(&format!("{name}={value}")).context("--set")?;
            wishes.push(vec![wish]);
        }
    }
    let model = super::model::choose(arguments.model.as_deref(), quiet)?;
    let params = SamplingParams {
        temperature: arguments.temperature,
        seed: arguments.common.seed,
        guidance: arguments.guidance,
        grammar: arguments.grammar,
        ..SamplingParams::default()
    };
    params.validate()?;
    let settings = ConditionsSettings {
        wishes,
        train: arguments.train.as_ref().map(DataFile::source),
        column: arguments.common.column.clone(),
        n: arguments.n,
        params,
        device: arguments.common.device.clone(),
        output: study::place(arguments.common.output.as_deref(), "conditions"),
        command: super::command_line(),
    };
    let console = Console::interruptible(quiet)?;
    let outcome = conditions(&model, &settings, &console)?;
    console.clear();
    study::end(
        outcome.map(|study| study.page),
        arguments.common.json,
        quiet,
    )
}
