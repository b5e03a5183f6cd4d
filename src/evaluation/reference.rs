//! What is computed once about a reference set and used for every generated set.

use rayon::prelude::*;

use super::counts::{Counts, merge, tally};
use super::guacamol::Traits;
use super::similarity::Index;
use super::{Facts, measure, scramble};
use crate::chem::{Environments, Fingerprint, Key, KnownSet, Molecule};

/// Bits of the fingerprints of MOSES.
pub(super) const WIDTH: u16 = 1024;
/// Molecules that stand for a training set where all would take too long: those of GuacaMol's
/// divergences, and of the nearest training molecule.
pub const SAMPLE: usize = 10_000;

/// One molecule as the set metrics of MOSES see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sketch {
    /// Morgan fingerprint; empty for atoms that the fingerprint refuses.
    pub fingerprint: Fingerprint,
    /// BRICS fragments.
    pub fragments: Vec<String>,
    /// Scaffold of two or more rings.
    pub scaffold: Option<String>,
}

/// A test set: properties, fingerprints, counts of fragments and scaffolds.
#[derive(Debug, Clone, Default)]
pub struct Reference {
    /// Properties of each valid molecule.
    pub facts: Vec<Facts>,
    /// Fingerprint of each valid molecule.
    pub fingerprints: Vec<Fingerprint>,
    /// Occurrences of BRICS fragments.
    pub fragments: Counts,
    /// Occurrences of scaffolds of two or more rings.
    pub scaffolds: Counts,
}

impl Reference {
    /// Measures the molecules among `smiles`; invalid ones are left out.
    ///
    /// `tick` is called once for each string, from any thread.
    pub fn new(smiles: &[String], tick: &(dyn Fn() + Sync)) -> Self {
        // Chunks keep the order and bound the fragments that wait to be counted.
        let parts: Vec<Self> = smiles
            .par_chunks(1_000)
            .map(|chunk| {
                let mut part = Self::default();
                let mut fragments = Vec::new();
                let mut scaffolds = Vec::new();
                for text in chunk {
                    tick();
                    if let Ok(molecule) = Molecule::parse(text) {
                        let (facts, sketch) = look(text, &molecule);
                        part.facts.push(facts);
                        part.fingerprints.push(sketch.fingerprint);
                        fragments.extend(sketch.fragments);
                        scaffolds.extend(sketch.scaffold);
                    }
                }
                part.fragments = tally(fragments);
                part.scaffolds = tally(scaffolds);
                part
            })
            .collect();
        let mut whole = Self::default();
        for part in parts {
            whole.facts.extend(part.facts);
            whole.fingerprints.extend(part.fingerprints);
            whole.fragments = merge(whole.fragments, part.fragments);
            whole.scaffolds = merge(whole.scaffolds, part.scaffolds);
        }
        whole
    }

    /// Number of valid molecules.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether no molecule is valid.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// An index of the fingerprints of all molecules, or of a draw of at most `most` of them.
    pub(super) fn index(&self, most: usize) -> Index {
        let bits = |&place: &usize| self.fingerprints[place].bits();
        let bits: Vec<Vec<u16>> = draw(self.len(), most).par_iter().map(bits).collect();
        Index::new(usize::from(WIDTH), &bits)
    }
}

/// Properties and sketch of one molecule.
pub(super) fn look(text: &str, molecule: &Molecule) -> (Facts, Sketch) {
    let environments = molecule.environments();
    let sketch = Sketch {
        fingerprint: environments
            .as_ref()
            .map_or(Fingerprint([0; 16]), Environments::fingerprint),
        fragments: molecule.fragments(),
        scaffold: molecule.scaffold_of_rings(2),
    };
    (measure(text, molecule, environments.as_ref()), sketch)
}

/// Up to `most` of the places below `count`, the same every time, in rising order.
pub(super) fn draw(count: usize, most: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    if count > most {
        places.sort_by_cached_key(|&place| scramble(place as u64));
        places.truncate(most);
        places.sort_unstable();
    }
    places
}

/// A training set: which molecules are in it, and a draw of them for GuacaMol's divergences.
#[derive(Debug, Clone, Default)]
pub struct Training {
    /// The molecules.
    pub(super) known: KnownSet,
    /// Descriptors of a draw of at most [`SAMPLE`] different molecules without stereochemistry.
    pub(super) sample: Vec<Traits>,
    /// Morgan fingerprints of the same draw, 1024 bits.
    pub(super) fingerprints: Vec<Fingerprint>,
}

impl Training {
    /// Takes the molecules among `smiles`; invalid ones are left out.
    ///
    /// `tick` is called once for each string, from any thread.
    pub fn new(smiles: &[String], tick: &(dyn Fn() + Sync)) -> Self {
        let drawn: Vec<&String> = draw(smiles.len(), SAMPLE)
            .into_iter()
            .map(|place| &smiles[place])
            .collect();
        let (sample, fingerprints) = super::guacamol::traits(&drawn);
        Self {
            known: KnownSet::of_texts(smiles, tick),
            sample,
            fingerprints,
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
