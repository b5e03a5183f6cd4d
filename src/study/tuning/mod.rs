//! Trainings with several values of settings, on equal time or equal epochs: which is best.
//!
//! Every combination is trained with every seed, in a run folder of its own; a study that was ended
//! goes on where it stopped.

mod page;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::common::{Fcd, Page, Set, valid};
use super::usable_folder;
use crate::chem::KnownSet;
use crate::config::Setting;
use crate::error::{Context, Error, Result, ensure};
use crate::evaluation::{Headline, Network, canonical};
use crate::generate::{SamplingParams, generator, texts};
use crate::model::Model;
use crate::progress::{Outcome, Watch};
use crate::report::write_text;
use crate::run::{Event, Observe, RunFolder, TrainSettings, configuration, train};
use crate::table::Source;

/// The figures of a run, in its folder, once they are known.
const FIGURES: &str = "tuning.json";

/// The digest of the settings of a training, in its folder.
const REQUEST: &str = "request.txt";

/// The trainings of a study.
#[derive(Debug, Clone)]
pub struct TuningSettings {
    /// Settings that all trainings have in common; their seed is not used.
    pub train: TrainSettings,
    /// Keys of the configuration, each with the values that it takes: all combinations are trained.
    pub values: Vec<Vec<Setting>>,
    /// Seeds of each combination, of weights, batches and samples.
    pub seeds: Vec<u64>,
    /// Molecules to sample from each model at temperature 1.
    pub n: u64,
    /// Molecules that the samples should be like, for FCD.
    pub test: Option<Source>,
    /// Folder for tuning.html, tuning.json, the plot and the run folders.
    pub output: PathBuf,
    /// The request of the study: printed on the page, not interpreted.
    pub command: String,
}

/// One training and its figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TunedRun {
    /// The keys and values, separated by blanks.
    pub settings: String,
    /// The seed.
    pub seed: u64,
    /// The run folder.
    pub folder: PathBuf,
    /// Steps of training.
    pub steps: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// Parameters of the network.
    pub parameters: usize,
    /// Validation loss of the best model, nats per token.
    pub loss: f64,
    /// The same per molecule, which compares tokens of different kinds.
    pub loss_per_molecule: f64,
    /// Strings sampled.
    pub sampled: u64,
    /// Valid ones of these.
    pub valid: u64,
    /// Distinct molecules of the valid ones.
    pub unique: u64,
    /// Of these, those that are not in the data.
    pub novel: u64,
    /// FCD from the test set, where it is measured.
    pub fcd: Option<f64>,
    /// Strings sampled per second.
    pub sampled_per_second: f64,
}

/// The outcome of the study.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuning {
    /// The runs in order; those before the end of a cancelled study.
    pub runs: Vec<TunedRun>,
    /// The page.
    pub page: Page,
}

/// Trains every combination with every seed, samples from each model and writes the page.
///
/// # Errors
/// Those of [`train`], before any training where the configuration is at fault; a stream of molecules, a
/// folder that cannot be written to; [`Kind::Cancelled`](crate::error::Kind::Cancelled) when `observer` ends
/// the work before the first run is done.
pub fn tune(
    network: Network<'_>,
    settings: &TuningSettings,
    observer: &dyn Observe,
) -> Result<Outcome<Tuning>> {
    ensure!(
        settings.train.data.is_file(),
        Setting,
        "setting `data` is read once for each training: give a file, not a stream"
    );
    ensure!(
        !settings.seeds.is_empty() && settings.values.iter().all(|values| !values.is_empty()),
        Setting,
        "setting `seeds` and every key of setting `set` need a value at least"
    );
    let combinations = combinations(&settings.values);
    for set in &combinations {
        configuration(&settings.of(set, 0))?;
    }
    usable_folder(&settings.output)?;
    let column = settings.train.column.as_deref();
    let set = |what, setting, path| Set {
        what,
        setting,
        path,
        column,
    };
    let known = set("training set", "data", &settings.train.data).known(observer)?;
    let reference = match &settings.test {
        None => Err("FCD needs a test set".to_owned()),
        Some(source) => {
            let found = set("test set", "test", source).canonical(observer)?;
            Ok(|| Ok(found.into_iter().flatten().collect()))
        }
    };
    let fcd = Fcd::from(network, "test set", reference, observer)?;
    let bench = Workbench {
        settings,
        known,
        fcd,
        observer,
    };
    let mut runs = Vec::new();
    let all = combinations.len() * settings.seeds.len();
    for (set, seed) in combinations
        .iter()
        .flat_map(|set| settings.seeds.iter().map(move |seed| (set, *seed)))
    {
        match bench.run(set, seed)? {
            Some(run) => runs.push(run),
            None => break,
        }
    }
    if runs.is_empty() {
        return Err(Error::cancelled());
    }
    let cancelled = runs.len() < all;
    let page = page::write(settings, &runs, all)?;
    Ok(Outcome::of(cancelled, Tuning { runs, page }))
}

