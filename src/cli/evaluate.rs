//! `molgpt evaluate`: evaluates a file of generated SMILES and writes the report.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::cache_folder::cache_folder;
use super::chemnet;
use super::console::Console;
use super::messages::{self, Level, OfError};
use super::paths::DataFile;
use super::{figures, signals};
use crate::device::Device;
use crate::error::{Context, Kind, Result, ensure};
use crate::evaluation::{
    Cache, Evaluated, Evaluation, EvaluationSettings, MadeBy, MoleculeFile, Provenance,
    evaluate_file,
};
use crate::progress::Watch;
use crate::report;
use crate::report::benchmarks::{self, Row};
use crate::run::RunRecord;
use crate::text::caret;

/// References that are used when they exist and no others are named.
const DEFAULT_TRAIN: &str = "data/molecules.csv";
const FULL_TRAIN: &str = "data/full/train.csv";
const DEFAULT_TEST: &str = "data/test.csv";
const DEFAULT_TEST_SCAFFOLDS: &str = "data/test_scaffolds.csv";

/// Evaluate generated molecules: writes report.html, report.json and plots.
#[expect(clippy::struct_excessive_bools, reason = "one per flag")]
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Generated molecules: a table of any kind, or one SMILES per line; `GENERATED:COLUMN` for one of
    /// its columns; `-` is standard input. Empty rows count as invalid molecules.
    generated: DataFile,
    /// The model that made GENERATED, a run folder or a model file: the report then tells what it was
    /// trained on [default: the run folder in which GENERATED lies].
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,
    /// Training molecules, for novelty [default: the file that the model was trained on, if it is still
    /// there, else data/molecules.csv if it exists]. `DATA:COLUMN` is one of its columns, here and below.
    #[arg(long, value_name = "DATA")]
    train: Option<DataFile>,
    /// Test molecules, for FCD, SNN and the other distances [default: data/test.csv if it exists].
    #[arg(long, value_name = "DATA")]
    test: Option<DataFile>,
    /// Test molecules whose scaffolds do not occur in training [default: `data/test_scaffolds.csv`
    /// if it exists].
    #[arg(long, value_name = "DATA")]
    test_scaffolds: Option<DataFile>,
    /// The wheel of `fcd_torch` 1.0.7, or the weights inside it, for FCD [default: the variable
    /// `MOLGPT_CHEMNET`, else the file that `data/fetch_chemnet.sh` fetches].
    #[arg(long, value_name = "WHEEL", conflicts_with = "quick")]
    chemnet: Option<PathBuf>,
    #[arg(
        long,
        default_value = "cpu",
        value_name = "DEVICE",
        help = "What computes ChemNet: `cpu`, `flex`, `ndarray`, `cuda` or `cuda:1`"
    )]
    device: Device,
    /// Compute only validity, uniqueness, novelty and properties, in one pass, for millions of
    /// molecules.
    #[arg(long)]
    quick: bool,
    /// Folder in which statistics of reference sets are cached [default: the variable `MOLGPT_CACHE`, else `molgpt` in the user's
    /// cache folder].
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    cache: Option<PathBuf>,
    /// Neither read nor write the cache of reference sets.
    #[arg(long)]
    no_cache: bool,
    /// Name or number of the column of GENERATED with the SMILES [default: `smiles`, or the one that
    /// looks like SMILES].
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// Folder for the report [default: reports/NAME-OF-GENERATED, with a number if that has a
    /// report].
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Replace an existing report in the folder.
    #[arg(long)]
    overwrite: bool,
    /// Title of the report [default: the name of GENERATED].
    #[arg(long, value_name = "NAME")]
    title: Option<String>,
    /// Print the report as one JSON document, that of report.json, instead of the tables.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    // Fail before the work, not after it.
    super::device::prepare(&arguments.device)?;
    if !arguments.generated.is_stream() {
        try_reading(&arguments.generated, arguments.column.as_deref())?;
    }
    let stem = stem(&arguments.generated.path);
    let folder = report_folder(arguments, &stem)?;
    let is_new = !folder.exists();
    let plots = folder.join("plots");
    std::fs::create_dir_all(&plots)
        .and_then(|()| tempfile::tempfile_in(&plots).map(drop))
        .with_context(|| {
            format!(
                "cannot write to `{}`: choose another folder with --output",
                folder.display()
            )
        })?;

    // Ctrl-C ends the program at once: there is nothing to keep.
    let tidy = move |folder: &Path| {
        if is_new {
            // Only ever an empty folder goes.
            let _ = std::fs::remove_dir(folder.join("plots"))
                .and_then(|()| std::fs::remove_dir(folder));
        }
    };
    let of_signals = folder.clone();
    signals::end_after(move |code| {
        tidy(&of_signals);
        if messages::are_json() {
            let fields = OfError::of(Kind::Cancelled.name(), Some(code));
            messages::tell(Level::Error, "the work was cancelled", fields);
        }
    })?;
    let console = Console::new(quiet);
    let (model, trained_on) = maker(arguments, &console)?;
    let reference = |named: &Option<DataFile>, default: Option<&str>, flag| {
        let file = reference(named.as_ref(), default, flag, &console)?;
        Some(molecules(&file, None))
    };
    let default_train = trained_on.as_deref().unwrap_or(DEFAULT_TRAIN);
    let train = arguments.train.as_ref().map(|file| &*file.path);
    let is_moses = is_moses(train.unwrap_or(Path::new(default_train)));
    let beside_moses = |test| is_moses.then_some(test);
    let settings = EvaluationSettings {
        model,
        train: reference(&arguments.train, Some(default_train), "--train"),
        test: reference(&arguments.test, beside_moses(DEFAULT_TEST), "--test"),
        test_scaffolds: reference(
            &arguments.test_scaffolds,
            beside_moses(DEFAULT_TEST_SCAFFOLDS),
            "--test-scaffolds",
        ),
        quick: arguments.quick,
        cache: cache(arguments),
        title: Some(arguments.title.clone().unwrap_or(stem)),
        command: super::command_line(),
        ..EvaluationSettings::of(molecules(&arguments.generated, arguments.column.clone()))
    };
    let network = if arguments.quick {
        Err(String::new())
    } else {
        chemnet::network(arguments.chemnet.as_deref(), &arguments.device)?
    };
    let network = network.as_deref().map_err(Clone::clone);
    let evaluated = evaluate_file(&settings, network, &console).inspect_err(|_| tidy(&folder))?;
    console.begin("writing", 0);
    let page = report::write(&folder, &evaluated)?;
    console.clear();

    let Evaluated {
        evaluation,
        provenance,
    } = &evaluated;
    if arguments.json {
        return figures::print_text(&report::json(evaluation, provenance)?);
    }
    if quiet {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    write!(out, "{}", table(evaluation, provenance))?;
    write!(out, "{}", faults(evaluation))?;
    writeln!(out, "\nreport: {}", page.display())?;
    Ok(())
}

