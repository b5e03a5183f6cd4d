//! A decoder-only Transformer with pre-norm blocks (Radford et al. 2019), plain tensor operations.

use std::ops::Range;

use super::dropout::Masks;
use super::{Position, Shape};
use burn::module::{Module, Param};
use burn::nn::{
    Embedding, EmbeddingConfig, Initializer, LayerNorm, LayerNormConfig, Linear, LinearConfig,
};
use burn::tensor::activation::{gelu_approximate, log_softmax, softmax};
use burn::tensor::backend::Backend;
use burn::tensor::module::attention;
use burn::tensor::ops::AttentionModuleOptions;
use burn::tensor::{Bool, FloatDType, Int, Tensor, TensorData};

impl Shape {
    /// A network whose weights are 0, to be filled. Call
    /// [`GptConfig::validate`](super::GptConfig::validate) before.
    pub(super) fn empty<B: Backend>(&self, device: &B::Device) -> Gpt<B> {
        let Self { config, vocabulary } = self;
        let vocabulary = *vocabulary;
        // burn would draw weights from a generator that the whole process shares.
        let zeros = Initializer::Zeros;
        let linear = |input, output| {
            LinearConfig::new(input, output)
                .with_initializer(zeros.clone())
                .init(device)
        };
        let norm = || LayerNormConfig::new(config.width).init(device);
        let blocks = (0..config.layers).map(|_| Block {
            norm_attention: norm(),
            query_key_value: linear(config.width, 3 * config.width),
            projection: linear(config.width, config.width),
            norm_feed: norm(),
            up: linear(config.width, 4 * config.width),
            down: linear(4 * config.width, config.width),
            heads: config.heads,
            half: false,
        });
        let embed = EmbeddingConfig::new(vocabulary, config.width).with_initializer(zeros.clone());
        Gpt {
            token: embed.init(device),
            position: (config.position == Position::Learned)
                .then(|| zeros.init([config.context, config.width], device)),
            blocks: blocks.collect(),
            norm: norm(),
            head: (!config.tied_head).then(|| {
                LinearConfig::new(config.width, vocabulary)
                    .with_bias(false)
                    .with_initializer(zeros)
                    .init(device)
            }),
            dropout: config.dropout as f32,
            heads: config.heads,
            sinusoidal: config.position == Position::Sinusoidal,
            rotary: config.position == Position::Rotary,
        }
    }
}

/// The network: embeddings, blocks, a last norm and the output layer.
#[derive(Module, Debug)]
pub struct Gpt<B: Backend> {
    /// Embeddings of tokens `[vocabulary, width]`.
    token: Embedding<B>,
    /// Learned positions `[context, width]`.
    position: Option<Param<Tensor<B, 2>>>,
    blocks: Vec<Block<B>>,
    norm: LayerNorm<B>,
    /// Output layer `[width, vocabulary]`, unless the token embedding serves.
    head: Option<Linear<B>>,
    /// Share of activations dropped in training.
    dropout: f32,
    heads: usize,
    sinusoidal: bool,
    rotary: bool,
}

/// Cosines of the angles by which rotary encoding turns queries and keys, and their sines, negative
/// for the first half of a head: `[1 or batch, 1, time, width / heads]` each.
type Rotation<B> = [Tensor<B, 4>; 2];

/// Keys and values of the tokens read so far: per block, `[batch, heads, time, width / heads]`
/// each.
#[derive(Debug, Clone)]
pub struct Cache<B: Backend> {
    blocks: Vec<Option<(Tensor<B, 4>, Tensor<B, 4>)>>,
    /// Tokens read so far.
    time: usize,
}

impl<B: Backend> Cache<B> {
    /// Keeps only the given rows of the batch, in that order.
    #[must_use]
    pub fn select(self, rows: &Tensor<B, 1, Int>) -> Self {
        let pick = |tensor: Tensor<B, 4>| tensor.select(0, rows.clone());
        let blocks = self
            .blocks
            .into_iter()
            .map(|b| b.map(|(k, v)| (pick(k), pick(v))))
            .collect();
        Self {
            blocks,
            time: self.time,
        }
    }
}

