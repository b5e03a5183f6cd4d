//! `molgpt compare`: several report.json in one table and one plot.

use std::io::Write;
use std::path::PathBuf;

use super::{figures, study};
use crate::error::Result;
use crate::study::{CompareSettings, compare};

/// Compare several reports: a table, and compare.html with plots in a folder.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The report.json of each evaluation, or its folder.
    #[arg(required = true, num_args = 2..)]
    reports: Vec<PathBuf>,
    /// Folder for compare.html, compare.json and plots; without it only the table is printed.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Print the figures as one JSON document, that of compare.json, instead of the table.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    let comparison = compare(&CompareSettings {
        reports: arguments.reports.clone(),
        output: arguments.output.clone(),
        command: super::command_line(),
    })?;
    if arguments.json {
        return figures::print_text(&comparison.figures);
    }
    if let Some(page) = &comparison.page {
        return study::print(&comparison.study, page, quiet);
    }
    let text = comparison.study.text();
    write!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}
