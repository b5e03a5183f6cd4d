//! `molgpt draw` on the real program: what is drawn, what is told, what is refused.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use std::fs;
use std::path::Path;

use common::{molgpt, shipped};

const TABLE: &str = "smiles,name,weight,charges\nCCO,ethanol,46.07,0.1 0.2 -0.3\n\
    C1CC,broken,1,\nOC(=O)c1ccccc1OC(C)=O,aspirin <&>,180.16,1\nC[NH3+].[Cl-],salt,67.52,0 0.5 -0.5\n";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), TABLE).unwrap();
    folder
}

/// Runs `draw` to an exit code; what went to stderr.
#[track_caller]
fn draw(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = molgpt(folder).arg("draw").args(arguments).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
    assert!(output.stdout.is_empty());
    stderr
}

/// Draws a picture; its text.
#[track_caller]
fn drawn(folder: &Path, arguments: &[&str], told: &[&str]) -> String {
    let mut all = arguments.to_vec();
    let name = if arguments.contains(&"-o") {
        ""
    } else {
        "x.svg"
    };
    if !name.is_empty() {
        all.extend(["-o", name]);
    }
    let stderr = draw(folder, &all, 0);
    for part in told {
        assert!(stderr.contains(part), "{arguments:?}: {part}: {stderr}");
    }
    fs::read_to_string(folder.join("x.svg")).unwrap_or_default()
}

/// Draws nothing, and says why.
#[track_caller]
fn refused(folder: &Path, arguments: &[&str], told: &[&str]) {
    let stderr = draw(folder, arguments, 1);
    for part in told {
        assert!(stderr.contains(part), "{arguments:?}: {part}: {stderr}");
    }
    let left: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name != "a.csv")
        .collect();
    assert_eq!(left, [""; 0], "{arguments:?} leaves files");
}

fn titles(svg: &str) -> Vec<&str> {
    let parts = svg.split("<title>").skip(1);
    parts
        .filter_map(|part| Some(part.split_once("</title>")?.0))
        .collect()
}

#[test]
fn a_file_is_a_grid_with_captions() {
    let folder = folder();
    let folder = folder.path();
    let told = ["x.svg: 3 molecules", "1 row is no molecule"];
    let svg = drawn(folder, &["a.csv", "--caption", "weight"], &told);
    let expected = [
        "1 · ethanol: CCO",
        "2 · broken: C1CC",
        "3 · aspirin &lt;&amp;&gt;: OC(=O)c1ccccc1OC(C)=O",
        "4 · salt: C[NH3+].[Cl-]",
    ];
    assert_eq!(titles(&svg), expected);
    assert!(svg.contains("weight: 180.16") && svg.contains("never closed"));
    let order = |svg: &str| -> Vec<String> {
        let numbers = titles(svg).into_iter();
        numbers
            .map(|title| title.split(' ').next().unwrap().to_owned())
            .collect()
    };
    let top = drawn(folder, &["a.csv", "--by", "WEIGHT", "--top", "2"], &[]);
    assert_eq!(order(&top), ["3", "4"]);
    let least = ["a.csv", "--by", "weight", "--ascending", "--rows", "1,3-"];
    assert_eq!(order(&drawn(folder, &least, &[])), ["1", "4", "3"]);
    let some = drawn(
        folder,
        &["a.csv", "--limit", "2"],
        &["2 more rows are left out", "--limit"],
    );
    assert_eq!(order(&some), ["1", "2"]);
    let few = drawn(
        folder,
        &["a.csv", "--rows", "4-9"],
        &["has 4 rows, fewer than --rows"],
    );
    assert_eq!(order(&few), ["4"]);
}

#[test]
fn a_molecule_is_drawn_without_a_file() {
    let folder = folder();
    let folder = folder.path();
    let svg = drawn(folder, &["OC(=O)c1ccccc1OC(C)=O"], &["x.svg: 1 molecule\n"]);
    assert_eq!(titles(&svg), ["OC(=O)c1ccccc1OC(C)=O"]);
    let short = drawn(folder, &["OC(=O)c1ccccc1OC(C)=O", "--abbreviate"], &[]);
    assert!(short.len() != svg.len());
    drawn(
        folder,
        &["CCO", "-o", "x.png", "--size", "150x120", "--scale", "1"],
        &[],
    );
    let png = fs::read(folder.join("x.png")).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    // Width and height stand behind the name of the first piece.
    assert_eq!(png[16..24], [0, 0, 0, 150, 0, 0, 0, 120]);
}

