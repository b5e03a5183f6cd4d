//! What other programs read of the program: messages as JSON lines, figures as JSON documents.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use std::fs;
use std::path::Path;

use common::{molgpt, shipped};
use serde_json::Value;

/// A folder with the first `rows` shipped molecules as `small.csv`.
fn folder_with(rows: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let all = fs::read_to_string(shipped("data/molecules.csv")).unwrap();
    let some: Vec<&str> = all.lines().take(rows + 1).collect();
    fs::write(folder.path().join("small.csv"), some.join("\n")).unwrap();
    folder
}

/// The events of standard error, each a line that is an object with a time, a level and a message.
#[track_caller]
fn events(stderr: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(stderr).unwrap();
    for sign in ['\r', '\u{1b}'] {
        assert!(!text.contains(sign), "{text}");
    }
    let event = |line: &str| -> Value {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        let time = event["time"].as_str().unwrap();
        assert!(humantime::parse_rfc3339(time).is_ok(), "{line}");
        let level = event["level"].as_str().unwrap();
        assert!(["info", "warning", "error"].contains(&level), "{line}");
        assert!(!event["message"].as_str().unwrap().is_empty(), "{line}");
        event
    };
    text.lines().map(event).collect()
}

#[test]
fn the_last_event_of_a_failure_is_its_error() {
    #[track_caller]
    fn check(folder: &Path, arguments: &[&str], code: i32, kind: &str, message: &str) {
        let output = molgpt(folder)
            .args(arguments)
            .env("MOLGPT_LOG_FORMAT", "json")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code));
        let last = events(&output.stderr).pop().unwrap();
        assert_eq!(last["level"], "error", "{last}");
        assert_eq!(
            (&last["kind"], &last["exit_code"]),
            (&kind.into(), &code.into())
        );
        let told = last["message"].as_str().unwrap();
        assert!(
            told.contains(message) && !told.starts_with("error"),
            "{told}"
        );
    }
    let folder = folder_with(5);
    let here = folder.path();
    check(here, &["sample"], 2, "usage", "-n <N>");
    check(here, &["sample", "--no"], 2, "usage", "--no");
    check(
        here,
        &["score", "small.csv", "--json"],
        2,
        "usage",
        "--output FILE",
    );
    check(
        here,
        &["-q", "info", "none"],
        1,
        "setting",
        "no model `none`",
    );
    check(
        here,
        &["train", "small.csv", "--set", "epochs=no"],
        1,
        "setting",
        "epochs",
    );
    check(here, &["check", "missing.csv"], 1, "input", "missing.csv");
}

#[test]
fn text_stays_the_default_and_the_flag_wins() {
    #[track_caller]
    fn check(folder: &Path, variable: &str, flags: &[&str], json: bool) {
        let output = molgpt(folder)
            .args(flags)
            .args(["describe", "small.csv", "-o", "d.csv"])
            .env("MOLGPT_LOG_FORMAT", variable)
            .output()
            .unwrap();
        assert!(output.status.success());
        if json {
            let told = events(&output.stderr).pop().unwrap();
            assert_eq!((&told["rows"], &told["valid"]), (&5.into(), &5.into()));
        } else {
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(told, "small.csv: 5 of 5 rows are molecules\n");
        }
    }
    let folder = folder_with(5);
    let here = folder.path();
    check(here, "text", &[], false);
    check(here, "json", &["--log-format", "text"], false);
    check(here, "text", &["--log-format=json"], true);
    check(here, "json", &[], true);
    let help = molgpt(here).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("MOLGPT_LOG_FORMAT"), "{help}");
}

#[test]
fn a_training_is_told_in_events() {
    let folder = folder_with(300);
    let tiny = shipped("configs/tiny.toml");
    let output = molgpt(folder.path())
        .args([
            "--log-format",
            "json",
            "train",
            "small.csv",
            "--config",
            &tiny,
        ])
        .output()
        .unwrap();
    let events = events(&output.stderr);
    assert!(output.status.success(), "{events:?}");
    let of = |name: &str| -> Vec<&Value> {
        let is = |event: &&Value| event["event"] == name;
        events.iter().filter(is).collect()
    };
    let progress = of("progress");
    assert!(!progress.is_empty() && progress[0]["stage"].is_string());
    assert!(progress.iter().all(|event| event["done"].is_u64()));
    let steps = of("step");
    assert!(!steps.is_empty());
    for step in steps {
        assert!(
            step["step"].is_u64() && step["mean_loss"].is_f64(),
            "{step}"
        );
        assert!(
            step["validation"].is_f64() && step["loss"].is_f64(),
            "{step}"
        );
    }
    assert_eq!((of("start").len(), of("end").len()), (1, 1));
    assert_eq!(of("end")[0]["reason"], "epochs");
}

