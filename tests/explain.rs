//! `molgpt explain`, `molgpt playground`, `molgpt man` and `molgpt doctor` on the real program.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use std::fs;

use common::{molgpt, run};

/// The header and the values of a .npy file.
fn npy(bytes: &[u8]) -> (String, Vec<f32>) {
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let end = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert!(end.is_multiple_of(64) && bytes[end - 1] == b'\n');
    let values = bytes[end..].chunks_exact(4);
    let values = values.map(|value| f32::from_le_bytes(value.try_into().unwrap()));
    let header = String::from_utf8(bytes[10..end].to_vec()).unwrap();
    (header.trim().to_owned(), values.collect())
}

#[test]
fn a_molecule_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let arguments = [
        "explain",
        "c1ccccc1O",
        "--model",
        "pretrained",
        "--json",
        "--attention",
        "a.npy",
        "--hidden",
        "h.npy",
    ];
    let (out, told, code) = run(here, &arguments);
    assert_eq!(code, Some(0), "{told}");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let tokens = json["tokens"].as_array().unwrap();
    assert_eq!(tokens.last().unwrap()["token"], "[EOS]");
    assert_eq!(tokens[0]["likeliest"].as_array().unwrap().len(), 5);
    let sum: f64 = tokens
        .iter()
        .map(|token| token["nll"].as_f64().unwrap())
        .sum();
    assert!((sum - json["nll"].as_f64().unwrap()).abs() < 1e-9);

    let count = tokens.len();
    let (header, attention) = npy(&fs::read(here.join("a.npy")).unwrap());
    assert!(header.contains(&format!("{count},{count},)")), "{header}");
    let rows = attention
        .chunks_exact(count)
        .map(|row| row.iter().sum::<f32>());
    assert!(rows.into_iter().all(|sum| (sum - 1.0).abs() < 1e-4));
    let (_, hidden) = npy(&fs::read(here.join("h.npy")).unwrap());
    let (_, _, code) = run(
        here,
        &[
            "explain",
            "c1ccccc1O",
            "--model",
            "pretrained",
            "--hidden",
            "p.npy",
            "--pool",
        ],
    );
    assert_eq!(code, Some(0));
    let (_, pooled) = npy(&fs::read(here.join("p.npy")).unwrap());
    assert_eq!(pooled.len() * count, hidden.len());
}

/// A command with the model inside the program fails with this message, and writes nothing.
#[track_caller]
fn check_fails(command: &str, arguments: &[&str], expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [&[command, "--model", "pretrained"], arguments].concat();
    let (out, told, code) = run(folder.path(), &arguments);
    assert_eq!((out.as_str(), code), ("", Some(1)));
    assert!(told.contains(expected), "{told}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_page_is_written_with_what_it_compares_with() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let page = |arguments: &[&str]| {
        let arguments = [&["playground", "--model", "pretrained"], arguments].concat();
        let (out, told, code) = run(here, &arguments);
        assert_eq!(code, Some(0), "{told}");
        (out, told)
    };
    let (_, told) = page(&[]);
    assert!(told.contains("playground.html: "), "{told}");
    let html = fs::read_to_string(here.join("playground.html")).unwrap();
    assert!(html.contains("10,000 molecules of the test set"));
    fs::write(here.join("few.csv"), "id,smiles\n1,CCO\n2,c1ccccc1\n").unwrap();
    let (html, told) = page(&["--reference", "few.csv", "-o", "-"]);
    assert!(html.starts_with("<!doctype html>") && told.is_empty());
    assert!(html.contains("2 molecules of few.csv"));
}

#[test]
fn a_page_that_cannot_be_is_told_in_one_sentence() {
    let check = |arguments: &[&str], expected: &str| check_fails("playground", arguments, expected);
    check(&["-o", "page.txt"], "must end with .html");
    check(&["-o", "no/page.html"], "cannot write `no/page.html`");
    check(&["--reference", "none.csv"], "`none.csv`");
}

#[test]
fn bad_input_is_told_in_one_sentence() {
    let check = |arguments: &[&str], expected: &str| check_fails("explain", arguments, expected);
    check(&["C!"], "not part of any SMILES token");
    check(&["C[Xe]"], "does not know the token `[Xe]`");
    check(&[&"C".repeat(4_000)], "more than the");
    check(&["C", "--hidden", "h.csv"], "must end with .npy");
    check(
        &["C", "--hidden", "no/folder/h.npy"],
        "cannot write `no/folder/h.npy`",
    );
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let (_, told, code) = run(folder.path(), &["man", "pages"]);
    assert_eq!(code, Some(0), "{told}");
    let page = |name: &str| fs::read_to_string(folder.path().join("pages").join(name)).unwrap();
    assert!(page("molgpt-sample.1").contains("temperature"));
    assert!(page("molgpt.1").contains("molgpt\\-train"));
    fs::write(folder.path().join("file"), "").unwrap();
    let (_, told, code) = run(folder.path(), &["man", "file"]);
    assert_eq!(code, Some(1));
    assert!(
        told.contains("cannot write manual pages to `file`"),
        "{told}"
    );
}

#[test]
fn the_doctor_tells_and_clears_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let cache = here.join("cache");
    fs::create_dir(&cache).unwrap();
    fs::write(cache.join("a"), "cached").unwrap();
    let doctor = |arguments: &[&str]| {
        let output = molgpt(here)
            .env("MOLGPT_CACHE", &cache)
            .arg("doctor")
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let told = doctor(&[]);
    assert!(
        told.contains("1 files") && told.contains("processor"),
        "{told}"
    );
    let json: serde_json::Value = serde_json::from_str(&doctor(&["--json"])).unwrap();
    let fcd = json
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["what"] == "FCD")
        .unwrap();
    assert_eq!(fcd["found"], "missing");
    assert!(fcd["remedy"].as_str().unwrap().contains("pip download"));
    doctor(&["--clear-cache"]);
    assert!(!cache.exists());
}

#[test]
fn variables_stand_for_flags() {
    let folder = tempfile::tempdir().unwrap();
    let output = |variable: &str, value: &str| {
        let mut command = molgpt(folder.path());
        command.env(variable, value).args(["sample", "-n", "2"]);
        let output = command.output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, told) = output("MOLGPT_MODEL", "nothing");
    assert_eq!(code, Some(1));
    assert!(told.contains("no model `nothing`"), "{told}");
    assert_eq!(output("MOLGPT_MODEL", "pretrained").0, Some(0));
    assert_eq!(output("MOLGPT_QUIET", "1").1, "");
    assert_eq!(output("MOLGPT_THREADS", "many").0, Some(2));
    assert_eq!(output("MOLGPT_DEVICE", "tpu").0, Some(2));
}
