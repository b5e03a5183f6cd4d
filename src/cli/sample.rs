//! `molgpt sample`: writes generated molecules.

use crate::error::{Result, ensure};
use std::collections::HashSet;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use burn::module::AutodiffModule;
use burn::tensor::backend::AutodiffBackend;
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::train::progress_bar;
use crate::chem::KnownSet;
use crate::device::{self, Device, OnDevice, Place, Shard};
use crate::generate::{
    BRANCHES, Filter, Request, Sample, Strategy, Tally, Wanted, sample, sample_on_device,
};
use crate::model::{Decoder, Gpt, Model};
use crate::table::{Cell, Column, Format, Kind, Output};

/// What is written of a molecule.
const COLUMNS: [Column; 2] = [
    Column::new("smiles", Kind::Text),
    Column::new("nll", Kind::Number),
];

/// Molecules between two writes: enough to keep all threads busy, few enough for little memory.
const WINDOW: u64 = 16_384;

/// Write generated molecules, one a row, with their negative log-likelihood.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How many molecules.
    #[arg(short)]
    n: u64,
    /// The model file or run folder, or `pretrained` for the one inside the program [default: that of the latest
    /// run in runs/, else `pretrained`].
    #[arg(long)]
    model: Option<PathBuf>,
    /// Where the molecules go: .csv, .smi, .jsonl (each also .gz) or .parquet; `-` is standard
    /// output.
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// What is written, instead of what the output's name says [default: csv].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Logits are divided by this.
    #[arg(long, default_value_t = 1.0)]
    temperature: f64,
    /// Only the K most likely tokens; 0 keeps all.
    #[arg(long, default_value_t = 0)]
    top_k: usize,
    /// Only the smallest set of most likely tokens with this share.
    #[arg(long, default_value_t = 1.0)]
    top_p: f64,
    /// Start of every molecule.
    #[arg(long, default_value = "")]
    prompt: String,
    /// Same seed, same molecules, for any batch size and number of threads.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Only valid molecules: more are drawn until there are N.
    #[arg(long)]
    valid: bool,
    /// Each molecule once, by its canonical form: more are drawn until there are N.
    #[arg(long)]
    unique: bool,
    /// No molecule of this file, by canonical form: more are drawn until there are N.
    #[arg(long, value_name = "DATA")]
    novel: Option<PathBuf>,
    /// Most molecules that are drawn for N that are valid, unique or novel [default: 10 N + 10000].
    #[arg(long, value_name = "M")]
    max_draws: Option<u64>,
    /// Go on with the interrupted run of the same request, to the file that an unbroken one writes.
    #[arg(long)]
    resume: bool,
    /// The I-th of N jobs that share the work, I from 1 to N: their outputs, one after the other, are
    /// that of one job.
    #[arg(long, value_name = "I/N", conflicts_with_all = ["valid", "unique", "novel"])]
    shard: Option<Shard>,
    /// Molecules decoded together: on a processor per thread [default: 96], on a graphics processor in
    /// all [default: as many as fit its memory, at most 8192].
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=65_536))]
    batch: Option<u64>,
    #[arg(long, default_value = "cpu", help = device::HELP)]
    device: Device,
    /// Processor cores to use; 0 for all.
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    super::use_threads(arguments.threads)?;
    let strategy = Strategy {
        temperature: arguments.temperature,
        top_k: arguments.top_k,
        top_p: arguments.top_p,
    };
    strategy.validate()?;
    let model = super::model::choose(arguments.model.as_deref(), quiet)?;
    let request = Request::new(&model, &arguments.prompt, strategy, arguments.seed)?;
    arguments.device.alone("sampling")?;
    let drawing = Drawing {
        arguments,
        quiet,
        model: &model,
        request,
    };
    if arguments.device.is_cpu() {
        drawing.on_processor()
    } else {
        arguments.device.run(drawing)
    }
}

/// A run that is ready to begin.
struct Drawing<'a> {
    arguments: &'a Arguments,
    quiet: bool,
    model: &'a Model,
    request: Request,
}

impl Drawing<'_> {
    fn on_processor(self) -> Result<()> {
        let model = self.model;
        let decoder = Decoder::new(model);
        let branches = self
            .arguments
            .batch
            .map_or(BRANCHES, |batch| batch as usize);
        write(self.arguments, self.quiet, model, WINDOW, |range, bar| {
            let progress = |finished| bar.inc(finished);
            sample(model, &decoder, &self.request, range, branches, &progress)
        })
    }
}

impl OnDevice for Drawing<'_> {
    type Output = ();

    fn run<B: AutodiffBackend>(self, place: &Place<B>) -> Result<()> {
        /// Rows that keep a graphics processor busy; more only make the last ones wait.
        const MOST_ROWS: usize = 8_192;
        let (model, device) = (self.model, &place.devices[0]);
        let network: Gpt<B> = model.network(device);
        let network = network
            .valid()
            .with_half_products(place.computing.half_products)
            .with_weights_of_products();
        let shape = model.config();
        // Keys and values, once kept and once being written.
        let bytes = 4 * 4 * shape.layers * shape.context * shape.width;
        let rows = place.fitting(bytes as u64, MOST_ROWS);
        let rows = self.arguments.batch.map_or(rows, |batch| batch as usize);
        let window = WINDOW.max(8 * rows as u64);
        write(self.arguments, self.quiet, model, window, |range, bar| {
            let progress = |finished| bar.inc(finished);
            sample_on_device(
                model,
                &network,
                &self.request,
                range,
                rows,
                device,
                &progress,
            )
        })
    }
}

/// How far a run is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Progress {
    /// The index that comes next.
    start: u64,
    tally: Tally,
}

