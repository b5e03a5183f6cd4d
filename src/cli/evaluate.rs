//! `molgpt evaluate`: judges a file of generated SMILES and writes the report.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::corpus::{self, ReadOptions};
use crate::evaluation::{self, Evaluation, Facts, Property, Proportion, References};
use crate::report::{self, Provenance, Source};

/// References that are used when they exist and no others are named.
const DEFAULT_TRAIN: &str = "data/molecules.csv";
const DEFAULT_TEST: &str = "data/test.csv";

/// Judge generated molecules and write report.html, report.json and plots.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Generated molecules: .csv with a `smiles` column, or one SMILES a line; `-` is standard input.
    /// Empty rows count as invalid molecules.
    generated: PathBuf,
    /// Training molecules, for novelty [default: data/molecules.csv if it exists].
    #[arg(long, value_name = "DATA")]
    train: Option<PathBuf>,
    /// Test molecules, for distances [default: data/test.csv if it exists].
    #[arg(long, value_name = "DATA")]
    test: Option<PathBuf>,
    /// Column of GENERATED that holds the SMILES [default: smiles].
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// Folder to write the report to [default: reports/NAME-OF-GENERATED].
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Title of the report [default: the name of GENERATED].
    #[arg(long, value_name = "NAME")]
    title: Option<String>,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> anyhow::Result<()> {
    let generated = read_generated(&arguments.generated, arguments.column.as_deref())?;
    let stem = stem(&arguments.generated);
    let folder = arguments
        .output
        .clone()
        .unwrap_or_else(|| Path::new("reports").join(&stem));
    // Fail before the work, not after it.
    let plots = folder.join("plots");
    std::fs::create_dir_all(&plots)
        .and_then(|()| tempfile::tempfile_in(&plots).map(drop))
        .with_context(|| {
            format!(
                "cannot write to `{}`: choose another folder with --output",
                folder.display()
            )
        })?;

    let mut references = References::default();
    let mut provenance = Provenance {
        title: arguments.title.clone().unwrap_or(stem),
        generated: name_of(&arguments.generated),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command_line(),
        ..Provenance::default()
    };
    if let Some(path) = reference(arguments.train.as_deref(), DEFAULT_TRAIN, "--train", quiet) {
        let (set, source) = train_reference(&path, quiet)?;
        references.train = Some(set);
        provenance.train = Some(source);
    }
    if let Some(path) = reference(arguments.test.as_deref(), DEFAULT_TEST, "--test", quiet) {
        let (facts, source) = test_reference(&path, quiet)?;
        references.test = Some(facts);
        provenance.test = Some(source);
    }

    let bar = progress("judging", generated.len(), quiet);
    let evaluation = evaluation::evaluate_with_progress(&generated, &references, &|| bar.inc(1));
    bar.finish_and_clear();

    let page = folder.join("report.html");
    let bar = progress("writing", 0, quiet);
    report::plots::write_all(&plots, &evaluation)?;
    report::write_text(
        &folder.join("report.json"),
        &report::json(&evaluation, &provenance)?,
    )?;
    report::write_text(&page, &report::html(&evaluation, &provenance))?;
    bar.finish_and_clear();

    let mut out = std::io::stdout().lock();
    write!(out, "{}", table(&evaluation))?;
    writeln!(out, "\nreport: {}", page.display())?;
    Ok(())
}

fn train_reference(path: &Path, quiet: bool) -> anyhow::Result<(HashSet<String>, Source)> {
    let smiles = read_reference(path)?;
    let bar = progress("training set", smiles.len(), quiet);
    let set = evaluation::canonical_set(&smiles, &|| bar.inc(1));
    bar.finish_and_clear();
    if set.is_empty() {
        bail!(
            "`{}` holds no valid molecule: give another file with --train",
            path.display()
        );
    }
    let source = Source {
        name: name_of(path),
        records: smiles.len(),
        used: set.len(),
    };
    Ok((set, source))
}

