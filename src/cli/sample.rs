//! `molgpt sample`: writes generated molecules.

use std::path::PathBuf;

use super::cache_folder::cache_folder;
use super::console::Console;
use super::paths::DataFile;
use super::{Ending, count};
use crate::chem::{KnownSet, Property};
use crate::corpus::{Asked, parse_asked, read_asked};
use crate::device::Device;
use crate::error::{Context, Result, ensure};
use crate::evaluation::{Cache, MoleculeFile, ReferenceSets};
use crate::fragments::FragmentGenerator;
use crate::generate::{
    Acceptance, AskedGenerator, Generator, SamplingParams, Shard, Yield, generator,
};
use crate::progress::Outcome;
use crate::run::{SampleFile, Sampled, sample_to_file};
use crate::table::Format;
use crate::wish::{Wish, WishTexts, Wishes};

/// The heading of the wishes in the help.
const WISHES: &str = "Wishes";

/// The heading of the conditions.
const CONDITIONS: &str = "Conditions";

/// Generate molecules, one per row, with their negative log-likelihoods.
///
/// The columns are `smiles`, `nll` (negative log-likelihood in nats of what follows the prompt, the
/// end included: that of `molgpt score` for the same text) and `cut` (1 where the string filled the
/// model's context and was cut, else 0).
#[expect(clippy::struct_excessive_bools, reason = "one per flag")]
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Number of molecules; `100k` and `1e6` are numbers, too.
    #[arg(short, value_parser = count::count)]
    n: u64,
    /// The model file or run folder, or `pretrained` for the one inside the program, or `randomized` for
    /// the one of randomized spellings [default: that of the latest run in runs/, else `pretrained`; with a
    /// structure to keep `randomized`].
    #[arg(long, env = "MOLGPT_MODEL")]
    model: Option<PathBuf>,
    /// Output file: .csv, .tsv, .smi, .txt, .jsonl, .sdf (each also .gz), .xlsx or .parquet; `-` is standard
    /// output.
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// Output format, instead of that of the output's name [default: csv].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Sampling temperature (below 1: safer, above 1: more diverse; 0: the likeliest token at every
    /// step, so that all molecules are the same).
    #[arg(long, default_value_t = 1.0)]
    temperature: f64,
    /// Sample from the K most likely tokens only (top-k); 0 keeps all.
    #[arg(long, default_value_t = 0)]
    top_k: usize,
    /// Sample from the smallest set of most likely tokens with this total probability (top-p,
    /// nucleus sampling).
    #[arg(long, default_value_t = 1.0)]
    top_p: f64,
    /// Leave out tokens after which no molecule could follow (brackets, branches, ring numbers,
    /// bonds, valences, aromatic rings), at every step: nearly all strings are valid.
    #[arg(long)]
    grammar: bool,
    /// SMILES prefix of every molecule.
    #[arg(long, default_value = "")]
    prompt: String,
    /// Random seed: same seed, same molecules, for any batch size and number of threads.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Rejection sampling until there are N valid molecules. Radicals, and stereo marks on no
    /// stereocentre or stereo bond, are left out unless the training set has such.
    #[arg(long)]
    valid: bool,
    /// With --valid or a wish: keep radicals and stereo marks on no stereocentre or stereo bond.
    #[arg(long)]
    allow_radicals: bool,
    /// Rejection sampling until there are N unique molecules, by canonical SMILES.
    #[arg(long)]
    unique: bool,
    /// Rejection sampling until there are N molecules that are not in this file, by canonical
    /// SMILES. `DATA:COLUMN` is one of its columns.
    #[arg(long, value_name = "DATA")]
    novel: Option<DataFile>,
    /// A value that a property is to have: `log_p=2.5`; can be given several times. For models that were
    /// trained with `molgpt train --condition`.
    #[arg(long = "set", alias = "condition", value_name = "NAME=VALUE", help_heading = CONDITIONS)]
    sets: Vec<String>,
    /// The same from a table with a column for each property: molecules answer its rows in turn, N in
    /// all. Columns `asked_NAME` tell what was asked.
    #[arg(long, value_name = "TABLE", conflicts_with = "sets", help_heading = CONDITIONS)]
    set_from: Option<PathBuf>,
    /// How closely the conditions are followed: 1 as the model has learned, 1.5 or 2 more closely
    /// (classifier-free guidance), at twice the work, on cpu only.
    #[arg(long, value_name = "G", default_value_t = 1.0, help_heading = CONDITIONS)]
    guidance: f64,
    #[command(flatten)]
    keep: super::keep::Arguments,
    /// Rejection sampling until N molecules have a property in this range, ends included, either one
    /// open: `log_p=1..4`, `qed=0.6..`, `rings=2`. Names are those of the columns of `molgpt describe`, or usual other ones (`logp`, `mw`).
    /// This and the wishes below can be given several times; molecules meet all, and are valid.
    #[arg(long = "where", value_name = "NAME=LOW..HIGH", help_heading = WISHES)]
    wheres: Vec<String>,
    /// The same for molecules that contain this pattern (SMARTS).
    #[arg(long, value_name = "SMARTS", help_heading = WISHES)]
    contains: Vec<String>,
    /// The same for molecules that do not contain this pattern (SMARTS).
    #[arg(long, value_name = "SMARTS", help_heading = WISHES)]
    without: Vec<String>,
    /// The same for molecules with this Tanimoto similarity (ECFP4, 1024 bits) to a molecule:
    /// `c1ccccc1O=0.4..0.9`.
    #[arg(long, value_name = "SMILES=LOW..HIGH", help_heading = WISHES)]
    like: Vec<String>,
    /// The same for molecules that pass the structural filters of MOSES (MCF, PAINS, elements,
    /// charges, ring sizes).
    #[arg(long, help_heading = WISHES)]
    filters: bool,
    /// Properties as further columns: names of columns of `molgpt describe` between commas, or `all`.
    #[arg(long, value_name = "all|NAME,...", value_delimiter = ',')]
    columns: Vec<String>,
    /// Most molecules to draw for N valid, unique or novel ones [default: 10 N + 10000; with wishes
    /// 100 N + 100000].
    #[arg(long, value_name = "M", value_parser = count::count)]
    max_draws: Option<u64>,
    /// Resume the interrupted run of the same command: the file becomes that of an uninterrupted
    /// run.
    #[arg(long)]
    resume: bool,
    /// The I-th of N jobs that share the work, I from 1 to N: their concatenated outputs are that
    /// of one job. Without --valid, --unique, --novel and wishes.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Molecules decoded together: per thread on a CPU [default: 96], in all on a GPU [default: as
    /// many as fit its memory, at most 8192].
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=65_536))]
    batch: Option<u64>,
    #[arg(long, env = "MOLGPT_DEVICE", default_value = "cpu", help = super::device::HELP)]
    device: Device,
    /// Processor cores to use; 0 for all.
    #[arg(long, env = "MOLGPT_THREADS", default_value_t = 0)]
    threads: usize,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Ending> {
    let (keep, kept) = arguments
        .keep
        .keep()?
        .map_or((None, None), |(keep, kept)| (Some(keep), kept));
    let wishes = wishes(arguments, kept)?;
    let valid = arguments.valid || !wishes.is_empty();
    let rejects = valid || arguments.unique || arguments.novel.is_some();
    if arguments.allow_radicals && !valid {
        super::usage(
            "--allow-radicals goes with --valid or a wish (--where, --contains, --like, ...)",
        );
    }
    if arguments.shard.is_some() && rejects {
        super::usage(
            "--shard divides N draws, and no job knows what the others keep for --valid, --unique, \
             --novel or a wish: sample the shards without these, put their outputs together, and `molgpt \
             prepare ALL --unique -o OUT` leaves out what is invalid or repeated",
        );
    }
    super::use_threads(arguments.threads)?;
    let params = SamplingParams {
        temperature: arguments.temperature,
        top_k: arguments.top_k,
        top_p: arguments.top_p,
        prompt: arguments.prompt.clone(),
        conditions: conditions(arguments)?,
        guidance: arguments.guidance,
        seed: arguments.seed,
        grammar: arguments.grammar,
        written: None,
    };
    params.validate()?;
    let asked = wishes_of_table(arguments)?;
    arguments.device.alone("sampling")?;
    super::device::prepare(&arguments.device)?;
    let model = super::model::choose_for(keep.is_some(), arguments.model.as_deref(), quiet)?;
    let batch = arguments.batch.map(|batch| batch as usize);
    let plain = generator(&model, &arguments.device, batch)?;
    let console = Console::interruptible(quiet)?;
    let keeping = match keep {
        Some(keep) => Some(FragmentGenerator::new(&*plain, &model, keep)?),
        None => None,
    };
    if let Some(keeping) = &keeping {
        super::keep::tell_readings(keeping, &console);
    }
    let inner: &dyn Generator = match &keeping {
        Some(keeping) => keeping,
        None => &*plain,
    };
    let asking = AskedGenerator {
        inner,
        wishes: &asked,
    };
    let generator = if asked.is_empty() { inner } else { &asking };
    let strict = valid && !arguments.allow_radicals;
    let trained_on = model.trained_on();
    let acceptance = Acceptance {
        valid,
        unique: arguments.unique,
        known: known(arguments, &console)?,
        no_radicals: strict && !trained_on.radicals,
        no_idle_stereo_marks: strict && !trained_on.idle_stereo_marks,
        wishes,
    };
    let file = SampleFile {
        output: super::paths::output(&arguments.output, arguments.format),
        n: arguments.n,
        shard: arguments.shard.unwrap_or_default(),
        acceptance,
        columns: columns(&arguments.columns)?,
        asked: asked.clone(),
        max_draws: arguments.max_draws,
        resume: arguments.resume,
        request: request(arguments),
    };
    if params.is_greedy() && arguments.n > 1 {
        console.say(
            "--temperature 0 takes the likeliest token at every step: all molecules are the same",
        );
    }
    let outcome = sample_to_file(generator, &model, &params, &file, &console)?;
    console.clear();
    let context = model.config().context;
    tell(outcome, arguments, &params, rejects, context, &console)
}

