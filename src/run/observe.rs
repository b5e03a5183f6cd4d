//! Events of a training run, for whoever waits for it.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::start::RunStart;
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
    /// The first step comes next.
    Start(&'a RunStart),
    /// An optimizer step is done.
    Step(StepReport),
}

/// The progress of a run after a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StepReport {
    /// Steps done, those before a resume included.
    pub step: u64,
    /// Steps that the whole run takes, unless time or patience ends it.
    pub steps: u64,
    /// Passes over the molecules that are done.
    pub epoch: f64,
    /// Share of the run that is done, 0 to 1: of its steps or of its time, whichever is further.
    pub share: f64,
    /// Latest mean training loss in nats per token; NaN before the first.
    pub loss: f64,
    /// Mean of the training losses since the last validation; NaN where none was told.
    pub mean_loss: f64,
    /// Validation loss in nats per token, where this step had one.
    pub validation: Option<f64>,
    /// Best validation loss so far.
    pub best: Option<f64>,
    /// Share of molecules among 200 strings sampled from the network, where this step had a validation.
    pub valid: Option<f64>,
    /// Learning rate of this step.
    pub rate: f64,
    /// Latest norm of the gradient before it was scaled down.
    pub gradient_norm: Option<f64>,
    /// Real tokens learned from in this process.
    pub tokens: u64,
    /// The same per second.
    pub tokens_per_second: f64,
    /// Seconds of training, those before a resume included.
    pub seconds: f64,
    /// Seconds that are left at this pace, where that can be told.
    pub seconds_left: Option<f64>,
}

impl fmt::Display for StepReport {
    /// One line, for a validation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            step,
            steps,
            epoch,
            mean_loss,
            tokens_per_second,
            ..
        } = self;
        write!(
            f,
            "step {step}/{steps}, epoch {epoch:.2}, loss {mean_loss:.4}"
        )?;
        if let Some(validation) = self.validation {
            let is_best = self.best.is_none_or(|best| validation <= best);
            let mark = if is_best { " (best)" } else { "" };
            write!(f, ", validation {validation:.4}{mark}")?;
        }
        if let Some(valid) = self.valid {
            write!(f, ", valid {:.1} %", 100.0 * valid)?;
        }
        let elapsed = in_words(self.seconds);
        write!(f, ", {tokens_per_second:.0} tokens/s, {elapsed} elapsed")?;
        match self.seconds_left {
            Some(left) => write!(f, ", {} left", in_words(left)),
            None => Ok(()),
        }
    }
}

/// A time in hours, minutes and whole seconds.
pub fn in_words(seconds: f64) -> String {
    let seconds = seconds.clamp(0.0, 1e12).round();
    humantime::format_duration(Duration::from_secs(seconds as u64)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validation_is_one_line() {
        let report = StepReport {
            step: 500,
            steps: 2_340,
            epoch: 0.641,
            share: 0.25,
            loss: 0.9,
            mean_loss: 0.70123,
            validation: Some(0.7031),
            best: Some(0.7031),
            valid: Some(0.935),
            rate: 1e-3,
            gradient_norm: Some(0.5),
            tokens: 1_000,
            tokens_per_second: 61_234.4,
            seconds: 80.3,
            seconds_left: Some(290.0),
        };
        assert_eq!(
            report.to_string(),
            "step 500/2340, epoch 0.64, loss 0.7012, validation 0.7031 (best), valid 93.5 %, 61234 tokens/s, 1m 20s elapsed, 4m 50s left"
        );
        let worse = StepReport {
            best: Some(0.5),
            seconds_left: None,
            ..report
        };
        assert_eq!(
            worse.to_string(),
            "step 500/2340, epoch 0.64, loss 0.7012, validation 0.7031, valid 93.5 %, 61234 tokens/s, 1m 20s elapsed"
        );
    }
}