impl<B: Backend> Gpt<B> {
    /// An empty cache for [`Gpt::forward_cached`].
    pub fn cache(&self) -> Cache<B> {
        Cache {
            blocks: vec![None; self.blocks.len()],
            time: 0,
        }
    }

    /// Logits of every next token.
    ///
    /// # Shapes
    /// tokens `[batch, time]` -> logits `[batch, time, vocabulary]`
    pub fn forward(&self, tokens: Tensor<B, 2, Int>) -> Tensor<B, 3> {
        self.forward_cached(tokens, &mut self.cache())
    }

    /// As [`Gpt::forward`] for tokens that follow those in the cache, which grows by them.
    ///
    /// # Shapes
    /// tokens `[batch, time]` -> logits `[batch, time, vocabulary]`
    pub fn forward_cached(&self, tokens: Tensor<B, 2, Int>, cache: &mut Cache<B>) -> Tensor<B, 3> {
        self.read(tokens, cache, None)
    }

    /// As [`Gpt::forward_cached`]; with a key, activations are dropped.
    fn read(
        &self,
        tokens: Tensor<B, 2, Int>,
        cache: &mut Cache<B>,
        key: Option<u32>,
    ) -> Tensor<B, 3> {
        let [batch, time] = tokens.dims();
        let (start, end) = (cache.time, cache.time + time);
        let x = self.token.forward(tokens);
        let [_, _, width] = x.dims();
        let device = x.device();
        let x = match &self.position {
            Some(table) => x + table.val().slice([start..end, 0..width]).unsqueeze::<3>(),
            None if self.sinusoidal => {
                let table = TensorData::new(sinusoid(start..end, width), [1, time, width]);
                x + Tensor::from_data(table, &device)
            }
            None => x,
        };
        let rotation = self.rotary.then(|| {
            let tables = rotation(start..end, width / self.heads, &device);
            tables.map(Tensor::unsqueeze::<4>)
        });
        let masks =
            key.and_then(|key| Masks::new(self.dropout, key, batch * time * width, &device));
        let drop = |x, place| match &masks {
            Some(masks) => masks.drop(x, place),
            None => x,
        };
        let mut x = drop(x, 0);
        for (index, (block, cached)) in self.blocks.iter().zip(&mut cache.blocks).enumerate() {
            let drop = |x, branch| drop(x, 2 * index + branch);
            x = block.forward(x, rotation.as_ref(), drop, |query, key, value| {
                block.attend_after(cached, query, key, value)
            });
        }
        cache.time = end;
        self.logits(x)
    }

    /// # Shapes
    /// the residual stream `[batch, time, width]` -> logits `[batch, time, vocabulary]`
    fn logits(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let [batch, time, width] = x.dims();
        let x = self.norm.forward(x).reshape([batch * time, width]);
        let logits = match &self.head {
            Some(head) => head.forward(x),
            None => x.matmul(self.token.weight.val().transpose()),
        };
        let [_, vocabulary] = logits.dims();
        logits.reshape([batch, time, vocabulary])
    }

    /// Sum of the weights times the negative log-likelihoods of the targets, in nats. Dropout
    /// masks follow from `key`; without one nothing is dropped.
    ///
    /// # Shapes
    /// inputs, targets and weights `[batch, time]`
    /// ([`Batch`](crate::corpus::Batch)) -> `[1]`
    pub fn loss(
        &self,
        inputs: Tensor<B, 2, Int>,
        targets: Tensor<B, 2, Int>,
        weights: Tensor<B, 2>,
        key: Option<u32>,
    ) -> Tensor<B, 1> {
        let [batch, time] = targets.dims();
        let logits = self.read(inputs, &mut self.cache(), key);
        let [_, _, vocabulary] = logits.dims();
        let log_probabilities = log_softmax(logits.reshape([batch * time, vocabulary]), 1);
        let targets = targets.reshape([batch * time, 1]);
        let chosen = log_probabilities.gather(1, targets);
        -(chosen * weights.reshape([batch * time, 1])).sum()
    }

