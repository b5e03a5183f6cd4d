//! Figures of several report.json side by side, as a table and as bars.
//!
//! Does not know what a report measures; nothing is computed anew.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::reports::{Figure, Report, find, label, paths, read};
use super::trainings::trainings;
use super::words::words;
use super::{sizes, usable_folder};
use crate::error::Result;
use crate::report::figures::{self, Measured, Panel};
use crate::report::study::{Cell, Picture, Study, Table, json, number};
use crate::report::thousands;

/// Settings of [`compare`].
#[derive(Debug, Clone, Default)]
pub struct CompareSettings {
    /// The report.json of each evaluation, or its folder.
    pub reports: Vec<PathBuf>,
    /// Folder for compare.html, compare.json and the plots; `None` writes no file.
    pub output: Option<PathBuf>,
    /// The command line or call that asked for the comparison: printed on the page, not
    /// interpreted.
    pub command: String,
}

/// The outcome of [`compare`].
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The reports, in the order given.
    pub reports: Vec<Report>,
    /// The table with its remarks, and the plot where there is a folder.
    pub study: Study,
    /// Path of compare.html, where there is a folder.
    pub page: Option<PathBuf>,
    /// The figures as one JSON document with indents: the content of compare.json.
    pub figures: String,
}

/// compare.json.
#[derive(serde::Serialize)]
struct Document<'a> {
    schema_version: u32,
    /// Figures that cannot be compared, for their numbers of molecules differ.
    sizes_differ: Vec<String>,
    reports: &'a [Report],
    version: &'static str,
    command: &'a str,
}

/// Reads the reports and puts their figures side by side; with a folder, writes compare.html,
/// compare.json and the plots into it, among them the training curves of the runs that are known.
///
/// # Errors
/// A report or the history of a run cannot be read, a report has no figures, or the folder cannot be
/// written to.
pub fn compare(settings: &CompareSettings) -> Result<Comparison> {
    if let Some(folder) = &settings.output {
        usable_folder(folder)?;
    }
    let mut reports = Vec::new();
    for path in &settings.reports {
        reports.push(read(path)?);
    }
    name_apart(&mut reports, &settings.reports);
    let mut study = side_by_side(&reports, &settings.command);
    let trainings = trainings(&reports)?;
    study.notes.extend(trainings.notes.iter().cloned());
    let document = Document {
        schema_version: 1,
        sizes_differ: sizes::differing(&reports).into_iter().map(label).collect(),
        reports: &reports,
        version: env!("CARGO_PKG_VERSION"),
        command: &settings.command,
    };
    let json = json(&document)?;
    let Some(folder) = &settings.output else {
        return Ok(Comparison {
            reports,
            study,
            page: None,
            figures: json,
        });
    };
    let names: Vec<String> = reports.iter().map(|report| report.name.clone()).collect();
    let svg = figures::panels(&folder.join("figures"), &names, &panels(&reports))?;
    study.pictures.push(Picture {
        caption:
            "Figures that several reports have, with intervals of 95 %; each on a scale of its own"
                .to_owned(),
        svg,
    });
    if !trainings.curves.is_empty() {
        let title = "Validation loss during training";
        let axes = ["step", "nats per token"];
        let svg = figures::curves(&folder.join("training"), title, axes, &trainings.curves)?;
        study.pictures.push(Picture {
            caption: format!(
                "{title}, of the models that made the samples; the axis leaves out the first fall"
            ),
            svg,
        });
    }
    let page = study.save_with(folder, "compare", &json)?;
    Ok(Comparison {
        reports,
        study,
        page: Some(page),
        figures: json,
    })
}

/// Reports of one title are told apart by their paths.
fn name_apart(reports: &mut [Report], paths: &[PathBuf]) {
    let mut seen = HashSet::new();
    let twice: HashSet<String> = reports
        .iter()
        .filter(|report| report.name.is_empty() || !seen.insert(report.name.clone()))
        .map(|report| report.name.clone())
        .collect();
    for (report, path) in reports.iter_mut().zip(paths) {
        if twice.contains(&report.name) {
            let folder = if path.is_dir() {
                Some(path.as_path())
            } else {
                path.parent()
            };
            let folder = folder.and_then(Path::file_name).unwrap_or(path.as_os_str());
            let name = format!("{} ({})", report.name, folder.to_string_lossy());
            name.trim().clone_into(&mut report.name);
        }
    }
}

/// The cell of a figure, with its number of molecules if that is `sized`.
fn cell(figure: Option<&Figure>, sized: bool) -> Cell {
    let Some(figure) = figure else {
        return Cell::missing("not in this report");
    };
    let Some(value) = figure.value else {
        return Cell::missing(figure.reason.as_deref().unwrap_or_default());
    };
    let mut cell = if figure.share {
        let detail = figure.interval.map_or_else(String::new, |[low, high]| {
            format!("[{:.2}, {:.2}]", low * 100.0, high * 100.0)
        });
        Cell::with(format!("{:.2} %", value * 100.0), detail)
    } else {
        Cell::number(value, figure.interval)
    };
    if let Some(of) = figure.of.filter(|_| sized) {
        let detail = format!("{} of {of}", cell.detail);
        detail.trim().clone_into(&mut cell.detail);
    }
    cell
}

