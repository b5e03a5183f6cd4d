//! The CPU engine: the network of [`Gpt`](super::Gpt) computed without a tensor library, loss and
//! gradient of packed molecules over one flat parameter buffer.
//!
//! burn still defines the model; a test holds this engine's loss and gradients equal to burn's.
//! What makes it fast: no padding, transposes folded into the products, buffers kept between
//! steps, and each core working on its own share of the batch. How a batch is cut into
//! shares follows from its tokens alone, and their gradients are added in one order: results are
//! the same bit for bit with any number of threads.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the wider instructions"
)]

mod attention;
mod decode;
mod kernels;
mod lanes;
mod operation;
mod pages;
mod panels;
mod pass;

use std::sync::Mutex;

use rayon::prelude::*;

use super::dropout::key_of_part;
use super::{GptConfig, Layout, Position, Shape};
use crate::corpus::{Sequence, targets};
use crate::tokenizer::TokenId;
use pass::Workspace;

pub use decode::{Buffers, Decoder};
pub(crate) use kernels::exp;
pub use pages::PagedCache;

/// Most shares of a batch, and so the most cores that work on one step.
const MOST_SHARES: usize = 16;

/// Tokens that are worth a share of their own: each costs a gradient to add.
const SHARE: usize = 512;

/// Shares of a batch of so many tokens.
fn shares(tokens: usize) -> usize {
    let count = (tokens / SHARE).clamp(1, MOST_SHARES);
    // A power of two, so that two or four cores have equally much to do.
    1 << count.ilog2()
}

/// Molecules laid one after the other, inputs and the tokens that follow them.
#[derive(Debug, Clone, Default)]
struct Packed {
    inputs: Vec<u32>,
    targets: Vec<u32>,
    /// Of the loss of each target.
    weights: Vec<f32>,
    spans: Vec<attention::Span>,
}

impl Packed {
    fn push(&mut self, sequence: &Sequence<'_>) {
        let start = self.inputs.len();
        for pair in sequence.ids.windows(2) {
            self.inputs.push(pair[0].0.into());
            self.targets.push(pair[1].0.into());
        }
        self.weights.extend(sequence.weights());
        let end = self.inputs.len();
        self.spans.push(attention::Span { start, end });
    }
}

/// One share of the batch and what it accumulates.
#[derive(Default)]
struct Share {
    molecules: Packed,
    /// Indices of its molecules in the batch.
    members: Vec<usize>,
    gradient: Vec<f32>,
    loss: f64,
}

/// The CPU engine for networks of one shape: loss and gradient. Keeps its buffers between steps.
pub struct Fused {
    shape: Shape,
    layout: Layout,
    tables: pass::Tables,
    shares: Vec<Share>,
    idle: Mutex<Vec<Workspace>>,
}

impl std::fmt::Debug for Fused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fused")
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

impl Fused {
    /// An engine for networks of this shape.
    pub fn new(shape: &Shape) -> Self {
        Self {
            shape: shape.clone(),
            layout: Layout::new(shape),
            tables: pass::Tables::new(&shape.config),
            shares: Vec::new(),
            idle: Mutex::default(),
        }
    }

