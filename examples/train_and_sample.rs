//! Trains a small model on a file of molecules and prints twenty new ones.
//!
//! `cargo run --release --example train_and_sample -- data/test.csv runs/example`

#![expect(clippy::print_stdout, reason = "an example shows its results")]

use std::path::{Path, PathBuf};

use molgpt::config::RunConfig;
use molgpt::error::Result;
use molgpt::generate::{CpuGenerator, Generator, SamplingParams};
use molgpt::model::Model;
use molgpt::progress::Unwatched;
use molgpt::run::{ConfigSource, RunFolder, TrainSettings, train};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let data = arguments.next().unwrap_or("data/test.csv".to_owned());
    let folder = arguments.next().unwrap_or("runs/example".to_owned());

    let config = RunConfig::parse(include_str!("../configs/tiny.toml"))?;
    let settings = TrainSettings {
        data: PathBuf::from(data).into(),
        config: ConfigSource::Given(Box::new(config)),
        max_minutes: Some(0.5),
        ..TrainSettings::default()
    };
    let folder = RunFolder::create(Path::new(&folder), true)?;
    let trained = train(&settings, &folder, &Unwatched)?.done();
    println!("{} steps, best loss {:?}", trained.step, trained.best);

    let model = Model::load(&trained.folder.join("model.safetensors"))?;
    let generator = CpuGenerator::new(&model);
    for sample in generator.take(20, &SamplingParams::default())? {
        println!("{:8.3}  {}", sample.nll, sample.smiles);
    }
    Ok(())
}
