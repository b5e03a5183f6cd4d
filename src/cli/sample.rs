//! `molgpt sample`: writes generated molecules as CSV rows.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use burn::backend::Flex;

use crate::checkpoint::Model;
use crate::model::Gpt;
use crate::sampling::{Strategy, sample};

/// Write generated molecules, one a row, with their negative log-likelihood.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How many molecules.
    #[arg(short)]
    n: u64,
    /// The model file.
    #[arg(long, default_value = "runs/latest/model.safetensors")]
    model: PathBuf,
    /// Where the CSV goes; `-` is standard output.
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// Logits are divided by this.
    #[arg(long, default_value_t = 1.0)]
    temperature: f64,
    /// Only the K most likely tokens; 0 keeps all.
    #[arg(long, default_value_t = 0)]
    top_k: usize,
    /// Only the smallest set of most likely tokens with this share.
    #[arg(long, default_value_t = 1.0)]
    top_p: f64,
    /// Start of every molecule.
    #[arg(long, default_value = "")]
    prompt: String,
    /// Same seed, same molecules.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Molecules decoded together.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=65_536))]
    batch: u64,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> anyhow::Result<()> {
    let strategy = Strategy {
        temperature: arguments.temperature,
        top_k: arguments.top_k,
        top_p: arguments.top_p,
    };
    strategy.validate()?;
    let device = burn::tensor::Device::<Flex>::default();
    let model = Model::load(&arguments.model)
        .context("no model to sample from: `molgpt train DATA` makes one, --model names another")?;
    let network: Gpt<Flex> = model.network(&device);
    let mut writer: Box<dyn Write> = if arguments.output == Path::new("-") {
        Box::new(BufWriter::new(io::stdout().lock()))
    } else {
        let file = File::create(&arguments.output)
            .with_context(|| format!("cannot write `{}`", arguments.output.display()))?;
        Box::new(BufWriter::new(file))
    };
    let bar = super::train::progress_bar(arguments.n, "sampling {bar:30} {pos}/{len} {eta}", quiet);
    let mut table = csv::Writer::from_writer(&mut writer);
    table.write_record(["smiles", "nll"])?;
    let mut start = 0;
    while start < arguments.n {
        let end = arguments.n.min(start + arguments.batch);
        let (prompt, seed) = (arguments.prompt.as_str(), arguments.seed);
        for molecule in sample(
            &model,
            &network,
            start..end,
            prompt,
            &strategy,
            seed,
            &device,
        )? {
            table.write_record([molecule.smiles, format!("{:.4}", molecule.nll)])?;
        }
        bar.inc(end - start);
        start = end;
    }
    bar.finish_and_clear();
    table.flush()?;
    Ok(())
}
