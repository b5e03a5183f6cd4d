//! Arguments and output that the studies of samples have in common.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Ending, figures};
use crate::device::Device;
use crate::error::Result;
use crate::progress::Outcome;
use crate::report::study::Study;
use crate::study::Page;

/// Help of the flag `--json` of every study.
pub(super) const JSON: &str =
    "Print the figures as one JSON document, that beside the page, instead of the table";

/// Arguments of every study that samples.
#[derive(Debug, clap::Args)]
pub(super) struct Common {
    /// Random seed: same seed, same molecules, except where a time limit ends a training.
    #[arg(long, default_value_t = 0)]
    pub(super) seed: u64,
    /// Name or number of the column with the SMILES in the files [default: `smiles`, or the one that
    /// looks like SMILES]; `FILE:COLUMN` is that of one file.
    #[arg(long)]
    pub(super) column: Option<String>,
    /// Folder for the page and its plots [default: reports/NAME OF STUDY].
    #[arg(short, long, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
    #[arg(long, help = JSON)]
    pub(super) json: bool,
    #[arg(long, env = "MOLGPT_DEVICE", default_value = "cpu", help = super::device::HELP)]
    pub(super) device: Device,
    /// Processor cores to use; 0 for all.
    #[arg(long, env = "MOLGPT_THREADS", default_value_t = 0)]
    pub(super) threads: usize,
}

impl Common {
    /// Readies threads and device, before any work.
    pub(super) fn prepare(&self) -> Result<()> {
        super::use_threads(self.threads)?;
        super::device::prepare(&self.device)
    }
}

/// Arguments of the studies that measure FCD.
#[derive(Debug, clap::Args)]
pub(super) struct ForFcd {
    /// The wheel of `fcd_torch` 1.0.7, or the weights inside it, for FCD [default: the variable
    /// `MOLGPT_CHEMNET`, else the file that `data/fetch_chemnet.sh` fetches].
    #[arg(long, value_name = "WHEEL")]
    pub(super) chemnet: Option<PathBuf>,
}

/// The folder asked for, else `reports/NAME`.
pub(super) fn place(asked: Option<&Path>, name: &str) -> PathBuf {
    asked.map_or_else(|| Path::new("reports").join(name), Path::to_owned)
}

/// Prints the page of a study that ended, or was ended: as JSON if that is asked for, else its table and
/// place, unless quiet.
pub(super) fn end(outcome: Outcome<Page>, json: bool, quiet: bool) -> Result<Ending> {
    let ending = Ending::of(&outcome);
    let page = outcome.done();
    if json {
        figures::print_text(&page.figures)?;
    } else {
        print(&page.study, &page.path, quiet)?;
    }
    Ok(ending)
}

/// Prints the table and the place of the page, unless quiet.
pub(super) fn print(study: &Study, page: &Path, quiet: bool) -> Result<()> {
    if quiet {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    let text = study.text();
    Ok(writeln!(
        out,
        "{}\n\npage: {}",
        text.trim_end(),
        page.display()
    )?)
}
