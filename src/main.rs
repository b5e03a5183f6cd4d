//! The `molgpt` program: parse the command line, run one command, print the error chain.

use std::process::ExitCode;

fn main() -> ExitCode {
    molgpt::cli::main()
}
