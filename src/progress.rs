//! Progress and cancellation of long work.
//!
//! Knows nothing of terminals or threads: a face of the program (a command line, a notebook) shows
//! the stages as it likes.

use std::sync::atomic::{AtomicBool, Ordering};

/// Watches long work.
///
/// Methods are called from any thread, often. Each has a default that does nothing, so that an
/// implementation says only what it cares for.
pub trait Watch: Sync {
    /// A stage begins, of `total` units (molecules, rows, bytes or thousandths of a run); 0 where
    /// the total is unknown. The stage before has ended.
    fn begin(&self, stage: &str, total: u64) {
        let _ = (stage, total);
    }

    /// So many more units of the stage are done.
    fn advance(&self, count: u64) {
        let _ = count;
    }

    /// Something that a user should know, and that is no error: one sentence without a full stop.
    fn note(&self, sentence: &str) {
        let _ = sentence;
    }

    /// Whether the work should end as soon as it can. Once true, it stays true.
    fn stop(&self) -> bool {
        false
    }
}

/// No observer: the work runs to its end in silence.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {}

/// Tells a watcher how far a stage of 1,000 units is that is known as a share.
#[derive(Debug, Default)]
pub(crate) struct Thousandths(u64);

impl Thousandths {
    /// The share that is done, 0 to 1; it never falls for the watcher.
    pub(crate) fn reach(&mut self, share: f64, watch: &dyn Watch) {
        let done = (share * 1_000.0) as u64;
        watch.advance(done.saturating_sub(self.0));
        self.0 = self.0.max(done);
    }
}

/// The part of a watcher that inner work has to do with; stages stay the business of its caller.
pub(crate) struct Partly<'a> {
    pub(crate) watch: &'a dyn Watch,
    /// Whether the watcher hears of units that are done.
    pub(crate) advances: bool,
    /// Whether the watcher may end the work.
    pub(crate) stops: bool,
}

impl Watch for Partly<'_> {
    fn advance(&self, count: u64) {
        if self.advances {
            self.watch.advance(count);
        }
    }

    fn note(&self, sentence: &str) {
        self.watch.note(sentence);
    }

    fn stop(&self) -> bool {
        self.stops && self.watch.stop()
    }
}

/// A switch that ends the work which watches it: set it from any thread.
#[derive(Debug, Default)]
pub struct StopSwitch(AtomicBool);

impl StopSwitch {
    /// Asks the work to end.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Watch for StopSwitch {
    fn stop(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The outcome of work that can be cancelled.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome<T> {
    /// All of it is done.
    Finished(T),
    /// [`Watch::stop`] ended it: this much is done, and kept.
    Cancelled(T),
}

impl<T> Outcome<T> {
    /// [`Outcome::Cancelled`] or [`Outcome::Finished`].
    pub(crate) fn of(cancelled: bool, done: T) -> Self {
        if cancelled {
            Self::Cancelled(done)
        } else {
            Self::Finished(done)
        }
    }

    /// The result, complete or partial.
    pub fn done(self) -> T {
        match self {
            Self::Finished(done) | Self::Cancelled(done) => done,
        }
    }

    /// Whether the work was cancelled.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled(_))
    }

    /// The same outcome of something else.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Finished(done) => Outcome::Finished(change(done)),
            Self::Cancelled(done) => Outcome::Cancelled(change(done)),
        }
    }
}

/// [`Outcome::Cancelled`] where `watch` has asked for the end, else [`Outcome::Finished`].
pub(crate) fn outcome<T>(watch: &dyn Watch, done: T) -> Outcome<T> {
    Outcome::of(watch.stop(), done)
}
