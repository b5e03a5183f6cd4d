//! How the text of a file is laid out: a list, or a table and its separator; where its molecules are,
//! and whether its first row is a header.
//!
//! The content decides. Each way to cut the first lines is tried: one whose first row names the column
//! wins, else the one that shows the most molecules; the name of the file breaks ties. Knows the
//! beginning of a text; does not read its rows.

use std::path::Path;

use super::column::{By, Chosen, Fault, Judge, choose, hint, is_name, is_usual};
use super::row::{ReadOptions, same_name};
use super::sample::{Sample, cells, without_sep_line};
use super::{Format, Input, TableError};
use crate::text::excerpt;

/// Names of columns that messages tell.
const NAMED: usize = 20;

/// The separators of cells, in the order in which they are preferred.
const SEPARATORS: [u8; 4] = [b'\t', b';', b',', b'|'];

/// The cut of a text into rows and cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Cells between this separator, perhaps in quotes.
    Table(u8),
    /// Lines; of each, the molecule is one field between white space, and the rest its name.
    List,
}

/// The layout of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// The cut.
    pub(super) cut: Cut,
    /// Whether Excel's line `sep=` comes first.
    pub(super) sep_line: bool,
    /// Rows of titles above the table.
    pub(super) titles: usize,
    /// Whether the first row is a header.
    pub(super) header: bool,
    /// The cells of the first row.
    pub(super) first: Vec<String>,
    /// The place of the molecules among the cells or fields, from 0.
    pub(super) column: usize,
    /// Whether the first row names that column.
    pub(super) by_name: bool,
    /// What was found by content only, one sentence.
    pub(super) note: Option<String>,
    /// Where the first rows have no molecule: what they look like, one clause.
    pub(super) doubt: Option<String>,
}

/// A cut, the rows that it gives, and the column of the molecules in them.
struct Trial {
    cut: Cut,
    sample: Sample,
    chosen: Result<Chosen, Fault>,
}

impl Trial {
    fn width(&self) -> usize {
        self.sample.rows.first().map_or(0, Vec::len)
    }

    fn column(&self) -> Option<usize> {
        self.chosen.as_ref().ok().map(|chosen| chosen.column)
    }

    /// Rows with a molecule, and with text like SMILES.
    fn score(&self) -> (usize, usize) {
        match &self.chosen {
            Ok(chosen) => (chosen.valid, chosen.like),
            Err(Fault::Several { valid, .. }) => (*valid, *valid),
            Err(Fault::Twice { .. } | Fault::Missing) => (0, 0),
        }
    }

    fn is_by_name(&self) -> bool {
        let by_name = |chosen: &Chosen| chosen.by == By::Name;
        match &self.chosen {
            Ok(chosen) => by_name(chosen),
            Err(fault) => matches!(fault, Fault::Twice { .. }),
        }
    }
}

impl Layout {
    /// The layout of a text by its beginning.
    ///
    /// # Errors
    /// No column, or several that may be meant.
    pub(super) fn of(input: &Input, options: &ReadOptions) -> Result<Self, TableError> {
        let path = input.name();
        let (text, sep) = without_sep_line(input.first_lines());
        let own = match Format::of_name(path) {
            Some(Format::Csv) => Some(b','),
            Some(Format::Tsv) => Some(b'\t'),
            _ => None,
        };
        let lines = Sample::list(text, options.generated);
        if lines.rows.is_empty() {
            return Ok(Self::of_nothing());
        }
        let mut judge = Judge::default();
        let mut trials = Vec::new();
        let mut try_cut = |cut, sample: Sample| {
            let chosen = choose(&sample, options, &mut judge);
            trials.push(Trial {
                cut,
                sample,
                chosen,
            });
        };
        if let Some(separator) = sep {
            let rows = cells(text, separator, input);
            try_cut(Cut::Table(separator), table(rows));
        } else {
            for separator in SEPARATORS {
                let sample = table(cells(text, separator, input));
                if is_table(&sample.rows, own == Some(separator), options) {
                    try_cut(Cut::Table(separator), sample);
                }
            }
            if (own.is_some() || text.trim_ascii_start().starts_with(b"\"")) && !options.generated {
                let separator = own.unwrap_or(b',');
                let rows = cells(text, separator, input);
                if rows.iter().all(|row| row.len() < 2) {
                    try_cut(Cut::Table(separator), table(rows));
                }
            }
            try_cut(Cut::List, lines);
        }
        let best = best(&trials, own);
        let trial = trials.swap_remove(best);
        Self::from(trial, sep.is_some(), own, input, options)
    }

    /// The layout of an empty file.
    fn of_nothing() -> Self {
        Self {
            cut: Cut::List,
            sep_line: false,
            titles: 0,
            header: false,
            first: Vec::new(),
            column: 0,
            by_name: false,
            note: None,
            doubt: None,
        }
    }

