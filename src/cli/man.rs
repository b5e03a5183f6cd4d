//! `molgpt man`: the manual pages.

use std::path::PathBuf;

use crate::error::{Error, Kind, Result};

/// Write the manual pages, one for each command, to a folder: `man ./molgpt-sample.1` shows one.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The folder, which is made if it is not there.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

pub(super) fn run(arguments: &Arguments, command: clap::Command) -> Result<()> {
    let folder = &arguments.folder;
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(command, folder))
        .map_err(|error| {
            let message = format!(
                "cannot write manual pages to `{}`: {error}",
                folder.display()
            );
            Error::new(Kind::File, message)
        })
}
