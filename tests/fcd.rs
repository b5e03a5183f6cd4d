//! FCD held to `fcd_torch` 1.0.7 with the real weights, when `MOLGPT_CHEMNET` names its wheel
//! (`pip download fcd_torch==1.0.7 --no-deps`). All that works without the weights is tested in
//! `src/chemnet/`.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]
#![expect(clippy::print_stderr, reason = "differences are worth seeing")]

use std::io::{Read, Write};
use std::path::Path;

use burn::backend::Flex;
use molgpt::chem::Molecule;
use molgpt::chemnet::{
    Activations, ChemNet, Embed, Gaussian, Moments, WIDTH, Weights, frechet_distance,
};

/// The weights; or a word that the test is skipped, which is seen because the test's output is not
/// collected by it.
///
/// # Panics
/// The variable names a file that does not hold the weights.
fn weights() -> Option<Weights> {
    let Some(path) = std::env::var_os("MOLGPT_CHEMNET") else {
        let reason = "MOLGPT_CHEMNET does not name the wheel of fcd_torch 1.0.7";
        let told = format!("skipped: {reason}\n");
        std::io::stderr().write_all(told.as_bytes()).unwrap();
        return None;
    };
    Some(Weights::read(Path::new(&path)).unwrap())
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Canonical SMILES and activations that `tests/golden/fcd.py` wrote.
fn golden() -> Vec<(String, Vec<f32>)> {
    let file = std::fs::File::open(root().join("tests/golden/chemnet.tsv.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap();
    let row = |line: &str| {
        let mut cells = line.split('\t');
        let smiles = Molecule::parse(cells.next().unwrap()).unwrap();
        let values = cells.map(|cell| cell.parse().unwrap()).collect();
        (smiles.canonical().to_owned(), values)
    };
    text.lines().map(row).collect()
}

#[test]
fn activations_are_those_of_fcd_torch() {
    let Some(weights) = weights() else { return };
    let golden = golden();
    assert_eq!(golden.len(), 53);
    let smiles: Vec<&str> = golden.iter().map(|(smiles, _)| smiles.as_str()).collect();
    let by_hand = Activations::new(&weights).embed(&smiles, &|_| true);
    let device = burn::tensor::Device::<Flex>::default();
    let few = 30;
    let by_burn = ChemNet::<Flex>::new(&weights, &device).activations(&smiles[..few], &device);
    let by_burn = by_burn.into_data();
    let mut largest = [0.0_f32; 2];
    for (row, (smiles, expected)) in golden.iter().enumerate() {
        assert_eq!(expected.len(), WIDTH, "{smiles}");
        for (a, b) in by_hand[row * WIDTH..].iter().zip(expected) {
            largest[0] = largest[0].max((a - b).abs());
        }
    }
    let expected = golden.iter().flat_map(|(_, values)| values);
    for (a, b) in by_burn.iter::<f32>().zip(expected) {
        largest[1] = largest[1].max((a - b).abs());
    }
    eprintln!("largest differences, by hand and by burn: {largest:?}");
    assert!(largest[0] < 1e-4 && largest[1] < 1e-4, "{largest:?}");
}

fn gaussian(network: &Activations, name: &str, rows: usize) -> Gaussian {
    let text = std::fs::read_to_string(root().join("data").join(name)).unwrap();
    let smiles: Vec<String> = text
        .lines()
        .skip(1)
        .take(rows)
        .map(|line| Molecule::parse(line).unwrap().canonical().to_owned())
        .collect();
    let smiles: Vec<&str> = smiles.iter().map(String::as_str).collect();
    assert_eq!(smiles.len(), rows);
    let mut moments = Moments::new(WIDTH);
    moments.add(&network.embed(&smiles, &|_| true));
    moments.gaussian().unwrap()
}

/// Relative difference at most 0.1 %.
#[track_caller]
fn check(found: f64, golden: f64) {
    eprintln!(
        "FCD {found}, fcd_torch {golden}, ratio - 1 = {:.1e}",
        found / golden - 1.0
    );
    approx::assert_relative_eq!(found, golden, max_relative = 1e-3);
}

#[test]
fn distances_are_those_of_fcd_torch() {
    let Some(weights) = weights() else { return };
    let network = Activations::new(&weights);
    // Figures printed by `tests/golden/fcd.py`.
    let names = ["molecules.csv", "test.csv", "test_scaffolds.csv"];
    let [molecules, test, scaffolds] = names.map(|name| gaussian(&network, name, 2_000));
    check(frechet_distance(&molecules, &test), 1.250_622_046_758_806_5);
    check(
        frechet_distance(&molecules, &scaffolds),
        1.741_322_352_934_958,
    );
    check(frechet_distance(&test, &scaffolds), 1.772_552_779_035_422);
    // Fewer molecules than activations: covariances of low rank.
    let [molecules, test, _] = names.map(|name| gaussian(&network, name, 100));
    check(frechet_distance(&molecules, &test), 17.004_437_236_098_262);
}
