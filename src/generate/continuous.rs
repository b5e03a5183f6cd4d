//! Sampling on CPU: molecules that begin alike are one branch until they part, so every distinct
//! prefix is computed once; a finished branch's place is taken at once by a waiting one.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::{Draft, Request, Sample, in_order};
use crate::model::{Buffers, Decoder, Model, PagedCache};
use crate::tokenizer::TokenId;

/// Branches that one thread decodes together, unless told otherwise.
pub const BRANCHES: usize = 96;

/// Molecules that are the same so far.
struct Branch {
    /// All of them but the last token.
    cache: PagedCache,
    last: TokenId,
    drafts: Vec<Draft>,
}

/// Branches that wait for a thread.
#[derive(Default)]
struct Waiting {
    branches: Vec<Branch>,
    /// Threads that may still add to them.
    busy: usize,
}

/// What all threads share.
#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves waiting branches to `active` until it has `count`; waits for one if it has none.
    /// False when there is nothing left to do.
    fn fill(&self, active: &mut Vec<Branch>, count: usize) -> bool {
        let mut waiting = self.lock();
        if active.is_empty() {
            waiting.busy -= 1;
            while waiting.branches.is_empty() && waiting.busy > 0 {
                let woken = self.changed.wait(waiting);
                waiting = woken.unwrap_or_else(PoisonError::into_inner);
            }
            if waiting.branches.is_empty() {
                self.changed.notify_all();
                return false;
            }
            waiting.busy += 1;
        }
        // The latest first: depth before breadth keeps few waiting.
        let from = waiting.branches.len() - waiting.branches.len().min(count - active.len());
        active.extend(waiting.branches.drain(from..));
        true
    }

    fn add(&self, branches: &mut Vec<Branch>) {
        if !branches.is_empty() {
            self.lock().branches.append(branches);
            self.changed.notify_all();
        }
    }
}

