//! `molgpt sample` with the grammar of molecules and with structures to keep.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use std::fs;
use std::path::Path;

use common::molgpt;
use molgpt::chem::{Fragment, Molecule};

/// The molecules that the program writes, its messages, and its exit code.
fn sample(folder: &Path, n: &str, arguments: &[&str]) -> (Vec<String>, String, Option<i32>) {
    let mut program = molgpt(folder);
    program.args(["sample", "--seed", "1", "--model", "pretrained", "-n", n]);
    let output = program.args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, told) = (text(output.stdout), text(output.stderr));
    assert!(!told.contains("panicked"), "{told}");
    let smiles = out
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next());
    (
        smiles.map(str::to_owned).collect(),
        told,
        output.status.code(),
    )
}

#[test]
fn the_grammar_leaves_nothing_invalid() {
    let folder = tempfile::tempdir().unwrap();
    let invalid = |arguments: &[&str]| {
        let (molecules, told, code) = sample(folder.path(), "300", arguments);
        assert_eq!((molecules.len(), code), (300, Some(0)), "{told}");
        let invalid = molecules
            .iter()
            .filter(|smiles| Molecule::parse(smiles).is_err());
        invalid.count()
    };
    assert!(invalid(&["--temperature", "1.5"]) > 20);
    assert_eq!(invalid(&["--temperature", "1.5", "--grammar"]), 0);
    assert_eq!(invalid(&["--grammar", "--prompt", "c1cc(Br)"]), 0);
}

/// Every molecule has all of these fragments, with something at each open point and nothing elsewhere
/// (at cores: anything anywhere).
#[track_caller]
fn check(arguments: &[&str], kept: &[&str], anywhere: bool) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let (molecules, told, code) = sample(folder.path(), "8", arguments);
    assert_eq!((molecules.len(), code), (8, Some(0)), "{told}");
    for smiles in &molecules {
        let molecule = Molecule::parse(smiles).unwrap();
        for text in kept {
            let pattern = Fragment::parse(text).unwrap().pattern(anywhere).unwrap();
            assert!(pattern.matches(&molecule), "{smiles} has {text}");
        }
    }
    molecules
}

#[test]
fn structures_are_kept() {
    let scaffold = "c1ccc([*:1])cc1[*:2]";
    let molecules = check(&["--scaffold", scaffold], &[scaffold], false);
    assert_eq!(
        molecules,
        check(
            &["--scaffold", scaffold, "--threads", "1"],
            &[scaffold],
            false
        )
    );
    check(
        &["--scaffold", "*N1CCCC1", "--grow-anywhere"],
        &["*N1CCCC1"],
        true,
    );
    check(
        &["--extend", "[3*]C[C@H](N)C(=O)O"],
        &["[*]C[C@H](N)C(=O)O"],
        false,
    );
    check(
        &["--link", "[*]C#C", "--link", "[*]N1CCCC1"],
        &["[*]C#C", "[*]N1CCCC1"],
        false,
    );
    check(
        &["--morph", "[*]C#C.[*]N1CCCC1"],
        &["[*]C#C", "[*]N1CCCC1"],
        false,
    );
    check(&["--superstructure", "c1cc[nH]c1"], &["c1cc[nH]c1"], true);
    let near = check(
        &["--near", "CC(=O)Nc1ccc(OCC)cc1=0.3..", "--unique"],
        &[],
        true,
    );
    assert!(!near.contains(&"CCOc1ccc(NC(C)=O)cc1".to_owned()));
}

#[test]
fn scaffolds_come_from_a_file_in_turn() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("cores.csv"),
        "id,core\n1,[*]c1ccncc1\n2,[*]C1CC1\n",
    )
    .unwrap();
    let (molecules, told, code) = sample(folder.path(), "6", &["--scaffold", "cores.csv:core"]);
    assert_eq!((molecules.len(), code), (6, Some(0)), "{told}");
    let has = |smiles: &String, core: &str| {
        let pattern = Fragment::parse(core).unwrap().pattern(false).unwrap();
        pattern.matches(&Molecule::parse(smiles).unwrap())
    };
    assert_eq!(
        molecules
            .iter()
            .filter(|smiles| has(smiles, "[*]c1ccncc1"))
            .count(),
        3
    );
    assert_eq!(
        molecules
            .iter()
            .filter(|smiles| has(smiles, "[*]C1CC1"))
            .count(),
        3
    );
}

