//! Surrogates: molecules that the chemistry crate sanitizes in place of another, with the result
//! that RDKit has for that other.
//!
//! RDKit takes `~` for a bond of no order: it is in rings and between neighbours, and counts in no
//! valence, so that each end keeps its hydrogen. The chemistry crate reads such a bond and does
//! nothing with it. Its surrogate is, in a ring, a single bond that takes one hydrogen from each
//! end; elsewhere, no bond. The crate also gives up on the rings of some metal complexes; there
//! the surrogate is the ligand, with a hydrogen for each bond to the metal.

use chematic::core::{AtomIdx, BondIdx, BondOrder, Chirality, Molecule};
use chematic::perception::ring_bond_flags_shared;

use crate::chem::atomic_number;

/// RDKit's numbers of the types of bonds: of no order, single, aromatic, dative.
pub(super) const ANY: u32 = 0;
const SINGLE: u32 = 1;
pub(super) const AROMATIC: u32 = 12;
pub(super) const DATIVE: u32 = 17;

/// The part that an atom gives up for a single bond in the place of `~`.
#[derive(Clone, Copy, PartialEq)]
enum Gift {
    Hydrogen,
    /// An unpaired electron of an atom in brackets.
    Radical,
    /// A charge: an aromatic atom like nitrogen or oxygen without hydrogen becomes its cation,
    /// which has one bond more.
    Electron,
}

/// A molecule that is sanitized in another's place, and the differences between both.
pub(super) struct Surrogate {
    pub(super) graph: Molecule,
    /// For each atom, the hydrogens that the molecule has more than the surrogate.
    pub(super) hydrogens: Vec<i32>,
    /// For each atom, the charge that the molecule has less than the surrogate.
    pub(super) charge: Vec<i8>,
    /// The bond of the surrogate for each bond of the molecule, where it has one.
    pub(super) bonds: Vec<Option<BondIdx>>,
    /// RDKit's number of the type of each bond whose type differs from that in the surrogate.
    pub(super) orders: Vec<Option<u32>>,
}

impl Surrogate {
    /// The surrogate of a molecule with bonds `~`; `None` for others.
    pub(super) fn for_any_bonds(graph: &Molecule) -> Option<Self> {
        let is_any = |index: BondIdx| graph.bond(index).order == BondOrder::QueryAny;
        let bonds = || graph.bonds().filter(|(index, _)| is_any(*index));
        bonds().next()?;
        let mut single = graph.clone();
        for (index, _) in bonds() {
            single.set_bond_order(index, BondOrder::Single);
        }
        let in_ring = ring_bond_flags_shared(&single);
        let mut found = Self::new(graph);
        let mut removed = Vec::new();
        for (index, bond) in bonds() {
            let ends = [bond.atom1, bond.atom2];
            found.orders[index.0 as usize] = Some(ANY);
            found.clear_stereo(ends);
            match ends.map(|end| found.gift(end)) {
                [Some(first), Some(second)] if in_ring[index.0 as usize] => {
                    found.graph.set_bond_order(index, BondOrder::Single);
                    found.take(ends[0], first);
                    found.take(ends[1], second);
                }
                _ => removed.push(index),
            }
        }
        Some(found.without(&removed))
    }

    /// The surrogate of a metal complex: its ligands, without the metal's bonds. As in RDKit, an
    /// atom beyond its valence has a dative bond to the metal.
    pub(super) fn for_metals(graph: &Molecule) -> Self {
        let mut found = Self::new(graph);
        let mut removed = Vec::new();
        for (index, bond) in graph.bonds() {
            let ends = [bond.atom1, bond.atom2];
            let metal = ends.map(|end| is_metal(number(graph, end)));
            if bond.order != BondOrder::Single || metal[0] == metal[1] {
                continue;
            }
            let ligand = ends[usize::from(metal[0])];
            let place = ligand.0 as usize;
            let count = found.graph.atom(ligand).hydrogen_count;
            let dative = found.is_hypervalent(ligand);
            found.orders[index.0 as usize] = Some(if dative { DATIVE } else { SINGLE });
            found.clear_stereo(ends);
            // The bond goes at the end, so it must not count in the next valence.
            found.graph.set_bond_order(index, BondOrder::Zero);
            removed.push(index);
            if !dative {
                found.hydrogens[place] -= 1;
                let more = count.map(|count| count.saturating_add(1));
                found.graph.set_hydrogen_count(ligand, more);
            }
        }
        found.without(&removed)
    }

    /// The molecule itself.
    pub(super) fn none(graph: &Molecule) -> Self {
        Self::new(graph).without(&[])
    }

    fn new(graph: &Molecule) -> Self {
        Self {
            graph: graph.clone(),
            hydrogens: vec![0; graph.atom_count()],
            charge: vec![0; graph.atom_count()],
            bonds: Vec::new(),
            orders: vec![None; graph.bond_count()],
        }
    }

