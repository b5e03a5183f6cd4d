//! Memorization audit: training molecules that a model repeats more often than chance has it.
//!
//! Likelihoods of training and held-out molecules, hits on both sets, nearest training molecules.

use std::collections::HashSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::common::{Page, Set, valid};
use super::usable_folder;
use crate::chem::{
    Cell as Place, DepictOptions, Depiction, Fingerprint, Key, KnownSet, Molecule, Sheet, Style,
};
use crate::corpus::Record;
use crate::device::Device;
use crate::error::Result;
use crate::evaluation::similarity::Index;
use crate::evaluation::{Memorization, Proportion, canonical, spread};
use crate::generate::{SamplingParams, generator, texts};
use crate::likelihood::Scorer;
use crate::model::Model;
use crate::progress::{Outcome, Partly, Unwatched, Watch};
use crate::report::figures::{self, Sample};
use crate::report::study::{Cell, Picture, Study, Table, json, number};
use crate::report::{Svg, thousands};
use crate::table::Source;

/// Molecules generated between two looks at the watcher; the piece in flight is finished.
const PIECE: usize = 2_000;

/// Rows of the table of nearest molecules.
const SHOWN: usize = 20;
/// How many of them are drawn.
const DRAWN: usize = 12;

/// Bits of the fingerprints.
const BITS: usize = 1_024;

/// The sets and samples of an audit.
#[derive(Debug, Clone)]
pub struct AuditSettings {
    /// Molecules that the model was trained on.
    pub train: Source,
    /// Held-out molecules of the same kind, such as a test set.
    pub test: Source,
    /// Column of these files that holds the SMILES [default: `smiles`].
    pub column: Option<String>,
    /// Molecules to generate.
    pub n: u64,
    /// Most training and held-out molecules to compare likelihoods of.
    pub most: usize,
    /// Generated and held-out molecules to find the nearest training molecules of.
    pub nearest: usize,
    /// Sampling temperature.
    pub temperature: f64,
    /// Seed of the sample.
    pub seed: u64,
    /// The device that samples.
    pub device: Device,
    /// Folder for audit.html, audit.json and the plots.
    pub output: PathBuf,
    /// The command that asked for the audit: printed on the page, not interpreted.
    pub command: String,
}

/// Negative log-likelihoods of a set of molecules.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Likelihoods {
    /// Name of the set.
    pub name: &'static str,
    /// Molecules with a likelihood under the model.
    pub molecules: usize,
    /// Molecules with tokens that the model does not know, or too many of them.
    pub unscored: usize,
    /// Nats per molecule.
    pub mean: f64,
    /// Standard error of the mean.
    pub standard_error: f64,
    /// Nats per token, the end of sequence counted.
    pub per_token: f64,
    /// Nats of each molecule.
    #[serde(skip)]
    pub values: Vec<f64>,
}

/// A molecule and the training molecule nearest to it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Near {
    /// Canonical SMILES of the molecule.
    pub smiles: String,
    /// Tanimoto similarity of Morgan fingerprints (radius 2, 1024 bits).
    pub similarity: f64,
    /// The training molecule as its file has it; the first of equally similar ones.
    pub training_smiles: String,
    /// Its line in the file.
    pub training_row: usize,
}

/// The outcome of an audit. A cancelled one lacks what was not computed.
#[derive(Debug, Clone, PartialEq)]
pub struct Audited {
    /// Molecules that were generated.
    pub generated: u64,
    /// Likelihoods of the training, held-out and generated sets.
    pub likelihoods: Vec<Likelihoods>,
    /// Hits on the training and held-out sets.
    pub memorization: Memorization,
    /// Nearest training molecules of generated molecules.
    pub nearest_generated: Vec<Near>,
    /// Nearest training molecules of held-out molecules.
    pub nearest_held_out: Vec<Near>,
    /// The page.
    pub page: Page,
}

/// audit.json.
#[derive(serde::Serialize)]
struct Document<'a> {
    schema_version: u32,
    likelihoods: &'a [Likelihoods],
    memory: &'a Memorization,
    nearest_generated: &'a [Near],
    nearest_held_out: &'a [Near],
    generated: u64,
    /// Whether the audit was cancelled and lacks something.
    ended_early: bool,
    temperature: f64,
    seed: u64,
    version: &'static str,
    command: &'a str,
}