    /// The same network with its matrix products in bfloat16, or in single precision as it is made.
    /// Parameters, sums, norms, softmax and loss stay in single precision.
    #[must_use]
    pub fn with_half_products(mut self, half: bool) -> Self {
        for block in &mut self.blocks {
            block.half = half;
        }
        self
    }

    /// The same network for use alone, not for learning: the weights of its products are kept in
    /// the products' precision, so that no use has to convert them.
    #[must_use]
    pub fn with_weights_of_products(mut self) -> Self {
        for block in &mut self.blocks {
            if block.half {
                for layer in [
                    &mut block.query_key_value,
                    &mut block.projection,
                    &mut block.up,
                    &mut block.down,
                ] {
                    let narrow = |weight: Tensor<B, 2>| weight.cast(FloatDType::BF16);
                    layer.weight = layer.weight.clone().map(narrow);
                }
            }
        }
        self
    }
}

/// Keys and values of rows that began at different times and take one token per step together:
/// a ring of as many slots as a molecule may have tokens, one slot per step for all rows.
pub struct Ring<B: Backend> {
    /// Per block, keys and values `[rows, heads, slots, width / heads]`, in the products'
    /// precision.
    blocks: Vec<(Tensor<B, 4>, Tensor<B, 4>)>,
    /// Age of each slot in steps, `[slots of now, slots]`.
    ages: Tensor<B, 2, Int>,
    /// Positional encoding added to embeddings, `[slots, width]`, if any.
    positions: Option<Tensor<B, 2>>,
    /// Cosines and signed sines `[slots, width / heads]`, for rotary encoding.
    rotation: Option<[Tensor<B, 2>; 2]>,
    slots: usize,
    /// The slot of the next step.
    now: usize,
}

impl<B: Backend> Gpt<B> {
    /// An empty ring for [`Gpt::step`], for molecules of at most `slots` tokens.
    pub fn ring(&self, rows: usize, slots: usize, device: &B::Device) -> Ring<B> {
        let [_, width] = self.token.weight.dims();
        let size = width / self.heads;
        let zeros =
            |block: &Block<B>| block.narrow(Tensor::zeros([rows, self.heads, slots, size], device));
        let ages: Vec<i32> = (0..slots)
            .flat_map(|now| (0..slots).map(move |slot| ((now + slots - slot) % slots) as i32))
            .collect();
        let sinusoids = || TensorData::new(sinusoid(0..slots, width), [slots, width]);
        Ring {
            blocks: self.blocks.iter().map(|b| (zeros(b), zeros(b))).collect(),
            ages: Tensor::from_data(TensorData::new(ages, [slots, slots]), device),
            positions: match &self.position {
                Some(learned) => Some(learned.val().slice([0..slots, 0..width])),
                None => self
                    .sinusoidal
                    .then(|| Tensor::from_data(sinusoids(), device)),
            },
            rotation: self.rotary.then(|| rotation(0..slots, size, device)),
            slots,
            now: 0,
        }
    }