/// Tells what came of the draws, and how the program ends.
fn tell(
    outcome: Outcome<Sampled>,
    arguments: &Arguments,
    params: &SamplingParams,
    rejects: bool,
    context: usize,
    console: &Console,
) -> Result<Ending> {
    let cancelled = outcome.is_cancelled();
    let sampled = outcome.done();
    let (kept, n) = (sampled.drawn.kept, sampled.asked);
    if let Some(line) = cut(&sampled.drawn.counts, rejects, context) {
        console.say(line);
    }
    if cancelled {
        let place = arguments.output.display();
        let part = format!(", kept in `{place}.part`: the same command with --resume goes on");
        let part = if sampled.can_resume { &*part } else { "" };
        console.say(format_args!("stopped after {kept} of {n} molecules{part}"));
        return Ok(Ending::Interrupted);
    }
    ensure!(
        kept == n,
        Setting,
        "only {kept} of {n} molecules after {} draws, the most that --max-draws allows: {}{}. Draw more, ask for fewer, or {}",
        sampled.drawn.draws,
        sampled.drawn.counts,
        if kept > 0 { "; those are kept" } else { "" },
        advice(&sampled.drawn.counts, params)
    );
    if rejects {
        let counts = &sampled.drawn.counts;
        console.tell(counts, counts);
    }
    Ok(Ending::Done)
}

