//! Sampling on any burn device: a fixed number of rows, each with its own molecule at its own
//! place; logits, choice and end of sequence stay on the device, which is asked once per
//! [`STEPS`] tokens. Rows whose molecule has ended get the next one then.
//!
//! Uniform numbers come from the molecules' own streams, so the molecules are those of
//! [`CpuGenerator`](super::CpuGenerator) up to ties in floating point.

use std::cell::LazyCell;
use std::ops::Range;

use burn::module::AutodiffModule;
use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Bool, Int, Tensor, TensorData};

use super::covers::Cover;
use super::{CpuGenerator, Draft, Generator, Sample, SamplingParams, Start, in_order, unguided};
use crate::device::{Device, OnDevice, Place, caught};
use crate::error::Result;
use crate::model::Gpt;
use crate::model::Model;
use crate::progress::{Outcome, Watch};
use crate::tokenizer::{BOS, EOS, TokenId};

/// Steps between two looks at what was written: more leave rows idle whose molecule has ended,
/// fewer make the device wait.
const STEPS: usize = 8;

/// Rows that keep a graphics processor busy; more only make the last ones wait.
const MOST_ROWS: usize = 8_192;

/// The generator of burn's own operations, on one device of any burn backend.
pub struct DeviceGenerator<'a, B: Backend> {
    pub(super) model: &'a Model,
    pub(super) network: Gpt<B>,
    pub(super) device: B::Device,
    pub(super) rows: usize,
}

impl<'a, B: Backend> DeviceGenerator<'a, B> {
    /// A generator that decodes `rows` molecules at a time (at least 1); `network` has the model's
    /// weights.
    pub fn new(model: &'a Model, network: Gpt<B>, device: B::Device, rows: usize) -> Self {
        Self {
            model,
            network,
            device,
            rows: rows.max(1),
        }
    }
}

impl<B: Backend> Generator for DeviceGenerator<'_, B> {
    fn generate(
        &self,
        params: &SamplingParams,
        indices: Range<u64>,
        watch: &dyn Watch,
    ) -> Result<Outcome<Vec<Sample>>> {
        unguided(params)?;
        let context = self.model.config().context;
        // Beginnings are few: the processor decides about them, where there are several.
        let processor = LazyCell::new(|| CpuGenerator::new(self.model));
        let reader = LazyCell::new(|| processor.reader());
        let next = |tokens: &[TokenId]| (*reader)(tokens);
        let start = Start::new(self.model.tokenizer(), context, params, &next)?;
        let done = caught(|| {
            if start.grammar.is_some() {
                self.decode_by_steps(&start, &indices, watch)
            } else {
                self.decode(&start, &indices, watch)
            }
        })?;
        Ok(in_order(done, &indices, watch.stop()))
    }

    fn window(&self) -> u64 {
        16_384.max(8 * self.rows as u64)
    }
}

/// The generator of a model on a device. `batch` is the number of molecules decoded together: on
/// `cpu` per thread (default [`BRANCHES`](super::BRANCHES)), elsewhere in all (default: as many as
/// fit the device's memory, at most 8,192).
///
/// # Errors
/// Several devices, or one that cannot do the work.
pub fn generator<'a>(
    model: &'a Model,
    device: &Device,
    batch: Option<usize>,
) -> Result<Box<dyn Generator + 'a>> {
    device.alone("sampling")?;
    if device.is_cpu() {
        let generator = CpuGenerator::new(model);
        return Ok(Box::new(match batch {
            Some(branches) => generator.with_branches(branches),
            None => generator,
        }));
    }
    device.run(Building { model, batch })
}

/// A generator that is to be built on a device.
struct Building<'a> {
    model: &'a Model,
    batch: Option<usize>,
}

impl<'a> OnDevice for Building<'a> {
    type Output = Box<dyn Generator + 'a>;

