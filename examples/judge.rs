//! Evaluates a file of generated molecules against the training set of their model.
//!
//! `cargo run --release --example judge -- data/molecules.csv generated.csv`

#![expect(clippy::print_stdout, reason = "an example shows its results")]

use molgpt::error::Result;
use molgpt::evaluation::{EvaluationSettings, MoleculeFile, evaluate_file};
use molgpt::progress::Unwatched;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |default: &str| arguments.next().unwrap_or(default.to_owned());
    let settings = EvaluationSettings {
        train: Some(MoleculeFile::at(next("data/molecules.csv"))),
        ..EvaluationSettings::of(MoleculeFile::at(next("generated.csv")))
    };

    // With ChemNet's weights, the Frechet ChemNet distance is computed as well.
    let without = Err("no ChemNet".to_owned());
    let evaluation = evaluate_file(&settings, without, &Unwatched)?.evaluation;
    for (name, share) in [
        ("valid", &evaluation.validity),
        ("unique", &evaluation.uniqueness),
        ("novel", &evaluation.novelty),
    ] {
        let percent = share.value.unwrap_or(f64::NAN) * 100.0;
        println!("{name:>7} {percent:6.2} % of {}", share.of);
    }
    Ok(())
}
