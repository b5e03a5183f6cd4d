//! Long work beside a Python thread that stays answerable.
//!
//! The work runs on threads of its own, without the interpreter's lock. The thread that called looks in a few
//! times a second: it shows progress, answers what the work asks of Python, and on Ctrl-C tells the work to
//! end and keep what it has.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use molgpt::error::{Error, Kind, Result};
use molgpt::optimize::{Follow, Standing};
use molgpt::progress::Watch;
use molgpt::run::{Event, Observe};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::errors::{exception, raised};

/// Between two looks at the work.
const LOOK: Duration = Duration::from_millis(50);

/// Between two looks for an answer of Python.
const SHORT_LOOK: Duration = Duration::from_millis(1);

/// What the work has to say of itself.
#[derive(Debug, Default)]
struct Stage {
    name: String,
    total: u64,
    remark: String,
    notes: Vec<String>,
}

/// What the work asks of Python: the scores of molecules.
pub(crate) struct Question {
    smiles: Vec<String>,
    answer: Sender<Result<Vec<f64>>>,
}

/// The observer of one piece of work.
pub(crate) struct Watcher {
    stopped: AtomicBool,
    done: AtomicU64,
    stage: Mutex<Stage>,
    questions: Mutex<Sender<Message>>,
}

enum Message {
    Ask(Question),
    Ended,
}

impl Watcher {
    fn new() -> (Self, Receiver<Message>) {
        let (sender, receiver) = channel();
        let watcher = Self {
            stopped: AtomicBool::new(false),
            done: AtomicU64::new(0),
            stage: Mutex::default(),
            questions: Mutex::new(sender),
        };
        (watcher, receiver)
    }

    fn stage(&self) -> std::sync::MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, message: Message) {
        let sender = self
            .questions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Without a receiver nobody waits for it.
        let _ = sender.send(message);
    }

    /// Asks Python for the scores of molecules.
    pub(crate) fn ask(&self, smiles: Vec<String>) -> Result<Vec<f64>> {
        let (answer, answered) = channel();
        self.send(Message::Ask(Question { smiles, answer }));
        // What Python computes may need this thread: a score that calls this package, of a pool of one.
        loop {
            match answered.recv_timeout(SHORT_LOOK) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Timeout) => {
                    rayon::yield_now();
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::new(Kind::Cancelled, "Python went away"));
                }
            }
        }
    }

    fn remark(&self, remark: String) {
        self.stage().remark = remark;
    }
}

impl Watch for Watcher {
    fn begin(&self, stage: &str, total: u64) {
        let mut now = self.stage();
        stage.clone_into(&mut now.name);
        now.total = total;
        now.remark.clear();
        self.done.store(0, Ordering::Relaxed);
    }

    fn advance(&self, count: u64) {
        self.done.fetch_add(count, Ordering::Relaxed);
    }

    fn note(&self, sentence: &str) {
        self.stage().notes.push(sentence.to_owned());
    }

    fn stop(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

impl Observe for Watcher {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Data { audit, .. } => self.note(&audit.to_string()),
            Event::NewTokens(new) => {
                self.note(&format!("{} new tokens: {}", new.len(), new.join(" ")));
            }
            Event::Start(start) => self.note(&start.to_string()),
            Event::Step(report) => {
                if report.validation.is_some() {
                    self.note(&report.to_string());
                }
                self.remark(format!(
                    "step {}/{}, loss {:.4}",
                    report.step, report.steps, report.loss
                ));
            }
        }
    }
}

impl Follow for Watcher {
    fn standing(&self, standing: &Standing) {
        self.remark(standing.to_string());
    }
}

/// What Python hears and answers while the work goes on.
pub(crate) struct Ears<'py> {
    /// Called with the stage, what is done of it, its total, a remark, and sentences worth telling.
    pub(crate) progress: Option<Bound<'py, PyAny>>,
    /// Called with a list of SMILES; gives a list of their scores.
    pub(crate) score: Option<Bound<'py, PyAny>>,
}

impl<'py> Ears<'py> {
    /// Who hears of progress only.
    pub(crate) fn of(progress: Option<Bound<'py, PyAny>>) -> Self {
        Self {
            progress,
            score: None,
        }
    }

    fn tell(&self, watcher: &Watcher) -> PyResult<()> {
        let Some(progress) = &self.progress else {
            return Ok(());
        };
        let (name, total, remark, notes) = {
            let mut stage = watcher.stage();
            let notes = std::mem::take(&mut stage.notes);
            (stage.name.clone(), stage.total, stage.remark.clone(), notes)
        };
        let done = watcher.done.load(Ordering::Relaxed);
        progress.call1((name, done, total, remark, notes)).map(drop)
    }

