//! SMARTS patterns against RDKit 2026.9.1: `tests/golden/patterns.tsv.gz`, made by its
//! `make_patterns.py`.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use std::fs::File;
use std::io::Read;

use flate2::read::GzDecoder;
use molgpt::chem::{Molecule, Pattern};
use rayon::prelude::*;

/// The rows of the golden table of one kind, without the kind.
fn rows(kind: &str) -> Vec<Vec<String>> {
    let path = format!(
        "{}/tests/golden/patterns.tsv.gz",
        env!("CARGO_MANIFEST_DIR")
    );
    let mut text = String::new();
    GzDecoder::new(File::open(path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.starts_with("# RDKit 2026.09.1"), "the stated oracle");
    let rows = text.lines().skip(2).map(|line| line.split('\t'));
    rows.filter_map(|mut row| (row.next() == Some(kind)).then(|| row.map(str::to_owned).collect()))
        .collect()
}

/// Whether bit `at` of a number in hexadecimal digits is set.
fn bit(digits: &str, at: usize) -> bool {
    let place = digits.len().checked_sub(1 + at / 4);
    let digit = place.map_or("0", |place| &digits[place..=place]);
    u8::from_str_radix(digit, 16).unwrap() >> (at % 4) & 1 == 1
}

/// The 5,000 molecules.
fn molecules() -> Vec<Molecule> {
    let molecules = rows("molecule");
    assert_eq!(molecules.len(), 5_000);
    let parse = |row: &Vec<String>| Molecule::parse(&row[0]).unwrap();
    molecules.par_iter().map(parse).collect()
}

/// Each pattern in every `step`-th molecule, others for each pattern; at most so many differ.
#[track_caller]
fn check_patterns(step: usize, most: usize) {
    let molecules = molecules();
    let patterns = rows("pattern");
    assert!(patterns.len() >= 400, "{} patterns", patterns.len());
    let differences: Vec<String> = patterns
        .par_iter()
        .enumerate()
        .flat_map_iter(|(number, row)| {
            let [_, smarts, .., digits] = &row[..] else {
                panic!("{row:?}")
            };
            let pattern = Pattern::parse(smarts).unwrap();
            let mut found = Vec::new();
            for at in (number % step..molecules.len()).step_by(step) {
                let expected = bit(digits, at);
                let has = pattern.matches(&molecules[at]);
                if has != expected {
                    found.push(format!("{smarts} {} {expected}", molecules[at].canonical()));
                }
            }
            found
        })
        .collect();
    // Ring bonds and hybridization in metal complexes (docs/agreement.md).
    assert!(
        differences.len() <= most,
        "{}: {differences:#?}",
        differences.len()
    );
}

#[test]
fn molecules_with_a_pattern_are_rdkits() {
    check_patterns(10, 2);
}

/// All of them.
#[test]
#[ignore = "takes a minute; the other test has a tenth of it"]
fn all_molecules_with_a_pattern_are_rdkits() {
    check_patterns(1, 16);
}

/// Patterns of one atom whose places differ in metal complexes with dative bonds (docs/agreement.md).
const DIFFER_AT_METALS: [&str; 5] = ["[v4]", "[x2]", "[x3]", "[x{3-}]", "[^3]"];

#[test]
fn places_of_patterns_are_rdkits() {
    let molecules = molecules();
    let differ: Vec<String> = rows("pattern")
        .into_par_iter()
        .filter_map(|row| {
            let [_, smarts, _, expected, digits] = &row[..] else {
                panic!("{row:?}")
            };
            let pattern = Pattern::parse(smarts).unwrap();
            let with = molecules.iter().enumerate();
            let with = with.filter(|(at, _)| bit(digits, *at));
            let places: usize = with.map(|(_, it)| pattern.find_all(it).len()).sum();
            (places.to_string() != *expected).then(|| smarts.clone())
        })
        .collect();
    let unknown = |smarts: &&String| !DIFFER_AT_METALS.contains(&smarts.as_str());
    let unknown: Vec<&String> = differ.iter().filter(unknown).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn damaged_patterns_are_refused_as_by_rdkit() {
    let rows = rows("damaged");
    assert_eq!(rows.len(), 2_000);
    let mut differences = Vec::new();
    let mut known = 0;
    for row in &rows {
        let ours = Pattern::parse(&row[0]);
        if let Err(fault) = &ours {
            assert!(fault.position <= row[0].len(), "{}: {fault}", row[0]);
        }
        if ours.is_err() && row[1] == "1" {
            // Elements above 255, and a dot within a branch.
            known += 1;
        } else if ours.is_ok() != (row[1] == "1") {
            differences.push(
                format!("{} {} {ours:?}", row[0], row[1])
                    .chars()
                    .take(200)
                    .collect::<String>(),
            );
        }
    }
    assert!(
        differences.is_empty(),
        "{}: {differences:#?}",
        differences.len()
    );
    assert!(known <= 4, "{known} patterns that RDKit reads are refused");
}
