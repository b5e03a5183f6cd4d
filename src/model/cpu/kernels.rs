//! Loops over rows: norms, activation, softmax and loss, forward and backward.
//!
//! Each is compiled for every instruction set that [`pulp`] knows and chosen at run time. Sums run
//! over eight lanes, so that they vectorize and have one fixed order on every machine.

use pulp::Arch;

use crate::model::dropout::{hash, threshold};

/// Added to the variance in a layer norm, as in burn's `LayerNorm`.
const EPSILON: f32 = 1e-5;

/// Values that are summed side by side.
const LANES: usize = 8;

/// Constants of GELU's tanh formula: 2 sqrt(2 / pi), and the weight of the cube.
const TWICE: f32 = 1.595_769;
const CUBE: f32 = 0.044_715;

/// Sum of all lanes and the rest, in one fixed order.
#[inline(always)]
fn sum(values: impl Iterator<Item = [f32; LANES]>, rest: impl Iterator<Item = f32>) -> f32 {
    let mut lanes = [0.0; LANES];
    for chunk in values {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h)) + rest.sum::<f32>()
}

/// Sum of `f` over pairs of values.
#[inline(always)]
fn sum_of(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) -> f32 {
    let (chunks_a, rest_a) = a.as_chunks::<LANES>();
    let (chunks_b, rest_b) = b.as_chunks::<LANES>();
    let each = |(x, y): (&[f32; LANES], &[f32; LANES])| {
        let mut out = [0.0; LANES];
        for i in 0..LANES {
            out[i] = f(x[i], y[i]);
        }
        out
    };
    let rest = rest_a.iter().zip(rest_b).map(|(x, y)| f(*x, *y));
    sum(chunks_a.iter().zip(chunks_b).map(each), rest)
}

/// [`exp`] is computed up to this far from 0. Beyond it nothing matters to a network, but the
/// results, and products with them, would come near the denormal numbers, which are slow.
pub(super) const EXP_RANGE: f32 = 60.0;

/// Adding 1.5 * 2^23 rounds to a whole number, found in the low bits.
pub(super) const ROUND: f32 = 12_582_912.0;

/// The natural logarithm of 2 is the difference of these, of which the first has few bits.
pub(super) const LN_2_HIGH: f32 = 0.693_359_4;
pub(super) const LN_2_LOW: f32 = 2.121_944_4e-4;

/// Coefficients of (e^r - 1 - r) / r^2 near 0, the highest power first (Cephes `expf`).
pub(super) const EXP_POLYNOMIAL: [f32; 6] = [
    1.987_569_1e-4,
    1.398_199_9e-3,
    8.333_452e-3,
    4.166_579_6e-2,
    1.666_666_5e-1,
    0.5,
];

/// `e^x`, relative error below 2e-7, by range reduction and a polynomial.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let x = x.clamp(-EXP_RANGE, EXP_RANGE);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let r = x - whole * LN_2_HIGH + whole * LN_2_LOW;
    let mut p = EXP_POLYNOMIAL[0];
    for coefficient in &EXP_POLYNOMIAL[1..] {
        p = p * r + coefficient;
    }
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    (p * r * r + r + 1.0) * power
}

/// Layer norm of each row (Ba et al. 2016); `statistics` gets mean and 1 / deviation.
///
/// # Shapes
/// x, out `[rows, width]`; statistics `[rows]`
pub(super) fn layer_norm(
    x: &[f32],
    gamma: &[f32],
    beta: &[f32],
    out: &mut [f32],
    statistics: &mut [[f32; 2]],
) {
    let width = gamma.len();
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let rows = x.chunks_exact(width).zip(out.chunks_exact_mut(width));
            for ((x, out), statistics) in rows.zip(statistics) {
                let mean = sum_of(x, x, |a, _| a) / width as f32;
                let variance = sum_of(x, x, |a, _| (a - mean) * (a - mean)) / width as f32;
                let inverse = 1.0 / (variance + EPSILON).sqrt();
                *statistics = [mean, inverse];
                for (((out, x), gamma), beta) in out.iter_mut().zip(x).zip(gamma).zip(beta) {
                    *out = (x - mean) * inverse * gamma + beta;
                }
            }
        },
    );
}

