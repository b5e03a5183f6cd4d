//! Models whose tokens are merged, on the real program: trained, resumed, fine-tuned, sampled from, scored.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use std::fs;
use std::path::Path;

use common::{molgpt, shipped};
use serde_json::Value;

/// A folder with the first `rows` shipped molecules and a configuration of so many merges.
fn folder_with(rows: usize, merges: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let all = fs::read_to_string(shipped("data/molecules.csv")).unwrap();
    let some: Vec<&str> = all.lines().take(rows + 1).collect();
    fs::write(folder.path().join("small.csv"), some.join("\n")).unwrap();
    let tiny = fs::read_to_string(shipped("configs/tiny.toml")).unwrap();
    let tokens = format!("[tokenizer]\nkind = \"pairs\"\nmerges = {merges}\n\n");
    fs::write(folder.path().join("pairs.toml"), tokens + &tiny).unwrap();
    folder
}

#[track_caller]
fn run(folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = molgpt(folder).args(arguments).output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    (stdout, stderr)
}

#[track_caller]
fn check_fails(folder: &Path, arguments: &[&str], message: &str) {
    let output = molgpt(folder).args(arguments).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
    assert!(stderr.contains(message), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn merged_tokens_are_learned_kept_and_written() {
    let folder = folder_with(600, 24);
    let here = folder.path();
    run(
        here,
        &[
            "train",
            "small.csv",
            "--config",
            "pairs.toml",
            "-o",
            "whole",
        ],
    );
    let merges = lines(&here.join("whole/merges.txt"));
    assert_eq!((merges.len(), &*merges[0]), (24, "c c"));
    let tokens = lines(&here.join("whole/vocabulary.txt"));
    assert!(tokens.contains(&"cc".to_owned()));
    // A run that is stopped and resumed ends in the same model.
    let stopped = [
        "train",
        "small.csv",
        "--config",
        "pairs.toml",
        "-o",
        "parts",
    ];
    run(
        here,
        &[&stopped[..], &["--epochs", "2", "--max-minutes", "0.0001"]].concat(),
    );
    assert_eq!(lines(&here.join("parts/merges.txt")), merges);
    run(here, &["train", "small.csv", "-o", "parts", "--resume"]);
    // Samples, with a prompt that ends within a token, on the processor and on a device of burn.
    for prompt in ["", "CC(=O", "c1cc"] {
        let sample = [
            "sample", "-n", "30", "--model", "whole", "--prompt", prompt, "--format", "jsonl",
        ];
        let (cpu, _) = run(here, &sample);
        let (flex, _) = run(
            here,
            &[&sample[..], &["--device", "flex", "--batch", "7"]].concat(),
        );
        let texts = |text: &str| -> Vec<String> {
            let rows = text
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap());
            rows.map(|row| row["smiles"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(texts(&cpu), texts(&flex));
        assert_eq!(texts(&cpu).len(), 30);
        assert!(texts(&cpu).iter().all(|text| text.starts_with(prompt)));
    }
}

#[test]
fn merged_tokens_are_scored_shown_and_fine_tuned() {
    let folder = folder_with(600, 24);
    let here = folder.path();
    let train = [
        "train",
        "small.csv",
        "--config",
        "pairs.toml",
        "-o",
        "whole",
    ];
    run(here, &train);
    let tokens = lines(&here.join("whole/vocabulary.txt"));
    // The likelihood of a text is that of its own segmentation.
    fs::write(here.join("one.smi"), "CC(=O)Nc1ccccc1\n").unwrap();
    let (scored, _) = run(
        here,
        &[
            "score", "one.smi", "--model", "whole", "--tokens", "--format", "jsonl",
        ],
    );
    let row: Value = serde_json::from_str(scored.trim()).unwrap();
    let pieces: Vec<&str> = row["token"]
        .as_array()
        .unwrap()
        .iter()
        .map(|piece| piece.as_str().unwrap())
        .collect();
    assert!(pieces.contains(&"cc"), "{pieces:?}");
    assert_eq!(pieces[..pieces.len() - 1].concat(), "CC(=O)Nc1ccccc1");
    assert_eq!(row["tokens"].as_u64(), Some(pieces.len() as u64));
    // The same pieces, with their ids and how they are made.
    let (shown, _) = run(
        here,
        &[
            "tokenize",
            "--model",
            "whole",
            "--explain",
            "CC(=O)Nc1ccccc1",
        ],
    );
    let first: Vec<&str> = shown.lines().next().unwrap().split('\t').collect();
    assert_eq!(
        first[0].split(' ').collect::<Vec<_>>(),
        pieces[..pieces.len() - 1]
    );
    assert!(shown.contains("  cc = c + c (merge 1)"), "{shown}");
    // Fine-tuning keeps the merges, adds new atoms after them, and merges more if it is asked to.
    fs::write(
        here.join("more.smi"),
        "CC[Se]CC\nCC[Se]CCC\nCCC[Se]CC\nC[Se]CCCC\n".repeat(3),
    )
    .unwrap();
    let finetune = fs::read_to_string(shipped("configs/finetune.toml")).unwrap();
    let start = finetune.find("[training]").unwrap();
    let more = format!(
        "[tokenizer]\nkind = \"pairs\"\nmerges = 1\n\n{}",
        &finetune[start..]
    );
    fs::write(
        here.join("more.toml"),
        more.replace("epochs = 30", "epochs = 1"),
    )
    .unwrap();
    run(
        here,
        &[
            "train",
            "more.smi",
            "--from",
            "whole",
            "--config",
            "more.toml",
            "-o",
            "tuned",
        ],
    );
    let tuned = lines(&here.join("tuned/vocabulary.txt"));
    assert_eq!(tuned[..tokens.len()], tokens);
    assert_eq!(tuned[tokens.len()], "[Se]");
    assert_eq!(lines(&here.join("tuned/merges.txt")).len(), 25);
    run(here, &["sample", "-n", "5", "--model", "tuned"]);
}

#[test]
fn what_cannot_be_merged_is_refused() {
    let folder = folder_with(30, 50_000);
    let here = folder.path();
    let train = ["train", "small.csv", "--config", "pairs.toml", "-o", "run"];
    check_fails(here, &train, "choose at most");
    assert!(!here.join("run/model.safetensors").exists());
    let tiny = fs::read_to_string(shipped("configs/tiny.toml")).unwrap();
    fs::write(
        here.join("atoms.toml"),
        format!("[tokenizer]\nmerges = 5\n\n{tiny}"),
    )
    .unwrap();
    check_fails(
        here,
        &["train", "small.csv", "--config", "atoms.toml"],
        "`merges` is 5: it must be 0 where `kind` is \"atom\"",
    );
    let (learned, stderr) = run(
        here,
        &[
            "tokenize",
            "--learn",
            "small.csv",
            "--merges",
            "50000",
            "CCO",
        ],
    );
    assert!(
        stderr.contains("no neighbours are left that occur twice"),
        "{stderr}"
    );
    assert!(
        learned.starts_with("merge\tleft\tright\tcount\ttokens_per_molecule\n0\t\t\t\t"),
        "{learned}"
    );
}

#[test]
fn a_damaged_list_of_merges_is_refused() {
    let folder = folder_with(300, 8);
    let here = folder.path();
    let train = ["train", "small.csv", "--config", "pairs.toml", "-o", "run"];
    run(here, &[&train[..], &["--max-minutes", "0.0001"]].concat());
    let path = here.join("run/merges.txt");
    let kept = fs::read_to_string(&path).unwrap();
    fs::write(&path, kept.replacen(' ', "", 1)).unwrap();
    check_fails(
        here,
        &["train", "small.csv", "-o", "run", "--resume"],
        "a merge is two tokens with a blank between",
    );
    let fewer: Vec<&str> = kept.lines().skip(1).collect();
    fs::write(&path, fewer.join("\n")).unwrap();
    check_fails(
        here,
        &["train", "small.csv", "-o", "run", "--resume"],
        "vocabulary.txt",
    );
}
