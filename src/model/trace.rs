//! The forward pass written out: every value on the way from tokens to logits, for those who look inside.
//!
//! Plain loops over one text at a time. A test holds the values equal to burn's network; sampling and
//! training are elsewhere, and faster.

use super::gpt::{rotary_angles, sinusoid};
use super::layout::{LinearLayout, NormLayout};
use super::{Model, Position};
use crate::tokenizer::TokenId;

/// What is added to a variance before its root is taken.
const EPSILON: f32 = 1e-5;

/// The values of a network that read one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// Tokens that were read.
    pub time: usize,
    /// The residual stream before the first block and after each: `[layers + 1]` of `[time, width]`.
    pub hidden: Vec<Vec<f32>>,
    /// Attention weights of each block, `[layers]` of `[heads, time, time]`: row `t` of a head is where token `t`
    /// looks, which sums to 1 and is 0 for what comes later.
    pub attention: Vec<Vec<f32>>,
    /// Logits of the token after each, `[time, vocabulary]`.
    pub logits: Vec<f32>,
}

impl Trace {
    /// Reads a text, BOS the first of its tokens.
    ///
    /// # Panics
    /// When they are more than the context holds, or one is not in the vocabulary.
    pub fn of(model: &Model, tokens: &[TokenId]) -> Self {
        let pass = Pass::new(model, tokens.len());
        let mut stream = pass.embed(tokens);
        let mut hidden = vec![stream.clone()];
        let mut attention = Vec::new();
        for block in 0..model.config().layers {
            attention.push(pass.block(block, &mut stream).attention);
            hidden.push(stream.clone());
        }
        Self {
            time: tokens.len(),
            logits: pass.logits(&stream),
            hidden,
            attention,
        }
    }

    /// The logits that the network would give if its blocks ended after this many: the logit lens
    /// (nostalgebraist 2020). That of all blocks is [`Trace::logits`].
    ///
    /// # Panics
    /// When the model has fewer blocks, or is not the one that was traced.
    pub fn logits_after(&self, model: &Model, blocks: usize) -> Vec<f32> {
        Pass::new(model, self.time).logits(&self.hidden[blocks])
    }

    /// Every value of one block; blocks are counted from 0.
    ///
    /// # Panics
    /// As [`Trace::logits_after`].
    pub fn block(&self, model: &Model, block: usize) -> BlockValues {
        Pass::new(model, self.time).block(block, &mut self.hidden[block].clone())
    }

    /// The stream after the last block, normalized: what the output layer reads, `[time, width]`.
    ///
    /// # Panics
    /// When the model is not the one that was traced.
    pub fn last_norm(&self, model: &Model) -> Vec<f32> {
        let pass = Pass::new(model, self.time);
        pass.norm(&pass.layout.norm, &self.hidden[self.hidden.len() - 1])
    }
}

/// The values inside one block, in the order in which they are computed.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockValues {
    /// The residual stream that the block reads, `[time, width]`.
    pub before: Vec<f32>,
    /// The same, normalized for attention.
    pub norm_attention: Vec<f32>,
    /// Queries, keys and values side by side, `[time, 3 width]`, queries and keys turned by rotary positions.
    pub query_key_value: Vec<f32>,
    /// Scores, `[heads, time, time]`: products of queries and keys over the root of a head's width; 0 for what
    /// comes later.
    pub scores: Vec<f32>,
    /// Their softmax over the tokens so far, `[heads, time, time]`.
    pub attention: Vec<f32>,
    /// Values mixed by these weights, the heads side by side, `[time, width]`.
    pub mixed: Vec<f32>,
    /// The same through the output projection: what attention adds to the stream.
    pub projected: Vec<f32>,
    /// The stream with it, `[time, width]`.
    pub between: Vec<f32>,
    /// The same, normalized for the feed-forward part.
    pub norm_feed: Vec<f32>,
    /// Its wide layer, `[time, 4 width]`.
    pub up: Vec<f32>,
    /// GELU of these.
    pub activated: Vec<f32>,
    /// What the feed-forward part adds to the stream, `[time, width]`.
    pub down: Vec<f32>,
    /// The residual stream after the block, `[time, width]`.
    pub after: Vec<f32>,
}

/// One pass over a text of `time` tokens.
struct Pass<'a> {
    model: &'a Model,
    layout: super::Layout,
    time: usize,
    width: usize,
    heads: usize,
    /// Angles of rotary positions, `[time, size / 2]`; empty for other positions.
    angles: Vec<f32>,
}

impl<'a> Pass<'a> {
    fn new(model: &'a Model, time: usize) -> Self {
        let config = model.config();
        let (width, heads) = (config.width, config.heads);
        let angles = match config.position {
            Position::Rotary => rotary_angles(0..time, width / heads),
            Position::Learned | Position::Sinusoidal => Vec::new(),
        };
        Self {
            model,
            layout: model.layout(),
            time,
            width,
            heads,
            angles,
        }
    }

