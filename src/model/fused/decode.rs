//! One token at a time for many molecules, each at its own position: the way to sample on CPU.
//!
//! Weights are laid out once; keys and values lie contiguously per slot and head. A molecule's
//! logits do not depend on those decoded beside it, bit for bit.

use super::kernels;
use super::panels::Panels;
use super::pass::Tables;
use crate::model::layout::{LinearLayout, NormLayout};
use crate::model::{GptConfig, Layout};

/// A network laid out for decoding; shared by all threads.
#[derive(Debug)]
pub struct Decoder {
    shape: GptConfig,
    vocabulary: usize,
    tables: Tables,
    /// `[vocabulary, width]`
    tokens: Vec<f32>,
    /// `[context, width]`; empty where positions are rotary.
    positions: Vec<f32>,
    blocks: Vec<Block>,
    norm: Norm,
    head: Panels,
}

#[derive(Debug)]
struct Norm {
    gamma: Vec<f32>,
    beta: Vec<f32>,
}

#[derive(Debug)]
struct Block {
    norm_attention: Norm,
    query_key_value: Panels,
    projection: Panels,
    norm_feed: Norm,
    up: Panels,
    down: Panels,
}

impl Decoder {
    /// Lays out the parameters of a network of this shape.
    pub fn new(shape: &GptConfig, vocabulary: usize, parameters: &[f32]) -> Self {
        let layout = Layout::new(shape, vocabulary);
        let norm = |norm: &NormLayout| Norm {
            gamma: parameters[norm.gamma.clone()].to_vec(),
            beta: parameters[norm.beta.clone()].to_vec(),
        };
        let linear = |linear: &LinearLayout| {
            let bias = &parameters[linear.bias.clone()];
            let weight = &parameters[linear.weight.clone()];
            let inputs = weight.len() / bias.len();
            Panels::new(inputs, bias, |input, output| {
                weight[input * bias.len() + output]
            })
        };
        let blocks = layout.blocks.iter().map(|block| Block {
            norm_attention: norm(&block.norm_attention),
            query_key_value: linear(&block.query_key_value),
            projection: linear(&block.projection),
            norm_feed: norm(&block.norm_feed),
            up: linear(&block.up),
            down: linear(&block.down),
        });
        let tokens = parameters[layout.token.clone()].to_vec();
        let no_bias = vec![0.0; vocabulary];
        let head = match &layout.head {
            Some(range) => {
                let weight = &parameters[range.clone()];
                Panels::new(shape.width, &no_bias, |i, o| weight[i * vocabulary + o])
            }
            None => Panels::new(shape.width, &no_bias, |i, o| tokens[o * shape.width + i]),
        };
        let tables = Tables::new(shape);
        let positions = match &layout.position {
            Some(range) => parameters[range.clone()].to_vec(),
            None => tables.position.clone(),
        };
        Self {
            vocabulary,
            tables,
            positions,
            blocks: blocks.collect(),
            norm: norm(&layout.norm),
            head,
            tokens,
            shape: shape.clone(),
        }
    }

    /// Tokens in the vocabulary.
    pub fn vocabulary(&self) -> usize {
        self.vocabulary
    }

    /// Slots for molecules, all empty.
    pub fn slots(&self, count: usize) -> Slots {
        let size = self.shape.width / self.shape.heads;
        let length = self.shape.layers * self.shape.heads * size * self.shape.context;
        Slots {
            time: vec![0; count],
            keys: vec![0.0; count * length],
            values: vec![0.0; count * length],
            length,
            buffers: Buffers::default(),
        }
    }

