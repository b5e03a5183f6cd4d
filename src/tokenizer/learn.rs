//! The learning of merges: which neighbours a corpus has most often.
//!
//! Knows numbers of tokens, nothing of texts or files.

use std::collections::HashMap;

use rayon::prelude::*;

use super::{Merge, TokenId};

/// A place that no merge reaches across.
const BARRIER: u16 = u16::MAX;

/// Tokens of a piece of the corpus: enough for one core at a time.
const PIECE: usize = 1 << 20;

/// A pair of tokens that occurs less often is not merged.
const LEAST: i64 = 2;

type Pair = (u16, u16);
type Counts = HashMap<Pair, i64>;

/// A corpus of tokens in which the most frequent neighbours become one token, again and again.
///
/// Counts are kept as the corpus changes, so that each merge costs one pass over the tokens that
/// are left.
#[derive(Debug, Default)]
pub struct Learner {
    pieces: Vec<Vec<u16>>,
    counts: Counts,
}

impl Learner {
    /// Adds a molecule. No merge reaches across a token for which `is_barrier` holds.
    pub fn add(&mut self, molecule: &[TokenId], is_barrier: impl Fn(TokenId) -> bool) {
        if self.pieces.last().is_none_or(|piece| piece.len() >= PIECE) {
            self.pieces.push(Vec::with_capacity(PIECE + molecule.len()));
        }
        if let Some(piece) = self.pieces.last_mut() {
            let number = |token: &TokenId| if is_barrier(*token) { BARRIER } else { token.0 };
            piece.extend(molecule.iter().map(number));
            piece.push(BARRIER);
        }
    }

    /// Tokens that are left, barriers not counted.
    pub fn tokens(&self) -> usize {
        let pieces = self.pieces.iter();
        let tokens = |piece: &Vec<u16>| piece.iter().filter(|token| **token != BARRIER).count();
        pieces.map(tokens).sum()
    }

    /// Counts the neighbours; to be called once, after the last [`Learner::add`].
    pub fn count(&mut self) {
        let counts = self.pieces.par_iter().map(|piece| {
            let mut counts = Counts::new();
            for two in piece.windows(2) {
                if two[0] != BARRIER && two[1] != BARRIER {
                    *counts.entry((two[0], two[1])).or_default() += 1;
                }
            }
            counts
        });
        self.counts = counts.reduce(Counts::new, sum);
    }

    /// The most frequent neighbours for which `may_merge` holds, and how often they stand side by side; of
    /// equally frequent ones those with the smallest numbers. None where none occurs twice.
    pub fn most_frequent(
        &self,
        may_merge: impl Fn(TokenId, TokenId) -> bool,
    ) -> Option<(TokenId, TokenId, u64)> {
        let candidates = self.counts.iter().filter(|(pair, count)| {
            **count >= LEAST && may_merge(TokenId(pair.0), TokenId(pair.1))
        });
        let best = candidates.max_by_key(|(pair, count)| (**count, std::cmp::Reverse(**pair)))?;
        let ((left, right), count) = best;
        Some((TokenId(*left), TokenId(*right), *count as u64))
    }

    /// Makes one token of two wherever they stand side by side, from the left.
    pub fn merge(&mut self, merge: Merge) {
        let changes = self.pieces.par_iter_mut();
        let changes = changes.map(|piece| merge_in(piece, merge));
        let changes = changes.reduce(Counts::new, sum);
        for (pair, change) in changes {
            let count = self.counts.entry(pair).or_default();
            *count += change;
            if *count == 0 {
                self.counts.remove(&pair);
            }
        }
    }
}