    fn weights(&self, range: &std::ops::Range<usize>) -> &'a [f32] {
        &self.model.parameters()[range.clone()]
    }

    /// The embedding of each token, with that of its position.
    fn embed(&self, tokens: &[TokenId]) -> Vec<f32> {
        let table = self.weights(&self.layout.token);
        let row = |token: &TokenId| &table[usize::from(token.0) * self.width..][..self.width];
        let mut stream: Vec<f32> = tokens.iter().flat_map(row).copied().collect();
        let positions = match (&self.layout.position, self.model.config().position) {
            (Some(range), _) => self.weights(range)[..stream.len()].to_vec(),
            (None, Position::Sinusoidal) => sinusoid(0..self.time, self.width),
            (None, _) => Vec::new(),
        };
        for (value, position) in stream.iter_mut().zip(positions) {
            *value += position;
        }
        stream
    }

    /// Adds what a block has to say to the stream; every value on the way there.
    fn block(&self, index: usize, stream: &mut [f32]) -> BlockValues {
        let block = &self.layout.blocks[index];
        let before = stream.to_vec();
        let norm_attention = self.norm(&block.norm_attention, stream);
        let mut query_key_value = self.linear(&block.query_key_value, &norm_attention);
        self.rotate(&mut query_key_value);
        let (mixed, scores, attention) = self.attend(&query_key_value);
        let projected = self.linear(&block.projection, &mixed);
        add(stream, &projected);
        let between = stream.to_vec();
        let norm_feed = self.norm(&block.norm_feed, stream);
        let up = self.linear(&block.up, &norm_feed);
        let activated: Vec<f32> = up.iter().map(|value| gelu(*value)).collect();
        let down = self.linear(&block.down, &activated);
        add(stream, &down);
        BlockValues {
            before,
            norm_attention,
            query_key_value,
            scores,
            attention,
            mixed,
            projected,
            between,
            norm_feed,
            up,
            activated,
            down,
            after: stream.to_vec(),
        }
    }

    /// Causal attention from queries, keys and values `[time, 3 width]`: the mixed values `[time, width]`, the
    /// scores and the weights, both `[heads, time, time]`.
    fn attend(&self, query_key_value: &[f32]) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let (time, width) = (self.time, self.width);
        let size = width / self.heads;
        let scale = 1.0 / (size as f32).sqrt();
        let part = |token: usize, part: usize, head: usize| {
            token * 3 * width + part * width + head * size..
        };
        let mut mixed = vec![0.0; time * width];
        let mut scores = vec![0.0; self.heads * time * time];
        let mut attention = scores.clone();
        for head in 0..self.heads {
            for token in 0..time {
                let query = &query_key_value[part(token, 0, head)][..size];
                let row = (head * time + token) * time..;
                let scores = &mut scores[row.clone()][..=token];
                for (other, score) in scores.iter_mut().enumerate() {
                    let key = &query_key_value[part(other, 1, head)][..size];
                    *score = scale * query.iter().zip(key).map(|(q, k)| q * k).sum::<f32>();
                }
                let weights = &mut attention[row][..=token];
                weights.copy_from_slice(scores);
                softmax(weights);
                let sum = &mut mixed[token * width + head * size..][..size];
                for (other, weight) in weights.iter().enumerate() {
                    let value = &query_key_value[part(other, 2, head)][..size];
                    sum.iter_mut()
                        .zip(value)
                        .for_each(|(sum, value)| *sum += weight * value);
                }
            }
        }
        (mixed, scores, attention)
    }

    /// Turns the halves of every query and key against each other by the angles of the positions (Su 2021).
    fn rotate(&self, projected: &mut [f32]) {
        if self.angles.is_empty() {
            return;
        }
        let half = self.width / self.heads / 2;
        for (row, angles) in projected
            .chunks_exact_mut(3 * self.width)
            .zip(self.angles.chunks_exact(half))
        {
            for head in row[..2 * self.width].chunks_exact_mut(2 * half) {
                let (first, second) = head.split_at_mut(half);
                for ((a, b), angle) in first.iter_mut().zip(second).zip(angles) {
                    let (sine, cosine) = angle.sin_cos();
                    (*a, *b) = (*a * cosine - *b * sine, *b * cosine + *a * sine);
                }
            }
        }
    }

    /// Layer norm of each row.
    fn norm(&self, layout: &NormLayout, stream: &[f32]) -> Vec<f32> {
        let (gamma, beta) = (self.weights(&layout.gamma), self.weights(&layout.beta));
        let mut normal = Vec::with_capacity(stream.len());
        for row in stream.chunks_exact(self.width) {
            let mean = row.iter().sum::<f32>() / self.width as f32;
            let variance =
                row.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / self.width as f32;
            let scale = 1.0 / (variance + EPSILON).sqrt();
            let scaled = row.iter().zip(gamma).zip(beta);
            normal
                .extend(scaled.map(|((value, gamma), beta)| (value - mean) * scale * gamma + beta));
        }
        normal
    }

    /// A linear layer on each row.
    fn linear(&self, layout: &LinearLayout, rows: &[f32]) -> Vec<f32> {
        let (weight, bias) = (self.weights(&layout.weight), self.weights(&layout.bias));
        let inputs = weight.len() / bias.len();
        let mut outputs = Vec::with_capacity(rows.len() / inputs * bias.len());
        for row in rows.chunks_exact(inputs) {
            let start = outputs.len();
            outputs.extend_from_slice(bias);
            for (value, weights) in row.iter().zip(weight.chunks_exact(bias.len())) {
                let output = &mut outputs[start..];
                output
                    .iter_mut()
                    .zip(weights)
                    .for_each(|(output, weight)| *output += value * weight);
            }
        }
        outputs
    }

    /// The last norm and the output layer.
    fn logits(&self, stream: &[f32]) -> Vec<f32> {
        let normal = self.norm(&self.layout.norm, stream);
        let rows = normal.chunks_exact(self.width);
        let dot = |row: &[f32], weights: &mut dyn Iterator<Item = &f32>| {
            row.iter()
                .zip(weights)
                .map(|(value, weight)| value * weight)
                .sum::<f32>()
        };
        let vocabulary = self.model.tokenizer().vocabulary().len();
        match &self.layout.head {
            None => {
                let table = self.weights(&self.layout.token);
                rows.flat_map(|row| {
                    let tokens = table.chunks_exact(self.width);
                    tokens.map(move |token| dot(row, &mut token.iter()))
                })
                .collect()
            }
            Some(head) => {
                let weights = self.weights(head);
                rows.flat_map(|row| {
                    let columns = 0..vocabulary;
                    columns.map(move |column| {
                        dot(row, &mut weights[column..].iter().step_by(vocabulary))
                    })
                })
                .collect()
            }
        }
    }
}

