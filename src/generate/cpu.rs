//! Sampling on CPU: molecules that begin alike are one branch until they part, so every distinct
//! prefix is computed once; a finished branch's place is taken at once by a waiting one.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::params::guided;
use super::{Draft, Generator, Sample, SamplingParams, Start, in_order};
use crate::error::Result;
use crate::model::Model;
use crate::model::{Buffers, Decoder, PagedCache};
use crate::progress::{Outcome, Watch};
use crate::tokenizer::{BOS, TokenId};

/// Branches that one thread decodes together, unless told otherwise.
pub const BRANCHES: usize = 96;

/// Molecules that are the same so far.
struct Branch {
    /// All of them but the last token.
    cache: PagedCache,
    /// The same without conditions, and the token that is last without them, where conditions weigh
    /// otherwise than the model has them.
    free: Option<(PagedCache, TokenId)>,
    last: TokenId,
    drafts: Vec<Draft>,
}

impl Branch {
    /// What is read next: its last token, and without conditions if they weigh otherwise.
    fn rows(&mut self) -> impl Iterator<Item = (&mut PagedCache, TokenId)> {
        let free = self.free.as_mut().map(|(cache, last)| (cache, *last));
        std::iter::once((&mut self.cache, self.last)).chain(free)
    }
}

/// Branches that wait for a thread.
#[derive(Default)]
struct Waiting {
    branches: Vec<Branch>,
    /// Threads that may still add to them.
    busy: usize,
}

/// State that all threads share.
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

    /// Ends the work of this thread, which still has branches: it adds no more, and those that wait
    /// are dropped. Every other thread abandons its own when it sees the watcher's wish.
    fn abandon(&self) {
        let mut waiting = self.lock();
        waiting.branches.clear();
        waiting.busy -= 1;
        self.changed.notify_all();
    }

    fn add(&self, branches: &mut Vec<Branch>) {
        if !branches.is_empty() {
            self.lock().branches.append(branches);
            self.changed.notify_all();
        }
    }
}

/// The generator of the fast decoder, on the threads of the current pool.
#[derive(Debug)]
pub struct CpuGenerator<'a> {
    model: &'a Model,
    decoder: Decoder,
    branches: usize,
}

impl<'a> CpuGenerator<'a> {
    /// A generator of this model.
    pub fn new(model: &'a Model) -> Self {
        Self {
            model,
            decoder: Decoder::new(model),
            branches: BRANCHES,
        }
    }

    /// The same with another number of branches that a thread decodes together (at least 1).
    #[must_use]
    pub fn with_branches(mut self, branches: usize) -> Self {
        self.branches = branches.max(1);
        self
    }
}

impl Generator for CpuGenerator<'_> {
    fn generate(
        &self,
        params: &SamplingParams,
        indices: Range<u64>,
        watch: &dyn Watch,
    ) -> Result<Outcome<Vec<Sample>>> {
        let context = self.model.config().context;
        let next = self.reader();
        let start = Start::new(self.model.tokenizer(), context, params, &next)?;
        let done = self.decode(&start, &indices, watch);
        Ok(in_order(done, &indices, watch.stop()))
    }

    /// Some seconds of work on two cores: a file of samples heeds a wish to end between windows.
    fn window(&self) -> u64 {
        4_096
    }
}

