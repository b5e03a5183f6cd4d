//! Overlaps are cured: pieces turn over, change places, and as a last resort bend.
//!
//! A drawing has a cost, mostly of atoms that are near each other and bonds that cross; moves that
//! lower it are made until there are none.

use super::super::graph::Graph;
use super::super::point::{Point, cross};
use super::moves::{Kind, Move, moves};
use super::system::System;

/// Cost of a crossing, and of an atom on an atom, from which on a drawing counts as tangled.
const CROSSING: f64 = 9.0;
const TANGLED: f64 = 2.0;
/// Angles of a bend, in degrees.
const BENDS: [f64; 10] = [
    12.0, -12.0, 24.0, -24.0, 36.0, -36.0, 48.0, -48.0, 60.0, -60.0,
];
/// Cost of a bend by one radian, squared.
const BENT: f64 = 1.5;
/// Drawings that are tried by chance when no move alone helps.
const TRIALS: usize = 40;
/// Pairs of atoms and bonds that are looked at, at most.
const BUDGET: usize = 40_000_000;

/// Cures the overlaps of a part.
pub(super) fn untangle(
    graph: &Graph,
    systems: &[System],
    part: &[usize],
    fixed: &[Option<Point>],
    points: &mut [Point],
) {
    if part.len() < 4 {
        return;
    }
    let is_fixed = |atom: usize| fixed.get(atom).is_some_and(Option::is_some);
    let mut drawing = Drawing::new(graph, part, points);
    let moves = moves(graph, systems, part, &is_fixed);
    let rigid: Vec<&Move> = moves
        .iter()
        .filter(|one| !matches!(one.kind, Kind::Bend { .. }))
        .collect();
    let bends: Vec<&Move> = moves
        .iter()
        .filter(|one| matches!(one.kind, Kind::Bend { .. }))
        .collect();
    drawing.descend(&rigid);
    if drawing.strain() > TANGLED {
        drawing.in_pairs(&rigid);
    }
    if drawing.strain() > TANGLED {
        drawing.by_chance(&rigid);
    }
    if drawing.strain() > 0.4 {
        drawing.budget = BUDGET;
        drawing.bend(&bends);
    }
}

/// The cost of the faults of a part.
pub(super) fn strain(graph: &Graph, part: &[usize], points: &mut [Point]) -> f64 {
    Drawing::new(graph, part, points).strain()
}

struct Drawing<'a> {
    graph: &'a Graph,
    part: &'a [usize],
    points: &'a mut [Point],
    /// Bonds of the part.
    bonds: Vec<[usize; 2]>,
    /// For each bond that bends, by how much it is bent.
    bent: Vec<f64>,
    /// Pairs that may still be looked at.
    budget: usize,
}

impl<'a> Drawing<'a> {
    fn new(graph: &'a Graph, part: &'a [usize], points: &'a mut [Point]) -> Self {
        let inside = |bond: &[usize; 2]| part.binary_search(&bond[0]).is_ok();
        let bonds = graph
            .bonds
            .iter()
            .map(|bond| bond.ends)
            .filter(inside)
            .collect();
        Self {
            graph,
            part,
            points,
            bonds,
            bent: vec![0.0; graph.bonds.len()],
            budget: BUDGET,
        }
    }

    /// The cost between the pieces of a move, which is all that it changes.
    fn between(&mut self, one: &Move) -> f64 {
        let class = &one.class;
        let count = one.moving.len();
        self.budget = self
            .budget
            .saturating_sub(count * (self.part.len() + 2 * self.bonds.len()));
        let mut cost = 0.0;
        for &first in &one.moving {
            for &second in self.part {
                if class[second] < class[first] {
                    cost += self.pair(first, second);
                }
            }
        }
        // A bond belongs to the piece that its later end is in.
        let of = |bond: &[usize; 2]| class[bond[0]].max(class[bond[1]]);
        for &index in &one.bonds {
            let bond = self.graph.bonds[index].ends;
            let own = of(&bond);
            for &other in &self.bonds {
                if of(&other) < own {
                    cost += self.crossing(bond, other);
                }
            }
            for &atom in self.part {
                if class[atom] != own {
                    cost += self.on_bond(atom, bond);
                }
            }
        }
        for &atom in &one.moving {
            for &other in &self.bonds {
                if of(&other) == 0 {
                    cost += self.on_bond(atom, other);
                }
            }
        }
        cost
    }

    /// The cost of faults, without that of a drawing's compactness.
    fn strain(&self) -> f64 {
        let mut cost = 0.0;
        for (index, &first) in self.part.iter().enumerate() {
            for &second in &self.part[index + 1..] {
                cost += self.nearness(first, second);
            }
        }
        for (index, first) in self.bonds.iter().enumerate() {
            for second in &self.bonds[index + 1..] {
                cost += self.crossing(*first, *second);
            }
            for &atom in self.part {
                cost += self.on_bond(atom, *first);
            }
        }
        cost
    }

    fn pair(&self, first: usize, second: usize) -> f64 {
        let way = self.points[first] - self.points[second];
        self.nearness(first, second) + 0.02 / (way.dot(way) + 0.05)
    }

    fn nearness(&self, first: usize, second: usize) -> f64 {
        let way = self.points[first] - self.points[second];
        let square = way.dot(way);
        if square > 1.0 || self.graph.bond_between(first, second).is_some() {
            return 0.0;
        }
        let distance = square.sqrt();
        let near = 0.98 - distance;
        if near <= 0.0 {
            return 0.0;
        }
        2.0 * near * near + if distance < 0.45 { 6.0 } else { 0.0 }
    }

