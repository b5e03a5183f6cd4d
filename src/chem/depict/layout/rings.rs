//! The shape of a ring system: regular polygons side by side where they fit, templates and
//! relaxed shapes where they do not.

use std::f64::consts::{PI, TAU};

use super::super::graph::Graph;
use super::super::point::{Point, cross, middle};
use super::system::{System, shared};
use super::{bridged, macrocycle, quality, relax, template};

/// Rings of more atoms than this are not drawn as regular polygons.
pub(super) const LARGEST_POLYGON: usize = 8;

/// Coordinates of a ring system's atoms, in the order of its atoms.
pub(super) fn shape(graph: &Graph, system: &System) -> Vec<Point> {
    if let Some(points) = template::find(graph, system) {
        return points;
    }
    let grown = grow(graph, system);
    if quality::is_flawless(graph, system, &grown) {
        return grown;
    }
    let mut candidates = vec![grown];
    for shape in [1.0, 0.4] {
        let mut points = candidates[0].clone();
        relax::relax(graph, system, &mut points, shape, 300);
        candidates.push(points);
    }
    candidates.extend(bridged::candidates(graph, system));
    quality::best(graph, system, candidates)
}

/// Places block after block, each at the atoms that it shares with those before it.
fn grow(graph: &Graph, system: &System) -> Vec<Point> {
    let mut waiting = system.blocks();
    let mut placed: Vec<Option<Point>> = vec![None; system.atoms.len()];
    let first = first_block(&waiting);
    let block = waiting.swap_remove(first);
    for (&atom, point) in block.atoms.iter().zip(block_shape(graph, system, &block)) {
        put(system, &mut placed, atom, point);
    }
    while !waiting.is_empty() {
        let known = |block: &System| {
            let is_known = |atom: &&usize| at(system, &placed, **atom).is_some();
            block.atoms.iter().filter(is_known).count()
        };
        // The block with the least to place; every block left shares atoms with some other.
        let next = (0..waiting.len())
            .filter(|&index| known(&waiting[index]) > 1)
            .min_by_key(|&index| waiting[index].atoms.len() - known(&waiting[index]));
        let block = waiting.swap_remove(next.unwrap_or(0));
        if let [ring] = block.rings.as_slice() {
            close_ring(system, ring, &mut placed);
        } else {
            let points = block_shape(graph, system, &block);
            join_block(system, &block, &points, &mut placed);
        }
    }
    placed.into_iter().map(Option::unwrap_or_default).collect()
}

/// Where the drawing of a system begins: its largest ring where that is no polygon, then blocks of
/// bridged rings, then the ring with the most neighbours.
fn first_block(blocks: &[System]) -> usize {
    let key = |block: &System| {
        let longest = block.rings.iter().map(Vec::len).max().unwrap_or(0);
        let large = if longest > LARGEST_POLYGON {
            longest
        } else {
            0
        };
        let beside = |other: &&System| shared(&block.atoms, &other.atoms) >= 2;
        let neighbours = blocks.iter().filter(beside).count();
        let six = usize::from(longest == 6);
        (large, block.rings.len(), neighbours, six)
    };
    let keys: Vec<_> = blocks.iter().map(key).collect();
    let order = (0..blocks.len()).rev();
    order.max_by_key(|&index| keys[index]).unwrap_or(0)
}

fn block_shape(graph: &Graph, system: &System, block: &System) -> Vec<Point> {
    let [ring] = block.rings.as_slice() else {
        return template::find(graph, block).unwrap_or_else(|| bridged::shape(graph, block));
    };
    let points = if ring.len() > LARGEST_POLYGON {
        macrocycle::shape(graph, system, ring)
    } else {
        polygon(ring.len())
    };
    let mut sorted: Vec<(usize, Point)> = ring.iter().copied().zip(points).collect();
    sorted.sort_unstable_by_key(|&(atom, _)| atom);
    sorted.into_iter().map(|(_, point)| point).collect()
}

/// A regular polygon of sides of length 1, counterclockwise.
pub(super) fn polygon(size: usize) -> Vec<Point> {
    let radius = 0.5 / (PI / size as f64).sin();
    let corner = |at: usize| Point::towards(TAU * at as f64 / size as f64) * radius;
    (0..size).map(corner).collect()
}

fn at(system: &System, placed: &[Option<Point>], atom: usize) -> Option<Point> {
    system.place(atom).and_then(|place| placed[place])
}

fn put(system: &System, placed: &mut [Option<Point>], atom: usize, point: Point) {
    if let Some(place) = system.place(atom) {
        placed[place] = Some(point);
    }
}