#[test]
fn a_page_has_all_that_the_picture_has() {
    let folder = folder();
    let folder = folder.path();
    drawn(
        folder,
        &["a.csv", "-o", "x.html", "--caption", "weight,charges"],
        &[],
    );
    let page = fs::read_to_string(folder.join("x.html")).unwrap();
    assert_eq!(page.matches("<figure>").count(), 4);
    for part in [
        "3 molecules and 1 row that is none.",
        "<dt>charges</dt><dd>1</dd>",
        "aspirin &lt;&amp;&gt;",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for outside in ["src=", "<script", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn atoms_have_colours_by_values() {
    let folder = folder();
    let svg = drawn(
        folder.path(),
        &["a.csv", "--color-by", "charges"],
        &["without colours: 1 of 3 molecules; in row 3 there are 1 values for 13 atoms"],
    );
    for part in [">−0.500<", ">charges<", "#4a80d6"] {
        assert!(svg.contains(part), "{part}");
    }
}

#[test]
fn a_scaffold_is_drawn_alike_and_a_pattern_has_a_colour() {
    let folder = folder();
    let folder = folder.path();
    let list = "c1ccccc1CC\nCc1ccncc1Cc1ccccc1\nCCO\nC(,\n";
    fs::write(folder.join("b.smi"), list).unwrap();
    let told = ["2 of 3 molecules have the pattern of --align"];
    let colour = "#ffc43d";
    let svg = drawn(folder, &["b.smi", "--align", "c1ccccc1C"], &told);
    assert_eq!(
        svg.matches(colour).count(),
        4,
        "discs and bonds of two molecules"
    );
    let plain = ["b.smi", "--align", "c1ccccc1C", "--no-highlight"];
    assert_eq!(drawn(folder, &plain, &told).matches(colour).count(), 0);
    let told = ["1 of 3 molecules have the pattern of --highlight"];
    let svg = drawn(folder, &["b.smi", "--highlight", "[OH]"], &told);
    assert_eq!(svg.matches(colour).count(), 1);
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let folder = folder();
    let folder = folder.path();
    let columns = "only `name`, `weight`, `charges`";
    for (arguments, told) in [
        (
            &["a.csv", "--caption", "qed", "-o", "x.svg"][..],
            &["no column `qed` for --caption", columns][..],
        ),
        (
            &["a.csv", "--by", "qed", "-o", "x.svg"],
            &["no column `qed` for --by", columns],
        ),
        (
            &["a.csv", "--by", "name", "-o", "x.svg"],
            &["holds text, `ethanol` in row 1"],
        ),
        (
            &["a.csv", "--color-by", "qed", "-o", "x.svg"],
            &["for --color-by", columns],
        ),
        (
            &["a.csv", "--color-by", "name", "-o", "x.svg"],
            &["`ethanol` is no number"],
        ),
        (
            &["a.csv", "--align", "c1cnc", "-o", "x.svg"],
            &["--align is no SMARTS pattern", " ^"],
        ),
        (
            &["a.csv", "--align", "[Xe]", "-o", "x.svg"],
            &["none of the 3 molecules has the pattern `[Xe]` of --align"],
        ),
        (
            &["a.csv", "--highlight", "[Xe]", "-o", "x.svg"],
            &["none of the 3 molecules has the pattern `[Xe]` of --highlight"],
        ),
        (
            &["a.csv", "--top", "3", "-o", "x.svg"],
            &["--top needs --by"],
        ),
        (
            &["a.csv", "--rows", "7-9", "-o", "x.svg"],
            &["has 4 rows, and none of --rows 7-9"],
        ),
        (
            &["a.csv", "-o", "x.gif"],
            &["--output `x.gif`: a picture is .svg, .png or .html"],
        ),
        (
            &["a.csv", "-o", "no/x.svg"],
            &["cannot write `no/x.svg`: `no` is not there"],
        ),
        (
            &[
                "a.csv",
                "-o",
                "x.png",
                "--size",
                "4000x4000",
                "--scale",
                "10",
            ],
            &["--limit, --size or --scale"],
        ),
        (
            &["b.csv", "-o", "x.svg"],
            &["`b.csv` is neither a file that is there nor a SMILES"],
        ),
        (
            &["C1CC", "-o", "x.svg"],
            &["nor a SMILES", "never closed", " ^"],
        ),
        (
            &["CCO", "--rows", "1", "-o", "x.svg"],
            &["--rows chooses of a file"],
        ),
    ] {
        refused(folder, arguments, told);
    }
    let wrong = draw(folder, &["a.csv", "--rows", "0", "-o", "x.svg"], 2);
    assert!(wrong.contains("`0` is no row"), "{wrong}");
}

#[test]
fn records_of_sd_files_are_drawn() {
    let folder = folder();
    let folder = folder.path();
    let made = molgpt(folder)
        .args(["describe", "a.csv", "-o", "a.sdf"])
        .output()
        .unwrap();
    assert!(made.status.success());
    let svg = drawn(folder, &["a.sdf", "--caption", "formula"], &[]);
    assert!(svg.contains("formula: C9H8O4"), "{:?}", titles(&svg));
    let stderr = draw(
        folder,
        &["a.sdf", "--color-by", "charges", "-o", "y.svg"],
        1,
    );
    assert!(stderr.contains("`a.sdf` is an SD file"), "{stderr}");
    let list = shipped("tests/data/drugs.csv");
    let svg = drawn(folder, &[&list, "--rows", "1-12"], &[]);
    assert_eq!(titles(&svg).len(), 12);
}
