//! The model that a command uses.

use crate::error::{Result, ensure};
use std::path::Path;

use crate::model::Model;

/// The name of the pretrained model inside the program, for `--model`.
const PRETRAINED: &str = "pretrained";

/// The path asked for, else that of the latest run, else [`PRETRAINED`].
#[expect(clippy::print_stderr, reason = "messages to the user")]
pub(super) fn path(asked: Option<&Path>, quiet: bool) -> &Path {
    let latest = Path::new("runs/latest/model.safetensors");
    let path = asked.unwrap_or(if latest.exists() {
        latest
    } else {
        Path::new(PRETRAINED)
    });
    if !quiet && asked.is_none() {
        eprintln!("using --model {}", path.display());
    }
    path
}

/// The model of [`path`].
pub(super) fn choose(asked: Option<&Path>, quiet: bool) -> Result<Model> {
    load(path(asked, quiet))
}

/// The model of a file or a run folder, or the one inside the program.
pub(super) fn load(path: &Path) -> Result<Model> {
    if path == Path::new(PRETRAINED) && !path.exists() {
        return Ok(Model::pretrained()?);
    }
    let inside = path.join("model.safetensors");
    let path = if path.is_dir() { &inside } else { path };
    ensure!(
        path.exists(),
        Setting,
        "no model `{}`: `molgpt train DATA` makes one, and `pretrained` is the one inside the program",
        path.display()
    );
    Ok(Model::load(path)?)
}
