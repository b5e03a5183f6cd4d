//! `molgpt bench pmo`: how soon a search finds molecules of a high score.

use std::path::PathBuf;

use super::searches::{Benchmark, Searches};
use super::{Ending, count};
use crate::error::Result;
use crate::study::{PMO_CALLS, pmo, pmo_tasks};

/// How soon a search finds molecules of a high score: the tasks of PMO (Gao et al. 2022). Writes pmo.html and
/// pmo.json, and a run folder for each search; the same command goes on after an interrupt.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    searches: Searches,
    /// Molecules to score in each search.
    #[arg(long, default_value_t = PMO_CALLS as u64, value_parser = count::at_least_one)]
    calls: u64,
    /// The folder with the trained models of `drd2`, `gsk3b` and `jnk3`, which `data/make_oracles.py` makes.
    #[arg(long, value_name = "FOLDER", default_value = "data/oracles")]
    oracles: PathBuf,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Ending> {
    let benchmark = Benchmark {
        name: "pmo",
        title: "PMO",
        tasks: pmo_tasks(),
        calls: arguments.calls,
        oracles: Some(arguments.oracles.clone()),
    };
    arguments.searches.run(
        &benchmark,
        |prior, tasks, settings, follow| {
            Ok(pmo(prior, tasks, settings, follow)?.map(|study| study.page))
        },
        quiet,
    )
}
