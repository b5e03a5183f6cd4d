//! What a part of a goal measures, from its text.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{CommandSettings, FingerprintKind, Measure, OnError};
use crate::chem::{
    Counts, CountsIndex, Elements, Molecule, Pattern, Property, PropertyKind, is_element,
};
use crate::objective::known;
use crate::progress::Watch;
use crate::table::Source;

/// A part, without its transform.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Text {
    pub(super) name: Option<String>,
    pub(super) weight: Option<f64>,
    property: Option<String>,
    similarity: Option<Targets>,
    fingerprint: Option<FingerprintKind>,
    contains: Option<String>,
    without: Option<String>,
    atoms: Option<String>,
    formula: Option<String>,
    scaffold: Option<String>,
    likelihood: Option<String>,
    classifier: Option<PathBuf>,
    command: Option<String>,
    batch: Option<usize>,
    timeout: Option<f64>,
    parallel: Option<usize>,
    on_error: Option<OnError>,
    pub(super) cache: Option<PathBuf>,
}

/// The molecules with which others are compared.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "`similarity` is a SMILES, a list of such, or `{ file = \"actives.csv\", column = \"smiles\" }`"
)]
enum Targets {
    One(String),
    More(Vec<String>),
    File(TargetFile),
}

/// A file of molecules.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetFile {
    file: PathBuf,
    column: Option<String>,
}

impl Targets {
    /// Those that stand in the goal.
    fn texts(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::More(texts) => texts,
            Self::File(_) => &[],
        }
    }
}

/// Keys of what is measured, of which a part has one.
const MEASURES: &str = "property, similarity, contains, without, atoms, formula, scaffold, likelihood, classifier, command";

impl Text {
    /// The molecules that it asks for, as canonical SMILES without stereochemistry.
    pub(super) fn targets(&self) -> Vec<String> {
        let texts = self.similarity.iter().flat_map(Targets::texts);
        texts
            .chain(&self.scaffold)
            .map(|text| plain(text))
            .collect()
    }
}

/// The canonical SMILES of a molecule without stereochemistry; nothing of what is none.
fn plain(smiles: &str) -> String {
    let molecule = Molecule::parse(smiles);
    molecule.map_or_else(
        |_| String::new(),
        |it| it.canonical_without_stereo().into_owned(),
    )
}

