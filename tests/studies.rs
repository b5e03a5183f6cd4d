//! The commands that compare samples, on the real program: sweep, audit, baselines, compare.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use std::fs;
use std::path::Path;

use common::{molgpt, shipped};
use serde_json::Value;

/// A folder with the first `rows` molecules of shipped files, as `train.csv` and `test.csv`.
fn folder_with(rows: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (from, to) in [("molecules", "train"), ("test", "test")] {
        let all = fs::read_to_string(shipped(&format!("data/{from}.csv"))).unwrap();
        let some: Vec<&str> = all.lines().take(rows + 1).collect();
        fs::write(folder.path().join(format!("{to}.csv")), some.join("\n")).unwrap();
    }
    folder
}

#[track_caller]
fn check_runs(folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = molgpt(folder).args(arguments).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    (String::from_utf8(output.stdout).unwrap(), stderr)
}

#[track_caller]
fn check_fails(folder: &Path, arguments: &[&str], code: i32, message: &str) {
    let output = molgpt(folder).args(arguments).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(message), "{stderr}");
}

#[track_caller]
fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// A page is whole, has its plots inside and fetches nothing.
#[track_caller]
fn check_page(path: &Path, plots: usize) {
    let page = fs::read_to_string(path).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    assert_eq!(page.matches("<figure class=\"plot\">").count(), plots);
    assert!(page.matches("<svg role=\"img\" aria-label=\"").count() >= plots);
    for outside in [
        "src=\"http",
        "href=\"http",
        "<script",
        "<link rel=\"stylesheet",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn sweep_recommends_a_temperature() {
    let folder = folder_with(300);
    let here = folder.path();
    let arguments = [
        "sweep",
        "--model",
        "pretrained",
        "--train",
        "train.csv",
        "--temperatures",
        "1.6,0.8",
        "-n",
        "200",
        "--aim",
        "validity>=0.9",
    ];
    let (stdout, _) = check_runs(here, &arguments);
    assert!(
        stdout.contains("Recommended temperature: 0.8 (validity of at least 0.9"),
        "{stdout}"
    );
    assert!(
        stdout.contains("FCD is not computed: FCD needs a test set"),
        "{stdout}"
    );
    let found = json(&here.join("reports/sweep/sweep.json"));
    assert_eq!(found["schema_version"], 1);
    assert_eq!(found["recommended_temperature"], 0.8);
    assert_eq!(found["rows"].as_array().unwrap().len(), 2);
    for row in found["rows"].as_array().unwrap() {
        assert_eq!(row["validity"]["of"], 200);
        assert!(row["fcd"]["value"].is_null() && row["fcd"]["reason"].is_string());
    }
    let validity = |row: usize| found["rows"][row]["validity"]["value"].as_f64().unwrap();
    assert!(validity(0) > validity(1), "colder is more valid");
    check_page(&here.join("reports/sweep/sweep.html"), 2);
    for plot in ["frontier.png", "frontier.svg", "figures.png", "figures.svg"] {
        assert!(here.join("reports/sweep").join(plot).exists(), "{plot}");
    }
    let unknown = ["sweep", "--train", "train.csv", "--aim", "speed"];
    check_fails(here, &unknown, 2, "`speed` is no aim");
    let cold = ["sweep", "--train", "train.csv", "--temperatures=-1"];
    check_fails(here, &cold, 1, "temperature");
}

#[test]
fn settings_of_training_are_compared() {
    let folder = folder_with(120);
    let here = folder.path();
    let tiny = shipped("configs/tiny.toml");
    let common = ["sweep", "train", "train.csv", "--config", &tiny];
    let run = [
        "--set",
        "learning_rate=1e-9,1e-2",
        "--set",
        "epochs=8",
        "--seeds",
        "0,1",
        "-n",
        "50",
    ];
    let (stdout, _) = check_runs(here, &[&common[..], &run].concat());
    assert!(
        stdout.contains("Lowest loss per molecule: learning_rate=1e-2 epochs=8."),
        "{stdout}"
    );
    let tuning = || json(&here.join("reports/tuning/tuning.json"));
    let found = tuning();
    let runs = found["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 4);
    for (run, next) in [(0, 2), (1, 3)] {
        let loss = |run: usize| runs[run]["loss_per_molecule"].as_f64().unwrap();
        assert!(loss(run) > loss(next), "{found}");
        assert_eq!(runs[run]["seed"], run);
        assert_eq!(runs[run]["steps"], runs[next]["steps"]);
    }
    check_page(&here.join("reports/tuning/tuning.html"), 1);
    // The second time, every run is done.
    let history = here
        .join(runs[0]["folder"].as_str().unwrap())
        .join("history.csv");
    let written = fs::metadata(&history).unwrap().modified().unwrap();
    check_runs(here, &[&common[..], &run].concat());
    assert_eq!(fs::metadata(&history).unwrap().modified().unwrap(), written);
    assert_eq!(tuning(), found);
    // Other trainings are no runs of this study.
    let longer = ["--max-minutes", "5"];
    check_runs(here, &[&common[..], &run, &longer].concat());
    assert_ne!(fs::metadata(&history).unwrap().modified().unwrap(), written);
    let unknown = ["--set", "lr=1,2"];
    check_fails(
        here,
        &[&common[..], &unknown].concat(),
        1,
        "training.learning_rate",
    );
    let stream = ["sweep", "train", "-", "--set", "epochs=1"];
    check_fails(here, &stream, 1, "not a stream");
}

#[test]
fn an_interrupted_audit_reports_what_it_has() {
    let folder = folder_with(50);
    let here = folder.path();
    let files = ["--train", "train.csv", "--test", "test.csv"];
    // An interrupt that comes before the sampling ends the program with nothing to keep.
    let written = here.join("reports/audit/audit.json");
    let ended = [3, 9, 27].into_iter().any(|seconds| {
        let mut audit = std::process::Command::new(env!("CARGO_BIN_EXE_molgpt"))
            .current_dir(here)
            .args(["audit", "-q", "--model", "pretrained", "-n", "2000000"])
            .args(files)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_secs(seconds));
        let interrupt = ["-INT", &audit.id().to_string()];
        let kill = std::process::Command::new("kill").args(interrupt).output();
        assert!(kill.unwrap().status.success());
        assert_eq!(audit.wait().unwrap().code(), Some(130));
        written.exists()
    });
    assert!(ended);
    let found = json(&written);
    assert_eq!(found["ended_early"], true);
    let generated = found["generated"].as_u64().unwrap();
    assert!(0 < generated && generated < 2_000_000, "{generated}");
    let page = fs::read_to_string(here.join("reports/audit/audit.html")).unwrap();
    assert!(page.contains("Cancelled after"));
}

#[test]
fn a_bad_wheel_is_told_and_the_rest_computed() {
    let folder = folder_with(100);
    let here = folder.path();
    fs::write(here.join("cut.whl"), b"PK\x03\x04 and no more").unwrap();
    let arguments = [
        "sweep",
        "--model",
        "pretrained",
        "--train",
        "train.csv",
        "--test",
        "test.csv",
        "--temperatures",
        "1.0",
        "-n",
        "50",
        "--chemnet",
        "cut.whl",
    ];
    let (stdout, stderr) = check_runs(here, &arguments);
    let reason = "`cut.whl` does not hold ChemNet's weights: the archive is cut short or damaged";
    assert!(
        stderr.contains(reason) && stderr.contains("pip download"),
        "{stderr}"
    );
    assert!(
        stdout.contains(reason) && stdout.contains("Recommended temperature"),
        "{stdout}"
    );
}

#[test]
fn audit_compares_with_chance() {
    let folder = folder_with(300);
    let here = folder.path();
    let arguments = [
        "audit",
        "--model",
        "pretrained",
        "--train",
        "train.csv",
        "--test",
        "test.csv",
        "-n",
        "300",
        "--nearest",
        "30",
    ];
    let (stdout, _) = check_runs(here, &arguments);
    assert!(stdout.contains("Hits on known molecules"), "{stdout}");
    let found = json(&here.join("reports/audit/audit.json"));
    let names = [0, 1, 2].map(|row| {
        found["likelihoods"][row]["name"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    assert_eq!(names, ["training", "held out", "generated"]);
    assert_eq!(found["likelihoods"][0]["molecules"], 300);
    let nearest = &found["nearest_generated"][0];
    let row = nearest["training_row"].as_u64().unwrap() as usize;
    let lines = fs::read_to_string(here.join("train.csv")).unwrap();
    assert_eq!(
        lines.lines().nth(row - 1),
        nearest["training_smiles"].as_str()
    );
    assert_eq!(found["nearest_generated"].as_array().unwrap().len(), 30);
    assert_eq!(found["memory"]["training"], 300);
    let page = here.join("reports/audit/audit.html");
    check_page(&page, 3);
    let page = fs::read_to_string(page).unwrap();
    assert_eq!(page.matches(">generated; similarity ").count(), 12);
    fs::write(here.join("none.csv"), "smiles\nC(\n").unwrap();
    let none = ["audit", "--train", "none.csv", "--test", "test.csv"];
    check_fails(here, &none, 1, "training set has no valid molecule");
}

#[test]
fn baselines_rise_to_the_gpt() {
    let folder = folder_with(2_000);
    let here = folder.path();
    let arguments = [
        "baselines",
        "train.csv",
        "--minutes",
        "0.05",
        "-n",
        "200",
        "--model",
        "pretrained",
        "-o",
        "study",
    ];
    let (stdout, _) = check_runs(here, &arguments);
    assert!(
        stdout.contains("FCD is not computed: FCD needs --chemnet"),
        "{stdout}"
    );
    let found = json(&here.join("study/baselines.json"));
    let models = found["models"].as_array().unwrap();
    let names: Vec<&str> = models
        .iter()
        .map(|model| model["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["bigram", "6-gram", "one attention head", "pretrained"]
    );
    let perplexity: Vec<f64> = models
        .iter()
        .map(|model| model["perplexity_per_real_token"].as_f64().unwrap())
        .collect();
    assert!(
        perplexity[0] > perplexity[1] && perplexity[1] > perplexity[3],
        "{perplexity:?}"
    );
    for model in models {
        assert_eq!(model["validity"]["of"], 200);
        let padded = model["perplexity_with_padding"].as_f64().unwrap();
        assert!(padded < model["perplexity_per_real_token"].as_f64().unwrap());
    }
    let validity = |model: usize| models[model]["validity"]["value"].as_f64().unwrap();
    assert!(validity(0) < validity(1) && validity(1) < validity(3));
    check_page(&here.join("study/baselines.html"), 1);
    assert_eq!(found["schema_version"], 2);
    // Trained here, on the same split, under the old name of the command.
    fs::write(
        here.join("few.csv"),
        fs::read_to_string(here.join("test.csv")).unwrap(),
    )
    .unwrap();
    let arguments = [
        "ladder",
        "few.csv",
        "--minutes",
        "0.02",
        "-n",
        "20",
        "--order",
        "3",
        "--quiet",
    ];
    let (_, stderr) = check_runs(here, &arguments);
    assert_eq!(stderr, "");
    let found = json(&here.join("reports/baselines/baselines.json"));
    assert_eq!(found["models"][1]["name"], "3-gram");
    assert_eq!(found["models"][3]["name"], "GPT");
}

#[test]
fn reports_are_compared() {
    let folder = folder_with(200);
    let here = folder.path();
    for (seed, title) in [("1", "one"), ("2", "<b>two</b>")] {
        let sample = [
            "sample",
            "-n",
            "100",
            "--model",
            "pretrained",
            "--seed",
            seed,
            "-o",
            "generated.csv",
        ];
        check_runs(here, &sample);
        let evaluate = [
            "evaluate",
            "generated.csv",
            "--train",
            "train.csv",
            "--test",
            "test.csv",
            "-o",
            seed,
            "--title",
            title,
        ];
        check_runs(here, &evaluate);
    }
    let (stdout, _) = check_runs(here, &["compare", "1/report.json", "2", "-o", "both"]);
    let head = stdout.lines().nth(2).unwrap();
    assert!(
        head.contains("one") && head.contains("<b>two</b>"),
        "{stdout}"
    );
    assert!(
        stdout.contains("Valid ↑") && stdout.contains("Generated strings: one: 100"),
        "{stdout}"
    );
    assert!(!stdout.contains("not against the same"), "{stdout}");
    check_page(&here.join("both/compare.html"), 1);
    assert!(
        !fs::read_to_string(here.join("both/compare.html"))
            .unwrap()
            .contains("<b>two")
    );
    assert_eq!(
        json(&here.join("both/compare.json"))["reports"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    fs::write(here.join("few.csv"), "smiles\nCCO\nCCN\nc1ccccc1\n").unwrap();
    check_runs(
        here,
        &[
            "evaluate",
            "few.csv",
            "--train",
            "train.csv",
            "--test",
            "test.csv",
            "-o",
            "few",
        ],
    );
    let (stdout, _) = check_runs(here, &["compare", "1", "few", "-o", "sizes"]);
    assert!(stdout.contains("Novel ↑ (sizes differ)"), "{stdout}");
    assert!(
        stdout.contains("Warning: the reports have other numbers of molecules"),
        "{stdout}"
    );
    let found = json(&here.join("sizes/compare.json"));
    let differ = found["sizes_differ"].as_array().unwrap();
    assert!(differ.contains(&"novelty".into()) && !differ.contains(&"validity".into()));
    fs::write(here.join("no.json"), "{\"schema_version\": 1}").unwrap();
    check_fails(
        here,
        &["compare", "1/report.json", "no.json"],
        1,
        "is no report of `molgpt evaluate`",
    );
    fs::write(here.join("cut.json"), "{\"schema").unwrap();
    check_fails(
        here,
        &["compare", "1", "cut.json"],
        1,
        "is not JSON: is the file whole?",
    );
    check_fails(here, &["compare", "1", "absent"], 1, "cannot read `absent`");
}
