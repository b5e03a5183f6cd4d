//! A connected part from its pieces: ring systems are rigid, chains go in zigzag.

use std::collections::VecDeque;
use std::f64::consts::{PI, TAU};

use super::super::graph::{Geometry, Graph};
use super::super::point::{Point, widest_gap};
use super::rings::{self, superposed};
use super::system::System;

/// A part under construction.
struct Draft<'a> {
    graph: &'a Graph,
    systems: &'a [System],
    /// The systems that each atom is in: two at a spiro atom.
    of_atom: Vec<Vec<usize>>,
    shapes: Vec<Option<Vec<Point>>>,
    placed: Vec<bool>,
    points: &'a mut [Point],
    /// Atoms whose neighbours are to be placed.
    waiting: VecDeque<usize>,
    /// For each atom, how many atoms are behind it as seen from the start.
    weight: Vec<usize>,
}

/// Places the atoms of a part.
pub(super) fn place(
    graph: &Graph,
    systems: &[System],
    part: &[usize],
    fixed: &[Option<Point>],
    points: &mut [Point],
) {
    let mut of_atom = vec![Vec::new(); graph.atoms.len()];
    for (index, system) in systems.iter().enumerate() {
        for &atom in &system.atoms {
            of_atom[atom].push(index);
        }
    }
    let mut draft = Draft {
        graph,
        systems,
        of_atom,
        shapes: vec![None; systems.len()],
        placed: vec![false; graph.atoms.len()],
        points,
        waiting: VecDeque::new(),
        weight: vec![0; graph.atoms.len()],
    };
    let start = draft.begin(part, fixed);
    draft.weigh(start);
    while let Some(atom) = draft.waiting.pop_front() {
        draft.expand(atom);
    }
}