/// The model that made the molecules, and the file that it was trained on if that is still there.
fn maker(arguments: &Arguments, console: &Console) -> Result<(Option<MadeBy>, Option<String>)> {
    let inside = arguments.generated.path.parent();
    let inside = inside.filter(|folder| folder.join("model.safetensors").is_file());
    let Some(path) = arguments.model.as_deref().or(inside) else {
        return Ok((None, None));
    };
    if arguments.model.is_none() {
        console.say(format_args!(
            "using --model {}, the run folder of GENERATED",
            path.display()
        ));
    }
    let made = super::model::made_by(path)?;
    let run = made.run.as_deref().map(Path::new);
    let record = run.map(RunRecord::load).transpose()?.flatten();
    let data = record.map(|record| record.data);
    let data = data.filter(|data| Path::new(data).is_file());
    Ok((Some(made), data))
}

/// Reads a file of generated molecules for its faults, before there is anything else: a large one
/// only so far that it is recognized.
fn try_reading(file: &DataFile, column: Option<&str>) -> Result<()> {
    /// Bytes that are read in about a second.
    const CHEAP: u64 = 64 << 20;
    let mut rows = file.generated(column)?;
    let is_cheap = rows.size().is_some_and(|size| size <= CHEAP);
    rows.next(1)?;
    while is_cheap && !rows.next(10_000)?.is_empty() {}
    Ok(())
}

/// A file of molecules, or standard input.
fn molecules(file: &DataFile, column: Option<String>) -> MoleculeFile {
    MoleculeFile {
        source: file.source(),
        column,
    }
}

/// The cache that is asked for, else that in the user's cache folder.
fn cache(arguments: &Arguments) -> Option<Cache> {
    if arguments.no_cache {
        return None;
    }
    let folder = arguments.cache.clone().or_else(cache_folder)?;
    Some(Cache::at(folder))
}

/// The folder of the report: never one with another report, unless the user allows it.
fn report_folder(arguments: &Arguments, stem: &str) -> Result<PathBuf> {
    let is_free = |folder: &PathBuf| arguments.overwrite || !folder.join("report.json").exists();
    if let Some(folder) = &arguments.output {
        ensure!(
            is_free(folder),
            Setting,
            "`{}` holds a report: choose another folder with --output, or replace it with --overwrite",
            folder.display()
        );
        return Ok(folder.clone());
    }
    let first = std::iter::once(stem.to_owned());
    let numbered = (2_u32..).map(|number| format!("{stem}-{number}"));
    let mut folders = first
        .chain(numbered)
        .map(|name| Path::new("reports").join(name));
    Ok(folders.find(is_free).expect("the numbers do not end"))
}

/// Whether a training set is that of MOSES, beside which its test sets mean something.
fn is_moses(train: &Path) -> bool {
    [DEFAULT_TRAIN, FULL_TRAIN]
        .iter()
        .any(|moses| train.ends_with(moses))
}

