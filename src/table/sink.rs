//! The output of rows and figures: a file that appears when all is written (gzip by its name), a
//! device, or a stream; and for long work a file that can be resumed.

use std::fmt::Arguments;
use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Target;
use crate::error::{Context, Result};
use crate::store::{NewFile, Part};

/// An open [`Target`].
pub(crate) struct Sink {
    kind: Kind,
    name: PathBuf,
}

enum Kind {
    /// A stream, or a device.
    Stream(BufWriter<Box<dyn Write + Send>>),
    /// A file that appears when all is written.
    File(BufWriter<NewFile>),
    /// The same, compressed.
    Gzip(GzEncoder<BufWriter<NewFile>>),
    /// A file that grows beside its place until all is written, and outlives an interrupt.
    Part(Part),
}

impl Sink {
    /// Opens a target.
    pub(crate) fn create(target: &Target) -> Result<Self> {
        let kind = match target {
            Target::Stream { open, .. } => Kind::Stream(BufWriter::new(open())),
            Target::File(path) => Self::open(path).with_context(|| message(path))?,
        };
        Ok(Self {
            kind,
            name: target.name().to_owned(),
        })
    }

    fn open(path: &Path) -> io::Result<Kind> {
        let is_device = path.exists() && !path.is_file();
        if is_device {
            let file = OpenOptions::new().write(true).open(path)?;
            return Ok(Kind::Stream(BufWriter::new(Box::new(file))));
        }
        let file = BufWriter::new(NewFile::create(path)?);
        let ending = path.extension().unwrap_or_default();
        Ok(if ending.eq_ignore_ascii_case("gz") {
            Kind::Gzip(GzEncoder::new(file, Compression::default()))
        } else {
            Kind::File(file)
        })
    }

    /// The path of the file, or the name of the stream.
    pub(crate) fn name(&self) -> &Path {
        &self.name
    }

    /// Grows `part` until all is written.
    pub(crate) fn part(part: Part, path: &Path) -> Self {
        Self {
            kind: Kind::Part(part),
            name: path.to_owned(),
        }
    }

    /// Makes what is written so far outlive the process, and notes how far the work is.
    pub(crate) fn keep(&mut self, note: &serde_json::Value) -> Result<()> {
        match &mut self.kind {
            Kind::Part(part) => part.keep(note).with_context(|| message(&self.name)),
            _ => Ok(()),
        }
    }

    /// Whether the kept part can be resumed.
    pub(crate) fn can_go_on(&self) -> bool {
        matches!(self.kind, Kind::Part(_))
    }

    /// Writes one line and its end.
    pub(crate) fn line(&mut self, text: Arguments<'_>) -> Result<()> {
        writeln!(self, "{text}").with_context(|| message(&self.name))
    }

    /// Writes what is buffered and puts the file in its place.
    pub(crate) fn finish(self) -> Result<()> {
        let finish = |file: BufWriter<NewFile>| {
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.finish()
        };
        let result = match self.kind {
            Kind::Stream(mut stream) => stream.flush(),
            Kind::File(file) => finish(file),
            Kind::Gzip(file) => file.finish().and_then(finish),
            Kind::Part(part) => part.finish(),
        };
        result.with_context(|| message(&self.name))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.kind {
            Kind::Stream(stream) => stream.write(bytes),
            Kind::File(file) => file.write(bytes),
            Kind::Gzip(file) => file.write(bytes),
            Kind::Part(part) => part.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.kind {
            Kind::Stream(stream) => stream.flush(),
            Kind::File(file) => file.flush(),
            Kind::Gzip(file) => file.flush(),
            // Only whole pieces of work are written.
            Kind::Part(_) => Ok(()),
        }
    }
}

pub(crate) fn message(path: &Path) -> String {
    format!("cannot write `{}`", path.display())
}
