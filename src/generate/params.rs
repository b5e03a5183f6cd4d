//! Sampling parameters, and with them from logits to one token: pure functions of the logits and
//! one uniform number.

use crate::tokenizer::{EOS, TokenId, Tokenizer};

/// What is written where the model reads the prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The text: the prompt atom for atom, with what the model does not know.
    pub text: String,
    /// Where the text is a whole fragment that is to grow: how.
    pub growth: Option<Growth>,
}

/// The growth of a fragment at its last atom, which gets one bond more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    /// The symbol of that bond; empty for a single bond.
    pub bond: String,
    /// Whether other bonds may be added to the last atom, too.
    pub anywhere: bool,
}

/// Sampling parameters. Equal parameters give equal molecules, for any batch size, number of
/// threads or shard.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplingParams {
    /// Sampling temperature, by which logits are divided: 1 samples the model's own distribution,
    /// below 1 is safer, above 1 more diverse. 0 is greedy decoding: at every step the likeliest
    /// token, of equally likely ones that of the smallest id, so that all molecules are the same.
    pub temperature: f64,
    /// Number of most likely tokens to sample from (top-k); 0 keeps all.
    pub top_k: usize,
    /// Total probability of the smallest set of most likely tokens to sample from (top-p, nucleus
    /// sampling; Holtzman et al. 2020).
    pub top_p: f64,
    /// SMILES text that every molecule begins with.
    pub prompt: String,
    /// Values of properties that molecules are to have, by name: conditions that the model was trained
    /// with, any number of them.
    pub conditions: Vec<(String, f64)>,
    /// How closely conditions are followed: the logits are those without conditions, and this many times
    /// their difference to those with (classifier-free guidance; Ho and Salimans 2022, arXiv:2207.12598). 1
    /// is the model's own distribution; above 1 conditions weigh more, at twice the work, on a processor
    /// only.
    pub guidance: f64,
    /// Seed of the random streams, one for each molecule's index.
    pub seed: u64,
    /// Whether tokens after which no molecule could follow are left out (of those that `top_k` and
    /// `top_p` leave), the rest being drawn by their probabilities.
    pub grammar: bool,
    /// What is written where the model reads the prompt, if it is another text. Implies `grammar`.
    pub written: Option<Written>,
}

/// A sampling parameter outside its range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("setting `{setting}` is {value}: it must be {requirement}")]
pub struct ParamsError {
    setting: &'static str,
    value: f64,
    requirement: &'static str,
}

impl Default for SamplingParams {
    fn default() -> Self {
        Self {
            temperature: 1.0,
            top_k: 0,
            top_p: 1.0,
            prompt: String::new(),
            conditions: Vec::new(),
            guidance: 1.0,
            seed: 0,
            grammar: false,
            written: None,
        }
    }
}

impl SamplingParams {
    /// Refuses parameters outside their ranges.
    ///
    /// # Errors
    /// [`ParamsError`] naming the setting and its range.
    pub fn validate(&self) -> Result<(), ParamsError> {
        let fail = |setting, value, requirement| {
            Err(ParamsError {
                setting,
                value,
                requirement,
            })
        };
        if !(self.temperature.is_finite() && self.temperature >= 0.0) {
            return fail("temperature", self.temperature, "0 or a positive number");
        }
        if !(self.top_p > 0.0 && self.top_p <= 1.0) {
            return fail("top_p", self.top_p, "above 0 and at most 1");
        }
        if !(self.guidance.is_finite() && self.guidance >= 0.0) {
            return fail("guidance", self.guidance, "0 or a positive number");
        }
        Ok(())
    }

