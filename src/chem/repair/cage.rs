//! Repair: molecules whose rings the chemistry crate finds otherwise than RDKit 2026.9.1, such as
//! adducts of fullerenes, cages, and large rings of aromatic rings.
//!
//! RDKit's rings are the relevant cycles, those that are no sum of smaller ones (Vismara 1997,
//! doi:10.37236/1294); the crate leaves some out, and then finds fewer atoms aromatic. Aromaticity is
//! found here with all of them, and the canonical SMILES written as that of other molecules that the
//! crate does not sanitize.

use std::collections::HashMap;

use chematic::core::Molecule;
use chematic::perception::{rdkit_symmetrized_sssr, relevant_cycles_from_graph};

use super::aromaticity::usual_valence;
use super::matching;
use super::sanitized::Sanitized;
use super::surrogate::{ANY, AROMATIC, DATIVE, Surrogate};

/// Independent rings of a block from which on the crate may leave some out.
const FEWEST_RINGS: usize = 4;

/// Bound on the relevant cycles.
const MOST_RINGS: usize = 10_000;

/// The canonical SMILES where the crate's rings make other atoms aromatic than RDKit's.
pub(super) fn canonical(graph: &Molecule, text: &str) -> Option<String> {
    // Each block has fewer bonds than atoms and independent rings together.
    if graph.bond_count() + 1 < graph.atom_count() + FEWEST_RINGS || !has_large_block(graph) {
        return None;
    }
    let mut model = Sanitized::new(graph, &Surrogate::none(graph), text).ok()?;
    let bonds = model.ring_bonds();
    let rings = relevant_cycles_from_graph(model.atoms.len(), &bonds, MOST_RINGS).ok()?;
    let known = rdkit_symmetrized_sssr(model.atoms.len(), &bonds).unwrap_or_default();
    if sets(&rings) == sets(&known) {
        return None;
    }
    let before = model.aromatic_bonds();
    model.kekulize()?;
    model.perceive(&rings);
    (model.aromatic_bonds() != before).then(|| model.smiles(&rings))
}

/// Rings as sets of atoms, in order.
fn sets(rings: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let sorted = |ring: &Vec<usize>| {
        let mut ring = ring.clone();
        ring.sort_unstable();
        ring
    };
    let mut sets: Vec<Vec<usize>> = rings.iter().map(sorted).collect();
    sets.sort_unstable();
    sets
}

/// Whether some block, a part that no single atom holds together, has [`FEWEST_RINGS`].
fn has_large_block(graph: &Molecule) -> bool {
    let near: Vec<Vec<(usize, usize)>> = graph
        .atoms()
        .map(|(index, _)| {
            let ways = graph.neighbors(index);
            ways.map(|(other, bond)| (other.0 as usize, bond.0 as usize))
                .collect()
        })
        .collect();
    let mut depth = vec![usize::MAX; near.len()];
    let mut lowest = vec![0; near.len()];
    let mut open: Vec<(usize, usize)> = Vec::new();
    for start in 0..near.len() {
        if depth[start] != usize::MAX {
            continue;
        }
        depth[start] = 0;
        // Atoms on the way, with the bond that leads to each and the next of its neighbours.
        let mut way = vec![(start, usize::MAX, 0)];
        while let Some((atom, by, next)) = way.last_mut() {
            let (atom, by) = (*atom, *by);
            if let Some(&(other, bond)) = near[atom].get(*next) {
                *next += 1;
                if bond == by {
                    continue;
                }
                if depth[other] == usize::MAX {
                    open.push((atom, other));
                    depth[other] = way.len();
                    lowest[other] = way.len();
                    way.push((other, bond, 0));
                } else if depth[other] < depth[atom] {
                    open.push((atom, other));
                    lowest[atom] = lowest[atom].min(depth[other]);
                }
                continue;
            }
            way.pop();
            let Some(&(parent, _, _)) = way.last() else {
                break;
            };
            lowest[parent] = lowest[parent].min(lowest[atom]);
            if lowest[atom] >= depth[parent] {
                let from = open
                    .iter()
                    .rposition(|bond| *bond == (parent, atom))
                    .unwrap_or(0);
                let block = open.split_off(from);
                // A tree edge to each atom of the block but one; the others close rings.
                let closing = block.iter().filter(|(a, b)| depth[*b] <= depth[*a]).count();
                if closing >= FEWEST_RINGS {
                    return true;
                }
            }
        }
    }
    false
}