/// Backward of [`layer_norm`]: adds to `dx`, `dgamma` and `dbeta`.
pub(super) fn layer_norm_backward(
    x: &[f32],
    statistics: &[[f32; 2]],
    gamma: &[f32],
    dout: &[f32],
    dx: &mut [f32],
    dgamma: &mut [f32],
    dbeta: &mut [f32],
) {
    let width = gamma.len();
    let mut normed = vec![0.0_f32; width];
    let mut scaled = vec![0.0_f32; width];
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let rows = x.chunks_exact(width).zip(dout.chunks_exact(width));
            let rows = rows.zip(dx.chunks_exact_mut(width)).zip(statistics);
            let (normed, scaled) = (&mut normed[..width], &mut scaled[..width]);
            let (gamma, dgamma, dbeta) =
                (&gamma[..width], &mut dgamma[..width], &mut dbeta[..width]);
            for (((x, dout), dx), &[mean, inverse]) in rows {
                for i in 0..width {
                    normed[i] = (x[i] - mean) * inverse;
                    scaled[i] = dout[i] * gamma[i];
                    dgamma[i] += dout[i] * normed[i];
                    dbeta[i] += dout[i];
                }
                let mean_scaled = sum_of(scaled, scaled, |a, _| a) / width as f32;
                let mean_product = sum_of(scaled, normed, |a, b| a * b) / width as f32;
                for i in 0..width {
                    dx[i] += inverse * (scaled[i] - mean_scaled - normed[i] * mean_product);
                }
            }
        },
    );
}

/// Adds the bias, then GELU by its tanh formula (Hendrycks and Gimpel 2016) into `out`; `x` becomes
/// the derivative at each value, which is all that the backward pass needs.
///
/// # Shapes
/// x, out `[rows, width]`; bias `[width]`
pub(super) fn bias_gelu(x: &mut [f32], bias: &[f32], out: &mut [f32]) {
    let width = bias.len();
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for (x, out) in x.chunks_exact_mut(width).zip(out.chunks_exact_mut(width)) {
                for ((x, out), bias) in x.iter_mut().zip(out).zip(bias) {
                    let value = *x + bias;
                    let gate = gelu_gate(value);
                    *out = value * gate;
                    let slope = TWICE * (1.0 + 3.0 * CUBE * value * value);
                    *x = gate + value * gate * (1.0 - gate) * slope;
                }
            }
        },
    );
}

/// GELU in place, by the formula of [`bias_gelu`].
pub(super) fn gelu(x: &mut [f32]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for x in x {
                *x *= gelu_gate(*x);
            }
        },
    );
}

/// The gate of GELU, by which it multiplies a value: (1 + tanh(z)) / 2 = sigmoid(2 z).
#[inline(always)]
fn gelu_gate(value: f32) -> f32 {
    1.0 / (1.0 + exp(-TWICE * value * (1.0 + CUBE * value * value)))
}

/// `x *= y`, element by element.
pub(super) fn multiply_by(x: &mut [f32], y: &[f32]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for (x, y) in x.iter_mut().zip(y) {
                *x *= y;
            }
        },
    );
}

/// Adds the bias to every row.
pub(super) fn add_bias(x: &mut [f32], bias: &[f32]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for x in x.chunks_exact_mut(bias.len()) {
                for (x, bias) in x.iter_mut().zip(bias) {
                    *x += bias;
                }
            }
        },
    );
}

/// Adds every row of `x` to `sums`: the gradient of a bias.
pub(super) fn add_rows(x: &[f32], sums: &mut [f32]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for x in x.chunks_exact(sums.len()) {
                for (sum, x) in sums.iter_mut().zip(x) {
                    *sum += x;
                }
            }
        },
    );
}

