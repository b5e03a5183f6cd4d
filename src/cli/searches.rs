//! Arguments that the benchmarks of searches have in common, and their run.

use std::path::{Path, PathBuf};

use super::console::Console;
use super::optimize::Terminal;
use super::{Ending, study};
use crate::error::{Result, ensure};
use crate::model::Model;
use crate::objective::{Goal, Surroundings};
use crate::optimize::{Follow, Learning};
use crate::progress::{Outcome, Unwatched};
use crate::study::{Page, SearchTask, SearchesSettings};

/// Arguments of every benchmark of searches.
#[derive(Debug, clap::Args)]
pub(super) struct Searches {
    /// Tasks: `all`, or names between commas.
    #[arg(long, value_delimiter = ',', default_value = "all")]
    tasks: Vec<String>,
    /// The model that learns, a model file or run folder (docs/optimize.md has the benchmark's rule).
    #[arg(long)]
    model: PathBuf,
    /// Random seeds, each a repetition.
    #[arg(
        long,
        value_name = "S,S,...",
        value_delimiter = ',',
        default_value = "0"
    )]
    seeds: Vec<u64>,
    /// Set how it learns, as in `--set sigma=250`; repeatable (docs/optimize.md has the keys).
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Folder for the page and the searches [default: reports/NAME OF BENCHMARK].
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[arg(long, help = study::JSON)]
    json: bool,
    /// Processor cores to use; 0 for all. The result is the same with any number.
    #[arg(long, env = "MOLGPT_THREADS", default_value_t = 0)]
    threads: usize,
}

/// A benchmark.
pub(super) struct Benchmark<'a> {
    /// Its name, that of the folder of its page.
    pub(super) name: &'a str,
    /// Its name in sentences.
    pub(super) title: &'a str,
    /// Names of its tasks.
    pub(super) tasks: Vec<&'a str>,
    /// Molecules to score in each search.
    pub(super) calls: u64,
    /// The folder of its trained models, if there are any.
    pub(super) oracles: Option<PathBuf>,
}

impl Searches {
    /// Searches, and prints the page.
    pub(super) fn run(
        &self,
        benchmark: &Benchmark<'_>,
        study: impl FnOnce(
            &Model,
            &[SearchTask],
            &SearchesSettings,
            &dyn Follow,
        ) -> Result<Outcome<Page>>,
        quiet: bool,
    ) -> Result<Ending> {
        let learning = Learning::with(&self.set)?;
        super::use_threads(self.threads)?;
        let tasks = self.tasks(benchmark)?;
        let prior = Model::named(&self.model)?;
        let settings = SearchesSettings {
            seeds: each_once(self.seeds.clone()),
            calls: benchmark.calls as usize,
            learning,
            prior: self.model.display().to_string(),
            output: study::place(self.output.as_deref(), benchmark.name),
            command: super::command_line(),
        };
        let terminal = Terminal(Console::interruptible(quiet)?);
        let outcome = study(&prior, &tasks, &settings, &terminal)?;
        terminal.0.clear();
        study::end(outcome, self.json, quiet)
    }

    /// The tasks that are asked for, each once.
    fn tasks(&self, benchmark: &Benchmark<'_>) -> Result<Vec<SearchTask>> {
        let surroundings = Surroundings {
            watch: &Unwatched,
            model: &|name| Model::named(Path::new(name)),
            oracles: benchmark.oracles.clone(),
        };
        let names: Vec<&str> = match &self.tasks[..] {
            [word] if word == "all" => benchmark.tasks.clone(),
            names => names.iter().map(|name| name.trim()).collect(),
        };
        let task = |name: &str| {
            ensure!(
                benchmark.tasks.contains(&name),
                Setting,
                "setting `tasks` `{name}` is no task of {}: name some of {}",
                benchmark.title,
                benchmark.tasks.join(", ")
            );
            Ok(SearchTask {
                name: name.to_owned(),
                score: Box::new(Goal::named_among(name, &surroundings)?),
            })
        };
        each_once(names).into_iter().map(task).collect()
    }
}

/// Values without repeats, in order.
fn each_once<T: PartialEq>(values: Vec<T>) -> Vec<T> {
    let mut found = Vec::new();
    for value in values {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}