impl Draft<'_> {
    /// Places what is fixed, or else the largest ring system or a middle atom; returns an atom of it.
    fn begin(&mut self, part: &[usize], fixed: &[Option<Point>]) -> usize {
        let known = |atom: usize| fixed.get(atom).copied().flatten();
        let anchors: Vec<usize> = part
            .iter()
            .copied()
            .filter(|&atom| known(atom).is_some())
            .collect();
        for &atom in &anchors {
            if let Some(point) = known(atom) {
                self.put(atom, point);
            }
        }
        for system in 0..self.systems.len() {
            let atoms = self.systems[system].atoms.clone();
            let anchored = atoms.iter().filter(|&&atom| known(atom).is_some()).count();
            if anchored > 1 && anchored < atoms.len() {
                self.join_system(system);
            }
        }
        if let Some(&first) = anchors.first() {
            return first;
        }
        let inside = |system: &System| part.binary_search(&system.atoms[0]).is_ok();
        let largest = (0..self.systems.len()).find(|&index| inside(&self.systems[index]));
        if let Some(system) = largest {
            let shape = self.shape(system);
            let atoms = self.systems[system].atoms.clone();
            for (&atom, point) in atoms.iter().zip(shape) {
                self.put(atom, point);
            }
            return atoms[0];
        }
        let start = chain_end(self.graph, part);
        self.put(start, Point::default());
        start
    }

    fn put(&mut self, atom: usize, point: Point) {
        self.points[atom] = point;
        self.placed[atom] = true;
        self.waiting.push_back(atom);
    }

    fn shape(&mut self, system: usize) -> Vec<Point> {
        let (graph, systems) = (self.graph, self.systems);
        let found = &mut self.shapes[system];
        found
            .get_or_insert_with(|| rings::shape(graph, &systems[system]))
            .clone()
    }

    /// Places a system of which two atoms or more are placed.
    fn join_system(&mut self, system: usize) {
        let shape = self.shape(system);
        let atoms = self.systems[system].atoms.clone();
        let pairs: Vec<(Point, Point)> = atoms
            .iter()
            .zip(&shape)
            .filter(|(atom, _)| self.placed[**atom])
            .map(|(&atom, &point)| (point, self.points[atom]))
            .collect();
        let error = |moved: &[Point]| -> f64 {
            let known = atoms
                .iter()
                .zip(moved)
                .filter(|(atom, _)| self.placed[**atom]);
            known
                .map(|(&atom, point)| point.distance(self.points[atom]))
                .sum()
        };
        let both = [false, true].map(|mirror| superposed(&shape, &pairs, mirror));
        let [plain, mirrored] = both;
        let moved = if error(&plain) <= error(&mirrored) + 1e-9 {
            plain
        } else {
            mirrored
        };
        for (&atom, point) in atoms.iter().zip(moved) {
            if !self.placed[atom] {
                self.put(atom, point);
            }
        }
    }

    /// Counts the atoms behind each atom, along a tree from the start.
    fn weigh(&mut self, start: usize) {
        let mut order = vec![start];
        let mut parent = vec![usize::MAX; self.graph.atoms.len()];
        parent[start] = start;
        let mut at = 0;
        while at < order.len() {
            let atom = order[at];
            at += 1;
            for other in self.graph.neighbours(atom) {
                if parent[other] == usize::MAX {
                    parent[other] = atom;
                    order.push(other);
                }
            }
        }
        for &atom in order.iter().rev() {
            self.weight[atom] += 1;
            if parent[atom] != atom {
                self.weight[parent[atom]] += self.weight[atom];
            }
        }
    }

    /// Places the neighbours of an atom that are not placed yet.
    fn expand(&mut self, atom: usize) {
        let is_new = |other: &usize| !self.placed[*other];
        let mut new: Vec<usize> = self.graph.neighbours(atom).filter(is_new).collect();
        // The system that begins here with a spiro atom, as one neighbour.
        let spiro = self.of_atom[atom].iter().copied().find(|&system| {
            let inside = |other: &usize| self.systems[system].place(*other).is_some();
            new.iter().any(inside)
        });
        if let Some(system) = spiro {
            self.place_at_atom(system, atom);
            new.retain(|other| !self.placed[*other]);
        }
        if new.is_empty() {
            return;
        }
        new.sort_by_key(|&other| (std::cmp::Reverse(self.weight[other]), other));
        let directions = self.directions(atom, &new);
        for (&other, &direction) in new.iter().zip(&directions) {
            let point = self.points[atom] + Point::towards(direction);
            if self.placed[other] {
                continue;
            }
            if let Some(&system) = self.of_atom[other].first() {
                self.place_behind(system, other, atom, point, direction);
            } else {
                self.put(other, point);
            }
        }
    }

    /// The directions of new neighbours, the heaviest first.
    fn directions(&self, atom: usize, new: &[usize]) -> Vec<f64> {
        let old: Vec<usize> = self
            .graph
            .neighbours(atom)
            .filter(|other| self.placed[*other])
            .collect();
        let angle = |other: usize| (self.points[other] - self.points[atom]).angle();
        match old.as_slice() {
            [] => self.first_directions(atom, new.len()),
            [parent] => self.onward(atom, *parent, new, angle(*parent)),
            _ => {
                let (start, gap) = widest_gap(old.iter().map(|&other| angle(other)).collect());
                let step = gap / (new.len() + 1) as f64;
                (1..=new.len())
                    .map(|index| start + step * index as f64)
                    .collect()
            }
        }
    }

    fn first_directions(&self, atom: usize, count: usize) -> Vec<f64> {
        let linear = count == 2 && self.graph.is_linear(atom);
        let step = match count {
            2 if !linear => TAU / 3.0,
            _ => TAU / count as f64,
        };
        let start = if count == 1 || linear { 0.0 } else { -PI / 6.0 };
        (0..count)
            .map(|index| start + step * index as f64)
            .collect()
    }

    /// The directions of the neighbours of a chain atom, whose first neighbour is behind it.
    fn onward(&self, atom: usize, parent: usize, new: &[usize], back: f64) -> Vec<f64> {
        match new.len() {
            1 if self.graph.is_linear(atom) => vec![back + PI],
            1 => vec![back + self.side(atom, parent, new[0]) * TAU / 3.0],
            2 => {
                let side = self.side(atom, parent, new[0]);
                vec![back + side * TAU / 3.0, back - side * TAU / 3.0]
            }
            // The heaviest goes straight on.
            3 => vec![back + PI, back + PI / 2.0, back - PI / 2.0],
            count => {
                let step = TAU / (count + 1) as f64;
                (1..=count)
                    .map(|index| back + step * index as f64)
                    .collect()
            }
        }
    }

    /// 1 or -1: the side on which `child` of a chain atom goes, so that the chain is in zigzag, or
    /// as the double bond behind it asks.
    fn side(&self, atom: usize, parent: usize, child: usize) -> f64 {
        let back = self.points[parent] - self.points[atom];
        let side_of = |other: usize| {
            let way = self.points[other] - self.points[parent];
            // Seen from the atom: positive is counterclockwise of the way back.
            (-back.cross(way)).signum()
        };
        let behind: Vec<usize> = self
            .graph
            .neighbours(parent)
            .filter(|&other| other != atom && self.placed[other])
            .collect();
        let bond = self.graph.bond_between(atom, parent);
        let geometry = bond.map(|bond| &self.graph.bonds[bond]);
        if let Some(bond) = geometry
            && let Geometry::Given { beside, mut cis } = bond.geometry
        {
            let at = usize::from(bond.ends[1] == atom);
            let (own, far) = (beside[at], beside[1 - at]);
            cis ^= own != child;
            if self.placed[far] {
                return if cis { -side_of(far) } else { side_of(far) };
            }
            if let Some(&other) = behind.first() {
                return if cis { side_of(other) } else { -side_of(other) };
            }
        }
        // Away from what is behind: the heaviest of it counts.
        let far = behind
            .iter()
            .max_by_key(|&&other| (self.weight[other], other));
        far.map_or(1.0, |&other| side_of(other))
    }

    /// Places a system that has one atom placed, in the widest gap there.
    fn place_at_atom(&mut self, system: usize, atom: usize) {
        let angles: Vec<f64> = self
            .graph
            .neighbours(atom)
            .filter(|other| self.placed[*other])
            .map(|other| (self.points[other] - self.points[atom]).angle())
            .collect();
        let direction = if angles.is_empty() {
            0.0
        } else {
            let (start, gap) = widest_gap(angles);
            start + gap / 2.0
        };
        let shape = self.shape(system);
        let atoms = self.systems[system].atoms.clone();
        let Some(place) = self.systems[system].place(atom) else {
            return;
        };
        let inward = self.inward(system, place, &shape);
        self.put_turned(&atoms, &shape, place, self.points[atom], direction - inward);
    }

    /// The direction into a system from one of its atoms, between that atom's ring bonds.
    fn inward(&self, system: usize, place: usize, shape: &[Point]) -> f64 {
        let atoms = &self.systems[system].atoms;
        let angles: Vec<f64> = self
            .graph
            .neighbours(atoms[place])
            .filter_map(|other| self.systems[system].place(other))
            .map(|other| (shape[other] - shape[place]).angle())
            .collect();
        let (start, gap) = widest_gap(angles);
        start + gap / 2.0 + PI
    }

    /// Places a system whose atom `entry` is at `point`, in the direction `direction` from `parent`.
    fn place_behind(
        &mut self,
        system: usize,
        entry: usize,
        parent: usize,
        point: Point,
        direction: f64,
    ) {
        let shape = self.shape(system);
        let atoms = self.systems[system].atoms.clone();
        let Some(place) = self.systems[system].place(entry) else {
            return;
        };
        // Substituents share the gap outside the ring; this one takes its slot by its weight.
        let outside: Vec<usize> = self
            .graph
            .neighbours(entry)
            .filter(|&other| self.systems[system].place(other).is_none())
            .collect();
        let angles: Vec<f64> = self
            .graph
            .neighbours(entry)
            .filter_map(|other| self.systems[system].place(other))
            .map(|other| (shape[other] - shape[place]).angle())
            .collect();
        let (start, gap) = widest_gap(angles);
        let spiro = self.of_atom[entry].len() > 1;
        let outward = if spiro || outside.len() < 2 {
            start + gap / 2.0
        } else {
            start + gap / (outside.len() + 1) as f64
        };
        let turned = |shape: &[Point], outward: f64| -> Vec<Point> {
            let turn = direction + PI - outward;
            let moved = |&corner: &Point| point + (corner - shape[place]).turned(turn);
            shape.iter().map(moved).collect()
        };
        let mut found = turned(&shape, outward);
        if self.is_wrong_way(parent, entry, &atoms, &found) {
            let mirrored: Vec<Point> = shape
                .iter()
                .map(|point| Point::new(point.x, -point.y))
                .collect();
            found = turned(&mirrored, -outward);
        }
        for (&atom, point) in atoms.iter().zip(found) {
            if !self.placed[atom] {
                self.put(atom, point);
            }
        }
    }

    /// Whether the double bond from a placed atom to an atom of a ring system would have the other
    /// geometry than its own, were the system's atoms at these places.
    fn is_wrong_way(&self, parent: usize, entry: usize, atoms: &[usize], points: &[Point]) -> bool {
        let at = |atom: usize| {
            let place = atoms.binary_search(&atom);
            place.map_or(self.points[atom], |place| points[place])
        };
        let is_known = |atom: usize| self.placed[atom] || atoms.binary_search(&atom).is_ok();
        let Some(bond) = self.graph.bond_between(parent, entry) else {
            return false;
        };
        let bond = &self.graph.bonds[bond];
        let Geometry::Given { beside, mut cis } = bond.geometry else {
            return false;
        };
        let mut sides = [0.0; 2];
        for end in 0..2 {
            let (atom, partner) = (bond.ends[end], bond.ends[1 - end]);
            let mut named = beside[end];
            if !is_known(named) {
                let other = self
                    .graph
                    .neighbours(atom)
                    .find(|&other| other != partner && is_known(other));
                let Some(other) = other else {
                    return false;
                };
                named = other;
                cis = !cis;
            }
            sides[end] = (at(entry) - at(parent)).cross(at(named) - at(parent));
        }
        (sides[0] * sides[1] > 0.0) != cis
    }

    /// Places the atoms of a shape turned about one of them.
    fn put_turned(&mut self, atoms: &[usize], shape: &[Point], at: usize, to: Point, turn: f64) {
        for (&atom, &point) in atoms.iter().zip(shape) {
            if !self.placed[atom] {
                self.put(atom, to + (point - shape[at]).turned(turn));
            }
        }
    }
}

/// An end of the longest chain of a part without rings.
fn chain_end(graph: &Graph, part: &[usize]) -> usize {
    let farthest = |from: usize| {
        let mut seen = vec![false; graph.atoms.len()];
        let mut order = vec![from];
        seen[from] = true;
        let mut at = 0;
        while at < order.len() {
            for other in graph.neighbours(order[at]) {
                if !seen[other] {
                    seen[other] = true;
                    order.push(other);
                }
            }
            at += 1;
        }
        order[order.len() - 1]
    };
    part.first().map_or(0, |&first| farthest(farthest(first)))
}
