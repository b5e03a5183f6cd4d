//! One share of a batch through the whole network and back.

use std::ops::Range;

use super::attention::{Heads, attend, attend_backward, weights_length};
use super::{GptConfig, Layout, Packed, Position, kernels};
use crate::model::dropout::key_of_part;
use crate::model::gpt::{rotary_angles, sinusoid};
use crate::model::layout::{BlockLayout, LinearLayout, NormLayout};
use crate::model::matrix::{Into, Matrix, MatrixMut, multiply};

/// Tables that depend on the position only.
#[derive(Debug)]
pub(super) struct Tables {
    /// Fixed positional encoding `[context, width]`, if any.
    pub(super) position: Vec<f32>,
    /// Rotary cosines and sines `[context, size of a head / 2]`, if any.
    pub(super) cosines: Vec<f32>,
    pub(super) sines: Vec<f32>,
}

impl Tables {
    pub(super) fn new(config: &GptConfig) -> Self {
        let position = match config.position {
            Position::Sinusoidal => sinusoid(0..config.context, config.width),
            Position::Learned | Position::Rotary => Vec::new(),
        };
        let angles = match config.position {
            Position::Rotary => rotary_angles(0..config.context, config.width / config.heads),
            Position::Learned | Position::Sinusoidal => Vec::new(),
        };
        Self {
            position,
            cosines: angles.iter().map(|angle| angle.cos()).collect(),
            sines: angles.iter().map(|angle| angle.sin()).collect(),
        }
    }
}

/// Everything that is the same for all shares.
#[derive(Clone, Copy)]
pub(super) struct Network<'a> {
    pub(super) config: &'a GptConfig,
    pub(super) layout: &'a Layout,
    pub(super) vocabulary: usize,
    pub(super) tables: &'a Tables,
    pub(super) parameters: &'a [f32],
}

/// Activations of a block that the backward pass needs, each `[rows, ...]`.
#[derive(Default)]
struct Saved {
    /// Input of the block `[width]`.
    input: Vec<f32>,
    statistics_attention: Vec<[f32; 2]>,
    normed_attention: Vec<f32>,
    qkv: Vec<f32>,
    weights: Vec<f32>,
    mixed: Vec<f32>,
    /// After the attention branch `[width]`.
    middle: Vec<f32>,
    statistics_feed: Vec<[f32; 2]>,
    normed_feed: Vec<f32>,
    /// Slope of the activation `[4 width]`.
    slope: Vec<f32>,
    activated: Vec<f32>,
}

/// Buffers of one thread, as large as its largest share so far.
#[derive(Default)]
pub(super) struct Workspace {
    blocks: Vec<Saved>,
    output: Vec<f32>,
    statistics: Vec<[f32; 2]>,
    normed: Vec<f32>,
    logits: Vec<f32>,
    branch: Vec<f32>,
    gradient: Vec<f32>,
    wide: Vec<f32>,
    scores: Vec<f32>,
}

/// The first `length` values of a buffer that grows as needed; what they hold is of no interest.
fn sized<T: Copy + Default>(buffer: &mut Vec<T>, length: usize) -> &mut [T] {
    if buffer.len() < length {
        buffer.resize(length, T::default());
    }
    &mut buffer[..length]
}

