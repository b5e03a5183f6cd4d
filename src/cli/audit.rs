//! `molgpt audit`: what a model has learned by heart.

use crate::error::Result;
use std::collections::HashSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use super::progress_bar;
use super::study;
use crate::chem::{Fingerprint, KnownSet, Molecule};
use crate::corpus::Record;
use crate::evaluation::{Memorization, canonical};
use crate::generate::{CpuGenerator, Generator, SamplingParams};
use crate::likelihood::Scorer;
use crate::model::Model;
use crate::report::figures::{self, Sample};
use crate::report::study::{Cell, Picture, Study, Table, number};

/// Look for memorized training molecules: likelihoods, hits against chance, nearest training
/// molecules; audit.html, audit.json, plots.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The model file or run folder, or `pretrained` for the one inside the program [default: that
    /// of the latest run in runs/, else `pretrained`].
    #[arg(long)]
    model: Option<PathBuf>,
    /// The molecules that it was trained on.
    #[arg(long, value_name = "DATA")]
    train: PathBuf,
    /// Molecules of the same kind that it has not seen.
    #[arg(long, value_name = "DATA")]
    test: PathBuf,
    /// Molecules to generate.
    #[arg(short, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    n: u64,
    /// Most training and held-out molecules whose likelihoods are compared.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    most: u64,
    /// Generated, and held-out, molecules whose nearest training molecules are sought.
    #[arg(long, default_value_t = 500)]
    nearest: usize,
    /// Logits are divided by this.
    #[arg(long, default_value_t = 1.0)]
    temperature: f64,
    #[command(flatten)]
    common: study::Common,
}

/// Molecules that are generated together; Ctrl-C ends the sampling after one such piece.
const PIECE: usize = 2_000;

/// Rows of the table of nearest molecules.
const SHOWN: usize = 20;

/// Negative log-likelihoods of a set of molecules.
#[derive(Debug, Clone, serde::Serialize)]
struct Likelihoods {
    name: &'static str,
    /// Molecules with a likelihood under the model.
    molecules: usize,
    /// Molecules with tokens that the model does not know, or too many of them.
    unscored: usize,
    /// Nats per molecule.
    mean: f64,
    /// Standard error of the mean.
    standard_error: f64,
    /// Nats per token, the end of sequence counted.
    per_token: f64,
    #[serde(skip)]
    values: Vec<f64>,
}

/// A molecule and the training molecule nearest to it.
#[derive(Debug, Clone, serde::Serialize)]
struct Near {
    smiles: String,
    /// Tanimoto similarity of Morgan fingerprints (radius 2, 1024 bits).
    similarity: f64,
    /// The training molecule as its file has it.
    training_smiles: String,
    /// Its line in the file.
    training_row: usize,
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
    /// Whether Ctrl-C left something out.
    ended_early: bool,
    temperature: f64,
    seed: u64,
    version: &'static str,
    command: &'a str,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    super::use_threads(arguments.common.threads)?;
    let params = SamplingParams {
        seed: arguments.common.seed,
        temperature: arguments.temperature,
        ..SamplingParams::default()
    };
    params.validate()?;
    let folder = study::place(arguments.common.output.as_deref(), "audit");
    study::folder(&folder)?;
    let model = super::model::choose(arguments.model.as_deref(), quiet)?;
    let column = arguments.common.column.as_deref();
    let load = |what: &str, flag: &str, path: &Path| -> Result<_> {
        let records = study::read(path, column)?;
        let texts: Vec<&str> = records.iter().map(|record| &*record.smiles).collect();
        let found = study::canonical_of(what, flag, &texts, quiet)?;
        Ok((records, found))
    };
    let (train_records, train) = load("training set", "--train", &arguments.train)?;
    let (test_records, test) = load("held-out set", "--test", &arguments.test)?;

    let generator = CpuGenerator::new(&model);
    let stop = super::stop_on_interrupt()?;
    let going_on = || !stop.load(Ordering::Relaxed);
    let bar = progress_bar(arguments.n, "sampling {bar:30} {pos}/{len} {eta}", quiet);
    let mut samples = Vec::new();
    for start in (0..arguments.n).step_by(PIECE) {
        let piece = start..arguments.n.min(start + PIECE as u64);
        samples.extend(
            generator
                .generate(&params, piece, &crate::progress::Unwatched)?
                .done(),
        );
        if !going_on() {
            break;
        }
    }
    bar.finish_and_clear();
    let texts: Vec<&str> = samples.iter().map(|sample| &*sample.smiles).collect();
    let generated = canonical(&texts, &|| ());

