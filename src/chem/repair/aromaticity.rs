//! RDKit's model of aromaticity, for given rings: rings and unions of up to six fused rings are
//! aromatic whose rim has 4n + 2 electrons.
//!
//! Takes a molecule with alternating bonds. Knows nothing of how rings are found.

use std::collections::HashSet;

use super::sanitized::Sanitized;
use super::surrogate::{ANY, AROMATIC, DATIVE};

/// Rings with more atoms are fused to none.
const LARGEST_FUSED: usize = 24;

/// The most rings in a union; above [`MANY_RINGS`], of two.
const MOST_FUSED: usize = 6;
const MANY_RINGS: usize = 300;

/// Ring size from which on a plain oxygen or sulfur is a bridge and gives no electrons.
const BRIDGED: usize = 9;

/// The electrons that an atom gives to a ring.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gift {
    /// None, but the ring may go on through its empty orbital.
    Vacant,
    One,
    Two,
    /// One or two.
    Any,
    /// The atom is in no aromatic ring.
    Never,
}

impl Gift {
    fn electrons(self) -> (i32, i32) {
        match self {
            Self::Any => (1, 2),
            Self::One => (1, 1),
            Self::Two => (2, 2),
            Self::Vacant | Self::Never => (0, 0),
        }
    }
}

impl Sanitized {
    /// Marks the aromatic atoms and bonds, for these rings of atoms.
    pub(super) fn perceive(&mut self, rings: &[Vec<usize>]) {
        let mut sorted: Vec<&Vec<usize>> = rings.iter().collect();
        sorted.sort_by_key(|ring| ring.len());
        let mut in_ring = vec![false; self.bonds.len()];
        for bond in sorted.iter().flat_map(|ring| self.bonds_of(ring)) {
            in_ring[bond] = true;
        }
        let mut gifts: Vec<Option<Gift>> = vec![None; self.atoms.len()];
        let mut candidates = Vec::new();
        for ring in sorted {
            for &atom in ring {
                if gifts[atom].is_none() {
                    gifts[atom] = Some(self.gift(atom, ring.len(), &in_ring));
                }
            }
            let fits = |atom: &usize| gifts[*atom].is_some_and(|gift| gift != Gift::Never);
            let all_wild = ring.iter().all(|atom| self.atoms[*atom].number == 0);
            if ring.iter().all(fits) && !all_wild {
                candidates.push(ring.clone());
            }
        }
        let gifts: Vec<Gift> = gifts
            .into_iter()
            .map(|gift| gift.unwrap_or(Gift::Never))
            .collect();
        let bonds: Vec<Vec<usize>> = candidates.iter().map(|ring| self.bonds_of(ring)).collect();
        let mut aromatic = HashSet::new();
        for system in systems(&near(&bonds)) {
            mark(&system, &candidates, &bonds, &gifts, &mut aromatic);
        }
        for bond in aromatic {
            let [first, second] = self.bonds[bond].ends;
            if matches!(self.bonds[bond].order, 1 | 2) {
                self.bonds[bond].order = AROMATIC;
                self.atoms[first].aromatic = true;
                self.atoms[second].aromatic = true;
            }
        }
    }

    /// The bonds of a ring of atoms.
    fn bonds_of(&self, ring: &[usize]) -> Vec<usize> {
        let next = |place: usize| ring[(place + 1) % ring.len()];
        let bond = |(place, &atom): (usize, &usize)| {
            let mut bonds = self.atoms[atom].bonds.iter();
            bonds
                .find(|bond| self.bonds[**bond].other(atom) == next(place))
                .copied()
        };
        ring.iter().enumerate().filter_map(bond).collect()
    }

    /// What a bond adds to the valence of an atom.
    fn share(&self, bond: usize, atom: usize) -> i32 {
        let bond = &self.bonds[bond];
        match bond.order {
            ANY => 0,
            DATIVE => i32::from(bond.ends[1] == atom),
            order => order as i32,
        }
    }

