//! How well a model keeps structures: fragments of known drugs, extended, linked, decorated, built on.
//!
//! The measure of the SAFE-DRUGS benchmark (Noutahi et al. 2024), but that a molecule counts as valid
//! only if it has the fragment atom for atom, with something at each open point.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

use super::{Page, usable_folder};
use crate::chem::{
    Cell as Place, DepictOptions, Depiction, Highlights, Molecule, Shade, Sheet, Style,
};
use crate::device::Device;
use crate::error::{Context, Error, Result, ensure};
use crate::fragments::{FragmentGenerator, Keep, KeepError};
use crate::generate::{Generator, SamplingParams, generator, texts};
use crate::model::Model;
use crate::progress::{Outcome, Watch};
use crate::report::Svg;
use crate::report::study::{Cell, Picture, Study, Table, json, number};
use crate::table::{Cell as TableCell, Content, ReadOptions, Source, Value};

/// Least QED and most SA of a molecule that counts for quality.
const QUALITY: [f64; 2] = [0.6, 4.0];

/// Drawings of each task.
const DRAWN: usize = 8;

/// What is done with a fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// One open point grows.
    MotifExtension,
    /// Two fragments are linked: `A[*].B[*]`.
    LinkerDesign,
    /// All open points grow.
    ScaffoldDecoration,
    /// A core without open points is built on.
    SuperstructureGeneration,
}

impl Task {
    /// All, in the order of the tables.
    pub const ALL: [Self; 4] = [
        Self::MotifExtension,
        Self::LinkerDesign,
        Self::ScaffoldDecoration,
        Self::SuperstructureGeneration,
    ];

    /// Its name, that of the column of its fragments.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MotifExtension => "motif_extension",
            Self::LinkerDesign => "linker_design",
            Self::ScaffoldDecoration => "scaffold_decoration",
            Self::SuperstructureGeneration => "superstructure_generation",
        }
    }

    fn keep(self, text: &str) -> Result<Keep, KeepError> {
        match self {
            Self::MotifExtension => Keep::extended(text),
            Self::LinkerDesign => Keep::morphed(text),
            Self::ScaffoldDecoration => Keep::scaffolds(&[text.to_owned()], false),
            Self::SuperstructureGeneration => Keep::core(text),
        }
    }
}

/// Settings of the study.
#[derive(Debug, Clone)]
pub struct FragmentsSettings {
    /// A table of drugs: SMILES, and a column of fragments for each task, named like it.
    pub data: Source,
    /// Draws for each task and drug.
    pub n: u64,
    /// Seeds, each a repetition.
    pub seeds: Vec<u64>,
    /// The device.
    pub device: Device,
    /// Folder for the page.
    pub output: PathBuf,
    /// The command or call, for the page.
    pub command: String,
}

/// Figures of the draws for one drug, or means of such.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct FragmentFigures {
    /// Share of draws that are one molecule with the fragment kept and every open point used.
    pub valid: f64,
    /// Share of different molecules among these.
    pub unique: f64,
    /// Different molecules with a QED of at least 0.6 and an SA of at most 4, as a share of the draws.
    pub quality: f64,
    /// Mean of 1 less the Tanimoto similarity of each pair of different molecules (Morgan, radius 2, 2048
    /// bits).
    pub diversity: f64,
    /// Mean of 1 less the similarity to the drug (the same of 1024 bits).
    pub distance: f64,
}

impl FragmentFigures {
    fn values(&self) -> [f64; 5] {
        [
            self.valid,
            self.unique,
            self.quality,
            self.diversity,
            self.distance,
        ]
    }

    fn mean<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        let (mut sums, mut count) = ([0.0; 5], 0);
        for figures in all {
            for (sum, value) in sums.iter_mut().zip(figures.values()) {
                *sum += value;
            }
            count += 1;
        }
        let [valid, unique, quality, diversity, distance] =
            sums.map(|sum| sum / f64::from(count.max(1)));
        Self {
            valid,
            unique,
            quality,
            diversity,
            distance,
        }
    }
}

/// The figures of one task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskRow {
    /// The task.
    pub task: Task,
    /// Names of the drugs.
    pub drugs: Vec<String>,
    /// Of each seed, the figures of each drug.
    pub seeds: Vec<Vec<FragmentFigures>>,
    /// Means over drugs and seeds.
    pub mean: FragmentFigures,
}

/// The study.
#[derive(Debug, Clone, PartialEq)]
pub struct FragmentsStudy {
    /// One row for each task of the table.
    pub rows: Vec<TaskRow>,
    /// The page.
    pub page: Page,
}

