//! Fitting a network to sequences on any device, while a callback listens.

use burn::tensor::backend::AutodiffBackend;

use crate::config::TrainingConfig;
use crate::device::{Device, OnDevice, Place};
use crate::error::Result;
use crate::model::Shape;
use crate::train::{self, BurnLearner, FusedLearner, Learner, Progress, Sequences, Start, Verdict};

/// Hears of every step and says whether to go on.
pub(crate) type OnStep<'a> = dyn FnMut(&Progress, &mut dyn Learner) -> Verdict + 'a;

/// A network that is ready to learn.
pub(crate) struct Fit<'a> {
    pub(crate) shape: &'a Shape,
    pub(crate) settings: &'a TrainingConfig,
    pub(crate) sequences: &'a Sequences,
    /// Weights and moments; its seed is that of batches, too.
    pub(crate) start: Start,
    /// Steps that are done already.
    pub(crate) first_step: u64,
    /// Share of the time allowed that is used.
    pub(crate) time_used: &'a dyn Fn() -> f64,
    pub(crate) on_step: &'a mut OnStep<'a>,
}

impl Fit<'_> {
    /// Learns on this device until epochs, time or the callback end it.
    ///
    /// # Errors
    /// A device that fails.
    pub(crate) fn on(mut self, device: &Device) -> Result<()> {
        if !device.is_cpu() {
            return device.run(self);
        }
        let weights = std::mem::take(&mut self.start.parameters);
        let moments = std::mem::take(&mut self.start.moments);
        let learner = FusedLearner::new(self.shape, self.settings, weights, self.start.seed);
        self.with(learner.with_moments(moments)?);
        Ok(())
    }

    fn with(self, mut learner: impl Learner) {
        train::train(
            &mut learner,
            self.settings,
            self.sequences,
            self.start.seed,
            self.first_step,
            self.time_used,
            self.on_step,
        );
    }
}

impl OnDevice for Fit<'_> {
    type Output = ();

    fn run<B: AutodiffBackend>(self, place: &Place<B>) -> Result<()> {
        let computing = place.training(&self.shape.config);
        let (start, devices) = (&self.start, &place.devices);
        let learner = BurnLearner::new::<B>(self.shape, self.settings, start, devices, computing);
        self.with(learner);
        Ok(())
    }
}
