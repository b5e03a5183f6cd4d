//! How good the shape of a ring system is.

use super::super::graph::{Geometry, Graph};
use super::super::point::{Point, cross, widest_gap};
use super::rings::crossings;
use super::system::System;

/// Whether all bonds have the same length, no atoms are near each other, and no bonds cross.
pub(super) fn is_flawless(graph: &Graph, system: &System, points: &[Point]) -> bool {
    let bonds = system.bonds();
    let even =
        |&[first, second]: &[usize; 2]| (points[first].distance(points[second]) - 1.0).abs() < 0.03;
    bonds.iter().all(even) && nearest(points) > 0.7 && wrong_sides(graph, system, points) == 0
}

fn nearest(points: &[Point]) -> f64 {
    let mut least = f64::INFINITY;
    for (index, point) in points.iter().enumerate() {
        for other in &points[index + 1..] {
            least = least.min(point.distance(*other));
        }
    }
    least
}

/// The cost of a shape, 0 for a perfect one.
pub(super) fn cost(graph: &Graph, system: &System, points: &[Point]) -> f64 {
    let bonds = system.bonds();
    let mut cost = 20.0 * crossings(points, &bonds) as f64;
    cost += 60.0 * wrong_sides(graph, system, points) as f64;
    let mut bonded = vec![Vec::new(); points.len()];
    for &[first, second] in &bonds {
        bonded[first].push(second);
        bonded[second].push(first);
        let error = points[first].distance(points[second]) - 1.0;
        cost += 15.0 * error * error;
        for (atom, point) in points.iter().enumerate() {
            if atom != first && atom != second {
                let room = point.distance_to_line(points[first], points[second]);
                cost += 12.0 * (0.45 - room).max(0.0);
            }
        }
    }
    for (first, point) in points.iter().enumerate() {
        for (second, other) in points.iter().enumerate().skip(first + 1) {
            if !bonded[first].contains(&second) {
                cost += 12.0 * (0.75 - point.distance(*other)).max(0.0);
            }
        }
        // Narrow angles.
        for (index, &one) in bonded[first].iter().enumerate() {
            for &other in &bonded[first][index + 1..] {
                let ways = [points[one] - *point, points[other] - *point];
                let angle = ways[0].cross(ways[1]).atan2(ways[0].dot(ways[1])).abs();
                cost += 2.0 * (0.95 - angle).max(0.0);
            }
        }
    }
    cost + irregularity(system, points) + stubs(graph, system, points, &bonds)
}

/// The cost of substituents that would be on the ring system's own atoms and bonds.
fn stubs(graph: &Graph, system: &System, points: &[Point], bonds: &[[usize; 2]]) -> f64 {
    let mut cost = 0.0;
    for (place, &atom) in system.atoms.iter().enumerate() {
        let inside = |other: &usize| system.place(*other).is_some();
        let outside = graph
            .neighbours(atom)
            .filter(|other| !inside(other))
            .count();
        let angles = graph
            .neighbours(atom)
            .filter_map(|other| system.place(other))
            .map(|other| (points[other] - points[place]).angle());
        let (start, gap) = widest_gap(angles.collect());
        for index in 1..=outside {
            let direction = start + gap * index as f64 / (outside + 1) as f64;
            let end = points[place] + Point::towards(direction);
            for &[first, second] in bonds {
                let line = [points[first], points[second]];
                if first != place && second != place && cross(line, [points[place], end]) {
                    cost += 6.0;
                }
            }
            for (other, point) in points.iter().enumerate() {
                if other != place {
                    cost += 6.0 * (0.5 - point.distance(end)).max(0.0);
                }
            }
        }
    }
    cost
}

/// How far the small rings are from regular polygons.
fn irregularity(system: &System, points: &[Point]) -> f64 {
    let mut sum = 0.0;
    for ring in &system.rings {
        let size = ring.len();
        let corners: Vec<Point> = ring
            .iter()
            .filter_map(|&atom| system.place(atom))
            .map(|place| points[place])
            .collect();
        if size > 8 || corners.len() < size {
            continue;
        }
        let ideal = std::f64::consts::TAU / size as f64;
        for at in 0..size {
            let way = corners[at] - corners[(at + size - 1) % size];
            let next = corners[(at + 1) % size] - corners[at];
            let turn = way.cross(next).atan2(way.dot(next)).abs();
            sum += 0.25 * (turn - ideal).abs();
        }
    }
    sum
}

/// Double bonds inside the rings that are drawn with the other geometry than theirs.
pub(super) fn wrong_sides(graph: &Graph, system: &System, points: &[Point]) -> usize {
    let mut count = 0;
    for &[first, second] in &system.bonds() {
        let ends = [system.atoms[first], system.atoms[second]];
        let Some(bond) = graph.bond_between(ends[0], ends[1]) else {
            continue;
        };
        if let Some(cis) = ring_sides(graph, system, bond) {
            let [beside, other] = cis.0;
            let side =
                |atom: usize| (points[second] - points[first]).cross(points[atom] - points[first]);
            let is_cis = side(beside) * side(other) > 0.0;
            count += usize::from(is_cis != cis.1);
        }
    }
    count
}

/// For a double bond in a ring with a given geometry: a ring neighbour of each end, by their places
/// in the system, and whether they are on one side.
pub(super) fn ring_sides(
    graph: &Graph,
    system: &System,
    bond: usize,
) -> Option<([usize; 2], bool)> {
    let bond = &graph.bonds[bond];
    let Geometry::Given { beside, mut cis } = bond.geometry else {
        return None;
    };
    let mut places = [0; 2];
    for end in 0..2 {
        let (atom, partner) = (bond.ends[end], bond.ends[1 - end]);
        let near = if system.place(beside[end]).is_some() {
            beside[end]
        } else {
            // The neighbour named is outside: the ring goes on along the other one.
            cis = !cis;
            graph
                .neighbours(atom)
                .find(|&other| other != partner && other != beside[end])?
        };
        places[end] = system.place(near)?;
    }
    Some((places, cis))
}

/// The candidate of least cost.
pub(super) fn best(graph: &Graph, system: &System, candidates: Vec<Vec<Point>>) -> Vec<Point> {
    let costs = candidates
        .into_iter()
        .map(|points| (cost(graph, system, &points), points));
    let least = costs.min_by(|first, second| first.0.total_cmp(&second.0));
    least.map_or(Vec::new(), |(_, points)| points)
}
