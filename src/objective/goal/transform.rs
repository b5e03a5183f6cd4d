//! Transforms: from a figure of any size to how good it is, 0 to 1.

use serde::Deserialize;

/// How good a figure is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Transform {
    /// The figure as it is, no less than 0 and no more than 1.
    #[default]
    AsIs,
    /// 0 up to `low`, 1 from `high` on, a straight line between.
    Clip {
        /// The figure where it begins.
        low: f64,
        /// The figure from which it is 1.
        high: f64,
    },
    /// A sigmoid that rises: 0.003 at `low`, a half in the middle, 0.997 at `high`
    /// (REINVENT's, `1 / (1 + 10^(-5 (x - middle) / (high - low)))`).
    Sigmoid {
        /// The figure that is not good.
        low: f64,
        /// The figure that is good.
        high: f64,
    },
    /// A sigmoid that falls: 0.997 at `low`, 0.003 at `high`.
    ReverseSigmoid {
        /// The figure that is good.
        low: f64,
        /// The figure that is not good.
        high: f64,
    },
    /// A sigmoid that rises at `low`, times one that falls at `high`, a half at both.
    DoubleSigmoid {
        /// The figure where it rises.
        low: f64,
        /// The figure where it falls.
        high: f64,
        /// The distance from an end at which it is 0.09 outside and 0.91 inside [default: a tenth of the
        /// range].
        #[serde(default)]
        width: Option<f64>,
    },
    /// 1 within the range, ends included, else 0; either end may be left out.
    Step {
        /// The least figure.
        #[serde(default)]
        low: Option<f64>,
        /// The greatest figure.
        #[serde(default)]
        high: Option<f64>,
    },
    /// 1 within the range, and outside it a Gaussian of the distance; either end may be left out.
    Range {
        /// The least figure.
        #[serde(default)]
        low: Option<f64>,
        /// The greatest figure.
        #[serde(default)]
        high: Option<f64>,
        /// The standard deviation of the Gaussian [default: half the range].
        #[serde(default)]
        fade: Option<f64>,
    },
    /// A Gaussian, 1 at the mean.
    Gaussian {
        /// The best figure.
        mean: f64,
        /// The standard deviation.
        deviation: f64,
    },
}

/// `exp(-x^2 / 2)`.
fn bell(x: f64) -> f64 {
    (-0.5 * x * x).exp()
}

/// A sigmoid in powers of ten.
fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + 10_f64.powf(-x))
}

