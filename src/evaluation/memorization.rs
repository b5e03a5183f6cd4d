//! Memorization: whether a model generates its training molecules more often than by chance.
//!
//! A model that generalizes without memorization generates a training molecule as often as a
//! held-out one. So its molecules fall on the held-out set and on the training set in proportion to
//! their sizes: the hits on the held-out set, times the ratio of sizes, are the expected hits on the
//! training set. More than that is memorization.

use rayon::prelude::*;

use super::Proportion;
use crate::chem::{Key, KnownSet};

/// Hits on the training set, and those expected by chance.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Memorization {
    /// Valid generated strings that are training molecules / valid.
    pub in_training: Proportion,
    /// Valid generated strings that are held-out molecules / valid.
    pub in_held_out: Proportion,
    /// Training molecules that are held out, too: they count as training only.
    pub in_both: usize,
    /// Unique training molecules.
    pub training: usize,
    /// Unique held-out molecules that are not in the training set.
    pub held_out: usize,
    /// Share of hits on the training set by chance: that on the held-out set times the ratio of
    /// sizes; `None` when nothing is held out.
    pub by_chance: Option<f64>,
    /// The interval of the held-out share, times the ratio.
    pub by_chance_interval: Option<[f64; 2]>,
    /// Hits on the training set / hits by chance; `None` without hits by chance.
    pub ratio: Option<f64>,
    /// The reason why there is no chance or ratio; `None` if there is one.
    pub reason: Option<String>,
}

impl Memorization {
    /// Counts canonical SMILES of valid generated strings, repeats included.
    pub fn new(generated: &[&str], train: &KnownSet, held_out: &KnownSet) -> Self {
        let in_both = held_out.keys().intersection(train.keys()).count();
        let apart = held_out.len() - in_both;
        let keys: Vec<Key> = generated.par_iter().map(|text| Key::of(text)).collect();
        let hits = |is_hit: &dyn Fn(Key) -> bool| {
            let count = keys.iter().filter(|key| is_hit(**key)).count();
            Proportion::new(count, keys.len(), "no string is a valid molecule")
        };
        let in_training = hits(&|key| train.contains(key));
        let in_held_out = hits(&|key| held_out.contains(key) && !train.contains(key));
        let sizes = train.len() as f64 / apart as f64;
        let is_known = apart > 0 && !generated.is_empty();
        let by_chance = in_held_out
            .value
            .filter(|_| is_known)
            .map(|share| share * sizes);
        let interval = in_held_out.interval.filter(|_| is_known);
        let ratio = in_training
            .value
            .zip(by_chance)
            .filter(|(_, chance)| *chance > 0.0)
            .map(|(share, chance)| share / chance);
        let reason = if !is_known {
            Some("nothing is held out, or no string is a valid molecule".to_owned())
        } else if ratio.is_none() {
            Some("no generated molecule is held out: generate more, or hold out more".to_owned())
        } else {
            None
        };
        Self {
            in_training,
            in_held_out,
            in_both,
            training: train.len(),
            held_out: apart,
            by_chance,
            by_chance_interval: interval.map(|ends| ends.map(|share| share * sizes)),
            ratio,
            reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_the_held_out_share_times_the_ratio_of_sizes() {
        let train: Vec<String> = (0..100).map(|i| format!("t{i}")).collect();
        let train = KnownSet::of_canonical(&train);
        let held_out = KnownSet::of_canonical(&["h0", "h1", "h2", "h3", "t7"]);
        let nothing = KnownSet::default();
        let generated = ["t1", "t2", "t2", "t7", "h0", "n", "n", "n", "n", "n"];
        let memory = Memorization::new(&generated, &train, &held_out);
        assert_eq!((memory.in_training.count, memory.in_held_out.count), (4, 1));
        assert_eq!((memory.in_both, memory.held_out), (1, 4));
        // 1 of 10 on 4 held-out molecules: 25 times that on 100.
        approx::assert_relative_eq!(memory.by_chance.unwrap(), 2.5);
        approx::assert_relative_eq!(memory.ratio.unwrap(), 0.16);
        assert_eq!(memory.reason, None);
        for (generated, held_out) in [
            (&[][..], &held_out),
            (&["t1"], &nothing),
            (&["t1"], &held_out),
        ] {
            let memory = Memorization::new(generated, &train, held_out);
            assert!(memory.ratio.is_none() && memory.reason.is_some());
        }
    }
}
