//! Ring systems: rings that share bonds, and the blocks inside them that bridges make.

use super::super::graph::Graph;
use super::rings::LARGEST_POLYGON;

/// Rings that are joined by shared atoms, at least two at a time. Rings that share one atom only,
/// as in spiro compounds, are in different systems.
#[derive(Debug, Clone)]
pub(super) struct System {
    /// In rising order.
    pub(super) atoms: Vec<usize>,
    /// Each as its atoms in order.
    pub(super) rings: Vec<Vec<usize>>,
}

/// The ring systems of a graph, the largest first.
pub(super) fn systems(graph: &Graph) -> Vec<System> {
    let groups = grouped(&graph.rings, |first, second| shared(first, second) >= 2);
    let mut found: Vec<System> = groups
        .into_iter()
        .map(|group| System::new(group.iter().map(|&ring| graph.rings[ring].clone())))
        .collect();
    found.sort_by_key(|system| (std::cmp::Reverse(system.atoms.len()), system.atoms[0]));
    found
}

impl System {
    /// The system of these rings.
    pub(super) fn new(rings: impl Iterator<Item = Vec<usize>>) -> Self {
        let rings: Vec<Vec<usize>> = rings.collect();
        let mut atoms = rings.concat();
        atoms.sort_unstable();
        atoms.dedup();
        Self { atoms, rings }
    }

    /// Its blocks: rings that share three atoms or more are in one block, but large rings are not in
    /// one block with small ones.
    pub(super) fn blocks(&self) -> Vec<Self> {
        let groups = grouped(&self.rings, |first, second| {
            let large = |ring: &[usize]| ring.len() > LARGEST_POLYGON;
            large(first) == large(second) && shared(first, second) >= 3
        });
        let block =
            |group: Vec<usize>| Self::new(group.iter().map(|&ring| self.rings[ring].clone()));
        groups.into_iter().map(block).collect()
    }

    /// The place of an atom among its atoms.
    pub(super) fn place(&self, atom: usize) -> Option<usize> {
        self.atoms.binary_search(&atom).ok()
    }

    /// Its ring bonds, by the places of their ends.
    pub(super) fn bonds(&self) -> Vec<[usize; 2]> {
        let mut found = Vec::new();
        for ring in &self.rings {
            for (at, &atom) in ring.iter().enumerate() {
                let next = ring[(at + 1) % ring.len()];
                if let (Some(first), Some(second)) = (self.place(atom), self.place(next)) {
                    found.push([first.min(second), first.max(second)]);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Number of atoms that two rings share.
pub(super) fn shared(first: &[usize], second: &[usize]) -> usize {
    first.iter().filter(|atom| second.contains(atom)).count()
}

/// The connected groups of rings, in rising order.
fn grouped(rings: &[Vec<usize>], joined: impl Fn(&[usize], &[usize]) -> bool) -> Vec<Vec<usize>> {
    let mut group: Vec<usize> = (0..rings.len()).collect();
    for first in 0..rings.len() {
        for second in first + 1..rings.len() {
            if group[first] != group[second] && joined(&rings[first], &rings[second]) {
                let (kept, gone) = (group[first], group[second]);
                for other in &mut group {
                    if *other == gone {
                        *other = kept;
                    }
                }
            }
        }
    }
    let mut names = group.clone();
    names.sort_unstable();
    names.dedup();
    let of = |name: usize| {
        (0..rings.len())
            .filter(|&ring| group[ring] == name)
            .collect()
    };
    names.into_iter().map(of).collect()
}
