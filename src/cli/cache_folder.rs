//! The user's cache folder.

use std::path::{Path, PathBuf};

/// The folder for files that may be deleted at any time; `None` where the system names none.
pub(super) fn cache_folder() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = folder("XDG_CACHE_HOME")
        .or_else(|| folder("LOCALAPPDATA"))
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&folder("HOME")?).join(".cache")))?;
    Some(base.join("molgpt"))
}
