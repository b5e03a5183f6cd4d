//! `molgpt export` and `molgpt import`: models to and from Hugging Face `transformers`.

use std::path::PathBuf;

use crate::exchange;

/// Write a model as the files that Hugging Face `transformers` loads as GPT-2.
///
/// For models with learned positions: config.json, tokenizer.json, model.safetensors and the
/// settings of tokenizer and generation.
#[derive(Debug, clap::Args)]
pub(super) struct ExportArguments {
    /// The model file or run folder.
    model: PathBuf,
    /// The folder for the files.
    folder: PathBuf,
}

/// Read a GPT-2 model over SMILES tokens that Hugging Face `transformers` saved.
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

#[expect(clippy::print_stderr, reason = "messages to the user")]
pub(super) fn export(arguments: &ExportArguments, quiet: bool) -> anyhow::Result<()> {
    let model = super::model::load(&arguments.model)?;
    exchange::export(&model, &arguments.folder)?;
    if !quiet {
        eprintln!(
            "{}: GPT2LMHeadModel of {} parameters, {} tokens",
            arguments.folder.display(),
            model.parameters.len(),
            model.tokenizer.vocabulary.len()
        );
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "messages to the user")]
pub(super) fn import(arguments: &ImportArguments, quiet: bool) -> anyhow::Result<()> {
    let output = &arguments.output;
    anyhow::ensure!(
        arguments.overwrite || !output.exists(),
        "`{}` exists: --overwrite replaces it, --output names another file",
        output.display()
    );
    let model = exchange::import(&arguments.folder)?;
    model.save(output)?;
    if !quiet {
        eprintln!(
            "{}: {} parameters, {} tokens",
            output.display(),
            model.parameters.len(),
            model.tokenizer.vocabulary.len()
        );
    }
    Ok(())
}