    let train_set = KnownSet::of_canonical(&study::valid(&train));
    let test_set = KnownSet::of_canonical(&study::valid(&test));
    let memory = Memorization::new(&study::valid(&generated), &train_set, &test_set);

    let valid_texts = |records: &[Record], found: &[Option<String>]| -> Vec<String> {
        let valid = records
            .iter()
            .zip(found)
            .filter(|(_, found)| found.is_some());
        let texts: Vec<&str> = valid.map(|(record, _)| &*record.smiles).collect();
        let texts = study::spread(&texts, arguments.most as usize);
        texts.into_iter().map(str::to_owned).collect()
    };
    let written = texts
        .iter()
        .zip(&generated)
        .filter(|(_, found)| found.is_some());
    let written: Vec<String> = written.map(|(text, _)| (*text).to_owned()).collect();
    let sets = [
        ("training", valid_texts(&train_records, &train)),
        ("held out", valid_texts(&test_records, &test)),
        ("generated", written),
    ];
    let sets = sets.iter().take_while(|_| going_on());
    let likelihoods: Vec<_> = sets
        .map(|(name, texts)| likelihoods(&model, name, texts))
        .collect();

    let prints = if going_on() {
        fingerprints(&train_records, quiet)
    } else {
        Vec::new()
    };
    let distinct = |found: &[Option<String>]| -> Vec<String> {
        let mut seen = HashSet::new();
        let valid = found
            .iter()
            .flatten()
            .filter(|smiles| seen.insert(smiles.as_str()));
        let valid: Vec<&str> = valid.map(String::as_str).collect();
        let some = study::spread(&valid, arguments.nearest);
        some.into_iter().map(str::to_owned).collect()
    };
    let near = |found: &[Option<String>]| {
        if going_on() {
            nearest(&distinct(found), &prints, &train_records, quiet)
        } else {
            Vec::new()
        }
    };
    let (near_generated, near_test) = (near(&generated), near(&test));
    let found = Found {
        generated: samples.len() as u64,
        ended_early: !going_on(),
        likelihoods: &likelihoods,
        memory: &memory,
        near: [&near_generated, &near_test],
    };
    found.write(arguments, &folder)
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

/// Fingerprint of each record; `None` for what has none.
fn fingerprints(records: &[Record], quiet: bool) -> Vec<Option<Fingerprint>> {
    let template = "fingerprints {bar:30} {pos}/{len} {eta}";
    let bar = progress_bar(records.len() as u64, template, quiet);
    let prints = records
        .par_iter()
        .map(|record| {
            bar.inc(1);
            Molecule::parse(&record.smiles).ok()?.fingerprint()
        })
        .collect();
    bar.finish_and_clear();
    prints
}

/// The nearest training molecule of each molecule, the first of equals; the most similar first.
fn nearest(
    molecules: &[String],
    prints: &[Option<Fingerprint>],
    records: &[Record],
    quiet: bool,
) -> Vec<Near> {
    let template = "nearest molecules {bar:30} {pos}/{len} {eta}";
    let bar = progress_bar(molecules.len() as u64, template, quiet);
    let mut found: Vec<Near> = molecules
        .par_iter()
        .filter_map(|smiles| {
            bar.inc(1);
            let print = Molecule::parse(smiles).ok()?.fingerprint()?;
            let mut best: Option<(f64, usize)> = None;
            for (place, other) in prints.iter().enumerate() {
                let Some(other) = other else { continue };
                let similarity = print.tanimoto(other);
                if best.is_none_or(|(most, _)| similarity > most) {
                    best = Some((similarity, place));
                }
            }
            let (similarity, place) = best?;
            Some(Near {
                smiles: smiles.clone(),
                similarity,
                training_smiles: records[place].smiles.clone(),
                training_row: records[place].row,
            })
        })
        .collect();
    bar.finish_and_clear();
    found.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
    found
}

/// Everything that is reported.
struct Found<'a> {
    generated: u64,
    /// Whether Ctrl-C left something out.
    ended_early: bool,
    likelihoods: &'a [Likelihoods],
    memory: &'a Memorization,
    /// Generated and held-out molecules.
    near: [&'a [Near]; 2],
}

impl Found<'_> {
    fn write(&self, arguments: &Arguments, folder: &Path) -> Result<()> {
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
                " Ended by Ctrl-C after {} of {} molecules: what is missing was not computed.",
                self.generated, arguments.n
            );
        }
        let command = super::evaluate::command_line();
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
            notes: vec![
                lead,
                "By chance: a model that has learned the distribution and nothing by heart finds a training molecule as likely as a held-out one, so its hits on the held-out set times the ratio of sizes are the hits to expect on the training set. That holds if both sets are drawn from one distribution.".to_owned(),
                format!("{} strings generated at temperature {}, seed {}. Molecules are compared by canonical SMILES; intervals are Wilson's of 95 %.", self.generated, arguments.temperature, arguments.common.seed),
            ],
            command: command.clone(),
        };
        let document = Document {
            schema_version: 1,
            likelihoods: self.likelihoods,
            memory: self.memory,
            nearest_generated: self.near[0],
            nearest_held_out: self.near[1],
            generated: self.generated,
            ended_early: self.ended_early,
            temperature: arguments.temperature,
            seed: arguments.common.seed,
            version: env!("CARGO_PKG_VERSION"),
            command: &command,
        };
        study::finish(folder, "audit", &study, &document)
    }

    fn lead(&self) -> String {
        let memory = self.memory;
        match (memory.in_training.value, memory.by_chance, memory.ratio) {
            (Some(share), Some(chance), Some(ratio)) => format!(
                "{:.2} % of the valid generated molecules are training molecules; by chance it would be {:.2} %: {ratio:.2} times as many.",
                share * 100.0,
                chance * 100.0
            ),
            _ => format!(
                "Whether more training molecules are repeated than by chance is not computed: {}.",
                memory.reason.as_deref().unwrap_or_default()
            ),
        }
    }

    fn hits(&self) -> Table {
        let memory = self.memory;
        let count = |share: &crate::evaluation::Proportion| {
            Cell::new(format!("{} of {}", share.count, share.of))
        };
        let chance = memory.by_chance.map_or_else(
            || Cell::missing(memory.reason.as_deref().unwrap_or_default()),
            |chance| {
                let [low, high] = memory.by_chance_interval.unwrap_or([chance; 2]);
                Cell::with(
                    format!("{:.2} %", chance * 100.0),
                    format!("[{:.2}, {:.2}]", low * 100.0, high * 100.0),
                )
            },
        );
        let sizes = format!(
            "{} training, {} held-out molecules",
            memory.training, memory.held_out
        );
        let rows = vec![
            vec![
                Cell::new("generated molecules in the training set"),
                Cell::share(&memory.in_training),
                count(&memory.in_training),
            ],
            vec![Cell::new("the same by chance"), chance, Cell::new(sizes)],
            vec![
                Cell::new("generated molecules in the held-out set"),
                Cell::share(&memory.in_held_out),
                count(&memory.in_held_out),
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
                Cell::new(set.molecules.to_string()),
                Cell::new(set.unscored.to_string()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_molecule_is_found_with_its_row() {
        let record = |row, smiles: &str| Record {
            row,
            smiles: smiles.to_owned(),
        };
        let records = [
            record(2, "c1ccccc1O"),
            record(4, "CCCCCC"),
            record(5, "CC(=O)N"),
        ];
        let prints = fingerprints(&records, true);
        let molecules = ["CCCCCCC", "CC(N)=O"].map(str::to_owned);
        let found = nearest(&molecules, &prints, &records, true);
        assert_eq!(
            found
                .iter()
                .map(|near| near.training_row)
                .collect::<Vec<_>>(),
            [5, 4]
        );
        approx::assert_relative_eq!(found[0].similarity, 1.0);
        assert!(found[1].similarity < 1.0);
    }

    #[test]
    fn spreading_takes_each_once() {
        assert_eq!(study::spread(&["a", "b", "c", "d"], 2), ["a", "c"]);
        assert_eq!(study::spread(&["a", "b"], 5), ["a", "b"]);
        assert!(study::spread(&[], 5).is_empty());
    }
}
