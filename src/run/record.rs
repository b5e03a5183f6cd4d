//! The record of a run, `run.json` in its folder: what was trained on what, by which program, when, and
//! how it ended.

use std::fmt;
use std::path::Path;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::start::RunStart;
use crate::error::{Context, Result};
use crate::model::Origin;
use crate::report::write_text;
use crate::store;

/// Name in the run folder.
const NAME: &str = "run.json";

/// Bytes of a record at most.
const LONGEST: u64 = 1 << 20;

/// Version of the layout; it rises when a field changes its meaning or goes.
const FORMAT: u32 = 1;

/// The reason for which a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// All epochs are done.
    Epochs,
    /// The time allowed is over.
    Time,
    /// The validation loss did not improve for as long as the settings wait.
    Patience,
    /// Its watcher ended it.
    Interrupted,
    /// An error ended it.
    Failed,
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Epochs => "all epochs are done",
            Self::Time => "its time is over",
            Self::Patience => "the validation loss no longer falls",
            Self::Interrupted => "it was interrupted",
            Self::Failed => "an error ended it",
        })
    }
}

/// A run that was gone on with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resumed {
    /// Time in UTC, as RFC 3339 has it.
    pub at: String,
    /// Steps that were done by then.
    pub step: u64,
    /// The command or call.
    pub command: String,
}

/// The best model of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Steps that led to it.
    pub step: u64,
    /// Its validation loss in nats per token.
    pub validation_loss: f64,
    /// Share of molecules among 200 strings sampled from it; none in records of earlier versions.
    #[serde(default)]
    pub valid: Option<f64>,
}

/// The record of a run. Times are in UTC, as RFC 3339 has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Version of the layout.
    pub format: u32,
    /// The file of molecules, as it was named.
    pub data: String,
    /// Its rows.
    pub rows: usize,
    /// Molecules trained on.
    pub training: usize,
    /// Molecules held out.
    pub held_out: usize,
    /// SHA-256 of both, one a line.
    pub digest: String,
    /// The model that was fine-tuned, as it was named.
    pub parent: Option<String>,
    /// Seed of weights, batches, dropout and spellings.
    pub seed: u64,
    /// The command or call that began it.
    pub command: String,
    /// Version of the program.
    pub version: String,
    /// The commit that it was built from.
    pub commit: String,
    /// The device.
    pub device: String,
    /// Threads of the pool.
    pub threads: usize,
    /// When it began.
    pub started: String,
    /// When it was gone on with, each time.
    pub resumed: Vec<Resumed>,
    /// When it ended; none while it goes on, and of a process that was killed.
    pub ended: Option<String>,
    /// Why it ended.
    pub reason: Option<EndReason>,
    /// The error that ended it.
    pub failure: Option<String>,
    /// Steps done when this was written.
    pub step: u64,
    /// Steps of the whole run.
    pub steps: u64,
    /// Seconds of training by then.
    pub seconds: f64,
    /// The best model, whose weights `model.safetensors` has.
    pub best: Option<Best>,
}

impl RunRecord {
    /// The record of a run that begins, or of the one in the folder that is gone on with.
    pub(super) fn begin(
        folder: &Path,
        start: &RunStart,
        digest: &str,
        command: &str,
    ) -> Result<Self> {
        let before = if start.first_step > 0 {
            Self::load(folder)?
        } else {
            None
        };
        let resumed = start.first_step > 0;
        let mut record = before.unwrap_or_else(|| Self {
            format: FORMAT,
            data: start.data.display().to_string(),
            rows: start.rows,
            training: start.training,
            held_out: start.held_out,
            digest: digest.to_owned(),
            parent: start.parent.clone(),
            seed: start.seed,
            command: command.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: env!("MOLGPT_COMMIT").to_owned(),
            device: String::new(),
            threads: 0,
            started: now(),
            resumed: Vec::new(),
            ended: None,
            reason: None,
            failure: None,
            step: 0,
            steps: 0,
            seconds: 0.0,
            best: None,
        });
        if resumed {
            record.resumed.push(Resumed {
                at: now(),
                step: start.first_step,
                command: command.to_owned(),
            });
        }
        (record.ended, record.reason, record.failure) = (None, None, None);
        (record.step, record.steps) = (start.first_step, start.steps);
        record.device.clone_from(&start.device);
        record.threads = start.threads;
        Ok(record)
    }

    /// The record in a run folder, if there is one: earlier versions wrote none.
    ///
    /// # Errors
    /// A file that cannot be read, or is no record.
    pub fn load(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(NAME);
        if !path.exists() {
            return Ok(None);
        }
        let context = || format!("cannot read `{}`", path.display());
        let text = store::read_text(&path, LONGEST).with_context(context)?;
        Ok(Some(serde_json::from_str(&text).with_context(context)?))
    }

    pub(super) fn save(&self, folder: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        Ok(write_text(&folder.join(NAME), &text)?)
    }

    /// Notes the end.
    pub(super) fn end(&mut self, reason: EndReason, failure: Option<String>) {
        self.ended = Some(now());
        (self.reason, self.failure) = (Some(reason), failure);
    }

    /// What the model file says of it, for weights after so many steps.
    pub(super) fn origin(&self, step: u64, validation_loss: Option<f64>) -> Origin {
        Origin {
            data: name(&self.data),
            rows: self.rows,
            digest: self.digest.clone(),
            parent: self.parent.as_deref().map(name),
            seed: self.seed,
            step,
            validation_loss,
            program: format!("{} ({})", self.version, self.commit),
        }
    }
}

/// The last part of a path that tells files apart: folders are nobody's business.
fn name(path: &str) -> String {
    let path = Path::new(path);
    let is_model = path
        .file_name()
        .is_some_and(|name| name == super::folder::MODEL);
    let path = path.parent().filter(|_| is_model).unwrap_or(path);
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// The time, to the second.
fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_folders() {
        #[track_caller]
        fn check(path: &str, expected: &str) {
            assert_eq!(name(path), expected);
        }
        check("a/b.csv", "b.csv");
        check("-", "-");
        check("runs/one", "one");
        check("runs/one/model.safetensors", "one");
        check("other.safetensors", "other.safetensors");
    }

    #[test]
    fn times_are_of_seconds_in_utc() {
        let now = now();
        assert!(now.ends_with('Z') && now.len() == "2026-01-01T00:00:00Z".len());
    }
}
