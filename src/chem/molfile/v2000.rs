//! Blocks of version 2000: columns of fixed width, then lines of properties.

use super::drawing::{Atom, Bond, Drawing, Mark, Order};
use super::elements;
use super::fields::{count, cut, decimal, required, whole};
use super::geometry::Vector;
use super::group::Group;
use super::lines::Lines;

/// The last line of a block.
const END: &str = "M  END";

/// Reads what follows the line of counts.
pub(super) fn read(lines: &mut Lines<'_>, atoms: usize, bonds: usize) -> Result<Drawing, String> {
    let mut drawing = Drawing::default();
    for _ in 0..atoms {
        let line = lines.next("an atom")?;
        drawing.atoms.push(atom(line)?);
    }
    for _ in 0..bonds {
        let line = lines.next("a bond")?;
        drawing.join(bond(line)?)?;
    }
    properties(&mut drawing, lines)?;
    Ok(drawing)
}

fn atom(line: &str) -> Result<Atom, String> {
    if line.len() < 34 {
        return Err(format!("the line of an atom is too short: `{line}`"));
    }
    let coordinate = |place| decimal(cut(line, place, 10));
    let place = Vector {
        x: coordinate(0)?,
        y: coordinate(10)?,
        z: coordinate(20)?,
    };
    let symbol = elements::read(cut(line, 31, 3).trim())?;
    // A field that is cut off is none.
    let field = |place: usize, width: usize| match line.get(place..place + width) {
        Some(field) => whole(field),
        None => Ok(0),
    };
    let [mass, charge, hydrogens, valence, map] = [
        field(34, 2)?,
        field(36, 3)?,
        field(42, 3)?,
        field(48, 3)?,
        field(60, 3)?,
    ];
    for place in [39, 45, 54, 57, 63, 66] {
        field(place, 3)?;
    }
    let isotope = match mass {
        0 => symbol.isotope,
        mass => elements::commonest_isotope(symbol.number).saturating_add_signed(mass),
    };
    Ok(Atom {
        number: symbol.number,
        isotope,
        map: map.max(0).cast_unsigned(),
        charge: if charge == 0 { 0 } else { 4 - charge },
        place,
        valence,
        // The field is for queries: RDKit then adds no hydrogens.
        closed: symbol.number == 0 || hydrogens >= 1,
        ..Atom::default()
    })
}

fn bond(line: &str) -> Result<Bond, String> {
    if line.len() < 9 {
        return Err(format!("the line of a bond is too short: `{line}`"));
    }
    let number = |place| count(cut(line, place, 3));
    let ends = [number(0)?, number(3)?].map(|end| end.wrapping_sub(1));
    let order = order(number(6)?);
    // A mark that is no number is none.
    let mark = match line.get(9..12).map_or(Ok(0), count) {
        Ok(1) => Mark::Up,
        Ok(6) => Mark::Down,
        Ok(4) => Mark::Wavy,
        Ok(3) => Mark::Crossed,
        _ => Mark::None,
    };
    Ok(Bond { ends, order, mark })
}

/// The order that a number stands for.
pub(super) fn order(number: usize) -> Order {
    match number {
        1 => Order::Single,
        2 => Order::Double,
        3 => Order::Triple,
        4 => Order::Aromatic,
        5..=7 => Order::OneOf,
        9 => Order::Dative,
        _ => Order::Any,
    }
}

/// Reads the lines of properties, to the end of the block.
fn properties(drawing: &mut Drawing, lines: &mut Lines<'_>) -> Result<(), String> {
    let mut line = lines.next(END)?;
    match line.bytes().next() {
        None => return Err(format!("a blank line before `{END}`")),
        Some(b'M' | b'A' | b'V' | b'G' | b'S') => {}
        Some(_) => old_list(drawing, line)?,
    }
    // RDKit takes the first such line to say all charges.
    let mut charges_are_old = true;
    loop {
        match cut(line, 0, 6) {
            END => return Ok(()),
            "M  CHG" | "M  RAD" if charges_are_old => {
                drawing.atoms.iter_mut().for_each(|atom| atom.charge = 0);
                charges_are_old = false;
                continue;
            }
            "M  CHG" => each(drawing, line, |atom, charge| atom.charge = charge)?,
            "M  RAD" => radicals(drawing, line)?,
            "M  ISO" => each(drawing, line, |atom, isotope| {
                if let Ok(isotope) = u32::try_from(isotope) {
                    atom.isotope = isotope;
                }
            })?,
            "M  RGP" => labels(drawing, line)?,
            "M  ALS" => list(drawing, line)?,
            "M  ZCH" => each(drawing, line, |atom, charge| atom.charge = charge)?,
            "M  HYD" => each(drawing, line, |atom, hydrogens| {
                atom.stated = hydrogens.max(0).cast_unsigned();
                atom.valence = 0;
            })?,
            "M  ZBO" => no_order(drawing, line)?,
            "S  SKP" => {
                for _ in 0..count(cut(line, 6, 3))? {
                    lines.next("a line to skip")?;
                }
            }
            _ if line.starts_with(['A', 'G']) => {
                lines.next("the text of a label")?;
            }
            start if start.starts_with("$$$$") => {
                return Err(format!("the record ends without `{END}`"));
            }
            _ => Group::read_line(&mut drawing.groups, line)?,
        }
        line = lines.next(END)?;
    }
}