#[test]
fn commands_give_their_figures_as_one_document() {
    let folder = folder_with(300);
    let here = folder.path();
    let tiny = shipped("configs/tiny.toml");
    let run = |arguments: &[&str]| {
        let output = molgpt(here).arg("-q").args(arguments).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {told}");
        output.stdout
    };
    let train = [
        "train",
        "small.csv",
        "--config",
        &tiny,
        "--epochs",
        "1",
        "-o",
    ];
    run(&[&train[..], &["run"]].concat());
    run(&[&train[..], &["cond", "--condition", "logp,qed"]].concat());
    run(&["sample", "-n", "30", "--model", "run", "-o", "sample.csv"]);
    let fragments = "smiles,motif_extension,linker_design,scaffold_decoration,superstructure_generation\n\
                     CCOc1ccccc1,[*]OCC,[*]CC.[*]c1ccccc1,[*]c1ccccc1,c1ccccc1\n";
    fs::write(here.join("drugs.csv"), fragments).unwrap();
    // Each with a path to a figure, dots between its parts.
    let check = |arguments: &str, places: &[&str]| {
        let mut words: Vec<&str> = arguments.split(' ').collect();
        // What follows the molecules of `tokenize` is a molecule.
        if words[0] == "tokenize" {
            words.insert(1, "--json");
        } else {
            words.push("--json");
        }
        let text = run(&words);
        let found: Value = serde_json::from_slice(&text).unwrap_or_else(|error| {
            panic!("{arguments}: {error}: {}", String::from_utf8_lossy(&text))
        });
        for place in places {
            let pointer = format!("/{}", place.replace('.', "/"));
            assert!(
                found.pointer(&pointer).is_some(),
                "{arguments}: {place} in {found}"
            );
        }
    };
    let evaluate = "evaluate sample.csv --train small.csv --no-cache";
    check(
        &format!("{evaluate} -o a"),
        &["validity.value", "provenance.title"],
    );
    check(&format!("{evaluate} -o b --quick"), &["generated"]);
    check("compare a b", &["reports.1.name", "schema_version"]);
    check("compare a b -o both", &["reports.0.figures.0"]);
    check(
        "info run",
        &["parameters", "network.width", "tensors.0.shape"],
    );
    check(
        "tokenize CCO c1ccccc1",
        &["molecules.1.tokens.0", "molecules.1.ids.0"],
    );
    check(
        "tokenize --explain --learn small.csv --merges 3 CCO",
        &["learned.merges.2.count", "molecules.0.merges"],
    );
    check(
        "explain CC --model run",
        &["nll", "perplexity", "tokens.0.rank"],
    );
    check("doctor", &["0.what"]);
    check("check small.csv", &["suggested.model.width"]);
    check(
        "score small.csv --model run -o s.csv",
        &["scored", "perplexity"],
    );
    check("describe small.csv -o d.csv", &["rows", "valid"]);
    check(
        "prepare small.csv --unique -o p.csv",
        &["kept", "duplicates"],
    );
    check(
        "sweep --model run --train small.csv --temperatures 0.8,1 -n 10",
        &["rows.1.temperature", "rows.0.validity.value"],
    );
    check(
        &format!("sweep train small.csv --config {tiny} --set epochs=1 -n 5"),
        &["runs.0"],
    );
    check(
        "sweep conditions --model cond --set logp=1,2 -n 5",
        &["wishes.1.properties.0.asked"],
    );
    check(
        "baselines small.csv --minutes 0.02 -n 10",
        &["models.0.name"],
    );
    check(
        "audit --model run --train small.csv --test sample.csv -n 10",
        &["likelihoods.0", "memory"],
    );
    check("bench fragments drugs.csv -n 1 --model run", &["tasks.0"]);
}
