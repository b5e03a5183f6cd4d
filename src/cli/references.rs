//! Reference sets of an evaluation: read, measured, and kept for the next time.

use crate::error::{Result, bail};
use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::corpus::ReadOptions;
use crate::evaluation::{FORMAT, Reference, Source, Training};
use crate::store::{self, Cache};

/// Sets of fewer molecules are computed in seconds and not kept.
pub(super) const WORTH_KEEPING: usize = 5_000;

/// The computation and the cache format of one kind of reference set.
pub(super) struct Kind<S> {
    /// Its name in the cache.
    name: &'static str,
    measure: fn(&[String], &(dyn Fn() + Sync)) -> S,
    used: fn(&S) -> usize,
    to_bytes: fn(&S) -> Vec<u8>,
    from_bytes: fn(&[u8]) -> Option<S>,
}

/// Training sets.
pub(super) const TRAINING: Kind<Training> = Kind {
    name: "training",
    measure: Training::new,
    used: Training::len,
    to_bytes: Training::to_bytes,
    from_bytes: Training::from_bytes,
};

/// Test sets and scaffold test sets.
pub(super) const TEST: Kind<Reference> = Kind {
    name: "test",
    measure: Reference::new,
    used: Reference::len,
    to_bytes: Reference::to_bytes,
    from_bytes: Reference::from_bytes,
};

/// Reads reference sets and measures those that are not kept from before.
pub(super) struct Sets {
    pub(super) cache: Cache,
    pub(super) quiet: bool,
}

impl Sets {
    /// `flag` names the set in errors and on the progress bar.
    pub(super) fn read<S>(
        &self,
        kind: &Kind<S>,
        path: &Path,
        flag: &'static str,
    ) -> Result<(S, Source)> {
        let records = super::paths::read(path, &ReadOptions::default())?.records;
        let smiles: Vec<String> = records.into_iter().map(|record| record.smiles).collect();
        let digest = store::digest(&smiles);
        let kept = self.cache.load(kind.name, &digest, FORMAT);
        let set = kept
            .and_then(|bytes| (kind.from_bytes)(&bytes))
            .unwrap_or_else(|| {
                let bar = progress(flag.trim_start_matches('-'), smiles.len(), self.quiet);
                let set = (kind.measure)(&smiles, &|| bar.inc(1));
                bar.finish_and_clear();
                if smiles.len() >= WORTH_KEEPING {
                    self.cache
                        .store(kind.name, &digest, FORMAT, &(kind.to_bytes)(&set));
                }
                set
            });
        let used = (kind.used)(&set);
        if used == 0 {
            bail!(
                Setting,
                "`{}` holds no valid molecule: give another file with {flag}",
                path.display()
            );
        }
        let source = Source {
            name: name_of(path),
            records: smiles.len(),
            used,
            digest,
        };
        Ok((set, source))
    }
}

/// The file's name without folders: reports may be shared, folders are nobody's business.
pub(super) fn name_of(path: &Path) -> String {
    if path == Path::new("-") {
        return "standard input".to_owned();
    }
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// A bar on stderr, or a spinner for an unknown length; invisible when quiet or without a terminal.
pub(super) fn progress(what: &'static str, length: usize, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    if length == 0 {
        let spinner = ProgressBar::new_spinner().with_message(what);
        spinner.enable_steady_tick(Duration::from_millis(100));
        return spinner;
    }
    let style = ProgressStyle::with_template("{msg:>12} {bar:40} {human_pos}/{human_len} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length as u64)
        .with_style(style)
        .with_message(what)
}