/// One fragment to keep, of one drug.
struct Problem {
    task: Task,
    drug: String,
    molecule: Molecule,
    keep: Keep,
}

/// Draws molecules for every task and drug, judges them and writes the page.
///
/// # Errors
/// A table without a column of a task, a fragment that cannot be kept, a folder that cannot be written to;
/// [`Kind::Cancelled`](crate::error::Kind::Cancelled) when `watch` ends the work before a task is done.
pub fn fragments(
    model: &Model,
    settings: &FragmentsSettings,
    watch: &dyn Watch,
) -> Result<Outcome<FragmentsStudy>> {
    let problems = problems(&settings.data)?;
    usable_folder(&settings.output)?;
    let generator = generator(model, &settings.device, None)?;
    let (mut rows, mut pictures): (Vec<TaskRow>, Vec<Picture>) = (Vec::new(), Vec::new());
    let mut cancelled = false;
    for task in Task::ALL {
        let problems: Vec<&Problem> = problems.iter().filter(|it| it.task == task).collect();
        if problems.is_empty() {
            continue;
        }
        let draws = settings.n * problems.len() as u64 * settings.seeds.len() as u64;
        watch.begin(&task.name().replace('_', " "), draws);
        let (mut seeds, mut shown) = (Vec::new(), Vec::new());
        for &seed in &settings.seeds {
            let params = SamplingParams {
                seed,
                ..SamplingParams::default()
            };
            let mut figures = Vec::new();
            for problem in &problems {
                let keeping = FragmentGenerator::new(&*generator, model, problem.keep.clone())?;
                let outcome = keeping.generate(&params, 0..settings.n, watch)?;
                cancelled |= outcome.is_cancelled();
                let molecules = kept(&texts(outcome.done()), &problem.keep);
                figures.push(judge(&molecules, settings.n, &problem.molecule));
                if shown.len() < DRAWN.min(problems.len()) {
                    shown.extend(molecules.into_iter().next().map(|it| (*problem, it)));
                }
            }
            seeds.push(figures);
        }
        if cancelled {
            break;
        }
        pictures.push(picture(task, &shown));
        rows.push(TaskRow {
            task,
            drugs: problems.iter().map(|it| it.drug.clone()).collect(),
            mean: FragmentFigures::mean(seeds.iter().flatten()),
            seeds,
        });
    }
    if rows.is_empty() {
        return Err(Error::cancelled());
    }
    let page = write(settings, &rows, pictures)?;
    Ok(Outcome::of(cancelled, FragmentsStudy { rows, page }))
}

/// The problems of a table.
fn problems(data: &Source) -> Result<Vec<Problem>> {
    let options = ReadOptions {
        keep_cells: true,
        ..ReadOptions::default()
    };
    let mut rows = data.rows(&options)?;
    let columns = rows.columns()?.to_vec();
    let place = |name: &str| {
        let mut columns = columns.iter();
        columns.position(|column| column.name.trim().eq_ignore_ascii_case(name))
    };
    let tasks = Task::ALL.map(|task| Some((task, place(task.name())?)));
    let file = data.name().display();
    ensure!(
        tasks.iter().any(Option::is_some),
        Input,
        "`{file}` has no column of fragments: name one of {}",
        Task::ALL.map(Task::name).join(", ")
    );
    let mut problems = Vec::new();
    for row in rows {
        let row = row?;
        let Content::Text(smiles) = &row.content else {
            continue;
        };
        let at = || format!("row {} of `{file}`", row.line);
        let molecule = Molecule::parse(smiles)
            .map_err(|invalid| Error::new(crate::error::Kind::Input, invalid.explain(smiles)))
            .with_context(at)?;
        let text = |place: usize| {
            let cell = row.cells.get(place).unwrap_or(&Value::Nothing);
            TableCell::Value(cell).text().trim().to_owned()
        };
        let drug = place("name").map_or_else(|| smiles.clone(), text);
        for (task, place) in tasks.into_iter().flatten() {
            let fragment = text(place);
            if !fragment.is_empty() {
                let keep = task.keep(&fragment);
                problems.push(Problem {
                    task,
                    drug: drug.clone(),
                    molecule: molecule.clone(),
                    keep: keep.with_context(|| format!("{}, column `{}`", at(), task.name()))?,
                });
            }
        }
    }
    ensure!(
        !problems.is_empty(),
        Input,
        "`{file}` has no fragment in any of its rows"
    );
    Ok(problems)
}

