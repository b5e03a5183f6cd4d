//! What the parts of molgpt cost, on real molecules of `data/`: `cargo bench`.
//!
//! `molgpt bench` measures whole runs; this measures single steps, on one thread.

#![expect(clippy::unwrap_used, reason = "a panic ends the benchmark")]

use std::path::Path;
use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::ItemsCount;
use molgpt::chem::Molecule;
use molgpt::config::{Optimizer, RunConfig};
use molgpt::corpus::{self, Sequence, length_bucketed, targets};
use molgpt::model::{Buffers, Decoder, Layout, Model, PagedCache};
use molgpt::progress::Unwatched;
use molgpt::table::ReadOptions;
use molgpt::tokenizer::{TokenId, Tokenizer};
use molgpt::train::{FusedLearner, Learner};

/// Molecules per iteration.
const COUNT: usize = 1_000;

static MOLECULES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/test.csv");
    let records = corpus::read(&path.into(), &ReadOptions::default(), &Unwatched)
        .unwrap()
        .records;
    let smiles = records.into_iter().map(|record| record.smiles);
    smiles.take(COUNT).collect()
});

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::pretrained().unwrap());

fn main() {
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build_global()
        .unwrap();
    divan::main();
}

fn encoded(tokenizer: &Tokenizer) -> Vec<Vec<TokenId>> {
    let encode = |smiles: &String| tokenizer.encode(smiles).unwrap();
    MOLECULES.iter().map(encode).collect()
}

/// SMILES to token ids.
#[divan::bench]
fn tokenize(bencher: Bencher) {
    bencher
        .counter(ItemsCount::new(COUNT))
        .bench(|| encoded(MODEL.tokenizer()));
}

/// One epoch's batches by length.
#[divan::bench]
fn batches(bencher: Bencher) {
    let lengths: Vec<usize> = MOLECULES.iter().map(String::len).collect();
    bencher
        .counter(ItemsCount::new(COUNT))
        .bench(|| length_bucketed(&lengths, 64, 0, 0));
}

/// Forward, backward and optimizer over 64 molecules; items are tokens.
#[divan::bench(args = [128, 256])]
fn training_step(bencher: Bencher, width: usize) {
    let mut config = RunConfig::small();
    config.model.width = width;
    config.training.optimizer = Optimizer::Adamw;
    let shape = config.model.with_vocabulary(MODEL.shape().vocabulary);
    let length = Layout::new(&shape).len();
    let parameters = (0..length).map(|i| (i % 97) as f32 / 970.0 - 0.05);
    let mut learner = FusedLearner::new(&shape, &config.training, parameters.collect(), 0);
    let molecules = encoded(MODEL.tokenizer());
    let batch = molecules[..64].iter().map(|ids| Sequence::whole(ids));
    let batch: Vec<Sequence<'_>> = batch.collect();
    let tokens = targets(&batch);
    let mut step = 0;
    bencher.counter(ItemsCount::new(tokens)).bench_local(|| {
        step += 1;
        learner.learn(&batch, step, 1e-3);
    });
}

/// The first 24 tokens of 96 molecules, one after the other; items are tokens.
#[divan::bench]
fn decode_steps(bencher: Bencher) {
    const STEPS: usize = 24;
    let decoder = Decoder::new(&MODEL);
    let molecules = encoded(MODEL.tokenizer());
    let long = molecules.iter().filter(|molecule| molecule.len() > STEPS);
    let molecules: Vec<_> = long.take(96).collect();
    let mut buffers = Buffers::default();
    let items = ItemsCount::new(STEPS * molecules.len());
    bencher.counter(items).bench_local(|| {
        let mut caches = vec![PagedCache::default(); molecules.len()];
        for at in 0..STEPS {
            let tokens = molecules.iter().map(|molecule| molecule[at]);
            let mut rows: Vec<_> = caches.iter_mut().zip(tokens).collect();
            decoder.step(&mut rows, &mut buffers);
        }
    });
}

/// Verdict and canonical form.
#[divan::bench]
fn canonicalize(bencher: Bencher) {
    bencher.counter(ItemsCount::new(COUNT)).bench(|| {
        let valid = |smiles: &&String| Molecule::parse(smiles).is_ok();
        MOLECULES.iter().filter(valid).count()
    });
}

/// Largest similarity of one molecule to all others.
#[divan::bench]
fn nearest_fingerprint(bencher: Bencher) {
    let prints: Vec<_> = MOLECULES
        .iter()
        .filter_map(|smiles| Molecule::parse(smiles).ok()?.fingerprint())
        .collect();
    bencher.counter(ItemsCount::new(prints.len())).bench(|| {
        let similarities = prints[1..].iter().map(|print| prints[0].tanimoto(print));
        similarities.fold(0.0, f64::max)
    });
}
