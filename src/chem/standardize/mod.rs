//! Simpler molecules from a molecule: its largest component, without charges, stereochemistry,
//! isotopes or atom maps.
//!
//! Each step is a molecule in and a molecule out; which steps are taken, and in which order, is
//! the caller's.

mod groups;
mod neutral;
mod parent;
mod salts;
mod written;

use std::sync::LazyLock;

use chematic::chem as properties;
use regex::Regex;

use super::{Invalid, Molecule};

pub use parent::{Standardization, Standardized};

/// Marks of stereochemistry: at an atom, and beside a double bond.
static STEREO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"@(?:@|(?:TH|AL|SP|TB|OH)[0-9]*)?|[/\\]")
        .expect("a constant pattern that the tests compile")
});

/// The isotope of a bracket atom.
static ISOTOPE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\[[0-9]+").expect("a constant pattern that the tests compile"));

/// The map number of a bracket atom, with the end of the bracket.
static MAP: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r":[0-9]+\]").expect("a constant pattern that the tests compile"));

impl Molecule {
    /// The component with the most heavy atoms, which removes counter-ions and solvents. Of several
    /// it is the heaviest, then the first in byte order of canonical SMILES.
    ///
    /// # Errors
    /// [`Invalid`] where a component alone is not a molecule.
    pub fn largest_component(&self) -> Result<Self, Invalid> {
        let mut largest: Option<(u32, f64, Self)> = None;
        for text in self.canonical().split('.') {
            let part = Self::parse(text)?;
            let atoms = properties::heavy_atom_count(&part.graph) as u32;
            let weight = part.weight();
            let is_larger = largest.as_ref().is_none_or(|(most, heaviest, best)| {
                let order = atoms.cmp(most).then(weight.total_cmp(heaviest));
                order.is_gt() || (order.is_eq() && part.canonical() < best.canonical())
            });
            if is_larger {
                largest = Some((atoms, weight, part));
            }
        }
        Ok(largest.map_or_else(|| self.clone(), |(_, _, part)| part))
    }

    /// The molecule without stereochemistry: chirality and double bond geometry.
    /// [`Self::canonical_without_stereo`] gives its canonical SMILES alone, faster.
    ///
    /// # Errors
    /// [`Invalid`] where the result is not a molecule.
    pub fn without_stereo(&self) -> Result<Self, Invalid> {
        self.without(&STEREO, "")
    }

    /// The molecule without isotope labels.
    ///
    /// # Errors
    /// [`Invalid`] where the result is not a molecule.
    pub fn without_isotopes(&self) -> Result<Self, Invalid> {
        self.without(&ISOTOPE, "[")
    }

    /// The molecule without atom maps, the numbers by which reactions and matched pairs tell atoms
    /// apart: mapped copies of a molecule become equal.
    ///
    /// # Errors
    /// [`Invalid`] where the result is not a molecule.
    pub fn without_maps(&self) -> Result<Self, Invalid> {
        self.without(&MAP, "]")
    }

    fn without(&self, pattern: &Regex, replacement: &str) -> Result<Self, Invalid> {
        let text = pattern.replace_all(self.canonical(), replacement);
        if text == self.canonical() {
            return Ok(self.clone());
        }
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Step = fn(&Molecule) -> Result<Molecule, Invalid>;

    #[track_caller]
    fn check(step: Step, smiles: &str, expected: &str) {
        let molecule = Molecule::parse(smiles).unwrap();
        assert_eq!(step(&molecule).unwrap().canonical(), expected, "{smiles}");
    }

    // Expected forms by RDKit 2026.9.1 (`rdMolStandardize.Uncharger`, `RemoveStereochemistry`).
    #[test]
    fn steps_make_the_molecules_that_rdkit_makes() {
        check(Molecule::largest_component, "CCN.Cl", "CCN");
        check(
            Molecule::largest_component,
            "[Na+].CC(=O)[O-]",
            "CC(=O)[O-]",
        );
        check(Molecule::largest_component, "CCO.CCN", "CCO");
        check(Molecule::largest_component, "CCO", "CCO");
        check(Molecule::neutral, "CC(=O)[O-]", "CC(=O)O");
        check(Molecule::neutral, "C[NH3+]", "CN");
        check(Molecule::neutral, "C[NH2+]CC(=O)[O-]", "CNCC(=O)O");
        check(Molecule::neutral, "C[N+](C)(C)C", "C[N+](C)(C)C");
        check(
            Molecule::neutral,
            "O=[N+]([O-])c1ccccc1",
            "O=[N+]([O-])c1ccccc1",
        );
        check(Molecule::neutral, "[O-]N(=O)=O", "O=[N+]([O-])O");
        check(Molecule::neutral, "[O-][N+](=O)[O-]", "O=[N+]([O-])O");
        check(
            Molecule::neutral,
            "[O-]Cl(=O)(=O)=O",
            "[O-][Cl+3]([O-])([O-])O",
        );
        check(
            Molecule::neutral,
            "[O-][Cl+3]([O-])([O-])[O-]",
            "[O-][Cl+3]([O-])([O-])O",
        );
        check(Molecule::neutral, "[Na+].CC(=O)[O-]", "CC(=O)[O-].[Na+]");
        check(Molecule::without_stereo, "C[C@@H](N)C(=O)O", "CC(N)C(=O)O");
        check(Molecule::without_stereo, "F/C=C/F", "FC=CF");
        check(Molecule::without_isotopes, "[13CH3]CO", "CCO");
        check(Molecule::without_maps, "[CH3:1][CH2:2][OH:3]", "CCO");
        check(Molecule::without_maps, "[CH3:7][C:2]", "[C]C");
        check(Molecule::without_maps, "c1cc[nH:12]c1", "c1cc[nH]c1");
        check(Molecule::without_maps, "C[C@@H:4](N)O", "C[C@@H](N)O");
        check(Molecule::without_maps, "C[CH2:1]~C", "C[CH2]~C");
        check(Molecule::without_maps, "CCO", "CCO");
        check(Molecule::without_isotopes, "[2H]C([2H])([2H])O", "CO");
    }
}
