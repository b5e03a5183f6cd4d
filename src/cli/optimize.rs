//! `molgpt optimize`: searches molecules of a high score.

use std::path::{Path, PathBuf};

use super::command_line::quote;
use super::console::Console;
use super::paths::DataFile;
use super::{Ending, count, run_folder};
use crate::error::{Context, Result, ensure};
use crate::fragments::{FragmentGenerator, Keep};
use crate::generate::CpuGenerator;
use crate::model::Model;
use crate::objective::{Goal, KnownMolecules, Stages, Surroundings};
use crate::optimize::{
    Follow, Learning, OptimizeSettings, Optimized, SearchSettings, Stage, Standing, Until,
    optimize_stages,
};
use crate::progress::Watch;
use crate::run::RunFolder;

/// Find molecules of a high score: a model learns to write them, and all that is scored is kept.
///
/// The run folder has `molecules.csv` (all scored molecules, the best first), `optimize.html` (the report)
/// and `model.safetensors` (the model that learned, for `molgpt sample --model`).
#[derive(Debug, clap::Args)]
#[command(mut_arg("near", |near| near.hide(true)))]
pub(super) struct Arguments {
    /// The score, 0 to 1: a goal file (docs/optimize.md), which may have stages, a property that is 0 to 1
    /// (`qed`), or the name of a task of PMO or GuacaMol (`celecoxib_rediscovery`; `drd2`, `gsk3b` and `jnk3` need a file of
    /// `--oracles`).
    #[arg(long, value_name = "WORD|GOAL.toml")]
    score: PathBuf,
    /// Molecules to score: unique valid ones; all others are free.
    #[arg(long, default_value = "10k", value_parser = count::at_least_one)]
    calls: u64,
    /// End as soon as the mean score of the ten best is this.
    #[arg(long, value_name = "SCORE")]
    until: Option<f64>,
    /// The model that learns: a model file or run folder, or `pretrained` or `randomized`, those inside the
    /// program; the latter knows the spellings that learning repeats.
    #[arg(long, default_value = "randomized")]
    model: PathBuf,
    /// The folder with the trained models of `drd2`, `gsk3b` and `jnk3`, which `data/make_oracles.py` makes.
    #[arg(long, value_name = "FOLDER", default_value = "data/oracles")]
    oracles: PathBuf,
    /// Random seed: same seed, same molecules, with any number of threads.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The run folder [default: runs/SCORE, with a number if that is taken].
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Set how it learns, as in `--set sigma=250`; repeatable (docs/optimize.md has the keys).
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// A value that a property is to have in all that is written: `log_p=2.5`; can be given several times. For models
    /// that were trained with `molgpt train --condition`.
    #[arg(long, value_name = "NAME=VALUE")]
    condition: Vec<String>,
    #[command(flatten)]
    keep: super::keep::Arguments,
    /// Molecules that are known, a file or `FILE:COLUMN`: the page tells the most similar of them beside each of the best
    /// molecules, and how many of the best are among them.
    #[arg(long, value_name = "FILE")]
    known: Option<DataFile>,
    /// Go on with the run in the run folder, after an interrupt or with more calls; no molecule is scored
    /// twice.
    #[arg(long, requires = "output")]
    resume: bool,
    /// Replace the run in the run folder.
    #[arg(long, conflicts_with = "resume")]
    overwrite: bool,
    /// Processor cores to use; 0 for all. The result is the same with any number.
    #[arg(long, env = "MOLGPT_THREADS", default_value_t = 0)]
    threads: usize,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Ending> {
    let learning = Learning::with(&arguments.set)?;
    let score = text(&arguments.score)?;
    super::use_threads(arguments.threads)?;
    let prior = Model::named(&arguments.model)?;
    let terminal = Terminal(Console::interruptible(quiet)?);
    let search = SearchSettings {
        calls: arguments.calls as usize,
        seed: arguments.seed,
        learning,
        keep: keep(&arguments.keep)?,
        conditions: super::sample::asked(&arguments.condition).context("--condition")?,
        until: arguments.until.map(Until::ten_best),
    };
    search.check(&prior)?;
    if let Some(keep) = &search.keep {
        let plain = CpuGenerator::new(&prior);
        let keeping = FragmentGenerator::new(&plain, &prior, keep.clone())?;
        super::keep::tell_readings(&keeping, &terminal.0);
    }
    let surroundings = Surroundings {
        watch: &terminal,
        model: &|name| Model::named(Path::new(name)),
        oracles: Some(arguments.oracles.clone()),
    };
    // Before there is a folder.
    let mut goals = stages(&arguments.score, &score, &surroundings)?;
    let known = arguments.known.as_ref();
    let known = known
        .map(|file| KnownMolecules::read(&file.source(), &terminal).context("--known"))
        .transpose()?;
    let folder = folder(arguments)?;
    goals.keep_answers(folder.path())?;
    let Stages {
        stages,
        text: score,
    } = goals;
    let settings = OptimizeSettings {
        search,
        score,
        prior: arguments.model.display().to_string(),
        overwrite: arguments.overwrite,
        known,
        command: super::command_line(),
    };
    let goals = stages.iter().map(|stage| &stage.goal);
    for (part, missing) in goals.flat_map(|goal| goal.unwritable(&prior)) {
        terminal.0.note(&format!(
            "the model does not know `{}` of `{part}`, so that it cannot write all that is asked for: \
             `molgpt train --from` teaches it molecules that have it",
            missing.join("`, `")
        ));
    }
    let stages: Vec<Stage<'_>> = stages.iter().map(Stage::from).collect();
    let outcome = optimize_stages(&prior, &stages, &settings, &folder, &terminal)?;
    terminal.0.clear();
    let ending = Ending::of(&outcome);
    tell(&outcome.done(), ending, arguments, &folder, &terminal.0);
    Ok(ending)
}

/// The structure that all molecules keep.
fn keep(arguments: &super::keep::Arguments) -> Result<Option<Keep>> {
    let Some((keep, _)) = arguments.keep()? else {
        return Ok(None);
    };
    ensure!(
        !matches!(keep, Keep::Near(_)),
        Setting,
        "setting `near` does not go with a score: a part `similarity` of the goal asks for likeness"
    );
    Ok(Some(keep))
}

/// The goal as it was asked for: a word, or the text of a file.
fn text(score: &Path) -> Result<String> {
    let is_file = score.is_file() || score.extension().is_some_and(|ending| ending == "toml");
    if is_file {
        let cannot = || format!("cannot read --score `{}`", score.display());
        return std::fs::read_to_string(score).with_context(cannot);
    }
    Ok(score.display().to_string())
}

/// The goal of a word, or the stages of a file's text.
fn stages(score: &Path, text: &str, surroundings: &Surroundings<'_>) -> Result<Stages> {
    if text == score.display().to_string() {
        return Ok(Stages::only(Goal::named_among(text, surroundings)?, text));
    }
    Stages::parse(text, surroundings).with_context(|| format!("--score `{}`", score.display()))
}

fn folder(arguments: &Arguments) -> Result<RunFolder> {
    let name = arguments.score.with_extension("");
    run_folder::choose(
        arguments.output.as_deref(),
        &name,
        arguments.resume,
        arguments.overwrite,
    )
}

/// Tells what was found, and what comes next.
fn tell(
    found: &Optimized,
    ending: Ending,
    arguments: &Arguments,
    folder: &RunFolder,
    console: &Console,
) {
    let ledgers = found.past.iter().chain([&found.ledger]);
    let calls: usize = ledgers.map(|ledger| ledger.calls().len()).sum();
    let stage = match found.past.len() {
        0 => String::new(),
        before => format!("in stage {}: ", before + 1),
    };
    console.say(format_args!(
        "{calls} molecules scored; {stage}{} scaffolds, mean of the 10 best {:.4}, area below its curve {:.4} (PMO's figure, 0 to 1)",
        found.ledger.scaffolds(),
        found.top,
        found.area
    ));
    if let Some(until) = arguments.until
        && found.top >= until
    {
        console.say(format_args!("ended by --until {until}"));
    }
    if found.top == 0.0 {
        console.say(
            "all scores are 0, so that there was nothing to learn from: an arithmetic mean, --scaffold or an easier stage \
             before this one gives a begin (docs/optimize.md)",
        );
    }
    if found.exhausted {
        console.say("the agent wrote nothing new any more: another --seed, or `--set rate=` of less, goes further");
    }
    console.say(format_args!("page: {}", found.page.display()));
    let folder = quote(folder.path().display().to_string());
    if ending == Ending::Interrupted {
        let (score, calls) = (
            quote(arguments.score.display().to_string()),
            arguments.calls,
        );
        console.say(format_args!(
            "next: molgpt optimize --score {score} --calls {calls} --resume -o {folder}, with all other flags as before"
        ));
    } else {
        console.say(format_args!("next: molgpt sample -n 1000 --model {folder}"));
    }
}

/// The console of a search.
pub(super) struct Terminal(pub(super) Console);

impl Watch for Terminal {
    fn begin(&self, stage: &str, total: u64) {
        self.0.begin(stage, total);
    }

    fn advance(&self, count: u64) {
        self.0.advance(count);
    }

    fn note(&self, sentence: &str) {
        self.0.note(sentence);
    }

    fn stop(&self) -> bool {
        self.0.stop()
    }
}

impl Follow for Terminal {
    fn standing(&self, standing: &Standing) {
        self.0.remark(standing.to_string());
        // A line now and then, for logs.
        if standing.step.is_multiple_of(16) {
            let time = crate::run::in_words(standing.seconds);
            self.0.say(format_args!("{standing}, {time}"));
        }
    }
}
