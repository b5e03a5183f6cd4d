//! Training and fine-tuning.

use std::path::PathBuf;
use std::sync::Arc;

use molgpt::config::Setting;
use molgpt::error::{Error, Kind, Result};
use molgpt::run::{Base, ConfigSource, RunFolder, RunRecord, TrainSettings, Trained};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::data::Data;
use crate::errors::exception;
use crate::model::Model;
use crate::work::{Ears, work};

/// The arguments of `molgpt.train`.
#[expect(clippy::struct_excessive_bools, reason = "one for each argument")]
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Wanted {
    data: Option<Data>,
    column: Option<String>,
    config: Option<PathBuf>,
    set: Vec<String>,
    old: Option<Data>,
    keep_vocabulary: bool,
    context: Option<usize>,
    augment: Option<usize>,
    epochs: Option<u64>,
    minutes: Option<f64>,
    conditions: Option<Vec<String>>,
    seed: u64,
    device: String,
    strict: bool,
    output: PathBuf,
    numbered: bool,
    resume: bool,
    overwrite: bool,
}

impl Wanted {
    fn folder(&self) -> Result<RunFolder> {
        if self.resume {
            return RunFolder::resume(&self.output);
        }
        if self.numbered {
            let parent = self.output.parent().map(PathBuf::from).unwrap_or_default();
            let name = self
                .output
                .file_name()
                .unwrap_or_default()
                .to_string_lossy();
            return RunFolder::numbered(&parent, &name);
        }
        RunFolder::create(&self.output, self.overwrite)
    }

    fn settings(self, from: Option<Base>) -> Result<TrainSettings> {
        let setting = |reason: String| Error::new(Kind::Setting, reason);
        let set: Result<Vec<Setting>, _> = self
            .set
            .iter()
            .map(|text| {
                text.parse()
                    .map_err(|error| setting(format!("argument `set` `{text}`: {error}")))
            })
            .collect();
        let device = self.device.parse();
        Ok(TrainSettings {
            data: self.data.map(Data::source).unwrap_or_default(),
            column: self.column,
            strict: self.strict,
            config: self
                .config
                .map_or(ConfigSource::Default, ConfigSource::File),
            set: set?,
            from,
            old: self.old.map(Data::source),
            keep_vocabulary: self.keep_vocabulary,
            context: self.context,
            augment: self.augment,
            epochs: self.epochs,
            max_minutes: self.minutes,
            conditions: self.conditions,
            seed: self.seed,
            device: device
                .map_err(|reason: String| setting(format!("argument `device`: {reason}")))?,
            command: "molgpt.train".to_owned(),
            ..TrainSettings::default()
        })
    }
}

/// Trains a model. Returns its run folder, why it ended, its record as JSON, and the best model.
#[pyfunction]
pub(crate) fn train<'py>(
    py: Python<'py>,
    wanted: Wanted,
    from_: Option<(String, PyRef<'py, Model>)>,
    threads: usize,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let from = from_.map(|(name, model)| Base {
        name: name.into(),
        model: model.inner.as_ref().clone(),
    });
    let folder = wanted.folder().map_err(|error| exception(py, &error))?;
    let settings = wanted
        .settings(from)
        .map_err(|error| exception(py, &error))?;
    let (trained, record): (Trained, Option<RunRecord>) =
        work(py, threads, &Ears::of(progress), |watch| {
            let trained = molgpt::run::train(&settings, &folder, watch)?.done();
            let record = RunRecord::load(folder.path())?;
            Ok((trained, record))
        })
        .map_err(|error| with_advice(py, error, &folder))?;
    let model = molgpt::model::Model::named(&trained.folder);
    let model = model.map_err(|error| exception(py, &error))?;
    let done = PyDict::new(py);
    done.set_item("folder", trained.folder.clone())?;
    done.set_item("reason", trained.reason.to_string())?;
    done.set_item("step", trained.step)?;
    done.set_item("seconds", trained.seconds)?;
    done.set_item("loss", trained.best.map(|best| best.validation_loss))?;
    let record = record.and_then(|record| serde_json::to_string(&record).ok());
    done.set_item("record", record)?;
    done.set_item(
        "model",
        Model {
            inner: Arc::new(model),
        },
    )?;
    Ok(done)
}

/// The interrupt with words on what is kept; other exceptions as they are.
fn with_advice(py: Python<'_>, error: PyErr, folder: &RunFolder) -> PyErr {
    let is_kept = folder.state_path().exists();
    if !is_kept || !error.is_instance_of::<PyKeyboardInterrupt>(py) {
        return error;
    }
    let folder = folder.path().display();
    PyKeyboardInterrupt::new_err(format!(
        "what is done is kept: molgpt.train(..., output={:?}, resume=True) goes on",
        folder.to_string()
    ))
}
