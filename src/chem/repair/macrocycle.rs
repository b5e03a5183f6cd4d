//! Repair: a five-membered aromatic ring of oxygen or sulfur that is bridged by a ring of nine or
//! more atoms, as in `C1CC2=CC=C(O2)CCC3=CC=C1O3`.
//!
//! RDKit finds such rings aromatic. The chemistry crate finds them so only if it meets the small
//! ring first, which depends on the order of atoms. So the canonical SMILES is written again with the
//! atoms of small rings first. It is written from the crate's canonical SMILES, in which the double
//! bonds outside aromatic rings are those that were found in the order of the string.

use chematic::core::{AtomIdx, Molecule};
use chematic::perception::find_sssr_shared;
use chematic::smiles::{parse, rdkit_canonical_smiles};

/// Ring size in atoms from which on the crate takes the oxygen or sulfur of a ring for a bridge.
const LARGE: usize = 9;

/// The canonical SMILES of `graph`, whose canonical SMILES for the crate is `canonical`, with the
/// atoms of its smallest rings first; `None` where the order cannot matter.
pub(super) fn canonical(graph: &Molecule, canonical: &str) -> Option<String> {
    smallest_rings_where_bridged(graph)?;
    let graph = parse(canonical).ok()?;
    let smallest = smallest_rings_where_bridged(&graph)?;
    let mut order: Vec<AtomIdx> = (0..graph.atom_count() as u32).map(AtomIdx).collect();
    order.sort_by_key(|atom| smallest[atom.0 as usize]);
    rdkit_canonical_smiles(&graph.renumber_atoms(&order).ok()?).ok()
}

/// The size of each atom's smallest ring, in a molecule where a large ring may bridge a small one.
fn smallest_rings_where_bridged(graph: &Molecule) -> Option<Vec<usize>> {
    // One ring bridges nothing.
    if graph.bond_count() <= graph.atom_count() {
        return None;
    }
    let bridge = |atom: &AtomIdx| matches!(graph.atom(*atom).element.atomic_number(), 8 | 16);
    let rings = find_sssr_shared(graph);
    let rings = rings.rings();
    let bridged = |ring: &Vec<AtomIdx>| ring.len() == 5 && ring.iter().any(bridge);
    if !rings.iter().any(|ring| ring.len() >= LARGE) || !rings.iter().any(bridged) {
        return None;
    }
    let mut smallest = vec![usize::MAX; graph.atom_count()];
    for ring in rings {
        for atom in ring {
            let size = &mut smallest[atom.0 as usize];
            *size = ring.len().min(*size);
        }
    }
    Some(smallest)
}