/// Calls `set` with each pair of numbers of a line: an atom, and its value.
fn each(
    drawing: &mut Drawing,
    line: &str,
    mut set: impl FnMut(&mut Atom, i32),
) -> Result<(), String> {
    for entry in 0..count(cut(line, 6, 3))? {
        let place = 9 + 8 * entry;
        let atom = required(cut(line, place, 4))?;
        let value = whole(cut(line, place + 4, 4))?;
        set(found(drawing, atom)?, value);
    }
    Ok(())
}

/// The atom of this number, from 1.
pub(super) fn found(drawing: &mut Drawing, number: usize) -> Result<&mut Atom, String> {
    let atom = drawing.atoms.get_mut(number.wrapping_sub(1));
    atom.ok_or_else(|| format!("there is no atom {number}"))
}

fn radicals(drawing: &mut Drawing, line: &str) -> Result<(), String> {
    let mut odd = None;
    each(drawing, line, |atom, value| match electrons(value) {
        Some(radicals) => atom.radicals = radicals,
        None => odd = Some(value),
    })?;
    odd.map_or(Ok(()), |value| Err(format!("no kind of radical: {value}")))
}

/// Unpaired electrons of a kind of radical: singlet, doublet, triplet. RDKit takes a singlet for a
/// triplet.
pub(super) fn electrons(kind: i32) -> Option<u32> {
    match kind {
        0 => Some(0),
        1 | 3 => Some(2),
        2 => Some(1),
        _ => None,
    }
}

/// Labels of points of attachment, which become isotopes.
fn labels(drawing: &mut Drawing, line: &str) -> Result<(), String> {
    each(drawing, line, |atom, label| {
        if (1..999).contains(&label) {
            atom.isotope = label.cast_unsigned();
        }
    })
}

/// A list of elements: of one it is this element, of several a wildcard.
fn list(drawing: &mut Drawing, line: &str) -> Result<(), String> {
    let atom = required(cut(line, 7, 3))?;
    let several = match count(cut(line, 10, 3))? {
        0 => return Ok(()),
        entries => entries > 1,
    };
    let symbol = elements::read(cut(line, 16, 4).trim())?;
    let atom = found(drawing, atom)?;
    atom.number = if several { 0 } else { symbol.number };
    Ok(())
}

/// A list of elements as old blocks have it, by numbers: it is its first element.
fn old_list(drawing: &mut Drawing, line: &str) -> Result<(), String> {
    if !matches!(cut(line, 4, 1), "T" | "F") {
        return Err(format!(
            "neither a property nor a list of elements: `{line}`"
        ));
    }
    let atom = required(cut(line, 0, 3))?;
    let entries = count(cut(line, 9, 1))?;
    if entries > 0 {
        let number = count(cut(line, 11, 3))?;
        found(drawing, atom)?.number = u8::try_from(number).unwrap_or(0);
    }
    Ok(())
}

/// Bonds of no order.
fn no_order(drawing: &mut Drawing, line: &str) -> Result<(), String> {
    for entry in 0..count(cut(line, 6, 3))? {
        let place = 9 + 8 * entry;
        let number = required(cut(line, place, 4))?;
        let value = count(cut(line, place + 4, 4))?;
        let bond = drawing.bonds.get_mut(number.wrapping_sub(1));
        let bond = bond.ok_or_else(|| format!("there is no bond {number}"))?;
        bond.order = if value == 0 { Order::Any } else { order(value) };
    }
    Ok(())
}
