//! Files as people have them, on the real program: separators, line ends, headers, columns, kinds.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use std::fs;
use std::path::Path;

use common::molgpt;
use serde_json::Value;

/// A folder with files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

/// Runs to an exit code; what went to stdout and stderr.
#[track_caller]
fn run(folder: &Path, arguments: &[&str], code: i32) -> (String, String) {
    let output = molgpt(folder).args(arguments).output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    let shown = format!("{arguments:?}: {stdout}{stderr}");
    assert_eq!(output.status.code(), Some(code), "{shown}");
    assert!(!stderr.contains("panicked"), "{shown}");
    (stdout, stderr)
}

/// The rows of a file, and those that are molecules.
#[track_caller]
fn check_survey(name: &str, content: &str, rows: u64, valid: u64) {
    let folder = folder(&[(name, content)]);
    let (stdout, _) = run(folder.path(), &["check", name, "--json"], 0);
    let found: Value = serde_json::from_str(&stdout).unwrap();
    let survey = &found["survey"];
    assert_eq!(
        (&survey["rows"], &survey["valid"]),
        (&rows.into(), &valid.into()),
        "{name}: {content}"
    );
}

#[track_caller]
fn check_refused(name: &str, content: &str, words: &[&str]) {
    let folder = folder(&[(name, content)]);
    for command in ["check", "prepare", "train"] {
        let (_, stderr) = run(folder.path(), &[command, name], 1);
        for word in words {
            assert!(stderr.contains(word), "{command}: `{word}` in: {stderr}");
        }
    }
    let evaluate = ["evaluate", name, "--quick", "--no-cache", "-o", "r"];
    let (_, stderr) = run(folder.path(), &evaluate, 1);
    for word in words {
        assert!(stderr.contains(word), "evaluate: `{word}` in: {stderr}");
    }
}

#[test]
fn tables_of_every_separator_are_read() {
    let chembl = "\"ChEMBL ID\";\"Name\";\"Smiles\"\n\"CHEMBL1\";\"ETHANOL\";\"CCO\"\n\
                  \"CHEMBL2\";\"ACETIC; ACID\";\"CC(=O)O\"\n";
    check_survey("chembl.csv", chembl, 2, 2);
    check_survey("x.csv", "sep=;\r\nsmiles;id\r\nCCO;1\r\n", 1, 1);
    check_survey("cid.smi", "1\tCCO\n2\tCC(=O)O\n", 2, 2);
    let chembl = "chembl_id\tcanonical_smiles\tstandard_inchi_key\n\
                  CHEMBL1\tCCO\tLFQSCWFLJHTTHZ-UHFFFAOYSA-N\n";
    check_survey("chembl_chemreps.txt", chembl, 1, 1);
    check_survey("a.csv", "CCO,1\nCCN,2\n", 2, 2);
    check_survey("a.smi", "id|Structure\n1|CCO\n2|C(\n", 2, 1);
    check_survey("a.smi", "CCO a\rCCN b\rCCC c\r", 3, 3);
    check_survey("a.tsv", "\u{feff}smiles;pIC50\r\nCCO;7,5\r\n", 1, 1);
    let molecule = "methane\n     RDKit          2D\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n    \
                    0.0000    0.0000    0.0000 C   0  0\nM  END\n$$$$\n";
    check_survey("a.smi", molecule, 1, 1);
}

