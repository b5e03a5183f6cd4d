//! Counts of names (fragments, scaffolds), and the cosine similarity of two such tables.

use std::collections::{BTreeMap, HashMap};

use super::{Figure, bootstrap};

/// Occurrences of each name, in the order of names so that sums do not depend on chance.
pub type Counts = BTreeMap<String, u32>;

/// Adds the counts of `more` to `counts`.
pub(super) fn merge(mut counts: Counts, more: Counts) -> Counts {
    if counts.len() < more.len() {
        return merge(more, counts);
    }
    for (name, count) in more {
        *counts.entry(name).or_default() += count;
    }
    counts
}

/// Counts names.
pub(super) fn tally(names: impl IntoIterator<Item = String>) -> Counts {
    let mut counts = Counts::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    counts
}

/// The cosine of the angle between the count vectors of `reference` and of the names that the
/// generated molecules have: 1 for the same proportions, 0 for nothing in common. Not computed when
/// either has no names (`what` they are). The denominator is the generated molecules.
pub(super) fn cosine(reference: &Counts, molecules: &[Vec<String>], what: &str) -> Figure {
    let blocks = bootstrap::blocks(molecules.len());
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut wanted: Vec<f64> = Vec::new();
    // Per block: place of a name and its count.
    let mut by_block: Vec<Vec<(usize, f64)>> = Vec::with_capacity(blocks);
    for block in 0..blocks {
        let names = molecules.iter().skip(block).step_by(blocks).flatten();
        let mut counts: BTreeMap<usize, f64> = BTreeMap::new();
        for name in names {
            let place = *places.entry(name).or_insert_with(|| {
                wanted.push(reference.get(name).copied().map_or(0.0, f64::from));
                wanted.len() - 1
            });
            *counts.entry(place).or_default() += 1.0;
        }
        by_block.push(counts.into_iter().collect());
    }
    if wanted.is_empty() {
        return Figure::not_computed(format!("no generated molecule has {what}"));
    }
    if reference.is_empty() {
        return Figure::not_computed(format!("no reference molecule has {what}"));
    }
    let norm = reference.values().map(|&count| f64::from(count).powi(2));
    let norm = norm.sum::<f64>().sqrt();
    let statistic = |weights: &[f64]| {
        let mut counts = vec![0.0; wanted.len()];
        for (weight, block) in weights.iter().zip(&by_block) {
            for &(place, count) in block {
                counts[place] += weight * count;
            }
        }
        let dot: f64 = counts.iter().zip(&wanted).map(|(a, b)| a * b).sum();
        let own: f64 = counts.iter().map(|count| count * count).sum();
        dot / norm / own.sqrt()
    };
    let value = statistic(&vec![1.0; blocks]);
    let interval = bootstrap::interval(value, blocks, statistic)
        .map(|[low, high]| [low.max(0.0), high.min(1.0)]);
    Figure::new(value, molecules.len(), interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[track_caller]
    fn check(reference: &str, molecules: &[&str], expected: Option<f64>) {
        let molecules: Vec<Vec<String>> = molecules.iter().map(|text| names(text)).collect();
        let found = cosine(&tally(names(reference)), &molecules, "names");
        match expected {
            Some(expected) => {
                let value = found.value.expect("a value");
                approx::assert_relative_eq!(value, expected, epsilon = 1e-12);
            }
            None => assert!(found.value.is_none() && found.reason.is_some()),
        }
    }

    #[test]
    fn cosines() {
        check("a a b", &["a a b"], Some(1.0));
        check("a a b", &["a b", "a", "a a b"], Some(1.0));
        check("a", &["b"], Some(0.0));
        check("a a a b b b b", &["a", ""], Some(0.6));
        check("", &["a"], None);
        check("a", &[""], None);
        check("a", &[], None);
    }

    #[test]
    fn merging_is_counting_together() {
        let merged = merge(tally(names("a b b")), tally(names("b c")));
        assert_eq!(merged, tally(names("a b b b c")));
    }
}