    /// Whether conditions weigh otherwise than the model has them.
    #[expect(
        clippy::float_cmp,
        reason = "1 is exact, and means that nothing is to be done"
    )]
    pub fn is_guided(&self) -> bool {
        self.guidance != 1.0 && !self.conditions.is_empty()
    }

    /// Whether the likeliest token is taken at every step, and chance has no part.
    pub fn is_greedy(&self) -> bool {
        self.temperature <= 0.0
    }

    /// Whether the grammar of molecules decides which tokens may follow.
    pub fn has_grammar(&self) -> bool {
        self.grammar || self.written.is_some()
    }

    /// The share of the draws that each token of a vocabulary has by its logits, `[vocabulary]`: after
    /// temperature, top-k and top-p, before the grammar. 0 for what is never drawn.
    pub(crate) fn shares(&self, tokenizer: &Tokenizer, logits: &[f32]) -> Vec<f64> {
        let Choices { weights, total, .. } = self.choices(logits, &never(tokenizer));
        weights.into_iter().map(|weight| weight / total).collect()
    }

    /// The tokens that may follow by these logits, but for those of which `never` is true.
    #[expect(
        clippy::float_cmp,
        reason = "1 is exact, and means that nothing is to be done"
    )]
    pub(super) fn choices<'a>(&self, logits: &'a [f32], never: &'a [bool]) -> Choices<'a> {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let weight = |logit: &f32| f64::from(logit - largest).exp();
        let mut weights: Vec<f64> = logits.iter().map(weight).collect();
        let normalizer = f64::from(largest) + weights.iter().sum::<f64>().ln();
        if self.is_greedy() {
            let best = likeliest(logits, never);
            weights = (0..logits.len())
                .map(|index| f64::from(u8::from(index == best)))
                .collect();
        } else if self.temperature != 1.0 {
            // The largest of those that may be chosen, or all of them might underflow to 0.
            let allowed = logits
                .iter()
                .enumerate()
                .filter(|(index, _)| !never[*index]);
            let largest = allowed
                .map(|(_, logit)| *logit)
                .fold(f32::NEG_INFINITY, f32::max);
            for (weight, logit) in weights.iter_mut().zip(logits) {
                *weight = (f64::from(logit - largest) / self.temperature).exp();
            }
        }
        for (index, weight) in weights.iter_mut().enumerate() {
            if never[index] {
                *weight = 0.0;
            }
        }
        if self.top_k > 0 || self.top_p < 1.0 {
            self.keep_likeliest(&mut weights);
        }
        Choices {
            total: weights.iter().sum(),
            weights,
            logits,
            never,
            normalizer,
        }
    }

    /// Sets to 0 what top-k and top-p leave out; ties go to the smaller token id.
    fn keep_likeliest(&self, weights: &mut [f64]) {
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]).then(a.cmp(b)));
        let count = if self.top_k > 0 {
            self.top_k.min(order.len())
        } else {
            order.len()
        };
        let (likely, rest) = order.split_at(count);
        for index in rest {
            weights[*index] = 0.0;
        }
        let share = self.top_p * likely.iter().map(|index| weights[*index]).sum::<f64>();
        let mut sum = 0.0;
        for (place, index) in likely.iter().enumerate() {
            let weight = weights[*index];
            if place > 0 && sum >= share {
                weights[*index] = 0.0;
            }
            sum += weight;
        }
    }
}

/// The tokens that may follow, for any number of draws.
pub(super) struct Choices<'a> {
    /// Shares of the draws, not normalized; 0 for what is never chosen.
    weights: Vec<f64>,
    total: f64,
    logits: &'a [f32],
    never: &'a [bool],
    /// Logarithm of the sum of all tokens' exponentials at temperature 1.
    normalizer: f64,
}

/// The logits of a guided choice, from those with conditions and those without.
pub(super) fn guided(guidance: f64, with: &[f32], without: &[f32]) -> Vec<f32> {
    let guidance = guidance as f32;
    let both = with.iter().zip(without);
    both.map(|(with, without)| without + guidance * (with - without))
        .collect()
}

impl<'a> Choices<'a> {
    /// The same choices with likelihoods by these logits.
    pub(super) fn scored_by(self, logits: &'a [f32]) -> Self {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = logits
            .iter()
            .map(|logit| f64::from(logit - largest).exp())
            .sum();
        Self {
            normalizer: f64::from(largest) + sum.ln(),
            logits,
            ..self
        }
    }

    /// The token that `uniform` (0 to below 1) selects, and the negative logarithm of the model's
    /// own probability of it, at temperature 1 over all tokens.
    pub(super) fn choose(&self, uniform: f64) -> (TokenId, f64) {
        let token = select(&self.weights, uniform * self.total);
        (token, self.nll(token))
    }