fn test_reference(path: &Path, quiet: bool) -> anyhow::Result<(Vec<Facts>, Source)> {
    let smiles = read_reference(path)?;
    let bar = progress("test set", smiles.len(), quiet);
    let facts = evaluation::facts(&smiles, &|| bar.inc(1));
    bar.finish_and_clear();
    if facts.is_empty() {
        bail!(
            "`{}` holds no valid molecule: give another file with --test",
            path.display()
        );
    }
    let source = Source {
        name: name_of(path),
        records: smiles.len(),
        used: facts.len(),
    };
    Ok((facts, source))
}

/// The file named by the user, else the default file if it exists, which is said aloud.
#[expect(clippy::print_stderr, reason = "messages go to stderr")]
fn reference(named: Option<&Path>, default: &str, flag: &str, quiet: bool) -> Option<PathBuf> {
    if let Some(path) = named {
        return Some(path.to_owned());
    }
    let found = Path::new(default).is_file();
    if !quiet {
        if found {
            eprintln!("using {flag} {default}");
        } else {
            eprintln!("no {flag} file given and no {default} here: what needs it is not computed");
        }
    }
    found.then(|| PathBuf::from(default))
}

fn read_reference(path: &Path) -> anyhow::Result<Vec<String>> {
    let records = corpus::read(path, &ReadOptions::default())?;
    Ok(records
        .records
        .into_iter()
        .map(|record| record.smiles)
        .collect())
}

/// Every row of the generated file, empty ones included: a blank row is an invalid molecule, and
/// the readers of training data leave those out.
fn read_generated(path: &Path, column: Option<&str>) -> anyhow::Result<Vec<String>> {
    let name = if path == Path::new("-") {
        name_of(path)
    } else {
        path.display().to_string()
    };
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.with_context(|| {
        format!("cannot read `{name}`: name a file of SMILES, such as `molgpt sample` writes")
    })?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice())
            .read_to_end(&mut plain)
            .with_context(|| format!("cannot decompress `{name}`: is the file whole?"))?;
        bytes = plain;
    }
    if bytes.contains(&0) {
        bail!("`{name}` is not a text file: give .csv, .smi or .txt, perhaps as .gz");
    }
    // What is not UTF-8 is judged as it is: such a row is no molecule.
    let text = String::from_utf8_lossy(&bytes);
    let is_table = path
        .extension()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("tsv"));
    let rows = rows(text.trim_start_matches('\u{feff}'), column, is_table)
        .with_context(|| format!("cannot use `{name}`"))?;
    if rows.is_empty() {
        bail!("`{name}` holds no rows: give one SMILES a row");
    }
    Ok(rows)
}

