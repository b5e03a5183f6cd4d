//! Letters that touch others or bonds are parted: pieces turn over, change places, or bend a little.
//!
//! Knows no letters: a function tells which atoms' letters touch.

use super::super::graph::Graph;
use super::super::point::Point;
use super::moves::{Kind, Move, moves};
use super::untangle::strain;
use super::{system, turn};

/// Cost of letters that touch, in that of faults of a layout.
const TOUCHING: f64 = 2.0;
/// Angles of a bend, in degrees.
const BENDS: [f64; 6] = [12.0, -12.0, 20.0, -20.0, 30.0, -30.0];
/// Cost of a bend by one radian, squared.
const BENT: f64 = 3.0;
/// What a move must gain.
const GAIN: f64 = 0.3;
/// Pairs of atoms that are looked at, at most.
const BUDGET: usize = 4_000_000;

/// Drawings that are tried, each turned lengthwise, as letters stand upright.
const ROUNDS: usize = 3;

/// What tells which letters touch, by the atoms that are near.
pub(crate) type Touching<'a> = dyn Fn(&[Point]) -> Vec<Vec<usize>> + 'a;

/// Parts letters that touch, as far as a few moves do it; says whether anything moved.
pub(crate) fn part_letters(
    graph: &Graph,
    fixed: &[Option<Point>],
    points: &mut [Point],
    touching: &Touching<'_>,
) -> bool {
    if touching(points).is_empty() {
        return false;
    }
    let is_fixed = |atom: usize| fixed.get(atom).is_some_and(Option::is_some);
    let systems = system::systems(graph);
    let mut boxes = Vec::new();
    let mut moved = false;
    for part in graph.parts() {
        let anchored = part.iter().any(|&atom| is_fixed(atom));
        let moves = moves(graph, &systems, &part, &is_fixed);
        let mut letters = Letters {
            graph,
            part: &part,
            touching,
            tries: BUDGET / (part.len() * part.len()).max(1),
        };
        moved |= letters.part(&moves, anchored, points);
        boxes.push((part, anchored));
    }
    if moved {
        turn::side_by_side(&boxes, super::GAP, points);
    }
    moved
}

/// The letters of one part.
struct Letters<'a> {
    graph: &'a Graph,
    part: &'a [usize],
    touching: &'a Touching<'a>,
    /// Moves that may still be tried.
    tries: usize,
}

impl Letters<'_> {
    /// Moves pieces of the part; says whether the drawing is another one.
    fn part(&mut self, moves: &[Move], anchored: bool, points: &mut [Point]) -> bool {
        let (mut best, mut moved) = (points.to_vec(), false);
        let mut least = self.faults(points).len();
        for _ in 0..ROUNDS {
            if least == 0 || !self.improve(moves, points) {
                break;
            }
            while self.improve(moves, points) {}
            if !anchored {
                turn::lengthwise(self.graph, self.part, points);
            }
            let count = self.faults(points).len();
            if count < least {
                (best, least, moved) = (points.to_vec(), count, true);
            }
        }
        points.copy_from_slice(&best);
        moved
    }

    /// Letters of the part that touch.
    fn faults(&self, points: &[Point]) -> Vec<Vec<usize>> {
        let mut faults = (self.touching)(points);
        let inside = |atom: &usize| self.part.binary_search(atom).is_ok();
        faults.retain(|fault| fault.iter().all(inside));
        faults
    }

    fn cost(&self, points: &mut [Point]) -> f64 {
        TOUCHING * self.faults(points).len() as f64 + strain(self.graph, self.part, points)
    }

    /// Makes the move that gains most, if one gains enough.
    fn improve(&mut self, moves: &[Move], points: &mut [Point]) -> bool {
        let faults = self.faults(points);
        let before = self.cost(points);
        let helps = |one: &&Move| {
            let parts = |fault: &Vec<usize>| {
                let classes = fault.iter().map(|&atom| one.class[atom]);
                classes.clone().min() != classes.max()
            };
            faults.iter().any(parts)
        };
        let mut best: Option<(f64, Vec<Point>)> = None;
        for one in moves.iter().filter(helps) {
            let angles: &[f64] = match one.kind {
                Kind::Bend { .. } => &BENDS,
                _ => &[0.0],
            };
            let old: Vec<Point> = one.moving.iter().map(|&atom| points[atom]).collect();
            for degrees in angles {
                if self.tries == 0 {
                    break;
                }
                self.tries -= 1;
                let angle = degrees.to_radians();
                one.apply(points, angle);
                let cost = self.cost(points) + BENT * angle * angle;
                if cost < before - GAIN && best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, points.to_vec()));
                }
                for (&atom, &point) in one.moving.iter().zip(&old) {
                    points[atom] = point;
                }
            }
        }
        let Some((_, found)) = best else {
            return false;
        };
        points.copy_from_slice(&found);
        true
    }
}
