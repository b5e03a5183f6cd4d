//! A share with its denominator and uncertainty.

/// The standard normal quantile that leaves 2.5 % on either side.
const Z_95: f64 = 1.959_963_984_540_054;

/// `count` of `of`, or the reason why there is no such figure.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Proportion {
    /// The numerator.
    pub count: usize,
    /// The denominator.
    pub of: usize,
    /// `count / of`; `None` when not computed.
    pub value: Option<f64>,
    /// [`wilson_interval`] of the value at 95 %, as if the molecules were independent draws.
    pub interval: Option<[f64; 2]>,
    /// The reason why there is no value; `None` if there is one.
    pub reason: Option<String>,
}

impl Proportion {
    /// `count / of`; a zero denominator gives no value, for the reason `if_none`.
    pub fn new(count: usize, of: usize, if_none: &str) -> Self {
        if of == 0 {
            return Self::not_computed(if_none.to_owned());
        }
        Self {
            count,
            of,
            value: Some(count as f64 / of as f64),
            interval: Some(wilson_interval(count, of)),
            reason: None,
        }
    }

    /// A figure that was not measured.
    pub fn not_computed(reason: String) -> Self {
        Self {
            count: 0,
            of: 0,
            value: None,
            interval: None,
            reason: Some(reason),
        }
    }
}

/// The 95 % score interval of a proportion (Wilson 1927): unlike `p +- 1.96 s` it stays inside
/// 0 to 1 and keeps a width at both ends. An `of` of zero tells nothing: 0 to 1.
pub fn wilson_interval(count: usize, of: usize) -> [f64; 2] {
    if of == 0 {
        return [0.0, 1.0];
    }
    let n = of as f64;
    let p = count as f64 / n;
    let z2 = Z_95 * Z_95;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z_95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    // At the ends one limit is exact; rounding must not push it past the value.
    let low = if count == 0 {
        0.0
    } else {
        (centre - half).max(0.0)
    };
    let high = if count == of {
        1.0
    } else {
        (centre + half).min(1.0)
    };
    [low, high]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(count: usize, of: usize, expected: [f64; 2]) {
        let found = wilson_interval(count, of);
        for (found, expected) in found.into_iter().zip(expected) {
            approx::assert_abs_diff_eq!(found, expected, epsilon = 5e-5);
        }
    }

    #[test]
    fn wilson_interval_against_published_values() {
        // Newcombe 1998, table I, method 3, to four places.
        check(81, 263, [0.2553, 0.3662]);
        check(15, 148, [0.0624, 0.1605]);
        check(0, 20, [0.0, 0.1611]);
        check(1, 29, [0.0061, 0.1718]);
        // The mirror image of 0 of 20, and no observation at all.
        check(20, 20, [0.8389, 1.0]);
        check(0, 0, [0.0, 1.0]);
    }
}
