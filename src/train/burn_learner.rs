//! Learning by burn's own operations on one or several devices of any burn backend: the reference
//! on CPU, and the way to train on CUDA.
//!
//! Each device has a thread of its own with a replica of the network, so the caller prepares the
//! next batch while the devices compute, and waits for them only where a number is asked for.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use burn::module::Module;
use burn::tensor::backend::AutodiffBackend;

use super::device_optimizer::DeviceOptimizer;
use super::learner::{Learner, TrainingFigures};
use super::replica::Replica;
use crate::config::TrainingConfig;
use crate::corpus::{Batch, Sequence, targets};
use crate::model::{Gpt, Layout, Shape, network};

/// Steps whose losses are read together: reading waits for the device.
const STEPS_PER_READ: usize = 16;

/// Batches that may wait for a device.
const AHEAD: usize = 2;

/// Work for a replica.
enum Work {
    Learn {
        pieces: Vec<Batch>,
        targets: usize,
        step: u64,
        rate: f64,
    },
    Figures(SyncSender<[f64; 2]>),
    Loss(Vec<Batch>, SyncSender<f64>),
    Parameters(SyncSender<Vec<f32>>),
    Moments(SyncSender<[Vec<f32>; 2]>),
}

/// Precision and shapes of burn's computation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Computing {
    /// Matrix products in bfloat16; everything else stays in single computing.
    pub half_products: bool,
    /// Lengths of batches are multiples of this, so that a device sees few shapes and tunes its
    /// kernels for each once.
    pub lengths: usize,
    /// Molecules whose gradient a device computes at once: a larger share of a batch is computed in
    /// pieces, with the same result.
    pub rows_at_once: usize,
}

impl Computing {
    /// Single precision, and no padding beyond the longest molecule.
    pub const SINGLE: Self = Self {
        half_products: false,
        lengths: 1,
        rows_at_once: usize::MAX,
    };

    /// Single precision, with few shapes of batches.
    pub const PADDED: Self = Self {
        lengths: 16,
        ..Self::SINGLE
    };

    /// Settings that are fast on GPUs.
    pub const HALF: Self = Self {
        half_products: true,
        ..Self::PADDED
    };
}

/// The state from which a run starts or resumes.
#[derive(Debug, Clone)]
pub struct Start {
    /// All parameters, in the order of [`Layout`].
    pub parameters: Vec<f32>,
    /// The optimizer's moments, in the same order.
    pub moments: [Vec<f32>; 2],
    /// Of dropout.
    pub seed: u64,
}

impl Start {
    /// From these parameters, without moments yet.
    pub fn fresh(parameters: Vec<f32>, seed: u64) -> Self {
        let moments = [(); 2].map(|()| vec![0.0; parameters.len()]);
        Self {
            parameters,
            moments,
            seed,
        }
    }
}

/// A thread with a replica.
struct Worker {
    work: Option<SyncSender<Work>>,
    thread: Option<JoinHandle<()>>,
}

/// Replicas that learn together, each from its share of every batch.
pub struct BurnLearner {
    workers: Vec<Worker>,
    rows: usize,
    context: usize,
    computing: Computing,
    /// Steps since losses were told.
    untold: usize,
}

impl BurnLearner {
    /// A learner on all of these devices; a processor may be named several times.
    ///
    /// # Panics
    /// When there is no device.
    pub fn new<B: AutodiffBackend>(
        shape: &Shape,
        settings: &TrainingConfig,
        start: &Start,
        devices: &[B::Device],
        computing: Computing,
    ) -> Self {
        let layout = Layout::new(shape);
        let count = devices.len();
        assert!(count > 0, "a learner needs a device");
        let mut first: Option<Gpt<B>> = None;
        let workers = devices.iter().enumerate().map(|(index, device)| {
            // Forks have the names of the first one's parameters, by which gradients meet.
            let network = first.get_or_insert_with(|| {
                network(shape, &start.parameters, device)
                    .with_half_products(computing.half_products)
            });
            let network = network.clone().fork(device);
            let optimizer = DeviceOptimizer::new(
                &layout,
                settings,
                &start.parameters,
                &start.moments,
                computing.half_products,
                device,
            );
            let mut replica = Replica::new(network, optimizer, start.seed, device.clone(), index);
            let (work, queue) = sync_channel(AHEAD);
            let serve = move || {
                replica.join(index, count);
                serve(replica, &queue);
            };
            Worker {
                work: Some(work),
                thread: Some(std::thread::spawn(serve)),
            }
        });
        Self {
            workers: workers.collect(),
            rows: settings.batch_size.div_ceil(count),
            context: shape.config.context,
            computing,
            untold: 0,
        }
    }

