//! The real program, driven as a user would: train, sample, evaluate, and bad input.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{molgpt, shipped};

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
        "state.safetensors",
        "vocabulary.txt",
        "config.toml",
        "history.csv",
        "run.json",
        "train.log",
        "loss.png",
        "loss.svg",
    ] {
        assert!(here.join("runs/latest").join(file).exists(), "{file}");
    }
    check_golden_losses(&here.join("runs/latest"));
    let sample = |batch: &str, seed: &str| {
        let arguments = ["sample", "-n", "50", "--batch", batch, "--seed", seed];
        let output = molgpt(here).args(arguments).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let rows = sample("50", "1");
    assert_eq!(rows.lines().count(), 51);
    assert_eq!(rows.lines().next(), Some("smiles,nll,cut"));
    assert_ne!(rows, sample("50", "2"));
    assert_eq!(rows, sample("7", "1"), "the batch size changes nothing");
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
        &["sample", "-n", "1", "--temperature=-0.5"],
        "--temperature is -0.5: it must be 0 or a positive number",
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
    check_fails(here, &["train", "columns.csv"], "`FILE:COLUMN`");
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

/// The first losses against those of molgpt 0.1.0 (burn 0.21.0's initial weights, seed 0) on
/// x86-64. Other instructions round differently, and ten steps let that grow.
#[track_caller]
fn check_golden_losses(run: &Path) {
    let golden = [
        3.22373, 3.20108, 3.15642, 3.08966, 3.04922, 3.00618, 2.98201, 2.93161, 2.87578, 2.79185,
    ];
    let text = fs::read_to_string(run.join("history.csv")).unwrap();
    let column = text
        .lines()
        .next()
        .unwrap()
        .split(',')
        .position(|name| name == "loss")
        .unwrap();
    let cell = |line: &str| line.split(',').nth(column).unwrap().parse::<f64>().unwrap();
    let found: Vec<f64> = text.lines().skip(1).take(golden.len()).map(cell).collect();
    for (found, golden) in found.iter().zip(golden) {
        assert!((found - golden).abs() < 1e-3, "{found} is not {golden}");
    }
    assert_eq!(found.len(), golden.len());
}

/// The run's history without the seconds, which no two runs share.
fn losses(run: &Path) -> Vec<String> {
    let text = fs::read_to_string(run.join("history.csv")).unwrap();
    let without_seconds = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        [&cells[..1], &cells[2..]].concat().join(",")
    };
    text.lines().map(without_seconds).collect()
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_goes_on_as_if_it_had_not_been() {
    let folder = folder_with(2_000);
    let here = folder.path();
    let tiny = shipped("configs/tiny.toml");
    let train = |output: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_molgpt"));
        command.current_dir(here).args(["-q", "train", "small.csv"]);
        command.args(["--config", &tiny, "-o", output]);
        command
    };
    assert!(train("whole").status().unwrap().success());
    let whole = losses(&here.join("whole"));

    let mut child = train("broken").spawn().unwrap();
    let model = here.join("broken/model.safetensors");
    while !model.exists() {
        assert!(child.try_wait().unwrap().is_none(), "ended without a model");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let id = child.id().to_string();
    let kill = Command::new("kill").args(["-INT", &id]).output().unwrap();
    assert!(kill.status.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let broken = losses(&here.join("broken"));
    assert!(broken.len() < whole.len(), "the interrupt came in time");
    assert_eq!(broken, whole[..broken.len()]);

    check_fails(
        here,
        &["train", "small.csv", "--config", &tiny, "-o", "broken"],
        "--resume",
    );
    molgpt(here)
        .args(["train", "small.csv", "--resume", "-o", "broken"])
        .args(["--threads", "1"])
        .assert()
        .success();
    assert_eq!(losses(&here.join("broken")), whole);
    for file in ["model.safetensors", "config.toml", "vocabulary.txt"] {
        let read = |run: &str| fs::read(here.join(run).join(file)).unwrap();
        assert!(read("whole") == read("broken"), "{file} differs");
    }
    fs::write(here.join("other.csv"), "smiles\nCCO\nCCN\n".repeat(3)).unwrap();
    check_fails(
        here,
        &["train", "other.csv", "--resume", "-o", "broken"],
        "other.csv",
    );
}

#[cfg(unix)]
#[test]
fn an_interrupted_evaluation_ends_at_once_and_leaves_no_folder() {
    let folder = folder_with(10);
    let here = folder.path();
    // It waits for its molecules.
    let mut child = Command::new(env!("CARGO_BIN_EXE_molgpt"))
        .current_dir(here)
        .args([
            "evaluate",
            "-",
            "-o",
            "report",
            "--no-cache",
            "--log-format",
            "json",
        ])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let plots = here.join("report/plots");
    while !plots.exists() {
        assert!(child.try_wait().unwrap().is_none(), "ended too soon");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    std::thread::sleep(std::time::Duration::from_millis(200));
    let id = child.id().to_string();
    let sent = std::time::Instant::now();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    // Its input stays open: the signal alone ends it, in a tenth of a second where nothing else runs.
    let input = child.stdin.take();
    while child.try_wait().unwrap().is_none() {
        if sent.elapsed().as_secs_f64() > 5.0 {
            child.kill().unwrap();
            panic!("it goes on after a signal");
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{told}");
    let last: serde_json::Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["kind"], &last["exit_code"]),
        (&"cancelled".into(), &130.into())
    );
    assert!(!here.join("report").exists());
}

#[test]
fn the_model_inside_the_program_writes_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let sample = |arguments: &[&str]| {
        let command = ["-q", "sample", "-n", "200", "--seed", "3"];
        let output = molgpt(here).args(command).args(arguments).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let lines = sample(&["--format", "smi"]);
    assert_eq!(lines.lines().count(), 200);
    let verdicts = molgpt(here)
        .arg("canonicalize")
        .write_stdin(lines.clone())
        .output()
        .unwrap();
    let verdicts = String::from_utf8(verdicts.stdout).unwrap();
    let valid = verdicts.lines().filter(|l| l.contains("\tvalid\t")).count();
    assert!(valid > 180, "{valid} of 200 are valid");
    for name in [
        "a.csv",
        "a.smi",
        "a.jsonl",
        "a.csv.gz",
        "a.smi.gz",
        "a.jsonl.gz",
    ] {
        assert_eq!(sample(&["-o", name]), "");
        let bytes = fs::read(here.join(name)).unwrap();
        let mut text = String::new();
        if Path::new(name).extension() == Some("gz".as_ref()) {
            let mut plain = flate2::read::MultiGzDecoder::new(bytes.as_slice());
            std::io::Read::read_to_string(&mut plain, &mut text).unwrap();
        } else {
            text = String::from_utf8(bytes).unwrap();
        }
        let smiles: Vec<String> = match name.split('.').nth(1).unwrap() {
            "smi" => text.lines().map(str::to_owned).collect(),
            "csv" => {
                let rows = text.lines().skip(1);
                rows.map(|row| row.split(',').next().unwrap().to_owned())
                    .collect()
            }
            _ => {
                let object = |line| serde_json::from_str::<serde_json::Value>(line).unwrap();
                let rows = text.lines().map(object);
                rows.map(|row| row["smiles"].as_str().unwrap().to_owned())
                    .collect()
            }
        };
        assert!(
            smiles.iter().map(String::as_str).eq(lines.lines()),
            "{name}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_failed_save_loses_nothing() {
    let folder = folder_with(300);
    let here = folder.path();
    let tiny = shipped("configs/tiny.toml");
    check_fails(here, &["sample", "-n", "5", "-o", "/dev/full"], "/dev/full");
    for name in ["none/a.csv", "none/a.parquet"] {
        let message = format!("cannot write `{name}`: `none` is not there");
        check_fails(here, &["sample", "-n", "5", "-o", name], &message);
    }
    let arguments = ["train", "small.csv", "--config", &tiny, "-o", "run"];
    molgpt(here).args(arguments).assert().success();
    let before = fs::read(here.join("run/model.safetensors")).unwrap();
    // No file may grow past 8 KiB: what a full disk does to the next save.
    let limited = format!(
        "trap '' XFSZ; ulimit -f 8; exec '{}' train small.csv --config '{tiny}' -o run --overwrite --seed 1",
        env!("CARGO_BIN_EXE_molgpt")
    );
    let output = Command::new("bash")
        .current_dir(here)
        .args(["-c", &limited])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("cannot write `run/model.safetensors`"),
        "{stderr}"
    );
    assert!(fs::read(here.join("run/model.safetensors")).unwrap() == before);
    let names = fs::read_dir(here.join("run")).unwrap();
    let left = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(left.filter(|name| name.starts_with(".molgpt")).count(), 0);
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "set -o pipefail; '{}' -q sample -n 20000 | head -n 2",
        env!("CARGO_BIN_EXE_molgpt")
    );
    let output = Command::new("bash")
        .current_dir(folder.path())
        .args(["-c", &script])
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let script = format!(
        "set -o pipefail; '{}' completions bash | head -n 1",
        env!("CARGO_BIN_EXE_molgpt")
    );
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// The lines of a text that begin with these words.
fn beginning<'a>(text: &'a str, words: &str) -> Vec<&'a str> {
    text.lines()
        .filter(|line| line.starts_with(words))
        .collect()
}

#[expect(clippy::too_many_lines, reason = "one run, told in many places")]
#[test]
fn a_run_tells_its_story() {
    let folder = folder_with(600);
    let here = folder.path();
    let tiny = shipped("configs/tiny.toml");
    let run = |arguments: &[&str]| {
        let output = molgpt(here).args(arguments).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{stderr}");
        (String::from_utf8(output.stdout).unwrap(), stderr)
    };
    let json = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&fs::read(here.join(name)).unwrap()).unwrap()
    };
    let train = ["train", "small.csv", "--config", &tiny, "--seed", "4"];
    let (_, told) = run(&[&train[..], &["-o", "runs/a", "--log", "a.jsonl"]].concat());
    for name in [
        "data",
        "tokens",
        "network",
        "optimizer",
        "seed       4",
        "device     cpu",
        "run folder runs/a",
        "ends       after",
        "ended at step",
        "best validation loss",
        "next: molgpt sample",
    ] {
        assert_eq!(beginning(&told, name).len(), 1, "{name} in {told}");
    }
    let validations = beginning(&told, "step ");
    assert!(validations.len() > 1, "{told}");
    for word in ["epoch", "loss", "validation", "tokens/s", "elapsed"] {
        assert!(
            validations[0].contains(word),
            "{word} in {}",
            validations[0]
        );
    }
    let log = fs::read_to_string(here.join("runs/a/train.log")).unwrap();
    assert_eq!(beginning(&log, "step "), validations);
    assert_eq!(beginning(&log, "ended at step").len(), 1);

    let history = fs::read_to_string(here.join("runs/a/history.csv")).unwrap();
    let head = "step,seconds,rate,loss,validation_loss,tokens,gradient_norm";
    assert_eq!(history.lines().next(), Some(head));
    let cells =
        |row: &str| -> Vec<f64> { row.split(',').map(|it| it.parse().unwrap_or(0.0)).collect() };
    for row in history.lines().skip(1) {
        assert!(cells(row)[5] > 0.0 && cells(row)[6] > 0.0, "{row}");
    }

    let record = json("runs/a/run.json");
    assert_eq!(record["data"], "small.csv");
    assert_eq!((&record["rows"], &record["seed"]), (&600.into(), &4.into()));
    assert_eq!(
        (&record["reason"], &record["device"]),
        (&"epochs".into(), &"cpu".into())
    );
    assert_eq!(record["step"], record["steps"]);
    assert!(
        record["command"]
            .as_str()
            .unwrap()
            .starts_with("molgpt train small.csv")
    );
    assert!(record["started"].as_str().unwrap() <= record["ended"].as_str().unwrap());
    assert_eq!(record["digest"].as_str().unwrap().len(), 64);
    let loss = record["best"]["validation_loss"].as_f64().unwrap();

    let lines = fs::read_to_string(here.join("a.jsonl")).unwrap();
    let events: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let steps = record["steps"].as_u64().unwrap() as usize;
    assert_eq!(events.len(), steps + 2);
    assert_eq!(
        (&events[0]["event"], &events[0]["training"]),
        (&"start".into(), &record["training"])
    );
    assert_eq!(
        (&events[steps]["event"], &events[steps]["step"]),
        (&"step".into(), &record["step"])
    );
    assert_eq!(
        (&events[steps + 1]["event"], &events[steps + 1]["best"]),
        (&"end".into(), &record["best"])
    );

    let (text, _) = run(&["info", "runs/a"]);
    for words in [
        "trained on        small.csv: 600 rows, seed 4",
        "trained to        step",
        "  ended ",
    ] {
        assert_eq!(beginning(&text, words).len(), 1, "{words} in {text}");
    }
    let (text, _) = run(&["info", "runs/a", "--json"]);
    let info: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(info["origin"]["digest"], record["digest"]);
    assert_eq!(info["run"], record);
    let (_, said) = run(&["sample", "-n", "1"]);
    assert!(said.contains("run `a`, saved "), "{said}");
    assert!(
        said.contains(&format!("validation loss {loss:.4} per token at step")),
        "{said}"
    );

    // Fine-tuned: the parent is told. The same again gives the same file.
    let tune = [
        "train",
        "small.csv",
        "--from",
        "runs/a",
        "--epochs",
        "1",
        "--old",
        "small.csv",
        "-o",
    ];
    run(&[&tune[..], &["runs/b"]].concat());
    let record = json("runs/b/run.json");
    assert_eq!(record["parent"], "runs/a");
    let (text, _) = run(&["info", "runs/b/model.safetensors"]);
    assert_eq!(beginning(&text, "fine-tuned from   a").len(), 1, "{text}");
    run(&[&tune[..], &["elsewhere"]].concat());
    let model = |name: &str| fs::read(here.join(name).join("model.safetensors")).unwrap();
    assert!(model("runs/b") == model("elsewhere"));
    let log = ["--log", "none/a.jsonl", "-o", "runs/c"];
    check_fails(here, &[&train[..], &log[..]].concat(), "none/a.jsonl");
}

