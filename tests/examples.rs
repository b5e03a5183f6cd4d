//! The examples run, on real molecules.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::shipped;

/// The program of an example, which cargo builds beside the tests.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    profile
        .join("examples")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

#[track_caller]
fn check(name: &str, arguments: &[&str], lines: usize) -> String {
    let output = Command::new(example(name))
        .args(arguments)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {stderr}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().count() >= lines, "{name}: {text}");
    text
}

#[test]
fn a_model_is_trained_and_writes_molecules() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("some.csv");
    let all = std::fs::read_to_string(shipped("data/test.csv")).unwrap();
    let some: Vec<&str> = all.lines().take(301).collect();
    std::fs::write(&data, some.join("\n")).unwrap();
    let run = folder.path().join("run");
    let arguments = [data.to_str().unwrap(), run.to_str().unwrap()];
    check("train_and_sample", &arguments, 21);
    assert!(run.join("model.safetensors").exists());
}

#[test]
fn a_file_is_judged() {
    let arguments = [
        shipped("data/natural_products.csv"),
        shipped("data/test.csv"),
    ];
    let text = check("judge", &[&arguments[0], &arguments[1]], 3);
    assert!(text.contains("valid"), "{text}");
}

#[test]
fn molecules_are_ranked_by_a_score_of_ones_own() {
    let text = check("own_score", &[], 10);
    let first = text.lines().next().unwrap();
    assert!(first.contains("S(=O)(=O)"), "{text}");
}

#[test]
fn examples_are_short() {
    for entry in std::fs::read_dir(shipped("examples")).unwrap() {
        let path = entry.unwrap().path();
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 40, "{} has {lines} lines", path.display());
    }
}

#[test]
fn molecules_become_an_sd_file() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (
        folder.path().join("some.smi"),
        folder.path().join("some.sdf"),
    );
    std::fs::write(&input, "C[C@H](N)C(=O)O alanine\nCCO\tethanol\nC1CC\n").unwrap();
    let arguments = [input.to_str().unwrap(), output.to_str().unwrap()];
    check("mol_blocks", &arguments, 0);
    let text = std::fs::read_to_string(&output).unwrap();
    // A name after a space is no part of a SMILES here.
    assert_eq!(text.matches("$$$$").count(), 1, "{text}");
    assert!(text.starts_with("CCO\n  molgpt            2D\n"), "{text}");
}
