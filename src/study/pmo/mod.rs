//! PMO, the benchmark of practical molecular optimization (Gao et al. 2022): how soon a search finds molecules of a
//! high score.
//!
//! - `published`: figures of other programs;
//! - `page`: tables and curves.

mod page;
mod published;

use serde::Serialize;

use super::Page;
use super::common::mean_and_deviation;
use super::searches::{SearchTask, Searched, SearchesSettings, search_all};
use crate::error::Result;
use crate::model::Model;
use crate::optimize::{Follow, Optimized, Until, top_by_calls};
use crate::progress::Outcome;

/// The calls of the benchmark.
pub const PMO_CALLS: usize = 10_000;

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

/// Searches for each task and seed, and writes the page. By the rule, the prior has learned from `ZINC250k` alone, and
/// searches have [`PMO_CALLS`].
///
/// # Errors
/// Those of [`optimize`](crate::optimize::optimize); [`Kind::Cancelled`](crate::error::Kind::Cancelled) when `follow`
/// ends the work before a task is done. What was searched is kept, and gone on with by the same call.
pub fn pmo(
    prior: &Model,
    tasks: &[SearchTask],
    settings: &SearchesSettings,
    follow: &dyn Follow,
) -> Result<Outcome<PmoStudy>> {
    // Nothing is better, and the rule has the last mean hold until the end.
    let until = |_: &str| Until::ten_best(1.0);
    let searched = search_all(prior, tasks, settings, until, run, follow)?;
    let cancelled = searched.is_cancelled();
    let rows: Vec<PmoRow> = searched.done().into_iter().map(row).collect();
    let sum = rows.iter().map(|row| row.area).sum();
    let page = page::write(settings, &rows, sum)?;
    Ok(Outcome::of(cancelled, PmoStudy { rows, sum, page }))
}

/// The figures of one search, and a few words of them.
fn run(_: &str, seed: u64, found: &Optimized) -> (PmoRun, String) {
    let run = PmoRun {
        seed,
        area: found.area,
        best: found.ledger.top(1),
        top_10: found.top,
        top_100: found.ledger.top(100),
        calls: found.ledger.calls().len(),
        seconds: found.seconds,
        curve: top_by_calls(found.ledger.calls(), 10),
    };
    let words = format!(
        "area {:.3}, mean of the 10 best {:.3}",
        run.area, run.top_10
    );
    (run, words)
}

fn row(Searched { task, runs }: Searched<PmoRun>) -> PmoRow {
    let areas: Vec<f64> = runs.iter().map(|run| run.area).collect();
    let (area, deviation) = mean_and_deviation(&areas);
    PmoRow {
        task,
        area,
        deviation,
        runs,
    }
}
