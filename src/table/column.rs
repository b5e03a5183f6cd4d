//! The column of the molecules, found in the first rows of a file: by the name or the number that
//! is asked for, by a usual name, else by content.
//!
//! Knows rows of texts; does not know what they were read from.

use std::collections::HashMap;

use super::row::{ReadOptions, same_name, without_extension};
use super::sample::Sample;
use crate::chem::Molecule;
use crate::tokenizer::Cutter;

/// Names, without signs and in small letters, that a column of SMILES often has, beside all with
/// `smiles` in them. They decide between columns whose content looks like SMILES.
const USUAL: [&str; 11] = [
    "smi",
    "mol",
    "mols",
    "molecule",
    "molecules",
    "structure",
    "structures",
    "compound",
    "compounds",
    "ligand",
    "drug",
];

/// Longest text, in bytes, that is parsed to see whether it is a molecule: a longer one passes for
/// one if it is made of tokens, for parsing may take half a second.
const PARSED: usize = 400;

/// How a column was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// By its name in the first row.
    Name,
    /// By its place, as asked for.
    Number,
    /// By what its first rows hold.
    Content,
}

/// The chosen column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    /// Its place, from 0.
    pub(super) column: usize,
    /// How it was chosen.
    pub(super) by: By,
    /// Whether the first row is a header.
    pub(super) header: bool,
    /// Rows of the sample in which it holds a molecule.
    pub(super) valid: usize,
    /// Rows of the sample in which it holds text made of SMILES tokens.
    pub(super) like: usize,
    /// Where it holds no molecule: what the sample looks like, one clause.
    pub(super) doubt: Option<String>,
}

/// The reason for which no column is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// None has the name or looks like SMILES.
    Missing,
    /// Several have the name: it and their numbers, from 1.
    Twice { name: String, places: Vec<usize> },
    /// Several may be meant.
    Several {
        /// Their names, or numbers where there is no header.
        names: Vec<String>,
        /// Rows of the sample in which each of them holds a molecule, the fewest of them.
        valid: usize,
    },
}

/// Tells whether texts are SMILES, and remembers it.
#[derive(Debug, Default)]
pub(super) struct Judge(HashMap<String, bool>);

/// What a column holds.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    /// Cells that are not empty, the first row's only if it is a molecule.
    filled: usize,
    valid: usize,
    like: usize,
    /// Molecules of more than two characters.
    long: usize,
}

impl Judge {
    /// Whether a text is a molecule.
    fn is_molecule(&mut self, cell: &str) -> bool {
        let text = without_extension(cell);
        if !is_like_smiles(text) {
            return false;
        }
        if text.len() > PARSED {
            return true;
        }
        if let Some(&known) = self.0.get(text) {
            return known;
        }
        let is_molecule = Molecule::parse(text).is_ok();
        self.0.insert(text.to_owned(), is_molecule);
        is_molecule
    }
}

/// The column of the molecules in a sample.
pub(super) fn choose(
    sample: &Sample,
    options: &ReadOptions,
    judge: &mut Judge,
) -> Result<Chosen, Fault> {
    let Some(first) = sample.rows.first() else {
        return Err(Fault::Missing);
    };
    let width = sample.rows.iter().map(Vec::len).max().unwrap_or_default();
    let tallies: Vec<Tally> = (0..width).map(|at| tally(sample, at, judge)).collect();
    let (column, by) = match &options.column {
        Some(wanted) => asked(first, wanted, width)?,
        None => found(sample, first, &tallies)?,
    };
    let header = sample.named || by == By::Name || has_header(sample, column, judge);
    let Tally { valid, like, .. } = tallies[column];
    Ok(Chosen {
        column,
        by,
        header,
        valid,
        like,
        doubt: (valid == 0)
            .then(|| doubt(sample, column, header, &tallies))
            .flatten(),
    })
}

