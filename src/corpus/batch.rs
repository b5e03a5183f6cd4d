//! Batches of molecules of similar length, so that little is padding.
//!
//! Pure functions of numbers; knows nothing of tensors.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::Sequence;
use crate::tokenizer::PAD;

/// Batches per chunk: molecules are sorted by length within chunks of this many batches. Larger
/// saves no padding worth having; smaller leaves ragged batches.
const BATCHES_PER_CHUNK: usize = 50;

/// The batches of one epoch, as indices into `lengths`; every index occurs exactly once.
///
/// A permutation by (seed, epoch), cut into chunks, each sorted by length and cut into batches of
/// `batch_size` (the last of a chunk may be smaller), the batches shuffled. The same arguments give
/// the same batches on every machine. A `batch_size` of 0 counts as 1.
pub fn length_bucketed(
    lengths: &[usize],
    batch_size: usize,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let batch_size = batch_size.max(1);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(epoch);
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    shuffle(&mut order, &mut random);
    for chunk in order.chunks_mut(batch_size.saturating_mul(BATCHES_PER_CHUNK)) {
        // A stable sort: molecules of one length stay in random order.
        chunk.sort_by_key(|&index| lengths[index]);
    }
    // A chunk is a whole number of batches, so cutting the whole order cuts every chunk.
    let mut batches: Vec<Vec<usize>> = order.chunks(batch_size).map(<[usize]>::to_vec).collect();
    shuffle(&mut batches, &mut random);
    batches
}

/// Fisher-Yates: every order is equally likely.
fn shuffle<T>(items: &mut [T], random: &mut ChaCha8Rng) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(last as u64 + 1, random) as usize);
    }
}

/// A uniform number in `0..bound`, without bias (Lemire 2019, arXiv:1805.10941).
fn below(bound: u64, random: &mut ChaCha8Rng) -> u64 {
    let bias = bound.wrapping_neg() % bound;
    loop {
        let product = u128::from(random.next_u64()) * u128::from(bound);
        if product as u64 >= bias {
            return (product >> 64) as u64;
        }
    }
}

/// Some sequences as rectangles, for predicting each token from those before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// `[rows, time]`, row by row: every sequence without its last token, then [`PAD`].
    pub inputs: Vec<u32>,
    /// `[rows, time]`, row by row: every sequence without its first token, then [`PAD`].
    pub targets: Vec<u32>,
    /// `[rows, time]`, row by row: the weight of the loss of each target; 0 for those that are read
    /// only and for [`PAD`].
    pub weights: Vec<f32>,
    /// Number of sequences.
    pub rows: usize,
    /// Length of a row in tokens: that of the longest sequence less one, or more.
    pub time: usize,
}