#[test]
fn tiny_sets_are_fine_tuned_with_all_their_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let new = "smiles\nCP(C)C\n[2H]C([2H])([2H])O\nC[C@@H](N)C(=O)O\nCCN.Cl\n";
    fs::write(here.join("new.csv"), new).unwrap();
    let rings = "smiles\nc1ccc2c(c1)c1ccccc1c1ccccc21\nC1CC2CCC3CCC4CCC5CCC6CCC1C1C2C3C4C5C61\n";
    fs::write(here.join("rings.csv"), rings).unwrap();
    fs::write(here.join("old.smi"), "CCO\nCCN\n").unwrap();
    let tune = |data: &str, more: &[&str]| {
        let common = [
            "train",
            data,
            "--from",
            "pretrained",
            "--epochs",
            "2",
            "--old",
            "old.smi",
        ];
        let output = molgpt(here)
            .args([&common, more].concat())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{stderr}");
        stderr
    };
    let told = tune("new.csv", &["-o", "plain", "--augment", "0"]);
    assert!(told.contains("4 new tokens: . P [2H] [C@@H]\n"), "{told}");
    // Fresh spellings have the other chirality, too.
    let told = tune("new.csv", &["-o", "new"]);
    assert!(
        told.contains("5 new tokens: . P [2H] [C@@H] [C@H]"),
        "{told}"
    );
    assert!(told.contains("new set, held out"), "{told}");
    assert!(!told.contains(" 0 molecules"), "{told}");
    let told = tune("rings.csv", &["--augment", "4", "-o", "rings"]);
    assert!(
        told.contains("1 molecules to train on, 1 held out"),
        "{told}"
    );
    let vocabulary = fs::read_to_string(here.join("rings/vocabulary.txt")).unwrap();
    assert!(vocabulary.lines().any(|token| token == "7"), "{vocabulary}");
}

