//! Kullback-Leibler divergence as GuacaMol computes it (Brown et al. 2019), from baseline to sample.

use rayon::prelude::*;

/// Points at which densities are compared.
const POINTS: usize = 1_000;
/// Bars of the histograms of whole numbers.
const BINS: usize = 10;
/// Added to every density, so that no logarithm is infinite.
const FLOOR: f64 = 1e-10;

/// The divergence of two samples of real numbers, from Gaussian kernel densities with Scott's
/// bandwidth at 1,000 points over their common range; `None` when either has fewer than two
/// different values, which has no bandwidth.
///
/// The second part gives the divergence again for a `sample` in which block `b` of
/// [`blocks`](super::bootstrap::blocks) counts `weights[b]` times, with the same bandwidth and points.
pub(super) fn continuous(
    baseline: &[f64],
    sample: &[f64],
    blocks: usize,
) -> Option<(f64, impl Fn(&[f64]) -> f64 + use<>)> {
    let (width, sample_width) = (bandwidth(baseline)?, bandwidth(sample)?);
    let all = || baseline.iter().chain(sample).copied();
    let low = all().fold(f64::INFINITY, f64::min);
    let high = all().fold(f64::NEG_INFINITY, f64::max);
    let points: Vec<f64> = (0..POINTS)
        .map(|at| low + (high - low) * at as f64 / (POINTS - 1) as f64)
        .collect();
    let p = density(baseline, width, &points);
    let members: Vec<Vec<f64>> = (0..blocks)
        .map(|block| sample.iter().skip(block).step_by(blocks).copied().collect())
        .collect();
    let by_block: Vec<Vec<f64>> = members
        .par_iter()
        .map(|values| density(values, sample_width, &points))
        .collect();
    let of = move |weights: &[f64]| {
        let mut q = vec![0.0; POINTS];
        let mut count = 0.0;
        for ((weight, densities), values) in weights.iter().zip(&by_block).zip(&members) {
            let share = weight * values.len() as f64;
            count += share;
            for (sum, density) in q.iter_mut().zip(densities) {
                *sum += share * density;
            }
        }
        for sum in &mut q {
            *sum /= count;
        }
        entropy(&p, &q)
    };
    Some((of(&vec![1.0; blocks]), of))
}

/// The divergence of two samples of whole numbers, from histograms of ten bars over the range of
/// the baseline; values of the sample beyond it are left out. `None` when either is empty or no
/// value of the sample is inside.
pub(super) fn discrete(baseline: &[f64], sample: &[f64], weights: &[f64]) -> Option<f64> {
    let low = baseline.iter().copied().reduce(f64::min)?;
    let high = baseline.iter().copied().reduce(f64::max)?;
    // The histogram of a single value is that value in the middle of one unit.
    let (low, high) = if low < high {
        (low, high)
    } else {
        (low - 0.5, high + 0.5)
    };
    let width = (high - low) / BINS as f64;
    let edges: Vec<f64> = (0..=BINS)
        .map(|at| low + (high - low) * at as f64 / BINS as f64)
        .collect();
    let count = |values: &[f64], weight: &dyn Fn(usize) -> f64| {
        let mut counts = [0.0; BINS];
        for (index, value) in values.iter().enumerate() {
            if (low..=high).contains(value) {
                // A bar holds its lower edge, the last one both.
                let bin = edges.partition_point(|edge| edge <= value).clamp(1, BINS) - 1;
                counts[bin] += weight(index);
            }
        }
        let sum: f64 = counts.iter().sum();
        (sum > 0.0).then(|| {
            counts
                .iter()
                .map(|count| count / sum / width)
                .collect::<Vec<f64>>()
        })
    };
    let p = count(baseline, &|_| 1.0)?;
    let q = count(sample, &|index| weights[index % weights.len()])?;
    Some(entropy(&p, &q))
}

/// Scott's bandwidth: the standard deviation (denominator n - 1) times n to the power -1/5.
fn bandwidth(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (variance > 0.0).then(|| variance.sqrt() * n.powf(-0.2))
}

/// The kernel density of `values` at each of `points`.
fn density(values: &[f64], width: f64, points: &[f64]) -> Vec<f64> {
    let scale = 1.0 / (values.len() as f64 * width * std::f64::consts::TAU.sqrt());
    let at = |&point: &f64| {
        let kernel = |&value: &f64| (-0.5 * ((point - value) / width).powi(2)).exp();
        scale * values.iter().map(kernel).sum::<f64>()
    };
    points.par_iter().map(at).collect()
}

/// The relative entropy of two densities on the same grid, each raised by [`FLOOR`] and normalized.
fn entropy(p: &[f64], q: &[f64]) -> f64 {
    let sum = |values: &[f64]| values.iter().map(|value| value + FLOOR).sum::<f64>();
    let (p_sum, q_sum) = (sum(p), sum(q));
    let term = |(p, q): (&f64, &f64)| {
        let (p, q) = ((p + FLOOR) / p_sum, (q + FLOOR) / q_sum);
        p * (p / q).ln()
    };
    p.iter().zip(q).map(term).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of scipy 1.17.1 (`gaussian_kde`, `histogram`, `entropy`) for the same numbers.
    #[test]
    fn divergences_are_scipys() {
        let baseline: Vec<f64> = (0..200).map(|i| f64::from(i * i % 97)).collect();
        let sample: Vec<f64> = (0..150).map(|i| f64::from(i * 7 % 61) + 3.0).collect();
        let (value, again) = continuous(&baseline, &sample, 10).expect("they vary");
        approx::assert_relative_eq!(value, CONTINUOUS, max_relative = 1e-9);
        approx::assert_relative_eq!(again(&[2.0; 10]), value, max_relative = 1e-12);
        let value = discrete(&baseline, &sample, &[1.0]).expect("they overlap");
        approx::assert_relative_eq!(value, DISCRETE, max_relative = 1e-9);
    }

    const CONTINUOUS: f64 = 1.454_801_118_298_950_9;
    const DISCRETE: f64 = 5.357_833_572_270_719;

    #[test]
    fn the_same_sample_has_no_divergence() {
        let values: Vec<f64> = (0..50).map(f64::from).collect();
        let (value, _) = continuous(&values, &values, 5).expect("they vary");
        approx::assert_abs_diff_eq!(value, 0.0, epsilon = 1e-12);
        assert_eq!(discrete(&values, &values, &[1.0]), Some(0.0));
        assert!(continuous(&[1.0, 1.0], &values, 5).is_none());
        assert_eq!(discrete(&[], &values, &[1.0]), None);
        assert_eq!(discrete(&[1.0], &[5.0], &[1.0]), None);
    }
}
