//! One head of causal self-attention between an embedding and an output layer: the baseline of
//! Jablonka's tutorial (2024) before the whole Transformer. No residual path, norm or feed-forward
//! layer.

use burn::module::{AutodiffModule, Module};
use burn::nn::{Embedding, EmbeddingConfig, Initializer, Linear, LinearConfig};
use burn::optim::{AdamWConfig, GradientsParams, Optimizer};
use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Bool, Distribution, Int, Tensor, TensorData};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::corpus::{Batch, Sequence, length_bucketed, targets};
use crate::model::fill;
use crate::tokenizer::{PAD, TokenId};

/// The network's shape and how it is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadConfig {
    /// Size of the embedding and of the head.
    pub width: usize,
    /// Longest sequence in tokens, BOS and EOS counted.
    pub context: usize,
    /// Optimizer steps.
    pub steps: u64,
    /// Molecules per step.
    pub batch_size: usize,
    /// Rate of `AdamW` at the start; it falls linearly to 0.
    pub learning_rate: f64,
    /// Seed of the first weights and of the order of the molecules.
    pub seed: u64,
}

/// The network: embeddings of tokens and positions, the head, the output layer.
#[derive(Module, Debug)]
pub struct AttentionHead<B: Backend> {
    token: Embedding<B>,
    position: Embedding<B>,
    query: Linear<B>,
    key: Linear<B>,
    value: Linear<B>,
    output: Linear<B>,
}

impl HeadConfig {
    /// A network of this shape with its first weights.
    pub fn init<B: Backend>(&self, vocabulary: usize, device: &B::Device) -> AttentionHead<B> {
        // burn would draw weights from a generator that the whole process shares.
        let zeros = Initializer::Zeros;
        let embedding = |entries| {
            EmbeddingConfig::new(entries, self.width)
                .with_initializer(zeros.clone())
                .init(device)
        };
        let layer =
            |outputs| LinearConfig::new(self.width, outputs).with_initializer(zeros.clone());
        let linear = || layer(self.width).with_bias(false).init(device);
        let empty = AttentionHead {
            token: embedding(vocabulary),
            position: embedding(self.context),
            query: linear(),
            key: linear(),
            value: linear(),
            output: layer(vocabulary).init(device),
        };
        let weights = self.first_weights(vocabulary);
        fill(empty, Tensor::from_data(weights.as_slice(), device))
    }

    /// First weights in the order of the network's fields, from the seed alone: embeddings are
    /// normal, layers uniform within the root of one by their inputs (He et al. 2015), as burn's
    /// CPU backends draw them.
    fn first_weights(&self, vocabulary: usize) -> Vec<f32> {
        let (width, normal) = (self.width, Distribution::Normal(0.0, 1.0));
        // In burn's order of operations, for its bits.
        let root = 3.0_f64.sqrt();
        let most = root * (1.0 / root) * (1.0 / (width as f64).sqrt());
        let uniform = Distribution::Uniform(-most, most);
        let parts = [
            (vocabulary * width, normal),
            (self.context * width, normal),
            (3 * width * width, uniform),
            (width * vocabulary, uniform),
            (vocabulary, uniform),
        ];
        let mut random = StdRng::seed_from_u64(self.seed);
        let mut weights = Vec::new();
        for (length, distribution) in parts {
            let values = TensorData::random::<f32, _, _>([length], distribution, &mut random);
            weights.extend(values.iter::<f32>());
        }
        weights
    }
}

impl<B: Backend> AttentionHead<B> {
    /// Logits of every next token.
    ///
    /// # Shapes
    /// tokens `[batch, time]` -> logits `[batch, time, vocabulary]`
    pub fn forward(&self, tokens: Tensor<B, 2, Int>) -> Tensor<B, 3> {
        let [batch, time] = tokens.dims();
        let device = tokens.device();
        let positions = Tensor::arange(0..time as i64, &device).unsqueeze();
        let x = self.token.forward(tokens) + self.position.forward(positions);
        let [_, _, width] = x.dims();
        let x = x.reshape([batch * time, width]);
        let project = |layer: &Linear<B>| layer.forward(x.clone()).reshape([batch, time, width]);
        let scores = project(&self.query).matmul(project(&self.key).swap_dims(1, 2));
        let scores = scores / (width as f64).sqrt();
        let future = Tensor::<B, 2, Bool>::tril_mask([time, time], 0, &device).unsqueeze();
        let scores = scores.mask_fill(future, -1e9);
        let mixed = softmax(scores, 2).matmul(project(&self.value));
        let logits = self.output.forward(mixed.reshape([batch * time, width]));
        let [_, vocabulary] = logits.dims();
        logits.reshape([batch, time, vocabulary])
    }

