//! One copy of the network on one burn device, with its optimizer. Copies that train together sum
//! their gradients.
//!
//! Nothing here waits for the device but what answers a number.

use burn::module::AutodiffModule;
use burn::optim::GradientsParams;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Int, Tensor, TensorData};

use super::collective::Peer;
use super::device_optimizer::DeviceOptimizer;
use super::flat;
use crate::corpus::Batch;
use crate::model::{Gpt, fill, key_of_part, key_of_step};

/// Pieces of a share of a batch have numbers below this.
const MOST_PIECES: usize = 1 << 16;

/// A network that learns from its share of every batch.
pub(super) struct Replica<B: AutodiffBackend> {
    network: Gpt<B>,
    optimizer: DeviceOptimizer<B::InnerBackend>,
    device: B::Device,
    seed: u64,
    /// Its number, which tells its dropout from that of others.
    index: usize,
    /// Its place among those that train together, if it is not alone.
    peer: Option<Peer<B::InnerBackend>>,
    /// Sum of this share's losses since they were last told, each per target of the whole batch.
    losses: Option<Tensor<B::InnerBackend, 1>>,
}

impl<B: AutodiffBackend> Replica<B> {
    /// A replica on the device of `network`; `index` tells it from others.
    pub(super) fn new(
        network: Gpt<B>,
        optimizer: DeviceOptimizer<B::InnerBackend>,
        seed: u64,
        device: B::Device,
        index: usize,
    ) -> Self {
        Self {
            network,
            optimizer,
            seed,
            index,
            peer: None,
            device,
            losses: None,
        }
    }

    /// Waits for all of `count` replicas, to learn with them; this is the `index`-th.
    pub(super) fn join(&mut self, index: usize, count: usize) {
        self.peer = (count > 1).then(|| Peer::join(index, count, &self.device));
    }

    /// One optimizer step on the pieces of its share of a batch of `targets` targets in all.
    pub(super) fn learn(&mut self, pieces: &[Batch], targets: usize, step: u64, rate: f64) {
        // By step, so that a resumed run drops what the unbroken one drops.
        let key = key_of_step(self.seed, step);
        let add = |sum: &mut Option<Tensor<_, 1>>, new| {
            *sum = Some(match sum.take() {
                Some(sum) => sum + new,
                None => new,
            });
        };
        let mut gradient = None;
        for (number, piece) in pieces.iter().enumerate() {
            let key = key_of_part(key, self.index * MOST_PIECES + number);
            let loss = loss(&self.network, piece, Some(key), &self.device) / targets.max(1) as f64;
            add(&mut self.losses, loss.clone().inner());
            let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
            add(&mut gradient, flat::gradients(&self.network, gradients));
        }
        let Some(mut gradient) = gradient else { return };
        if let Some(peer) = &self.peer {
            gradient = peer.sum(gradient);
        }
        let parameters = self.optimizer.step(gradient, step, rate);
        self.network = fill(self.network.clone(), Tensor::from_inner(parameters));
    }

    /// Sums over the steps since the last call: of the losses of its shares, and of the norms of the
    /// whole gradients. The device is asked once.
    pub(super) fn figures(&mut self) -> [f64; 2] {
        match (self.losses.take(), self.optimizer.take_norms()) {
            (Some(losses), Some(norms)) => {
                let both = Tensor::cat(vec![losses, norms], 0).into_data();
                let mut both = both.iter::<f64>();
                [(); 2].map(|()| both.next().unwrap_or_default())
            }
            (losses, norms) => [losses, norms].map(|sum| sum.map_or(0.0, scalar)),
        }
    }

    /// Weighted sum of the negative log-likelihoods in nats, without learning.
    pub(super) fn loss(&self, pieces: &[Batch]) -> f64 {
        let network = self.network.valid();
        let losses = pieces
            .iter()
            .map(|piece| scalar(loss(&network, piece, None, &self.device)));
        losses.sum()
    }

    /// All parameters, in the order of [`Layout`](crate::model::Layout).
    pub(super) fn parameters(&self) -> Vec<f32> {
        self.optimizer.parameters()
    }

    /// First and second moments, in the same order.
    pub(super) fn moments(&self) -> [Vec<f32>; 2] {
        self.optimizer.moments()
    }
}

/// Weighted sum of the negative log-likelihoods of a batch's targets in nats, `[1]`; with a key,
/// activations are dropped.
fn loss<B: Backend>(
    network: &Gpt<B>,
    batch: &Batch,
    key: Option<u32>,
    device: &B::Device,
) -> Tensor<B, 1> {
    let shape = [batch.rows, batch.time];
    let integers = |ids: &[u32]| {
        let ids: Vec<i32> = ids.iter().map(|id| *id as i32).collect();
        Tensor::<B, 2, Int>::from_data(TensorData::new(ids, shape), device)
    };
    let weights = Tensor::from_data(TensorData::new(batch.weights.clone(), shape), device);
    network.loss(
        integers(&batch.inputs),
        integers(&batch.targets),
        weights,
        key,
    )
}

fn scalar<B: Backend>(tensor: Tensor<B, 1>) -> f64 {
    tensor.into_data().iter::<f64>().sum()
}
