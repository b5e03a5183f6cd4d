//! A search in a run folder: the calls as they are paid for, the state from which it goes on, and at its end
//! the molecules, the agent and the report.
//!
//! `calls.csv` is written with every step; what is in it is never scored again, whatever ended the process.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::page::{self, Told};
use super::stages::{begin, check, parts_of};
use super::{
    Before, Call, Follow, Found, Keeper, Ledger, Place, SearchSettings, Stage, area_of_top, ranked,
    search_stages,
};
use crate::checkpoint::{Position, State};
use crate::chem::Molecule;
use crate::error::{Context, Error, Kind, Result, ensure};
use crate::model::{Layout, Model};
use crate::objective::{Judged, KnownMolecules, Score};
use crate::progress::Outcome;
use crate::report::write_text;
use crate::run::RunFolder;

/// The calls, in order.
const CALLS: &str = "calls.csv";

/// Columns of the calls before those of the parts; of a run of one stage but the last.
const COLUMNS: [&str; 6] = ["smiles", "score", "call", "step", "scaffold", "stage"];

/// Between two saved states: what comes after one is computed again after a kill, not paid again.
const SAVE_EVERY: Duration = Duration::from_secs(20);

/// A search in a folder.
#[derive(Debug, Clone)]
pub struct OptimizeSettings {
    /// The search.
    pub search: SearchSettings,
    /// The score as it was asked for, a word or the text of a goal: a run goes on only with the same.
    pub score: String,
    /// The name of the prior, for the page.
    pub prior: String,
    /// Whether a run that is in the folder is replaced.
    pub overwrite: bool,
    /// Molecules of which the page tells the nearest to the best ones, if any.
    pub known: Option<KnownMolecules>,
    /// The request: printed on the page, not interpreted.
    pub command: String,
}

/// What a search in a folder came to.
#[derive(Debug, Clone)]
pub struct Optimized {
    /// All calls, in stages those of the last one that was begun; so are the figures.
    pub ledger: Ledger,
    /// The calls of the stages before, whose scores are other ones.
    pub past: Vec<Ledger>,
    /// Mean score of the ten best; not a number without calls.
    pub top: f64,
    /// The area below the curve of the ten best, as [`area_of_top`] of all calls that were asked for.
    pub area: f64,
    /// Whether the agent wrote nothing new any more, before the calls were used up.
    pub exhausted: bool,
    /// Seconds of the search, those before an interrupt included.
    pub seconds: f64,
    /// The page.
    pub page: PathBuf,
}

/// Searches molecules of a high score, and keeps all in the folder: `calls.csv` (in order), `molecules.csv`
/// (the best first), `model.safetensors` (the agent), `optimize.html` and `optimize.json`.
///
/// A folder that [resumes](RunFolder::resumes) goes on, to the same end as without the interrupt; with more
/// calls also after its end.
///
/// # Errors
/// As [`search`](super::search()); a folder of another search, and what the file system refuses. Calls that were paid for are
/// kept.
pub fn optimize(
    prior: &Model,
    score: &dyn Score,
    settings: &OptimizeSettings,
    folder: &RunFolder,
    follow: &dyn Follow,
) -> Result<Outcome<Optimized>> {
    optimize_stages(prior, &[Stage::only(score)], settings, folder, follow)
}