    /// Feeds one token to each of some slots; returns the logits of the tokens that follow.
    ///
    /// # Shapes
    /// inputs: pairs of a slot and its next token, `[rows]`; logits `[rows, vocabulary]`
    ///
    /// # Panics
    /// When a slot is full or does not exist.
    pub fn step<'a>(&self, slots: &'a mut Slots, inputs: &[(usize, u32)]) -> &'a [f32] {
        let (rows, width) = (inputs.len(), self.shape.width);
        let Slots {
            time,
            keys,
            values,
            length,
            buffers,
        } = slots;
        buffers.resize(rows, width, self.vocabulary, self.shape.context);
        for (x, &(slot, token)) in buffers.x.chunks_exact_mut(width).zip(inputs) {
            assert!(time[slot] < self.shape.context, "the slot is full");
            x.copy_from_slice(&self.tokens[token as usize * width..][..width]);
            if !self.positions.is_empty() {
                let position = &self.positions[time[slot] * width..][..width];
                kernels::add_bias(x, position);
            }
        }
        let statistics = &mut buffers.statistics;
        let per_block = *length / self.shape.layers;
        for (index, block) in self.blocks.iter().enumerate() {
            let norm = &block.norm_attention;
            kernels::layer_norm(
                &buffers.x,
                &norm.gamma,
                &norm.beta,
                &mut buffers.normed,
                statistics,
            );
            block
                .query_key_value
                .multiply(&buffers.normed, &mut buffers.qkv);
            let each = buffers.qkv.chunks_exact_mut(3 * width);
            for ((qkv, mixed), &(slot, _)) in
                each.zip(buffers.mixed.chunks_exact_mut(width)).zip(inputs)
            {
                let cached =
                    slot * *length + index * per_block..slot * *length + (index + 1) * per_block;
                let (keys, values) = (&mut keys[cached.clone()], &mut values[cached]);
                self.attend(qkv, time[slot], keys, values, mixed, &mut buffers.scores);
            }
            block
                .projection
                .multiply(&buffers.mixed, &mut buffers.branch);
            kernels::add_bias(&mut buffers.x, &buffers.branch);
            let norm = &block.norm_feed;
            kernels::layer_norm(
                &buffers.x,
                &norm.gamma,
                &norm.beta,
                &mut buffers.normed,
                statistics,
            );
            block.up.multiply(&buffers.normed, &mut buffers.wide);
            kernels::gelu(&mut buffers.wide);
            block.down.multiply(&buffers.wide, &mut buffers.branch);
            kernels::add_bias(&mut buffers.x, &buffers.branch);
        }
        let Norm { gamma, beta } = &self.norm;
        kernels::layer_norm(&buffers.x, gamma, beta, &mut buffers.normed, statistics);
        self.head.multiply(&buffers.normed, &mut buffers.logits);
        for &(slot, _) in inputs {
            time[slot] += 1;
        }
        &buffers.logits
    }

    /// Attention of one token over its molecule so far; its key and value join the cache.
    ///
    /// # Shapes
    /// qkv `[3 width]`; keys `[heads, size, context]`; values `[heads, context, size]`;
    /// mixed `[width]`; scores: working space `[context]`
    fn attend(
        &self,
        qkv: &mut [f32],
        time: usize,
        keys: &mut [f32],
        values: &mut [f32],
        mixed: &mut [f32],
        scores: &mut [f32],
    ) {
        let (width, context) = (self.shape.width, self.shape.context);
        let size = width / self.shape.heads;
        if !self.tables.cosines.is_empty() {
            let table = time * size / 2..(time + 1) * size / 2;
            let (cosines, sines) = (
                &self.tables.cosines[table.clone()],
                &self.tables.sines[table],
            );
            kernels::rotate(&mut qkv[..2 * width], cosines, sines, false);
        }
        let (query, rest) = qkv.split_at(width);
        let (key, value) = rest.split_at(width);
        for head in 0..self.shape.heads {
            let part = head * size..(head + 1) * size;
            let keys = &mut keys[head * size * context..][..size * context];
            let values = &mut values[head * size * context..][..size * context];
            for (row, key) in keys.chunks_exact_mut(context).zip(&key[part.clone()]) {
                row[time] = *key;
            }
            values[time * size..][..size].copy_from_slice(&value[part.clone()]);
            let (query, mixed) = (&query[part.clone()], &mut mixed[part]);
            kernels::attend_one(query, keys, values, &mut scores[..=time], mixed);
        }
    }
}

/// Keys and values of the molecules that one thread decodes.
#[derive(Debug, Clone)]
pub struct Slots {
    /// Tokens read so far, per slot.
    time: Vec<usize>,
    /// `[slots, layers, heads, size, context]`: positions side by side, for products over all.
    keys: Vec<f32>,
    /// `[slots, layers, heads, context, size]`
    values: Vec<f32>,
    /// Values of one slot.
    length: usize,
    buffers: Buffers,
}

impl Slots {
    /// Makes a slot go on from where another's molecule stands, in these slots or others.
    pub fn copy_from(&mut self, slot: usize, other: &Self, from: usize) {
        let length = self.length;
        self.time[slot] = other.time[from];
        let (to, from) = (
            slot * length..(slot + 1) * length,
            from * length..(from + 1) * length,
        );
        self.keys[to.clone()].copy_from_slice(&other.keys[from.clone()]);
        self.values[to].copy_from_slice(&other.values[from]);
    }
}

/// Working space of one step.
#[derive(Debug, Clone, Default)]
struct Buffers {
    x: Vec<f32>,
    normed: Vec<f32>,
    statistics: Vec<[f32; 2]>,
    qkv: Vec<f32>,
    mixed: Vec<f32>,
    branch: Vec<f32>,
    wide: Vec<f32>,
    logits: Vec<f32>,
    scores: Vec<f32>,
}

impl Buffers {
    fn resize(&mut self, rows: usize, width: usize, vocabulary: usize, context: usize) {
        for (buffer, columns) in [
            (&mut self.x, width),
            (&mut self.normed, width),
            (&mut self.qkv, 3 * width),
            (&mut self.mixed, width),
            (&mut self.branch, width),
            (&mut self.wide, 4 * width),
            (&mut self.logits, vocabulary),
        ] {
            buffer.resize(rows * columns, 0.0);
        }
        self.statistics.resize(rows, [0.0; 2]);
        self.scores.resize(context, 0.0);
    }
}
