//! `molgpt prepare` on the real program: one molecule, however it is written, comes out once.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use std::fs;

use common::molgpt;

/// The output of `molgpt prepare` for a table of SMILES, and what it tells.
fn prepared(smiles: &[&str], arguments: &[&str]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let table = format!("smiles\n{}\n", smiles.join("\n"));
    fs::write(folder.path().join("a.csv"), table).unwrap();
    let mut command = molgpt(folder.path());
    let output = command.args(["prepare", "a.csv"]).args(arguments).output();
    let output = output.unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    (stdout, stderr)
}

#[track_caller]
fn check(smiles: &[&str], arguments: &[&str], expected: &[&str], told: &[&str]) {
    let (stdout, stderr) = prepared(smiles, arguments);
    let found: Vec<&str> = stdout.lines().skip(1).collect();
    assert_eq!(found, expected, "{arguments:?}");
    for line in told {
        assert!(stderr.contains(line), "`{line}` in: {stderr}");
    }
}

#[test]
fn every_spelling_of_an_ion_is_neutralized_alike() {
    check(
        &[
            "[O-]N(=O)=O",
            "[O-][N+](=O)[O-]",
            "[O-]Cl(=O)(=O)=O",
            "[O-][Cl+3]([O-])([O-])[O-]",
        ],
        &["--neutralize", "--canonicalize"],
        &[
            "O=[N+]([O-])O",
            "O=[N+]([O-])O",
            "[O-][Cl+3]([O-])([O-])O",
            "[O-][Cl+3]([O-])([O-])O",
        ],
        &["4 changed by --neutralize"],
    );
}

#[test]
fn standardization_tells_each_step() {
    check(
        &[
            "CS(=O)CC(=O)[O-].[Na+].O",
            "CC(O)=N",
            "[2H]CO",
            "CCN.CCN.Cl",
            "O=C(O)[C@H](O)[C@@H](O)C(=O)O",
            "Cl[Pt]Cl",
        ],
        &["--standardize", "--canonicalize"],
        &[
            "C[S+]([O-])CC(=O)O",
            "CC(N)=O",
            "CO",
            "CCN",
            "O=C(O)C(O)C(O)C(=O)O",
            "[Cl][Pt][Cl]",
        ],
        &[
            "2 changed by --standardize (functional groups)",
            "1 changed by --standardize (charges)",
            "1 changed by --standardize (tartrates)",
            "1 changed by --standardize (isotopes)",
            "1 changed by --standardize (solvents)",
            "2 changed by --standardize (salts)",
            "1 changed by --standardize (repeats)",
            "1 left as they are by --standardize",
        ],
    );
}

#[test]
fn mapped_copies_are_duplicates_without_their_maps() {
    let mapped = ["CCO", "[CH3:1][CH2:2][OH:3]"];
    let canonical = ["--canonicalize", "--unique"];
    check(&mapped, &canonical, &mapped, &["2 rows, 2 kept"]);
    check(
        &mapped,
        &["--strip-maps", "--canonicalize", "--unique"],
        &["CCO"],
        &["1 changed by --strip-maps", "1 left out by --unique"],
    );
}