/// Samples from the model, compares the sample with the training and held-out sets and writes the
/// page.
///
/// # Errors
/// A temperature below 0, files without molecules, a device that fails, a folder that
/// cannot be written to.
pub fn audit(
    model: &Model,
    settings: &AuditSettings,
    watch: &dyn Watch,
) -> Result<Outcome<Audited>> {
    let params = SamplingParams {
        temperature: settings.temperature,
        seed: settings.seed,
        ..SamplingParams::default()
    };
    params.validate()?;
    usable_folder(&settings.output)?;
    let generator = generator(model, &settings.device, None)?;
    let load = |what, setting, path: &Source| -> Result<_> {
        let set = Set {
            what,
            setting,
            path,
            column: settings.column.as_deref(),
        };
        let records = set.records(watch)?;
        let texts: Vec<&str> = records.iter().map(|record| &*record.smiles).collect();
        let found = set.canonical_of(&texts, watch)?;
        Ok((records, found))
    };
    let (train_records, train) = load("training set", "train", &settings.train)?;
    let (test_records, test) = load("held-out set", "test", &settings.test)?;

    let going_on = || !watch.stop();
    watch.begin("sampling", settings.n);
    let whole_pieces = Partly {
        watch,
        advances: true,
        stops: false,
    };
    let mut samples = Vec::new();
    for start in (0..settings.n).step_by(PIECE) {
        let piece = start..settings.n.min(start + PIECE as u64);
        let outcome = generator.generate(&params, piece, &whole_pieces)?;
        samples.extend(texts(outcome.done()));
        if watch.stop() {
            break;
        }
    }
    let generated = canonical(&samples, &|| ());

    let train_set = KnownSet::of_canonical(&valid(&train));
    let test_set = KnownSet::of_canonical(&valid(&test));
    let memorization = Memorization::new(&valid(&generated), &train_set, &test_set);

    let valid_texts = |records: &[Record], found: &[Option<String>]| -> Vec<String> {
        let valid = records
            .iter()
            .zip(found)
            .filter(|(_, found)| found.is_some());
        let texts: Vec<&str> = valid.map(|(record, _)| &*record.smiles).collect();
        let texts = spread(&texts, settings.most);
        texts.into_iter().map(str::to_owned).collect()
    };
    let written = samples
        .iter()
        .zip(&generated)
        .filter(|(_, found)| found.is_some());
    let written: Vec<String> = written.map(|(text, _)| text.clone()).collect();
    let sets = [
        ("training", valid_texts(&train_records, &train)),
        ("held out", valid_texts(&test_records, &test)),
        ("generated", written),
    ];
    let sets = sets.iter().take_while(|_| going_on());
    let likelihoods: Vec<_> = sets
        .map(|(name, texts)| likelihoods(model, name, texts))
        .collect();

    let neighbours = going_on().then(|| TrainingNeighbours::new(&train_records, watch));
    let near = |found: &[Option<String>]| match &neighbours {
        Some(neighbours) if going_on() => neighbours.of(&unique(found, settings.nearest), watch),
        _ => Vec::new(),
    };
    let (nearest_generated, nearest_held_out) = (near(&generated), near(&test));
    let ended_early = !going_on();
    let found = Found {
        generated: samples.len() as u64,
        ended_early,
        likelihoods: &likelihoods,
        memorization: &memorization,
        near: [&nearest_generated, &nearest_held_out],
    };
    let page = found.write(settings)?;
    let audited = Audited {
        generated: samples.len() as u64,
        likelihoods,
        memorization,
        nearest_generated,
        nearest_held_out,
        page,
    };
    Ok(Outcome::of(ended_early, audited))
}

/// At most `most` of the unique molecules, evenly spread.
fn unique(found: &[Option<String>], most: usize) -> Vec<String> {
    let mut seen = HashSet::new();
    let valid = found.iter().flatten();
    let unique = valid.filter(|smiles| seen.insert(Key::of(smiles)));
    let unique: Vec<&str> = unique.map(String::as_str).collect();
    let some = spread(&unique, most);
    some.into_iter().map(str::to_owned).collect()
}

