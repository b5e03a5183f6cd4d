//! `molgpt evaluate`: judges a file of generated SMILES and writes the report.

/// Judge generated molecules and write report.html, report.json and plots.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(_arguments: &Arguments, _quiet: bool) -> anyhow::Result<()> {
    Ok(())
}
