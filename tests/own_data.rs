//! Bring your own chemistry, on the real program: check, prepare, train, fine-tune, score, refill
//! and exchange, each in a small version.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use std::fs;
use std::path::Path;

use common::{molgpt, shipped};
use serde_json::Value;

/// Runs to success; what went to stdout and stderr.
#[track_caller]
fn run(folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = molgpt(folder).args(arguments).output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    (stdout, stderr)
}

#[track_caller]
fn check_fails(folder: &Path, arguments: &[&str], messages: &[&str]) {
    let output = molgpt(folder).args(arguments).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
    for message in messages {
        assert!(stderr.contains(message), "`{message}` in: {stderr}");
    }
    assert!(!stderr.contains("panicked"), "{stderr}");
}

#[track_caller]
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A folder with a file.
fn folder_with(name: &str, content: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), content).unwrap();
    folder
}

const MIXED: &str = "smiles,id\n\
    OCC,1\n\
    CCO,2\n\
    C(,3\n\
    [Na+].CC(=O)[O-],4\n\
    C[C@@H](N)C(=O)O,5\n\
    ,6\n\
    c1cccc1,7\n\
    CB(O)O,8\n\
    CC(C)(C)(C)C,9\n\
    C,10,,more\n";

#[test]
fn check_tells_everything_in_text_and_json() {
    let folder = folder_with("mixed.csv", MIXED);
    let here = folder.path();
    fs::write(here.join("test.smi"), "CCO ethanol\nCCN\nC(\n").unwrap();
    let arguments = [
        "check",
        "mixed.csv",
        "--against",
        "test.smi",
        "--bad",
        "bad.csv",
    ];
    let (text, _) = run(here, &arguments);
    for line in [
        "rows                  10",
        "valid                 5 (50.00 %)",
        "duplicates            1 (20.00 %)",
        "  valence             1",
        "row 4               `C(`: this parenthesis is never closed\n                        ^\n",
        "row 11              `C`: the row has 4 cells, the first row 2",
        "  of them salts       1 (20.00 %)",
        "unusual elements      B 1, Na 1",
        "in the data too     1 (50.00 %)",
        "[training]",
    ] {
        assert!(text.contains(line), "`{line}` in:\n{text}");
    }
    let found = json(&run(here, &[&arguments[..], &["--json"]].concat()).0);
    assert_eq!(found["survey"]["rows"], 10);
    assert_eq!(found["survey"]["causes"]["kekulization"], 1);
    assert_eq!(found["overlap"]["shared"], 1);
    assert_eq!(found["suggested"]["training"]["augment"], 1);
    let bad = fs::read_to_string(here.join("bad.csv")).unwrap();
    assert_eq!(bad.lines().count(), 6, "{bad}");
    assert!(bad.starts_with("row,smiles,reason,id\n4,C(,"), "{bad}");
    assert!(bad.contains(",3\n7,,the cell is empty,6\n"), "{bad}");
}

#[test]
fn prepare_counts_every_step() {
    let folder = folder_with("mixed.csv", MIXED);
    let here = folder.path();
    let arguments = [
        "prepare",
        "mixed.csv",
        "-o",
        "clean.smi.gz",
        "--largest-fragment",
        "--neutralize",
        "--strip-stereo",
        "--canonicalize",
        "--unique",
        "--elements",
        "C,N,O",
        "--min-tokens",
        "2",
        "--counts",
        "counts.json",
        "--bad",
        "bad.jsonl",
    ];
    run(here, &arguments);
    let counts = json(&fs::read_to_string(here.join("counts.json")).unwrap());
    assert_eq!(counts["rows"], 10);
    assert_eq!(
        (&counts["kept"], &counts["invalid"]),
        (&3.into(), &5.into())
    );
    assert_eq!(counts["duplicates"], 1);
    assert_eq!(counts["filtered"][0], serde_json::json!(["elements", 1]));
    assert_eq!(counts["changed"][1], serde_json::json!(["neutralize", 1]));
    let bad = fs::read_to_string(here.join("bad.jsonl")).unwrap();
    assert_eq!(json(bad.lines().next().unwrap())["row"], 4);
    let (again, _) = run(here, &["prepare", "clean.smi.gz", "--format", "smi"]);
    assert_eq!(again, "CCO\nCC(=O)O\nCC(N)C(=O)O\n");
    check_fails(
        here,
        &["prepare", "mixed.csv", "--min-weight", "5000"],
        &["mixed.csv", "none"],
    );
    check_fails(
        here,
        &["prepare", "mixed.csv", "--elements", "C,Qq"],
        &["--elements", "Qq"],
    );
}

