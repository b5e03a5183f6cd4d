//! The common parts of the commands that compare samples: folder, files, table.

use crate::error::{Result, bail};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::progress_bar;
use crate::chemnet::Distance;
use crate::corpus::{ReadOptions, Record};
use crate::evaluation::{Headline, canonical};
use crate::report::figures::{Measured, Panel};
use crate::report::study::{Cell, Study};
pub(super) use crate::study::usable_folder as folder;

/// Arguments of every study that samples.
#[derive(Debug, clap::Args)]
pub(super) struct Common {
    /// Random seed: same seed, same molecules, except where a time limit ends a training.
    #[arg(long, default_value_t = 0)]
    pub(super) seed: u64,
    /// Name of the column with the SMILES in the data.
    #[arg(long)]
    pub(super) column: Option<String>,
    /// Folder for the page and its plots [default: reports/NAME OF STUDY].
    #[arg(short, long, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
    /// Processor cores to use; 0 for all.
    #[arg(long, default_value_t = 0)]
    pub(super) threads: usize,
}

/// Arguments of the studies that measure FCD.
#[derive(Debug, clap::Args)]
pub(super) struct ForFcd {
    /// The wheel of `fcd_torch` 1.0.7, or the weights inside it, for FCD [default: the variable
    /// `MOLGPT_CHEMNET`, else the file that `data/fetch_chemnet.sh` fetches].
    #[arg(long, value_name = "WHEEL")]
    pub(super) chemnet: Option<PathBuf>,
}

/// Writes `NAME.json` and `NAME.html`, and prints the table and where the page is.
pub(super) fn finish(
    folder: &Path,
    name: &str,
    study: &Study,
    document: &impl serde::Serialize,
) -> Result<()> {
    let page = study.save(folder, name, document)?;
    print(study, &page)
}

/// Prints the table and where the page is.
pub(super) fn print(study: &Study, page: &Path) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{}\n\npage: {}",
        study.text().trim_end(),
        page.display()
    )?;
    Ok(())
}

/// The molecules of a file with their rows.
pub(super) fn read(path: &Path, column: Option<&str>) -> Result<Vec<Record>> {
    let options = ReadOptions {
        column: column.map(str::to_owned),
        ..ReadOptions::default()
    };
    Ok(super::paths::read(path, &options)?.records)
}

/// Canonical SMILES of texts, in order; `None` for invalid ones. `flag` names the file in errors:
/// it must have a molecule.
pub(super) fn canonical_of<S: AsRef<str> + Sync>(
    what: &str,
    flag: &str,
    texts: &[S],
    quiet: bool,
) -> Result<Vec<Option<String>>> {
    let template = format!("{what} {{bar:30}} {{pos}}/{{len}} {{eta}}");
    let bar = progress_bar(texts.len() as u64, &template, quiet);
    let found = canonical(texts, &|| bar.inc(1));
    bar.finish_and_clear();
    if found.iter().all(Option::is_none) {
        bail!(
            Setting,
            "{what} has no valid molecule: give another file with {flag}"
        );
    }
    Ok(found)
}

/// The unique molecules of a file as canonical SMILES, sorted.
pub(super) fn known(
    what: &str,
    flag: &str,
    path: &Path,
    column: Option<&str>,
    quiet: bool,
) -> Result<Vec<String>> {
    let records = read(path, column)?;
    let texts: Vec<&str> = records.iter().map(|record| &*record.smiles).collect();
    let found = canonical_of(what, flag, &texts, quiet)?;
    let mut found: Vec<String> = found.into_iter().flatten().collect();
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The file's name without folders: pages may be shared, folders are nobody's business.
pub(super) fn name_of(path: &Path) -> String {
    if path == Path::new("-") {
        return "standard input".to_owned();
    }
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// At most `most` of some things, evenly spread.
pub(super) fn spread<'a>(all: &[&'a str], most: usize) -> Vec<&'a str> {
    let count = all.len().min(most);
    (0..count)
        .map(|index| all[index * all.len() / count])
        .collect()
}

/// The valid ones.
pub(super) fn valid(canonical: &[Option<String>]) -> Vec<&str> {
    canonical.iter().flatten().map(String::as_str).collect()
}

/// The folder asked for, else `reports/NAME`.
pub(super) fn place(asked: Option<&Path>, name: &str) -> PathBuf {
    asked.map_or_else(|| Path::new("reports").join(name), Path::to_owned)
}

/// FCD as a cell.
pub(super) fn fcd_cell(fcd: &Result<Distance, String>) -> Cell {
    match fcd {
        Ok(fcd) => Cell::number(fcd.value, fcd.interval),
        Err(reason) => Cell::missing(reason),
    }
}

/// FCD or the reason why there is none, for JSON.
#[derive(Debug, serde::Serialize)]
#[serde(untagged)]
pub(super) enum Fcd<'a> {
    Computed(&'a Distance),
    Missing { value: Option<f64>, reason: &'a str },
}

impl<'a> From<&'a Result<Distance, String>> for Fcd<'a> {
    fn from(fcd: &'a Result<Distance, String>) -> Self {
        match fcd {
            Ok(distance) => Self::Computed(distance),
            Err(reason) => Self::Missing {
                value: None,
                reason,
            },
        }
    }
}

/// Panels of the headline figures of several samples, and of FCD where there is any.
pub(super) fn headline_panels(samples: &[(&Headline, &Result<Distance, String>)]) -> Vec<Panel> {
    let share = |title: &str, of: fn(&Headline) -> &crate::evaluation::Proportion| Panel {
        title: title.to_owned(),
        share: true,
        values: samples
            .iter()
            .map(|(headline, _)| {
                let share = of(headline);
                share.value.map(|value| Measured {
                    value,
                    interval: share.interval,
                })
            })
            .collect(),
    };
    let mut panels = vec![
        share("Validity", |headline| &headline.validity),
        share("Uniqueness", |headline| &headline.uniqueness),
        share("Novelty", |headline| &headline.novelty),
    ];
    let distances = samples.iter().map(|(_, fcd)| {
        let fcd = fcd.as_ref().ok()?;
        Some(Measured {
            value: fcd.value,
            interval: fcd.interval,
        })
    });
    let values: Vec<_> = distances.collect();
    if values.iter().any(Option::is_some) {
        panels.push(Panel {
            title: "FCD (smaller is nearer)".to_owned(),
            share: false,
            values,
        });
    }
    panels
}
