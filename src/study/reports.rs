//! The figures of a report.json, wherever they stand in it.

use std::path::Path;

use serde_json::Value;

use crate::error::{Context, Result, ensure};

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
    /// Molecules that it is computed from, where the report says so.
    pub of: Option<u64>,
    /// The reason why it was not computed.
    pub reason: Option<String>,
    /// The reason why its value says little, where there is one.
    pub warning: Option<String>,
}

/// A report as far as it is compared.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Report {
    /// Its title, with its folder where reports share a title.
    pub name: String,
    /// Generated strings.
    pub generated: Option<u64>,
    /// The model that made the strings, where the report names it.
    pub model: Option<String>,
    /// The run folder of that model.
    pub run: Option<String>,
    /// Name and SHA-256 of the reference sets, to tell whether they are the same.
    pub references: Vec<String>,
    /// Its figures, in the order of the file.
    pub figures: Vec<Figure>,
}

/// Reads a report.json, or that in a folder.
///
/// # Errors
/// A file that cannot be read, or is no report.
pub(super) fn read(path: &Path) -> Result<Report> {
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
        model: Some(text(&["provenance", "model", "model"])).filter(|it| !it.is_empty()),
        run: Some(text(&["provenance", "model", "run"])).filter(|it| !it.is_empty()),
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
            let count = |key: &str| fields.get(key).and_then(Value::as_u64);
            let text = |key: &str| Some(fields.get(key)?.as_str()?.to_owned());
            if let (Some(value), Some(reason)) = (fields.get("value"), fields.get("reason")) {
                found.push(Figure {
                    path: path.clone(),
                    share: fields.contains_key("count"),
                    value: value.as_f64(),
                    interval,
                    of: count("of"),
                    reason: reason.as_str().map(str::to_owned),
                    warning: text("warning"),
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
                    of: count("drawn"),
                    reason: text("reason"),
                    warning: None,
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
pub(super) fn paths(reports: &[Report]) -> Vec<(&[String], bool)> {
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

/// The figure of these keys.
pub(super) fn find<'a>(report: &'a Report, path: &[String]) -> Option<&'a Figure> {
    report.figures.iter().find(|figure| figure.path == path)
}

/// The keys of a figure as people read them: `moses / test / fcd`.
pub(super) fn label(path: &[String]) -> String {
    path.join(" / ").replace('_', " ")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::study) fn report(text: &str) -> Report {
        parse(&serde_json::from_str(text).unwrap())
    }

    pub(in crate::study) const ONE: &str = r#"{
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
}
