//! The training loop: forward, loss, backward, clip, step; now and then a validation loss.
//!
//! Knows nothing of files, clocks or terminals: the caller observes, keeps the best network and
//! says when to stop.

mod clip;
mod schedule;

use burn::module::AutodiffModule;
use burn::optim::{AdamWConfig, GradientsParams, Optimizer};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Int, Tensor, TensorData};

use crate::config::RunConfig;
use crate::corpus::{Batch, length_bucketed};
use crate::model::Gpt;
use crate::tokenizer::TokenId;

/// What the caller hears after a step.
#[derive(Debug)]
pub struct Progress<'a, B: Backend> {
    /// Steps done, and steps in all.
    pub step: u64,
    /// Steps that a whole run takes.
    pub steps: u64,
    /// Training loss of this batch, in nats per real token.
    pub loss: f64,
    /// The rate this step used.
    pub rate: f64,
    /// Real tokens of this batch.
    pub tokens: usize,
    /// After a validation: its loss in nats per real token, and the network as it is now.
    pub validation: Option<(f64, &'a Gpt<B>)>,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Take the next step.
    Continue,
    /// End here.
    Stop,
}

/// Encoded molecules, BOS and EOS included.
#[derive(Debug, Clone, Default)]
pub struct Sequences {
    /// Those trained on.
    pub train: Vec<Vec<TokenId>>,
    /// Those held out.
    pub validation: Vec<Vec<TokenId>>,
}

/// Trains a fresh network. The last call to `observe` always carries a validation loss, unless
/// `observe` stopped the run before.
pub fn train<B: AutodiffBackend>(
    config: &RunConfig,
    vocabulary: usize,
    sequences: &Sequences,
    seed: u64,
    device: &B::Device,
    mut observe: impl FnMut(&Progress<'_, B::InnerBackend>) -> Verdict,
) -> Gpt<B::InnerBackend> {
    B::seed(device, seed);
    let settings = &config.training;
    let mut network: Gpt<B> = config.model.init(vocabulary, device);
    let mut optimizer = AdamWConfig::new()
        .with_beta_1(settings.betas[0] as f32)
        .with_beta_2(settings.betas[1] as f32)
        .with_weight_decay(settings.weight_decay as f32)
        .with_epsilon(1e-8)
        .init();
    let lengths: Vec<usize> = sequences.train.iter().map(Vec::len).collect();
    let held = sequences
        .validation
        .len()
        .min(settings.validation_molecules);
    let held = &sequences.validation[..held];
    let steps = lengths.len().div_ceil(settings.batch_size) as u64 * settings.epochs;
    let mut step = 0;
    for epoch in 0..settings.epochs {
        for rows in length_bucketed(&lengths, settings.batch_size, seed, epoch) {
            let batch = batch_of(&sequences.train, &rows);
            let rate = schedule::rate(step, steps, settings);
            let (inputs, targets) = tensors::<B>(&batch, device);
            let loss = network.loss(inputs, targets);
            let gradients = GradientsParams::from_grads(loss.backward(), &network);
            let gradients = clip::global_norm(&network, gradients, settings.clip_norm);
            network = optimizer.step(rate, network, gradients);
            step += 1;
            let due = step.is_multiple_of(settings.validate_every) || step == steps;
            let current = due.then(|| network.valid());
            let validation = current
                .as_ref()
                .map(|current| (mean_loss(current, held, 128, device), current));
            let progress = Progress {
                step,
                steps,
                loss: scalar(loss),
                rate,
                tokens: batch.real_tokens(),
                validation,
            };
            if observe(&progress) == Verdict::Stop {
                return network.valid();
            }
        }
    }
    network.valid()
}

/// Mean loss over molecules in nats per real token; 0 for none.
pub fn mean_loss<B: Backend>(
    network: &Gpt<B>,
    molecules: &[Vec<TokenId>],
    batch_size: usize,
    device: &B::Device,
) -> f64 {
    let lengths: Vec<usize> = molecules.iter().map(Vec::len).collect();
    let (mut sum, mut tokens) = (0.0, 0);
    for rows in length_bucketed(&lengths, batch_size, 0, 0) {
        let batch = batch_of(molecules, &rows);
        let (inputs, targets) = tensors::<B>(&batch, device);
        sum += scalar(network.loss(inputs, targets)) * batch.real_tokens() as f64;
        tokens += batch.real_tokens();
    }
    sum / tokens.max(1) as f64
}

fn batch_of(molecules: &[Vec<TokenId>], rows: &[usize]) -> Batch {
    let rows: Vec<&[TokenId]> = rows.iter().map(|row| molecules[*row].as_slice()).collect();
    Batch::new(&rows)
}

fn tensors<B: Backend>(
    batch: &Batch,
    device: &B::Device,
) -> (Tensor<B, 2, Int>, Tensor<B, 2, Int>) {
    let tensor = |ids: &[u32]| {
        let ids: Vec<i32> = ids.iter().map(|id| *id as i32).collect();
        Tensor::from_data(TensorData::new(ids, [batch.rows, batch.time]), device)
    };
    (tensor(&batch.inputs), tensor(&batch.targets))
}

fn scalar<B: Backend>(tensor: Tensor<B, 1>) -> f64 {
    tensor.into_data().iter::<f64>().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::{Tokenizer, Vocabulary};
    use burn::backend::{Autodiff, Flex};

    fn losses(seed: u64, epochs: u64) -> Vec<f64> {
        let mut config = RunConfig::parse(include_str!("../../configs/tiny.toml")).unwrap();
        config.training.epochs = epochs;
        config.training.learning_rate = 1e-2;
        let molecules = ["CCO", "c1ccccc1", "CC(=O)N", "OCC#N"];
        let tokenizer = Tokenizer::new(Vocabulary::from_molecules(molecules.into_iter()));
        let encoded: Vec<_> = molecules
            .iter()
            .map(|s| tokenizer.encode(s).unwrap())
            .collect();
        let sequences = Sequences {
            train: encoded.clone(),
            validation: encoded,
        };
        let mut losses = Vec::new();
        train::<Autodiff<Flex>>(
            &config,
            tokenizer.vocabulary.len(),
            &sequences,
            seed,
            &burn::tensor::Device::<Flex>::default(),
            |progress| {
                losses.push(progress.loss);
                Verdict::Continue
            },
        );
        losses
    }

    #[test]
    fn one_batch_is_learned_by_heart() {
        // Four molecules from BOS leave at best the choice of the molecule: ln 4 per molecule,
        // over 27 tokens in all.
        let losses = losses(1, 300);
        let floor = 4.0 * 4_f64.ln() / 27.0;
        assert!(losses[0] > 2.0, "{}", losses[0]);
        assert!(
            *losses.last().unwrap() < floor + 0.05,
            "{:?}",
            losses.last()
        );
    }
}
