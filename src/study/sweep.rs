//! Validity against novelty over sampling temperatures, and which temperature to take.

use std::path::{Path, PathBuf};

use super::common::{Fcd, FcdJson, Page, Set, fcd_cell, headline_panels, measured, valid};
use super::usable_folder;
use crate::chemnet::Distance;
use crate::device::Device;
use crate::error::{Error, Result};
use crate::evaluation::{Headline, Network, Objective, canonical, name_of};
use crate::generate::{SamplingParams, generator, texts};
use crate::model::Model;
use crate::progress::{Outcome, Watch};
use crate::report::figures::{self, Point};
use crate::report::study::{Cell, Picture, Study, Table, json};
use crate::table::Source;

/// The samples of a sweep and their evaluation.
#[derive(Debug, Clone)]
pub struct SweepSettings {
    /// Molecules that the model was trained on, for novelty.
    pub train: Source,
    /// Reference molecules for FCD.
    pub test: Option<Source>,
    /// Column of these files that holds the SMILES [default: `smiles`].
    pub column: Option<String>,
    /// Sampling temperatures.
    pub temperatures: Vec<f64>,
    /// The figure that the recommended temperature is best at.
    pub aim: Objective,
    /// Molecules per temperature.
    pub n: u64,
    /// Seed of the samples.
    pub seed: u64,
    /// The device that samples.
    pub device: Device,
    /// Folder for sweep.html, sweep.json and the plots.
    pub output: PathBuf,
    /// The request of the study: printed on the page, not interpreted.
    pub command: String,
}

/// The figures at one temperature.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepRow {
    /// The temperature.
    pub temperature: f64,
    /// Validity, uniqueness, novelty.
    pub headline: Headline,
    /// FCD from the test set, or the reason why there is none.
    pub fcd: Result<Distance, String>,
}

/// The outcome of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    /// By rising temperature; those before the end of a cancelled sweep.
    pub rows: Vec<SweepRow>,
    /// Index of the recommended row, or the reason why none is recommended.
    pub best: Result<usize, String>,
    /// The page.
    pub page: Page,
}

/// sweep.json.
#[derive(serde::Serialize)]
struct Document<'a> {
    schema_version: u32,
    aim: String,
    recommended_temperature: Option<f64>,
    reason: Option<&'a str>,
    molecules_per_temperature: u64,
    seed: u64,
    rows: Vec<DocumentRow<'a>>,
    version: &'static str,
    command: &'a str,
}

#[derive(serde::Serialize)]
struct DocumentRow<'a> {
    temperature: f64,
    #[serde(flatten)]
    headline: &'a Headline,
    fcd: FcdJson<'a>,
}

/// Samples at each temperature, evaluates the samples and writes the page.
///
/// # Errors
/// A temperature below 0, files without molecules, a device that fails, a folder that
/// cannot be written to; [`Kind::Cancelled`](crate::error::Kind::Cancelled) when `watch` ends the
/// work before the first row.
pub fn sweep(
    model: &Model,
    network: Network<'_>,
    settings: &SweepSettings,
    watch: &dyn Watch,
) -> Result<Outcome<Sweep>> {
    let params = |temperature| SamplingParams {
        temperature,
        seed: settings.seed,
        ..SamplingParams::default()
    };
    for &temperature in &settings.temperatures {
        params(temperature).validate()?;
    }
    usable_folder(&settings.output)?;
    let generator = generator(model, &settings.device, None)?;
    let column = settings.column.as_deref();
    let set = |what, setting, path| Set {
        what,
        setting,
        path,
        column,
    };
    let train = set("training set", "train", &settings.train).known(watch)?;
    let reference = match &settings.test {
        None => Err("FCD needs a test set".to_owned()),
        Some(source) => {
            let found = set("test set", "test", source).canonical(watch)?;
            let mut test: Vec<String> = found.into_iter().flatten().collect();
            test.sort_unstable();
            test.dedup();
            Ok(|| Ok(test))
        }
    };
    let fcd = Fcd::from(network, "test set", reference, watch)?;
    let mut rows: Vec<SweepRow> = Vec::new();
    let mut cancelled = false;
    for &temperature in &settings.temperatures {
        watch.begin(&format!("temperature {temperature}"), settings.n);
        let outcome = generator.generate(&params(temperature), 0..settings.n, watch)?;
        cancelled = outcome.is_cancelled();
        if cancelled {
            break;
        }
        let found = canonical(&texts(outcome.done()), &|| ());
        let Some(fcd) = fcd.of("sample", &valid(&found), watch)? else {
            cancelled = true;
            break;
        };
        rows.push(SweepRow {
            temperature,
            headline: Headline::new(&found, &train),
            fcd,
        });
    }
    if cancelled && rows.is_empty() {
        return Err(Error::cancelled());
    }
    rows.sort_by(|a, b| a.temperature.total_cmp(&b.temperature));
    let samples: Vec<_> = rows
        .iter()
        .map(|row| (&row.headline, row.fcd.as_ref().ok().map(|fcd| fcd.value)))
        .collect();
    let best = settings.aim.best(&samples);
    let page = write(settings, &rows, &best)?;
    let sweep = Sweep { rows, best, page };
    Ok(Outcome::of(cancelled, sweep))
}

