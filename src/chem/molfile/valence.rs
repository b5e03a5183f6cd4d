//! The hydrogens that a block does not draw, by RDKit's valences.

use super::drawing::{Drawing, Order};

/// The valences that RDKit allows an element, smallest first; none where it adds no hydrogens.
fn allowed(number: u8) -> &'static [u32] {
    match number {
        2 | 10 | 18 | 36 | 86 => &[0],
        1 | 3 | 9 | 11 | 17 | 19 | 35 | 37 | 55 | 87 => &[1],
        4 | 8 | 12 | 20 | 38 | 56 | 88 => &[2],
        5 | 7 | 13 | 31 | 49 => &[3],
        6 | 14 | 32 => &[4],
        50 | 82 => &[2, 4],
        15 | 33 | 51 | 83 => &[3, 5],
        16 | 34 | 52 | 84 => &[2, 4, 6],
        53 | 85 => &[1, 3, 5],
        54 => &[0, 2, 4, 6],
        _ => &[],
    }
}

/// The valences of an ion, which are those of the neutral element with as many electrons; and what
/// is to be added to its bonds before.
fn of_ion(number: u8, charge: i32) -> (&'static [u32], i32) {
    if allowed(number).is_empty() || charge == 0 {
        return (allowed(number), 0);
    }
    let alike = (i32::from(number) - charge).clamp(0, 118);
    let is_hypervalent =
        (matches!(number, 15 | 16) && alike > 16) || (matches!(number, 33 | 34) && alike > 34);
    if is_hypervalent {
        return (allowed(number), -charge);
    }
    (u8::try_from(alike).map_or(&[], allowed), 0)
}

/// The parts of an atom's bonds in its valence, and of `hydrogens`, in halves.
fn halves(drawing: &Drawing, index: usize, hydrogens: u32) -> u32 {
    let bonds = drawing.neighbours(index);
    bonds.map(|(bond, _)| bond.halves(index)).sum::<u32>() + 2 * hydrogens
}

/// The valence that bonds make. Aromatic ones count one and a half, rounded to a valence that they
/// can stand for.
fn made(drawing: &Drawing, index: usize, halves: u32) -> u32 {
    let atom = &drawing.atoms[index];
    let (valences, _) = of_ion(atom.number, atom.charge);
    if let Some(&least) = valences.first()
        && halves > 2 * least
        && drawing.has_order(index, Order::Aromatic)
    {
        let fitting = valences
            .iter()
            .rev()
            .find(|&&valence| 2 * valence <= halves);
        let fitting = fitting.copied().unwrap_or(least);
        if halves - 2 * fitting <= 3 {
            return fitting;
        }
    }
    halves.div_ceil(2)
}

/// Hydrogens for which there is room beside bonds that make so many halves.
fn room(drawing: &Drawing, index: usize, halves: u32, radicals: u32) -> u32 {
    let atom = &drawing.atoms[index];
    let bonds = made(drawing, index, halves);
    if atom.number == 1 && bonds == 0 && radicals == 0 {
        return u32::from(atom.charge == 0);
    }
    let (valences, more) = of_ion(atom.number, atom.charge);
    let taken = (bonds + radicals).cast_signed() + more;
    let mut rooms = valences
        .iter()
        .map(|&valence| valence.cast_signed() - taken);
    let room = if drawing.has_order(index, Order::Aromatic) {
        rooms.next()
    } else {
        rooms.find(|room| *room >= 0)
    };
    room.unwrap_or(0).max(0).cast_unsigned()
}

/// Takes the valence that the block states, if it does, for the hydrogens that it states.
pub(super) fn state(drawing: &mut Drawing, index: usize) {
    let atom = &drawing.atoms[index];
    let stated = match atom.valence {
        0 => return,
        15 | -1 => 0,
        // Less than what is drawn leaves none.
        valence => {
            let bonds = halves(drawing, index, atom.stated);
            valence - made(drawing, index, bonds).cast_signed()
        }
    };
    let atom = &mut drawing.atoms[index];
    atom.closed = true;
    atom.stated = stated.max(0).cast_unsigned();
}

/// The hydrogens of an atom that are not drawn.
///
/// # Errors
/// What the reader of the SMILES would not find: a hydrogen with a double bond, of which SMILES
/// drops the order; more unpaired electrons than there is room for beside the bonds.
pub(super) fn hydrogens(drawing: &Drawing, index: usize) -> Result<u32, String> {
    let atom = &drawing.atoms[index];
    let number = index + 1;
    let halves = halves(drawing, index, atom.stated);
    if atom.number == 1 && atom.charge == 0 && halves > 3 {
        return Err(format!(
            "atom {number} is hydrogen and has more than one bond"
        ));
    }
    if atom.closed || drawing.has_order(index, Order::OneOf) {
        return Ok(atom.stated);
    }
    let (valences, more) = of_ion(atom.number, atom.charge);
    let taken = (made(drawing, index, halves) + atom.radicals).cast_signed() + more;
    let most = valences.last().copied().map(u32::cast_signed);
    let is_full = most.is_some_and(|most| most < taken) && !is_open(atom.number);
    if atom.radicals > 0 && is_full {
        return Err(format!(
            "atom {number} has no room for its unpaired electrons"
        ));
    }
    Ok(atom.stated + room(drawing, index, halves, atom.radicals))
}

/// Whether RDKit allows an element any valence above those that it names.
fn is_open(number: u8) -> bool {
    matches!(number, 3 | 11 | 12 | 19 | 20 | 37 | 38 | 56 | 88)
}

/// The hydrogens that a reader of SMILES gives an atom without brackets, whose neighbours in
/// `merged` are not written.
pub(super) fn without_brackets(drawing: &Drawing, index: usize, merged: &[bool]) -> u32 {
    let written = drawing
        .neighbours(index)
        .filter(|&(_, other)| !merged[other]);
    let halves = written.map(|(bond, _)| bond.halves(index)).sum();
    room(drawing, index, halves, 0)
}
