//! A survey of a file of molecules before training: validity, duplicates, composition, lengths.
//!
//! Rows come in pieces and only sums are kept, beside 16 bytes per unique molecule, so the memory
//! does not grow with the length of the rows. Knows nothing of models.

use std::collections::{BTreeMap, HashMap, HashSet};

use rayon::prelude::*;
use serde::Serialize;

use crate::chem::{Composition, Key, Molecule};
use crate::table::{BadRow, Content, EXAMPLES, Row};
use crate::tokenizer::Cutter;

/// Elements that are common in drug-like sets: those that need no brackets, and hydrogen.
pub const USUAL_ELEMENTS: [&str; 10] = ["H", "C", "N", "O", "S", "P", "F", "Cl", "Br", "I"];

/// A token that fewer molecules have is rare: too few to learn it from.
pub const RARE: usize = 10;

/// Contexts for which a survey counts the molecules that are too long.
const CONTEXTS: [usize; 6] = [64, 100, 128, 192, 256, 512];

/// Rows that one task parses.
const ROWS: usize = 256;

/// Token counts from this on are counted as this one.
const LONGEST: usize = crate::chem::MAX_LENGTH;

/// Statistics of a file of molecules. Counts are of valid molecules, duplicates included, unless
/// stated otherwise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Survey {
    /// Rows, without blank lines and the header.
    pub rows: usize,
    /// Rows that are molecules.
    pub valid: usize,
    /// Unique molecules, by canonical SMILES.
    pub distinct: usize,
    /// Valid rows that repeat an earlier molecule, in this or another spelling.
    pub duplicates: usize,
    /// Rows that are not canonical SMILES.
    pub not_canonical: usize,
    /// Rows that are not molecules.
    pub invalid: usize,
    /// Number of those for each cause.
    pub causes: BTreeMap<String, usize>,
    /// The first [`EXAMPLES`] of those rows, in file order.
    pub bad: Vec<BadRow>,
    /// Tokens per molecule, begin and end not counted.
    pub lengths: Option<Percentiles>,
    /// Molecular weight in g/mol.
    pub weights: Option<Percentiles>,
    /// Molecules that are too long for each context.
    pub cuts: Vec<Cut>,
    /// All tokens, the most frequent first.
    pub tokens: Vec<TokenCount>,
    /// Molecules of more than one component.
    pub mixtures: usize,
    /// Mixtures with charged atoms.
    pub salts: usize,
    /// Molecules with charged atoms.
    pub with_charges: usize,
    /// Molecules whose charges do not add up to 0.
    pub ions: usize,
    /// Molecules with a stereo mark at an atom.
    pub with_stereocentres: usize,
    /// Molecules with stereo marks beside a double bond.
    pub with_stereo_bonds: usize,
    /// Molecules with stereo marks that mark no stereocentre and no stereo double bond.
    pub with_idle_stereo_marks: usize,
    /// Molecules with unpaired electrons.
    pub radicals: usize,
    /// Molecules with a stated isotope.
    pub with_isotopes: usize,
    /// Molecules with an element outside [`USUAL_ELEMENTS`], by element.
    pub unusual_elements: BTreeMap<String, usize>,
}

/// A distribution. Percentiles are the smallest value that at least that share does not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Percentiles {
    /// Arithmetic mean.
    pub mean: f64,
    /// The smallest value.
    pub least: f64,
    /// 5 % are at most this.
    pub p5: f64,
    /// 50 % are at most this.
    pub median: f64,
    /// 95 % are at most this.
    pub p95: f64,
    /// 99 % are at most this.
    pub p99: f64,
    /// 99.9 % are at most this.
    pub p999: f64,
    /// The largest value.
    pub most: f64,
}

/// The number of molecules that are too long for a context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cut {
    /// Tokens that the model reads, begin and end counted.
    pub context: usize,
    /// Molecules that are longer.
    pub molecules: usize,
}

/// Occurrences of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenCount {
    /// The token.
    pub token: String,
    /// Occurrences.
    pub count: usize,
    /// Molecules that have it.
    pub molecules: usize,
}

