//! Asked and got: molecules under several sets of conditions, and how far their properties are from what
//! was asked.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

use super::Page;
use super::common::Set;
use super::usable_folder;
use crate::chem::Molecule;
use crate::corpus::NumberSource;
use crate::device::Device;
use crate::error::{Context, Error, Result};
use crate::evaluation::{Headline, Proportion};
use crate::generate::{SamplingParams, check, generator, texts};
use crate::model::Model;
use crate::progress::{Outcome, Watch};
use crate::report::figures;
use crate::report::study::{Cell, Picture, Study, Table, json, number};
use crate::table::Source;

/// Points of one wish in a plot.
const SHOWN: usize = 400;

/// Settings of the study.
#[derive(Debug, Clone)]
pub struct ConditionsSettings {
    /// The wishes: values of conditions by name.
    pub wishes: Vec<Vec<(String, f64)>>,
    /// The training molecules of the model, for novelty.
    pub train: Option<Source>,
    /// Column of the table that holds the SMILES [default: `smiles`].
    pub column: Option<String>,
    /// Molecules for each wish.
    pub n: u64,
    /// Temperature, seed, grammar.
    pub params: SamplingParams,
    /// The device.
    pub device: Device,
    /// Folder for the page and its plots.
    pub output: PathBuf,
    /// The command or call, for the page.
    pub command: String,
}

/// What came of one wish.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WishRow {
    /// The wish in words.
    pub wish: String,
    /// Molecules among the strings.
    pub validity: Proportion,
    /// Different molecules among the valid ones.
    pub uniqueness: Proportion,
    /// Molecules outside the training set among the different ones.
    pub novelty: Option<Proportion>,
    /// What came of each property.
    pub properties: Vec<Followed>,
}

/// What came of one property of a wish, over its valid molecules.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Followed {
    /// Its name.
    pub property: String,
    /// The value asked for.
    pub asked: f64,
    /// Mean of what was got.
    pub mean: f64,
    /// Mean absolute deviation from what was asked: MAD.
    pub mad: f64,
    /// Standard deviation of what was got.
    pub deviation: f64,
    /// Values that were got, in the order of the molecules.
    #[serde(skip)]
    pub got: Vec<f64>,
}

/// The study.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionsStudy {
    /// One row for each wish.
    pub rows: Vec<WishRow>,
    /// The page.
    pub page: Page,
}

/// Samples under each wish, measures the molecules and writes the page. Properties that are not computed,
/// which a model has learned from a column of its file, are asked for but cannot be measured.
///
/// # Errors
/// A wish that the model cannot follow, files without molecules, a folder that cannot be written to;
/// [`Kind::Cancelled`](crate::error::Kind::Cancelled) when `watch` ends the work before the first wish is
/// done.
pub fn conditions(
    model: &Model,
    settings: &ConditionsSettings,
    watch: &dyn Watch,
) -> Result<Outcome<ConditionsStudy>> {
    let params = |wish: &Vec<(String, f64)>| SamplingParams {
        conditions: wish.clone(),
        ..settings.params.clone()
    };
    for (wish, row) in settings.wishes.iter().zip(1..) {
        let possible = check(model.tokenizer(), model.config().context, &params(wish));
        possible.with_context(|| format!("wish {row}"))?;
    }
    usable_folder(&settings.output)?;
    let generator = generator(model, &settings.device, None)?;
    let known = match &settings.train {
        None => None,
        Some(path) => {
            let set = Set {
                what: "training set",
                setting: "train",
                path,
                column: settings.column.as_deref(),
            };
            Some(set.known(watch)?)
        }
    };
    let mut rows = Vec::new();
    let mut cancelled = false;
    for wish in &settings.wishes {
        watch.begin(&in_words(wish), settings.n);
        let outcome = generator.generate(&params(wish), 0..settings.n, watch)?;
        cancelled = outcome.is_cancelled();
        if cancelled {
            break;
        }
        let texts = texts(outcome.done());
        rows.push(WishRow::new(wish, &texts, known.as_ref())?);
    }
    if cancelled && rows.is_empty() {
        return Err(Error::cancelled());
    }
    let page = write(settings, &rows)?;
    Ok(Outcome::of(cancelled, ConditionsStudy { rows, page }))
}

