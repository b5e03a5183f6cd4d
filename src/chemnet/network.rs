//! ChemNet in burn: the definition, for any device.

use burn::module::{Module, Param};
use burn::tensor::activation::{selu, sigmoid, tanh};
use burn::tensor::backend::Backend;
use burn::tensor::module::conv1d;
use burn::tensor::ops::PaddedConvOptions;
use burn::tensor::{Tensor, TensorData};

use super::features::{CHANNELS, LENGTH, VALUE, channels};
use super::weights;
use super::{Embed, Weights};

/// The network up to the layer whose activations FCD compares: two convolutions, each halving the
/// length, then two layers of LSTM, the first reading from the end to the start.
#[derive(Module, Debug)]
pub struct ChemNet<B: Backend> {
    /// `[outputs, inputs, 4]` each
    convolutions: Vec<Param<Tensor<B, 3>>>,
    backward: Lstm<B>,
    forward: Lstm<B>,
}

#[derive(Module, Debug)]
struct Lstm<B: Backend> {
    /// `[inputs, 4 hidden]`
    input_weight: Param<Tensor<B, 2>>,
    /// `[hidden, 4 hidden]`
    hidden_weight: Param<Tensor<B, 2>>,
    /// `[4 hidden]`
    bias: Param<Tensor<B, 1>>,
}

impl<B: Backend> ChemNet<B> {
    /// The network with these weights.
    pub fn new(weights: &Weights, device: &B::Device) -> Self {
        let convolutions = weights.convolutions.iter().map(|layer| {
            let shape = [layer.outputs, layer.inputs, 4];
            parameter(&layer.weight, shape, device)
        });
        let [backward, forward] = &weights.lstms;
        Self {
            convolutions: convolutions.collect(),
            backward: Lstm::new(backward, device),
            forward: Lstm::new(forward, device),
        }
    }

    /// Activations of the last layer.
    ///
    /// # Shapes
    /// one-hot symbols `[batch, 35, 350]` -> `[batch, hidden]`
    pub fn forward(&self, symbols: Tensor<B, 3>) -> Tensor<B, 2> {
        let mut x = symbols;
        for weight in &self.convolutions {
            // Keras' rule for the padding of a window of 4 that moves by 2.
            let [_, _, length] = x.dims();
            let end = 1 + length % 2;
            let options = PaddedConvOptions::asymmetric([2], [1], [end], [1], 1);
            x = selu(conv1d(x, weight.val(), None, options));
        }
        let x = x.swap_dims(1, 2).flip([1]);
        let x = self.backward.forward(x).flip([1]);
        let [batch, time, _] = x.dims();
        let x = self.forward.forward(x);
        let [_, _, hidden] = x.dims();
        x.slice([0..batch, time - 1..time, 0..hidden])
            .reshape([batch, hidden])
    }

    /// Activations of canonical SMILES strings.
    ///
    /// # Shapes
    /// `[batch]` strings -> `[batch, hidden]`
    pub fn activations(&self, smiles: &[&str], device: &B::Device) -> Tensor<B, 2> {
        let mut symbols = vec![0.0; smiles.len() * CHANNELS * LENGTH];
        for (text, symbols) in smiles
            .iter()
            .zip(symbols.chunks_exact_mut(CHANNELS * LENGTH))
        {
            for (position, channel) in channels(text).into_iter().enumerate() {
                symbols[usize::from(channel) * LENGTH + position] = VALUE;
            }
        }
        let symbols = TensorData::new(symbols, [smiles.len(), CHANNELS, LENGTH]);
        self.forward(Tensor::from_data(symbols, device))
    }
}

/// ChemNet on a burn device.
pub struct OnDevice<B: Backend> {
    network: ChemNet<B>,
    device: B::Device,
}

impl<B: Backend> OnDevice<B> {
    /// The network with these weights.
    pub fn new(weights: &Weights, device: B::Device) -> Self {
        let network = ChemNet::new(weights, &device);
        Self { network, device }
    }
}

impl<B: Backend> Embed for OnDevice<B> {
    fn embed(&self, smiles: &[&str], tick: &(dyn Fn(usize) -> bool + Sync)) -> Vec<f32> {
        /// Molecules computed together; what is missing to so many is padding, for one shape.
        const BATCH: usize = 1_024;
        let mut all = Vec::new();
        for batch in smiles.chunks(BATCH) {
            let mut rows = batch.to_vec();
            if smiles.len() > BATCH {
                rows.resize(BATCH, "");
            }
            let activations = self.network.activations(&rows, &self.device);
            let [_, hidden] = activations.dims();
            let values = activations.into_data();
            all.extend(values.iter::<f32>().take(batch.len() * hidden));
            if !tick(batch.len()) {
                break;
            }
        }
        all
    }
}

impl<B: Backend> Lstm<B> {
    fn new(weights: &weights::Lstm, device: &B::Device) -> Self {
        let gates = 4 * weights.hidden;
        Self {
            input_weight: parameter(&weights.input_weight, [weights.inputs, gates], device),
            hidden_weight: parameter(&weights.hidden_weight, [weights.hidden, gates], device),
            bias: parameter(&weights.bias, [gates], device),
        }
    }

    /// # Shapes
    /// `[batch, time, inputs]` -> `[batch, time, hidden]`
    fn forward(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let [batch, time, inputs] = x.dims();
        let [hidden, gates] = self.hidden_weight.dims();
        let device = x.device();
        let x = x
            .reshape([batch * time, inputs])
            .matmul(self.input_weight.val());
        let x = (x + self.bias.val().unsqueeze()).reshape([batch, time, gates]);
        let mut state = Tensor::<B, 2>::zeros([batch, hidden], &device);
        let mut cell = state.clone();
        let mut states = Vec::with_capacity(time);
        for step in 0..time {
            let x = x.clone().slice([0..batch, step..step + 1, 0..gates]);
            let sum = x.reshape([batch, gates]) + state.matmul(self.hidden_weight.val());
            let gate = |index: usize| {
                sum.clone()
                    .slice([0..batch, index * hidden..(index + 1) * hidden])
            };
            cell = sigmoid(gate(1)) * cell + sigmoid(gate(0)) * tanh(gate(2));
            state = sigmoid(gate(3)) * tanh(cell.clone());
            states.push(state.clone());
        }
        Tensor::stack(states, 1)
    }
}

fn parameter<B: Backend, const D: usize>(
    values: &[f32],
    shape: [usize; D],
    device: &B::Device,
) -> Param<Tensor<B, D>> {
    Param::from_tensor(Tensor::from_data(
        TensorData::new(values.to_vec(), shape),
        device,
    ))
}