/// `out = x + branch + bias`, row by row: the end of a residual branch.
pub(super) fn residual(x: &[f32], branch: &[f32], bias: &[f32], out: &mut [f32]) {
    let width = bias.len();
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let rows = x.chunks_exact(width).zip(branch.chunks_exact(width));
            for ((x, branch), out) in rows.zip(out.chunks_exact_mut(width)) {
                for i in 0..width {
                    out[i] = x[i] + branch[i] + bias[i];
                }
            }
        },
    );
}

/// Softmax of each row over its past: row `i` sees columns `0..=i`, the others become 0.
///
/// # Shapes
/// scores `[time, time]`
pub(super) fn causal_softmax(scores: &mut [f32], time: usize) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for (row, scores) in scores.chunks_exact_mut(time).enumerate() {
                let (seen, future) = scores.split_at_mut(row + 1);
                softmax_row(seen);
                future.fill(0.0);
            }
        },
    );
}

/// Softmax in place; returns the logarithm of the sum of the exponentials.
#[inline(always)]
fn softmax_row(values: &mut [f32]) -> f32 {
    let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for value in values.iter_mut() {
        *value = exp(*value - most);
    }
    let total = sum_of(values, values, |a, _| a);
    let inverse = 1.0 / total;
    for value in values.iter_mut() {
        *value *= inverse;
    }
    most + total.ln()
}

/// Backward of [`causal_softmax`]: gradients of the weights become gradients of the scores,
/// times `scale`.
///
/// # Shapes
/// weights, gradients `[time, time]`
pub(super) fn softmax_backward(weights: &[f32], gradients: &mut [f32], time: usize, scale: f32) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let rows = weights
                .chunks_exact(time)
                .zip(gradients.chunks_exact_mut(time));
            for (weights, gradients) in rows {
                let mean = sum_of(weights, gradients, |a, b| a * b);
                for (gradient, weight) in gradients.iter_mut().zip(weights) {
                    *gradient = weight * (*gradient - mean) * scale;
                }
            }
        },
    );
}

/// Weighted cross-entropy of each row: returns the sum of weights times losses in nats; the logits
/// become its gradients times `scale`.
///
/// # Shapes
/// logits `[rows, vocabulary]`; targets and weights `[rows]`
pub(super) fn cross_entropy(
    logits: &mut [f32],
    vocabulary: usize,
    targets: &[u32],
    weights: &[f32],
    scale: f32,
) -> f64 {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let mut loss = 0.0;
            let rows = logits.chunks_exact_mut(vocabulary).zip(targets);
            for ((row, &target), &weight) in rows.zip(weights) {
                if weight == 0.0 {
                    row.fill(0.0);
                    continue;
                }
                let target = target as usize;
                let chosen = row[target];
                let normalizer = softmax_row(row);
                loss += f64::from(weight) * f64::from(normalizer - chosen);
                row[target] -= 1.0;
                let scale = scale * weight;
                for value in row.iter_mut() {
                    *value *= scale;
                }
            }
            loss
        },
    )
}

/// Cross-entropy of each row in nats; the logits become probabilities.
///
/// # Shapes
/// logits `[rows, vocabulary]`; targets and result `[rows]`
pub(super) fn row_losses(logits: &mut [f32], vocabulary: usize, targets: &[u32]) -> Vec<f32> {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let rows = logits.chunks_exact_mut(vocabulary).zip(targets);
            let loss = |(row, target): (&mut [f32], &u32)| {
                let chosen = row[*target as usize];
                softmax_row(row) - chosen
            };
            rows.map(loss).collect()
        },
    )
}

