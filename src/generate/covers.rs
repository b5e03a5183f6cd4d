//! Prompts as tokens: a prompt is text, and where tokens are merged a molecule may begin with it in
//! several segmentations, of which the last token may reach beyond it.
//!
//! A cover is a series of tokens whose text begins with the prompt, and without its last token does
//! not. Every molecule that begins with the prompt has exactly one, so that drawing a cover by its
//! probability, and going on from it, draws from the model's own distribution of texts that begin so.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::SamplingParams;
use super::params::never;
use crate::tokenizer::{TokenId, Tokenizer};

/// Share of the probability that may be left out when the search for covers ends.
const LEFT_OUT: f64 = 1e-6;

/// Prefixes that are asked for at most: a prompt of a hundred tokens in its likely segmentations.
const MOST_ASKED: usize = 2_048;

/// Where another text is written in the prompt's place, the prompt is one of many spellings, and is
/// read as the tokenizer cuts it but for so many tokens at its end; the segmentations of these are
/// searched until this share is left, by at most so many questions.
const OPEN_TOKENS: usize = 3;
const LITTLE: f64 = 1e-2;
const FEW_ASKED: usize = 48;

/// A beginning of molecules.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cover {
    /// BOS, the conditions and the tokens.
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
/// `canonical` is BOS, the conditions and the prompt's own segmentation, `most` the tokens of the longest cover, BOS counted, and
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
    let never = never(tokenizer);
    // BOS and conditions are given.
    let before = 1 + tokenizer.conditions().leading(&canonical);
    let (given, most_asked, left_out) = if params.written.is_some() {
        let given = canonical.len().saturating_sub(OPEN_TOKENS).max(before);
        (given, FEW_ASKED, LITTLE)
    } else {
        (before, MOST_ASKED, LEFT_OUT)
    };
    let mut open = BinaryHeap::from([Prefix {
        tokens: canonical[..given].to_vec(),
        length: tokenizer.decode(&canonical[..given]).len(),
        log: [0.0; 2],
    }]);
    for _ in 0..most_asked {
        let mass = |prefixes: &mut dyn Iterator<Item = &Prefix>| -> f64 {
            prefixes.map(|prefix| prefix.log[1].exp()).sum()
        };
        if mass(&mut open.iter()) <= left_out * mass(&mut found.iter()) {
            break;
        }
        let Some(prefix) = open.pop() else { break };
        let logits = next(&prefix.tokens);
        let logs = [
            log_shares(&logits, &never, 1.0),
            log_shares(&logits, &never, params.temperature),
        ];
        let rest = &prompt[prefix.length..];
        let texts = tokenizer.vocabulary().tokens().iter();
        for (index, text) in texts.enumerate() {
            let id = TokenId(index as u16);
            if !tokenizer.writes(id) || !(rest.starts_with(&**text) || text.starts_with(rest)) {
                continue;
            }
            let child = Prefix {
                tokens: [&*prefix.tokens, &[id]].concat(),
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
fn log_shares(logits: &[f32], never: &[bool], temperature: f64) -> Vec<f64> {
    let temperature = if temperature > 0.0 { temperature } else { 1.0 };
    let scaled = logits.iter().map(|logit| f64::from(*logit) / temperature);
    let allowed = scaled.clone().enumerate();
    let allowed = allowed
        .filter(|(index, _)| !never[*index])
        .map(|(_, logit)| logit);
    let largest = allowed.clone().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = allowed.map(|logit| (logit - largest).exp()).sum();
    scaled.map(|logit| logit - largest - sum.ln()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use burn::backend::Flex;

    use super::*;
    use crate::config::RunConfig;
    use crate::generate::{CpuGenerator, DeviceGenerator, Generator, Sample, sample_by_burn};
    use crate::model::{Gpt, Model};
    use crate::tokenizer::Vocabulary;

    /// A model of random weights whose tokens are merged.
    fn model() -> Model {
        let text = include_str!("../../configs/tiny.toml");
        let config = RunConfig::parse(text).unwrap().model;
        let molecules = ["CCOCC(=O)C", "CC(=O)CCO", "CCCC(=O)OC", "COC(=O)CC"];
        let atoms = Tokenizer::atomwise(Vocabulary::from_molecules(molecules.into_iter()));
        let ids = molecules.map(|text| atoms.encode(text).unwrap());
        let tokenizer = atoms.learned(ids.into_iter(), 7, &|_| ()).0;
        assert_eq!(tokenizer.merges().rules().len(), 7);
        let shape = config.with_vocabulary(tokenizer.vocabulary().len());
        // Larger than at the start, so that the tokens differ in likelihood.
        let weights = shape.first_weights(3).iter().map(|p| p * 5.0).collect();
        Model::new(config, tokenizer, weights).unwrap()
    }

    fn params(prompt: &str, temperature: f64) -> SamplingParams {
        SamplingParams {
            prompt: prompt.to_owned(),
            temperature,
            seed: 4,
            ..SamplingParams::default()
        }
    }

    #[test]
    fn shares_of_all_covers_are_one_and_each_begins_with_the_prompt() {
        let model = model();
        let generator = CpuGenerator::new(&model);
        for prompt in ["C", "CC", "CC(", "OCCC(=O"] {
            let params = params(prompt, 0.8);
            let own = model.tokenizer().encode_prompt(prompt).unwrap();
            let next = generator.reader();
            let found = covers(model.tokenizer(), &params, own, 30, &next);
            assert!(found.len() > 1, "{prompt}");
            let sums = [
                found.iter().map(|cover| cover.share).sum::<f64>(),
                found.iter().map(|cover| (-cover.nll).exp()).sum(),
            ];
            for sum in sums {
                approx::assert_relative_eq!(sum, 1.0, max_relative = 1e-9);
            }
            for cover in &found {
                let (last, before) = cover.tokens.split_last().unwrap();
                assert!(model.tokenizer().decode(&cover.tokens).starts_with(prompt));
                assert!(
                    model.tokenizer().decode(before).len() < prompt.len(),
                    "{last:?}"
                );
            }
        }
    }

    /// How often texts go on in each way for two bytes.
    fn ways(samples: &[Sample], after: usize) -> BTreeMap<String, f64> {
        let mut ways = BTreeMap::new();
        for sample in samples {
            let way: String = sample.smiles.chars().skip(after).take(2).collect();
            *ways.entry(way).or_default() += 1.0 / samples.len() as f64;
        }
        ways
    }

    /// The beginning of so many bytes that most samples have.
    fn commonest(samples: &[Sample], bytes: usize) -> String {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for sample in samples {
            if let Some(beginning) = sample.smiles.get(..bytes) {
                *counts.entry(beginning).or_default() += 1;
            }
        }
        let commonest = counts.into_iter().max_by_key(|(_, count)| *count);
        commonest.unwrap().0.to_owned()
    }

    #[test]
    fn continuations_are_those_of_all_texts_that_begin_so() {
        let model = model();
        let generator = CpuGenerator::new(&model);
        for (bytes, temperature) in [(1, 0.7), (2, 1.0), (4, 1.0), (5, 1.3)] {
            let all = generator.take(60_000, &params("", temperature)).unwrap();
            let prompt = commonest(&all, bytes);
            let begins_so = |sample: &Sample| sample.smiles.starts_with(&prompt);
            let accepted: Vec<Sample> = all.into_iter().filter(begins_so).collect();
            assert!(accepted.len() > 200, "{} of {prompt}", accepted.len());
            let params = params(&prompt, temperature);
            let prompted = generator.take(20_000, &params).unwrap();
            assert!(prompted.iter().all(begins_so));
            let (expected, found) = (ways(&accepted, bytes), ways(&prompted, bytes));
            // Each share within five deviations of the two samples.
            for way in expected.keys().chain(found.keys()) {
                let share = |ways: &BTreeMap<String, f64>| ways.get(way).copied().unwrap_or(0.0);
                let (a, b) = (share(&expected), share(&found));
                let p = f64::midpoint(a, b);
                let variance = p * (1.0 - p) * (1.0 / accepted.len() as f64 + 1.0 / 20_000.0);
                let far = (a - b).abs() / variance.sqrt();
                assert!(far < 5.0, "{prompt}{way}: {a} and {b}");
            }
        }
    }

    #[test]
    fn prompted_molecules_are_the_same_on_every_generator() {
        let model = model();
        let device = burn::tensor::Device::<Flex>::default();
        let network: Gpt<Flex> = model.network(&device);
        let params = params("CC(", 1.0);
        let fast = CpuGenerator::new(&model)
            .with_branches(5)
            .take(60, &params)
            .unwrap();
        let plain = sample_by_burn(&model, &network, &params, 0..60, &device).unwrap();
        let rows = DeviceGenerator::new(&model, network, device, 9)
            .take(60, &params)
            .unwrap();
        for (index, sample) in fast.iter().enumerate() {
            for other in [&plain[index], &rows[index]] {
                assert_eq!((&sample.smiles, sample.cut), (&other.smiles, other.cut));
                approx::assert_relative_eq!(sample.nll, other.nll, max_relative = 1e-4);
            }
        }
        let greedy = CpuGenerator::new(&model).take(
            3,
            &SamplingParams {
                temperature: 0.0,
                ..params
            },
        );
        let greedy = greedy.unwrap();
        assert!(greedy.iter().all(|sample| *sample == greedy[0]));
    }
}
