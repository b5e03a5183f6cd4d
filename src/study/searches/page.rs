//! What the pages of benchmarks of searches have in common: figures beside published ones, sums over the same tasks, curves.

use serde::Serialize;

use super::SearchesSettings;
use crate::error::Result;
use crate::optimize::Learning;
use crate::report::Svg;
use crate::report::figures::{self, Curve};
use crate::report::study::{Cell, Picture, Study, Table, json};
use crate::study::Page;

/// What the page of one benchmark says.
pub(in crate::study) struct Told<'a, Row> {
    /// Its name, that of the files.
    pub(in crate::study) name: &'static str,
    pub(in crate::study) title: &'static str,
    pub(in crate::study) lead: String,
    pub(in crate::study) table: Table,
    pub(in crate::study) curves: Picture,
    pub(in crate::study) notes: Vec<String>,
    /// The tasks, for JSON.
    pub(in crate::study) rows: &'a [Row],
    /// The sum of their figures.
    pub(in crate::study) sum: f64,
}

/// The figures as JSON.
#[derive(Serialize)]
struct Document<'a, Row> {
    schema_version: u32,
    prior: &'a str,
    seeds: &'a [u64],
    calls: usize,
    learning: &'a Learning,
    sum: f64,
    tasks: &'a [Row],
    version: &'static str,
    command: &'a str,
}

impl<Row: Serialize> Told<'_, Row> {
    /// Writes the page and its JSON.
    pub(in crate::study) fn write(self, settings: &SearchesSettings) -> Result<Page> {
        let document = Document {
            schema_version: 1,
            prior: &settings.prior,
            seeds: &settings.seeds,
            calls: settings.calls,
            learning: &settings.learning,
            sum: self.sum,
            tasks: self.rows,
            version: env!("CARGO_PKG_VERSION"),
            command: &settings.command,
        };
        let figures = json(&document)?;
        let mut notes = self.notes;
        notes.insert(0, self.lead.clone());
        let study = Study {
            kind: format!("bench {}", self.name),
            title: self.title.to_owned(),
            lead: self.lead,
            tables: vec![self.table],
            pictures: vec![self.curves],
            notes,
            command: settings.command.clone(),
            ..Study::default()
        };
        let path = study.save_with(&settings.output, self.name, &figures)?;
        Ok(Page {
            study,
            path,
            figures,
        })
    }
}

/// The searches of one task, as curves.
pub(in crate::study) struct Curves<'a> {
    pub(in crate::study) task: &'a str,
    /// How many of the best have their mean drawn.
    pub(in crate::study) best: usize,
    /// Seeds; calls, and the mean of the best of these.
    pub(in crate::study) runs: Vec<(u64, &'a [(usize, f64)])>,
}

/// A plot of each task, which is kept in the folder of the task, too.
pub(in crate::study) fn curves<'a>(
    settings: &SearchesSettings,
    caption: &str,
    tasks: impl Iterator<Item = Curves<'a>>,
) -> Result<Picture> {
    let mut svg = Svg::default();
    for Curves { task, best, runs } in tasks {
        let curve = |(seed, points): (u64, &[(usize, f64)])| Curve {
            name: format!("seed {seed}"),
            points: points
                .iter()
                .map(|(calls, top)| (*calls as f64 / 1_000.0, *top))
                .collect(),
        };
        let curves: Vec<Curve> = runs.into_iter().map(curve).collect();
        let path = settings.output.join(task).join("curve");
        let labels = ["thousands of calls", &best_in_words(best)];
        let plot = figures::rising_curves(&path, task, labels, &curves)?;
        svg.wide.extend(plot.narrow);
    }
    Ok(Picture {
        caption: caption.to_owned(),
        svg,
    })
}

fn best_in_words(best: usize) -> String {
    match best {
        1 => "best".to_owned(),
        best => format!("{best} best"),
    }
}

/// The seeds in words.
pub(in crate::study) fn seeds_in_words(seeds: &[u64]) -> String {
    let words: Vec<String> = seeds.iter().map(u64::to_string).collect();
    match &words[..] {
        [seed] => format!("Seed {seed}."),
        seeds => format!("Seeds {}: mean and standard deviation.", seeds.join(", ")),
    }
}

/// A task in a table.
pub(in crate::study) struct Row<'a, Run, const PROGRAMS: usize> {
    pub(in crate::study) task: &'a str,
    /// The figure of the benchmark, mean over the seeds, and its standard deviation.
    pub(in crate::study) figure: (f64, Option<f64>),
    pub(in crate::study) runs: &'a [Run],
    /// The figures of published programs, if the task is one of the benchmark.
    pub(in crate::study) published: Option<[f64; PROGRAMS]>,
}

/// A further column: its name, its figure of a search, and the decimals.
pub(in crate::study) type Column<Run> = (&'static str, fn(&Run) -> f64, usize);

/// A table of tasks: the figure of the benchmark, the means of further columns, published figures; sums in the last row.
pub(in crate::study) fn table<Run, const PROGRAMS: usize>(
    caption: &str,
    figure: &str,
    rows: &[Row<'_, Run, PROGRAMS>],
    columns: &[Column<Run>],
    programs: [&str; PROGRAMS],
) -> Table {
    let mean = |row: &Row<'_, Run, PROGRAMS>, figure: fn(&Run) -> f64| {
        row.runs.iter().map(figure).sum::<f64>() / row.runs.len().max(1) as f64
    };
    let cells = |row: &Row<'_, Run, PROGRAMS>| {
        let deviation = row.figure.1.map(|it| format!("± {it:.3}"));
        let mut cells = vec![
            Cell::new(row.task),
            Cell::with(
                format!("{:.3}", row.figure.0),
                deviation.unwrap_or_default(),
            ),
        ];
        cells.extend(
            columns.iter().map(|&(_, figure, decimals)| {
                Cell::new(format!("{:.decimals$}", mean(row, figure)))
            }),
        );
        let figures = || std::iter::once(1).chain(2 + columns.len()..2 + columns.len() + PROGRAMS);
        match row.published {
            Some(figures) => cells.extend(figures.map(|it| Cell::new(format!("{it:.3}")))),
            None => cells.extend(programs.map(|_| Cell::missing("not a task of the benchmark"))),
        }
        let value = |cell: &Cell| cell.text.parse::<f64>().unwrap_or(f64::NEG_INFINITY);
        let best = figures().map(|at| value(&cells[at])).fold(0.0, f64::max);
        for at in figures() {
            cells[at].best = best > 0.0 && value(&cells[at]) >= best;
        }
        cells
    };
    let mut body: Vec<Vec<Cell>> = rows.iter().map(cells).collect();
    let sum = |figure: &dyn Fn(&Row<'_, Run, PROGRAMS>) -> f64, decimals: usize| {
        let sum: f64 = rows.iter().map(figure).sum();
        Cell::new(format!("{sum:.decimals$}"))
    };
    let mut sums = vec![
        Cell::new(format!("sum of {}", rows.len())),
        sum(&|row| row.figure.0, 3),
    ];
    let of_columns = columns.iter();
    sums.extend(of_columns.map(|&(_, figure, decimals)| sum(&|row| mean(row, figure), decimals)));
    sums.extend((0..PROGRAMS).map(|at| sum(&|row| row.published.map_or(0.0, |it| it[at]), 3)));
    body.push(sums);
    let own = ["task", figure].into_iter();
    let own = own.chain(columns.iter().map(|(name, ..)| *name));
    Table {
        caption: caption.to_owned(),
        head: own.chain(programs).map(str::to_owned).collect(),
        rows: body,
        numbers: true,
    }
}
