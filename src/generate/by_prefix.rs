//! Sampling from any model that tells the next token: all molecules one token at a time, each text
//! read anew. For models without a cache, which are small.

use std::ops::Range;

use rayon::prelude::*;

use super::{Draft, Request, Sample, Strategy, in_order};
use crate::tokenizer::{BOS, TokenId, Tokenizer};

/// Molecules written together.
const BATCH: usize = 1_024;

/// Generates the molecules `indices`, in order, of at most `context` tokens with BOS and EOS.
/// `next` gives the logits, or logarithms of probabilities, `[rows, vocabulary]` for texts of one
/// length; `progress` is told of every few molecules that are finished.
pub fn sample_by_prefix(
    tokenizer: &Tokenizer,
    context: usize,
    seed: u64,
    indices: Range<u64>,
    next: &(dyn Fn(&[&[TokenId]]) -> Vec<f32> + Sync),
    progress: &(dyn Fn(u64) + Sync),
) -> Vec<Sample> {
    let request = Request {
        prompt: vec![BOS],
        strategy: Strategy::default(),
        seed,
    };
    let vocabulary = tokenizer.vocabulary.len();
    let indices: Vec<u64> = indices.collect();
    let mut done = Vec::with_capacity(indices.len());
    for batch in indices.chunks(BATCH) {
        let mut drafts: Vec<Draft> = batch
            .iter()
            .map(|&index| Draft::new(index, &request))
            .collect();
        while !drafts.is_empty() {
            let texts: Vec<&[TokenId]> = drafts.iter().map(|draft| &*draft.tokens).collect();
            let logits = next(&texts);
            let step = |(mut draft, logits): (Draft, &[f32])| {
                let open = draft.extend(&request.strategy.choices(logits), context);
                (draft, open)
            };
            let stepped: Vec<(Draft, bool)> = drafts
                .into_par_iter()
                .zip(logits.par_chunks_exact(vocabulary))
                .map(step)
                .collect();
            drafts = Vec::with_capacity(stepped.len());
            for (draft, open) in stepped {
                if open {
                    drafts.push(draft);
                } else {
                    done.push(draft.finish(tokenizer));
                }
            }
        }
        progress(batch.len() as u64);
    }
    in_order(done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::baselines::NGram;
    use crate::tokenizer::Vocabulary;

    #[test]
    fn molecules_are_drawn_by_their_probabilities() {
        let molecules = ["CO", "CO", "CO", "CN"];
        let tokenizer = Tokenizer::new(Vocabulary::from_molecules(molecules.into_iter()));
        let encoded: Vec<_> = molecules
            .map(|text| tokenizer.encode(text).unwrap())
            .to_vec();
        let model = NGram::train(&encoded, 2, tokenizer.vocabulary.len());
        let next = |texts: &[&[TokenId]]| -> Vec<f32> {
            let each = texts.iter().flat_map(|text| model.probabilities(text));
            each.map(|share| share.ln() as f32).collect()
        };
        let draw = |range| sample_by_prefix(&tokenizer, 8, 3, range, &next, &|_| ());
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
