//! Analogues: a random spelling of a molecule, cut at a random place, and the rest written anew.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

use super::grow::broken;
use super::{FragmentGenerator, Reading};
use crate::chem::randomize;
use crate::error::Result;
use crate::generate::{Sample, SamplingParams, Written};
use crate::random::{below, uniform};
use crate::tokenizer::Cutter;

/// The share of a spelling that is kept, at least and at most.
const KEPT: [f64; 2] = [0.3, 0.95];

impl FragmentGenerator<'_> {
    /// A molecule that begins as one of the spellings of `smiles`.
    pub(super) fn near(
        &self,
        smiles: &str,
        params: &SamplingParams,
        random: &mut ChaCha8Rng,
    ) -> Result<Sample> {
        let Some(spelling) = randomize(smiles, below(random)) else {
            return Ok(broken(smiles, 0.0));
        };
        let pieces = Cutter::Atomwise.pieces(&spelling)?;
        let [least, most] = KEPT.map(|share| share * pieces.len() as f64);
        let share = uniform(random);
        let kept = (least + share * (most - least)).round().max(1.0) as usize;
        let text = pieces[..kept.min(pieces.len())].concat();
        let reading = Reading::new(self.model.tokenizer(), &text)?;
        let params = SamplingParams {
            prompt: reading.text,
            written: Some(Written { text, growth: None }),
            seed: random.next_u64(),
            ..params.clone()
        };
        Ok(self.draw(&params)?.unwrap_or_else(|| broken(smiles, 0.0)))
    }
}