/// Every choice of one value per key, the last key varying fastest.
fn combinations(values: &[Vec<Setting>]) -> Vec<Vec<Setting>> {
    let mut all = vec![Vec::new()];
    for values in values {
        let longer = all.iter().flat_map(|set: &Vec<Setting>| {
            let with = move |value: &Setting| [set.clone(), vec![value.clone()]].concat();
            values.iter().map(with)
        });
        all = longer.collect();
    }
    all
}

impl TuningSettings {
    fn of(&self, set: &[Setting], seed: u64) -> TrainSettings {
        let mut settings = self.train.clone();
        settings.set.extend(set.iter().cloned());
        settings.seed = seed;
        settings
    }
}

/// The keys and values in words.
fn name(set: &[Setting]) -> String {
    let named: Vec<String> = set.iter().map(ToString::to_string).collect();
    if named.is_empty() {
        "as configured".to_owned()
    } else {
        named.join(" ")
    }
}

/// A digest of all that decides a training; of its data, the name and the size.
fn request(settings: &TrainSettings) -> Result<String> {
    let name = settings.data.name();
    let size = fs::metadata(name).map_or(0, |it| it.len());
    let mut hasher = Sha256::new();
    hasher.update(toml::to_string(&configuration(settings)?)?);
    let rows = (
        &settings.column,
        settings.max_molecules,
        settings.strict,
        settings.keep_vocabulary,
    );
    let ends = (settings.epochs, settings.max_minutes, settings.seed);
    hasher.update(format!("{}{size}{rows:?}{ends:?}", name.display()));
    if let Some(base) = &settings.from {
        base.model.digest_into(&mut hasher);
    }
    Ok(format!("{:x}", hasher.finalize()))
}

/// Whether the run in a folder, if there is one, is that of this request; one that tells none is.
fn is_of(folder: &Path, request: &str) -> Result<bool> {
    let path = folder.join(REQUEST);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.trim() == request),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    }
}

/// A name for a folder: other characters than letters, digits and a few marks become `-`.
fn folder_name(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "=._+".contains(c) {
            c
        } else {
            '-'
        }
    };
    name.chars().map(plain).collect()
}

/// What all runs share.
struct Workbench<'a> {
    settings: &'a TuningSettings,
    known: KnownSet,
    fcd: Fcd<'a>,
    observer: &'a dyn Observe,
}