/// The SMILES of each row of a table (a comma in the first line, or `tabs`), or of each line.
fn rows(text: &str, column: Option<&str>, tabs: bool) -> anyhow::Result<Vec<String>> {
    let wanted = column.unwrap_or("smiles");
    let is_wanted = |cell: &str| cell.trim().trim_matches('"').eq_ignore_ascii_case(wanted);
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if tabs { '\t' } else { ',' };
    if first.contains(delimiter) {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .delimiter(delimiter as u8)
            .from_reader(text.as_bytes());
        let header = reader.headers()?.clone();
        let Some(index) = header.iter().position(is_wanted) else {
            let found: Vec<&str> = header.iter().collect();
            bail!(
                "no column `{wanted}`, only {}: choose one with --column",
                found.join(", ")
            );
        };
        return reader
            .records()
            .map(|row| Ok(row?.get(index).unwrap_or_default().trim().to_owned()))
            .collect();
    }
    let has_header = is_wanted(first);
    if column.is_some() && !has_header {
        bail!("no column `{wanted}`: leave --column out for one SMILES a line");
    }
    // By lines and not by the csv crate, which skips blank ones. What follows a SMILES after
    // white space is its name.
    Ok(text
        .lines()
        .skip(usize::from(has_header))
        .map(|line| line.trim().trim_matches('"'))
        .map(|line| {
            line.split_whitespace()
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect())
}

/// The headline figures and distances as aligned text.
fn table(evaluation: &Evaluation) -> String {
    let mut text = String::new();
    for (name, proportion) in [
        ("validity", &evaluation.validity),
        ("uniqueness", &evaluation.uniqueness),
        ("unique@1,000", &evaluation.uniqueness_at_1000),
        ("unique@10,000", &evaluation.uniqueness_at_10000),
        ("novelty", &evaluation.novelty),
    ] {
        let _ = writeln!(text, "{name:<18}{}", figure(proportion));
    }
    let _ = writeln!(text, "\ndistance to the test set (Wasserstein-1)");
    let mut reasons: Vec<&str> = Vec::new();
    for row in &evaluation.distributions {
        if let Some(distance) = row.wasserstein {
            let name = Property::label(row.property);
            let _ = writeln!(
                text,
                "{}",
                format!("{name:<18}{distance:>9.4}  {}", row.unit).trim_end()
            );
        } else if let Some(reason) = row
            .reason
            .as_deref()
            .filter(|reason| !reasons.contains(reason))
        {
            reasons.push(reason);
            let _ = writeln!(text, "not computed: {reason}");
        }
    }
    text
}

fn figure(proportion: &Proportion) -> String {
    match (proportion.value, proportion.interval) {
        (Some(value), Some([low, high])) => format!(
            "{:>7.2} %  [{:>6.2}, {:>6.2}]  {} of {}",
            value * 100.0,
            low * 100.0,
            high * 100.0,
            proportion.count,
            proportion.of
        ),
        _ => format!(
            "not computed: {}",
            proportion.reason.as_deref().unwrap_or_default()
        ),
    }
}

/// A bar on stderr, or a spinner for an unknown length; invisible when quiet or without a terminal.
fn progress(what: &'static str, length: usize, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    if length == 0 {
        let spinner = ProgressBar::new_spinner().with_message(what);
        spinner.enable_steady_tick(Duration::from_millis(100));
        return spinner;
    }
    let style = ProgressStyle::with_template("{msg:>12} {bar:40} {human_pos}/{human_len} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length as u64)
        .with_style(style)
        .with_message(what)
}

/// The file's name without folders: reports may be shared, folders are nobody's business.
fn name_of(path: &Path) -> String {
    if path == Path::new("-") {
        return "standard input".to_owned();
    }
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// The file's name without `.gz` and its extension.
fn stem(path: &Path) -> String {
    if path == Path::new("-") {
        return "stdin".to_owned();
    }
    let name = name_of(path);
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let stem = Path::new(name)
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    stem.unwrap_or_else(|| "generated".to_owned())
}

/// The command as it could be typed again.
pub(super) fn command_line() -> String {
    let quote = |word: String| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:@%+".contains(c);
        if !word.is_empty() && word.chars().all(plain) {
            word
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    };
    let words = std::env::args_os()
        .skip(1)
        .map(|word| quote(word.to_string_lossy().into_owned()));
    std::iter::once("molgpt".to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_rows(text: &str, column: Option<&str>, expected: &[&str]) {
        assert_eq!(rows(text, column, false).expect("rows"), expected);
    }

    #[test]
    fn every_row_counts() {
        check_rows("", None, &[]);
        check_rows("smiles\n", None, &[]);
        check_rows("smiles\nC\n\nCO\n", None, &["C", "", "CO"]);
        check_rows("SMILES\r\nC\r\n\"\"\r\n", None, &["C", ""]);
        check_rows("C\nCO methanol\n", None, &["C", "CO"]);
        check_rows("smiles,nll\nC,1.5\n,2\nCO\n", None, &["C", "", "CO"]);
        check_rows("id,mol\n1,C\n", Some("Mol"), &["C"]);
    }

    #[track_caller]
    fn check_error(text: &str, column: Option<&str>, expected: &str) {
        let error = rows(text, column, false).expect_err("an error");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_missing_column_is_named() {
        check_error(
            "id,mol\n1,C\n",
            None,
            "no column `smiles`, only id, mol: choose one with --column",
        );
        check_error(
            "C\n",
            Some("mol"),
            "no column `mol`: leave --column out for one SMILES a line",
        );
    }

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
