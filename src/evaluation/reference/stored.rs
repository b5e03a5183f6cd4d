//! Reference sets as bytes and back, for a cache: little endian, every list after its length.
//!
//! Bytes that are not such a set give `None`; whether they belong to the molecules is for the one
//! who keeps them to know.

use std::collections::HashSet;

use super::TestSet;
use crate::chem::{Descriptors, Fingerprint, Key, KnownSet};
use crate::evaluation::guacamol_sample::{GuacamolProperties, GuacamolSample};
use crate::evaluation::{Counts, Properties};

/// The version of what is stored, and of how it was computed: it rises when either changes.
pub(in crate::evaluation) const FORMAT: u32 = 1;

impl TestSet {
    /// The set as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.length(self.properties.len());
        for properties in &self.properties {
            let d = &properties.descriptors;
            for value in [d.weight, d.log_p, d.qed, d.tpsa, d.sa] {
                out.bytes(&value.to_le_bytes());
            }
            for value in [d.rings, d.heavy_atoms, properties.length as u32] {
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
        let properties: Option<Vec<Properties>> = (0..input.length(52)?)
            .map(|_| {
                Some(Properties {
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
            properties: properties?,
            fingerprints: input.prints()?,
            fragments: input.counts()?,
            scaffolds: input.counts()?,
        };
        (input.is_at_end() && set.properties.len() == set.fingerprints.len()).then_some(set)
    }
}

impl GuacamolSample {
    /// The sample as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.length(self.properties.len());
        for molecule in &self.properties {
            for value in molecule.values.iter().chain([&molecule.nearest]) {
                out.bytes(&value.to_le_bytes());
            }
        }
        out.prints(&self.fingerprints);
        out.0
    }

    /// The sample that [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut input = Reader(bytes);
        let properties = (0..input.length(80)?)
            .map(|_| {
                let mut values = [0.0; 9];
                for value in &mut values {
                    *value = input.real()?;
                }
                let nearest = input.real()?;
                Some(GuacamolProperties { values, nearest })
            })
            .collect::<Option<_>>()?;
        let sample = Self {
            properties,
            fingerprints: input.prints()?,
        };
        (input.is_at_end() && sample.properties.len() == sample.fingerprints.len())
            .then_some(sample)
    }
}

/// Puts values one after the other.
#[derive(Default)]
pub(in crate::evaluation) struct Writer(Vec<u8>);

impl Writer {
    /// All that was put.
    pub(in crate::evaluation) fn finish(self) -> Vec<u8> {
        self.0
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Puts a number.
    pub(in crate::evaluation) fn number(&mut self, number: usize) {
        self.bytes(&(number as u64).to_le_bytes());
    }

    fn length(&mut self, length: usize) {
        self.number(length);
    }

    /// Puts a text.
    pub(in crate::evaluation) fn text(&mut self, text: &str) {
        self.length(text.len());
        self.bytes(text.as_bytes());
    }

    /// Puts a set of molecules.
    pub(in crate::evaluation) fn known(&mut self, set: &KnownSet) {
        for keys in [set.keys(), set.keys_without_stereo()] {
            let mut keys: Vec<Key> = keys.iter().copied().collect();
            keys.sort_unstable();
            self.length(keys.len());
            for key in keys {
                self.bytes(&key.to_bytes());
            }
        }
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
            self.text(name);
            self.bytes(&count.to_le_bytes());
        }
    }
}

/// Takes values that a [`Writer`] put; `None` for bytes that it did not.
pub(in crate::evaluation) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(in crate::evaluation) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(in crate::evaluation) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    pub(in crate::evaluation) fn text(&mut self) -> Option<String> {
        let length = self.length(1)?;
        String::from_utf8(self.take(length)?.to_vec()).ok()
    }

    pub(in crate::evaluation) fn number(&mut self) -> Option<usize> {
        usize::try_from(u64::from_le_bytes(self.array()?)).ok()
    }

    pub(in crate::evaluation) fn known(&mut self) -> Option<KnownSet> {
        let mut keys = || -> Option<HashSet<Key>> {
            (0..self.length(16)?)
                .map(|_| Some(Key::from_bytes(self.array()?)))
                .collect()
        };
        let canonical = keys()?;
        Some(KnownSet::of_keys(canonical, keys()?))
    }

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
        let length = self.number()?;
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
                let name = self.text()?;
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
        let reference = TestSet::new(&smiles);
        assert_eq!(reference.len(), 4);
        check(&reference.to_bytes(), |bytes| {
            Some(TestSet::from_bytes(bytes)?.to_bytes())
        });
        let sample = GuacamolSample::drawn_from(&smiles);
        assert_eq!(sample.len(), 4);
        check(&sample.to_bytes(), |bytes| {
            Some(GuacamolSample::from_bytes(bytes)?.to_bytes())
        });
        let known = KnownSet::of_texts(&smiles, &|| ());
        assert_eq!((known.len(), known.keys_without_stereo().len()), (4, 1));
        let bytes = |set: &KnownSet| {
            let mut out = Writer::default();
            out.known(set);
            out.finish()
        };
        check(&bytes(&known), |input| {
            let mut input = Reader::new(input);
            let set = input.known()?;
            input.is_at_end().then(|| bytes(&set))
        });
    }
}
