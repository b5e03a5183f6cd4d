//! Count fingerprints: how often a molecule has each feature, folded only where that is asked for.
//!
//! - `features`: FCFP4 and FCFP6; `pairs`: atom pairs;
//! - `pharmacophores`: two and three pharmacophoric points, each counted once;
//! - `distances`: bonds between atoms;
//! - `index`: many of them, of which the most similar is found.
//!
//! Two molecules are compared by the Tanimoto similarity of counts, as RDKit compares
//! `GetSparseCountFingerprint`s and bit vectors (`tests/golden/make_tasks.py`).

mod distances;
mod features;
mod index;
mod pairs;
mod pharmacophores;

use chematic::fp::RdkitMorganRadius;

use super::{Fingerprint, Molecule};
pub use index::CountsIndex;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountKind {
    /// Circular environments of radius 0 to 2 (Rogers and Hahn 2010).
    Ecfp4,
    /// Circular environments of radius 0 to 3.
    Ecfp6,
    /// Circular environments of pharmacophoric features of radius 0 to 2.
    Fcfp4,
    /// The same of radius 0 to 3.
    Fcfp6,
    /// Pairs of atoms with one to ten bonds between them (Carhart et al. 1985).
    AtomPairs,
    /// Two and three pharmacophoric points with the bonds between, each once (Gobbi and Poppinger 1998).
    Pharmacophores,
}

/// The features of a molecule: identifiers in rising order, each with its count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts(Vec<(u32, u32)>);

impl Counts {
    /// The fingerprint folded to `length` places by the remainder of each identifier: the places that are
    /// not 0, in rising order, each with the sum of its counts.
    ///
    /// # Panics
    /// When `length` is 0.
    pub fn folded(&self, length: u16) -> Vec<(u16, u32)> {
        let fold = |(identifier, count): &(u32, u32)| {
            let place = identifier % u32::from(length);
            (place as u16, *count)
        };
        let mut places: Vec<(u16, u32)> = self.0.iter().map(fold).collect();
        places.sort_unstable();
        places.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 += next.1;
            }
            is_same
        });
        places
    }

    /// Tanimoto similarity, 0 to 1: the sum over features of the lesser count divided by that of the
    /// greater one; 0 for two molecules without features, as RDKit has it.
    pub fn tanimoto(&self, other: &Self) -> f64 {
        let (mut both, mut rest) = (0, other.0.as_slice());
        for (identifier, count) in &self.0 {
            let skipped = rest.partition_point(|(other, _)| other < identifier);
            rest = &rest[skipped..];
            if let Some((other, found)) = rest.first()
                && other == identifier
            {
                both += u64::from(*count.min(found));
            }
        }
        share(both, self.total() + other.total() - both)
    }

    /// Sum of the counts.
    fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| u64::from(*count)).sum()
    }
}

/// Bits are features that are counted once.
impl From<&Fingerprint> for Counts {
    fn from(bits: &Fingerprint) -> Self {
        let bits = bits.bits().into_iter();
        Self(bits.map(|bit| (u32::from(bit), 1)).collect())
    }
}

/// The share of what two have in what either has; 0 of nothing.
fn share(both: u64, either: u64) -> f64 {
    if either == 0 {
        0.0
    } else {
        both as f64 / either as f64
    }
}

impl Molecule {
    /// The features of this molecule; `None` for one with atoms that RDKit's numbering does not cover.
    pub fn counts(&self, kind: CountKind) -> Option<Counts> {
        let counts = match kind {
            CountKind::Ecfp4 => self.environments()?.0,
            CountKind::Ecfp6 => self.environments_to(RdkitMorganRadius::R3)?.0,
            CountKind::Fcfp4 => features::environments(self, 2)?,
            CountKind::Fcfp6 => features::environments(self, 3)?,
            CountKind::AtomPairs => pairs::pairs(&self.graph)?,
            CountKind::Pharmacophores => pharmacophores::pharmacophores(self),
        };
        Some(Counts(counts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected places by RDKit 2026.9.1.
    #[test]
    fn counts_are_folded() {
        #[track_caller]
        fn check(length: u16, expected: &[(u16, u32)]) {
            let acetamide = Molecule::parse("CC(N)=O").unwrap();
            let counts = acetamide.counts(CountKind::Fcfp6).unwrap();
            assert_eq!(counts.folded(length), expected);
        }
        let places = [0, 1, 2, 691, 1085, 1150, 2040];
        let counts = |place| (place, if place == 0 { 2 } else { 1 });
        check(2048, &places.map(counts));
        check(16, &[0, 1, 2, 3, 8, 13, 14].map(counts));
        check(1, &[(0, 8)]);
    }

    // Expected similarities by RDKit 2026.9.1.
    #[test]
    fn similarities_are_those_of_counts() {
        #[track_caller]
        fn check(kind: CountKind, one: &str, other: &str, expected: f64) {
            let counts = |text| Molecule::parse(text).unwrap().counts(kind).unwrap();
            let found = counts(one).tanimoto(&counts(other));
            approx::assert_abs_diff_eq!(found, expected, epsilon = 1e-9);
            approx::assert_abs_diff_eq!(counts(other).tanimoto(&counts(one)), found);
        }
        let [aspirin, paracetamol] = ["CC(=O)Oc1ccccc1C(=O)O", "CC(=O)Nc1ccc(O)cc1"];
        check(CountKind::Ecfp4, aspirin, aspirin, 1.0);
        check(CountKind::Ecfp4, aspirin, paracetamol, 0.274_509_803_9);
        check(CountKind::Ecfp6, aspirin, paracetamol, 0.222_222_222_2);
        check(CountKind::Fcfp6, aspirin, paracetamol, 0.262_295_082_0);
        check(CountKind::Ecfp4, "CCCC", "CCCCCCCC", 0.347_826_087_0);
        check(CountKind::AtomPairs, "C", "N", 0.0);
        check(
            CountKind::Pharmacophores,
            aspirin,
            paracetamol,
            0.086_956_521_7,
        );
        check(CountKind::Pharmacophores, "c1ccccc1", "c1ccccc1", 0.0);
    }
}