    fn run<B: AutodiffBackend>(self, place: &Place<B>) -> Result<Self::Output> {
        let device = &place.devices[0];
        let network: Gpt<B> = self.model.network(device);
        let network = network
            .valid()
            .with_half_products(place.computing.half_products)
            .with_weights_of_products();
        let shape = self.model.config();
        // Keys and values, once kept and once being written.
        let bytes = 4 * 4 * shape.layers * shape.context * shape.width;
        let rows = place.fitting(bytes as u64, MOST_ROWS);
        let rows = self.batch.unwrap_or(rows);
        Ok(Box::new(DeviceGenerator::new(
            self.model,
            network,
            device.clone(),
            rows,
        )))
    }
}

impl<B: Backend> DeviceGenerator<'_, B> {
    fn decode(
        &self,
        start: &Start<'_>,
        indices: &Range<u64>,
        watch: &dyn Watch,
    ) -> Vec<(u64, Sample)> {
        let (model, device) = (self.model, &self.device);
        let context = model.config().context;
        let rows = indices.end.saturating_sub(indices.start) as usize;
        let rows = rows.min(self.rows);
        let mut waiting = indices.clone().map(|index| Draft::new(index, start));
        // Of each row, the beginning of its molecule, by its place among all, and the molecule.
        let (mut covers, mut drafts): (Vec<usize>, Vec<Option<Draft>>) = (0..rows)
            .map(|_| match waiting.next() {
                Some((cover, draft)) => (cover, Some(draft)),
                None => (0, None),
            })
            .unzip();
        let begun = |cover: usize| start.covers[cover].tokens.len();
        let mut done = Vec::new();
        let mut ring = self.network.ring(rows, context, device);
        let chooser =
            Chooser::<B>::new(start, context, model.tokenizer().vocabulary().len(), device);
        // Of each row, the token that is fed next and its place.
        let mut heads = vec![(BOS, 0); rows];
        while drafts.iter().any(Option::is_some) && !watch.stop() {
            let integers = |values: Vec<i32>| {
                Tensor::<B, 1, Int>::from_data(TensorData::new(values, [rows]), device)
            };
            let mut tokens = integers(heads.iter().map(|(token, _)| i32::from(token.0)).collect());
            let mut places = integers(heads.iter().map(|(_, place)| *place as i32).collect());
            let lengths: Vec<usize> = covers.iter().map(|cover| begun(*cover)).collect();
            let uniforms = uniforms(&mut drafts, &heads, &lengths);
            let uniforms = TensorData::new(uniforms, [STEPS, rows]);
            let uniforms = Tensor::<B, 2>::from_data(uniforms, device);
            let beginnings = Beginnings {
                offsets: integers(
                    covers
                        .iter()
                        .map(|cover| (cover * context) as i32)
                        .collect(),
                ),
                decided: integers(lengths.iter().map(|length| *length as i32 - 2).collect()),
            };
            let mut written = Vec::with_capacity(STEPS);
            for step in 0..STEPS {
                let logits = self.network.step(tokens, &places, &mut ring);
                let uniform = uniforms.clone().slice([step..step + 1, 0..rows]);
                let uniform = uniform.reshape([rows, 1]);
                let (chosen, nll) = chooser.choose(logits, uniform, &places, &beginnings);
                written.push(Tensor::cat(vec![chosen.clone().float(), nll], 1));
                tokens = chosen.reshape([rows]);
                // Rows whose molecule has ended go on, unseen; they must not leave the tables.
                places = (places + 1).clamp_max(context as i32 - 1);
            }
            // Token ids are exact in single precision.
            let written: Vec<f32> = Tensor::stack::<3>(written, 1)
                .into_data()
                .iter::<f32>()
                .collect();
            let finished = done.len();
            for (row, written) in written.chunks_exact(2 * STEPS).enumerate() {
                for pair in written.chunks_exact(2) {
                    let Some(mut draft) = drafts[row].take() else {
                        break;
                    };
                    let (token, place) = (TokenId(pair[0] as u16), heads[row].1 + 1);
                    heads[row] = (token, place);
                    if place < lengths[row] || draft.push(token, f64::from(pair[1]), context) {
                        drafts[row] = Some(draft);
                    } else {
                        done.push(draft.finish(model.tokenizer(), start.params));
                    }
                }
                if drafts[row].is_none() {
                    if let Some((cover, draft)) = waiting.next() {
                        (covers[row], drafts[row]) = (cover, Some(draft));
                    }
                    heads[row] = (BOS, 0);
                }
            }
            watch.advance((done.len() - finished) as u64);
        }
        done
    }
}

