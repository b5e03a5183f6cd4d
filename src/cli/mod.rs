//! The command line: one file per subcommand, each turning its arguments into one library call.
//!
//! Exit codes: 0 done, 1 the input is wrong, 2 usage, 128 and the number of the signal that ended the
//! work (130 Ctrl-C, 143 termination), whatever was kept. Machine output goes to stdout or `-o`, progress
//! and messages to stderr, as text or as JSON lines.

mod audit;
mod baselines;
mod bench;
mod cache_folder;
mod canonicalize;
mod check;
mod chemnet;
mod command_line;
mod compare;
mod completions;
mod conditions;
mod console;
mod count;
mod describe;
mod device;
mod doctor;
mod draw;
mod evaluate;
mod exchange;
mod explain;
mod figures;
mod format;
mod fragments;
mod guacamol;
mod info;
mod keep;
#[cfg(any(feature = "cuda", feature = "wgpu"))]
mod kernels;
mod man;
mod messages;
mod model;
mod optimize;
mod panics;
mod paths;
#[cfg(feature = "playground")]
mod playground;
mod pmo;
mod prepare;
mod progress_events;
mod run_folder;
mod sample;
mod score;
mod searches;
mod signals;
mod study;
mod sweep;
mod tokenize;
mod train;
mod train_log;
mod tune;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{CommandFactory, Parser, Subcommand};

use crate::error::{Context, Error, Kind, Result, ensure, rename_settings};
use crate::progress::Outcome;
use crate::table::TableError;
use command_line::command_line;
use messages::{Level, LogFormat, OfError};

pub use cache_folder::cache_folder;

/// A language model that generates molecules as SMILES.
#[derive(Debug, Parser)]
#[command(version, long_version = VERSION.as_str(), about, long_about = None, after_long_help = CODES)]
struct Cli {
    /// Print nothing but errors, and the result of a command that writes no file.
    #[arg(short, long, global = true, env = "MOLGPT_QUIET", value_parser = clap::builder::FalseyValueParser::new())]
    quiet: bool,
    /// What standard error gets: text for people, or one JSON object a line for programs.
    #[arg(long, global = true, value_name = "FORMAT", env = messages::VARIABLE, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(train::Arguments),
    Sample(sample::Arguments),
    Optimize(optimize::Arguments),
    Evaluate(evaluate::Arguments),
    Compare(compare::Arguments),
    Sweep(Box<sweep::Arguments>),
    #[command(alias = "ladder")]
    Baselines(baselines::Arguments),
    Audit(audit::Arguments),
    Canonicalize(canonicalize::Arguments),
    Check(check::Arguments),
    Prepare(prepare::Arguments),
    Score(score::Arguments),
    Describe(describe::Arguments),
    Draw(draw::Arguments),
    Info(info::Arguments),
    Export(exchange::ExportArguments),
    Import(exchange::ImportArguments),
    Tokenize(tokenize::Arguments),
    Bench(bench::Arguments),
    Explain(explain::Arguments),
    #[cfg(feature = "playground")]
    Playground(playground::Arguments),
    Doctor(doctor::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// The end of a command that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// All of it is done.
    Done,
    /// A signal ended it; what was done by then is kept.
    Interrupted,
}

impl Ending {
    fn of<T>(outcome: &Outcome<T>) -> Self {
        if outcome.is_cancelled() {
            Self::Interrupted
        } else {
            Self::Done
        }
    }

    /// This end of a table that was read row by row, or the fault at which reading stopped. `kept` has the
    /// rows before it and what was done with them; none where nothing came of any.
    fn unless(self, fault: Option<TableError>, kept: Option<(usize, &str)>) -> Result<Self> {
        match (fault, kept) {
            (None, _) => Ok(self),
            (Some(fault), None) => Err(fault.into()),
            (Some(fault), Some((rows, done))) => {
                let kept = format!("the {rows} rows before are {done} and kept");
                Err(Error::from(fault).within(kept))
            }
        }
    }
}

/// Runs the program on the process's arguments and returns its exit code.
pub fn main() -> ExitCode {
    main_of(std::env::args_os().collect()).into()
}

/// The same on these arguments, the first of which is the program's own name. Once in a process; help and
/// wrong usage end the process.
pub fn main_of(arguments: Vec<OsString>) -> u8 {
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            messages::choose(messages::format_of(&arguments));
            refuse(&error)
        }
    };
    messages::choose(cli.log_format);
    command_line::remember(arguments);
    if std::env::var_os("MOLGPT_AMX").is_some_and(|value| value == "0") {
        crate::model::refuse_tiles();
    }
    match run(&cli) {
        Ok(Ending::Done) => 0,
        Ok(Ending::Interrupted) => signals::exit_code(),
        Err(error) if is_closed_pipe(&error) => 0,
        Err(error) => {
            let code = match error.kind() {
                Kind::Cancelled => signals::exit_code(),
                _ => 1,
            };
            report(&error, code);
            code
        }
    }
}

