//! Optimization: an agent, a copy of a model, learns to write molecules of a high score.
//!
//! - `learning`: settings of the agent;
//! - `agent`: the network, its loss and its updates;
//! - `ledger`: the molecules that were paid for;
//! - `search`: the loop, in memory; `stages`: several of them, one after another;
//! - `curve`: the best so far by calls, and the area below it;
//! - `folder`: the same in a run folder that outlives an interrupt; `page`: its report.
//!
//! Knows scores as [`Score`](crate::objective::Score)s, nothing of what they are made of.

mod agent;
mod curve;
mod folder;
mod learning;
mod ledger;
mod page;
mod search;
mod stages;

pub use curve::{area_of_top, top_by_calls};
pub use folder::{OptimizeSettings, Optimized, optimize, optimize_stages};
pub use learning::Learning;
pub use ledger::{Call, Ledger};
pub use search::{Before, Found, Keeper, Place, SearchSettings, Until, search};
pub use stages::{Stage, ranked, search_stages};

use crate::progress::{StopSwitch, Unwatched, Watch};

/// Hears how far a search is.
pub trait Follow: Watch {
    /// A step is done.
    fn standing(&self, standing: &Standing) {
        let _ = standing;
    }
}

impl Follow for Unwatched {}

impl Follow for StopSwitch {}

/// How far a search is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// Steps done.
    pub step: u64,
    /// Molecules scored.
    pub calls: usize,
    /// The best score.
    pub best: f64,
    /// Mean score of the ten best.
    pub top: f64,
    /// Share of the last step's strings that are molecules, with the structure to keep if there is one.
    pub valid: f64,
    /// Bemis-Murcko scaffolds among all molecules.
    pub scaffolds: usize,
    /// Seconds since the search began or went on.
    pub seconds: f64,
}

impl std::fmt::Display for Standing {
    /// On one line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} calls, best {:.3}, top 10 {:.3}, valid {:.0} %, {} scaffolds",
            self.calls,
            self.best,
            self.top,
            100.0 * self.valid,
            self.scaffolds
        )
    }
}
