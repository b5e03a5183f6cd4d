//! Gradient clipping by the norm over all parameters together (burn clips each tensor by itself),
//! without waiting for the device.

use burn::module::{AutodiffModule, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};

/// Scales all gradients by one factor so that their joint Euclidean norm is at most `limit`.
pub(super) fn global_norm<B: AutodiffBackend, M: AutodiffModule<B>>(
    network: &M,
    gradients: GradientsParams,
    limit: f64,
) -> GradientsParams {
    let mut squares = Squares::<B::InnerBackend> {
        gradients: &gradients,
        sum: None,
    };
    network.visit(&mut squares);
    let Some(sum) = squares.sum else {
        return gradients;
    };
    // A norm of 0 gives infinity, which is more than 1.
    let factor = (sum.sqrt().recip() * limit).clamp_max(1.0);
    let mut scale = Scale { gradients, factor };
    network.visit(&mut scale);
    scale.gradients
}

struct Squares<'a, B: Backend> {
    gradients: &'a GradientsParams,
    sum: Option<Tensor<B, 1>>,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for Squares<'_, B::InnerBackend> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some(gradient) = self.gradients.get::<B::InnerBackend, D>(param.id) {
            let square = gradient.square().sum();
            self.sum = Some(match self.sum.take() {
                Some(sum) => sum + square,
                None => square,
            });
        }
    }
}

struct Scale<B: Backend> {
    gradients: GradientsParams,
    factor: Tensor<B, 1>,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for Scale<B::InnerBackend> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some(gradient) = self.gradients.remove::<B::InnerBackend, D>(param.id) {
            let scaled = gradient * self.factor.clone().unsqueeze();
            self.gradients
                .register::<B::InnerBackend, D>(param.id, scaled);
        }
    }
}