/// Merges in one piece; how the counts change.
fn merge_in(piece: &mut Vec<u16>, merge: Merge) -> Counts {
    let Merge {
        left,
        right,
        merged,
    } = merge;
    let mut changes = Counts::new();
    let mut change = |left: u16, right: u16, by: i64| {
        if left != BARRIER && right != BARRIER {
            *changes.entry((left, right)).or_default() += by;
        }
    };
    let (mut read, mut written) = (0, 0);
    while read < piece.len() {
        let token = piece[read];
        let is_there = token == left.0 && piece.get(read + 1) == Some(&right.0);
        if is_there {
            change(left.0, right.0, -1);
            if written > 0 {
                let before = piece[written - 1];
                change(before, left.0, -1);
                change(before, merged.0, 1);
            }
            if let Some(&behind) = piece.get(read + 2) {
                change(right.0, behind, -1);
                change(merged.0, behind, 1);
            }
        }
        piece[written] = if is_there { merged.0 } else { token };
        written += 1;
        read += 1 + usize::from(is_there);
    }
    piece.truncate(written);
    changes
}

fn sum(mut one: Counts, other: Counts) -> Counts {
    if one.len() < other.len() {
        return sum(other, one);
    }
    for (pair, count) in other {
        *one.entry(pair).or_default() += count;
    }
    one
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tokenizer::Merges;

    /// Learns so many merges, numbered from 100; token 9 is a barrier.
    fn learn(molecules: &[Vec<u16>], count: usize) -> (Learner, Vec<(Merge, u64)>) {
        let mut learner = Learner::default();
        for molecule in molecules {
            let molecule: Vec<TokenId> = molecule.iter().copied().map(TokenId).collect();
            learner.add(&molecule, |token| token.0 == 9);
        }
        learner.count();
        let mut merges = Vec::new();
        for merged in (100..).take(count) {
            let Some((left, right, times)) = learner.most_frequent(|_, _| true) else {
                break;
            };
            let merge = Merge {
                left,
                right,
                merged: TokenId(merged),
            };
            learner.merge(merge);
            merges.push((merge, times));
        }
        (learner, merges)
    }

    #[track_caller]
    fn check(molecules: &[&[u16]], expected: &[(u16, u16, u64)], left: usize) {
        let molecules: Vec<Vec<u16>> = molecules.iter().map(|molecule| molecule.to_vec()).collect();
        let (learner, merges) = learn(&molecules, 10);
        let found: Vec<_> = merges
            .iter()
            .map(|(merge, times)| (merge.left.0, merge.right.0, *times))
            .collect();
        assert_eq!(found, expected);
        assert_eq!(learner.tokens(), left);
    }

    #[test]
    fn the_most_frequent_neighbours_are_first() {
        check(&[&[1, 2, 1, 2], &[1, 2, 3]], &[(1, 2, 3)], 4);
        check(&[&[1, 1, 1, 1], &[1, 1]], &[(1, 1, 4)], 3);
        check(&[&[1, 2, 3, 1, 2, 3]], &[(1, 2, 2), (100, 3, 2)], 2);
        // Of equally frequent ones the smaller numbers; none across a barrier or a molecule's end.
        check(
            &[&[2, 3, 9, 4, 5, 9, 2, 3, 9, 4, 5]],
            &[(2, 3, 2), (4, 5, 2)],
            4,
        );
        check(&[&[1, 9, 2], &[1, 9, 2], &[1], &[2]], &[], 6);
        check(&[&[1, 2]], &[], 2);
        check(&[], &[], 0);
    }

    proptest! {
        #[test]
        fn counts_follow_the_corpus_and_rules_cut_as_the_learner_did(
            molecules in prop::collection::vec(prop::collection::vec(1..5_u16, 0..30), 0..12),
        ) {
            let (learner, merges) = learn(&molecules, 6);
            let mut fresh = Learner { pieces: learner.pieces.clone(), ..Learner::default() };
            fresh.count();
            prop_assert_eq!(&fresh.counts, &learner.counts);
            let rules = Merges::new(merges.iter().map(|(merge, _)| *merge).collect());
            let mut expected = Vec::new();
            for molecule in &molecules {
                let mut tokens: Vec<TokenId> = molecule.iter().copied().map(TokenId).collect();
                rules.apply(&mut tokens);
                expected.extend(tokens.iter().map(|token| token.0));
                expected.push(BARRIER);
            }
            prop_assert_eq!(learner.pieces.concat(), expected);
        }
    }
}
