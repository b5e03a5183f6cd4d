//! The terminal as an observer of long work: bars on standard error, or events for programs that read it;
//! Ctrl-C as the wish to end.

use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::messages::{self, Level, NoFields, OfError};
use super::progress_events::ProgressEvents;
use super::signals;
use crate::error::{Error, Result, rename_settings};
use crate::progress::Watch;

/// Shows stages as bars, unless quiet or without a terminal; to programs as events, unless quiet.
pub(super) struct Console {
    quiet: bool,
    interruptible: bool,
    bar: Mutex<ProgressBar>,
    events: Option<ProgressEvents>,
}

impl Console {
    /// A console on which Ctrl-C ends the program at once.
    pub(super) fn new(quiet: bool) -> Self {
        Self {
            quiet,
            interruptible: false,
            bar: Mutex::new(ProgressBar::hidden()),
            events: (messages::are_json() && !quiet).then(ProgressEvents::new),
        }
    }

    /// A console whose work ends in order after the first Ctrl-C (or termination signal); the second
    /// ends the program at once. One for each process.
    pub(super) fn interruptible(quiet: bool) -> Result<Self> {
        signals::listen()?;
        let mut console = Self::new(quiet);
        console.interruptible = true;
        Ok(console)
    }

    /// Writes a line on standard error, unless quiet. The bar gives way.
    pub(super) fn say(&self, line: impl std::fmt::Display) {
        self.tell(line, NoFields {});
    }

    /// The same, with what it says in fields, for programs.
    pub(super) fn tell(&self, line: impl std::fmt::Display, fields: impl Serialize) {
        self.write(Level::Info, &line.to_string(), fields);
    }

    fn write(&self, level: Level, message: &str, fields: impl Serialize) {
        if !self.quiet {
            let told = || messages::tell(level, message, fields);
            self.bar().suspend(told);
        }
    }

    /// Writes an error of something beside the work, even when quiet.
    pub(super) fn complain(&self, error: &Error) {
        let fields = OfError::of(error.kind().name(), None);
        let told = || messages::tell(Level::Error, &error.chain(), fields);
        self.bar().suspend(told);
    }

    /// Adds words to the end of the bar.
    pub(super) fn remark(&self, words: String) {
        self.remark_with(words, NoFields {});
    }

    /// The same, with what they say in fields, for programs.
    pub(super) fn remark_with(&self, words: String, fields: impl Serialize) {
        match &self.events {
            Some(events) => {
                events.remark(words, serde_json::to_value(fields).unwrap_or_default());
            }
            None => self.bar().set_message(words),
        }
    }

    /// As [`Watch::begin`], without a guess at the time that is left: the words tell it.
    pub(super) fn begin_timed(&self, stage: &str, total: u64) {
        self.show(stage, total, "{prefix} {bar:20} {percent}% {wide_msg}");
    }

    fn show(&self, stage: &str, total: u64, template: &str) {
        if let Some(events) = &self.events {
            events.begin(stage, total);
            return;
        }
        let mut bar = self.bar();
        bar.finish_and_clear();
        if self.quiet || messages::are_json() {
            return;
        }
        if total == 0 {
            *bar = ProgressBar::new_spinner().with_message(stage.to_owned());
            bar.enable_steady_tick(std::time::Duration::from_millis(100));
            return;
        }
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        *bar = ProgressBar::new(total)
            .with_style(style)
            .with_prefix(stage.to_owned());
    }

    /// Removes the bar of the last stage.
    pub(super) fn clear(&self) {
        if let Some(events) = &self.events {
            events.end();
        }
        self.bar().finish_and_clear();
    }

    fn bar(&self) -> std::sync::MutexGuard<'_, ProgressBar> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Console {
    fn begin(&self, stage: &str, total: u64) {
        self.show(
            stage,
            total,
            "{prefix} {bar:20} {percent}% {eta} {wide_msg}",
        );
    }

    fn advance(&self, count: u64) {
        match &self.events {
            Some(events) => events.advance(count),
            None => self.bar().inc(count),
        }
    }

    fn note(&self, sentence: &str) {
        let sentence = rename_settings(sentence, super::flag);
        self.write(Level::Warning, &sentence, NoFields {});
    }

    fn stop(&self) -> bool {
        self.interruptible && signals::caught()
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.clear();
    }
}
