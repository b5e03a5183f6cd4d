//! `--json`: figures as one JSON document on standard output.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use crate::error::Result;

/// Prints figures as one document with indents.
pub(super) fn print(figures: &impl Serialize) -> Result<()> {
    print_text(&serde_json::to_string_pretty(figures)?)
}

/// Prints a document.
pub(super) fn print_text(document: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    Ok(writeln!(out, "{}", document.trim_end())?)
}

/// Refuses `--json` where the rows go to standard output, too; ends the process.
pub(super) fn need_file(json: bool, output: &Path) {
    if json && output == Path::new("-") {
        super::usage(
            "--json prints figures to standard output, where the rows go without --output FILE",
        );
    }
}
