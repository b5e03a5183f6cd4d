//! `molgpt baselines`: bigrams, n-grams, one head of attention, the GPT, on one split.

use std::path::PathBuf;

use super::console::Console;
use super::paths::DataFile;
use super::{Ending, chemnet, count, study};
use crate::error::Result;
use crate::evaluation::name_of;
use crate::model::Model;
use crate::run::{Event, Observe};
use crate::study::{BaselineSettings, baselines};

/// Train baselines and a GPT on one split and compare them: baselines.html, baselines.json, plots.
///
/// The models are a bigram model, an n-gram model, one head of attention, and the tutorial's GPT.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The molecules to train on; a share of them is held out.
    data: DataFile,
    /// A model of yours in the place of the tutorial's GPT. It should be trained on DATA, since it
    /// is evaluated on the molecules held out of DATA.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Order of the n-gram model: tokens, the predicted one included; from 3 to 16.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u64).range(3..=16))]
    order: u64,
    /// Minutes of training at most, for the head and the GPT each.
    #[arg(long, default_value_t = 5.0)]
    minutes: f64,
    /// Molecules to generate with each model.
    #[arg(short, default_value_t = 10_000, value_parser = count::at_least_one)]
    n: u64,
    /// Reference molecules for FCD [default: those held out of DATA].
    #[arg(long, value_name = "DATA")]
    test: Option<DataFile>,
    #[command(flatten)]
    fcd: study::ForFcd,
    #[command(flatten)]
    common: study::Common,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Ending> {
    arguments.common.prepare()?;
    let given = match &arguments.model {
        Some(path) => Some((name_of(path), Model::named(path)?)),
        None => None,
    };
    let network = chemnet::network(
        arguments.fcd.chemnet.as_deref(),
        &arguments.common.device.first(),
    )?;
    let settings = BaselineSettings {
        data: arguments.data.source(),
        column: arguments.common.column.clone(),
        given,
        order: arguments.order as usize,
        minutes: arguments.minutes,
        n: arguments.n,
        test: arguments.test.as_ref().map(DataFile::source),
        seed: arguments.common.seed,
        device: arguments.common.device.clone(),
        output: study::place(arguments.common.output.as_deref(), "baselines"),
        command: super::command_line(),
    };
    let console = Console::interruptible(quiet)?;
    let network = network.as_deref().map_err(Clone::clone);
    let outcome = baselines(network, &settings, &console)?;
    console.clear();
    study::end(outcome.map(|done| done.page), arguments.common.json, quiet)
}

impl Observe for Console {
    fn event(&self, event: &Event<'_>) {
        if let Event::Data { audit, .. } = event {
            self.clear();
            self.tell(audit, audit);
        }
    }
}