    /// Sum of the negative log-likelihoods of the real tokens in nats.
    ///
    /// # Shapes
    /// inputs and targets `[batch, time]` -> `[1]`
    fn loss(&self, inputs: Tensor<B, 2, Int>, targets: Tensor<B, 2, Int>) -> Tensor<B, 1> {
        let [batch, time] = targets.dims();
        let logits = self.forward(inputs);
        let [_, _, vocabulary] = logits.dims();
        let logarithms = log_softmax(logits.reshape([batch * time, vocabulary]), 1);
        let targets = targets.reshape([batch * time, 1]);
        let real = targets.clone().not_equal_elem(PAD.0).float();
        -(logarithms.gather(1, targets) * real).sum()
    }

    /// Sum of the negative log-likelihoods of the molecules' tokens in nats, and their number.
    pub fn losses(&self, molecules: &[Vec<TokenId>], device: &B::Device) -> (f64, usize) {
        let lengths: Vec<usize> = molecules.iter().map(Vec::len).collect();
        let mut sum = 0.0;
        for rows in length_bucketed(&lengths, 128, 0, 0) {
            let batch = rows.iter().map(|&row| Sequence::whole(&molecules[row]));
            let batch: Vec<Sequence<'_>> = batch.collect();
            let [inputs, targets] = tensors(&Batch::new(&batch), device);
            sum += self
                .loss(inputs, targets)
                .into_data()
                .iter::<f64>()
                .sum::<f64>();
        }
        let tokens = lengths.iter().map(|length| length.saturating_sub(1));
        (sum, tokens.sum())
    }

    /// Logits of the token that follows each of some texts of one length.
    ///
    /// # Shapes
    /// `[rows]` texts -> `[rows, vocabulary]`
    ///
    /// # Panics
    /// When there is no text or they are empty.
    pub fn next(&self, texts: &[&[TokenId]], device: &B::Device) -> Vec<f32> {
        let time = texts.first().map_or(0, |text| text.len());
        let ids: Vec<i32> = texts
            .iter()
            .copied()
            .flatten()
            .map(|id| i32::from(id.0))
            .collect();
        let ids = TensorData::new(ids, [texts.len(), time]);
        let logits = self.forward(Tensor::from_data(ids, device));
        let [rows, _, vocabulary] = logits.dims();
        let last = logits.slice([0..rows, time - 1..time, 0..vocabulary]);
        last.into_data().convert::<f32>().iter::<f32>().collect()
    }
}

fn tensors<B: Backend>(batch: &Batch, device: &B::Device) -> [Tensor<B, 2, Int>; 2] {
    [&batch.inputs, &batch.targets].map(|ids| {
        let ids: Vec<i32> = ids.iter().map(|id| *id as i32).collect();
        Tensor::from_data(TensorData::new(ids, [batch.rows, batch.time]), device)
    })
}

/// Trains a network on encoded molecules. `observe` is called with the steps done and returns the
/// share of the caller's time that is used, 0 to 1: the rate falls by steps or time, whichever is
/// further, and training ends at 1.
pub fn train_head<B: AutodiffBackend>(
    config: &HeadConfig,
    molecules: &[Vec<TokenId>],
    vocabulary: usize,
    device: &B::Device,
    mut observe: impl FnMut(u64) -> f64,
) -> AttentionHead<B::InnerBackend> {
    let mut network: AttentionHead<B> = config.init(vocabulary, device);
    let mut optimizer = AdamWConfig::new().init();
    let lengths: Vec<usize> = molecules.iter().map(Vec::len).collect();
    let (mut step, mut epoch, mut used) = (0, 0, 0.0_f64);
    while step < config.steps && !molecules.is_empty() {
        for rows in length_bucketed(&lengths, config.batch_size, config.seed, epoch) {
            let batch = rows.iter().map(|&row| Sequence::whole(&molecules[row]));
            let batch: Vec<Sequence<'_>> = batch.collect();
            let [inputs, next] = tensors(&Batch::new(&batch), device);
            let loss = network.loss(inputs, next) / targets(&batch) as f64;
            let gradients = GradientsParams::from_grads(loss.backward(), &network);
            let done = used.max(step as f64 / config.steps as f64);
            let rate = config.learning_rate * (1.0 - done);
            network = optimizer.step(rate, network, gradients);
            step += 1;
            used = observe(step);
            if used >= 1.0 || step >= config.steps {
                return network.valid();
            }
        }
        epoch += 1;
    }
    network.valid()
}

