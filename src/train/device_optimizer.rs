//! The optimizer of [`optimizer`](super::optimizer) by tensor operations, for any burn device:
//! the same rules, the same moments, so that a run may go on elsewhere.
//!
//! Everything is done to all parameters at once, Muon's iteration to all matrices of one shape:
//! each operation on a device costs the same for a bias as for the whole network.

use std::collections::BTreeMap;
use std::ops::Range;

use burn::tensor::backend::Backend;
use burn::tensor::{FloatDType, Tensor, TensorData};

use super::muon::{COEFFICIENTS, STEPS};
use super::optimizer::{EPSILON, MOMENTUM, parts};
use crate::config::TrainingConfig;
use crate::model::{Entry, Layout};

/// Parameters, moments and settings; flat tensors are in the order of the layout.
pub(super) struct DeviceOptimizer<B: Backend> {
    parameters: Tensor<B, 1>,
    first: Tensor<B, 1>,
    second: Tensor<B, 1>,
    /// The share of the first moments that stays, and the shares of the gradient and of its square
    /// that come to the moments.
    kept: Tensor<B, 1>,
    added: Tensor<B, 1>,
    squares_added: Tensor<B, 1>,
    /// Ranges that `AdamW` updates.
    values: Vec<Range<usize>>,
    /// Matrices that Muon updates, those of one shape together.
    matrices: Vec<Vec<Matrix>>,
    betas: [f64; 2],
    weight_decay: f64,
    clip_norm: f64,
    /// Whether Muon's iteration is in bfloat16, as its author's.
    half: bool,
    /// Sum of the norms of the gradients since they were last taken.
    norms: Option<Tensor<B, 1>>,
}

/// A weight that is `parts` matrices `[rows, columns]` side by side.
struct Matrix {
    range: Range<usize>,
    parts: usize,
    rows: usize,
    columns: usize,
}

impl<B: Backend> DeviceOptimizer<B> {
    /// Goes on from parameters and moments in the order of the layout.
    pub(super) fn new(
        layout: &Layout,
        settings: &TrainingConfig,
        parameters: &[f32],
        moments: &[Vec<f32>; 2],
        half: bool,
        device: &B::Device,
    ) -> Self {
        let tensor = |values: Vec<f32>| {
            let length = values.len();
            Tensor::from_data(TensorData::new(values, [length]), device)
        };
        // One number for what AdamW updates, another for what Muon does.
        let each = |adam: f64, muon: f64| {
            let value = |entry: &Entry| match parts(entry, settings) {
                0 => vec![adam as f32; entry.range.len()],
                _ => vec![muon as f32; entry.range.len()],
            };
            tensor(layout.entries.iter().flat_map(value).collect())
        };
        let [beta_1, beta_2] = settings.betas;
        let [first, second] = moments;
        let (values, matrices) = arranged(layout, settings);
        Self {
            parameters: tensor(parameters.to_vec()),
            first: tensor(first.clone()),
            second: tensor(second.clone()),
            kept: each(beta_1, f64::from(MOMENTUM)),
            added: each(1.0 - beta_1, 1.0),
            squares_added: each(1.0 - beta_2, 0.0),
            values,
            matrices,
            betas: settings.betas,
            weight_decay: settings.weight_decay,
            clip_norm: settings.clip_norm,
            half,
            norms: None,
        }
    }

    /// The parameters after the step `step` (from 0) along this gradient, which is scaled down if
    /// its Euclidean norm is above the settings' limit.
    ///
    /// # Shapes
    /// `[parameters]`
    pub(super) fn step(&mut self, gradient: Tensor<B, 1>, step: u64, rate: f64) -> Tensor<B, 1> {
        // A norm of 0 gives infinity, which is more than 1.
        let norm = gradient.clone().square().sum().sqrt();
        self.norms = Some(match self.norms.take() {
            Some(sum) => sum + norm.clone(),
            None => norm.clone(),
        });
        let gradient = gradient * (norm.recip() * self.clip_norm).clamp_max(1.0);
        let power = i32::try_from(step + 1).unwrap_or(i32::MAX);
        let corrections = self.betas.map(|beta| 1.0 - beta.powi(power));
        let (kept, added) = (self.kept.clone(), self.added.clone());
        self.first = self.first.clone() * kept + gradient.clone() * added;
        let squares = gradient.clone().square() * self.squares_added.clone();
        self.second = self.second.clone() * self.betas[1] + squares;
        let size = (self.second.clone() / corrections[1]).sqrt() + EPSILON;
        let mut update = self.first.clone() / size * (rate / corrections[0]);
        if !self.matrices.is_empty() {
            update = self.with_muon(&update, gradient, rate);
        }
        self.parameters = self.parameters.clone() * (1.0 - rate * self.weight_decay) - update;
        self.parameters.clone()
    }