    /// The electrons that an atom gives to rings, the smallest of which has so many atoms.
    fn gift(&self, index: usize, size: usize, in_ring: &[bool]) -> Gift {
        let atom = &self.atoms[index];
        let share = |bond: &&usize| self.share(**bond, index);
        let multiple = |bond: &&usize| share(bond) >= 2;
        let cyclic = atom
            .bonds
            .iter()
            .filter(multiple)
            .any(|bond| in_ring[*bond]);
        if atom.number == 0 {
            return if cyclic { Gift::One } else { Gift::Any };
        }
        let multiples = atom.bonds.iter().filter(multiple).count();
        let valence: i32 =
            atom.bonds.iter().map(|bond| share(&bond)).sum::<i32>() + atom.hydrogens as i32;
        let usual = usual_valence(atom.number);
        let effective = usual_valence(
            atom.number
                .saturating_add_signed(atom.charge.saturating_neg()),
        );
        let radicals = (effective - valence).max(0);
        let heavy = atom.number > 18 && !matches!(atom.number, 34 | 52);
        let beyond = usual > 0 && valence > effective;
        if heavy
            || beyond
            || multiples > 1
            || (radicals > 0 && (atom.number, atom.charge) != (6, 0))
        {
            return Gift::Never;
        }
        let degree =
            atom.bonds.iter().filter(|bond| share(bond) > 0).count() as i32 + atom.hydrogens as i32;
        if usual <= 1 || degree > 3 {
            return Gift::Never;
        }
        let charge = i32::from(atom.charge);
        let lone = (outer_electrons(atom.number) - usual - charge).max(0);
        let unsaturated = valence - degree;
        let mut electrons = usual - degree + lone - radicals;
        if electrons > 1 && unsaturated > 1 {
            electrons = 1;
        }
        let outside = atom
            .bonds
            .iter()
            .filter(multiple)
            .find(|bond| !in_ring[**bond]);
        let outside = outside.map(|bond| self.atoms[self.bonds[*bond].other(index)].number);
        let pulls = outside.is_some_and(|other| is_more_electronegative(other, atom.number));
        let bridge = size >= BRIDGED
            && matches!(atom.number, 8 | 16)
            && charge == 0
            && atom.bonds.len() == 2
            && multiples == 0;
        match electrons {
            0 if outside.is_some() => Gift::Vacant,
            1 if pulls || (charge == 1 && multiples == 0) => Gift::Vacant,
            0 if cyclic => Gift::One,
            1 if multiples > 0 => Gift::One,
            ..=1 => Gift::Never,
            _ if (electrons - i32::from(pulls)) % 2 == 1 => Gift::One,
            _ if bridge => Gift::Never,
            _ => Gift::Two,
        }
    }
}

/// Whether RDKit calls one element more electronegative than another: more outer electrons, or as
/// many in fewer shells.
fn is_more_electronegative(one: u8, other: u8) -> bool {
    let key = |number: u8| (outer_electrons(number), std::cmp::Reverse(number));
    key(one) > key(other)
}

/// Outer electrons of main group elements, 2 for others.
fn outer_electrons(number: u8) -> i32 {
    let number = i32::from(number);
    match number {
        0..=2 => number,
        3..=10 => number - 2,
        11..=18 => number - 10,
        19 | 37 | 55 => 1,
        31..=36 => number - 28,
        49..=54 => number - 46,
        81..=86 => number - 78,
        _ => 2,
    }
}

/// The valence of an uncharged atom; -1 where it has no fixed one.
pub(super) fn usual_valence(number: u8) -> i32 {
    match number {
        1 | 9 | 17 | 35 | 53 => 1,
        8 | 16 | 34 | 52 => 2,
        5 | 7 | 13 | 15 | 33 => 3,
        6 | 14 | 32 => 4,
        2 | 10 | 18 => 0,
        _ => -1,
    }
}

/// The rings that share just one bond with each ring.
fn near(bonds: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut near = vec![Vec::new(); bonds.len()];
    let small: Vec<usize> = (0..bonds.len())
        .filter(|place| bonds[*place].len() <= LARGEST_FUSED)
        .collect();
    for (count, &place) in small.iter().enumerate() {
        for &before in &small[..count] {
            let shared = bonds[place]
                .iter()
                .filter(|bond| bonds[before].contains(bond));
            if shared.count() == 1 {
                near[place].push(before);
                near[before].push(place);
            }
        }
    }
    near
}

/// Fused rings: each system names its rings, with the neighbours of each by their places in it.
struct System {
    rings: Vec<usize>,
    near: Vec<Vec<usize>>,
}

fn systems(near: &[Vec<usize>]) -> Vec<System> {
    let mut place = vec![usize::MAX; near.len()];
    let mut systems = Vec::new();
    for start in 0..near.len() {
        if place[start] != usize::MAX {
            continue;
        }
        let mut rings = vec![start];
        place[start] = 0;
        let mut next = 0;
        while let Some(&ring) = rings.get(next) {
            for &other in &near[ring] {
                if place[other] == usize::MAX {
                    place[other] = rings.len();
                    rings.push(other);
                }
            }
            next += 1;
        }
        let places = |ring: &usize| near[*ring].iter().map(|other| place[*other]).collect();
        let near = rings.iter().map(places).collect();
        systems.push(System { rings, near });
    }
    systems
}

