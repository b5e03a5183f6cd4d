//! The composition of a molecule: components, charges, stereocentres, isotopes and elements.

use std::collections::BTreeSet;

use super::{Molecule, symbol};

/// Whether `symbol` is that of an element, or `*`.
pub fn is_element(symbol: &str) -> bool {
    symbol == "*" || chematic::core::Element::from_symbol(symbol).is_some()
}

/// Counts of the components, charges, stereocentres and isotopes of a molecule, and its elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composition {
    /// Number of components (parts that no bond joins); more than one in salts and mixtures.
    pub components: usize,
    /// Sum of the formal charges.
    pub charge: i32,
    /// Number of atoms with a formal charge.
    pub charged_atoms: usize,
    /// Number of stereocentres: atoms with `@` or `@@` in the canonical SMILES.
    pub stereocentres: usize,
    /// Whether the canonical SMILES has `/` or `\`: double bonds with stereochemistry.
    pub stereo_bonds: bool,
    /// Number of atoms with a stated isotope.
    pub isotopes: usize,
    /// Symbols of the elements. Hydrogen counts only where it is written as an atom; `*` is a
    /// wildcard.
    pub elements: BTreeSet<&'static str>,
}

impl Molecule {
    /// The composition of this molecule.
    pub fn composition(&self) -> Composition {
        let atoms = || self.graph.atoms().map(|(_, atom)| atom);
        let canonical = self.canonical();
        Composition {
            components: canonical.matches('.').count() + 1,
            charge: atoms().map(|atom| i32::from(atom.charge)).sum(),
            charged_atoms: atoms().filter(|atom| atom.charge != 0).count(),
            stereocentres: canonical
                .split('[')
                .filter(|atom| {
                    atom.split(']')
                        .next()
                        .is_some_and(|atom| atom.contains('@'))
                })
                .count(),
            stereo_bonds: canonical.contains(['/', '\\']),
            isotopes: atoms().filter(|atom| atom.isotope.is_some()).count(),
            elements: atoms().map(symbol).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composition_counts_what_is_there() {
        let molecule = Molecule::parse("[Na+].C[C@H](N)/C=C/[13CH2]C(=O)[O-]").unwrap();
        let found = molecule.composition();
        assert_eq!(
            (found.components, found.charge, found.charged_atoms),
            (2, 0, 2)
        );
        assert_eq!((found.stereocentres, found.isotopes), (1, 1));
        assert!(found.stereo_bonds);
        assert_eq!(
            found.elements.into_iter().collect::<Vec<_>>(),
            ["C", "N", "Na", "O"]
        );
    }
}
