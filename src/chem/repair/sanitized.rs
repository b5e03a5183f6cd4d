//! A molecule that the chemistry crate does not sanitize, as RDKit has it after sanitization.
//!
//! Aromaticity is that of its surrogate; charges and hydrogens are corrected by the differences
//! between both.

use std::collections::HashMap;

use chematic::core::{BondIdx, BondOrder, Molecule};
use chematic::smiles::{RdkitSmilesError, rdkit_legacy_stereo, rdkit_sanitized_model};

use super::surrogate::{ANY, AROMATIC, DATIVE, Surrogate, bond_type, is_metal, number};
use crate::chem::smiles::graph::{Graph, HYDROGEN};
use crate::chem::symbol;

/// An atom; `hydrogens` counts those written as atoms, too.
pub(super) struct Atom {
    pub(super) number: u8,
    pub(super) symbol: &'static str,
    pub(super) isotope: u16,
    pub(super) map: u16,
    pub(super) charge: i8,
    pub(super) hydrogens: u32,
    /// Whether the surrogate's atom has hydrogens: `[nH]` keeps them in its text.
    pub(super) fixed_hydrogen: bool,
    pub(super) aromatic: bool,
    /// Whether its stereo mark is `@@`, and the neighbours in the order that the mark refers to.
    pub(super) stereo: Option<(bool, Vec<usize>)>,
    pub(super) bonds: Vec<usize>,
}

/// A bond between two atoms, by their indices.
pub(super) struct Bond {
    pub(super) ends: [usize; 2],
    /// RDKit's number of its type.
    pub(super) order: u32,
    pub(super) aromatic: bool,
    pub(super) in_ring: bool,
    /// Whether `ends[1]` is above `ends[0]`, by a mark `/` or `\`; `None` without one.
    pub(super) up: Option<bool>,
    /// RDKit's number of the stereochemistry of a double bond, 0 for none.
    pub(super) stereo: u8,
}

impl Bond {
    /// The atom at the other end.
    pub(super) fn other(&self, atom: usize) -> usize {
        self.ends[usize::from(self.ends[0] == atom)]
    }

    pub(super) fn is_aromatic(&self) -> bool {
        self.aromatic || self.order == AROMATIC
    }
}

/// A molecule as RDKit has it after sanitization: hydrogens are counts of their atoms, and aromatic
/// bonds are found.
pub(super) struct Sanitized {
    pub(super) atoms: Vec<Atom>,
    /// In RDKit's order.
    pub(super) bonds: Vec<Bond>,
}

impl Sanitized {
    /// The molecule `graph`, which was parsed from `text`.
    ///
    /// # Errors
    /// That of the chemistry crate, where the surrogate cannot be sanitized.
    pub(super) fn new(
        graph: &Molecule,
        surrogate: &Surrogate,
        text: &str,
    ) -> Result<Self, RdkitSmilesError> {
        let sane = rdkit_sanitized_model(&surrogate.graph)?;
        let stereo = rdkit_legacy_stereo(&surrogate.graph).ok();
        let drawn = Graph::read(text);
        let mut places = vec![None; graph.atom_count()];
        let mut model = Self {
            atoms: Vec::new(),
            bonds: Vec::new(),
        };
        for (index, atom) in graph.atoms() {
            let at = index.0 as usize;
            let Some((aromatic, charge, hydrogens)) = sane.atoms[at] else {
                continue;
            };
            places[at] = Some(model.atoms.len());
            model.atoms.push(Atom {
                number: number(graph, index),
                symbol: symbol(atom),
                isotope: atom.isotope.unwrap_or(0),
                map: atom.atom_map.unwrap_or(0),
                charge: charge - surrogate.charge[at],
                hydrogens: u32::from(hydrogens).saturating_add_signed(surrogate.hydrogens[at]),
                fixed_hydrogen: hydrogens > 0,
                aromatic,
                stereo: None,
                bonds: Vec::new(),
            });
        }
        let mut symbols = HashMap::new();
        for bond in drawn.iter().flat_map(|drawn| &drawn.bonds) {
            symbols.insert((bond.from, bond.to), bond.symbol);
        }
        for index in graph.rdkit_bond_order() {
            let bond = graph.bond(index);
            let ends = [bond.atom1.0 as usize, bond.atom2.0 as usize];
            let [Some(first), Some(second)] = ends.map(|end| places[end]) else {
                continue;
            };
            let own = surrogate.bonds[index.0 as usize];
            let found = own.and_then(|own| sane.bonds[own.0 as usize]);
            let given = surrogate.orders[index.0 as usize];
            let order = given.unwrap_or_else(|| bond_type(found.unwrap_or(BondOrder::Single)));
            // A bond that became dative goes from the atom that is no metal.
            let to_metal = |end: usize| is_metal(model.atoms[end].number);
            let turned = order == DATIVE && bond.order != BondOrder::Dative && to_metal(first);
            let up = |from, to| symbols.get(&(ends[from], ends[to])).copied();
            let up = match (up(0, 1), up(1, 0)) {
                (Some("/"), _) | (_, Some("\\")) => Some(true),
                (Some("\\"), _) | (_, Some("/")) => Some(false),
                _ => None,
            };
            for end in [first, second] {
                model.atoms[end].bonds.push(model.bonds.len());
            }
            let code = |own: BondIdx| {
                stereo
                    .as_ref()
                    .map(|found| found.bond_stereo[own.0 as usize])
            };
            model.bonds.push(Bond {
                ends: if turned {
                    [second, first]
                } else {
                    [first, second]
                },
                order,
                aromatic: given == Some(ANY) && found == Some(BondOrder::Aromatic),
                in_ring: false,
                up,
                stereo: own.and_then(code).filter(|code| *code >= 2).unwrap_or(0),
            });
        }
        let tagged = |at: usize| stereo.as_ref().is_some_and(|found| found.atom_tagged[at]);
        for (at, atom) in drawn.iter().flat_map(|drawn| &drawn.atoms).enumerate() {
            let place = places.get(at).copied().flatten();
            if let (Some(place), true) = (place, atom.text.contains('@'))
                && tagged(at)
            {
                let order = atom.order.iter();
                let order = order.map(|&other| places.get(other).copied().flatten());
                let order = order.map(|other| other.unwrap_or(HYDROGEN)).collect();
                model.atoms[place].stereo = Some((atom.text.contains("@@"), order));
            }
        }
        Ok(model)
    }
}
