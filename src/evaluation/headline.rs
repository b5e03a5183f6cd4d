//! Validity, uniqueness and novelty alone: what studies of many samples compare.

use std::collections::HashSet;

use rayon::prelude::*;

use super::Proportion;
use crate::chem::Molecule;

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

/// The figures of one sample; definitions as in [`Evaluation`](super::Evaluation).
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Headline {
    /// Valid / generated.
    pub validity: Proportion,
    /// Distinct / valid.
    pub uniqueness: Proportion,
    /// Distinct molecules that are not in the training set / distinct.
    pub novelty: Proportion,
    /// Distinct molecules that are not in the training set / generated: what one string is worth.
    pub new_per_string: Proportion,
}

impl Headline {
    /// Judges what [`canonical`] made of the generated strings, by the canonical SMILES of the
    /// training set.
    pub fn new(generated: &[Option<String>], train: &HashSet<String>) -> Self {
        let valid: Vec<&String> = generated.iter().flatten().collect();
        let distinct: HashSet<&String> = valid.iter().copied().collect();
        let novel = distinct.iter().filter(|smiles| !train.contains(**smiles));
        let novel = novel.count();
        let none = "no string is a valid molecule";
        let nothing = "no strings were generated";
        Self {
            validity: Proportion::new(valid.len(), generated.len(), nothing),
            uniqueness: Proportion::new(distinct.len(), valid.len(), none),
            novelty: Proportion::new(novel, distinct.len(), none),
            new_per_string: Proportion::new(novel, generated.len(), nothing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(generated: &[&str], train: &[&str], expected: [(usize, usize); 4]) {
        let train = canonical(train, &|| ()).into_iter().flatten().collect();
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