#[test]
fn cut_strings_are_told_with_the_likelihood_that_score_has() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let hot = ["sample", "-n", "300", "--seed", "3", "--temperature", "3"];
    let of = ["--model", "pretrained", "-o", "c.csv"];
    let output = molgpt(here).args(hot).args(of).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let score = ["score", "c.csv", "--invalid", "--model", "pretrained"];
    molgpt(here)
        .args(score)
        .args(["-o", "s.csv"])
        .assert()
        .success();
    let rows = |name: &str| -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_path(here.join(name)).unwrap();
        let rows = reader.records().map(|row| row.unwrap());
        rows.map(|row| row.iter().map(str::to_owned).collect())
            .collect()
    };
    let (sampled, scored) = (rows("c.csv"), rows("s.csv"));
    let number = |text: &str| text.parse::<f64>().unwrap();
    let mut cut = 0;
    for (sampled, scored) in sampled.iter().zip(&scored) {
        assert_eq!(sampled[0], scored[1]);
        if scored[2].is_empty() {
            // The empty string has no likelihood of its own.
            assert_eq!(sampled[0], "");
            continue;
        }
        approx::assert_relative_eq!(
            number(&sampled[1]),
            number(&scored[2]),
            epsilon = 1e-3,
            max_relative = 1e-5
        );
        if sampled[2] == "1" {
            assert_eq!(scored[3], "63", "tokens and the end");
            cut += 1;
        } else {
            assert_eq!(sampled[2], "0");
        }
    }
    assert!(cut > 0);
    let told = format!("{cut} of 300 strings were cut at the context of 64 tokens");
    assert!(stderr.contains(&told), "{stderr}");
    let output = molgpt(here).args(["evaluate", "c.csv"]).output().unwrap();
    let told = format!("300 strings ({cut} cut at the context of their model)");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains(&told), "{stdout}");
    let report = fs::read(here.join("reports/c/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["cut"]["count"], cut);
    assert_eq!(report["cut"]["of"], 300);
}

#[test]
fn temperature_0_is_greedy() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let sample = |arguments: &[&str]| {
        let common = ["sample", "--model", "pretrained", "--temperature", "0"];
        let output = molgpt(here)
            .args([&common, arguments].concat())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        (String::from_utf8(output.stdout).unwrap(), stderr)
    };
    let (one, said) = sample(&["-n", "1", "--seed", "7"]);
    assert_eq!((one.lines().count(), said.as_str()), (2, ""));
    let (five, said) = sample(&["-n", "5"]);
    let rows: Vec<&str> = five.lines().skip(1).collect();
    assert_eq!(rows, [one.lines().nth(1).unwrap(); 5]);
    assert!(said.contains("all molecules are the same"), "{said}");
    let (prompted, _) = sample(&["-n", "1", "--prompt", "c1ccncc1"]);
    assert!(prompted.lines().nth(1).unwrap().starts_with("c1ccncc1"));
    let unlike = ["sample", "-n", "2", "--temperature", "0", "--unique"];
    check_fails(here, &unlike, "--temperature 0 always writes the same");
}

