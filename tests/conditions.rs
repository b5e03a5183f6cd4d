//! `molgpt train --condition`, `molgpt sample --set` and `molgpt sweep conditions`.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use common::run;
use molgpt::chem::Molecule;

/// Chains of 4 to 19 carbons with an oxygen or a nitrogen in some place. The column `polar` tells 1 from
/// 0, and nothing in every third row; `note` is text.
fn chains() -> String {
    let mut table = "smiles,polar,note\n".to_owned();
    for length in 4..20 {
        for (place, atom) in (0..length - 1).flat_map(|place| [(place, "O"), (place, "N")]) {
            let chain = format!(
                "{}{atom}{}",
                "C".repeat(place + 1),
                "C".repeat(length - place)
            );
            let polar = match (place % 3, atom) {
                (0, _) => "",
                (_, "O") => "1",
                _ => "0",
            };
            writeln!(table, "{chain},{polar},long").unwrap();
        }
    }
    table
}

const SETTINGS: &str = "[model]\nlayers = 2\nheads = 2\nwidth = 32\ncontext = 32\n[training]\nepochs = 60\n\
    batch_size = 16\nlearning_rate = 1e-2\nvalidation_share = 0.1\n";

/// The molecules of a table that was sampled, with their cells.
fn molecules(table: &str) -> Vec<(Molecule, Vec<String>)> {
    let rows = table.lines().skip(1).map(|line| {
        let cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        Some((Molecule::parse(&cells[0]).ok()?, cells))
    });
    rows.flatten().collect()
}

fn share(rows: &[(Molecule, Vec<String>)], is: impl Fn(&Molecule) -> bool) -> f64 {
    let count = rows.iter().filter(|(molecule, _)| is(molecule)).count();
    count as f64 / rows.len() as f64
}

#[test]
fn a_model_follows_properties_and_columns() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("chains.csv"), chains()).unwrap();
    fs::write(folder.join("c.toml"), SETTINGS).unwrap();
    let train = [
        "train",
        "chains.csv",
        "--config",
        "c.toml",
        "-o",
        "run",
        "--condition",
        "heavy_atoms,polar",
    ];
    let (_, told, code) = run(folder, &train);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("follows    heavy_atoms, polar"), "{told}");
    check_following(folder);
    check_wishes(folder);
    check_search(folder);
    check_fine_tuning(folder);
    check_refusals(folder);
}

/// Molecules that the trained model writes.
fn sample(folder: &Path, more: &[&str]) -> Vec<(Molecule, Vec<String>)> {
    let sample = ["sample", "-n", "200", "--model", "run", "--seed", "1"];
    let (out, told, code) = run(folder, &[&sample[..], more].concat());
    assert_eq!(code, Some(0), "{told}");
    let found = molecules(&out);
    assert!(found.len() > 150, "{}", found.len());
    found
}

/// Atoms of a chain, whose canonical form has no other signs.
fn atoms(molecule: &Molecule) -> usize {
    molecule.canonical().len()
}

fn check_following(folder: &Path) {
    let short = sample(folder, &["--set", "heavy_atoms=7"]);
    assert!(share(&short, |it| (6..=8).contains(&atoms(it))) > 0.8);
    let oxygen = |it: &Molecule| it.canonical().contains('O');
    assert!(share(&sample(folder, &["--set", "polar=1"]), oxygen) > 0.8);
    assert!(share(&sample(folder, &["--set", "polar=0"]), oxygen) < 0.2);
    let free = share(&sample(folder, &[]), oxygen);
    assert!((0.25..0.75).contains(&free), "{free}");
}

