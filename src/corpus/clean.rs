//! Rows to a data set: invalid, over-long and repeated molecules out, the rest split in two.
//!
//! Counts and names whatever it leaves out; does not know where the rows came from.

use std::collections::HashSet;
use std::path::PathBuf;

use rayon::prelude::*;

use super::CorpusError;
use super::audit::Audit;
use super::dataset::{Dataset, Pieces, id_of};
use super::judge::{Judged, MOST_PIECES, Verdict, judge_all};
use super::read::Records;
use crate::chem::Key;
use crate::table::{BadRow, EXAMPLES};
use crate::tokenizer::{SPECIALS, TokenId, Vocabulary, VocabularyError};

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
    let Records {
        path,
        records,
        skipped,
        skipped_count,
        doubt,
        sources,
    } = records;
    let rows = records.len() + skipped_count;
    let judged: Vec<Judged> = records
        .into_par_iter()
        .chunks(PROGRESS_ROWS)
        .flat_map_iter(|chunk| {
            let count = chunk.len() as u64;
            let judged = judge_all(chunk, &sources, options);
            progress(count);
            judged
        })
        .collect();
    let mut gathered = Gathered {
        bad: skipped,
        bad_count: skipped_count,
        doubt,
        ..Gathered::default()
    };
    for judged in judged {
        gathered.add(judged);
    }
    gathered.finish(path, rows, options)
}

/// What judged rows come to, in file order.
#[derive(Debug, Default)]
struct Gathered {
    train: Vec<Vec<TokenId>>,
    validation: Vec<Vec<TokenId>>,
    /// The numbers of molecules to train on, and of those held out, one molecule after the other.
    numbers: [Vec<f32>; 2],
    pieces: Pieces,
    seen: HashSet<Key>,
    duplicates: usize,
    /// Molecules with unpaired electrons, and with idle stereo marks.
    odd: [usize; 2],
    too_long: usize,
    first_too_long: Option<Box<BadRow>>,
    longest_kept: usize,
    tokens: usize,
    bad: Vec<BadRow>,
    bad_count: usize,
    /// Those among `bad_count` that a judge found.
    found_bad: usize,
    /// What the file looks like if it holds no molecule.
    doubt: Option<String>,
}

impl Gathered {
    fn add(&mut self, judged: Judged) {
        // The places here by local ids, of the tokens of molecules that are kept.
        let mut places: Vec<Option<usize>> = vec![None; judged.pieces.len() + SPECIALS.len()];
        for verdict in judged.verdicts {
            match verdict {
                Verdict::Bad(bad) => {
                    self.found_bad += 1;
                    if self.found_bad <= EXAMPLES {
                        self.bad.push(*bad);
                    }
                }
                Verdict::TooLong(row) => {
                    self.too_long += 1;
                    self.first_too_long = self.first_too_long.take().or(row);
                }
                Verdict::Molecule { key, .. } if !self.seen.insert(key) => self.duplicates += 1,
                Verdict::Molecule {
                    held_out,
                    ids,
                    odd,
                    numbers,
                    ..
                } => {
                    self.numbers[usize::from(held_out)].extend(numbers);
                    for (count, is) in self.odd.iter_mut().zip(odd) {
                        *count += usize::from(is);
                    }
                    let mut ids = ids.into_vec();
                    let inside = 1..ids.len() - 1;
                    for id in &mut ids[inside] {
                        let text = judged.pieces.text(*id);
                        let place = &mut places[usize::from(id.0)];
                        let place = *place.get_or_insert_with(|| self.pieces.add(text));
                        if !held_out {
                            self.pieces.train(place);
                        }
                        *id = id_of(place);
                    }
                    self.longest_kept = self.longest_kept.max(ids.len() - 2);
                    self.tokens += ids.len() - 2;
                    if held_out {
                        self.validation.push(ids);
                    } else {
                        self.train.push(ids);
                    }
                }
            }
        }
    }