    /// `AdamW`'s update of all parameters, with Muon's for what is Muon's.
    fn with_muon(&self, adam: &Tensor<B, 1>, gradient: Tensor<B, 1>, rate: f64) -> Tensor<B, 1> {
        let own = |range: &Range<usize>| (range.start, adam.clone().slice([range.clone()]));
        let mut updates: Vec<_> = self.values.iter().map(own).collect();
        let ahead = self.first.clone() * MOMENTUM + gradient;
        for group in &self.matrices {
            let matrices = group.iter().map(|matrix| matrix.of(&ahead)).collect();
            let matrices = Tensor::cat(matrices, 0);
            let [_, _, longer] = matrices.dims();
            let size = rate * 0.2 * (longer as f64).sqrt();
            let orthogonal = orthogonalize(matrices, self.half) * size;
            let mut next = 0;
            for matrix in group {
                let own = orthogonal.clone().narrow(0, next, matrix.parts);
                next += matrix.parts;
                updates.push((matrix.range.start, matrix.flat(own)));
            }
        }
        updates.sort_by_key(|(start, _)| *start);
        let updates = updates.into_iter().map(|(_, update)| update);
        Tensor::cat(updates.collect(), 0)
    }

    /// Sum of the Euclidean norms of the gradients since the last call, before they were scaled down;
    /// none without a step.
    pub(super) fn take_norms(&mut self) -> Option<Tensor<B, 1>> {
        self.norms.take()
    }

    /// The parameters.
    pub(super) fn parameters(&self) -> Vec<f32> {
        read(&self.parameters)
    }

    /// First and second moments.
    pub(super) fn moments(&self) -> [Vec<f32>; 2] {
        [&self.first, &self.second].map(read)
    }
}

/// The ranges that `AdamW` updates, and the matrices that Muon updates, by the lengths of their
/// sides.
fn arranged(layout: &Layout, settings: &TrainingConfig) -> (Vec<Range<usize>>, Vec<Vec<Matrix>>) {
    let mut values: Vec<Range<usize>> = Vec::new();
    let mut matrices = BTreeMap::<_, Vec<Matrix>>::new();
    for entry in &layout.entries {
        let range = entry.range.clone();
        match (parts(entry, settings), values.last_mut()) {
            (0, Some(last)) if last.end == range.start => last.end = range.end,
            (0, _) => values.push(range),
            (parts, _) => {
                let (rows, columns) = (entry.shape[0], entry.shape[1] / parts);
                let sides = (rows.min(columns), rows.max(columns));
                matrices.entry(sides).or_default().push(Matrix {
                    range,
                    parts,
                    rows,
                    columns,
                });
            }
        }
    }
    (values, matrices.into_values().collect())
}

impl Matrix {
    /// The matrices in a flat tensor, lying.
    ///
    /// # Shapes
    /// `[parameters]` -> `[parts, shorter side, longer side]`
    fn of<B: Backend>(&self, all: &Tensor<B, 1>) -> Tensor<B, 3> {
        let own = all.clone().slice([self.range.clone()]);
        let own = own.reshape([self.rows, self.parts, self.columns]);
        self.turned(own.swap_dims(0, 1))
    }

    /// The reverse of [`Matrix::of`].
    ///
    /// # Shapes
    /// `[parts, shorter side, longer side]` -> `[values of the weight]`
    fn flat<B: Backend>(&self, own: Tensor<B, 3>) -> Tensor<B, 1> {
        let own = self.turned(own).swap_dims(0, 1);
        own.reshape([self.range.len()])
    }

    fn turned<B: Backend>(&self, own: Tensor<B, 3>) -> Tensor<B, 3> {
        if self.rows > self.columns {
            own.swap_dims(1, 2)
        } else {
            own
        }
    }
}

/// The nearest matrices whose singular values are about 1: [`muon`](super::muon)'s iteration.
///
/// # Shapes
/// `[matrices, shorter side, longer side]` -> the same
fn orthogonalize<B: Backend>(matrices: Tensor<B, 3>, half: bool) -> Tensor<B, 3> {
    let squares = matrices.clone().square().sum_dim(2).sum_dim(1);
    let mut x = matrices / (squares.sqrt() + 1e-7);
    if half {
        x = x.cast(FloatDType::BF16);
    }
    let [a, b, c] = COEFFICIENTS;
    for _ in 0..STEPS {
        let square = x.clone().matmul(x.clone().transpose());
        let polynomial = square.clone() * b + square.clone().matmul(square) * c;
        x = x.clone() * a + polynomial.matmul(x);
    }
    x.cast(FloatDType::F32)
}

fn read<B: Backend>(tensor: &Tensor<B, 1>) -> Vec<f32> {
    tensor.clone().into_data().iter::<f32>().collect()
}