#[test]
fn other_columns_and_formats_go_through_every_command() {
    let data = "smiles,id,pIC50,note\nOCC,007,7.50,\"a, b\"\nC(,2,,\n[Na+].CC(=O)[O-],3,6,\n";
    let folder = folder_with("data.csv", data);
    let here = folder.path();
    let prepare = |from: &str, to: &str| {
        let steps = ["--largest-fragment", "--neutralize"];
        run(here, &[&["prepare", from, "-o", to], &steps[..]].concat());
        fs::read(here.join(to)).unwrap()
    };
    let expected = "smiles,id,pIC50,note\nOCC,007,7.50,\"a, b\"\nCC(=O)O,3,6,\n";
    assert_eq!(prepare("data.csv", "one.csv"), expected.as_bytes());
    assert!(prepare("data.csv", "two.parquet").starts_with(b"PAR1"));
    let lines = String::from_utf8(prepare("two.parquet", "three.jsonl")).unwrap();
    let first = r#"{"smiles":"OCC","id":"007","pIC50":"7.50","note":"a, b"}"#;
    assert_eq!(lines.lines().next(), Some(first));
    prepare("three.jsonl", "four.tsv.gz");
    assert_eq!(prepare("four.tsv.gz", "five.csv"), expected.as_bytes());

    let score = [
        "score",
        "three.jsonl",
        "--model",
        "pretrained",
        "-o",
        "scores.parquet",
    ];
    run(here, &score);
    let (table, _) = run(here, &["canonicalize", "scores.parquet"]);
    let lines = table.lines();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split('\t').collect()).collect();
    assert_eq!(
        rows[0][..5],
        ["input", "verdict", "smiles", "reason", "row"]
    );
    assert_eq!(rows[0][8..], ["reason_2", "id", "pIC50", "note"]);
    assert_eq!(rows[1][..5], ["OCC", "valid", "CCO", "", "1"]);
    assert_eq!(rows[1][9..], ["007", "7.50", "a, b"]);
    let check = ["check", "scores.parquet", "--against", "two.parquet"];
    let (text, _) = run(here, &check);
    assert!(text.contains("rows                  2"), "{text}");
    assert!(text.contains("in the data too     2 (100.00 %)"), "{text}");

    // The names of a list are its other column, and a fifth of what canonicalize makes of it.
    fs::write(here.join("names.smi"), "OCC ethyl alcohol\nN\tammonia\nO\n").unwrap();
    run(here, &["prepare", "names.smi", "-o", "clean.smi"]);
    let clean = fs::read_to_string(here.join("clean.smi")).unwrap();
    assert_eq!(clean, "OCC\tethyl alcohol\nN\tammonia\nO\n");
    let (scores, _) = run(here, &["score", "clean.smi", "--model", "pretrained"]);
    let header = "row,smiles,nll,tokens,perplexity,reason,name";
    assert_eq!(scores.lines().next(), Some(header));
    let (verdicts, _) = run(here, &["canonicalize", "clean.smi"]);
    let expected = "OCC\tvalid\tCCO\t\tethyl alcohol\nN\tvalid\tN\t\tammonia\nO\tvalid\tO\t\n";
    assert_eq!(verdicts, expected);

    fs::write(here.join("list.jsonl"), "smiles\nC\n").unwrap();
    check_fails(
        here,
        &["check", "list.jsonl"],
        &["list.jsonl", "JSON lines"],
    );
    fs::write(here.join("no.jsonl"), "{\"mol\": \"none\"}\n").unwrap();
    check_fails(
        here,
        &["check", "no.jsonl"],
        &["no.jsonl", "`mol`", "FILE:COLUMN"],
    );
}