/// Rotates the halves of each head against each other by the angle of its position (Su et al.
/// 2021), backwards when `inverse`.
///
/// # Shapes
/// x: one row of `heads` heads; cosines, sines `[size / 2]` of that row's position
pub(super) fn rotate(x: &mut [f32], cosines: &[f32], sines: &[f32], inverse: bool) {
    let half = cosines.len();
    let sign = if inverse { -1.0 } else { 1.0 };
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for head in x.chunks_exact_mut(2 * half) {
                let (low, high) = head.split_at_mut(half);
                for i in 0..half {
                    let (a, b, sine) = (low[i], high[i], sign * sines[i]);
                    low[i] = a * cosines[i] - b * sine;
                    high[i] = b * cosines[i] + a * sine;
                }
            }
        },
    );
}

/// Dropout (Srivastava et al. 2014): each element is dropped, or scaled by `1 / (1 - share)`, by a
/// hash of `key` and its index, so that the backward pass finds the same mask without keeping it.
pub(super) fn dropout(x: &mut [f32], share: f32, key: u32) {
    if share == 0.0 {
        return;
    }
    let threshold = threshold(share);
    let scale = 1.0 / (1.0 - share);
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for (index, x) in x.iter_mut().enumerate() {
                let kept = hash(index as u32 ^ key) >= threshold;
                *x *= if kept { scale } else { 0.0 };
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_close_to_the_standard_one() {
        for i in -6_000..6_000 {
            let x = i as f32 / 100.0;
            approx::assert_relative_eq!(exp(x), x.exp(), max_relative = 3e-7);
        }
        for x in [EXP_RANGE, 1e3, f32::INFINITY] {
            let most = [exp(-EXP_RANGE), exp(EXP_RANGE)];
            assert_eq!([exp(-x), exp(x)].map(f32::to_bits), most.map(f32::to_bits));
        }
    }

    #[test]
    fn a_weight_of_one_changes_no_bit() {
        // Cross-entropy as it was before it had weights.
        let plain = |logits: &mut [f32], targets: &[u32], scale: f32| {
            let mut loss = 0.0;
            for (row, &target) in logits.chunks_exact_mut(7).zip(targets) {
                let target = target as usize;
                let chosen = row[target];
                let normalizer = softmax_row(row);
                loss += f64::from(normalizer - chosen);
                row[target] -= 1.0;
                for value in row.iter_mut() {
                    *value *= scale;
                }
            }
            loss
        };
        let logits: Vec<f32> = (0..70).map(|i| (i as f32 * 1.7).sin() * 5.0).collect();
        let targets: Vec<u32> = (0..10).map(|row| row * 3 % 7).collect();
        let (mut ours, mut theirs) = (logits.clone(), logits.clone());
        let scale = 1.0 / 10.0;
        let loss = cross_entropy(&mut ours, 7, &targets, &[1.0; 10], scale);
        let expected = Arch::new().dispatch(|| plain(&mut theirs, &targets, scale));
        assert_eq!(loss.to_bits(), expected.to_bits());
        let bits = |values: &[f32]| -> Vec<u32> { values.iter().map(|x| x.to_bits()).collect() };
        assert_eq!(bits(&ours), bits(&theirs));
        // A weight of 0 leaves nothing, a negative one turns the sign.
        let (mut none, mut back) = (logits.clone(), logits);
        let nothing = cross_entropy(&mut none, 7, &targets, &[0.0; 10], scale);
        assert_eq!(nothing.to_bits(), 0.0_f64.to_bits());
        assert!(none.iter().all(|value| *value == 0.0));
        let turned = cross_entropy(&mut back, 7, &targets, &[-1.0; 10], scale);
        assert_eq!(turned.to_bits(), (-loss).to_bits());
        for value in &mut back {
            *value = -*value;
        }
        assert_eq!(bits(&back), bits(&ours));
    }

    #[test]
    fn dropout_drops_its_share_and_keeps_the_mean() {
        let mut x = vec![1.0; 100_000];
        dropout(&mut x, 0.2, 77);
        let dropped = x.iter().filter(|x| **x == 0.0).count();
        assert!((19_500..20_500).contains(&dropped), "{dropped}");
        let mut part = vec![1.0; 1_000];
        dropout(&mut part, 0.2, 77);
        assert_eq!(part, x[..1_000]);
    }
}
