//! Standardization and filtering of molecules, one at a time: the chosen steps in a fixed order,
//! each counted.
//!
//! Knows molecules and limits; nothing of files.

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;

use crate::chem::{Invalid, Key, Molecule, Standardization, is_element};
use crate::error::{ensure, setting};
use crate::tokenizer::Cutter;

/// The steps of standardization and the filters, in their order.
#[expect(clippy::struct_excessive_bools, reason = "one per step")]
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Steps {
    /// Remove atom maps.
    pub strip_maps: bool,
    /// The parent of the standard structure, as the ChEMBL structure pipeline makes it.
    pub standardize: bool,
    /// Keep the largest component only.
    pub largest_fragment: bool,
    /// Neutralize charges that hydrogens can balance.
    pub neutralize: bool,
    /// Remove isotope labels.
    pub strip_isotopes: bool,
    /// Remove stereochemistry.
    pub strip_stereo: bool,
    /// Write the canonical spelling even of molecules that no step changed.
    pub canonicalize: bool,
    /// Leave out molecules of other elements (symbols; hydrogen is always allowed).
    pub elements: Option<BTreeSet<String>>,
    /// Leave out lighter molecules, in g/mol.
    pub min_weight: Option<f64>,
    /// Leave out heavier molecules, in g/mol.
    pub max_weight: Option<f64>,
    /// Leave out molecules of fewer tokens.
    pub min_tokens: Option<usize>,
    /// Leave out molecules of more tokens.
    pub max_tokens: Option<usize>,
    /// Keep only the first of equal molecules (by canonical SMILES).
    pub unique: bool,
}

/// A step that changes molecules.
enum Step {
    Simple(fn(&Molecule) -> Result<Molecule, Invalid>),
    Standardize,
}

/// The result of the steps for one text.
#[derive(Debug, Clone, PartialEq)]
pub enum Prepared {
    /// To be written.
    Kept {
        /// The text to write.
        smiles: String,
        /// Of the molecule, for finding equal ones.
        key: Key,
        /// The steps that changed it.
        changed: Vec<&'static str>,
        /// Whether standardization leaves such a molecule as it is.
        excluded: bool,
    },
    /// Left out by a filter.
    Filtered {
        /// The filter.
        by: &'static str,
    },
    /// Not a molecule, before or after a step.
    Bad {
        /// The reason.
        reason: String,
    },
}

