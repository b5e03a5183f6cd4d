//! Evaluation of generated molecules.

use std::path::PathBuf;

use molgpt::chemnet::{Activations, Weights};
use molgpt::cli::cache_folder;
use molgpt::error::Result;
use molgpt::evaluation::{
    Cache, Evaluated, EvaluationSettings, MoleculeFile, Network, evaluate_file,
};
use molgpt::report;
use pyo3::prelude::*;

use crate::data::Data;
use crate::errors::exception;
use crate::work::{Ears, work};

/// An evaluation.
#[pyclass(frozen, module = "molgpt._molgpt")]
pub(crate) struct Evaluation {
    inner: Evaluated,
}

#[pymethods]
impl Evaluation {
    /// All figures, as JSON (docs/report-schema.md).
    fn json(&self, py: Python<'_>) -> PyResult<String> {
        let json = report::json(&self.inner.evaluation, &self.inner.provenance);
        json.map_err(|error| exception(py, &error.into()))
    }

    /// The report as one HTML document.
    fn html(&self) -> String {
        report::html(&self.inner.evaluation, &self.inner.provenance)
    }

    /// Writes report.html, report.json and plots into a folder. Returns the place of the page.
    fn write(&self, py: Python<'_>, folder: PathBuf) -> PyResult<PathBuf> {
        let written = py.detach(|| report::write(&folder, &self.inner));
        written.map_err(|error| exception(py, &error.into()))
    }
}

/// Evaluates generated molecules against reference sets.
#[pyfunction]
#[expect(
    clippy::too_many_arguments,
    reason = "one for each argument of the call"
)]
pub(crate) fn evaluate<'py>(
    py: Python<'py>,
    generated: Data,
    train: Option<Data>,
    test: Option<Data>,
    test_scaffolds: Option<Data>,
    chemnet: Option<PathBuf>,
    quick: bool,
    cache: bool,
    title: Option<String>,
    threads: usize,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Evaluation> {
    let file = |data: Data| MoleculeFile {
        source: data.source(),
        column: None,
    };
    let settings = EvaluationSettings {
        train: train.map(file),
        test: test.map(file),
        test_scaffolds: test_scaffolds.map(file),
        quick,
        cache: cache.then(cache_folder).flatten().map(Cache::at),
        title,
        command: "molgpt.evaluate".to_owned(),
        // Between two pieces it heeds Ctrl-C.
        piece: 1_000,
        ..EvaluationSettings::of(file(generated))
    };
    let inner = work(
        py,
        threads,
        &Ears::of(progress),
        |watch| -> Result<Evaluated> {
            let network = match &chemnet {
                Some(path) => Ok(Activations::new(&Weights::read(path)?)),
                None => Err("argument `chemnet` was not given".to_owned()),
            };
            let network: Network<'_> = match &network {
                Ok(network) => Ok(network),
                Err(reason) => Err(reason.clone()),
            };
            evaluate_file(&settings, network, watch)
        },
    )?;
    Ok(Evaluation { inner })
}
