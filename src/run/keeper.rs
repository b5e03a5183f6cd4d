//! Keeps a run folder up to date, step by step, while a run goes on.

use std::fmt::Display;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::folder::{MODEL, RunFolder, STATE};
use super::observe::{Event, Observe, StepReport, in_words};
use super::record::{Best, EndReason, RunRecord};
use super::start::RunStart;
use crate::checkpoint::{Position, State};
use crate::chem::Molecule;
use crate::config::TrainingConfig;
use crate::error::{Context, Error, Result, ensure};
use crate::generate::{CpuGenerator, Generator, SamplingParams};
use crate::model::Model;
use crate::progress::Thousandths;
use crate::report::figures::{Losses, losses};
use crate::report::write_text;
use crate::train::history::{self, Row};
use crate::train::{Learner, Progress, Verdict};

/// Strings that are sampled at every validation.
const SAMPLED: u64 = 200;
/// The shortest time between two drawings of the losses.
const BETWEEN_PLOTS: Duration = Duration::from_secs(5);

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
    record: RunRecord,
    log: Log,
    /// The latest figures of the training steps.
    loss: f64,
    gradient_norm: Option<f64>,
    /// Sum and number of the losses since the last validation.
    losses: (f64, u32),
    /// Tokens learned from in this process, and of them those since the last row of the history.
    tokens: u64,
    new_tokens: u64,
    steps_per_epoch: u64,
    /// Share of the run that was done before this process.
    share_before: f64,
    first_step: u64,
    /// When the losses were drawn.
    plotted: Option<Instant>,
    fault: Option<Error>,
    end: Option<EndReason>,
}

/// The end of a run.
pub(super) struct Ended {
    pub(super) step: u64,
    pub(super) reason: EndReason,
    /// The best model.
    pub(super) best: Option<Best>,
    /// Seconds of training.
    pub(super) seconds: f64,
}

/// `train.log` in the run folder: what a run tells, line by line.
struct Log {
    file: fs::File,
    path: PathBuf,
}

impl Log {
    /// Begins it, or goes on with it.
    fn open(folder: &RunFolder) -> Result<Self> {
        let path = folder.path().join("train.log");
        let mut options = fs::OpenOptions::new();
        let options = options.create(true).write(true);
        let options = if folder.resumes() {
            options.append(true)
        } else {
            options.truncate(true)
        };
        let file = options.open(&path);
        let file = file.with_context(|| format!("cannot write `{}`", path.display()))?;
        Ok(Self { file, path })
    }

    fn line(&mut self, text: &dyn Display) -> Result<()> {
        let written = writeln!(self.file, "{text}");
        written.with_context(|| format!("cannot write `{}`", self.path.display()))
    }
}

