//! A decoder-only Transformer with pre-norm blocks (Radford et al. 2019), plain tensor operations.

use std::ops::Range;

use burn::module::{Module, Param};
use burn::nn::{
    Dropout, DropoutConfig, Embedding, EmbeddingConfig, Initializer, LayerNorm, LayerNormConfig,
    Linear, LinearConfig,
};
use burn::tensor::activation::{gelu_approximate, log_softmax, softmax};
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::tokenizer::PAD;

/// Weights of a network at most: four gigabytes, and four times that while it is trained.
const MOST_WEIGHTS: usize = 1_000_000_000;

/// The network's shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GptConfig {
    /// Transformer blocks.
    pub layers: usize,
    /// Attention heads per block; must divide `width`.
    pub heads: usize,
    /// Size of the residual stream.
    pub width: usize,
    /// Longest sequence in tokens, BOS and EOS counted.
    pub context: usize,
    /// How positions enter.
    pub position: Position,
    /// Share of activations dropped after the embedding and each residual branch.
    pub dropout: f64,
    /// Whether the output layer shares the token embedding.
    pub tied_head: bool,
}

/// Positional encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Position {
    /// A trained vector per position.
    Learned,
    /// Fixed sines and cosines added to the embedding (Vaswani et al. 2017).
    Sinusoidal,
    /// Queries and keys rotated by their position (`RoFormer`, Su et al. 2021).
    Rotary,
}

/// An impossible network, said in a sentence.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("`{key}` is {value}: {requirement}")]
pub struct ModelError {
    key: &'static str,
    value: String,
    requirement: &'static str,
}

impl GptConfig {
    /// Refuses shapes that cannot be built.
    ///
    /// # Errors
    /// [`ModelError`] naming the key and what it must be.
    pub fn validate(&self) -> Result<(), ModelError> {
        let size = |x: usize, most: usize| (1..=most).contains(&x);
        let whole = size(self.heads, self.width) && self.width.is_multiple_of(self.heads);
        let weights = (12 * self.layers.min(256) * self.width.min(16_384)
            + self.context.min(65_536))
            * self.width.min(16_384);
        let checks = [
            (
                "layers",
                self.layers.to_string(),
                size(self.layers, 256),
                "it must be from 1 to 256",
            ),
            (
                "width",
                self.width.to_string(),
                size(self.width, 16_384) && self.width.is_multiple_of(2),
                "it must be even and from 2 to 16384",
            ),
            (
                "heads",
                self.heads.to_string(),
                whole,
                "it must be at least 1 and divide `width`",
            ),
            (
                "position",
                "rotary".to_owned(),
                self.position != Position::Rotary || (self.width / self.heads).is_multiple_of(2),
                "it needs heads of an even size, `width / heads`",
            ),
            (
                "context",
                self.context.to_string(),
                (3..=65_536).contains(&self.context),
                "it must be from 3 to 65536",
            ),
            (
                "dropout",
                self.dropout.to_string(),
                (0.0..1.0).contains(&self.dropout),
                "it must be from 0 to below 1",
            ),
        ];
        match checks.into_iter().find(|(_, _, ok, _)| !ok) {
            None if weights > MOST_WEIGHTS => Err(ModelError {
                key: "layers and width",
                value: format!("{} and {}", self.layers, self.width),
                requirement: "that makes more than a thousand million weights",
            }),
            None => Ok(()),
            Some((key, value, _, requirement)) => Err(ModelError {
                key,
                value,
                requirement,
            }),
        }
    }

