//! The rings that a bond is in.

use std::collections::VecDeque;

use super::drawing::{Drawing, Order};

/// Atoms of the smallest ring with this bond, which is given by its index; `None` outside rings. As
/// in RDKit, dative bonds make no rings.
pub(super) fn smallest(drawing: &Drawing, bond: usize) -> Option<usize> {
    let [start, end] = drawing.bonds[bond].ends;
    let mut steps = vec![0_usize; drawing.atoms.len()];
    steps[start] = 1;
    let mut queue = VecDeque::from([start]);
    while let Some(atom) = queue.pop_front() {
        for &other in &drawing.atoms[atom].bonds {
            let next = drawing.bonds[other].other(atom);
            let is_dative = drawing.bonds[other].order == Order::Dative;
            if other == bond || is_dative || steps[next] > 0 {
                continue;
            }
            steps[next] = steps[atom] + 1;
            if next == end {
                return Some(steps[next]);
            }
            queue.push_back(next);
        }
    }
    None
}
