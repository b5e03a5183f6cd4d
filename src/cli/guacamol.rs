//! `molgpt bench guacamol`: how good the best molecules are that a search finds.

use super::searches::{Benchmark, Searches};
use super::{Ending, count};
use crate::error::Result;
use crate::study::{GUACAMOL_CALLS, guacamol, guacamol_tasks};

/// How good the best molecules are that a search finds: the goals of GuacaMol, suite 2 (Brown et al. 2019). Writes
/// guacamol.html and guacamol.json, and a run folder for each search; the same command goes on after an interrupt.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    searches: Searches,
    /// Molecules to score in each search: GuacaMol sets no number.
    #[arg(long, default_value_t = GUACAMOL_CALLS as u64, value_parser = count::at_least_one)]
    calls: u64,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Ending> {
    let benchmark = Benchmark {
        name: "guacamol",
        title: "GuacaMol",
        tasks: guacamol_tasks(),
        calls: arguments.calls,
        oracles: None,
    };
    arguments.searches.run(
        &benchmark,
        |prior, tasks, settings, follow| {
            Ok(guacamol(prior, tasks, settings, follow)?.map(|study| study.page))
        },
        quiet,
    )
}