#[cfg(test)]
mod tests {
    use burn::backend::{Autodiff, Flex};

    use super::*;
    use crate::tokenizer::{BOS, EOS};

    fn molecules() -> Vec<Vec<TokenId>> {
        // The last token is told by the first one only: pairs of neighbours cannot know it.
        let molecule = |first, last| {
            let ids = [first, 6, 7, 6, last].map(TokenId);
            [&[BOS], &ids[..], &[EOS]].concat()
        };
        std::iter::repeat_n([molecule(4, 8), molecule(5, 9)], 8)
            .flatten()
            .collect()
    }

    #[test]
    fn it_learns_what_pairs_cannot_tell() {
        let device = burn::tensor::Device::<Flex>::default();
        let (pairs, _) = super::super::NGram::train(&molecules(), 2, 10).loss(&molecules());
        let learns = |seed| {
            let config = HeadConfig {
                width: 16,
                context: 8,
                steps: 400,
                batch_size: 16,
                learning_rate: 2e-2,
                seed,
            };
            let mut steps = 0;
            let network =
                train_head::<Autodiff<Flex>>(&config, &molecules(), 10, &device, |step| {
                    steps = step;
                    0.0
                });
            assert_eq!(steps, 400);
            let (loss, tokens) = network.losses(&molecules(), &device);
            assert_eq!(tokens, 16 * 6);
            loss < 0.6 * pairs
        };
        // From about half of all first weights it never looks further back than pairs do; what
        // pairs know would bring none of them here.
        let count = (0..20).filter(|&seed| learns(seed)).count();
        assert!(count >= 3, "{count} of 20 learned it");
    }

    #[test]
    fn first_weights_are_those_of_a_seeded_backend() {
        let device = burn::tensor::Device::<Flex>::default();
        let config = HeadConfig {
            width: 6,
            context: 8,
            steps: 0,
            batch_size: 1,
            learning_rate: 0.0,
            seed: 5,
        };
        let ours = config.first_weights(10);
        // Other tests draw from the one generator of the process, now and then in between.
        let equal = (0..100).any(|_| {
            Flex::seed(&device, 5);
            let mut theirs = Vec::new();
            for entries in [10, config.context] {
                let embedding = EmbeddingConfig::new(entries, 6).init::<Flex>(&device);
                theirs.extend(embedding.weight.val().into_data().iter::<f32>());
            }
            for (outputs, bias) in [(6, false), (6, false), (6, false), (10, true)] {
                let layer = LinearConfig::new(6, outputs).with_bias(bias);
                let layer: Linear<Flex> = layer.init(&device);
                theirs.extend(layer.weight.val().into_data().iter::<f32>());
                let bias = layer.bias.map(|bias| bias.val().into_data());
                theirs.extend(bias.iter().flat_map(|bias| bias.iter::<f32>()));
            }
            theirs == ours
        });
        assert!(equal);
    }

    #[test]
    fn future_tokens_change_nothing() {
        let device = burn::tensor::Device::<Flex>::default();
        let config = HeadConfig {
            width: 8,
            context: 8,
            steps: 0,
            batch_size: 1,
            learning_rate: 0.0,
            seed: 1,
        };
        let network: AttentionHead<Flex> = config.init(10, &device);
        let text = [1, 4, 5, 6].map(TokenId);
        let whole: Vec<f32> = network
            .forward(Tensor::from_data([[1, 4, 5, 6]], &device))
            .into_data()
            .iter::<f32>()
            .collect();
        for end in 1..=4 {
            let next = network.next(&[&text[..end]], &device);
            for (a, b) in next.iter().zip(&whole[(end - 1) * 10..]) {
                approx::assert_abs_diff_eq!(*a, *b, epsilon = 1e-5);
            }
        }
    }
}
