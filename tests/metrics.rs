//! Properties of single molecules against RDKit, molsets and guacamol: the golden files of
//! `tests/golden/`, each of which names the programs and versions that made it.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use std::fs::File;
use std::io::Read;

use flate2::read::GzDecoder;
use molgpt::chem::Molecule;
use sha2::{Digest, Sha256};

/// The rows of a golden table, after its line of origin and its header.
fn rows(name: &str) -> Vec<Vec<String>> {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    GzDecoder::new(File::open(path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.starts_with("# RDKit 2026.09.1, molsets 0.3.1, guacamol 0.5.5"));
    let cells = |line: &str| line.split('\t').map(str::to_owned).collect();
    text.lines().skip(2).map(cells).collect()
}

/// Numbers of the 7,892 molecules that differ, where any does, with the reason.
const KNOWN: [(&str, usize); 2] = [
    // RDKit counts an explicit hydrogen on nitrogen as an atom.
    ("SA", 1),
    // A ferrocene, whose metal bonds the programs see in different ways.
    ("BertzCT", 1),
];

/// The molecules that differ in each property.
#[derive(Default)]
struct Differences {
    found: Vec<(&'static str, Vec<String>)>,
}

impl Differences {
    fn check(&mut self, name: &'static str, same: bool, say: impl FnOnce() -> String) {
        if self.found.iter().all(|(known, _)| *known != name) {
            self.found.push((name, Vec::new()));
        }
        let (_, list) = self
            .found
            .iter_mut()
            .find(|(known, _)| *known == name)
            .unwrap();
        if !same {
            list.push(say());
        }
    }
}

fn bits_hash(bits: &[u16]) -> String {
    let text: Vec<String> = bits.iter().map(u16::to_string).collect();
    let digest = Sha256::digest(text.join(" "));
    let word = u64::from_be_bytes(digest[..8].try_into().unwrap());
    format!("{word:016x}")
}

#[test]
fn properties_are_those_of_the_packages() {
    let rows = rows("properties.tsv.gz");
    let mut differences = Differences::default();
    for row in &rows {
        let Ok(molecule) = Molecule::parse(&row[0]) else {
            differences.check("parsed", false, || row[0].clone());
            continue;
        };
        differences.check("parsed", true, String::new);
        let number = |column: usize| row[column].parse::<f64>().unwrap();
        let mut near = |name, column, value: f64| {
            let same = (number(column) - value).abs() < 2e-6 + number(column).abs() * 1e-6;
            differences.check(name, same, || {
                format!("{}: {} not {value}", row[0], row[column])
            });
        };
        let environments = molecule.environments();
        let descriptors = molecule.descriptors_with(environments.as_ref());
        let complexity = molecule.complexity();
        near("weight", 1, descriptors.weight);
        near("SA", 2, descriptors.sa);
        near("BertzCT", 5, complexity.bertz);
        near("acceptors", 6, f64::from(complexity.acceptors));
        near("donors", 7, f64::from(complexity.donors));
        near("rotatable bonds", 8, f64::from(complexity.rotatable_bonds));
        near("aliphatic rings", 9, f64::from(complexity.aliphatic_rings));
        near("aromatic rings", 10, f64::from(complexity.aromatic_rings));
        let mut fragments = molecule.fragments();
        fragments.sort();
        let fragments = fragments.join(" ");
        differences.check("fragments", fragments == row[3], || {
            format!("{}: {} not {fragments}", row[0], row[3])
        });
        let broken = molecule.failed_filter();
        differences.check("filters", broken.is_none() == (row[4] == "1"), || {
            format!("{}: {} but {broken:?}", row[0], row[4])
        });
        let flat = molecule.canonical_without_stereo();
        differences.check("flat", flat == row[11], || {
            format!("{}: {} not {flat}", row[0], row[11])
        });
        let bits = environments
            .map(|found| found.bits(4096))
            .unwrap_or_default();
        differences.check("ECFP4", bits_hash(&bits) == row[12], || row[0].clone());
    }
    assert_eq!(differences.found.len(), 13, "every property was compared");
    for (name, list) in &differences.found {
        let known = KNOWN.iter().find(|(known, _)| known == name);
        let most = known.map_or(0, |known| known.1);
        assert_eq!(
            list.len(),
            most,
            "{name} of these molecules differs: {list:#?}"
        );
    }
    assert_eq!(rows.len(), 7_892);
}
