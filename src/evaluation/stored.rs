//! Reference sets as bytes and back, for a cache: little endian, every list after its length.
//!
//! Bytes that are not such a set give `None`; whether they belong to the molecules is for the one
//! who keeps them to know.

use std::collections::HashSet;

use super::guacamol::Traits;
use super::reference::{Reference, Training};
use super::{Counts, Facts};
use crate::chem::{Descriptors, Fingerprint, Key, KnownSet};

/// The version of what is stored, and of how it was computed: it rises when either changes.
pub const FORMAT: u32 = 1;

impl Reference {
    /// The set as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.length(self.facts.len());
        for facts in &self.facts {
            let d = &facts.descriptors;
            for value in [d.weight, d.log_p, d.qed, d.tpsa, d.sa] {
                out.bytes(&value.to_le_bytes());
            }
            for value in [d.rings, d.heavy_atoms, facts.length as u32] {
                out.bytes(&value.to_le_bytes());
            }
        }
        out.prints(&self.fingerprints);
        out.counts(&self.fragments);
        out.counts(&self.scaffolds);
        out.0
    }

    /// The set that [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut input = Reader(bytes);
        let facts: Option<Vec<Facts>> = (0..input.length(52)?)
            .map(|_| {
                Some(Facts {
                    descriptors: Descriptors {
                        weight: input.real()?,
                        log_p: input.real()?,
                        qed: input.real()?,
                        tpsa: input.real()?,
                        sa: input.real()?,
                        rings: input.word()?,
                        heavy_atoms: input.word()?,
                    },
                    length: input.word()? as usize,
                })
            })
            .collect();
        let set = Self {
            facts: facts?,
            fingerprints: input.prints()?,
            fragments: input.counts()?,
            scaffolds: input.counts()?,
        };
        (input.0.is_empty() && set.facts.len() == set.fingerprints.len()).then_some(set)
    }
}

impl Training {
    /// The set as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        for keys in [self.known.keys(), self.known.keys_without_stereo()] {
            let mut keys: Vec<Key> = keys.iter().copied().collect();
            keys.sort_unstable();
            out.length(keys.len());
            for key in keys {
                out.bytes(&key.to_bytes());
            }
        }
        out.length(self.sample.len());
        for traits in &self.sample {
            for value in traits.values.iter().chain([&traits.nearest]) {
                out.bytes(&value.to_le_bytes());
            }
        }
        out.prints(&self.fingerprints);
        out.0
    }

    /// The set that [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut input = Reader(bytes);
        let mut keys = || -> Option<HashSet<Key>> {
            (0..input.length(16)?)
                .map(|_| Some(Key::from_bytes(input.array()?)))
                .collect()
        };
        let known = KnownSet::of_keys(keys()?, keys()?);
        let sample = (0..input.length(80)?)
            .map(|_| {
                let mut values = [0.0; 9];
                for value in &mut values {
                    *value = input.real()?;
                }
                let nearest = input.real()?;
                Some(Traits { values, nearest })
            })
            .collect::<Option<_>>()?;
        let set = Self {
            known,
            sample,
            fingerprints: input.prints()?,
        };
        input.0.is_empty().then_some(set)
    }
}

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn length(&mut self, length: usize) {
        self.bytes(&(length as u64).to_le_bytes());
    }

    fn prints(&mut self, prints: &[Fingerprint]) {
        self.length(prints.len());
        for word in prints.iter().flat_map(|print| print.0) {
            self.bytes(&word.to_le_bytes());
        }
    }

    fn counts(&mut self, counts: &Counts) {
        self.length(counts.len());
        for (name, count) in counts {
            self.length(name.len());
            self.bytes(name.as_bytes());
            self.bytes(&count.to_le_bytes());
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn word(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.array()?))
    }

    fn real(&mut self) -> Option<f64> {
        Some(f64::from_le_bytes(self.array()?))
    }

    /// A length, of a list whose entries take at least `least` bytes: a longer one cannot be true.
    fn length(&mut self, least: usize) -> Option<usize> {
        let length = usize::try_from(u64::from_le_bytes(self.array()?)).ok()?;
        (length <= self.0.len() / least).then_some(length)
    }

    fn prints(&mut self) -> Option<Vec<Fingerprint>> {
        (0..self.length(128)?)
            .map(|_| {
                let mut words = [0; 16];
                for word in &mut words {
                    *word = u64::from_le_bytes(self.array()?);
                }
                Some(Fingerprint(words))
            })
            .collect()
    }

    fn counts(&mut self) -> Option<Counts> {
        (0..self.length(12)?)
            .map(|_| {
                let length = self.length(1)?;
                let name = String::from_utf8(self.take(length)?.to_vec()).ok()?;
                Some((name, self.word()?))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOLECULES: [&str; 5] = [
        "CCO",
        "C[C@H](N)O",
        "c1ccc(-c2ccccn2)cc1",
        "C(",
        "CCOC(=O)C",
    ];

    #[track_caller]
    fn check(bytes: &[u8], again: impl Fn(&[u8]) -> Option<Vec<u8>>) {
        assert_eq!(again(bytes).as_deref(), Some(bytes), "a round trip");
        for end in 0..bytes.len() {
            assert_eq!(
                again(&bytes[..end]),
                None,
                "cut at {end} of {}",
                bytes.len()
            );
        }
        assert_eq!(again(&[bytes, &[0]].concat()), None, "one byte more");
    }

    #[test]
    fn sets_come_back_and_broken_ones_do_not() {
        let smiles = MOLECULES.map(str::to_owned);
        let reference = Reference::new(&smiles, &|| ());
        assert_eq!(reference.len(), 4);
        check(&reference.to_bytes(), |bytes| {
            Some(Reference::from_bytes(bytes)?.to_bytes())
        });
        let training = Training::new(&smiles, &|| ());
        assert_eq!(
            (training.len(), training.known.keys_without_stereo().len(),),
            (4, 1)
        );
        check(&training.to_bytes(), |bytes| {
            Some(Training::from_bytes(bytes)?.to_bytes())
        });
    }
}
