//! What a drawing says of stereochemistry, read from coordinates and wedges alone.
//!
//! A neighbour at the wide end of a wedge is above or below the plane; the sign of the volume that
//! the four neighbours span tells which way they go round.

use super::graph::{Bond, Centre, Geometry, Graph, HIDDEN};
use super::point::Point;
use super::stereo::Wedge;

/// Whether the wedges show a centre as it is: `None` where they show nothing.
pub(crate) fn centre(
    graph: &Graph,
    points: &[Point],
    wedges: &[Wedge],
    centre: &Centre,
) -> Option<bool> {
    let atom = centre.atom;
    let height = |other: usize| {
        let bond = graph.bond_between(atom, other);
        let own = wedges
            .iter()
            .find(|wedge| wedge.from == atom && Some(wedge.bond) == bond);
        own.map_or(0.0, |wedge| if wedge.up { 1.0 } else { -1.0 })
    };
    let mut ways = [[0.0; 3]; 4];
    let mut hidden = None;
    for (place, &other) in centre.neighbours.iter().enumerate() {
        if other == HIDDEN {
            hidden = Some(place);
        } else {
            let way = (points[other] - points[atom]).unit();
            ways[place] = [way.x, way.y, height(other)];
        }
    }
    // What is hidden is opposite to all that is drawn.
    if let Some(place) = hidden {
        for axis in 0..3 {
            ways[place][axis] = -ways.iter().map(|way| way[axis]).sum::<f64>();
        }
    }
    let from_first = |place: usize| {
        let mut way = ways[place];
        for axis in 0..3 {
            way[axis] -= ways[0][axis];
        }
        way
    };
    let [a, b, c] = [from_first(1), from_first(2), from_first(3)];
    let volume = a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0])
        + a[2] * (b[0] * c[1] - b[1] * c[0]);
    // Seen from the first, the others go round counterclockwise where the volume is negative.
    (volume.abs() > 0.1).then_some((volume > 0.0) == centre.clockwise)
}

/// Whether a double bond is drawn with the geometry that is given: `None` where none is.
pub(crate) fn sides(bond: &Bond, points: &[Point]) -> Option<bool> {
    let Geometry::Given { beside, cis } = bond.geometry else {
        return None;
    };
    let [from, to] = bond.ends.map(|end| points[end]);
    let side = |atom: usize| (to - from).unit().cross((points[atom] - from).unit());
    let product = side(beside[0]) * side(beside[1]);
    Some(product.abs() > 0.01 && (product > 0.0) == cis)
}
