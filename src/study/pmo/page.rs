//! The page of PMO: areas beside published ones, sums over the same tasks, curves.

use super::published::{PROGRAMS, areas};
use super::{PMO_CALLS, PmoRow};
use crate::error::Result;
use crate::report::study::Table;
use crate::report::thousands;
use crate::study::Page;
use crate::study::searches::{Curves, Row, SearchesSettings, Told, curves, seeds_in_words, table};

/// Writes pmo.html, pmo.json and the curves.
pub(super) fn write(settings: &SearchesSettings, rows: &[PmoRow], sum: f64) -> Result<Page> {
    let drawn = rows.iter().map(|row| Curves {
        task: &row.task,
        best: 10,
        runs: row.runs.iter().map(|run| (run.seed, &*run.curve)).collect(),
    });
    let caption = "Mean score of the 10 best by calls, a curve for each seed";
    let told = Told {
        name: "pmo",
        title: "Practical molecular optimization",
        lead: format!(
            "Sum of the areas below the curves of the 10 best over {} of 23 tasks: {sum:.3}.",
            rows.len()
        ),
        table: beside_published(rows),
        curves: curves(settings, caption, drawn)?,
        notes: notes(settings),
        rows,
        sum,
    };
    told.write(settings)
}

fn notes(settings: &SearchesSettings) -> Vec<String> {
    let mut notes = vec![
        format!(
            "{} calls in each search, fewer where the 10 best come to a score of 1: unique valid molecules, by canonical \
             SMILES. Area below the curve of the mean score of the 10 best, a point each hundred calls, as a share of \
             that of a score of 1. {} The prior: {}. Tasks as the Therapeutics Data Commons defines them since August \
             2022.",
            thousands(settings.calls),
            seeds_in_words(&settings.seeds),
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

fn beside_published(rows: &[PmoRow]) -> Table {
    let rows = rows.iter().map(|row| Row {
        task: &row.task,
        figure: (row.area, row.deviation),
        runs: &row.runs,
        published: areas(&row.task),
    });
    table(
        "Area below the curve of the 10 best, beside published ones",
        "area",
        &rows.collect::<Vec<_>>(),
        &[
            ("10 best at the end", |run| run.top_10, 3),
            ("seconds", |run| run.seconds, 0),
        ],
        PROGRAMS,
    )
}
