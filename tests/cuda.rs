//! The same model on a graphics processor and on a processor, wherever there is one.

#![cfg(feature = "cuda")]
#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use burn::backend::{Cuda, Flex};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};
use molgpt::checkpoint::Model;
use molgpt::model::Decoder;
use molgpt::sampling::{self, BRANCHES, Request, Strategy};

/// Whether there is a device; says so if there is none.
fn has_device() -> bool {
    std::panic::set_hook(Box::new(|_| ()));
    let count = std::panic::catch_unwind(cudarc::driver::CudaContext::device_count);
    let _ = std::panic::take_hook();
    let found = matches!(count, Ok(Ok(count)) if count > 0);
    if !found {
        eprintln!("skipped: no CUDA device");
    }
    found
}

fn logits<B: Backend>(model: &Model, tokens: &[i32], half: bool) -> Vec<f32> {
    let device = B::Device::default();
    let network = model.network::<B>(&device).with_half_products(half);
    let tokens = Tensor::<B, 1, Int>::from_data(tokens, &device);
    network
        .forward(tokens.unsqueeze())
        .into_data()
        .to_vec()
        .unwrap()
}

#[test]
fn logits_agree() {
    if !has_device() {
        return;
    }
    let model = Model::pretrained().unwrap();
    let ids = model.tokenizer.encode("CC(=O)Oc1ccccc1C(=O)O").unwrap();
    let ids: Vec<i32> = ids.iter().map(|id| i32::from(id.0)).collect();
    let expected = logits::<Flex>(&model, &ids, false);
    let largest = expected.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    for (half, tolerance) in [(false, 1e-3), (true, 3e-2)] {
        for (a, b) in expected.iter().zip(logits::<Cuda>(&model, &ids, half)) {
            assert!((a - b).abs() <= tolerance * largest, "{a} {b} {half}");
        }
    }
}

#[test]
fn molecules_agree() {
    if !has_device() {
        return;
    }
    let model = Model::pretrained().unwrap();
    let vocabulary = model.tokenizer.vocabulary.len();
    let decoder = Decoder::new(&model.config, vocabulary, &model.parameters);
    let request = Request::new(&model, "", Strategy::default(), 1).unwrap();
    let processor = sampling::sample(&model, &decoder, &request, 0..1_000, BRANCHES, &|_| ());
    let device = burn::tensor::Device::<Cuda>::default();
    let network = model.network::<Cuda>(&device);
    let graphics =
        sampling::sample_on_device(&model, &network, &request, 0..1_000, 256, &device, &|_| ());
    let pairs = processor.iter().zip(&graphics);
    let equal = pairs.filter(|(a, b)| a.smiles == b.smiles).count();
    assert!(equal > 980, "{equal} of 1000 molecules are the same");
}
