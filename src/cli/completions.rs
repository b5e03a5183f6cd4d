//! `molgpt completions`: completion of commands and flags for a shell.

use clap_complete::Shell;

/// Print the completion script of a shell.
///
/// For bash: `molgpt completions bash > ~/.local/share/bash-completion/completions/molgpt`
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, mut command: clap::Command) {
    clap_complete::generate(
        arguments.shell,
        &mut command,
        "molgpt",
        &mut std::io::stdout(),
    );
}
