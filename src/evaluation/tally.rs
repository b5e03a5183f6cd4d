//! Counts of different and of novel molecules, in 16 bytes for each different one.

use std::collections::HashSet;

use super::Training;
use crate::chem::Key;

/// The counts of valid molecules at which MOSES reports uniqueness.
pub(super) const CUTOFFS: [usize; 2] = [1_000, 10_000];

/// What was counted so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Valid molecules.
    pub(super) valid: usize,
    /// Different ones that are not in the training set; all when there is none.
    pub(super) novel: usize,
    /// Different ones among as many valid ones as [`CUTOFFS`] say, once there were so many.
    pub(super) at_cutoffs: [Option<usize>; 2],
    seen: HashSet<Key>,
}

impl Tally {
    /// Counts the next molecule by its canonical SMILES, and returns whether it is a new one.
    pub(super) fn count(&mut self, canonical: &str, train: Option<&Training>) -> bool {
        let key = Key::of(canonical);
        let is_new = self.seen.insert(key);
        self.valid += 1;
        if is_new && !train.is_some_and(|train| train.known.contains(key)) {
            self.novel += 1;
        }
        for (at, cutoff) in self.at_cutoffs.iter_mut().zip(CUTOFFS) {
            if self.valid == cutoff {
                *at = Some(self.seen.len());
            }
        }
        is_new
    }

    /// Different molecules.
    pub(super) fn distinct(&self) -> usize {
        self.seen.len()
    }
}
