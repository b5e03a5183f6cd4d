//! Counts of valid, unique and novel molecules, in 16 bytes for each unique one.

use std::collections::HashSet;

use super::Proportion;
use crate::chem::{Key, KnownSet};

/// The numbers of valid molecules at which MOSES reports uniqueness.
pub const CUTOFFS: [usize; 2] = [1_000, 10_000];

/// The reason why there is no proportion of valid molecules.
const NONE_VALID: &str = "no string is a valid molecule";

/// Counts generated strings by what they are.
#[derive(Debug, Clone, Default)]
pub struct Counter<'a> {
    known: Option<&'a KnownSet>,
    generated: usize,
    valid: usize,
    novel: usize,
    seen: HashSet<Key>,
    /// Keys without stereochemistry of molecules that have any.
    seen_without_stereo: HashSet<Key>,
    unique_without_stereo: usize,
    novel_without_stereo: usize,
    /// Unique molecules among as many valid ones as [`CUTOFFS`] say, once there were so many.
    at_cutoffs: [Option<usize>; 2],
}

impl<'a> Counter<'a> {
    /// A counter that has seen nothing. Molecules of `known`, the training set, are not novel;
    /// without one there is no novelty, and [`Self::novel`] counts every unique molecule.
    pub fn new(known: Option<&'a KnownSet>) -> Self {
        Self {
            known,
            ..Self::default()
        }
    }

    /// Counts the next string: a molecule by its key, or `None` for what is no molecule. Returns
    /// whether it is a molecule that was not counted before.
    pub fn push(&mut self, molecule: Option<Key>) -> bool {
        self.push_with(molecule.map(|key| (key, key)))
    }

    /// [`Self::push`] for a molecule given by its key and that without stereochemistry.
    pub fn push_with(&mut self, molecule: Option<(Key, Key)>) -> bool {
        self.generated += 1;
        let Some((key, without_stereo)) = molecule else {
            return false;
        };
        self.push_without_stereo(key, without_stereo);
        let is_first = self.seen.insert(key);
        self.valid += 1;
        if is_first && !self.known.is_some_and(|known| known.contains(key)) {
            self.novel += 1;
        }
        for (at, cutoff) in self.at_cutoffs.iter_mut().zip(CUTOFFS) {
            if self.valid == cutoff {
                *at = Some(self.seen.len());
            }
        }
        is_first
    }

    /// Counts a molecule with its stereochemistry left out.
    fn push_without_stereo(&mut self, key: Key, without_stereo: Key) {
        // A molecule without stereochemistry is among those seen, and needs no second place.
        let is_first = !self.seen.contains(&without_stereo)
            && if key == without_stereo {
                !self.seen_without_stereo.contains(&key)
            } else {
                self.seen_without_stereo.insert(without_stereo)
            };
        let known = self.known;
        let is_known = || known.is_some_and(|known| known.contains_without_stereo(without_stereo));
        if is_first {
            self.unique_without_stereo += 1;
            self.novel_without_stereo += usize::from(!is_known());
        }
    }

    /// Strings, whether molecules or not.
    pub fn generated(&self) -> usize {
        self.generated
    }

    /// Strings that are molecules, repeats included.
    pub fn valid(&self) -> usize {
        self.valid
    }

    /// Unique molecules.
    pub fn unique(&self) -> usize {
        self.seen.len()
    }

    /// Unique molecules that are not known.
    pub fn novel(&self) -> usize {
        self.novel
    }

    /// Valid / generated.
    pub fn validity(&self) -> Proportion {
        Proportion::new(self.valid, self.generated, "no strings were generated")
    }

    /// Unique / valid.
    pub fn uniqueness(&self) -> Proportion {
        Proportion::new(self.unique(), self.valid, NONE_VALID)
    }