    /// Removes the stereochemistry of these atoms: RDKit has no stereocentre at a bond `~`, and the
    /// crate none that has lost a neighbour.
    fn clear_stereo(&mut self, ends: [AtomIdx; 2]) {
        for end in ends {
            self.graph.set_chirality(end, Chirality::None);
            self.graph.clear_stereo_neighbor_order(end);
        }
    }

    /// The surrogate without these bonds, given in rising order.
    fn without(mut self, removed: &[BondIdx]) -> Self {
        let mut kept = 0;
        for index in 0..self.graph.bond_count() as u32 {
            let is_kept = removed.binary_search_by_key(&index, |bond| bond.0).is_err();
            self.bonds.push(is_kept.then_some(BondIdx(kept)));
            kept += u32::from(is_kept);
        }
        for index in removed.iter().rev() {
            self.graph.remove_bond(*index);
        }
        self
    }

    /// Whether an atom is beyond its valence. Aromatic bonds, of order 1.5, may add up
    /// to 1.5 more where they alternate.
    fn is_hypervalent(&self, index: AtomIdx) -> bool {
        let Some(most) = self.valences(index).last() else {
            return false;
        };
        let hydrogens = usize::from(self.graph.atom(index).hydrogen_count.unwrap_or(0));
        let more = self.valence(index) + hydrogens as i32 - most;
        let aromatic = |(_, bond)| self.graph.bond(bond).order == BondOrder::Aromatic;
        if self.graph.neighbors(index).any(aromatic) {
            more > 1 || (more >= 0 && self.graph.degree(index) + hydrogens == 4)
        } else {
            more > 0
        }
    }

    /// Sum of an atom's bond orders, without hydrogens.
    fn valence(&self, index: AtomIdx) -> i32 {
        let orders =
            self.graph
                .neighbors(index)
                .map(|(_, bond)| match self.graph.bond(bond).order {
                    BondOrder::QueryAny => 0.0,
                    BondOrder::Aromatic => 1.5,
                    order => f64::from(order.order_int()),
                });
        (orders.sum::<f64>() + 0.1).round() as i32
    }

    /// The allowed valences of an atom. A cation has those of the element before it, an anion those
    /// of the next.
    fn valences(&self, index: AtomIdx) -> &'static [i32] {
        let charge = self.graph.atom(index).charge;
        valences(number(&self.graph, index).saturating_add_signed(charge.saturating_neg()))
    }

    /// The gift of an atom for one more bond, after what it gave for others.
    fn gift(&self, index: AtomIdx) -> Option<Gift> {
        let atom = self.graph.atom(index);
        let number = number(&self.graph, index);
        let valence = self.valence(index);
        let valences = self.valences(index);
        let is_free = valences.last().is_some_and(|most| valence < *most);
        let donor = atom.aromatic && matches!(number, 7 | 8 | 15 | 16 | 33 | 34 | 52);
        match atom.hydrogen_count {
            Some(1..) => Some(Gift::Hydrogen),
            Some(0) if is_free => Some(Gift::Radical),
            None if is_free && !valences.contains(&valence) => Some(Gift::Hydrogen),
            _ => (donor && atom.charge == 0).then_some(Gift::Electron),
        }
    }

    fn take(&mut self, index: AtomIdx, gift: Gift) {
        let place = index.0 as usize;
        match gift {
            Gift::Hydrogen => {
                self.hydrogens[place] += 1;
                if let Some(count) = self.graph.atom(index).hydrogen_count {
                    self.graph.set_hydrogen_count(index, Some(count - 1));
                }
            }
            Gift::Radical => {}
            Gift::Electron => {
                self.charge[place] += 1;
                self.graph.set_charge(index, 1);
            }
        }
    }
}

/// RDKit's number of a type of bond.
pub(super) fn bond_type(order: BondOrder) -> u32 {
    match order {
        BondOrder::QueryAny | BondOrder::Zero => ANY,
        BondOrder::Double => 2,
        BondOrder::Triple => 3,
        BondOrder::Quadruple => 4,
        BondOrder::Aromatic => AROMATIC,
        BondOrder::Dative => DATIVE,
        _ => SINGLE,
    }
}

/// Atomic number; 0 for a wildcard.
pub(super) fn number(graph: &Molecule, index: AtomIdx) -> u8 {
    atomic_number(graph.atom(index))
}

/// The valences of an uncharged atom that may be written without a bracket, the usual first.
pub(super) fn valences(number: u8) -> &'static [i32] {
    match number {
        5 | 7 => &[3],
        6 => &[4],
        8 => &[2],
        9 | 17 | 35 => &[1],
        15 => &[3, 5, 7],
        16 => &[2, 4, 6],
        53 => &[1, 3, 5],
        _ => &[],
    }
}

/// Atoms that RDKit does not call metals, by number.
const NO_METALS: [u8; 24] = [
    0, 1, 2, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 33, 34, 35, 36, 52, 53, 54, 85, 86, 118,
];

/// Whether RDKit calls this a metal.
pub(super) fn is_metal(number: u8) -> bool {
    !NO_METALS.contains(&number)
}
