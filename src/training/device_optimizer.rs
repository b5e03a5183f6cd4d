//! The optimizer of [`optimizer`](super::optimizer) by tensor operations, for any burn device:
//! the same rules, the same moments, so that a run may go on elsewhere.

use std::ops::Range;

use burn::module::{AutodiffModule, ModuleMapper, Param};
use burn::optim::GradientsParams;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};

use super::muon::{COEFFICIENTS, STEPS};
use super::optimizer::{EPSILON, MOMENTUM, parts};
use crate::config::TrainingConfig;
use crate::model::Layout;

/// Moments and settings.
pub(super) struct DeviceOptimizer<B: Backend> {
    /// First and second moments of every parameter, in the order of the layout, flat.
    moments: Vec<[Tensor<B, 1>; 2]>,
    /// Parts side by side of every matrix that Muon updates; 0 for what `AdamW` does.
    parts: Vec<usize>,
    betas: [f64; 2],
    weight_decay: f64,
}

impl<B: Backend> DeviceOptimizer<B> {
    /// Goes on from moments in the order of the layout.
    pub(super) fn new(
        layout: &Layout,
        settings: &TrainingConfig,
        moments: &[Vec<f32>; 2],
        device: &B::Device,
    ) -> Self {
        let tensor = |values: &[f32], range: &Range<usize>| {
            let values = values[range.clone()].to_vec();
            let length = values.len();
            Tensor::from_data(TensorData::new(values, [length]), device)
        };
        let entries = || layout.entries.iter();
        Self {
            moments: entries()
                .map(|entry| {
                    let [first, second] = moments;
                    [tensor(first, &entry.range), tensor(second, &entry.range)]
                })
                .collect(),
            parts: entries().map(|entry| parts(entry, settings)).collect(),
            betas: settings.betas,
            weight_decay: settings.weight_decay,
        }
    }

    /// First and second moments, in the order of the layout.
    pub(super) fn moments(&self) -> [Vec<f32>; 2] {
        [0, 1].map(|which| {
            let all = self.moments.iter().map(|moments| moments[which].clone());
            all.flat_map(|tensor| tensor.into_data().iter::<f32>().collect::<Vec<_>>())
                .collect()
        })
    }

    /// The network after the step `step` (from 0) along these gradients.
    pub(super) fn step<A, M>(
        &mut self,
        network: M,
        gradients: GradientsParams,
        step: u64,
        rate: f64,
    ) -> M
    where
        A: AutodiffBackend<InnerBackend = B>,
        M: AutodiffModule<A>,
    {
        let power = i32::try_from(step + 1).unwrap_or(i32::MAX);
        let corrections = self.betas.map(|beta| 1.0 - beta.powi(power));
        network.map(&mut Update {
            optimizer: self,
            gradients,
            index: 0,
            rate,
            corrections,
        })
    }

    /// What is subtracted from a parameter beside its decay, and its new moments.
    fn update<const D: usize>(
        &mut self,
        index: usize,
        gradient: Tensor<B, D>,
        rate: f64,
        corrections: [f64; 2],
    ) -> Tensor<B, D> {
        let shape = gradient.dims();
        let gradient = gradient.reshape([shape.iter().product::<usize>()]);
        let [first, second] = &mut self.moments[index];
        let update = match self.parts[index] {
            0 => {
                let [beta_1, beta_2] = self.betas;
                *first = first.clone() * beta_1 + gradient.clone() * (1.0 - beta_1);
                *second = second.clone() * beta_2 + gradient.square() * (1.0 - beta_2);
                let size = (second.clone() / corrections[1]).sqrt() + EPSILON;
                first.clone() / size * (rate / corrections[0])
            }
            parts => {
                *first = first.clone() * MOMENTUM + gradient.clone();
                let ahead = first.clone() * MOMENTUM + gradient;
                let matrix = ahead.reshape([shape[0], shape[1]]);
                let width = shape[1] / parts;
                let orthogonal = (0..parts).map(|part| {
                    let columns = part * width..(part + 1) * width;
                    orthogonalize(matrix.clone().slice([0..shape[0], columns]))
                });
                let size = rate * 0.2 * (shape[0].max(width) as f64).sqrt();
                let update = Tensor::cat(orthogonal.collect(), 1) * size;
                update.reshape([shape[0] * shape[1]])
            }
        };
        update.reshape(shape)
    }
}