#[test]
fn of_cxsmiles_the_plain_part_is_read_and_the_extension_counted() {
    let lines = "C[C@H](F)O |&1:1| X1\nCC(=O)O |$;;;$|\nCCO ethanol\nCCO |$;\n";
    let table = "smiles\tid\nCC[C@H](C)O |&1:2|\tX1\nCCO\tX2\n";
    check_survey("a.smi", lines, 4, 3);
    check_survey("a.cxsmiles", lines, 4, 3);
    check_survey("a.tsv", table, 2, 2);
    let quoted = "id,smiles\nX1,\"C[C@H]1CC[C@H](F)CC1 |&1:1,4|\"\nX2,CCO\n";
    check_survey("a.csv", quoted, 2, 2);
    let folder = folder(&[("a.smi", lines), ("a.tsv", table)]);
    let evaluate = ["evaluate", "a.smi", "--quick", "--no-cache", "-o", "r"];
    let prepare = ["prepare", "a.smi", "-o", "p.csv", "--canonicalize"];
    let told = "of 2 rows in CXSMILES the plain SMILES is read";
    for arguments in [
        &["check", "a.smi"][..],
        &["canonicalize", "a.smi", "-o", "c.tsv"],
        &prepare,
        &evaluate,
    ] {
        let (_, stderr) = run(folder.path(), arguments, 0);
        assert_eq!(stderr.matches(told).count(), 1, "{arguments:?}: {stderr}");
    }
    let canonical = fs::read_to_string(folder.path().join("c.tsv")).unwrap();
    let rows: Vec<&str> = canonical.lines().collect();
    assert_eq!(
        rows[..3],
        [
            "C[C@H](F)O\tvalid\tC[C@@H](O)F\t\tX1",
            "CC(=O)O\tvalid\tCC(=O)O\t",
            "CCO\tvalid\tCCO\t\tethanol",
        ]
    );
    assert!(rows[3].starts_with("CCO |$;\tinvalid\t\tthis CXSMILES"));
    let prepared = fs::read_to_string(folder.path().join("p.csv")).unwrap();
    assert_eq!(
        prepared,
        "smiles,name\nC[C@@H](O)F,X1\nCC(=O)O,\nCCO,ethanol\n"
    );
    run(folder.path(), &["canonicalize", "a.tsv", "-o", "t.tsv"], 0);
    let table = fs::read_to_string(folder.path().join("t.tsv")).unwrap();
    assert_eq!(
        table,
        "input\tverdict\tsmiles\treason\tid\nCC[C@H](C)O\tvalid\tCC[C@H](C)O\t\tX1\n\
         CCO\tvalid\tCCO\t\tX2\n"
    );
}

#[test]
fn what_cannot_be_read_is_refused_by_its_name() {
    let twice = "smiles,activity,smiles\nCCO,1,CCN\nCCC,0,CCCl\n";
    check_refused(
        "a.csv",
        twice,
        &["2 columns `smiles`, number 1 and 3", "FILE:COLUMN"],
    );
    let two = "reactant;product\nCCO;CC=O\nCCN;CC\n";
    check_refused("a.csv", two, &["`reactant`, `product`", "FILE:COLUMN"]);
    let inchi = "smiles\nInChI=1S/CH4/h1H4\n";
    check_refused("a.csv", inchi, &["InChI"]);
    let names = "smiles,mol\nethanol,CCO\namine,CCN\n";
    check_refused("a.csv", names, &["column `mol` looks like SMILES"]);
    check_refused("a.csv", "%PDF-1.4\n", &["PDF"]);
    check_refused("a.txt", "hello world\ngood day\n", &["hello"]);
}