/// Trains the smallest network on a set of tests/data for an epoch and samples from it.
#[track_caller]
fn check_trains(here: &Path, data: &str, name: &str, tokens: &[&str], more: &[&str]) {
    let tiny = shipped("configs/tiny.toml");
    let arguments = [
        "train", data, "--config", &tiny, "-o", name, "--epochs", "1",
    ];
    run(here, &[&arguments[..], more].concat());
    let vocabulary = fs::read_to_string(here.join(name).join("vocabulary.txt")).unwrap();
    for token in tokens {
        assert!(
            vocabulary.lines().any(|line| line == *token),
            "{token} of {name}"
        );
    }
    let (rows, _) = run(here, &["sample", "-n", "5", "--model", name]);
    assert_eq!(rows.lines().count(), 6);
    let (scores, _) = run(here, &["score", data, "--model", name, "--format", "jsonl"]);
    let reasons = scores.lines().map(|line| json(line)["reason"].clone());
    let unscored = reasons.filter(|reason| !reason.is_null()).count();
    assert!(
        unscored * 20 < scores.lines().count(),
        "{unscored} of {name}"
    );
}

#[test]
fn every_kind_of_set_trains_from_scratch() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let set = |name: &str| shipped(&format!("tests/data/{name}"));
    let (drugs, salts) = (set("drugs.csv"), set("salts.csv"));
    check_trains(
        here,
        &drugs,
        "drugs",
        &["[C@@H]", "[NH+]", "/"],
        &["--context", "120"],
    );
    check_trains(
        here,
        &salts,
        "salts",
        &[".", "[Na+]", "[Cl-]"],
        &["--context", "120"],
    );
    let unusual = set("unusual_elements.csv");
    check_trains(
        here,
        &unusual,
        "unusual",
        &["B", "[Se]", "->"],
        &["--context", "200"],
    );
    let all = fs::read_to_string(shipped("data/natural_products.csv")).unwrap();
    let some: Vec<&str> = all.lines().take(301).collect();
    fs::write(here.join("natural.csv"), some.join("\n")).unwrap();
    check_trains(
        here,
        "natural.csv",
        "natural",
        &["[C@]", "[C@@H]"],
        &["--context", "250"],
    );
    let all = fs::read_to_string(shipped("data/molecules.csv")).unwrap();
    let some: Vec<&str> = all.lines().take(501).collect();
    fs::write(here.join("few.csv"), some.join("\n")).unwrap();
    let more = ["--augment", "1"];
    check_trains(here, "few.csv", "few", &["(", "1", "2", "3"], &more);
    let (_, told) = run(
        here,
        &["train", "few.csv", "-o", "short", "--max-minutes", "0.01"],
    );
    assert!(told.contains("--suggest"), "{told}");
    run(here, &["-q", "check", "few.csv", "--suggest", "own.toml"]);
    let own = [
        "train", "few.csv", "--config", "own.toml", "-o", "own", "--epochs", "1",
    ];
    run(here, &own);
}

#[test]
fn randomized_training_is_the_same_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let drugs = shipped("tests/data/drugs.csv");
    let tiny = shipped("configs/tiny.toml");
    let train = |name: &str, threads: &str| {
        let arguments = [
            "train",
            &drugs,
            "--config",
            &tiny,
            "--augment",
            "2",
            "--epochs",
            "1",
        ];
        let more = ["--context", "120", "-o", name, "--threads", threads];
        run(here, &[&arguments[..], &more].concat());
        fs::read(here.join(name).join("model.safetensors")).unwrap()
    };
    assert!(train("one", "1") == train("two", "2"));
    let config = fs::read_to_string(here.join("one/config.toml")).unwrap();
    assert!(config.contains("augment = 2"), "{config}");
}

