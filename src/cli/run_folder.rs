//! The place of runs: `runs/NAME OF DATA`, the latest of them linked as `runs/latest`.

use std::path::Path;

use crate::error::Result;
use crate::run::RunFolder;

/// The folder of runs, unless one is named.
const RUNS: &str = "runs";

/// The link to the run that saved a model last.
pub(super) const LATEST: &str = "runs/latest";

/// The folder for a run on `data`: the one asked for, else one that no run has.
pub(super) fn choose(
    asked: Option<&Path>,
    data: &Path,
    resume: bool,
    overwrite: bool,
) -> Result<RunFolder> {
    let folder = if resume {
        RunFolder::resume(asked.unwrap_or(Path::new(LATEST)))
    } else if let Some(path) = asked {
        RunFolder::create(path, overwrite)
    } else {
        RunFolder::numbered(Path::new(RUNS), &name(data))
    }?;
    Ok(folder.linked_as(Path::new(LATEST)))
}

/// The name of the data without folders and endings.
fn name(data: &Path) -> String {
    let name = data.file_name().unwrap_or_default().to_string_lossy();
    match name.split('.').next().unwrap_or_default() {
        "" | "-" => "run".to_owned(),
        name => name.to_owned(),
    }
}