/// A wish as text.
fn in_words(wish: &[(String, f64)]) -> String {
    if wish.is_empty() {
        return "nothing asked".to_owned();
    }
    let one = |(name, value): &(String, f64)| format!("{name} {value}");
    wish.iter().map(one).collect::<Vec<_>>().join(", ")
}

impl WishRow {
    fn new(
        wish: &[(String, f64)],
        texts: &[String],
        known: Option<&crate::chem::KnownSet>,
    ) -> Result<Self> {
        let molecules: Vec<Option<Molecule>> = texts
            .par_iter()
            .map(|text| Molecule::parse(text).ok())
            .collect();
        let canonical = |molecule: &Option<Molecule>| {
            let molecule = molecule.as_ref();
            molecule.map(|molecule| molecule.canonical().to_owned())
        };
        let canonical: Vec<Option<String>> = molecules.iter().map(canonical).collect();
        let none = crate::chem::KnownSet::default();
        let headline = Headline::new(&canonical, known.unwrap_or(&none));
        let mut properties = Vec::new();
        for (name, asked) in wish {
            let NumberSource::Property(property) = NumberSource::named(name)? else {
                continue;
            };
            let value = |(molecule, text): (&Option<Molecule>, &String)| {
                Some(property.as_number(molecule.as_ref()?, text))
            };
            let rows = molecules.par_iter().zip(texts);
            let got: Vec<f64> = rows.filter_map(value).collect();
            properties.push(Followed::new(name, *asked, got));
        }
        Ok(Self {
            wish: in_words(wish),
            validity: headline.validity,
            uniqueness: headline.uniqueness,
            novelty: known.map(|_| headline.novelty),
            properties,
        })
    }
}

impl Followed {
    fn new(name: &str, asked: f64, got: Vec<f64>) -> Self {
        let count = got.len().max(1) as f64;
        let mean = got.iter().sum::<f64>() / count;
        let squares = got.iter().map(|value| (value - mean).powi(2));
        Self {
            property: name.to_owned(),
            asked,
            mean,
            mad: got.iter().map(|value| (value - asked).abs()).sum::<f64>() / count,
            deviation: (squares.sum::<f64>() / count).sqrt(),
            got,
        }
    }
}

/// conditions.json.
#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    molecules_per_wish: u64,
    seed: u64,
    temperature: f64,
    guidance: f64,
    grammar: bool,
    wishes: &'a [WishRow],
    version: &'static str,
    command: &'a str,
}

fn write(settings: &ConditionsSettings, rows: &[WishRow]) -> Result<Page> {
    let folder: &Path = &settings.output;
    let mut names: Vec<&str> = Vec::new();
    for followed in rows.iter().flat_map(|row| &row.properties) {
        if !names.contains(&&*followed.property) {
            names.push(&followed.property);
        }
    }
    let of_name = |name: &&str| {
        let all = rows.iter().flat_map(|row| &row.properties);
        let name = (*name).to_owned();
        all.filter(move |followed| followed.property == name)
    };
    let mut pictures = Vec::new();
    for name in &names {
        let points = of_name(name).flat_map(|followed| {
            let got = followed.got.iter().take(SHOWN);
            got.map(|got| (followed.asked, *got))
        });
        let points: Vec<(f64, f64)> = points.collect();
        let title = format!("{name}, asked and got");
        let stem = folder.join(format!("asked-{}", file_name(name)));
        let svg = figures::scatter(&stem, &title, ["asked", "got"], &points)?;
        let caption = format!("{title}: at most {SHOWN} molecules of each wish");
        pictures.push(Picture { caption, svg });
    }
    let mads: Vec<String> = names
        .iter()
        .map(|name| {
            let count = of_name(name).count().max(1) as f64;
            let mad = of_name(name).map(|it| it.mad).sum::<f64>() / count;
            format!("{name} {}", number(mad))
        })
        .collect();
    let lead = if mads.is_empty() {
        "No property was asked for that is computed here.".to_owned()
    } else {
        format!(
            "Mean absolute deviation over the wishes: {}.",
            mads.join(", ")
        )
    };
    let (done, all) = (rows.len(), settings.wishes.len());
    let lead = if done < all {
        format!("{lead} Cancelled after {done} of {all} wishes.")
    } else {
        lead
    };
    let novelty = match &settings.train {
        Some(train) => format!(" Novelty is against {}.", train.name().display()),
        None => String::new(),
    };
    let params = &settings.params;
    let grammar = if params.grammar {
        ", by the grammar"
    } else {
        ""
    };
    let study = Study {
        kind: "conditions".to_owned(),
        title: "Asked and got".to_owned(),
        lead: lead.clone(),
        tables: tables(rows),
        pictures,
        notes: vec![
            lead,
            format!(
                "{} strings for each wish at temperature {}, guidance {}{grammar}, seed {}. MAD is the mean absolute deviation of \
                 valid molecules from what was asked, the deviation that of their values from their mean.{novelty}",
                settings.n, params.temperature, params.guidance, params.seed
            ),
        ],
        command: settings.command.clone(),
        ..Study::default()
    };
    let document = Document {
        schema_version: 1,
        molecules_per_wish: settings.n,
        seed: settings.params.seed,
        temperature: settings.params.temperature,
        guidance: settings.params.guidance,
        grammar: settings.params.grammar,
        wishes: rows,
        version: env!("CARGO_PKG_VERSION"),
        command: &settings.command,
    };
    let figures = json(&document)?;
    let path = study.save_with(folder, "conditions", &figures)?;
    Ok(Page {
        study,
        path,
        figures,
    })
}

