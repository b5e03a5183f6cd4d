//! Hydrogens of stereocentres inside rings, as atoms: a wedge to one of them says more than a wedge
//! on a ring bond.

use super::graph::{Atom, Bond, Geometry, Graph, HIDDEN, Order};

/// Makes an atom of the hydrogen of each stereocentre that has ring bonds only.
pub(super) fn show(graph: &mut Graph) {
    let in_ring = graph.ring_bonds();
    for index in 0..graph.centres.len() {
        let atom = graph.centres[index].atom;
        let inside = graph.around[atom].iter().all(|&(_, bond)| in_ring[bond]);
        let hidden = graph.centres[index]
            .neighbours
            .iter()
            .position(|other| *other == HIDDEN);
        let (true, Some(place), 1) = (inside, hidden, graph.atoms[atom].hydrogens) else {
            continue;
        };
        let new = graph.atoms.len();
        graph.atoms[atom].hydrogens = 0;
        graph.centres[index].neighbours[place] = new;
        graph.around[atom].push((new, graph.bonds.len()));
        graph.around.push(vec![(atom, graph.bonds.len())]);
        graph.atoms.push(Atom {
            number: 1,
            symbol: "H",
            ..Atom::default()
        });
        graph.bonds.push(Bond {
            ends: [atom, new],
            order: Order::Single,
            geometry: Geometry::Free,
        });
    }
}
