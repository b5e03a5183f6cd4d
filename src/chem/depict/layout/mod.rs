//! Coordinates of a molecule's atoms, in bond lengths.

mod assemble;
mod bridged;
mod letters;
mod macrocycle;
mod moves;
mod quality;
mod relax;
mod rings;
mod system;
mod template;
mod turn;
mod untangle;

use super::graph::Graph;
use super::point::Point;
pub(crate) use letters::part_letters;

/// Space between parts of a molecule, with room for the letters of both.
const GAP: f64 = 2.0;

/// Coordinates for every atom; those of `fixed` stay where they are.
pub(crate) fn coordinates(graph: &Graph, fixed: &[Option<Point>]) -> Vec<Point> {
    let mut points = vec![Point::default(); graph.atoms.len()];
    let systems = system::systems(graph);
    let mut boxes = Vec::new();
    for part in graph.parts() {
        let anchored = part
            .iter()
            .any(|&atom| fixed.get(atom).is_some_and(Option::is_some));
        assemble::place(graph, &systems, &part, fixed, &mut points);
        untangle::untangle(graph, &systems, &part, fixed, &mut points);
        if !anchored {
            turn::lengthwise(graph, &part, &mut points);
        }
        boxes.push((part, anchored));
    }
    turn::side_by_side(&boxes, GAP, &mut points);
    points
}
