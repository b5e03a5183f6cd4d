//! Figures of several report.json side by side, as a table and as bars.
//!
//! Does not know what a report measures; nothing is computed anew.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::reports::{Figure, Report, find, label, paths, read};
use super::{sizes, usable_folder};
use crate::error::Result;
use crate::report::figures::{self, Measured, Panel};
use crate::report::study::{Cell, Picture, Study, Table};

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
/// compare.json and the plot into it.
///
/// # Errors
/// A report cannot be read or has no figures, or the folder cannot be written to.
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
    let Some(folder) = &settings.output else {
        return Ok(Comparison {
            reports,
            study,
            page: None,
        });
    };
    let names: Vec<String> = reports.iter().map(|report| report.name.clone()).collect();
    let svg = figures::panels(&folder.join("figures"), &names, &panels(&reports))?;
    study.pictures.push(Picture {
        caption: "Figures that at least one report has, with intervals of 95 %".to_owned(),
        svg,
    });
    let document = Document {
        schema_version: 1,
        sizes_differ: sizes::differing(&reports).into_iter().map(label).collect(),
        reports: &reports,
        version: env!("CARGO_PKG_VERSION"),
        command: &settings.command,
    };
    let page = study.save(folder, "compare", &document)?;
    Ok(Comparison {
        reports,
        study,
        page: Some(page),
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

/// The table with its remarks.
fn side_by_side(reports: &[Report], command: &str) -> Study {
    let differing = sizes::differing(reports);
    let row = |(path, _): (&[String], bool)| {
        let sized = differing.contains(&path);
        let mark = if sized { sizes::MARK } else { "" };
        let mut cells = vec![Cell::with(label(path), mark)];
        let figures = reports.iter().map(|report| find(report, path));
        cells.extend(figures.map(|figure| cell(figure, sized)));
        cells
    };
    let mut head = vec!["figure".to_owned()];
    head.extend(reports.iter().map(|report| report.name.clone()));
    let counts = reports.iter().map(|report| {
        let count = report
            .generated
            .map_or_else(|| "?".to_owned(), |count| count.to_string());
        format!("{}: {count}", report.name)
    });
    let counts: Vec<String> = counts.collect();
    let mut notes = vec![
        format!("Generated strings: {}.", counts.join("; ")),
        "Intervals are of 95 %. Of figures from as many molecules, two intervals that do not meet differ beyond chance; two that meet may still differ.".to_owned(),
    ];
    notes.extend(sizes::warning(reports, &differing));
    let warned = reports.iter().flat_map(|report| {
        let figures = report.figures.iter();
        figures.filter_map(|figure| {
            let warning = figure.warning.as_ref()?;
            Some(format!(
                "{}, {}: {warning}.",
                report.name,
                label(&figure.path)
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
            rows: paths(reports).into_iter().map(row).collect(),
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
        let title = if differing.contains(&path) {
            format!("{} {}", label(path), sizes::MARK)
        } else {
            label(path)
        };
        Panel {
            title,
            share,
            values: reports.iter().map(value).collect(),
        }
    };
    let panels = paths(reports).into_iter().map(panel);
    panels
        .filter(|panel| panel.values.iter().any(Option::is_some))
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
            "moses / test / fcd (sizes differ)",
            "5.500 [5.500, 5.500] of 500",
            "Warning: the reports have other numbers of molecules: moses / test / fcd: 500 and 2000.",
        ] {
            assert!(text.contains(told), "{told} in {text}");
        }
        let titles: Vec<String> = panels(&reports).into_iter().map(|it| it.title).collect();
        assert!(
            titles.contains(&"moses / test / fcd (sizes differ)".to_owned()),
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
    fn figures_that_say_little_are_told() {
        let few = ONE.replace(
            r#""value": null, "of": 0, "interval": null, "reason": "no wheel""#,
            r#""value": 2.0, "of": 2, "interval": null, "reason": null, "warning": "too few""#,
        );
        let text = side_by_side(&[report(&few), report(ONE)], "").text();
        assert!(text.contains("one, moses / test / fcd: too few."), "{text}");
    }
}