#[test]
fn counts_are_read_as_people_write_them() {
    let folder = tempfile::tempdir().unwrap();
    let sample = |n: &str| {
        let arguments = ["-q", "sample", "-n", n, "--format", "smi"];
        let output = molgpt(folder.path()).args(arguments).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{n}");
        String::from_utf8(output.stdout).unwrap().lines().count()
    };
    assert_eq!(sample("2e2"), 200);
    assert_eq!(sample("0.1k"), 100);
    molgpt(folder.path())
        .args(["sample", "-n", "1.5"])
        .assert()
        .code(2);
}

#[cfg(unix)]
#[test]
fn an_interrupted_command_says_by_what() {
    let folder = folder_with(20);
    let here = folder.path();
    let check = |arguments: &[&str], signal: &str, expected: i32, kept: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_molgpt"))
            .current_dir(here)
            .args(arguments)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        while !here.join(kept).exists() {
            assert!(child.try_wait().unwrap().is_none(), "{arguments:?} ended");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let id = child.id().to_string();
        let kill = Command::new("kill").args([signal, &id]).output().unwrap();
        assert!(kill.status.success());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(expected), "{stderr}");
        stderr.into_owned()
    };
    let sample = ["sample", "-n", "1e8", "--model", "pretrained", "-o"];
    for (name, signal, code) in [("a.csv", "-INT", 130), ("b.csv", "-TERM", 143)] {
        let note = format!("{name}.part.json");
        let stderr = check(&[&sample[..], &[name]].concat(), signal, code, &note);
        assert!(stderr.contains("--resume goes on"), "{stderr}");
    }
    let stderr = check(
        &[&["-q"], &sample[..], &["c.csv"]].concat(),
        "-INT",
        130,
        "c.csv.part.json",
    );
    assert_eq!(stderr, "");
    let tiny = shipped("configs/tiny.toml");
    let train = ["-q", "train", "small.csv", "--config", &tiny, "-o", "run"];
    let stderr = check(
        &[&train[..], &["--epochs", "100000"]].concat(),
        "-TERM",
        143,
        "run/state.safetensors",
    );
    assert_eq!(stderr, "");
}

