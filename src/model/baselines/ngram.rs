//! An n-gram model: probabilities of the next token by its counts after the tokens before it.
//!
//! Maximum likelihood, smoothed by the rule of Witten and Bell (1991): a context that was followed
//! by `d` different tokens gives the next shorter context the weight `d / (d + occurrences)`.
//! Before the shortest context stand equal shares for all tokens that may follow. There is no
//! parameter to choose but the order.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::tokenizer::{BOS, PAD, TokenId, UNK};

/// The tokens that followed one context, with counts.
#[derive(Debug, Clone, Default, PartialEq)]
struct Followers {
    total: u32,
    /// Tokens and how often, in the order of their first occurrence.
    counts: Vec<(TokenId, u32)>,
}

impl Followers {
    fn add(&mut self, token: TokenId) {
        self.total += 1;
        match self.counts.iter_mut().find(|(known, _)| *known == token) {
            Some((_, count)) => *count += 1,
            None => self.counts.push((token, 1)),
        }
    }
}

/// Counts of stretches of up to `order` tokens; 2 is a bigram model.
#[derive(Debug, Clone)]
pub struct NGram {
    order: usize,
    vocabulary: usize,
    /// Followers by context, in a table for each length of the context from 0 on.
    tables: Vec<HashMap<Box<[TokenId]>, Followers>>,
}

impl NGram {
    /// A model of these molecules, encoded with BOS and EOS, over `vocabulary` tokens.
    ///
    /// # Panics
    /// When `order` is 0.
    pub fn train(molecules: &[Vec<TokenId>], order: usize, vocabulary: usize) -> Self {
        assert!(order > 0, "an n-gram has at least one token");
        let count = |length: usize| {
            let mut table: HashMap<Box<[TokenId]>, Followers> = HashMap::new();
            for molecule in molecules {
                for end in 1.max(length)..molecule.len() {
                    let context = &molecule[end - length..end];
                    if let Some(followers) = table.get_mut(context) {
                        followers.add(molecule[end]);
                    } else {
                        table.entry(context.into()).or_default().add(molecule[end]);
                    }
                }
            }
            table
        };
        Self {
            order,
            vocabulary,
            tables: (0..order).into_par_iter().map(count).collect(),
        }
    }

    /// Tokens looked at, the predicted one counted.
    pub fn order(&self) -> usize {
        self.order
    }

    /// Different stretches that were counted.
    pub fn entries(&self) -> usize {
        let followers = self.tables.iter().flat_map(HashMap::values);
        followers.map(|followers| followers.counts.len()).sum()
    }

    /// Probability of each token of the vocabulary after these, `[vocabulary]`.
    pub fn probabilities(&self, before: &[TokenId]) -> Vec<f64> {
        let mut shares = vec![1.0; self.vocabulary];
        for never in [PAD, BOS, UNK] {
            if let Some(share) = shares.get_mut(never.0 as usize) {
                *share = 0.0;
            }
        }
        let sum: f64 = shares.iter().sum();
        for share in &mut shares {
            *share /= sum;
        }
        for (length, table) in self.tables.iter().enumerate().take(before.len() + 1) {
            let Some(found) = table.get(&before[before.len() - length..]) else {
                break;
            };
            let different = found.counts.len() as f64;
            let whole = f64::from(found.total) + different;
            for share in &mut shares {
                *share *= different / whole;
            }
            for (token, count) in &found.counts {
                shares[token.0 as usize] += f64::from(*count) / whole;
            }
        }
        shares
    }

    /// Sum of the negative log-likelihoods of the molecules' tokens in nats, and their number.
    pub fn loss(&self, molecules: &[Vec<TokenId>]) -> (f64, usize) {
        let losses: Vec<f64> = molecules
            .par_iter()
            .map(|molecule| {
                let each = (1..molecule.len()).map(|end| {
                    let token = molecule[end].0 as usize;
                    // A token that was never seen has the least share that any token can have.
                    -self.probabilities(&molecule[..end])[token]
                        .max(f64::MIN_POSITIVE)
                        .ln()
                });
                each.sum()
            })
            .collect();
        let tokens = molecules
            .iter()
            .map(|ids| ids.len().saturating_sub(1))
            .sum();
        (losses.iter().sum(), tokens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::EOS;

    const A: TokenId = TokenId(4);
    const B: TokenId = TokenId(5);

    fn molecules() -> Vec<Vec<TokenId>> {
        vec![vec![BOS, A, A, EOS], vec![BOS, A, B, EOS]]
    }

    #[track_caller]
    fn check(order: usize, before: &[TokenId], token: TokenId, expected: f64) {
        let model = NGram::train(&molecules(), order, 6);
        let found = model.probabilities(before);
        approx::assert_abs_diff_eq!(found.iter().sum::<f64>(), 1.0, epsilon = 1e-12);
        approx::assert_abs_diff_eq!(found[token.0 as usize], expected, epsilon = 1e-12);
    }

    #[test]
    fn probabilities_follow_witten_and_bell() {
        // Of 6 tokens A 3, B 1, EOS 2; each of the three has 1/3 before.
        let a = 3.0 / 9.0 + 3.0 / 9.0 / 3.0;
        check(1, &[BOS], A, a);
        check(1, &[BOS, A, B], A, a);
        // BOS was followed by A twice and by nothing else.
        let after_bos = 2.0 / 3.0 + a / 3.0;
        check(2, &[BOS], A, after_bos);
        // A was followed by A, B and EOS, once each.
        check(2, &[BOS, A], A, 1.0 / 6.0 + a / 2.0);
        // BOS A by A and B.
        check(3, &[BOS, A], A, 1.0 / 4.0 + 1.0 / 12.0 + a / 4.0);
        // A context that never was: the shorter one decides.
        check(3, &[BOS, B, A], A, 1.0 / 6.0 + a / 2.0);
        check(2, &[BOS], PAD, 0.0);
    }

    #[test]
    fn losses_are_those_of_the_probabilities() {
        let model = NGram::train(&molecules(), 2, 6);
        let (loss, tokens) = model.loss(&molecules());
        assert_eq!(tokens, 6);
        let by_hand: f64 = molecules()
            .iter()
            .flat_map(|m| {
                (1..m.len())
                    .map(|end| (m[..end].to_vec(), m[end]))
                    .collect::<Vec<_>>()
            })
            .map(|(before, token)| -model.probabilities(&before)[token.0 as usize].ln())
            .sum();
        approx::assert_abs_diff_eq!(loss, by_hand, epsilon = 1e-12);
        // A longer look explains the same molecules better.
        assert!(NGram::train(&molecules(), 3, 6).loss(&molecules()).0 < loss);
    }
}
