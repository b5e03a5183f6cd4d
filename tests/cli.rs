//! The real program, driven as a user would: train, sample, evaluate, and bad input.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;

fn molgpt(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_molgpt"));
    command.current_dir(folder);
    command
}

fn shipped(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}

/// A folder with the first `rows` shipped molecules as `small.csv`.
fn folder_with(rows: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let all = fs::read_to_string(shipped("data/molecules.csv")).unwrap();
    let some: Vec<&str> = all.lines().take(rows + 1).collect();
    fs::write(folder.path().join("small.csv"), some.join("\n")).unwrap();
    folder
}

#[track_caller]
fn check_fails(folder: &Path, arguments: &[&str], message: &str) {
    let output = molgpt(folder).args(arguments).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains(message), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

#[test]
fn train_sample_and_evaluate() {
    let folder = folder_with(600);
    let here = folder.path();
    let tiny = shipped("configs/tiny.toml");
    molgpt(here)
        .args(["train", "small.csv", "--config", &tiny])
        .assert()
        .success();
    for file in [
        "model.safetensors",
        "config.toml",
        "history.csv",
        "loss.png",
        "loss.svg",
    ] {
        assert!(here.join("runs/latest").join(file).exists(), "{file}");
    }
    let sample = |batch: &str, seed: &str| {
        let arguments = ["sample", "-n", "50", "--batch", batch, "--seed", seed];
        let output = molgpt(here).args(arguments).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let rows = sample("50", "1");
    assert_eq!(rows.lines().count(), 51);
    assert_eq!(rows.lines().next(), Some("smiles,nll"));
    assert_ne!(rows, sample("50", "2"));
    let column = |text: &str| -> Vec<String> {
        text.lines()
            .map(|l| l.split(',').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        column(&rows),
        column(&sample("7", "1")),
        "the batch size changes nothing"
    );
    fs::write(here.join("generated.csv"), rows).unwrap();
    let arguments = [
        "evaluate",
        "generated.csv",
        "--train",
        "small.csv",
        "-o",
        "report",
    ];
    molgpt(here).args(arguments).assert().success();
    let json = fs::read_to_string(here.join("report/report.json")).unwrap();
    assert!(json.contains("\"schema_version\""));
    assert!(here.join("report/report.html").exists());

    check_fails(here, &["sample", "-n", "1", "--prompt", "[Xe]"], "[Xe]");
    check_fails(
        here,
        &["sample", "-n", "1", "--temperature", "0"],
        "temperature",
    );
    let model = here.join("runs/latest/model.safetensors");
    let bytes = fs::read(&model).unwrap();
    fs::write(&model, &bytes[..bytes.len() / 2]).unwrap();
    check_fails(here, &["sample", "-n", "1"], "not a usable molgpt model");
}

#[test]
fn bad_input_is_one_clear_message() {
    let folder = folder_with(5);
    let here = folder.path();
    fs::write(here.join("empty.csv"), "").unwrap();
    fs::write(here.join("columns.csv"), "a,b\n1,2\n").unwrap();
    fs::write(here.join("invalid.csv"), "smiles\nC(\nC1\n").unwrap();
    fs::write(
        here.join("long.csv"),
        format!("smiles\n{}\n", "C".repeat(100_000)),
    )
    .unwrap();
    fs::write(here.join("junk.csv"), [0_u8, 159, 146, 150, 0, 255, 10]).unwrap();
    let tiny = fs::read_to_string(shipped("configs/tiny.toml")).unwrap();
    fs::write(here.join("unknown.toml"), tiny.replace("epochs", "epocs")).unwrap();
    fs::write(
        here.join("sizes.toml"),
        tiny.replace("heads = 2", "heads = 5"),
    )
    .unwrap();
    check_fails(here, &["train", "missing.csv"], "missing.csv");
    check_fails(here, &["train", "empty.csv"], "empty.csv");
    check_fails(here, &["train", "columns.csv"], "--column");
    check_fails(here, &["train", "invalid.csv"], "invalid.csv");
    check_fails(here, &["train", "long.csv"], "long.csv");
    check_fails(here, &["train", "junk.csv"], "junk.csv");
    check_fails(
        here,
        &["train", "small.csv", "--config", "unknown.toml"],
        "epocs",
    );
    check_fails(
        here,
        &["train", "small.csv", "--config", "sizes.toml"],
        "heads",
    );
    check_fails(here, &["sample", "-n", "1", "--model", "none"], "none");
    check_fails(here, &["evaluate", "missing.csv"], "missing.csv");
    check_fails(here, &["canonicalize", "missing.smi"], "missing.smi");
    check_fails(
        here,
        &["train", "small.csv", "-o", "small.csv/run"],
        "small.csv/run",
    );
}

#[test]
fn canonicalize_answers_every_line_in_order() {
    let folder = folder_with(1);
    let output = molgpt(folder.path())
        .arg("canonicalize")
        .write_stdin("OCC\n\nC(\n")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let verdicts: Vec<&str> = text
        .lines()
        .map(|line| line.split('\t').nth(1).unwrap())
        .collect();
    assert_eq!(verdicts, ["valid", "invalid", "invalid"]);
}