#[cfg(test)]
mod tests {
    use burn::backend::{Autodiff, Flex};
    use burn::nn::{Linear, LinearConfig};
    use burn::optim::decay::WeightDecayConfig;
    use burn::optim::{AdamWConfig, AdjustLrFn, GradientsParams, MuonConfig};
    use burn::tensor::Distribution;

    use super::super::flat;
    use super::*;
    use crate::config::{Optimizer, RunConfig};
    use crate::model::fill;

    type Plain = Autodiff<Flex>;

    /// The weights of layers without a bias after a few steps of ours and of burn's optimizer.
    #[track_caller]
    fn check(
        optimizer: Optimizer,
        shapes: &[[usize; 2]],
        mut theirs: impl burn::optim::Optimizer<Vec<Linear<Plain>>, Plain>,
        tolerance: f32,
    ) {
        let device = burn::tensor::Device::<Plain>::default();
        let mut settings = RunConfig::small().training;
        (settings.optimizer, settings.betas) = (optimizer, [0.9, 0.95]);
        (settings.weight_decay, settings.clip_norm) = (0.01, f64::INFINITY);
        let mut layout = Layout::new(&RunConfig::small().model.with_vocabulary(5));
        layout.entries.clear();
        for [rows, columns] in shapes {
            let start = layout.len();
            layout.entries.push(Entry {
                name: "blocks.0.up.weight".to_owned(),
                shape: vec![*rows, *columns],
                range: start..start + rows * columns,
            });
        }
        let start = shapes.iter().map(|[rows, columns]| {
            let config = LinearConfig::new(*rows, *columns).with_bias(false);
            config.init::<Plain>(&device)
        });
        let start: Vec<_> = start.collect();
        let values = |layers: &[Linear<Plain>]| -> Vec<f32> {
            let values = |layer: &Linear<Plain>| layer.weight.val().into_data().to_vec();
            layers.iter().flat_map(|l| values(l).unwrap()).collect()
        };
        // Read first: a copy of a layer that was never read would draw weights of its own.
        let parameters = values(&start);
        let moments = [(); 2].map(|()| vec![0.0; layout.len()]);
        let mut ours =
            DeviceOptimizer::new(&layout, &settings, &parameters, &moments, false, &device);
        let (mut a, mut b) = (start.clone(), start);
        for step in 0..5 {
            let inputs = shapes.iter().map(|[rows, _]| {
                Tensor::<Plain, 2>::random([7, *rows], Distribution::Default, &device)
            });
            let inputs: Vec<_> = inputs.collect();
            let gradients = |layers: &Vec<Linear<Plain>>| {
                let losses = layers.iter().zip(&inputs);
                let losses = losses.map(|(layer, x)| layer.forward(x.clone()).sin().sum());
                let loss = losses.reduce(|a, b| a + b).unwrap();
                GradientsParams::from_grads(loss.backward(), layers)
            };
            let (of_a, of_b) = (gradients(&a), gradients(&b));
            let of_a = flat::gradients(&a, of_a);
            let parameters = ours.step(of_a, step, 0.01);
            a = fill(a, Tensor::from_inner(parameters));
            b = theirs.step(0.01, b, of_b);
        }
        for (a, b) in values(&a).iter().zip(values(&b)) {
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
        check(Optimizer::Adamw, &[[6, 4], [3, 5]], adamw.init(), 1e-5);
        let muon = MuonConfig::new()
            .with_adjust_lr_fn(AdjustLrFn::MatchRmsAdamW)
            .with_weight_decay(Some(WeightDecayConfig::new(0.01)));
        let shapes = [[6, 4], [4, 9], [4, 6], [9, 4], [6, 4]];
        check(Optimizer::Muon, &shapes, muon.init(), 1e-4);
    }

    #[test]
    fn long_gradients_are_scaled() {
        let device = burn::tensor::Device::<Flex>::default();
        let config = RunConfig::small();
        let layout = Layout::new(&config.model.with_vocabulary(5));
        let zeros = vec![0.0; layout.len()];
        let moments = [zeros.clone(), zeros.clone()];
        // A first moment is a share of the gradient that was used.
        let moment = |length: f64| {
            let mut optimizer = DeviceOptimizer::<Flex>::new(
                &layout,
                &config.training,
                &zeros,
                &moments,
                false,
                &device,
            );
            let each = length / (layout.len() as f64).sqrt();
            let gradient = Tensor::full([layout.len()], each, &device);
            optimizer.step(gradient, 0, 0.01);
            let [first, _] = optimizer.moments();
            first[0]
        };
        let limit = config.training.clip_norm;
        // Single precision sums a million equal squares to a few thousandths.
        for (length, expected) in [(9.0, 1.0), (1.0, 1.0), (0.5, 0.5)] {
            let found = moment(length * limit) / moment(limit);
            approx::assert_relative_eq!(found, expected, max_relative = 1e-2);
        }
    }
}
