//! The lines of bonds: plain, double and triple, wedges, arrows.

use std::f64::consts::PI;

use super::super::graph::{Geometry, Graph, Order};
use super::super::point::{Point, middle};
use super::super::stereo::Wedge;

/// Distance between the lines of a double bond, in bond lengths.
const APART: f64 = 0.17;
/// Half the width of a wedge at its wide end, in bond lengths.
const WIDE: f64 = 0.105;
/// Distance between the strokes of a hashed wedge, in bond lengths.
const HASH: f64 = 0.115;

/// What the lines of bonds are made of, in pixels.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) plain: Vec<[Point; 2]>,
    pub(super) dashed: Vec<[Point; 2]>,
    /// Strokes of hashed wedges, which are thinner.
    pub(super) hashes: Vec<[Point; 2]>,
    /// Filled shapes.
    pub(super) filled: Vec<Vec<Point>>,
}

/// What is known when bonds are drawn.
pub(super) struct Drawer<'a> {
    pub(super) graph: &'a Graph,
    /// Places of the atoms, in pixels.
    pub(super) points: &'a [Point],
    pub(super) wedges: &'a [Wedge],
    /// The length of a bond, in pixels.
    pub(super) bond: f64,
    /// The width of lines, in pixels.
    pub(super) line: f64,
    /// How far from an atom a bond in some direction begins.
    pub(super) clearance: &'a dyn Fn(usize, Point) -> f64,
    /// Whether an atom has letters.
    pub(super) lettered: &'a [bool],
}

