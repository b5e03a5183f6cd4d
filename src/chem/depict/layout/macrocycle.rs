//! Large rings: closed walks on the honeycomb, whose turns suit double bonds and substituents.
//!
//! Every turn of the walk is 60 degrees to the left or to the right, so angles are 120 degrees as in
//! chains; two turns alike at the ends of a bond make its ring neighbours cis, others trans.

use std::collections::HashMap;

use super::super::graph::{Geometry, Graph, Order};
use super::super::point::Point;
use super::relax;
use super::rings::{LARGEST_POLYGON, polygon};
use super::system::System;

/// Larger rings are drawn as polygons.
const LARGEST_WALK: usize = 48;
/// Walks that are kept after every step, and of those that meet in one place.
const KEPT: usize = 4_000;
const KEPT_IN_PLACE: usize = 3;
/// Cost of a double bond with the other geometry than its own.
const WRONG: f64 = 40.0;
/// Cost of a turn into a small ring that is fused to the large one.
const INTO_RING: f64 = 8.0;

/// The six steps of the honeycomb, counterclockwise, along two axes at 60 degrees.
const STEPS: [(i16, i16); 6] = [(1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)];

/// What the corners and sides of a ring ask for; a corner that no atom has, of a ring with an odd
/// number of atoms, asks for nothing.
struct Corner {
    /// Cost of a turn to the left, which makes the corner stick out, and of one to the right.
    cost: [f64; 2],
    /// Whether this corner and the next must turn the same way, and the cost if they do not.
    alike: Option<(bool, f64)>,
}

/// Coordinates of a ring's atoms, in the order of the ring.
pub(super) fn shape(graph: &Graph, system: &System, ring: &[usize]) -> Vec<Point> {
    let wishes = corners(graph, system, ring);
    let size = ring.len();
    let mut points = None;
    if size <= LARGEST_WALK {
        points = if size.is_multiple_of(2) {
            walk(&wishes).map(|(_, points)| points)
        } else {
            odd_walk(&wishes)
        };
    }
    let mut points = points.unwrap_or_else(|| polygon(size));
    // The walk is in the order of the ring; the system has its atoms in rising order.
    let single = System::new(std::iter::once(ring.to_vec()));
    let mut sorted = vec![Point::default(); size];
    for (&atom, &point) in ring.iter().zip(&points) {
        if let Some(place) = single.place(atom) {
            sorted[place] = point;
        }
    }
    relax::relax(graph, &single, &mut sorted, 1.0, 150);
    for (&atom, point) in ring.iter().zip(&mut points) {
        if let Some(place) = single.place(atom) {
            *point = sorted[place];
        }
    }
    points
}

/// A walk for a ring of an odd number of atoms: one corner more, which is left out afterwards.
fn odd_walk(wishes: &[Corner]) -> Option<Vec<Point>> {
    let size = wishes.len();
    let free = |corner: &Corner| corner.alike.is_none();
    let mut places: Vec<usize> = (0..size).filter(|&place| free(&wishes[place])).collect();
    let stride = places.len().div_ceil(4).max(1);
    places = places.into_iter().step_by(stride).collect();
    let mut best: Option<(f64, Vec<Point>)> = None;
    for place in places {
        let mut more: Vec<Corner> = Vec::with_capacity(size + 1);
        for (at, corner) in wishes.iter().enumerate() {
            more.push(Corner { ..*corner });
            if at == place {
                more.push(Corner {
                    cost: [0.0, 1.0],
                    alike: None,
                });
            }
        }
        if let Some((cost, mut points)) = walk(&more)
            && best.as_ref().is_none_or(|(least, _)| cost < *least)
        {
            points.remove(place + 1);
            best = Some((cost, points));
        }
    }
    best.map(|(_, points)| points)
}

fn corners(graph: &Graph, system: &System, ring: &[usize]) -> Vec<Corner> {
    let size = ring.len();
    let mut found: Vec<Corner> = (0..size)
        .map(|place| Corner {
            cost: [0.0, inward_cost(graph, ring, place)],
            alike: geometry(graph, ring, place),
        })
        .collect();
    for other in &system.rings {
        if other.len() > LARGEST_POLYGON {
            continue;
        }
        let inside: Vec<bool> = ring.iter().map(|atom| other.contains(atom)).collect();
        for place in 0..size {
            if !inside[place] {
                continue;
            }
            let before = inside[(place + size - 1) % size];
            let after = inside[(place + 1) % size];
            // A small ring is outside: the walk turns away from it at its ends, and around it between.
            let wrong = usize::from(!(before && after));
            found[place].cost[wrong] += INTO_RING;
        }
    }
    found
}

/// The cost of an atom's substituents pointing into the ring.
fn inward_cost(graph: &Graph, ring: &[usize], place: usize) -> f64 {
    let atom = ring[place];
    let mut cost = 0.1;
    for &(other, bond) in &graph.around[atom] {
        if !ring.contains(&other) {
            let end = graph.around[other].len() == 1;
            let oxo = end && graph.bonds[bond].order == Order::Double;
            cost += if oxo {
                1.5
            } else if end {
                2.5
            } else {
                // A branch has no room inside, and a ring even less.
                4.0 + 2.0 * (graph.around[other].len() as f64 - 1.0)
            };
        }
    }
    cost
}