    /// The scores of molecules. The function's own exceptions are its caller's to raise.
    fn answer(&self, py: Python<'py>, smiles: &[String]) -> PyResult<Vec<f64>> {
        let Some(score) = &self.score else {
            return Ok(Vec::new());
        };
        let given = score.call1((smiles,))?;
        let scores: Vec<f64> = given
            .try_iter()?
            .map(|one| one?.extract())
            .collect::<PyResult<_>>()?;
        if scores.len() == smiles.len() {
            return Ok(scores);
        }
        let message = format!(
            "argument `score` gave {} numbers for {} molecules: it must give one for each",
            scores.len(),
            smiles.len()
        );
        Err(raised(py, "InputError", message))
    }
}

/// Does the work on `threads` threads (0 for all cores). Ctrl-C, or an exception of the ears, ends the work
/// early and is raised when it has kept what it has.
pub(crate) fn work<'py, T: Send>(
    py: Python<'py>,
    threads: usize,
    ears: &Ears<'py>,
    work: impl FnOnce(&Watcher) -> Result<T> + Send,
) -> PyResult<T> {
    work_keeping(py, threads, ears, work).map_err(|(error, _)| error)
}

/// The same; beside the exception stands what the work had done when that ended it, if it could tell.
pub(crate) fn work_keeping<'py, T: Send>(
    py: Python<'py>,
    threads: usize,
    ears: &Ears<'py>,
    work: impl FnOnce(&Watcher) -> Result<T> + Send,
) -> Result<T, (PyErr, Option<T>)> {
    let pool = pool(threads).map_err(|error| (exception(py, &error), None))?;
    let (watcher, messages) = Watcher::new();
    let messages = Mutex::new(messages);
    let mut raised_by_ears: Option<PyErr> = None;
    let result = std::thread::scope(|scope| {
        let working = scope.spawn(|| {
            let result = catch_unwind(AssertUnwindSafe(|| pool.install(|| work(&watcher))));
            watcher.send(Message::Ended);
            result
        });
        loop {
            let next = py.detach(|| {
                let messages = messages.lock().unwrap_or_else(PoisonError::into_inner);
                messages.recv_timeout(LOOK)
            });
            let mut heard = py.check_signals();
            if heard.is_ok() && raised_by_ears.is_none() {
                heard = ears.tell(&watcher);
            }
            let ended = match next {
                Ok(Message::Ask(question)) => {
                    let answer = match &heard {
                        Ok(()) if raised_by_ears.is_none() => ears.answer(py, &question.smiles),
                        _ => Err(PyKeyboardInterrupt::new_err(())),
                    };
                    let answer = answer.map_err(|error| {
                        if heard.is_ok() {
                            heard = Err(error);
                        }
                        Error::new(Kind::Cancelled, "argument `score` raised an exception")
                    });
                    // Without a receiver the work has ended.
                    let _ = question.answer.send(answer);
                    false
                }
                Ok(Message::Ended) | Err(RecvTimeoutError::Disconnected) => true,
                Err(RecvTimeoutError::Timeout) => false,
            };
            if let Err(error) = heard {
                watcher.stopped.store(true, Ordering::Relaxed);
                raised_by_ears.get_or_insert(error);
            }
            if ended {
                break;
            }
        }
        working.join()
    });
    match (raised_by_ears, result) {
        (Some(error), Ok(Ok(Ok(done)))) => Err((error, Some(done))),
        (Some(error), _) => Err((error, None)),
        (None, Ok(Ok(Ok(done)))) => Ok(done),
        (None, Ok(Ok(Err(error)))) => Err((exception(py, &error), None)),
        (None, Ok(Err(panic)) | Err(panic)) => {
            let words = panic.downcast_ref::<String>().map(String::as_str);
            let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
            let message = format!("a fault of molgpt: {}", words.unwrap_or("unknown"));
            Err((raised(py, "MolgptError", message), None))
        }
    }
}

/// Threads of a pool, and the process that made it.
type Pools = Vec<(u32, usize, Arc<ThreadPool>)>;

/// The pool of this process with so many threads. A forked process has none of its parent's threads and
/// makes its own.
fn pool(threads: usize) -> Result<Arc<ThreadPool>> {
    static POOLS: Mutex<Pools> = Mutex::new(Vec::new());
    let process = std::process::id();
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let known = pools
        .iter()
        .find(|(owner, count, _)| (*owner, *count) == (process, threads));
    if let Some((_, _, pool)) = known {
        return Ok(pool.clone());
    }
    let builder = ThreadPoolBuilder::new().num_threads(threads);
    let builder = builder.thread_name(|index| format!("molgpt-{index}"));
    let pool = Arc::new(builder.build()?);
    // Pools of other processes stay: dropping one waits for threads that are not there.
    pools.push((process, threads, pool.clone()));
    Ok(pool)
}