/// A name without what file systems refuse.
fn file_name(name: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '_' };
    name.chars().map(plain).collect()
}

fn tables(rows: &[WishRow]) -> Vec<Table> {
    let followed = rows.iter().flat_map(|row| {
        row.properties.iter().map(|followed| {
            [
                Cell::new(&row.wish),
                Cell::new(&followed.property),
                Cell::new(number(followed.asked)),
                Cell::new(number(followed.mean)),
                Cell::new(number(followed.mad)),
                Cell::new(number(followed.deviation)),
            ]
            .to_vec()
        })
    });
    let has_novelty = rows.iter().any(|row| row.novelty.is_some());
    let heads = ["wish", "valid", "unique"].into_iter();
    let heads = heads.chain(has_novelty.then_some("novel"));
    let cells = |row: &WishRow| {
        let shares = [&row.validity, &row.uniqueness].into_iter();
        let shares = shares.chain(&row.novelty).map(Cell::share);
        std::iter::once(Cell::new(&row.wish))
            .chain(shares)
            .collect()
    };
    vec![
        Table {
            caption: "Properties, asked and got".to_owned(),
            head: ["wish", "property", "asked", "mean", "MAD", "deviation"]
                .map(str::to_owned)
                .to_vec(),
            rows: followed.collect(),
            numbers: true,
        },
        Table {
            caption: "Molecules of each wish".to_owned(),
            head: heads.map(str::to_owned).collect(),
            rows: rows.iter().map(cells).collect(),
            numbers: true,
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_are_from_what_was_asked_and_from_the_mean() {
        let followed = Followed::new("log_p", 2.0, vec![1.0, 2.0, 6.0]);
        approx::assert_relative_eq!(followed.mean, 3.0);
        approx::assert_relative_eq!(followed.mad, 5.0 / 3.0);
        approx::assert_relative_eq!(followed.deviation, (14.0_f64 / 3.0).sqrt());
    }

    #[test]
    fn of_invalid_strings_nothing_is_measured() {
        let texts = ["CCO", "C(", "CCO", "c1ccccc1"].map(str::to_owned);
        let wish = [("weight".to_owned(), 50.0), ("activity".to_owned(), 7.0)];
        let row = WishRow::new(&wish, &texts, None).unwrap();
        assert_eq!(row.validity.value, Some(0.75));
        assert_eq!(row.novelty, None);
        assert_eq!(row.properties.len(), 1);
        let weights = &row.properties[0].got;
        let rounded: Vec<f64> = weights.iter().map(|weight| weight.round()).collect();
        assert_eq!(rounded, [46.0, 46.0, 78.0]);
    }
}
