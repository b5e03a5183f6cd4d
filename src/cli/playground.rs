//! `molgpt playground`: a page in which the model runs.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::messages::{self, Level};
use super::paths::DataFile;
use crate::checkpoint::PRETRAINED;
use crate::error::{Error, Kind, Result, ensure};
use crate::generate::{CpuGenerator, Generator, SamplingParams, texts};
use crate::model::Model;
use crate::playground::{Percentiles, ensure_fits, page};
use crate::report::write_bytes;
use crate::table::{Content, ReadOptions};

/// Molecules of the model with which a likelihood is compared where no file is given.
const OWN: u64 = 1_000;

/// Write a page in which the model runs: tokens, next tokens, attention, surprise, what happens inside, and
/// sampling, all in the browser.
///
/// One file with the program, the model and nothing from elsewhere: it opens by a double click, works without a
/// network, and can be sent to others.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The model file or run folder, or `pretrained` for the one inside the program [default: that
    /// of the latest run in runs/, else `pretrained`].
    #[arg(long, env = "MOLGPT_MODEL")]
    model: Option<PathBuf>,
    /// The page, .html; `-` is standard output.
    #[arg(short, long, default_value = "playground.html")]
    output: PathBuf,
    /// Molecules with whose likelihoods those on the page are compared: a file, or `FILE:COLUMN` [default: for
    /// `pretrained` those of its test set, else 1,000 that the model writes].
    #[arg(long, value_name = "FILE")]
    reference: Option<DataFile>,
    /// Processor cores to use; 0 for all.
    #[arg(long, env = "MOLGPT_THREADS", default_value_t = 0)]
    threads: usize,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    super::use_threads(arguments.threads)?;
    let is_stream = arguments.output == Path::new("-");
    let ending = arguments.output.extension();
    ensure!(
        is_stream || ending.is_some_and(|ending| ending.eq_ignore_ascii_case("html")),
        Setting,
        "`{}`: the page is HTML, so its name must end with .html",
        arguments.output.display()
    );
    let path = super::model::path(arguments.model.as_deref());
    let model = super::model::choose(arguments.model.as_deref(), quiet)?;
    let name = name(path);
    ensure_fits(&model, &name)?;
    let percentiles = match &arguments.reference {
        Some(file) => Some(of_file(&model, file)?),
        None if path == Path::new(PRETRAINED) && !path.exists() => {
            Some(Percentiles::of_pretrained())
        }
        None => of_own(&model)?,
    };
    let page = page(&model, &name, percentiles.as_ref())?;
    if is_stream {
        std::io::stdout().lock().write_all(page.as_bytes())?;
        return Ok(());
    }
    write_bytes(&arguments.output, page.as_bytes())?;
    if !quiet {
        say(&arguments.output, page.len());
    }
    Ok(())
}

/// The name of a model as the page tells it: that of its run, or of its file, without folders.
fn name(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let is_of_a_run = whole.ends_with("model.safetensors");
    let named = if is_of_a_run { whole.parent() } else { None };
    let name = named.unwrap_or(&whole).file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn say(path: &Path, bytes: usize) {
    let megabytes = bytes as f64 / 1e6;
    let told = format!(
        "{}: {megabytes:.1} MB; open it in a browser",
        path.display()
    );
    let fields = serde_json::json!({ "file": path, "bytes": bytes });
    messages::tell(Level::Info, &told, fields);
}

/// Percentiles of the molecules of a file.
fn of_file(model: &Model, file: &DataFile) -> Result<Percentiles> {
    let mut smiles = Vec::new();
    for row in file.rows(&ReadOptions::default())? {
        if let Content::Text(text) = row?.content {
            smiles.push(text);
        }
    }
    let read: Vec<&str> = smiles.iter().map(String::as_str).collect();
    let name = file.path.file_name().unwrap_or_default();
    let name = format!("molecules of {}", name.to_string_lossy());
    Percentiles::of(model, &read, &name).ok_or_else(|| {
        let message = format!(
            "--reference `{}`: none of its {} rows can be read by the model",
            file.path.display(),
            smiles.len()
        );
        Error::new(Kind::Input, message)
    })
}

/// Percentiles of molecules that the model writes.
fn of_own(model: &Model) -> Result<Option<Percentiles>> {
    let molecules = CpuGenerator::new(model).take(OWN, &SamplingParams::default())?;
    let smiles = texts(molecules);
    let read: Vec<&str> = smiles.iter().map(String::as_str).collect();
    Ok(Percentiles::of(
        model,
        &read,
        "molecules that the model writes",
    ))
}
