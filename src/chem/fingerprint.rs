//! Circular environments of atoms, and the Morgan fingerprints folded from them.

use chematic::fp::{
    RdkitMorganConfig, RdkitMorganFpSize, RdkitMorganRadius, rdkit_morgan_fingerprint,
};

use super::Molecule;

/// The circular environments of a molecule's atoms up to radius 2 (Rogers and Hahn 2010), as RDKit
/// numbers them: identifiers in rising order, each with the number of atoms that have it. Morgan
/// fingerprints of every length are folded from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environments(pub(super) Vec<(u32, u32)>);

impl Environments {
    /// Indices of the set bits of a fingerprint of `length` bits, in rising order.
    ///
    /// # Panics
    /// When `length` is 0.
    pub fn bits(&self, length: u16) -> Vec<u16> {
        let fold = |(identifier, _): &(u32, u32)| (identifier % u32::from(length)) as u16;
        let mut bits: Vec<u16> = self.0.iter().map(fold).collect();
        bits.sort_unstable();
        bits.dedup();
        bits
    }

    /// The fingerprint of 1024 bits, bit-packed.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut words = [0; 16];
        for (identifier, _) in &self.0 {
            let bit = identifier % 1024;
            words[(bit / 64) as usize] |= 1 << (bit % 64);
        }
        Fingerprint(words)
    }
}

/// A bit-packed Morgan fingerprint (radius 2, 1024 bits): bit `i` is bit `i % 64` of word `i / 64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u64; 16]);

impl Fingerprint {
    /// Indices of the set bits, in rising order.
    pub fn bits(&self) -> Vec<u16> {
        let on = |bit: &u16| self.0[usize::from(bit / 64)] >> (bit % 64) & 1 == 1;
        (0..1024).filter(on).collect()
    }

    /// Tanimoto similarity, 0 to 1; two empty fingerprints have similarity 1.
    pub fn tanimoto(&self, other: &Self) -> f64 {
        let (mut both, mut either) = (0, 0);
        for (a, b) in self.0.iter().zip(&other.0) {
            both += (a & b).count_ones();
            either += (a | b).count_ones();
        }
        if either == 0 {
            1.0
        } else {
            f64::from(both) / f64::from(either)
        }
    }
}

impl Molecule {
    /// The circular environments of radius 0 to 2; `None` for a molecule with atoms that RDKit's
    /// numbering does not cover.
    pub fn environments(&self) -> Option<Environments> {
        self.environments_to(RdkitMorganRadius::R2)
    }

    /// The same up to another radius.
    pub(super) fn environments_to(&self, radius: RdkitMorganRadius) -> Option<Environments> {
        let config = RdkitMorganConfig {
            radius,
            fp_size: RdkitMorganFpSize::B1024,
            ..RdkitMorganConfig::default()
        };
        let found = rdkit_morgan_fingerprint(&self.graph, &config).ok()?;
        let mut counts: Vec<(u32, u32)> = found.sparse_counts.into_iter().collect();
        counts.sort_unstable();
        Some(Environments(counts))
    }

    /// Morgan fingerprint, radius 2, 1024 bits; `None` as for [`Self::environments`].
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        Some(self.environments()?.fingerprint())
    }
}
