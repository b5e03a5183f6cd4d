//! `molgpt export` and `molgpt import`: models to and from Hugging Face `transformers`.

use super::messages::{self, Level};
use crate::error::{Result, ensure};
use crate::model::Model;
use std::path::PathBuf;

use crate::checkpoint::huggingface;

/// Export a model as the files that Hugging Face `transformers` loads.
///
/// A GPT-2 where positions are learned, a GPT-NeoX where they are rotary: config.json, tokenizer.json, model.safetensors
/// and the settings of tokenizer and generation.
#[derive(Debug, clap::Args)]
pub(super) struct ExportArguments {
    /// The model file or run folder, or `pretrained` for the one inside the program.
    model: PathBuf,
    /// The folder for the files.
    folder: PathBuf,
}

/// Import a GPT-2 or GPT-NeoX over SMILES tokens that Hugging Face `transformers` saved.
#[derive(Debug, clap::Args)]
pub(super) struct ImportArguments {
    /// The folder with config.json, tokenizer.json and model.safetensors.
    folder: PathBuf,
    /// The model file to write.
    #[arg(short, long, default_value = "model.safetensors")]
    output: PathBuf,
    /// Replace the model file.
    #[arg(long)]
    overwrite: bool,
}

pub(super) fn export(arguments: &ExportArguments, quiet: bool) -> Result<()> {
    let model = Model::named(&arguments.model)?;
    let architecture = huggingface::export(&model, &arguments.folder)?;
    if !quiet {
        let (parameters, tokens) = (model.parameters().len(), model.shape().vocabulary);
        let (folder, class) = (&arguments.folder, architecture.class());
        let told = format!(
            "{}: {class} of {parameters} parameters, {tokens} tokens",
            folder.display()
        );
        let fields = serde_json::json!({
            "folder": folder,
            "architecture": class,
            "parameters": parameters,
            "tokens": tokens,
        });
        messages::tell(Level::Info, &told, fields);
    }
    Ok(())
}

pub(super) fn import(arguments: &ImportArguments, quiet: bool) -> Result<()> {
    let output = &arguments.output;
    ensure!(
        arguments.overwrite || !output.exists(),
        Setting,
        "`{}` exists: --overwrite replaces it, --output names another file",
        output.display()
    );
    let model = huggingface::import(&arguments.folder)?;
    model.save(output)?;
    if !quiet {
        let (parameters, tokens) = (model.parameters().len(), model.shape().vocabulary);
        let told = format!(
            "{}: {parameters} parameters, {tokens} tokens",
            output.display()
        );
        let fields = serde_json::json!({
            "file": output,
            "parameters": parameters,
            "tokens": tokens,
        });
        messages::tell(Level::Info, &told, fields);
    }
    Ok(())
}