#[test]
fn bench_prints_one_json_object() {
    let folder = folder_with(60);
    let tiny = shipped("configs/tiny.toml");
    let check = |arguments: &[&str], work: &str, rates: &[&str]| {
        let output = molgpt(folder.path())
            .args([&["bench", work], arguments].concat())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(found["work"], work);
        for rate in rates {
            assert!(found[rate].as_f64().unwrap() > 0.0, "{rate} of {found}");
        }
    };
    let all = [
        "molecules_per_s",
        "real_tokens_per_s",
        "padded_tokens_per_s",
        "share_of_matrix_peak",
    ];
    let steps = ["--config", &tiny, "--batch", "8", "--steps", "3"];
    check(&steps, "train", &all);
    check(
        &[&steps[..], &["--data", "small.csv"]].concat(),
        "train",
        &all,
    );
    let plain = ["--length", "7", "--device", "flex", "--adamw"];
    check(&[&steps[..], &plain].concat(), "train", &all);
    check(&["-n", "20", "--config", &tiny], "sample", &all);
    check(&["-n", "20"], "canonicalize", &all[..1]);
    let too_long = ["bench", "train", "--config", &tiny, "--length", "1000"];
    check_fails(folder.path(), &too_long, "--length");
}

#[test]
fn shards_make_the_output_of_one_job() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let sample = |arguments: &[&str], output: &str| {
        let common = ["sample", "-n", "50", "--seed", "3", "--model", "pretrained"];
        let arguments = [&common, arguments, &["-o", output]].concat();
        molgpt(here).args(arguments).assert().success();
        fs::read_to_string(here.join(output)).unwrap()
    };
    for ending in ["csv", "smi", "jsonl"] {
        let whole = sample(&[], &format!("whole.{ending}"));
        let shards = (1..=4).map(|index| {
            let shard = format!("{index}/4");
            sample(&["--shard", &shard], &format!("{index}.{ending}"))
        });
        assert_eq!(whole, shards.collect::<String>());
    }
    let rejecting = ["sample", "-n", "9", "--shard", "1/3", "--valid", "--unique"];
    let output = molgpt(here).args(rejecting).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("molgpt prepare ALL --unique"), "{stderr}");
}