    /// Logits after one more token of every row; `places` are the tokens' positions in their
    /// molecules. A row at place 0 begins anew and sees nothing of what the row held before.
    ///
    /// # Shapes
    /// tokens and places `[rows]` -> logits `[rows, vocabulary]`
    pub fn step(
        &self,
        tokens: Tensor<B, 1, Int>,
        places: &Tensor<B, 1, Int>,
        ring: &mut Ring<B>,
    ) -> Tensor<B, 2> {
        let [rows] = tokens.dims();
        let (now, slots) = (ring.now, ring.slots);
        let mut x = self.token.forward(tokens.reshape([rows, 1]));
        if let Some(table) = &ring.positions {
            x = x + table.clone().select(0, places.clone()).unsqueeze_dim(1);
        }
        let rotation = ring.rotation.as_ref().map(|tables| {
            tables.each_ref().map(|table| {
                let [_, size] = table.dims();
                let picked = table.clone().select(0, places.clone());
                picked.reshape([rows, 1, 1, size])
            })
        });
        let ages = ring.ages.clone().slice([now..now + 1, 0..slots]);
        let unseen = ages
            .expand([rows, slots])
            .greater(places.clone().reshape([rows, 1]).expand([rows, slots]))
            .reshape([rows, 1, 1, slots]);
        for (block, (keys, values)) in self.blocks.iter().zip(&mut ring.blocks) {
            x = block.forward(
                x,
                rotation.as_ref(),
                |x, _| x,
                |query, key, value| {
                    let [_, heads, _, size] = key.dims();
                    let put = |all: &mut Tensor<B, 4>, new| {
                        let slot = [0..rows, 0..heads, now..now + 1, 0..size];
                        // Taken out, so that the backend may write in place.
                        let old =
                            std::mem::replace(all, Tensor::empty([1, 1, 1, 1], &all.device()));
                        *all = old.slice_assign(slot, block.narrow(new));
                    };
                    put(keys, key);
                    put(values, value);
                    block.mix(query, keys.clone(), values.clone(), unseen.clone())
                },
            );
        }
        ring.now = (now + 1) % slots;
        let logits = self.logits(x);
        let [_, _, vocabulary] = logits.dims();
        logits.reshape([rows, vocabulary])
    }
}

/// Sines and cosines of the positions, scaled to the embedding's size.
///
/// # Shapes
/// `[positions, width]`
pub(super) fn sinusoid(positions: Range<usize>, width: usize) -> Vec<f32> {
    let value = |position: usize, index: usize| {
        let angle = position as f32 / 10_000_f32.powf((index / 2 * 2) as f32 / width as f32);
        0.02 * if index.is_multiple_of(2) {
            angle.sin()
        } else {
            angle.cos()
        }
    };
    positions
        .flat_map(|position| (0..width).map(move |index| value(position, index)))
        .collect()
}

/// The angles by which rotary encoding turns the pairs of a head of `size` values.
///
/// # Shapes
/// `[positions, size / 2]`
pub(super) fn rotary_angles(positions: Range<usize>, size: usize) -> Vec<f32> {
    let angle = |position: usize, pair: usize| {
        position as f32 / 10_000_f32.powf(2.0 * pair as f32 / size as f32)
    };
    positions
        .flat_map(|position| (0..size / 2).map(move |pair| angle(position, pair)))
        .collect()
}

/// The tables of [`Rotation`].
///
/// # Shapes
/// `[positions, size]` each
fn rotation<B: Backend>(
    positions: Range<usize>,
    size: usize,
    device: &B::Device,
) -> [Tensor<B, 2>; 2] {
    let shape = [positions.len(), size / 2];
    let angles = TensorData::new(rotary_angles(positions, size), shape);
    let angles = Tensor::<B, 2>::from_data(angles, device);
    let (cosines, sines) = (angles.clone().cos(), angles.sin());
    [
        Tensor::cat(vec![cosines.clone(), cosines], 1),
        Tensor::cat(vec![-sines.clone(), sines], 1),
    ]
}

/// Turns the halves of every head against each other by the angle of its position. The halves are
/// exchanged whole: slices would each have a gradient of the whole tensor.
///
/// # Shapes
/// x `[batch, heads, time, size]` -> the same
fn rotate<B: Backend>(x: Tensor<B, 4>, [cosines, sines]: &Rotation<B>) -> Tensor<B, 4> {
    let [batch, heads, time, size] = x.dims();
    let halves = x.clone().reshape([batch, heads, time, 2, size / 2]);
    let exchanged = halves.flip([3]).reshape([batch, heads, time, size]);
    x * cosines.clone() + exchanged * sines.clone()
}

/// One pre-norm block: causal attention and feed-forward, each on a residual branch.
#[derive(Module, Debug)]
struct Block<B: Backend> {
    norm_attention: LayerNorm<B>,
    query_key_value: Linear<B>,
    projection: Linear<B>,
    norm_feed: LayerNorm<B>,
    up: Linear<B>,
    down: Linear<B>,
    heads: usize,
    /// Whether matrix products are in bfloat16.
    half: bool,
}

