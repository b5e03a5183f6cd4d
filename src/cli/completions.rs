//! `molgpt completions`: completion of commands and flags for a shell.

use std::io::Write;

use clap_complete::Shell;

use crate::error::Result;

/// Print the completion script of a shell.
///
/// For bash: `molgpt completions bash > ~/.local/share/bash-completion/completions/molgpt`
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, mut command: clap::Command) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "molgpt", &mut script);
    Ok(std::io::stdout().lock().write_all(&script)?)
}