    /// A fresh network; seed the backend first. Call [`GptConfig::validate`] before.
    pub fn init<B: Backend>(&self, vocabulary: usize, device: &B::Device) -> Gpt<B> {
        let normal = |std| Initializer::Normal { mean: 0.0, std };
        let linear = |input, output, std| {
            LinearConfig::new(input, output)
                .with_initializer(normal(std))
                .init(device)
        };
        let residual = 0.02 / (2.0 * self.layers as f64).sqrt();
        let norm = || LayerNormConfig::new(self.width).init(device);
        let blocks = (0..self.layers).map(|_| Block {
            norm_attention: norm(),
            query_key_value: linear(self.width, 3 * self.width, 0.02),
            projection: linear(self.width, self.width, residual),
            norm_feed: norm(),
            up: linear(self.width, 4 * self.width, 0.02),
            down: linear(4 * self.width, self.width, residual),
            dropout: DropoutConfig::new(self.dropout).init(),
            heads: self.heads,
            rotary: self.position == Position::Rotary,
        });
        let embed = EmbeddingConfig::new(vocabulary, self.width).with_initializer(normal(0.02));
        Gpt {
            token: embed.init(device),
            position: (self.position == Position::Learned)
                .then(|| normal(0.02).init([self.context, self.width], device)),
            blocks: blocks.collect(),
            norm: norm(),
            head: (!self.tied_head).then(|| {
                LinearConfig::new(self.width, vocabulary)
                    .with_bias(false)
                    .with_initializer(normal(0.02))
                    .init(device)
            }),
            dropout: DropoutConfig::new(self.dropout).init(),
            sinusoidal: self.position == Position::Sinusoidal,
        }
    }
}

/// The network.
#[derive(Module, Debug)]
pub struct Gpt<B: Backend> {
    token: Embedding<B>,
    position: Option<Param<Tensor<B, 2>>>,
    blocks: Vec<Block<B>>,
    norm: LayerNorm<B>,
    head: Option<Linear<B>>,
    dropout: Dropout,
    sinusoidal: bool,
}

/// Keys and values of the tokens read so far: per block, `[batch, heads, time, width / heads]` each.
#[derive(Debug, Clone)]
pub struct Cache<B: Backend> {
    blocks: Vec<Option<(Tensor<B, 4>, Tensor<B, 4>)>>,
    time: usize,
}

impl<B: Backend> Cache<B> {
    /// Keeps only the given rows of the batch, in that order.
    #[must_use]
    pub fn select(self, rows: &Tensor<B, 1, Int>) -> Self {
        let pick = |tensor: Tensor<B, 4>| tensor.select(0, rows.clone());
        let blocks = self
            .blocks
            .into_iter()
            .map(|b| b.map(|(k, v)| (pick(k), pick(v))))
            .collect();
        Self {
            blocks,
            time: self.time,
        }
    }
}

impl<B: Backend> Gpt<B> {
    /// An empty cache for [`Gpt::forward_cached`].
    pub fn cache(&self) -> Cache<B> {
        Cache {
            blocks: vec![None; self.blocks.len()],
            time: 0,
        }
    }

    /// Logits of every next token.
    ///
    /// # Shapes
    /// tokens `[batch, time]` -> logits `[batch, time, vocabulary]`
    pub fn forward(&self, tokens: Tensor<B, 2, Int>) -> Tensor<B, 3> {
        self.forward_cached(tokens, &mut self.cache())
    }

    /// As [`Gpt::forward`] for tokens that follow those in the cache, which grows by them.
    ///
    /// # Shapes
    /// tokens `[batch, time]` -> logits `[batch, time, vocabulary]`
    pub fn forward_cached(&self, tokens: Tensor<B, 2, Int>, cache: &mut Cache<B>) -> Tensor<B, 3> {
        let [_, time] = tokens.dims();
        let (start, end) = (cache.time, cache.time + time);
        let x = self.token.forward(tokens);
        let [batch, _, width] = x.dims();
        let x = match &self.position {
            Some(table) => x + table.val().slice([start..end, 0..width]).unsqueeze::<3>(),
            None if self.sinusoidal => {
                let table = TensorData::new(sinusoid(start..end, width), [1, time, width]);
                x.clone() + Tensor::from_data(table, &x.device())
            }
            None => x,
        };
        let mut x = self.dropout.forward(x);
        for (block, cached) in self.blocks.iter().zip(&mut cache.blocks) {
            x = block.forward(x, start, cached);
        }
        cache.time = end;
        let x = self.norm.forward(x).reshape([batch * time, width]);
        let logits = match &self.head {
            Some(head) => head.forward(x),
            None => x.matmul(self.token.weight.val().transpose()),
        };
        let [_, vocabulary] = logits.dims();
        logits.reshape([batch, time, vocabulary])
    }