impl<B: Backend> Block<B> {
    /// # Shapes
    /// x `[batch, time, width]` -> the same; `drop` is the dropout of the first or second residual
    /// branch; `attend` mixes the values, from queries, keys and
    /// values `[batch, heads, time, width / heads]` each
    fn forward(
        &self,
        x: Tensor<B, 3>,
        rotation: Option<&Rotation<B>>,
        drop: impl Fn(Tensor<B, 3>, usize) -> Tensor<B, 3>,
        attend: impl FnOnce(Tensor<B, 4>, Tensor<B, 4>, Tensor<B, 4>) -> Tensor<B, 4>,
    ) -> Tensor<B, 3> {
        let [batch, time, width] = x.dims();
        let flat = |x: Tensor<B, 3>| x.reshape([batch * time, width]);
        let size = width / self.heads;
        let normal = flat(self.norm_attention.forward(x.clone()));
        let [mut query, mut key, value] = self.parts(normal).map(|part| {
            part.reshape([batch, time, self.heads, size])
                .swap_dims(1, 2)
        });
        if let Some(rotation) = rotation {
            (query, key) = (rotate(query, rotation), rotate(key, rotation));
        }
        let mixed = attend(query, key, value)
            .swap_dims(1, 2)
            .reshape([batch * time, width]);
        let attended = self.linear(&self.projection, mixed);
        let x = x + drop(attended.reshape([batch, time, width]), 1);
        // One large product instead of one per molecule.
        let up = self.linear(&self.up, flat(self.norm_feed.forward(x.clone())));
        let fed = self.linear(&self.down, gelu_approximate(up));
        x + drop(fed.reshape([batch, time, width]), 2)
    }

    /// Causal attention over what is cached and what is new, which joins it.
    fn attend_after(
        &self,
        cached: &mut Option<(Tensor<B, 4>, Tensor<B, 4>)>,
        query: Tensor<B, 4>,
        key: Tensor<B, 4>,
        value: Tensor<B, 4>,
    ) -> Tensor<B, 4> {
        let (key, value) = match cached.take() {
            Some((past_key, past_value)) => (
                Tensor::cat(vec![past_key, key], 2),
                Tensor::cat(vec![past_value, value], 2),
            ),
            None => (key, value),
        };
        *cached = Some((key.clone(), value.clone()));
        let ([_, _, time, _], [_, _, seen, _]) = (query.dims(), key.dims());
        if !B::ad_enabled(&query.device()) {
            // burn's attention is one kernel where the device has one, but has no gradient.
            let options = AttentionModuleOptions {
                is_causal: true,
                ..AttentionModuleOptions::default()
            };
            let [query, key, value] = [query, key, value].map(|x| self.narrow(x));
            return wide(attention(query, key, value, None, None, options));
        }
        let future: Tensor<B, 2, Bool> =
            Tensor::tril_mask([time, seen], (seen - time) as i64, &query.device());
        self.mix(query, key, value, future.unsqueeze::<4>())
    }

    /// Means of the values, weighted by how well the keys match the queries.
    ///
    /// # Shapes
    /// query `[batch, heads, time, size]`, key and value `[batch, heads, seen, size]`, hidden
    /// `[1 or batch, 1, time, seen]` -> `[batch, heads, time, size]`
    fn mix(
        &self,
        query: Tensor<B, 4>,
        key: Tensor<B, 4>,
        value: Tensor<B, 4>,
        hidden: Tensor<B, 4, Bool>,
    ) -> Tensor<B, 4> {
        let [batch, heads, time, size] = query.dims();
        let [_, _, seen, _] = key.dims();
        let scores = self.product(query, key.transpose()) / (size as f64).sqrt();
        let scores = scores.mask_fill(hidden.expand([batch, heads, time, seen]), -1e9);
        self.product(softmax(scores, 3), value)
    }

