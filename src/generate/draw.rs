//! Drawing until enough molecules are accepted.
//!
//! Knows nothing of where molecules go: the caller takes each window of accepted ones, with the
//! state from which another process goes on.

use serde::{Deserialize, Serialize};

use super::{Acceptance, AcceptanceFilter, Generator, Sample, SamplingParams, Yield};
use crate::error::{Result, ensure};
use crate::progress::{Outcome, Partly, Watch};

/// Settings of a draw: the number of molecules and the conditions of acceptance.
#[derive(Debug, Clone, Default)]
pub struct DrawSettings {
    /// Molecules to accept.
    pub n: u64,
    /// Index of the first molecule, above 0 for a shard.
    pub first: u64,
    /// The conditions of acceptance.
    pub acceptance: Acceptance,
    /// Most indices to draw where conditions reject some [default: 10 `n` + 10,000; with wishes
    /// 100 `n` + 100,000].
    pub max_draws: Option<u64>,
    /// Whether cancelling waits for the window in flight (some seconds), instead of keeping only
    /// its first molecules, those written by then without a gap.
    pub finish_windows: bool,
}

/// The state of a draw.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawState {
    /// The index that comes next.
    #[serde(rename = "start")]
    pub next: u64,
    /// Counts so far.
    #[serde(rename = "tally")]
    pub counts: Yield,
}

impl DrawState {
    /// The state before anything is drawn, from this index on.
    pub(crate) fn at(next: u64) -> Self {
        Self {
            next,
            counts: Yield::default(),
        }
    }
}

/// The result of a draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Molecules that were accepted: fewer than asked for where the draws were used up.
    pub kept: u64,
    /// Indices that were drawn.
    pub draws: u64,
    /// Counts of drawn texts by outcome.
    pub counts: Yield,
}

/// Draws windows of indices until `n` molecules are accepted, or the draws are used up.
///
/// `before` is the state of an interrupted draw and the texts that it accepted, to go on from.
/// `take` gets the accepted molecules of each window in order, and the state after it. What is
/// accepted does not depend on windows, batches or threads.
///
/// # Errors
/// Those of the generator and of `take`; a state with more molecules than asked for; and unlike
/// molecules of a greedy draw, which has but one.
pub fn draw(
    generator: &dyn Generator,
    params: &SamplingParams,
    settings: &DrawSettings,
    before: Option<(DrawState, &[String])>,
    take: &mut dyn FnMut(&[Sample], &DrawState) -> Result<()>,
    watch: &dyn Watch,
) -> Result<Outcome<Drawn>> {
    let n = settings.n;
    ensure!(
        n <= 1 || !(params.is_greedy() && settings.acceptance.unique),
        Setting,
        "setting `temperature` 0 always writes the same molecule, which setting `unique` keeps once: \
         ask for 1, or raise setting `temperature`"
    );
    let rejects = !settings.acceptance.takes_all();
    let most = if rejects {
        let default = n.saturating_mul(10).saturating_add(10_000);
        let default = if settings.acceptance.wishes.is_empty() {
            default
        } else {
            default.saturating_mul(10)
        };
        settings
            .first
            .saturating_add(settings.max_draws.unwrap_or(default))
    } else {
        settings.first.saturating_add(n)
    };
    let (mut state, known) = before.unwrap_or((DrawState::at(settings.first), &[]));
    let acceptance = settings.acceptance.clone();
    let mut filter = AcceptanceFilter::resume(acceptance, &state.counts, known);
    let mut kept = state.counts.kept;
    ensure!(
        kept <= n,
        Setting,
        "there are {kept} molecules already: ask for at least as many"
    );
    watch.begin("sampling", n);
    watch.advance(kept);
    let heard = Partly {
        watch,
        advances: !rejects,
        stops: !settings.finish_windows,
    };
    let mut cancelled = false;
    while kept < n && state.next < most && !cancelled {
        if watch.stop() {
            cancelled = true;
            break;
        }
        let window = next_window(&filter.counts(), n - kept, generator.window());
        let end = most.min(state.next + window);
        let outcome = generator.generate(params, state.next..end, &heard)?;
        cancelled = outcome.is_cancelled();
        let samples = outcome.done();
        state.next += samples.len() as u64;
        let accepted = filter.keep(samples, n - kept);
        kept += accepted.len() as u64;
        state.counts = filter.counts();
        take(&accepted, &state)?;
        if rejects {
            watch.advance(accepted.len() as u64);
        }
    }
    let drawn = Drawn {
        kept,
        draws: state.next - settings.first,
        counts: filter.counts(),
    };
    Ok(Outcome::of(cancelled && kept < n, drawn))
}

/// The number of molecules to draw next for so many that are missing, by the acceptance rate so
/// far.
fn next_window(counts: &Yield, missing: u64, most: u64) -> u64 {
    /// Fewer than this leave cores idle.
    const LEAST: u64 = 512;
    let share = (counts.kept.max(1) as f64 / counts.drawn.max(1) as f64).clamp(0.01, 1.0);
    let share = if counts.drawn == 0 { 1.0 } else { share };
    let draws = (missing as f64 / share * 1.05).ceil() as u64;
    let least = if share < 1.0 { LEAST } else { 1 };
    draws.max(least).min(most)
}
