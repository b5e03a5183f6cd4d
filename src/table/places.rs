//! Places to read from and write to: files, and streams that a face of the program opens.

use std::fmt;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Result;

use super::{Format, Input, ReadOptions, Rows, TableError};

/// Opens a stream to read from.
type OpenRead = Arc<dyn Fn() -> Box<dyn Read> + Send + Sync>;

/// Opens a stream to write to.
type OpenWrite = Arc<dyn Fn() -> Box<dyn Write + Send> + Send + Sync>;

/// A place to read from.
#[derive(Clone)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// A stream, standard input say.
    Stream {
        /// The name in messages; its ending, if it has one, stands for a format as that of a file.
        name: PathBuf,
        /// Opens it.
        open: OpenRead,
    },
    /// Another source, and the column of its molecules, which goes before that of the settings.
    Column {
        /// The source.
        of: Box<Source>,
        /// The column, as [`ReadOptions::column`].
        column: String,
    },
}

impl Source {
    /// The file at a path, and the column of its molecules if one is named.
    pub fn of(path: &Path, column: Option<&str>) -> Self {
        let file = Self::File(path.to_owned());
        match column {
            Some(column) => Self::Column {
                of: Box::new(file),
                column: column.to_owned(),
            },
            None => file,
        }
    }

    /// Whether it is a file, which can be read more than once.
    pub fn is_file(&self) -> bool {
        match self {
            Self::File(_) => true,
            Self::Stream { .. } => false,
            Self::Column { of, .. } => of.is_file(),
        }
    }

    /// The path of the file, or the name of the stream.
    pub fn name(&self) -> &Path {
        match self {
            Self::File(name) | Self::Stream { name, .. } => name,
            Self::Column { of, .. } => of.name(),
        }
    }

    /// Opens it.
    ///
    /// # Errors
    /// As [`Input::open`].
    pub fn input(&self) -> Result<Input, TableError> {
        match self {
            Self::File(path) => Input::open(path),
            Self::Stream { name, open } => Input::from_stream(name, open()),
            Self::Column { of, .. } => of.input(),
        }
    }

    /// Opens its rows.
    ///
    /// # Errors
    /// As [`Rows::open`].
    pub fn rows(&self, options: &ReadOptions) -> Result<Rows, TableError> {
        match self {
            Self::File(_) | Self::Stream { .. } => Rows::new(self.input()?, options),
            Self::Column { of, column } => {
                let column = Some(column.clone());
                of.rows(&ReadOptions {
                    column,
                    ..options.clone()
                })
            }
        }
    }
}

/// A place to write to.
#[derive(Clone)]
pub enum Target {
    /// A file, which appears when all is written; or a device that is there.
    File(PathBuf),
    /// A stream, standard output say.
    Stream {
        /// The name in messages; its ending, if it has one, stands for a format as that of a file.
        name: PathBuf,
        /// Opens it.
        open: OpenWrite,
    },
}

impl Target {
    /// The path of the file, or the name of the stream.
    pub fn name(&self) -> &Path {
        match self {
            Self::File(name) | Self::Stream { name, .. } => name,
        }
    }
}

/// The destination and the format of the rows of a flow.
#[derive(Debug, Clone, Default)]
pub struct Output {
    /// The file or stream.
    pub target: Target,
    /// The format; without one that of the target's name, else CSV.
    pub format: Option<Format>,
}

impl Output {
    /// Whether the format is a list, which has no place but for SMILES and their names.
    ///
    /// # Errors
    /// That the name and the format do not go together.
    pub fn is_list(&self) -> Result<bool> {
        let format = Format::choose(self.target.name(), self.format)?;
        Ok(matches!(format, Format::Smi | Format::Txt))
    }
}

impl Default for Source {
    /// No file.
    fn default() -> Self {
        Self::File(PathBuf::new())
    }
}

impl Default for Target {
    /// No file.
    fn default() -> Self {
        Self::File(PathBuf::new())
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<PathBuf> for Target {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name().fmt(f)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name().fmt(f)
    }
}