    /// Queries, keys and values, by a part of the weight each: parts of one product would each have
    /// a gradient of the whole.
    ///
    /// # Shapes
    /// x `[tokens, width]` -> `[tokens, width]` each
    fn parts(&self, x: Tensor<B, 2>) -> [Tensor<B, 2>; 3] {
        let [_, width] = x.dims();
        let layer = &self.query_key_value;
        let (x, weight) = (self.narrow(x), self.narrow(layer.weight.val()));
        [0, 1, 2].map(|part| {
            let columns = part * width..(part + 1) * width;
            let weight = weight.clone().slice([0..width, columns.clone()]);
            let bias = layer.bias.as_ref();
            self.affine(
                x.clone(),
                weight,
                bias.map(|bias| bias.val().slice([columns])),
            )
        })
    }

    fn linear(&self, layer: &Linear<B>, x: Tensor<B, 2>) -> Tensor<B, 2> {
        if !self.half {
            return layer.forward(x);
        }
        self.affine(x, layer.weight.val(), layer.bias.as_ref().map(Param::val))
    }

    fn affine(
        &self,
        x: Tensor<B, 2>,
        weight: Tensor<B, 2>,
        bias: Option<Tensor<B, 1>>,
    ) -> Tensor<B, 2> {
        let product = self.product(x, weight);
        match bias {
            Some(bias) => product + bias.unsqueeze(),
            None => product,
        }
    }

    fn product<const D: usize>(&self, a: Tensor<B, D>, b: Tensor<B, D>) -> Tensor<B, D> {
        wide(self.narrow(a).matmul(self.narrow(b)))
    }

    /// In the precision of products.
    fn narrow<const D: usize>(&self, x: Tensor<B, D>) -> Tensor<B, D> {
        if self.half {
            x.cast(FloatDType::BF16)
        } else {
            x
        }
    }
}

/// In single precision.
fn wide<B: Backend, const D: usize>(x: Tensor<B, D>) -> Tensor<B, D> {
    x.cast(FloatDType::F32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::GptConfig;
    use burn::backend::Flex;

    fn network(position: Position, tied_head: bool) -> Gpt<Flex> {
        let config = GptConfig {
            layers: 2,
            heads: 2,
            width: 16,
            context: 12,
            position,
            dropout: 0.0,
            tied_head,
        };
        config.validate().unwrap();
        let shape = config.with_vocabulary(9);
        let weights = shape.first_weights(1);
        crate::model::network(&shape, &weights, &burn::tensor::Device::<Flex>::default())
    }

    fn logits(gpt: &Gpt<Flex>, tokens: &[i32]) -> Vec<f32> {
        let ids =
            Tensor::<Flex, 1, Int>::from_data(tokens, &burn::tensor::Device::<Flex>::default());
        gpt.forward(ids.unsqueeze()).into_data().to_vec().unwrap()
    }

    #[test]
    fn future_tokens_do_not_change_past_logits() {
        for position in [Position::Learned, Position::Sinusoidal, Position::Rotary] {
            let gpt = network(position, true);
            let (a, b) = (logits(&gpt, &[1, 4, 5, 6]), logits(&gpt, &[1, 4, 7, 8]));
            assert_eq!(a[..18], b[..18]);
            assert_ne!(a[18..], b[18..]);
        }
    }

    #[test]
    fn cached_logits_equal_uncached_logits() {
        for (position, tied) in [
            (Position::Learned, true),
            (Position::Sinusoidal, false),
            (Position::Rotary, true),
        ] {
            let gpt = network(position, tied);
            let tokens = [1, 4, 5, 6, 7];
            let whole = logits(&gpt, &tokens);
            let mut cache = gpt.cache();
            for (step, token) in tokens.iter().enumerate() {
                let ids = Tensor::<Flex, 2, Int>::from_data(
                    [[*token]],
                    &burn::tensor::Device::<Flex>::default(),
                );
                let one: Vec<f32> = gpt
                    .forward_cached(ids, &mut cache)
                    .into_data()
                    .to_vec()
                    .unwrap();
                for (a, b) in one.iter().zip(&whole[step * 9..]) {
                    approx::assert_abs_diff_eq!(a, b, epsilon = 1e-5);
                }
            }
        }
    }
}