fn likelihoods(model: &Model, name: &'static str, texts: &[String]) -> Likelihoods {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let scores = Scorer::new(model).score(&texts);
    let scored: Vec<_> = scores.iter().flatten().collect();
    let values: Vec<f64> = scored.iter().map(|score| score.nll()).collect();
    let tokens: usize = scored.iter().map(|score| score.tokens.len()).sum();
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Likelihoods {
        name,
        molecules: values.len(),
        unscored: texts.len() - values.len(),
        mean,
        standard_error: (squares / (n - 1.0).max(1.0) / n).sqrt(),
        per_token: values.iter().sum::<f64>() / tokens.max(1) as f64,
        values,
    }
}

/// The training molecules by similarity.
struct TrainingNeighbours<'a> {
    index: Index,
    /// Of each molecule of the index, its record.
    records: Vec<&'a Record>,
}

impl<'a> TrainingNeighbours<'a> {
    /// Records that are no molecules, or have no fingerprint, are left out.
    fn new(records: &'a [Record], watch: &dyn Watch) -> Self {
        watch.begin("fingerprints", records.len() as u64);
        let print = |record: &'a Record| {
            watch.advance(1);
            Some((bits(&record.smiles)?, record))
        };
        let found: Vec<(Vec<u16>, &Record)> = records.par_iter().filter_map(print).collect();
        let (bits, records): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        Self {
            index: Index::new(BITS, &bits),
            records,
        }
    }

    /// The nearest training molecule of each molecule, the first of equals; the most similar first.
    fn of(&self, molecules: &[String], watch: &dyn Watch) -> Vec<Near> {
        watch.begin("nearest molecules", 0);
        let queries = molecules
            .iter()
            .filter_map(|smiles| Some((bits(smiles)?, smiles)));
        let (bits, molecules): (Vec<_>, Vec<_>) = queries.unzip();
        // Of what is searched in part, nothing could be told.
        let nearest = self.index.nearest(&bits, &Unwatched).unwrap_or_default();
        let near = |(nearest, smiles): (crate::evaluation::similarity::Nearest, &String)| {
            let record = self.records[nearest.place];
            Near {
                smiles: smiles.clone(),
                similarity: nearest.similarity,
                training_smiles: record.smiles.clone(),
                training_row: record.row,
            }
        };
        let mut found: Vec<Near> = nearest.into_iter().zip(molecules).map(near).collect();
        found.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
        found
    }
}

/// Set bits of a molecule's fingerprint.
fn bits(smiles: &str) -> Option<Vec<u16>> {
    let print: Fingerprint = Molecule::parse(smiles).ok()?.fingerprint()?;
    Some(print.bits())
}

/// The figures that the page shows.
struct Found<'a> {
    generated: u64,
    /// Whether the audit was cancelled and lacks something.
    ended_early: bool,
    likelihoods: &'a [Likelihoods],
    memorization: &'a Memorization,
    /// Of generated and of held-out molecules.
    near: [&'a [Near]; 2],
}