/// The column of this name, else of this number.
fn asked(first: &[String], wanted: &str, width: usize) -> Result<(usize, By), Fault> {
    let wanted = wanted.trim();
    if let Some(column) = of_name(first, wanted)? {
        return Ok((column, By::Name));
    }
    match wanted.parse::<usize>() {
        Ok(number) if (1..=width).contains(&number) => Ok((number - 1, By::Number)),
        _ => Err(Fault::Missing),
    }
}

/// The one column of this name; of several that differ in case, the one that is written alike.
fn of_name(first: &[String], wanted: &str) -> Result<Option<usize>, Fault> {
    let places = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let cells = first.iter().enumerate();
        cells
            .filter(|(_, cell)| is(cell))
            .map(|(at, _)| at)
            .collect()
    };
    let same = places(&|cell| same_name(cell, wanted));
    match (
        same.as_slice(),
        places(&|cell| cell.trim() == wanted).as_slice(),
    ) {
        ([], _) => Ok(None),
        ([only], _) | (_, [only]) => Ok(Some(*only)),
        _ => Err(Fault::Twice {
            name: wanted.to_owned(),
            places: same.iter().map(|at| at + 1).collect(),
        }),
    }
}

/// The column by the usual names and by content.
fn found(sample: &Sample, first: &[String], tallies: &[Tally]) -> Result<(usize, By), Fault> {
    // A line of a list that begins with a molecule has a name after it, and is no header.
    let is_header = !sample.is_list || !first.first().is_some_and(|cell| is_like_smiles(cell));
    let candidates = candidates(tallies, sample.is_list);
    // And a header of one column may be two words.
    let is_field = |at: usize| !sample.is_list || at == 0 || candidates.contains(&at);
    if is_header
        && let Some(column) = of_name(first, ReadOptions::COLUMN)?
        && is_field(column)
    {
        return Ok((column, By::Name));
    }
    let named = |is: fn(&str) -> bool| -> Vec<usize> {
        let cells = first.iter().enumerate().filter(|_| is_header);
        let cells = cells.filter(|(_, cell)| !cell.contains([',', ';', '|', '\t', '"']));
        cells
            .filter(|(_, cell)| is(&plain(cell)))
            .map(|(at, _)| at)
            .collect()
    };
    let several = |columns: &[usize]| several(first, columns, tallies);
    let smiles = named(|name| name.contains("smiles"));
    let among = |named: &[usize]| -> Vec<usize> {
        let both = candidates.iter().filter(|at| named.contains(at));
        both.copied().collect()
    };
    match (among(&smiles).as_slice(), smiles.as_slice()) {
        ([only], _) => return Ok((*only, By::Name)),
        ([], [only]) if candidates.is_empty() && is_field(*only) => return Ok((*only, By::Name)),
        ([], []) => {}
        ([], columns) if candidates.is_empty() => return Err(several(columns)),
        ([], _) => {}
        (columns, _) => return Err(several(columns)),
    }
    match (
        candidates.as_slice(),
        among(&named(|name| USUAL.contains(&name))).as_slice(),
    ) {
        // Lines and single columns leave no choice.
        ([], _) if sample.is_list || (tallies.len() == 1 && tallies[0].like > 0) => {
            Ok((0, By::Content))
        }
        ([], _) => Err(Fault::Missing),
        ([only], _) | (_, [only]) => Ok((*only, By::Content)),
        (columns, _) => Err(several(columns)),
    }
}

/// The columns that look like SMILES. Those of codes of one or two letters, which may be molecules
/// by chance, are none beside others.
fn candidates(tallies: &[Tally], is_list: bool) -> Vec<usize> {
    let most = |count: fn(&Tally) -> usize| -> Vec<usize> {
        let all = tallies.iter().enumerate();
        let looks = |tally: &Tally| count(tally) > 0 && 2 * count(tally) >= tally.filled;
        all.filter(|(_, tally)| looks(tally))
            .map(|(at, _)| at)
            .collect()
    };
    let mut found = most(|tally| tally.valid);
    if found.is_empty() {
        found = most(|tally| tally.like);
    }
    if is_list {
        found.truncate(1);
    }
    if found.iter().any(|at| tallies[*at].long > 0) {
        found.retain(|at| tallies[*at].long > 0);
    }
    found
}

