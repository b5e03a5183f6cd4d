//! Growth: the open points of a fragment, one after another in random order, each in a new spelling.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

use super::{FragmentGenerator, Reading};
use crate::chem::Fragment;
use crate::error::Result;
use crate::generate::{Growth, Sample, SamplingParams, Written};
use crate::random::below;

impl FragmentGenerator<'_> {
    /// A molecule of a fragment, something at each of its open points. A draw that the context cut ends
    /// it there.
    pub(super) fn grown(
        &self,
        mut fragment: Fragment,
        anywhere: bool,
        params: &SamplingParams,
        random: &mut ChaCha8Rng,
    ) -> Result<Sample> {
        let mut nll = 0.0;
        loop {
            let point = 1 + below(random)(fragment.points());
            let Some(params) = self.spelled(&fragment, point, anywhere, params, random)? else {
                return Ok(broken(fragment.smiles(), nll));
            };
            let Some(sample) = self.draw(&params)? else {
                return Ok(broken(fragment.smiles(), nll));
            };
            nll += sample.nll;
            let sample = Sample { nll, ..sample };
            if sample.cut || !sample.smiles.contains('*') {
                return Ok(sample);
            }
            match Fragment::parse(&sample.smiles) {
                Ok(next) if next.points() > 0 => fragment = next,
                _ => return Ok(sample),
            }
        }
    }

    /// A molecule of a core: one or two of its hydrogens give way.
    pub(super) fn built_on(
        &self,
        core: &Fragment,
        params: &SamplingParams,
        random: &mut ChaCha8Rng,
    ) -> Result<Sample> {
        let mut fragment = core.clone();
        let points = 1 + below(random)(2);
        for _ in 0..points {
            let places = fragment.growable();
            if !places.is_empty() {
                let place = places[below(random)(places.len())];
                fragment = fragment.with_point_at(place).unwrap_or(fragment);
            }
        }
        self.grown(fragment, false, params, random)
    }

    /// The parameters of a draw that grows a fragment at one of its points, in a random spelling; `None`
    /// where it has none.
    pub(super) fn spelled(
        &self,
        fragment: &Fragment,
        point: usize,
        anywhere: bool,
        params: &SamplingParams,
        random: &mut ChaCha8Rng,
    ) -> Result<Option<SamplingParams>> {
        let Some(spelling) = fragment.ending(point, &mut below(random)) else {
            return Ok(None);
        };
        let reading = Reading::new(self.model.tokenizer(), &spelling.plain)?;
        let growth = Growth {
            bond: spelling.bond,
            anywhere,
        };
        Ok(Some(SamplingParams {
            prompt: reading.text,
            written: Some(Written {
                text: spelling.written,
                growth: Some(growth),
            }),
            seed: random.next_u64(),
            ..params.clone()
        }))
    }
}

/// A draw that came to nothing.
pub(super) fn broken(text: &str, nll: f64) -> Sample {
    Sample {
        smiles: text.to_owned(),
        nll,
        cut: true,
        wish: 0,
    }
}
