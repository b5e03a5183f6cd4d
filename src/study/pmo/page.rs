//! The page of PMO: areas beside published ones, sums over the same tasks, curves.

use serde::Serialize;

use super::published::{PROGRAMS, areas};
use super::{PMO_CALLS, PmoRow, PmoSettings};
use crate::error::Result;
use crate::optimize::Learning;
use crate::report::figures::{self, Curve};
use crate::report::study::{Cell, Picture, Study, Table, json};
use crate::report::{Svg, thousands};
use crate::study::Page;

/// pmo.json.
#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    prior: &'a str,
    seeds: &'a [u64],
    calls: usize,
    learning: &'a Learning,
    sum: f64,
    tasks: &'a [PmoRow],
    version: &'static str,
    command: &'a str,
}

/// Writes pmo.html, pmo.json and the curves.
pub(super) fn write(settings: &PmoSettings, rows: &[PmoRow]) -> Result<Page> {
    let folder = &settings.output;
    let sum: f64 = rows.iter().map(|row| row.area).sum();
    let lead = format!(
        "Sum of the areas below the curves of the 10 best over {} of 23 tasks: {sum:.3}.",
        rows.len()
    );
    let study = Study {
        kind: "bench pmo".to_owned(),
        title: "Practical molecular optimization".to_owned(),
        lead: lead.clone(),
        tables: vec![table(rows)],
        pictures: vec![curves(settings, rows)?],
        notes: notes(settings, lead),
        command: settings.command.clone(),
        ..Study::default()
    };
    let document = Document {
        schema_version: 1,
        prior: &settings.prior,
        seeds: &settings.seeds,
        calls: settings.calls,
        learning: &settings.learning,
        sum,
        tasks: rows,
        version: env!("CARGO_PKG_VERSION"),
        command: &settings.command,
    };
    let figures = json(&document)?;
    let path = study.save_with(folder, "pmo", &figures)?;
    Ok(Page {
        study,
        path,
        figures,
    })
}

/// A plot of each task.
fn curves(settings: &PmoSettings, rows: &[PmoRow]) -> Result<Picture> {
    let mut svg = Svg::default();
    for row in rows {
        let curve = |run: &super::PmoRun| Curve {
            name: format!("seed {}", run.seed),
            points: run
                .curve
                .iter()
                .map(|(calls, top)| (*calls as f64 / 1_000.0, *top))
                .collect(),
        };
        let curves: Vec<Curve> = row.runs.iter().map(curve).collect();
        let path = settings.output.join(&row.task).join("curve");
        let plot =
            figures::rising_curves(&path, &row.task, ["thousands of calls", "10 best"], &curves)?;
        svg.wide.extend(plot.narrow);
    }
    Ok(Picture {
        caption: "Mean score of the 10 best by calls, a curve for each seed".to_owned(),
        svg,
    })
}

fn notes(settings: &PmoSettings, lead: String) -> Vec<String> {
    let seeds: Vec<String> = settings.seeds.iter().map(u64::to_string).collect();
    let mut notes = vec![
        lead,
        format!(
            "{} calls in each search, fewer where the 10 best come to a score of 1: unique valid molecules, by canonical \
             SMILES. Area below the curve of the mean score of the 10 best, a point each hundred calls, as a share of \
             that of a score of 1. {} The prior: {}. Tasks as the Therapeutics Data Commons defines them since August \
             2022.",
            thousands(settings.calls),
            match &seeds[..] {
                [seed] => format!("Seed {seed}."),
                seeds => format!("Seeds {}: mean and standard deviation.", seeds.join(", ")),
            },
            settings.prior
        ),
        "Published: REINVENT and Graph GA by Gao et al. 2022 (definitions of isomers, zaleplon and sitagliptin before \
         August 2022; with those since then, REINVENT's sum of all 23 is 15.185), Mol GA by Tripp and Hernandez-Lobato \
         2023, Genetic GFN by Kim et al. 2024 (definitions since then). Sums are over the same tasks."
            .to_owned(),
    ];
    if settings.calls != PMO_CALLS {
        notes.push(format!(
            "The rule is {} calls, so that these figures do not compare with published ones.",
            thousands(PMO_CALLS)
        ));
    }
    notes
}

fn table(rows: &[PmoRow]) -> Table {
    let mean = |row: &PmoRow, figure: fn(&super::PmoRun) -> f64| {
        row.runs.iter().map(figure).sum::<f64>() / row.runs.len().max(1) as f64
    };
    let cells = |row: &PmoRow| {
        let deviation = row.deviation.map(|it| format!("± {it:.3}"));
        let mut cells = vec![
            Cell::new(row.task.clone()),
            Cell::with(three(row.area), deviation.unwrap_or_default()),
            Cell::new(three(mean(row, |run| run.top_10))),
            Cell::new(format!("{:.0}", mean(row, |run| run.seconds))),
        ];
        match areas(&row.task) {
            Some(areas) => cells.extend(areas.map(|area| Cell::new(three(area)))),
            None => cells.extend(PROGRAMS.map(|_| Cell::missing("not a task of PMO"))),
        }
        let figures = || [1, 4, 5, 6, 7].into_iter();
        let value = |cell: &Cell| cell.text.parse::<f64>().unwrap_or(f64::NEG_INFINITY);
        let best = figures().map(|at| value(&cells[at])).fold(0.0, f64::max);
        for at in figures() {
            cells[at].best = best > 0.0 && value(&cells[at]) >= best;
        }
        cells
    };
    let mut body: Vec<Vec<Cell>> = rows.iter().map(cells).collect();
    let known: Vec<[f64; 4]> = rows.iter().filter_map(|row| areas(&row.task)).collect();
    let total = |figure: &dyn Fn(&PmoRow) -> f64| rows.iter().map(figure).sum::<f64>();
    let mut sums = vec![
        Cell::new(format!("sum of {}", rows.len())),
        Cell::new(three(total(&|row| row.area))),
        Cell::new(three(total(&|row| mean(row, |run| run.top_10)))),
        Cell::new(format!("{:.0}", total(&|row| mean(row, |run| run.seconds)))),
    ];
    for program in 0..PROGRAMS.len() {
        let sum: f64 = known.iter().map(|areas| areas[program]).sum();
        sums.push(Cell::new(three(sum)));
    }
    body.push(sums);
    let own = ["task", "area", "10 best at the end", "seconds"];
    Table {
        caption: "Area below the curve of the 10 best, beside published ones".to_owned(),
        head: own.into_iter().chain(PROGRAMS).map(str::to_owned).collect(),
        rows: body,
        numbers: true,
    }
}

/// With the decimals of published figures.
fn three(figure: f64) -> String {
    format!("{figure:.3}")
}
