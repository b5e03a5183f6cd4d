//! The terminal as an observer of long work: bars on standard error, Ctrl-C as the wish to end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use crate::error::{Error, Kind, Result};
use crate::progress::Watch;

/// Shows stages as bars, unless quiet or without a terminal.
pub(super) struct Console {
    quiet: bool,
    stop: Arc<AtomicBool>,
    bar: Mutex<ProgressBar>,
}

impl Console {
    /// A console on which Ctrl-C ends the program at once.
    pub(super) fn new(quiet: bool) -> Self {
        Self {
            quiet,
            stop: Arc::default(),
            bar: Mutex::new(ProgressBar::hidden()),
        }
    }

    /// A console whose work ends in order after the first Ctrl-C (or termination signal); the second
    /// ends the program at once. One for each process.
    pub(super) fn interruptible(quiet: bool) -> Result<Self> {
        let console = Self::new(quiet);
        let signal = Arc::clone(&console.stop);
        ctrlc::set_handler(move || {
            if signal.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        })
        .map_err(|error| Error::new(Kind::Setting, error.to_string()))?;
        Ok(console)
    }

    /// Writes a line on standard error, unless quiet. The bar gives way.
    #[expect(clippy::print_stderr, reason = "messages to the user")]
    pub(super) fn say(&self, line: impl std::fmt::Display) {
        if !self.quiet {
            self.bar().suspend(|| eprintln!("{line}"));
        }
    }

    /// Writes a line on standard error, even when quiet.
    #[expect(clippy::print_stderr, reason = "messages to the user")]
    pub(super) fn insist(&self, line: impl std::fmt::Display) {
        self.bar().suspend(|| eprintln!("{line}"));
    }

    /// Adds words to the end of the bar.
    pub(super) fn remark(&self, words: String) {
        self.bar().set_message(words);
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
        let template = "{prefix} {bar:30} {percent}% {eta} {msg}";
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        *bar = ProgressBar::new(total)
            .with_style(style)
            .with_prefix(stage.to_owned());
    }

    fn advance(&self, count: u64) {
        self.bar().inc(count);
    }

    fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.clear();
    }
}
