//! Judges a file of generated molecules against the set that their model was trained on.
//!
//! `cargo run --release --example judge -- generated.csv data/molecules.csv`

use std::path::PathBuf;

use molgpt::corpus;
use molgpt::error::Result;
use molgpt::evaluation::{References, Training, evaluate};
use molgpt::table::{ReadOptions, Source};

fn molecules(path: String) -> Result<Vec<String>> {
    let rows = Source::File(PathBuf::from(path)).rows(&ReadOptions::default())?;
    let records = corpus::gather(corpus::MOST_ROWS, rows)?.records;
    Ok(records.into_iter().map(|record| record.smiles).collect())
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |default: &str| arguments.next().unwrap_or(default.to_owned());
    let generated = molecules(next("generated.csv"))?;
    let train = molecules(next("data/molecules.csv"))?;

    let references = References {
        train: Some(Training::new(&train, &|| ())),
        ..References::default()
    };
    let evaluation = evaluate(&generated, &references);
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
