//! The page of GuacaMol's goals: scores beside published ones, sums over the same tasks, curves.

use super::GuacamolRow;
use super::published::{PROGRAMS, scores};
use super::suite::Counted;
use crate::error::Result;
use crate::report::study::Table;
use crate::report::thousands;
use crate::study::Page;
use crate::study::searches::{Curves, Row, SearchesSettings, Told, curves, seeds_in_words, table};

/// Writes guacamol.html, guacamol.json and the curves.
pub(super) fn write(settings: &SearchesSettings, rows: &[GuacamolRow], sum: f64) -> Result<Page> {
    let drawn = rows.iter().map(|row| Curves {
        task: &row.task,
        best: Counted::of(&row.task).most(),
        runs: row.runs.iter().map(|run| (run.seed, &*run.curve)).collect(),
    });
    let caption = "Mean score of the best by calls, of as many as count, a curve for each seed";
    let told = Told {
        name: "guacamol",
        title: "Goals of GuacaMol",
        lead: format!(
            "Sum of the scores over {} of 20 tasks: {sum:.3}.",
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
    vec![
        "Score of a task: the mean of the best score, of the mean of the 10 best and of that of the 100 best; of \
         rediscoveries the best alone, of isomers_c11h24 the mean of the 159 best, of isomers_c9h10n2o2pf2cl that of the \
         250 best. Molecules that differ in stereochemistry alone count once, and those that are missing as 0."
            .to_owned(),
        format!(
            "{} calls in each search, fewer where the score of the task came to 1: unique valid molecules, by canonical \
             SMILES. GuacaMol sets no number of calls, and those of the published programs differ. {} The prior: {}. \
             All searches begin with the prior alone, that of ranolazine_mpo, too, for which GuacaMol gives a molecule \
             to begin with.",
            thousands(settings.calls),
            seeds_in_words(&settings.seeds),
            settings.prior
        ),
        "The training set of GuacaMol leaves out all molecules with an ECFP4 similarity above 0.323 to one of ten drugs \
         (albuterol, aripiprazole, celecoxib, cobimetinib, fexofenadine, mestranol, osimertinib, ranolazine, thiothixene, \
         troglitazone): a prior that has learned from such molecules has an advantage."
            .to_owned(),
        "Published: SMILES LSTM, SMILES GA, Graph GA and Graph MCTS by Brown et al. 2019, CReM by Polishchuk 2020. Sums are \
         over the same tasks."
            .to_owned(),
    ]
}

fn beside_published(rows: &[GuacamolRow]) -> Table {
    let rows = rows.iter().map(|row| Row {
        task: &row.task,
        figure: (row.score, row.deviation),
        runs: &row.runs,
        published: scores(&row.task),
    });
    table(
        "Score of the task, beside published ones",
        "score",
        &rows.collect::<Vec<_>>(),
        &[
            ("best", |run| run.best, 3),
            ("10 best", |run| run.top_10, 3),
            ("100 best", |run| run.top_100, 3),
            ("calls", |run| run.calls as f64, 0),
            ("seconds", |run| run.seconds, 0),
        ],
        PROGRAMS,
    )
}
