//! Where generated molecules go: CSV, SMI or JSON lines, plain or gzip, to a file or stdout.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::files::NewFile;
use crate::sampling::Sample;

/// How molecules are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A header, then `smiles,nll`.
    Csv,
    /// One SMILES a line.
    Smi,
    /// One JSON object a line, with the keys `smiles` and `nll`.
    Jsonl,
}

/// An open output.
pub(super) struct Output {
    sink: Sink,
    format: Format,
    path: PathBuf,
}

enum Sink {
    /// Standard output, or a device.
    Stream(Box<dyn Write>),
    /// A file that appears when all is written.
    File(BufWriter<NewFile>),
    /// The same, compressed.
    Gzip(GzEncoder<BufWriter<NewFile>>),
}

impl Output {
    /// Opens `path` (`-` is standard output), in the format asked for, else that of its name.
    pub(super) fn create(path: &Path, asked: Option<Format>) -> anyhow::Result<Self> {
        let name = path.to_string_lossy().to_ascii_lowercase();
        let (name, gzip) = match name.strip_suffix(".gz") {
            Some(name) => (name, true),
            None => (name.as_str(), false),
        };
        let of_name = match Path::new(name).extension().and_then(|kind| kind.to_str()) {
            Some("smi" | "txt") => Format::Smi,
            Some("jsonl") => Format::Jsonl,
            _ => Format::Csv,
        };
        let is_device = path.exists() && !path.is_file();
        let sink = if path == Path::new("-") {
            Ok(Sink::Stream(Box::new(BufWriter::new(io::stdout().lock()))))
        } else if is_device {
            let file = OpenOptions::new().write(true).open(path);
            file.map(|file| Sink::Stream(Box::new(BufWriter::new(file))))
        } else {
            NewFile::create(path).map(|file| {
                let file = BufWriter::new(file);
                if gzip {
                    Sink::Gzip(GzEncoder::new(file, Compression::default()))
                } else {
                    Sink::File(file)
                }
            })
        };
        let mut output = Self {
            sink: sink.with_context(|| message(path))?,
            format: asked.unwrap_or(of_name),
            path: path.to_owned(),
        };
        if output.format == Format::Csv {
            output.line(format_args!("smiles,nll"))?;
        }
        Ok(output)
    }

    pub(super) fn write(&mut self, sample: &Sample) -> anyhow::Result<()> {
        let Sample { smiles, nll } = sample;
        match self.format {
            Format::Csv => self.line(format_args!("{smiles},{nll:.4}")),
            Format::Smi => self.line(format_args!("{smiles}")),
            Format::Jsonl => {
                let smiles = serde_json::to_string(smiles)?;
                self.line(format_args!("{{\"smiles\":{smiles},\"nll\":{nll:.4}}}"))
            }
        }
    }

    fn line(&mut self, text: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
        let result = match &mut self.sink {
            Sink::Stream(stream) => writeln!(stream, "{text}"),
            Sink::File(file) => writeln!(file, "{text}"),
            Sink::Gzip(file) => writeln!(file, "{text}"),
        };
        result.with_context(|| message(&self.path))
    }

    /// Writes what is buffered and puts the file in its place.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        let finish = |file: BufWriter<NewFile>| {
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.finish()
        };
        let result = match self.sink {
            Sink::Stream(mut stream) => stream.flush(),
            Sink::File(file) => finish(file),
            Sink::Gzip(file) => file.finish().and_then(finish),
        };
        result.with_context(|| message(&self.path))
    }
}

fn message(path: &Path) -> String {
    format!("cannot write `{}`", path.display())
}
