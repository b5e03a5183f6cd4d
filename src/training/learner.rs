//! Who computes: the fused engine on CPU, or burn's own operations on any burn device.

use burn::module::AutodiffModule;
use burn::optim::{AdamW, AdamWConfig, GradientsParams, Optimizer as _, adaptor::OptimizerAdaptor};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Int, Tensor, TensorData};

use super::clip;
use super::optimizer::Optimizer;
use crate::config::RunConfig;
use crate::corpus::Batch;
use crate::model::{Fused, Gpt, flatten, unflatten};
use crate::tokenizer::TokenId;

/// A network that learns.
pub trait Learner {
    /// One optimizer step; returns the mean loss before it, in nats per token.
    fn learn(&mut self, molecules: &[&[TokenId]], step: u64, rate: f64) -> f64;

    /// Sum of the losses in nats, and the number of tokens, without learning.
    fn loss(&mut self, molecules: &[&[TokenId]]) -> (f64, usize);

    /// All parameters, in the order of [`Layout`](crate::model::Layout).
    fn parameters(&self) -> Vec<f32>;

    /// First and second moments of the optimizer, if this learner can go on from them.
    fn moments(&self) -> Option<[Vec<f32>; 2]>;
}

/// The fused engine with its optimizer: the way to train on CPU.
#[derive(Debug)]
pub struct FusedLearner {
    engine: Fused,
    optimizer: Optimizer,
    parameters: Vec<f32>,
    gradient: Vec<f32>,
    seed: u64,
}

impl FusedLearner {
    /// A learner that starts from these parameters, with fresh moments.
    pub fn new(config: &RunConfig, vocabulary: usize, parameters: Vec<f32>, seed: u64) -> Self {
        let engine = Fused::new(&config.model, vocabulary);
        let optimizer = Optimizer::new(engine.layout(), &config.training);
        Self {
            engine,
            optimizer,
            parameters,
            gradient: Vec::new(),
            seed,
        }
    }

    /// Goes on from the moments that [`Learner::moments`] gave. Those of another shape are ignored.
    #[must_use]
    pub fn with_moments(mut self, [first, second]: [Vec<f32>; 2]) -> Self {
        if first.len() == self.parameters.len() && second.len() == first.len() {
            (self.optimizer.first, self.optimizer.second) = (first, second);
        }
        self
    }
}

impl Learner for FusedLearner {
    fn learn(&mut self, molecules: &[&[TokenId]], step: u64, rate: f64) -> f64 {
        let key = (self.seed ^ step.wrapping_mul(0x9e37_79b9_7f4a_7c15)) as u32;
        let (sum, tokens) =
            self.engine
                .gradient(&self.parameters, molecules, key, &mut self.gradient);
        self.optimizer
            .update(&mut self.parameters, &self.gradient, step, rate);
        sum / tokens.max(1) as f64
    }

    fn loss(&mut self, molecules: &[&[TokenId]]) -> (f64, usize) {
        self.engine.loss(&self.parameters, molecules)
    }

    fn parameters(&self) -> Vec<f32> {
        self.parameters.clone()
    }

    fn moments(&self) -> Option<[Vec<f32>; 2]> {
        Some([self.optimizer.first.clone(), self.optimizer.second.clone()])
    }
}

/// burn's own operations and its `AdamW`: the reference on CPU, and the way to train on CUDA.
pub struct BurnLearner<B: AutodiffBackend> {
    network: Gpt<B>,
    optimizer: OptimizerAdaptor<AdamW, Gpt<B>, B>,
    clip_norm: f64,
    device: B::Device,
}

impl<B: AutodiffBackend> BurnLearner<B> {
    /// A learner that starts from these parameters and trains all of them by `AdamW`, whatever
    /// optimizer the configuration names: Muon is the fused engine's only.
    pub fn new(
        config: &RunConfig,
        vocabulary: usize,
        parameters: &[f32],
        seed: u64,
        device: &B::Device,
    ) -> Self {
        B::seed(device, seed);
        let settings = &config.training;
        let network = config.model.init(vocabulary, device);
        Self {
            network: unflatten(network, parameters, device),
            optimizer: AdamWConfig::new()
                .with_beta_1(settings.betas[0] as f32)
                .with_beta_2(settings.betas[1] as f32)
                .with_weight_decay(settings.weight_decay as f32)
                .with_epsilon(1e-8)
                .init(),
            clip_norm: settings.clip_norm,
            device: device.clone(),
        }
    }
}

impl<B: AutodiffBackend> Learner for BurnLearner<B> {
    fn learn(&mut self, molecules: &[&[TokenId]], _step: u64, rate: f64) -> f64 {
        let (inputs, targets) = tensors::<B>(&Batch::new(molecules), &self.device);
        let loss = self.network.loss(inputs, targets);
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        let gradients = clip::global_norm(&self.network, gradients, self.clip_norm);
        self.network = self.optimizer.step(rate, self.network.clone(), gradients);
        scalar(loss)
    }

    fn loss(&mut self, molecules: &[&[TokenId]]) -> (f64, usize) {
        let batch = Batch::new(molecules);
        let (inputs, targets) = tensors::<B::InnerBackend>(&batch, &self.device);
        let tokens = batch.real_tokens();
        let mean = scalar(self.network.valid().loss(inputs, targets));
        (mean * tokens as f64, tokens)
    }

    fn parameters(&self) -> Vec<f32> {
        flatten(&self.network)
    }

    fn moments(&self) -> Option<[Vec<f32>; 2]> {
        None
    }
}

fn tensors<B: Backend>(
    batch: &Batch,
    device: &B::Device,
) -> (Tensor<B, 2, Int>, Tensor<B, 2, Int>) {
    let tensor = |ids: &[u32]| {
        let ids: Vec<i32> = ids.iter().map(|id| *id as i32).collect();
        Tensor::from_data(TensorData::new(ids, [batch.rows, batch.time]), device)
    };
    (tensor(&batch.inputs), tensor(&batch.targets))
}

fn scalar<B: Backend>(tensor: Tensor<B, 1>) -> f64 {
    tensor.into_data().iter::<f64>().sum()
}
