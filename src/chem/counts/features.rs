//! Circular environments of pharmacophoric features (FCFP), as RDKit numbers them.
//!
//! Every atom begins as a mask of its features; each round joins it with its neighbours. An environment whose
//! bonds were seen in an earlier round counts no more, and of those with the same bonds in one round the one
//! with the smallest number counts (Rogers and Hahn 2010).

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use chematic::core::{AtomIdx, BondOrder, Molecule as Graph};

use crate::chem::Molecule;
use crate::chem::pattern::{Pattern, Target};

/// The features of RDKit's invariants, one bit each in this order: donors, acceptors, aromatic atoms, halogens, basic
/// and acidic atoms (Gobbi and Poppinger 1998).
const FEATURES: [&str; 6] = [
    "[$([N;!H0;v3,v4&+1]),$([O,S;H1;+0]),n&H1&+0]",
    "[$([O,S;H1;v2;!$(*-*=[O,N,P,S])]),$([O,S;H0;v2]),$([O,S;-]),$([N;v3;!$(N-*=[O,N,P,S])]),n&H0&+0,$([o,s;+0;!$([o,s]:n);!$([o,s]:c:n)])]",
    "[a]",
    "[F,Cl,Br,I]",
    "[#7;+,$([N;H2&+0][$([C,a]);!$([C,a](=O))]),$([N;H1&+0]([$([C,a]);!$([C,a](=O))])[$([C,a]);!$([C,a](=O))]),$([N;H0&+0]([C;!$(C(=O))])([C;!$(C(=O))])[C;!$(C(=O))])]",
    "[$([C,S](=[O,S,P])-[O;H1,-1])]",
];

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let patterns = FEATURES
        .iter()
        .filter_map(|smarts| Pattern::parse(smarts).ok());
    patterns.collect()
});

/// The environments of a molecule up to a radius in bonds, each with its count, in rising order; `None` where a
/// bond has no number.
pub(super) fn environments(molecule: &Molecule, radius: u32) -> Option<Vec<(u32, u32)>> {
    Target::with(molecule, |target| of_graph(target.graph, radius))
}

fn of_graph(graph: &Graph, radius: u32) -> Option<Vec<(u32, u32)>> {
    let mut counts = BTreeMap::new();
    let mut count = |identifier| *counts.entry(identifier).or_insert(0) += 1;
    let mut identifiers = masks(graph);
    for identifier in &identifiers {
        count(*identifier);
    }
    let atoms = identifiers.len();
    let mut is_done = vec![false; atoms];
    let mut bonds: Vec<Vec<u32>> = vec![Vec::new(); atoms];
    let mut seen: HashSet<Vec<u32>> = HashSet::new();
    for round in 0..radius {
        let mut next = vec![0; atoms];
        let mut next_bonds = bonds.clone();
        let mut groups: BTreeMap<Vec<u32>, Vec<(u32, usize)>> = BTreeMap::new();
        for atom in 0..atoms {
            let (mut neighbours, mut around) = (Vec::new(), Vec::new());
            for (other, bond) in graph.neighbors(AtomIdx(atom as u32)) {
                neighbours.push((
                    number(graph.bond(bond).order)?,
                    identifiers[other.0 as usize],
                ));
                around.push(bond.0);
                around.extend(&bonds[other.0 as usize]);
            }
            is_done[atom] |= neighbours.is_empty();
            if is_done[atom] {
                continue;
            }
            neighbours.sort_unstable();
            around.sort_unstable();
            around.dedup();
            next[atom] = joined(round, identifiers[atom], &neighbours);
            groups
                .entry(around.clone())
                .or_default()
                .push((next[atom], atom));
            next_bonds[atom] = around;
        }
        for (around, mut members) in groups {
            members.sort_unstable();
            let first = usize::from(!seen.contains(&around));
            for (identifier, _) in &members[..first] {
                count(*identifier);
            }
            for (_, atom) in &members[first..] {
                is_done[*atom] = true;
            }
            seen.insert(around);
        }
        (identifiers, bonds) = (next, next_bonds);
    }
    Some(counts.into_iter().collect())
}

/// The features of each atom as a mask.
fn masks(graph: &Graph) -> Vec<u32> {
    let mut masks = vec![0; graph.atom_count()];
    for (bit, pattern) in PATTERNS.iter().enumerate() {
        for atom in pattern.atoms_of(graph) {
            masks[atom as usize] |= 1 << bit;
        }
    }
    masks
}

/// The number of an atom joined with its neighbours, each a bond and a number.
fn joined(round: u32, own: u32, neighbours: &[(u32, u32)]) -> u32 {
    neighbours
        .iter()
        .fold(mixed(round, own), |sum, (bond, other)| {
            mixed(sum, mixed(mixed(0, *bond), *other))
        })
}

/// Boost's `hash_combine` in 32 bits.
fn mixed(seed: u32, value: u32) -> u32 {
    let value = value.wrapping_add(0x9e37_79b9);
    seed ^ value.wrapping_add(seed << 6).wrapping_add(seed >> 2)
}

/// RDKit's number of a bond.
fn number(order: BondOrder) -> Option<u32> {
    Some(match order {
        BondOrder::Single | BondOrder::Up | BondOrder::Down => 1,
        BondOrder::Double => 2,
        BondOrder::Triple => 3,
        BondOrder::Quadruple => 4,
        BondOrder::Aromatic => 12,
        BondOrder::Dative => 17,
        BondOrder::Zero => 21,
        _ => return None,
    })
}