/// The molecules among texts that have the structure and are in one piece.
fn kept(texts: &[String], keep: &Keep) -> Vec<Molecule> {
    let wish = keep.wish();
    let good = |text: &String| {
        let molecule = Molecule::parse(text).ok()?;
        let is_met = wish
            .as_ref()
            .is_none_or(|wish| wish.is_met(&molecule, text));
        (is_met && molecule.composition().components == 1).then_some(molecule)
    };
    texts.par_iter().filter_map(good).collect()
}

fn judge(molecules: &[Molecule], draws: u64, drug: &Molecule) -> FragmentFigures {
    let mut seen = std::collections::HashSet::new();
    let unique: Vec<&Molecule> = molecules
        .iter()
        .filter(|molecule| seen.insert(molecule.canonical()))
        .collect();
    let of_draws = |count: usize| count as f64 / draws.max(1) as f64;
    let is_good = |molecule: &&&Molecule| {
        let found = molecule.descriptors();
        found.qed >= QUALITY[0] && found.sa <= QUALITY[1]
    };
    let environments: Vec<_> = unique.iter().filter_map(|it| it.environments()).collect();
    let bits: Vec<Vec<u16>> = environments.iter().map(|it| it.bits(2_048)).collect();
    let pairs = (1..bits.len()).flat_map(|one| (0..one).map(move |other| (one, other)));
    let likeness: Vec<f64> = pairs
        .map(|(one, other)| tanimoto(&bits[one], &bits[other]))
        .collect();
    let own = drug.fingerprint();
    let distances: Vec<f64> = environments
        .iter()
        .filter_map(|it| Some(1.0 - it.fingerprint().tanimoto(&own?)))
        .collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    FragmentFigures {
        valid: of_draws(molecules.len()),
        unique: unique.len() as f64 / molecules.len().max(1) as f64,
        quality: of_draws(unique.par_iter().filter(is_good).count()),
        diversity: if likeness.is_empty() {
            0.0
        } else {
            1.0 - mean(&likeness)
        },
        distance: mean(&distances),
    }
}

/// Tanimoto similarity of two fingerprints by their set bits in rising order.
fn tanimoto(one: &[u16], other: &[u16]) -> f64 {
    let both = one.iter().filter(|bit| other.binary_search(bit).is_ok());
    let both = both.count();
    both as f64 / (one.len() + other.len() - both).max(1) as f64
}

/// A molecule of each of some drugs, what is kept in colour.
fn picture(task: Task, shown: &[(&Problem, Molecule)]) -> Picture {
    let depict = |(problem, molecule): &(&Problem, Molecule)| {
        let atoms = problem.keep.atoms_in(molecule);
        let drawing = Depiction::of(molecule, &DepictOptions::default());
        drawing.highlighted(Highlights::of(&atoms, Shade::PLAIN))
    };
    let drawings: Vec<Depiction> = shown.iter().map(depict).collect();
    let cells = shown.iter().zip(&drawings);
    let cells = cells.map(|((problem, molecule), drawing)| Place {
        content: Ok(drawing),
        captions: Vec::new(),
        title: format!("{}: {}", problem.drug, molecule.canonical()),
    });
    let sheet = Sheet {
        cells: cells.collect(),
        columns: 4,
        cell: [300.0, 220.0],
        legend: None,
    };
    let svgs = sheet.drawings(&Style::default()).into_iter().flatten();
    Picture {
        caption: format!(
            "{}: the first molecule of each of {} drugs, the fragment in colour",
            task.name().replace('_', " "),
            shown.len()
        ),
        svg: Svg {
            wide: svgs.collect(),
            narrow: Vec::new(),
        },
    }
}

/// fragments.json.
#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    draws: u64,
    seeds: &'a [u64],
    tasks: &'a [TaskRow],
    version: &'static str,
    command: &'a str,
}

