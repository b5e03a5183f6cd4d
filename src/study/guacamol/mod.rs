//! The goal-directed benchmarks of GuacaMol, suite 2 (Brown et al. 2019): how good the best molecules are that a
//! search finds.
//!
//! - `suite`: which molecules count in a task, and its score;
//! - `published`: figures of other programs;
//! - `page`: tables and curves.

mod page;
mod published;
mod suite;

use serde::Serialize;

use super::Page;
use super::common::mean_and_deviation;
use super::searches::{SearchTask, Searched, SearchesSettings, search_all};
use crate::error::Result;
use crate::model::Model;
use crate::optimize::{Follow, Optimized, Until, top_by_calls};
use crate::progress::Outcome;
use suite::Counted;

/// The calls of a search unless others are asked for: the benchmark sets none.
pub const GUACAMOL_CALLS: usize = 20_000;

/// One search.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GuacamolRun {
    /// The seed.
    pub seed: u64,
    /// Score of the task, 0 to 1: the figure of the benchmark.
    pub score: f64,
    /// Best score of a molecule.
    pub best: f64,
    /// Mean score of the ten best; molecules that differ in stereochemistry alone count once, those that are missing as 0.
    pub top_10: f64,
    /// The same of the hundred best.
    pub top_100: f64,
    /// Molecules that were scored.
    pub calls: usize,
    /// Seconds of the search.
    pub seconds: f64,
    /// Calls, and the mean score of the best of these, of as many as count in the task: each hundred calls, and at the end.
    pub curve: Vec<(usize, f64)>,
}

/// All searches of a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GuacamolRow {
    /// The task.
    pub task: String,
    /// Mean score over the seeds.
    pub score: f64,
    /// Its standard deviation over several seeds.
    pub deviation: Option<f64>,
    /// The searches, by seed.
    pub runs: Vec<GuacamolRun>,
}

/// The study.
#[derive(Debug, Clone, PartialEq)]
pub struct GuacamolStudy {
    /// The tasks, in order; each with all seeds.
    pub rows: Vec<GuacamolRow>,
    /// Sum of the mean scores.
    pub sum: f64,
    /// The page.
    pub page: Page,
}

/// Names of the tasks of the benchmark.
pub fn guacamol_tasks() -> Vec<&'static str> {
    published::tasks().collect()
}

/// Searches for each task and seed, and writes the page. A search ends before its calls are used up where no further
/// molecule can add to its score.
///
/// # Errors
/// Those of [`optimize`](crate::optimize::optimize); [`Kind::Cancelled`](crate::error::Kind::Cancelled) when `follow`
/// ends the work before a task is done. What was searched is kept, and gone on with by the same call.
pub fn guacamol(
    prior: &Model,
    tasks: &[SearchTask],
    settings: &SearchesSettings,
    follow: &dyn Follow,
) -> Result<Outcome<GuacamolStudy>> {
    let until = |task: &str| Until {
        score: 1.0,
        of: Counted::of(task).most(),
        flat: true,
    };
    let searched = search_all(prior, tasks, settings, until, run, follow)?;
    let cancelled = searched.is_cancelled();
    let rows: Vec<GuacamolRow> = searched.done().into_iter().map(row).collect();
    let sum = rows.iter().map(|row| row.score).sum();
    let page = page::write(settings, &rows, sum)?;
    Ok(Outcome::of(cancelled, GuacamolStudy { rows, sum, page }))
}

/// The figures of one search, and a few words of them.
fn run(task: &str, seed: u64, found: &Optimized) -> (GuacamolRun, String) {
    let (ledger, counted) = (&found.ledger, Counted::of(task));
    let best = ledger.best_flat(counted.most().max(100)).into_iter();
    let scores = best.map(|place| ledger.calls()[place].judged.score);
    let scores: Vec<f64> = scores.filter(|score| !score.is_nan()).collect();
    let run = GuacamolRun {
        seed,
        score: counted.score(&scores),
        best: suite::top(&scores, 1),
        top_10: suite::top(&scores, 10),
        top_100: suite::top(&scores, 100),
        calls: ledger.calls().len(),
        seconds: found.seconds,
        curve: top_by_calls(ledger.calls(), counted.most()),
    };
    let words = format!(
        "score {:.3}, best {:.3}, {} calls",
        run.score, run.best, run.calls
    );
    (run, words)
}

fn row(Searched { task, runs }: Searched<GuacamolRun>) -> GuacamolRow {
    let scores: Vec<f64> = runs.iter().map(|run| run.score).collect();
    let (score, deviation) = mean_and_deviation(&scores);
    GuacamolRow {
        task,
        score,
        deviation,
        runs,
    }
}
