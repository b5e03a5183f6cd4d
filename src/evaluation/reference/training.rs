//! A training set: which molecules are in it, and a draw of them.

use super::{SAMPLE, draw};
use crate::chem::{Key, KnownSet};
use crate::error::Result;
use crate::evaluation::guacamol_sample::GuacamolSample;
use crate::progress::Watch;

/// A training set: the molecules in it, and a draw of them for GuacaMol's divergences and for the
/// nearest training molecule.
#[derive(Debug, Clone, Default)]
pub struct TrainingSet {
    /// All molecules.
    pub known: KnownSet,
    /// A draw of at most [`SAMPLE`] unique molecules without stereochemistry.
    pub sample: GuacamolSample,
}

impl TrainingSet {
    /// The molecules among `smiles`, on the threads of the current pool; invalid ones are left out.
    pub fn new(smiles: &[String]) -> Self {
        Self {
            known: KnownSet::of_texts(smiles, &|| ()),
            sample: GuacamolSample::drawn_from(smiles),
        }
    }

    /// Number of unique molecules.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether no molecule is valid.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether a molecule is among them, by its canonical SMILES.
    pub fn contains(&self, canonical: &str) -> bool {
        self.known.contains(Key::of(canonical))
    }
}

impl GuacamolSample {
    /// A draw of at most [`SAMPLE`] of these texts, the same every time.
    pub fn drawn_from<S: AsRef<str> + Sync>(smiles: &[S]) -> Self {
        Self::of(&drawn(smiles))
    }

    /// The same, unless `watch` ends the work.
    pub(in crate::evaluation) fn draw_watched<S: AsRef<str> + Sync>(
        smiles: &[S],
        watch: &dyn Watch,
    ) -> Result<Self> {
        Self::watched(&drawn(smiles), watch)
    }
}

/// A draw of at most [`SAMPLE`] of these texts, the same every time.
fn drawn<S: AsRef<str>>(smiles: &[S]) -> Vec<&str> {
    let places = draw(smiles.len(), SAMPLE).into_iter();
    places.map(|place| smiles[place].as_ref()).collect()
}
