//! The training loop: batches to a learner, the rate by schedule, now and then a validation loss.
//!
//! Knows nothing of files, clocks or terminals: the caller tells how much of its time is used,
//! observes, keeps the best network and says when to stop.

mod adapt;
mod augment;
mod burn_learner;
mod collective;
mod device_optimizer;
mod epochs;
mod flat;
pub mod history;
mod learner;
mod muon;
mod optimizer;
mod replica;
mod schedule;
mod shown;

use crate::config::TrainingConfig;
use crate::corpus::{length_bucketed, targets};

pub use crate::corpus::Sequence;
pub use adapt::{extend, new_tokens};
pub use augment::Augment;
pub use burn_learner::{BurnLearner, Computing, Start};
pub use epochs::{Epochs, Sequences};
pub use learner::{FusedLearner, Learner, TrainingFigures};
pub use shown::Shown;

/// The progress after a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Steps done, those before a resume included.
    pub step: u64,
    /// Steps that a whole run takes.
    pub steps: u64,
    /// Figures of the steps since the last that were told, where they were at hand.
    pub figures: Option<TrainingFigures>,
    /// The rate this step used.
    pub rate: f64,
    /// Real tokens of this batch.
    pub tokens: usize,
    /// Validation loss in nats per real token, where one was due.
    pub validation: Option<f64>,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Take the next step.
    Continue,
    /// End here.
    Stop,
}

/// Trains from step `first` (0 for a fresh run; batches and rates follow from the step, so a
/// resumed run takes the same steps). The run ends after its epochs or when `time_used`, the share
/// of the caller's time that is spent, reaches 1; the rate falls by whichever is further. The last
/// step carries a validation loss, unless `observe` stopped the run before.
pub fn train(
    learner: &mut impl Learner,
    settings: &TrainingConfig,
    sequences: &Sequences,
    seed: u64,
    first: u64,
    time_used: impl Fn() -> f64,
    mut observe: impl FnMut(&Progress, &mut dyn Learner) -> Verdict,
) {
    let mut epochs = Epochs::new(sequences, settings.batch_size, seed);
    let held = sequences.held(settings).iter();
    let held: Vec<Sequence<'_>> = held.map(|ids| sequences.to_learn(ids)).collect();
    let steps = epochs.steps() * settings.epochs;
    for step in first..steps {
        let done = (step as f64 / steps as f64).max(time_used());
        let batch = epochs.batch(step, done < settings.augment_share);
        let batch: Vec<Sequence<'_>> = batch.iter().map(|ids| sequences.to_learn(ids)).collect();
        let rate = schedule::rate(step, done, settings);
        learner.learn(&batch, step, rate);
        let step = step + 1;
        let last = step == steps || time_used() >= 1.0;
        let due = last || step.is_multiple_of(settings.validate_every);
        let figures = learner.training_figures(due);
        let validation = due.then(|| mean_loss(learner, &held));
        let progress = Progress {
            step,
            steps,
            figures,
            rate,
            tokens: targets(&batch),
            validation,
        };
        if observe(&progress, learner) == Verdict::Stop || last {
            return;
        }
    }
}

