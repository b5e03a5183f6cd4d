//! Sampling on CPU: a finished molecule's slot is taken at once by the next one.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::{Draft, Request, Sample, in_order};
use crate::checkpoint::Model;
use crate::model::Decoder;

/// Molecules that one thread decodes together, unless told otherwise.
pub const SLOTS: usize = 96;

/// Generates the molecules `indices`, in order, on the threads of the current pool, each with
/// `slots` molecules at a time.
pub fn sample(
    model: &Model,
    decoder: &Decoder,
    request: &Request,
    indices: Range<u64>,
    slots: usize,
) -> Vec<Sample> {
    // All molecules begin alike: the prompt is read once, and copied.
    let mut prompt = decoder.slots(1);
    let mut first_logits = Vec::new();
    for token in &request.prompt {
        first_logits = decoder.step(&mut prompt, &[(0, token.0)]).to_vec();
    }
    let next = AtomicU64::new(indices.start);
    let (strategy, context) = (&request.strategy, model.config.context);
    let work = |_| {
        let mut done = Vec::new();
        // The next molecule that its first token does not end.
        let begin = |done: &mut Vec<_>| loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= indices.end {
                return None;
            }
            let mut draft = Draft::new(index, request);
            if draft.extend(&first_logits, strategy, context) {
                return Some(draft);
            }
            done.push(draft.finish(&model.tokenizer));
        };
        let count = slots.min((indices.end - indices.start) as usize).max(1);
        let mut caches = decoder.slots(count);
        let mut drafts: Vec<(usize, Draft)> = Vec::with_capacity(count);
        for slot in 0..count {
            let Some(draft) = begin(&mut done) else { break };
            caches.copy_from(slot, &prompt, 0);
            drafts.push((slot, draft));
        }
        let mut inputs = Vec::with_capacity(count);
        let mut ended = Vec::new();
        while !drafts.is_empty() {
            inputs.clear();
            inputs.extend(drafts.iter().map(|(slot, draft)| (*slot, draft.last().0)));
            let logits = decoder.step(&mut caches, &inputs);
            let logits = logits.chunks_exact(decoder.vocabulary());
            for (place, ((_, draft), logits)) in drafts.iter_mut().zip(logits).enumerate() {
                if !draft.extend(logits, strategy, context) {
                    ended.push(place);
                }
            }
            while let Some(place) = ended.pop() {
                let (slot, draft) = drafts.swap_remove(place);
                done.push(draft.finish(&model.tokenizer));
                if let Some(draft) = begin(&mut done) {
                    caches.copy_from(slot, &prompt, 0);
                    drafts.push((slot, draft));
                }
            }
        }
        done
    };
    let workers = 0..rayon::current_num_threads();
    in_order(workers.into_par_iter().flat_map_iter(work).collect())
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;

    use super::*;
    use crate::config::RunConfig;
    use crate::model::{Gpt, Position, flatten};
    use crate::sampling::{Strategy, sample_by_burn};
    use crate::tokenizer::{Tokenizer, Vocabulary};

    fn model(position: Position, tied_head: bool) -> Model {
        let text = include_str!("../../configs/tiny.toml");
        let mut config = RunConfig::parse(text).unwrap().model;
        (config.position, config.tied_head) = (position, tied_head);
        let molecules = ["CCO", "c1ccccc1", "ClC=O"].into_iter();
        let tokenizer = Tokenizer::new(Vocabulary::from_molecules(molecules));
        let device = burn::tensor::Device::<Flex>::default();
        let network: Gpt<Flex> = config.init(tokenizer.vocabulary.len(), &device);
        Model {
            // Larger than at the start, so that the tokens differ in likelihood.
            parameters: flatten(&network).iter().map(|p| p * 5.0).collect(),
            config,
            tokenizer,
        }
    }

    fn draw(
        model: &Model,
        prompt: &str,
        range: Range<u64>,
        seed: u64,
        slots: usize,
    ) -> Vec<Sample> {
        let vocabulary = model.tokenizer.vocabulary.len();
        let decoder = Decoder::new(&model.config, vocabulary, &model.parameters);
        let request = Request::new(model, prompt, Strategy::default(), seed).unwrap();
        sample(model, &decoder, &request, range, slots)
    }

    #[test]
    fn the_same_seed_gives_the_same_molecules_in_any_batch() {
        let model = model(Position::Rotary, true);
        let whole = draw(&model, "c1", 0..40, 5, 96);
        let parts = [0..1, 1..8, 8..40].map(|range| draw(&model, "c1", range, 5, 7));
        assert_eq!(whole, parts.concat());
        assert_ne!(whole, draw(&model, "c1", 0..40, 6, 96));
        assert!(whole.iter().all(|sample| sample.smiles.starts_with("c1")));
        assert!(Request::new(&model, "Br", Strategy::default(), 5).is_err());
        let long = "C".repeat(model.config.context);
        assert!(Request::new(&model, &long, Strategy::default(), 5).is_err());
    }

    #[test]
    fn the_fast_decoder_writes_what_burn_writes() {
        for (position, tied) in [
            (Position::Learned, false),
            (Position::Sinusoidal, true),
            (Position::Rotary, true),
        ] {
            let model = model(position, tied);
            let fast = draw(&model, "C", 0..60, 3, 16);
            let device = burn::tensor::Device::<Flex>::default();
            let request = Request::new(&model, "C", Strategy::default(), 3).unwrap();
            let network: Gpt<Flex> = model.network(&device);
            let plain = sample_by_burn(&model, &network, &request, 0..60, &device);
            for (a, b) in fast.iter().zip(&plain) {
                assert_eq!(a.smiles, b.smiles);
                approx::assert_relative_eq!(a.nll, b.nll, max_relative = 1e-4);
            }
        }
    }
}