impl Survey {
    /// Tokens that fewer than [`RARE`] molecules have.
    pub fn rare_tokens(&self) -> impl Iterator<Item = &TokenCount> {
        self.tokens.iter().filter(|token| token.molecules < RARE)
    }
}

/// Collects a survey, piece by piece.
#[derive(Debug, Default)]
pub struct Surveyor {
    sums: Sums,
    bad: Vec<BadRow>,
    keys: HashSet<Key>,
}

/// Counts, which can be added in any order.
#[derive(Debug, Default)]
struct Sums {
    valid: usize,
    invalid: usize,
    not_canonical: usize,
    causes: BTreeMap<String, usize>,
    /// Molecules by number of tokens.
    lengths: BTreeMap<usize, usize>,
    /// Molecules by weight in tenths of g/mol.
    weights: BTreeMap<usize, usize>,
    /// Sum of the weights in g/mol.
    weight: f64,
    /// Occurrences of each token, and molecules that have it.
    tokens: HashMap<String, (usize, usize)>,
    mixtures: usize,
    salts: usize,
    with_charges: usize,
    ions: usize,
    with_stereocentres: usize,
    with_stereo_bonds: usize,
    with_idle_stereo_marks: usize,
    radicals: usize,
    with_isotopes: usize,
    unusual_elements: BTreeMap<String, usize>,
}

impl Surveyor {
    /// Parses some rows on all cores, adds them, and returns those that are not molecules. Blank
    /// rows are skipped.
    pub fn add(&mut self, rows: &[Row]) -> Vec<BadRow> {
        let mut all = Vec::new();
        let pieces: Vec<(Sums, Vec<BadRow>, Vec<Key>)> = rows.par_chunks(ROWS).map(judge).collect();
        for (sums, bad, keys) in pieces {
            self.sums.add(sums);
            let room = EXAMPLES.saturating_sub(self.bad.len());
            self.bad.extend(bad.iter().take(room).cloned());
            self.keys.extend(keys);
            all.extend(bad);
        }
        all
    }

    /// The survey of what was added, and the keys of its molecules.
    pub fn finish(self) -> (Survey, HashSet<Key>) {
        let Sums {
            valid,
            invalid,
            lengths,
            weights,
            ..
        } = self.sums;
        let longer = |context: usize| -> usize {
            let too_long = lengths.range((context - 1).max(1)..);
            too_long.map(|(_, count)| count).sum()
        };
        let mut tokens: Vec<TokenCount> = self
            .sums
            .tokens
            .into_iter()
            .map(|(token, (count, molecules))| TokenCount {
                token,
                count,
                molecules,
            })
            .collect();
        tokens.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.token.cmp(&b.token)));
        let survey = Survey {
            rows: valid + invalid,
            valid,
            distinct: self.keys.len(),
            duplicates: valid - self.keys.len(),
            not_canonical: self.sums.not_canonical,
            invalid,
            causes: self.sums.causes,
            bad: self.bad,
            lengths: Percentiles::of(&lengths, 1.0, None),
            weights: Percentiles::of(&weights, 0.1, Some(self.sums.weight)),
            cuts: CONTEXTS
                .into_iter()
                .map(|context| Cut {
                    context,
                    molecules: longer(context),
                })
                .collect(),
            tokens,
            mixtures: self.sums.mixtures,
            salts: self.sums.salts,
            with_charges: self.sums.with_charges,
            ions: self.sums.ions,
            with_stereocentres: self.sums.with_stereocentres,
            with_stereo_bonds: self.sums.with_stereo_bonds,
            with_idle_stereo_marks: self.sums.with_idle_stereo_marks,
            radicals: self.sums.radicals,
            with_isotopes: self.sums.with_isotopes,
            unusual_elements: self.sums.unusual_elements,
        };
        (survey, self.keys)
    }
}

