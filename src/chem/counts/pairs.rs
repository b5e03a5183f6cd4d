//! Atom pairs (Carhart et al. 1985) as RDKit codes them: two atoms and the bonds between.

use std::collections::HashMap;

use chematic::core::{AtomIdx, Molecule as Graph};
use chematic::smiles::{rdkit_num_pi_electrons, with_rdkit_model_molecule};

use super::distances::distances;
use crate::chem::atomic_number;

/// Most bonds between the atoms of a pair.
const MOST: u32 = 10;

/// Elements with a code of their own, by atomic number; all others share one.
const ELEMENTS: [u8; 15] = [5, 6, 7, 8, 9, 14, 15, 16, 17, 33, 34, 35, 51, 52, 43];

/// The pairs of a graph up to ten bonds apart, each with its count, in rising order; `None` where the
/// electrons of its atoms cannot be told.
pub(super) fn pairs(graph: &Graph) -> Option<Vec<(u32, u32)>> {
    with_rdkit_model_molecule(graph, |model| {
        let electrons = rdkit_num_pi_electrons(model)?;
        let atoms: Vec<AtomIdx> = model.atoms().map(|(index, _)| index).collect();
        let codes: Vec<u32> = atoms
            .iter()
            .zip(&electrons)
            .map(|(atom, pi)| code(model, *atom, *pi))
            .collect();
        let mut counts: HashMap<u32, u32> = HashMap::new();
        for (place, atom) in atoms.iter().enumerate() {
            let distances = distances(model, *atom, MOST);
            for other in 0..place {
                if let Some(bonds) = distances[other] {
                    let (low, high) = (
                        codes[place].min(codes[other]),
                        codes[place].max(codes[other]),
                    );
                    *counts.entry(bonds | low << 5 | high << 14).or_insert(0) += 1;
                }
            }
        }
        let mut counts: Vec<(u32, u32)> = counts.into_iter().collect();
        counts.sort_unstable();
        Some(counts)
    })
}

/// The code of an atom, 9 bits: neighbours, pi electrons, element.
fn code(graph: &Graph, atom: AtomIdx, electrons: u32) -> u32 {
    let neighbours = graph.neighbors(atom).count() as u32 % 7;
    let number = atomic_number(graph.atom(atom));
    let element = ELEMENTS.iter().position(|element| *element == number);
    neighbours | (electrons % 3) << 3 | (element.unwrap_or(ELEMENTS.len()) as u32) << 5
}
