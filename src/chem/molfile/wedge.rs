//! Chirality of a drawing on paper, from its wedges.
//!
//! The sense of a centre is the sign of a volume: of its bonds as they lie on the paper, with the
//! wedged one raised or lowered. Which bonds make the volume, and which drawings say nothing or
//! contradict themselves, is decided as in RDKit, after IUPAC's recommendations of 2006 (the cases
//! ST-1.2.10 and ST-1.2.12 among them).

use super::drawing::{Drawing, Mark, Order, Turn};
use super::geometry::Vector;

/// The height of the wide end of a wedge, as a part of its length.
const HEIGHT: f64 = 0.1;
/// Heights, lengths squared, and squares of sines below these are nothing.
const NO_HEIGHT: f64 = 1e-4;
const NOTHING: f64 = 1e-3;
const STRAIGHT: f64 = 3.1e-4;
/// Volumes below this are nothing: that of a T whose bar is bent by two degrees.
const NO_VOLUME: f64 = 0.00174;

/// Finds the chirality of all atoms.
pub(super) fn find(drawing: &mut Drawing) {
    let mut is_decided = vec![false; drawing.atoms.len()];
    for index in 0..drawing.bonds.len() {
        let bond = drawing.bonds[index];
        let atom = bond.ends[0];
        match bond.mark {
            Mark::Wavy => {
                drawing.atoms[atom].chirality = None;
                is_decided[atom] = true;
            }
            Mark::Up | Mark::Down if !is_decided[atom] => {
                let found = turn(drawing, index);
                drawing.atoms[atom].chirality = found;
                is_decided[atom] = found.is_some();
            }
            _ => {}
        }
    }
}

/// The sense of the atom at the point of a wedge.
fn turn(drawing: &Drawing, wedge: usize) -> Option<Turn> {
    let bond = drawing.bonds[wedge];
    let atom = bond.ends[0];
    let bonds = &drawing.atoms[atom].bonds;
    let count = bonds.len();
    if !(3..=4).contains(&count) {
        return None;
    }
    let is_single = |(bond, _): (&_, usize)| is_single(bond);
    let takes_double = matches!(drawing.atoms[atom].number, 15 | 16);
    let mut around = directions(drawing, atom, wedge)?;
    if !takes_double && !drawing.neighbours(atom).all(is_single) {
        return None;
    }
    // The wedge comes first, and the others as they follow on the paper.
    let mut order: Vec<usize> = (0..count).collect();
    let reference = bonds.iter().position(|&other| other == wedge)?;
    order.swap(0, reference);
    let mut odd = reference != 0;
    if count == 4 {
        lean(&mut around, &order);
        odd ^= sort_three(&around, &mut order);
    } else if is_swapped(&around, &order) {
        order.swap(1, 2);
        odd = !odd;
    }
    let mut ordered: Vec<Vector> = order.iter().map(|&place| around[place]).collect();
    check_opposites(&mut ordered)?;
    let volume = match ordered[..] {
        [a, b, c] => volume_of_three([a, b, c])?,
        [a, b, c, d] => {
            let (volume, is_other) = volume_of_four([a, b, c, d])?;
            odd ^= is_other;
            volume
        }
        _ => return None,
    };
    Some(Turn::of_volume(volume, NO_VOLUME)?.turned(odd))
}

fn is_single(bond: &super::drawing::Bond) -> bool {
    bond.order == Order::Single
}

/// The directions of the bonds of an atom, wedges raised or lowered; `None` where a bond has no
/// length or two lie on each other.
fn directions(drawing: &Drawing, atom: usize, wedge: usize) -> Option<Vec<Vector>> {
    let centre = drawing.atoms[atom].place.at_height(0.0);
    let length = (drawing.atoms[drawing.bonds[wedge].ends[1]].place - centre)
        .square()
        .sqrt();
    let height = if length > 0.0 {
        HEIGHT * length
    } else {
        HEIGHT
    };
    let mut directions: Vec<Vector> = Vec::with_capacity(4);
    for &index in &drawing.atoms[atom].bonds {
        let bond = &drawing.bonds[index];
        let height = match bond.mark {
            Mark::Up if bond.is_wedge_of(atom) => height,
            Mark::Down if bond.is_wedge_of(atom) => -height,
            _ => 0.0,
        };
        let way = drawing.atoms[bond.other(atom)].place.at_height(height) - centre;
        if index != wedge && way.square() < NOTHING {
            return None;
        }
        let direction = way.unit();
        let mut others = directions.iter();
        if others.any(|&other| (direction - other).square() < NOTHING) {
            return None;
        }
        directions.push(direction);
    }
    Some(directions)
}