    fn finish(
        self,
        path: PathBuf,
        rows: usize,
        options: &CleanOptions,
    ) -> Result<Dataset, CorpusError> {
        let Self {
            mut bad, pieces, ..
        } = self;
        let bad_count = self.bad_count + self.found_bad;
        bad.sort_by_key(|bad| bad.row);
        bad.truncate(EXAMPLES);
        if let Some(first) = bad.first().filter(|_| options.strict) {
            return Err(CorpusError::Strict {
                path,
                first: first.clone(),
                count: bad_count,
            });
        }
        let kept = self.seen.len();
        if kept == 0 {
            let first = bad
                .into_iter()
                .chain(self.first_too_long.map(|row| *row))
                .min_by_key(|bad| bad.row);
            return Err(match first {
                Some(first) => CorpusError::NothingKept {
                    path,
                    rows,
                    first: Box::new(first),
                    doubt: self.doubt,
                },
                None => CorpusError::Empty { path },
            });
        }
        // Of more tokens to train on, a vocabulary has no place for all: its check says so.
        if pieces.len() > MOST_PIECES && pieces.trained() <= MOST_PIECES {
            let count = pieces.len() + SPECIALS.len();
            return Err(VocabularyError::TooMany { count }.into());
        }
        let audit = Audit {
            path,
            rows,
            kept,
            train: self.train.len(),
            validation: self.validation.len(),
            duplicates: self.duplicates,
            too_long: self.too_long,
            longest: options.longest,
            longest_kept: self.longest_kept,
            tokens: self.tokens,
            radicals: self.odd[0],
            idle_stereo_marks: self.odd[1],
            bad_count,
            bad,
        };
        let mut dataset = Dataset::new(self.train, self.validation, pieces, audit);
        dataset.numbers = self.numbers;
        Ok(dataset)
    }
}

#[cfg(test)]
mod tests {
    use super::super::read::Record;
    use super::*;
    use crate::tokenizer::{Tokenizer, UNK};

    const OPTIONS: CleanOptions = CleanOptions {
        strict: false,
        longest: 4,
        validation_share: 0.0,
        known: None,
    };

    /// Rows as (text, canonical form, or what is wrong after a `!`); one token a character.
    fn gathered(rows: &[(&str, &str)], options: &CleanOptions) -> Result<Dataset, CorpusError> {
        let mut judged = Judged::default();
        for ((smiles, canonical), row) in rows.iter().zip(2..) {
            if let Some(reason) = canonical.strip_prefix('!') {
                let bad = BadRow::new(row, smiles, reason);
                judged.verdicts.push(Verdict::Bad(Box::new(bad)));
            } else {
                let tokens: Vec<&str> = smiles.split("").filter(|text| !text.is_empty()).collect();
                judged.molecule(
                    row,
                    smiles,
                    canonical,
                    [false; 2],
                    &tokens,
                    Box::default(),
                    options,
                );
            }
        }
        let mut gathered = Gathered::default();
        gathered.add(judged);
        gathered.finish("a.csv".into(), rows.len(), options)
    }

