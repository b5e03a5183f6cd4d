//! Parts are turned to lie lengthwise, and placed side by side.

use std::f64::consts::PI;

use super::super::graph::{Graph, Order};
use super::super::point::{Point, middle};

/// Width of the box that a drawing is turned for, in heights.
const ASPECT: f64 = 1.4;
/// A drawing that fits at this scale, in boxes, gains nothing from being larger.
const ROOMY: f64 = 0.2;
/// Room for letters around the atoms, in bond lengths.
const MARGIN: f64 = 0.4;

/// Turns a part so that bonds go in the usual directions and it fills a wide box.
pub(super) fn lengthwise(graph: &Graph, part: &[usize], points: &mut [Point]) {
    let bonds: Vec<[usize; 2]> = graph
        .bonds
        .iter()
        .map(|bond| bond.ends)
        .filter(|ends| part.binary_search(&ends[0]).is_ok())
        .collect();
    let centre = middle(part.iter().map(|&atom| points[atom]));
    // The mean direction of bonds, where directions 30 degrees apart count as one.
    let sum = bonds
        .iter()
        .fold(Point::default(), |sum, &[first, second]| {
            sum + Point::towards((points[second] - points[first]).angle() * 12.0)
        });
    let offset = sum.angle() / 12.0;
    let mut best: Option<(f64, Vec<Point>)> = None;
    for step in 0..24 {
        let turn = PI / 6.0 * f64::from(step % 12) - offset;
        let moved: Vec<Point> = part
            .iter()
            .map(|&atom| {
                let point = (points[atom] - centre).turned(turn);
                if step < 12 {
                    point
                } else {
                    Point::new(-point.x, point.y)
                }
            })
            .collect();
        let worth = worth(graph, part, &moved, &bonds);
        if best.as_ref().is_none_or(|(most, _)| worth > *most + 1e-9) {
            best = Some((worth, moved));
        }
    }
    for (&atom, point) in part.iter().zip(best.map_or(Vec::new(), |(_, moved)| moved)) {
        points[atom] = point;
    }
}

fn worth(graph: &Graph, part: &[usize], points: &[Point], bonds: &[[usize; 2]]) -> f64 {
    let (low, high) = extent(points.iter().copied());
    let (width, height) = (high.x - low.x + 2.0 * MARGIN, high.y - low.y + 2.0 * MARGIN);
    let scale = (ASPECT / width).min(1.0 / height);
    let at = |atom: usize| {
        part.binary_search(&atom)
            .map_or(Point::default(), |place| points[place])
    };
    // Bonds upright or 60 degrees from it, as in a chain that goes to the right.
    let usual = bonds.iter().filter(|[first, second]| {
        let angle = (at(*second) - at(*first)).angle() - PI / 2.0;
        let off = (angle / (PI / 3.0)).round() * (PI / 3.0) - angle;
        off.abs() < 0.1
    });
    let share = usual.count() as f64 / bonds.len().max(1) as f64;
    // Of equal turns: double-bonded ends up, and atoms other than carbon to the right.
    let mut tie = 0.0;
    for (place, &atom) in part.iter().enumerate() {
        if let [(_, bond)] = graph.around[atom].as_slice() {
            let double = graph.bonds[*bond].order == Order::Double;
            tie += points[place].y * if double { 2.0 } else { 0.5 };
        }
        if graph.atoms[atom].number != 6 {
            tie += 0.6 * points[place].x;
        }
    }
    scale.min(ROOMY)
        * (1.0 + 0.3 * share)
        * (1.0 - 0.1 * height * scale)
        * (1.0 + 0.004 * (tie / part.len() as f64).tanh())
}

/// The lowest and the highest corner of the box around some points.
pub(super) fn extent(points: impl IntoIterator<Item = Point>) -> (Point, Point) {
    let mut low = Point::new(f64::INFINITY, f64::INFINITY);
    let mut high = -low;
    for point in points {
        low = Point::new(low.x.min(point.x), low.y.min(point.y));
        high = Point::new(high.x.max(point.x), high.y.max(point.y));
    }
    (low, high)
}

/// Places the parts from left to right, the largest first, small ones above each other; parts that
/// are anchored stay.
pub(super) fn side_by_side(parts: &[(Vec<usize>, bool)], gap: f64, points: &mut [Point]) {
    let anchored = parts.iter().filter(|(_, anchored)| *anchored);
    let staying = anchored.flat_map(|(part, _)| part.iter().map(|&atom| points[atom]));
    let (low, high) = extent(staying.collect::<Vec<_>>());
    let has_anchor = high.x >= low.x;
    let mut right = if has_anchor { high.x + gap } else { 0.0 };
    let middle_line = if has_anchor {
        f64::midpoint(low.y, high.y)
    } else {
        0.0
    };
    let mut loose: Vec<&Vec<usize>> = parts
        .iter()
        .filter(|(_, anchored)| !anchored)
        .map(|(part, _)| part)
        .collect();
    loose.sort_by_key(|part| (std::cmp::Reverse(part.len()), part[0]));
    let size = |part: &Vec<usize>, points: &[Point]| {
        let (low, high) = extent(part.iter().map(|&atom| points[atom]));
        (low, high)
    };
    let mut tallest = if has_anchor { high.y - low.y } else { 0.0 };
    let mut rest = loose.as_slice();
    while let Some(first) = rest.first() {
        // A column: as many parts as are no taller together than the tallest before.
        let mut column = vec![*first];
        let (low, high) = size(first, points);
        let (mut height, mut width) = (high.y - low.y, high.x - low.x);
        for part in &rest[1..] {
            let (low, high) = size(part, points);
            let more = height + gap + high.y - low.y;
            if more > tallest {
                break;
            }
            height = more;
            width = width.max(high.x - low.x);
            column.push(part);
        }
        rest = &rest[column.len()..];
        tallest = tallest.max(height);
        let mut top = middle_line + height / 2.0;
        for part in column {
            let (low, high) = size(part, points);
            let centre = f64::midpoint(low.x, high.x);
            let to = Point::new(right + width / 2.0 - centre, top - high.y);
            top -= high.y - low.y + gap;
            for &atom in part {
                points[atom] = points[atom] + to;
            }
        }
        right += width + gap;
    }
}
