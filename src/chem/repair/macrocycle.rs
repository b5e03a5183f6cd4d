//! Repair: a five-membered aromatic ring of oxygen or sulfur that is bridged by a ring of nine or
//! more atoms, as in `C1CC2=CC=C(O2)CCC3=CC=C1O3`.
//!
//! RDKit finds such rings aromatic. The chemistry crate finds them so only if it meets the small
//! ring first, which depends on the order of atoms. So the atoms of small rings go first.

use chematic::core::{AtomIdx, Molecule};
use chematic::perception::find_sssr_shared;

/// Ring size in atoms from which on the crate takes the oxygen or sulfur of a ring for a bridge.
const LARGE: usize = 9;

/// The same molecule with the atoms of its smallest rings first; `None` where the order cannot
/// matter.
pub(super) fn small_rings_first(graph: &Molecule) -> Option<Molecule> {
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
    let mut order: Vec<AtomIdx> = (0..graph.atom_count() as u32).map(AtomIdx).collect();
    order.sort_by_key(|atom| smallest[atom.0 as usize]);
    graph.renumber_atoms(&order).ok()
}