/// Counts of some rows, those that are not molecules, and the keys of those that are.
fn judge(rows: &[Row]) -> (Sums, Vec<BadRow>, Vec<Key>) {
    let (mut sums, mut bad, mut keys) = (Sums::default(), Vec::new(), Vec::new());
    let mut refuse = |sums: &mut Sums, row: BadRow, cause: &str| {
        sums.invalid += 1;
        *sums.causes.entry(cause.to_owned()).or_default() += 1;
        bad.push(row);
    };
    for row in rows {
        let text = match &row.content {
            Content::Blank => continue,
            Content::Unusable { text, reason } => {
                let bad = BadRow::new(row.line, text, reason);
                refuse(&mut sums, bad, "unusable row");
                continue;
            }
            Content::Text(text) => text,
        };
        let molecule = match Molecule::parse(text) {
            Ok(molecule) => molecule,
            Err(invalid) => {
                let bad = BadRow::at(invalid.position, row.line, text, invalid.to_string());
                refuse(&mut sums, bad, invalid.cause.name());
                continue;
            }
        };
        match Cutter::Atomwise.pieces(text) {
            Ok(tokens) => {
                sums.count(text, &molecule, &tokens);
                keys.push(Key::of(molecule.canonical()));
            }
            Err(error) => {
                let bad = BadRow::at(Some(error.position), row.line, text, error.sentence());
                refuse(&mut sums, bad, "not made of tokens");
            }
        }
    }
    (sums, bad, keys)
}

impl Sums {
    fn count(&mut self, text: &str, molecule: &Molecule, tokens: &[&str]) {
        self.valid += 1;
        self.not_canonical += usize::from(text != molecule.canonical());
        *self.lengths.entry(tokens.len().min(LONGEST)).or_default() += 1;
        let weight = molecule.weight();
        self.weight += weight;
        *self.weights.entry((weight * 10.0) as usize).or_default() += 1;
        for (place, token) in tokens.iter().enumerate() {
            let first = !tokens[..place].contains(token);
            let known = match self.tokens.get_mut(*token) {
                Some(known) => known,
                None => self.tokens.entry((*token).to_owned()).or_default(),
            };
            known.0 += 1;
            known.1 += usize::from(first);
        }
        let Composition {
            components,
            charge,
            charged_atoms,
            stereocentres,
            stereo_bonds,
            isotopes,
            elements,
        } = molecule.composition();
        self.mixtures += usize::from(components > 1);
        self.salts += usize::from(components > 1 && charged_atoms > 0);
        self.with_charges += usize::from(charged_atoms > 0);
        self.ions += usize::from(charge != 0);
        self.with_stereocentres += usize::from(stereocentres > 0);
        self.with_stereo_bonds += usize::from(stereo_bonds);
        self.with_idle_stereo_marks += usize::from(!molecule.idle_marks(text).is_empty());
        self.radicals += usize::from(molecule.is_radical());
        self.with_isotopes += usize::from(isotopes > 0);
        for element in elements {
            if !USUAL_ELEMENTS.contains(&element) {
                *self.unusual_elements.entry(element.to_owned()).or_default() += 1;
            }
        }
    }

    fn add(&mut self, other: Self) {
        fn merge<K: Ord>(into: &mut BTreeMap<K, usize>, from: BTreeMap<K, usize>) {
            for (key, count) in from {
                *into.entry(key).or_default() += count;
            }
        }
        self.valid += other.valid;
        self.invalid += other.invalid;
        self.not_canonical += other.not_canonical;
        self.weight += other.weight;
        merge(&mut self.causes, other.causes);
        merge(&mut self.lengths, other.lengths);
        merge(&mut self.weights, other.weights);
        merge(&mut self.unusual_elements, other.unusual_elements);
        for (token, (count, molecules)) in other.tokens {
            let known = self.tokens.entry(token).or_default();
            known.0 += count;
            known.1 += molecules;
        }
        self.mixtures += other.mixtures;
        self.salts += other.salts;
        self.with_charges += other.with_charges;
        self.ions += other.ions;
        self.with_stereocentres += other.with_stereocentres;
        self.with_stereo_bonds += other.with_stereo_bonds;
        self.with_idle_stereo_marks += other.with_idle_stereo_marks;
        self.radicals += other.radicals;
        self.with_isotopes += other.with_isotopes;
    }
}