impl Sanitized {
    /// Bonds by their atoms, and whether they may be in rings.
    pub(super) fn ring_bonds(&self) -> Vec<(usize, usize, bool)> {
        let bonds = self.bonds.iter();
        bonds
            .map(|bond| (bond.ends[0], bond.ends[1], bond.order != DATIVE))
            .collect()
    }

    fn aromatic_bonds(&self) -> Vec<bool> {
        self.bonds
            .iter()
            .map(|bond| bond.order == AROMATIC)
            .collect()
    }

    /// Gives aromatic bonds alternating orders; `None` where that is impossible.
    fn kekulize(&mut self) -> Option<()> {
        let takes: Vec<bool> = (0..self.atoms.len())
            .map(|atom| self.takes_double_bond(atom))
            .collect();
        let mut near = vec![Vec::new(); self.atoms.len()];
        let mut between = HashMap::new();
        for (index, bond) in self.bonds.iter().enumerate() {
            let [first, second] = bond.ends;
            if bond.order == AROMATIC && takes[first] && takes[second] {
                near[first].push(second);
                near[second].push(first);
                between.insert((first, second), index);
            }
        }
        let partner = matching::maximum(&near);
        if takes
            .iter()
            .zip(&partner)
            .any(|(takes, partner)| *takes && partner.is_none())
        {
            return None;
        }
        for (index, bond) in self.bonds.iter_mut().enumerate() {
            if bond.order == AROMATIC {
                let [first, second] = bond.ends;
                let double =
                    partner[first] == Some(second) && between.get(&(first, second)) == Some(&index);
                bond.order = if double { 2 } else { 1 };
            }
        }
        for atom in &mut self.atoms {
            atom.aromatic = false;
        }
        Some(())
    }

    /// Whether an atom in an aromatic ring lacks a bond for its valence.
    fn takes_double_bond(&self, index: usize) -> bool {
        let atom = &self.atoms[index];
        let bonds = || atom.bonds.iter().map(|bond| &self.bonds[*bond]);
        if bonds().all(|bond| bond.order != AROMATIC) {
            return false;
        }
        let used: i32 = bonds()
            .map(|bond| match bond.order {
                ANY => 0,
                AROMATIC => 1,
                DATIVE => i32::from(bond.ends[1] == index),
                order => order as i32,
            })
            .sum();
        let used = used + atom.hydrogens as i32;
        let usual = usual_valence(
            atom.number
                .saturating_add_signed(atom.charge.saturating_neg()),
        );
        // Phosphorus and sulfur take two bonds more, or four.
        let most = match atom.number {
            15 | 16 | 33 | 34 | 52 => usual + 4,
            _ => usual,
        };
        let free = (usual..=most).step_by(2).find(|valence| *valence >= used);
        free.is_some_and(|valence| valence > used)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chem::Molecule as Parsed;

    #[track_caller]
    fn check(smiles: &str, expected: &str) {
        for text in [smiles, expected] {
            assert_eq!(Parsed::parse(text).unwrap().canonical(), expected, "{text}");
        }
    }

    // Expected forms by RDKit 2026.9.1.
    #[test]
    fn cages_have_all_their_aromatic_rings() {
        check(
            "C12=c3c4c5c6c7c8c9c%10c(c1c1c%10c%10c9c9c8c6c4c4c3c1c%10c49)C7C25",
            "c12c3c4c5c6c7c8c9c(c%10c1c1c3c5c3c6c5c7c9c6c%10c1c3c65)C2C84",
        );
    }

    #[track_caller]
    fn check_block(smiles: &str, large: bool) {
        let graph = chematic::smiles::parse(smiles).unwrap();
        assert_eq!(has_large_block(&graph), large, "{smiles}");
    }

    #[test]
    fn blocks_are_parts_that_no_single_atom_holds_together() {
        check_block("c1ccccc1c1ccccc1c1ccccc1c1ccccc1", false);
        check_block("C12CC1CC2.C1CC12CC23CC3", false);
        check_block("c1cc2ccc3cccc4ccc(c1)c2c34", true);
        check_block("CC12CCC3C(CCC4CC(O)CCC34C)C1CCC2O", true);
        check_block("CC12CCC3C(CCC4CC(O)CCC3CC4)C1CCC2O", true);
        check_block("C12C3C4C1C5C2C3C45", true);
    }
}