fn write(settings: &FragmentsSettings, rows: &[TaskRow], pictures: Vec<Picture>) -> Result<Page> {
    let folder: &Path = &settings.output;
    let quality = rows.iter().map(|row| row.mean.quality).sum::<f64>() / rows.len() as f64;
    let lead = format!(
        "Mean quality of {} tasks: {:.1} of 100 draws.",
        rows.len(),
        100.0 * quality
    );
    let study = Study {
        kind: "bench fragments".to_owned(),
        title: "Structures that are kept".to_owned(),
        lead: lead.clone(),
        tables: vec![table(rows)],
        pictures,
        notes: vec![
            lead,
            format!(
                "{} draws for each task and drug, one offer each, seeds {}: means over drugs and seeds, with the standard \
                 deviation between seeds. Valid: one molecule with the fragment atom for atom, something at each open \
                 point and nothing elsewhere. Unique is of the valid ones. Quality: different ones with a QED of at \
                 least {} and an SA of at most {}, of 100 draws. Diversity and distance are 1 less Tanimoto similarities \
                 (Morgan, radius 2): of pairs (2048 bits), and to the drug (1024 bits).",
                settings.n,
                settings
                    .seeds
                    .iter()
                    .map(u64::to_string)
                    .collect::<Vec<_>>()
                    .join(", "),
                QUALITY[0],
                QUALITY[1]
            ),
        ],
        command: settings.command.clone(),
        ..Study::default()
    };
    let document = Document {
        schema_version: 1,
        draws: settings.n,
        seeds: &settings.seeds,
        tasks: rows,
        version: env!("CARGO_PKG_VERSION"),
        command: &settings.command,
    };
    let figures = json(&document)?;
    let path = study.save_with(folder, "fragments", &figures)?;
    Ok(Page {
        study,
        path,
        figures,
    })
}

fn table(rows: &[TaskRow]) -> Table {
    let cells = |row: &TaskRow| {
        let by_seed: Vec<FragmentFigures> = row
            .seeds
            .iter()
            .map(|drugs| FragmentFigures::mean(drugs.iter()))
            .collect();
        let cell = |(place, mean): (usize, f64)| {
            let squares = by_seed
                .iter()
                .map(|seed| (seed.values()[place] - mean).powi(2));
            let deviation = (squares.sum::<f64>() / by_seed.len().max(1) as f64).sqrt();
            let shown = |value: f64| match place {
                0..=2 => format!("{:.1} %", 100.0 * value),
                _ => number(value),
            };
            let detail = (by_seed.len() > 1).then(|| format!("± {}", shown(deviation)));
            Cell::with(shown(mean), detail.unwrap_or_default())
        };
        let name = format!(
            "{} ({} drugs)",
            row.task.name().replace('_', " "),
            row.drugs.len()
        );
        let values = row.mean.values().into_iter().enumerate();
        std::iter::once(Cell::new(name))
            .chain(values.map(cell))
            .collect()
    };
    Table {
        caption: "Molecules that keep a fragment of a drug".to_owned(),
        head: [
            "task",
            "valid",
            "unique",
            "quality",
            "diversity",
            "distance",
        ]
        .map(str::to_owned)
        .to_vec(),
        rows: rows.iter().map(cells).collect(),
        numbers: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn molecules(texts: &[&str]) -> Vec<Molecule> {
        let parse = |text: &&str| Molecule::parse(text).unwrap();
        texts.iter().map(parse).collect()
    }

    /// RDKit 2026.9.1: `GetMorganGenerator(radius=2, fpSize=...)`, `QED.qed`, `sascorer`.
    #[test]
    fn figures_are_those_of_rdkit() {
        let drug = Molecule::parse("CC(=O)Nc1ccc(O)cc1").unwrap();
        let drawn = molecules(&["CC(=O)Nc1ccc(OC)cc1", "Nc1ccc(O)cc1", "Oc1ccc(N)cc1", "CCO"]);
        let found = judge(&drawn, 8, &drug);
        approx::assert_relative_eq!(found.valid, 0.5);
        approx::assert_relative_eq!(found.unique, 0.75);
        approx::assert_relative_eq!(found.quality, 0.125);
        approx::assert_relative_eq!(found.diversity, 0.915_123_456_8, epsilon = 1e-6);
        approx::assert_relative_eq!(found.distance, 0.667_595_689_3, epsilon = 1e-6);
        let none = judge(&[], 8, &drug);
        assert_eq!(none, FragmentFigures::default());
    }

    #[test]
    fn what_is_kept_is_whole() {
        let keep = Keep::scaffolds(&["c1ccc([*])cc1[*]".to_owned()], false).unwrap();
        let texts = [
            "c1ccc(F)cc1Cl",
            "c1ccc(F)cc1",
            "c1ccc(F)cc1Cl.C",
            "c1cc(Br)c(F)cc1Cl",
            "C(",
        ];
        let found = kept(&texts.map(str::to_owned), &keep);
        assert_eq!(found.len(), 1);
        let mut atoms = keep.atoms_in(&Molecule::parse("c1ccc(F)cc1Cl").unwrap());
        atoms.sort_unstable();
        assert_eq!(atoms, [0, 1, 2, 3, 5, 6]);
    }
}
