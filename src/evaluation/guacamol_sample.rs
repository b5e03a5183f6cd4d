//! Properties of a set of molecules for GuacaMol's divergences.

use std::collections::HashSet;

use rayon::prelude::*;

use super::go_on;
use super::similarity::Index;
use crate::chem::{Environments, Fingerprint, Molecule};
use crate::error::Result;
use crate::progress::{Unwatched, Watch};

/// Bits of GuacaMol's fingerprints.
const WIDTH: u16 = 4096;

/// The properties of one molecule that GuacaMol compares.
#[derive(Debug, Clone, PartialEq)]
pub struct GuacamolProperties {
    /// Bertz's complexity index, logP, molecular weight in g/mol, TPSA in square angstrom, hydrogen
    /// bond acceptors and donors, rotatable bonds, aliphatic and aromatic rings.
    pub values: [f64; 9],
    /// Tanimoto similarity to the nearest other molecule of the same sample (Morgan radius 2,
    /// 4096 bits).
    pub nearest: f64,
}

/// Unique molecules without stereochemistry as GuacaMol's divergences compare them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GuacamolSample {
    /// Properties of each molecule.
    pub properties: Vec<GuacamolProperties>,
    /// Morgan fingerprint of each molecule, 1024 bits.
    pub fingerprints: Vec<Fingerprint>,
}

impl GuacamolSample {
    /// The unique molecules among `smiles`, in their order; invalid ones are left out.
    #[expect(clippy::missing_panics_doc, reason = "only who watches can cancel it")]
    pub fn of<S: AsRef<str> + Sync>(smiles: &[S]) -> Self {
        let found = Self::watched(smiles, &Unwatched);
        found.expect("only who watches can cancel it")
    }

    /// The same, unless `watch` ends the work.
    pub(super) fn watched<S: AsRef<str> + Sync>(smiles: &[S], watch: &dyn Watch) -> Result<Self> {
        let found: Vec<_> = smiles
            .par_iter()
            .filter_map(|text| {
                if watch.stop() {
                    return None;
                }
                let molecule = Molecule::parse(text.as_ref()).ok()?;
                // The package reads the string without stereochemistry again.
                let without_stereo = molecule.canonical_without_stereo().into_owned();
                let molecule = if without_stereo == molecule.canonical() {
                    molecule
                } else {
                    Molecule::parse(&without_stereo).ok()?
                };
                let environments = molecule.environments();
                let bits = environments.as_ref().map(|found| found.bits(WIDTH));
                let print = environments.as_ref().map(Environments::fingerprint);
                let descriptors = molecule.descriptors_with(environments.as_ref());
                let complexity = molecule.complexity();
                let values = [
                    complexity.bertz,
                    descriptors.log_p,
                    descriptors.weight,
                    descriptors.tpsa,
                    f64::from(complexity.acceptors),
                    f64::from(complexity.donors),
                    f64::from(complexity.rotatable_bonds),
                    f64::from(complexity.aliphatic_rings),
                    f64::from(complexity.aromatic_rings),
                ];
                let print = print.unwrap_or(Fingerprint([0; 16]));
                Some((without_stereo, values, bits.unwrap_or_default(), print))
            })
            .collect();
        go_on(watch)?;
        let mut seen = HashSet::new();
        let mut sample = Self::default();
        let mut bits = Vec::new();
        for (without_stereo, values, own, print) in found {
            if seen.insert(without_stereo) {
                sample.properties.push(GuacamolProperties {
                    values,
                    nearest: 0.0,
                });
                sample.fingerprints.push(print);
                bits.push(own);
            }
        }
        let nearest = Index::new(usize::from(WIDTH), &bits).nearest_other(&bits, watch);
        go_on(watch)?;
        for (properties, found) in sample
            .properties
            .iter_mut()
            .zip(nearest.unwrap_or_default())
        {
            properties.nearest = found.similarity;
        }
        Ok(sample)
    }

    /// Number of molecules.
    pub fn len(&self) -> usize {
        self.properties.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.properties.is_empty()
    }
}

impl GuacamolProperties {
    /// The value at this place, of which the last is [`Self::nearest`].
    pub(super) fn value(&self, part: usize) -> f64 {
        self.values.get(part).copied().unwrap_or(self.nearest)
    }
}