/// The file named by the user, else the default file, if there is one, which is said aloud.
fn reference(
    named: Option<&DataFile>,
    default: Option<&str>,
    flag: &str,
    console: &Console,
) -> Option<DataFile> {
    if let Some(file) = named {
        return Some(file.clone());
    }
    let Some(default) = default else {
        console.say(format_args!(
            "no {flag} file given: what needs it is not computed (the test sets of MOSES go with its training set)"
        ));
        return None;
    };
    let found = Path::new(default).is_file();
    if found {
        console.say(format_args!("using {flag} {default}"));
    } else {
        console.say(format_args!(
            "no {flag} file given and no {default} here: what needs it is not computed"
        ));
    }
    found.then(|| DataFile::of(Path::new(default)))
}

/// The figures of the benchmarks and the distances of further properties, as aligned text.
fn table(evaluation: &Evaluation, provenance: &Provenance) -> String {
    let cut = evaluation.cut.as_ref().filter(|cut| cut.count > 0);
    let cut = cut.map_or_else(String::new, |cut| {
        format!(" ({} cut at the context of their model)", cut.count)
    });
    let mut text = format!(
        "{} strings{cut}, {} valid, {} different\n",
        evaluation.generated, evaluation.valid, evaluation.unique
    );
    for table in [
        benchmarks::moses(evaluation, provenance),
        benchmarks::guacamol(evaluation, provenance),
        benchmarks::beside(evaluation),
    ] {
        // The figures that a paper quotes; report.json has the parts too.
        let rows = table.rows.iter().filter(|row| !row.name.starts_with("KL "));
        let score = table.rows.iter().filter(|row| row.name == "KL score");
        let rows: Vec<&Row> = rows.chain(score).collect();
        let lengths = rows.iter().map(|row| row.name.len() + 2);
        let names = lengths.chain([table.name.len(), 10]).max().unwrap_or(10) + 2;
        let _ = writeln!(
            text,
            "\n{:<names$}{:>9}  {:<20}of",
            table.name, "value", "95 % interval"
        );
        let (computed, missing): (Vec<&Row>, Vec<&Row>) =
            rows.into_iter().partition(|row| row.value.is_some());
        for row in computed {
            let _ = writeln!(text, "{}", line(row, names));
        }
        text += &reasons(&missing);
    }
    text
}

/// Figures that are not computed, by their reason.
fn reasons(missing: &[&Row]) -> String {
    let mut text = String::new();
    let mut told: Vec<&str> = Vec::new();
    for row in missing {
        let reason = row.reason.as_deref().unwrap_or_default();
        if told.contains(&reason) {
            continue;
        }
        told.push(reason);
        let alike = missing
            .iter()
            .filter(|row| row.reason.as_deref().unwrap_or_default() == reason);
        let names: Vec<&str> = alike.map(|row| &*row.name).collect();
        let _ = writeln!(text, "not computed: {}: {reason}", names.join(", "));
    }
    text
}

/// The causes of invalid strings, each with its first string and a caret under the place.
fn faults(evaluation: &Evaluation) -> String {
    let mut text = String::new();
    if !evaluation.invalid.is_empty() {
        text += "\nnot molecules\n";
    }
    for row in &evaluation.invalid {
        let example = &row.example;
        let _ = writeln!(
            text,
            "{:<12}{:>9}  row {}: {}",
            row.cause.name(),
            row.count,
            example.row,
            example.message
        );
        if let Some(position) = example.position {
            for line in caret(&example.smiles, position).lines() {
                let _ = writeln!(text, "{:21}{line}", "");
            }
        }
    }
    text
}

/// One computed figure, its name in a column of this width.
fn line(row: &Row, names: usize) -> String {
    let value = row.value.unwrap_or(f64::NAN);
    let better = match row.larger_is_better {
        Some(true) => "↑",
        Some(false) => "↓",
        None => "",
    };
    let name = format!("{} {better}", row.name);
    let interval = row
        .interval
        .map_or_else(String::new, |[low, high]| format!("[{low:.4}, {high:.4}]"));
    let warning = row.warning.as_ref();
    let warning = warning.map_or_else(String::new, |warning| format!("\n  warning: {warning}"));
    format!(
        "{name:<names$}{value:>9.4}  {interval:<20}{}{warning}",
        row.of
    )
}

/// The file's name without `.gz` and its extension.
fn stem(path: &Path) -> String {
    if path == Path::new("-") {
        return "stdin".to_owned();
    }
    let name = crate::evaluation::name_of(path);
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let stem = Path::new(name)
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    stem.unwrap_or_else(|| "generated".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_stem(path: &str, expected: &str) {
        assert_eq!(stem(Path::new(path)), expected);
    }

    #[test]
    fn stems() {
        check_stem("-", "stdin");
        check_stem("a/run.1.csv.gz", "run.1");
        check_stem("molecules", "molecules");
    }
}
