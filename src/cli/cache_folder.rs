//! The user's cache folder.

use std::path::{Path, PathBuf};

/// The folder for files that may be deleted at any time, that of the variable `MOLGPT_CACHE` or `molgpt` in the user's
/// cache folder; `None` where the system names none.
pub fn cache_folder() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(own) = folder("MOLGPT_CACHE") {
        return Some(own.into());
    }
    let base = folder("XDG_CACHE_HOME")
        .or_else(|| folder("LOCALAPPDATA"))
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&folder("HOME")?).join(".cache")))?;
    Some(base.join("molgpt"))
}
