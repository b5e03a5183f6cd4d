//! The geometry of double bonds, as directions of the single bonds beside them.
//!
//! Directions are those of SMILES, `/` and `\`. Single bonds between two double bonds serve both, so
//! the order in which double bonds are looked at matters where a drawing contradicts itself; it is
//! RDKit's.

use super::drawing::{Bond, Drawing, Mark, Order};
use super::geometry::{dihedral, is_straight};
use super::rings;

/// Atoms of the smallest ring in which a double bond can be E or Z.
const SMALLEST_RING: usize = 8;

/// For each bond, whether its second atom is above its first, where it has a direction.
pub(super) fn directions(drawing: &Drawing) -> Vec<Option<bool>> {
    let mut search = Search::new(drawing);
    let mut doubles: Vec<(usize, usize)> = Vec::new();
    for (index, bond) in drawing.bonds.iter().enumerate() {
        if bond.order != Order::Double || bond.mark == Mark::Crossed {
            continue;
        }
        if bond
            .ends
            .iter()
            .any(|&end| drawing.atoms[end].bonds.len() < 2)
        {
            continue;
        }
        let ring = rings::smallest(drawing, index);
        if ring.is_some_and(|size| size < SMALLEST_RING) {
            continue;
        }
        let neighbours = search.enter(index);
        // Those outside rings come first.
        let weight = if ring.is_some() { 1 } else { 10 };
        doubles.push((neighbours * weight, index));
    }
    doubles.sort_unstable();
    for &(_, double) in doubles.iter().rev() {
        search.look_from(double);
    }
    search.up
}

struct Search<'a> {
    drawing: &'a Drawing,
    /// The double bonds that are not looked at yet.
    is_waiting: Vec<bool>,
    /// For each single bond, the double bonds beside it.
    beside: Vec<Vec<usize>>,
    up: Vec<Option<bool>>,
}

/// The single bonds of one end of a double bond.
struct End {
    atom: usize,
    /// The bond that says the geometry.
    first: usize,
    second: Option<usize>,
}

impl<'a> Search<'a> {
    fn new(drawing: &'a Drawing) -> Self {
        let count = drawing.bonds.len();
        Self {
            drawing,
            is_waiting: vec![false; count],
            beside: vec![Vec::new(); count],
            up: vec![None; count],
        }
    }

    /// Enters a double bond, and returns the sum of the indices of the single bonds beside it: by it
    /// RDKit orders them.
    fn enter(&mut self, double: usize) -> usize {
        let mut sum = 0;
        for end in self.drawing.bonds[double].ends {
            for &bond in &self.drawing.atoms[end].bonds {
                if can_have_direction(&self.drawing.bonds[bond]) {
                    sum += bond;
                    self.is_waiting[double] = true;
                    self.beside[bond].push(double);
                }
            }
        }
        sum
    }

    /// Looks at a double bond, and then at those that share a single bond with it.
    fn look_from(&mut self, double: usize) {
        let mut waiting = vec![double];
        while let Some(double) = waiting.pop() {
            if std::mem::take(&mut self.is_waiting[double]) {
                let next = self.look_at(double);
                waiting.extend(next.into_iter().rev());
            }
        }
    }

    /// Sets the directions beside a double bond; returns the double bonds to look at next.
    fn look_at(&mut self, double: usize) -> Vec<usize> {
        let Some([begin, end]) = self.ends(double) else {
            return Vec::new();
        };
        let Some(([begin, end], is_trans)) = self.geometry(begin, end) else {
            return Vec::new();
        };
        let needed = |search: &Self, bond: usize| search.up[bond].is_none();
        let mut next = Vec::new();
        for bond in [begin.first, end.first] {
            if needed(self, bond) {
                let waiting = self.beside[bond].iter();
                next.extend(waiting.copied().filter(|&other| self.is_waiting[other]));
            }
        }
        match (needed(self, begin.first), needed(self, end.first)) {
            (false, false) => {}
            (true, false) => {
                let far = self.is_up(&end, end.first);
                self.set(&begin, begin.first, far ^ is_trans);
            }
            (false, true) => {
                let near = self.is_up(&begin, begin.first);
                self.set(&end, end.first, near ^ is_trans);
            }
            (true, true) => {
                self.set(&begin, begin.first, false);
                self.set(&end, end.first, is_trans);
            }
        }
        for end in [begin, end] {
            if let Some(second) = end.second
                && needed(self, second)
            {
                let first = self.is_up(&end, end.first);
                self.set(&end, second, !first);
            }
        }
        next
    }

    /// Whether a bond goes up from an atom of it.
    fn is_up(&self, end: &End, bond: usize) -> bool {
        let is_second = self.drawing.bonds[bond].ends[1] == end.atom;
        self.up[bond].unwrap_or(false) ^ is_second
    }

    /// Lets a bond go up, or down, from an atom of it.
    fn set(&mut self, end: &End, bond: usize, up: bool) {
        let is_second = self.drawing.bonds[bond].ends[1] == end.atom;
        self.up[bond] = Some(up ^ is_second);
    }

    /// The single bonds at both ends; `None` where an end has none, or a wavy one.
    fn ends(&self, double: usize) -> Option<[End; 2]> {
        let [begin, end] = self.drawing.bonds[double].ends;
        Some([self.end(begin, double)?, self.end(end, double)?])
    }

    fn end(&self, atom: usize, double: usize) -> Option<End> {
        let mut found: Option<End> = None;
        for &index in &self.drawing.atoms[atom].bonds {
            let bond = &self.drawing.bonds[index];
            if index == double || !can_have_direction(bond) {
                continue;
            }
            if bond.mark == Mark::Wavy {
                return None;
            }
            let Some(before) = &mut found else {
                found = Some(End {
                    atom,
                    first: index,
                    second: None,
                });
                continue;
            };
            // Rather one that has a direction, or is beside more double bonds.
            let is_needed = self.up[index].is_none();
            let more = self.beside[index].len() > self.beside[before.first].len();
            if !is_needed || more {
                before.second = Some(before.first);
                before.first = index;
            } else {
                before.second = Some(index);
            }
        }
        found
    }

    /// Whether the first bonds are on different sides of the double bond, and the ends with a bond
    /// that is not on a line with it first; `None` where both are.
    fn geometry(&self, begin: End, end: End) -> Option<([End; 2], bool)> {
        let place = |atom: usize| self.drawing.atoms[atom].place;
        let of = |end: &End, bond: usize| place(self.drawing.bonds[bond].other(end.atom));
        let (a, b) = (place(begin.atom), place(end.atom));
        let begin = turned(begin, |end, bond, _| is_straight(of(end, bond) - a, b - a))?;
        // RDKit measures the second bond of this end from the other end.
        let end = turned(end, |end, bond, is_second| {
            let from = if is_second { a } else { b };
            is_straight(of(end, bond) - from, a - b)
        })?;
        let angle = dihedral([of(&begin, begin.first), a, b, of(&end, end.first)]);
        Some(([begin, end], angle >= std::f64::consts::FRAC_PI_2))
    }
}

/// An end with a bond that is not straight first.
fn turned(end: End, straight: impl Fn(&End, usize, bool) -> bool) -> Option<End> {
    if !straight(&end, end.first, false) {
        return Some(end);
    }
    let second = end.second.filter(|&second| !straight(&end, second, true))?;
    Some(End {
        first: second,
        second: Some(end.first),
        ..end
    })
}

fn can_have_direction(bond: &Bond) -> bool {
    matches!(bond.order, Order::Single | Order::Aromatic)
}
