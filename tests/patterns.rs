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

/// Each pattern in every `step`-th molecule, others for each pattern; at most so many differ.
#[track_caller]
fn check_patterns(step: usize, most: usize) {
    let smiles: Vec<String> = rows("molecule")
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    assert_eq!(smiles.len(), 5_000);
    let parse = |text: &String| Molecule::parse(text).unwrap();
    let molecules: Vec<Molecule> = smiles.par_iter().map(parse).collect();
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
            for at in (number % step..smiles.len()).step_by(step) {
                let expected = bit(digits, at);
                let has = pattern.matches(&molecules[at]);
                if has != expected {
                    found.push(format!("{smarts} {} {expected}", smiles[at]));
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
