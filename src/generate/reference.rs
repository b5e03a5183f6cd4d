//! Sampling by burn's own operations, on any burn device: the reference for the fast decoder.

use std::ops::Range;

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

use super::{Draft, Request, Sample, in_order};
use crate::model::{Gpt, Model};

/// Generates the molecules `indices`, in order, all in one batch; finished ones leave it.
pub fn sample_by_burn<B: Backend>(
    model: &Model,
    network: &Gpt<B>,
    request: &Request,
    indices: Range<u64>,
    device: &B::Device,
) -> Vec<Sample> {
    let mut drafts: Vec<Draft> = indices.map(|index| Draft::new(index, request)).collect();
    let mut done = Vec::with_capacity(drafts.len());
    let mut cache = network.cache();
    let mut time = request.prompt.len();
    let prompts = drafts.iter().flat_map(|draft| &draft.tokens);
    let mut next: Vec<i32> = prompts.map(|token| i32::from(token.0)).collect();
    while !drafts.is_empty() {
        let ids = TensorData::new(next, [drafts.len(), time]);
        let ids = Tensor::<B, 2, Int>::from_data(ids, device);
        let logits = network.forward_cached(ids, &mut cache);
        let [batch, seen, vocabulary] = logits.dims();
        let last = logits.slice([0..batch, seen - 1..seen, 0..vocabulary]);
        let values: Vec<f32> = last.into_data().iter::<f32>().collect();
        let mut kept = Vec::with_capacity(batch);
        let mut alive = Vec::with_capacity(batch);
        let rows = drafts.into_iter().zip(values.chunks_exact(vocabulary));
        for (row, (mut draft, logits)) in rows.enumerate() {
            let choices = request.strategy.choices(logits);
            if draft.extend(&choices, model.config().context) {
                kept.push(row as i32);
                alive.push(draft);
            } else {
                done.push(draft.finish(model.tokenizer()));
            }
        }
        if alive.len() < batch && !alive.is_empty() {
            cache = cache.select(&Tensor::from_data(kept.as_slice(), device));
        }
        drafts = alive;
        next = drafts
            .iter()
            .map(|draft| i32::from(draft.last().0))
            .collect();
        time = 1;
    }
    in_order(done)
}