/// Where the second and third of four bonds lie on one line and the first does not, the second
/// leans to the other side of the paper.
fn lean(around: &mut [Vector], order: &[usize]) {
    let [first, second, third] = [0, 1, 2].map(|place| around[order[place]]);
    if second.cross(third).square() < 10.0 * NOTHING
        && second.cross(first).square() > 10.0 * NOTHING
    {
        around[order[1]].z = -first.z;
    }
}

/// Whether of three bonds the last two must change places to follow each other round the paper.
fn is_swapped(around: &[Vector], order: &[usize]) -> bool {
    let [first, second, third] = [0, 1, 2].map(|place| around[order[place]]);
    let crosses = [first.cross(second).z, first.cross(third).z];
    let dots = [first.dot(second), first.dot(third)];
    if dots[0].abs() - 1.0 > -NOTHING {
        return crosses[1] < 0.0;
    }
    if dots[1].abs() - 1.0 > -NOTHING && crosses[0] < 0.0 {
        return true;
    }
    if crosses[0] * crosses[1] < -NOTHING {
        return crosses[0] < crosses[1];
    }
    if dots[0] * dots[1] < -NOTHING {
        return dots[0] < dots[1];
    }
    dots[0].abs() > dots[1].abs()
}

/// Sorts the last three of four bonds as they follow round the paper, and says whether that is an
/// odd change.
fn sort_three(around: &[Vector], order: &mut [usize]) -> bool {
    let first = around[order[0]];
    let key = |place: usize| {
        let side = if first.cross(around[place]).z < -NOTHING {
            -1.0
        } else {
            1.0
        };
        (side, side * first.dot(around[place]), place as f64)
    };
    let before = [order[1], order[2], order[3]];
    let mut after = before;
    after.sort_by(|&a, &b| {
        let (a, b) = (key(a), key(b));
        let by_side = b.0.total_cmp(&a.0);
        by_side.then(b.1.total_cmp(&a.1)).then(b.2.total_cmp(&a.2))
    });
    order[1..].copy_from_slice(&after);
    let changed = before.iter().zip(&after).filter(|(a, b)| a != b).count();
    changed == 2
}

/// Refuses bonds on one line that are wedged to both sides, but for neighbours among four, as in
/// drawings of sugars.
fn check_opposites(ordered: &mut [Vector]) -> Option<()> {
    for first in 0..ordered.len() {
        for second in first + 1..ordered.len() {
            let (a, b) = (ordered[first], ordered[second]);
            if a.z * b.z >= -NOTHING || a.cross(b).square() >= 0.01 {
                continue;
            }
            let are_neighbours = second - first == 1 || (first, second) == (0, 3);
            if ordered.len() == 4 && (a.dot(b) + 1.0).abs() < NOTHING && are_neighbours {
                ordered[second].z = 0.0;
            } else {
                return None;
            }
        }
    }
    Some(())
}

/// The volume of three bonds; `None` where they contradict each other.
fn volume_of_three([a, b, c]: [Vector; 3]) -> Option<f64> {
    // The two others of a wedge lie on both sides of the third bond, which is in the paper.
    let contradict = |wedge: Vector, other: Vector, flat: Vector| {
        other.z * wedge.z < -NO_HEIGHT
            && flat.z.abs() < NO_HEIGHT
            && flat.cross(wedge).z * flat.cross(other).z < -NO_HEIGHT
    };
    let is_second = b.z * a.z < -NO_HEIGHT && c.z.abs() < NO_HEIGHT;
    if contradict(a, b, c) || (!is_second && contradict(a, c, b)) {
        return None;
    }
    let cross = b.at_height(0.0).cross(c.at_height(0.0));
    let cross = if cross.square() < STRAIGHT {
        // A T: the bar leans to the other side.
        b.at_height(-a.z).cross(c.at_height(-a.z))
    } else {
        cross
    };
    Some(cross.dot(a))
}

/// The volume of four bonds, of the first with the second and third; or, where that says more, with
/// the second and fourth, which is then told. `None` where there is none.
fn volume_of_four([a, b, c, mut d]: [Vector; 4]) -> Option<(f64, bool)> {
    let (second, third, fourth) = (b.at_height(0.0), c.at_height(0.0), d.at_height(0.0));
    let cross = second.cross(third);
    if cross.square() < 10.0 * NOTHING && d.z.abs() < NO_HEIGHT {
        d.z = -a.z;
    }
    let volume = cross.dot(a);
    let other = second.cross(fourth).dot(a);
    if volume.abs() < NOTHING {
        return (other.abs() >= NOTHING).then_some((other, true));
    }
    let is_better = volume * other > 0.0 && other.abs() > NO_VOLUME && b.dot(c) < b.dot(d);
    if is_better {
        return Some((other, true));
    }
    if volume.abs() < NO_VOLUME && other.abs() > NO_VOLUME {
        return Some((other, volume * other < 0.0));
    }
    Some((volume, false))
}