/// Generates the molecules `indices`, in order, on the threads of the current pool, each with
/// `branches` at a time; `progress` is told of every few that are finished.
pub fn sample(
    model: &Model,
    decoder: &Decoder,
    request: &Request,
    indices: Range<u64>,
    branches: usize,
    progress: &(dyn Fn(u64) + Sync),
) -> Vec<Sample> {
    let Some((last, before)) = request.prompt.split_last() else {
        return Vec::new();
    };
    let mut cache = PagedCache::default();
    for token in before {
        decoder.step(&mut [(&mut cache, *token)], &mut Buffers::default());
    }
    let queue = Queue::default();
    queue.add(&mut vec![Branch {
        cache,
        last: *last,
        drafts: indices.map(|index| Draft::new(index, request)).collect(),
    }]);
    let work = |_| {
        let mut done = Vec::new();
        let mut active: Vec<Branch> = Vec::new();
        let mut parted = Vec::new();
        let mut buffers = Buffers::default();
        queue.lock().busy += 1;
        while queue.fill(&mut active, branches.max(1)) {
            let mut rows: Vec<_> = active
                .iter_mut()
                .map(|branch| (&mut branch.cache, branch.last))
                .collect();
            let logits = decoder.step(&mut rows, &mut buffers);
            let logits = logits.chunks_exact(decoder.vocabulary());
            let finished = done.len();
            for (branch, logits) in std::mem::take(&mut active).into_iter().zip(logits) {
                let choices = request.strategy.choices(logits);
                let mut children: BTreeMap<TokenId, Vec<Draft>> = BTreeMap::new();
                for mut draft in branch.drafts {
                    if draft.extend(&choices, model.config().context) {
                        children.entry(draft.last()).or_default().push(draft);
                    } else {
                        done.push(draft.finish(model.tokenizer()));
                    }
                }
                let mut cache = Some(branch.cache);
                while let Some((last, drafts)) = children.pop_first() {
                    let stays = children.is_empty();
                    let cache = if stays { cache.take() } else { cache.clone() };
                    let child = Branch {
                        cache: cache.unwrap_or_default(),
                        last,
                        drafts,
                    };
                    if stays { &mut active } else { &mut parted }.push(child);
                }
            }
            queue.add(&mut parted);
            progress((done.len() - finished) as u64);
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
    use crate::generate::{Strategy, sample_by_burn, sample_on_device};
    use crate::model::{Gpt, Position, weights};
    use crate::tokenizer::{Tokenizer, Vocabulary};

    fn model(position: Position, tied_head: bool) -> Model {
        let text = include_str!("../../configs/tiny.toml");
        let mut config = RunConfig::parse(text).unwrap().model;
        (config.position, config.tied_head) = (position, tied_head);
        let molecules = ["CCO", "c1ccccc1", "ClC=O"].into_iter();
        let tokenizer = Tokenizer::new(Vocabulary::from_molecules(molecules));
        let weights = weights(&config.with_vocabulary(tokenizer.vocabulary.len()));
        // Larger than at the start, so that the tokens differ in likelihood.
        let parameters = weights.iter().map(|p| p * 5.0).collect();
        Model::new(config, tokenizer, parameters).unwrap()
    }

    fn draw(
        model: &Model,
        prompt: &str,
        range: Range<u64>,
        seed: u64,
        branches: usize,
    ) -> Vec<Sample> {
        let decoder = Decoder::new(&model);
        let request = Request::new(model, prompt, Strategy::default(), seed).unwrap();
        sample(model, &decoder, &request, range, branches, &|_| ())
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
        let long = "C".repeat(model.config().context);
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
            let rows = sample_on_device(&model, &network, &request, 0..60, 9, &device, &|_| ());
            for ((a, b), c) in fast.iter().zip(&plain).zip(&rows) {
                assert_eq!(a.smiles, b.smiles);
                assert_eq!(a.smiles, c.smiles);
                approx::assert_relative_eq!(a.nll, b.nll, max_relative = 1e-4);
                approx::assert_relative_eq!(a.nll, c.nll, max_relative = 1e-4);
            }
        }
    }

    #[test]
    fn the_device_chooses_as_the_processor_does() {
        let model = model(Position::Rotary, true);
        let device = burn::tensor::Device::<Flex>::default();
        let network: Gpt<Flex> = model.network(&device);
        let decoder = Decoder::new(&model);
        for (temperature, top_k, top_p) in [
            (0.7, 0, 1.0),
            (1.3, 3, 1.0),
            (1.0, 0, 0.6),
            (1.5, 4, 0.8),
            (1.0, 1, 0.5),
        ] {
            let strategy = Strategy {
                temperature,
                top_k,
                top_p,
            };
            let request = Request::new(&model, "c1c", strategy.clone(), 2).unwrap();
            let fast = sample(&model, &decoder, &request, 3..60, 16, &|_| ());
            let rows = sample_on_device(&model, &network, &request, 3..60, 25, &device, &|_| ());
            let texts = |samples: &[Sample]| -> Vec<String> {
                samples.iter().map(|sample| sample.smiles.clone()).collect()
            };
            assert_eq!(texts(&fast), texts(&rows), "{strategy:?}");
        }
    }

    #[test]
    fn half_precision_chooses_nearly_alike() {
        let model = Model::pretrained().unwrap();
        let device = burn::tensor::Device::<Flex>::default();
        let network: Gpt<Flex> = model.network(&device);
        let network = network.with_half_products(true).with_weights_of_products();
        let decoder = Decoder::new(&model);
        let request = Request::new(&model, "", Strategy::default(), 2).unwrap();
        let whole = sample(&model, &decoder, &request, 0..100, 16, &|_| ());
        let half = sample_on_device(&model, &network, &request, 0..100, 60, &device, &|_| ());
        let pairs = whole.iter().zip(&half);
        let equal = pairs.filter(|(a, b)| a.smiles == b.smiles).count();
        // Rounding moves the edges between tokens, and with them some of the draws.
        assert!((60..100).contains(&equal), "{equal} of 100 are the same");
    }
}
