//! The identity of a molecule, 16 bytes of its canonical SMILES, and sets of known molecules.

use std::collections::HashSet;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{Invalid, Molecule};

/// The identity of a molecule: the first 128 bits of the SHA-256 of its canonical SMILES.
///
/// Two of 10 million molecules share a key with a probability below 1e-24.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u128);

impl Key {
    /// The key of a canonical SMILES.
    pub fn of(canonical: &str) -> Self {
        let hash: [u8; 32] = Sha256::digest(canonical).into();
        Self::from_bytes(std::array::from_fn(|place| hash[place]))
    }

    /// The key with these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_le_bytes(bytes))
    }

    /// Its bytes: the first 16 of the hash.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }
}

/// A set of known molecules by [`Key`], with and without stereochemistry: a training set, say, to
/// which novelty refers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownSet {
    canonical: HashSet<Key>,
    /// Of those molecules that have stereochemistry: without it.
    without_stereo: HashSet<Key>,
}

impl KnownSet {
    /// The molecules among `texts`; other texts are left out. Works on all threads of the current
    /// pool; `tick` is called once for each text, from any of them.
    pub fn of_texts<S: AsRef<str> + Sync>(texts: &[S], tick: &(dyn Fn() + Sync)) -> Self {
        let mut set = Self::default();
        set.add_texts(texts, tick);
        set
    }

    /// Adds the molecules among `texts`, as [`Self::of_texts`] does; returns the places of the other
    /// texts, in rising order, and why those are no molecules.
    pub fn add_texts<S: AsRef<str> + Sync>(
        &mut self,
        texts: &[S],
        tick: &(dyn Fn() + Sync),
    ) -> Vec<(usize, Invalid)> {
        let found: Vec<_> = texts
            .par_iter()
            .map(|text| {
                tick();
                Ok(keys_of(&Molecule::parse(text.as_ref())?))
            })
            .collect();
        let mut invalid = Vec::new();
        for (place, found) in found.into_iter().enumerate() {
            match found {
                Ok((canonical, without_stereo)) => {
                    self.canonical.insert(canonical);
                    self.without_stereo.extend(without_stereo);
                }
                Err(reason) => invalid.push((place, reason)),
            }
        }
        invalid
    }

    /// The molecules with these canonical SMILES. What they are without stereochemistry is not
    /// computed: [`Self::contains_without_stereo`] finds those only that have none.
    pub fn of_canonical<S: AsRef<str> + Sync>(canonical: &[S]) -> Self {
        let keys: Vec<Key> = canonical
            .par_iter()
            .map(|canonical| Key::of(canonical.as_ref()))
            .collect();
        Self::of_keys(keys.into_iter().collect(), HashSet::new())
    }

    /// The molecules with these keys, and the keys without stereochemistry of those that have any.
    pub fn of_keys(canonical: HashSet<Key>, without_stereo: HashSet<Key>) -> Self {
        Self {
            canonical,
            without_stereo,
        }
    }

    /// Adds a molecule; returns whether it is a new one.
    pub fn insert(&mut self, molecule: &Molecule) -> bool {
        let (canonical, without_stereo) = keys_of(molecule);
        self.without_stereo.extend(without_stereo);
        self.canonical.insert(canonical)
    }

    /// Adds all molecules of another set.
    pub fn merge(&mut self, other: Self) {
        self.canonical.extend(other.canonical);
        self.without_stereo.extend(other.without_stereo);
    }

    /// Number of molecules, which differ in canonical SMILES.
    pub fn len(&self) -> usize {
        self.canonical.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.canonical.is_empty()
    }

    /// Whether a molecule is among them.
    pub fn contains(&self, key: Key) -> bool {
        self.canonical.contains(&key)
    }

    /// Whether a molecule, given by the key of its canonical SMILES without stereochemistry, is
    /// among them when that is left out of them, too.
    pub fn contains_without_stereo(&self, key: Key) -> bool {
        self.without_stereo.contains(&key) || self.canonical.contains(&key)
    }

    /// Keys of all molecules, in no order.
    pub fn keys(&self) -> &HashSet<Key> {
        &self.canonical
    }

    /// Keys without stereochemistry of those molecules that have any, in no order.
    pub fn keys_without_stereo(&self) -> &HashSet<Key> {
        &self.without_stereo
    }
}

/// The key of a molecule, and that without stereochemistry where it has any.
fn keys_of(molecule: &Molecule) -> (Key, Option<Key>) {
    let canonical = molecule.canonical();
    let flat = molecule.canonical_without_stereo();
    let without_stereo = (flat != canonical).then(|| Key::of(&flat));
    (Key::of(canonical), without_stereo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_first_bytes_of_the_hash() {
        let hash = Sha256::digest("CCO");
        let bytes = Key::of("CCO").to_bytes();
        assert_eq!(bytes, hash[..16]);
        assert_eq!(Key::from_bytes(bytes), Key::of("CCO"));
    }

    #[test]
    fn molecules_are_known_in_any_spelling() {
        let texts = ["OCC", "C(", "C[C@H](N)O", "CCO"];
        let mut set = KnownSet::of_texts(&texts, &|| ());
        assert_eq!((set.len(), set.without_stereo.len()), (2, 1));
        assert!(set.contains(Key::of("CCO")) && !set.contains(Key::of("CC(N)O")));
        assert!(set.contains_without_stereo(Key::of("CC(N)O")));
        assert!(set.contains_without_stereo(Key::of("CCO")));
        let mut again = KnownSet::of_canonical(&["CCO"]);
        assert!(again.insert(&Molecule::parse(texts[2]).unwrap()));
        assert!(!again.insert(&Molecule::parse("OCC").unwrap()));
        assert_eq!(again, set);
        set.merge(KnownSet::of_canonical(&["CC", "CCO"]));
        assert_eq!(set.len(), 3);
    }
}