#[test]
fn fine_tuning_learns_the_new_and_tells_what_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let all = fs::read_to_string(shipped("data/molecules.csv")).unwrap();
    let some: Vec<&str> = all.lines().take(1_001).collect();
    fs::write(here.join("old.csv"), some.join("\n")).unwrap();
    let tiny = shipped("configs/tiny.toml");
    run(
        here,
        &[
            "train", "old.csv", "--config", &tiny, "-o", "old", "--epochs", "4",
        ],
    );
    let drugs = shipped("tests/data/drugs.csv");
    let tune = [
        "train",
        &drugs,
        "--from",
        "old",
        "-o",
        "new",
        "--epochs",
        "8",
        "--augment",
        "0",
        "--context",
        "120",
    ];
    let (_, told) = run(here, &tune);
    assert!(
        told.contains("new tokens: ") && told.contains("[C@@H]"),
        "{told}"
    );
    assert!(told.contains("new set, held out: "), "{told}");
    let report = json(&fs::read_to_string(here.join("new/finetune.json")).unwrap());
    let loss = |set: &str| report[set]["nll_per_token"].as_f64().unwrap();
    assert!(loss("new_after") < loss("new_before") - 0.2, "{report}");
    assert!(loss("old_after") > loss("old_before"), "{report}");
    assert!(
        report["old_before"]["molecules"].as_u64().unwrap() > 1_900,
        "{report}"
    );
    let [before, after] = ["old", "new"].map(|name| {
        let text = fs::read_to_string(here.join(name).join("vocabulary.txt")).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    assert_eq!(after[..before.len()], before);

    // As asked, unknown tokens are left out instead, or refused.
    let keep = [
        "train",
        &drugs,
        "--from",
        "old",
        "--keep-vocabulary",
        "--epochs",
        "1",
    ];
    let (_, told) = run(here, &[&keep[..], &["-o", "kept"]].concat());
    assert!(told.contains("the model does not know the token"), "{told}");
    let kept = fs::read_to_string(here.join("kept/vocabulary.txt")).unwrap();
    assert!(kept.lines().eq(before.iter().map(String::as_str)));
    let strict = [&keep[..], &["-o", "strict", "--strict"]].concat();
    check_fails(
        here,
        &strict,
        &["row ", "drugs.csv", "does not know the token"],
    );

    // Another size, an old set that the model cannot read, no such model.
    let small = shipped("configs/small.toml");
    let other = [
        "train", &drugs, "--from", "old", "--config", &small, "-o", "x",
    ];
    check_fails(here, &other, &["`layers` is 4, and 2", "--from"]);
    fs::write(here.join("foreign.smi"), "[Xe]\n").unwrap();
    let foreign = [
        "train",
        &drugs,
        "--from",
        "old",
        "-o",
        "x",
        "--old",
        "foreign.smi",
    ];
    check_fails(here, &foreign, &["--old", "foreign.smi"]);
    check_fails(
        here,
        &["train", &drugs, "--from", "none", "-o", "x"],
        &["--from", "none"],
    );
    let context = [
        "train",
        &drugs,
        "--from",
        "old",
        "-o",
        "x",
        "--context",
        "20",
    ];
    check_fails(here, &context, &["--context"]);
}

#[test]
fn the_model_inside_the_program_is_fine_tuned_and_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let drugs = shipped("tests/data/drugs.csv");
    let old = shipped("data/test.csv");
    let arguments = ["train", &drugs, "--from", "pretrained", "--old", &old];
    let more = ["-o", "run", "--epochs", "1", "--seed", "3"];
    run(here, &[&arguments[..], &more].concat());
    let report = json(&fs::read_to_string(here.join("run/finetune.json")).unwrap());
    let loss = |set: &str| report[set]["nll_per_token"].as_f64().unwrap();
    assert!(loss("old_before") < 0.53, "{report}");
    assert!(loss("new_after") < loss("new_before"), "{report}");
    // A finished run that is resumed has nothing left to do, and knows its vocabulary.
    let model = fs::read(here.join("run/model.safetensors")).unwrap();
    run(here, &["train", &drugs, "--resume", "-o", "run"]);
    assert!(fs::read(here.join("run/model.safetensors")).unwrap() == model);
}