/// The nearest matrix whose singular values are about 1: [`muon`](super::muon)'s iteration.
fn orthogonalize<B: Backend>(matrix: Tensor<B, 2>) -> Tensor<B, 2> {
    let [rows, columns] = matrix.dims();
    let turned = rows > columns;
    let mut x = if turned { matrix.transpose() } else { matrix };
    let norm = x.clone().square().sum().sqrt() + 1e-7;
    x = x / norm.unsqueeze();
    let [a, b, c] = COEFFICIENTS;
    for _ in 0..STEPS {
        let square = x.clone().matmul(x.clone().transpose());
        let polynomial = square.clone() * b + square.clone().matmul(square) * c;
        x = x.clone() * a + polynomial.matmul(x);
    }
    if turned { x.transpose() } else { x }
}

/// Walks the parameters in the order of the layout.
struct Update<'a, B: Backend> {
    optimizer: &'a mut DeviceOptimizer<B>,
    gradients: GradientsParams,
    index: usize,
    rate: f64,
    corrections: [f64; 2],
}

impl<A: AutodiffBackend> ModuleMapper<A> for Update<'_, A::InnerBackend> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<A, D>>) -> Param<Tensor<A, D>> {
        let index = self.index;
        self.index += 1;
        let (id, tensor, mapper) = param.consume();
        let gradient = self.gradients.remove::<A::InnerBackend, D>(id);
        let tensor = match gradient {
            None => tensor,
            Some(gradient) => {
                let kept = 1.0 - self.rate * self.optimizer.weight_decay;
                let update = self
                    .optimizer
                    .update(index, gradient, self.rate, self.corrections);
                Tensor::from_inner(tensor.inner() * kept - update).require_grad()
            }
        };
        Param::from_mapped_value(id, tensor, mapper)
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::{Autodiff, Flex};
    use burn::nn::{Linear, LinearConfig};
    use burn::optim::decay::WeightDecayConfig;
    use burn::optim::{AdamWConfig, AdjustLrFn, MuonConfig};
    use burn::tensor::Distribution;

    use super::*;
    use crate::config::{Optimizer, RunConfig};
    use crate::model::Entry;

    type Plain = Autodiff<Flex>;

    /// The weights of a layer without a bias after a few steps of ours and of burn's optimizer.
    #[track_caller]
    fn check(
        optimizer: Optimizer,
        shape: [usize; 2],
        mut theirs: impl burn::optim::Optimizer<Linear<Plain>, Plain>,
        tolerance: f32,
    ) {
        let device = burn::tensor::Device::<Plain>::default();
        let mut settings = RunConfig::small().training;
        (settings.optimizer, settings.betas) = (optimizer, [0.9, 0.95]);
        settings.weight_decay = 0.01;
        let entry = Entry {
            name: "blocks.0.up.weight".to_owned(),
            shape: shape.to_vec(),
            range: 0..shape[0] * shape[1],
        };
        let mut layout = Layout::new(&RunConfig::small().model, 5);
        layout.entries = vec![entry];
        let moments = [(); 2].map(|()| vec![0.0; shape[0] * shape[1]]);
        let mut ours = DeviceOptimizer::new(&layout, &settings, &moments, &device);
        let start: Linear<Plain> = LinearConfig::new(shape[0], shape[1])
            .with_bias(false)
            .init(&device);
        // A copy of a layer that was never read would draw weights of its own.
        let _ = start.weight.val();
        let (mut a, mut b) = (start.clone(), start);
        for step in 0..5 {
            let x = Tensor::<Plain, 2>::random([7, shape[0]], Distribution::Default, &device);
            let gradients = |layer: &Linear<Plain>| {
                let loss = layer.forward(x.clone()).sin().sum();
                GradientsParams::from_grads(loss.backward(), layer)
            };
            let (of_a, of_b) = (gradients(&a), gradients(&b));
            a = ours.step(a, of_a, step, 0.01);
            b = theirs.step(0.01, b, of_b);
        }
        let values =
            |layer: Linear<Plain>| -> Vec<f32> { layer.weight.val().into_data().to_vec().unwrap() };
        for (a, b) in values(a).iter().zip(values(b)) {
            approx::assert_abs_diff_eq!(*a, b, epsilon = tolerance);
        }
    }

    #[test]
    fn steps_are_those_of_burn() {
        let adamw = AdamWConfig::new()
            .with_beta_1(0.9)
            .with_beta_2(0.95)
            .with_epsilon(1e-8)
            .with_weight_decay(0.01);
        check(Optimizer::Adamw, [6, 4], adamw.init(), 1e-5);
        let muon = MuonConfig::new()
            .with_adjust_lr_fn(AdjustLrFn::MatchRmsAdamW)
            .with_weight_decay(Some(WeightDecayConfig::new(0.01)));
        check(Optimizer::Muon, [6, 4], muon.init(), 1e-4);
        check(Optimizer::Muon, [4, 9], muon.init(), 1e-4);
    }
}
