//! What can be moved in a drawing without bending its rings: sides of bonds that turn over, and
//! substituents that change places.

use super::super::graph::{Geometry, Graph};
use super::super::point::{Point, middle};
use super::system::System;

/// One way to move a piece of the drawing. Pieces move as rigid bodies.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub(super) kind: Kind,
    /// For each atom: 0 where it stays, 1 in the first piece that moves, 2 in the second.
    pub(super) class: Vec<u8>,
    /// The atoms that move, and their bonds.
    pub(super) moving: Vec<usize>,
    pub(super) bonds: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// The side of the second atom turns over about the bond between both.
    Flip { axis: [usize; 2] },
    /// The side of the second atom turns about the first, in the plane.
    Bend { axis: [usize; 2] },
    /// Two neighbours of an atom change places, with all behind them.
    Swap { at: usize, pair: [usize; 2] },
    /// A ring turns over about the line through its spiro atom and its middle.
    Spiro { at: usize, beside: [usize; 2] },
}

/// All moves of a part that leave fixed atoms in their places.
pub(super) fn moves(
    graph: &Graph,
    systems: &[System],
    part: &[usize],
    is_fixed: &dyn Fn(usize) -> bool,
) -> Vec<Move> {
    let in_ring = graph.ring_bonds();
    let rigid: Vec<bool> = graph
        .bonds
        .iter()
        .map(|bond| matches!(bond.geometry, Geometry::Given { .. }))
        .collect();
    let mut found = Vec::new();
    for &atom in part {
        for &(other, bond) in &graph.around[atom] {
            if in_ring[bond] {
                continue;
            }
            let side = behind(graph, atom, &[other]);
            // The smaller side moves; of equal ones that of the later atom.
            let smaller =
                side.len() * 2 < part.len() || (side.len() * 2 == part.len() && atom < other);
            let anchored = side.iter().any(|&at| is_fixed(at));
            let other_anchored = part
                .iter()
                .any(|&at| is_fixed(at) && !side.contains(&at) && at != atom);
            if anchored || !(smaller || other_anchored) {
                continue;
            }
            let axis = [atom, other];
            if !rigid[bond] && side.len() > 1 {
                found.push(Move::new(graph, Kind::Flip { axis }, &[&side]));
            }
            found.push(Move::new(graph, Kind::Bend { axis }, &[&side]));
        }
        found.extend(swaps(graph, part, atom, &in_ring, &rigid, is_fixed));
        found.extend(spiro(graph, systems, part, atom, is_fixed));
    }
    found
}

impl Move {
    fn new(graph: &Graph, kind: Kind, pieces: &[&[usize]]) -> Self {
        let mut class = vec![0; graph.atoms.len()];
        for (index, piece) in pieces.iter().enumerate() {
            for &atom in *piece {
                class[atom] = index as u8 + 1;
            }
        }
        let moving = pieces.concat();
        let around = moving.iter().flat_map(|&atom| &graph.around[atom]);
        let mut bonds: Vec<usize> = around.map(|&(_, bond)| bond).collect();
        bonds.sort_unstable();
        bonds.dedup();
        Self {
            kind,
            class,
            moving,
            bonds,
        }
    }

    /// Moves the atoms; a bend turns by `angle`.
    pub(super) fn apply(&self, points: &mut [Point], angle: f64) {
        match self.kind {
            Kind::Flip { axis: [from, to] } => {
                let line = [points[from], points[to]];
                for &atom in &self.moving {
                    points[atom] = points[atom].mirrored(line[0], line[1]);
                }
            }
            Kind::Bend { axis: [from, _] } => self.turn(points, from, [angle, angle]),
            Kind::Swap { at, pair } => {
                let ways = pair.map(|atom| points[atom] - points[at]);
                let turn = ways[0].cross(ways[1]).atan2(ways[0].dot(ways[1]));
                self.turn(points, at, [turn, -turn]);
            }
            Kind::Spiro { at, beside } => {
                let line = [points[at], middle(beside.map(|atom| points[atom]))];
                for &atom in &self.moving {
                    points[atom] = points[atom].mirrored(line[0], line[1]);
                }
            }
        }
    }

    fn turn(&self, points: &mut [Point], about: usize, angles: [f64; 2]) {
        let centre = points[about];
        for &atom in &self.moving {
            let angle = angles[usize::from(self.class[atom] == 2)];
            points[atom] = centre + (points[atom] - centre).turned(angle);
        }
    }
}

/// The atoms reached from some neighbours of an atom without passing it.
fn behind(graph: &Graph, atom: usize, neighbours: &[usize]) -> Vec<usize> {
    let mut seen = vec![false; graph.atoms.len()];
    seen[atom] = true;
    let mut found = Vec::new();
    for &start in neighbours {
        if !seen[start] {
            seen[start] = true;
            found.push(start);
        }
    }
    let mut at = 0;
    while at < found.len() {
        for other in graph.neighbours(found[at]) {
            if !seen[other] {
                seen[other] = true;
                found.push(other);
            }
        }
        at += 1;
    }
    found
}

/// Substituents of a crowded atom that may change places.
fn swaps(
    graph: &Graph,
    part: &[usize],
    atom: usize,
    in_ring: &[bool],
    rigid: &[bool],
    is_fixed: &dyn Fn(usize) -> bool,
) -> Vec<Move> {
    let around = &graph.around[atom];
    let free: Vec<usize> = around
        .iter()
        .filter(|(_, bond)| !in_ring[*bond])
        .map(|&(other, _)| other)
        .collect();
    let ringed = free.len() < around.len();
    let crowded = if ringed {
        free.len() == 2
    } else {
        free.len() >= 4
    };
    if !crowded || free.len() > 6 || around.iter().any(|&(_, bond)| rigid[bond]) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (index, &first) in free.iter().enumerate() {
        for &second in &free[index + 1..] {
            let sides = [first, second].map(|other| behind(graph, atom, &[other]));
            let anchored = sides.concat().iter().any(|&at| is_fixed(at));
            if !anchored && sides[0].len().max(sides[1].len()) < part.len() {
                let kind = Kind::Swap {
                    at: atom,
                    pair: [first, second],
                };
                found.push(Move::new(graph, kind, &[&sides[0], &sides[1]]));
            }
        }
    }
    found
}

fn spiro(
    graph: &Graph,
    systems: &[System],
    part: &[usize],
    atom: usize,
    is_fixed: &dyn Fn(usize) -> bool,
) -> Vec<Move> {
    let own: Vec<&System> = systems
        .iter()
        .filter(|system| system.place(atom).is_some())
        .collect();
    if own.len() < 2 {
        return Vec::new();
    }
    let mut found = Vec::new();
    for system in own {
        let beside: Vec<usize> = graph
            .neighbours(atom)
            .filter(|other| system.place(*other).is_some())
            .collect();
        let [first, second] = beside.as_slice() else {
            continue;
        };
        let side = behind(graph, atom, &beside);
        let anchored = side.iter().any(|&at| is_fixed(at));
        if !anchored && side.len() * 2 <= part.len() {
            let kind = Kind::Spiro {
                at: atom,
                beside: [*first, *second],
            };
            found.push(Move::new(graph, kind, &[&side]));
        }
    }
    found
}