impl Network<'_> {
    fn parameter(&self, range: &Range<usize>) -> &[f32] {
        &self.parameters[range.clone()]
    }

    fn norm(&self, norm: &NormLayout, x: &[f32], out: &mut [f32], statistics: &mut [[f32; 2]]) {
        let (gamma, beta) = (self.parameter(&norm.gamma), self.parameter(&norm.beta));
        kernels::layer_norm(x, gamma, beta, out, statistics);
    }

    /// `out = x * weight`, the bias left to the caller.
    fn linear(&self, linear: &LinearLayout, x: &[f32], out: &mut [f32]) {
        let outputs = linear.bias.len();
        let inputs = linear.weight.len() / outputs;
        let weight = Matrix::dense(self.parameter(&linear.weight), outputs);
        let result = MatrixMut::dense(out, outputs);
        multiply(result, Into::Replace, 1.0, Matrix::dense(x, inputs), weight);
    }

    /// Gradients of [`Network::linear`]: writes those of the weight and of `x`, adds that of the
    /// bias.
    fn linear_backward(
        &self,
        linear: &LinearLayout,
        x: &[f32],
        dout: &[f32],
        dx: &mut [f32],
        gradient: &mut [f32],
    ) {
        let outputs = linear.bias.len();
        let inputs = linear.weight.len() / outputs;
        kernels::add_rows(dout, &mut gradient[linear.bias.clone()]);
        let (x, dout) = (Matrix::dense(x, inputs), Matrix::dense(dout, outputs));
        let result = MatrixMut::dense(&mut gradient[linear.weight.clone()], outputs);
        multiply(result, Into::Replace, 1.0, x.transposed(), dout);
        let weight = Matrix::dense(self.parameter(&linear.weight), outputs);
        let result = MatrixMut::dense(dx, inputs);
        multiply(result, Into::Replace, 1.0, dout, weight.transposed());
    }

    /// Gradient through a layer norm: adds to `dx` and to the gradients of its parameters.
    fn norm_backward(
        &self,
        norm: &NormLayout,
        x: &[f32],
        statistics: &[[f32; 2]],
        dout: &[f32],
        dx: &mut [f32],
        gradient: &mut [f32],
    ) {
        let gamma = self.parameter(&norm.gamma);
        // Scale and shift lie next to each other.
        let (dgamma, dbeta) =
            gradient[norm.gamma.start..norm.beta.end].split_at_mut(norm.gamma.len());
        kernels::layer_norm_backward(x, statistics, gamma, dout, dx, dgamma, dbeta);
    }

    /// Drops activations at a place in the network: 0 after the embedding, then two per block.
    /// Without a key nothing is dropped.
    fn dropout(&self, x: &mut [f32], key: Option<u32>, place: usize) {
        if let Some(key) = key {
            kernels::dropout(x, self.config.dropout as f32, key_of_part(key, place));
        }
    }

    fn rotate(&self, molecules: &Packed, qkv: &mut [f32], inverse: bool) {
        if self.tables.cosines.is_empty() {
            return;
        }
        let width = self.config.width;
        let half = width / self.config.heads / 2;
        for span in &molecules.spans {
            for time in 0..span.time() {
                let table = time * half..(time + 1) * half;
                let start = (span.start + time) * 3 * width;
                let (cosines, sines) = (
                    &self.tables.cosines[table.clone()],
                    &self.tables.sines[table],
                );
                kernels::rotate(&mut qkv[start..start + 2 * width], cosines, sines, inverse);
            }
        }
    }

    fn embed(&self, molecules: &Packed, out: &mut [f32]) {
        let width = self.config.width;
        let tokens = self.parameter(&self.layout.token);
        for (row, &token) in out.chunks_exact_mut(width).zip(&molecules.inputs) {
            row.copy_from_slice(&tokens[token as usize * width..][..width]);
        }
        let table = match &self.layout.position {
            Some(range) => self.parameter(range),
            None if self.tables.position.is_empty() => return,
            None => &self.tables.position,
        };
        for span in &molecules.spans {
            let rows = &mut out[span.start * width..span.end * width];
            for (x, position) in rows.iter_mut().zip(table) {
                *x += position;
            }
        }
    }

    /// Weighted sum of the losses in nats. Afterwards the workspace holds what
    /// [`Network::backward`] needs; gradients of the logits are times `scale`. Without a dropout
    /// key nothing is dropped.
    pub(super) fn forward(
        &self,
        molecules: &Packed,
        key: Option<u32>,
        workspace: &mut Workspace,
        scale: f32,
    ) -> f64 {
        let logits = self.logits(molecules, key, workspace);
        let Packed {
            targets, weights, ..
        } = molecules;
        kernels::cross_entropy(logits, self.vocabulary, targets, weights, scale)
    }

    /// The loss of every token in nats.
    pub(super) fn losses(&self, molecules: &Packed, workspace: &mut Workspace) -> Vec<f32> {
        let logits = self.logits(molecules, None, workspace);
        kernels::row_losses(logits, self.vocabulary, &molecules.targets)
    }

    /// Logits `[rows, vocabulary]` of the tokens that follow.
    fn logits<'w>(
        &self,
        molecules: &Packed,
        key: Option<u32>,
        workspace: &'w mut Workspace,
    ) -> &'w mut [f32] {
        let (rows, width) = (molecules.inputs.len(), self.config.width);
        if rows == 0 {
            return &mut [];
        }
        let Workspace {
            blocks,
            output,
            statistics,
            normed,
            logits,
            branch,
            ..
        } = workspace;
        blocks.resize_with(self.config.layers, Saved::default);
        let branch = sized(branch, rows * width);
        let first = sized(&mut blocks[0].input, rows * width);
        self.embed(molecules, first);
        self.dropout(first, key, 0);
        for (index, layout) in self.layout.blocks.iter().enumerate() {
            let (before, after) = blocks.split_at_mut(index + 1);
            let next = after
                .first_mut()
                .map_or(&mut *output, |block| &mut block.input);
            let next = sized(next, rows * width);
            self.block(
                layout,
                index,
                molecules,
                key,
                &mut before[index],
                branch,
                next,
            );
        }
        let normed = sized(normed, rows * width);
        let output = sized(output, rows * width);
        self.norm(&self.layout.norm, output, normed, sized(statistics, rows));
        let logits = sized(logits, rows * self.vocabulary);
        let result = MatrixMut::dense(logits, self.vocabulary);
        multiply(
            result,
            Into::Replace,
            1.0,
            Matrix::dense(normed, width),
            self.head(),
        );
        logits
    }

    /// The output layer `[width, vocabulary]`.
    fn head(&self) -> Matrix<'_> {
        match &self.layout.head {
            Some(range) => Matrix::dense(self.parameter(range), self.vocabulary),
            None => {
                Matrix::dense(self.parameter(&self.layout.token), self.config.width).transposed()
            }
        }
    }

    fn heads(&self) -> Heads {
        Heads {
            heads: self.config.heads,
            width: self.config.width,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the buffers of one pass")]
    fn block(
        &self,
        layout: &BlockLayout,
        index: usize,
        molecules: &Packed,
        key: Option<u32>,
        saved: &mut Saved,
        branch: &mut [f32],
        next: &mut [f32],
    ) {
        let (rows, width) = (molecules.inputs.len(), self.config.width);
        let input = sized(&mut saved.input, rows * width);
        let normed = sized(&mut saved.normed_attention, rows * width);
        let statistics = sized(&mut saved.statistics_attention, rows);
        self.norm(&layout.norm_attention, input, normed, statistics);
        let qkv = sized(&mut saved.qkv, rows * 3 * width);
        self.linear(&layout.query_key_value, normed, qkv);
        kernels::add_bias(qkv, self.parameter(&layout.query_key_value.bias));
        self.rotate(molecules, qkv, false);
        let weights = weights_length(&molecules.spans, self.config.heads);
        let weights = sized(&mut saved.weights, weights);
        let mixed = sized(&mut saved.mixed, rows * width);
        attend(self.heads(), &molecules.spans, qkv, weights, mixed);
        self.linear(&layout.projection, mixed, branch);
        let middle = sized(&mut saved.middle, rows * width);
        self.join(
            &layout.projection,
            input,
            branch,
            middle,
            key,
            2 * index + 1,
        );

        let normed = sized(&mut saved.normed_feed, rows * width);
        let statistics = sized(&mut saved.statistics_feed, rows);
        self.norm(&layout.norm_feed, middle, normed, statistics);
        let slope = sized(&mut saved.slope, rows * 4 * width);
        let activated = sized(&mut saved.activated, rows * 4 * width);
        self.linear(&layout.up, normed, slope);
        kernels::bias_gelu(slope, self.parameter(&layout.up.bias), activated);
        self.linear(&layout.down, activated, branch);
        self.join(&layout.down, middle, branch, next, key, 2 * index + 2);
    }

    /// `out = x + dropout(branch + bias)`: the end of a residual branch.
    fn join(
        &self,
        linear: &LinearLayout,
        x: &[f32],
        branch: &mut [f32],
        out: &mut [f32],
        key: Option<u32>,
        place: usize,
    ) {
        let bias = self.parameter(&linear.bias);
        if self.config.dropout == 0.0 || key.is_none() {
            return kernels::residual(x, branch, bias, out);
        }
        kernels::add_bias(branch, bias);
        self.dropout(branch, key, place);
        for ((out, x), branch) in out.iter_mut().zip(x).zip(branch) {
            *out = x + *branch;
        }
    }

    /// The gradient of the share that [`Network::forward`] has just seen.
    pub(super) fn backward(
        &self,
        molecules: &Packed,
        key: u32,
        workspace: &mut Workspace,
        gradient: &mut [f32],
    ) {
        let (rows, width) = (molecules.inputs.len(), self.config.width);
        if rows == 0 {
            return gradient.fill(0.0);
        }
        self.clear(gradient);
        let Workspace {
            blocks,
            output,
            statistics,
            normed,
            logits,
            branch,
            gradient: dx,
            wide,
            scores,
        } = workspace;
        let (normed, branch) = (&normed[..rows * width], sized(branch, rows * width));
        let dlogits = Matrix::dense(&logits[..rows * self.vocabulary], self.vocabulary);
        let result = MatrixMut::dense(branch, width);
        multiply(
            result,
            Into::Replace,
            1.0,
            dlogits,
            self.head().transposed(),
        );
        let normed = Matrix::dense(normed, width);
        if let Some(range) = &self.layout.head {
            let result = MatrixMut::dense(&mut gradient[range.clone()], self.vocabulary);
            multiply(result, Into::Replace, 1.0, normed.transposed(), dlogits);
        } else {
            let result = MatrixMut::dense(&mut gradient[self.layout.token.clone()], width);
            multiply(result, Into::Add, 1.0, dlogits.transposed(), normed);
        }
        let dx = sized(dx, rows * width);
        dx.fill(0.0);
        let (output, statistics) = (&output[..rows * width], &statistics[..rows]);
        self.norm_backward(&self.layout.norm, output, statistics, branch, dx, gradient);
        for (index, layout) in self.layout.blocks.iter().enumerate().rev() {
            let saved = &blocks[index];
            self.block_backward(
                layout, index, molecules, key, saved, dx, branch, wide, scores, gradient,
            );
        }
        self.dropout(dx, Some(key), 0);
        self.embed_backward(molecules, dx, gradient);
    }

    /// Sets to 0 what the backward pass adds to; it overwrites the weights of linear layers.
    fn clear(&self, gradient: &mut [f32]) {
        let mut from = 0;
        let blocks = self.layout.blocks.iter();
        let linear = blocks.flat_map(|block| {
            [
                &block.query_key_value,
                &block.projection,
                &block.up,
                &block.down,
            ]
        });
        for layer in linear {
            gradient[from..layer.weight.start].fill(0.0);
            from = layer.weight.end;
        }
        gradient[from..].fill(0.0);
    }

    #[expect(clippy::too_many_arguments, reason = "the buffers of one pass")]
    fn block_backward(
        &self,
        layout: &BlockLayout,
        index: usize,
        molecules: &Packed,
        key: u32,
        saved: &Saved,
        dx: &mut [f32],
        branch: &mut [f32],
        wide: &mut Vec<f32>,
        scores: &mut Vec<f32>,
        gradient: &mut [f32],
    ) {
        let (rows, width) = (molecules.inputs.len(), self.config.width);
        let seen = |buffer: &'_ Vec<f32>, columns: usize| -> Range<usize> {
            debug_assert!(buffer.len() >= rows * columns);
            0..rows * columns
        };
        let dwide = sized(wide, rows * 4 * width);
        branch.copy_from_slice(dx);
        self.dropout(branch, Some(key), 2 * index + 2);
        let activated = &saved.activated[seen(&saved.activated, 4 * width)];
        self.linear_backward(&layout.down, activated, branch, dwide, gradient);
        kernels::multiply_by(dwide, &saved.slope[seen(&saved.slope, 4 * width)]);
        let normed = &saved.normed_feed[seen(&saved.normed_feed, width)];
        self.linear_backward(&layout.up, normed, dwide, branch, gradient);
        let middle = &saved.middle[seen(&saved.middle, width)];
        let statistics = &saved.statistics_feed[..rows];
        self.norm_backward(&layout.norm_feed, middle, statistics, branch, dx, gradient);

        branch.copy_from_slice(dx);
        self.dropout(branch, Some(key), 2 * index + 1);
        let (dmixed, dqkv) = dwide.split_at_mut(rows * width);
        let mixed = &saved.mixed[seen(&saved.mixed, width)];
        self.linear_backward(&layout.projection, mixed, branch, dmixed, gradient);
        let qkv = &saved.qkv[seen(&saved.qkv, 3 * width)];
        let (heads, spans) = (self.heads(), &molecules.spans);
        attend_backward(heads, spans, qkv, &saved.weights, dmixed, dqkv, scores);
        self.rotate(molecules, dqkv, true);
        let normed = &saved.normed_attention[seen(&saved.normed_attention, width)];
        self.linear_backward(&layout.query_key_value, normed, dqkv, branch, gradient);
        let input = &saved.input[seen(&saved.input, width)];
        let statistics = &saved.statistics_attention[..rows];
        self.norm_backward(
            &layout.norm_attention,
            input,
            statistics,
            branch,
            dx,
            gradient,
        );
    }

    fn embed_backward(&self, molecules: &Packed, dx: &[f32], gradient: &mut [f32]) {
        let width = self.config.width;
        let tokens = &mut gradient[self.layout.token.clone()];
        for (dx, &token) in dx.chunks_exact(width).zip(&molecules.inputs) {
            let row = &mut tokens[token as usize * width..][..width];
            for (sum, dx) in row.iter_mut().zip(dx) {
                *sum += dx;
            }
        }
        let Some(range) = &self.layout.position else {
            return;
        };
        let table = &mut gradient[range.clone()];
        for span in &molecules.spans {
            for (sum, dx) in table
                .iter_mut()
                .zip(&dx[span.start * width..span.end * width])
            {
                *sum += dx;
            }
        }
    }
}