    /// The layout of the parameters.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Sum over the sequences of their weight times the negative log-likelihoods of their targets,
    /// in nats, and the number of targets.
    pub fn loss(&mut self, parameters: &[f32], sequences: &[Sequence<'_>]) -> (f64, usize) {
        self.run(parameters, sequences, None)
    }

    /// Negative log-likelihood in nats of every token of every molecule but its first.
    pub fn token_losses(&mut self, parameters: &[f32], molecules: &[&[TokenId]]) -> Vec<Vec<f32>> {
        let sequences: Vec<Sequence<'_>> =
            molecules.iter().map(|ids| Sequence::whole(ids)).collect();
        self.deal(&sequences);
        let network = self.network(parameters);
        let losses = |share: &Share| {
            let mut workspace = take(&self.idle);
            let losses = network.losses(&share.molecules, &mut workspace);
            give(&self.idle, workspace);
            losses
        };
        let losses: Vec<Vec<f32>> = self.shares.par_iter().map(losses).collect();
        let mut result = vec![Vec::new(); molecules.len()];
        for (share, losses) in self.shares.iter().zip(losses) {
            for (&member, span) in share.members.iter().zip(&share.molecules.spans) {
                result[member] = losses[span.start..span.end].to_vec();
            }
        }
        result
    }

    /// As [`Fused::loss`]; `gradient` becomes the gradient of the first number divided by the
    /// second. Dropout masks follow from `key`.
    pub fn gradient(
        &mut self,
        parameters: &[f32],
        sequences: &[Sequence<'_>],
        key: u32,
        gradient: &mut Vec<f32>,
    ) -> (f64, usize) {
        let result = self.run(parameters, sequences, Some(key));
        gradient.resize(self.layout.len(), 0.0);
        let chunk = gradient.len().div_ceil(64).max(1);
        let (first, others) = self.shares.split_at(1);
        gradient
            .par_chunks_mut(chunk)
            .enumerate()
            .for_each(|(index, sum)| {
                let range = index * chunk..index * chunk + sum.len();
                sum.copy_from_slice(&first[0].gradient[range.clone()]);
                for share in others {
                    for (sum, part) in sum.iter_mut().zip(&share.gradient[range.clone()]) {
                        *sum += part;
                    }
                }
            });
        result
    }

    fn run(
        &mut self,
        parameters: &[f32],
        sequences: &[Sequence<'_>],
        key: Option<u32>,
    ) -> (f64, usize) {
        self.deal(sequences);
        let targets = targets(sequences);
        let scale = 1.0 / targets.max(1) as f32;
        let mut shares = std::mem::take(&mut self.shares);
        let network = self.network(parameters);
        let (idle, length) = (&self.idle, self.layout.len());
        shares
            .par_iter_mut()
            .enumerate()
            .for_each(|(index, share)| {
                let key = key.map(|key| key_of_part(key, index));
                let mut workspace = take(idle);
                share.loss = network.forward(&share.molecules, key, &mut workspace, scale);
                if let Some(key) = key {
                    share.gradient.resize(length, 0.0);
                    network.backward(&share.molecules, key, &mut workspace, &mut share.gradient);
                }
                give(idle, workspace);
            });
        self.shares = shares;
        (self.shares.iter().map(|share| share.loss).sum(), targets)
    }

    /// Deals sequences by length, forth and back, so that the shares hold about equally many
    /// tokens.
    fn deal(&mut self, sequences: &[Sequence<'_>]) {
        let tokens = sequences.iter().map(Sequence::inputs).sum();
        let count = shares(tokens);
        self.shares.resize_with(count, Share::default);
        for share in &mut self.shares {
            share.molecules = Packed::default();
            share.members.clear();
        }
        let mut order: Vec<usize> = (0..sequences.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(sequences[index].ids.len()));
        for (turn, &index) in order.iter().enumerate() {
            let place = turn % (2 * count);
            let share = &mut self.shares[place.min(2 * count - 1 - place)];
            share.molecules.push(&sequences[index]);
            share.members.push(index);
        }
    }

    fn network<'a>(&'a self, parameters: &'a [f32]) -> pass::Network<'a> {
        pass::Network {
            config: &self.shape.config,
            layout: &self.layout,
            vocabulary: self.shape.vocabulary,
            tables: &self.tables,
            parameters,
        }
    }
}

/// A workspace that no thread uses, else a new one.
fn take(idle: &Mutex<Vec<Workspace>>) -> Workspace {
    idle.lock()
        .ok()
        .and_then(|mut idle| idle.pop())
        .unwrap_or_default()
}

/// Gives a workspace back for the next share.
fn give(idle: &Mutex<Vec<Workspace>>, workspace: Workspace) {
    if let Ok(mut idle) = idle.lock() {
        idle.push(workspace);
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::{Autodiff, Flex};
    use burn::module::{Module, ModuleVisitor, Param};
    use burn::optim::GradientsParams;
    use burn::tensor::activation::log_softmax;
    use burn::tensor::backend::AutodiffBackend;
    use burn::tensor::{Int, Tensor, TensorData};
    use proptest::prelude::*;

    use super::super::{Gpt, weights};
    use super::*;
    use crate::corpus::Batch;

    type Plain = Autodiff<Flex>;

    /// Gradients in the order of the layout.
    struct Flat<'a>(&'a GradientsParams, Vec<f32>);

    impl<B: AutodiffBackend> ModuleVisitor<B> for Flat<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
            let gradient = self.0.get::<B::InnerBackend, D>(param.id).unwrap();
            self.1.extend(gradient.into_data().iter::<f32>());
        }
    }

    fn gradients_of(loss: &Tensor<Plain, 1>, network: &Gpt<Plain>) -> Vec<f32> {
        let gradients = GradientsParams::from_grads(loss.backward(), network);
        let mut flat = Flat(&gradients, Vec::new());
        network.visit(&mut flat);
        flat.1
    }

    fn integers(ids: &[u32], shape: [usize; 2]) -> Tensor<Plain, 2, Int> {
        let ids: Vec<i32> = ids.iter().map(|id| *id as i32).collect();
        let device = burn::tensor::Device::<Plain>::default();
        Tensor::from_data(TensorData::new(ids, shape), &device)
    }

    /// Mean loss by burn's plain operations: one batch, padded.
    fn in_a_batch(
        network: &Gpt<Plain>,
        sequences: &[Sequence<'_>],
        key: Option<u32>,
    ) -> Tensor<Plain, 1> {
        let batch = Batch::new(sequences);
        let shape = [batch.rows, batch.time];
        let weights = TensorData::new(batch.weights.clone(), shape);
        let weights = Tensor::from_data(weights, &burn::tensor::Device::<Plain>::default());
        let (inputs, next) = (
            integers(&batch.inputs, shape),
            integers(&batch.targets, shape),
        );
        network.loss(inputs, next, weights, key) / targets(sequences).max(1) as f64
    }

    /// The same from the definition: one sequence after the other, target by target.
    fn one_by_one(network: &Gpt<Plain>, sequences: &[Sequence<'_>]) -> Tensor<Plain, 1> {
        let device = burn::tensor::Device::<Plain>::default();
        let (mut sum, mut count) = (Tensor::zeros([1], &device), 0);
        for sequence in sequences {
            let ids: Vec<u32> = sequence.ids.iter().map(|id| u32::from(id.0)).collect();
            let time = ids.len() - 1;
            let logits = network.forward(integers(&ids[..time], [1, time]));
            let logarithms = log_softmax(logits, 2).squeeze_dim::<2>(0);
            let chosen = logarithms.gather(1, integers(&ids[1..], [time, 1]));
            let is_target = |at: usize| at >= sequence.first_target;
            let weights = (1..=time).map(|at| f32::from(u8::from(is_target(at))) * sequence.weight);
            let weights: Vec<f32> = weights.collect();
            let weights = Tensor::from_data(TensorData::new(weights, [time, 1]), &device);
            sum = sum - (chosen * weights).sum();
            count += (1..=time).filter(|&at| is_target(at)).count();
        }
        sum / count.max(1) as f64
    }

    /// `parts`: tokens, first target and weight of each sequence.
    #[track_caller]
    fn check_equal(shape: &Shape, parts: &[(usize, usize, f32)]) {
        // Far from the start, where small weights would hide differences.
        let parameters: Vec<f32> = weights(shape)
            .iter()
            .enumerate()
            .map(|(i, p)| p * 4.0 + 0.1 * ((i * 37 % 101) as f32 / 101.0 - 0.5))
            .collect();
        let device = burn::tensor::Device::<Plain>::default();
        let network: Gpt<Plain> = super::super::network(shape, &parameters, &device);
        let molecules: Vec<Vec<TokenId>> = parts
            .iter()
            .enumerate()
            .map(|(row, &(length, ..))| {
                (0..=length)
                    .map(|i| TokenId(1 + ((row + i * i) % 10) as u16))
                    .collect()
            })
            .collect();
        let sequences: Vec<Sequence<'_>> = molecules
            .iter()
            .zip(parts)
            .map(|(ids, &(_, first_target, weight))| Sequence {
                ids,
                first_target,
                weight,
            })
            .collect();
        let mut fused = Fused::new(shape);
        let mut ours = Vec::new();
        let (sum, count) = fused.gradient(&parameters, &sequences, 1, &mut ours);
        let mean = sum / count.max(1) as f64;
        assert_eq!(fused.loss(&parameters, &sequences), (sum, count));
        // Sequences of both signs cancel, and their rounding does not.
        let absolute: Vec<Sequence<'_>> = sequences
            .iter()
            .map(|sequence| Sequence {
                weight: sequence.weight.abs(),
                ..*sequence
            })
            .collect();
        let mut upper = Vec::new();
        let (most, _) = fused.gradient(&parameters, &absolute, 1, &mut upper);
        let most = most / count.max(1) as f64;
        let largest = |values: &[f32]| values.iter().map(|g| g.abs()).fold(0.0, f32::max);
        let size = largest(&upper).max(largest(&ours));
        for loss in [
            in_a_batch(&network, &sequences, None),
            one_by_one(&network, &sequences),
        ] {
            let gradient = gradients_of(&loss, &network);
            let loss: f64 = loss.into_data().iter::<f64>().sum();
            assert!((mean - loss).abs() <= 1e-5 * most, "{mean} is not {loss}");
            assert_eq!(fused.layout().len(), gradient.len());
            for entry in &fused.layout().entries {
                let pairs = ours[entry.range.clone()]
                    .iter()
                    .zip(&gradient[entry.range.clone()]);
                for (a, b) in pairs {
                    let name = &entry.name;
                    assert!((a - b).abs() <= 1e-4 * size, "{name}: {a} is not {b}");
                }
            }
        }
        let in_graph = fused.mean_loss(&network, &sequences, 1) * 2.0;
        let twice: Vec<f32> = ours.iter().map(|g| 2.0 * g).collect();
        assert_eq!(gradients_of(&in_graph, &network), twice);
        let loss_in_graph: f64 = in_graph.into_data().iter::<f64>().sum();
        assert!((loss_in_graph - 2.0 * mean).abs() <= 1e-5 * most);
        let ids: Vec<&[TokenId]> = molecules.iter().map(Vec::as_slice).collect();
        let by_token = fused.token_losses(&parameters, &ids);
        let lengths = molecules.iter().map(|molecule| molecule.len() - 1);
        assert!(by_token.iter().map(Vec::len).eq(lengths));
        let weighted = by_token
            .iter()
            .zip(&sequences)
            .flat_map(|(losses, sequence)| {
                let pairs = losses.iter().zip(sequence.weights());
                pairs.map(|(loss, weight)| f64::from(weight) * f64::from(*loss))
            });
        let total: f64 = weighted.sum();
        assert!((total - sum).abs() <= 1e-5 * most * count.max(1) as f64);
    }

    #[test]
    fn dropout_drops_what_burn_drops() {
        let config = GptConfig {
            layers: 2,
            heads: 2,
            width: 16,
            context: 24,
            position: Position::Rotary,
            dropout: 0.3,
            tied_head: true,
        };
        let shape = config.with_vocabulary(11);
        let parameters = weights(&shape);
        // Of one length, since masks follow from places in the batch, which padding moves.
        let molecules: Vec<Vec<TokenId>> = (0..6)
            .map(|row| (0..9).map(|i| TokenId(1 + row * i % 10)).collect())
            .collect();
        let sequences: Vec<_> = molecules.iter().map(|ids| Sequence::whole(ids)).collect();
        let device = burn::tensor::Device::<Plain>::default();
        let network: Gpt<Plain> = super::super::network(&shape, &parameters, &device);
        let mut ours = Vec::new();
        let (sum, count) = Fused::new(&shape).gradient(&parameters, &sequences, 5, &mut ours);
        // The batch is one share.
        let theirs = in_a_batch(&network, &sequences, Some(key_of_part(5, 0)));
        let gradient = gradients_of(&theirs, &network);
        let loss: f64 = theirs.into_data().iter::<f64>().sum();
        approx::assert_relative_eq!(sum / count as f64, loss, max_relative = 1e-5);
        let size = ours.iter().map(|g| g.abs()).fold(0.0, f32::max);
        for (a, b) in ours.iter().zip(&gradient) {
            assert!((a - b).abs() <= 1e-4 * size, "{a} is not {b}");
        }
        let plain = in_a_batch(&network, &sequences, None);
        assert_ne!(gradient, gradients_of(&plain, &network));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn loss_and_gradient_equal_those_of_burn(
            layers in 1_usize..4,
            heads in 1_usize..4,
            half in 2_usize..9,
            position in prop::sample::select(vec![Position::Learned, Position::Sinusoidal, Position::Rotary]),
            tied_head in any::<bool>(),
            parts in prop::collection::vec(
                (1_usize..20, 0_usize..21, prop::sample::select(vec![1.0_f32, 0.0, -0.7, 2.5])),
                1..20,
            ),
            uniform in any::<bool>(),
        ) {
            let width = heads * half * 2;
            let config = GptConfig { layers, heads, width, context: 24, position, dropout: 0.0, tied_head };
            let whole = |&(length, ..): &(usize, usize, f32)| (length, 1, 1.0);
            let parts = if uniform { parts.iter().map(whole).collect() } else { parts };
            check_equal(&config.with_vocabulary(11), &parts);
        }
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        let config = GptConfig {
            layers: 2,
            heads: 2,
            width: 16,
            context: 24,
            position: Position::Rotary,
            dropout: 0.1,
            tied_head: true,
        };
        let shape = config.with_vocabulary(11);
        let parameters = weights(&shape);
        let molecules: Vec<Vec<TokenId>> = (0..30)
            .map(|row| {
                (0..4 + row % 7)
                    .map(|i| TokenId(1 + (row * i % 10) as u16))
                    .collect()
            })
            .collect();
        let molecules: Vec<Sequence<'_>> =
            molecules.iter().map(|ids| Sequence::whole(ids)).collect();
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| {
                let mut gradient = Vec::new();
                let loss = Fused::new(&shape).gradient(&parameters, &molecules, 3, &mut gradient);
                (loss, gradient)
            })
        };
        let (one, three) = (run(1), run(3));
        assert!(one == three);
        assert!(one.1.iter().any(|g| *g != 0.0));
    }
}
