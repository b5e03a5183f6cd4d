//! Searches of several tasks and seeds, as benchmarks of optimization ask for them: each has a folder of its own,
//! which is gone on with after an interrupt and not made again.
//!
//! - `page`: what the pages of these benchmarks have in common.
//!
//! Knows nothing of the scores, which are given, nor of how a benchmark judges what was found.

mod page;

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::model::Model;
use crate::objective::Score;
use crate::optimize::{
    Follow, Learning, OptimizeSettings, Optimized, SearchSettings, Standing, Until, optimize,
};
use crate::progress::{Outcome, Watch};
use crate::run::RunFolder;

pub(super) use page::{Curves, Row, Told, curves, seeds_in_words, table};

/// Settings of a study of searches.
#[derive(Debug, Clone)]
pub struct SearchesSettings {
    /// Random seeds, each a repetition of all tasks.
    pub seeds: Vec<u64>,
    /// Molecules to score in each search.
    pub calls: usize,
    /// How the agent learns.
    pub learning: Learning,
    /// The name of the prior, for the page.
    pub prior: String,
    /// Folder for the page and the searches.
    pub output: PathBuf,
    /// The request: printed on the page, not interpreted.
    pub command: String,
}

/// A task of a benchmark.
pub struct SearchTask {
    /// Its name.
    pub name: String,
    /// Its score, 0 to 1.
    pub score: Box<dyn Score>,
}

/// A task whose seeds are all searched.
pub(super) struct Searched<R> {
    pub(super) task: String,
    /// What was made of what was found, by seed.
    pub(super) runs: Vec<R>,
}

/// Searches for each task and seed, in order.
///
/// `until` says when the search of a task may end early; `judge` makes something of what was found, and a few words
/// for the watcher.
///
/// # Errors
/// Those of [`optimize`]; [`Kind::Cancelled`](crate::error::Kind::Cancelled) when `follow` ends the work before a task
/// is done. What was searched is kept, and gone on with by the same call.
pub(super) fn search_all<R>(
    prior: &Model,
    tasks: &[SearchTask],
    settings: &SearchesSettings,
    until: impl Fn(&str) -> Until,
    judge: impl Fn(&str, u64, &Optimized) -> (R, String),
    follow: &dyn Follow,
) -> Result<Outcome<Vec<Searched<R>>>> {
    super::usable_folder(&settings.output)?;
    let mut searched = Vec::new();
    let mut cancelled = false;
    'tasks: for task in tasks {
        let mut runs = Vec::new();
        for &seed in &settings.seeds {
            let outcome = one(prior, task, seed, settings, until(&task.name), follow)?;
            cancelled |= outcome.is_cancelled();
            if cancelled {
                break 'tasks;
            }
            let found = outcome.done();
            let (run, words) = judge(&task.name, seed, &found);
            follow.note(&format!(
                "{}, seed {seed}: {words}, {}",
                task.name,
                crate::run::in_words(found.seconds)
            ));
            runs.push(run);
        }
        let task = task.name.clone();
        searched.push(Searched { task, runs });
    }
    if searched.is_empty() {
        return Err(Error::cancelled());
    }
    Ok(Outcome::of(cancelled, searched))
}

/// One search, begun or gone on with.
fn one(
    prior: &Model,
    task: &SearchTask,
    seed: u64,
    settings: &SearchesSettings,
    until: Until,
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
            conditions: Vec::new(),
            until: Some(until),
        },
        score: task.name.clone(),
        prior: settings.prior.clone(),
        overwrite: !is_begun,
        known: None,
        command: settings.command.clone(),
    };
    let stage = format!("{}, seed {seed}", task.name);
    let named = Named { follow, stage };
    optimize(prior, &*task.score, &settings, &folder, &named)
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
