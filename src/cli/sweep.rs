//! `molgpt sweep`: validity against novelty over temperatures, and which temperature to take.

use crate::error::Result;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use super::chemnet::Meter;
use super::progress_bar;
use super::study::{self, Fcd};
use crate::chem::KnownSet;
use crate::chemnet::Distance;
use crate::evaluation::{Headline, Objective, Proportion, canonical};
use crate::generate::{CpuGenerator, Generator, SamplingParams};
use crate::report::figures::{self, Measured, Point};
use crate::report::study::{Cell, Picture, Study, Table};

/// Sample at several temperatures and recommend one: sweep.html, sweep.json, plots.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The model file or run folder, or `pretrained` for the one inside the program [default: that
    /// of the latest run in runs/, else `pretrained`].
    #[arg(long)]
    model: Option<PathBuf>,
    /// The molecules that it was trained on, for novelty.
    #[arg(long, value_name = "DATA")]
    train: PathBuf,
    /// Molecules that the samples should be like, for FCD.
    #[arg(long, value_name = "DATA")]
    test: Option<PathBuf>,
    #[command(flatten)]
    fcd: study::ForFcd,
    /// The temperatures.
    #[arg(
        long,
        value_name = "T,T,...",
        value_delimiter = ',',
        default_value = "0.6,0.7,0.8,0.9,1.0,1.1,1.2,1.3,1.4"
    )]
    temperatures: Vec<f64>,
    /// What the recommended temperature is best at: `new` (distinct new molecules per string),
    /// `validity`, `uniqueness`, `novelty`, `fcd`, or a share that it must reach, `validity>=0.95`.
    #[arg(long, default_value = "new")]
    aim: Objective,
    /// Molecules per temperature.
    #[arg(short, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    n: u64,
    #[command(flatten)]
    common: study::Common,
}

/// What was found at one temperature.
struct Row {
    temperature: f64,
    headline: Headline,
    fcd: Result<Distance, String>,
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
    fcd: Fcd<'a>,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    super::use_threads(arguments.common.threads)?;
    for &temperature in &arguments.temperatures {
        strategy(temperature).validate()?;
    }
    let folder = study::place(arguments.common.output.as_deref(), "sweep");
    study::folder(&folder)?;
    let model = super::model::choose(arguments.model.as_deref(), quiet)?;
    let column = arguments.common.column.as_deref();
    let train = study::known("training set", "--train", &arguments.train, column, quiet)?;
    let train = KnownSet::of_canonical(&train);
    let meter = Meter::new(arguments.fcd.chemnet.as_deref(), quiet);
    let reference = match &arguments.test {
        None => Err("FCD needs --test".to_owned()),
        Some(path) => {
            let test = study::known("test set", "--test", path, column, quiet)?;
            let test: Vec<&str> = test.iter().map(String::as_str).collect();
            meter.describe("test set", &test)
        }
    };
    let generator = CpuGenerator::new(&model);
    let stop = super::stop_on_interrupt()?;
    let mut rows: Vec<Row> = Vec::new();
    for &temperature in &arguments.temperatures {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let params = SamplingParams {
            seed: arguments.common.seed,
            ..strategy(temperature)
        };
        let template = format!("temperature {temperature} {{bar:30}} {{pos}}/{{len}} {{eta}}");
        let bar = progress_bar(arguments.n, &template, quiet);
        let samples = generator.take(arguments.n, &params)?;
        bar.finish_and_clear();
        let texts: Vec<String> = samples.into_iter().map(|sample| sample.smiles).collect();
        let found = canonical(&texts, &|| ());
        rows.push(Row {
            temperature,
            headline: Headline::new(&found, &train),
            fcd: meter.distance("sample", &study::valid(&found), &reference),
        });
    }
    rows.sort_by(|a, b| a.temperature.total_cmp(&b.temperature));
    write(arguments, &folder, &rows)
}

fn strategy(temperature: f64) -> SamplingParams {
    SamplingParams {
        temperature,
        ..SamplingParams::default()
    }
}

