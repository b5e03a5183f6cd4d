//! Optimization towards a score: a goal of the library, or a function of Python.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use molgpt::chem::Molecule;
use molgpt::error::{Error, Kind, Result};
use molgpt::model::Model as Inner;
use molgpt::objective::{Goal, KnownMolecules, Score, Stages, Surroundings};
use molgpt::optimize::{
    Call, Learning, Ledger, OptimizeSettings, SearchSettings, Stage, Until, area_of_top,
    optimize_stages, ranked, search_stages,
};
use molgpt::progress::{Unwatched, Watch};
use molgpt::run::RunFolder;
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::prelude::*;

use crate::array::Array;
use crate::data::Data;
use crate::errors::exception;
use crate::keep::Structure;
use crate::model::Model;
use crate::work::{Ears, Watcher, work_keeping};

/// The goal of a word, or of TOML.
pub(crate) fn goal(text: &str, oracles: PathBuf) -> Result<Goal> {
    let surroundings = surroundings(&Unwatched, oracles);
    if is_word(text) {
        return Goal::named_among(text, &surroundings);
    }
    Goal::parse(text, &surroundings)
}

/// The same, or the stages of TOML.
fn stages(text: &str, watch: &dyn Watch, oracles: PathBuf) -> Result<Stages> {
    let surroundings = surroundings(watch, oracles);
    if is_word(text) {
        return Ok(Stages::only(Goal::named_among(text, &surroundings)?, text));
    }
    Stages::parse(text, &surroundings)
}

fn is_word(text: &str) -> bool {
    !text.contains(['[', '=', '\n'])
}

fn surroundings(watch: &dyn Watch, oracles: PathBuf) -> Surroundings<'_> {
    Surroundings {
        watch,
        model: &|name| Inner::named(Path::new(name)),
        oracles: Some(oracles),
    }
}

/// A score that Python computes, asked through the watcher.
struct Asked<'a>(&'a Watcher);

impl Score for Asked<'_> {
    fn score(&self, molecules: &[Molecule]) -> Result<Vec<f64>> {
        if molecules.is_empty() {
            return Ok(Vec::new());
        }
        let smiles = molecules
            .iter()
            .map(|molecule| molecule.canonical().to_owned());
        self.0.ask(smiles.collect())
    }
}

/// What a search came to, for Python.
struct Done {
    past: Vec<Ledger>,
    ledger: Ledger,
    has_stages: bool,
    /// Molecules that could be scored in the last stage.
    budget: usize,
    agent: Inner,
    page: Option<PathBuf>,
    exhausted: bool,
    /// The nearest known molecule to each that was scored, in their order, and its similarity, if any are known.
    nearest: Option<Vec<Option<(String, f64)>>>,
}

/// The nearest known molecule to each of the calls, as Python takes them.
fn nearest(known: &KnownMolecules, past: &[Ledger], ledger: &Ledger) -> Vec<Option<(String, f64)>> {
    let nearest = |(_, call): &(usize, &Call)| {
        let molecule = Molecule::parse(&call.smiles).ok()?;
        let (smiles, similarity) = known.nearest(&molecule)?;
        Some((smiles.to_owned(), similarity))
    };
    ranked(past, ledger).par_iter().map(nearest).collect()
}