/// Tells how many strings the context cut, if any.
fn cut(counts: &Yield, rejects: bool, context: usize) -> Option<String> {
    let Yield {
        drawn,
        cut,
        kept_cut,
        ..
    } = *counts;
    let kept = if rejects {
        format!(", {kept_cut} of them kept")
    } else {
        String::new()
    };
    let line =
        format!("{cut} of {drawn} strings were cut at the context of {context} tokens{kept}");
    (cut > 0).then_some(line)
}

/// What may help to keep more: a wish that most do not meet is made wider; colder samples are more
/// often molecules, warmer ones more often new.
fn advice(counts: &Yield, params: &SamplingParams) -> String {
    let widest = counts.unmet.iter().max_by_key(|(_, count)| *count);
    if let Some((wish, count)) = widest
        && *count > counts.invalid + counts.repeated + counts.known
    {
        return format!("widen `{wish}`, which most do not meet");
    }
    format!("{} --temperature", direction(counts, params))
}

/// The way to a temperature at which more are kept.
fn direction(counts: &Yield, params: &SamplingParams) -> &'static str {
    if counts.invalid > counts.repeated + counts.known && !params.is_greedy() {
        "lower"
    } else {
        "raise"
    }
}

/// All that is wished of a molecule.
fn wishes(arguments: &Arguments, kept: Option<Wish>) -> Result<Wishes> {
    let texts = WishTexts {
        properties: arguments.wheres.clone(),
        contains: arguments.contains.clone(),
        without: arguments.without.clone(),
        like: arguments.like.clone(),
        filters: arguments.filters,
    };
    Ok(texts.read(kept)?)
}

