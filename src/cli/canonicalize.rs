//! `molgpt canonicalize`: one verdict and canonical SMILES per input line.

/// Print input, verdict, canonical SMILES and reason for each line.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(_arguments: &Arguments, _quiet: bool) -> anyhow::Result<()> {
    Ok(())
}