impl Workbench<'_> {
    /// The figures of one training, those of an earlier call where there are such; none where the
    /// observer ends it.
    fn run(&self, set: &[Setting], seed: u64) -> Result<Option<TunedRun>> {
        let name = name(set);
        let title = format!("{name} seed {seed}");
        let folder = self.settings.output.join("runs").join(folder_name(&title));
        let mut settings = self.settings.of(set, seed);
        let request = request(&settings)?;
        let is_same = is_of(&folder, &request)?;
        if is_same && let Some(run) = self.earlier(&folder)? {
            return Ok(Some(run));
        }
        let place = if is_same && let Ok(place) = RunFolder::resume(&folder) {
            // What the unfinished run began with.
            (settings.from, settings.augment, settings.conditions) = (None, None, None);
            settings.set.clear();
            place
        } else {
            let place = RunFolder::create(&folder, true)?;
            // What is left of another training would be taken for this one's.
            place.forget(&[FIGURES])?;
            write_text(&folder.join(REQUEST), &request)?;
            place
        };
        let quiet = Titled {
            title: &title,
            of: self.observer,
        };
        let trained = match train(&settings, &place, &quiet)? {
            Outcome::Finished(trained) => trained,
            Outcome::Cancelled(_) => return Ok(None),
        };
        let model = Model::load(&place.model_path())?;
        drop(place);
        let began = Instant::now();
        let n = self.settings.n;
        quiet.begin("sampling", n);
        let params = SamplingParams {
            seed,
            ..SamplingParams::default()
        };
        let generator = generator(&model, &self.settings.train.device.first(), None)?;
        let outcome = generator.generate(&params, 0..n, &quiet)?;
        if outcome.is_cancelled() {
            return Ok(None);
        }
        let sampled_per_second = n as f64 / began.elapsed().as_secs_f64();
        let found = canonical(&texts(outcome.done()), &|| ());
        let headline = Headline::new(&found, &self.known);
        let Some(fcd) = self.fcd.of(&title, &valid(&found), &quiet)? else {
            return Ok(None);
        };
        let best = trained.best.map_or(f64::NAN, |best| best.validation_loss);
        let run = TunedRun {
            settings: name,
            seed,
            folder: folder.clone(),
            steps: trained.step,
            seconds: trained.seconds,
            parameters: model.parameters().len(),
            loss: best,
            loss_per_molecule: best * trained.held_out_tokens,
            sampled: n,
            valid: headline.validity.count as u64,
            unique: headline.uniqueness.count as u64,
            novel: headline.novelty.count as u64,
            fcd: fcd.ok().map(|fcd| fcd.value),
            sampled_per_second,
        };
        write_text(&folder.join(FIGURES), &serde_json::to_string_pretty(&run)?)?;
        Ok(Some(run))
    }

    /// The figures of a run that is done, of as many molecules and with FCD if that is measured now.
    fn earlier(&self, folder: &Path) -> Result<Option<TunedRun>> {
        let path = folder.join(FIGURES);
        let Ok(text) = fs::read_to_string(&path) else {
            return Ok(None);
        };
        let run: TunedRun =
            serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        let same = run.sampled == self.settings.n && run.fcd.is_some() == self.fcd.is_measured();
        Ok(Some(run).filter(|_| same))
    }
}

/// An observer that tells which run a stage is of, and nothing of its steps.
struct Titled<'a> {
    title: &'a str,
    of: &'a dyn Observe,
}

impl Watch for Titled<'_> {
    fn begin(&self, stage: &str, total: u64) {
        self.of.begin(&format!("{}, {stage}", self.title), total);
    }

    fn advance(&self, count: u64) {
        self.of.advance(count);
    }

    fn note(&self, sentence: &str) {
        self.of.note(sentence);
    }

    fn stop(&self) -> bool {
        self.of.stop()
    }
}

impl Observe for Titled<'_> {
    fn event(&self, _: &Event<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(texts: &[&str]) -> Vec<Setting> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn every_combination_is_named() {
        let keys = [
            values(&["width=32", "width=64"]),
            values(&["kind=atom", "kind=pairs"]),
        ];
        let names: Vec<String> = combinations(&keys).iter().map(|set| name(set)).collect();
        assert_eq!(
            names,
            [
                "width=32 kind=atom",
                "width=32 kind=pairs",
                "width=64 kind=atom",
                "width=64 kind=pairs"
            ]
        );
        assert_eq!(
            folder_name("betas=[0.9, 0.95] seed 1"),
            "betas=-0.9--0.95--seed-1"
        );
        assert_eq!(combinations(&[]).len(), 1);
    }
}
