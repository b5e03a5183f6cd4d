//! Rows to a data set: invalid, over-long and repeated molecules out, the rest split in two.
//!
//! Counts and names whatever it leaves out; does not know where the rows came from.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::CorpusError;
use super::read::{Record, Records};
use super::split::is_validation;
use crate::chem::{Key, Molecule};
use crate::table::{BadRow, EXAMPLES};
use crate::tokenizer::{Cutter, Vocabulary};

/// Rows between two reports of progress.
const PROGRESS_ROWS: usize = 256;

/// Settings of cleaning and splitting.
#[derive(Debug, Clone, PartialEq)]
pub struct CleanOptions {
    /// Refuse the file if any row cannot be used, instead of leaving such rows out. Over-long
    /// molecules and duplicates are left out either way.
    pub strict: bool,
    /// Most tokens of a molecule, without the begin and end tokens.
    pub longest: usize,
    /// Share of the molecules held out for validation, 0 to 1.
    pub validation_share: f64,
    /// The tokens that molecules may have; rows with others are bad. Without it, all may be there.
    pub known: Option<Vocabulary>,
}

/// The molecules to train on and those held out, as the file wrote them, in file order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// Molecules to train on.
    pub train: Vec<String>,
    /// Molecules held out; may be none, if the file is small.
    pub validation: Vec<String>,
    /// Counts of the rows that were read and left out.
    pub audit: Audit,
}

/// Counts of the rows of a file by outcome. `rows` is the sum of `kept`, `duplicates`, `too_long`
/// and `bad_count`; `kept` the sum of `train` and `validation`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Audit {
    /// The file.
    pub path: PathBuf,
    /// Rows, without blank lines and the header.
    pub rows: usize,
    /// Molecules in the data set.
    pub kept: usize,
    /// Molecules to train on.
    pub train: usize,
    /// Molecules held out.
    pub validation: usize,
    /// Rows that repeat a kept molecule, in this or another spelling.
    pub duplicates: usize,
    /// Molecules of more than `longest` tokens.
    pub too_long: usize,
    /// Most tokens that were allowed.
    pub longest: usize,
    /// Tokens of the longest kept molecule.
    pub longest_kept: usize,
    /// Tokens of all kept molecules.
    pub tokens: usize,
    /// Rows that are not molecules.
    pub bad_count: usize,
    /// The first [`EXAMPLES`] rows that are not molecules, in file order.
    pub bad: Vec<BadRow>,
}

