//! The best molecules of a stream of texts.

use std::collections::HashSet;

use rayon::prelude::*;

use super::{Score, judged};
use crate::chem::{Key, Molecule};
use crate::error::Result;
use crate::progress::Unwatched;

/// Texts that are scored together.
const CHUNK: usize = 4_096;

/// The `count` best unique molecules among texts, with their scores, the best first; equal scores in
/// the order of the texts. Invalid texts and molecules without a score are left out.
///
/// # Errors
/// The first error among the texts, and those of the score.
pub fn best(
    count: usize,
    texts: impl IntoIterator<Item = Result<String>>,
    score: &dyn Score,
) -> Result<Vec<(f64, Molecule)>> {
    let mut texts = texts.into_iter();
    let (mut seen, mut found) = (HashSet::new(), Vec::new());
    loop {
        let chunk: Vec<String> = texts.by_ref().take(CHUNK).collect::<Result<_>>()?;
        if chunk.is_empty() {
            return Ok(found);
        }
        let parse = |text: &String| Molecule::parse(text).ok();
        let mut molecules: Vec<Molecule> = chunk.par_iter().filter_map(parse).collect();
        molecules.retain(|molecule| seen.insert(Key::of(molecule.canonical())));
        let judged = judged(score, &molecules, &Unwatched)?.into_iter();
        found.extend(judged.map(|judged| judged.score).zip(molecules));
        found.retain(|(score, _)| !score.is_nan());
        found.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        found.truncate(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::Property;

    #[test]
    fn the_best_come_first_and_once() {
        let texts = ["CCO", "C(", "CCCC", "OCC", "C"].map(|text| Ok(text.to_owned()));
        let heaviest = Property(|descriptors| descriptors.weight);
        let found = best(2, texts, &heaviest).unwrap();
        let found: Vec<&str> = found
            .iter()
            .map(|(_, molecule)| molecule.canonical())
            .collect();
        assert_eq!(found, ["CCCC", "CCO"]);
    }
}
