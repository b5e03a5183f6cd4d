//! The page of a study of trainings: means over the seeds, and losses over time.

use std::fs;

use serde::Serialize;

use super::{TunedRun, TuningSettings};
use crate::error::{Context, Result};
use crate::evaluation::name_of;
use crate::report::figures::{self, Curve};
use crate::report::study::{Cell, Picture, Study, Table, json, number};
use crate::report::thousands;
use crate::study::common::Page;
use crate::study::common::mean_and_deviation;
use crate::train::history;

/// tuning.json.
#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    data: String,
    max_minutes: Option<f64>,
    runs: &'a [TunedRun],
    version: &'static str,
    command: &'a str,
}

/// Writes tuning.html, tuning.json and the plot of `all` trainings, of which these are done.
pub(super) fn write(settings: &TuningSettings, runs: &[TunedRun], all: usize) -> Result<Page> {
    let folder = &settings.output;
    let groups = groups(runs);
    let best = groups
        .iter()
        .min_by(|a, b| mean(a, loss).0.total_cmp(&mean(b, loss).0))
        .map_or("", |group| &group[0].settings);
    let curves = runs
        .iter()
        .map(|run| {
            Ok(Curve {
                name: differing(&run.settings, &groups),
                points: curve(run)?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let title = "Validation loss by time of training";
    let axes = ["minutes", "nats per molecule"];
    let svg = figures::curves(&folder.join("loss"), title, axes, &curves)?;
    let ended = if runs.len() < all {
        format!(" Ended after {} of {all} trainings.", runs.len())
    } else {
        String::new()
    };
    let lead = format!("Lowest loss per molecule: {best}.{ended}");
    let has_fcd = runs.iter().any(|run| run.fcd.is_some());
    let missing = match settings.test {
        None => "FCD is not computed: no test set was given.",
        Some(_) => "FCD is not computed: the weights of ChemNet were not given.",
    };
    let study = Study {
        kind: "tuning".to_owned(),
        title: "Settings of training".to_owned(),
        lead: lead.clone(),
        tables: vec![table(settings, &groups)],
        pictures: vec![Picture {
            caption: format!(
                "{title}, a curve for each seed; the axis leaves out the first fall"
            ),
            svg,
        }],
        notes: [
            lead,
            format!(
                "{} molecules sampled from each model at temperature 1 with the seed of its training. Mean and standard deviation over the seeds.",
                settings.n
            ),
            "The loss is that of the held-out molecules under the best model of each run; per molecule, because tokens of different kinds differ in number.".to_owned(),
        ]
        .into_iter()
        .chain((!has_fcd).then(|| missing.to_owned()))
        .collect(),
        command: settings.command.clone(),
        ..Study::default()
    };
    let document = Document {
        schema_version: 1,
        data: name_of(settings.train.data.name()),
        max_minutes: settings.train.max_minutes,
        runs,
        version: env!("CARGO_PKG_VERSION"),
        command: &settings.command,
    };
    let figures = json(&document)?;
    let path = study.save_with(folder, "tuning", &figures)?;
    Ok(Page {
        study,
        path,
        figures,
    })
}

/// Validation losses in nats per molecule by minutes of training.
fn curve(run: &TunedRun) -> Result<Vec<(f64, f64)>> {
    let path = run.folder.join("history.csv");
    let file = fs::File::open(&path).with_context(|| path.display().to_string())?;
    let per_molecule = run.loss_per_molecule / run.loss;
    let rows = history::read(file).with_context(|| path.display().to_string())?;
    let point =
        |row: &history::Row| Some((row.seconds / 60.0, row.validation_loss? * per_molecule));
    Ok(rows.iter().filter_map(point).collect())
}

/// The settings of a combination that not all have.
fn differing(settings: &str, groups: &[Vec<&TunedRun>]) -> String {
    let is_common = |setting: &&str| {
        let has = |group: &Vec<&TunedRun>| group[0].settings.split(' ').any(|it| it == *setting);
        groups.iter().all(has)
    };
    let own: Vec<&str> = settings.split(' ').filter(|it| !is_common(it)).collect();
    if own.is_empty() {
        return settings.to_owned();
    }
    own.join(" ")
}

/// The runs by combination, in order.
fn groups(runs: &[TunedRun]) -> Vec<Vec<&TunedRun>> {
    let mut groups: Vec<Vec<&TunedRun>> = Vec::new();
    for run in runs {
        match groups.last_mut() {
            Some(group) if group[0].settings == run.settings => group.push(run),
            _ => groups.push(vec![run]),
        }
    }
    groups
}

fn loss(run: &TunedRun) -> f64 {
    run.loss_per_molecule
}

/// Mean over the runs of a combination, and the standard deviation of several.
fn mean(group: &[&TunedRun], figure: impl Fn(&TunedRun) -> f64) -> (f64, Option<f64>) {
    let figures: Vec<f64> = group.iter().map(|run| figure(run)).collect();
    mean_and_deviation(&figures)
}

fn table(settings: &TuningSettings, groups: &[Vec<&TunedRun>]) -> Table {
    let has_fcd = groups.iter().flatten().any(|run| run.fcd.is_some());
    let steps = |(mean, deviation): (f64, Option<f64>)| {
        let detail = deviation.filter(|by| *by > 0.0);
        let detail = detail.map_or(String::new(), |by| format!("± {by:.0}"));
        Cell::with(format!("{mean:.0}"), detail)
    };
    let cell = |(mean, deviation): (f64, Option<f64>), unit: &str| {
        let detail = deviation.map_or(String::new(), |by| format!("± {}", number(by)));
        Cell::with(format!("{}{unit}", number(mean)), detail)
    };
    let share = |part: fn(&TunedRun) -> u64, of: fn(&TunedRun) -> u64| {
        move |run: &TunedRun| 100.0 * part(run) as f64 / of(run).max(1) as f64
    };
    let row = |group: &Vec<&TunedRun>| {
        let mean = |figure: &dyn Fn(&TunedRun) -> f64| mean(group, figure);
        let seeds = group.len();
        let mut row = vec![
            Cell::with(
                group[0].settings.clone(),
                format!(
                    "{} parameters, {seeds} seeds",
                    thousands(group[0].parameters)
                ),
            ),
            steps(mean(&|run| run.steps as f64)),
            cell(mean(&|run| run.seconds / 60.0), ""),
            cell(mean(&loss), ""),
            cell(mean(&share(|run| run.valid, |run| run.sampled)), " %"),
            cell(mean(&share(|run| run.unique, |run| run.valid)), " %"),
            cell(mean(&share(|run| run.novel, |run| run.unique)), " %"),
            cell(mean(&|run| run.sampled_per_second), ""),
        ];
        if group.iter().all(|run| run.fcd.is_some()) {
            row.push(cell(mean(&|run| run.fcd.unwrap_or(f64::NAN)), ""));
        } else if has_fcd {
            row.push(Cell::missing("not of every seed"));
        }
        row
    };
    let head = [
        "settings",
        "steps",
        "minutes",
        "nats per molecule",
        "valid",
        "unique",
        "novel",
        "sampled per second",
    ];
    let head = head.into_iter().chain(has_fcd.then_some("FCD"));
    Table {
        caption: format!("Trained on {}", name_of(settings.train.data.name())),
        head: head.map(str::to_owned).collect(),
        rows: groups.iter().map(row).collect(),
        numbers: true,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn seeds_are_averaged() {
        let run = |settings: &str, loss: f64| TunedRun {
            settings: settings.to_owned(),
            seed: 0,
            folder: PathBuf::new(),
            steps: 1,
            seconds: 1.0,
            parameters: 1,
            loss,
            loss_per_molecule: loss,
            sampled: 1,
            valid: 1,
            unique: 1,
            novel: 1,
            fcd: None,
            sampled_per_second: 1.0,
        };
        let runs = [run("a", 1.0), run("a", 3.0), run("b", 5.0)];
        let groups = groups(&runs);
        let found: Vec<_> = groups.iter().map(|group| mean(group, loss)).collect();
        assert_eq!(found, [(2.0, Some(2_f64.sqrt())), (5.0, None)]);
        let runs = [run("width=8 epochs=6", 1.0), run("width=9 epochs=6", 1.0)];
        let two = super::groups(&runs);
        let names = [
            differing(&runs[0].settings, &two),
            differing("width=9 epochs=6", &two[1..]),
        ];
        assert_eq!(names, ["width=8", "width=9 epochs=6"]);
    }
}
