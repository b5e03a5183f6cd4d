//! The `molgpt` program: parse the command line, run one command, print the error chain.

use std::process::ExitCode;

/// Chemistry allocates much and little at a time: canonicalizing takes a quarter less time than
/// with the allocator of the C library.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    molgpt::cli::main()
}