/// The row of a figure: its name, its cells with the best marked, and what the reports differ by.
fn row(reports: &[Report], path: &[String], share: bool, sized: bool) -> Vec<Cell> {
    let words = words(path);
    let mark = if sized { sizes::MARK } else { "" };
    let figures: Vec<Option<&Figure>> = reports.iter().map(|report| find(report, path)).collect();
    let values: Vec<Option<f64>> = figures.iter().map(|figure| (*figure)?.value).collect();
    let best = words.larger_is_better.filter(|_| !sized);
    let best = best.and_then(|larger| best_of(&values, larger));
    let mut cells = vec![Cell::with(words.with_arrow(), mark)];
    for (figure, value) in figures.iter().zip(&values) {
        let mut cell = cell(*figure, sized);
        cell.best = best.is_some() && *value == best;
        cells.push(cell);
    }
    cells.push(if sized {
        Cell::default()
    } else {
        difference(&figures, share)
    });
    cells
}

/// The best of two or more values, unless all are the same.
fn best_of(values: &[Option<f64>], larger: bool) -> Option<f64> {
    let known = || values.iter().flatten().copied();
    let (low, high) = (
        known().fold(f64::INFINITY, f64::min),
        known().fold(f64::NEG_INFINITY, f64::max),
    );
    (low < high).then_some(if larger { high } else { low })
}

/// By how much the last report differs from the first, and whether their intervals meet.
fn difference(figures: &[Option<&Figure>], share: bool) -> Cell {
    let (Some(Some(first)), Some(Some(last))) = (figures.first(), figures.last()) else {
        return Cell::default();
    };
    let (Some(from), Some(to)) = (first.value, last.value) else {
        return Cell::default();
    };
    let sign = if to < from { "-" } else { "+" };
    let by = (to - from).abs();
    let text = if share {
        format!("{sign}{:.2} points", 100.0 * by)
    } else {
        format!("{sign}{}", number(by))
    };
    let apart = match (first.interval, last.interval) {
        (Some([_, high]), Some([low, _])) if to > from => high < low,
        (Some([low, _]), Some([_, high])) => high < low,
        _ => false,
    };
    Cell::with(text, if apart { "beyond chance" } else { "" })
}

/// The figures that no report has, by the reason of the first.
fn missing(reports: &[Report], absent: &[&[String]]) -> Vec<String> {
    let reason = |path: &[String]| {
        let figure = reports.iter().find_map(|report| find(report, path));
        figure
            .and_then(|figure| figure.reason.clone())
            .unwrap_or_default()
    };
    let mut by_reason: Vec<(String, Vec<String>)> = Vec::new();
    // What belongs to a distance is missing with it.
    let belongs = |path: &[String]| {
        matches!(
            path.last().map(String::as_str),
            Some("fcd_floor" | "fcd_excess")
        )
    };
    for path in absent.iter().filter(|path| !belongs(path)) {
        let (reason, name) = (reason(path), words(path).name);
        match by_reason.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(name),
            None => by_reason.push((reason, vec![name])),
        }
    }
    let sentence = |(reason, names): (String, Vec<String>)| {
        format!(
            "Not computed in any report: {} ({reason}).",
            names.join(", ")
        )
    };
    by_reason.into_iter().map(sentence).collect()
}

/// The table with its remarks.
fn side_by_side(reports: &[Report], command: &str) -> Study {
    let differing = sizes::differing(reports);
    let known = |path: &[String]| {
        let values = reports
            .iter()
            .filter_map(|report| find(report, path)?.value);
        values.count() > 0
    };
    let (present, absent): (Vec<_>, Vec<_>) = paths(reports)
        .into_iter()
        .partition(|(path, _)| known(path));
    let absent: Vec<&[String]> = absent.into_iter().map(|(path, _)| path).collect();
    let rows = present
        .into_iter()
        .map(|(path, share)| row(reports, path, share, differing.contains(&path)));
    let rows: Vec<Vec<Cell>> = rows.collect();
    let mut head = vec!["figure".to_owned()];
    head.extend(reports.iter().map(|report| report.name.clone()));
    head.push(match reports {
        [_, _] => "difference".to_owned(),
        _ => "last - first".to_owned(),
    });
    let counts = reports.iter().map(|report| {
        let count = report
            .generated
            .map_or_else(|| "?".to_owned(), |count| thousands(count as usize));
        format!("{}: {count}", report.name)
    });
    let counts: Vec<String> = counts.collect();
    let mut notes = vec![
        format!("Generated strings: {}.", counts.join("; ")),
        "Arrows point to better values; the best is bold (* in text). Intervals are of 95 %: figures whose intervals do not meet differ beyond chance, others may still differ. Figures of other numbers of molecules are not compared.".to_owned(),
    ];
    notes.extend(missing(reports, &absent));
    notes.extend(sizes::warning(reports, &differing));
    let warned = reports.iter().flat_map(|report| {
        let figures = report.figures.iter();
        figures.filter_map(|figure| {
            let warning = figure.warning.as_ref()?;
            Some(format!(
                "{}, {}: {warning}.",
                report.name,
                words(&figure.path).name
            ))
        })
    });
    notes.extend(warned);
    let same = reports
        .windows(2)
        .all(|pair| pair[0].references == pair[1].references);
    if !same {
        notes.push("The reports are not against the same reference sets: only validity and uniqueness can be compared.".to_owned());
    }
    Study {
        kind: "comparison".to_owned(),
        title: format!("{} runs", reports.len()),
        lead: counts.join("; "),
        tables: vec![Table {
            caption: "Figures of each report".to_owned(),
            head,
            rows,
            numbers: true,
        }],
        notes,
        command: command.to_owned(),
        ..Study::default()
    }
}

