//! Radicals and stereo marks that mark nothing, on the real program: counted in data and samples.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use std::fs;
use std::path::Path;

use common::molgpt;
use serde_json::Value;

/// Seven molecules, of which two are radicals and two have idle marks, and one that is none.
const GENERATED: &str =
    "smiles\nCCO\nC[CH]O\nC[C@@H]C\nN/N\nC[C@H](N)O\nC[C@@H](N)O\nF/C=C/F\nC(\n";

#[track_caller]
fn run(folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = molgpt(folder).args(arguments).output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    (stdout, stderr)
}

#[track_caller]
fn check_share(report: &Value, name: &str, count: usize, of: usize) {
    let share = &report[name];
    let found = (&share["count"], &share["of"]);
    assert_eq!(found, (&count.into(), &of.into()), "{name}");
}

#[test]
fn check_and_evaluate_count_them() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("a.csv"), GENERATED).unwrap();
    fs::write(here.join("train.csv"), "smiles\nC[C@H](N)O\nCCC\n").unwrap();
    let (text, _) = run(here, &["check", "a.csv"]);
    for line in [
        "radicals              2 (28.57 %)",
        "idle stereo marks     2 (28.57 %)",
    ] {
        assert!(text.contains(line), "`{line}` in:\n{text}");
    }
    let (table, _) = run(
        here,
        &[
            "evaluate",
            "a.csv",
            "--train",
            "train.csv",
            "-o",
            "r",
            "--quick",
        ],
    );
    for name in ["Radicals", "Idle stereo marks", "Novelty without stereo"] {
        assert!(table.contains(name), "`{name}` in:\n{table}");
    }
    let report = fs::read_to_string(here.join("r/report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    check_share(&report, "radicals", 2, 7);
    check_share(&report, "idle_stereo_marks", 2, 7);
    check_share(&report, "novelty", 6, 7);
    check_share(&report, "novelty_without_stereo", 5, 6);
    let page = fs::read_to_string(here.join("r/report.html")).unwrap();
    assert!(page.contains("Idle stereo marks"), "the page has them, too");
}

#[test]
fn a_sample_of_valid_molecules_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    // Hot enough that some molecules are radicals.
    let sample = [
        "sample",
        "-n",
        "400",
        "--model",
        "pretrained",
        "--temperature",
        "1.9",
        "--valid",
    ];
    let (_, told) = run(here, &[&sample[..], &["-o", "closed.csv"]].concat());
    let (_, all) = run(
        here,
        &[&sample[..], &["--allow-radicals", "-o", "open.csv"]].concat(),
    );
    assert!(!all.contains("radicals"), "{all}");
    let (text, _) = run(here, &["check", "closed.csv"]);
    assert!(text.contains("radicals              0 (0.00 %)"), "{text}");
    assert!(text.contains("idle stereo marks     0 (0.00 %)"), "{text}");
    let (text, _) = run(here, &["check", "open.csv"]);
    let has = !text.contains("radicals              0 (0.00 %)");
    assert_eq!(told.contains("radicals"), has, "{told}{text}");
}