    /// Mean negative log-likelihood per real token, in nats: EOS counted, PAD not.
    ///
    /// # Shapes
    /// inputs and targets `[batch, time]` -> `[1]`
    pub fn loss(&self, inputs: Tensor<B, 2, Int>, targets: Tensor<B, 2, Int>) -> Tensor<B, 1> {
        let [batch, time] = targets.dims();
        let logits = self.forward(inputs);
        let [_, _, vocabulary] = logits.dims();
        let log_probabilities = log_softmax(logits.reshape([batch * time, vocabulary]), 1);
        let targets = targets.reshape([batch * time, 1]);
        let real = targets.clone().not_equal_elem(PAD.0).float();
        let chosen = log_probabilities.gather(1, targets);
        -(chosen * real.clone()).sum() / real.sum()
    }
}

/// Sines and cosines of the positions, scaled to the embedding's size.
///
/// # Shapes
/// `[positions, width]`
pub(super) fn sinusoid(positions: Range<usize>, width: usize) -> Vec<f32> {
    let value = |position: usize, index: usize| {
        let angle = position as f32 / 10_000_f32.powf((index / 2 * 2) as f32 / width as f32);
        0.02 * if index.is_multiple_of(2) {
            angle.sin()
        } else {
            angle.cos()
        }
    };
    positions
        .flat_map(|position| (0..width).map(move |index| value(position, index)))
        .collect()
}

/// The angles by which rotary encoding turns the pairs of a head of `size` values.
///
/// # Shapes
/// `[positions, size / 2]`
pub(super) fn rotary_angles(positions: Range<usize>, size: usize) -> Vec<f32> {
    let angle = |position: usize, pair: usize| {
        position as f32 / 10_000_f32.powf(2.0 * pair as f32 / size as f32)
    };
    positions
        .flat_map(|position| (0..size / 2).map(move |pair| angle(position, pair)))
        .collect()
}

/// Turns the halves of every head against each other by the angle of its position.
///
/// # Shapes
/// x `[batch, heads, time, size]`, its first position `start`
fn rotate<B: Backend>(x: &Tensor<B, 4>, start: usize) -> Tensor<B, 4> {
    let [batch, heads, time, size] = x.dims();
    let angles = TensorData::new(
        rotary_angles(start..start + time, size),
        [1, 1, time, size / 2],
    );
    let angles = Tensor::<B, 4>::from_data(angles, &x.device());
    let (cosines, sines) = (angles.clone().cos(), angles.sin());
    let half = |from: usize| {
        x.clone()
            .slice([0..batch, 0..heads, 0..time, from..from + size / 2])
    };
    let (low, high) = (half(0), half(size / 2));
    let turned = vec![
        low.clone() * cosines.clone() - high.clone() * sines.clone(),
        high * cosines + low * sines,
    ];
    Tensor::cat(turned, 3)
}

/// One pre-norm block: causal attention and feed-forward, each on a residual branch.
#[derive(Module, Debug)]
struct Block<B: Backend> {
    norm_attention: LayerNorm<B>,
    query_key_value: Linear<B>,
    projection: Linear<B>,
    norm_feed: LayerNorm<B>,
    up: Linear<B>,
    down: Linear<B>,
    dropout: Dropout,
    heads: usize,
    rotary: bool,
}