/// Parses every row on all cores and makes the data set.
///
/// `progress` is called from several threads with the number of rows done since its last call.
///
/// # Errors
/// [`CorpusError::Strict`] for a bad row where none is tolerated, [`CorpusError::NothingKept`] if
/// no row can be used.
pub fn clean(
    records: Records,
    options: &CleanOptions,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Dataset, CorpusError> {
    let verdicts: Vec<Verdict> = records
        .records
        .par_chunks(PROGRESS_ROWS)
        .flat_map_iter(|chunk| {
            let verdicts: Vec<Verdict> = chunk
                .iter()
                .map(|record| judge(&record.smiles, options))
                .collect();
            progress(chunk.len() as u64);
            verdicts
        })
        .collect();
    gather(records, verdicts, options)
}

/// The verdict on one row.
#[derive(Debug)]
enum Verdict {
    /// A molecule: of the canonical SMILES only what is needed, for there may be millions.
    Molecule {
        key: Key,
        held_out: bool,
        tokens: u32,
    },
    /// Not a molecule, or not made of tokens; the reason, and the byte that is to blame.
    Bad(Box<(String, Option<usize>)>),
}

impl Verdict {
    fn molecule(canonical: &str, tokens: usize, options: &CleanOptions) -> Self {
        Self::Molecule {
            key: Key::of(canonical),
            held_out: is_validation(canonical, options.validation_share),
            tokens: tokens as u32,
        }
    }

    fn bad(reason: String, place: Option<usize>) -> Self {
        Self::Bad(Box::new((reason, place)))
    }
}

fn judge(smiles: &str, options: &CleanOptions) -> Verdict {
    let molecule = match Molecule::parse(smiles) {
        Ok(molecule) => molecule,
        Err(invalid) => return Verdict::bad(invalid.to_string(), invalid.position),
    };
    match Cutter::Atomwise.pieces(smiles) {
        Ok(tokens) => {
            let known = options.known.as_ref();
            let is_known = |token: &&&str| known.is_none_or(|known| known.id(token).is_some());
            if let Some(token) = tokens.iter().find(|token| !is_known(token)) {
                let reason = format!("the model does not know the token `{token}`");
                return Verdict::bad(reason, None);
            }
            Verdict::molecule(molecule.canonical(), tokens.len(), options)
        }
        // The other lines are a drawing of the place.
        Err(error) => {
            let reason = error.to_string().lines().take(1).collect();
            Verdict::bad(reason, Some(error.position))
        }
    }
}

/// Puts rows and verdicts together, in file order.
fn gather(
    records: Records,
    verdicts: Vec<Verdict>,
    options: &CleanOptions,
) -> Result<Dataset, CorpusError> {
    let Records {
        path,
        records,
        skipped: mut bad,
        skipped_count: mut bad_count,
    } = records;
    let rows = records.len() + bad_count;
    let (mut train, mut validation) = (Vec::new(), Vec::new());
    let (mut duplicates, mut too_long, mut longest_kept, mut tokens_kept) = (0, 0, 0, 0);
    let mut first_too_long = None;
    let mut found_bad = 0;
    let mut seen = HashSet::new();
    for (Record { row, smiles }, verdict) in records.into_iter().zip(verdicts) {
        match verdict {
            Verdict::Bad(fault) => {
                let (reason, place) = *fault;
                found_bad += 1;
                if found_bad <= EXAMPLES {
                    bad.push(BadRow::at(place, row, &smiles, reason));
                }
            }
            Verdict::Molecule { tokens, .. } if tokens as usize > options.longest => {
                too_long += 1;
                first_too_long.get_or_insert_with(|| {
                    let reason = format!("{tokens} tokens, more than {}", options.longest);
                    BadRow::new(row, &smiles, reason)
                });
            }
            Verdict::Molecule {
                key,
                held_out,
                tokens,
            } => {
                if seen.insert(key) {
                    longest_kept = longest_kept.max(tokens as usize);
                    tokens_kept += tokens as usize;
                    if held_out {
                        &mut validation
                    } else {
                        &mut train
                    }
                    .push(smiles);
                } else {
                    duplicates += 1;
                }
            }
        }
    }
    bad_count += found_bad;
    bad.sort_by_key(|bad| bad.row);
    bad.truncate(EXAMPLES);
    if let Some(first) = bad.first().filter(|_| options.strict) {
        return Err(CorpusError::Strict {
            path,
            first: first.clone(),
            count: bad_count,
        });
    }
    if seen.is_empty() {
        let first = bad
            .into_iter()
            .chain(first_too_long)
            .min_by_key(|bad| bad.row);
        return Err(match first {
            Some(first) => CorpusError::NothingKept { path, rows, first },
            None => CorpusError::Empty { path },
        });
    }
    let audit = Audit {
        path,
        rows,
        kept: seen.len(),
        train: train.len(),
        validation: validation.len(),
        duplicates,
        too_long,
        longest: options.longest,
        longest_kept,
        tokens: tokens_kept,
        bad_count,
        bad,
    };
    Ok(Dataset {
        train,
        validation,
        audit,
    })
}

impl fmt::Display for Audit {
    /// A summary that names the first bad rows; several lines, the last without a line feed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Bad rows that are named.
        const NAMED: usize = 5;
        write!(
            f,
            "{}: {} rows, {} kept ({} to train on, {} held out)",
            name(&self.path),
            self.rows,
            self.kept,
            self.train,
            self.validation
        )?;
        for (count, what) in [
            (self.duplicates, "repeat an earlier molecule".to_owned()),
            (
                self.too_long,
                format!("are longer than {} tokens", self.longest),
            ),
            (self.bad_count, "are not valid molecules".to_owned()),
        ] {
            if count > 0 {
                write!(f, "\n  {count} {what}")?;
            }
        }
        for bad in self.bad.iter().take(NAMED) {
            let BadRow {
                row, text, reason, ..
            } = bad;
            let before = format!("    row {row}, `");
            write!(f, "\n{before}{text}`: {reason}")?;
            if let Some(column) = bad.column {
                write!(f, "\n{:1$}^", "", before.len() + column)?;
            }
        }
        match self.bad_count.saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, "\n    and {more} more"),
        }
    }
}

