//! `molgpt info`: the contents of a model file.

use crate::error::Result;
use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;

use super::model;
use crate::model::{GptConfig, Model};

/// Print the contents of a model file: shape, parameters, vocabulary.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The model file or run folder, or `pretrained` for the one inside the program [default: that
    /// of the latest run in runs/, else `pretrained`].
    model: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// The findings that are printed.
#[derive(Debug, Serialize)]
struct Info {
    model: String,
    parameters: usize,
    bytes: usize,
    network: GptConfig,
    /// Most tokens of a molecule, `[BOS]` and `[EOS]` not counted.
    longest_molecule: usize,
    vocabulary: Vec<String>,
    tensors: Vec<Tensor>,
}

#[derive(Debug, Serialize)]
struct Tensor {
    name: String,
    shape: Vec<usize>,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    let path = model::path(arguments.model.as_deref(), quiet);
    let info = Info::of(&model::load(path)?, path.display().to_string());
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&info)?)?;
    } else {
        write!(out, "{}", info.text())?;
    }
    Ok(())
}

impl Info {
    fn of(model: &Model, name: String) -> Self {
        let layout = model.layout();
        let tensors = layout.entries.iter().map(|entry| Tensor {
            name: entry.name.clone(),
            shape: entry.shape.clone(),
        });
        Self {
            model: name,
            parameters: model.parameters().len(),
            bytes: size_of_val(model.parameters()),
            network: model.config().clone(),
            longest_molecule: model.config().context - 2,
            vocabulary: model.tokenizer().vocabulary().tokens().to_vec(),
            tensors: tensors.collect(),
        }
    }

    fn text(&self) -> String {
        let GptConfig {
            layers,
            heads,
            width,
            context,
            dropout,
            tied_head,
            ..
        } = self.network;
        let position = format!("{:?}", self.network.position).to_lowercase();
        let head = if tied_head { "tied" } else { "its own" };
        format!(
            "model             {}\n\
             parameters        {} ({:.1} MB)\n\
             network           {layers} blocks, {heads} heads, width {width}, {position} positions, output layer {head}, dropout {dropout}\n\
             context           {context} tokens: molecules of at most {}\n\
             vocabulary        {} tokens: {}\n",
            self.model,
            self.parameters,
            self.bytes as f64 / 1e6,
            self.longest_molecule,
            self.vocabulary.len(),
            self.vocabulary.join(" ")
        )
    }
}
