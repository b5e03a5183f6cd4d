//! PMO, the benchmark of practical molecular optimization (Gao et al. 2022): how soon a search finds molecules of a
//! high score. Each task and seed is a search of its own, in a folder of its own, which is gone on with after an
//! interrupt and not made again.
//!
//! - `published`: figures of other programs;
//! - `page`: tables and curves.
//!
//! Knows nothing of the scores, which are given.

mod page;
mod published;

use std::path::PathBuf;

use serde::Serialize;

use super::Page;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::objective::Score;
use crate::optimize::{
    Follow, Learning, OptimizeSettings, Optimized, SearchSettings, Standing, optimize, top_by_calls,
};
use crate::progress::{Outcome, Watch};
use crate::run::RunFolder;

/// The calls of the benchmark.
pub const PMO_CALLS: usize = 10_000;

/// Settings of the study.
#[derive(Debug, Clone)]
pub struct PmoSettings {
    /// Random seeds, each a repetition of all tasks.
    pub seeds: Vec<u64>,
    /// Molecules to score in each search, [`PMO_CALLS`] by the rule.
    pub calls: usize,
    /// How the agent learns.
    pub learning: Learning,
    /// The name of the prior, for the page. By the rule it has learned from `ZINC250k` alone.
    pub prior: String,
    /// Folder for the page and the searches.
    pub output: PathBuf,
    /// The request: printed on the page, not interpreted.
    pub command: String,
}

/// A task of the benchmark.
pub struct PmoTask {
    /// Its name.
    pub name: String,
    /// Its score, 0 to 1.
    pub score: Box<dyn Score>,
}

/// One search.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PmoRun {
    /// The seed.
    pub seed: u64,
    /// Area below the curve of the ten best, 0 to 1: the figure of the benchmark.
    pub area: f64,
    /// Best score.
    pub best: f64,
    /// Mean score of the ten best at the end.
    pub top_10: f64,
    /// Mean score of the hundred best at the end.
    pub top_100: f64,
    /// Molecules that were scored.
    pub calls: usize,
    /// Seconds of the search.
    pub seconds: f64,
    /// Calls, and the mean score of the ten best of these: each hundred calls, and at the end.
    pub curve: Vec<(usize, f64)>,
}

/// All searches of a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PmoRow {
    /// The task.
    pub task: String,
    /// Mean area over the seeds.
    pub area: f64,
    /// Its standard deviation over several seeds.
    pub deviation: Option<f64>,
    /// The searches, by seed.
    pub runs: Vec<PmoRun>,
}

/// The study.
#[derive(Debug, Clone, PartialEq)]
pub struct PmoStudy {
    /// The tasks, in order; each with all seeds.
    pub rows: Vec<PmoRow>,
    /// Sum of the mean areas.
    pub sum: f64,
    /// The page.
    pub page: Page,
}

/// Names of the tasks of the benchmark.
pub fn pmo_tasks() -> Vec<&'static str> {
    published::tasks().collect()
}

/// Searches for each task and seed, and writes the page.
///
/// # Errors
/// Those of [`optimize`]; [`Kind::Cancelled`](crate::error::Kind::Cancelled) when `follow` ends the work before a task
/// is done. What was searched is kept, and gone on with by the same call.
pub fn pmo(
    prior: &Model,
    tasks: &[PmoTask],
    settings: &PmoSettings,
    follow: &dyn Follow,
) -> Result<Outcome<PmoStudy>> {
    super::usable_folder(&settings.output)?;
    let mut rows = Vec::new();
    let mut cancelled = false;
    'tasks: for task in tasks {
        let mut runs = Vec::new();
        for &seed in &settings.seeds {
            let outcome = one(prior, task, seed, settings, follow)?;
            cancelled |= outcome.is_cancelled();
            if cancelled {
                break 'tasks;
            }
            let found = outcome.done();
            let run = run(seed, &found);
            follow.note(&format!(
                "{}, seed {seed}: area {:.3}, mean of the 10 best {:.3}, {}",
                task.name,
                run.area,
                run.top_10,
                crate::run::in_words(run.seconds)
            ));
            runs.push(run);
        }
        rows.push(row(&task.name, runs));
    }
    if rows.is_empty() {
        return Err(Error::cancelled());
    }
    let sum = rows.iter().map(|row| row.area).sum();
    let page = page::write(settings, &rows)?;
    Ok(Outcome::of(cancelled, PmoStudy { rows, sum, page }))
}

/// One search, begun or gone on with.
fn one(
    prior: &Model,
    task: &PmoTask,
    seed: u64,
    settings: &PmoSettings,
    follow: &dyn Follow,
) -> Result<Outcome<Optimized>> {
    let path = settings
        .output
        .join(&task.name)
        .join(format!("seed-{seed}"));
    let is_begun = RunFolder::is_begun(&path);
    let folder = if is_begun {
        RunFolder::resume(&path)?
    } else {
        RunFolder::create(&path, true)?
    };
    let settings = OptimizeSettings {
        search: SearchSettings {
            calls: settings.calls,
            seed,
            learning: settings.learning.clone(),
            keep: None,
            // Nothing is better, and the rule has the last mean hold until the end.
            until: Some(1.0),
        },
        score: task.name.clone(),
        prior: settings.prior.clone(),
        overwrite: !is_begun,
        command: settings.command.clone(),
    };
    let stage = format!("{}, seed {seed}", task.name);
    let named = Named { follow, stage };
    optimize(prior, &*task.score, &settings, &folder, &named)
}

fn run(seed: u64, found: &Optimized) -> PmoRun {
    PmoRun {
        seed,
        area: found.area,
        best: found.ledger.top(1),
        top_10: found.top,
        top_100: found.ledger.top(100),
        calls: found.ledger.calls().len(),
        seconds: found.seconds,
        curve: top_by_calls(found.ledger.calls(), 10),
    }
}

fn row(task: &str, runs: Vec<PmoRun>) -> PmoRow {
    let count = runs.len() as f64;
    let area = runs.iter().map(|run| run.area).sum::<f64>() / count;
    let squares = runs.iter().map(|run| (run.area - area).powi(2));
    let deviation = (runs.len() > 1).then(|| (squares.sum::<f64>() / (count - 1.0)).sqrt());
    PmoRow {
        task: task.to_owned(),
        area,
        deviation,
        runs,
    }
}

/// A search among others: its stage is called by its task.
struct Named<'a> {
    follow: &'a dyn Follow,
    stage: String,
}

impl Watch for Named<'_> {
    fn begin(&self, _: &str, total: u64) {
        self.follow.begin(&self.stage, total);
    }

    fn advance(&self, count: u64) {
        self.follow.advance(count);
    }

    fn note(&self, sentence: &str) {
        self.follow.note(&format!("{}: {sentence}", self.stage));
    }

    fn stop(&self) -> bool {
        self.follow.stop()
    }
}

impl Follow for Named<'_> {
    fn standing(&self, standing: &Standing) {
        self.follow.standing(standing);
    }
}
