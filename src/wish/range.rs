//! Ranges of numbers: `1..4`, `0.6..`, `..3`, `2`.

/// A range of numbers, ends included; an end that is `None` is open.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Range {
    /// The least number.
    pub low: Option<f64>,
    /// The greatest number.
    pub high: Option<f64>,
}

impl Range {
    /// Reads `LOW..HIGH`, either end left out, or one number.
    ///
    /// # Errors
    /// The reason, for text that is none, and for a low end above the high one.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let number = |text: &str| -> Result<f64, String> {
            let number = text.trim().parse().ok();
            let number = number.filter(|number: &f64| number.is_finite());
            number.ok_or_else(|| format!("`{text}` is not a number"))
        };
        let Some((low, high)) = text.split_once("..") else {
            let number = number(text)?;
            return Ok(Self {
                low: Some(number),
                high: Some(number),
            });
        };
        let end = |text: &str| (!text.trim().is_empty()).then(|| number(text)).transpose();
        let (low, high) = (end(low)?, end(high)?);
        match (low, high) {
            (None, None) => Err("a range has at least one end: `1..4`, `1..`, `..4`".to_owned()),
            (Some(low), Some(high)) if low > high => {
                Err(format!("the low end {low} is above the high end {high}"))
            }
            _ => Ok(Self { low, high }),
        }
    }

    /// Whether a number is in the range; none is that is not a number.
    pub fn contains(&self, number: f64) -> bool {
        /// Tells 0.6 from a sum that should be 0.6.
        const ROUNDING: f64 = 1e-9;
        !number.is_nan()
            && self.low.is_none_or(|low| number >= low - ROUNDING)
            && self.high.is_none_or(|high| number <= high + ROUNDING)
    }

    /// Whether it is one number.
    pub(super) fn is_one_number(&self) -> bool {
        self.low.is_some() && self.low == self.high
    }

    /// Whether a number is in both ranges.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let below = |low: Option<f64>, high: Option<f64>| match (low, high) {
            (Some(low), Some(high)) => low <= high,
            _ => true,
        };
        below(self.low, other.high) && below(other.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        #[track_caller]
        fn check(text: &str, inside: &[f64], outside: &[f64]) {
            let range = Range::parse(text).unwrap();
            for number in inside {
                assert!(range.contains(*number), "{number} in {text}");
            }
            for number in outside {
                assert!(!range.contains(*number), "{number} not in {text}");
            }
        }
        check("1..4", &[1.0, 2.5, 4.0], &[0.99, 4.01, f64::NAN]);
        check("0.6..", &[0.6, 1e9], &[0.59, -1.0]);
        check("..-3", &[-3.0, -1e9], &[-2.9]);
        check("-1 .. 1", &[0.0], &[-2.0, 2.0]);
        check("2", &[2.0], &[1.0, 3.0]);
        check("0.6..", &[0.1 + 0.2 + 0.3], &[]);
    }

    #[test]
    fn what_is_no_range_is_named() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(Range::parse(text).unwrap_err(), expected);
        }
        check("..", "a range has at least one end: `1..4`, `1..`, `..4`");
        check("", "`` is not a number");
        check("a..2", "`a` is not a number");
        check("1...2", "the low end 1 is above the high end 0.2");
        check("nan..", "`nan` is not a number");
        check("4..1", "the low end 4 is above the high end 1");
    }
}
