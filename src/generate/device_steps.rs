//! Sampling on a burn device with the choice made on the processor, where it depends on more than
//! the logits: the grammar of molecules. Every step reads the logits of all rows.

use std::ops::Range;

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use rayon::prelude::*;

use super::{DeviceGenerator, Draft, Sample, Start};
use crate::progress::Watch;
use crate::tokenizer::BOS;

/// A row of the device: a molecule and the place of its token that is fed next.
struct Row {
    draft: Option<Draft>,
    place: usize,
}

impl<B: Backend> DeviceGenerator<'_, B> {
    /// The molecules `indices` in any order, until `watch` asks for the end.
    pub(super) fn decode_by_steps(
        &self,
        start: &Start<'_>,
        indices: &Range<u64>,
        watch: &dyn Watch,
    ) -> Vec<(u64, Sample)> {
        let context = self.model.config().context;
        let vocabulary = self.model.tokenizer().vocabulary().len();
        let count = indices.end.saturating_sub(indices.start) as usize;
        let count = count.min(self.rows);
        let mut waiting = indices.clone().map(|index| Draft::new(index, start).1);
        let mut rows: Vec<Row> = (0..count)
            .map(|_| Row {
                draft: waiting.next(),
                place: 0,
            })
            .collect();
        let mut ring = self.network.ring(count, context, &self.device);
        let mut done = Vec::new();
        while rows.iter().any(|row| row.draft.is_some()) && !watch.stop() {
            let integers = |value: fn(&Row) -> i32| {
                let values: Vec<i32> = rows.iter().map(value).collect();
                Tensor::<B, 1, Int>::from_data(TensorData::new(values, [count]), &self.device)
            };
            let tokens = integers(|row| {
                let draft = row.draft.as_ref();
                i32::from(draft.map_or(BOS, |draft| draft.tokens[row.place]).0)
            });
            let places = integers(|row| row.place as i32);
            let logits = self.network.step(tokens, &places, &mut ring);
            let logits: Vec<f32> = logits.into_data().iter::<f32>().collect();
            let step = |(row, logits): (&mut Row, &[f32])| {
                let mut draft = row.draft.take()?;
                row.place += 1;
                if row.place == draft.tokens.len() {
                    let mut followers = start.followers(&draft);
                    let choices = start.choices(logits);
                    if !draft.extend(&choices, context, followers.as_mut()) {
                        if !draft.begins_anew(start) {
                            return Some(draft);
                        }
                        row.place = 0;
                    }
                }
                row.draft = Some(draft);
                None
            };
            let ended: Vec<Option<Draft>> = rows
                .par_iter_mut()
                .zip(logits.par_chunks_exact(vocabulary))
                .map(step)
                .collect();
            let finished = done.len();
            for (row, ended) in rows.iter_mut().zip(ended) {
                if let Some(draft) = ended {
                    done.push(draft.finish(self.model.tokenizer(), start.params));
                    (row.draft, row.place) = (waiting.next(), 0);
                }
            }
            watch.advance((done.len() - finished) as u64);
        }
        done
    }
}
