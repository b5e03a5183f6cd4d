//! Molecules for several wishes: those of one after those of another, in turn.
//!
//! Knows which conditions each molecule is written under; how it is written, another generator knows.

use std::ops::Range;

use super::{Generator, Sample, SamplingParams, in_order};
use crate::error::Result;
use crate::progress::{Outcome, Watch};

/// The generator of molecules under one set of conditions after the other: molecule `index` is number
/// `index / wishes` of wish `index % wishes`, as the generator inside writes it under that wish alone.
pub struct AskedGenerator<'a> {
    /// The generator of each molecule.
    pub inner: &'a dyn Generator,
    /// The conditions of each wish; at least one.
    pub wishes: &'a [Vec<(String, f64)>],
}

impl Generator for AskedGenerator<'_> {
    fn generate(
        &self,
        params: &SamplingParams,
        indices: Range<u64>,
        watch: &dyn Watch,
    ) -> Result<Outcome<Vec<Sample>>> {
        let count = self.wishes.len().max(1) as u64;
        let mut done = Vec::new();
        for (wish, conditions) in self.wishes.iter().enumerate() {
            let number = |end: u64| end.saturating_sub(wish as u64).div_ceil(count);
            let numbers = number(indices.start)..number(indices.end);
            let params = SamplingParams {
                conditions: conditions.clone(),
                ..params.clone()
            };
            let outcome = self.inner.generate(&params, numbers.clone(), watch)?;
            let samples = outcome.done().into_iter().zip(numbers);
            done.extend(samples.map(|(mut sample, number)| {
                sample.wish = wish;
                (number * count + wish as u64, sample)
            }));
        }
        Ok(in_order(done, &indices, watch.stop()))
    }

    fn window(&self) -> u64 {
        self.inner.window()
    }
}
