//! Figures of several report.json side by side, as a table and as bars.
//!
//! Finds every figure wherever it stands in a report, so that it does not know what a report
//! measures; nothing is computed anew.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::usable_folder;
use crate::error::{Context, Result, ensure};
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

/// One figure of one report.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Figure {
    /// Its keys in the report, from the outermost.
    pub path: Vec<String>,
    /// A share of a count, shown in percent.
    pub share: bool,
    /// The value; `None` where it was not computed.
    pub value: Option<f64>,
    /// 95 % interval, where there is one.
    pub interval: Option<[f64; 2]>,
    /// The reason why it was not computed.
    pub reason: Option<String>,
}

/// A report as far as it is compared.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Report {
    /// Its title, with its folder where reports share a title.
    pub name: String,
    /// Generated strings.
    pub generated: Option<u64>,
    /// Name and SHA-256 of the reference sets, to tell whether they are the same.
    pub references: Vec<String>,
    /// Its figures, in the order of the file.
    pub figures: Vec<Figure>,
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

fn read(path: &Path) -> Result<Report> {
    let inside = path.join("report.json");
    let path = if path.is_dir() { &inside } else { path };
    let text = std::fs::read_to_string(path).with_context(|| {
        format!(
            "cannot read `{}`: name a report.json that `molgpt evaluate` wrote",
            path.display()
        )
    })?;
    let value: Value = serde_json::from_str(&text)
        .with_context(|| format!("`{}` is not JSON: is the file whole?", path.display()))?;
    let report = parse(&value);
    ensure!(
        value.get("schema_version").is_some() && !report.figures.is_empty(),
        Setting,
        "`{}` is no report of `molgpt evaluate`: it has no figures",
        path.display()
    );
    Ok(report)
}

fn parse(value: &Value) -> Report {
    let text = |keys: &[&str]| {
        let found = keys.iter().try_fold(value, |value, key| value.get(key));
        found.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let mut figures = Vec::new();
    collect(value, &mut Vec::new(), &mut figures);
    let reference = |key: &str| {
        let name = text(&["provenance", key, "name"]);
        format!("{key} {name} {}", text(&["provenance", key, "digest"]))
    };
    Report {
        name: text(&["provenance", "title"]),
        generated: value.get("generated").and_then(Value::as_u64),
        references: ["train", "test", "test_scaffolds"].map(reference).to_vec(),
        figures,
    }
}

/// Every figure below a value: an object with the keys `value` and `reason`, wherever it stands;
/// and the distances of the properties. Elements of lists are called by their `name` or
/// `property`.
fn collect(value: &Value, path: &mut Vec<String>, found: &mut Vec<Figure>) {
    match value {
        Value::Object(fields) => {
            let ends = fields.get("interval").and_then(Value::as_array);
            let ends = ends.map(|ends| ends.iter().filter_map(Value::as_f64).collect::<Vec<_>>());
            let interval: Option<[f64; 2]> = ends.and_then(|ends| ends.try_into().ok());
            if let (Some(value), Some(reason)) = (fields.get("value"), fields.get("reason")) {
                found.push(Figure {
                    path: path.clone(),
                    share: fields.contains_key("count"),
                    value: value.as_f64(),
                    interval,
                    reason: reason.as_str().map(str::to_owned),
                });
                return;
            }
            if let Some(distance) = fields.get("wasserstein").filter(|value| !value.is_object()) {
                path.push("wasserstein".to_owned());
                found.push(Figure {
                    path: path.clone(),
                    share: false,
                    value: distance.as_f64(),
                    interval,
                    reason: fields
                        .get("reason")
                        .and_then(Value::as_str)
                        .map(str::to_owned),
                });
                path.pop();
            }
            for (key, value) in fields {
                path.push(key.clone());
                collect(value, path, found);
                path.pop();
            }
        }
        Value::Array(elements) => {
            for element in elements {
                let name = ["name", "property"]
                    .iter()
                    .find_map(|key| element.get(key)?.as_str());
                if let Some(name) = name {
                    path.push(name.to_owned());
                    collect(element, path, found);
                    path.pop();
                }
            }
        }
        _ => {}
    }
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

/// Outermost keys that come first, in this order; JSON keeps none.
const FIRST: [&str; 10] = [
    "validity",
    "uniqueness",
    "uniqueness_at_1000",
    "uniqueness_at_10000",
    "novelty",
    "novelty_without_stereo",
    "radicals",
    "idle_stereo_marks",
    "moses",
    "guacamol",
];

/// All figures that any report has.
fn paths(reports: &[Report]) -> Vec<(&[String], bool)> {
    let mut paths: Vec<(&[String], bool)> = Vec::new();
    for figure in reports.iter().flat_map(|report| &report.figures) {
        if !paths.iter().any(|(path, _)| *path == figure.path) {
            paths.push((&figure.path, figure.share));
        }
    }
    let rank = |path: &[String]| {
        let place = FIRST
            .iter()
            .position(|first| path.first().is_some_and(|key| key == first));
        place.unwrap_or(FIRST.len())
    };
    paths.sort_by_key(|(path, _)| rank(path));
    paths
}

fn find<'a>(report: &'a Report, path: &[String]) -> Option<&'a Figure> {
    report.figures.iter().find(|figure| figure.path == path)
}

