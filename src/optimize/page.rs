//! The report of a search: the curve of the best, the best molecules drawn, how their properties differ from
//! the prior's, how unlike they are.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

use super::stages::parts_of;
use super::{Call, Follow, Ledger, OptimizeSettings, Stage, top_by_calls};
use crate::chem::{
    Cell as Place, DepictOptions, Depiction, Descriptors, Fingerprint, Molecule, Sheet, Style,
    Theme,
};
use crate::error::Result;
use crate::generate::{CpuGenerator, Generator, SamplingParams};
use crate::model::Model;
use crate::objective::KnownMolecules;
use crate::progress::Partly;
use crate::report::figures::{self, Curve, Sample};
use crate::report::study::{Cell, Picture, Study, Table, number};
use crate::report::{Svg, thousands};

/// Molecules that are drawn.
const DRAWN: usize = 24;

/// Molecules whose properties are compared.
const COMPARED: usize = 100;

/// Strings of the prior that they are compared with.
const OF_PRIOR: u64 = 1_000;

/// What the page tells of.
pub(super) struct Told<'a> {
    pub(super) prior: &'a Model,
    /// All stages.
    pub(super) stages: &'a [Stage<'a>],
    /// The calls of those that are over.
    pub(super) past: &'a [Ledger],
    /// The calls of the one after these, whose figures the page has.
    pub(super) ledger: &'a Ledger,
    pub(super) settings: &'a OptimizeSettings,
    pub(super) area: f64,
    pub(super) exhausted: bool,
    pub(super) cancelled: bool,
}

impl Told<'_> {
    /// The ledgers of the stages that were begun.
    fn ledgers(&self) -> impl Iterator<Item = &Ledger> {
        self.past.iter().chain([self.ledger])
    }
}

/// optimize.json.
#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    prior: &'a str,
    seed: u64,
    learning: &'a super::Learning,
    /// What the agent was asked for: properties and their values.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    conditions: &'a [(String, f64)],
    score: &'a str,
    calls_asked: usize,
    calls: usize,
    best: Option<f64>,
    top_10: Option<f64>,
    top_100: Option<f64>,
    area_of_top_10: f64,
    scaffolds: usize,
    scaffolds_of_top_100: usize,
    diversity_of_top_100: Option<f64>,
    exhausted: bool,
    cancelled: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stages: Vec<OfStage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<OfKnown<'a>>,
    version: &'static str,
    command: &'a str,
}

/// What a stage came to.
#[derive(Serialize)]
struct OfStage {
    parts: Vec<String>,
    calls: usize,
    best: Option<f64>,
    top_10: Option<f64>,
    end: String,
}

/// The best molecules beside those that are known.
#[derive(Serialize)]
struct OfKnown<'a> {
    file: &'a str,
    known_of_top_100: usize,
    /// Mean similarity of the best to the nearest known molecule.
    similarity_of_top_100: Option<f64>,
    /// The nearest to each of the best; nothing where there is no fingerprint.
    nearest: Vec<Option<Nearest<'a>>>,
}

/// A known molecule that is the most similar to another one.
#[derive(Serialize)]
struct Nearest<'a> {
    smiles: &'a str,
    similarity: f64,
}

/// Writes optimize.html, optimize.json and the plots into a folder; returns the place of the page.
pub(super) fn write(folder: &Path, told: &Told<'_>, follow: &dyn Follow) -> Result<PathBuf> {
    let calls = told.ledger.calls();
    let best: Vec<&Call> = told
        .ledger
        .best(COMPARED)
        .into_iter()
        .map(|place| &calls[place])
        .collect();
    let molecules: Vec<Molecule> = best
        .par_iter()
        .filter_map(|call| Molecule::parse(&call.smiles).ok())
        .collect();
    let mut scaffolds: Vec<&str> = best.iter().map(|call| &*call.scaffold).collect();
    scaffolds.sort_unstable();
    scaffolds.dedup();
    let top = |count: usize| Some(told.ledger.top(count)).filter(|top| top.is_finite());
    let settings = told.settings;
    let document = Document {
        schema_version: 1,
        prior: &settings.prior,
        seed: settings.search.seed,
        learning: &settings.search.learning,
        conditions: &settings.search.conditions,
        score: &settings.score,
        calls_asked: settings.search.calls,
        calls: told.ledgers().map(|ledger| ledger.calls().len()).sum(),
        best: top(1),
        top_10: top(10),
        top_100: top(100),
        area_of_top_10: told.area,
        scaffolds: told.ledger.scaffolds(),
        scaffolds_of_top_100: scaffolds.len(),
        diversity_of_top_100: diversity(&molecules),
        exhausted: told.exhausted,
        cancelled: told.cancelled,
        stages: of_stages(told),
        known: settings
            .known
            .as_ref()
            .map(|known| beside(known, &molecules)),
        version: env!("CARGO_PKG_VERSION"),
        command: &settings.command,
    };
    let study = Study {
        kind: "optimize".to_owned(),
        title: "Optimization".to_owned(),
        lead: lead(told, &document),
        tables: staged(&document)
            .into_iter()
            .chain([
                figures_of(&document),
                shift(told, &molecules, follow)?,
                listed(told, &best, document.known.as_ref()),
            ])
            .collect(),
        pictures: pictures(folder, told, &best)?,
        notes: notes(told),
        command: settings.command.clone(),
        ..Study::default()
    };
    study.save(folder, "optimize", &document)
}

