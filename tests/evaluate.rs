//! `molgpt evaluate` as a user drives it: references, cache, quick evaluations, bad input.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

/// Runs `molgpt evaluate` in `folder`, with a cache folder of its own.
fn evaluate(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_molgpt"))
        .current_dir(folder)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env_remove("MOLGPT_CHEMNET")
        .arg("evaluate")
        .args(arguments)
        .output()
        .unwrap()
}

/// Molecules of a shipped file as a list with a header.
fn shipped(name: &str, rows: usize) -> String {
    let path = format!("{}/data/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().take(rows + 1).collect();
    lines.join("\n") + "\n"
}

/// A folder with small files: generated.csv, train.csv, test.csv, scaffolds.csv.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, from, rows) in [
        ("generated.csv", "molecules.csv", 40),
        ("train.csv", "molecules.csv", 30),
        ("test.csv", "test.csv", 50),
        ("scaffolds.csv", "test_scaffolds.csv", 50),
    ] {
        fs::write(folder.path().join(name), shipped(from, rows)).unwrap();
    }
    folder
}

fn report(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&fs::read(folder.join(name).join("report.json")).unwrap()).unwrap()
}

#[track_caller]
fn check_succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = evaluate(folder, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn check_fails(folder: &Path, arguments: &[&str], message: &str) {
    let output = evaluate(folder, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains(message), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

const SETS: [&str; 6] = [
    "--train",
    "train.csv",
    "--test",
    "test.csv",
    "--test-scaffolds",
    "scaffolds.csv",
];

#[test]
fn every_metric_is_there_or_says_why_not() {
    let folder = folder();
    let here = folder.path();
    let table = check_succeeds(
        here,
        &[&["generated.csv", "-o", "full"], &SETS[..]].concat(),
    );
    for name in [
        "Valid",
        "IntDiv2",
        "SNN/TestSF",
        "Frag/Test",
        "weight",
        "KL score",
    ] {
        let line = table.lines().find(|line| line.starts_with(name)).unwrap();
        assert!(!line.contains("not computed"), "{line}");
    }
    let few = "not computed: Unique@1k: needs 1000 valid molecules, 40 are valid";
    assert!(table.contains(few), "{table}");
    let full = report(here, "full");
    assert_eq!(
        full["novelty"]["count"], 10,
        "30 of 40 are training molecules"
    );
    assert_eq!(full["moses"]["test"]["molecules"], 50);
    assert_eq!(full["neighbours"]["train"]["identical"], 30);

    check_succeeds(
        here,
        &[&["generated.csv", "-o", "quick", "--quick"], &SETS[..]].concat(),
    );
    let quick = report(here, "quick");
    for field in [
        "validity",
        "uniqueness",
        "novelty",
        "distributions",
        "invalid",
    ] {
        assert_eq!(quick[field], full[field], "{field} is the same in both");
    }
    assert_eq!(quick["moses"]["int_div"]["reason"], "left out by --quick");

    check_succeeds(here, &["generated.csv"]);
    let alone = report(here, "reports/generated");
    assert_eq!(
        alone["moses"]["test"]["snn"]["reason"],
        "no test set was given"
    );
    assert_eq!(
        alone["guacamol"]["kl"]["reason"],
        "no training set was given"
    );
    assert!(alone["moses"]["int_div"]["value"].is_number());
}

#[test]
fn a_report_is_not_lost() {
    let folder = folder();
    let here = folder.path();
    check_succeeds(here, &["generated.csv", "-o", "here"]);
    check_fails(here, &["generated.csv", "-o", "here"], "--overwrite");
    check_succeeds(here, &["generated.csv", "-o", "here", "--overwrite"]);
    check_succeeds(here, &["generated.csv"]);
    let again = check_succeeds(here, &["generated.csv"]);
    assert!(again.contains("generated-2"), "{again}");
    fs::write(here.join("file"), "").unwrap();
    check_fails(here, &["generated.csv", "-o", "file"], "--output");
}

#[test]
fn bad_input_says_what_is_wrong_and_the_rest_is_reported() {
    let folder = folder();
    let here = folder.path();
    fs::write(here.join("empty.csv"), "").unwrap();
    fs::write(here.join("invalid.csv"), "smiles\nC(\nC1\nc1cc1\n").unwrap();
    fs::write(here.join("columns.csv"), "id,structure\n1,none\n").unwrap();
    check_fails(
        here,
        &["empty.csv"],
        "`empty.csv` holds no rows: give one SMILES a row",
    );
    check_fails(here, &["missing.csv"], "missing.csv");
    check_fails(
        here,
        &["columns.csv"],
        "no column `smiles` and none that looks like SMILES, only `id`, `structure`",
    );
    let columns = ["generated.csv", "--test", "columns.csv"];
    check_fails(here, &columns, "`columns.csv` has no column `smiles`");
    fs::write(here.join("cut.csv"), "smiles,note\nCC,a\nCO,\"open\nCN,b\n").unwrap();
    check_fails(here, &["cut.csv"], "opens a quote that is never closed");
    assert!(!here.join("reports").join("cut").exists());
    assert!(!here.join("reports").join("generated").exists());
    let invalid = ["generated.csv", "--test-scaffolds", "invalid.csv"];
    check_fails(here, &invalid, "`invalid.csv` holds no valid molecule");

    let table = check_succeeds(here, &[&["invalid.csv", "-o", "none"], &SETS[..]].concat());
    let fault = "parenthesis         1  row 1: this parenthesis is never closed\n\
                 \x20                      C(\n                        ^\n";
    assert!(table.contains(fault), "{table}");
    let none = report(here, "none");
    assert_eq!(none["validity"]["value"], 0.0);
    for figure in [
        &none["uniqueness"],
        &none["novelty"],
        &none["moses"]["filters"],
        &none["moses"]["int_div"],
        &none["moses"]["test"]["snn"],
        &none["moses"]["test"]["frag"],
        &none["guacamol"]["kl"],
    ] {
        assert!(
            figure["value"].is_null() && figure["reason"].is_string(),
            "{figure}"
        );
    }
    assert_eq!(none["invalid"].as_array().unwrap().len(), 3);
    assert!(here.join("none/report.html").exists());
}

#[test]
fn reference_sets_are_computed_once() {
    let folder = folder();
    let here = folder.path();
    // As many short molecules as are worth keeping.
    let chains: Vec<String> = (0..5_000)
        .map(|index| {
            let atom = |bit: usize| if index >> bit & 1 == 1 { 'N' } else { 'C' };
            (0..4).map(atom).collect()
        })
        .collect();
    fs::write(
        here.join("many.csv"),
        format!("smiles\n{}\n", chains.join("\n")),
    )
    .unwrap();
    let arguments = |output| ["generated.csv", "--test", "many.csv", "-o", output];
    check_succeeds(here, &arguments("first"));
    let kept: Vec<_> = fs::read_dir(here.join("cache/molgpt")).unwrap().collect();
    assert_eq!(kept.len(), 1);
    let kept = kept.into_iter().next().unwrap().unwrap().path();
    let whole = fs::read(&kept).unwrap();
    check_succeeds(here, &arguments("second"));
    // A broken file is computed anew, and mended.
    fs::write(&kept, &whole[..whole.len() / 2]).unwrap();
    check_succeeds(here, &arguments("third"));
    assert_eq!(fs::read(&kept).unwrap(), whole);
    let strip = |name| {
        let mut report = report(here, name);
        report["provenance"]["command"] = Value::Null;
        report
    };
    assert_eq!(strip("first"), strip("second"));
    assert_eq!(strip("first"), strip("third"));

    fs::remove_dir_all(here.join("cache")).unwrap();
    let arguments = [
        "generated.csv",
        "--test",
        "many.csv",
        "-o",
        "fourth",
        "--no-cache",
    ];
    check_succeeds(here, &arguments);
    assert!(!here.join("cache").exists());
}