impl CpuGenerator<'_> {
    /// The logits of the token after each of some tokens, BOS the first of these.
    ///
    /// # Shapes
    /// tokens `[length]`; logits `[length, vocabulary]`
    ///
    /// # Panics
    /// When they are more than the context holds, or one is not in the vocabulary.
    pub fn logits(&self, tokens: &[TokenId]) -> Vec<f32> {
        let (mut cache, mut buffers) = (PagedCache::default(), Buffers::default());
        let mut all = Vec::new();
        for token in tokens {
            let rows = &mut [(&mut cache, *token)];
            all.extend_from_slice(self.decoder.step(rows, &mut buffers));
        }
        all
    }

    /// A function that gives the logits after some tokens, BOS the first. It remembers what it was asked, and
    /// goes on from there.
    pub(crate) fn reader(&self) -> impl Fn(&[TokenId]) -> Vec<f32> + '_ {
        let known: RefCell<HashMap<Vec<TokenId>, PagedCache>> = RefCell::default();
        move |tokens| {
            let mut known = known.borrow_mut();
            let before = &tokens[..tokens.len().saturating_sub(1)];
            let (mut cache, from) = match known.get(before) {
                Some(cache) => (cache.clone(), before.len()),
                None => (PagedCache::default(), 0),
            };
            let (mut buffers, mut logits) = (Buffers::default(), Vec::new());
            for token in &tokens[from..] {
                let rows = &mut [(&mut cache, *token)];
                logits = self.decoder.step(rows, &mut buffers).to_vec();
            }
            known.insert(tokens.to_vec(), cache);
            logits
        }
    }

    /// The cache after these tokens.
    fn read(&self, tokens: &[TokenId]) -> PagedCache {
        let mut cache = PagedCache::default();
        for token in tokens {
            let rows = &mut [(&mut cache, *token)];
            self.decoder.step(rows, &mut Buffers::default());
        }
        cache
    }

    /// The branch of molecules that begin with these tokens, of which there is at least one.
    fn branch(&self, start: &Start<'_>, beginning: &[TokenId], drafts: Vec<Draft>) -> Branch {
        let (last, before) = beginning.split_last().unwrap_or((&BOS, &[]));
        let conditions = self.model.tokenizer().conditions();
        let free = || {
            let tokens = beginning.iter().copied();
            let tokens: Vec<TokenId> = tokens.filter(|id| !conditions.contains(*id)).collect();
            let (last, before) = tokens.split_last().unwrap_or((&BOS, &[]));
            (self.read(before), *last)
        };
        Branch {
            cache: self.read(before),
            free: start.params.is_guided().then(free),
            last: *last,
            drafts,
        }
    }

    fn decode(
        &self,
        start: &Start<'_>,
        indices: &Range<u64>,
        watch: &dyn Watch,
    ) -> Vec<(u64, Sample)> {
        let (model, decoder) = (self.model, &self.decoder);
        let queue = Queue::default();
        for (beginning, drafts) in start.drafts(indices.clone()) {
            queue.add(&mut vec![self.branch(start, beginning, drafts)]);
        }
        let work = |_| {
            let mut done = Vec::new();
            let mut active: Vec<Branch> = Vec::new();
            let mut parted = Vec::new();
            let mut buffers = Buffers::default();
            queue.lock().busy += 1;
            while queue.fill(&mut active, self.branches) {
                if watch.stop() {
                    queue.abandon();
                    break;
                }
                let mut rows: Vec<_> = active.iter_mut().flat_map(Branch::rows).collect();
                let logits = decoder.step(&mut rows, &mut buffers);
                let logits = logits.chunks_exact(decoder.vocabulary() * rows.len() / active.len());
                let finished = done.len();
                for (branch, logits) in std::mem::take(&mut active).into_iter().zip(logits) {
                    let (with, without) = logits.split_at(decoder.vocabulary());
                    let mixed: Vec<f32>;
                    let choices = if branch.free.is_some() {
                        mixed = guided(start.params.guidance, with, without);
                        start.choices(&mixed).scored_by(with)
                    } else {
                        start.choices(with)
                    };
                    let first = branch.drafts.first();
                    let mut followers = first.and_then(|draft| start.followers(draft));
                    let mut children: BTreeMap<TokenId, Vec<Draft>> = BTreeMap::new();
                    for mut draft in branch.drafts {
                        if draft.extend(&choices, model.config().context, followers.as_mut()) {
                            children.entry(draft.last()).or_default().push(draft);
                        } else if draft.begins_anew(start) {
                            parted.push(self.branch(start, &draft.tokens.clone(), vec![draft]));
                        } else {
                            done.push(draft.finish(model.tokenizer(), start.params));
                        }
                    }
                    let mut caches = Some((branch.cache, branch.free));
                    while let Some((last, drafts)) = children.pop_first() {
                        let stays = children.is_empty();
                        let caches = if stays { caches.take() } else { caches.clone() };
                        let (cache, free) = caches.unwrap_or_default();
                        let child = Branch {
                            cache,
                            free: free.map(|(cache, _)| (cache, last)),
                            last,
                            drafts,
                        };
                        if stays { &mut active } else { &mut parted }.push(child);
                    }
                }
                queue.add(&mut parted);
                watch.advance((done.len() - finished) as u64);
            }
            done
        };
        let workers = 0..rayon::current_num_threads();
        workers.into_par_iter().flat_map_iter(work).collect()
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;

    use super::*;
    use crate::config::RunConfig;
    use crate::generate::{AskedGenerator, DeviceGenerator, sample_by_burn, texts};
    use crate::model::{Gpt, Position, weights};
    use crate::progress::{StopSwitch, Unwatched};
    use crate::tokenizer::{Condition, Tokenizer, Vocabulary};

    fn model(position: Position, tied_head: bool) -> Model {
        let text = include_str!("../../configs/tiny.toml");
        let mut config = RunConfig::parse(text).unwrap().model;
        (config.position, config.tied_head) = (position, tied_head);
        let molecules = ["CCO", "c1ccccc1", "ClC=O"].into_iter();
        let tokenizer = Tokenizer::atomwise(Vocabulary::from_molecules(molecules));
        let weights = weights(&config.with_vocabulary(tokenizer.vocabulary().len()));
        // Larger than at the start, so that the tokens differ in likelihood.
        let parameters = weights.iter().map(|p| p * 5.0).collect();
        Model::new(config, tokenizer, parameters).unwrap()
    }

    fn params(prompt: &str, seed: u64) -> SamplingParams {
        SamplingParams {
            prompt: prompt.to_owned(),
            seed,
            ..SamplingParams::default()
        }
    }

    fn draw(generator: &dyn Generator, params: &SamplingParams, range: Range<u64>) -> Vec<Sample> {
        generator
            .generate(params, range, &Unwatched)
            .unwrap()
            .done()
    }

    #[test]
    fn the_same_seed_gives_the_same_molecules_in_any_batch() {
        let model = model(Position::Rotary, true);
        let params = params("c1", 5);
        let whole = draw(&CpuGenerator::new(&model), &params, 0..40);
        let few = CpuGenerator::new(&model).with_branches(7);
        let parts = [0..1, 1..8, 8..40].map(|range| draw(&few, &params, range));
        assert_eq!(whole, parts.concat());
        let other = SamplingParams {
            seed: 6,
            ..params.clone()
        };
        assert_ne!(whole, draw(&few, &other, 0..40));
        assert!(whole.iter().all(|sample| sample.smiles.starts_with("c1")));
        for prompt in ["Br", &"C".repeat(model.config().context)] {
            let params = SamplingParams {
                prompt: prompt.to_owned(),
                ..SamplingParams::default()
            };
            assert!(few.take(1, &params).is_err());
        }
    }

    /// Asks for the end once so many molecules are finished.
    struct EndsAfter(std::sync::atomic::AtomicU64, StopSwitch);

    impl Watch for EndsAfter {
        fn advance(&self, count: u64) {
            let before = self
                .0
                .fetch_sub(count, std::sync::atomic::Ordering::Relaxed);
            if before <= count {
                self.1.set();
            }
        }

        fn stop(&self) -> bool {
            self.1.stop()
        }
    }

    #[test]
    fn cancelled_work_gives_the_first_molecules_without_a_gap() {
        let model = model(Position::Rotary, true);
        let device = burn::tensor::Device::<Flex>::default();
        let cpu = CpuGenerator::new(&model).with_branches(3);
        let on_device = DeviceGenerator::<Flex>::new(&model, model.network(&device), device, 3);
        let params = params("C", 5);
        let whole = draw(&cpu, &params, 0..200);
        for generator in [&cpu as &dyn Generator, &on_device] {
            for threads in [1, 3] {
                let watch = EndsAfter(20.into(), StopSwitch::default());
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
                let outcome = pool
                    .build()
                    .unwrap()
                    .install(|| generator.generate(&params, 0..200, &watch).unwrap());
                assert!(outcome.is_cancelled());
                let done = outcome.done();
                assert!(done.len() < 150, "{}", done.len());
                let texts = |samples: &[Sample]| -> Vec<String> {
                    samples.iter().map(|sample| sample.smiles.clone()).collect()
                };
                assert_eq!(texts(&done), texts(&whole[..done.len()]));
            }
        }
    }

    #[test]
    fn the_fast_decoder_writes_what_burn_writes() {
        for (position, tied) in [
            (Position::Learned, false),
            (Position::Sinusoidal, true),
            (Position::Rotary, true),
        ] {
            let model = model(position, tied);
            let params = params("C", 3);
            let fast = draw(&CpuGenerator::new(&model).with_branches(16), &params, 0..60);
            let device = burn::tensor::Device::<Flex>::default();
            let network: Gpt<Flex> = model.network(&device);
            let plain = sample_by_burn(&model, &network, &params, 0..60, &device).unwrap();
            let rows = DeviceGenerator::new(&model, network, device, 9);
            let rows = draw(&rows, &params, 0..60);
            assert_eq!(rows.len(), 60);
            for ((a, b), c) in fast.iter().zip(&plain).zip(&rows) {
                assert_eq!(a.smiles, b.smiles);
                assert_eq!(a.smiles, c.smiles);
                approx::assert_relative_eq!(a.nll, b.nll, max_relative = 1e-4);
                approx::assert_relative_eq!(a.nll, c.nll, max_relative = 1e-4);
            }
        }
    }

    /// A model of random weights over merged tokens.
    fn pairs() -> Model {
        let model = model(Position::Rotary, true);
        let molecules = ["c1ccccc1", "CC(=O)C", "c1ccncc1", "CC(=O)O"];
        let tokenizer = Tokenizer::atomwise(Vocabulary::from_molecules(molecules.into_iter()));
        let ids = molecules.map(|text| tokenizer.encode(text).unwrap());
        let (tokenizer, _) = tokenizer.learned(ids.into_iter(), 6, &|_| ());
        let config = model.config().clone();
        let weights = weights(&config.with_vocabulary(tokenizer.vocabulary().len()));
        let parameters = weights.iter().map(|p| p * 3.0).collect();
        Model::new(config, tokenizer, parameters).unwrap()
    }

    /// A model of random weights that reads conditions.
    fn conditioned() -> Model {
        let condition = |name: &str| Condition::learn(name, [1.0, 2.0, 3.0].into_iter(), 9);
        let both = ["a", "b"].map(|name| condition(name).unwrap()).to_vec();
        let tokenizer = pairs().tokenizer().with_conditions(both).unwrap();
        let config = pairs().config().clone();
        let weights = weights(&config.with_vocabulary(tokenizer.vocabulary().len()));
        let parameters = weights.iter().map(|p| p * 4.0).collect();
        Model::new(config, tokenizer, parameters).unwrap()
    }

    #[test]
    fn conditions_are_read_and_never_written_on_every_generator() {
        let model = conditioned();
        let device = burn::tensor::Device::<Flex>::default();
        let asked = |conditions: &[(&str, f64)], prompt| SamplingParams {
            conditions: conditions
                .iter()
                .map(|(name, value)| ((*name).to_owned(), *value))
                .collect(),
            ..params(prompt, 4)
        };
        let fast = CpuGenerator::new(&model).with_branches(7);
        let mut all = Vec::new();
        for params in [
            asked(&[], ""),
            asked(&[("a", 1.0)], ""),
            asked(&[("a", 3.0)], ""),
            asked(&[("b", 2.0), ("a", 3.0)], "c1cc"),
        ] {
            let molecules = draw(&fast, &params, 0..60);
            let network: Gpt<Flex> = model.network(&device);
            let plain = sample_by_burn(&model, &network, &params, 0..60, &device).unwrap();
            let rows = DeviceGenerator::new(&model, network, device, 9);
            let rows = draw(&rows, &params, 0..60);
            for ((a, b), c) in molecules.iter().zip(&plain).zip(&rows) {
                assert!(a.smiles.starts_with(&params.prompt) && !a.smiles.contains("[P"));
                assert_eq!((&a.smiles, &a.smiles), (&b.smiles, &c.smiles));
            }
            all.push(molecules);
        }
        assert!(all[0] != all[1] && all[1] != all[2]);
        let wishes = [asked(&[("a", 1.0)], ""), asked(&[("a", 3.0)], "")];
        let wishes = wishes.map(|params| params.conditions);
        let in_turn = AskedGenerator {
            inner: &fast,
            wishes: &wishes,
        };
        for (sample, index) in draw(&in_turn, &params("", 4), 8..60).iter().zip(8..) {
            let (wish, number) = (index % 2, index / 2);
            assert_eq!(sample.wish, wish);
            assert_eq!(sample.smiles, all[1 + wish][number].smiles);
        }
        assert!(fast.take(1, &asked(&[("c", 1.0)], "")).is_err());
    }

    #[test]
    fn guidance_weighs_the_difference_that_conditions_make() {
        let model = conditioned();
        let generator = CpuGenerator::new(&model).with_branches(3);
        let params = |conditions: &[(&str, f64)], guidance| SamplingParams {
            conditions: conditions
                .iter()
                .map(|(name, value)| ((*name).to_owned(), *value))
                .collect(),
            guidance,
            ..params("", 6)
        };
        let both = [("a", 1.0), ("b", 3.0)];
        let written = |params: &SamplingParams| texts(draw(&generator, params, 0..40));
        // Conditions have no weight at 0, and their own at 1.
        assert_eq!(written(&params(&both, 0.0)), written(&params(&[], 1.0)));
        assert_ne!(written(&params(&both, 1.7)), written(&params(&both, 1.0)));
        // The same, one token after the other, each text read anew.
        let params = params(&both, 1.7);
        let (tokenizer, context) = (model.tokenizer(), model.config().context);
        let reader = generator.reader();
        let start = Start::new(tokenizer, context, &params, &reader).unwrap();
        for (index, sample) in (0..).zip(draw(&generator, &params, 0..20)) {
            let (_, mut draft) = Draft::new(index, &start);
            loop {
                let mut free = draft.tokens.clone();
                free.drain(1..=both.len());
                let (with, without) = (reader(&draft.tokens), reader(&free));
                let mixed = guided(params.guidance, &with, &without);
                let choices = start.choices(&mixed).scored_by(&with);
                if !draft.extend(&choices, context, None) {
                    break;
                }
            }
            let (_, slow) = draft.finish(tokenizer, &params);
            assert_eq!(sample.smiles, slow.smiles);
            approx::assert_relative_eq!(sample.nll, slow.nll, max_relative = 1e-4);
        }
    }

    #[test]
    fn the_grammar_writes_the_same_molecules_on_every_generator() {
        for (model, prompt) in [
            (model(Position::Rotary, true), ""),
            (pairs(), ""),
            (pairs(), "c1cc"),
        ] {
            let params = SamplingParams {
                grammar: true,
                ..params(prompt, 4)
            };
            let fast = draw(&CpuGenerator::new(&model).with_branches(7), &params, 0..80);
            let device = burn::tensor::Device::<Flex>::default();
            let network: Gpt<Flex> = model.network(&device);
            let plain = sample_by_burn(&model, &network, &params, 0..80, &device).unwrap();
            let rows = DeviceGenerator::new(&model, network, device, 9);
            let rows = draw(&rows, &params, 0..80);
            let mut whole = 0;
            for ((a, b), c) in fast.iter().zip(&plain).zip(&rows) {
                assert_eq!((&a.smiles, a.cut), (&b.smiles, b.cut));
                assert_eq!((&a.smiles, a.cut), (&c.smiles, c.cut));
                assert!(a.smiles.starts_with(prompt));
                if !a.cut {
                    whole += 1;
                    let molecule = crate::chem::Molecule::parse(&a.smiles);
                    assert!(molecule.is_ok(), "{}: {molecule:?}", a.smiles);
                }
            }
            assert!(whole > 40, "{whole}");
        }
        let params = SamplingParams {
            grammar: true,
            ..params("ClC=", 4)
        };
        let model = model(Position::Rotary, true);
        assert!(CpuGenerator::new(&model).take(1, &params).is_ok());
        let params = SamplingParams {
            prompt: "ClCl=".into(),
            ..params
        };
        let refused = CpuGenerator::new(&model).take(1, &params).unwrap_err();
        assert!(refused.to_string().contains("no molecule begins so"));
    }

    #[test]
    fn the_device_chooses_as_the_processor_does() {
        let model = model(Position::Rotary, true);
        let device = burn::tensor::Device::<Flex>::default();
        let rows = DeviceGenerator::<Flex>::new(&model, model.network(&device), device, 25);
        let cpu = CpuGenerator::new(&model).with_branches(16);
        for (temperature, top_k, top_p) in [
            (0.7, 0, 1.0),
            (1.3, 3, 1.0),
            (1.0, 0, 0.6),
            (1.5, 4, 0.8),
            (1.0, 1, 0.5),
        ] {
            let params = SamplingParams {
                temperature,
                top_k,
                top_p,
                prompt: "c1c".to_owned(),
                seed: 2,
                ..SamplingParams::default()
            };
            let texts = |generator: &dyn Generator| -> Vec<String> {
                let samples = draw(generator, &params, 3..60).into_iter();
                samples.map(|sample| sample.smiles).collect()
            };
            assert_eq!(texts(&cpu), texts(&rows), "{params:?}");
        }
    }

    #[test]
    fn strings_that_fill_the_context_are_told_with_the_likelihood_of_their_text() {
        let model = model(Position::Rotary, true);
        for prompt in ["", "c1"] {
            let device = burn::tensor::Device::<Flex>::default();
            let network: Gpt<Flex> = model.network(&device);
            // Without the end, which a cold model of such weights seldom writes.
            let params = SamplingParams {
                temperature: 2.0,
                ..params(prompt, 8)
            };
            let fast = draw(&CpuGenerator::new(&model).with_branches(7), &params, 0..80);
            let plain = sample_by_burn(&model, &network, &params, 0..80, &device).unwrap();
            let rows = DeviceGenerator::new(&model, network, device, 9);
            let rows = draw(&rows, &params, 0..80);
            let stream = crate::generate::Stream::new(&CpuGenerator::new(&model), params.clone())
                .take(80)
                .collect::<Result<Vec<Sample>>>();
            assert_eq!(fast, stream.unwrap());
            let cut = fast.iter().filter(|sample| sample.cut).count();
            assert!(0 < cut && cut < 80, "{cut} are cut");
            let texts: Vec<&str> = fast.iter().map(|sample| &*sample.smiles).collect();
            let scores = crate::likelihood::Scorer::new(&model).score(&texts);
            let longest = model.config().context - 2;
            for (index, sample) in fast.iter().enumerate() {
                assert_eq!(sample.smiles, plain[index].smiles);
                assert_eq!(sample.smiles, rows[index].smiles);
                assert_eq!([plain[index].cut, rows[index].cut], [sample.cut; 2]);
                for other in [&plain[index], &rows[index]] {
                    approx::assert_relative_eq!(sample.nll, other.nll, max_relative = 1e-4);
                }
                let score = scores[index].as_ref().unwrap();
                let written = score.tokens.len() - 1;
                assert!(!sample.cut || written == longest, "{written} tokens");
                // What the prompt says is not sampled.
                let given = model.tokenizer().encode_prompt(prompt).unwrap().len() - 1;
                let sampled: f64 = score.tokens[given..].iter().copied().map(f64::from).sum();
                approx::assert_relative_eq!(sample.nll, sampled, max_relative = 1e-4);
            }
        }
    }

    #[test]
    fn greedy_decoding_is_the_same_on_every_generator() {
        let model = model(Position::Rotary, true);
        let device = burn::tensor::Device::<Flex>::default();
        let rows = DeviceGenerator::<Flex>::new(&model, model.network(&device), device, 3);
        for prompt in ["", "c1c", "Cl"] {
            let greedy = SamplingParams {
                temperature: 0.0,
                ..params(prompt, 1)
            };
            let fast = draw(&CpuGenerator::new(&model), &greedy, 0..5);
            assert!(fast.iter().all(|sample| *sample == fast[0]));
            assert!(fast[0].smiles.starts_with(prompt));
            let other = SamplingParams {
                seed: 9,
                ..greedy.clone()
            };
            assert_eq!(draw(&CpuGenerator::new(&model), &other, 3..4)[0], fast[0]);
            for sample in draw(&rows, &greedy, 0..5) {
                assert_eq!((&sample.smiles, sample.cut), (&fast[0].smiles, fast[0].cut));
                approx::assert_relative_eq!(sample.nll, fast[0].nll, max_relative = 1e-4);
            }
            // The likeliest of many first tokens is that of the cold limit.
            let cold = SamplingParams {
                temperature: 1e-4,
                ..greedy
            };
            assert_eq!(draw(&rows, &cold, 0..1)[0].smiles, fast[0].smiles);
        }
    }

    #[test]
    fn half_precision_chooses_nearly_alike() {
        let model = Model::pretrained().unwrap();
        let device = burn::tensor::Device::<Flex>::default();
        let network: Gpt<Flex> = model.network(&device);
        let network = network.with_half_products(true).with_weights_of_products();
        let rows = DeviceGenerator::new(&model, network, device, 60);
        let params = params("", 2);
        let whole = draw(
            &CpuGenerator::new(&model).with_branches(16),
            &params,
            0..100,
        );
        let half = draw(&rows, &params, 0..100);
        let pairs = whole.iter().zip(&half);
        let equal = pairs.filter(|(a, b)| a.smiles == b.smiles).count();
        // Rounding moves the edges between tokens, and with them some of the draws.
        assert!((60..100).contains(&equal), "{equal} of 100 are the same");
    }
}
