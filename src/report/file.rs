//! Files of reports, written atomically, and their errors.

use std::path::{Path, PathBuf};

use crate::store;

/// The reason why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The file system refused.
    #[error("cannot write `{}`; is the folder writable and the disk not full?", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason of the operating system.
        source: std::io::Error,
    },
    /// The plotting library refused.
    #[error("cannot draw `{}`: {message}", path.display())]
    Draw {
        /// The plot.
        path: PathBuf,
        /// The reason of the plotting library.
        message: String,
    },
    /// A value could not be serialized.
    #[error("cannot write the report as JSON")]
    Json(#[from] serde_json::Error),
}

/// Names the file in an error.
pub(super) fn cannot_write(path: &Path) -> impl Fn(std::io::Error) -> ReportError {
    move |source| ReportError::Write {
        path: path.to_owned(),
        source,
    }
}

/// Writes text to `path` at once.
///
/// # Errors
/// [`ReportError::Write`] when the file system refuses.
pub fn write_text(path: &Path, text: &str) -> Result<(), ReportError> {
    write_bytes(path, text.as_bytes())
}

/// Writes bytes to `path` at once.
///
/// # Errors
/// As [`write_text`].
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    store::write(path, bytes).map_err(cannot_write(path))
}

crate::error::becomes!(File: ReportError);