fn panels(reports: &[Report]) -> Vec<Panel> {
    let differing = sizes::differing(reports);
    let panel = |(path, share): (&[String], bool)| {
        let value = |report| {
            let figure = find(report, path)?;
            Some(Measured {
                value: figure.value?,
                interval: figure.interval,
            })
        };
        let mut title = words(path).with_arrow();
        if differing.contains(&path) {
            title = format!("{title} {}", sizes::MARK);
        }
        Panel {
            title,
            share,
            values: reports.iter().map(value).collect(),
        }
    };
    let panels = paths(reports).into_iter().map(panel);
    panels
        .filter(|panel| panel.values.iter().flatten().count() > 1)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::reports::tests::report;

    const ONE: &str = crate::study::reports::tests::ONE;

    #[test]
    fn reports_of_one_name_and_other_references_are_told_apart() {
        let other = ONE.replace("a.csv", "b.csv");
        let mut reports = vec![report(ONE), report(&other)];
        name_apart(
            &mut reports,
            &["x/report.json".into(), "y/report.json".into()],
        );
        assert_eq!(reports[0].name, "one (x)");
        assert_eq!(reports[1].name, "one (y)");
        let text = side_by_side(&reports, "").text();
        assert!(
            text.contains("not against the same reference sets"),
            "{text}"
        );
        assert!(text.contains("90.00 % [50.00, 98.00]"), "{text}");
        assert_eq!(panels(&reports).len(), 3);
    }

    #[test]
    fn figures_of_other_numbers_of_molecules_are_not_called_different() {
        let with = |fcd: &str, of: usize| {
            let computed = format!(
                r#"{{"value": {fcd}, "of": {of}, "interval": [{fcd}, {fcd}], "reason": null}}"#
            );
            let none = r#"{"value": null, "of": 0, "interval": null, "reason": "no wheel"}"#;
            ONE.replace(none, &computed)
        };
        let reports = [report(&with("5.5", 500)), report(&with("1.25", 2_000))];
        let study = side_by_side(&reports, "");
        let text = study.text();
        for told in [
            "FCD (test set) ↓ (sizes differ)",
            "5.500 [5.500, 5.500] of 500",
            "Warning: the reports have other numbers of molecules: FCD (test set): 500 and 2000.",
        ] {
            assert!(text.contains(told), "{told} in {text}");
        }
        let titles: Vec<String> = panels(&reports).into_iter().map(|it| it.title).collect();
        assert!(
            titles.contains(&"FCD (test set) ↓ (sizes differ)".to_owned()),
            "{titles:?}"
        );
        let alike = [report(&with("1.3", 1_960)), report(&with("1.25", 2_000))];
        let text = side_by_side(&alike, "").text();
        assert!(
            !text.contains("Warning") && !text.contains("sizes differ"),
            "{text}"
        );
    }

    #[test]
    fn the_best_is_marked_and_the_difference_told() {
        let other = ONE.replace(
            "0.9, \"interval\": [0.5, 0.98]",
            "0.99, \"interval\": [0.985, 1.0]",
        );
        let text = side_by_side(&[report(ONE), report(&other)], "").text();
        let line = text.lines().find(|line| line.starts_with("Valid")).unwrap();
        let told = "90.00 % [50.00, 98.00]  *99.00 % [98.50, 100.00]  +9.00 points beyond chance";
        assert!(line.ends_with(told), "{text}");
        assert!(
            text.contains("Not computed in any report: FCD (test set) (no wheel)."),
            "{text}"
        );
        let equal = side_by_side(&[report(ONE), report(ONE)], "").text();
        let line = equal
            .lines()
            .find(|line| line.starts_with("Valid"))
            .unwrap();
        assert!(
            !line.contains('*') && line.ends_with("+0.00 points"),
            "{line}"
        );
    }

    #[test]
    fn figures_that_say_little_are_told() {
        let few = ONE.replace(
            r#""value": null, "of": 0, "interval": null, "reason": "no wheel""#,
            r#""value": 2.0, "of": 2, "interval": null, "reason": null, "warning": "too few""#,
        );
        let text = side_by_side(&[report(&few), report(ONE)], "").text();
        assert!(text.contains("one, FCD (test set): too few."), "{text}");
    }
}
