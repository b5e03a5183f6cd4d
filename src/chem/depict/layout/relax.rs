//! Ring systems that no regular polygons fit: their atoms are moved until bonds have length 1,
//! angles are near those of the rings, and atoms keep their distance.

use std::f64::consts::PI;

use super::super::graph::Graph;
use super::super::point::Point;
use super::system::System;

/// A wish for the distance of two atoms.
struct Wish {
    ends: [usize; 2],
    distance: f64,
    /// Share of the error that is mended in one round.
    weight: f64,
}

/// Distance of two neighbours at the widest angle, of 140 degrees.
const WIDEST: f64 = 1.88;

/// Rings up to this size want to be regular.
const REGULAR: usize = 8;

/// Distance between two corners of a regular polygon, so many sides apart.
fn chord(size: usize, apart: usize) -> f64 {
    let half = PI / size as f64;
    (half * apart as f64).sin() / half.sin()
}

fn wishes(system: &System, shape: f64) -> Vec<Wish> {
    let mut found: Vec<Wish> = system
        .bonds()
        .into_iter()
        .map(|ends| Wish {
            ends,
            distance: 1.0,
            weight: 0.5,
        })
        .collect();
    for ring in &system.rings {
        let size = ring.len();
        let places: Vec<usize> = ring.iter().filter_map(|&atom| system.place(atom)).collect();
        let farthest = if size > REGULAR { 2 } else { size / 2 };
        for apart in 2..=farthest {
            for start in 0..size {
                let ends = [places[start], places[(start + apart) % size]];
                let distance = if size > REGULAR {
                    3.0_f64.sqrt()
                } else {
                    chord(size, apart)
                };
                let weight = if size > REGULAR {
                    0.3 * shape
                } else {
                    0.35 * shape
                };
                found.push(Wish {
                    ends,
                    distance,
                    weight,
                });
            }
        }
    }
    found
}

/// Moves the atoms; `shape`, between 0 and 1, is how much regular rings matter.
pub(super) fn relax(
    graph: &Graph,
    system: &System,
    points: &mut [Point],
    shape: f64,
    rounds: usize,
) {
    let count = points.len();
    let wishes = wishes(system, shape);
    let angles = angles(graph, system);
    let mut bonded = vec![false; count * count];
    for wish in &wishes {
        if wish.distance < 1.01 {
            let [first, second] = wish.ends;
            bonded[first * count + second] = true;
            bonded[second * count + first] = true;
        }
    }
    for round in 0..rounds {
        let share = if round * 3 < rounds { 1.0 } else { 0.6 };
        for wish in &wishes {
            let [first, second] = wish.ends;
            pull(points, first, second, wish.distance, wish.weight * share);
        }
        for &([first, second], most) in &angles {
            let distance = points[first].distance(points[second]);
            if distance > most {
                pull(points, first, second, most, 0.2 * share);
            } else if most > 1.95 {
                pull(points, first, second, most, 0.4 * share);
            }
        }
        for first in 0..count {
            for second in first + 1..count {
                let least = 0.9;
                if !bonded[first * count + second] && points[first].distance(points[second]) < least
                {
                    pull(points, first, second, least, 0.25 * share);
                }
            }
        }
    }
    // Bonds last: their lengths are what the eye compares.
    for _ in 0..30 {
        for wish in &wishes {
            if wish.distance < 1.01 {
                let [first, second] = wish.ends;
                pull(points, first, second, 1.0, 0.3);
            }
        }
    }
}

/// Pairs of neighbours of one atom, and their largest distance: 2 across a triple bond or between
/// two double bonds, less elsewhere, so that no atom looks as if it were on a straight line.
fn angles(graph: &Graph, system: &System) -> Vec<([usize; 2], f64)> {
    let mut found = Vec::new();
    for &atom in &system.atoms {
        let around: Vec<usize> = graph
            .neighbours(atom)
            .filter_map(|other| system.place(other))
            .collect();
        for (index, &first) in around.iter().enumerate() {
            for &second in &around[index + 1..] {
                let most = if graph.is_linear(atom) { 2.0 } else { WIDEST };
                // Three ring bonds fill the whole turn; of four, two are opposite.
                if around.len() < 4 {
                    found.push(([first, second], most));
                }
            }
        }
    }
    found
}

fn pull(points: &mut [Point], first: usize, second: usize, distance: f64, weight: f64) {
    let way = points[second] - points[first];
    let length = way.length();
    let along = if length > 1e-6 {
        way * (1.0 / length)
    } else {
        // Atoms in one place part in a direction that depends on nothing but their places.
        Point::towards((first * 7 + second * 13) as f64)
    };
    let step = along * ((length - distance) * weight * 0.5);
    points[first] = points[first] + step;
    points[second] = points[second] - step;
}
