//! A product of a few rows with a weight laid out for it once: the decoder's workhorse.
//!
//! Each result is one chain of fused multiply-adds over the inputs in order, whatever rows stand
//! beside it: a row's result does not depend on its batch, which a general product cannot promise.

use std::ops::Range;

use pulp::Simd;

use super::lanes::{LANES, Lanes, Work, widest};

/// A weight `[inputs, outputs]` in panels of [`LANES`] outputs, zeros after the last.
#[derive(Debug, Clone)]
pub(super) struct Panels {
    rows: Vec<[f32; LANES]>,
    bias: Vec<f32>,
    inputs: usize,
}

impl Panels {
    /// Lays out a weight given by `(input, output)`, and its bias `[outputs]`.
    pub(super) fn new(inputs: usize, bias: &[f32], weight: impl Fn(usize, usize) -> f32) -> Self {
        let outputs = bias.len();
        let mut rows = Vec::with_capacity(outputs.div_ceil(LANES) * inputs);
        for first in (0..outputs).step_by(LANES) {
            for input in 0..inputs {
                let mut row = [0.0; LANES];
                for (column, value) in row.iter_mut().enumerate().take(outputs - first) {
                    *value = weight(input, first + column);
                }
                rows.push(row);
            }
        }
        Self {
            rows,
            bias: bias.to_vec(),
            inputs,
        }
    }

    /// `out = x * weight + bias`.
    ///
    /// # Shapes
    /// x `[rows, inputs]`; out `[rows, outputs]`
    pub(super) fn multiply(&self, x: &[f32], out: &mut [f32]) {
        let panels = self;
        widest(Product { panels, x, out });
    }
}

struct Product<'a> {
    panels: &'a Panels,
    x: &'a [f32],
    out: &'a mut [f32],
}

impl Work for Product<'_> {
    #[inline(always)]
    fn run<S: Simd, const N: usize>(mut self, simd: S) {
        let inputs = self.panels.inputs;
        // As many accumulators as leave registers for the weights and one input.
        let together = if N == 1 { 2 } else { 1 };
        for (index, group) in self.panels.rows.chunks(together * inputs).enumerate() {
            let first = index * together * LANES;
            let (one, two) = group.split_at(inputs);
            if two.is_empty() {
                self.rows::<S, N, 6, 1>(simd, [one], first);
            } else {
                self.rows::<S, N, 12, 2>(simd, [one, two], first);
            }
        }
    }
}

impl Product<'_> {
    /// All rows times `P` panels side by side, from column `first` on: `R` rows at a time, then
    /// four, then one.
    #[inline(always)]
    fn rows<S: Simd, const N: usize, const R: usize, const P: usize>(
        &mut self,
        simd: S,
        weights: [&[[f32; LANES]]; P],
        first: usize,
    ) {
        let columns = first..self.panels.bias.len().min(first + P * LANES);
        let count = self.x.len() / self.panels.inputs;
        let mut row = 0;
        while row < count {
            row += match count - row {
                left if left >= R => self.block::<S, N, R, P>(simd, weights, row, &columns),
                left if left >= 4 => self.block::<S, N, 4, P>(simd, weights, row, &columns),
                _ => self.block::<S, N, 1, P>(simd, weights, row, &columns),
            };
        }
    }

    /// `R` rows from `row` on times `P` panels; returns `R`.
    #[inline(always)]
    fn block<S: Simd, const N: usize, const R: usize, const P: usize>(
        &mut self,
        simd: S,
        weights: [&[[f32; LANES]]; P],
        row: usize,
        columns: &Range<usize>,
    ) -> usize {
        let (inputs, outputs) = (self.panels.inputs, self.panels.bias.len());
        let x = &self.x[row * inputs..(row + R) * inputs];
        let rows: [&[f32]; R] = std::array::from_fn(|row| &x[row * inputs..][..inputs]);
        let weights = weights.map(|panel| &panel[..inputs]);
        let mut bias = [[0.0; LANES]; P];
        bias.as_flattened_mut()[..columns.len()]
            .copy_from_slice(&self.panels.bias[columns.clone()]);
        let mut sums: [[Lanes<S, N>; P]; R] = [bias.map(|bias| Lanes::load(&bias)); R];
        for input in 0..inputs {
            let weights = weights.map(|panel| Lanes::load(&panel[input]));
            for row in 0..R {
                let x = simd.splat_f32s(rows[row][input]);
                for panel in 0..P {
                    sums[row][panel] = sums[row][panel].add_scaled(simd, x, weights[panel]);
                }
            }
        }
        let out = &mut self.out[row * outputs..(row + R) * outputs];
        for (sums, out) in sums.into_iter().zip(out.chunks_exact_mut(outputs)) {
            let (whole, rest) = out[columns.clone()].as_chunks_mut::<LANES>();
            for (sum, out) in sums.iter().zip(&mut *whole) {
                sum.store(out);
            }
            if let Some(sum) = sums.get(whole.len()) {
                let mut values = [0.0; LANES];
                sum.store(&mut values);
                rest.copy_from_slice(&values[..rest.len()]);
            }
        }
        R
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(inputs: usize, outputs: usize, rows: usize) {
        let value = |i: usize| ((i * 7_919 % 1_009) as f32 / 1_009.0) - 0.5;
        let bias: Vec<f32> = (0..outputs).map(value).collect();
        let panels = Panels::new(inputs, &bias, |i, j| value(i * outputs + j + 5));
        let x: Vec<f32> = (0..rows * inputs).map(|i| value(i + 11)).collect();
        let mut whole = vec![0.0; rows * outputs];
        panels.multiply(&x, &mut whole);
        for (row, expected) in whole.chunks(outputs).enumerate() {
            let x = &x[row * inputs..(row + 1) * inputs];
            let mut alone = vec![0.0; outputs];
            panels.multiply(x, &mut alone);
            assert_eq!(alone, expected);
            for (j, found) in alone.iter().enumerate() {
                let terms = x
                    .iter()
                    .enumerate()
                    .map(|(i, x)| x * value(i * outputs + j + 5));
                let sum = bias[j] + terms.sum::<f32>();
                approx::assert_abs_diff_eq!(*found, sum, epsilon = 1e-5);
            }
        }
    }

    #[test]
    fn any_batch_gives_each_row_the_same_bits() {
        check(37, 21, 20);
        check(8, 64, 31);
        check(5, 48, 12);
        check(3, 1, 1);
    }
}
