//! From the parts of a goal, each 0 to 1 with a weight, to one score.

use serde::Deserialize;

/// How parts are joined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Join {
    /// The weighted geometric mean: 0 where one part is 0.
    #[default]
    Geometric,
    /// The weighted arithmetic mean.
    Arithmetic,
    /// The product of the parts, each to the power of its weight.
    Product,
}

impl Join {
    /// The score of some parts, each with its weight; not a number where one of weight above 0 is none.
    pub fn apply(self, parts: impl Iterator<Item = (f64, f64)>) -> f64 {
        let (mut weights, mut sum) = (0.0, 0.0);
        for (weight, part) in parts.filter(|(weight, _)| *weight > 0.0) {
            weights += weight;
            sum += weight
                * match self {
                    Self::Arithmetic => part,
                    Self::Geometric | Self::Product => part.ln(),
                };
        }
        match self {
            Self::Geometric => (sum / weights).exp(),
            Self::Arithmetic => sum / weights,
            Self::Product => sum.exp(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined() {
        #[track_caller]
        fn check(join: Join, parts: &[(f64, f64)], expected: f64) {
            let found = join.apply(parts.iter().copied());
            approx::assert_abs_diff_eq!(found, expected, epsilon = 1e-12);
        }
        let parts = [(1.0, 0.5), (3.0, 0.8)];
        check(Join::Geometric, &parts, (0.5 * 0.512_f64).powf(0.25));
        check(Join::Arithmetic, &parts, 0.725);
        check(Join::Product, &parts, 0.256);
        let none = [(1.0, 0.0), (1.0, 0.9), (0.0, f64::NAN)];
        check(Join::Geometric, &none, 0.0);
        check(Join::Arithmetic, &none, 0.45);
        check(Join::Product, &none, 0.0);
        assert!(
            Join::Geometric
                .apply([(1.0, f64::NAN)].into_iter())
                .is_nan()
        );
    }
}