    /// As [`Self::choose`] among the tokens that may follow: those that may not are left out one by one,
    /// as they are drawn, which leaves the others their proportions. Where none is left of what the
    /// parameters keep, the likeliest that may follow; `None` where none may.
    pub(super) fn choose_among(
        &self,
        mut uniform: impl FnMut() -> f64,
        mut may_follow: impl FnMut(TokenId) -> bool,
    ) -> Option<(TokenId, f64)> {
        let (mut token, nll) = self.choose(uniform());
        if may_follow(token) {
            return Some((token, nll));
        }
        let mut weights = self.weights.clone();
        loop {
            weights[usize::from(token.0)] = 0.0;
            let total: f64 = weights.iter().sum();
            if total <= 0.0 {
                break;
            }
            token = select(&weights, uniform() * total);
            if may_follow(token) {
                return Some((token, self.nll(token)));
            }
        }
        let mut rest: Vec<usize> = (0..weights.len())
            .filter(|index| !self.never[*index] && self.weights[*index] <= 0.0)
            .collect();
        rest.sort_by(|a, b| self.logits[*b].total_cmp(&self.logits[*a]).then(a.cmp(b)));
        let mut rest = rest.into_iter().map(|index| TokenId(index as u16));
        let token = rest.find(|token| may_follow(*token))?;
        Some((token, self.nll(token)))
    }

    /// The negative logarithm of the model's own probability of a token.
    pub(super) fn nll(&self, token: TokenId) -> f64 {
        self.normalizer - f64::from(self.logits[usize::from(token.0)])
    }
}