    /// Deals sequences to the replicas, like lengths to each, and cuts their shares into pieces: in
    /// rectangles of few shapes.
    fn deal(&self, sequences: &[Sequence<'_>]) -> Vec<Vec<Batch>> {
        let count = self.workers.len();
        let longest = sequences.iter().map(Sequence::inputs).max();
        let longest = longest.unwrap_or(0).max(1);
        let time = longest.next_multiple_of(self.computing.lengths);
        let time = time.min(self.context).max(longest);
        let most = self.computing.rows_at_once.max(1);
        let rows = if self.computing.lengths > 1 {
            self.rows.min(most)
        } else {
            1
        };
        let share = |index: usize| {
            let share = sequences.iter().skip(index).step_by(count);
            let share: Vec<Sequence<'_>> = share.copied().collect();
            if share.is_empty() {
                // Replicas sum their gradients together: each has one, if only of padding.
                return vec![Batch::padded(&[], rows, time)];
            }
            let pieces = share.chunks(most.min(share.len()));
            pieces
                .map(|piece| Batch::padded(piece, rows, time))
                .collect()
        };
        (0..count).map(share).collect()
    }

    fn send(&mut self, index: usize, work: Work) {
        let worker = &mut self.workers[index];
        let sent = worker.work.as_ref().map(|queue| queue.send(work));
        if !matches!(sent, Some(Ok(()))) {
            worker.fail();
        }
    }

    /// Gives a worker work that answers.
    fn ask<T>(&mut self, index: usize, work: impl FnOnce(SyncSender<T>) -> Work) -> Receiver<T> {
        let (answer, receiver) = sync_channel(1);
        self.send(index, work(answer));
        receiver
    }

    /// Waits for a worker's answer.
    fn wait<T>(&mut self, index: usize, answer: &Receiver<T>) -> T {
        answer.recv().unwrap_or_else(|_| self.workers[index].fail())
    }

    fn sum(&mut self, answers: &[Receiver<f64>]) -> f64 {
        let answers = answers.iter().enumerate();
        answers
            .map(|(index, answer)| self.wait(index, answer))
            .sum()
    }
}

impl Worker {
    /// The thread is gone: goes on with its panic, whose message says why.
    fn fail(&mut self) -> ! {
        self.work = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            _ => panic!("a device ended its work"),
        }
    }
}

impl Drop for BurnLearner {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            worker.work = None;
        }
        for worker in &mut self.workers {
            if let Some(thread) = worker.thread.take() {
                // A panic was told when it happened.
                let _ = thread.join();
            }
        }
    }
}

impl Learner for BurnLearner {
    fn learn(&mut self, sequences: &[Sequence<'_>], step: u64, rate: f64) {
        let targets = targets(sequences);
        for (index, pieces) in self.deal(sequences).into_iter().enumerate() {
            self.send(
                index,
                Work::Learn {
                    pieces,
                    targets,
                    step,
                    rate,
                },
            );
        }
        self.untold += 1;
    }

    fn training_figures(&mut self, due: bool) -> Option<TrainingFigures> {
        if self.untold == 0 || (!due && self.untold < STEPS_PER_READ) {
            return None;
        }
        let answers: Vec<_> = (0..self.workers.len())
            .map(|index| self.ask(index, Work::Figures))
            .collect();
        let steps = std::mem::take(&mut self.untold) as f64;
        // Losses are of shares; the gradient is one, which every replica has.
        let (mut losses, mut norms) = (0.0, 0.0);
        for (index, answer) in answers.iter().enumerate() {
            let [loss, norm] = self.wait(index, answer);
            losses += loss;
            if index == 0 {
                norms = norm;
            }
        }
        Some(TrainingFigures {
            loss: losses / steps,
            gradient_norm: norms / steps,
        })
    }

    fn loss(&mut self, sequences: &[Sequence<'_>]) -> (f64, usize) {
        let shares = self.deal(sequences).into_iter().enumerate();
        let answers: Vec<_> = shares
            .map(|(index, pieces)| self.ask(index, |answer| Work::Loss(pieces, answer)))
            .collect();
        (self.sum(&answers), targets(sequences))
    }

    fn parameters(&mut self) -> Vec<f32> {
        let answer = self.ask(0, Work::Parameters);
        self.wait(0, &answer)
    }

    fn moments(&mut self) -> [Vec<f32>; 2] {
        let answer = self.ask(0, Work::Moments);
        self.wait(0, &answer)
    }
}

/// Works until the queue ends. An answer that nobody waits for is dropped.
fn serve<B: AutodiffBackend>(mut replica: Replica<B>, queue: &Receiver<Work>) {
    for work in queue {
        match work {
            Work::Learn {
                pieces,
                targets,
                step,
                rate,
            } => replica.learn(&pieces, targets, step, rate),
            Work::Figures(answer) => drop(answer.send(replica.figures())),
            Work::Loss(pieces, answer) => drop(answer.send(replica.loss(&pieces))),
            Work::Parameters(answer) => drop(answer.send(replica.parameters())),
            Work::Moments(answer) => drop(answer.send(replica.moments())),
        }
    }
}
