//! Paths of the command line as places to read from and write to: `-` is standard input or output.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Kind};
use crate::table::{Format, Generated, Output, ReadOptions, Rows, Source, TableError, Target};

/// The path that means standard input or output.
const STREAM: &str = "-";

/// A file of molecules as an argument: `FILE`, or `FILE:COLUMN` where no file of the whole name is
/// there and one of the first part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DataFile {
    /// The file; `-` is standard input.
    pub(super) path: PathBuf,
    /// The column, by name or number.
    pub(super) column: Option<String>,
}

impl From<OsString> for DataFile {
    fn from(argument: OsString) -> Self {
        let whole = PathBuf::from(argument);
        let is_there = |path: &Path| path == Path::new(STREAM) || path.is_file();
        let parts = whole.to_str().filter(|_| !is_there(&whole));
        let parts = parts.and_then(|text| text.rsplit_once(':'));
        match parts {
            Some((path, column)) if is_there(Path::new(path)) && !column.is_empty() => Self {
                path: path.into(),
                column: Some(column.to_owned()),
            },
            _ => Self {
                path: whole,
                column: None,
            },
        }
    }
}

impl DataFile {
    /// The file of a path, without a column.
    pub(super) fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            column: None,
        }
    }

    /// Whether it is standard input.
    pub(super) fn is_stream(&self) -> bool {
        self.path == Path::new(STREAM)
    }

    /// The place to read from.
    pub(super) fn source(&self) -> Source {
        let source = if self.is_stream() {
            Source::Stream {
                name: STREAM.into(),
                open: Arc::new(|| Box::new(std::io::stdin())),
            }
        } else {
            Source::File(self.path.clone())
        };
        match &self.column {
            Some(column) => Source::Column {
                of: Box::new(source),
                column: column.clone(),
            },
            None => source,
        }
    }

    /// Opens its rows.
    pub(super) fn rows(&self, options: &ReadOptions) -> Result<Rows, TableError> {
        self.source().rows(options)
    }

    /// Opens it as a file of generated molecules.
    pub(super) fn generated(&self, column: Option<&str>) -> Result<Generated, TableError> {
        let options = ReadOptions {
            column: column.map(str::to_owned),
            generated: true,
            ..ReadOptions::default()
        };
        let name = if self.is_stream() {
            "standard input".to_owned()
        } else {
            self.path.display().to_string()
        };
        Ok(Generated::new(name, self.rows(&options)?))
    }
}

/// Refuses outputs that would replace an input or each other. Each has the flag that names it.
pub(super) fn refuse_overwriting(
    inputs: &[&DataFile],
    outputs: &[(&str, Option<&Path>)],
) -> Result<(), Error> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let outputs = outputs
        .iter()
        .filter_map(|(flag, path)| Some((*flag, (*path)?)));
    let outputs = outputs.filter(|(_, path)| *path != Path::new(STREAM));
    let mut taken: Vec<(String, PathBuf)> = inputs
        .iter()
        .map(|file| ("the input".to_owned(), real(&file.path)))
        .collect();
    for (flag, path) in outputs {
        let place = real(path);
        // Devices, such as /dev/null, take any number of outputs.
        let is_device = path.exists() && !path.is_file();
        if let Some((other, _)) = taken.iter().find(|(_, other)| *other == place)
            && !is_device
        {
            return Err(Error::new(
                Kind::Setting,
                format!(
                    "{flag} `{}` would overwrite {other}: name another file",
                    path.display()
                ),
            ));
        }
        taken.push((format!("that of {flag}"), place));
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_cut_off_where_the_file_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(at("a.csv"), "").unwrap();
        std::fs::write(at("b:c"), "").unwrap();
        let check = |argument: String, path: String, column: Option<&str>| {
            let expected = DataFile {
                path: path.into(),
                column: column.map(str::to_owned),
            };
            assert_eq!(DataFile::from(OsString::from(argument)), expected);
        };
        check(at("a.csv"), at("a.csv"), None);
        check(at("a.csv:mol"), at("a.csv"), Some("mol"));
        check(at("a.csv:2"), at("a.csv"), Some("2"));
        check(at("a.csv:"), at("a.csv:"), None);
        check(at("b:c"), at("b:c"), None);
        check(at("b:c:d"), at("b:c"), Some("d"));
        check(at("none.csv:mol"), at("none.csv:mol"), None);
        check("-:mol".to_owned(), "-".to_owned(), Some("mol"));
        check("-".to_owned(), "-".to_owned(), None);
    }

    #[test]
    fn outputs_do_not_replace_inputs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "smiles\n").unwrap();
        let file = DataFile::of(&path);
        let same = folder.path().join(".").join("a.csv");
        let other = folder.path().join("b.csv");
        let check = |outputs: &[(&str, Option<&Path>)]| {
            let error = refuse_overwriting(&[&file], outputs).err();
            error.map(|error| error.to_string().split('`').next_back().unwrap().to_owned())
        };
        assert_eq!(check(&[("-o", Some(&other)), ("--bad", None)]), None);
        assert_eq!(
            check(&[
                ("-o", Some(Path::new("-"))),
                ("--bad", Some(Path::new("-")))
            ]),
            None
        );
        let message = " would overwrite the input: name another file";
        assert_eq!(check(&[("--bad", Some(&same))]).as_deref(), Some(message));
        let message = " would overwrite that of -o: name another file";
        let twice = [("-o", Some(&*other)), ("--bad", Some(&*other))];
        assert_eq!(check(&twice).as_deref(), Some(message));
    }
}