fn name(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: CleanOptions = CleanOptions {
        strict: false,
        longest: 4,
        validation_share: 0.0,
        known: None,
    };

    /// Rows as (text, canonical form, or what is wrong after a `!`); one token a character.
    fn gathered(rows: &[(&str, &str)], options: &CleanOptions) -> Result<Dataset, CorpusError> {
        let records = rows
            .iter()
            .zip(2..)
            .map(|((smiles, _), row)| Record {
                row,
                smiles: (*smiles).to_owned(),
            })
            .collect();
        let verdicts = rows
            .iter()
            .map(|(smiles, canonical)| match canonical.strip_prefix('!') {
                Some(reason) => Verdict::bad(reason.to_owned(), None),
                None => Verdict::molecule(canonical, smiles.len(), options),
            })
            .collect();
        let records = Records {
            path: "a.csv".into(),
            records,
            ..Records::default()
        };
        gather(records, verdicts, options)
    }

    const ROWS: [(&str, &str); 6] = [
        ("OCC", "CCO"),
        ("CCO", "CCO"),
        ("C(", "!branch without an end"),
        ("CCCCC", "CCCCC"),
        ("N", "N"),
        ("X", "!no such atom"),
    ];

    #[test]
    fn keeps_the_first_spelling_as_given_and_counts_the_rest() {
        let dataset = gathered(&ROWS, &OPTIONS).expect("data set");
        assert_eq!(dataset.train, ["OCC", "N"]);
        assert!(dataset.validation.is_empty());
        let audit = dataset.audit;
        assert_eq!((audit.rows, audit.kept, audit.duplicates), (6, 2, 1));
        assert_eq!((audit.too_long, audit.bad_count), (1, 2));
        assert_eq!((audit.longest_kept, audit.tokens), (3, 4));
        assert_eq!(
            audit.to_string(),
            "a.csv: 6 rows, 2 kept (2 to train on, 0 held out)\n  \
             1 repeat an earlier molecule\n  \
             1 are longer than 4 tokens\n  \
             2 are not valid molecules\n    \
             row 4, `C(`: branch without an end\n    \
             row 7, `X`: no such atom"
        );
    }

    #[test]
    fn the_place_of_a_fault_is_marked() {
        let verdict = judge("CC(", &OPTIONS);
        let records = Records {
            path: "a.csv".into(),
            records: vec![
                Record {
                    row: 1,
                    smiles: "C".into(),
                },
                Record {
                    row: 2,
                    smiles: "CC(".into(),
                },
            ],
            ..Records::default()
        };
        let first = judge("C", &OPTIONS);
        let audit = gather(records, vec![first, verdict], &OPTIONS)
            .expect("data set")
            .audit;
        let shown = audit.to_string();
        let lines: Vec<&str> = shown.lines().skip(2).collect();
        assert_eq!(
            lines,
            [
                "    row 2, `CC(`: this parenthesis is never closed",
                "              ^",
            ]
        );
    }

    #[track_caller]
    fn check_error(rows: &[(&str, &str)], strict: bool, expected: &str) {
        let options = CleanOptions { strict, ..OPTIONS };
        assert_eq!(
            gathered(rows, &options).expect_err("an error").to_string(),
            expected
        );
    }

    #[test]
    fn refuses_with_row_value_and_remedy() {
        check_error(
            &ROWS,
            true,
            "row 4 of `a.csv`, `C(`: branch without an end (2 such rows); \
             correct or remove them, or do without setting `strict`",
        );
        check_error(
            &ROWS[2..4],
            false,
            "none of the 2 rows of `a.csv` can be used: row 2, `C(`: branch without an end; \
             give valid SMILES, and check setting `column` if this is another column",
        );
        check_error(
            &ROWS[3..4],
            false,
            "none of the 1 rows of `a.csv` can be used: row 2, `CCCCC`: 5 tokens, more than 4; \
             give valid SMILES, and check setting `column` if this is another column",
        );
        check_error(
            &[],
            false,
            "`a.csv` holds no molecules: give one SMILES a row",
        );
    }

    #[test]
    fn adding_rows_moves_no_molecule() {
        let texts: Vec<String> = (1..200).map(|number| number.to_string()).collect();
        let rows: Vec<(&str, &str)> = texts.iter().map(|text| (&**text, &**text)).collect();
        let options = CleanOptions {
            validation_share: 0.3,
            ..OPTIONS
        };
        let all = gathered(&rows, &options).expect("data set");
        let half = gathered(&rows[100..], &options).expect("data set");
        assert!(
            half.validation
                .iter()
                .all(|smiles| all.validation.contains(smiles))
        );
        assert!(half.train.iter().all(|smiles| all.train.contains(smiles)));
        assert_eq!(all.train.len() + all.validation.len(), 199);
        assert!(all.validation.len() > 30);
    }

    #[test]
    fn bad_rows_of_reading_and_judging_come_in_file_order() {
        let records = Records {
            path: "a.csv".into(),
            records: vec![
                Record {
                    row: 1,
                    smiles: "X".into(),
                },
                Record {
                    row: 3,
                    smiles: "C".into(),
                },
            ],
            skipped: vec![BadRow::new(2, "", "the cell is empty")],
            skipped_count: 1,
        };
        let verdicts = vec![
            Verdict::bad("no such atom".into(), None),
            Verdict::molecule("C", 1, &OPTIONS),
        ];
        let audit = gather(records, verdicts, &OPTIONS).expect("data set").audit;
        assert_eq!(
            audit.bad.iter().map(|bad| bad.row).collect::<Vec<_>>(),
            [1, 2]
        );
        assert_eq!((audit.rows, audit.bad_count), (3, 2));
    }
}
