//! The tasks of PMO and GuacaMol that have a name and are computed by rules, compared with RDKit on 2,000 molecules (`tests/golden/make_tasks.py`).

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use common::{Scored, scored};
use molgpt::objective::{Goal, Score};

/// The most by which a score may differ: a millionth, as the file has nine decimals.
const MOST: f64 = 1e-6;

/// Cages that have more rings by RDKit's count, which completes the smallest set of smallest rings by their
/// likes, than in that set, which the property `rings` counts. `amlodipine_mpo` asks for rings.
const CAGES: [&str; 4] = [
    "Cc1cnc(C(=O)NC(C)C23CC4CC(CC(C4)C2)C3)cn1",
    "CCCN1C(=O)C2CCC1CN(c1nc(C(N)=O)cs1)C2",
    "CS(=O)(=O)NCCC12CC3CC(CC(C3)C1)C2",
    "O=C(c1n[nH]c(=O)c2ccccc12)N1CC2CC3CC(C2)CC1C3",
];

#[test]
fn scores_are_those_of_rdkit() {
    let Scored {
        names,
        rows,
        molecules,
    } = scored("tasks.tsv.gz");
    let mut differ = Vec::new();
    let mut tasks: Vec<&str> = Goal::words().collect();
    tasks.push("qed");
    tasks.sort_unstable();
    assert_eq!(tasks, names);
    for (place, name) in names.iter().enumerate() {
        let found = Goal::named(name).unwrap().score(&molecules).unwrap();
        let expected: Vec<f64> = rows
            .iter()
            .map(|row| row[place + 1].parse().unwrap())
            .collect();
        // What is 0 everywhere is no comparison.
        assert!(
            expected.iter().filter(|score| **score > 1e-3).count() >= 2,
            "{name}"
        );
        for ((found, expected), row) in found.iter().zip(&expected).zip(&rows) {
            let is_cage = *name == "amlodipine_mpo" && CAGES.contains(&&*row[0]);
            if ((found - expected).abs() <= MOST) == is_cage {
                differ.push(format!("{name} {}: {found} is not {expected}", row[0]));
            }
        }
    }
    let shown = &differ[..differ.len().min(20)];
    assert!(
        differ.is_empty(),
        "{} scores differ:\n{}",
        differ.len(),
        shown.join("\n")
    );
}