/// Counts of rows that each step changed or left out. `rows` is the sum of `kept`, `invalid`,
/// `duplicates` and all of `filtered`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Rows, blank ones not counted.
    pub rows: usize,
    /// Molecules that were written.
    pub kept: usize,
    /// Rows that are not molecules.
    pub invalid: usize,
    /// Molecules that equal an earlier one after all steps.
    pub duplicates: usize,
    /// Molecules that each step changed, in the order of the steps.
    pub changed: Vec<(&'static str, usize)>,
    /// Molecules that standardization left as they are, for a metal or many borons, if it was asked
    /// for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<usize>,
    /// Molecules that each filter left out, in the order of the filters.
    pub filtered: Vec<(&'static str, usize)>,
}

impl Steps {
    /// Checks that the limits make sense.
    ///
    /// # Errors
    /// For a weight that is no number of g/mol, and for a symbol that is no element.
    pub fn validate(&self) -> crate::error::Result<()> {
        let weights = [("min", self.min_weight), ("max", self.max_weight)];
        for (name, weight) in weights {
            ensure!(
                weight.is_none_or(|weight| weight.is_finite() && weight >= 0.0),
                Setting,
                "{} must be a number of g/mol, 0 or more",
                setting(&format!("{name}_weight"))
            );
        }
        for symbol in self.elements.iter().flatten() {
            ensure!(
                is_element(symbol),
                Setting,
                "setting `elements` names `{symbol}`, which is no element: give symbols such as \
                 C,N,O,Cl"
            );
        }
        Ok(())
    }

    /// Takes the steps on one text. Equal molecules are [`Counts::add`]'s to find.
    pub fn apply(&self, text: &str) -> Prepared {
        self.try_apply(text)
            .unwrap_or_else(|invalid| Prepared::Bad {
                reason: invalid.to_string(),
            })
    }

    fn try_apply(&self, text: &str) -> Result<Prepared, Invalid> {
        let mut molecule = Molecule::parse(text)?;
        let mut changed = Vec::new();
        let mut excluded = false;
        for (asked, name, step) in self.changes() {
            if !asked {
                continue;
            }
            let next = match step {
                Step::Simple(step) => step(&molecule)?,
                Step::Standardize => {
                    let standard = molecule.standardized()?;
                    changed.extend(standard.changed.iter().map(|step| step.name()));
                    excluded = standard.excluded;
                    molecule = standard.molecule;
                    continue;
                }
            };
            if next.canonical() != molecule.canonical() {
                changed.push(name);
            }
            molecule = next;
        }
        let smiles = if changed.is_empty() && !self.canonicalize {
            text
        } else {
            molecule.canonical()
        };
        if smiles != text && changed.is_empty() {
            changed.push("canonicalize");
        }
        let tokens = match Cutter::Atomwise.pieces(smiles) {
            Ok(tokens) => tokens.len(),
            Err(error) => {
                let reason = error.sentence();
                return Ok(Prepared::Bad { reason });
            }
        };
        let weight = molecule.weight();
        let foreign = |elements: &BTreeSet<String>| {
            let found = molecule.composition().elements;
            found
                .into_iter()
                .any(|symbol| symbol != "H" && !elements.contains(symbol))
        };
        let filters = [
            ("elements", self.elements.as_ref().is_some_and(foreign)),
            (
                "min-weight",
                self.min_weight.is_some_and(|least| weight < least),
            ),
            (
                "max-weight",
                self.max_weight.is_some_and(|most| weight > most),
            ),
            (
                "min-tokens",
                self.min_tokens.is_some_and(|least| tokens < least),
            ),
            (
                "max-tokens",
                self.max_tokens.is_some_and(|most| tokens > most),
            ),
        ];
        if let Some((by, _)) = filters.into_iter().find(|(_, out)| *out) {
            return Ok(Prepared::Filtered { by });
        }
        Ok(Prepared::Kept {
            smiles: smiles.to_owned(),
            key: Key::of(molecule.canonical()),
            changed,
            excluded,
        })
    }

    /// The steps that change molecules, with their names.
    fn changes(&self) -> [(bool, &'static str, Step); 6] {
        let simple = Step::Simple;
        [
            (
                self.strip_maps,
                "strip-maps",
                simple(Molecule::without_maps),
            ),
            (self.standardize, "standardize", Step::Standardize),
            (
                self.largest_fragment,
                "largest-fragment",
                simple(Molecule::largest_component),
            ),
            (self.neutralize, "neutralize", simple(Molecule::neutral)),
            (
                self.strip_isotopes,
                "strip-isotopes",
                simple(Molecule::without_isotopes),
            ),
            (
                self.strip_stereo,
                "strip-stereo",
                simple(Molecule::without_stereo),
            ),
        ]
    }

    /// Counts with a row for every step that was asked for, all at 0.
    pub fn counts(&self) -> Counts {
        let changes = self.changes().into_iter();
        let changes = changes.flat_map(|(asked, name, step)| match step {
            Step::Simple(_) => vec![(asked, name)],
            Step::Standardize => {
                let steps = Standardization::ALL.iter();
                steps.map(|step| (asked, step.name())).collect()
            }
        });
        let changes = changes.chain([(self.canonicalize, "canonicalize")]);
        let filters = [
            (self.elements.is_some(), "elements"),
            (self.min_weight.is_some(), "min-weight"),
            (self.max_weight.is_some(), "max-weight"),
            (self.min_tokens.is_some(), "min-tokens"),
            (self.max_tokens.is_some(), "max-tokens"),
        ];
        let asked = |(asked, name)| if asked { Some((name, 0)) } else { None };
        Counts {
            changed: changes.filter_map(asked).collect(),
            excluded: self.standardize.then_some(0),
            filtered: filters.into_iter().filter_map(asked).collect(),
            ..Counts::default()
        }
    }
}

impl Counts {
    /// Counts one text; returns what is to be written of it. `seen` holds the molecules that were
    /// kept, if equal ones are to be left out.
    pub fn add(&mut self, prepared: Prepared, seen: Option<&mut HashSet<Key>>) -> Option<String> {
        let count = |counts: &mut Vec<(&'static str, usize)>, name: &str| {
            if let Some((_, count)) = counts.iter_mut().find(|(known, _)| *known == name) {
                *count += 1;
            }
        };
        self.rows += 1;
        match prepared {
            Prepared::Bad { .. } => self.invalid += 1,
            Prepared::Filtered { by } => count(&mut self.filtered, by),
            Prepared::Kept {
                smiles,
                key,
                changed,
                excluded,
            } => {
                if let Some(count) = &mut self.excluded {
                    *count += usize::from(excluded);
                }
                for name in changed {
                    count(&mut self.changed, name);
                }
                if seen.is_none_or(|seen| seen.insert(key)) {
                    self.kept += 1;
                    return Some(smiles);
                }
                self.duplicates += 1;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(steps: &Steps, text: &str, expected: &str) {
        let found = match steps.apply(text) {
            Prepared::Kept {
                smiles, changed, ..
            } => format!("{smiles} {}", changed.join(" ")).trim().to_owned(),
            Prepared::Filtered { by } => format!("!{by}"),
            Prepared::Bad { reason } => format!("?{reason}"),
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn steps_are_taken_in_order_and_named() {
        let none = Steps::default();
        check(&none, "OCC", "OCC");
        check(&none, "C(", "?this parenthesis is never closed");
        let canonical = Steps {
            canonicalize: true,
            ..Steps::default()
        };
        check(&canonical, "OCC", "CCO canonicalize");
        check(&canonical, "CCO", "CCO");
        let unmapped = Steps {
            strip_maps: true,
            ..Steps::default()
        };
        check(&unmapped, "[CH3:1][CH2:2][OH:3]", "CCO strip-maps");
        check(&unmapped, "OCC", "OCC");
        let clean = Steps {
            largest_fragment: true,
            neutralize: true,
            strip_stereo: true,
            strip_isotopes: true,
            ..Steps::default()
        };
        check(
            &clean,
            "[Na+].[13CH3][C@@H](N)C(=O)[O-]",
            "CC(N)C(=O)O largest-fragment neutralize strip-isotopes strip-stereo",
        );
        check(&clean, "OCC", "OCC");
        let standard = Steps {
            standardize: true,
            ..Steps::default()
        };
        check(
            &standard,
            "[Na+].CS(=O)CC(=O)[O-].O",
            "C[S+]([O-])CC(=O)O standardize (functional groups) standardize (charges) \
             standardize (solvents) standardize (salts)",
        );
        check(&standard, "Cl[Pt]Cl", "Cl[Pt]Cl");
        let filters = Steps {
            elements: Some(["C", "O"].map(str::to_owned).into()),
            min_weight: Some(40.0),
            max_tokens: Some(4),
            ..Steps::default()
        };
        check(&filters, "CCN", "!elements");
        check(&filters, "CC", "!min-weight");
        check(&filters, "CCCCC", "!max-tokens");
        check(&filters, "CCO", "CCO");
    }

    #[test]
    fn counts_add_up() {
        let steps = Steps {
            canonicalize: true,
            max_tokens: Some(4),
            unique: true,
            ..Steps::default()
        };
        let (mut counts, mut seen) = (steps.counts(), HashSet::new());
        let written: Vec<String> = ["OCC", "CCO", "C(", "CCCCCC", "N"]
            .into_iter()
            .filter_map(|text| counts.add(steps.apply(text), Some(&mut seen)))
            .collect();
        assert_eq!(written, ["CCO", "N"]);
        assert_eq!((counts.rows, counts.kept, counts.invalid), (5, 2, 1));
        assert_eq!(counts.duplicates, 1);
        assert_eq!(counts.changed, [("canonicalize", 1)]);
        assert_eq!(counts.filtered, [("max-tokens", 1)]);
    }
}