#[test]
fn unknown_tokens_are_told_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let (molecules, told, code) = sample(folder.path(), "3", &["--extend", "[*]c1ccc(I)cc1"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains("does not know `I`: it reads `Br` in its place"),
        "{told}"
    );
    assert!(
        molecules.iter().all(|smiles| smiles.contains('I')),
        "{molecules:?}"
    );
}

#[test]
fn what_cannot_be_kept_is_refused() {
    #[track_caller]
    fn check(arguments: &[&str], expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let (molecules, told, code) = sample(folder.path(), "2", arguments);
        assert_eq!((molecules.len(), code), (0, Some(1)), "{told}");
        assert!(told.contains(expected), "{told}");
    }
    check(
        &["--scaffold", "c1ccccc1"],
        "--scaffold `c1ccccc1` has 0 open points (`[*]`): it must have at least one",
    );
    check(&["--scaffold", "c1ccc([*]"], "--scaffold");
    check(&["--extend", "C1[*]C1"], "an open point has one bond");
    check(
        &["--link", "[*]C"],
        "--link has 1 fragments: it must have two",
    );
    check(&["--link", "[*]C", "--link", "[*]C[*]"], "it must have one");
    check(
        &["--superstructure", "[*]C"],
        "it must have none: use --scaffold",
    );
    check(&["--superstructure", "FC(F)(F)F"], "no atom has a hydrogen");
    check(&["--near", "c1cc"], "c1cc\n");
    check(
        &["--near", "CCO", "--scaffold", "[*]C"],
        "--scaffold and --near do not go together",
    );
    check(&["--scaffold", "[*]C", "--prompt", "C"], "--prompt");
    check(&["--grammar", "--prompt", "FF("], "no molecule begins so");
    let long = format!("[*]{}", "C".repeat(80));
    check(&["--extend", &long], "tokens");
}

#[test]
fn fragments_of_drugs_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let bench = |data: &str, page: &str| {
        let data = common::shipped(data);
        let output = molgpt(here)
            .args([
                "bench",
                "fragments",
                &data,
                "-n",
                "10",
                "--seeds",
                "0,1",
                "-o",
                page,
            ])
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    for page in ["one", "two"] {
        let (code, told) = bench("data/fragments.csv", page);
        assert_eq!(code, Some(0), "{told}");
    }
    let read = |page: &str| {
        let text = std::fs::read_to_string(here.join(page).join("fragments.json")).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        json["tasks"].as_array().unwrap().clone()
    };
    let tasks = read("one");
    assert_eq!(tasks, read("two"));
    assert_eq!(tasks.len(), 4);
    for task in &tasks {
        assert_eq!(task["drugs"].as_array().unwrap().len(), 3);
        let valid = task["mean"]["valid"].as_f64().unwrap();
        assert!(valid > 0.8, "{task}");
    }
    let page = std::fs::read_to_string(here.join("one/fragments.html")).unwrap();
    assert_eq!(
        page.matches("the fragment in colour</figcaption>").count(),
        4
    );
    let (code, told) = bench("data/test.csv", "none");
    assert_eq!(code, Some(1));
    assert!(
        told.contains("has no column of fragments: name one of motif_extension"),
        "{told}"
    );
    let table = "smiles,motif_extension\nCCO,CC\n";
    std::fs::write(here.join("closed.csv"), table).unwrap();
    let output = molgpt(here)
        .args(["bench", "fragments", "closed.csv"])
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("row 2 of `closed.csv`, column `motif_extension`"),
        "{told}"
    );
}
