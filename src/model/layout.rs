//! The layout of all parameters of a network in one flat buffer: names, shapes and places.
//!
//! The order and the names are those in which burn visits [`Gpt`], so a flat buffer, a burn
//! network and a model file hold the same tensors. Knows nothing of arithmetic.

use std::ops::Range;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::{Gpt, Position, Shape};

/// One named tensor in the flat buffer, rows first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path in the network, `blocks.0.up.weight` say.
    pub name: String,
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// The range of its values in the buffer.
    pub range: Range<usize>,
}

/// The places of all parameters in a flat buffer.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Every tensor in order, without gaps.
    pub entries: Vec<Entry>,
    /// Token embedding `[vocabulary, width]`.
    pub(crate) token: Range<usize>,
    /// Learned positions `[context, width]`.
    pub(crate) position: Option<Range<usize>>,
    pub(crate) blocks: Vec<BlockLayout>,
    pub(crate) norm: NormLayout,
    /// Output layer `[width, vocabulary]`, unless the token embedding serves.
    pub(crate) head: Option<Range<usize>>,
}

/// Scale and shift of a layer norm, `[width]` each.
#[derive(Debug, Clone, Default)]
pub(crate) struct NormLayout {
    pub(crate) gamma: Range<usize>,
    pub(crate) beta: Range<usize>,
}

/// Weights `[inputs, outputs]` and bias `[outputs]` of a linear layer.
#[derive(Debug, Clone, Default)]
pub(crate) struct LinearLayout {
    pub(crate) weight: Range<usize>,
    pub(crate) bias: Range<usize>,
}

/// One block's parameters.
#[derive(Debug, Clone)]
pub(crate) struct BlockLayout {
    pub(crate) norm_attention: NormLayout,
    pub(crate) query_key_value: LinearLayout,
    pub(crate) projection: LinearLayout,
    pub(crate) norm_feed: NormLayout,
    pub(crate) up: LinearLayout,
    pub(crate) down: LinearLayout,
}

/// Lays tensors one after the other.
#[derive(Default)]
struct Builder {
    entries: Vec<Entry>,
    end: usize,
}

impl Builder {
    fn add(&mut self, name: String, shape: &[usize]) -> Range<usize> {
        let range = self.end..self.end + shape.iter().product::<usize>();
        self.end = range.end;
        self.entries.push(Entry {
            name,
            shape: shape.to_vec(),
            range: range.clone(),
        });
        range
    }

    fn norm(&mut self, name: &str, width: usize) -> NormLayout {
        NormLayout {
            gamma: self.add(format!("{name}.gamma"), &[width]),
            beta: self.add(format!("{name}.beta"), &[width]),
        }
    }

    fn linear(&mut self, name: &str, inputs: usize, outputs: usize) -> LinearLayout {
        LinearLayout {
            weight: self.add(format!("{name}.weight"), &[inputs, outputs]),
            bias: self.add(format!("{name}.bias"), &[outputs]),
        }
    }
}

impl Layout {
    /// The layout of a network of this shape.
    pub fn new(shape: &Shape) -> Self {
        let Shape { config, vocabulary } = shape;
        let vocabulary = *vocabulary;
        let width = config.width;
        let mut builder = Builder::default();
        let token = builder.add("token.weight".to_owned(), &[vocabulary, width]);
        let position = (config.position == Position::Learned)
            .then(|| builder.add("position".to_owned(), &[config.context, width]));
        let blocks = (0..config.layers)
            .map(|index| {
                let name = |part: &str| format!("blocks.{index}.{part}");
                BlockLayout {
                    norm_attention: builder.norm(&name("norm_attention"), width),
                    query_key_value: builder.linear(&name("query_key_value"), width, 3 * width),
                    projection: builder.linear(&name("projection"), width, width),
                    norm_feed: builder.norm(&name("norm_feed"), width),
                    up: builder.linear(&name("up"), width, 4 * width),
                    down: builder.linear(&name("down"), 4 * width, width),
                }
            })
            .collect();
        let norm = builder.norm("norm", width);
        let head = (!config.tied_head)
            .then(|| builder.add("head.weight".to_owned(), &[width, vocabulary]));
        Self {
            entries: builder.entries,
            token,
            position,
            blocks,
            norm,
            head,
        }
    }

    /// Number of parameters.
    pub fn len(&self) -> usize {
        self.entries.last().map_or(0, |entry| entry.range.end)
    }

    /// Whether there is no parameter at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// All parameters of a burn network, in the order of [`Layout`].
pub fn flatten<B: Backend>(network: &Gpt<B>) -> Vec<f32> {
    let mut values = Values(Vec::new());
    network.visit(&mut values);
    values.0
}

/// The burn network with these parameters, in the order of [`Layout`].
///
/// # Panics
/// When there are fewer parameters than the network has.
pub fn network<B: Backend>(shape: &Shape, parameters: &[f32], device: &B::Device) -> Gpt<B> {
    let flat = TensorData::new(parameters.to_vec(), [parameters.len()]);
    fill(shape.empty(device), Tensor::from_data(flat, device))
}

/// A network with these parameters, in the order of its fields, which are on the device already.
///
/// # Shapes
/// parameters `[parameters]`
pub(crate) fn fill<B: Backend, M: Module<B>>(network: M, parameters: Tensor<B, 1>) -> M {
    network.map(&mut Fill {
        parameters,
        start: 0,
    })
}

/// First weights for tests, always the same: burn draws its own from one generator for all threads.
#[cfg(test)]
pub(crate) fn weights(shape: &Shape) -> Vec<f32> {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{RngCore, SeedableRng};

    let mut random = ChaCha8Rng::seed_from_u64(0);
    // Uniform, of the deviation 0.02 that burn is told.
    let mut draw = || 0.07 * (random.next_u32() as f32 / u32::MAX as f32 - 0.5);
    let mut weights = Vec::new();
    for Entry { name, shape, range } in Layout::new(shape).entries {
        let scale = f32::from(u8::from(name.ends_with("gamma")));
        let is_matrix = shape.len() == 2;
        weights.extend(range.map(|_| if is_matrix { draw() } else { scale }));
    }
    weights
}

struct Values(Vec<f32>);

impl<B: Backend> ModuleVisitor<B> for Values {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.0
            .extend(param.val().into_data().convert::<f32>().iter::<f32>());
    }
}

struct Fill<B: Backend> {
    parameters: Tensor<B, 1>,
    start: usize,
}

impl<B: Backend> ModuleMapper<B> for Fill<B> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let (id, old, mapper) = param.consume();
        let length = old.shape().num_elements();
        let values = self.parameters.clone().narrow(0, self.start, length);
        self.start += length;
        let new = values.reshape(old.dims());
        let new = new.set_require_grad(old.is_require_grad());
        Param::from_mapped_value(id, new, mapper)
    }
}