/// What a double bond between this corner and the next asks for.
fn geometry(graph: &Graph, ring: &[usize], place: usize) -> Option<(bool, f64)> {
    let size = ring.len();
    let ends = [ring[place], ring[(place + 1) % size]];
    let bond = &graph.bonds[graph.bond_between(ends[0], ends[1])?];
    match bond.geometry {
        Geometry::Free => None,
        Geometry::Unknown => Some((false, 0.5)),
        Geometry::Given { beside, mut cis } => {
            for named in beside {
                // The neighbour named is outside: the ring goes on along the other one.
                cis ^= !ring.contains(&named);
            }
            Some((cis, WRONG))
        }
    }
}

/// A walk under way.
#[derive(Clone)]
struct Walk {
    cost: f64,
    places: Vec<(i16, i16)>,
    heading: usize,
    /// Turns to the left less turns to the right.
    turned: i32,
    /// The turns at its first corner after the start, and at its last.
    first: usize,
    last: usize,
}

/// The closed walk of least cost, and its cost; `None` where there is none.
fn walk(wishes: &[Corner]) -> Option<(f64, Vec<Point>)> {
    let size = wishes.len();
    let start = Walk {
        cost: 0.0,
        places: vec![(0, 0), STEPS[0]],
        heading: 0,
        turned: 0,
        first: 0,
        last: 0,
    };
    let mut walks = vec![start];
    for at in 1..size {
        let mut next: HashMap<((i16, i16), usize, i32), Vec<Walk>> = HashMap::new();
        for walk in &walks {
            for turn in 0..2 {
                let Some(longer) = step(walk, wishes, at, turn) else {
                    continue;
                };
                let place = longer.places[longer.places.len() - 1];
                let meeting = next
                    .entry((place, longer.heading, longer.turned))
                    .or_default();
                meeting.push(longer);
                if meeting.len() > 2 * KEPT_IN_PLACE {
                    cheapest(meeting, KEPT_IN_PLACE);
                }
            }
        }
        let mut kept: Vec<Walk> = Vec::new();
        for (_, mut meeting) in next {
            cheapest(&mut meeting, KEPT_IN_PLACE);
            kept.extend(meeting);
        }
        cheapest(&mut kept, KEPT);
        walks = kept;
    }
    let closed = walks.into_iter().filter_map(|walk| close(walk, wishes));
    let best = closed.min_by(|first, second| {
        let order = first.cost.total_cmp(&second.cost);
        order.then_with(|| first.places.cmp(&second.places))
    })?;
    let point = |&(a, b): &(i16, i16)| {
        let (a, b) = (f64::from(a), f64::from(b));
        Point::new(a + b * 0.5, b * 3.0_f64.sqrt() / 2.0)
    };
    Some((best.cost, best.places.iter().map(point).collect()))
}

fn cheapest(walks: &mut Vec<Walk>, count: usize) {
    walks.sort_by(|first, second| {
        let order = first.cost.total_cmp(&second.cost);
        order.then_with(|| first.places.cmp(&second.places))
    });
    walks.truncate(count);
}

/// One step more: a turn at corner `at`, to the left (0) or right (1).
fn step(walk: &Walk, wishes: &[Corner], at: usize, turn: usize) -> Option<Walk> {
    let size = wishes.len();
    let mut cost = walk.cost + wishes[at].cost[turn];
    if at > 1
        && let Some((alike, price)) = wishes[at - 1].alike
        && alike != (walk.last == turn)
    {
        cost += price;
    }
    let heading = (walk.heading + if turn == 0 { 1 } else { 5 }) % 6;
    let turned = walk.turned + if turn == 0 { 1 } else { -1 };
    let last = walk.places[walk.places.len() - 1];
    let place = (last.0 + STEPS[heading].0, last.1 + STEPS[heading].1);
    let left = (size - at - 1) as i32;
    // Turns left must suffice for a full turn, with the one at the start.
    if (6 - turned).abs() > left + 1 || i32::from(length(place)) > left {
        return None;
    }
    let ends = at + 1 == size;
    if ends != (place == (0, 0)) || (!ends && walk.places.contains(&place)) {
        return None;
    }
    let mut longer = Walk {
        cost,
        places: walk.places.clone(),
        heading,
        turned,
        first: if at == 1 { turn } else { walk.first },
        last: turn,
    };
    longer.places.push(place);
    Some(longer)
}

/// Steps from the start to a place.
fn length((a, b): (i16, i16)) -> i16 {
    a.abs().max(b.abs()).max((a + b).abs())
}

/// The walk with its turn at the start, the last; `None` unless that makes a full turn.
fn close(mut walk: Walk, wishes: &[Corner]) -> Option<Walk> {
    walk.places.pop();
    let size = wishes.len();
    let turn = match 6 - walk.turned {
        1 if walk.heading == 5 => 0,
        -1 if walk.heading == 1 => 1,
        _ => return None,
    };
    walk.cost += wishes[0].cost[turn];
    for (corner, pair) in [(size - 1, [walk.last, turn]), (0, [turn, walk.first])] {
        if let Some((alike, price)) = wishes[corner].alike
            && alike != (pair[0] == pair[1])
        {
            walk.cost += price;
        }
    }
    // Corners that touch across the ring look bonded; a round ring has room inside.
    let mut area = 0;
    for (at, &(a, b)) in walk.places.iter().enumerate() {
        let (c, d) = walk.places[(at + 1) % size];
        area += i32::from(a) * i32::from(d) - i32::from(c) * i32::from(b);
        for (later, &(c, d)) in walk.places.iter().enumerate().skip(at + 2) {
            let beside = at == 0 && later + 1 == size;
            if !beside && length((a - c, b - d)) == 1 {
                walk.cost += 1.2;
            }
        }
    }
    walk.cost -= 0.04 * f64::from(area);
    Some(walk)
}
