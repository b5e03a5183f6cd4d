//! Steps that studies of samples have in common: molecules of files, FCD, panels of figures.

use std::path::PathBuf;

use crate::chem::KnownSet;
use crate::chemnet::{Distance, Embedded, Gaussian, describe};
use crate::corpus::{self, Record};
use crate::error::{Kind, Result, bail};
use crate::evaluation::{Headline, Network, Proportion, canonical_watched};
use crate::progress::Watch;
use crate::report::figures::{Measured, Panel};
use crate::report::study::Cell;
use crate::table::{ReadOptions, Source};

/// A file of molecules that a study needs, and how errors call it.
pub(super) struct Set<'a> {
    pub(super) what: &'static str,
    /// The setting that names the file.
    pub(super) setting: &'static str,
    pub(super) path: &'a Source,
    pub(super) column: Option<&'a str>,
}

impl Set<'_> {
    /// The molecules with their rows.
    pub(super) fn records(&self, watch: &dyn Watch) -> Result<Vec<Record>> {
        let options = ReadOptions {
            column: self.column.map(str::to_owned),
            ..ReadOptions::default()
        };
        Ok(corpus::read(self.path, &options, watch)?.records)
    }

    /// Canonical SMILES of texts of this set, in order; `None` for invalid ones.
    pub(super) fn canonical_of<S: AsRef<str> + Sync>(
        &self,
        texts: &[S],
        watch: &dyn Watch,
    ) -> Result<Vec<Option<String>>> {
        watch.begin(self.what, texts.len() as u64);
        let found = canonical_watched(texts, watch)?;
        if found.iter().all(Option::is_none) {
            bail!(
                Input,
                "{} has no valid molecule: give another file with setting `{}`",
                self.what,
                self.setting
            );
        }
        Ok(found)
    }

    /// Canonical SMILES of its molecules, in order; `None` for invalid ones.
    pub(super) fn canonical(&self, watch: &dyn Watch) -> Result<Vec<Option<String>>> {
        let records = self.records(watch)?;
        let texts: Vec<&str> = records.iter().map(|record| &*record.smiles).collect();
        self.canonical_of(&texts, watch)
    }

    /// The set of its molecules.
    pub(super) fn known(&self, watch: &dyn Watch) -> Result<KnownSet> {
        Ok(KnownSet::of_canonical(&valid(&self.canonical(watch)?)))
    }
}

/// The valid ones.
pub(super) fn valid(canonical: &[Option<String>]) -> Vec<&str> {
    canonical.iter().flatten().map(String::as_str).collect()
}

/// FCD of samples from one reference set; or the reason why there is none.
pub(super) struct Fcd<'a> {
    network: Network<'a>,
    reference: Result<Gaussian, String>,
}

impl<'a> Fcd<'a> {
    /// From the canonical SMILES that `reference` gives, which is not asked without a network; or the
    /// reason why there is no reference set.
    pub(super) fn from(
        network: Network<'a>,
        what: &str,
        reference: Result<impl FnOnce() -> Result<Vec<String>>, String>,
        watch: &dyn Watch,
    ) -> Result<Self> {
        let reference = match (reference, &network) {
            (Err(reason), _) => Err(reason),
            (_, Err(reason)) => Err(reason.clone()),
            (Ok(reference), Ok(network)) => {
                let smiles = reference()?;
                let smiles: Vec<&str> = smiles.iter().map(String::as_str).collect();
                watch.begin(&format!("ChemNet, {what}"), smiles.len() as u64);
                let described = describe(*network, &smiles, watch)?;
                described.map_err(|few| format!("{what}: {few}"))
            }
        };
        Ok(Self { network, reference })
    }

    /// Whether there is a network and a reference set.
    pub(super) fn is_measured(&self) -> bool {
        self.network.is_ok() && self.reference.is_ok()
    }

    /// FCD of the canonical SMILES of a sample; none where the watcher ends the work.
    pub(super) fn of(
        &self,
        what: &str,
        smiles: &[&str],
        watch: &dyn Watch,
    ) -> Result<Option<Result<Distance, String>>> {
        let (network, reference) = match (&self.network, &self.reference) {
            (Ok(network), Ok(reference)) => (*network, reference),
            (_, Err(reason)) | (Err(reason), _) => return Ok(Some(Err(reason.clone()))),
        };
        watch.begin(&format!("ChemNet, {what}"), smiles.len() as u64);
        let embedded = match Embedded::of(network, smiles, watch) {
            Err(error) if error.kind() == Kind::Cancelled => return Ok(None),
            embedded => embedded?,
        };
        let distance = match embedded.distance(reference, watch) {
            Err(error) if error.kind() == Kind::Cancelled => return Ok(None),
            distance => distance?,
        };
        Ok(Some(distance.map_err(|few| format!("{what}: {few}"))))
    }
}

/// The mean of figures, and their standard deviation where there are several.
pub(super) fn mean_and_deviation(figures: &[f64]) -> (f64, Option<f64>) {
    let count = figures.len() as f64;
    let mean = figures.iter().sum::<f64>() / count;
    let squares = figures.iter().map(|figure| (figure - mean).powi(2));
    let deviation = (figures.len() > 1).then(|| (squares.sum::<f64>() / (count - 1.0)).sqrt());
    (mean, deviation)
}

/// FCD as a cell.
pub(super) fn fcd_cell(fcd: &Result<Distance, String>) -> Cell {
    match fcd {
        Ok(fcd) => {
            let mut cell = Cell::number(fcd.value, fcd.interval);
            if fcd.warning().is_some() {
                let (generated, reference) = (fcd.generated, fcd.reference);
                let few = format!("{} of {generated} and {reference}: too few", cell.detail);
                few.trim().clone_into(&mut cell.detail);
            }
            cell
        }
        Err(reason) => Cell::missing(reason),
    }
}

/// FCD or the reason why there is none, for JSON.
#[derive(Debug, serde::Serialize)]
#[serde(untagged)]
pub(super) enum FcdJson<'a> {
    Computed(&'a Distance),
    Missing { value: Option<f64>, reason: &'a str },
}

impl<'a> From<&'a Result<Distance, String>> for FcdJson<'a> {
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

/// A share with its interval, where it was computed.
pub(super) fn measured(share: &Proportion) -> Option<Measured> {
    share.value.map(|value| Measured {
        value,
        interval: share.interval,
    })
}

/// Panels of the headline figures of several samples, and of FCD where there is any.
pub(super) fn headline_panels(samples: &[(&Headline, &Result<Distance, String>)]) -> Vec<Panel> {
    let share = |title: &str, of: fn(&Headline) -> &Proportion| Panel {
        title: title.to_owned(),
        share: true,
        values: samples
            .iter()
            .map(|(headline, _)| measured(of(headline)))
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

/// A page that was written, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Tables, pictures and remarks.
    pub study: crate::report::study::Study,
    /// Path of the HTML page; its figures lie beside it as JSON.
    pub path: PathBuf,
    /// The content of that JSON: one document with indents.
    pub figures: String,
}
