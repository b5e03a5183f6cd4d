//! Standard structures and their parents, as the ChEMBL structure pipeline makes them (Bento et al.
//! 2020, doi:10.1186/s13321-020-00456-1; `standardize_mol` and then `get_parent_mol` of
//! `chembl_structure_pipeline` 1.2.4).
//!
//! The structure: functional groups in one form, charges neutralized, tartrates without
//! stereochemistry. The parent: isotopes off, solvents and salts off, equal components once,
//! neutralized again. Structures with metals, or more than seven borons, are not touched but for
//! isotopes and solvents.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::groups::normalized;
use super::salts::{has_shape, is_salt, is_solvent};
use super::written::Written;
use crate::chem::{Invalid, Molecule, symbol};

/// Metals whose compounds the pipeline leaves as they are; zinc is not one.
const METALS: [&str; 64] = [
    "Sc", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Ga", "Y", "Zr", "Nb", "Mo", "Tc", "Ru",
    "Rh", "Pd", "Cd", "In", "Sn", "La", "Hf", "Ta", "W", "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl",
    "Pb", "Bi", "Po", "Ac", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm",
    "Yb", "Lu", "Th", "Pa", "U", "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No", "Lr",
];

/// Two more of them, which are no metals.
const METALLOIDS: [&str; 2] = ["Ge", "Sb"];

/// More borons than this are left as they are.
const MOST_BORONS: usize = 7;

/// Tartaric acid.
static TARTRATE: LazyLock<Option<Written<'static>>> =
    LazyLock::new(|| Written::read("OC(=O)C(O)C(O)C(=O)O"));

/// A standardized molecule, and what was done to it.
#[derive(Debug, Clone)]
pub struct Standardized {
    /// The molecule.
    pub molecule: Molecule,
    /// The steps that changed it, in their order.
    pub changed: Vec<Standardization>,
    /// Whether it has a metal or too many borons, so that only isotopes and solvents were taken off.
    pub excluded: bool,
}

/// A step of standardization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standardization {
    /// Functional groups in one form; Li, Na and K cut off N and O.
    Groups,
    /// Charges neutralized, before or after salts are taken off.
    Charges,
    /// Tartaric acid and its anions without stereochemistry.
    Tartrates,
    /// Isotope labels taken off.
    Isotopes,
    /// Solvents taken off.
    Solvents,
    /// Salts taken off.
    Salts,
    /// Components that are all equal, once.
    Repeats,
}

impl Standardization {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Groups => "standardize (functional groups)",
            Self::Charges => "standardize (charges)",
            Self::Tartrates => "standardize (tartrates)",
            Self::Isotopes => "standardize (isotopes)",
            Self::Solvents => "standardize (solvents)",
            Self::Salts => "standardize (salts)",
            Self::Repeats => "standardize (repeats)",
        }
    }

    /// All steps in their order.
    pub const ALL: [Self; 7] = [
        Self::Groups,
        Self::Charges,
        Self::Tartrates,
        Self::Isotopes,
        Self::Solvents,
        Self::Salts,
        Self::Repeats,
    ];
}

impl Molecule {
    /// The parent of the standard structure, by the ChEMBL structure pipeline.
    ///
    /// # Errors
    /// [`Invalid`] where a step makes no molecule.
    pub fn standardized(&self) -> Result<Standardized, Invalid> {
        let mut work = Work {
            molecule: self.clone(),
            changed: BTreeSet::new(),
        };
        if !is_excluded(self) {
            work.take(Standardization::Groups, normalized)?;
            work.take(Standardization::Charges, Self::neutral)?;
            work.take(Standardization::Tartrates, without_stereo_of_tartrates)?;
        }
        work.take(Standardization::Isotopes, Self::without_isotopes)?;
        work.parent()?;
        work.take(Standardization::Charges, Self::neutral)?;
        Ok(Standardized {
            excluded: is_excluded(&work.molecule),
            molecule: work.molecule,
            changed: work.changed.into_iter().collect(),
        })
    }
}

/// A molecule on its way.
struct Work {
    molecule: Molecule,
    changed: BTreeSet<Standardization>,
}

impl Work {
    fn take(
        &mut self,
        name: Standardization,
        step: impl Fn(&Molecule) -> Result<Molecule, Invalid>,
    ) -> Result<(), Invalid> {
        let next = step(&self.molecule)?;
        if next.canonical() != self.molecule.canonical() {
            self.changed.insert(name);
            self.molecule = next;
        }
        Ok(())
    }

    /// Takes off solvents, then salts, then repeats; each unless nothing would be left, or, after
    /// solvents, what is excluded.
    fn parent(&mut self) -> Result<(), Invalid> {
        let canonical = self.molecule.canonical().to_owned();
        let all: Vec<&str> = canonical.split('.').collect();
        let left = |parts: &[&'_ str], is: fn(&str) -> bool| -> Vec<String> {
            let kept = parts.iter().filter(|part| !is(part));
            kept.map(|part| (*part).to_owned()).collect()
        };
        let without_solvents = left(&all, is_solvent);
        if without_solvents.is_empty() {
            return Ok(());
        }
        let parts: Vec<&str> = without_solvents.iter().map(String::as_str).collect();
        let mut without_salts = left(&parts, is_salt);
        if without_salts.is_empty() {
            without_salts.clone_from(&without_solvents);
        }
        let mut once = without_salts.clone();
        if are_equal(&once)? {
            once.truncate(1);
        }
        if is_excluded(&Molecule::parse(&once.join("."))?) {
            without_salts.clone_from(&without_solvents);
            once.clone_from(&without_solvents);
        }
        for (name, parts) in [
            (Standardization::Solvents, without_solvents),
            (Standardization::Salts, without_salts),
            (Standardization::Repeats, once),
        ] {
            self.take(name, |_| Molecule::parse(&parts.join(".")))?;
        }
        Ok(())
    }
}

/// Whether several components are all equal once they are neutral.
fn are_equal(parts: &[String]) -> Result<bool, Invalid> {
    if parts.len() < 2 {
        return Ok(false);
    }
    let mut forms = BTreeSet::new();
    for part in parts {
        let neutral = Molecule::parse(part)?.neutral()?;
        forms.insert(neutral.canonical().to_owned());
    }
    Ok(forms.len() == 1)
}

/// Whether the pipeline leaves a molecule as it is.
fn is_excluded(molecule: &Molecule) -> bool {
    let mut borons = 0;
    let mut metal = false;
    for (_, atom) in molecule.graph.atoms() {
        let symbol = symbol(atom);
        metal |= METALS.contains(&symbol) || METALLOIDS.contains(&symbol);
        borons += usize::from(symbol == "B");
    }
    metal || borons > MOST_BORONS
}

/// The molecule with free tartaric acid and its anions without stereochemistry.
fn without_stereo_of_tartrates(molecule: &Molecule) -> Result<Molecule, Invalid> {
    let canonical = molecule.canonical();
    let Some(tartrate) = &*TARTRATE else {
        return Ok(molecule.clone());
    };
    let is_tartrate = |part: &str| {
        let written = Written::read(part);
        part.contains('@') && written.is_some_and(|written| has_shape(&written, tartrate))
    };
    let parts = canonical.split('.').map(|part| {
        if is_tartrate(part) {
            part.replace('@', "")
        } else {
            part.to_owned()
        }
    });
    let text = parts.collect::<Vec<_>>().join(".");
    if text == canonical {
        return Ok(molecule.clone());
    }
    Molecule::parse(&text)
}