/// Places the atoms of a ring that are not placed yet, as arcs between those that are.
pub(super) fn close_ring(system: &System, ring: &[usize], placed: &mut [Option<Point>]) {
    let size = ring.len();
    let Some(start) = (0..size).find(|&place| {
        let next = ring[(place + 1) % size];
        at(system, placed, ring[place]).is_some() && at(system, placed, next).is_none()
    }) else {
        return;
    };
    let mut from = start;
    while from < start + size {
        let mut to = from + 1;
        while at(system, placed, ring[to % size]).is_none() {
            to += 1;
        }
        let ends = (
            at(system, placed, ring[from % size]),
            at(system, placed, ring[to % size]),
        );
        if let (Some(first), Some(second), true) = (ends.0, ends.1, to > from + 1) {
            let points = best_arc(first, second, to - from - 1, placed);
            for (step, point) in points.into_iter().enumerate() {
                put(system, placed, ring[(from + 1 + step) % size], point);
            }
        }
        from = to;
    }
}

/// The arc on the side with more room.
fn best_arc(from: Point, to: Point, count: usize, placed: &[Option<Point>]) -> Vec<Point> {
    let others: Vec<Point> = placed.iter().flatten().copied().collect();
    let cost = |points: &[Point]| crowd(points, &others);
    let (left, right) = (arc(from, to, count, 1.0), arc(from, to, count, -1.0));
    if cost(&left) <= cost(&right) {
        left
    } else {
        right
    }
}

/// How much some points are in the way of others.
fn crowd(points: &[Point], others: &[Point]) -> f64 {
    let near = |point: &Point, other: &Point| {
        let square = (*point - *other).dot(*point - *other);
        1.0 / (square * square + 0.01)
    };
    let pairs = points
        .iter()
        .flat_map(|point| others.iter().map(move |other| near(point, other)));
    pairs.sum()
}

/// `count` points on an arc from one point to another, so that all steps have length 1 where that
/// is possible; `side` is 1 for the left side of the way and -1 for the right.
fn arc(from: Point, to: Point, count: usize, side: f64) -> Vec<Point> {
    let steps = (count + 1) as f64;
    let chord = to - from;
    let length = chord.length();
    let spans = |angle: f64| (steps * angle / 2.0).sin() / (angle / 2.0).sin();
    let (mut low, mut high) = (1e-6, TAU / steps);
    for _ in 0..60 {
        let angle = f64::midpoint(low, high);
        if spans(angle) > length {
            low = angle;
        } else {
            high = angle;
        }
    }
    let turn = low;
    let step = if length >= steps { length / steps } else { 1.0 };
    let mut heading = chord.angle() + side * turn * (steps - 1.0) / 2.0;
    let mut point = from;
    let mut points = Vec::with_capacity(count);
    for _ in 0..count {
        point = point + Point::towards(heading) * step;
        points.push(point);
        heading -= side * turn;
    }
    points
}

/// Places a rigid block at the atoms that it shares with those that are placed, mirrored where
/// there is more room so.
fn join_block(system: &System, block: &System, points: &[Point], placed: &mut [Option<Point>]) {
    let common: Vec<(Point, Point)> = block
        .atoms
        .iter()
        .zip(points)
        .filter_map(|(&atom, &point)| Some((point, at(system, placed, atom)?)))
        .collect();
    let others: Vec<Point> = placed.iter().flatten().copied().collect();
    let mut best: Option<(f64, Vec<Point>)> = None;
    for mirror in [false, true] {
        let moved = superposed(points, &common, mirror);
        let pairs = block.atoms.iter().zip(&moved);
        let new = pairs.filter(|(atom, _)| at(system, placed, **atom).is_none());
        let new: Vec<Point> = new.map(|(_, point)| *point).collect();
        let cost = crowd(&new, &others);
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, moved));
        }
    }
    for (&atom, point) in block
        .atoms
        .iter()
        .zip(best.map_or(Vec::new(), |(_, moved)| moved))
    {
        if at(system, placed, atom).is_none() {
            put(system, placed, atom, point);
        }
    }
}

/// The points moved, turned and, if asked for, mirrored so that the first of each pair comes
/// nearest to the second.
pub(super) fn superposed(points: &[Point], pairs: &[(Point, Point)], mirror: bool) -> Vec<Point> {
    let flip = |point: Point| {
        if mirror {
            Point::new(point.x, -point.y)
        } else {
            point
        }
    };
    let from = middle(pairs.iter().map(|pair| flip(pair.0)));
    let to = middle(pairs.iter().map(|pair| pair.1));
    let (mut sin, mut cos) = (0.0, 0.0);
    for &(first, second) in pairs {
        let (first, second) = (flip(first) - from, second - to);
        cos += first.dot(second);
        sin += first.cross(second);
    }
    let angle = if sin == 0.0 && cos == 0.0 {
        0.0
    } else {
        sin.atan2(cos)
    };
    let moved = |&point: &Point| (flip(point) - from).turned(angle) + to;
    points.iter().map(moved).collect()
}

/// Whether any two of some lines cross.
pub(super) fn crossings(points: &[Point], bonds: &[[usize; 2]]) -> usize {
    let mut count = 0;
    for (index, &[a, b]) in bonds.iter().enumerate() {
        for &[c, d] in &bonds[index + 1..] {
            let joined = a == c || a == d || b == c || b == d;
            let lines = ([points[a], points[b]], [points[c], points[d]]);
            count += usize::from(!joined && cross(lines.0, lines.1));
        }
    }
    count
}