#[test]
fn score_keeps_every_row_in_its_place() {
    let folder = folder_with("rows.smi", "CCO\nC(\n\nC[Xe]\nc1ccccc1\nCC!\n");
    let here = folder.path();
    let (table, told) = run(here, &["score", "rows.smi", "--model", "pretrained"]);
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows[0], "row,smiles,nll,tokens,perplexity,reason");
    assert_eq!(rows.len(), 7, "{table}");
    assert!(
        rows[1].starts_with("1,CCO,") && rows[1].ends_with(','),
        "{table}"
    );
    assert!(rows[2].starts_with("2,C(,,,,not a molecule: "), "{table}");
    assert_eq!(rows[3], "3,,,,,the row is empty");
    assert!(
        rows[4].contains("does not know the token `[Xe]`"),
        "{table}"
    );
    assert!(told.contains("2 of 6 rows scored"), "{told}");
    let tokens = [
        "score",
        "rows.smi",
        "--model",
        "pretrained",
        "--tokens",
        "--format",
        "jsonl",
    ];
    let (lines, _) = run(here, &tokens);
    let first = json(lines.lines().next().unwrap());
    assert_eq!(first["token"], serde_json::json!(["C", "C", "O", "[EOS]"]));
    let sum: f64 = first["token_nll"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_f64)
        .sum();
    assert!(
        (sum - first["nll"].as_f64().unwrap()).abs() < 1e-3,
        "{first}"
    );
    let invalid = ["score", "rows.smi", "--model", "pretrained", "--invalid"];
    assert!(
        run(here, &invalid)
            .0
            .lines()
            .nth(2)
            .unwrap()
            .starts_with("2,C(,2")
    );
    let (canonical, _) = run(
        here,
        &[
            "score",
            "rows.smi",
            "--model",
            "pretrained",
            "--canonical",
            "-o",
            "out.csv.gz",
        ],
    );
    assert_eq!(canonical, "");
    run(
        here,
        &[
            "score",
            "rows.smi",
            "--model",
            "pretrained",
            "-o",
            "out.parquet",
        ],
    );
    let parquet = fs::read(here.join("out.parquet")).unwrap();
    assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"));
}

#[test]
fn parquet_holds_what_csv_holds() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let sample = ["sample", "-n", "50", "--model", "pretrained"];
    let (csv, _) = run(here, &sample);
    run(here, &[&sample[..], &["-o", "out.parquet"]].concat());
    let file = fs::File::open(here.join("out.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(|row| {
        let row = row.unwrap();
        format!(
            "{},{:.4},{}",
            row.get_string(0).unwrap(),
            row.get_double(1).unwrap(),
            row.get_long(2).unwrap()
        )
    });
    assert!(csv.lines().skip(1).eq(rows.collect::<Vec<_>>()));
    check_fails(
        here,
        &[&sample[..], &["-o", "out.parquet.gz"]].concat(),
        &["out.parquet.gz"],
    );
}

#[test]
fn sampling_refills_until_there_are_enough_or_says_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let refill = [
        "sample",
        "-n",
        "300",
        "--model",
        "pretrained",
        "--valid",
        "--unique",
    ];
    let (rows, told) = run(here, &refill);
    assert_eq!(rows.lines().count(), 301);
    assert!(
        told.contains("300 of 3") && told.contains("invalid"),
        "{told}"
    );
    let other = [&refill[..], &["--batch", "7", "--threads", "1"]].concat();
    assert_eq!(run(here, &other).0, rows);

    // Against what was just drawn, with bad rows among it.
    fs::write(here.join("known.csv"), format!("{rows}C(,1.0\n")).unwrap();
    let novel = [&refill[..], &["--novel", "known.csv"]].concat();
    let (others, told) = run(here, &novel);
    assert!(
        told.contains("--novel `known.csv`: 1 of 301 rows"),
        "{told}"
    );
    assert!(told.contains("row 302"), "{told}");
    let known: Vec<&str> = rows
        .lines()
        .skip(1)
        .map(|row| row.split(',').next().unwrap())
        .collect();
    let mut new = others
        .lines()
        .skip(1)
        .map(|row| row.split(',').next().unwrap());
    assert!(new.all(|smiles| !known.contains(&smiles)));
    fs::write(here.join("bad.csv"), "smiles\nC(\n").unwrap();
    check_fails(
        here,
        &[&refill[..], &["--novel", "bad.csv"]].concat(),
        &["--novel", "row 2"],
    );

    // So cold that it writes one molecule only.
    let cold = [
        "--temperature",
        "0.01",
        "--max-draws",
        "2000",
        "-o",
        "cold.csv",
    ];
    let arguments = [&refill[..], &cold].concat();
    check_fails(
        here,
        &arguments,
        &[
            "of 300 molecules after 2000 draws",
            "repeated",
            "--max-draws",
        ],
    );
    let kept = fs::read_to_string(here.join("cold.csv")).unwrap();
    assert!((2..100).contains(&kept.lines().count()), "{kept}");
}

