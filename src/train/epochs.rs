//! A finite training set, and the batch of each step of so many passes over it.
//!
//! The one source of batches of [`train`](super::train). A flow that makes its own sequences as it
//! goes hands them to [`Learner::learn`](super::Learner::learn) directly.

use std::borrow::Cow;

use super::{Augment, Shown};
use crate::config::TrainingConfig;
use crate::corpus::{Sequence, length_bucketed};
use crate::tokenizer::TokenId;

/// Encoded molecules, BOS and EOS included.
#[derive(Debug, Clone, Default)]
pub struct Sequences {
    /// Those trained on.
    pub train: Vec<Vec<TokenId>>,
    /// Those held out.
    pub validation: Vec<Vec<TokenId>>,
    /// Randomized SMILES of those trained on, if any.
    pub augment: Option<Augment>,
    /// Which of the conditions that molecules begin with are shown, if they begin with any.
    pub shown: Option<Shown>,
}

impl Sequences {
    /// The held-out molecules that a validation loss is computed on.
    pub fn held(&self, settings: &TrainingConfig) -> &[Vec<TokenId>] {
        let count = self.validation.len().min(settings.validation_molecules);
        &self.validation[..count]
    }

    fn copies(&self) -> usize {
        self.augment.as_ref().map_or(1, |augment| augment.copies)
    }

    /// Sequence `row` of an epoch, in a `fresh` spelling where there are such.
    fn sequence(&self, row: usize, epoch: u64, fresh: bool) -> Cow<'_, [TokenId]> {
        let (index, copy) = (row % self.train.len(), row / self.train.len());
        let molecule = &self.train[index];
        let molecule = match &self.augment {
            Some(augment) if fresh => Cow::Owned(augment.spell(molecule, epoch, index, copy)),
            _ => Cow::Borrowed(&**molecule),
        };
        match &self.shown {
            Some(shown) => Cow::Owned(shown.of(&molecule, epoch, row)),
            None => molecule,
        }
    }

    /// A molecule as a sequence to learn from: its conditions are read only.
    pub fn to_learn<'a>(&self, ids: &'a [TokenId]) -> Sequence<'a> {
        match &self.shown {
            Some(shown) => Sequence::behind(ids, &shown.conditions),
            None => Sequence::whole(ids),
        }
    }
}

/// Batches of one epoch after the other; each follows from the seed and its step alone.
#[derive(Debug)]
pub struct Epochs<'a> {
    sequences: &'a Sequences,
    /// Tokens of each sequence of an epoch.
    lengths: Vec<usize>,
    batch_size: usize,
    seed: u64,
    /// The epoch of the last batch, and the rows of its batches.
    current: Option<(u64, Vec<Vec<usize>>)>,
}

impl<'a> Epochs<'a> {
    /// Passes over these sequences in batches of `batch_size`, shuffled by the seed.
    pub fn new(sequences: &'a Sequences, batch_size: usize, seed: u64) -> Self {
        // Spellings of one molecule are of about one length.
        let count = sequences.train.len() * sequences.copies();
        let all = sequences.train.iter().cycle().take(count);
        Self {
            lengths: all.map(Vec::len).collect(),
            sequences,
            batch_size: batch_size.max(1),
            seed,
            current: None,
        }
    }

    /// Steps of one epoch.
    pub fn steps(&self) -> u64 {
        self.lengths.len().div_ceil(self.batch_size) as u64
    }

    /// Token ids of the sequences of a step, counted from 0, in `fresh` spellings where there are such;
    /// none where there is nothing to train on.
    pub fn batch(&mut self, step: u64, fresh: bool) -> Vec<Cow<'a, [TokenId]>> {
        if self.lengths.is_empty() {
            return Vec::new();
        }
        let (epoch, place) = (step / self.steps(), step % self.steps());
        if self.current.as_ref().is_none_or(|(of, _)| *of != epoch) {
            // The old order first: both would take as much again.
            self.current = None;
            let batches = length_bucketed(&self.lengths, self.batch_size, self.seed, epoch);
            self.current = Some((epoch, batches));
        }
        let batches = self
            .current
            .as_ref()
            .map_or(&[][..], |(_, batches)| batches);
        let rows = batches.get(place as usize).map_or(&[][..], Vec::as_slice);
        let sequence = |&row: &usize| self.sequences.sequence(row, epoch, fresh);
        rows.iter().map(sequence).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_has_every_sequence_and_any_step_can_come_first() {
        let train: Vec<Vec<TokenId>> = (0..23)
            .map(|row| vec![TokenId(row); 2 + row as usize % 5])
            .collect();
        let sequences = Sequences {
            train: train.clone(),
            ..Sequences::default()
        };
        let mut epochs = Epochs::new(&sequences, 4, 7);
        assert_eq!(epochs.steps(), 6);
        let steps: Vec<Vec<_>> = (0..12).map(|step| epochs.batch(step, true)).collect();
        for epoch in steps.chunks(6) {
            let mut all = epoch.concat();
            all.sort();
            assert!(all.iter().zip(&train).all(|(a, b)| **a == **b));
            assert_eq!(all.len(), 23);
        }
        assert_ne!(steps[..6], steps[6..]);
        for step in [8, 3, 11] {
            let found = Epochs::new(&sequences, 4, 7).batch(step, true);
            assert_eq!(found, steps[step as usize]);
        }
        let none = Sequences::default();
        assert!(Epochs::new(&none, 4, 7).batch(0, true).is_empty());
    }
}