fn lead(told: &Told<'_>, document: &Document<'_>) -> String {
    let calls = thousands(document.calls);
    let found = match (document.best, document.top_10) {
        (Some(best), Some(top)) => format!("best {best:.3}, mean of the ten best {top:.3}"),
        _ => "nothing was scored".to_owned(),
    };
    let end = if told.cancelled {
        let asked = thousands(document.calls_asked);
        format!(" Interrupted: {asked} were asked for.")
    } else if told.exhausted {
        " The agent wrote nothing new any more.".to_owned()
    } else {
        String::new()
    };
    let of = match told.stages.len() {
        1 => String::new(),
        count => format!(" by stage {} of {count}", told.past.len() + 1),
    };
    format!("{calls} molecules scored: {found}{of}.{end}")
}

/// What each stage came to; nothing for one alone.
fn of_stages(told: &Told<'_>) -> Vec<OfStage> {
    if told.stages.len() == 1 {
        return Vec::new();
    }
    let of = |(number, (stage, ledger)): (usize, (&Stage<'_>, &Ledger))| {
        let calls = ledger.calls().len();
        let top = |count: usize| (calls > 0).then(|| ledger.top(count));
        OfStage {
            parts: stage.score.parts(),
            calls,
            best: top(1),
            top_10: top(10),
            end: end(told, number, stage, ledger),
        }
    };
    let begun = told.stages.iter().zip(told.ledgers());
    begun.enumerate().map(of).collect()
}

/// Why a stage ended.
fn end(told: &Told<'_>, number: usize, stage: &Stage<'_>, ledger: &Ledger) -> String {
    let calls = ledger.calls().len();
    let is_current = number == told.past.len();
    match stage.until {
        _ if is_current && told.cancelled => "interrupted".to_owned(),
        Some(until) if until.is_met(ledger) => {
            format!("the mean of the ten best is {}", until.score)
        }
        _ if stage.calls.is_some_and(|most| calls >= most) => "its calls are used up".to_owned(),
        _ if !is_current || told.exhausted => "nothing new any more".to_owned(),
        _ => "all calls are used up".to_owned(),
    }
}

/// The stages, where there are several.
fn staged(document: &Document<'_>) -> Option<Table> {
    let row = |(place, stage): (usize, &OfStage)| {
        vec![
            Cell::with((place + 1).to_string(), stage.parts.join(", ")),
            Cell::new(thousands(stage.calls)),
            figure(stage.best),
            figure(stage.top_10),
            Cell::new(&*stage.end),
        ]
    };
    let head = ["stage", "calls", "best", "mean of 10 best", "end"];
    (!document.stages.is_empty()).then(|| Table {
        caption: "Stages; scores and molecules below are those of the last".to_owned(),
        head: head.map(str::to_owned).into(),
        rows: document.stages.iter().enumerate().map(row).collect(),
        numbers: true,
    })
}

/// Molecules beside those that are known.
fn beside<'a>(known: &'a KnownMolecules, molecules: &[Molecule]) -> OfKnown<'a> {
    let nearest = |molecule: &Molecule| {
        let (smiles, similarity) = known.nearest(molecule)?;
        Some(Nearest { smiles, similarity })
    };
    let nearest: Vec<Option<Nearest<'_>>> = molecules.par_iter().map(nearest).collect();
    let found: Vec<f64> = nearest.iter().flatten().map(|it| it.similarity).collect();
    OfKnown {
        file: &known.name,
        known_of_top_100: molecules.iter().filter(|it| known.contains(it)).count(),
        similarity_of_top_100: (!found.is_empty())
            .then(|| found.iter().sum::<f64>() / found.len() as f64),
        nearest,
    }
}

/// The figure of some molecules.
fn figure(value: Option<f64>) -> Cell {
    value.map_or(Cell::missing("nothing scored"), |it| Cell::new(number(it)))
}

