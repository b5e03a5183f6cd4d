//! The training curves of the models that reports are of.

use std::fs::File;
use std::path::Path;

use super::reports::Report;
use crate::error::{Context, Result};
use crate::report::figures::Curve;
use crate::train::history;

/// Training curves, and what is said of reports that have none.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Trainings {
    /// Validation losses in nats per token by steps, one curve for each run.
    pub(super) curves: Vec<Curve>,
    pub(super) notes: Vec<String>,
}

/// Reads the curves of the runs that reports name.
///
/// # Errors
/// A history that cannot be read.
pub(super) fn trainings(reports: &[Report]) -> Result<Trainings> {
    let mut runs: Vec<(&str, Vec<&str>)> = Vec::new();
    let (mut gone, mut unknown) = (Vec::new(), Vec::new());
    for report in reports {
        let Some(run) = report.run.as_deref() else {
            unknown.push(report.name.as_str());
            continue;
        };
        if !history_of(run).is_file() {
            gone.push(format!("{} (`{run}`)", report.name));
            continue;
        }
        match runs.iter_mut().find(|(known, _)| *known == run) {
            Some((_, names)) => names.push(&report.name),
            None => runs.push((run, vec![&report.name])),
        }
    }
    let mut found = Trainings::default();
    for (run, names) in runs {
        let path = history_of(run);
        let context = || format!("cannot read `{}`", path.display());
        let rows = history::read(File::open(&path).with_context(context)?).with_context(context)?;
        let point = |row: &history::Row| Some((row.step as f64, row.validation_loss?));
        found.curves.push(Curve {
            name: names.join(", "),
            points: rows.iter().filter_map(point).collect(),
        });
    }
    if !gone.is_empty() {
        let gone = gone.join(", ");
        found.notes.push(format!(
            "Training curves are left out where the run folder is gone: {gone}."
        ));
    }
    // Reports of other generators have no run: only beside curves is that worth a word.
    if !unknown.is_empty() && !found.curves.is_empty() {
        found.notes.push(format!(
            "No run is known of: {} (`molgpt evaluate --model` tells it).",
            unknown.join(", ")
        ));
    }
    Ok(found)
}

fn history_of(run: &str) -> std::path::PathBuf {
    Path::new(run).join("history.csv")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_of_runs_that_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let history = "step,seconds,rate,loss,validation_loss\n1,1,1,3,\n2,1,1,2,1.5\n";
        std::fs::write(folder.path().join("history.csv"), history).unwrap();
        let here = folder.path().display().to_string();
        let report = |name: &str, run: Option<&str>| Report {
            name: name.to_owned(),
            generated: None,
            model: None,
            run: run.map(str::to_owned),
            references: Vec::new(),
            figures: Vec::new(),
        };
        let reports = [
            report("cold", Some(&here)),
            report("warm", Some(&here)),
            report("old", Some("none/such")),
            report("other", None),
        ];
        let found = trainings(&reports).unwrap();
        let curve = Curve {
            name: "cold, warm".to_owned(),
            points: vec![(2.0, 1.5)],
        };
        assert_eq!(found.curves, [curve]);
        assert_eq!(found.notes.len(), 2);
        assert!(
            found.notes[0].contains("old (`none/such`)"),
            "{:?}",
            found.notes
        );
        assert!(
            found.notes[1].contains("known of: other"),
            "{:?}",
            found.notes
        );
        assert_eq!(trainings(&reports[3..]).unwrap(), Trainings::default());
    }
}
