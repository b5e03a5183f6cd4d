//! Several devices that learn together take the steps of one.
//!
//! In a program of its own, and one test: burn has one set of peers per process.

#![cfg(feature = "collective")]
#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use burn::backend::{Autodiff, Flex};
use molgpt::config::{Optimizer, RunConfig};
use molgpt::model::Shape;
use molgpt::tokenizer::{TokenId, Tokenizer, Vocabulary};
use molgpt::train::{BurnLearner, Computing, FusedLearner, Learner, Sequence, Start};

type Plain = Autodiff<Flex>;

const MOLECULES: [&str; 4] = ["CCO", "c1ccccc1", "CC(=O)N", "OCC#N"];

const PADDED: Computing = Computing {
    rows_at_once: 1,
    ..Computing::PADDED
};

fn config(optimizer: Optimizer) -> RunConfig {
    let mut config = RunConfig::parse(include_str!("../configs/tiny.toml")).unwrap();
    config.training.optimizer = optimizer;
    config.training.batch_size = 3;
    config
}

fn tokenizer() -> Tokenizer {
    Tokenizer::atomwise(Vocabulary::from_molecules(MOLECULES.into_iter()))
}

fn shape(config: &RunConfig) -> Shape {
    let vocabulary = tokenizer().vocabulary().len();
    config.model.with_vocabulary(vocabulary)
}

/// The losses of ten steps on all but one of the molecules.
fn losses(learner: &mut dyn Learner) -> Vec<f64> {
    let encode = |smiles: &&str| tokenizer().encode(smiles).unwrap();
    let molecules: Vec<Vec<TokenId>> = MOLECULES.iter().map(encode).collect();
    let step = |step| {
        let others = (0..4).filter(|index| *index != step as usize % 4);
        let batch = others.map(|index| Sequence::whole(&molecules[index]));
        let batch: Vec<Sequence<'_>> = batch.collect();
        learner.learn(&batch, step, 1e-2);
        learner.training_figures(true).unwrap().loss
    };
    (0..10).map(step).collect()
}

#[track_caller]
fn check(optimizer: Optimizer, devices: usize, computing: Computing) {
    let config = config(optimizer);
    let shape = shape(&config);
    let start = Start::fresh(shape.first_weights(1), 1);
    let devices = vec![burn::tensor::Device::<Plain>::default(); devices];
    let settings = &config.training;
    let mut several = BurnLearner::new::<Plain>(&shape, settings, &start, &devices, computing);
    let mut one = FusedLearner::new(&shape, settings, start.parameters, 1);
    let (several, one) = (losses(&mut several), losses(&mut one));
    for (a, b) in several.iter().zip(&one) {
        approx::assert_relative_eq!(a, b, max_relative = 1e-3);
    }
    assert!(one[9] < one[0], "{one:?}");
}

/// One device that fails ends the work of the others, too.
fn check_failure() {
    let config = config(Optimizer::Adamw);
    let shape = shape(&config);
    let start = Start::fresh(shape.first_weights(1), 1);
    let devices = [burn::tensor::Device::<Plain>::default(); 2];
    let learn = move || {
        let single = Computing::SINGLE;
        let mut learner =
            BurnLearner::new::<Plain>(&shape, &config.training, &start, &devices, single);
        let known = [1, 4, 2].map(TokenId);
        let unknown = [1, 999, 2].map(TokenId);
        learner.learn(&[&known, &unknown].map(|ids| Sequence::whole(ids)), 0, 1e-3);
        learner.training_figures(true)
    };
    assert!(std::panic::catch_unwind(learn).is_err());
}

#[test]
fn several_devices_take_the_steps_of_one() {
    check(Optimizer::Adamw, 2, Computing::SINGLE);
    check(Optimizer::Muon, 3, PADDED);
    // More devices than molecules.
    check(Optimizer::Adamw, 4, Computing::SINGLE);
    check_failure();
}
