//! The conditions that a molecule shows in training: another subset of its own in every epoch, so that a
//! model follows any of them, and none.
//!
//! The subset follows from (seed, epoch, row) alone.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::random::uniform;
use crate::tokenizer::{Conditions, TokenId};

/// The choice of the conditions that are shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The conditions of the vocabulary.
    pub conditions: Conditions,
    /// Share of the molecules that show none.
    pub free_share: f64,
    /// The run's seed.
    pub seed: u64,
}

impl Shown {
    /// The molecule with none of its conditions, by [`free_share`](Self::free_share); else with some number
    /// of them, each number equally often, chosen at random.
    pub fn of(&self, molecule: &[TokenId], epoch: u64, row: usize) -> Vec<TokenId> {
        let count = self.conditions.leading(molecule);
        let mut random = ChaCha8Rng::seed_from_u64(self.seed ^ 0x5348_4f57_4e00_0000);
        random.set_stream(epoch);
        // A choice takes a word for each condition and two more, far fewer than 2^16.
        random.set_word_pos((row as u128) << 16);
        let mut share = || uniform(&mut random);
        let mut wanted = if count == 0 || share() < self.free_share {
            0
        } else {
            1 + (share() * count as f64) as usize
        };
        let mut shown = Vec::with_capacity(molecule.len());
        shown.extend(&molecule[..1]);
        for (place, id) in molecule[1..=count].iter().enumerate() {
            if share() * ((count - place) as f64) < wanted as f64 {
                shown.push(*id);
                wanted -= 1;
            }
        }
        shown.extend(&molecule[1 + count..]);
        shown
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::tokenizer::{Condition, Tokenizer, Vocabulary};

    #[test]
    fn every_number_of_conditions_is_shown_equally_often() {
        let atoms = Tokenizer::atomwise(Vocabulary::from_molecules(["CCO"].into_iter()));
        let condition = |name: &str| Condition::learn(name, [1.0, 2.0].into_iter(), 9).unwrap();
        let tokenizer = atoms
            .with_conditions(["a", "b", "c"].map(condition).to_vec())
            .unwrap();
        let mut molecule = tokenizer.encode("CCO").unwrap();
        let all = tokenizer.conditions().tokens([1.0; 3].into_iter());
        molecule.splice(1..1, all.clone());
        let shown = Shown {
            conditions: tokenizer.conditions().clone(),
            free_share: 0.1,
            seed: 3,
        };
        let (mut numbers, mut each) = ([0; 4], BTreeMap::new());
        for row in 0..4_000 {
            let found = shown.of(&molecule, 2, row);
            assert_eq!(found, shown.of(&molecule, 2, row));
            assert_eq!(tokenizer.decode(&found), "CCO");
            let count = tokenizer.conditions().leading(&found);
            numbers[count] += 1;
            for id in &found[1..=count] {
                *each.entry(*id).or_insert(0) += 1;
            }
        }
        assert!((330..470).contains(&numbers[0]), "{numbers:?}");
        assert!(
            numbers[1..]
                .iter()
                .all(|count| (1_100..1_300).contains(count)),
            "{numbers:?}"
        );
        assert_eq!(each.len(), 3);
        assert!(
            each.values().all(|count| (2_250..2_550).contains(count)),
            "{each:?}"
        );
        let free = tokenizer.encode("CCO").unwrap();
        assert_eq!(shown.of(&free, 0, 0), free);
    }
}
