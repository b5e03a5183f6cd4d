//! `molgpt bench pmo`: how soon a search finds molecules of a high score.

use std::path::{Path, PathBuf};

use super::console::Console;
use super::optimize::Terminal;
use super::{Ending, count, study};
use crate::error::{Result, ensure};
use crate::model::Model;
use crate::objective::{Goal, Surroundings};
use crate::optimize::Learning;
use crate::progress::Unwatched;
use crate::study::{PMO_CALLS, PmoSettings, PmoTask, pmo, pmo_tasks};

/// How soon a search finds molecules of a high score: the tasks of PMO (Gao et al. 2022). Writes pmo.html and
/// pmo.json, and a run folder for each search; the same command goes on after an interrupt.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Tasks: `all`, or names between commas.
    #[arg(long, value_delimiter = ',', default_value = "all")]
    tasks: Vec<String>,
    /// The model that learns, a model file or run folder: by the rule one of `ZINC250k` alone
    /// (docs/optimize.md).
    #[arg(long)]
    model: PathBuf,
    /// The folder with the trained models of `drd2`, `gsk3b` and `jnk3`, which `data/make_oracles.py` makes.
    #[arg(long, value_name = "FOLDER", default_value = "data/oracles")]
    oracles: PathBuf,
    /// Random seeds, each a repetition.
    #[arg(
        long,
        value_name = "S,S,...",
        value_delimiter = ',',
        default_value = "0"
    )]
    seeds: Vec<u64>,
    /// Molecules to score in each search.
    #[arg(long, default_value_t = PMO_CALLS as u64, value_parser = count::at_least_one)]
    calls: u64,
    /// Set how it learns, as in `--set sigma=250`; repeatable (docs/optimize.md has the keys).
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Folder for the page and the searches [default: reports/pmo].
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[arg(long, help = study::JSON)]
    json: bool,
    /// Processor cores to use; 0 for all. The result is the same with any number.
    #[arg(long, env = "MOLGPT_THREADS", default_value_t = 0)]
    threads: usize,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Ending> {
    let learning = Learning::with(&arguments.set)?;
    super::use_threads(arguments.threads)?;
    let tasks = tasks(&arguments.tasks, &arguments.oracles)?;
    let prior = Model::named(&arguments.model)?;
    let settings = PmoSettings {
        seeds: arguments.seeds.clone(),
        calls: arguments.calls as usize,
        learning,
        prior: arguments.model.display().to_string(),
        output: study::place(arguments.output.as_deref(), "pmo"),
        command: super::command_line(),
    };
    let terminal = Terminal(Console::interruptible(quiet)?);
    let outcome = pmo(&prior, &tasks, &settings, &terminal)?;
    terminal.0.clear();
    study::end(outcome.map(|study| study.page), arguments.json, quiet)
}

/// The tasks of these names, each once.
fn tasks(asked: &[String], oracles: &Path) -> Result<Vec<PmoTask>> {
    let surroundings = Surroundings {
        watch: &Unwatched,
        model: &|name| Model::named(Path::new(name)),
        oracles: Some(oracles.to_owned()),
    };
    let all = pmo_tasks();
    let names: Vec<&str> = match asked {
        [word] if word == "all" => all,
        names => names.iter().map(|name| name.trim()).collect(),
    };
    let task = |name: &str| {
        ensure!(
            pmo_tasks().contains(&name),
            Setting,
            "setting `tasks` `{name}` is no task of PMO: name some of {}",
            pmo_tasks().join(", ")
        );
        Ok(PmoTask {
            name: name.to_owned(),
            score: Box::new(Goal::named_among(name, &surroundings)?),
        })
    };
    names.into_iter().map(task).collect()
}
