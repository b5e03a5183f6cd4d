//! Where a command's output goes: a file that appears when all is written (gzip by its name), a
//! device, or standard output; and for long work a file that can be gone on with.

use std::fmt::Arguments;
use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::store::NewFile;
use crate::store::Part;

/// An open place for bytes.
pub(crate) struct Sink {
    kind: Kind,
    path: PathBuf,
}

enum Kind {
    /// Standard output, or a device.
    Stream(Box<dyn Write + Send>),
    /// A file that appears when all is written.
    File(BufWriter<NewFile>),
    /// The same, compressed.
    Gzip(GzEncoder<BufWriter<NewFile>>),
    /// A file that grows beside its place until all is written, and outlives an interrupt.
    Part(Part),
}

impl Sink {
    /// Opens `path`; `-` is standard output.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let ending = path.extension().unwrap_or_default();
        let is_device = path.exists() && !path.is_file();
        let kind = if path == Path::new("-") {
            Ok(Kind::Stream(Box::new(BufWriter::new(io::stdout()))))
        } else if is_device {
            let file = OpenOptions::new().write(true).open(path);
            file.map(|file| Kind::Stream(Box::new(BufWriter::new(file))))
        } else {
            NewFile::create(path).map(|file| {
                let file = BufWriter::new(file);
                if ending.eq_ignore_ascii_case("gz") {
                    Kind::Gzip(GzEncoder::new(file, Compression::default()))
                } else {
                    Kind::File(file)
                }
            })
        };
        Ok(Self {
            kind: kind.with_context(|| message(path))?,
            path: path.to_owned(),
        })
    }

    /// Grows `part` until all is written.
    pub(crate) fn part(part: Part, path: &Path) -> Self {
        Self {
            kind: Kind::Part(part),
            path: path.to_owned(),
        }
    }

    /// Makes what is written so far outlive the process, and notes how far the work is.
    pub(crate) fn keep(&mut self, note: &serde_json::Value) -> Result<()> {
        match &mut self.kind {
            Kind::Part(part) => part.keep(note).with_context(|| message(&self.path)),
            _ => Ok(()),
        }
    }

    /// Whether what is kept can be gone on with.
    pub(crate) fn can_go_on(&self) -> bool {
        matches!(self.kind, Kind::Part(_))
    }

    /// Writes one line and its end.
    pub(crate) fn line(&mut self, text: Arguments<'_>) -> Result<()> {
        writeln!(self, "{text}").with_context(|| message(&self.path))
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
        result.with_context(|| message(&self.path))
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
