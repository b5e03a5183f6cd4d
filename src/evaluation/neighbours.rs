//! Similarities of the generated molecules to the nearest training and the nearest test molecule.
//!
//! Both references are draws of one size, so that the two histograms can be laid over each other: a
//! generator that copies its training set is nearer to that than to molecules it has never seen.

use super::reference::{SAMPLE, WIDTH};
use super::similarity::Index;
use super::{TestSet, TrainingSet};
use crate::progress::Watch;

/// Bars of the histograms.
const BINS: usize = 50;

/// Nearest molecules of both references.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Neighbours {
    /// Of a draw from the training set.
    pub train: Option<Similarities>,
    /// Of a draw from the test set.
    pub test: Option<Similarities>,
}

/// Tanimoto similarities (Morgan radius 2, 1024 bits) to the nearest molecule of one reference.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Similarities {
    /// Molecules that were drawn.
    pub drawn: usize,
    /// Mean over the valid generated molecules.
    pub mean: f64,
    /// Molecules with the same fingerprint as their nearest.
    pub identical: usize,
    /// Valid generated molecules by similarity, on 50 bins of equal width from 0 to 1.
    pub counts: Vec<usize>,
    /// For each valid generated molecule.
    #[serde(skip)]
    nearest: Vec<f64>,
}

impl Neighbours {
    /// Of the molecules with these bits; without molecules or references there is nothing. Where
    /// `watch` asks for the end, the result means nothing.
    pub(super) fn new(
        bits: &[Vec<u16>],
        train: Option<&TrainingSet>,
        test: Option<&TestSet>,
        watch: &dyn Watch,
    ) -> Self {
        let sizes = [
            train.map(|set| set.sample.fingerprints.len()),
            test.map(TestSet::len),
        ];
        let size = sizes.into_iter().flatten().fold(SAMPLE, usize::min);
        let train = train.map(|train| {
            let prints = super::reference::draw(train.sample.fingerprints.len(), size);
            let bits: Vec<_> = prints
                .iter()
                .map(|&at| train.sample.fingerprints[at].bits())
                .collect();
            Index::new(usize::from(WIDTH), &bits)
        });
        Self {
            train: train.and_then(|index| Similarities::new(bits, &index, watch)),
            test: test.and_then(|test| Similarities::new(bits, &test.index(size), watch)),
        }
    }

    /// The similarities by which molecules are called novel: to the training set, else the test set.
    pub(super) fn nearest(&self) -> Option<&[f64]> {
        let similarities = self.train.as_ref().or(self.test.as_ref())?;
        Some(&similarities.nearest)
    }
}

impl Similarities {
    fn new(bits: &[Vec<u16>], index: &Index, watch: &dyn Watch) -> Option<Self> {
        let found = index.nearest(bits, watch)?;
        let nearest: Vec<f64> = found.iter().map(|near| near.similarity).collect();
        let mut counts = vec![0; BINS];
        for similarity in &nearest {
            counts[((similarity * BINS as f64) as usize).min(BINS - 1)] += 1;
        }
        Some(Self {
            drawn: index.len(),
            mean: nearest.iter().sum::<f64>() / nearest.len() as f64,
            identical: nearest
                .iter()
                .filter(|&&similarity| similarity >= 1.0)
                .count(),
            counts,
            nearest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chem::Fingerprint;
    use crate::progress::Unwatched;

    #[test]
    fn copies_are_seen() {
        let strings = |list: &[&str]| list.iter().map(|&s| s.to_owned()).collect::<Vec<_>>();
        let train = TrainingSet::new(&strings(&["CCO", "c1ccccc1", "CCCCN"]));
        let test = TestSet::new(&strings(&["CCCl", "c1ccncc1"]));
        let bits: Vec<_> = train
            .sample
            .fingerprints
            .iter()
            .map(Fingerprint::bits)
            .collect();
        let found = Neighbours::new(&bits, Some(&train), Some(&test), &Unwatched);
        let (to_train, to_test) = (found.train.unwrap(), found.test.unwrap());
        // Two of three training molecules are drawn, as many as there are test molecules.
        assert_eq!((to_train.drawn, to_test.drawn), (2, 2));
        assert_eq!((to_train.identical, to_test.identical), (2, 0));
        assert!(to_train.mean > to_test.mean);
        assert_eq!(to_train.counts.iter().sum::<usize>(), 3);
        assert_eq!(to_train.counts[49], 2);
    }
}
