//! Which figures of several reports are of different numbers of molecules, and change with that number.
//!
//! A distance between distributions that is computed from a sample is larger for a smaller one, and
//! repeats come with numbers: an interval covers the variation between samples of one size, and says
//! nothing about another size.

use super::reports::{Figure, Report, find, paths};
use super::words::words;

/// The mark of such figures.
pub(super) const MARK: &str = "(sizes differ)";

/// Last keys of the figures whose expectation changes with the number of molecules. Shares of
/// strings, uniqueness of the first molecules, SNN and filters are means, and do not.
const BY_SIZE: [&str; 13] = [
    "fcd",
    "fcd_floor",
    "fcd_score",
    "frag",
    "scaf",
    "int_div",
    "int_div2",
    "uniqueness",
    "novelty",
    "novelty_without_stereo",
    "kl",
    "divergence",
    "wasserstein",
];

/// Molecules that GuacaMol's figures are of, at most.
const GUACAMOL: u64 = 10_000;

/// Numbers of molecules that count as equal differ by this share at most: what that changes is within
/// the intervals.
const SLACK: f64 = 0.05;

/// The number of molecules that decides what a figure can be. Of novelty, whose denominator is itself
/// a result, that is the number of strings.
fn size(report: &Report, figure: &Figure) -> Option<u64> {
    figure.value?;
    if figure
        .path
        .last()
        .is_some_and(|key| key.starts_with("novelty"))
    {
        let is_capped = figure.path.first().is_some_and(|key| key == "guacamol");
        let most = if is_capped { GUACAMOL } else { u64::MAX };
        return report.generated.map(|generated| generated.min(most));
    }
    figure.of
}

fn sizes(reports: &[Report], path: &[String]) -> Vec<u64> {
    let figures = reports
        .iter()
        .map(|report| Some((report, find(report, path)?)));
    let sizes = figures.map(|found| found.and_then(|(report, figure)| size(report, figure)));
    sizes.flatten().collect()
}

/// The figures that change with the number of molecules, and whose numbers differ.
pub(super) fn differing(reports: &[Report]) -> Vec<&[String]> {
    let differ = |path: &&[String]| {
        let sizes = sizes(reports, path);
        let (least, most) = (sizes.iter().min(), sizes.iter().max());
        let ratio = least
            .zip(most)
            .map_or(1.0, |(&least, &most)| most as f64 / least.max(1) as f64);
        ratio > 1.0 + SLACK
    };
    paths(reports)
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| path.last().is_some_and(|key| BY_SIZE.contains(&&**key)))
        .filter(differ)
        .collect()
}

/// A sentence about these figures; none where there is none.
pub(super) fn warning(reports: &[Report], differing: &[&[String]]) -> Option<String> {
    let rows = differing.iter().map(|path| {
        let sizes: Vec<String> = sizes(reports, path).iter().map(u64::to_string).collect();
        format!("{}: {}", words(path).name, sizes.join(" and "))
    });
    let rows: Vec<String> = rows.collect();
    (!rows.is_empty()).then(|| {
        format!(
            "Warning: the reports have other numbers of molecules: {}. These figures change with that number, so the \
             reports cannot be compared by them: of a smaller sample FCD, Wasserstein distances and divergences are \
             larger, likenesses (Frag, Scaf) and novelty smaller, uniqueness larger. Evaluate as many molecules of \
             each. (FCD above its floor depends on the number much less.)",
            rows.join("; ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_figures_that_change_with_the_number_are_told() {
        #[track_caller]
        fn check(key: &str, of: [u64; 2], generated: [u64; 2], expected: bool) {
            let report = |place: usize| Report {
                name: place.to_string(),
                generated: Some(generated[place]),
                model: None,
                run: None,
                references: Vec::new(),
                figures: vec![Figure {
                    path: vec!["x".to_owned(), key.to_owned()],
                    share: false,
                    value: Some(1.0),
                    interval: None,
                    of: Some(of[place]),
                    reason: None,
                    warning: None,
                }],
            };
            let reports = [report(0), report(1)];
            assert_eq!(!differing(&reports).is_empty(), expected, "{key} {of:?}");
        }
        check("fcd", [500, 2_000], [500, 2_000], true);
        check("fcd", [1_960, 2_000], [2_000, 2_000], false);
        check("fcd_excess", [500, 2_000], [500, 2_000], false);
        check("snn", [500, 2_000], [500, 2_000], false);
        check("validity", [500, 2_000], [500, 2_000], false);
        check("uniqueness_at_1000", [1_000, 1_000], [500, 2_000], false);
        // Half of the unique ones of as many strings: the model repeats itself.
        check("novelty", [500, 1_000], [1_000, 1_000], false);
        check("novelty", [500, 500], [600, 9_000], true);
    }
}