/// The token in whose share of the weights `left`, 0 to below their sum, lies.
fn select(weights: &[f64], mut left: f64) -> TokenId {
    let mut chosen = usize::from(EOS.0);
    for (index, weight) in weights.iter().enumerate() {
        if *weight > 0.0 {
            chosen = index;
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
    }
    TokenId(chosen as u16)
}

/// The likeliest token that may be chosen; of equally likely ones the first.
fn likeliest(logits: &[f32], never: &[bool]) -> usize {
    let mut best = usize::from(EOS.0);
    for (index, logit) in logits.iter().enumerate().filter(|(id, _)| !never[*id]) {
        if *logit > logits[best] || (index < best && *logit >= logits[best]) {
            best = index;
        }
    }
    best
}

/// Whether a token of a vocabulary, by its id, is never chosen: PAD, BOS, UNK and those of conditions.
pub(super) fn never(tokenizer: &Tokenizer) -> Vec<bool> {
    let ids = (0..tokenizer.vocabulary().len()).map(|id| TokenId(id as u16));
    ids.map(|id| id != EOS && !tokenizer.writes(id)).collect()
}

crate::error::becomes!(Setting: ParamsError);

#[cfg(test)]
mod tests {
    use super::*;

    /// PAD, BOS and UNK of eight tokens.
    const NEVER: [bool; 8] = [true, true, false, true, false, false, false, false];

    #[track_caller]
    fn check(params: &SamplingParams, uniform: f64, expected: u16) {
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
        let choices = params.choices(&logits, &NEVER[..7]);
        assert_eq!(choices.choose(uniform).0, TokenId(expected));
    }

    #[test]
    fn a_uniform_number_selects_by_share() {
        let plain = SamplingParams::default();
        check(&plain, 0.01, 4);
        check(&plain, 0.49, 4);
        check(&plain, 0.51, 5);
        check(&plain, 0.79, 5);
        check(&plain, 0.81, 6);
        check(
            &SamplingParams {
                top_k: 1,
                ..plain.clone()
            },
            0.99,
            4,
        );
        check(
            &SamplingParams {
                top_k: 2,
                ..plain.clone()
            },
            0.99,
            5,
        );
        check(
            &SamplingParams {
                top_p: 0.4,
                ..plain.clone()
            },
            0.99,
            4,
        );
        check(
            &SamplingParams {
                top_p: 0.6,
                ..plain.clone()
            },
            0.99,
            5,
        );
        check(
            &SamplingParams {
                temperature: 0.01,
                ..plain.clone()
            },
            0.99,
            4,
        );
        check(
            &SamplingParams {
                temperature: 0.0,
                ..plain
            },
            0.99,
            4,
        );
    }

    #[test]
    fn tokens_that_may_not_follow_leave_the_others_their_shares() {
        // Shares 0.1, 0.2, 0.3 and 0.4 of the tokens 4 to 7, of which 5 and 7 may not follow.
        let shares = [0.1_f32, 0.2, 0.3, 0.4];
        let logits: Vec<f32> = [-99.0; 4].into_iter().chain(shares.map(f32::ln)).collect();
        let params = SamplingParams::default();
        let choices = params.choices(&logits, &NEVER);
        let may_follow = |token: TokenId| [4, 6].contains(&token.0);
        let mut count = [0; 8];
        for step in 0..4_000 {
            let mut uniforms =
                (0..9).map(|turn| f64::from((step * 7_919 + turn * 613) % 4_000) / 4_000.0);
            let chosen = choices.choose_among(|| uniforms.next().unwrap(), may_follow);
            let (token, nll) = chosen.unwrap();
            count[usize::from(token.0)] += 1;
            let share = shares[usize::from(token.0) - 4];
            approx::assert_abs_diff_eq!(nll, -f64::from(share).ln(), epsilon = 1e-6);
        }
        assert_eq!(count[4] + count[6], 4_000, "{count:?}");
        assert!((950..1_050).contains(&count[4]), "{count:?}");
        // Of what top-k keeps none may follow: the likeliest of the rest does.
        let narrow = SamplingParams {
            top_k: 1,
            ..SamplingParams::default()
        };
        let chosen = narrow.choices(&logits, &NEVER);
        let chosen = chosen.choose_among(|| 0.5, may_follow);
        assert_eq!(chosen.map(|(token, _)| token), Some(TokenId(6)));
        assert_eq!(choices.choose_among(|| 0.5, |_| false), None);
    }

    #[test]
    fn greedy_decoding_takes_the_likeliest_token_of_the_smallest_id() {
        #[track_caller]
        fn check(logits: &[f32], expected: u16) {
            let greedy = SamplingParams {
                temperature: 0.0,
                top_k: 3,
                top_p: 0.5,
                ..SamplingParams::default()
            };
            for uniform in [0.0, 0.5, 0.999_999] {
                let (token, nll) = greedy.choices(logits, &NEVER[..6]).choose(uniform);
                assert_eq!(token, TokenId(expected), "{logits:?}");
                let sum: f64 = logits.iter().map(|logit| f64::from(*logit).exp()).sum();
                let own = sum.ln() - f64::from(logits[usize::from(expected)]);
                approx::assert_abs_diff_eq!(nll, own, epsilon = 1e-6);
            }
        }
        // PAD, BOS and UNK are likelier, and are never chosen.
        check(&[9.0, 9.0, 1.0, 9.0, 2.0, 3.0], 5);
        check(&[9.0, 9.0, 1.0, 9.0, 3.0, 3.0], 4);
        check(&[9.0, 9.0, 3.0, 9.0, 3.0, 3.0], 2);
        check(&[9.0, 9.0, 3.0, 9.0, -3.0, 2.0], 2);
    }

    #[test]
    fn likelihood_is_the_models_own() {
        let logits = [
            -50.0,
            -50.0,
            0.2_f32.ln(),
            -50.0,
            0.5_f32.ln(),
            0.3_f32.ln(),
        ];
        let cold = SamplingParams {
            temperature: 0.5,
            top_k: 2,
            ..SamplingParams::default()
        };
        let (token, nll) = cold.choices(&logits, &NEVER[..6]).choose(0.99);
        assert_eq!(token, TokenId(5));
        approx::assert_abs_diff_eq!(nll, -0.3_f64.ln(), epsilon = 1e-6);
    }

    #[test]
    fn nonsense_is_refused() {
        for params in [
            SamplingParams {
                temperature: -0.5,
                ..SamplingParams::default()
            },
            SamplingParams {
                temperature: f64::NAN,
                ..SamplingParams::default()
            },
            SamplingParams {
                top_p: 0.0,
                ..SamplingParams::default()
            },
            SamplingParams {
                top_p: 1.1,
                ..SamplingParams::default()
            },
        ] {
            assert!(params.validate().is_err(), "{params:?}");
        }
    }
}
