//! Generated molecules as lines: CSV, SMI or JSON.

use std::path::Path;

use super::sink::Sink;
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
}

impl Output {
    /// Opens `path` (`-` is standard output), in the format asked for, else that of its name.
    pub(super) fn create(path: &Path, asked: Option<Format>) -> anyhow::Result<Self> {
        let name = path.to_string_lossy().to_ascii_lowercase();
        let name = Path::new(name.strip_suffix(".gz").unwrap_or(&name));
        let of_name = match name.extension().and_then(|ending| ending.to_str()) {
            Some("smi" | "txt") => Format::Smi,
            Some("jsonl") => Format::Jsonl,
            _ => Format::Csv,
        };
        let mut output = Self {
            sink: Sink::create(path)?,
            format: asked.unwrap_or(of_name),
        };
        if output.format == Format::Csv {
            output.sink.line(format_args!("smiles,nll"))?;
        }
        Ok(output)
    }

    /// Writes one molecule.
    pub(super) fn write(&mut self, sample: &Sample) -> anyhow::Result<()> {
        let Sample { smiles, nll } = sample;
        match self.format {
            Format::Csv => self.sink.line(format_args!("{smiles},{nll:.4}")),
            Format::Smi => self.sink.line(format_args!("{smiles}")),
            Format::Jsonl => {
                let smiles = serde_json::to_string(smiles)?;
                let line = format_args!("{{\"smiles\":{smiles},\"nll\":{nll:.4}}}");
                self.sink.line(line)
            }
        }
    }

    /// Writes what is buffered and puts the file in its place.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        self.sink.finish()
    }
}