/// What a part measures, as far as its text says.
pub(super) enum Given<'a> {
    /// Something of chemistry, with its name.
    Chemistry(String, Measure),
    /// Similarity to the molecules of a file.
    Nearest(&'a TargetFile),
    /// The name of a model.
    Likelihood(&'a str),
    /// The file of a classifier.
    Classifier(&'a Path),
    /// The line of a command.
    Command(&'a str),
}

/// The one thing that a part measures.
pub(super) fn given(text: &Text) -> Result<Given<'_>, String> {
    let mut found = Vec::new();
    let mut chemistry = |name: String, measure| found.push(Given::Chemistry(name, measure));
    if let Some(name) = &text.property {
        let property = Property::named(name).map_err(|unknown| unknown.to_string())?;
        if property.kind() == PropertyKind::Text {
            return Err(format!("`{}` is a text, not a number", property.name()));
        }
        chemistry(property.name().to_owned(), Measure::Property(property));
    }
    let in_goal = |targets: &&Targets| !matches!(targets, Targets::File(_));
    if let Some(targets) = text.similarity.as_ref().filter(in_goal) {
        let fingerprint = text.fingerprint.unwrap_or_default();
        chemistry(
            "similarity".to_owned(),
            similarity(targets.texts(), fingerprint)?,
        );
    }
    if let Some(smarts) = &text.contains {
        chemistry(
            format!("contains {smarts}"),
            Measure::Contains(pattern(smarts)?),
        );
    }
    if let Some(smarts) = &text.without {
        chemistry(
            format!("without {smarts}"),
            Measure::Without(pattern(smarts)?),
        );
    }
    if let Some(symbol) = &text.atoms {
        if symbol == "*" || !is_element(symbol) {
            return Err(format!("`{symbol}` is no element"));
        }
        chemistry(format!("atoms {symbol}"), Measure::Atoms(symbol.clone()));
    }
    if let Some(formula) = &text.formula {
        chemistry(
            format!("formula {formula}"),
            Measure::Formula(Elements::parse(formula)?),
        );
    }
    if let Some(smiles) = &text.scaffold {
        let scaffold = molecule(smiles)?.scaffold();
        let scaffold = scaffold.ok_or_else(|| format!("`{smiles}` has no ring, so no scaffold"))?;
        chemistry(format!("scaffold {scaffold}"), Measure::Scaffold(scaffold));
    }
    if let Some(Targets::File(targets)) = &text.similarity {
        found.push(Given::Nearest(targets));
    }
    found.extend(text.likelihood.as_deref().map(Given::Likelihood));
    found.extend(text.classifier.as_deref().map(Given::Classifier));
    found.extend(text.command.as_deref().map(Given::Command));
    if text.fingerprint.is_some() && text.similarity.is_none() {
        return Err("`fingerprint` goes with `similarity`".to_owned());
    }
    let of_commands = text.batch.is_some()
        || text.timeout.is_some()
        || text.parallel.is_some()
        || text.on_error.is_some()
        || text.cache.is_some();
    if of_commands && text.command.is_none() {
        return Err(
            "`batch`, `timeout`, `parallel`, `on_error` and `cache` go with `command`".to_owned(),
        );
    }
    match (found.pop(), found.len()) {
        (Some(one), 0) => Ok(one),
        (None, _) => Err(format!("it measures nothing: name one of {MEASURES}")),
        (_, more) => Err(format!(
            "it measures {} things: make a part of each",
            more + 1
        )),
    }
}

/// How a command is asked.
pub(super) fn command(line: &str, text: &Text) -> Result<CommandSettings, String> {
    let settings = CommandSettings {
        line: line.to_owned(),
        batch: text.batch.unwrap_or(64),
        timeout: text.timeout.unwrap_or(600.0),
        parallel: text.parallel.unwrap_or(1),
        on_error: text.on_error.unwrap_or_default(),
    };
    if line.trim().is_empty() {
        return Err("`command` is empty".to_owned());
    }
    if settings.batch == 0 || settings.parallel == 0 {
        return Err("`batch` and `parallel` must be at least 1".to_owned());
    }
    if !(settings.timeout > 0.0 && settings.timeout <= 1e9) {
        return Err(format!(
            "`timeout` is {} seconds: it must be above 0",
            settings.timeout
        ));
    }
    Ok(settings)
}

/// Similarity to the molecules of the goal.
fn similarity(texts: &[String], fingerprint: FingerprintKind) -> Result<Measure, String> {
    if texts.is_empty() {
        return Err("`similarity` names no molecule".to_owned());
    }
    let of = |text: &String| {
        let counts = fingerprint.of(&molecule(text)?);
        counts.ok_or_else(|| format!("`{text}` has no fingerprint"))
    };
    let all: Vec<Counts> = texts.iter().map(of).collect::<Result<_, String>>()?;
    Ok(Measure::Similarity(fingerprint, CountsIndex::new(&all)))
}

/// Similarity to the molecules of a file.
///
/// # Errors
/// Those of [`known`].
pub(super) fn nearest(
    targets: &TargetFile,
    text: &Text,
    watch: &dyn Watch,
) -> crate::error::Result<Measure> {
    let fingerprint = text.fingerprint.unwrap_or_default();
    let of = |molecule: &Molecule| fingerprint.of(molecule);
    let file = Source::of(&targets.file, targets.column.as_deref());
    let all = known(&file, of, watch)?;
    Ok(Measure::Similarity(fingerprint, CountsIndex::new(&all)))
}

fn molecule(smiles: &str) -> Result<Molecule, String> {
    Molecule::parse(smiles).map_err(|invalid| format!("`{smiles}`: {}", invalid.explain(smiles)))
}

fn pattern(smarts: &str) -> Result<Pattern, String> {
    Pattern::parse(smarts).map_err(|fault| format!("`{smarts}`: {}", fault.explain(smarts)))
}