/// The keys of a figure as people read them: `moses / test / fcd`.
fn label(path: &[String]) -> String {
    path.join(" / ").replace('_', " ")
}

/// The table with its remarks.
fn side_by_side(reports: &[Report], command: &str) -> Study {
    let row = |(path, share): (&[String], bool)| {
        let cell = |report| match find(report, path) {
            Some(Figure {
                value: Some(value),
                interval,
                ..
            }) if share => {
                let detail = interval.map_or_else(String::new, |[low, high]| {
                    format!("[{:.2}, {:.2}]", low * 100.0, high * 100.0)
                });
                Cell::with(format!("{:.2} %", value * 100.0), detail)
            }
            Some(Figure {
                value: Some(value),
                interval,
                ..
            }) => Cell::number(*value, *interval),
            Some(figure) => Cell::missing(figure.reason.as_deref().unwrap_or_default()),
            None => Cell::missing("not in this report"),
        };
        let mut cells = vec![Cell::new(label(path))];
        cells.extend(reports.iter().map(cell));
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
        "Intervals are of 95 %. Two intervals that do not meet differ beyond chance; two that meet may still differ.".to_owned(),
    ];
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
    let panel = |(path, share): (&[String], bool)| {
        let value = |report| {
            let figure = find(report, path)?;
            Some(Measured {
                value: figure.value?,
                interval: figure.interval,
            })
        };
        Panel {
            title: label(path),
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

    fn report(text: &str) -> Report {
        parse(&serde_json::from_str(text).unwrap())
    }

    const ONE: &str = r#"{
        "schema_version": 1, "generated": 10,
        "validity": {"count": 9, "of": 10, "value": 0.9, "interval": [0.5, 0.98], "reason": null},
        "moses": {"test": {"fcd": {"value": null, "of": 0, "interval": null, "reason": "no wheel"}}},
        "guacamol": {"kl_parts": [{"name": "MolWt", "divergence": {"value": 0.1, "of": 9, "interval": null, "reason": null}}]},
        "distributions": [{"property": "log_p", "wasserstein": 0.25, "reason": null}],
        "provenance": {"title": "one", "train": {"name": "a.csv"}}
    }"#;

    #[test]
    fn figures_are_found_wherever_they_stand() {
        let report = report(ONE);
        let found: Vec<(String, bool, Option<f64>)> = report
            .figures
            .iter()
            .map(|figure| (label(&figure.path), figure.share, figure.value))
            .collect();
        let mut expected = [
            ("validity", true, Some(0.9)),
            ("moses / test / fcd", false, None),
            ("guacamol / kl parts / MolWt / divergence", false, Some(0.1)),
            ("distributions / log p / wasserstein", false, Some(0.25)),
        ]
        .map(|(name, share, value)| (name.to_owned(), share, value))
        .to_vec();
        let mut found = found;
        let by_name =
            |a: &(String, bool, Option<f64>), b: &(String, bool, Option<f64>)| a.0.cmp(&b.0);
        found.sort_by(by_name);
        expected.sort_by(by_name);
        assert_eq!(found, expected);
        assert_eq!(
            report.figures.iter().find_map(|figure| figure.interval),
            Some([0.5, 0.98])
        );
    }

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
}