impl Transform {
    /// How good a figure is, 0 to 1; not a number for what is none.
    pub fn apply(&self, x: f64) -> f64 {
        match *self {
            Self::AsIs => x.clamp(0.0, 1.0),
            Self::Clip { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Self::Sigmoid { low, high } => {
                logistic(5.0 * (x - f64::midpoint(low, high)) / (high - low))
            }
            Self::ReverseSigmoid { low, high } => {
                logistic(-5.0 * (x - f64::midpoint(low, high)) / (high - low))
            }
            Self::DoubleSigmoid { low, high, width } => {
                let width = width.unwrap_or(0.1 * (high - low));
                logistic((x - low) / width) * logistic((high - x) / width)
            }
            Self::Step { low, high } => {
                let inside = low.is_none_or(|low| x >= low) && high.is_none_or(|high| x <= high);
                if x.is_nan() {
                    x
                } else {
                    f64::from(u8::from(inside))
                }
            }
            Self::Range { low, high, fade } => {
                let fade = fade.unwrap_or_else(|| {
                    0.5 * (high.unwrap_or(f64::INFINITY) - low.unwrap_or(f64::NEG_INFINITY))
                });
                match (low, high) {
                    (Some(low), _) if x < low => bell((low - x) / fade),
                    (_, Some(high)) if x > high => bell((x - high) / fade),
                    _ if x.is_nan() => x,
                    _ => 1.0,
                }
            }
            Self::Gaussian { mean, deviation } => bell((x - mean) / deviation),
        }
    }

    /// Refuses bounds that make no sense.
    ///
    /// # Errors
    /// The reason.
    pub(super) fn check(&self) -> Result<(), String> {
        let numbers = match *self {
            Self::AsIs => return Ok(()),
            Self::Clip { low, high }
            | Self::Sigmoid { low, high }
            | Self::ReverseSigmoid { low, high } => [Some(low), Some(high), None],
            Self::DoubleSigmoid { low, high, width } => [Some(low), Some(high), width],
            Self::Step { low, high } => [low, high, None],
            Self::Range { low, high, fade } => [low, high, fade],
            Self::Gaussian { deviation, mean } => [Some(mean), None, Some(deviation)],
        };
        if numbers.iter().flatten().any(|number| !number.is_finite()) {
            return Err("its bounds must be finite numbers".to_owned());
        }
        let [low, high, width] = numbers;
        if let Some(width) = width.filter(|width| *width <= 0.0) {
            return Err(format!("a width of {width} must be above 0"));
        }
        let one_number = matches!(self, Self::Step { .. } | Self::Range { fade: Some(_), .. });
        match (low, high) {
            (Some(low), Some(high)) if low > high || (low >= high && !one_number) => {
                Err(format!("`low` {low} must be below `high` {high}"))
            }
            (None, None) => Err("it needs `low`, `high` or both".to_owned()),
            (Some(_), Some(_)) => Ok(()),
            _ if matches!(self, Self::Range { fade: None, .. }) => {
                Err("with one end it needs `fade`, the distance over which it falls".to_owned())
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Holder {
        transform: Transform,
    }

    fn read(text: &str) -> Result<Transform, String> {
        let text = format!("transform = {{ {text} }}");
        let holder: Holder = toml::from_str(&text).map_err(|error| error.message().to_owned())?;
        holder.transform.check()?;
        Ok(holder.transform)
    }

    #[test]
    fn figures_are_transformed() {
        #[track_caller]
        fn check(text: &str, table: &[(f64, f64)]) {
            let transform = read(text).unwrap();
            for (figure, expected) in table {
                let found = transform.apply(*figure);
                approx::assert_abs_diff_eq!(found, expected, epsilon = 5e-4);
            }
            assert!(transform.apply(f64::NAN).is_nan(), "{text}");
        }
        check(
            "clip = { low = 0, high = 0.75 }",
            &[(-1.0, 0.0), (0.375, 0.5), (0.8, 1.0)],
        );
        check(
            "sigmoid = { low = 0.4, high = 0.6 }",
            &[(0.4, 0.003), (0.5, 0.5), (0.6, 0.997)],
        );
        check(
            "reverse_sigmoid = { low = -10, high = -6 }",
            &[(-10.0, 0.997), (-8.0, 0.5), (-6.0, 0.003)],
        );
        check(
            "double_sigmoid = { low = 2, high = 3 }",
            &[
                (1.9, 0.0909),
                (2.0, 0.5),
                (2.5, 1.0),
                (3.0, 0.5),
                (9.0, 0.0),
            ],
        );
        check(
            "double_sigmoid = { low = 2, high = 3, width = 0.5 }",
            &[(1.5, 0.0908), (2.5, 0.8264)],
        );
        check(
            "step = { low = 2, high = 3 }",
            &[(1.99, 0.0), (2.0, 1.0), (3.0, 1.0), (3.01, 0.0)],
        );
        check("step = { high = 3 }", &[(-9.0, 1.0), (3.01, 0.0)]);
        check(
            "range = { low = 2, high = 3 }",
            &[(1.5, 0.6065), (2.0, 1.0), (3.0, 1.0), (4.0, 0.1353)],
        );
        check(
            "range = { low = 100, fade = 10 }",
            &[(90.0, 0.6065), (100.0, 1.0), (500.0, 1.0)],
        );
        check(
            "range = { high = 1, fade = 1 }",
            &[(-7.0, 1.0), (3.0, 0.1353)],
        );
        check(
            "gaussian = { mean = 2, deviation = 0.5 }",
            &[(1.5, 0.6065), (2.0, 1.0)],
        );
        approx::assert_abs_diff_eq!(Transform::AsIs.apply(1.5), 1.0);
    }

    #[test]
    fn bounds_that_make_no_sense_are_refused() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(read(text).unwrap_err(), expected, "{text}");
        }
        check("sigmoid = { low = 1 }", "missing field `high`");
        check(
            "clip = { low = 3, high = 2 }",
            "`low` 3 must be below `high` 2",
        );
        check(
            "sigmoid = { low = 2, high = 2 }",
            "`low` 2 must be below `high` 2",
        );
        check("step = {}", "it needs `low`, `high` or both");
        check(
            "range = { low = 1 }",
            "with one end it needs `fade`, the distance over which it falls",
        );
        check(
            "gaussian = { mean = 1, deviation = 0 }",
            "a width of 0 must be above 0",
        );
        check(
            "clip = { low = nan, high = 2 }",
            "its bounds must be finite numbers",
        );
    }
}