#[test]
fn info_and_completions_answer() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let (text, _) = run(here, &["info", "pretrained"]);
    assert!(text.contains("6 blocks, 4 heads, width 128"), "{text}");
    let found = json(&run(here, &["info", "pretrained", "--json"]).0);
    assert_eq!(found["longest_molecule"], 62);
    assert_eq!(found["vocabulary"][1], "[BOS]");
    for (shell, option) in [
        ("bash", "--temperature"),
        ("zsh", "--temperature"),
        ("fish", "-l temperature"),
    ] {
        let (script, _) = run(here, &["completions", shell]);
        assert!(script.contains(option), "{shell}");
    }
    fs::write(here.join("text.csv"), "smiles\nCC\n").unwrap();
    check_fails(here, &["info", "text.csv"], &["text.csv"]);
}

/// A model of `transformers` comes in, and goes out as it was.
#[test]
fn models_are_exchanged_with_transformers() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let golden = shipped("tests/golden/gpt2");
    run(here, &["import", &golden, "-o", "gpt2.safetensors"]);
    check_fails(
        here,
        &["import", &golden, "-o", "gpt2.safetensors"],
        &["--overwrite"],
    );
    let (rows, _) = run(here, &["sample", "-n", "3", "--model", "gpt2.safetensors"]);
    assert_eq!(rows.lines().count(), 4);
    run(here, &["export", "gpt2.safetensors", "out"]);
    let [before, after] = [golden.as_ref(), here.join("out").as_path()]
        .map(|folder: &Path| json(&fs::read_to_string(folder.join("config.json")).unwrap()));
    for key in [
        "model_type",
        "n_embd",
        "n_layer",
        "n_head",
        "n_positions",
        "vocab_size",
    ] {
        assert_eq!(before[key], after[key], "{key}");
    }
    run(here, &["export", "pretrained", "neox"]);
    let config = json(&fs::read_to_string(here.join("neox/config.json")).unwrap());
    assert_eq!(config["model_type"], "gpt_neox");
    run(here, &["import", "neox", "-o", "back.safetensors"]);
    let sampled = |model: &str| {
        let asked = ["sample", "-n", "20", "--seed", "3", "--model", model];
        run(here, &asked).0
    };
    assert_eq!(sampled("back.safetensors"), sampled("pretrained"));
    check_fails(
        here,
        &["import", "missing", "-o", "x"],
        &["missing/config.json"],
    );
}

#[test]
fn files_that_are_not_what_they_say_are_named() {
    let folder = folder_with("book.csv", "PK\u{3}\u{4}data.csv");
    let here = folder.path();
    check_fails(
        here,
        &["check", "book.csv"],
        &["book.csv", "zip archive", "unpack it"],
    );
    // Columns that change half-way: what came before is scored and kept.
    fs::write(
        here.join("two.csv"),
        "smiles,id\nCC,1\nCCO,2\nid,smiles\n3,CCN\n",
    )
    .unwrap();
    let score = [
        "score",
        "two.csv",
        "--model",
        "pretrained",
        "-o",
        "scores.csv",
    ];
    check_fails(
        here,
        &score,
        &["two.csv", "line 4", "column 2", "2 rows before"],
    );
    let scores = fs::read_to_string(here.join("scores.csv")).unwrap();
    assert_eq!(scores.lines().count(), 3);
    check_fails(
        here,
        &["prepare", "two.csv", "-o", "out.csv"],
        &["line 4", "2 molecules"],
    );
    assert_eq!(
        fs::read_to_string(here.join("out.csv")).unwrap(),
        "smiles,id\nCC,1\nCCO,2\n"
    );
    check_fails(here, &["train", "two.csv"], &["two.csv", "line 4"]);
}

