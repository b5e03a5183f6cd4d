//! A stream of molecules without end: windows of a generator, one molecule at a time.

use std::vec;

use super::{Generator, Sample, SamplingParams};
use crate::error::Result;
use crate::progress::{Outcome, Unwatched, Watch};

/// Molecules of the first window; each next one is twice as large, up to what the generator likes.
const FIRST: u64 = 64;

/// The molecules of a generator from index 0 on. Ends only after an error, or when its watcher says
/// so.
///
/// ```
/// use molgpt::model::Model;
/// use molgpt::generate::{CpuGenerator, SamplingParams, Stream};
///
/// let model = Model::pretrained()?;
/// let generator = CpuGenerator::new(&model);
/// for sample in Stream::new(&generator, SamplingParams::default()).take(3) {
///     assert!(sample?.nll > 0.0);
/// }
/// # Ok::<(), molgpt::error::Error>(())
/// ```
pub struct Stream<'a> {
    generator: &'a dyn Generator,
    params: SamplingParams,
    watch: &'a dyn Watch,
    window: vec::IntoIter<Sample>,
    size: u64,
    next: u64,
    ended: bool,
}

impl<'a> Stream<'a> {
    /// The molecules that these parameters give.
    pub fn new(generator: &'a dyn Generator, params: SamplingParams) -> Self {
        Self::watched(generator, params, &Unwatched)
    }

    /// The same until `watch` asks for the end: what is written by then still comes.
    pub fn watched(
        generator: &'a dyn Generator,
        params: SamplingParams,
        watch: &'a dyn Watch,
    ) -> Self {
        Self {
            generator,
            params,
            watch,
            window: Vec::new().into_iter(),
            size: FIRST.min(generator.window()),
            next: 0,
            ended: false,
        }
    }

    fn refill(&mut self) -> Result<()> {
        let indices = self.next..self.next + self.size;
        let outcome = self.generator.generate(&self.params, indices, self.watch)?;
        self.ended = outcome.is_cancelled();
        let (Outcome::Finished(samples) | Outcome::Cancelled(samples)) = outcome;
        self.next += samples.len() as u64;
        self.size = (2 * self.size).min(self.generator.window());
        self.window = samples.into_iter();
        Ok(())
    }
}

impl Iterator for Stream<'_> {
    type Item = Result<Sample>;

    fn next(&mut self) -> Option<Result<Sample>> {
        if let Some(sample) = self.window.next() {
            return Some(Ok(sample));
        }
        if self.ended {
            return None;
        }
        if let Err(error) = self.refill() {
            self.ended = true;
            return Some(Err(error));
        }
        self.window.next().map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::CpuGenerator;
    use crate::model::Model;

    #[test]
    fn a_stream_is_the_molecules_one_by_one() {
        let model = Model::pretrained().unwrap();
        let generator = CpuGenerator::new(&model);
        let params = SamplingParams {
            seed: 4,
            ..SamplingParams::default()
        };
        let at_once = generator.take(150, &params).unwrap();
        let streamed: Result<Vec<Sample>> = Stream::new(&generator, params).take(150).collect();
        assert_eq!(streamed.unwrap(), at_once);
        let wrong = SamplingParams {
            top_p: 2.0,
            ..SamplingParams::default()
        };
        let mut stream = Stream::new(&generator, wrong);
        assert!(stream.next().unwrap().is_err());
        assert!(stream.next().is_none());
    }
}