impl Found<'_> {
    fn write(&self, settings: &AuditSettings) -> Result<Page> {
        let folder: &Path = &settings.output;
        let sample = |set: &Likelihoods| Sample {
            name: set.name.to_owned(),
            values: set.values.clone(),
        };
        let samples: Vec<Sample> = self.likelihoods.iter().map(sample).collect();
        let likelihood_title = "Negative log-likelihood under the model";
        let nll = figures::histograms(
            &folder.join("likelihood"),
            likelihood_title,
            "nats per molecule",
            &samples,
        )?;
        let samples = ["generated", "held out"].into_iter().zip(self.near);
        let samples: Vec<Sample> = samples
            .map(|(name, near)| Sample {
                name: name.to_owned(),
                values: near.iter().map(|near| near.similarity).collect(),
            })
            .collect();
        let near_title = "Similarity to the nearest training molecule";
        let near = figures::histograms(
            &folder.join("nearest"),
            near_title,
            "Tanimoto similarity, Morgan fingerprints",
            &samples,
        )?;
        let mut lead = self.lead();
        if self.ended_early {
            let _ = write!(
                lead,
                " Cancelled after {} of {} molecules: what is missing was not computed.",
                self.generated, settings.n
            );
        }
        let study = Study {
            kind: "audit".to_owned(),
            title: "Memorization audit".to_owned(),
            lead: lead.clone(),
            tables: vec![self.hits(), self.likelihood_table(), self.nearest_table()],
            pictures: vec![
                Picture {
                    caption: format!("{likelihood_title}: a model that memorizes finds training molecules likelier than held-out ones"),
                    svg: nll,
                },
                Picture {
                    caption: format!("{near_title}: of generated molecules, and of held-out ones for comparison"),
                    svg: near,
                },
            ],
            drawings: vec![pairs(self.near[0])],
            notes: vec![
                lead,
                "By chance: a model that has learned the distribution and nothing by heart finds a training molecule as likely as a held-out one, so its hits on the held-out set times the ratio of sizes are the hits to expect on the training set. That holds if both sets are drawn from one distribution.".to_owned(),
                format!("{} strings generated at temperature {}, seed {}. Molecules are compared by canonical SMILES; intervals are Wilson's of 95 %.", self.generated, settings.temperature, settings.seed),
            ],
            command: settings.command.clone(),
        };
        let document = Document {
            schema_version: 1,
            likelihoods: self.likelihoods,
            memory: self.memorization,
            nearest_generated: self.near[0],
            nearest_held_out: self.near[1],
            generated: self.generated,
            ended_early: self.ended_early,
            temperature: settings.temperature,
            seed: settings.seed,
            version: env!("CARGO_PKG_VERSION"),
            command: &settings.command,
        };
        let figures = json(&document)?;
        let path = study.save_with(folder, "audit", &figures)?;
        Ok(Page {
            study,
            path,
            figures,
        })
    }

    fn lead(&self) -> String {
        let memorization = self.memorization;
        match (
            memorization.in_training.value,
            memorization.by_chance,
            memorization.ratio,
        ) {
            (Some(share), Some(chance), Some(ratio)) => format!(
                "{:.2} % of the valid generated molecules are training molecules; by chance it would be {:.2} %: {ratio:.2} times as many.",
                share * 100.0,
                chance * 100.0
            ),
            _ => format!(
                "Whether more training molecules are repeated than by chance is not computed: {}.",
                memorization.reason.as_deref().unwrap_or_default()
            ),
        }
    }

    fn hits(&self) -> Table {
        let memorization = self.memorization;
        let count = |share: &Proportion| {
            Cell::new(format!(
                "{} of {}",
                thousands(share.count),
                thousands(share.of)
            ))
        };
        let chance = memorization.by_chance.map_or_else(
            || Cell::missing(memorization.reason.as_deref().unwrap_or_default()),
            |chance| {
                let [low, high] = memorization.by_chance_interval.unwrap_or([chance; 2]);
                Cell::with(
                    format!("{:.2} %", chance * 100.0),
                    format!("[{:.2}, {:.2}]", low * 100.0, high * 100.0),
                )
            },
        );
        let sizes = format!(
            "{} training, {} held-out molecules",
            thousands(memorization.training),
            thousands(memorization.held_out)
        );
        let rows = vec![
            vec![
                Cell::new("generated molecules in the training set"),
                Cell::share(&memorization.in_training),
                count(&memorization.in_training),
            ],
            vec![Cell::new("the same by chance"), chance, Cell::new(sizes)],
            vec![
                Cell::new("generated molecules in the held-out set"),
                Cell::share(&memorization.in_held_out),
                count(&memorization.in_held_out),
            ],
        ];
        Table {
            caption: "Hits on known molecules".to_owned(),
            head: ["", "share of valid", "of"].map(str::to_owned).to_vec(),
            rows,
            numbers: true,
        }
    }

    fn likelihood_table(&self) -> Table {
        let rows = self.likelihoods.iter().map(|set| {
            vec![
                Cell::new(set.name),
                Cell::with(
                    number(set.mean),
                    format!("± {}", number(set.standard_error)),
                ),
                Cell::new(number(set.per_token)),
                Cell::new(number(set.per_token.exp())),
                Cell::new(thousands(set.molecules)),
                Cell::new(thousands(set.unscored)),
            ]
        });
        let head = [
            "molecules",
            "nats each",
            "nats per token",
            "perplexity",
            "scored",
            "without a score",
        ];
        Table {
            caption:
                "Negative log-likelihood of valid molecules as they are written, ± standard error"
                    .to_owned(),
            head: head.map(str::to_owned).to_vec(),
            rows: rows.collect(),
            numbers: true,
        }
    }

    fn nearest_table(&self) -> Table {
        let rows = self.near[0].iter().take(SHOWN).map(|near| {
            vec![
                Cell::new(near.smiles.clone()),
                Cell::new(format!("{:.3}", near.similarity)),
                Cell::new(near.training_row.to_string()),
                Cell::new(near.training_smiles.clone()),
            ]
        });
        let head = [
            "generated",
            "similarity",
            "training row",
            "training molecule",
        ];
        Table {
            caption: format!(
                "The {SHOWN} generated molecules most similar to a training molecule, of {} looked at",
                self.near[0].len()
            ),
            head: head.map(str::to_owned).to_vec(),
            rows: rows.collect(),
            numbers: false,
        }
    }
}

