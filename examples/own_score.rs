//! A score of one's own over generated molecules: here, sulfonamides of a wanted weight.
//!
//! `cargo run --release --example own_score`

#![expect(clippy::print_stdout, reason = "an example shows its results")]

use molgpt::chem::Molecule;
use molgpt::error::Result;
use molgpt::generate::{CpuGenerator, SamplingParams, Stream};
use molgpt::model::Model;
use molgpt::objective::{Score, best};

/// 1 for a sulfonamide of 350 g/mol, less the further away.
struct Sulfonamide;

impl Score for Sulfonamide {
    fn score(&self, molecules: &[Molecule]) -> Result<Vec<f64>> {
        let one = |molecule: &Molecule| {
            let has = molecule.canonical().contains("S(=O)(=O)N");
            let distance = (molecule.weight() - 350.0) / 50.0;
            f64::from(u8::from(has)) * (-distance * distance).exp()
        };
        Ok(molecules.iter().map(one).collect())
    }
}

fn main() -> Result<()> {
    let model = Model::pretrained()?;
    let generator = CpuGenerator::new(&model);
    let samples = Stream::new(&generator, SamplingParams::default()).take(2_000);
    let texts = samples.map(|sample| Ok(sample?.smiles));
    for (score, molecule) in best(10, texts, &Sulfonamide)? {
        println!("{score:.3}  {}", molecule.canonical());
    }
    Ok(())
}
