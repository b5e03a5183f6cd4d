//! In place of the plots of reports, without the feature `plots`: nothing is drawn but the sheet of
//! molecules, which needs no plotting library.

use std::path::Path;

use super::file::{ReportError, write_text};
use super::molecules::molecules;
use crate::evaluation::Evaluation;

/// Writes the sheet of molecules into `folder`.
///
/// # Errors
/// [`ReportError`] when the file cannot be written.
pub fn write_all(folder: &Path, evaluation: &Evaluation) -> Result<(), ReportError> {
    write_text(
        &folder.join("molecules.svg"),
        &molecules(&evaluation.gallery.random),
    )
}