/// The generated molecules most similar to a training molecule, each beside it.
fn pairs(near: &[Near]) -> Picture {
    let options = DepictOptions::default();
    let depict = |smiles: &str| {
        let molecule = Molecule::parse(smiles);
        molecule.map(|molecule| Depiction::of(&molecule, &options))
    };
    let pair = |near: &Near| {
        let drawings = [&near.smiles, &near.training_smiles].map(|smiles| depict(smiles));
        let captions = [
            format!("generated; similarity {:.3}", near.similarity),
            format!("training row {}", near.training_row),
        ];
        let smiles = [&near.smiles, &near.training_smiles];
        let cells = drawings.iter().zip(captions).zip(smiles);
        let cells = cells.map(|((drawing, caption), smiles)| Place {
            content: drawing.as_ref().map_err(ToString::to_string),
            captions: vec![caption],
            title: smiles.clone(),
        });
        let sheet = Sheet {
            cells: cells.collect(),
            columns: 2,
            cell: [230.0, 170.0],
            legend: None,
        };
        sheet.svg(&Style::default())
    };
    Picture {
        caption: "Generated molecules beside the training molecules most similar to them"
            .to_owned(),
        svg: Svg {
            wide: near.iter().take(DRAWN).map(pair).collect(),
            narrow: Vec::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Unwatched;

    #[test]
    fn the_nearest_molecule_is_found_with_its_row() {
        let record = |row, smiles: &str| Record {
            row,
            smiles: smiles.to_owned(),
            numbers: Box::default(),
        };
        let records = [
            record(2, "c1ccccc1O"),
            record(3, "no molecule"),
            record(4, "CCCCCC"),
            record(5, "CC(=O)N"),
            record(6, "NC(C)=O"),
        ];
        let neighbours = TrainingNeighbours::new(&records, &Unwatched);
        let molecules = ["CCCCCCC", "CC(N)=O"].map(str::to_owned);
        let found = neighbours.of(&molecules, &Unwatched);
        let rows: Vec<usize> = found.iter().map(|near| near.training_row).collect();
        assert_eq!(rows, [5, 4]);
        approx::assert_relative_eq!(found[0].similarity, 1.0);
        assert!(found[1].similarity < 1.0);
    }

    /// The simple search that the index stands for.
    fn by_brute_force(molecules: &[String], records: &[Record]) -> Vec<(usize, f64)> {
        let print = |text: &str| Molecule::parse(text).unwrap().fingerprint().unwrap();
        let nearest = |smiles: &String| {
            let own = print(smiles);
            let mut best = (0, -1.0);
            for (place, record) in records.iter().enumerate() {
                let similarity = own.tanimoto(&print(&record.smiles));
                if similarity > best.1 {
                    best = (place, similarity);
                }
            }
            (records[best.0].row, best.1)
        };
        molecules.iter().map(nearest).collect()
    }

    #[test]
    fn the_index_finds_what_a_search_of_all_finds() {
        let texts = include_str!("../../data/test.csv").lines().skip(1);
        let mut texts = texts.map(str::to_owned);
        let molecules: Vec<String> = texts.by_ref().take(100).collect();
        let record = |(row, smiles)| Record {
            row,
            smiles,
            numbers: Box::default(),
        };
        let records: Vec<Record> = texts.take(800).enumerate().map(record).collect();
        let mut expected = by_brute_force(&molecules, &records);
        expected.sort_by(|a, b| b.1.total_cmp(&a.1));
        let found = TrainingNeighbours::new(&records, &Unwatched).of(&molecules, &Unwatched);
        let found: Vec<(usize, f64)> = found
            .iter()
            .map(|near| (near.training_row, near.similarity))
            .collect();
        assert_eq!(found, expected);
    }
}