fn tally(sample: &Sample, column: usize, judge: &mut Judge) -> Tally {
    let mut tally = Tally::default();
    for (row, cells) in sample.rows.iter().enumerate() {
        let cell = cells.get(column).map_or("", |cell| cell.trim());
        let is_header = row == 0 && sample.named;
        if cell.is_empty() || is_header {
            continue;
        }
        let is_valid = judge.is_molecule(cell);
        tally.filled += usize::from(row > 0 || is_valid);
        tally.valid += usize::from(is_valid);
        tally.long += usize::from(is_valid && cell.len() > 2);
        tally.like += usize::from((row > 0 || is_valid) && is_like_smiles(cell));
    }
    tally
}

/// Whether the first row is a header by its content: it has no SMILES where the others do, or a word
/// above a column of numbers.
fn has_header(sample: &Sample, column: usize, judge: &mut Judge) -> bool {
    let Some((first, rest)) = sample.rows.split_first() else {
        return false;
    };
    let top = |at: usize| first.get(at).map_or("", |cell| cell.trim());
    let below = |at: usize| {
        rest.iter()
            .filter_map(move |row| row.get(at).map(|cell| cell.trim()))
    };
    let is_above_smiles = |at: usize| {
        let below: Vec<&str> = below(at).filter(|cell| !cell.is_empty()).collect();
        let like = below
            .iter()
            .filter(|cell| is_like_smiles(without_extension(cell)));
        let (like, top) = (like.count(), top(at));
        let is_other = !top.is_empty() && !is_like_smiles(without_extension(top));
        is_other && like > 0 && 2 * like >= below.len()
    };
    let is_above_numbers = |at: usize| {
        let is_word = top(at).starts_with(|c: char| c.is_alphabetic());
        let mut below = below(at).peekable();
        is_word && below.peek().is_some() && below.all(|cell| number(cell).is_some())
    };
    if is_above_smiles(column) {
        return true;
    }
    let is_molecule = judge.is_molecule(top(column)) && top(column).len() > 2;
    let mut others = (0..first.len()).filter(|at| *at != column);
    !sample.is_list && !is_molecule && others.any(|at| is_above_smiles(at) || is_above_numbers(at))
}

/// The clause that says what a sample without a molecule in the column looks like.
fn doubt(sample: &Sample, column: usize, header: bool, tallies: &[Tally]) -> Option<String> {
    let first = sample.rows.first()?;
    let others: Vec<usize> = candidates(tallies, false)
        .into_iter()
        .filter(|at| *at != column && tallies[*at].valid > 0)
        .collect();
    if let [first_other, ..] = others[..] {
        let name = name_of(first, first_other, header);
        return Some(format!(
            "column {name} looks like SMILES: choose it with setting `column`"
        ));
    }
    let rows = sample.rows.iter().skip(usize::from(header));
    let cells: Vec<&str> = rows
        .filter_map(|row| row.get(column).map(|cell| cell.trim()))
        .filter(|cell| !cell.is_empty())
        .collect();
    let kind = other_notation(&cells)?;
    let shown = crate::text::excerpt(cells.first()?, 0).line;
    Some(format!("it holds {kind}, such as `{shown}`"))
}

