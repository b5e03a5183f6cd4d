//! `molgpt check`: a survey of a data set before training.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use super::console::Console;
use super::figures;
use super::paths::{self, DataFile};
use crate::config::{RunConfig, suggest};
use crate::corpus::{self, Cut, Findings, Percentiles, RARE, Survey};
use crate::error::{Result, ensure};
use crate::report::write_text;
use crate::table::{BadRow, ReadOptions};

/// Tokens, bad rows and elements that the text names.
const NAMED: usize = 12;

/// Survey a data set before training: validity, duplicates, tokens, lengths, composition.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The molecules, as a list or a table of any kind; `DATA:COLUMN` for one of its columns; `-` is
    /// standard input.
    data: DataFile,
    /// A second file, such as a test set: count its molecules that are also in DATA (leakage).
    #[arg(long, value_name = "FILE")]
    against: Option<DataFile>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Also write a suggested configuration to this file, for `molgpt train --config`.
    #[arg(long, value_name = "FILE")]
    suggest: Option<PathBuf>,
    /// Also write every invalid row to this file: row, text, reason and the other columns of DATA.
    #[arg(long, value_name = "FILE")]
    bad: Option<PathBuf>,
    /// Name or number of the column with the SMILES in DATA [default: `smiles`, or the one that looks
    /// like SMILES].
    #[arg(long)]
    column: Option<String>,
    /// Processor cores to use; 0 for all.
    #[arg(long, env = "MOLGPT_THREADS", default_value_t = 0)]
    threads: usize,
}

/// The findings, and the configuration that fits them.
#[derive(Debug, Serialize)]
struct Advice {
    #[serde(flatten)]
    findings: Findings,
    suggested: RunConfig,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    super::use_threads(arguments.threads)?;
    let mut inputs = vec![&arguments.data];
    inputs.extend(&arguments.against);
    let outputs = [
        ("--bad", arguments.bad.as_deref()),
        ("--suggest", arguments.suggest.as_deref()),
    ];
    paths::refuse_overwriting(&inputs, &outputs)?;
    let data = arguments.data.rows(&ReadOptions {
        column: arguments.column.clone(),
        keep_cells: arguments.bad.is_some(),
        ..ReadOptions::default()
    })?;
    let against = arguments.against.as_ref();
    let against = against
        .map(|file| file.rows(&ReadOptions::default()))
        .transpose()?;
    let bad = arguments.bad.as_deref();
    let bad = bad.map(|path| paths::output(path, None));
    let findings = corpus::check(data, against, bad.as_ref(), &Console::new(quiet))?;
    let longest = findings.survey.lengths.map_or(1, |it| it.p999 as usize);
    let advice = Advice {
        suggested: suggest(findings.survey.distinct, longest),
        findings,
    };
    if let Some(path) = &arguments.suggest {
        write_text(path, &toml::to_string(&advice.suggested)?)?;
    }
    if arguments.json {
        figures::print(&advice)?;
    } else {
        write!(std::io::stdout().lock(), "{}", advice.text()?)?;
    }
    let Survey { rows, valid, .. } = advice.findings.survey;
    ensure!(
        valid > 0,
        Input,
        "none of the {rows} rows of `{}` is a molecule: the reasons are above",
        advice.findings.data.display()
    );
    Ok(())
}

