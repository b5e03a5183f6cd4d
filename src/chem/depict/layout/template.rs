//! Ring systems that chemists draw in one way: cages and bridged rings, seen from the side.

use super::super::graph::Graph;
use super::super::point::Point;
use super::quality;
use super::system::System;

/// Bonds and places of a ring system's atoms.
struct Template {
    bonds: &'static [[usize; 2]],
    points: &'static [[f64; 2]],
}

const NORBORNANE: &[[usize; 2]] = &[
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 5],
    [5, 0],
    [0, 6],
    [6, 3],
];
const TROPANE: &[[usize; 2]] = &[
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 5],
    [5, 6],
    [6, 0],
    [0, 7],
    [7, 4],
];
const BICYCLOOCTANE: &[[usize; 2]] = &[
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 5],
    [5, 0],
    [0, 6],
    [6, 7],
    [7, 3],
];
const ADAMANTANE: &[[usize; 2]] = &[
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 5],
    [5, 6],
    [6, 7],
    [7, 8],
    [7, 9],
    [5, 0],
    [8, 1],
    [9, 3],
];
const CUBANE: &[[usize; 2]] = &[
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 0],
    [4, 5],
    [5, 6],
    [6, 7],
    [7, 4],
    [0, 4],
    [1, 5],
    [2, 6],
    [3, 7],
];

const TEMPLATES: &[Template] = &[
    // Bicyclo[2.2.1]heptane with its bridge of one atom on top, and inside.
    Template {
        bonds: NORBORNANE,
        points: &[
            [-0.85, 0.2],
            [-0.55, -0.75],
            [0.55, -0.75],
            [0.85, 0.2],
            [0.32, -0.1],
            [-0.32, -0.1],
            [0.0, 0.9],
        ],
    },
    Template {
        bonds: NORBORNANE,
        points: &[
            [-0.95, 0.0],
            [-0.5, -0.87],
            [0.5, -0.87],
            [0.95, 0.0],
            [0.5, 0.87],
            [-0.5, 0.87],
            [0.0, 0.3],
        ],
    },
    // Bicyclo[3.2.1]octane, as tropane: its bridge of one atom on top, and inside.
    Template {
        bonds: TROPANE,
        points: &[
            [-0.87, 0.5],
            [-0.87, -0.5],
            [0.0, -1.0],
            [0.87, -0.5],
            [0.87, 0.5],
            [0.36, 0.05],
            [-0.36, 0.05],
            [0.0, 1.0],
        ],
    },
    Template {
        bonds: TROPANE,
        points: &[
            [0.0, 0.95],
            [0.95, 0.8],
            [1.55, 0.0],
            [0.95, -0.8],
            [0.0, -0.95],
            [-0.92, -0.55],
            [-0.92, 0.55],
            [0.25, 0.0],
        ],
    },
    // Bicyclo[2.2.2]octane, as quinuclidine.
    Template {
        bonds: BICYCLOOCTANE,
        points: &[
            [-1.05, 0.0],
            [-0.55, -0.87],
            [0.55, -0.87],
            [1.05, 0.0],
            [0.55, 0.87],
            [-0.55, 0.87],
            [-0.36, 0.27],
            [0.36, -0.27],
        ],
    },
    Template {
        bonds: ADAMANTANE,
        points: &[
            [-1.25, -0.47],
            [-0.14, -0.86],
            [0.5, 0.11],
            [0.64, 0.97],
            [-0.48, 1.35],
            [-1.12, 0.38],
            [-0.5, -0.11],
            [0.62, -0.49],
            [0.48, -1.35],
            [1.25, 0.47],
        ],
    },
    Template {
        bonds: CUBANE,
        points: &[
            [-0.68, -0.68],
            [0.32, -0.68],
            [0.32, 0.32],
            [-0.68, 0.32],
            [-0.28, -0.32],
            [0.72, -0.32],
            [0.72, 0.68],
            [-0.28, 0.68],
        ],
    },
];

/// Ways to lay a template on a system that are looked at.
const MOST: usize = 100;

/// The coordinates of a system that has a template, in the order of its atoms; where there are
/// several ways, that with most room for substituents.
pub(super) fn find(graph: &Graph, system: &System) -> Option<Vec<Point>> {
    let bonds = system.bonds();
    let mut candidates = Vec::new();
    for template in TEMPLATES {
        if template.points.len() != system.atoms.len() || template.bonds.len() != bonds.len() {
            continue;
        }
        for places in matches(template.bonds, &bonds, system.atoms.len()) {
            let mut points = vec![Point::default(); places.len()];
            for (&place, &[x, y]) in places.iter().zip(template.points) {
                points[place] = Point::new(x, y);
            }
            candidates.push(points);
        }
    }
    (!candidates.is_empty()).then(|| quality::best(graph, system, candidates))
}

/// The ways in which the atoms of one graph are those of another of the same size.
fn matches(from: &[[usize; 2]], to: &[[usize; 2]], count: usize) -> Vec<Vec<usize>> {
    let around = |bonds: &[[usize; 2]]| {
        let mut around = vec![Vec::new(); count];
        for &[first, second] in bonds {
            around[first].push(second);
            around[second].push(first);
        }
        around
    };
    let (from, to) = (around(from), around(to));
    let mut found = Vec::new();
    extend(&from, &to, &mut Vec::new(), &mut found);
    found
}

fn extend(
    from: &[Vec<usize>],
    to: &[Vec<usize>],
    places: &mut Vec<usize>,
    found: &mut Vec<Vec<usize>>,
) {
    let next = places.len();
    if found.len() == MOST {
        return;
    }
    if next == from.len() {
        found.push(places.clone());
        return;
    }
    for place in 0..to.len() {
        let fits = !places.contains(&place)
            && from[next].len() == to[place].len()
            && from[next]
                .iter()
                .filter(|&&other| other < next)
                .all(|&other| to[place].contains(&places[other]));
        if fits {
            places.push(place);
            extend(from, to, places, found);
            places.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_whole() {
        for template in TEMPLATES {
            let count = template.points.len();
            let own = matches(template.bonds, template.bonds, count);
            assert!(own.contains(&(0..count).collect()), "each fits itself");
            for &[first, second] in template.bonds {
                let ends = [first, second].map(|end| template.points[end]);
                let length = (ends[0][0] - ends[1][0]).hypot(ends[0][1] - ends[1][1]);
                assert!((0.5..1.3).contains(&length), "{count}: {length}");
            }
        }
    }
}
