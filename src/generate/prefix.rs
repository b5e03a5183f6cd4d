//! Sampling from any model that tells the next token: all molecules one token at a time, each text
//! read anew. For models without a cache, which are small.

use std::ops::Range;

use rayon::prelude::*;

use super::{Draft, Generator, Sample, SamplingParams, Start, in_order, unguided};
use crate::error::Result;
use crate::progress::{Outcome, Watch};
use crate::tokenizer::{TokenId, Tokenizer};

/// Molecules written together.
const BATCH: usize = 1_024;

/// Logits, or logarithms of probabilities, `[rows, vocabulary]`, of the token after each of `rows`
/// texts of one length.
pub type NextTokens<'a> = dyn Fn(&[&[TokenId]]) -> Vec<f32> + Sync + 'a;

/// The generator of any function that tells the next token.
pub struct PrefixGenerator<'a> {
    /// The tokens that the function knows.
    pub tokenizer: &'a Tokenizer,
    /// Most tokens of a molecule, BOS and EOS counted.
    pub context: usize,
    /// The model.
    pub next: &'a NextTokens<'a>,
}

impl Generator for PrefixGenerator<'_> {
    fn generate(
        &self,
        params: &SamplingParams,
        indices: Range<u64>,
        watch: &dyn Watch,
    ) -> Result<Outcome<Vec<Sample>>> {
        unguided(params)?;
        let next = |tokens: &[TokenId]| (self.next)(&[tokens]);
        let start = Start::new(self.tokenizer, self.context, params, &next)?;
        let vocabulary = self.tokenizer.vocabulary().len();
        let mut done = Vec::new();
        // Texts of one length are read together.
        let groups = start.drafts(indices.clone()).into_iter();
        let mut waiting: Vec<Draft> = groups.flat_map(|(_, drafts)| drafts).collect();
        while !waiting.is_empty() {
            if watch.stop() {
                break;
            }
            let length = waiting[0].tokens.len();
            let alike = waiting
                .iter()
                .take_while(|draft| draft.tokens.len() == length);
            let count = alike.take(BATCH).count();
            let mut drafts: Vec<Draft> = waiting.drain(..count).collect();
            while !drafts.is_empty() && !watch.stop() {
                let texts: Vec<&[TokenId]> = drafts.iter().map(|draft| &*draft.tokens).collect();
                let logits = (self.next)(&texts);
                let step = |(mut draft, logits): (Draft, &[f32])| {
                    let mut followers = start.followers(&draft);
                    let choices = start.choices(logits);
                    let open = draft.extend(&choices, self.context, followers.as_mut());
                    (draft, open)
                };
                let stepped: Vec<(Draft, bool)> = drafts
                    .into_par_iter()
                    .zip(logits.par_chunks_exact(vocabulary))
                    .map(step)
                    .collect();
                drafts = Vec::with_capacity(stepped.len());
                let finished = done.len();
                for (mut draft, open) in stepped {
                    if open {
                        drafts.push(draft);
                    } else if draft.begins_anew(&start) {
                        waiting.push(draft);
                    } else {
                        done.push(draft.finish(self.tokenizer, params));
                    }
                }
                watch.advance((done.len() - finished) as u64);
            }
        }
        Ok(in_order(done, &indices, watch.stop()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::baselines::NGram;
    use crate::progress::Unwatched;
    use crate::tokenizer::Vocabulary;

    /// Counts how often it is asked, and wants the end after some times.
    struct Impatient(std::sync::atomic::AtomicU64);

    impl Watch for Impatient {
        fn stop(&self) -> bool {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 3
        }
    }

    #[test]
    fn cancelling_does_not_wait_for_the_longest_molecule() {
        let tokenizer = Tokenizer::atomwise(Vocabulary::from_molecules(["C"].into_iter()));
        let vocabulary = tokenizer.vocabulary().len();
        let steps = std::sync::atomic::AtomicU64::new(0);
        // Chains without end.
        let next = |texts: &[&[TokenId]]| -> Vec<f32> {
            steps.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let row = |_| (0..vocabulary).map(|id| if id == 4 { 50.0 } else { 0.0 });
            texts.iter().flat_map(row).collect()
        };
        let generator = PrefixGenerator {
            tokenizer: &tokenizer,
            context: 10_000,
            next: &next,
        };
        let watch = Impatient(0.into());
        let outcome = generator.generate(&SamplingParams::default(), 0..5, &watch);
        let outcome = outcome.unwrap();
        assert!(outcome.is_cancelled() && outcome.done().is_empty());
        assert!(steps.into_inner() < 5);
    }

    #[test]
    fn molecules_are_drawn_by_their_probabilities() {
        let molecules = ["CO", "CO", "CO", "CN"];
        let tokenizer = Tokenizer::atomwise(Vocabulary::from_molecules(molecules.into_iter()));
        let encoded: Vec<_> = molecules
            .map(|text| tokenizer.encode(text).unwrap())
            .to_vec();
        let model = NGram::train(&encoded, 2, tokenizer.vocabulary().len());
        let next = |texts: &[&[TokenId]]| -> Vec<f32> {
            let each = texts.iter().flat_map(|text| model.probabilities(text));
            each.map(|share| share.ln() as f32).collect()
        };
        let generator = PrefixGenerator {
            tokenizer: &tokenizer,
            context: 8,
            next: &next,
        };
        let params = SamplingParams {
            seed: 3,
            ..SamplingParams::default()
        };
        let draw = |range| {
            let outcome = generator.generate(&params, range, &Unwatched);
            outcome.unwrap().done()
        };
        let samples = draw(0..4_000);
        assert_eq!(samples.len(), 4_000);
        for text in ["CO", "CN"] {
            let (loss, _) = model.loss(&[tokenizer.encode(text).unwrap()]);
            let count = samples
                .iter()
                .filter(|sample| sample.smiles == text)
                .count();
            let expected = 4_000.0 * (-loss).exp();
            assert!(
                (count as f64 - expected).abs() < 4.0 * expected.sqrt(),
                "{count} {expected}"
            );
            let sample = samples.iter().find(|sample| sample.smiles == text).unwrap();
            approx::assert_abs_diff_eq!(sample.nll, loss, epsilon = 1e-4);
        }
        assert_eq!(draw(100..200), samples[100..200]);
    }
}