/// Four records: ethanol, D-alanine by its wedge, one that ends early, benzene in aromatic bonds.
const RECORDS: &str = "ethanol\n  by hand\n\n  3  2  0  0  0  0  0  0  0  0999 V2000\n\
    \x20   0.0000    0.0000    0.0000 C   0  0\n    1.2990    0.7500    0.0000 C   0  0\n\
    \x20   2.5981    0.0000    0.0000 O   0  0\n  1  2  1  0\n  2  3  1  0\nM  END\n\
    >  <ID>\n7\n\n$$$$\n\
    alanine\n  by hand\n\n  6  5  0  0  1  0  0  0  0  0999 V2000\n\
    \x20   0.0000    0.0000    0.0000 C   0  0\n   -1.3000   -0.7500    0.0000 C   0  0\n\
    \x20   0.0000    1.5000    0.0000 N   0  0\n    1.3000   -0.7500    0.0000 C   0  0\n\
    \x20   2.6000    0.0000    0.0000 O   0  0\n    1.3000   -2.2500    0.0000 O   0  0\n\
    \x20 1  2  1  1\n  1  3  1  0\n  1  4  1  0\n  4  5  1  0\n  4  6  2  0\nM  END\n\
    >  <NOTE>\ntwo,\nlines\n\n$$$$\n\
    broken\n  by hand\n\n  2  1  0  0  0  0  0  0  0  0999 V2000\n\
    \x20   0.0000    0.0000    0.0000 C   0  0\nM  END\n$$$$\n\
    benzene\n  by hand\n\n  6  6  0  0  0  0  0  0  0  0999 V2000\n\
    \x20   1.2124    0.7000    0.0000 C   0  0\n    1.2124   -0.7000    0.0000 C   0  0\n\
    \x20   0.0000   -1.4000    0.0000 C   0  0\n   -1.2124   -0.7000    0.0000 C   0  0\n\
    \x20  -1.2124    0.7000    0.0000 C   0  0\n    0.0000    1.4000    0.0000 C   0  0\n\
    \x20 1  2  4  0\n  2  3  4  0\n  3  4  4  0\n  4  5  4  0\n  5  6  4  0\n  6  1  4  0\nM  END\n$$$$\n";

#[test]
fn sd_files_are_read_wherever_molecules_are() {
    // Its name may say something else.
    let folder = folder_with("mine.smi", RECORDS);
    let here = folder.path();
    fs::write(here.join("mine.sdf"), RECORDS.replace('\n', "\r\n")).unwrap();
    for file in ["mine.smi", "mine.sdf"] {
        let found = json(&run(here, &["check", file, "--json"]).0);
        assert_eq!(found["survey"]["rows"], 4, "{found}");
        assert_eq!(found["survey"]["valid"], 3);
        let (canonical, _) = run(here, &["canonicalize", file, "--format", "csv"]);
        let reason = "line 6 of its molecule block: the line of an atom is too short: `M  END`";
        let expected = format!(
            "input,verdict,smiles,reason,name,ID,NOTE\n\
             CCO,valid,CCO,,ethanol,7,\n\
             C[C@@H](N)C(=O)O,valid,C[C@@H](N)C(=O)O,,alanine,,\"two,\nlines\"\n\
             ,invalid,,{reason},broken,,\n\
             c1ccccc1,valid,c1ccccc1,,benzene,,\n"
        );
        assert_eq!(canonical, expected, "{file}");
    }
    run(
        here,
        &["prepare", "mine.sdf", "-o", "clean.csv", "--bad", "bad.csv"],
    );
    let clean = fs::read_to_string(here.join("clean.csv")).unwrap();
    assert!(
        clean.starts_with("smiles,name,ID,NOTE\nCCO,ethanol,7,\n"),
        "{clean}"
    );
    let bad = fs::read_to_string(here.join("bad.csv")).unwrap();
    assert!(bad.contains("line 6 of its molecule block"), "{bad}");
    let (scored, _) = run(here, &["score", "mine.sdf", "--model", "pretrained"]);
    assert_eq!(scored.lines().count(), 6, "{scored}");
    let arguments = [
        "sample",
        "-n",
        "3",
        "--model",
        "pretrained",
        "--novel",
        "mine.sdf",
    ];
    let (sampled, stderr) = run(here, &arguments);
    assert_eq!(sampled.lines().count(), 4, "{sampled}");
    assert!(stderr.contains("1 of 4 rows are not molecules"), "{stderr}");
    let arguments = [
        "evaluate", "mine.sdf", "--train", "mine.smi", "--quick", "-o", "report",
    ];
    run(here, &arguments);
    let report = json(&fs::read_to_string(here.join("report/report.json")).unwrap());
    assert_eq!(report["validity"]["count"], 3, "one record of four is none");
    assert_eq!(report["novelty"]["count"], 0, "{report}");
    check_fails(
        here,
        &["check", "mine.sdf", "--column", "ID"],
        &["leave out `FILE:COLUMN`"],
    );
    fs::write(here.join("other.sdf"), "CCO\n").unwrap();
    let message = "does not hold molecule blocks, as its name says";
    check_fails(here, &["check", "other.sdf"], &[message]);
}

