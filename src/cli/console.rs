//! The terminal as an observer of long work: bars on standard error, Ctrl-C as the wish to end.

use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use super::signals;
use crate::error::{Error, Result, rename_settings};
use crate::progress::Watch;

/// Shows stages as bars, unless quiet or without a terminal.
pub(super) struct Console {
    quiet: bool,
    interruptible: bool,
    bar: Mutex<ProgressBar>,
}

impl Console {
    /// A console on which Ctrl-C ends the program at once.
    pub(super) fn new(quiet: bool) -> Self {
        Self {
            quiet,
            interruptible: false,
            bar: Mutex::new(ProgressBar::hidden()),
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
    #[expect(clippy::print_stderr, reason = "messages to the user")]
    pub(super) fn say(&self, line: impl std::fmt::Display) {
        if !self.quiet {
            self.bar().suspend(|| eprintln!("{line}"));
        }
    }

    /// Writes an error of something beside the work, even when quiet.
    #[expect(clippy::print_stderr, reason = "messages to the user")]
    pub(super) fn complain(&self, error: &Error) {
        self.bar().suspend(|| eprintln!("error: {}", error.chain()));
    }

    /// Adds words to the end of the bar.
    pub(super) fn remark(&self, words: String) {
        self.bar().set_message(words);
    }

    /// As [`Watch::begin`], without a guess at the time that is left: the words tell it.
    pub(super) fn begin_timed(&self, stage: &str, total: u64) {
        self.show(stage, total, "{prefix} {bar:20} {percent}% {wide_msg}");
    }

    fn show(&self, stage: &str, total: u64, template: &str) {
        let mut bar = self.bar();
        bar.finish_and_clear();
        if self.quiet {
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
        self.bar().inc(count);
    }

    fn note(&self, sentence: &str) {
        self.say(format_args!(
            "note: {}",
            rename_settings(sentence, super::flag)
        ));
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
