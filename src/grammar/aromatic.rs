//! Whether the aromatic rings of a text can be given single and double bonds, as far as they are
//! written: by a matching of the atoms that need a double bond of their rings.
//!
//! Atoms that may get further bonds may also find their double bond among what is not yet written,
//! or become atoms that need none. The answer "no" is therefore certain at every moment; "yes" is
//! certain once a ring system is complete.

use super::atom::Part;
use super::state::{Outlook, State};
use crate::chem::maximum_matching;

/// An aromatic atom's need of a double bond in its rings.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Need {
    Must,
    May,
    Never,
}

/// Whether all aromatic rings can be completed, or, at the end of the text, are good. Ring systems
/// that are complete are not looked at again.
pub(super) fn settle(state: &mut State, end: bool) -> bool {
    if state.atoms.iter().all(|atom| atom.settled) {
        return true;
    }
    let mut outlooks = vec![None; state.atoms.len()];
    let mut ways = vec![0; state.atoms.len()];
    if !end {
        for index in state.open_atoms() {
            match state.atoms[index].parts() {
                Some(parts) => {
                    let outlook = state.outlook(index, parts);
                    outlooks[index] = Some(outlook);
                    ways[index] = outlook.bonds.min(2);
                }
                None => ways[index] = state.further(index).min(2),
            }
        }
    }
    let (in_ring, ringed) = rings(state, &ways);
    let mut near = vec![Vec::new(); state.atoms.len()];
    for (bond, (from, to, aromatic)) in state.bonds.iter().enumerate() {
        if *aromatic && in_ring[bond] {
            near[*from].push(*to);
            near[*to].push(*from);
        }
    }
    let mut needs = Vec::with_capacity(state.atoms.len());
    for (index, atom) in state.atoms.iter().enumerate() {
        let need = match atom.parts() {
            Some(parts) if !atom.settled => {
                if !ringed[index] {
                    return false;
                }
                match outlooks[index] {
                    None => need(parts.with_bonds(atom.single, atom.double)),
                    Some(Outlook {
                        part,
                        aromatic: true,
                        ..
                    }) if part.with => Some(Need::May),
                    Some(Outlook { part, .. }) => need(part),
                }
            }
            _ => Some(Need::Never),
        };
        let Some(need) = need else { return false };
        needs.push(need);
    }
    if !is_covered(&near, &needs) {
        return false;
    }
    settle_complete(state, &near, &ways, &in_ring);
    true
}

fn need(part: Part) -> Option<Need> {
    match (part.with, part.without) {
        (true, true) => Some(Need::May),
        (true, false) => Some(Need::Must),
        (false, true) => Some(Need::Never),
        (false, false) => None,
    }
}

/// Whether a matching has all atoms that must be in it, and none that never may.
fn is_covered(near: &[Vec<usize>], needs: &[Need]) -> bool {
    let taking: Vec<usize> = (0..needs.len())
        .filter(|atom| needs[*atom] != Need::Never)
        .collect();
    if !taking.iter().any(|atom| needs[*atom] == Need::Must) {
        return true;
    }
    let mut place = vec![None; needs.len()];
    for (index, atom) in taking.iter().enumerate() {
        place[*atom] = Some(index);
    }
    let mut edges: Vec<Vec<usize>> = taking
        .iter()
        .map(|atom| {
            near[*atom]
                .iter()
                .filter_map(|other| place[*other])
                .collect()
        })
        .collect();
    // Atoms that may be left out pair among themselves, and with one more where they are odd.
    let mut free: Vec<usize> = (0..taking.len())
        .filter(|index| needs[taking[*index]] == Need::May)
        .collect();
    if taking.len() % 2 == 1 {
        free.push(edges.len());
        edges.push(Vec::new());
    }
    for a in &free {
        for b in &free {
            if a != b && !edges[*a].contains(b) {
                edges[*a].push(*b);
            }
        }
    }
    maximum_matching(&edges).iter().all(Option::is_some)
}

/// Marks ring systems whose atoms get no more bonds, and of whose bonds it is known whether they are in
/// rings.
fn settle_complete(state: &mut State, near: &[Vec<usize>], ways: &[usize], in_ring: &[bool]) {
    let mut complete = Vec::new();
    let mut seen = vec![false; near.len()];
    for start in 0..near.len() {
        if seen[start] || state.atoms[start].settled {
            continue;
        }
        let (mut system, mut waiting, mut closed) = (Vec::new(), vec![start], true);
        seen[start] = true;
        while let Some(atom) = waiting.pop() {
            system.push(atom);
            closed &= ways[atom] == 0;
            for &other in &near[atom] {
                if !std::mem::replace(&mut seen[other], true) {
                    waiting.push(other);
                }
            }
        }
        if closed {
            complete.push(system);
        }
    }
    if complete.is_empty() {
        return;
    }
    let (now, _) = rings(state, &vec![0; ways.len()]);
    let mut known = vec![true; ways.len()];
    for (bond, (from, to, _)) in state.bonds.iter().enumerate() {
        if in_ring[bond] != now[bond] {
            (known[*from], known[*to]) = (false, false);
        }
    }
    for system in complete {
        if system.iter().all(|atom| known[*atom]) {
            for atom in system {
                state.atoms[atom].settled = true;
            }
        }
    }
}

/// Of each bond and each atom, whether it is in a ring, or can come to be in one that goes through
/// what is not written yet; `ways` are the bonds, up to two, that each atom can still get.
fn rings(state: &State, ways: &[usize]) -> (Vec<bool>, Vec<bool>) {
    // What is not written is one more atom.
    let outside = state.atoms.len();
    let real = state.bonds.iter().map(|bond| (bond.0, bond.1));
    let open = (0..outside).flat_map(|atom| vec![(atom, outside); ways[atom]]);
    let edges: Vec<(usize, usize)> = real.chain(open).collect();
    let mut near = vec![Vec::new(); outside + 1];
    for (edge, (a, b)) in edges.iter().enumerate() {
        near[*a].push((edge, *b));
        near[*b].push((edge, *a));
    }
    let mut in_ring = vec![true; edges.len()];
    // Depth first; a bond is a bridge if nothing below it reaches above (Tarjan 1974).
    let mut order = vec![usize::MAX; near.len()];
    let mut low = vec![usize::MAX; near.len()];
    let mut count = 0;
    for root in 0..near.len() {
        if order[root] != usize::MAX {
            continue;
        }
        (order[root], low[root]) = (count, count);
        count += 1;
        let mut stack = vec![(root, usize::MAX, 0)];
        while let Some((atom, from, next)) = stack.last_mut() {
            let (atom, from) = (*atom, *from);
            if let Some((edge, other)) = near[atom].get(*next).copied() {
                *next += 1;
                if edge == from {
                    continue;
                }
                if order[other] == usize::MAX {
                    (order[other], low[other]) = (count, count);
                    count += 1;
                    stack.push((other, edge, 0));
                } else {
                    low[atom] = low[atom].min(order[other]);
                }
                continue;
            }
            stack.pop();
            if let Some((above, _, _)) = stack.last() {
                low[*above] = low[*above].min(low[atom]);
                if low[atom] > order[*above] {
                    in_ring[from] = false;
                }
            }
        }
    }
    let ringed = (0..outside).map(|atom| near[atom].iter().any(|(edge, _)| in_ring[*edge]));
    let ringed = ringed.collect();
    in_ring.truncate(state.bonds.len());
    (in_ring, ringed)
}
