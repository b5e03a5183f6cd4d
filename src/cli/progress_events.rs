//! Progress as events, for programs that read standard error: in place of bars.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

use super::messages::{Level, tell};

/// The time between two events at least; after about so long there is one even if nothing more is done.
const EVERY: Duration = Duration::from_secs(5);

/// Between two looks at the clock.
const LOOK: Duration = Duration::from_millis(500);

/// Tells of the stage that is under way until it is dropped.
pub(super) struct ProgressEvents {
    now: Arc<Now>,
    /// Its end ends the thread.
    _alive: Sender<Infallible>,
}

#[derive(Default)]
struct Now {
    stage: Mutex<Option<Stage>>,
    done: AtomicU64,
    told: Mutex<Option<Instant>>,
}

struct Stage {
    name: String,
    /// 0 where it is unknown.
    total: u64,
    remark: String,
    fields: Value,
}

/// The fields of an event.
#[derive(Serialize)]
struct Fields<'a> {
    event: &'static str,
    stage: &'a str,
    done: u64,
    /// Null where it is unknown.
    total: Option<u64>,
    #[serde(flatten, skip_serializing_if = "Value::is_null")]
    more: &'a Value,
}

impl ProgressEvents {
    pub(super) fn new() -> Self {
        let now = Arc::new(Now::default());
        let (alive, end) = channel::<Infallible>();
        let of_thread = Arc::clone(&now);
        // Without the thread there is an event at the begin of a stage only.
        let _ = std::thread::Builder::new()
            .name("progress".to_owned())
            .spawn(move || {
                while end.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                    of_thread.tell_if_due();
                }
            });
        Self { now, _alive: alive }
    }

    /// A stage begins, of `total` units; 0 where that is unknown.
    pub(super) fn begin(&self, name: &str, total: u64) {
        let stage = Stage {
            name: name.to_owned(),
            total,
            remark: String::new(),
            fields: Value::Null,
        };
        {
            let mut now = self.now.stage();
            self.now.done.store(0, Ordering::Relaxed);
            *now = Some(stage);
        }
        self.now.tell_if_due();
    }

    /// So many more units are done.
    pub(super) fn advance(&self, count: u64) {
        self.now.done.fetch_add(count, Ordering::Relaxed);
    }

    /// What the next event says beside that.
    pub(super) fn remark(&self, words: String, fields: Value) {
        if let Some(stage) = &mut *self.now.stage() {
            (stage.remark, stage.fields) = (words, fields);
        }
    }

    /// The stage has ended.
    pub(super) fn end(&self) {
        *self.now.stage() = None;
    }
}

impl Now {
    fn stage(&self) -> std::sync::MutexGuard<'_, Option<Stage>> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_if_due(&self) {
        let stage = self.stage();
        let Some(stage) = &*stage else { return };
        {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.is_some_and(|told| told.elapsed() < EVERY) {
                return;
            }
            *told = Some(Instant::now());
        }
        let message = match stage.remark.as_str() {
            "" => stage.name.clone(),
            remark => format!("{}: {remark}", stage.name),
        };
        let fields = Fields {
            event: "progress",
            stage: &stage.name,
            done: self.done.load(Ordering::Relaxed),
            total: Some(stage.total).filter(|total| *total > 0),
            more: &stage.fields,
        };
        tell(Level::Info, &message, fields);
    }
}