/// Strings, valid and novel ones, of an evaluation.
#[track_caller]
fn check_evaluation(
    files: &[(&str, &str)],
    arguments: &[&str],
    counts: [u64; 2],
    novelty: Option<f64>,
) {
    let folder = folder(files);
    let all = [
        &["evaluate"][..],
        arguments,
        &["--quick", "--no-cache", "-o", "r"],
    ]
    .concat();
    run(folder.path(), &all, 0);
    let report = fs::read_to_string(folder.path().join("r/report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    let found = ["generated", "valid"].map(|name| report[name].as_u64().unwrap());
    assert_eq!(found, counts, "{files:?}");
    if let Some(novelty) = novelty {
        assert_eq!(
            report["novelty"]["value"].as_f64(),
            Some(novelty),
            "{files:?}"
        );
    }
}

#[test]
fn headers_and_line_ends_change_no_figure() {
    for header in ["mol", "smi", "0", "SMILES"] {
        let generated = format!("{header}\nCCO\nCCN\nC(\n");
        check_evaluation(&[("g.csv", &generated)], &["g.csv"], [3, 2], None);
    }
    check_evaluation(&[("g.csv", "C\nCCO\n")], &["g.csv"], [2, 2], None);
    let table = "smiles;score\nCCO;1\nCCN;2\n";
    check_evaluation(&[("g.csv", table)], &["g.csv"], [2, 2], None);
    let files = [
        ("t.smi", "CCO a\rOCCN b\rCCC c\r"),
        ("g.csv", "smiles\nNCCO\nCCC\n"),
        ("t.csv", "id;mol;other\n1;CCC;C#C\n2;NCCO;C#N\n"),
    ];
    check_evaluation(&files, &["g.csv", "--train", "t.smi"], [2, 2], Some(0.0));
    for column in ["t.csv:mol", "t.csv:2"] {
        check_evaluation(&files, &["g.csv", "--train", column], [2, 2], Some(0.0));
    }
    let other = ["g.csv", "--train", "t.csv:other"];
    check_evaluation(&files, &other, [2, 2], Some(1.0));
    let folder = folder(&files);
    let which = [
        "evaluate", "g.csv", "--train", "t.csv", "--quick", "-o", "r",
    ];
    let (_, stderr) = run(folder.path(), &which, 0);
    // `mol` is a usual name, and the choice is said.
    assert!(
        stderr.contains("note: `t.csv`: the SMILES are in column `mol`"),
        "{stderr}"
    );
    // All invalid is a result where the strings are made of tokens.
    check_evaluation(&[("g.csv", "smiles\nC(\nC1\n")], &["g.csv"], [2, 0], None);
}

#[test]
fn canonicalize_keeps_names() {
    let folder = folder(&[("a.smi", "OCC ethanol\nNCC ethyl amine\n")]);
    let (stdout, _) = run(folder.path(), &["canonicalize", "a.smi"], 0);
    let expected = "OCC\tvalid\tCCO\t\tethanol\nNCC\tvalid\tCCN\t\tethyl amine\n";
    assert_eq!(stdout, expected);
    let output = molgpt(folder.path())
        .arg("canonicalize")
        .write_stdin(" OCC\nCCO  \nCC this is junk\nhello\n")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let cells: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    let canonical: Vec<&str> = cells.iter().map(|cells| cells[2]).collect();
    assert_eq!(canonical, ["CCO", "CCO", "CC", ""]);
    assert_eq!(cells[2][4], "this is junk");
}

#[test]
fn what_one_command_writes_the_others_read() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for name in [
        "own.parquet",
        "own.jsonl",
        "own.csv",
        "own.tsv",
        "own.smi",
        "own.txt",
    ] {
        let sample = [
            "sample",
            "-n",
            "5",
            "--seed",
            "1",
            "--model",
            "pretrained",
            "-o",
            name,
        ];
        run(here, &sample, 0);
        let report = format!("report-{name}");
        run(
            here,
            &["evaluate", name, "--quick", "--no-cache", "-o", &report],
            0,
        );
        let text = fs::read_to_string(here.join(report).join("report.json")).unwrap();
        let report: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(report["generated"], 5, "{name}");
        let (scores, _) = run(here, &["score", name, "--model", "pretrained"], 0);
        assert_eq!(scores.lines().count(), 6, "{name}");
    }
}

#[test]
fn other_columns_are_kept_and_inputs_are_not_overwritten() {
    let data = "id;Structure;pIC50\n7;OCC;5,5\n8;C(;6,5\n";
    let folder = folder(&[("a.csv", data)]);
    let here = folder.path();
    let read = |name: &str| fs::read_to_string(here.join(name)).unwrap();
    run(
        here,
        &["prepare", "a.csv", "-o", "b.csv", "--bad", "bad.csv"],
        0,
    );
    assert_eq!(read("b.csv"), "smiles,id,pIC50\nOCC,7,\"5,5\"\n");
    assert!(read("bad.csv").starts_with("row,smiles,reason,id,pIC50\n3,C(,"));
    assert!(read("bad.csv").ends_with(",8,\"6,5\"\n"));
    run(here, &["check", "a.csv", "--bad", "check.csv"], 0);
    assert_eq!(read("check.csv"), read("bad.csv"));
    let (_, stderr) = run(here, &["prepare", "a.csv", "-o", "b.smi"], 0);
    assert!(stderr.contains("no place for `id`, `pIC50`"), "{stderr}");
    let score = ["score", "a.csv", "--model", "pretrained", "-o", "s.smi"];
    let (_, stderr) = run(here, &score, 1);
    assert!(stderr.contains("no place for scores"), "{stderr}");
    for arguments in [
        &["check", "a.csv", "--suggest", "a.csv"][..],
        &["check", "a.csv:Structure", "--bad", "./a.csv"],
        &["prepare", "a.csv", "-o", "c.csv", "--bad", "a.csv"],
        &["prepare", "a.csv", "-o", "a.csv"],
        &["prepare", "a.csv", "-o", "c.csv", "--bad", "c.csv"],
        &["canonicalize", "a.csv", "-o", "a.csv"],
    ] {
        let (_, stderr) = run(here, arguments, 1);
        assert!(
            stderr.contains("would overwrite"),
            "{arguments:?}: {stderr}"
        );
        assert_eq!(read("a.csv"), data);
    }
}

#[test]
fn novel_takes_a_column() {
    let folder = folder(&[("a.csv", "x,y\nC,CC\nN,CCN\n")]);
    let sample = |novel| {
        [
            "sample",
            "-n",
            "1",
            "--model",
            "pretrained",
            "--novel",
            novel,
        ]
    };
    run(folder.path(), &sample("a.csv:y"), 0);
    run(folder.path(), &sample("a.csv:1"), 0);
    let (_, stderr) = run(folder.path(), &sample("a.csv:z"), 1);
    assert!(
        stderr.contains("no column `z`, only `x`, `y`: choose one with `FILE:COLUMN`"),
        "{stderr}"
    );
}