    fn crossing(&self, first: [usize; 2], second: [usize; 2]) -> f64 {
        if first.iter().any(|atom| second.contains(atom)) {
            return 0.0;
        }
        let lines = [first, second].map(|bond| bond.map(|atom| self.points[atom]));
        let apart = (lines[0][0] - lines[1][0]).length() > 3.5;
        if !apart && cross(lines[0], lines[1]) {
            CROSSING
        } else {
            0.0
        }
    }

    fn on_bond(&self, atom: usize, bond: [usize; 2]) -> f64 {
        if bond.contains(&atom) {
            return 0.0;
        }
        let [from, to] = bond.map(|end| self.points[end]);
        let point = self.points[atom];
        if (point - from).length() > 2.2 {
            return 0.0;
        }
        let distance = point.distance_to_line(from, to);
        if distance < 0.4 {
            3.0 * (0.4 - distance) + if distance < 0.2 { 4.0 } else { 0.0 }
        } else {
            0.0
        }
    }

    /// Makes a move if it lowers the cost.
    fn try_move(&mut self, one: &Move, angle: f64, price: f64) -> bool {
        let before = self.between(one);
        let old: Vec<Point> = one.moving.iter().map(|&atom| self.points[atom]).collect();
        one.apply(self.points, angle);
        if self.between(one) + price < before - 1e-6 {
            return true;
        }
        self.restore(&one.moving, &old);
        false
    }

    fn restore(&mut self, atoms: &[usize], old: &[Point]) {
        for (&atom, &point) in atoms.iter().zip(old) {
            self.points[atom] = point;
        }
    }

    /// Makes moves that lower the cost until there are none.
    fn descend(&mut self, moves: &[&Move]) {
        for _ in 0..10 {
            let mut better = false;
            for one in moves {
                if self.budget == 0 {
                    return;
                }
                better |= self.try_move(one, 0.0, 0.0);
            }
            if !better {
                break;
            }
        }
    }

    /// Atoms that are part of a fault.
    fn at_fault(&self) -> Vec<bool> {
        let mut found = vec![false; self.graph.atoms.len()];
        for (index, &first) in self.part.iter().enumerate() {
            for &second in &self.part[index + 1..] {
                if self.nearness(first, second) > 0.3 {
                    found[first] = true;
                    found[second] = true;
                }
            }
        }
        for (index, first) in self.bonds.iter().enumerate() {
            for second in &self.bonds[index + 1..] {
                if self.crossing(*first, *second) > 0.0 {
                    for &atom in first.iter().chain(second) {
                        found[atom] = true;
                    }
                }
            }
            for &atom in self.part {
                if self.on_bond(atom, *first) > 0.3 {
                    for &other in first.iter().chain(&[atom]) {
                        found[other] = true;
                    }
                }
            }
        }
        found
    }

    /// The moves that part atoms which are at fault.
    fn helpful<'m>(&self, moves: &[&'m Move]) -> Vec<&'m Move> {
        let fault = self.at_fault();
        let parts = |one: &&&Move| {
            let atoms = || self.part.iter().filter(|atom| fault[**atom]);
            let first = atoms().next().map_or(0, |&atom| one.class[atom]);
            atoms().any(|&atom| one.class[atom] != first)
        };
        moves.iter().filter(parts).copied().collect()
    }

    /// Two moves at once, where no move alone helps.
    fn in_pairs(&mut self, moves: &[&Move]) {
        let chosen = self.helpful(moves);
        for first in &chosen {
            if self.budget == 0 {
                return;
            }
            let saved = self.points.to_vec();
            let before = self.strain();
            first.apply(self.points, 0.0);
            self.descend(&chosen);
            if self.strain() < before - 1e-6 {
                if self.strain() < TANGLED {
                    return;
                }
            } else {
                self.points.copy_from_slice(&saved);
            }
        }
    }

    /// Some moves by chance, then those that lower the cost; the best drawing stays.
    fn by_chance(&mut self, moves: &[&Move]) {
        let chosen = self.helpful(moves);
        if chosen.is_empty() {
            return;
        }
        let (mut best, mut least) = (self.points.to_vec(), self.strain());
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut draw = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below.max(1) as u64) as usize
        };
        for _ in 0..TRIALS {
            if self.budget == 0 {
                break;
            }
            for _ in 0..2 + draw(3) {
                chosen[draw(chosen.len())].apply(self.points, 0.0);
            }
            self.descend(&chosen);
            let strain = self.strain();
            if strain < least - 1e-6 {
                best.copy_from_slice(self.points);
                least = strain;
                if least < TANGLED {
                    break;
                }
            } else {
                self.points.copy_from_slice(&best);
            }
        }
        self.points.copy_from_slice(&best);
    }

    /// Bends at the atoms near faults.
    fn bend(&mut self, bends: &[&Move]) {
        for _ in 0..4 {
            let mut better = false;
            for one in self.helpful(bends) {
                if self.budget == 0 {
                    return;
                }
                let Kind::Bend { axis } = one.kind else {
                    continue;
                };
                let Some(bond) = self.graph.bond_between(axis[0], axis[1]) else {
                    continue;
                };
                let mut best: Option<(f64, f64)> = None;
                let before = self.between(one);
                for degrees in BENDS {
                    let angle = degrees.to_radians();
                    let price =
                        BENT * ((self.bent[bond] + angle).powi(2) - self.bent[bond].powi(2));
                    one.apply(self.points, angle);
                    let cost = self.between(one) + price;
                    one.apply(self.points, -angle);
                    if cost < before - 0.02 && best.is_none_or(|(least, _)| cost < least) {
                        best = Some((cost, angle));
                    }
                }
                if let Some((_, angle)) = best {
                    one.apply(self.points, angle);
                    self.bent[bond] += angle;
                    better = true;
                }
            }
            if !better || self.strain() < 0.3 {
                break;
            }
        }
    }
}