/// What decides the molecules of a run, as one short text; how many are asked for does not.
fn fingerprint(arguments: &Arguments, model: &Model) -> String {
    let mut hasher = Sha256::new();
    for value in model.parameters() {
        hasher.update(value.to_le_bytes());
    }
    let Arguments {
        format,
        temperature,
        top_k,
        top_p,
        prompt,
        seed,
        valid,
        unique,
        novel,
        device,
        shard,
        ..
    } = arguments;
    let vocabulary = model.tokenizer().vocabulary.tokens();
    let settings = format!(
        "{:?}{vocabulary:?}{format:?}{temperature}/{top_k}/{top_p}/{prompt:?}/{seed}/{valid}/{unique}/{novel:?}/{device:?}/{shard:?}",
        model.config()
    );
    hasher.update(settings.as_bytes());
    format!("{:x}", hasher.finalize())
}

/// Draws windows of indices until `n` wanted molecules are written, or the draws are used up.
#[expect(clippy::print_stderr, reason = "messages to the user")]
fn write(
    arguments: &Arguments,
    quiet: bool,
    model: &Model,
    window: u64,
    draw: impl Fn(Range<u64>, &ProgressBar) -> Vec<Sample>,
) -> Result<()> {
    let shard = arguments.shard.unwrap_or(Shard::WHOLE);
    let mine = shard.range(arguments.n);
    let n = mine.end - mine.start;
    let request = fingerprint(arguments, model);
    let wanted = wanted(arguments, quiet)?;
    let refills = !wanted.takes_all();
    let most = if refills {
        let default = n.saturating_mul(10).saturating_add(10_000);
        arguments.max_draws.unwrap_or(default)
    } else {
        mine.end
    };
    let (mut output, note, smiles) = Output::create_in_parts(
        &arguments.output,
        arguments.format,
        &COLUMNS,
        &request,
        arguments.resume,
        shard.is_first(),
    )?;
    let stop = super::stop_on_interrupt()?;
    let bar = progress_bar(n, "sampling {bar:30} {pos}/{len} {eta}", quiet);
    let begun = note.map(serde_json::from_value).transpose()?;
    let Progress { mut start, tally } = begun.unwrap_or(Progress {
        start: mine.start,
        tally: Tally::default(),
    });
    let mut filter = Filter::resume(wanted, tally, &smiles);
    let mut kept = tally.kept;
    ensure!(
        kept <= n,
        Setting,
        "`{}` has {kept} molecules already: ask for at least as many",
        arguments.output.display()
    );
    bar.set_position(kept);
    while kept < n && start < most && !stop.load(Ordering::Relaxed) {
        let end = most.min(start + next_window(filter.tally(), n - kept, window));
        let hidden = ProgressBar::hidden();
        let samples = draw(start..end, if refills { &hidden } else { &bar });
        for molecule in filter.keep(samples, n - kept) {
            output.row(&[Cell::Text(&molecule.smiles), Cell::Number(molecule.nll)])?;
            kept += 1;
        }
        if refills {
            bar.set_position(kept);
        }
        start = end;
        let tally = filter.tally();
        output.keep(&serde_json::to_value(Progress { start, tally })?)?;
    }
    bar.finish_and_clear();
    let stopped = stop.load(Ordering::Relaxed) && kept < n;
    if stopped && output.can_go_on() {
        let place = arguments.output.display();
        eprintln!(
            "stopped after {kept} of {n} molecules, kept in `{place}.part`: the same command with --resume goes on"
        );
        return Ok(());
    }
    output.finish()?;
    if stopped {
        eprintln!("stopped after {kept} of {n} molecules");
        return Ok(());
    }
    ensure!(
        kept == n,
        Setting,
        "only {kept} of {n} molecules after {start} draws, the most that --max-draws allows: {}; \
         those are kept. Draw more, ask for fewer, or raise --temperature",
        filter.tally()
    );
    if refills && !quiet {
        eprintln!("{}", filter.tally());
    }
    Ok(())
}

/// How many to draw for so many that are missing, by the yield so far. What is kept does not
/// depend on it.
fn next_window(tally: Tally, missing: u64, most: u64) -> u64 {
    /// Fewer than this leave cores idle.
    const LEAST: u64 = 512;
    let share = (tally.kept.max(1) as f64 / tally.drawn.max(1) as f64).clamp(0.01, 1.0);
    let share = if tally.drawn == 0 { 1.0 } else { share };
    let draws = (missing as f64 / share * 1.05).ceil() as u64;
    let least = if share < 1.0 { LEAST } else { 1 };
    draws.max(least).min(most)
}

#[expect(clippy::print_stderr, reason = "messages to the user")]
fn wanted(arguments: &Arguments, quiet: bool) -> Result<Wanted> {
    let known = match &arguments.novel {
        None => None,
        Some(path) => {
            let (survey, keys) = super::check::survey_of(path, None, None, quiet)?;
            if let Some(bad) = survey.bad.first() {
                ensure!(
                    survey.valid > 0,
                    Setting,
                    "--novel `{}` has no valid molecule: row {}, `{}`: {}",
                    path.display(),
                    bad.row,
                    bad.text,
                    bad.reason
                );
                if !quiet {
                    eprintln!(
                        "--novel `{}`: {} of {} rows are not molecules and are passed over, the first \
                         in row {}, `{}`: {}",
                        path.display(),
                        survey.invalid,
                        survey.rows,
                        bad.row,
                        bad.text,
                        bad.reason
                    );
                }
            }
            Some(KnownSet::of_keys(keys, HashSet::new()))
        }
    };
    Ok(Wanted {
        valid: arguments.valid,
        unique: arguments.unique,
        known,
    })
}
