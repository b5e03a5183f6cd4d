//! Bonds on the shortest ways between atoms.

use std::collections::VecDeque;

use chematic::core::{AtomIdx, Molecule as Graph};

/// Bonds from an atom to each other one, where they are at most `most`.
pub(super) fn distances(graph: &Graph, from: AtomIdx, most: u32) -> Vec<Option<u32>> {
    let mut distances = vec![None; graph.atom_count()];
    distances[from.0 as usize] = Some(0);
    let mut queue = VecDeque::from([(from, 0)]);
    while let Some((atom, bonds)) = queue.pop_front() {
        if bonds == most {
            continue;
        }
        for (next, _) in graph.neighbors(atom) {
            let distance = &mut distances[next.0 as usize];
            if distance.is_none() {
                *distance = Some(bonds + 1);
                queue.push_back((next, bonds + 1));
            }
        }
    }
    distances
}
