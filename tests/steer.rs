//! `molgpt sample` with wishes, and the columns of `molgpt describe`.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use common::run;
use flate2::read::GzDecoder;
use molgpt::chem::{Molecule, Pattern, Property, PropertyKind, PropertyValue};

const WISHED: [&str; 18] = [
    "sample",
    "-n",
    "12",
    "--where",
    "logp=1..3",
    "--where",
    "qed=0.7..",
    "--contains",
    "c1ccccc1",
    "--without",
    "[F,Cl]",
    "--filters",
    "--unique",
    "--columns",
    "logp,qed,failed_filter",
    "--seed",
    "3",
    "--model=pretrained",
];

#[test]
fn sampled_molecules_meet_all_wishes() {
    let folder = tempfile::tempdir().unwrap();
    let (out, told, code) = run(folder.path(), &WISHED);
    assert_eq!(code, Some(0), "{told}");
    let mut lines = out.lines();
    assert_eq!(lines.next(), Some("smiles,nll,cut,log_p,qed,failed_filter"));
    let [ring, halogen] = ["c1ccccc1", "[F,Cl]"].map(|text| Pattern::parse(text).unwrap());
    let rows: Vec<&str> = lines.collect();
    assert_eq!(rows.len(), 12);
    for row in rows {
        let cells: Vec<&str> = row.split(',').collect();
        let molecule = Molecule::parse(cells[0]).unwrap();
        let found = molecule.descriptors();
        assert!(
            (1.0..=3.0).contains(&found.log_p) && found.qed >= 0.7,
            "{row}"
        );
        assert!(
            ring.matches(&molecule) && !halogen.matches(&molecule),
            "{row}"
        );
        assert_eq!(molecule.failed_filter(), None);
        assert_eq!(
            cells[3..],
            [
                &*format!("{:.4}", found.log_p),
                &*format!("{:.4}", found.qed),
                ""
            ]
        );
    }
    for wish in [
        "`logp=1..3`",
        "`qed=0.7..`",
        "`contains c1ccccc1`",
        "`without [F,Cl]`",
        "`filters`",
    ] {
        assert!(told.contains(wish), "{told}");
    }
    assert!(told.contains("12 of "), "{told}");
    let batched = [&WISHED[..], &["--batch", "5", "--threads", "1"]].concat();
    assert_eq!(run(folder.path(), &batched).0, out);
}

#[test]
fn a_wish_that_nothing_meets_ends_at_the_most_draws() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let rare = [
        "sample",
        "-n",
        "9",
        "--where",
        "logp=4.5..",
        "--max-draws",
        "300",
        "-o",
        "a.csv",
    ];
    let (_, told, code) = run(here, &rare);
    assert_eq!(code, Some(1));
    assert!(
        told.contains("of 9 molecules after 300 draws, the most that --max-draws allows"),
        "{told}"
    );
    assert!(told.contains("widen `logp=4.5..`"), "{told}");
    let kept = fs::read_to_string(here.join("a.csv"))
        .unwrap()
        .lines()
        .count()
        - 1;
    assert!(told.contains(&format!("only {kept} of 9")), "{told}");
    let none = [
        "sample",
        "-n",
        "9",
        "--contains",
        "[U]",
        "--max-draws",
        "300",
        "-o",
        "b.csv",
    ];
    let (_, told, code) = run(here, &none);
    assert_eq!(code, Some(1));
    assert!(
        told.contains("only 0 of 9 molecules") && told.contains("by `contains [U]`"),
        "{told}"
    );
    assert_eq!(
        fs::read_to_string(here.join("b.csv")).unwrap(),
        "smiles,nll,cut\n"
    );
}

#[test]
fn what_cannot_be_wished_is_refused() {
    #[track_caller]
    fn check(folder: &Path, arguments: &[&str], message: &str) {
        let all = [&["sample", "-n", "1"], arguments].concat();
        let (_, told, code) = run(folder, &all);
        assert_eq!(code, Some(1), "{told}");
        assert!(told.contains(message), "{told}");
    }
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    check(
        here,
        &["--contains", "CC(=O"],
        "error: --contains `CC(=O`: this parenthesis is never closed\n  CC(=O\n    ^\n",
    );
    check(
        here,
        &["--without", "c1ccccc"],
        "error: --without `c1ccccc`: this ring is never closed\n  c1ccccc\n   ^\n",
    );
    check(
        here,
        &["--where", "logp=4..1"],
        "error: --where `logp=4..1`: the low end 4 is above the high end 1",
    );
    check(
        here,
        &["--where", "lopg=1..4"],
        "no property is called `lopg`: did you mean `log_p`",
    );
    check(
        here,
        &["--where", "logp=1..2", "--where", "logp=3..4"],
        "error: --where `logp=3..4`: no number is in this range and in that of `logp=1..2`",
    );
    check(
        here,
        &["--where", "formula=1..2"],
        "ask for its parts by --contains",
    );
    check(
        here,
        &["--columns", "logp,ted"],
        "--columns: no property is called `ted`: did you mean",
    );
    check(
        here,
        &["--columns", "logp", "-o", "a.smi"],
        "has no place for --columns",
    );
    check(here, &["--like", "C(=0.4.."], "error: --like `C(=0.4..`");
    let shard = ["sample", "-n", "1", "--shard", "1/2", "--filters"];
    assert_eq!(run(here, &shard).2, Some(2));
}

/// The text of a golden file.
fn golden(name: &str) -> String {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    GzDecoder::new(File::open(path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.starts_with("# RDKit 2026.09.1"), "the stated oracle");
    text
}

/// Every column with a number, and formulas, against RDKit 2026.9.1: `tests/golden/make_describe.py`.
#[test]
fn described_properties_are_rdkits() {
    let molecules = golden("patterns.tsv.gz");
    let molecules = molecules
        .lines()
        .filter_map(|line| line.strip_prefix("molecule\t"));
    let table = golden("describe.tsv.gz");
    let mut lines = table.lines().skip(1);
    let names = lines.next().unwrap().split('\t');
    let properties: Vec<Property> = names.map(|name| Property::named(name).unwrap()).collect();
    let (mut rows, mut differences) = (0, Vec::new());
    for (smiles, line) in molecules.zip(lines) {
        let molecule = Molecule::parse(smiles).unwrap();
        for (property, golden) in properties.iter().zip(line.split('\t')) {
            let value = property.of(&molecule, smiles);
            let same = match &value {
                PropertyValue::Number(number) => {
                    let golden: f64 = golden.parse().unwrap();
                    (number - golden).abs() < 1e-4 + golden.abs() * 1e-6
                }
                PropertyValue::Count(count) => count.to_string() == golden,
                PropertyValue::Text(text) => text.as_deref() == Some(golden),
            };
            if !same {
                differences.push(format!("{} {golden} {value:?} {smiles}", property.name()));
            }
        }
        rows += 1;
    }
    assert_eq!(rows, 5_000);
    let numbers = |property: &&Property| property.kind() != PropertyKind::Text;
    assert_eq!(properties.iter().filter(numbers).count(), 20);
    // Equivalent rings of bridged systems (docs/agreement.md).
    for (name, most) in [("rings", 37), ("aliphatic_rings", 2), ("bertz", 33)] {
        let start = format!("{name} ");
        let before = differences.len();
        differences.retain(|line: &String| !line.starts_with(&start));
        assert!(before - differences.len() <= most, "{name} of many");
    }
    assert!(
        differences.is_empty(),
        "{}: {differences:#?}",
        differences.len()
    );
}