fn run(cli: &Cli) -> Result<Ending> {
    let quiet = cli.quiet;
    match &cli.command {
        // These may end early and keep what is done.
        Command::Train(arguments) => return train::run(arguments, quiet),
        Command::Sample(arguments) => return sample::run(arguments, quiet),
        Command::Optimize(arguments) => return optimize::run(arguments, quiet),
        Command::Sweep(arguments) => return sweep::run(arguments, quiet),
        Command::Baselines(arguments) => return baselines::run(arguments, quiet),
        Command::Audit(arguments) => return audit::run(arguments, quiet),
        Command::Prepare(arguments) => return prepare::run(arguments, quiet),
        Command::Score(arguments) => return score::run(arguments, quiet),
        Command::Describe(arguments) => return describe::run(arguments, quiet),
        Command::Bench(arguments) => return bench::run(arguments, quiet),
        Command::Draw(arguments) => return draw::run(arguments, quiet),
        Command::Evaluate(arguments) => evaluate::run(arguments, quiet),
        Command::Compare(arguments) => compare::run(arguments, quiet),
        Command::Canonicalize(arguments) => canonicalize::run(arguments, quiet),
        Command::Check(arguments) => check::run(arguments, quiet),
        Command::Info(arguments) => info::run(arguments, quiet),
        Command::Export(arguments) => exchange::export(arguments, quiet),
        Command::Import(arguments) => exchange::import(arguments, quiet),
        Command::Tokenize(arguments) => tokenize::run(arguments, quiet),
        Command::Explain(arguments) => explain::run(arguments, quiet),
        #[cfg(feature = "playground")]
        Command::Playground(arguments) => playground::run(arguments, quiet),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Completions(arguments) => completions::run(arguments, Cli::command()),
        Command::Man(arguments) => man::run(arguments, Cli::command()),
    }?;
    Ok(Ending::Done)
}

/// Ends the process as other wrong usage does, with this message.
fn usage(message: &str) -> ! {
    let conflict = clap::error::ErrorKind::ArgumentConflict;
    refuse(&Cli::command().error(conflict, message))
}

/// Ends the process with the words of clap: help, or what is wrong with the usage.
fn refuse(error: &clap::Error) -> ! {
    if messages::are_json() && error.use_stderr() {
        let text = error.render().to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let code = u8::try_from(error.exit_code()).unwrap_or(2);
        messages::tell(Level::Error, text, OfError::of("usage", Some(code)));
        std::process::exit(i32::from(code));
    }
    error.exit()
}

/// Sets how many cores this process uses; 0 for all.
fn use_threads(count: usize) -> Result<()> {
    /// More than any machine has cores.
    const MOST: usize = 1_024;
    ensure!(
        count <= MOST,
        Setting,
        "--threads is {count}: it must be at most {MOST}"
    );
    rayon::ThreadPoolBuilder::new()
        .num_threads(count)
        .build_global()
        .context("cannot start the threads")
}

/// The end of the program's help.
const CODES: &str = "\
Variables: MOLGPT_THREADS, MOLGPT_DEVICE, MOLGPT_MODEL, MOLGPT_QUIET and MOLGPT_LOG_FORMAT stand for the flags of these names, where a \
command has them; MOLGPT_CACHE is the folder of cached statistics, MOLGPT_CHEMNET the file of --chemnet; MOLGPT_AMX=0 \
refuses the tiles of AMX.

Exit codes: 0 done; 1 the input is wrong; 2 usage; 128 and the number of the signal that ended the work (130 Ctrl-C, \
143 termination), what was done by then being kept.";

static VERSION: LazyLock<String> = LazyLock::new(version);

/// Version, commit, cargo features and the processor path in use.
fn version() -> String {
    let features = [
        ("plots", cfg!(feature = "plots")),
        ("parquet", cfg!(feature = "parquet")),
        ("playground", cfg!(feature = "playground")),
        ("xlsx", cfg!(feature = "xlsx")),
        ("zstd", cfg!(feature = "zstd")),
        ("ndarray", cfg!(feature = "ndarray")),
        ("cuda", cfg!(feature = "cuda")),
        ("wgpu", cfg!(feature = "wgpu")),
        ("collective", cfg!(feature = "collective")),
    ];
    let features: Vec<&str> = features
        .iter()
        .filter_map(|(name, is_on)| is_on.then_some(*name))
        .collect();
    format!(
        "{}\ncommit {}\nfeatures {}\nprocessor {}",
        env!("CARGO_PKG_VERSION"),
        env!("MOLGPT_COMMIT"),
        features.join(", "),
        crate::model::processor_path()
    )
}

/// The argument that gives a setting of the library.
fn flag(setting: &str) -> String {
    match setting {
        "data" => "DATA".to_owned(),
        // Not every command has --column, and not for every file.
        "column" => "`FILE:COLUMN`".to_owned(),
        "conditions" => "--condition".to_owned(),
        "asked" => "--set-from".to_owned(),
        _ => format!("--{}", setting.replace('_', "-")),
    }
}

/// Tells the error that ends the program with this code.
fn report(error: &Error, code: u8) {
    let message = match panics::first() {
        Some(words) if error.kind() == Kind::Device => crate::device::failed(&words).chain(),
        _ => error.chain(),
    };
    let fields = OfError::of(error.kind().name(), Some(code));
    messages::tell(Level::Error, &rename_settings(&message, flag), fields);
}

/// Whether the reader of stdout went away (`molgpt sample | head`), which is no error of ours.
fn is_closed_pipe(error: &Error) -> bool {
    error
        .cause::<std::io::Error>()
        .is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}
