//! `molgpt doctor`: what this machine and this build of the program can do, and how to get what is missing.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::cache_folder::cache_folder;
use super::{chemnet, device, figures};
use crate::device::Device;
use crate::error::{Context, Error, Result, rename_settings};
use crate::model::processor_path;

/// Tell what this machine and this program can do: processor, threads, cache, devices, FCD, and how to get
/// what is missing.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print one JSON document: a list of what was looked at.
    #[arg(long)]
    json: bool,
    /// Delete the cached statistics of reference sets and compiled kernels; they are made anew when needed.
    #[arg(long)]
    clear_cache: bool,
}

/// Something that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    found: String,
    /// How to get it, where it is missing.
    remedy: Option<String>,
}

impl Finding {
    fn is(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            what,
            found: found.into(),
            remedy: None,
        }
    }

    fn missing(what: &'static str, remedy: impl Into<String>) -> Self {
        Self {
            what,
            found: "missing".to_owned(),
            remedy: Some(remedy.into()),
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    if let (true, Some(folder)) = (arguments.clear_cache, cache_folder())
        && folder.exists()
    {
        let cannot = || format!("cannot delete the cache `{}`", folder.display());
        std::fs::remove_dir_all(&folder).with_context(cannot)?;
    }
    let findings = findings();
    if arguments.json {
        return figures::print(&findings);
    }
    let mut out = std::io::stdout().lock();
    for finding in &findings {
        writeln!(out, "{:<10} {}", finding.what, finding.found)?;
        if let Some(remedy) = &finding.remedy {
            writeln!(out, "{:<10} {remedy}", "")?;
        }
    }
    Ok(())
}

fn findings() -> Vec<Finding> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let pool = rayon::current_num_threads();
    vec![
        Finding::is(
            "program",
            super::VERSION
                .lines()
                .take(2)
                .collect::<Vec<_>>()
                .join(", "),
        ),
        Finding::is("processor", processor_path()),
        Finding::is(
            "threads",
            format!("{pool} of {threads} cores (--threads, MOLGPT_THREADS)"),
        ),
        cache(),
        runs(),
        of_device("cuda"),
        of_device("wgpu"),
        fcd(),
    ]
}

/// The cache, and what it holds.
fn cache() -> Finding {
    let Some(folder) = cache_folder() else {
        let remedy = "reference sets are measured anew every time: name a folder by the variable MOLGPT_CACHE";
        return Finding::missing("cache", remedy);
    };
    let (files, bytes) = size(&folder);
    let size = format!("{files} files, {:.1} MB", bytes as f64 / 1e6);
    Finding::is(
        "cache",
        format!("{} ({size}; --clear-cache deletes them)", folder.display()),
    )
}

/// Files below a folder, and their bytes.
fn size(folder: &Path) -> (usize, u64) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.fold((0, 0), |(files, bytes), entry| {
        let (more, length) = match entry.metadata() {
            Ok(data) if data.is_dir() => size(&entry.path()),
            Ok(data) => (1, data.len()),
            Err(_) => (0, 0),
        };
        (files + more, bytes + length)
    })
}

/// The model that commands use by default.
fn runs() -> Finding {
    let path = super::model::path(None);
    Finding::is(
        "model",
        format!("{} (--model, MOLGPT_MODEL)", path.display()),
    )
}

/// A kind of device: that it works, or what it lacks.
fn of_device(name: &'static str) -> Finding {
    let found: Result<()> = name
        .parse::<Device>()
        .map_err(|reason| Error::new(crate::error::Kind::Setting, reason))
        .and_then(|found| device::prepare(&found));
    match found {
        Ok(()) => Finding::is(name, format!("works (--device {name})")),
        Err(error) => Finding::missing(name, rename_settings(&error.chain(), super::flag)),
    }
}

/// The weights that FCD needs.
fn fcd() -> Finding {
    match chemnet::place(None) {
        Some(path) => Finding::is("FCD", path.display().to_string()),
        None => Finding::missing("FCD", chemnet::remedy()),
    }
}