/// One number per step and row, of the row's own stream; 0 where its beginning, of so many tokens, decides.
///
/// # Shapes
/// `[STEPS, rows]`
fn uniforms(
    drafts: &mut [Option<Draft>],
    heads: &[(TokenId, usize)],
    lengths: &[usize],
) -> Vec<f32> {
    let rows = drafts.len();
    let mut all = vec![0.0; STEPS * rows];
    for (row, (draft, (_, place))) in drafts.iter_mut().zip(heads).enumerate() {
        let Some(draft) = draft else { continue };
        for step in 0..STEPS {
            if place + step + 1 >= lengths[row] {
                all[step * rows + row] = draft.uniform() as f32;
            }
        }
    }
    all
}

/// The beginnings of rows.
///
/// # Shapes
/// `[rows]` each
struct Beginnings<B: Backend> {
    /// The place of its first token in the table of beginnings.
    offsets: Tensor<B, 1, Int>,
    /// The last place that it decides about.
    decided: Tensor<B, 1, Int>,
}

/// The choice of [`SamplingParams`] on the device.
struct Chooser<B: Backend> {
    params: SamplingParams,
    /// The token after each place of each beginning, one beginning after the other; 0 after its last.
    beginnings: Tensor<B, 1, Int>,
    /// Whether beginnings decide about any place.
    decides: bool,
    /// The place before that of EOS.
    last: i32,
    /// Tokens that are never chosen.
    forbidden: Tensor<B, 2, Bool>,
    /// Whether the token of the row has the smaller id than that of the column.
    smaller: Tensor<B, 3, Bool>,
    vocabulary: usize,
}

impl<B: Backend> Chooser<B> {
    fn new(start: &Start<'_>, context: usize, vocabulary: usize, device: &B::Device) -> Self {
        let next = |cover: &Cover| -> Vec<i32> {
            let token = |place| {
                cover
                    .tokens
                    .get(place)
                    .map_or(0, |token: &TokenId| i32::from(token.0))
            };
            (1..=context).map(token).collect()
        };
        let next: Vec<i32> = start.covers.iter().flat_map(next).collect();
        let smaller = (0..vocabulary).flat_map(|a| (0..vocabulary).map(move |b| a < b));
        let smaller = TensorData::new(smaller.collect(), [1, vocabulary, vocabulary]);
        Self {
            params: start.params.clone(),
            beginnings: Tensor::from_data(next.as_slice(), device),
            decides: start.longest() > 1,
            last: context as i32 - 2,
            forbidden: Tensor::from_data(
                TensorData::new(start.never.clone(), [1, vocabulary]),
                device,
            ),
            smaller: Tensor::from_data(smaller, device),
            vocabulary,
        }
    }