fn figures_of(document: &Document<'_>) -> Table {
    let rows = [
        ("best score", figure(document.best)),
        ("mean of the 10 best", figure(document.top_10)),
        ("mean of the 100 best", figure(document.top_100)),
        (
            "area below the curve of the 10 best",
            Cell::with(number(document.area_of_top_10), "by PMO's rule, of 1"),
        ),
        ("molecules scored", Cell::new(thousands(document.calls))),
        ("their scaffolds", Cell::new(thousands(document.scaffolds))),
        (
            "scaffolds of the 100 best",
            Cell::new(thousands(document.scaffolds_of_top_100)),
        ),
        (
            "diversity of the 100 best",
            document
                .diversity_of_top_100
                .map_or(Cell::missing("fewer than two"), |it| {
                    Cell::with(number(it), "1 less the mean similarity of pairs")
                }),
        ),
    ];
    let known = document.known.iter().flat_map(|known| {
        let count = Cell::with(known.known_of_top_100.to_string(), known.file);
        let similarity = match known.similarity_of_top_100 {
            Some(mean) => Cell::with(number(mean), "Tanimoto, ECFP4; the mean of the 100 best"),
            None => Cell::missing("no fingerprint"),
        };
        [
            ("known molecules among the 100 best", count),
            ("similarity to the nearest known molecule", similarity),
        ]
    });
    Table {
        caption: "Result".to_owned(),
        head: ["", "figure"].map(str::to_owned).into(),
        rows: rows
            .into_iter()
            .chain(known)
            .map(|(name, cell)| vec![Cell::new(name), cell])
            .collect(),
        numbers: true,
    }
}

/// One less the mean Tanimoto similarity (ECFP4, 1024 bits) of pairs.
fn diversity(molecules: &[Molecule]) -> Option<f64> {
    let prints: Vec<Fingerprint> = molecules
        .par_iter()
        .filter_map(Molecule::fingerprint)
        .collect();
    let pairs = prints.len() * prints.len().checked_sub(1)? / 2;
    let of = |(place, one): (usize, &Fingerprint)| -> f64 {
        prints[..place]
            .iter()
            .map(|other| one.tanimoto(other))
            .sum()
    };
    let sums: Vec<f64> = prints.par_iter().enumerate().map(of).collect();
    (pairs > 0).then(|| 1.0 - sums.iter().sum::<f64>() / pairs as f64)
}

/// A property, taken from the descriptors.
type Figure = fn(&Descriptors) -> f64;

/// Properties of the best beside those of the prior.
fn shift(told: &Told<'_>, best: &[Molecule], follow: &dyn Follow) -> Result<Table> {
    let params = SamplingParams {
        seed: told.settings.search.seed,
        conditions: told.settings.search.conditions.clone(),
        ..SamplingParams::default()
    };
    // The page of an interrupted search is written to its end.
    let deaf = Partly {
        watch: follow,
        advances: false,
        stops: false,
    };
    let samples = CpuGenerator::new(told.prior)
        .generate(&params, 0..OF_PRIOR, &deaf)?
        .done();
    let prior: Vec<Molecule> = samples
        .par_iter()
        .filter_map(|sample| Molecule::parse(&sample.smiles).ok())
        .collect();
    let properties: [(&str, Figure); 7] = [
        ("molecular weight, g/mol", |d| d.weight),
        ("logP", |d| d.log_p),
        ("QED", |d| d.qed),
        ("TPSA, square angstrom", |d| d.tpsa),
        ("SA", |d| d.sa),
        ("rings", |d| d.rings.into()),
        ("heavy atoms", |d| d.heavy_atoms.into()),
    ];
    let [prior, best] = [&prior[..], best].map(|molecules| -> Vec<Descriptors> {
        molecules.par_iter().map(Molecule::descriptors).collect()
    });
    let cell = |descriptors: &[Descriptors], figure: Figure| {
        let count = descriptors.len();
        if count == 0 {
            return Cell::missing("no molecules");
        }
        let mean = |of: &dyn Fn(f64) -> f64| {
            descriptors.iter().map(|d| of(figure(d))).sum::<f64>() / count as f64
        };
        let middle = mean(&|x| x);
        let deviation = mean(&|x| (x - middle).powi(2)).sqrt();
        Cell::with(number(middle), format!("± {}", number(deviation)))
    };
    let row = |(name, figure): (&str, Figure)| {
        vec![Cell::new(name), cell(&prior, figure), cell(&best, figure)]
    };
    Ok(Table {
        caption: "Properties: mean ± standard deviation".to_owned(),
        head: vec![
            String::new(),
            format!("prior ({} molecules)", thousands(prior.len())),
            format!("{} best", thousands(best.len())),
        ],
        rows: properties.into_iter().map(row).collect(),
        numbers: true,
    })
}