fn write(arguments: &Arguments, folder: &std::path::Path, rows: &[Row]) -> Result<()> {
    let samples: Vec<_> = rows
        .iter()
        .map(|row| (&row.headline, row.fcd.as_ref().ok().map(|fcd| fcd.value)))
        .collect();
    let best = arguments.aim.best(&samples);
    let lead = match &best {
        Ok(best) => format!(
            "Recommended temperature: {} ({}).",
            rows[*best].temperature, arguments.aim
        ),
        Err(reason) => format!("No temperature is recommended: {reason}."),
    };
    let points = points(rows, best.as_ref().ok().copied());
    let title = "Validity against novelty by temperature, 95 % intervals";
    let axes = ["novelty", "validity"];
    let frontier = figures::frontier(&folder.join("frontier"), title, axes, &points)?;
    let names: Vec<String> = rows
        .iter()
        .map(|row| format!("temperature {}", row.temperature))
        .collect();
    let headlines: Vec<_> = rows.iter().map(|row| (&row.headline, &row.fcd)).collect();
    let panels = study::headline_panels(&headlines);
    let panels = figures::panels(&folder.join("figures"), &names, &panels)?;
    let command = super::evaluate::command_line();
    let mut notes = vec![
        lead.clone(),
        format!(
            "{} molecules per temperature, seed {}. Intervals are of 95 %: Wilson's for shares, the jackknife's for FCD. Uniqueness is of the valid ones, novelty of the distinct ones; new per string counts distinct new molecules among all strings.",
            arguments.n, arguments.common.seed
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
        tables: vec![table(arguments, rows, best.as_ref().ok().copied())],
        pictures: vec![
            Picture {
                caption: format!("{title}; each point is a temperature"),
                svg: frontier,
            },
            Picture {
                caption: "Figures by temperature".to_owned(),
                svg: panels,
            },
        ],
        notes,
        command: command.clone(),
    };
    let document = Document {
        schema_version: 1,
        aim: arguments.aim.to_string(),
        recommended_temperature: best.as_ref().ok().map(|best| rows[*best].temperature),
        reason: best.as_ref().err().map(String::as_str),
        molecules_per_temperature: arguments.n,
        seed: arguments.common.seed,
        rows: rows
            .iter()
            .map(|row| DocumentRow {
                temperature: row.temperature,
                headline: &row.headline,
                fcd: (&row.fcd).into(),
            })
            .collect(),
        version: env!("CARGO_PKG_VERSION"),
        command: &command,
    };
    study::finish(folder, "sweep", &study, &document)
}

fn points(rows: &[Row], best: Option<usize>) -> Vec<Point> {
    let measured = |share: &Proportion| {
        share.value.map(|value| Measured {
            value,
            interval: share.interval,
        })
    };
    let point = |(place, row): (usize, &Row)| {
        Some(Point {
            name: row.temperature.to_string(),
            x: measured(&row.headline.novelty)?,
            y: measured(&row.headline.validity)?,
            chosen: best == Some(place),
        })
    };
    rows.iter().enumerate().filter_map(point).collect()
}

fn table(arguments: &Arguments, rows: &[Row], best: Option<usize>) -> Table {
    let head = [
        "temperature",
        "validity",
        "uniqueness",
        "novelty",
        "new per string",
        "FCD",
    ];
    let cells = |(place, row): (usize, &Row)| {
        let mark = if best == Some(place) {
            "recommended"
        } else {
            ""
        };
        vec![
            Cell::with(row.temperature.to_string(), mark),
            Cell::share(&row.headline.validity),
            Cell::share(&row.headline.uniqueness),
            Cell::share(&row.headline.novelty),
            Cell::share(&row.headline.new_per_string),
            study::fcd_cell(&row.fcd),
        ]
    };
    Table {
        caption: format!("Novelty against {}", study::name_of(&arguments.train)),
        head: head.map(str::to_owned).to_vec(),
        rows: rows.iter().enumerate().map(cells).collect(),
        numbers: true,
    }
}
