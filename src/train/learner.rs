//! The learners: the CPU engine, or burn's own operations on any burn device
//! ([`BurnLearner`](super::BurnLearner)).

use super::optimizer::Optimizer;
use crate::config::TrainingConfig;
use crate::corpus::Sequence;
use crate::model::{Fused, ModelError, Shape, key_of_step};

/// A network that learns.
pub trait Learner {
    /// One optimizer step down the mean loss of a batch: the sum over its sequences of their weight
    /// times the negative log-likelihoods of their targets, divided by the number of targets. A
    /// device may still be computing it when this returns.
    fn learn(&mut self, sequences: &[Sequence<'_>], step: u64, rate: f64);

    /// Figures of the steps since the last that were told. Unless they are `due`, none while asking
    /// a device would make it wait.
    fn training_figures(&mut self, due: bool) -> Option<TrainingFigures>;

    /// Weighted sum of the losses in nats, and the number of targets, without learning.
    fn loss(&mut self, sequences: &[Sequence<'_>]) -> (f64, usize);

    /// All parameters, in the order of [`Layout`](crate::model::Layout).
    fn parameters(&mut self) -> Vec<f32>;

    /// First and second moments of the optimizer, in the same order, to go on from.
    fn moments(&mut self) -> [Vec<f32>; 2];
}

/// Figures of optimizer steps, a mean over those since the last that were told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingFigures {
    /// Loss before each step, in nats per target.
    pub loss: f64,
    /// Euclidean norm of the gradient of all parameters, before it was scaled down to the settings'
    /// limit.
    pub gradient_norm: f64,
}

/// The CPU engine with its optimizer: the way to train on CPU.
#[derive(Debug)]
pub struct FusedLearner {
    engine: Fused,
    optimizer: Optimizer,
    parameters: Vec<f32>,
    gradient: Vec<f32>,
    seed: u64,
    last: Option<TrainingFigures>,
}

impl FusedLearner {
    /// A learner that starts from these parameters, with fresh moments.
    pub fn new(shape: &Shape, settings: &TrainingConfig, parameters: Vec<f32>, seed: u64) -> Self {
        let engine = Fused::new(shape);
        let optimizer = Optimizer::new(engine.layout(), settings);
        Self {
            engine,
            optimizer,
            parameters,
            gradient: Vec::new(),
            seed,
            last: None,
        }
    }

    /// Goes on from the moments that [`Learner::moments`] gave.
    ///
    /// # Errors
    /// [`ModelError::Parameters`] for moments of another network.
    pub fn with_moments(mut self, [first, second]: [Vec<f32>; 2]) -> Result<Self, ModelError> {
        let expected = self.parameters.len();
        for found in [first.len(), second.len()] {
            if found != expected {
                return Err(ModelError::Parameters { expected, found });
            }
        }
        (self.optimizer.first, self.optimizer.second) = (first, second);
        Ok(self)
    }
}

impl Learner for FusedLearner {
    fn learn(&mut self, sequences: &[Sequence<'_>], step: u64, rate: f64) {
        let key = key_of_step(self.seed, step);
        let (sum, targets) =
            self.engine
                .gradient(&self.parameters, sequences, key, &mut self.gradient);
        let gradient_norm = self
            .optimizer
            .update(&mut self.parameters, &self.gradient, step, rate);
        self.last = Some(TrainingFigures {
            loss: sum / targets.max(1) as f64,
            gradient_norm,
        });
    }

    fn training_figures(&mut self, _due: bool) -> Option<TrainingFigures> {
        self.last.take()
    }

    fn loss(&mut self, sequences: &[Sequence<'_>]) -> (f64, usize) {
        self.engine.loss(&self.parameters, sequences)
    }

    fn parameters(&mut self) -> Vec<f32> {
        self.parameters.clone()
    }

    fn moments(&mut self) -> [Vec<f32>; 2] {
        [self.optimizer.first.clone(), self.optimizer.second.clone()]
    }
}