/// The best molecules with their figures.
fn listed(told: &Told<'_>, best: &[&Call], known: Option<&OfKnown<'_>>) -> Table {
    let own = told.stages[told.past.len()].score.parts();
    let parts = parts_of(told.stages);
    let place = |name: &String| parts.iter().position(|part| part == name);
    let places: Vec<usize> = own.iter().filter_map(place).collect();
    let figure = |value: f64| {
        if value.is_nan() {
            Cell::missing("")
        } else {
            Cell::new(number(value))
        }
    };
    let row = |(place, call): (usize, &&Call)| {
        let mut row = vec![Cell::with((place + 1).to_string(), &*call.smiles)];
        row.push(figure(call.judged.score));
        row.extend(places.iter().map(|place| figure(call.judged.parts[*place])));
        row.extend(known.map(
            |known| match known.nearest.get(place).and_then(Option::as_ref) {
                Some(nearest) => Cell::with(number(nearest.similarity), nearest.smiles),
                None => Cell::missing("no fingerprint"),
            },
        ));
        row
    };
    Table {
        caption: "The best; molecules.csv has all".to_owned(),
        head: ["molecule", "score"]
            .map(str::to_owned)
            .into_iter()
            .chain(own)
            .chain(known.map(|_| "similarity to the nearest known".to_owned()))
            .collect(),
        rows: best.iter().take(DRAWN).enumerate().map(row).collect(),
        numbers: true,
    }
}

fn pictures(folder: &Path, told: &Told<'_>, best: &[&Call]) -> Result<Vec<Picture>> {
    let calls = told.ledger.calls();
    let curve = |count: usize, name: &str| {
        // Each stage begins anew.
        let (mut before, mut points) = (0, Vec::new());
        for ledger in told.ledgers() {
            let own = top_by_calls(ledger.calls(), count).into_iter();
            points.extend(own.map(|(calls, mean)| ((before + calls) as f64, mean)));
            before += ledger.calls().len();
        }
        Curve {
            name: name.to_owned(),
            points,
        }
    };
    let curves = [
        curve(1, "best"),
        curve(10, "mean of 10 best"),
        curve(100, "mean of 100 best"),
    ];
    let title = "The best so far";
    let rising = figures::rising_curves(&folder.join("curve"), title, ["calls", "score"], &curves)?;
    let part = calls.len().min(1_000).min(calls.len() / 2);
    let sample = |name: &str, calls: &[Call]| Sample {
        name: name.to_owned(),
        values: calls
            .iter()
            .map(|call| call.judged.score)
            .filter(|score| !score.is_nan())
            .collect(),
    };
    let samples = [
        sample("first", &calls[..part]),
        sample("last", &calls[calls.len() - part..]),
    ];
    let title = format!(
        "Scores of the first and the last {} molecules",
        thousands(part)
    );
    let scores = figures::histograms(&folder.join("scores"), &title, "score", &samples)?;
    Ok(vec![
        Picture {
            caption: "Best score, and means of the best, by calls".to_owned(),
            svg: rising,
        },
        Picture {
            caption: format!(
                "The {} best molecules with their scores",
                best.len().min(DRAWN)
            ),
            svg: drawn(best),
        },
        Picture {
            caption: title,
            svg: scores,
        },
    ])
}

/// The best molecules, drawn.
fn drawn(best: &[&Call]) -> Svg {
    let best = &best[..best.len().min(DRAWN)];
    let options = DepictOptions::default();
    let depict = |call: &&Call| {
        Molecule::parse(&call.smiles).map(|molecule| Depiction::of(&molecule, &options))
    };
    let depictions: Vec<_> = best.par_iter().map(depict).collect();
    let cells = best.iter().zip(&depictions).map(|(call, depiction)| Place {
        content: depiction.as_ref().map_err(ToString::to_string),
        captions: vec![format!("{:.3}", call.judged.score)],
        title: call.smiles.clone(),
    });
    let cells: Vec<Place<'_>> = cells.collect();
    let style = Style {
        theme: Theme::Light,
        ..Style::default()
    };
    let sheet = |columns| Sheet {
        cells: cells.clone(),
        columns,
        cell: [200.0, 150.0],
        legend: None,
    };
    if cells.is_empty() {
        return Svg::default();
    }
    Svg {
        wide: vec![sheet(4).svg(&style)],
        narrow: vec![sheet(2).svg(&style)],
    }
}

fn notes(told: &Told<'_>) -> Vec<String> {
    let settings = told.settings;
    let conditions = settings.search.conditions.iter();
    let conditions: Vec<String> = conditions
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    let under = if conditions.is_empty() {
        String::new()
    } else {
        format!(", asked for {}", conditions.join(", "))
    };
    vec![
        format!(
            "The agent began as the model `{}`{under}; seed {}. A call is a molecule that was not scored before, by canonical SMILES; what is no molecule, or was scored before, is free.",
            settings.prior, settings.search.seed
        ),
        "The scaffold of Bemis and Murcko; molecules without rings count as one scaffold."
            .to_owned(),
        format!("Score: {}", settings.score.trim()),
    ]
}
