//! Causal multi-head attention over packed molecules, forward and backward.
//!
//! Molecules lie one after the other without padding; each attends within itself. Queries, keys
//! and values are strided views of one buffer, so nothing is copied or transposed in memory.

use super::kernels::{causal_softmax, softmax_backward};
use crate::model::matrix::{Into, Matrix, MatrixMut, multiply};

/// The sizes that attention needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heads {
    pub(super) heads: usize,
    pub(super) width: usize,
}

impl Heads {
    fn size(self) -> usize {
        self.width / self.heads
    }

    /// 1 / sqrt(size of a head) (Vaswani et al. 2017).
    fn scale(self) -> f32 {
        1.0 / (self.size() as f32).sqrt()
    }

    /// A view of one head of one molecule in a buffer of rows `stride` wide.
    fn view(self, data: &[f32], molecule: Span, stride: usize, column: usize) -> Matrix<'_> {
        let data = &data[molecule.start * stride + column..molecule.end * stride];
        Matrix::strided(data, molecule.time(), self.size(), stride)
    }

    fn view_mut(
        self,
        data: &mut [f32],
        molecule: Span,
        stride: usize,
        column: usize,
    ) -> MatrixMut<'_> {
        let data = &mut data[molecule.start * stride + column..molecule.end * stride];
        MatrixMut::strided(data, molecule.time(), self.size(), stride)
    }
}

/// The rows of one molecule.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    pub(super) fn time(self) -> usize {
        self.end - self.start
    }
}

/// Values that the attention weights of these molecules take, all heads.
pub(super) fn weights_length(molecules: &[Span], heads: usize) -> usize {
    molecules.iter().map(|m| heads * m.time() * m.time()).sum()
}

/// Mixes values by attention; keeps the weights for the backward pass.
///
/// # Shapes
/// qkv `[rows, 3 width]`; weights: `[heads, time, time]` per molecule; mixed `[rows, width]`
pub(super) fn attend(
    shape: Heads,
    molecules: &[Span],
    qkv: &[f32],
    weights: &mut [f32],
    mixed: &mut [f32],
) {
    let (width, stride) = (shape.width, 3 * shape.width);
    let mut weights = weights;
    for &molecule in molecules {
        let time = molecule.time();
        for head in 0..shape.heads {
            let column = head * shape.size();
            let (scores, rest) = weights.split_at_mut(time * time);
            weights = rest;
            let view = |part: usize| shape.view(qkv, molecule, stride, part * width + column);
            let result = MatrixMut::dense(scores, time);
            let key = view(1).transposed();
            multiply(result, Into::Replace, shape.scale(), view(0), key);
            causal_softmax(scores, time);
            let result = shape.view_mut(mixed, molecule, width, column);
            let weights = Matrix::dense(scores, time);
            multiply(result, Into::Replace, 1.0, weights, view(2));
        }
    }
}

/// Backward of [`attend`]: writes the gradient of queries, keys and values.
///
/// # Shapes
/// As in [`attend`]; `scores` is working space for the longest molecule's `[time, time]`
pub(super) fn attend_backward(
    shape: Heads,
    molecules: &[Span],
    qkv: &[f32],
    weights: &[f32],
    dmixed: &[f32],
    dqkv: &mut [f32],
    scores: &mut Vec<f32>,
) {
    let (width, stride) = (shape.width, 3 * shape.width);
    let mut weights = weights;
    for &molecule in molecules {
        let time = molecule.time();
        scores.resize(time * time, 0.0);
        for head in 0..shape.heads {
            let column = head * shape.size();
            let (mine, rest) = weights.split_at(time * time);
            weights = rest;
            let view = |part: usize| shape.view(qkv, molecule, stride, part * width + column);
            let dmixed = shape.view(dmixed, molecule, width, column);
            let attention = Matrix::dense(mine, time);
            let result = shape.view_mut(dqkv, molecule, stride, 2 * width + column);
            multiply(result, Into::Replace, 1.0, attention.transposed(), dmixed);
            let result = MatrixMut::dense(scores, time);
            multiply(result, Into::Replace, 1.0, dmixed, view(2).transposed());
            softmax_backward(mine, scores, time, shape.scale());
            let dscores = Matrix::dense(scores, time);
            let result = shape.view_mut(dqkv, molecule, stride, column);
            multiply(result, Into::Replace, 1.0, dscores, view(1));
            let result = shape.view_mut(dqkv, molecule, stride, width + column);
            multiply(result, Into::Replace, 1.0, dscores.transposed(), view(0));
        }
    }
}