fn write(
    settings: &SweepSettings,
    rows: &[SweepRow],
    best: &Result<usize, String>,
) -> Result<Page> {
    let folder: &Path = &settings.output;
    let lead = match best {
        Ok(best) => format!(
            "Recommended temperature: {} ({}).",
            rows[*best].temperature, settings.aim
        ),
        Err(reason) => format!("No temperature is recommended: {reason}."),
    };
    let (done, all) = (rows.len(), settings.temperatures.len());
    let lead = if done < all {
        format!("{lead} Cancelled after {done} of {all} temperatures.")
    } else {
        lead
    };
    let best_row = best.as_ref().ok().copied();
    let points = points(rows, best_row);
    let title = "Validity against novelty by temperature";
    let axes = ["novelty", "validity"];
    let frontier = figures::frontier(&folder.join("frontier"), title, axes, &points)?;
    let names: Vec<String> = rows
        .iter()
        .map(|row| format!("temperature {}", row.temperature))
        .collect();
    let headlines: Vec<_> = rows.iter().map(|row| (&row.headline, &row.fcd)).collect();
    let panels = headline_panels(&headlines);
    let panels = figures::panels(&folder.join("figures"), &names, &panels)?;
    let mut notes = vec![
        lead.clone(),
        format!(
            "{} molecules per temperature, seed {}. Intervals are of 95 %: Wilson's for shares, the jackknife's for FCD. Uniqueness is of the valid ones, novelty of the distinct ones; new per string counts distinct new molecules among all strings.",
            settings.n, settings.seed
        ),
    ];
    notes.extend(
        rows.first()
            .and_then(|row| row.fcd.as_ref().err())
            .map(|reason| format!("FCD is not computed: {reason}.")),
    );
    let study = Study {
        kind: "sweep".to_owned(),
        title: "Temperature sweep".to_owned(),
        lead,
        tables: vec![table(settings, rows, best_row)],
        pictures: vec![
            Picture {
                caption: format!("{title}, 95 % intervals; each point is a temperature"),
                svg: frontier,
            },
            Picture {
                caption: "Figures by temperature".to_owned(),
                svg: panels,
            },
        ],
        notes,
        command: settings.command.clone(),
        ..Study::default()
    };
    let document = Document {
        schema_version: 1,
        aim: settings.aim.to_string(),
        recommended_temperature: best_row.map(|best| rows[best].temperature),
        reason: best.as_ref().err().map(String::as_str),
        molecules_per_temperature: settings.n,
        seed: settings.seed,
        rows: rows
            .iter()
            .map(|row| DocumentRow {
                temperature: row.temperature,
                headline: &row.headline,
                fcd: (&row.fcd).into(),
            })
            .collect(),
        version: env!("CARGO_PKG_VERSION"),
        command: &settings.command,
    };
    let figures = json(&document)?;
    let path = study.save_with(folder, "sweep", &figures)?;
    Ok(Page {
        study,
        path,
        figures,
    })
}

fn points(rows: &[SweepRow], best: Option<usize>) -> Vec<Point> {
    let point = |(place, row): (usize, &SweepRow)| {
        Some(Point {
            name: row.temperature.to_string(),
            x: measured(&row.headline.novelty)?,
            y: measured(&row.headline.validity)?,
            chosen: best == Some(place),
        })
    };
    rows.iter().enumerate().filter_map(point).collect()
}

fn table(settings: &SweepSettings, rows: &[SweepRow], best: Option<usize>) -> Table {
    let head = [
        "temperature",
        "validity",
        "uniqueness",
        "novelty",
        "new per string",
    ];
    let has_fcd = rows.iter().any(|row| row.fcd.is_ok());
    let head = head.into_iter().chain(has_fcd.then_some("FCD"));
    let cells = |(place, row): (usize, &SweepRow)| {
        let mark = if best == Some(place) {
            "recommended"
        } else {
            ""
        };
        let mut cells = vec![
            Cell::with(row.temperature.to_string(), mark),
            Cell::share(&row.headline.validity),
            Cell::share(&row.headline.uniqueness),
            Cell::share(&row.headline.novelty),
            Cell::share(&row.headline.new_per_string),
        ];
        // A reason for none stands in the remarks, once.
        cells.extend(has_fcd.then(|| fcd_cell(&row.fcd)));
        cells
    };
    Table {
        caption: format!("Novelty against {}", name_of(settings.train.name())),
        head: head.map(str::to_owned).collect(),
        rows: rows.iter().enumerate().map(cells).collect(),
        numbers: true,
    }
}