fn add(stream: &mut [f32], branch: &[f32]) {
    stream
        .iter_mut()
        .zip(branch)
        .for_each(|(value, more)| *value += more);
}

/// GELU in its approximation by tanh (Hendrycks and Gimpel 2016).
fn gelu(value: f32) -> f32 {
    let inner = (2.0 / std::f32::consts::PI).sqrt() * (value + 0.044_715 * value.powi(3));
    0.5 * value * (1.0 + inner.tanh())
}

fn softmax(weights: &mut [f32]) {
    let largest = weights.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for weight in weights.iter_mut() {
        *weight = (*weight - largest).exp();
    }
    let sum: f32 = weights.iter().sum();
    for weight in weights {
        *weight /= sum;
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;
    use burn::tensor::{Int, Tensor};

    use super::*;
    use crate::model::GptConfig;
    use crate::tokenizer::{Tokenizer, Vocabulary};

    #[track_caller]
    fn check(position: Position, tied_head: bool) {
        let tokenizer =
            Tokenizer::atomwise(Vocabulary::from_molecules(["CCO", "N(=O)"].into_iter()));
        let config = GptConfig {
            layers: 3,
            heads: 2,
            width: 16,
            context: 12,
            position,
            dropout: 0.0,
            tied_head,
        };
        let vocabulary = tokenizer.vocabulary().len();
        let mut weights = config.with_vocabulary(vocabulary).first_weights(1);
        // Larger than first weights, so that attention is not even.
        for weight in &mut weights {
            *weight *= 8.0;
        }
        let model = Model::new(config, tokenizer, weights).unwrap();
        let tokens: Vec<TokenId> = [1, 4, 5, 6, 7, 4].map(TokenId).to_vec();
        let trace = Trace::of(&model, &tokens);

        let device = burn::tensor::Device::<Flex>::default();
        let ids: Vec<i32> = tokens.iter().map(|token| i32::from(token.0)).collect();
        let ids = Tensor::<Flex, 1, Int>::from_data(&*ids, &device).unsqueeze();
        let expected: Vec<f32> = model
            .network::<Flex>(&device)
            .forward(ids)
            .into_data()
            .to_vec()
            .unwrap();
        assert_eq!(trace.logits.len(), expected.len());
        for (own, burn) in trace.logits.iter().zip(&expected) {
            approx::assert_abs_diff_eq!(own, burn, epsilon = 1e-4);
        }
        assert_eq!(trace.logits_after(&model, 3), trace.logits);
        assert_ne!(trace.logits_after(&model, 0), trace.logits);
        assert_eq!((trace.hidden.len(), trace.attention.len()), (4, 3));
        for block in 0..3 {
            let values = trace.block(&model, block);
            assert_eq!(values.before, trace.hidden[block]);
            assert_eq!(values.attention, trace.attention[block]);
            assert_eq!(values.after, trace.hidden[block + 1]);
        }
        assert_eq!(trace.last_norm(&model).len(), 6 * 16);
        for head in trace
            .attention
            .iter()
            .flat_map(|block| block.chunks_exact(6 * 6))
        {
            for (token, row) in head.chunks_exact(6).enumerate() {
                approx::assert_abs_diff_eq!(row.iter().sum::<f32>(), 1.0, epsilon = 1e-5);
                assert!(row[token + 1..].iter().all(|weight| *weight == 0.0));
            }
        }
    }

    #[test]
    fn the_trace_ends_in_the_logits_of_burn() {
        check(Position::Rotary, true);
        check(Position::Learned, false);
        check(Position::Sinusoidal, true);
    }
}
