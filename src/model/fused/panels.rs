//! A product of a few rows with a weight laid out for it once: the decoder's workhorse.
//!
//! Each result is one chain of fused multiply-adds over the inputs in order, whatever rows stand
//! beside it: a row's result does not depend on its batch, which a general product cannot promise.

/// Columns of a panel: two AVX2 registers.
const COLUMNS: usize = 16;

/// Rows that are computed together: twelve accumulators, two weights and one input fill the
/// sixteen registers of AVX2.
const ROWS: usize = 6;

/// A weight `[inputs, outputs]` in panels of [`COLUMNS`] outputs, zeros after the last.
#[derive(Debug, Clone)]
pub(super) struct Panels {
    rows: Vec<[f32; COLUMNS]>,
    bias: Vec<f32>,
    inputs: usize,
}

impl Panels {
    /// Lays out a weight given by `(input, output)`, and its bias `[outputs]`.
    pub(super) fn new(inputs: usize, bias: &[f32], weight: impl Fn(usize, usize) -> f32) -> Self {
        let outputs = bias.len();
        let mut rows = Vec::with_capacity(outputs.div_ceil(COLUMNS) * inputs);
        for first in (0..outputs).step_by(COLUMNS) {
            for input in 0..inputs {
                let mut row = [0.0; COLUMNS];
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
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            return simd.vectorize(
                #[inline(always)]
                || self.multiply_with::<true>(x, out),
            );
        }
        // Without such an instruction a fused multiply-add is a slow function call.
        if cfg!(target_arch = "aarch64") {
            self.multiply_with::<true>(x, out);
        } else {
            self.multiply_with::<false>(x, out);
        }
    }

    #[inline(always)]
    fn multiply_with<const FUSED: bool>(&self, x: &[f32], out: &mut [f32]) {
        let outputs = self.bias.len();
        let panels = self.rows.chunks_exact(self.inputs);
        for (panel, first) in panels.zip((0..outputs).step_by(COLUMNS)) {
            let columns = COLUMNS.min(outputs - first);
            let mut bias = [0.0; COLUMNS];
            bias[..columns].copy_from_slice(&self.bias[first..first + columns]);
            let blocks = x.chunks(ROWS * self.inputs);
            for (x, out) in blocks.zip(out.chunks_mut(ROWS * outputs)) {
                let sums = if x.len() == ROWS * self.inputs {
                    block::<ROWS, FUSED>(panel, x, bias)
                } else {
                    let mut sums = [bias; ROWS];
                    for (sum, x) in sums.iter_mut().zip(x.chunks_exact(self.inputs)) {
                        [*sum] = block::<1, FUSED>(panel, x, bias);
                    }
                    sums
                };
                for (sum, out) in sums.iter().zip(out.chunks_exact_mut(outputs)) {
                    out[first..first + columns].copy_from_slice(&sum[..columns]);
                }
            }
        }
    }
}

/// `R` rows times one panel.
#[inline(always)]
fn block<const R: usize, const FUSED: bool>(
    panel: &[[f32; COLUMNS]],
    x: &[f32],
    bias: [f32; COLUMNS],
) -> [[f32; COLUMNS]; R] {
    let inputs = panel.len();
    let rows: [&[f32]; R] = std::array::from_fn(|row| &x[row * inputs..(row + 1) * inputs]);
    let mut sums = [bias; R];
    for (input, weights) in panel.iter().enumerate() {
        for row in 0..R {
            let value = rows[row][input];
            for column in 0..COLUMNS {
                let sum = &mut sums[row][column];
                *sum = if FUSED {
                    value.mul_add(weights[column], *sum)
                } else {
                    value * weights[column] + *sum
                };
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_batch_gives_each_row_the_same_bits() {
        let (inputs, outputs, rows) = (37, 21, 20);
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
}