/// Searches molecules of a high score. `goal` is the text of one; none for the function `score`. With a folder,
/// what is found is kept there, and with `resume` an earlier search goes on. An exception that ends it early has
/// what was scored by then as its attribute `partial`.
#[pyfunction]
#[expect(
    clippy::too_many_arguments,
    reason = "one for each argument of the call"
)]
pub(crate) fn optimize<'py>(
    py: Python<'py>,
    prior: PyRef<'py, Model>,
    prior_name: String,
    goal_text: Option<String>,
    score: Option<Bound<'py, PyAny>>,
    calls: usize,
    until: Option<f64>,
    set: Vec<String>,
    oracles: PathBuf,
    seed: u64,
    structure: Structure,
    conditions: Vec<(String, f64)>,
    known: Option<Data>,
    output: Option<PathBuf>,
    resume: bool,
    overwrite: bool,
    threads: usize,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let learning = Learning::with(&set).map_err(|error| exception(py, &error))?;
    let prior = prior.inner.clone();
    let keep = structure.keep().map_err(|error| exception(py, &error))?;
    let settings = SearchSettings {
        calls,
        seed,
        learning,
        keep: keep.map(|(keep, _)| keep),
        conditions,
        until: until.map(Until::ten_best),
    };
    let asked = score
        .as_ref()
        .map(|score| format!("python {}", name_of(score)));
    let words = asked.or(goal_text.clone()).ok_or_else(|| {
        exception(
            py,
            &Error::new(Kind::Setting, "argument `score` is missing"),
        )
    })?;
    let ears = Ears { progress, score };
    let has_function = ears.score.is_some();
    let folder = output.map(|path| {
        if resume {
            RunFolder::resume(&path)
        } else {
            RunFolder::create(&path, overwrite)
        }
    });
    let folder = folder.transpose().map_err(|error| exception(py, &error))?;
    let kept_in = folder.as_ref().map(|folder| folder.path().to_owned());
    let done = work_keeping(py, threads, &ears, |watch| {
        let goals = match &goal_text {
            Some(text) if !has_function => {
                let mut goals = stages(text, watch, oracles)?;
                if let Some(folder) = &folder {
                    goals.keep_answers(folder.path())?;
                }
                Some(goals)
            }
            _ => None,
        };
        let known = known
            .map(|known| KnownMolecules::read(&known.source(), watch))
            .transpose()?;
        let asked = Asked(watch);
        let stages: Vec<Stage<'_>> = match &goals {
            Some(goals) => goals.stages.iter().map(Stage::from).collect(),
            None => vec![Stage::only(&asked)],
        };
        let has_stages = stages.len() > 1;
        let Some(folder) = &folder else {
            let found = search_stages(&prior, &stages, &settings, None, &mut (), watch)?.done();
            return Ok(Done {
                budget: stages[found.past.len()].budget(&settings, &found.past),
                nearest: known.map(|known| nearest(&known, &found.past, &found.ledger)),
                past: found.past,
                ledger: found.ledger,
                has_stages,
                agent: found.agent,
                page: None,
                exhausted: found.exhausted,
            });
        };
        let settings = OptimizeSettings {
            search: settings,
            score: goals.as_ref().map_or(words, |goals| goals.text.clone()),
            prior: prior_name,
            overwrite,
            known,
            command: "molgpt.optimize".to_owned(),
        };
        let found = optimize_stages(&prior, &stages, &settings, folder, watch)?.done();
        Ok(Done {
            budget: stages[found.past.len()].budget(&settings.search, &found.past),
            nearest: (settings.known.as_ref())
                .map(|known| nearest(known, &found.past, &found.ledger)),
            past: found.past,
            ledger: found.ledger,
            has_stages,
            agent: Inner::named(folder.path())?,
            page: Some(found.page),
            exhausted: found.exhausted,
        })
    });
    match done {
        Ok(done) => told(py, done),
        Err((error, None)) => Err(error),
        Err((error, Some(done))) => Err(with_partial(py, error, done, kept_in)),
    }
}

/// The exception with what was scored until then as its attribute `partial`, if that is anything; an interrupt
/// says where it is.
fn with_partial(py: Python<'_>, error: PyErr, done: Done, folder: Option<PathBuf>) -> PyErr {
    let count = ranked(&done.past, &done.ledger).len();
    if count == 0 {
        return error;
    }
    let error = if error.is_instance_of::<PyKeyboardInterrupt>(py) {
        let kept = format!(
            "{count} molecules are scored, which this exception has as its attribute `partial`"
        );
        PyKeyboardInterrupt::new_err(match folder {
            Some(folder) => format!(
                "{kept}; molgpt.optimize(..., output={:?}, resume=True) goes on",
                folder.display().to_string()
            ),
            None => kept,
        })
    } else {
        error
    };
    let partial = told(py, done);
    // An exception of the caller's that takes no attributes goes without.
    let _ = partial.and_then(|partial| error.value(py).setattr("partial", partial));
    error
}

/// What a search came to, as Python takes it: the last stage first, in each the best first.
fn told(py: Python<'_>, done: Done) -> PyResult<Bound<'_, PyDict>> {
    let found = PyDict::new(py);
    let area = area_of_top(done.ledger.calls(), 10, done.budget);
    found.set_item("area", area)?;
    let (numbers, ranked): (Vec<usize>, Vec<&Call>) =
        ranked(&done.past, &done.ledger).into_iter().unzip();
    let smiles: Vec<&str> = ranked.iter().map(|call| &*call.smiles).collect();
    found.set_item("smiles", smiles)?;
    let scores = ranked.iter().map(|call| call.judged.score).collect();
    found.set_item("score", Array::double(scores))?;
    let scaffolds: Vec<&str> = ranked.iter().map(|call| &*call.scaffold).collect();
    found.set_item("scaffold", scaffolds)?;
    found.set_item("call", numbers)?;
    if done.has_stages {
        let stages: Vec<usize> = ranked.iter().map(|call| call.stage + 1).collect();
        found.set_item("stage", stages)?;
    }
    if let Some(nearest) = done.nearest {
        let similarities = nearest
            .iter()
            .map(|it| it.as_ref().map_or(f64::NAN, |it| it.1));
        found.set_item("similarity", Array::double(similarities.collect()))?;
        let smiles: Vec<Option<&str>> = nearest
            .iter()
            .map(|it| it.as_ref().map(|it| &*it.0))
            .collect();
        found.set_item("nearest", smiles)?;
    }
    found.set_item("page", done.page)?;
    found.set_item("exhausted", done.exhausted)?;
    found.set_item(
        "model",
        Model {
            inner: Arc::new(done.agent),
        },
    )?;
    Ok(found)
}

/// The name of a function, for the record.
fn name_of(score: &Bound<'_, PyAny>) -> String {
    let name = score
        .getattr("__qualname__")
        .and_then(|name| name.extract());
    name.unwrap_or_else(|_| "function".to_owned())
}
