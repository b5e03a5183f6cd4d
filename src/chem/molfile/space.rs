//! Chirality of a drawing in space, from its coordinates.

use super::drawing::{Bond, Drawing, Mark, Order, Turn};
use super::geometry::Vector;

/// Volumes below this, in cubic angstrom, say nothing.
const NO_VOLUME: f64 = 0.1;

/// Finds the chirality of all atoms with four neighbours, and of sulfur and selenium with three. A
/// wavy bond says that it is not known.
pub(super) fn find(drawing: &mut Drawing) {
    for atom in 0..drawing.atoms.len() {
        drawing.atoms[atom].chirality = turn(drawing, atom);
    }
}

fn turn(drawing: &Drawing, index: usize) -> Option<Turn> {
    let atom = &drawing.atoms[index];
    let is_wavy = |bond: &Bond| bond.mark == Mark::Wavy && bond.ends[0] == index;
    if drawing.neighbours(index).any(|(bond, _)| is_wavy(bond)) {
        return None;
    }
    let counts = |bond: &Bond| match bond.order {
        Order::Any | Order::OneOf => false,
        Order::Dative => bond.ends[1] == index,
        _ => true,
    };
    let bonded = drawing.neighbours(index).filter(|(bond, _)| counts(bond));
    let ways: Vec<Vector> = bonded
        .map(|(_, other)| drawing.atoms[other].place - atom.place)
        .collect();
    let degree = ways.len() + atom.hydrogens as usize;
    let has_lone_pair = matches!(atom.number, 16 | 34) && degree == 3;
    if ways.len() < 3 || !(degree == 4 || has_lone_pair) || is_not_tetrahedral(atom.number, &ways) {
        return None;
    }
    let volume = ways[0].dot(ways[1].cross(ways[2]));
    Turn::of_volume(volume, NO_VOLUME).or_else(|| {
        // The fourth is on the other side of the first three.
        let fourth = ways.get(3)?;
        Turn::of_volume(-ways[0].dot(ways[1].cross(*fourth)), NO_VOLUME)
    })
}

/// Whether the neighbours of a heavier atom stand as in a square, a T or the like: pairs of them
/// opposite each other. RDKit has marks for some of these, which are not read here.
fn is_not_tetrahedral(number: u8, ways: &[Vector]) -> bool {
    if number < 15 {
        return false;
    }
    let units: Vec<Vector> = ways.iter().map(|way| way.unit()).collect();
    let mut pairs = units.iter().enumerate().flat_map(|(place, &first)| {
        let later = units.iter().skip(place + 1);
        later.map(move |second| first.dot(*second))
    });
    pairs.any(|cosine| cosine < -0.9)
}
