//! Sampling by burn's own operations, on any burn device: the reference for the fast decoder.

use std::ops::Range;

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

use super::{Draft, Sample, SamplingParams, Start, in_order, unguided};
use crate::error::Result;
use crate::model::Gpt;
use crate::model::Model;
use crate::tokenizer::TokenId;

/// Generates the molecules `indices`, in order, all that begin alike in one batch; finished ones leave it.
///
/// # Errors
/// A parameter outside its range, or a prompt that the model cannot continue.
pub fn sample_by_burn<B: Backend>(
    model: &Model,
    network: &Gpt<B>,
    params: &SamplingParams,
    indices: Range<u64>,
    device: &B::Device,
) -> Result<Vec<Sample>> {
    unguided(params)?;
    let next = |tokens: &[TokenId]| {
        let ids: Vec<i32> = tokens.iter().map(|token| i32::from(token.0)).collect();
        let ids = Tensor::<B, 2, Int>::from_data(TensorData::new(ids, [1, tokens.len()]), device);
        let logits = network.forward_cached(ids, &mut network.cache());
        let [_, seen, vocabulary] = logits.dims();
        let last = logits.slice([0..1, seen - 1..seen, 0..vocabulary]);
        last.into_data().iter::<f32>().collect()
    };
    let start = Start::new(model.tokenizer(), model.config().context, params, &next)?;
    let mut done = Vec::new();
    let begun = start.drafts(indices.clone());
    let mut waiting: Vec<Vec<Draft>> = begun.into_iter().map(|(_, drafts)| drafts).collect();
    while let Some(drafts) = waiting.pop() {
        let anew = finish(model, network, &start, drafts, device, &mut done);
        waiting.extend(anew.into_iter().map(|draft| vec![draft]));
    }
    Ok(in_order(done, &indices, false).done())
}

/// Goes on with molecules that begin alike until all are finished, but for those that begin anew, which
/// it returns.
fn finish<B: Backend>(
    model: &Model,
    network: &Gpt<B>,
    start: &Start<'_>,
    mut drafts: Vec<Draft>,
    device: &B::Device,
    done: &mut Vec<(u64, Sample)>,
) -> Vec<Draft> {
    let mut anew = Vec::new();
    let mut cache = network.cache();
    let mut time = drafts.first().map_or(0, |draft| draft.tokens.len());
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
            let choices = start.choices(logits);
            let mut followers = start.followers(&draft);
            if draft.extend(&choices, model.config().context, followers.as_mut()) {
                kept.push(row as i32);
                alive.push(draft);
            } else if draft.begins_anew(start) {
                anew.push(draft);
            } else {
                done.push(draft.finish(model.tokenizer(), start.params));
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
    anew
}
