//! The same model on a graphics processor, or by burn's `ndarray`, and on a processor, wherever there
//! is a graphics processor. A Vulkan driver that computes on the processor (Mesa's llvmpipe) is one, too: burn
//! fuses, compiles and tunes the same kernels for it.
//!
//! A test without its device says `skipped: ...`, and fails where the variable
//! `MOLGPT_REQUIRE_DEVICE` demands the device: `cuda`, `wgpu`, both between a comma, or 1 for all.

#![cfg(any(feature = "cuda", feature = "wgpu"))]
#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::panic::catch_unwind;

use burn::backend::{Autodiff, Flex};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Int, Tensor};
use molgpt::config::{Optimizer, RunConfig};
use molgpt::generate::{CpuGenerator, DeviceGenerator, Generator, SamplingParams};
use molgpt::model::Model;
use molgpt::tokenizer::TokenId;
use molgpt::train::{BurnLearner, Computing, FusedLearner, Learner, Sequence, Start};

const MOLECULES: [&str; 4] = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1CCC[C@H]1c1cccnc1",
    "O=C(O)c1cccc(Br)c1",
    "CCOC(=O)c1ccc(N)cc1",
];

/// Whether there is such a device, for which `ask` looks; says so if there is none.
///
/// # Panics
/// There is none, and the environment demands one.
fn is_there(name: &str, ask: impl FnOnce() -> bool + std::panic::UnwindSafe) -> bool {
    let found = catch_unwind(ask).unwrap_or(false);
    if !found {
        let demanded = std::env::var("MOLGPT_REQUIRE_DEVICE").unwrap_or_default();
        let names = |word: &str| word == "1" || word.eq_ignore_ascii_case(name);
        let is_demanded = demanded.split(',').map(str::trim).any(names);
        assert!(
            !is_demanded,
            "MOLGPT_REQUIRE_DEVICE demands a {name} device, and there is none"
        );
        eprintln!("skipped: no {name} device");
    }
    found
}

fn encoded(model: &Model) -> Vec<Vec<TokenId>> {
    let encode = |smiles: &&str| model.tokenizer().encode(smiles).unwrap();
    MOLECULES.iter().map(encode).collect()
}

fn logits<B: Backend>(model: &Model, tokens: &[i32], half: bool) -> Vec<f32> {
    let device = B::Device::default();
    let network = model.network::<B>(&device).with_half_products(half);
    let network = network.with_weights_of_products();
    let tokens = Tensor::<B, 1, Int>::from_data(tokens, &device);
    let logits = network.forward(tokens.unsqueeze());
    logits.into_data().to_vec().unwrap()
}

fn check_logits<B: Backend>(precisions: &[(bool, f32)]) {
    let model = Model::pretrained().unwrap();
    let ids: Vec<i32> = encoded(&model)[0]
        .iter()
        .map(|id| i32::from(id.0))
        .collect();
    let expected = logits::<Flex>(&model, &ids, false);
    let largest = expected.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    for (half, tolerance) in precisions {
        let found = logits::<B>(&model, &ids, *half);
        assert_eq!(found.len(), expected.len());
        for (a, b) in expected.iter().zip(found) {
            assert!((a - b).abs() <= tolerance * largest, "{a} {b} {half}");
        }
    }
}

/// The same molecules, up to ties in floating point.
fn check_molecules<B: Backend>() {
    const COUNT: u64 = 300;
    let model = Model::pretrained().unwrap();
    let params = SamplingParams {
        seed: 1,
        ..SamplingParams::default()
    };
    let expected = CpuGenerator::new(&model).take(COUNT, &params).unwrap();
    let device = B::Device::default();
    let network = model.network::<B>(&device);
    let rows = DeviceGenerator::new(&model, network, device, 256);
    let found = rows.take(COUNT, &params).unwrap();
    assert_eq!(found.len(), expected.len());
    let pairs = expected.iter().zip(&found);
    let equal = pairs.filter(|(a, b)| a.smiles == b.smiles).count();
    assert!(equal > 290, "{equal} of {COUNT} molecules are the same");
}

/// The losses before each of a few steps from the same start.
fn check_steps<B: AutodiffBackend>(computing: Computing, tolerance: f64) {
    let model = Model::pretrained().unwrap();
    let molecules = encoded(&model);
    let molecules = molecules.iter().map(|ids| Sequence::whole(ids));
    let molecules: Vec<Sequence<'_>> = molecules.collect();
    let mut config = RunConfig::small();
    config.training.optimizer = Optimizer::Muon;
    config.training.batch_size = molecules.len();
    let steps = |learner: &mut dyn Learner| {
        let steps = 0..5;
        let step = |step| {
            learner.learn(&molecules, step, 2e-3);
            learner.training_figures(true).unwrap().loss
        };
        steps.map(step).collect::<Vec<f64>>()
    };
    let parameters = model.parameters().to_vec();
    let expected = steps(&mut FusedLearner::new(
        model.shape(),
        &config.training,
        parameters,
        1,
    ));
    assert!(expected[4] < 0.8 * expected[0], "{expected:?}");
    let start = Start::fresh(model.parameters().to_vec(), 1);
    let devices = [B::Device::default()];
    let mut learner =
        BurnLearner::new::<B>(model.shape(), &config.training, &start, &devices, computing);
    for (a, b) in expected.iter().zip(steps(&mut learner)) {
        assert!((a - b).abs() <= tolerance * a, "{a} {b}");
    }
}

#[cfg(feature = "ndarray")]
#[test]
fn ndarray_agrees() {
    use burn::backend::NdArray;

    check_logits::<NdArray>(&[(false, 1e-3)]);
    check_molecules::<NdArray>();
    check_steps::<Autodiff<NdArray>>(Computing::SINGLE, 1e-3);
}

#[cfg(feature = "cuda")]
#[test]
fn cuda_agrees() {
    use burn::backend::Cuda;

    let count = || cudarc::driver::CudaContext::device_count().is_ok_and(|count| count > 0);
    if is_there("CUDA", count) {
        check_logits::<Cuda>(&[(false, 1e-3), (true, 3e-2)]);
        check_molecules::<Cuda>();
        check_steps::<Autodiff<Cuda>>(Computing::HALF, 0.05);
    }
}

#[cfg(feature = "wgpu")]
#[test]
fn wgpu_agrees() {
    use burn::backend::Wgpu;

    let start = || {
        let device = burn::backend::wgpu::WgpuDevice::default();
        let _ = Tensor::<Wgpu, 1>::zeros([1], &device).into_data();
        true
    };
    if is_there("wgpu", start) {
        check_logits::<Wgpu>(&[(false, 1e-3)]);
        check_molecules::<Wgpu>();
        check_steps::<Autodiff<Wgpu>>(Computing::PADDED, 1e-3);
    }
}
