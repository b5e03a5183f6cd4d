//! Bridged rings without a template: an outer ring as a polygon with the rest inside it, relaxed.

use super::super::graph::Graph;
use super::super::point::{Point, middle};
use super::rings::polygon;
use super::system::{System, shared};
use super::{quality, relax};

/// Outer rings that are tried.
const TRIED: usize = 10;

/// The shape of a block of bridged rings.
pub(super) fn shape(graph: &Graph, block: &System) -> Vec<Point> {
    quality::best(graph, block, candidates(graph, block))
}

/// Relaxed drawings, each with another ring outside.
pub(super) fn candidates(graph: &Graph, system: &System) -> Vec<Vec<Point>> {
    let mut found = Vec::new();
    for outer in outer_rings(system) {
        let start = inside(system, &outer);
        for shape in [0.8, 0.3, 0.0] {
            let mut points = start.clone();
            relax::relax(graph, system, &mut points, shape, 300);
            found.push(points);
        }
    }
    found
}

/// Rings that may be outside: the smallest rings, and the outlines of two or more of them
/// together, the longest first.
fn outer_rings(system: &System) -> Vec<Vec<usize>> {
    let places = |ring: &Vec<usize>| -> Vec<usize> {
        ring.iter().filter_map(|&atom| system.place(atom)).collect()
    };
    let rings: Vec<Vec<usize>> = system.rings.iter().map(places).collect();
    let mut groups: Vec<Vec<usize>> = (0..rings.len()).map(|ring| vec![ring]).collect();
    groups.push((0..rings.len()).collect());
    let mut at = 0;
    while at < groups.len() && groups.len() < 120 {
        let group = groups[at].clone();
        at += 1;
        let last = group.last().copied().unwrap_or(0);
        for next in last + 1..rings.len() {
            if group
                .iter()
                .any(|&ring| shared(&rings[ring], &rings[next]) >= 2)
            {
                groups.push([group.as_slice(), &[next]].concat());
            }
        }
    }
    let mut found: Vec<Vec<usize>> = groups
        .iter()
        .filter_map(|group| outline(group.iter().map(|&ring| rings[ring].as_slice())))
        .collect();
    found.sort_by_key(|ring| std::cmp::Reverse(ring.len()));
    let mut seen: Vec<Vec<usize>> = Vec::new();
    found.retain(|ring| {
        let mut sorted = ring.clone();
        sorted.sort_unstable();
        let new = !seen.contains(&sorted);
        if new {
            seen.push(sorted);
        }
        new
    });
    found.truncate(TRIED);
    found
}

/// The bonds that an odd number of the rings have, where they are one ring.
fn outline<'a>(rings: impl Iterator<Item = &'a [usize]>) -> Option<Vec<usize>> {
    let mut bonds: Vec<[usize; 2]> = Vec::new();
    for ring in rings {
        for (at, &first) in ring.iter().enumerate() {
            let second = ring[(at + 1) % ring.len()];
            let bond = [first.min(second), first.max(second)];
            if let Some(found) = bonds.iter().position(|other| *other == bond) {
                bonds.swap_remove(found);
            } else {
                bonds.push(bond);
            }
        }
    }
    let start = bonds.first()?[0];
    let mut ring = vec![start];
    let mut last = start;
    while let Some(found) = bonds.iter().position(|bond| bond.contains(&last)) {
        let bond = bonds.swap_remove(found);
        last = if bond[0] == last { bond[1] } else { bond[0] };
        if last == start {
            break;
        }
        ring.push(last);
    }
    (bonds.is_empty() && last == start && ring.len() > 2).then_some(ring)
}

/// The outer ring as a polygon, every other atom in the middle of its neighbours (Tutte 1963).
fn inside(system: &System, outer: &[usize]) -> Vec<Point> {
    let count = system.atoms.len();
    let mut around = vec![Vec::new(); count];
    for [first, second] in system.bonds() {
        around[first].push(second);
        around[second].push(first);
    }
    let mut points: Vec<Point> = (0..count)
        .map(|place| Point::new(0.05 * (place % 5) as f64, 0.03 * (place % 7) as f64))
        .collect();
    let mut fixed = vec![false; count];
    for (&place, corner) in outer.iter().zip(polygon(outer.len())) {
        points[place] = corner;
        fixed[place] = true;
    }
    for _ in 0..100 {
        for place in 0..count {
            if !fixed[place] {
                points[place] = middle(around[place].iter().map(|&other| points[other]));
            }
        }
    }
    // Off the line of two neighbours, where relaxing could not move an atom.
    for place in 0..count {
        if !fixed[place] {
            points[place] = points[place] + Point::towards(place as f64) * 0.1;
        }
    }
    points
}