#[test]
fn single_keys_and_parts_of_a_configuration_are_set() {
    let folder = folder_with(60);
    let here = folder.path();
    fs::write(
        here.join("part.toml"),
        "[model]\nwidth = 32\n[training]\nepochs = 3\n",
    )
    .unwrap();
    let print = |rest: &[&str]| {
        let arguments = [&["train", "--print-config"], rest].concat();
        let output = molgpt(here).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).unwrap()
    };
    let shown = print(&[
        "--config",
        "part.toml",
        "--set",
        "optimizer=adamw",
        "--epochs",
        "2",
    ]);
    for line in [
        "width = 32 ",
        "epochs = 2 ",
        "optimizer = \"adamw\" ",
        "layers = 4 ",
    ] {
        let found = shown.lines().find(|found| found.starts_with(line));
        assert!(
            found.is_some_and(|found| found.contains(" # ")),
            "{line}: {shown}"
        );
    }
    fs::write(here.join("whole.toml"), &shown).unwrap();
    assert_eq!(print(&["--config", "whole.toml"]), shown);
    let tuned = print(&["--from", "pretrained", "--set", "training.epochs=4"]);
    assert!(
        tuned.contains("epochs = 4 ") && tuned.contains("patience = 5 "),
        "{tuned}"
    );

    let train = ["train", "small.csv", "--config", "part.toml", "-o", "run"];
    let keys = ["--set", "layers=1", "--set", "batch_size=8"];
    molgpt(here)
        .args([&train[..], &keys].concat())
        .assert()
        .success();
    let config = fs::read_to_string(here.join("run/config.toml")).unwrap();
    for line in ["layers = 1", "width = 32", "epochs = 3", "batch_size = 8"] {
        assert!(
            config.lines().any(|found| found == line),
            "{line}: {config}"
        );
    }
    for (setting, message) in [
        ("training.epocs=3", "training.epochs"),
        ("epochs=0", "`epochs` is 0"),
        ("optimizer=sgd", "muon"),
    ] {
        let arguments = ["train", "small.csv", "-o", "other", "--set", setting];
        check_fails(here, &arguments, message);
        assert!(!here.join("other").exists());
    }
    let width = [
        "train",
        "small.csv",
        "--from",
        "pretrained",
        "--set",
        "width=64",
    ];
    check_fails(here, &width, "`width` is 64");
}