/// The same in stages, as [`search_stages`]; the files then tell the stage of each call.
///
/// # Errors
/// As [`optimize`] and [`search_stages`].
pub fn optimize_stages(
    prior: &Model,
    stages: &[Stage<'_>],
    settings: &OptimizeSettings,
    folder: &RunFolder,
    follow: &dyn Follow,
) -> Result<Outcome<Optimized>> {
    check(stages, &settings.search)?;
    settings.search.check(prior)?;
    let request = request(prior, settings)?;
    let path = folder.path();
    let (before, seconds) = if folder.resumes() {
        before(folder, prior, stages, &request)?
    } else {
        ensure!(
            settings.overwrite || !path.join(CALLS).exists(),
            Setting,
            "`{}` already holds a run: setting `resume` goes on with it, setting `overwrite` replaces it, \
             setting `output` names another folder",
            path.display()
        );
        (begin(0, prior), 0.0)
    };
    let mut kept = Files::open(folder, stages, settings, request, &before, seconds)?;
    let found = search_stages(
        prior,
        stages,
        &settings.search,
        Some(before),
        &mut kept,
        follow,
    )?;
    let seconds = kept.elapsed();
    let cancelled = found.is_cancelled();
    let Found {
        ledger,
        agent,
        exhausted,
        past,
    } = found.done();
    write_molecules(path, stages, &past, &ledger)?;
    agent.save(&folder.model_path())?;
    let budget = stages[past.len()].budget(&settings.search, &past);
    let area = area_of_top(ledger.calls(), 10, budget);
    let told = Told {
        prior,
        stages,
        past: &past,
        ledger: &ledger,
        settings,
        area,
        exhausted,
        cancelled,
    };
    let page = page::write(path, &told, follow)?;
    let optimized = Optimized {
        top: ledger.top(10),
        area,
        exhausted,
        seconds,
        page,
        ledger,
        past,
    };
    Ok(Outcome::of(cancelled, optimized))
}

/// A short text of all that decides a search but its end: the number of its calls, and `until`.
fn request(prior: &Model, settings: &OptimizeSettings) -> Result<String> {
    let mut hasher = Sha256::new();
    prior.digest_into(&mut hasher);
    let learning = toml::to_string(&settings.search.learning)?;
    let (vocabulary, shape) = (prior.tokenizer().vocabulary().tokens(), prior.config());
    let text = format!(
        "{vocabulary:?}{shape:?}{learning}{}{}",
        settings.search.seed, settings.score
    );
    hasher.update(text.as_bytes());
    if let Some(keep) = &settings.search.keep {
        hasher.update(format!("{keep:?}"));
    }
    if !settings.search.conditions.is_empty() {
        hasher.update(format!("{:?}", settings.search.conditions));
    }
    Ok(format!("{:x}", hasher.finalize()))
}

/// The row of a call, the `number`th.
fn row(call: &Call, number: usize, has_stage: bool) -> Vec<String> {
    let figure = |figure: f64| {
        if figure.is_nan() {
            String::new()
        } else {
            figure.to_string()
        }
    };
    let mut row = vec![
        call.smiles.clone(),
        figure(call.judged.score),
        number.to_string(),
        call.step.to_string(),
        call.scaffold.clone(),
    ];
    row.extend(has_stage.then(|| (call.stage + 1).to_string()));
    row.extend(call.judged.parts.iter().map(|part| figure(*part)));
    row
}

/// The names of the columns.
fn head(stages: &[Stage<'_>]) -> Vec<String> {
    let own = own_columns(stages).iter().copied().map(str::to_owned);
    own.chain(parts_of(stages)).collect()
}

/// The columns before those of the parts.
fn own_columns(stages: &[Stage<'_>]) -> &'static [&'static str] {
    &COLUMNS[..COLUMNS.len() - usize::from(!has_stages(stages))]
}

/// Whether rows tell their stage.
fn has_stages(stages: &[Stage<'_>]) -> bool {
    stages.len() > 1
}

fn csv(rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row)?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

/// Writes the molecules, those of the last stage first, in each the best first.
fn write_molecules(
    folder: &Path,
    stages: &[Stage<'_>],
    past: &[Ledger],
    last: &Ledger,
) -> Result<()> {
    let rows = ranked(past, last).into_iter();
    let rows = rows.map(|(number, call)| row(call, number, has_stages(stages)));
    let bytes = csv(std::iter::once(head(stages)).chain(rows))?;
    write_text(&folder.join("molecules.csv"), &String::from_utf8(bytes)?)?;
    Ok(())
}

/// What the run in a folder goes on from, and its seconds so far.
fn before(
    folder: &RunFolder,
    prior: &Model,
    stages: &[Stage<'_>],
    request: &str,
) -> Result<(Before, f64)> {
    let state = State::load(&folder.state_path(), Layout::new(prior.shape()).len());
    let path = folder.path();
    let state = state.with_context(|| other(path))?;
    ensure!(state.position.data == request, Setting, "{}", other(path));
    let before = Before {
        place: Place {
            stage: state.position.stage,
            step: state.position.step,
            stale: state.position.waited,
        },
        parameters: state.parameters,
        moments: state.moments,
        calls: read_calls(&path.join(CALLS), stages)?,
    };
    Ok((before, state.position.seconds))
}

fn other(folder: &Path) -> String {
    format!(
        "`{}` was begun with another model, score, seed, structure to keep or setting: give those, or setting `overwrite`",
        folder.display()
    )
}

/// The calls of a file. A last row that is not whole was not kept.
fn read_calls(path: &Path, stages: &[Stage<'_>]) -> Result<Vec<Call>> {
    let cannot = || format!("cannot read the calls in `{}`", path.display());
    let text = std::fs::read_to_string(path).with_context(cannot)?;
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    let mut reader = csv::Reader::from_reader(&text.as_bytes()[..whole]);
    let same = reader
        .headers()
        .with_context(cannot)?
        .iter()
        .eq(&head(stages));
    let broken = || Error::new(Kind::Input, format!("{}: it was changed", cannot()));
    if !same {
        return Err(broken());
    }
    let rows: Vec<csv::StringRecord> = reader
        .records()
        .collect::<Result<_, _>>()
        .with_context(cannot)?;
    let own = own_columns(stages).len();
    let call = |row: &csv::StringRecord| {
        let figure = |text: &str| match text {
            "" => Some(f64::NAN),
            text => text.parse().ok(),
        };
        let molecule = Molecule::parse(row.get(0)?).ok()?;
        let judged = Judged {
            score: figure(row.get(1)?)?,
            parts: row.iter().skip(own).map(figure).collect::<Option<_>>()?,
        };
        let stage = if has_stages(stages) {
            row.get(own - 1)?.parse::<usize>().ok()?.checked_sub(1)?
        } else {
            0
        };
        Some(Call::new(
            &molecule,
            judged,
            stage,
            row.get(3)?.parse().ok()?,
        ))
    };
    let calls: Option<Vec<Call>> = rows.par_iter().map(call).collect();
    calls.ok_or_else(broken)
}

/// Keeps what a search finds.
struct Files<'a> {
    folder: &'a RunFolder,
    calls: File,
    /// Calls in the file.
    count: usize,
    /// Whether its rows tell their stage.
    has_stages: bool,
    seed: u64,
    request: String,
    saved: Option<Instant>,
    began: Instant,
    /// Seconds before that.
    seconds: f64,
}

impl<'a> Files<'a> {
    fn open(
        folder: &'a RunFolder,
        stages: &[Stage<'_>],
        settings: &OptimizeSettings,
        request: String,
        before: &Before,
        seconds: f64,
    ) -> Result<Self> {
        let path = folder.path();
        let place = path.join(CALLS);
        if !folder.resumes() {
            // Else the state of a search that this one replaces would be taken for its own.
            folder.forget(&[])?;
        }
        let rows = before.calls.iter().enumerate();
        let rows = rows.map(|(index, call)| row(call, index + 1, has_stages(stages)));
        let bytes = csv(std::iter::once(head(stages)).chain(rows))?;
        // Whole rows only, whatever ended the run before.
        write_text(&place, &String::from_utf8(bytes)?)?;
        write_text(&path.join("goal.txt"), &settings.score)?;
        let learning = toml::to_string(&settings.search.learning)?;
        write_text(&path.join("learning.toml"), &learning)?;
        let calls = OpenOptions::new().append(true).open(&place);
        let mut files = Self {
            calls: calls.with_context(|| cannot_keep(&place))?,
            count: before.calls.len(),
            has_stages: has_stages(stages),
            folder,
            seed: settings.search.seed,
            request,
            saved: None,
            began: Instant::now(),
            seconds,
        };
        // From now on it can be gone on with.
        files.step(before.place, true, &mut || {
            (before.parameters.clone(), before.moments.clone())
        })?;
        Ok(files)
    }

    /// Seconds of the search so far.
    fn elapsed(&self) -> f64 {
        self.seconds + self.began.elapsed().as_secs_f64()
    }
}

fn cannot_keep(path: &Path) -> String {
    format!(
        "cannot keep calls in `{}`; is the disk full?",
        path.display()
    )
}

impl Keeper for Files<'_> {
    fn calls(&mut self, calls: &[Call]) -> Result<()> {
        let rows = calls.iter().enumerate();
        let rows = rows.map(|(index, call)| row(call, self.count + index + 1, self.has_stages));
        let written = csv(rows)?;
        let written = self
            .calls
            .write_all(&written)
            .and_then(|()| self.calls.sync_data());
        written.with_context(|| cannot_keep(&self.folder.path().join(CALLS)))?;
        self.count += calls.len();
        Ok(())
    }

    fn step(
        &mut self,
        place: Place,
        last: bool,
        state: &mut dyn FnMut() -> (Vec<f32>, [Vec<f32>; 2]),
    ) -> Result<()> {
        if !last && self.saved.is_some_and(|saved| saved.elapsed() < SAVE_EVERY) {
            return Ok(());
        }
        let (parameters, moments) = state();
        let state = State {
            position: Position {
                step: place.step,
                seed: self.seed,
                seconds: self.elapsed(),
                best: None,
                waited: place.stale,
                stage: place.stage,
                data: self.request.clone(),
            },
            parameters,
            moments,
        };
        state.save(&self.folder.state_path())?;
        self.saved = Some(Instant::now());
        Ok(())
    }
}
