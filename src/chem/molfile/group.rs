//! Groups of data ("S-groups") that say something of chemistry; all others are passed over.

use super::drawing::{Drawing, Order};
use super::fields::{count, cut, required};

/// A group with data about some atoms or bonds.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Its number in the block.
    pub(super) number: usize,
    pub(super) has_data: bool,
    /// Atoms and bonds, from 0.
    pub(super) atoms: Vec<usize>,
    pub(super) bonds: Vec<usize>,
    /// The name of the data, and each of its values.
    pub(super) field: String,
    pub(super) values: Vec<String>,
}

impl Group {
    /// Takes a line of properties of version 2000 that is part of a group; others are passed over.
    pub(super) fn read_line(groups: &mut Vec<Self>, line: &str) -> Result<(), String> {
        match cut(line, 0, 6) {
            "M  STY" => {
                for entry in 0..count(cut(line, 6, 3))? {
                    let place = 9 + 8 * entry;
                    groups.push(Self {
                        number: required(cut(line, place, 4))?,
                        has_data: cut(line, place + 4, 4).trim() == "DAT",
                        ..Self::default()
                    });
                }
            }
            kind @ ("M  SAL" | "M  SBL") => {
                let mut members = Vec::new();
                for entry in 0..count(cut(line, 10, 3))? {
                    members.push(required(cut(line, 13 + 4 * entry, 4))?.wrapping_sub(1));
                }
                if let Some(group) = Self::of_line(groups, line) {
                    let of_atoms = kind == "M  SAL";
                    let list = if of_atoms {
                        &mut group.atoms
                    } else {
                        &mut group.bonds
                    };
                    list.extend(members);
                }
            }
            "M  SDT" => {
                if let Some(group) = Self::of_line(groups, line) {
                    cut(line, 11, 30).trim().clone_into(&mut group.field);
                }
            }
            "M  SED" => {
                if let Some(group) = Self::of_line(groups, line) {
                    group.values.push(cut(line, 11, 69).trim().to_owned());
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The group whose number a line of properties has.
    fn of_line<'a>(groups: &'a mut [Self], line: &str) -> Option<&'a mut Self> {
        let number = required(cut(line, 7, 3)).ok()?;
        groups.iter_mut().find(|group| group.number == number)
    }
}

/// Applies the groups that say what chemistry there is: bonds of no order with the charges and
/// hydrogens beside them, dative bonds, and hydrogens of aromatic atoms.
pub(super) fn apply(drawing: &mut Drawing) {
    for group in std::mem::take(&mut drawing.groups) {
        if !group.has_data {
            continue;
        }
        match group.field.as_str() {
            "MRV_COORDINATE_BOND_TYPE" => {
                let bond = group
                    .values
                    .first()
                    .and_then(|value| value.parse::<usize>().ok());
                let bond = bond.and_then(|number| drawing.bonds.get_mut(number.wrapping_sub(1)));
                if let Some(bond) = bond.filter(|bond| matches!(bond.order, Order::Any)) {
                    bond.order = Order::Dative;
                }
            }
            "MRV_IMPLICIT_H" => implicit(drawing, &group),
            "ZBO" => {
                for bond in group.bonds {
                    if let Some(bond) = drawing.bonds.get_mut(bond) {
                        bond.order = Order::Any;
                    }
                }
            }
            "ZCH" => each(drawing, &group, |atom, charge| atom.charge = charge),
            "HYD" => each(drawing, &group, |atom, hydrogens| {
                atom.stated = hydrogens.max(0).cast_unsigned();
            }),
            _ => {}
        }
    }
}

/// Hydrogens of atoms with aromatic bonds.
fn implicit(drawing: &mut Drawing, group: &Group) {
    for value in &group.values {
        let Some(hydrogens) = value.strip_prefix("IMPL_H") else {
            continue;
        };
        let Ok(hydrogens) = hydrogens.trim().parse() else {
            continue;
        };
        for &atom in &group.atoms {
            if atom < drawing.atoms.len() && drawing.has_order(atom, Order::Aromatic) {
                drawing.atoms[atom].stated = hydrogens;
            }
        }
    }
}

/// Calls `set` with each atom of a group and its value, of those between semicolons; an empty one
/// is 0.
fn each(drawing: &mut Drawing, group: &Group, set: impl Fn(&mut super::drawing::Atom, i32)) {
    for value in &group.values {
        let values: Vec<&str> = value.trim().split(';').collect();
        if values.len() < group.atoms.len() {
            continue;
        }
        for (&atom, value) in group.atoms.iter().zip(values) {
            if let Some(atom) = drawing.atoms.get_mut(atom) {
                set(atom, value.parse().unwrap_or(0));
            }
        }
    }
}
