//! 95 % intervals of figures that are not shares: the block bootstrap (Efron and Tibshirani 1993).
//!
//! The molecules are dealt into blocks like cards, and each replicate draws blocks with replacement,
//! so that a statistic is recomputed from sums per block and not from molecules. The interval is the
//! value plus and minus 1.96 standard deviations of the replicates: a percentile interval would be
//! shifted for distances, which resampling can only make larger.

/// The most blocks that molecules are dealt into: the deviation itself is then known to about 7 %.
const BLOCKS: usize = 100;
/// Draws of blocks.
const REPLICATES: usize = 200;

/// The standard normal quantile that leaves 2.5 % on either side.
pub(super) const Z_95: f64 = 1.959_963_984_540_054;

/// Blocks for `count` molecules; molecule `i` is in block `i % blocks(count)`.
pub(super) fn blocks(count: usize) -> usize {
    BLOCKS.min(count)
}

/// The interval of `value`, where `statistic` computes it anew with each block taken as often as its
/// weight says; `None` for fewer than two blocks. The draws are the same every time.
pub(super) fn interval(
    value: f64,
    blocks: usize,
    statistic: impl Fn(&[f64]) -> f64,
) -> Option<[f64; 2]> {
    if blocks < 2 {
        return None;
    }
    let mut state = 0_u64;
    let mut draw = || {
        state += 1;
        (super::scramble(state) % blocks as u64) as usize
    };
    let values: Vec<f64> = (0..REPLICATES)
        .map(|_| {
            let mut weights = vec![0.0; blocks];
            (0..blocks).for_each(|_| weights[draw()] += 1.0);
            statistic(&weights)
        })
        .filter(|value| value.is_finite())
        .collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let half = Z_95 * variance.sqrt();
    Some([value - half, value + half])
}

/// The interval of the mean of `values`.
pub(super) fn interval_of_mean(values: &[f64]) -> Option<[f64; 2]> {
    let blocks = blocks(values.len());
    let mut sums = vec![(0.0, 0.0); blocks];
    for (index, value) in values.iter().enumerate() {
        let (sum, count) = &mut sums[index % blocks];
        *sum += value;
        *count += 1.0;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    interval(mean, blocks, |weights| {
        let pairs = weights.iter().zip(&sums);
        let (sum, count) = pairs.fold((0.0, 0.0), |(sum, count), (weight, block)| {
            (sum + weight * block.0, count + weight * block.1)
        });
        sum / count
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_mean_is_that_of_theory() {
        // 10,000 numbers with the variance of a fair coin: half a width of 1.96 * 0.5 / 100.
        let coins: Vec<f64> = (0..10_000)
            .map(|index| (super::super::scramble(index) % 2) as f64)
            .collect();
        let [low, high] = interval_of_mean(&coins).expect("enough blocks");
        approx::assert_relative_eq!(high - low, 2.0 * 0.0098, max_relative = 0.2);
        assert!(low < 0.5 && 0.5 < high);
        assert_eq!(
            interval_of_mean(&coins),
            Some([low, high]),
            "the same draws"
        );
    }

    #[test]
    fn one_molecule_has_no_interval() {
        assert_eq!(interval_of_mean(&[1.0]), None);
        assert_eq!(interval_of_mean(&[]), None);
    }
}