/// Adds the bonds on the rim of each aromatic union of rings of a system.
fn mark(
    system: &System,
    rings: &[Vec<usize>],
    bonds: &[Vec<usize>],
    gifts: &[Gift],
    aromatic: &mut HashSet<usize>,
) {
    let all: HashSet<usize> = system
        .rings
        .iter()
        .flat_map(|ring| &bonds[*ring])
        .copied()
        .collect();
    let most = if system.rings.len() > MANY_RINGS {
        2
    } else {
        MOST_FUSED
    };
    for size in 1..=most.min(system.rings.len()) {
        if all.iter().all(|bond| aromatic.contains(bond)) {
            return;
        }
        unions(&system.near, size, &mut |union| {
            let union = union.iter().map(|place| system.rings[*place]);
            let atoms = rim(union.clone().map(|ring| &*rings[ring]), |times| times <= 2);
            if is_aromatic(&atoms, gifts) {
                aromatic.extend(rim(union.map(|ring| &*bonds[ring]), |times| times == 1));
            }
        });
    }
}

/// The items that stand in so many of the lists.
fn rim<'a>(lists: impl Iterator<Item = &'a [usize]>, fits: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut items: Vec<usize> = lists.flatten().copied().collect();
    items.sort_unstable();
    let runs = items.chunk_by(|a, b| a == b).filter(|run| fits(run.len()));
    runs.map(|run| run[0]).collect()
}

/// Whether these atoms have 4n + 2 electrons together.
fn is_aromatic(atoms: &[usize], gifts: &[Gift]) -> bool {
    let given = || atoms.iter().map(|atom| gifts[*atom]);
    if given().filter(|gift| *gift == Gift::Any).count() > 1 {
        return false;
    }
    let (least, most) = given().fold((0, 0), |(least, most), gift| {
        let (low, high) = gift.electrons();
        (least + low, most + high)
    });
    if most < 6 {
        return most == 2;
    }
    (least..=most).any(|electrons| electrons % 4 == 2)
}

/// Calls `visit` for every connected set of `size` vertices, once each.
fn unions(near: &[Vec<usize>], size: usize, visit: &mut dyn FnMut(&[usize])) {
    /// Extends `set`, which began at `first`, by vertices of `open` and their later neighbours.
    fn extend(
        near: &[Vec<usize>],
        size: usize,
        set: &mut Vec<usize>,
        mut open: Vec<usize>,
        visit: &mut dyn FnMut(&[usize]),
    ) {
        if set.len() == size {
            visit(set);
            return;
        }
        while let Some(vertex) = open.pop() {
            let first = set[0];
            let is_near = |other: usize| {
                set.iter()
                    .any(|inside| *inside == other || near[*inside].contains(&other))
            };
            let new = near[vertex]
                .iter()
                .copied()
                .filter(|other| *other > first && !is_near(*other));
            let wider = open.iter().copied().chain(new).collect();
            set.push(vertex);
            extend(near, size, set, wider, visit);
            set.pop();
        }
    }
    for first in 0..near.len() {
        let open = near[first]
            .iter()
            .copied()
            .filter(|other| *other > first)
            .collect();
        extend(near, size, &mut vec![first], open, visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connected_set_is_visited_once() {
        // A path of four, and a ring of five.
        for (edges, size, expected) in [
            (vec![(0, 1), (1, 2), (2, 3)], 2, 3),
            (vec![(0, 1), (1, 2), (2, 3)], 3, 2),
            (vec![(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)], 3, 5),
            (vec![(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)], 5, 1),
            (vec![(0, 1), (0, 2), (1, 2), (2, 3)], 3, 3),
        ] {
            let mut near = vec![Vec::new(); 5];
            for (a, b) in edges {
                near[a].push(b);
                near[b].push(a);
            }
            let mut seen = Vec::new();
            unions(&near, size, &mut |set| {
                let mut set = set.to_vec();
                set.sort_unstable();
                assert!(!seen.contains(&set), "{set:?}");
                seen.push(set);
            });
            assert_eq!(seen.len(), expected, "{seen:?}");
        }
    }
}
