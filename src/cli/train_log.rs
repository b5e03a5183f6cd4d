//! The events of a run as JSON lines: `train --log FILE`, and the fields of what `--log-format json` tells.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::error::{Context, Result};
use crate::progress::Outcome;
use crate::run::{Best, EndReason, Event, RunStart, StepReport, Trained};

/// An open log.
pub(super) struct TrainLog {
    path: PathBuf,
    /// None after a line that could not be written.
    file: Mutex<Option<File>>,
}

/// One line.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Line<'a> {
    /// The first step comes next.
    Start(&'a RunStart),
    /// A step is done.
    Step(&'a StepReport),
    /// The run has ended.
    End {
        step: u64,
        seconds: f64,
        reason: EndReason,
        best: Option<Best>,
    },
}

impl Line<'_> {
    /// The end of a run.
    pub(super) fn end(trained: &Trained) -> Self {
        Self::End {
            step: trained.step,
            seconds: trained.seconds,
            reason: trained.reason,
            best: trained.best,
        }
    }
}

impl TrainLog {
    /// Begins a log, or goes on with the one of the run that is resumed.
    ///
    /// # Errors
    /// Those of the operating system.
    pub(super) fn open(path: &Path, resume: bool) -> Result<Self> {
        let mut options = OpenOptions::new();
        let options = options.create(true).write(true);
        let options = if resume {
            options.append(true)
        } else {
            options.truncate(true)
        };
        let file = options.open(path);
        let file = file.with_context(|| format!("cannot write `{}`", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            file: Mutex::new(Some(file)),
        })
    }

    /// Writes an event, if it has a line.
    ///
    /// # Errors
    /// Those of the operating system, once: nothing more is written then.
    pub(super) fn event(&self, event: &Event<'_>) -> Result<()> {
        match event {
            Event::Start(start) => self.line(&Line::Start(start)),
            Event::Step(report) => self.line(&Line::Step(report)),
            Event::Data { .. } | Event::NewTokens(_) => Ok(()),
        }
    }

    /// Writes the end of the run.
    ///
    /// # Errors
    /// As [`TrainLog::event`].
    pub(super) fn end(&self, outcome: &Outcome<Trained>) -> Result<()> {
        let (Outcome::Finished(trained) | Outcome::Cancelled(trained)) = outcome;
        self.line(&Line::end(trained))
    }

    fn line(&self, line: &Line<'_>) -> Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = file.as_mut() else {
            return Ok(());
        };
        let text = serde_json::to_string(line)? + "\n";
        open.write_all(text.as_bytes()).or_else(|error| {
            *file = None;
            Err(error).with_context(|| format!("cannot write `{}`", self.path.display()))
        })
    }
}
