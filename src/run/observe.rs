//! Events of a training run, for whoever waits for it.

use crate::corpus::Audit;
use crate::progress::{StopSwitch, Unwatched, Watch};

/// Hears of a training run.
pub trait Observe: Watch {
    /// Something worth telling happened.
    fn event(&self, event: &Event<'_>) {
        let _ = event;
    }
}

impl Observe for Unwatched {}

impl Observe for StopSwitch {}

/// An event of a training run.
#[derive(Debug)]
pub enum Event<'a> {
    /// The molecules are read, cleaned and split.
    Data {
        /// Counts of kept rows and of others.
        audit: &'a Audit,
        /// Optimizer steps per epoch.
        steps_per_epoch: u64,
    },
    /// The vocabulary of the model that is fine-tuned got further tokens.
    NewTokens(&'a [String]),
    /// An optimizer step is done.
    Step(StepReport),
}

/// The progress of a run after a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepReport {
    /// Steps done, those before a resume included.
    pub step: u64,
    /// Steps that the whole run takes, unless time or patience ends it.
    pub steps: u64,
    /// Share of the run that is done, 0 to 1: of its steps or of its time, whichever is further.
    pub share: f64,
    /// Latest mean training loss in nats per token; NaN before the first.
    pub loss: f64,
    /// Validation loss in nats per token, where this step had one.
    pub validation: Option<f64>,
    /// Best validation loss so far.
    pub best: Option<f64>,
    /// Real tokens per second of this process.
    pub tokens_per_second: f64,
}