impl Percentiles {
    /// Of counts by value, each value times `unit`; `sum` where it is known more exactly.
    fn of(counts: &BTreeMap<usize, usize>, unit: f64, sum: Option<f64>) -> Option<Self> {
        let total: usize = counts.values().sum();
        let (least, most) = (counts.keys().next()?, counts.keys().next_back()?);
        let at = |share: f64| {
            let mut left = (share * total as f64).ceil() as usize;
            for (value, count) in counts {
                if left <= *count {
                    return *value as f64 * unit;
                }
                left -= count;
            }
            *most as f64 * unit
        };
        let weighted = counts.iter().map(|(value, count)| (value * count) as f64);
        Some(Self {
            mean: sum.unwrap_or_else(|| weighted.sum::<f64>() * unit) / total as f64,
            least: *least as f64 * unit,
            p5: at(0.05),
            median: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
            p999: at(0.999),
            most: *most as f64 * unit,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(texts: &[&str]) -> Survey {
        let rows: Vec<Row> = texts
            .iter()
            .zip(1..)
            .map(|(text, line)| Row {
                line,
                content: Content::Text((*text).to_owned()),
                cells: Vec::new(),
            })
            .collect();
        let mut surveyor = Surveyor::default();
        for piece in rows.chunks(3) {
            surveyor.add(piece);
        }
        surveyor.finish().0
    }

    #[test]
    fn everything_is_counted_once() {
        let survey = survey(&[
            "OCC",
            "CCO",
            "C(",
            "[Na+].CC(=O)[O-]",
            "C[C@@H](N)C(=O)O",
            "F/C=C/F",
            "[13CH4]",
            "CB(O)O",
            "C[Se]C",
            "C[NH3+]",
            "CCO.CCN",
            "c1cccc1",
            "C[C@H]",
            "N/N",
        ]);
        assert_eq!((survey.rows, survey.valid, survey.invalid), (14, 12, 2));
        assert_eq!((survey.radicals, survey.with_idle_stereo_marks), (1, 2));
        assert_eq!((survey.distinct, survey.duplicates), (11, 1));
        assert_eq!((survey.mixtures, survey.salts), (2, 1));
        assert_eq!((survey.with_charges, survey.ions), (2, 1));
        assert_eq!(
            (
                survey.with_stereocentres,
                survey.with_stereo_bonds,
                survey.with_isotopes
            ),
            (1, 1, 1)
        );
        let unusual: Vec<(&str, usize)> = survey
            .unusual_elements
            .iter()
            .map(|(element, count)| (element.as_str(), *count))
            .collect();
        assert_eq!(unusual, [("B", 1), ("Na", 1), ("Se", 1)]);
        let causes: Vec<&str> = survey.causes.keys().map(String::as_str).collect();
        assert_eq!(causes, ["kekulization", "parenthesis"]);
        let rows: Vec<usize> = survey.bad.iter().map(|bad| bad.row).collect();
        assert_eq!(rows, [3, 12]);
        let carbon = survey
            .tokens
            .iter()
            .find(|token| token.token == "C")
            .unwrap();
        assert_eq!((carbon.count, carbon.molecules), (19, 10));
        let lengths = survey.lengths.unwrap();
        approx::assert_abs_diff_eq!(lengths.least, 1.0);
        approx::assert_abs_diff_eq!(lengths.median, 3.0);
        assert_eq!(survey.cuts[0].molecules, 0);
    }

    #[test]
    fn cuts_are_what_training_would_leave_out() {
        let (fits, cut) = ("C".repeat(62), "C".repeat(63));
        let survey = survey(&[&fits, &cut]);
        assert_eq!(
            survey.cuts[0],
            Cut {
                context: 64,
                molecules: 1
            }
        );
        assert_eq!(survey.cuts[1].molecules, 0);
    }
}
