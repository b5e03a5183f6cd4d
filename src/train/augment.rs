//! Randomized SMILES for training: new spellings of each molecule in every epoch.
//!
//! A spelling follows from (seed, epoch, molecule, copy) alone, so a resumed run trains on those
//! of an unbroken one, with any number of threads.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::chem::randomize;
use crate::random::below;
use crate::tokenizer::{TokenId, Tokenizer, UNK};

/// Tries at a spelling that fits the context before the one given is taken.
const TRIES: u64 = 4;

/// Settings of randomized SMILES for training.
#[derive(Debug, Clone)]
pub struct Augment {
    /// The vocabulary has the tokens of every spelling.
    pub tokenizer: Tokenizer,
    /// Spellings of each molecule per epoch.
    pub copies: usize,
    /// Most tokens of a sequence, begin and end counted.
    pub context: usize,
    /// The run's seed.
    pub seed: u64,
}

impl Augment {
    /// Copy `copy` of molecule `index` in this epoch, encoded, after the conditions that it begins with.
    /// The spelling given where no randomized one fits.
    pub fn spell(
        &self,
        molecule: &[TokenId],
        epoch: u64,
        index: usize,
        copy: usize,
    ) -> Vec<TokenId> {
        let text = self.tokenizer.decode(molecule);
        let conditions = &molecule[1..=self.tokenizer.conditions().leading(molecule)];
        let mut random = ChaCha8Rng::seed_from_u64(self.seed ^ 0x5350_454c_4c49_4e47);
        random.set_stream(epoch);
        let place = (index * self.copies + copy) as u128;
        for attempt in 0..TRIES {
            // A spelling takes far fewer than 2^24 words of the stream.
            random.set_word_pos((place * u128::from(TRIES) + u128::from(attempt)) << 24);
            let Some(spelling) = randomize(&text, below(&mut random)) else {
                break;
            };
            match self.tokenizer.encode(&spelling) {
                Ok(mut ids)
                    if ids.len() + conditions.len() <= self.context && !ids.contains(&UNK) =>
                {
                    ids.splice(1..1, conditions.iter().copied());
                    return ids;
                }
                _ => {}
            }
        }
        molecule.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chem::{Molecule, augmentation_tokens};
    use crate::tokenizer::Vocabulary;

    #[test]
    fn spellings_are_fresh_and_follow_from_their_place() {
        let text = "CC(=O)Oc1ccccc1C(=O)O";
        let closed = augmentation_tokens([text].into_iter());
        let vocabulary = Vocabulary::from_molecules([text].into_iter()).extended(&closed);
        let tokenizer = Tokenizer::atomwise(vocabulary);
        let molecule = tokenizer.encode(text).unwrap();
        let augment = Augment {
            tokenizer: tokenizer.clone(),
            copies: 2,
            context: 64,
            seed: 1,
        };
        let spell = |epoch, index, copy| augment.spell(&molecule, epoch, index, copy);
        assert_eq!(spell(3, 5, 1), spell(3, 5, 1));
        let mut found = std::collections::BTreeSet::new();
        for epoch in 0..10 {
            for copy in 0..2 {
                let text = tokenizer.decode(&spell(epoch, 0, copy));
                let canonical = Molecule::parse(&text).unwrap().canonical().to_owned();
                assert_eq!(canonical, "CC(=O)Oc1ccccc1C(=O)O");
                found.insert(text);
            }
        }
        assert!(found.len() > 15, "{found:?}");
        let short = Augment {
            context: molecule.len(),
            ..augment
        };
        let lengths = (0..50).map(|epoch| short.spell(&molecule, epoch, 0, 0).len());
        assert!(lengths.into_iter().all(|length| length <= molecule.len()));
    }
}
