//! Open shells: atoms with unpaired electrons, as RDKit counts them.
//!
//! An atom in brackets has the hydrogens that are written and no more: `[CH2]C` is a radical where
//! `CC` is ethane. The canonical form is that of a molecule all the same, so only this tells.

use super::perceived::Perceived;
use super::{Molecule, atomic_number};

/// An atom with unpaired electrons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenShell {
    /// Its index, in the order in which atoms are written.
    pub atom: usize,
    /// Its unpaired electrons, at most 5.
    pub electrons: u8,
}

impl Molecule {
    /// The atoms with unpaired electrons (RDKit's `GetNumRadicalElectrons`), in the order in which
    /// they are written; none for a closed shell.
    pub fn open_shells(&self) -> Vec<OpenShell> {
        let graph = &self.graph;
        if !graph.atoms().any(|(index, _)| may_be_open(graph, index)) {
            return Vec::new();
        }
        let Ok(perceived) = Perceived::of(graph) else {
            return Vec::new();
        };
        let electrons = perceived.electrons.into_iter().enumerate();
        electrons
            .filter(|(_, electrons)| *electrons > 0)
            .map(|(atom, electrons)| OpenShell { atom, electrons })
            .collect()
    }

    /// Whether any atom has unpaired electrons.
    pub fn is_radical(&self) -> bool {
        !self.open_shells().is_empty()
    }
}

/// Whether an atom may have unpaired electrons. One without brackets never has, and one of the
/// common elements does not where its octet is full, whichever bonds of an aromatic ring are double.
fn may_be_open(graph: &chematic::core::Molecule, index: chematic::core::AtomIdx) -> bool {
    use chematic::core::BondOrder;
    let atom = graph.atom(index);
    let Some(hydrogens) = atom.hydrogen_count else {
        return false;
    };
    let outer = match atomic_number(atom) {
        0 => return false,
        6 | 14 => 4,
        7 | 15 => 5,
        8 => 6,
        9 | 17 | 35 | 53 => 7,
        _ => return true,
    };
    let mut aromatic = 0;
    let mut bonds = i32::from(hydrogens);
    for (_, bond) in graph.neighbors(index) {
        match graph.bond(bond).order {
            BondOrder::Aromatic => (aromatic, bonds) = (aromatic + 1, bonds + 1),
            BondOrder::Single | BondOrder::Up | BondOrder::Down => bonds += 1,
            BondOrder::Double => bonds += 2,
            BondOrder::Triple => bonds += 3,
            _ => return true,
        }
    }
    let charge = i32::from(atom.charge);
    let is_open = |bonds: i32| 8 - outer - bonds + charge != 0 && outer - bonds - charge != 0;
    is_open(bonds) || (aromatic > 0 && is_open(bonds + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(smiles: &str, expected: &[(usize, u8)]) {
        let molecule = Molecule::parse(smiles).unwrap();
        let found: Vec<(usize, u8)> = molecule
            .open_shells()
            .iter()
            .map(|shell| (shell.atom, shell.electrons))
            .collect();
        assert_eq!(found, expected, "{smiles}");
    }

    // Expected numbers by RDKit 2026.9.1.
    #[test]
    fn electrons_are_counted_as_rdkit_counts_them() {
        check("CCO", &[]);
        check("[CH2]C", &[(0, 1)]);
        check("C[C@@H](N)C(=O)O", &[]);
        check("C[C@@H]C(=O)O", &[(1, 1)]);
        check("C[CH]", &[(1, 2)]);
        check("[C]", &[(0, 4)]);
        check("CO[O]", &[(2, 1)]);
        check("[O-][N+](=O)c1ccccc1", &[]);
        check("c1cc[c]cc1", &[(3, 1)]);
        check("c1cc[nH]c1", &[]);
        check("C[n+]1ccccc1", &[]);
        check("[Na]", &[(0, 1)]);
        check("[Na+].[Cl-]", &[]);
        check("[Cu]", &[(0, 1)]);
        check("[2H]C", &[]);
        check("[H]C([H])[CH]C", &[(3, 1)]);
        check("CC1(C)CCCC(C)(C)N1[O]", &[(10, 1)]);
    }
}