#[test]
fn molecules_are_described_in_every_format() {
    let folder = folder_with("mine.sdf", RECORDS);
    let here = folder.path();
    let (table, stderr) = run(here, &["describe", "mine.sdf"]);
    assert!(stderr.contains("3 of 4 rows are molecules"), "{stderr}");
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("row,smiles,formula,charge,weight,log_p,qed,"));
    assert!(lines[0].ends_with(",input,reason,name,ID,NOTE"));
    assert!(lines[1].starts_with("1,CCO,C2H6O,0,46.0690,"), "{table}");
    assert!(lines[1].ends_with(",CCO,,ethanol,7,"), "{table}");
    // What one command writes every other reads, in order and with its columns.
    for name in [
        "a.csv",
        "a.sdf",
        "a.sdf.gz",
        "a.xlsx",
        "a.parquet",
        "a.jsonl.gz",
        "a.tsv",
    ] {
        run(here, &["describe", "mine.sdf", "-o", name]);
        let (back, _) = run(here, &["canonicalize", name, "--format", "jsonl"]);
        let rows: Vec<_> = back.lines().map(json).collect();
        let smiles = |row: usize| rows[row]["smiles"].as_str();
        assert_eq!(rows.len(), 4, "{name}");
        assert_eq!(smiles(0), Some("CCO"), "{name}");
        assert_eq!(smiles(1), Some("C[C@@H](N)C(=O)O"), "{name}");
        assert_eq!(smiles(3), Some("c1ccccc1"), "{name}");
        assert_eq!(rows[1]["name"], "alanine", "{name}");
        assert_eq!(rows[1]["formula"], "C3H7NO2", "{name}");
    }
    run(
        here,
        &[
            "describe",
            "mine.sdf",
            "-o",
            "excel.csv",
            "--format",
            "excel-csv",
        ],
    );
    let text = fs::read_to_string(here.join("excel.csv")).unwrap();
    assert!(text.starts_with("\u{feff}row,smiles,"));
    assert_eq!(text.matches("\r\n").count(), 5);
    // Samples, too.
    run(
        here,
        &[
            "sample",
            "-n",
            "5",
            "--model",
            "pretrained",
            "-o",
            "new.sdf",
        ],
    );
    run(
        here,
        &[
            "sample",
            "-n",
            "5",
            "--model",
            "pretrained",
            "-o",
            "new.csv",
        ],
    );
    let list = |name: &str| run(here, &["canonicalize", name, "--format", "smi"]).0;
    let valid = |name: &str| -> Vec<String> {
        let (text, _) = run(here, &["canonicalize", name, "--format", "jsonl"]);
        let rows = text.lines().map(json);
        rows.filter_map(|row| row["smiles"].as_str().map(str::to_owned))
            .collect()
    };
    assert_eq!(list("new.csv").lines().count(), 5);
    assert_eq!(valid("new.csv"), valid("new.sdf"));
    check_fails(
        here,
        &["describe", "mine.sdf", "-o", "a.smi"],
        &["--output", "a list of SMILES has no place for properties"],
    );
    check_fails(
        here,
        &["describe", "mine.sdf", "-o", "a.xlsx.gz"],
        &["a workbook is not compressed by gzip"],
    );
}
