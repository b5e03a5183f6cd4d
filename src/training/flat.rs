//! A network on a device as one flat tensor, in the order of [`Layout`](crate::model::Layout):
//! what is done to all of its values together takes a few kernels that way, instead of a few for
//! each of a hundred tensors.

use burn::module::{AutodiffModule, ModuleMapper, ModuleVisitor, Param};
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

/// The network with these parameters.
///
/// # Shapes
/// parameters `[parameters]`
pub(super) fn assign<B: AutodiffBackend, M: AutodiffModule<B>>(
    network: M,
    parameters: &Tensor<B::InnerBackend, 1>,
) -> M {
    network.map(&mut Assign {
        parameters,
        start: 0,
    })
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

struct Assign<'a, B: Backend> {
    parameters: &'a Tensor<B, 1>,
    start: usize,
}

impl<A: AutodiffBackend> ModuleMapper<A> for Assign<'_, A::InnerBackend> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<A, D>>) -> Param<Tensor<A, D>> {
        let (id, old, mapper) = param.consume();
        let length = old.shape().num_elements();
        let values = self.parameters.clone().narrow(0, self.start, length);
        self.start += length;
        let new = Tensor::from_inner(values.reshape(old.dims())).require_grad();
        Param::from_mapped_value(id, new, mapper)
    }
}