impl Batch {
    /// Packs sequences in the order given.
    ///
    /// # Shapes
    /// `rows` sequences of at most `time + 1` tokens -> inputs, targets and weights `[rows, time]`.
    /// A sequence of fewer than two tokens is a row of padding.
    pub fn new(sequences: &[Sequence<'_>]) -> Self {
        let longest = sequences.iter().map(Sequence::inputs).max();
        Self::padded(sequences, 0, longest.unwrap_or(0))
    }

    /// As [`Batch::new`], with at least `rows` rows of `time` tokens, those without a sequence all
    /// padding: few shapes, whatever the molecules.
    ///
    /// # Panics
    /// When a sequence has more than `time + 1` tokens.
    pub fn padded(sequences: &[Sequence<'_>], rows: usize, time: usize) -> Self {
        let rows = rows.max(sequences.len());
        let mut inputs = vec![u32::from(PAD.0); rows * time];
        let mut targets = inputs.clone();
        let mut weights = vec![0.0; rows * time];
        for (row, sequence) in sequences.iter().enumerate() {
            // Or it would go on in the next row.
            assert!(
                sequence.inputs() <= time,
                "a sequence fits its row of {time} tokens"
            );
            for (weight, new) in weights[row * time..].iter_mut().zip(sequence.weights()) {
                *weight = new;
            }
            for (column, pair) in sequence.ids.windows(2).enumerate() {
                inputs[row * time + column] = pair[0].0.into();
                targets[row * time + column] = pair[1].0.into();
            }
        }
        Self {
            inputs,
            targets,
            weights,
            rows,
            time,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tokenizer::{BOS, EOS, TokenId};

    fn lengths() -> Vec<usize> {
        (0..1_003).map(|index| 10 + index * 7_919 % 45).collect()
    }

    #[test]
    fn same_seed_and_epoch_same_batches() {
        let lengths = lengths();
        let batches = length_bucketed(&lengths, 8, 1, 2);
        assert_eq!(batches, length_bucketed(&lengths, 8, 1, 2));
        assert_ne!(batches, length_bucketed(&lengths, 8, 1, 3));
        assert_ne!(batches, length_bucketed(&lengths, 8, 2, 2));
    }

    #[test]
    fn order_is_fixed_across_versions() {
        let batches = length_bucketed(&[5, 3, 9, 1, 7, 7], 2, 42, 0);
        assert_eq!(batches, [[0, 5], [4, 2], [3, 1]]);
    }

    #[test]
    fn batches_hold_similar_lengths() {
        let lengths = lengths();
        let spread: usize = length_bucketed(&lengths, 8, 1, 0)
            .iter()
            .map(|batch| {
                let all = || batch.iter().map(|&index| lengths[index]);
                all().max().unwrap_or(0) - all().min().unwrap_or(0)
            })
            .sum();
        // Batches in random order would have a spread of about 35 each.
        assert!(spread < 2 * lengths.len() / 8, "{spread}");
    }

    #[test]
    fn nothing_gives_no_batches() {
        assert!(length_bucketed(&[], 8, 1, 0).is_empty());
        assert_eq!(length_bucketed(&[3, 4], 0, 1, 0).len(), 2);
    }

    #[test]
    fn small_bounds_are_uniform() {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let mut counts = [0_u32; 3];
        for _ in 0..30_000 {
            counts[below(3, &mut random) as usize] += 1;
        }
        assert!(
            counts.iter().all(|count| (9_700..10_300).contains(count)),
            "{counts:?}"
        );
    }

    #[test]
    fn packs_shifted_and_padded_rows() {
        let (a, b) = (TokenId(4), TokenId(5));
        let (short, long) = ([BOS, a, EOS], [BOS, a, b, EOS]);
        let partly = Sequence {
            ids: &long,
            first_target: 2,
            weight: 0.5,
        };
        let batch = Batch::new(&[Sequence::whole(&short), partly]);
        assert_eq!((batch.rows, batch.time), (2, 3));
        assert_eq!(batch.inputs, [1, 4, 0, 1, 4, 5]);
        assert_eq!(batch.targets, [4, 2, 0, 4, 5, 2]);
        assert_eq!(batch.weights, [1.0, 1.0, 0.0, 0.0, 0.5, 0.5]);
        assert!(Batch::new(&[]).weights.is_empty());
        let empty = [Sequence::whole(&[]), Sequence::whole(&[BOS])];
        assert_eq!(Batch::new(&empty).time, 0);
        let batch = Batch::padded(&[Sequence::whole(&short)], 2, 3);
        assert_eq!(batch.targets, [4, 2, 0, 0, 0, 0]);
        assert_eq!(batch.weights, [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    #[should_panic(expected = "fits its row")]
    fn a_sequence_does_not_go_on_in_the_next_row() {
        let _ = Batch::padded(&[Sequence::whole(&[BOS, EOS, EOS])], 2, 1);
    }

    proptest! {
        #[test]
        fn every_index_exactly_once(
            lengths in prop::collection::vec(0_usize..60, 0..600),
            batch_size in 1_usize..9,
            seed in any::<u64>(),
            epoch in any::<u64>(),
        ) {
            let batches = length_bucketed(&lengths, batch_size, seed, epoch);
            prop_assert_eq!(batches.len(), lengths.len().div_ceil(batch_size));
            prop_assert!(batches.iter().all(|batch| batch.len() <= batch_size));
            let mut all: Vec<usize> = batches.into_iter().flatten().collect();
            all.sort_unstable();
            prop_assert!(all.into_iter().eq(0..lengths.len()));
        }
    }
}
