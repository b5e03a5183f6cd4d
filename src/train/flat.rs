//! Gradients as one flat tensor on their device, in the order of [`Layout`](crate::model::Layout):
//! what is done to all of them together takes a few kernels that way, instead of a few for each of
//! a hundred tensors.

use burn::module::{AutodiffModule, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};

/// The gradients of all parameters; 0 for one that the loss does not depend on.
///
/// # Shapes
/// `[parameters]`
pub(super) fn gradients<B: AutodiffBackend, M: AutodiffModule<B>>(
    network: &M,
    gradients: GradientsParams,
) -> Tensor<B::InnerBackend, 1> {
    let mut gather = Gather::<B::InnerBackend> {
        gradients,
        parts: Vec::new(),
    };
    network.visit(&mut gather);
    Tensor::cat(gather.parts, 0)
}

struct Gather<B: Backend> {
    gradients: GradientsParams,
    parts: Vec<Tensor<B, 1>>,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for Gather<B::InnerBackend> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let gradient = self.gradients.remove::<B::InnerBackend, D>(param.id);
        let gradient = gradient.unwrap_or_else(|| param.val().inner().zeros_like());
        let length = gradient.shape().num_elements();
        self.parts.push(gradient.reshape([length]));
    }
}