/// The conditions of each wish of the table; none without one.
fn wishes_of_table(arguments: &Arguments) -> Result<Vec<Asked>> {
    match &arguments.set_from {
        Some(path) => read_asked(path).context("--set-from"),
        None => Ok(Vec::new()),
    }
}

/// The values of `--set`.
fn conditions(arguments: &Arguments) -> Result<Asked> {
    asked(&arguments.sets).context("--set")
}

/// The values of properties in texts `NAME=VALUE`.
pub(super) fn asked(texts: &[String]) -> Result<Asked> {
    let asked = texts.iter().map(|text| parse_asked(text));
    Ok(asked.collect::<Result<_, _>>()?)
}

/// The properties of these names, each once; all for `all`.
fn columns(names: &[String]) -> Result<Vec<Property>> {
    let mut columns = Vec::new();
    for name in names {
        let properties = if name.trim().eq_ignore_ascii_case("all") {
            Property::ALL.to_vec()
        } else {
            vec![Property::named(name).context("--columns")?]
        };
        for property in properties {
            if !columns.contains(&property) {
                columns.push(property);
            }
        }
    }
    Ok(columns)
}

/// What a resumed run must have asked for, beside the settings of the library.
fn request(arguments: &Arguments) -> String {
    let novel = arguments.novel.as_ref();
    let path = novel.map(|file| &file.path);
    let column = novel.and_then(|file| file.column.as_ref());
    let column = column.map_or(String::new(), |column| format!(":{column}"));
    let keep = arguments.keep.request();
    format!("{path:?}{column}/{:?}/{keep}", arguments.device)
}

/// The molecules of `--novel`, which are cached as those of training sets.
fn known(arguments: &Arguments, console: &Console) -> Result<Option<KnownSet>> {
    let Some(novel) = &arguments.novel else {
        return Ok(None);
    };
    let sets = ReferenceSets {
        cache: cache_folder().map(Cache::at),
    };
    let file = MoleculeFile {
        source: novel.source(),
        column: None,
    };
    let known = sets.known(&file, console).context("--novel")?;
    if let Some(bad) = &known.first_invalid {
        console.say(format_args!(
            "--novel `{}`: {} of {} rows are not molecules and are passed over, the first \
             in row {}, `{}`: {}",
            novel.path.display(),
            known.invalid,
            known.rows,
            bad.row,
            bad.text,
            bad.reason
        ));
    }
    Ok(Some(known.set))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_follows_the_cause() {
        #[track_caller]
        fn check([invalid, repeated, known]: [u64; 3], temperature: f64, expected: &str) {
            let counts = Yield {
                invalid,
                repeated,
                known,
                ..Yield::default()
            };
            let params = SamplingParams {
                temperature,
                ..SamplingParams::default()
            };
            assert_eq!(
                advice(&counts, &params),
                format!("{expected} --temperature")
            );
        }
        check([96, 0, 0], 9.0, "lower");
        check([96, 0, 0], 0.0, "raise");
        check([5, 60, 3], 1.0, "raise");
        check([5, 3, 60], 1.0, "raise");
        let counts = Yield {
            invalid: 5,
            unmet: vec![("logp=9..".into(), 90), ("filters".into(), 8)],
            ..Yield::default()
        };
        let told = "widen `logp=9..`, which most do not meet";
        assert_eq!(advice(&counts, &SamplingParams::default()), told);
    }

    #[test]
    fn cut_strings_are_told() {
        let counts = Yield {
            drawn: 300,
            cut: 12,
            kept_cut: 3,
            ..Yield::default()
        };
        let told = "12 of 300 strings were cut at the context of 64 tokens";
        assert_eq!(cut(&counts, false, 64).as_deref(), Some(told));
        let told = format!("{told}, 3 of them kept");
        assert_eq!(cut(&counts, true, 64), Some(told));
        assert_eq!(cut(&Yield::default(), true, 64), None);
    }
}
