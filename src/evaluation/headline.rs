//! Validity, uniqueness and novelty alone, for studies of many samples.

use rayon::prelude::*;

use super::{Counter, Proportion, go_on};
use crate::chem::{Key, KnownSet, Molecule};
use crate::error::Result;
use crate::progress::Watch;

/// Strings that are read between two looks at the watch.
const PIECE: usize = 1_000;

/// Canonical SMILES of each string, in order; `None` for what is no molecule.
///
/// `tick` is called once for each string, from any thread.
pub fn canonical<S: AsRef<str> + Sync>(
    strings: &[S],
    tick: &(dyn Fn() + Sync),
) -> Vec<Option<String>> {
    strings
        .par_iter()
        .map(|text| {
            tick();
            let molecule = Molecule::parse(text.as_ref()).ok()?;
            Some(molecule.canonical().to_owned())
        })
        .collect()
}

/// The same, unless `watch` ends the work; it hears of each string in a stage that the caller has begun.
pub(crate) fn canonical_watched<S: AsRef<str> + Sync>(
    strings: &[S],
    watch: &dyn Watch,
) -> Result<Vec<Option<String>>> {
    let mut all = Vec::with_capacity(strings.len());
    for piece in strings.chunks(PIECE) {
        go_on(watch)?;
        all.extend(canonical(piece, &|| watch.advance(1)));
    }
    Ok(all)
}

/// The figures of one sample; definitions as in [`Evaluation`](super::Evaluation).
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Headline {
    /// Valid / generated.
    pub validity: Proportion,
    /// Unique / valid.
    pub uniqueness: Proportion,
    /// Unique molecules that are not in the training set / unique.
    pub novelty: Proportion,
    /// Unique molecules that are not in the training set / generated: the yield of one string.
    pub new_per_string: Proportion,
}

impl Headline {
    /// The figures of generated strings, as [`canonical`] gives them, against the training set.
    pub fn new(generated: &[Option<String>], train: &KnownSet) -> Self {
        let mut counter = Counter::new(Some(train));
        for canonical in generated {
            counter.push(canonical.as_deref().map(Key::of));
        }
        Self {
            validity: counter.validity(),
            uniqueness: counter.uniqueness(),
            novelty: counter.novelty(),
            new_per_string: counter.new_per_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(generated: &[&str], train: &[&str], expected: [(usize, usize); 4]) {
        let train = KnownSet::of_texts(train, &|| ());
        let found = Headline::new(&canonical(generated, &|| ()), &train);
        let found = [
            found.validity,
            found.uniqueness,
            found.novelty,
            found.new_per_string,
        ];
        assert_eq!(found.map(|share| (share.count, share.of)), expected);
    }

    #[test]
    fn figures() {
        check(&[], &["C"], [(0, 0), (0, 0), (0, 0), (0, 0)]);
        check(&["C(", ""], &["C"], [(0, 2), (0, 0), (0, 0), (0, 2)]);
        let generated = ["CCO", "OCC", "C(O)C", "CCN", "C("];
        check(&generated, &["OCC"], [(4, 5), (2, 4), (1, 2), (1, 5)]);
    }
}