/// A search whose prior is asked for a property finds molecules that have it.
fn check_search(folder: &Path) {
    let search = |more: &[&str]| {
        let search = [
            "optimize", "--score", "qed", "--model", "run", "-o", "search",
        ];
        let few = ["--calls", "40", "--set", "batch=32", "--set", "offspring=0"];
        run(folder, &[&search[..], &few, more].concat())
    };
    let (_, told, code) = search(&["--condition", "polar=1"]);
    assert_eq!(code, Some(0), "{told}");
    let calls = fs::read_to_string(folder.join("search/calls.csv")).unwrap();
    let calls: Vec<&str> = calls.lines().skip(1).collect();
    let polar = calls.iter().filter(|call| call.contains('O')).count();
    assert!(calls.len() == 40 && polar >= 32, "{calls:?}");
    let page = fs::read_to_string(folder.join("search/optimize.html")).unwrap();
    assert!(page.contains("asked for polar 1"));
    // What is asked for belongs to the run.
    let (_, told, code) = search(&["--resume"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("another model, score, seed"), "{told}");
    let (_, told, code) = search(&["--condition", "log_p=1", "--overwrite"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("was not trained with `log_p`"), "{told}");
}

fn check_wishes(folder: &Path) {
    // A table of wishes: its rows are answered in turn.
    fs::write(folder.join("wishes.csv"), "Heavy atoms,polar\n7,1\n16,\n").unwrap();
    let asked = sample(
        folder,
        &["--set-from", "wishes.csv", "--columns", "heavy_atoms"],
    );
    for (molecule, cells) in &asked {
        assert!(["7.0000", "16.0000"].contains(&&*cells[3]), "{cells:?}");
        assert_eq!(cells[4], if cells[3] == "7.0000" { "1.0000" } else { "" });
        assert_eq!(cells[5], atoms(molecule).to_string());
    }
    let long: Vec<_> = asked
        .into_iter()
        .filter(|(_, cells)| cells[3] == "16.0000")
        .collect();
    assert!(share(&long, |it| (14..=18).contains(&atoms(it))) > 0.8);

    // Asked and got.
    let (out, told, code) = run(
        folder,
        &[
            "sweep",
            "conditions",
            "wishes.csv",
            "--set",
            "heavy_atoms=9",
            "--model",
            "run",
            "-n",
            "100",
            "--train",
            "chains.csv",
            "-o",
            "page",
        ],
    );
    assert_eq!(code, Some(0), "{told}");
    assert!(out.contains("heavy_atoms 7, polar 1  heavy_atoms"), "{out}");
    let json = fs::read_to_string(folder.join("page/conditions.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["wishes"].as_array().unwrap().len(), 3);
    let mad = json["wishes"][0]["properties"][0]["mad"].as_f64().unwrap();
    assert!(mad < 1.5, "{mad}");
    assert!(folder.join("page/asked-heavy_atoms.svg").exists());
}

fn check_fine_tuning(folder: &Path) {
    // What the model reads is in its file, and in that of a model that is fine-tuned from it on molecules
    // without the column.
    let (out, _, _) = run(folder, &["info", "run"]);
    assert!(
        out.contains("follows           polar, 0.0000 to 1.0000, in 2 bins"),
        "{out}"
    );
    assert!(!out.contains("[P0="), "{out}");
    let plain: String = chains()
        .lines()
        .map(|line| line.split(',').next().unwrap().to_owned() + "\n")
        .collect();
    fs::write(folder.join("plain.smi"), plain).unwrap();
    let tune = [
        "train",
        "plain.smi",
        "--from",
        "run",
        "-o",
        "tuned",
        "--augment",
        "0",
        "--epochs",
        "1",
    ];
    let (_, told, code) = run(folder, &tune);
    assert_eq!(code, Some(0), "{told}");
    let short = [
        "sample",
        "-n",
        "200",
        "--model",
        "tuned",
        "--set",
        "heavy_atoms=7",
        "--seed",
        "1",
    ];
    let (out, told, code) = run(folder, &short);
    assert_eq!(code, Some(0), "{told}");
    assert!(share(&molecules(&out), |it| (6..=8).contains(&atoms(it))) > 0.7);
}

#[track_caller]
fn check_refusals(folder: &Path) {
    for (arguments, expected) in [
        (
            "train chains.csv --condition potency",
            "`potency` is neither a property nor a column of `chains.csv`: beside that of the molecules there \
             are `polar`, `note`",
        ),
        (
            "train chains.csv --condition note",
            "row 2 of `chains.csv`, column `note`: `long` is not a number",
        ),
        (
            "train chains.csv --condition formula",
            "`formula` is a text",
        ),
        (
            "train chains.csv --condition charge",
            "`charge` is the same for all of the",
        ),
        (
            "sample -n 1 --model run --set heavy_atoms=99",
            "`heavy_atoms` 99 is outside of what the model was trained on, 6 to 21",
        ),
        (
            "sample -n 1 --model run --set logp=2",
            "the model was not trained with `log_p` as a condition: it has heavy_atoms, polar",
        ),
        (
            "sample -n 1 --model run --set polar",
            "--set: `polar`: write a property and its value",
        ),
        (
            "sample -n 1 --model run --set polar=1 --set polar=0",
            "`polar` is asked for twice: 1 and 0",
        ),
        (
            "sample -n 1 --model pretrained --set logp=2",
            "it has none; `molgpt train DATA --condition NAME` trains one that has",
        ),
        (
            "sample -n 1 --model run --set-from none.csv",
            "cannot read the wishes in `none.csv`",
        ),
        (
            "sweep conditions --model run --set polar",
            "write a property and its values",
        ),
    ] {
        let words: Vec<&str> = arguments.split(' ').collect();
        let (_, told, code) = run(folder, &words);
        assert_eq!(code, Some(1), "{arguments}: {told}");
        assert!(told.contains(expected), "{arguments}: {told}");
    }
}