    /// The next token of every row and its negative log-likelihood in nats, by the model itself at
    /// temperature 1; in the last place the likelihood of EOS, whatever is drawn.
    ///
    /// # Shapes
    /// logits `[rows, vocabulary]`, uniform `[rows, 1]`, places `[rows]` -> `[rows, 1]` each
    fn choose(
        &self,
        logits: Tensor<B, 2>,
        uniform: Tensor<B, 2>,
        places: &Tensor<B, 1, Int>,
        rows_begin: &Beginnings<B>,
    ) -> (Tensor<B, 2, Int>, Tensor<B, 2>) {
        let [rows, vocabulary] = logits.dims();
        let log_probabilities = log_softmax(logits.clone(), 1);
        let never = self.forbidden.clone().expand([rows, vocabulary]);
        let offered = logits.mask_fill(never, -1e9);
        let weights = if self.params.is_greedy() {
            self.likeliest(offered)
        } else {
            let weights = softmax(offered / self.params.temperature, 1);
            if self.params.top_k > 0 || self.params.top_p < 1.0 {
                self.keep_likeliest(weights)
            } else {
                weights
            }
        };
        // As many tokens as have a cumulative share of at most the uniform number come before it.
        let sums = weights.clone().cumsum(1);
        let total = weights.sum_dim(1);
        let below = sums.lower_equal((uniform * total).expand([rows, vocabulary]));
        let chosen = below.int().sum_dim(1).clamp_max(vocabulary as i32 - 1);
        let chosen = if self.decides {
            let forced = places.clone().lower_equal(rows_begin.decided.clone());
            let given = places.clone() + rows_begin.offsets.clone();
            let given = self.beginnings.clone().select(0, given);
            chosen.mask_where(forced.reshape([rows, 1]), given.reshape([rows, 1]))
        } else {
            chosen
        };
        let is_last = places.clone().greater_equal_elem(self.last);
        let scored = chosen
            .clone()
            .mask_fill(is_last.reshape([rows, 1]), i32::from(EOS.0));
        let nll = -log_probabilities.gather(1, scored);
        (chosen, nll)
    }

    /// 1 for the largest value of each row, in the smallest column that has it, and 0 elsewhere.
    fn likeliest(&self, values: Tensor<B, 2>) -> Tensor<B, 2> {
        let [rows, vocabulary] = values.dims();
        let rank = self.before(values).int().sum_dim(1);
        rank.reshape([rows, vocabulary]).equal_elem(0).float()
    }

    /// Whether the value in the place of the second axis comes before that of the third: the larger
    /// one, of equal ones that in the smaller place. Compared pair by pair: vocabularies are small,
    /// and nothing needs sorting.
    ///
    /// # Shapes
    /// `[rows, vocabulary]` -> `[rows, vocabulary, vocabulary]`
    fn before(&self, values: Tensor<B, 2>) -> Tensor<B, 3, Bool> {
        let [rows, vocabulary] = values.dims();
        let square = [rows, self.vocabulary, self.vocabulary];
        let of_row = values.clone().reshape([rows, vocabulary, 1]).expand(square);
        let of_column = values.reshape([rows, 1, vocabulary]).expand(square);
        let ties = of_row.clone().equal(of_column.clone());
        of_row
            .greater(of_column)
            .bool_or(ties.bool_and(self.smaller.clone().expand(square)))
    }

    /// Sets to 0 what top-k and top-p leave out; ties go to the smaller token id.
    fn keep_likeliest(&self, weights: Tensor<B, 2>) -> Tensor<B, 2> {
        let [rows, vocabulary] = weights.dims();
        let square = [rows, self.vocabulary, self.vocabulary];
        let of_row = weights
            .clone()
            .reshape([rows, vocabulary, 1])
            .expand(square);
        let before = self.before(weights.clone());
        let rank = before.clone().int().sum_dim(1).reshape([rows, vocabulary]);
        let mut left_out = rank.clone().lower_elem(0);
        let mut kept = weights.clone();
        if self.params.top_k > 0 {
            left_out = rank.clone().greater_equal_elem(self.params.top_k as i64);
            kept = kept.mask_fill(left_out.clone(), 0.0);
        }
        if self.params.top_p < 1.0 {
            let share = kept.clone().sum_dim(1) * self.params.top_p;
            let sum = (of_row * before.float())
                .sum_dim(1)
                .reshape([rows, vocabulary]);
            let enough = sum.greater_equal(share.expand([rows, vocabulary]));
            left_out = left_out.bool_or(enough.bool_and(rank.greater_elem(0)));
        }
        weights.mask_fill(left_out, 0.0)
    }
}