impl Advice {
    fn text(&self) -> Result<String> {
        let survey = &self.findings.survey;
        let share = |count: usize, of: usize| -> String {
            format!("{count} ({:.2} %)", 100.0 * count as f64 / of.max(1) as f64)
        };
        let of_valid = |count: usize| share(count, survey.valid);
        let mut text = String::new();
        let mut line = |name: &str, value: &str| {
            // A String takes any text.
            let _ = writeln!(text, "{name:<22}{value}");
        };
        line("data", &self.findings.data.display().to_string());
        line("rows", &survey.rows.to_string());
        line("valid", &share(survey.valid, survey.rows));
        line("distinct", &of_valid(survey.distinct));
        line("duplicates", &of_valid(survey.duplicates));
        line("not canonical", &of_valid(survey.not_canonical));
        line("invalid", &share(survey.invalid, survey.rows));
        for (cause, count) in &survey.causes {
            line(&format!("  {cause}"), &count.to_string());
        }
        bad_rows(&survey.bad, survey.invalid, &mut line);
        if let Some(lengths) = &survey.lengths {
            line("tokens per molecule", &percentiles(lengths, 0));
        }
        if let Some(weights) = &survey.weights {
            line("weight, g/mol", &percentiles(weights, 1));
        }
        for cut in survey.cuts.iter().filter(|cut| cut.molecules > 0) {
            let name = format!("cut by context {}", cut.context);
            line(&name, &of_valid(cut.molecules));
        }
        let frequent = survey.tokens.iter().take(NAMED);
        let frequent: Vec<String> = frequent
            .map(|token| format!("{} {}", token.token, token.count))
            .collect();
        let name = format!("tokens, {} kinds", survey.tokens.len());
        line(&name, &frequent.join(", "));
        let rare: Vec<String> = survey
            .rare_tokens()
            .map(|token| format!("{} {}", token.token, token.molecules))
            .collect();
        if !rare.is_empty() {
            let shown = rare.iter().rev().take(NAMED).cloned().collect::<Vec<_>>();
            let name = format!("rare tokens, {}", rare.len());
            let more = if rare.len() > NAMED { ", ..." } else { "" };
            let shown = shown.join(", ");
            line(
                &name,
                &format!("in fewer than {RARE} molecules: {shown}{more}"),
            );
        }
        line("mixtures", &of_valid(survey.mixtures));
        line("  of them salts", &of_valid(survey.salts));
        line("charged atoms", &of_valid(survey.with_charges));
        line("  of them ions", &of_valid(survey.ions));
        line("stereocentres", &of_valid(survey.with_stereocentres));
        line("stereo double bonds", &of_valid(survey.with_stereo_bonds));
        line(
            "idle stereo marks",
            &of_valid(survey.with_idle_stereo_marks),
        );
        line("radicals", &of_valid(survey.radicals));
        line("isotopes", &of_valid(survey.with_isotopes));
        let unusual = survey.unusual_elements.iter();
        let unusual: Vec<String> = unusual
            .map(|(element, count)| format!("{element} {count}"))
            .collect();
        let unusual = unusual.join(", ");
        line(
            "unusual elements",
            if unusual.is_empty() { "none" } else { &unusual },
        );
        if let Some(overlap) = &self.findings.overlap {
            line("against", &overlap.file.display().to_string());
            line(
                "  its molecules",
                &format!("{} distinct of {} rows", overlap.distinct, overlap.rows),
            );
            line(
                "  in the data too",
                &share(overlap.shared, overlap.distinct),
            );
            bad_rows(&overlap.bad, overlap.invalid, &mut line);
        }
        let _ = write!(
            text,
            "\nsuggested configuration (molgpt check DATA --suggest FILE writes it):\n\n{}",
            toml::to_string(&self.suggested)?
        );
        text += &self.advice();
        Ok(text)
    }

    /// What to do with few molecules; nothing for many.
    fn advice(&self) -> String {
        let survey = &self.findings.survey;
        if survey.distinct >= FEW {
            return String::new();
        }
        let context = self.suggested.model.context;
        let is_cut = |cut: &Cut| cut.molecules > 0 && cut.context < context;
        let longer = if survey.cuts.iter().any(is_cut) {
            format!(" --context {context}")
        } else {
            String::new()
        };
        format!(
            "\n{} molecules are few: fine-tuning gives a better model than training from scratch, `molgpt train DATA \
             --from pretrained{longer}`; of either, more strings are valid with `molgpt sample --temperature 0.7`\n",
            survey.distinct
        )
    }
}

/// Fewer molecules than this are better tuned with than trained on; docs/data.md has the figures.
const FEW: usize = 2_000;

/// Names the first rows that are not molecules.
fn bad_rows(bad: &[BadRow], count: usize, line: &mut impl FnMut(&str, &str)) {
    for bad in bad.iter().take(NAMED) {
        line(
            &format!("  row {}", bad.row),
            &format!("`{}`: {}", bad.text, bad.reason),
        );
        if let Some(column) = bad.column {
            line("", &format!(" {:column$}^", ""));
        }
    }
    if count > NAMED {
        line("", &format!("and {} more", count - NAMED));
    }
}

fn percentiles(values: &Percentiles, digits: usize) -> String {
    format!(
        "mean {:.1}, least {:.digits$}, 5 % {:.digits$}, median {:.digits$}, 95 % {:.digits$}, 99 % {:.digits$}, 99.9 % {:.digits$}, most {:.digits$}",
        values.mean,
        values.least,
        values.p5,
        values.median,
        values.p95,
        values.p99,
        values.p999,
        values.most
    )
}
