//! The engine as one operation that burn's autodiff knows: for a loss with further terms, or burn's
//! own optimizers. Training by the engine alone saves the copies.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData, TensorPrimitive};

use super::Fused;
use crate::corpus::Sequence;
use crate::model::Gpt;

impl Fused {
    /// Mean loss of the network in nats per target, `[1]`: what [`Gpt::loss`] computes by burn's plain
    /// operations, divided by the targets. Its `backward` gives the gradients of all parameters.
    /// Dropout masks follow from `key`.
    ///
    /// # Panics
    /// When the network is of another shape than the engine.
    pub fn mean_loss<B: Backend>(
        &mut self,
        network: &Gpt<Autodiff<B>>,
        sequences: &[Sequence<'_>],
        key: u32,
    ) -> Tensor<Autodiff<B>, 1> {
        // Both are kept to the end: burn may forget a node that no tensor holds and that is not yet the
        // parent of another, when a thread beside this one ends a backward pass.
        let mut rows = Rows(Vec::new());
        network.visit(&mut rows);
        let flat = Tensor::cat(rows.0.clone(), 0);
        let device = flat.device();
        let values: Vec<f32> = flat.to_data().iter::<f32>().collect();
        assert_eq!(values.len(), self.layout.len(), "parameters of the network");
        let tensor = |values: Vec<f32>| {
            let data = TensorData::from(values.as_slice());
            let tensor = Tensor::<B, 1>::from_data(data, &device);
            tensor.into_primitive().tensor()
        };
        let mean = |(sum, tokens): (f64, usize)| tensor(vec![(sum / tokens.max(1) as f64) as f32]);
        let flat = flat.into_primitive().tensor();
        let operation = MeanLoss.prepare::<NoCheckpointing>([flat.node.clone()]);
        let operation = operation.compute_bound();
        Tensor::from_primitive(TensorPrimitive::Float(match operation.stateful() {
            OpsKind::Tracked(operation) => {
                let mut gradient = Vec::new();
                let loss = self.gradient(&values, sequences, key, &mut gradient);
                operation.finish(tensor(gradient), mean(loss))
            }
            OpsKind::UnTracked(operation) => operation.finish(mean(self.loss(&values, sequences))),
        }))
    }
}

/// All parameters, each as one row of numbers that is still part of the graph.
struct Rows<B: Backend>(Vec<Tensor<B, 1>>);

impl<B: Backend> ModuleVisitor<B> for Rows<B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.0.push(param.val().flatten(0, D - 1));
    }
}

/// The operation. Its state is the gradient by all parameters, which the engine computes with the
/// loss.
#[derive(Debug)]
struct MeanLoss;

impl<B: Backend> Backward<B, 1> for MeanLoss {
    type State = B::FloatTensorPrimitive;

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let tensor = |primitive| Tensor::<B, 1>::from_primitive(TensorPrimitive::Float(primitive));
        let by_parameters = tensor(ops.state);
        unary::<B, _>(ops.parents, ops.node, gradients, |by_loss| {
            (by_parameters * tensor(by_loss)).into_primitive().tensor()
        });
    }
}