impl Drawer<'_> {
    /// The lines of all bonds.
    pub(super) fn lines(&self) -> Lines {
        let mut lines = Lines::default();
        for index in 0..self.graph.bonds.len() {
            let wedge = self.wedges.iter().find(|wedge| wedge.bond == index);
            match wedge {
                Some(wedge) => self.wedge(index, wedge, &mut lines),
                None => self.bond(index, &mut lines),
            }
        }
        lines
    }

    fn bond(&self, index: usize, lines: &mut Lines) {
        let bond = &self.graph.bonds[index];
        let ends = bond.ends;
        match bond.order {
            Order::Single => self.parallel(ends, &[0.0], &mut lines.plain),
            Order::Double => self.double(index, lines),
            Order::Triple => self.parallel(ends, &[-APART, 0.0, APART], &mut lines.plain),
            Order::Quadruple => {
                let half = APART * 0.45;
                self.parallel(
                    ends,
                    &[-3.0 * half, -half, half, 3.0 * half],
                    &mut lines.plain,
                );
            }
            Order::Aromatic => {
                self.parallel(ends, &[0.0], &mut lines.plain);
                let side = self.ring_side(ends).unwrap_or(1.0);
                if let Some(line) = self.inner(ends, side) {
                    lines.dashed.push(line);
                }
            }
            Order::Any => self.parallel(ends, &[0.0], &mut lines.dashed),
            Order::Dative => {
                let [from, to] = self.clipped(ends, 0.0);
                let way = (to - from).unit();
                let head = (0.28 * self.bond).min(from.distance(to) * 0.6);
                let wing = way.left() * (0.4 * head);
                let back = to - way * head;
                lines.plain.push([from, back]);
                lines.filled.push(vec![to, back + wing, back - wing]);
            }
        }
    }

    /// Lines beside each other, so many bond lengths to the left of the axis.
    fn parallel(&self, ends: [usize; 2], offsets: &[f64], into: &mut Vec<[Point; 2]>) {
        into.extend(offsets.iter().map(|&offset| self.clipped(ends, offset)));
    }

    fn along(&self, ends: [usize; 2]) -> Point {
        (self.points[ends[1]] - self.points[ends[0]]).unit()
    }

    /// The line of a bond, moved to its left, with gaps at letters.
    fn clipped(&self, ends: [usize; 2], offset: f64) -> [Point; 2] {
        let way = self.along(ends);
        let [from, to] = ends.map(|end| self.points[end]);
        let length = from.distance(to);
        let gap = |end: usize, way: Point| (self.clearance)(end, way).min(0.45 * length);
        let (start, end) = (gap(ends[0], way), gap(ends[1], -way));
        let aside = way.left() * (offset * self.bond);
        [from + way * start + aside, to - way * end + aside]
    }

    fn double(&self, index: usize, lines: &mut Lines) {
        let bond = &self.graph.bonds[index];
        let ends = bond.ends;
        let half = APART / 2.0;
        if bond.geometry == Geometry::Unknown {
            let first = self.clipped(ends, half);
            let second = self.clipped(ends, -half);
            lines.plain.push([first[0], second[1]]);
            lines.plain.push([second[0], first[1]]);
            return;
        }
        let side = self.ring_side(ends).or_else(|| self.chain_side(ends));
        let inner = side.and_then(|side| self.inner(ends, side));
        match inner {
            Some(inner) => {
                lines.plain.push(self.clipped(ends, 0.0));
                lines.plain.push(inner);
            }
            None => self.parallel(ends, &[-half, half], &mut lines.plain),
        }
    }

    /// The side of a bond on which its ring is, 1 for the left; `None` for bonds of no small ring.
    fn ring_side(&self, ends: [usize; 2]) -> Option<f64> {
        let has = |ring: &&Vec<usize>| ring.len() <= 8 && ends.iter().all(|end| ring.contains(end));
        let doubles = |ring: &Vec<usize>| {
            let pairs = (0..ring.len()).map(|at| (ring[at], ring[(at + 1) % ring.len()]));
            let order = |(first, second)| self.graph.order_between(first, second);
            let double =
                pairs.filter(|&pair| matches!(order(pair), Some(Order::Double | Order::Aromatic)));
            double.count()
        };
        // Of two rings the one with more double bonds, as benzene has; then that of six.
        let ring = self
            .graph
            .rings
            .iter()
            .filter(has)
            .max_by_key(|ring| (doubles(ring), usize::from(ring.len() == 6)))?;
        let centre = middle(ring.iter().map(|&atom| self.points[atom]));
        Some(self.side_of(ends, centre))
    }

    fn side_of(&self, ends: [usize; 2], point: Point) -> f64 {
        let cross = self.along(ends).cross(point - self.points[ends[0]]);
        if cross >= 0.0 { 1.0 } else { -1.0 }
    }

    /// The side of a double bond in a chain on which its second line goes; `None` where both lines
    /// are beside the axis: to an end that is no carbon, and between two double bonds.
    fn chain_side(&self, ends: [usize; 2]) -> Option<f64> {
        let mut sum = 0.0;
        for end in 0..2 {
            let (atom, partner) = (ends[end], ends[1 - end]);
            if self.graph.is_linear(atom) {
                return None;
            }
            if self.graph.around[atom].len() == 1 && self.lettered[atom] {
                return None;
            }
            for other in self
                .graph
                .neighbours(atom)
                .filter(|&other| other != partner)
            {
                sum += self.side_of(ends, self.points[other]);
            }
        }
        let alone = ends.iter().all(|&end| self.graph.around[end].len() == 1);
        if alone {
            return None;
        }
        if sum.abs() > 0.5 {
            return Some(sum.signum());
        }
        // Of equal sides the inside of a large ring, or else below.
        let large = self
            .graph
            .rings
            .iter()
            .find(|ring| ends.iter().all(|end| ring.contains(end)));
        let towards = match large {
            Some(ring) => middle(ring.iter().map(|&atom| self.points[atom])),
            None => self.points[ends[0]] + Point::new(0.1, 1.0),
        };
        Some(self.side_of(ends, towards))
    }

    /// The second line of a double bond on one side, shortened so that it meets no other bond.
    fn inner(&self, ends: [usize; 2], side: f64) -> Option<[Point; 2]> {
        let way = self.along(ends);
        let distance = APART * self.bond;
        let aside = way.left() * (side * distance);
        let [from, to] = ends.map(|end| self.points[end]);
        let length = from.distance(to);
        let mut cuts = [0.0; 2];
        for end in 0..2 {
            let (atom, partner) = (ends[end], ends[1 - end]);
            let inward = if end == 0 { way } else { -way };
            if self.lettered[atom] {
                cuts[end] = (self.clearance)(atom, inward).min(0.45 * length);
                continue;
            }
            // Half the angle to the nearest neighbour on this side.
            let narrowest = self
                .graph
                .neighbours(atom)
                .filter(|&other| other != partner)
                .map(|other| (self.points[other] - self.points[atom]).unit())
                .filter(|other| other.dot(aside) > 0.02 * distance)
                .map(|other| inward.dot(other).clamp(-1.0, 1.0).acos())
                .fold(PI, f64::min);
            cuts[end] = if narrowest < PI - 0.1 {
                distance / (narrowest / 2.0).tan()
            } else if self.graph.around[atom].len() > 1 {
                0.1 * self.bond
            } else {
                0.0
            };
        }
        (cuts[0] + cuts[1] < 0.85 * length)
            .then(|| [from + aside + way * cuts[0], to + aside - way * cuts[1]])
    }

    fn wedge(&self, index: usize, wedge: &Wedge, lines: &mut Lines) {
        let other = self.graph.bonds[index].other(wedge.from);
        let ends = [wedge.from, other];
        let [from, to] = self.clipped(ends, 0.0);
        let way = self.along(ends);
        let wide = (WIDE * self.bond).max(1.1 * self.line);
        if wedge.up {
            let [left, right] = self.wide_corners(ends, to, way, wide);
            let tip = way.left() * (0.35 * self.line);
            lines.filled.push(vec![from + tip, left, right, from - tip]);
            return;
        }
        let length = from.distance(to);
        let step = (HASH * self.bond).max(1.9 * self.line * 0.8);
        let count = (length / step).round().max(3.0);
        for stroke in 0..=count as usize {
            let share = stroke as f64 / count;
            let half = way.left() * (wide * (0.12 + 0.88 * share));
            let at = from + way * (length * share);
            lines.hashes.push([at - half, at + half]);
        }
    }

    /// The corners at the wide end of a solid wedge: they follow the one bond that goes on there.
    fn wide_corners(&self, ends: [usize; 2], to: Point, way: Point, wide: f64) -> [Point; 2] {
        let aside = way.left() * wide;
        let plain = [to + aside, to - aside];
        let next: Vec<usize> = self
            .graph
            .neighbours(ends[1])
            .filter(|&other| other != ends[0])
            .collect();
        let [next] = next.as_slice() else {
            return plain;
        };
        let single = self.graph.order_between(ends[1], *next) == Some(Order::Single);
        let onward = (self.points[*next] - self.points[ends[1]]).unit();
        let angle = way.dot(onward).clamp(-1.0, 1.0).acos();
        if self.lettered[ends[1]] || !single || !(0.4..1.9).contains(&angle) {
            return plain;
        }
        // Both sides of the wedge end on the middle line of that bond.
        let meet = |corner: Point| {
            let side = corner - to;
            let across = way.cross(onward);
            let share = side.cross(onward) / across;
            corner - way * share
        };
        plain.map(meet)
    }
}