impl<'a> Keeper<'a> {
    pub(super) fn new(
        folder: &'a RunFolder,
        model: Model,
        position: Position,
        settings: &'a TrainingConfig,
        start: &RunStart,
        record: RunRecord,
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
        let mut log = Log::open(folder)?;
        log.line(start)?;
        record.save(folder.path())?;
        observer.event(&Event::Start(start));
        observer.begin("training", 1_000);
        let minutes = |minutes: f64| Duration::from_secs_f64(minutes.min(1e7) * 60.0);
        let clock = Clock {
            began: Instant::now(),
            before: Duration::from_secs_f64(position.seconds.max(0.0)),
            limit: start.max_minutes.map(minutes),
        };
        let share = position.step as f64 / start.steps.max(1) as f64;
        Ok(Self {
            share_before: share.max(clock.share_used()),
            clock,
            log,
            steps_per_epoch: start.steps_per_epoch.max(1),
            record: with_best(record, &position, &rows),
            first_step: position.step,
            folder,
            model,
            position,
            settings,
            observer,
            told: Thousandths::default(),
            loss: rows.last().map_or(f64::NAN, |row| row.loss),
            gradient_norm: rows.last().and_then(|row| row.gradient_norm),
            losses: (0.0, 0),
            history: rows,
            tokens: 0,
            new_tokens: 0,
            plotted: None,
            fault: None,
            end: None,
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
        self.tokens += progress.tokens as u64;
        self.new_tokens += progress.tokens as u64;
        let interrupted = self.observer.stop();
        // The state is saved at an interrupt, and the history has to reach as far: devices tell figures only now and then.
        let figures = progress.figures;
        let figures = figures.or_else(|| interrupted.then(|| learner.training_figures(true))?);
        if let Some(figures) = figures {
            self.loss = figures.loss;
            self.gradient_norm = Some(figures.gradient_norm);
            self.losses.0 += figures.loss;
            self.losses.1 += 1;
            self.history.push(Row {
                step: progress.step,
                seconds,
                rate: progress.rate,
                loss: figures.loss,
                validation_loss: progress.validation,
                tokens: std::mem::take(&mut self.new_tokens),
                gradient_norm: self.gradient_norm,
            });
        }
        let mut valid = None;
        if let Some(loss) = progress.validation {
            let share = self.valid_share(learner)?;
            valid = Some(share);
            if self.position.best.is_none_or(|best| loss < best) {
                self.position.best = Some(loss);
                self.position.waited = 0;
                self.record.best = Some(Best {
                    step: progress.step,
                    validation_loss: loss,
                    valid: Some(share),
                });
                self.save_model(learner)?;
            } else {
                self.position.waited += 1;
            }
            self.save_state(learner)?;
        }
        self.tell(progress, valid)?;
        if interrupted {
            if self.position.best.is_none() {
                self.save_model(learner)?;
            }
            self.save_state(learner)?;
        }
        let patience = self.settings.patience;
        self.end = if progress.step == progress.steps {
            Some(EndReason::Epochs)
        } else if interrupted {
            Some(EndReason::Interrupted)
        } else if patience > 0 && self.position.waited >= patience {
            Some(EndReason::Patience)
        } else {
            None
        };
        Ok(if self.end.is_some() {
            Verdict::Stop
        } else {
            Verdict::Continue
        })
    }

    /// Share of molecules among strings that are sampled from the network as it is.
    fn valid_share(&mut self, learner: &mut dyn Learner) -> Result<f64> {
        self.model.set_parameters(learner.parameters())?;
        let params = SamplingParams {
            seed: self.position.seed,
            ..SamplingParams::default()
        };
        let samples = CpuGenerator::new(&self.model).take(SAMPLED, &params)?;
        let valid = samples
            .iter()
            .filter(|it| Molecule::parse(&it.smiles).is_ok());
        Ok(valid.count() as f64 / SAMPLED as f64)
    }

    fn tell(&mut self, progress: &Progress, valid: Option<f64>) -> Result<()> {
        let share = progress.step as f64 / progress.steps as f64;
        let share = share.max(self.clock.share_used()).min(1.0);
        let seconds = self.clock.began.elapsed().as_secs_f64();
        let done = share - self.share_before;
        let (sum, count) = self.losses;
        let report = StepReport {
            step: progress.step,
            steps: progress.steps,
            epoch: progress.step as f64 / self.steps_per_epoch as f64,
            share,
            loss: self.loss,
            mean_loss: sum / f64::from(count),
            validation: progress.validation,
            best: self.position.best,
            valid,
            rate: progress.rate,
            gradient_norm: self.gradient_norm,
            tokens: self.tokens,
            tokens_per_second: self.tokens as f64 / seconds,
            seconds: self.position.seconds,
            seconds_left: (done > 0.0).then(|| seconds * (1.0 - share) / done),
        };
        if progress.validation.is_some() {
            self.log.line(&report)?;
            self.losses = (0.0, 0);
        }
        self.told.reach(share, self.observer);
        self.observer.event(&Event::Step(report));
        Ok(())
    }

    fn save_model(&mut self, learner: &mut dyn Learner) -> Result<()> {
        self.model.set_parameters(learner.parameters())?;
        let origin = self.record.origin(self.position.step, self.position.best);
        self.model.set_origin(Some(origin));
        self.model.save(&self.folder.path().join(MODEL))?;
        self.folder.become_latest();
        Ok(())
    }

    fn save_state(&mut self, learner: &mut dyn Learner) -> Result<()> {
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
        self.note()?;
        if self.plotted.is_none_or(|at| at.elapsed() > BETWEEN_PLOTS) {
            self.plot()?;
        }
        Ok(())
    }

    /// Draws the losses so far into the folder.
    fn plot(&mut self) -> Result<()> {
        let curve = |value: fn(&Row) -> Option<f64>| -> Vec<(f64, f64)> {
            let points = self.history.iter();
            let points = points.map(|row| (row.step as f64, value(row)));
            points.filter_map(|(x, y)| Some((x, y?))).collect()
        };
        let found = Losses {
            training: curve(|row| Some(row.loss)),
            validation: curve(|row| row.validation_loss),
            steps_per_epoch: self.steps_per_epoch,
            best: self
                .record
                .best
                .map(|best| (best.step as f64, best.validation_loss)),
        };
        losses(&self.folder.path().join("loss"), &found)?;
        self.plotted = Some(Instant::now());
        Ok(())
    }

    /// Writes the record as things stand.
    fn note(&self) -> Result<()> {
        let record = RunRecord {
            step: self.position.step,
            seconds: self.position.seconds,
            ..self.record.clone()
        };
        record.save(self.folder.path())
    }

    /// Notes that an error ended the run, as far as there is a place to note it.
    pub(super) fn fail(&mut self, error: &Error) {
        self.record.end(EndReason::Failed, Some(error.chain()));
        let failed = format!("failed: {}", error.chain());
        let _ = self.log.line(&failed).and_then(|()| self.note());
    }

    /// The end of the run.
    ///
    /// # Errors
    /// The write that ended it.
    pub(super) fn finish(mut self) -> Result<Ended> {
        if let Some(fault) = self.fault.take() {
            self.fail(&fault);
            return Err(fault);
        }
        // Time ends the loop between two steps; a run that was finished before had none to go.
        let all_done = self.position.step >= self.record.steps;
        let reason = self.end.unwrap_or(if all_done {
            EndReason::Epochs
        } else {
            EndReason::Time
        });
        self.record.end(reason, None);
        self.note()?;
        self.plot()?;
        let (step, seconds) = (self.position.step, self.position.seconds);
        let time = in_words(seconds);
        self.log
            .line(&format_args!("ended at step {step} after {time}: {reason}"))?;
        Ok(Ended {
            step,
            reason,
            best: self.record.best,
            seconds,
        })
    }
}

/// The record with the best model that a resumed run has so far, which earlier versions did not note.
fn with_best(mut record: RunRecord, position: &Position, rows: &[Row]) -> RunRecord {
    let Some(validation_loss) = position.best else {
        return record;
    };
    let lowest = rows.iter().filter(|row| row.validation_loss.is_some());
    let lowest = lowest.min_by(|a, b| {
        let loss = |row: &Row| row.validation_loss.unwrap_or(f64::INFINITY);
        loss(a).total_cmp(&loss(b))
    });
    record.best = lowest.map(|row| Best {
        step: row.step,
        validation_loss,
        valid: record.best.and_then(|best| best.valid),
    });
    record
}
