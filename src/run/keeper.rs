//! Keeps a run folder up to date, step by step, while a run goes on.

use std::fs;
use std::time::{Duration, Instant};

use super::folder::{MODEL, RunFolder, STATE};
use super::observe::{Event, Observe, StepReport};
use crate::checkpoint::{Position, State};
use crate::config::TrainingConfig;
use crate::error::{Context, Error, Result, ensure};
use crate::model::Model;
use crate::progress::Thousandths;
use crate::report::write_text;
use crate::train::history::{self, Row};
use crate::train::{Learner, Progress, Verdict};

/// Time used for training, that before a resume included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    began: Instant,
    before: Duration,
    limit: Option<Duration>,
}

impl Clock {
    fn elapsed(self) -> Duration {
        self.before + self.began.elapsed()
    }

    /// Share of the time limit that is used; 0 without one.
    pub(super) fn share_used(self) -> f64 {
        self.limit.map_or(0.0, |limit| {
            self.elapsed().as_secs_f64() / limit.as_secs_f64()
        })
    }
}

/// The state of a run and its folder.
pub(super) struct Keeper<'a> {
    folder: &'a RunFolder,
    /// Becomes the best model so far.
    model: Model,
    position: Position,
    settings: &'a TrainingConfig,
    clock: Clock,
    observer: &'a dyn Observe,
    /// Thousandths of the run that the observer heard of.
    told: Thousandths,
    history: Vec<Row>,
    /// The latest training loss.
    loss: f64,
    tokens: usize,
    first_step: u64,
    fault: Option<Error>,
    interrupted: bool,
}

/// The end of a run.
pub(super) struct Ended {
    pub(super) step: u64,
    /// Best validation loss.
    pub(super) best: Option<f64>,
    pub(super) interrupted: bool,
    pub(super) history: Vec<Row>,
}

impl<'a> Keeper<'a> {
    pub(super) fn new(
        folder: &'a RunFolder,
        model: Model,
        position: Position,
        settings: &'a TrainingConfig,
        max_minutes: Option<f64>,
        observer: &'a dyn Observe,
    ) -> Result<Self> {
        let mut rows = Vec::new();
        if position.step > 0 {
            let path = folder.path().join("history.csv");
            let context = || format!("cannot read `{}`", path.display());
            rows = history::read(fs::File::open(&path).with_context(context)?)
                .with_context(context)?;
            rows.retain(|row| row.step <= position.step);
            // It is written before the state.
            let last = rows.last().map_or(0, |row| row.step);
            ensure!(
                last == position.step,
                Input,
                "`{}` ends at step {last}, before the state at step {}: put back a copy, or train anew",
                path.display(),
                position.step
            );
        }
        observer.begin("training", 1_000);
        Ok(Self {
            clock: Clock {
                began: Instant::now(),
                before: Duration::from_secs_f64(position.seconds.max(0.0)),
                limit: max_minutes.map(|minutes| Duration::from_secs_f64(minutes.min(1e7) * 60.0)),
            },
            first_step: position.step,
            folder,
            model,
            position,
            settings,
            observer,
            told: Thousandths::default(),
            loss: rows.last().map_or(f64::NAN, |row| row.loss),
            history: rows,
            tokens: 0,
            fault: None,
            interrupted: false,
        })
    }

    pub(super) fn clock(&self) -> Clock {
        self.clock
    }

    pub(super) fn seed(&self) -> u64 {
        self.position.seed
    }

    pub(super) fn first_step(&self) -> u64 {
        self.first_step
    }

    /// Keeps what a step changed; a failed write ends the run.
    pub(super) fn observe(&mut self, progress: &Progress, learner: &mut dyn Learner) -> Verdict {
        self.step(progress, learner).unwrap_or_else(|error| {
            self.fault = Some(error);
            Verdict::Stop
        })
    }

    fn step(&mut self, progress: &Progress, learner: &mut dyn Learner) -> Result<Verdict> {
        let seconds = self.clock.elapsed().as_secs_f64();
        self.position.step = progress.step;
        self.position.seconds = seconds;
        if let Some(loss) = progress.loss {
            self.loss = loss;
            self.history.push(Row {
                step: progress.step,
                seconds,
                rate: progress.rate,
                loss,
                validation_loss: progress.validation,
            });
        }
        self.tell(progress);
        if let Some(loss) = progress.validation {
            if self.position.best.is_none_or(|best| loss < best) {
                self.position.best = Some(loss);
                self.position.waited = 0;
                self.save_model(learner)?;
            } else {
                self.position.waited += 1;
            }
            self.save_state(learner)?;
        }
        self.interrupted = self.observer.stop();
        if self.interrupted {
            if self.position.best.is_none() {
                self.save_model(learner)?;
            }
            self.save_state(learner)?;
        }
        let patience = self.settings.patience;
        let waited_enough = patience > 0 && self.position.waited >= patience;
        Ok(if self.interrupted || waited_enough {
            Verdict::Stop
        } else {
            Verdict::Continue
        })
    }

    fn tell(&mut self, progress: &Progress) {
        self.tokens += progress.tokens;
        let share = progress.step as f64 / progress.steps as f64;
        let share = share.max(self.clock.share_used()).min(1.0);
        self.told.reach(share, self.observer);
        self.observer.event(&Event::Step(StepReport {
            step: progress.step,
            steps: progress.steps,
            share,
            loss: self.loss,
            validation: progress.validation,
            best: self.position.best,
            tokens_per_second: self.tokens as f64 / self.clock.began.elapsed().as_secs_f64(),
        }));
    }

    fn save_model(&mut self, learner: &mut dyn Learner) -> Result<()> {
        self.model.set_parameters(learner.parameters())?;
        self.model.save(&self.folder.path().join(MODEL))?;
        self.folder.become_latest();
        Ok(())
    }

    fn save_state(&self, learner: &mut dyn Learner) -> Result<()> {
        let mut csv = Vec::new();
        history::write(&self.history, &mut csv)?;
        let csv = String::from_utf8(csv)?;
        write_text(&self.folder.path().join("history.csv"), &csv)?;
        let state = State {
            position: self.position.clone(),
            parameters: learner.parameters(),
            moments: learner.moments(),
        };
        state.save(&self.folder.path().join(STATE))?;
        Ok(())
    }

    /// The end of the run.
    ///
    /// # Errors
    /// The write that ended it.
    pub(super) fn finish(self) -> Result<Ended> {
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(Ended {
                step: self.position.step,
                best: self.position.best,
                interrupted: self.interrupted,
                history: self.history,
            }),
        }
    }
}
