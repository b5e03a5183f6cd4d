//! The best molecules so far, by calls, and the area below that curve.

use super::Call;

/// Calls between two points of a curve.
const EVERY: usize = 100;

/// Mean score of the `count` best of the first calls, each hundred calls and at the end: calls, mean.
pub fn top_by_calls(calls: &[Call], count: usize) -> Vec<(usize, f64)> {
    let mut best: Vec<f64> = Vec::new();
    let mut points = Vec::new();
    for (place, call) in calls.iter().enumerate() {
        let score = call.judged.score;
        if !score.is_nan() {
            let at = best.partition_point(|other| *other >= score);
            best.insert(at, score);
            best.truncate(count);
        }
        let done = place + 1;
        if done % EVERY == 0 || done == calls.len() {
            points.push((done, best.iter().sum::<f64>() / best.len().max(1) as f64));
        }
    }
    points
}

/// The area below the curve of the `count` best, as a share of that of a score of 1, by the rule of PMO
/// (Gao et al. 2022): a point each hundred calls, trapezoids from 0 on; what a search of fewer than `budget`
/// calls found last holds until then.
pub fn area_of_top(calls: &[Call], count: usize, budget: usize) -> f64 {
    let calls = &calls[..calls.len().min(budget)];
    let (mut before, mut sum) = ((0, 0.0), 0.0);
    for point in top_by_calls(calls, count) {
        sum += (point.0 - before.0) as f64 * f64::midpoint(point.1, before.1);
        before = point;
    }
    sum += (budget - before.0) as f64 * before.1;
    sum / budget.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::Judged;

    fn calls(scores: impl Iterator<Item = f64>) -> Vec<Call> {
        let call = |score| Call {
            smiles: String::new(),
            judged: Judged {
                score,
                parts: Vec::new(),
            },
            stage: 0,
            step: 0,
            scaffold: String::new(),
        };
        scores.map(call).collect()
    }

    #[test]
    fn the_area_is_that_of_trapezoids() {
        let found = calls((0..250).map(|call| if call < 100 { 0.2 } else { 0.6 }));
        let points = top_by_calls(&found, 10);
        assert_eq!(
            points.iter().map(|point| point.0).collect::<Vec<_>>(),
            [100, 200, 250]
        );
        for (point, expected) in points.iter().zip([0.2, 0.6, 0.6]) {
            approx::assert_abs_diff_eq!(point.1, expected, epsilon = 1e-12);
        }
        // 100 (0 + 0.2) / 2 + 100 (0.2 + 0.6) / 2 + 50 * 0.6, then 750 * 0.6.
        approx::assert_abs_diff_eq!(area_of_top(&found, 10, 250), 80.0 / 250.0, epsilon = 1e-12);
        approx::assert_abs_diff_eq!(
            area_of_top(&found, 10, 1_000),
            530.0 / 1_000.0,
            epsilon = 1e-12
        );
        approx::assert_abs_diff_eq!(area_of_top(&found, 10, 100), 0.1, epsilon = 1e-12);
        let few = calls([0.4, f64::NAN, 0.8].into_iter());
        assert_eq!(top_by_calls(&few, 10), [(3, f64::midpoint(0.4, 0.8))]);
        assert_eq!(top_by_calls(&few, 1), [(3, 0.8)]);
        approx::assert_abs_diff_eq!(area_of_top(&[], 10, 100), 0.0);
    }
}
