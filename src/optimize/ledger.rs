//! The molecules that were paid for: each once, in the order of the calls.
//!
//! Everything that a search remembers beside its network follows from this list, so a search goes on from it.

use std::collections::{HashMap, HashSet};

use super::Learning;
use crate::chem::{Key, Molecule};
use crate::objective::Judged;

/// A molecule that was scored.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Canonical SMILES.
    pub smiles: String,
    /// Its score and figures; the score is NaN for none.
    pub judged: Judged,
    /// The stage in which it was scored, from 0.
    pub stage: usize,
    /// The step of the stage in which it was found first, from 0.
    pub step: u64,
    /// Canonical SMILES of its scaffold; empty for none.
    pub scaffold: String,
}

impl Call {
    /// The score by which molecules are ranked: the least of all where there is none.
    pub fn rank(&self) -> f64 {
        if self.judged.score.is_nan() {
            f64::NEG_INFINITY
        } else {
            self.judged.score
        }
    }

    /// The molecule without stereochemistry.
    fn flat(&self) -> Key {
        if self.smiles.contains(['@', '/', '\\'])
            && let Ok(molecule) = Molecule::parse(&self.smiles)
        {
            return Key::of(&molecule.canonical_without_stereo());
        }
        Key::of(&self.smiles)
    }

    pub(super) fn new(molecule: &Molecule, judged: Judged, stage: usize, step: u64) -> Self {
        Self {
            smiles: molecule.canonical().to_owned(),
            scaffold: molecule.scaffold().unwrap_or_default(),
            judged,
            stage,
            step,
        }
    }
}

/// The calls so far.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    calls: Vec<Call>,
    places: HashMap<Key, usize>,
    scaffolds: HashSet<String>,
    /// Molecules by scaffold that fill its bucket.
    buckets: HashMap<String, usize>,
    /// Score of each call as it is learned from.
    counted: Vec<f64>,
}

impl Ledger {
    /// A ledger of these calls.
    pub(super) fn of(calls: Vec<Call>, learning: &Learning) -> Self {
        let mut ledger = Self::default();
        for call in calls {
            ledger.add(call, learning);
        }
        ledger
    }

    /// All calls, in order.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Scaffolds among them; molecules without one count as one.
    pub fn scaffolds(&self) -> usize {
        self.scaffolds.len()
    }

    /// The place of a molecule, if it was paid for.
    pub(super) fn place(&self, canonical: &str) -> Option<usize> {
        self.places.get(&Key::of(canonical)).copied()
    }

    /// The score of a call as it is learned from: 0 where there is none, and where its bucket is full.
    pub(super) fn counted(&self, place: usize) -> f64 {
        self.counted[place]
    }

    /// Adds a call.
    pub(super) fn add(&mut self, call: Call, learning: &Learning) {
        let mut counted = call.judged.score;
        if counted.is_nan() {
            counted = 0.0;
        } else if learning.bucket > 0 && counted >= learning.bucket_score {
            let filled = self.buckets.entry(call.scaffold.clone()).or_insert(0);
            *filled += 1;
            if *filled > learning.bucket {
                counted = 0.0;
            }
        }
        self.counted.push(counted);
        self.scaffolds.insert(call.scaffold.clone());
        self.places.insert(Key::of(&call.smiles), self.calls.len());
        self.calls.push(call);
    }

    /// Places of the best `count` calls, the best first; of equal ones the earlier.
    pub fn best(&self, count: usize) -> Vec<usize> {
        self.ranked(count, |_| true)
    }

    /// The same of molecules without stereochemistry, of which each counts once.
    pub fn best_flat(&self, count: usize) -> Vec<usize> {
        let mut seen = HashSet::new();
        let mut places = self.best(self.calls.len());
        places.retain(|place| seen.len() < count && seen.insert(self.calls[*place].flat()));
        places
    }

    /// Mean score of the best `count` calls with a score, of all such where there are fewer; not a number without any.
    pub fn top(&self, count: usize) -> f64 {
        let scored = |place: usize| !self.calls[place].judged.score.is_nan();
        self.mean(&self.ranked(count, scored))
    }

    /// Mean score of the calls of these places; not a number without any.
    pub(super) fn mean(&self, places: &[usize]) -> f64 {
        let scores = places.iter().map(|place| self.calls[*place].rank());
        scores.sum::<f64>() / places.len() as f64
    }

    /// Places of the best that may be replayed: with a score, in no full bucket.
    pub(super) fn replayable(&self, count: usize, learning: &Learning) -> Vec<usize> {
        self.ranked(count, |place| {
            let call = &self.calls[place];
            let filled = self.buckets.get(&call.scaffold).copied().unwrap_or(0);
            self.counted[place] > 0.0 && (learning.bucket == 0 || filled <= learning.bucket)
        })
    }

    fn ranked(&self, count: usize, is_asked: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.calls.len())
            .filter(|place| is_asked(*place))
            .collect();
        places.sort_by(|a, b| self.calls[*b].rank().total_cmp(&self.calls[*a].rank()));
        places.truncate(count);
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn molecules_without_stereochemistry_count_once() {
        let mut ledger = Ledger::default();
        let found = [
            ("C[C@H](N)O", 0.5),
            ("C[C@@H](N)O", 0.9),
            ("CC(N)O", 0.8),
            ("C/C=C/F", 0.7),
            ("CCO", 0.1),
            ("CC=CF", 0.2),
        ];
        for (text, score) in found {
            let molecule = Molecule::parse(text).unwrap();
            let judged = Judged {
                score,
                parts: Vec::new(),
            };
            let call = Call::new(&molecule, judged, 0, 0);
            ledger.add(call, &Learning::default());
        }
        assert_eq!(ledger.best_flat(9), [1, 3, 4]);
        assert_eq!(ledger.best_flat(2), [1, 3]);
    }

    #[test]
    fn full_buckets_count_for_nothing() {
        let learning = Learning {
            bucket: 2,
            ..Learning::default()
        };
        let mut ledger = Ledger::default();
        let found = [
            ("Cc1ccccc1", 0.5),
            ("Oc1ccccc1", 0.9),
            ("Nc1ccccc1", 0.3),
            ("CCO", f64::NAN),
            ("CCN", 0.6),
            ("Fc1ccccc1", 0.8),
        ];
        for (text, score) in found {
            let molecule = Molecule::parse(text).unwrap();
            let judged = Judged {
                score,
                parts: Vec::new(),
            };
            ledger.add(Call::new(&molecule, judged, 0, 0), &learning);
        }
        let counted: Vec<f64> = (0..6).map(|place| ledger.counted(place)).collect();
        assert_eq!(counted, [0.5, 0.9, 0.3, 0.0, 0.6, 0.0]);
        assert_eq!(ledger.best(3), [1, 5, 4]);
        approx::assert_relative_eq!(ledger.top(2), 0.85);
        assert_eq!(ledger.replayable(9, &learning), [4]);
        assert_eq!(ledger.replayable(9, &Learning::default()), [1, 4, 0, 2]);
        assert_eq!((ledger.place("CCN"), ledger.place("C")), (Some(4), None));
        assert_eq!(ledger.scaffolds(), 2);
    }
}