impl<B: Backend> Block<B> {
    fn forward(
        &self,
        x: Tensor<B, 3>,
        start: usize,
        cached: &mut Option<(Tensor<B, 4>, Tensor<B, 4>)>,
    ) -> Tensor<B, 3> {
        let attended = self.attend(self.norm_attention.forward(x.clone()), start, cached);
        let x = x + self.dropout.forward(attended);
        let [batch, time, width] = x.dims();
        // One large product instead of one per molecule.
        let flat = self
            .norm_feed
            .forward(x.clone())
            .reshape([batch * time, width]);
        let fed = self.down.forward(gelu_approximate(self.up.forward(flat)));
        x + self.dropout.forward(fed.reshape([batch, time, width]))
    }

    fn attend(
        &self,
        x: Tensor<B, 3>,
        start: usize,
        cached: &mut Option<(Tensor<B, 4>, Tensor<B, 4>)>,
    ) -> Tensor<B, 3> {
        let [batch, time, width] = x.dims();
        let size = width / self.heads;
        let all = self
            .query_key_value
            .forward(x.reshape([batch * time, width]));
        let part = |index: usize| {
            all.clone()
                .slice([0..batch * time, index * width..(index + 1) * width])
                .reshape([batch, time, self.heads, size])
                .swap_dims(1, 2)
        };
        let (mut query, mut key, mut value) = (part(0), part(1), part(2));
        if self.rotary {
            query = rotate(&query, start);
            key = rotate(&key, start);
        }
        if let Some((past_key, past_value)) = cached.take() {
            key = Tensor::cat(vec![past_key, key], 2);
            value = Tensor::cat(vec![past_value, value], 2);
        }
        *cached = Some((key.clone(), value.clone()));
        let [_, _, seen, _] = key.dims();
        let scores = query.matmul(key.transpose()) / (size as f64).sqrt();
        let future: Tensor<B, 2, Bool> =
            Tensor::tril_mask([time, seen], (seen - time) as i64, &scores.device());
        let weights = softmax(scores.mask_fill(future.unsqueeze::<4>(), -1e9), 3);
        let mixed = weights
            .matmul(value)
            .swap_dims(1, 2)
            .reshape([batch * time, width]);
        self.projection.forward(mixed).reshape([batch, time, width])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;

    fn network(position: Position, tied_head: bool) -> Gpt<Flex> {
        let shape = GptConfig {
            layers: 2,
            heads: 2,
            width: 16,
            context: 12,
            position,
            dropout: 0.0,
            tied_head,
        };
        shape.validate().unwrap();
        shape.init(9, &burn::tensor::Device::<Flex>::default())
    }

    fn logits(gpt: &Gpt<Flex>, tokens: &[i32]) -> Vec<f32> {
        let ids =
            Tensor::<Flex, 1, Int>::from_data(tokens, &burn::tensor::Device::<Flex>::default());
        gpt.forward(ids.unsqueeze()).into_data().to_vec().unwrap()
    }

    #[test]
    fn future_tokens_do_not_change_past_logits() {
        for position in [Position::Learned, Position::Sinusoidal, Position::Rotary] {
            let gpt = network(position, true);
            let (a, b) = (logits(&gpt, &[1, 4, 5, 6]), logits(&gpt, &[1, 4, 7, 8]));
            assert_eq!(a[..18], b[..18]);
            assert_ne!(a[18..], b[18..]);
        }
    }

    #[test]
    fn cached_logits_equal_uncached_logits() {
        for (position, tied) in [
            (Position::Learned, true),
            (Position::Sinusoidal, false),
            (Position::Rotary, true),
        ] {
            let gpt = network(position, tied);
            let tokens = [1, 4, 5, 6, 7];
            let whole = logits(&gpt, &tokens);
            let mut cache = gpt.cache();
            for (step, token) in tokens.iter().enumerate() {
                let ids = Tensor::<Flex, 2, Int>::from_data(
                    [[*token]],
                    &burn::tensor::Device::<Flex>::default(),
                );
                let one: Vec<f32> = gpt
                    .forward_cached(ids, &mut cache)
                    .into_data()
                    .to_vec()
                    .unwrap();
                for (a, b) in one.iter().zip(&whole[step * 9..]) {
                    approx::assert_abs_diff_eq!(a, b, epsilon = 1e-5);
                }
            }
        }
    }
}