    fn from(
        trial: Trial,
        sep_line: bool,
        own: Option<u8>,
        input: &Input,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let path = input.name();
        let is_list = trial.cut == Cut::List;
        let chosen = match trial.chosen {
            Ok(chosen) => chosen,
            Err(Fault::Missing) if is_list => {
                return Err(TableError::ColumnWithoutTable {
                    path: path.to_owned(),
                });
            }
            Err(fault) => return Err(fault.of(path, options, &trial.sample)),
        };
        let Sample { rows, titles, .. } = trial.sample;
        let first = rows.into_iter().next().unwrap_or_default();
        let mut layout = Self {
            cut: trial.cut,
            sep_line,
            titles: titles.len(),
            header: chosen.header,
            first,
            column: chosen.column,
            by_name: chosen.by == By::Name,
            note: None,
            doubt: chosen.doubt,
        };
        if chosen.by == By::Content {
            layout.note = layout.told(own);
        }
        if let Some(title) = titles.first() {
            let passed = passed_over(title);
            let note = layout.note.map(|note| format!("{passed}; {note}"));
            layout.note = Some(note.unwrap_or(passed));
        }
        Ok(layout)
    }

    /// The sentence that tells what was found by content.
    fn told(&self, own: Option<u8>) -> Option<String> {
        let header = || {
            let name = self.first.get(self.column).map_or("", |name| name.trim());
            excerpt(name, 0).line
        };
        match self.cut {
            Cut::List if self.header => Some(format!(
                "the first line, `{}`, is a header by its content",
                excerpt(&self.first.join(" "), 0).line
            )),
            Cut::List if self.column > 0 => Some(format!(
                "the SMILES are in field {} of each line, by their content",
                self.column + 1
            )),
            Cut::Table(_) if self.header && self.first.len() == 1 => Some(format!(
                "the first row, `{}`, is a header by its content",
                header()
            )),
            Cut::Table(separator) if self.header => Some(format!(
                "the SMILES are in column `{}` of a table separated by {}, by their content",
                header(),
                name_of(separator)
            )),
            Cut::Table(separator) if self.first.len() > 1 || own.is_none() => Some(format!(
                "the SMILES are in column {} of a table separated by {}, without a header, by \
                 their content",
                self.column + 1,
                name_of(separator)
            )),
            Cut::List | Cut::Table(_) => None,
        }
    }
}

impl Fault {
    /// The fault as the error of a file.
    pub(super) fn of(self, path: &Path, options: &ReadOptions, sample: &Sample) -> TableError {
        let path = path.to_owned();
        match self {
            Self::Missing => {
                let first = sample.rows.first().cloned().unwrap_or_default();
                let more = first.len().saturating_sub(NAMED);
                let names = first.iter().take(NAMED);
                TableError::NoColumn {
                    path,
                    wanted: options.wanted().to_owned(),
                    found: names.map(|name| excerpt(name.trim(), 0).line).collect(),
                    more,
                    hint: hint(sample).filter(|_| options.column.is_none()),
                }
            }
            Self::Twice { name, places } => TableError::TwoColumns { path, name, places },
            Self::Several { names, .. } => TableError::WhichColumn { path, names },
        }
    }
}

/// The clause that tells of titles above a table.
pub(super) fn passed_over(title: &str) -> String {
    format!(
        "what stands above the table, `{}`, is passed over",
        excerpt(title, 0).line
    )
}

/// The rows of a table, perhaps with a header.
pub(super) fn table(rows: Vec<Vec<String>>) -> Sample {
    Sample::table(rows, &is_name, &is_usual)
}

/// The name of a separator, for messages.
fn name_of(separator: u8) -> &'static str {
    match separator {
        b'\t' => "tabs",
        b';' => "semicolons",
        b',' => "commas",
        b'|' => "bars",
        _ => "the sign of its first line",
    }
}

/// The trial to go by.
fn best(trials: &[Trial], own: Option<u8>) -> usize {
    // Of equal values the last is the largest.
    let preference = |trial: &Trial| match trial.cut {
        Cut::Table(separator) if own == Some(separator) => 6,
        // A list of three fields between tabs is a table.
        Cut::Table(b'\t') if trial.width() > 2 && is_even(&trial.sample.rows) => 5,
        Cut::List if own.is_none() && trial.column() == Some(0) => 4,
        Cut::Table(b'\t') => 3,
        Cut::Table(b';') => 2,
        Cut::Table(_) => 1,
        Cut::List => 0,
    };
    // Without a molecule in sight, a table is recognized by its rows.
    let is_table = |trial: &Trial| trial.cut != Cut::List && trial.width() > 1;
    let rank = |trial: &Trial| {
        let by_name = match trial.cut {
            _ if !trial.is_by_name() => 0,
            Cut::Table(_) => 1 + trial.width(),
            Cut::List => 2,
        };
        let table = trial.score() == (0, 0) && is_table(trial);
        (by_name, trial.score(), table, preference(trial))
    };
    let all = trials.iter().enumerate();
    let best = all.max_by_key(|(_, trial)| rank(trial));
    best.map_or(0, |(place, _)| place)
}

/// Whether the first row has several cells, where one of them is the name of the column or the
/// separator is that of the file's name; or else most rows.
fn is_table(rows: &[Vec<String>], is_own: bool, options: &ReadOptions) -> bool {
    let wide = rows.iter().filter(|row| row.len() > 1).count();
    let first = rows.first().filter(|row| row.len() > 1);
    let names = |row: &Vec<String>| row.iter().any(|cell| same_name(cell, options.wanted()));
    first.is_some_and(|row| is_own || names(row)) || (wide > 0 && 5 * wide >= 4 * rows.len())
}

/// Whether all rows have as many cells.
fn is_even(rows: &[Vec<String>]) -> bool {
    rows.windows(2).all(|pair| pair[0].len() == pair[1].len())
}
