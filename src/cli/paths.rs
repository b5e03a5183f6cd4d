//! Paths of the command line as places to read from and write to: `-` is standard input or output.

use std::path::Path;
use std::sync::Arc;

use crate::table::{Format, Generated, Output, ReadOptions, Rows, Source, TableError, Target};

/// The path that means standard input or output.
const STREAM: &str = "-";

/// A file to read, or standard input.
pub(super) fn source(path: &Path) -> Source {
    if path == Path::new(STREAM) {
        Source::Stream {
            name: STREAM.into(),
            open: Arc::new(|| Box::new(std::io::stdin())),
        }
    } else {
        Source::File(path.to_owned())
    }
}

/// Opens the rows of a file, or of standard input.
pub(super) fn rows(path: &Path, options: &ReadOptions) -> Result<Rows, TableError> {
    source(path).rows(options)
}

/// Opens a file of generated molecules, or standard input.
pub(super) fn generated(path: &Path, column: Option<&str>) -> Result<Generated, TableError> {
    let options = ReadOptions {
        column: column.map(str::to_owned),
        generated: true,
        ..ReadOptions::default()
    };
    let name = match path.to_str() {
        Some(STREAM) => "standard input".to_owned(),
        _ => path.display().to_string(),
    };
    Ok(Generated::new(name, rows(path, &options)?))
}

/// A file to write, or standard output, in this format or that of its name.
pub(super) fn output(path: &Path, format: Option<Format>) -> Output {
    let target = if path == Path::new(STREAM) {
        Target::Stream {
            name: STREAM.into(),
            open: Arc::new(|| Box::new(std::io::stdout())),
        }
    } else {
        Target::File(path.to_owned())
    };
    Output { target, format }
}
