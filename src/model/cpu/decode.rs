//! One token at a time for many molecules, each at its own position: the way to sample on CPU.
//!
//! Weights are laid out once; keys and values lie in pages. A molecule's logits do not depend on
//! those decoded beside it, bit for bit.

use super::kernels;
use super::pages::PagedCache;
use super::panels::Panels;
use super::pass::Tables;
use crate::model::layout::{LinearLayout, NormLayout};
use crate::model::{Model, Shape};
use crate::tokenizer::TokenId;

/// A network laid out for decoding; shared by all threads.
#[derive(Debug)]
pub struct Decoder {
    shape: Shape,
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
    /// Lays out the parameters of this model.
    pub fn new(model: &Model) -> Self {
        let Shape { config, vocabulary } = model.shape();
        let (layout, parameters, vocabulary) = (model.layout(), model.parameters(), *vocabulary);
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
                Panels::new(config.width, &no_bias, |i, o| weight[i * vocabulary + o])
            }
            None => Panels::new(config.width, &no_bias, |i, o| tokens[o * config.width + i]),
        };
        let tables = Tables::new(config);
        let positions = match &layout.position {
            Some(range) => parameters[range.clone()].to_vec(),
            None => tables.position.clone(),
        };
        Self {
            tables,
            positions,
            blocks: blocks.collect(),
            norm: norm(&layout.norm),
            head,
            tokens,
            shape: model.shape().clone(),
        }
    }

    /// Tokens in the vocabulary.
    pub fn vocabulary(&self) -> usize {
        self.shape.vocabulary
    }

    /// Feeds one token to each of some molecules; returns the logits of the tokens that follow.
    ///
    /// # Shapes
    /// rows: pairs of a molecule and its next token, `[rows]`; logits `[rows, vocabulary]`
    ///
    /// # Panics
    /// When a molecule fills the context already, or a token is not in the vocabulary.
    pub fn step<'a>(
        &self,
        rows: &mut [(&mut PagedCache, TokenId)],
        buffers: &'a mut Buffers,
    ) -> &'a [f32] {
        let width = self.shape.config.width;
        buffers.resize(rows.len(), &self.shape);
        for (x, (cache, token)) in buffers.x.chunks_exact_mut(width).zip(rows.iter_mut()) {
            assert!(
                cache.time() < self.shape.config.context,
                "the context is full"
            );
            cache.open(self.shape.config.layers, width);
            x.copy_from_slice(&self.tokens[usize::from(token.0) * width..][..width]);
            if !self.positions.is_empty() {
                let position = &self.positions[cache.time() * width..][..width];
                kernels::add_bias(x, position);
            }
        }
        let statistics = &mut buffers.statistics;
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
            let each = each.zip(buffers.mixed.chunks_exact_mut(width));
            for ((qkv, mixed), (cache, _)) in each.zip(rows.iter_mut()) {
                self.attend(index, qkv, cache, &mut buffers.scores, mixed);
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
        for (cache, _) in rows {
            cache.close();
        }
        &buffers.logits
    }

    /// Attention of one token over its molecule so far; its key and value join the cache.
    ///
    /// # Shapes
    /// qkv `[3 width]`; mixed `[width]`; scores: working space
    fn attend(
        &self,
        layer: usize,
        qkv: &mut [f32],
        cache: &mut PagedCache,
        scores: &mut Vec<f32>,
        mixed: &mut [f32],
    ) {
        let (width, heads, time) = (
            self.shape.config.width,
            self.shape.config.heads,
            cache.time(),
        );
        if !self.tables.cosines.is_empty() {
            let half = width / heads / 2;
            let table = time * half..(time + 1) * half;
            let (cosines, sines) = (
                &self.tables.cosines[table.clone()],
                &self.tables.sines[table],
            );
            kernels::rotate(&mut qkv[..2 * width], cosines, sines, false);
        }
        let (query, rest) = qkv.split_at(width);
        let (key, value) = rest.split_at(width);
        cache.write(layer, heads, key, value);
        cache.attend(layer, query, heads, scores, mixed);
    }
}

/// Working space of [`Decoder::step`].
#[derive(Debug, Default)]
pub struct Buffers {
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
    fn resize(&mut self, rows: usize, shape: &Shape) {
        let Shape { config, vocabulary } = shape;
        let width = config.width;
        for (buffer, columns) in [
            (&mut self.x, width),
            (&mut self.normed, width),
            (&mut self.qkv, 3 * width),
            (&mut self.mixed, width),
            (&mut self.branch, width),
            (&mut self.wide, 4 * width),
            (&mut self.logits, *vocabulary),
        ] {
            buffer.resize(rows * columns, 0.0);
        }
        self.statistics.resize(rows, [0.0; 2]);
    }
}