/// What texts are that are no SMILES, if none of them is like one.
fn other_notation(cells: &[&str]) -> Option<&'static str> {
    let all = |is: &dyn Fn(&str) -> bool| !cells.is_empty() && cells.iter().all(|cell| is(cell));
    let is_key = |cell: &str| {
        let parts: Vec<&str> = cell.split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        let letters = |part: &&str| part.bytes().all(|byte| byte.is_ascii_uppercase());
        lengths == [14, 10, 1] && parts.iter().all(letters)
    };
    let has = |word: &'static str| move |cell: &str| cell.contains(word);
    if all(&has("InChI=")) {
        Some("InChI and no SMILES")
    } else if all(&is_key) {
        Some("InChIKeys and no SMILES")
    } else if all(&has(">")) {
        Some("reactions and no molecules")
    } else if cells
        .iter()
        .any(|cell| cell.contains("[Branch") || cell.contains("[Ring"))
    {
        Some("SELFIES and no SMILES")
    } else if all(&|cell| number(cell).is_some()) {
        Some("numbers and no SMILES")
    } else if all(&|cell| !is_like_smiles(cell)) {
        Some("other text than SMILES")
    } else {
        None
    }
}

/// The hint at what other columns hold, where none looks like SMILES.
pub(super) fn hint(sample: &Sample) -> Option<String> {
    let first = sample.rows.first()?;
    let width = sample.rows.iter().map(Vec::len).max()?;
    (0..width).find_map(|at| {
        let rows = sample.rows.iter().skip(1);
        let cells = rows.filter_map(|row| row.get(at).map(|cell| cell.trim()));
        let cells: Vec<&str> = cells.filter(|cell| !cell.is_empty()).collect();
        let kind = other_notation(&cells)?;
        let is_notation = !kind.starts_with("numbers") && !kind.starts_with("other");
        is_notation.then(|| format!("column {} holds {kind}", name_of(first, at, true)))
    })
}

fn several(first: &[String], columns: &[usize], tallies: &[Tally]) -> Fault {
    let is_header = columns
        .iter()
        .all(|at| !first.get(*at).is_some_and(|cell| is_like_smiles(cell)));
    let names = columns.iter().map(|at| name_of(first, *at, is_header));
    let valid = columns.iter().map(|at| tallies[*at].valid).min();
    Fault::Several {
        names: names.collect(),
        valid: valid.unwrap_or_default(),
    }
}

/// The name of a column between marks, else its number.
fn name_of(first: &[String], column: usize, header: bool) -> String {
    match first.get(column).map(|name| name.trim()) {
        Some(name) if header && !name.is_empty() => {
            format!("`{}`", crate::text::excerpt(name, 0).line)
        }
        _ => (column + 1).to_string(),
    }
}

/// Whether a cell may be the name of a column: it is there, no number and no SMILES.
pub(super) fn is_name(cell: &str) -> bool {
    !cell.trim().is_empty() && number(cell).is_none() && !is_like_smiles(cell.trim())
}

/// Whether a cell is a usual name of a column of SMILES.
pub(super) fn is_usual(cell: &str) -> bool {
    let name = plain(cell);
    name.contains("smiles") || USUAL.contains(&&*name)
}

/// A name without signs and in small letters.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

fn number(cell: &str) -> Option<f64> {
    cell.replace(',', ".").parse().ok()
}

