//! Gradient clipping by the norm over all parameters together (burn clips each tensor by itself).

use burn::module::{AutodiffModule, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;

/// Scales all gradients by one factor so that their joint Euclidean norm is at most `limit`.
pub(super) fn global_norm<B: AutodiffBackend, M: AutodiffModule<B>>(
    network: &M,
    gradients: GradientsParams,
    limit: f64,
) -> GradientsParams {
    let mut norm = SquaredNorm {
        gradients: &gradients,
        sum: 0.0,
    };
    network.visit(&mut norm);
    let length = norm.sum.sqrt();
    if length <= limit {
        return gradients;
    }
    let mut scale = Scale {
        gradients,
        factor: limit / length,
    };
    network.visit(&mut scale);
    scale.gradients
}

struct SquaredNorm<'a> {
    gradients: &'a GradientsParams,
    sum: f64,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for SquaredNorm<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some(gradient) = self.gradients.get::<B::InnerBackend, D>(param.id) {
            self.sum += gradient
                .square()
                .sum()
                .into_data()
                .iter::<f64>()
                .sum::<f64>();
        }
    }
}

struct Scale {
    gradients: GradientsParams,
    factor: f64,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for Scale {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some(gradient) = self.gradients.remove::<B::InnerBackend, D>(param.id) {
            let scaled = gradient.mul_scalar(self.factor);
            self.gradients
                .register::<B::InnerBackend, D>(param.id, scaled);
        }
    }
}