    /// Uniqueness of the first valid molecules, as many as [`CUTOFFS`] say at this place; not
    /// computed when fewer are valid.
    pub fn uniqueness_at(&self, place: usize) -> Proportion {
        let cutoff = CUTOFFS[place];
        match self.at_cutoffs[place] {
            Some(unique) => Proportion::new(unique, cutoff, NONE_VALID),
            None => Proportion::not_computed(format!(
                "needs {cutoff} valid molecules, {} are valid",
                self.valid
            )),
        }
    }

    /// Novel / unique; not computed without a set of known molecules.
    pub fn novelty(&self) -> Proportion {
        match self.known {
            Some(_) => Proportion::new(self.novel, self.unique(), NONE_VALID),
            None => Proportion::not_computed("no training set was given".to_owned()),
        }
    }

    /// [`Self::novelty`] with stereochemistry left out of both sides: of the unique molecules
    /// without it, those that no known molecule is without it. Needs keys given to
    /// [`Self::push_with`].
    pub fn novelty_without_stereo(&self) -> Proportion {
        let (novel, unique) = (self.novel_without_stereo, self.unique_without_stereo);
        match self.known {
            Some(_) => Proportion::new(novel, unique, NONE_VALID),
            None => Proportion::not_computed("no training set was given".to_owned()),
        }
    }

    /// A number of the valid molecules as a share of them.
    pub fn of_valid(&self, count: usize) -> Proportion {
        Proportion::new(count, self.valid, NONE_VALID)
    }

    /// Novel / generated.
    pub fn new_per_string(&self) -> Proportion {
        Proportion::new(self.novel, self.generated, "no strings were generated")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chem::Molecule;

    #[test]
    fn strings_are_counted() {
        let known = KnownSet::of_canonical(&["CCN"]);
        let mut counter = Counter::new(Some(&known));
        let keys = ["CCO", "CCO", "CCN", "CC"].map(|text| Some(Key::of(text)));
        let first = keys.map(|key| counter.push(key));
        assert_eq!(first, [true, false, true, true]);
        assert!(!counter.push(None));
        assert_eq!((counter.generated(), counter.valid()), (5, 4));
        assert_eq!((counter.unique(), counter.novel()), (3, 2));
        assert_eq!(counter.validity().count, 4);
        assert!(counter.uniqueness_at(0).reason.is_some());
        assert_eq!(counter.of_valid(1).of, 4);
        let mut without = Counter::new(None);
        without.push(keys[0]);
        assert!(without.novelty().value.is_none());
        assert_eq!(without.novel(), 1);
    }

    /// Checks (count, of) of novelty with and without stereochemistry.
    #[track_caller]
    fn check_novelty(generated: &[&str], known: &[&str], expected: [(usize, usize); 2]) {
        let known = KnownSet::of_texts(known, &|| ());
        let mut counter = Counter::new(Some(&known));
        for text in generated {
            let molecule = Molecule::parse(text).unwrap();
            let keys = [molecule.canonical(), &molecule.canonical_without_stereo()].map(Key::of);
            counter.push_with(Some(keys.into()));
        }
        let found = [counter.novelty(), counter.novelty_without_stereo()];
        assert_eq!(found.map(|share| (share.count, share.of)), expected);
    }

    #[test]
    fn novelty_is_counted_with_and_without_stereochemistry() {
        let [left, right, flat] = ["C[C@H](N)O", "C[C@@H](N)O", "CC(N)O"];
        check_novelty(&[left, right, flat], &["CC"], [(3, 3), (1, 1)]);
        check_novelty(&[flat, left, flat], &["CC"], [(2, 2), (1, 1)]);
        check_novelty(&[left, "CCO", left], &[right], [(2, 2), (1, 2)]);
        check_novelty(&[left, right], &[flat], [(2, 2), (0, 1)]);
        check_novelty(&[flat], &[left], [(1, 1), (0, 1)]);
        check_novelty(&[left, "CC"], &[left], [(1, 2), (1, 2)]);
    }
}