/// Whether a text is made of SMILES tokens, one of them an atom. Numbers are not.
fn is_like_smiles(text: &str) -> bool {
    let is_atom = |c: char| c.is_ascii_alphabetic() || c == '[' || c == '*';
    text.contains(is_atom) && number(text).is_none() && Cutter::Atomwise.pieces(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(text: &str) -> Sample {
        let row = |line: &str| line.split(',').map(str::to_owned).collect();
        Sample::table(text.split('|').map(row).collect(), &is_name, &is_usual)
    }

    /// The column and whether there is a header: `2 header`; or the fault.
    #[track_caller]
    fn check(rows: &str, column: Option<&str>, expected: &str) {
        let options = ReadOptions {
            column: column.map(str::to_owned),
            ..ReadOptions::default()
        };
        let found = match choose(&sample(rows), &options, &mut Judge::default()) {
            Ok(chosen) => {
                let header = if chosen.header { " header" } else { "" };
                format!("{}{header}", chosen.column + 1)
            }
            Err(Fault::Missing) => "missing".to_owned(),
            Err(Fault::Twice { name, places }) => format!("{name} {places:?}"),
            Err(Fault::Several { names, .. }) => names.join(" or "),
        };
        assert_eq!(found, expected, "{rows}");
    }

    #[test]
    fn columns_are_found_by_name() {
        check("id,smiles|1,CCO", None, "2 header");
        check("ID,SMILES|1,x", None, "2 header");
        check("id,Canonical SMILES,n|1,CCO,C", None, "2 header");
        check("SMILES_canonical,smiles_length|CCO,3", None, "1 header");
        check("id,iso_smiles|1,(|2,)", None, "2 header");
        check("Structure,scaffold|CCO,CC|CCN,CC", None, "1 header");
        check("mol,smi|CCO,CCN|CCN,CCO", None, "`mol` or `smi`");
        check("smiles,x,SMILES|CCO,1,CCN", None, "1 header");
        check("Smiles,x,SMILES|CCO,1,CCN", None, "smiles [1, 3]");
        check(
            "iso_smiles,can_smiles|CCO,CCN",
            None,
            "`iso_smiles` or `can_smiles`",
        );
    }

    #[test]
    fn columns_are_found_as_asked() {
        check("a,b|CCO,CCN", Some("B"), "2 header");
        check("a,b|CCO,CCN", Some("2"), "2 header");
        check("CCO,CCN|CO,CN", Some("2"), "2");
        check("2,1|CCO,CCN", Some("2"), "1 header");
        check("a,b|CCO,CCN", Some("3"), "missing");
        check("a,b|CCO,CCN", Some("0"), "missing");
        check("a,A,b|CCO,CCN,1", Some("A"), "2 header");
        check("a,a,b|CCO,CCN,1", Some("a"), "a [1, 2]");
    }

    #[test]
    fn columns_are_found_by_content() {
        check("CCO,1|CCN,2", None, "1");
        check("1,CCO|2,C(|3,CO", None, "2");
        check("cid,what|1,CCO|2,CCN", None, "2 header");
        check("0|CCO|CCN", None, "1 header");
        check("mol|CCO", None, "1 header");
        check("C|CCO|CCN", None, "1");
        check("id,C|1,CCO|2,CCN", None, "2 header");
        check("C(|CCO|CCN", None, "1");
        check(",0|0,CCO|1,C(|2,CC", None, "2 header");
        check("x,class|CCO,N|CCN,C", None, "1 header");
        check("CCO,CCN|CCC,CCCC", None, "1 or 2");
        check("a,b|1,2", None, "missing");
        check("a,b|LFQSCWFLJHTTHZ-UHFFFAOYSA-N,2", None, "missing");
        check("mol|C(|C1|CC)", None, "1 header");
    }

    #[track_caller]
    fn check_doubt(rows: &str, expected: Option<&str>) {
        let options = ReadOptions::default();
        let chosen = choose(&sample(rows), &options, &mut Judge::default()).unwrap();
        assert_eq!(chosen.doubt.as_deref(), expected, "{rows}");
    }

    #[test]
    fn columns_without_a_molecule_are_doubted() {
        check_doubt(
            "smiles,mol|x,CCO|y,CCN",
            Some("column `mol` looks like SMILES: choose it with setting `column`"),
        );
        check_doubt(
            "smiles|InChI=1S/CH4/h1H4",
            Some("it holds InChI and no SMILES, such as `InChI=1S/CH4/h1H4`"),
        );
        check_doubt(
            "smiles|hello",
            Some("it holds other text than SMILES, such as `hello`"),
        );
        check_doubt("smiles|C(|C1", None);
        check_doubt("smiles|hello|CCO", None);
    }
}