/// Mean loss over molecules in nats per real token; 0 for none.
pub fn mean_loss(learner: &mut impl Learner, molecules: &[Sequence<'_>]) -> f64 {
    let (mut sum, mut tokens) = (0.0, 0);
    let lengths: Vec<usize> = molecules.iter().map(|it| it.ids.len()).collect();
    for rows in length_bucketed(&lengths, 128, 0, 0) {
        let batch: Vec<Sequence<'_>> = rows.iter().map(|row| molecules[*row]).collect();
        let (batch_sum, batch_tokens) = learner.loss(&batch);
        sum += batch_sum;
        tokens += batch_tokens;
    }
    sum / tokens.max(1) as f64
}

/// Perplexity when every molecule is padded to the longest and `[PAD]` is counted as a token.
///
/// `loss` is in nats per real token, `targets` the tokens of each molecule that follow another one. `[PAD]` follows `[EOS]` with certainty and so costs nothing:
/// the more padding, the lower the figure. Only good to compare with figures that are computed
/// over padded batches, such as those of Jablonka's tutorial.
pub fn padded_perplexity(loss: f64, targets: &[usize]) -> f64 {
    let padded = targets.len() * targets.iter().max().unwrap_or(&1);
    (loss * targets.iter().sum::<usize>() as f64 / padded.max(1) as f64).exp()
}

#[cfg(test)]
mod tests {
    use burn::backend::{Autodiff, Flex};

    use super::*;
    use crate::config::{Optimizer, RunConfig};
    use crate::model::{Shape, weights};
    use crate::tokenizer::{Tokenizer, Vocabulary};

    type Plain = Autodiff<Flex>;

    const MOLECULES: [&str; 4] = ["CCO", "c1ccccc1", "CC(=O)N", "OCC#N"];

    fn config(optimizer: Optimizer) -> RunConfig {
        let mut config = RunConfig::parse(include_str!("../../configs/tiny.toml")).unwrap();
        config.training.epochs = 300;
        config.training.learning_rate = 1e-2;
        config.training.optimizer = optimizer;
        config
    }

    fn sequences(config: &RunConfig) -> (Sequences, Shape) {
        let tokenizer = Tokenizer::atomwise(Vocabulary::from_molecules(MOLECULES.into_iter()));
        let encoded: Vec<_> = MOLECULES
            .iter()
            .map(|smiles| tokenizer.encode(smiles).unwrap())
            .collect();
        let sequences = Sequences {
            train: encoded.clone(),
            validation: encoded,
            ..Sequences::default()
        };
        (
            sequences,
            config.model.with_vocabulary(tokenizer.vocabulary().len()),
        )
    }

    /// The losses of `count` steps from step `first`.
    fn losses(
        learner: &mut impl Learner,
        config: &RunConfig,
        sequences: &Sequences,
        first: u64,
        count: usize,
    ) -> Vec<f64> {
        let mut losses = Vec::new();
        train(
            learner,
            &config.training,
            sequences,
            1,
            first,
            || 0.0,
            |progress, _| {
                losses.extend(progress.figures.map(|figures| figures.loss));
                if losses.len() < count {
                    Verdict::Continue
                } else {
                    Verdict::Stop
                }
            },
        );
        losses
    }

    #[test]
    fn padding_lowers_the_perplexity() {
        let loss = 2_f64.ln();
        approx::assert_relative_eq!(padded_perplexity(loss, &[4, 4]), 2.0);
        // 2 + 4 real tokens in 2 x 4 places.
        approx::assert_relative_eq!(padded_perplexity(loss, &[2, 4]), 2_f64.powf(0.75));
    }

    #[test]
    fn one_batch_is_learned_by_heart() {
        // Four molecules from BOS leave at best the choice of the molecule: ln 4 per molecule,
        // over 27 tokens in all.
        let floor = 4.0 * 4_f64.ln() / 27.0;
        for optimizer in [Optimizer::Adamw, Optimizer::Muon] {
            let config = config(optimizer);
            let (sequences, shape) = sequences(&config);
            let mut learner = FusedLearner::new(&shape, &config.training, weights(&shape), 1);
            let losses = losses(&mut learner, &config, &sequences, 0, 300);
            assert!(losses[0] > 2.0, "{}", losses[0]);
            assert!(losses[299] < floor + 0.05, "{optimizer:?}: {}", losses[299]);
        }
    }

    /// The loss of each of 20 steps by burn and by the CPU engine.
    #[track_caller]
    fn check_burn(optimizer: Optimizer, computing: Computing, tolerance: f64) {
        let mut config = config(optimizer);
        (config.training.batch_size, config.training.validate_every) = (3, 1);
        let (sequences, shape) = sequences(&config);
        let start = Start::fresh(weights(&shape), 1);
        let devices = [burn::tensor::Device::<Plain>::default()];
        let mut plain =
            BurnLearner::new::<Plain>(&shape, &config.training, &start, &devices, computing);
        let mut fused = FusedLearner::new(&shape, &config.training, start.parameters, 1);
        let plain = losses(&mut plain, &config, &sequences, 0, 20);
        let fused = losses(&mut fused, &config, &sequences, 0, 20);
        for (a, b) in plain.iter().zip(&fused) {
            approx::assert_relative_eq!(a, b, max_relative = tolerance);
        }
        assert!(
            fused[18..].iter().sum::<f64>() < fused[..2].iter().sum(),
            "{fused:?}"
        );
    }

    const PADDED: Computing = Computing {
        rows_at_once: 1,
        ..Computing::PADDED
    };

    #[test]
    fn the_fused_learner_takes_the_steps_of_burn() {
        check_burn(Optimizer::Adamw, Computing::SINGLE, 1e-3);
        check_burn(Optimizer::Muon, Computing::SINGLE, 1e-3);
        check_burn(Optimizer::Adamw, PADDED, 1e-3);
    }

    #[test]
    fn weights_and_first_targets_mean_the_same_to_both_learners() {
        for (optimizer, computing) in [
            (Optimizer::Adamw, Computing::SINGLE),
            (Optimizer::Muon, PADDED),
        ] {
            let config = config(optimizer);
            let (sequences, shape) = sequences(&config);
            let parts = [(1, 1.0), (4, -0.5), (2, 0.0), (3, 2.0)];
            let batch = sequences.train.iter().zip(parts);
            let batch = batch.map(|(ids, (first_target, weight))| Sequence {
                ids,
                first_target,
                weight,
            });
            let batch: Vec<Sequence<'_>> = batch.collect();
            let start = Start::fresh(weights(&shape), 1);
            let devices = [burn::tensor::Device::<Plain>::default()];
            let settings = &config.training;
            let mut plain =
                BurnLearner::new::<Plain>(&shape, settings, &start, &devices, computing);
            let mut fused = FusedLearner::new(&shape, settings, start.parameters, 1);
            let mut losses = Vec::new();
            for step in 0..10 {
                let learn = |learner: &mut dyn Learner| {
                    learner.learn(&batch, step, 1e-3);
                    learner.training_figures(true).unwrap()
                };
                let (a, b) = (learn(&mut plain), learn(&mut fused));
                approx::assert_abs_diff_eq!(a.loss, b.loss, epsilon = 1e-3);
                approx::assert_relative_eq!(a.gradient_norm, b.gradient_norm, max_relative = 1e-2);
                losses.push(b.loss);
            }
            assert!(losses[9] < losses[0], "{losses:?}");
            let (a, count) = plain.loss(&batch);
            let (b, others) = fused.loss(&batch);
            assert_eq!((count, others), (targets(&batch), targets(&batch)));
            approx::assert_abs_diff_eq!(a, b, epsilon = 1e-3 * count as f64);
        }
    }

    #[test]
    fn products_in_half_precision_learn_alike() {
        check_burn(Optimizer::Muon, Computing::HALF, 0.05);
    }

    #[test]
    fn burn_goes_on_where_the_processor_stopped() {
        let mut config = config(Optimizer::Muon);
        config.training.validate_every = 1;
        let (sequences, shape) = sequences(&config);
        let parameters = weights(&shape);
        let mut whole = FusedLearner::new(&shape, &config.training, parameters.clone(), 1);
        let unbroken = losses(&mut whole, &config, &sequences, 0, 12);
        let mut before = FusedLearner::new(&shape, &config.training, parameters, 1);
        losses(&mut before, &config, &sequences, 0, 5);
        let device = burn::tensor::Device::<Plain>::default();
        let go_on = |parameters, moments, first, count| {
            let start = Start {
                parameters,
                moments,
                seed: 1,
            };
            let devices = std::slice::from_ref(&device);
            let mut learner = BurnLearner::new::<Plain>(
                &shape,
                &config.training,
                &start,
                devices,
                Computing::SINGLE,
            );
            let losses = losses(&mut learner, &config, &sequences, first, count);
            (losses, learner.parameters(), learner.moments())
        };
        let (middle, parameters, moments) = go_on(before.parameters(), before.moments(), 5, 3);
        let (rest, ..) = go_on(parameters, moments, 8, 4);
        for (a, b) in unbroken[5..].iter().zip([middle, rest].concat()) {
            approx::assert_relative_eq!(*a, b, max_relative = 1e-3);
        }
    }

    #[test]
    fn a_resumed_run_takes_the_same_steps() {
        for (optimizer, copies) in [
            (Optimizer::Adamw, 0),
            (Optimizer::Muon, 0),
            (Optimizer::Muon, 2),
        ] {
            let mut config = config(optimizer);
            (config.training.batch_size, config.model.dropout) = (3, 0.1);
            let (mut sequences, mut shape) = sequences(&config);
            if copies > 0 {
                let own = Vocabulary::from_molecules(MOLECULES.into_iter());
                let closed = own.extended(&crate::chem::augmentation_tokens(MOLECULES.into_iter()));
                shape.vocabulary = closed.len();
                sequences.augment = Some(Augment {
                    tokenizer: Tokenizer::atomwise(closed),
                    copies,
                    context: config.model.context,
                    seed: 1,
                });
            }
            let parameters = weights(&shape);
            let mut whole = FusedLearner::new(&shape, &config.training, parameters.clone(), 1);
            let unbroken = losses(&mut whole, &config, &sequences, 0, 12);
            let mut before = FusedLearner::new(&shape, &config.training, parameters, 1);
            let first = losses(&mut before, &config, &sequences, 0, 5);
            let mut after = FusedLearner::new(&shape, &config.training, before.parameters(), 1)
                .with_moments(before.moments())
                .unwrap();
            let rest = losses(&mut after, &config, &sequences, 5, 7);
            assert_eq!(unbroken, [first, rest].concat());
        }
    }
}
