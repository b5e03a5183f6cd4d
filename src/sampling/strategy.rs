//! From logits to one token: pure functions of the logits and one uniform number.

use crate::tokenizer::{BOS, PAD, TokenId, UNK};

/// How a token is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Strategy {
    /// Logits are divided by this; 1 samples the model's own distribution.
    pub temperature: f64,
    /// Only the `k` most likely tokens; 0 keeps all.
    pub top_k: usize,
    /// Only the smallest set of most likely tokens with at least this share (Holtzman et al. 2020).
    pub top_p: f64,
}

/// A setting that makes no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("--{flag} is {value}: it must be {requirement}")]
pub struct StrategyError {
    flag: &'static str,
    value: f64,
    requirement: &'static str,
}

impl Default for Strategy {
    fn default() -> Self {
        Self {
            temperature: 1.0,
            top_k: 0,
            top_p: 1.0,
        }
    }
}

impl Strategy {
    /// Refuses settings that make no sense.
    ///
    /// # Errors
    /// [`StrategyError`] naming the flag and what it must be.
    pub fn validate(&self) -> Result<(), StrategyError> {
        let fail = |flag, value, requirement| {
            Err(StrategyError {
                flag,
                value,
                requirement,
            })
        };
        if !(self.temperature.is_finite() && self.temperature > 0.0) {
            return fail("temperature", self.temperature, "a positive number");
        }
        if !(self.top_p > 0.0 && self.top_p <= 1.0) {
            return fail("top-p", self.top_p, "above 0 and at most 1");
        }
        Ok(())
    }

    /// The token that `uniform` (0 to below 1) selects. PAD, BOS and UNK are never chosen.
    pub(super) fn choose(&self, logits: &[f32], uniform: f64) -> TokenId {
        let scaled = |index: usize| f64::from(logits[index]) / self.temperature;
        let allowed = |index: &usize| ![PAD, BOS, UNK].contains(&TokenId(*index as u32));
        let mut order: Vec<usize> = (0..logits.len()).filter(allowed).collect();
        let largest = order
            .iter()
            .map(|i| scaled(*i))
            .fold(f64::NEG_INFINITY, f64::max);
        let weight = |index: usize| (scaled(index) - largest).exp();
        if self.top_k > 0 || self.top_p < 1.0 {
            order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]).then(a.cmp(b)));
            if self.top_k > 0 {
                order.truncate(self.top_k);
            }
            let share = self.top_p * order.iter().map(|i| weight(*i)).sum::<f64>();
            let mut sum = 0.0;
            let needed = order.iter().take_while(|i| {
                let more = sum < share;
                sum += weight(**i);
                more
            });
            let needed = needed.count().max(1);
            order.truncate(needed);
        }
        let mut left = uniform * order.iter().map(|i| weight(*i)).sum::<f64>();
        let mut chosen = order[0];
        for index in order {
            chosen = index;
            left -= weight(index);
            if left < 0.0 {
                break;
            }
        }
        TokenId(chosen as u32)
    }
}

/// Natural logarithm of the model's own probability of `token`.
pub(super) fn log_probability(logits: &[f32], token: TokenId) -> f64 {
    let largest = logits.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
    let sum: f64 = logits.iter().map(|x| f64::from(x - largest).exp()).sum();
    f64::from(logits[token.0 as usize] - largest) - sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(strategy: &Strategy, uniform: f64, expected: u32) {
        // Probabilities 0.5, 0.3, 0.2 of the tokens 4, 5, 6; the specials would be likelier.
        let logits = [
            9.0,
            9.0,
            -99.0,
            9.0,
            0.5_f32.ln(),
            0.3_f32.ln(),
            0.2_f32.ln(),
        ];
        assert_eq!(strategy.choose(&logits, uniform), TokenId(expected));
    }

    #[test]
    fn a_uniform_number_selects_by_share() {
        let plain = Strategy::default();
        check(&plain, 0.01, 4);
        check(&plain, 0.49, 4);
        check(&plain, 0.51, 5);
        check(&plain, 0.79, 5);
        check(&plain, 0.81, 6);
        check(
            &Strategy {
                top_k: 1,
                ..plain.clone()
            },
            0.99,
            4,
        );
        check(
            &Strategy {
                top_k: 2,
                ..plain.clone()
            },
            0.99,
            5,
        );
        check(
            &Strategy {
                top_p: 0.4,
                ..plain.clone()
            },
            0.99,
            4,
        );
        check(
            &Strategy {
                top_p: 0.6,
                ..plain.clone()
            },
            0.99,
            5,
        );
        check(
            &Strategy {
                temperature: 0.01,
                ..plain
            },
            0.99,
            4,
        );
    }

    #[test]
    fn nonsense_is_refused() {
        for strategy in [
            Strategy {
                temperature: 0.0,
                ..Strategy::default()
            },
            Strategy {
                temperature: f64::NAN,
                ..Strategy::default()
            },
            Strategy {
                top_p: 0.0,
                ..Strategy::default()
            },
            Strategy {
                top_p: 1.1,
                ..Strategy::default()
            },
        ] {
            assert!(strategy.validate().is_err(), "{strategy:?}");
        }
    }
}