    fn texts(dataset: &Dataset, molecules: &[Vec<TokenId>]) -> Vec<String> {
        dataset.texts(molecules).collect()
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
    fn small_sets_have_a_molecule_on_each_side() {
        let both = |smiles: &[&str], validation_share: f64| {
            let rows: Vec<(&str, &str)> = smiles.iter().map(|text| (*text, *text)).collect();
            let options = CleanOptions {
                validation_share,
                ..OPTIONS
            };
            let dataset = gathered(&rows, &options).unwrap().with_both_sides();
            let counts = (dataset.train.len(), dataset.validation.len());
            assert_eq!(counts, (dataset.audit.train, dataset.audit.validation));
            (counts, dataset)
        };
        assert_eq!(both(&["CCO", "CCP"], 0.0).0, (1, 1));
        assert_eq!(both(&["CCO"], 0.0).0, (1, 0));
        let (counts, dataset) = both(&["CCO", "CCP", "CCS"], 1.0);
        assert_eq!(counts, (1, 2));
        // Tokens are those of the molecule that is trained on now; the whole set has more.
        let text = dataset.text(&dataset.train[0]);
        let known = dataset.vocabulary();
        assert!(text.chars().all(|c| known.id(&c.to_string()).is_some()));
        let specials = crate::tokenizer::SPECIALS.len();
        assert_eq!(known.len(), specials + 2);
        assert_eq!(dataset.whole_vocabulary().len(), specials + 4);
    }

    #[test]
    fn keeps_the_first_spelling_as_given_and_counts_the_rest() {
        let dataset = gathered(&ROWS, &OPTIONS).expect("data set");
        assert_eq!(texts(&dataset, &dataset.train), ["OCC", "N"]);
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
        let records = Records {
            path: "a.csv".into(),
            records: vec![
                Record {
                    row: 1,
                    smiles: "C".into(),
                    numbers: Box::default(),
                },
                Record {
                    row: 2,
                    smiles: "CC(".into(),
                    numbers: Box::default(),
                },
            ],
            ..Records::default()
        };
        let audit = clean(records, &OPTIONS, &|_| ()).expect("data set").audit;
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
        let numbers: Vec<String> = (1..200).map(|number| number.to_string()).collect();
        let rows: Vec<(&str, &str)> = numbers.iter().map(|text| (&**text, &**text)).collect();
        let options = CleanOptions {
            validation_share: 0.3,
            ..OPTIONS
        };
        let all = gathered(&rows, &options).expect("data set");
        let half = gathered(&rows[100..], &options).expect("data set");
        assert!(
            texts(&half, &half.validation)
                .iter()
                .all(|smiles| texts(&all, &all.validation).contains(smiles))
        );
        let train = texts(&all, &all.train);
        assert!(
            texts(&half, &half.train)
                .iter()
                .all(|smiles| train.contains(smiles))
        );
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
                    numbers: Box::default(),
                },
                Record {
                    row: 3,
                    smiles: "C".into(),
                    numbers: Box::default(),
                },
            ],
            skipped: vec![BadRow::new(2, "", "the cell is empty")],
            skipped_count: 1,
            ..Records::default()
        };
        let audit = clean(records, &OPTIONS, &|_| ()).expect("data set").audit;
        assert_eq!(
            audit.bad.iter().map(|bad| bad.row).collect::<Vec<_>>(),
            [1, 2]
        );
        assert_eq!((audit.rows, audit.bad_count), (3, 2));
    }

    #[test]
    fn molecules_are_encoded_as_if_each_was_cut_anew() {
        // Several chunks, so that tokens have other numbers in each.
        let smiles = |row: usize| match row % 5 {
            0 => format!("C{}", "O".repeat(row % 97)),
            1 => format!("[{}CH4]", 10 + row % 900),
            2 => format!("N{}Cl", "C".repeat(row % 89)),
            3 => format!("c1ccccc1{}", "C".repeat(row % 83)),
            _ => format!("{}Br", "CN".repeat(1 + row % 20)),
        };
        let rows: Vec<Record> = (0..1_500)
            .map(|row| Record {
                row,
                smiles: smiles(row),
                numbers: Box::default(),
            })
            .collect();
        let records = Records {
            records: rows.clone(),
            ..Records::default()
        };
        let options = CleanOptions {
            longest: 100,
            validation_share: 0.3,
            ..OPTIONS
        };
        let dataset = clean(records, &options, &|_| ()).expect("data set");
        let [train, validation] = [&dataset.train, &dataset.validation];
        let [train, validation] = [texts(&dataset, train), texts(&dataset, validation)];
        assert!(validation.len() > 80 && train.len() > 250);
        let all: HashSet<&String> = rows.iter().map(|record| &record.smiles).collect();
        assert!(
            train
                .iter()
                .chain(&validation)
                .all(|text| all.contains(text))
        );
        let vocabulary = Vocabulary::from_molecules(train.iter().map(String::as_str));
        assert_eq!(dataset.vocabulary(), vocabulary);
        // Some tokens of held-out molecules are not in it.
        let tokenizer = Tokenizer::atomwise(vocabulary);
        let encode = |texts: &[String]| -> Vec<Vec<TokenId>> {
            texts
                .iter()
                .map(|text| tokenizer.encode(text).expect("tokens"))
                .collect()
        };
        let expected = [encode(&train), encode(&validation)];
        assert!(expected[1].iter().flatten().any(|id| *id == UNK));
        assert_eq!(dataset.encoded(&tokenizer), expected);
    }
}