#[test]
fn other_devices_do_the_same_work() {
    let folder = folder_with(60);
    let here = folder.path();
    let tiny = shipped("configs/tiny.toml");
    let train = |device: &str, rest: &[&str]| {
        let common = ["train", "small.csv", "--device", device, "-o", "run"];
        molgpt(here)
            .args([&common, rest].concat())
            .assert()
            .success();
        let history = fs::read_to_string(here.join("run/history.csv")).unwrap();
        let head: Vec<&str> = history.lines().next().unwrap().split(',').collect();
        let column = head.iter().position(|name| *name == "validation_loss");
        let validation = history
            .lines()
            .filter_map(|row| row.split(',').nth(column?)?.parse().ok());
        validation.collect::<Vec<f64>>()
    };
    let fresh = |device| {
        train(
            device,
            &["--config", &tiny, "--epochs", "20", "--overwrite"],
        )
    };
    let cpu = fresh("cpu");
    assert!(cpu.len() > 2 && cpu[cpu.len() - 1] < cpu[0]);
    let flex = fresh("flex");
    assert_eq!(cpu.len(), flex.len());
    for (a, b) in cpu.iter().zip(&flex) {
        approx::assert_relative_eq!(a, b, max_relative = 2e-3);
    }
    let sample = |device: &str| {
        let arguments = ["sample", "-n", "20", "--model", "run", "--device", device];
        let output = molgpt(here)
            .args(arguments)
            .args(["--format", "smi"])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(sample("cpu").lines().count(), 20);
    assert_eq!(sample("cpu"), sample("flex"));

    let usage = |device: &str| {
        let arguments = ["sample", "-n", "1", "--device", device];
        molgpt(here).args(arguments).assert().code(2);
    };
    usage("gpu");
    usage("cpu,cpu");
    check_fails(
        here,
        &["sample", "-n", "1", "--device", "flex,flex"],
        "uses one",
    );
}

#[test]
fn a_missing_graphics_processor_is_said_in_a_sentence() {
    let folder = folder_with(60);
    let output = molgpt(folder.path())
        .args(["train", "small.csv", "--device", "cuda:99"])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("--device cpu") || stderr.contains("CUDA devices"),
        "{stderr}"
    );
    assert!(!stderr.contains("panicked"), "{stderr}");
}
