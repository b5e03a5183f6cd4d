//! `AdamW` and Muon over one flat parameter buffer, clipping included.
//!
//! Every parameter is touched once per step, in chunks that any number of threads may share: the
//! result does not depend on how many there are.

use std::ops::Range;

use rayon::prelude::*;

use super::muon::orthogonalize;
use crate::config::{Optimizer as Kind, TrainingConfig};
use crate::model::{Entry, Layout};

/// Values that one task updates.
const CHUNK: usize = 1 << 14;

/// Keeps Adam's denominator from 0 (Kingma and Ba 2015).
pub(super) const EPSILON: f32 = 1e-8;

/// Momentum of Muon (Jordan 2024).
pub(super) const MOMENTUM: f32 = 0.95;

/// Optimizer state beside the parameters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Optimizer {
    /// First moments; Muon's momentum for the matrices that it updates.
    pub(super) first: Vec<f32>,
    /// Second moments.
    pub(super) second: Vec<f32>,
    betas: [f32; 2],
    weight_decay: f32,
    clip_norm: f64,
    /// Weights of hidden layers, which Muon updates: rows and columns of each square-ish part.
    matrices: Vec<Matrix>,
    /// Everything else, in order.
    others: Vec<Range<usize>>,
}

/// One weight, made of `parts` matrices side by side (queries, keys and values).
#[derive(Debug, Clone, PartialEq)]
struct Matrix {
    range: Range<usize>,
    columns: usize,
    parts: usize,
}

/// Number of matrices side by side in a parameter that Muon updates: the weights of hidden layers,
/// queries, keys and values each by themselves. 0 for a parameter that `AdamW` updates.
pub(super) fn parts(entry: &Entry, settings: &TrainingConfig) -> usize {
    let hidden = entry.name.starts_with("blocks.") && entry.name.ends_with(".weight");
    if settings.optimizer != Kind::Muon || !hidden {
        0
    } else if entry.name.contains("query_key_value") {
        3
    } else {
        1
    }
}

impl Optimizer {
    pub(super) fn new(layout: &Layout, settings: &TrainingConfig) -> Self {
        let (matrices, others): (Vec<_>, Vec<_>) = layout
            .entries
            .iter()
            .partition(|entry| parts(entry, settings) > 0);
        Self {
            first: vec![0.0; layout.len()],
            second: vec![0.0; layout.len()],
            betas: settings.betas.map(|beta| beta as f32),
            weight_decay: settings.weight_decay as f32,
            clip_norm: settings.clip_norm,
            matrices: matrices
                .iter()
                .map(|entry| Matrix {
                    range: entry.range.clone(),
                    columns: entry.shape[1],
                    parts: parts(entry, settings),
                })
                .collect(),
            others: others.iter().map(|entry| entry.range.clone()).collect(),
        }
    }

    /// Updates the parameters by the gradient of step `step` (from 0), and returns its norm.
    pub(super) fn update(
        &mut self,
        parameters: &mut [f32],
        gradient: &[f32],
        step: u64,
        rate: f64,
    ) -> f64 {
        let norm = norm(gradient);
        let clip = (self.clip_norm / norm).min(1.0) as f32;
        let others = std::mem::take(&mut self.others);
        for range in &others {
            self.adamw(parameters, gradient, range, step, rate, clip);
        }
        self.others = others;
        self.muon(parameters, gradient, rate as f32, clip);
        norm
    }

    /// `AdamW` (Loshchilov and Hutter 2019).
    fn adamw(
        &mut self,
        parameters: &mut [f32],
        gradient: &[f32],
        range: &Range<usize>,
        step: u64,
        rate: f64,
        clip: f32,
    ) {
        let [beta_1, beta_2] = self.betas;
        let power = i32::try_from(step + 1).unwrap_or(i32::MAX);
        let correction = |beta: f32| 1.0 - f64::from(beta).powi(power);
        let rate_first = (rate / correction(beta_1)) as f32;
        let second_scale = (1.0 / correction(beta_2)) as f32;
        let kept = 1.0 - rate as f32 * self.weight_decay;
        parameters[range.clone()]
            .par_chunks_mut(CHUNK)
            .zip(gradient[range.clone()].par_chunks(CHUNK))
            .zip(self.first[range.clone()].par_chunks_mut(CHUNK))
            .zip(self.second[range.clone()].par_chunks_mut(CHUNK))
            .for_each(|(((parameters, gradient), first), second)| {
                let moments = first.iter_mut().zip(second);
                for ((parameter, gradient), (first, second)) in
                    parameters.iter_mut().zip(gradient).zip(moments)
                {
                    let gradient = gradient * clip;
                    *first += (1.0 - beta_1) * (gradient - *first);
                    *second += (1.0 - beta_2) * (gradient * gradient - *second);
                    let size = (*second * second_scale).sqrt() + EPSILON;
                    *parameter = *parameter * kept - rate_first * *first / size;
                }
            });
    }

    /// Muon (Jordan 2024) with Nesterov momentum, its updates scaled to the size of `AdamW`'s so
    /// that one rate serves both (Liu et al. 2025, arXiv:2502.16982).
    fn muon(&mut self, parameters: &mut [f32], gradient: &[f32], rate: f32, clip: f32) {
        let kept = 1.0 - rate * self.weight_decay;
        let first = &mut self.first;
        let mut updates: Vec<(&Matrix, Vec<f32>)> = Vec::with_capacity(self.matrices.len());
        for matrix in &self.matrices {
            let moments = first[matrix.range.clone()].iter_mut();
            let update = moments
                .zip(&gradient[matrix.range.clone()])
                .map(|(first, gradient)| {
                    let gradient = gradient * clip;
                    *first = MOMENTUM * *first + gradient;
                    MOMENTUM * *first + gradient
                });
            updates.push((matrix, update.collect()));
        }
        updates.par_iter_mut().for_each(|(matrix, update)| {
            let width = matrix.columns / matrix.parts;
            for part in 0..matrix.parts {
                orthogonalize(update, matrix.columns, part * width..(part + 1) * width);
            }
        });
        for (matrix, update) in updates {
            let columns = matrix.columns / matrix.parts;
            let rows = update.len() / matrix.columns;
            let size = rate * 0.2 * (rows.max(columns) as f32).sqrt();
            for (parameter, update) in parameters[matrix.range.clone()].iter_mut().zip(update) {
                *parameter = *parameter * kept - size * update;
            }
        }
    }
}

/// Euclidean norm, summed in a fixed order.
fn norm(values: &[f32]) -> f64 {
    let sums: Vec<f64> = values
        .par_chunks(CHUNK)
        .map(|chunk| chunk.iter().map(|x| f64::from(*x) * f64::from(*x)).sum())
        .collect();
    sums.iter().sum::<f64>().sqrt()
}
