//! Linking: the model goes on from the first fragment, and the second is put behind a part of what it
//! writes, of random length. (Parts drawn by the likelihood of the whole are less diverse: docs/steer.md.)

use rand_chacha::ChaCha8Rng;

use super::FragmentGenerator;
use super::grow::broken;
use crate::chem::Fragment;
use crate::error::Result;
use crate::generate::{Sample, SamplingParams};
use crate::random::below;

/// Most beginnings of a molecule.
const MOST_TRIES: usize = 20;

impl FragmentGenerator<'_> {
    /// A molecule with two fragments and at least one atom between them, either of them first. Begun
    /// anew where the second fragment has no place.
    pub(super) fn linked(
        &self,
        ends: &[Fragment; 2],
        params: &SamplingParams,
        random: &mut ChaCha8Rng,
    ) -> Result<Sample> {
        for _ in 0..MOST_TRIES {
            let first = below(random)(2);
            let [left, right] = [&ends[first], &ends[1 - first]];
            let Some(params) = self.spelled(left, 1, false, params, random)? else {
                continue;
            };
            let Some(end) = right.beginning(1, &mut below(random)) else {
                continue;
            };
            if let Some(sample) = self.linked_once(&params, &end, random)? {
                return Ok(sample);
            }
        }
        Ok(broken(ends[0].smiles(), 0.0))
    }

    /// What the model writes after the first fragment, up to a random place for the second one, which is
    /// given with the bond before it; `None` where there is no place.
    fn linked_once(
        &self,
        params: &SamplingParams,
        (bond, behind): &(String, String),
        random: &mut ChaCha8Rng,
    ) -> Result<Option<Sample>> {
        let (Some(sample), Some(written)) = (self.draw(params)?, &params.written) else {
            return Ok(None);
        };
        let more = &sample.smiles[written.text.len().min(sample.smiles.len())..];
        let places = self.grammar.ends_with_room(&written.text, more, bond);
        if places.is_empty() {
            return Ok(None);
        }
        let more = &more[..places[below(random)(places.len())]];
        Ok(Some(Sample {
            smiles: format!("{}{more}{bond}{behind}", written.text),
            cut: false,
            ..sample
        }))
    }
}
