//! Prompts as tokens: a prompt is text, and where tokens are merged a molecule may begin with it in
//! several segmentations, of which the last token may reach beyond it.
//!
//! A cover is a series of tokens whose text begins with the prompt, and without its last token does
//! not. Every molecule that begins with the prompt has exactly one, so that drawing a cover by its
//! probability, and going on from it, draws from the model's own distribution of texts that begin so.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::SamplingParams;
use super::params::forbidden;
use crate::tokenizer::{TokenId, Tokenizer, UNK};

/// Share of the probability that may be left out when the search for covers ends.
const LEFT_OUT: f64 = 1e-6;

/// Prefixes that are asked for at most: a prompt of a hundred tokens in its likely segmentations.
const MOST_ASKED: usize = 2_048;

/// A beginning of molecules.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cover {
    /// BOS and the tokens.
    pub(super) tokens: Vec<TokenId>,
    /// Negative logarithm of the share that it has, under the model at temperature 1, of all texts that
    /// begin with the prompt.
    pub(super) nll: f64,
    /// The same share, at the temperature of sampling.
    pub(super) share: f64,
}

/// A series of tokens within the prompt, on the way to covers.
struct Prefix {
    tokens: Vec<TokenId>,
    /// Bytes of the prompt that it has.
    length: usize,
    /// Logarithm of its probability, at temperature 1 and at that of sampling.
    log: [f64; 2],
}

impl PartialEq for Prefix {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Prefix {}

impl PartialOrd for Prefix {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Prefix {
    /// The likelier is greater; of equally likely ones that of the smaller tokens.
    fn cmp(&self, other: &Self) -> Ordering {
        let by_likelihood = self.log[1].total_cmp(&other.log[1]);
        by_likelihood.then_with(|| other.tokens.cmp(&self.tokens))
    }
}

/// The covers of a prompt, the likeliest first; one, the prompt's tokens, where none are merged.
///
/// `canonical` is the prompt's own segmentation, `most` the tokens of the longest cover, BOS counted, and
/// `next` gives the logits after some tokens. The search is by likelihood and ends when less than a millionth of the probability is left out.
pub(super) fn covers(
    tokenizer: &Tokenizer,
    params: &SamplingParams,
    canonical: Vec<TokenId>,
    most: usize,
    next: &dyn Fn(&[TokenId]) -> Vec<f32>,
) -> Vec<Cover> {
    let prompt = &*params.prompt;
    let alone = |tokens| {
        vec![Cover {
            tokens,
            nll: 0.0,
            share: 1.0,
        }]
    };
    if tokenizer.merges().is_empty() || prompt.is_empty() {
        return alone(canonical);
    }
    let mut found: Vec<Prefix> = Vec::new();
    let mut open = BinaryHeap::from([Prefix {
        tokens: canonical[..1].to_vec(),
        length: 0,
        log: [0.0; 2],
    }]);
    for _ in 0..MOST_ASKED {
        let mass = |prefixes: &mut dyn Iterator<Item = &Prefix>| -> f64 {
            prefixes.map(|prefix| prefix.log[1].exp()).sum()
        };
        if mass(&mut open.iter()) <= LEFT_OUT * mass(&mut found.iter()) {
            break;
        }
        let Some(prefix) = open.pop() else { break };
        let logits = next(&prefix.tokens);
        let logs = [
            log_shares(&logits, 1.0),
            log_shares(&logits, params.temperature),
        ];
        let rest = &prompt[prefix.length..];
        let texts = tokenizer.vocabulary().tokens().iter();
        for (index, text) in texts.enumerate().skip(usize::from(UNK.0) + 1) {
            if !(rest.starts_with(&**text) || text.starts_with(rest)) {
                continue;
            }
            let child = Prefix {
                tokens: [&*prefix.tokens, &[TokenId(index as u16)]].concat(),
                length: prefix.length + text.len(),
                log: [0, 1].map(|at| prefix.log[at] + logs[at][index]),
            };
            if child.tokens.len() > most {
                continue;
            }
            if text.len() < rest.len() {
                open.push(child);
            } else {
                found.push(child);
            }
        }
    }
    if found.is_empty() {
        return alone(canonical);
    }
    found.sort_by(|one, other| other.cmp(one));
    if params.is_greedy() {
        found.truncate(1);
    }
    let total = |at: usize| {
        let logs = found.iter().map(|cover| cover.log[at]);
        let largest = logs.clone().fold(f64::NEG_INFINITY, f64::max);
        largest + logs.map(|log| (log - largest).exp()).sum::<f64>().ln()
    };
    let totals = [total(0), total(1)];
    let cover = |prefix: Prefix| Cover {
        nll: totals[0] - prefix.log[0],
        share: (prefix.log[1] - totals[1]).exp(),
        tokens: prefix.tokens,
    };
    found.into_iter().map(cover).collect()
}

/// Logarithms of the shares of tokens that may be written, at a temperature; of temperature 0 those at 1,
/// whose order is the same.
fn log_shares(logits: &[f32], temperature: f64) -> Vec<f64> {
    let temperature = if temperature > 0.0 { temperature } else { 1.0 };
    let scaled = logits.iter().map(|logit| f64::from(*logit) / temperature);
    let allowed = scaled.clone().enumerate();
    let allowed = allowed
        .filter(|(index, _)| !forbidden(*index))
        .map(|(_, logit)| logit);
    let largest = allowed.clone().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = allowed.map(|logit| (logit - largest).exp()).sum();
    scaled.map(|logit| logit - largest - sum.ln()).collect()
}
