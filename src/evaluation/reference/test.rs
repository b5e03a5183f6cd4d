//! A test set: what the set metrics of MOSES need of reference molecules.

use rayon::prelude::*;

use super::{WIDTH, draw};
use crate::chem::{Environments, Fingerprint, Molecule};
use crate::error::Result;
use crate::evaluation::counts::{Counts, merge, tally};
use crate::evaluation::go_on;
use crate::evaluation::properties::Properties;
use crate::evaluation::similarity::Index;
use crate::progress::{Unwatched, Watch};

/// Molecules of one task.
const CHUNK: usize = 1_000;

/// Molecules whose counts are merged together.
const PIECE: usize = 50 * CHUNK;

/// Properties of one molecule for the set metrics of MOSES.
#[derive(Debug, Clone, PartialEq)]
pub struct MosesProperties {
    /// Morgan fingerprint; empty for atoms that the fingerprint refuses.
    pub fingerprint: Fingerprint,
    /// BRICS fragments.
    pub fragments: Vec<String>,
    /// Scaffold of two or more rings.
    pub scaffold: Option<String>,
}

impl MosesProperties {
    /// Those of a molecule with these environments of its atoms.
    pub fn of(molecule: &Molecule, environments: Option<&Environments>) -> Self {
        Self {
            fingerprint: environments.map_or(Fingerprint([0; 16]), Environments::fingerprint),
            fragments: molecule.fragments(),
            scaffold: molecule.scaffold_of_rings(2),
        }
    }
}

/// A test set: properties, fingerprints, counts of fragments and scaffolds.
#[derive(Debug, Clone, Default)]
pub struct TestSet {
    /// Properties of each valid molecule.
    pub properties: Vec<Properties>,
    /// Fingerprint of each valid molecule.
    pub fingerprints: Vec<Fingerprint>,
    /// Occurrences of BRICS fragments.
    pub fragments: Counts,
    /// Occurrences of scaffolds of two or more rings.
    pub scaffolds: Counts,
}

impl TestSet {
    /// Measures the molecules among `smiles`, on the threads of the current pool; invalid ones are
    /// left out.
    #[expect(clippy::missing_panics_doc, reason = "only who watches can cancel it")]
    pub fn new(smiles: &[String]) -> Self {
        let measured = Self::measure(smiles, false, &Unwatched);
        measured.expect("only who watches can cancel it").0
    }

    /// The same, with the canonical SMILES of the molecules in their order if those are to be kept.
    /// `watch` hears of each string in a stage that the caller has begun.
    pub(in crate::evaluation) fn measure(
        smiles: &[String],
        keep: bool,
        watch: &dyn Watch,
    ) -> Result<(Self, Vec<String>)> {
        let mut whole = Self::default();
        let mut all = Vec::new();
        for piece in smiles.chunks(PIECE) {
            // Chunks keep the order and bound the fragments that wait to be counted.
            let parts: Vec<(Self, Vec<String>)> = piece
                .par_chunks(CHUNK)
                .map(|chunk| Self::of_chunk(chunk, keep, watch))
                .collect();
            go_on(watch)?;
            for (part, canonical) in parts {
                whole.properties.extend(part.properties);
                whole.fingerprints.extend(part.fingerprints);
                whole.fragments = merge(whole.fragments, part.fragments);
                whole.scaffolds = merge(whole.scaffolds, part.scaffolds);
                all.extend(canonical);
            }
        }
        Ok((whole, all))
    }

    fn of_chunk(chunk: &[String], keep: bool, watch: &dyn Watch) -> (Self, Vec<String>) {
        let mut part = Self::default();
        let mut canonical = Vec::new();
        let mut fragments = Vec::new();
        let mut scaffolds = Vec::new();
        for text in chunk.iter().take_while(|_| !watch.stop()) {
            watch.advance(1);
            if let Ok(molecule) = Molecule::parse(text) {
                let environments = molecule.environments();
                let environments = environments.as_ref();
                let properties = Properties::of(text, &molecule, environments);
                part.properties.push(properties);
                let of_moses = MosesProperties::of(&molecule, environments);
                part.fingerprints.push(of_moses.fingerprint);
                fragments.extend(of_moses.fragments);
                scaffolds.extend(of_moses.scaffold);
                if keep {
                    canonical.push(molecule.canonical().to_owned());
                }
            }
        }
        part.fragments = tally(fragments);
        part.scaffolds = tally(scaffolds);
        (part, canonical)
    }

    /// Number of valid molecules.
    pub fn len(&self) -> usize {
        self.properties.len()
    }

    /// Whether no molecule is valid.
    pub fn is_empty(&self) -> bool {
        self.properties.is_empty()
    }

    /// An index of the fingerprints of all molecules, or of a draw of at most `most` of them.
    pub(in crate::evaluation) fn index(&self, most: usize) -> Index {
        let bits = |&place: &usize| self.fingerprints[place].bits();
        let bits: Vec<Vec<u16>> = draw(self.len(), most).par_iter().map(bits).collect();
        Index::new(usize::from(WIDTH), &bits)
    }
}
