//! Blocks of version 3000: tokens between blanks, lines that go on.

use std::collections::HashMap;

use super::drawing::{Atom, Bond, Drawing, Mark};
use super::elements;
use super::fields::{count, leading, whole};
use super::geometry::Vector;
use super::group::Group;
use super::lines::Lines;
use super::v2000;

/// The beginning of every line.
const START: &str = "M  V30 ";

/// A block as it is read.
#[derive(Default)]
struct Block {
    drawing: Drawing,
    /// The places of atoms and bonds by the numbers that the block gives them.
    atoms: HashMap<usize, usize>,
    bonds: HashMap<usize, usize>,
}

/// Reads what follows the first line of counts.
pub(super) fn read(lines: &mut Lines<'_>) -> Result<Drawing, String> {
    let mut block = Block::default();
    expect(lines, "BEGIN CTAB")?;
    let counts = next(lines)?;
    let counts = counts.to_ascii_uppercase();
    let numbers = counts
        .strip_prefix("COUNTS ")
        .map(str::split_ascii_whitespace);
    let mut numbers = numbers.ok_or_else(|| format!("no line of counts: `{counts}`"))?;
    let mut number = || {
        numbers
            .next()
            .map_or(Err("a count is missing".to_owned()), count)
    };
    let (atoms, bonds) = (number()?, number()?);
    if atoms > 0 {
        expect(lines, "BEGIN ATOM")?;
        for _ in 0..atoms {
            block.atom(&next(lines)?)?;
        }
        expect(lines, "END ATOM")?;
    }
    if bonds > 0 {
        expect(lines, "BEGIN BOND")?;
        for _ in 0..bonds {
            block.bond(&next(lines)?)?;
        }
        expect(lines, "END BOND")?;
    }
    loop {
        let line = next(lines)?.to_ascii_uppercase();
        match line.strip_prefix("BEGIN ") {
            Some(kind) => block.section(kind.trim(), lines)?,
            None if line.starts_with("END CTAB") => break,
            None if line.starts_with("LINKNODE") => {}
            None => return Err(format!("no end of the table: `{line}`")),
        }
    }
    let end = lines.next("M  END")?;
    if end.starts_with("M  END") {
        Ok(block.drawing)
    } else {
        Err(format!("no `M  END`: `{end}`"))
    }
}

/// The next line without its start, put together where it goes on.
fn next(lines: &mut Lines<'_>) -> Result<String, String> {
    let mut whole = String::new();
    loop {
        let line = lines.next("a line of the table")?;
        let line = line.strip_prefix(START);
        let line = line.ok_or_else(|| format!("the line does not begin with `{START}`"))?;
        match line.strip_suffix('-') {
            Some(part) => whole += part,
            None => return Ok(whole + line),
        }
    }
}

fn expect(lines: &mut Lines<'_>, start: &str) -> Result<(), String> {
    let line = next(lines)?;
    if line.to_ascii_uppercase().starts_with(start) {
        return Ok(());
    }
    Err(format!("`{start}` must stand here: `{line}`"))
}

/// The tokens of a line: between blanks, but whole where there are parentheses or quotes.
fn tokens(line: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let (mut start, mut quoted, mut depth) = (0, false, 0_usize);
    for (place, c) in line.char_indices() {
        match c {
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ' ' | '\t' if !quoted && depth == 0 => {
                tokens.push(&line[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    tokens.push(&line[start..]);
    tokens.retain(|token| !token.is_empty());
    tokens
}

/// A token as name and value.
fn property(token: &str) -> Result<(String, &str), String> {
    match token.split_once('=') {
        Some((name, value)) => Ok((name.to_ascii_uppercase(), value.trim_matches('"'))),
        None => Err(format!("`{token}` is no property")),
    }
}

/// The numbers of a list, `(3 1 2 5)`, without their count.
fn members(value: &str) -> impl Iterator<Item = usize> {
    let inside = value.trim_start_matches('(').trim_end_matches(')');
    inside
        .split_ascii_whitespace()
        .skip(1)
        .filter_map(|number| number.parse().ok())
}

impl Block {
    fn atom(&mut self, line: &str) -> Result<(), String> {
        let tokens = tokens(line);
        let [number, symbol, x, y, z, map, properties @ ..] = &tokens[..] else {
            return Err(format!("the line of an atom is too short: `{line}`"));
        };
        let symbol = self::symbol(symbol.trim_matches('"'))?;
        let mut atom = Atom {
            number: symbol.number,
            isotope: symbol.isotope,
            map: map.parse().unwrap_or(0),
            place: Vector {
                x: leading(x),
                y: leading(y),
                z: leading(z),
            },
            closed: symbol.number == 0,
            ..Atom::default()
        };
        for token in properties {
            let (name, value) = property(token)?;
            match name.as_str() {
                "CHG" => atom.charge = whole(value)?,
                "RAD" => {
                    let radicals = v2000::electrons(whole(value)?);
                    atom.radicals = radicals.ok_or_else(|| format!("no radical: {value}"))?;
                }
                "MASS" => atom.isotope = mass(value)?,
                "CFG" if !matches!(value, "0" | "1" | "2" | "3") => {
                    return Err(format!("no configuration: `{value}`"));
                }
                "VAL" => atom.valence = whole(value)?,
                "RGROUPS" => {
                    if let Some(label) = members(value).last() {
                        atom.isotope = u32::try_from(label).unwrap_or(0);
                    }
                }
                _ => {}
            }
        }
        let number = number.parse().unwrap_or(0);
        self.atoms.insert(number, self.drawing.atoms.len());
        self.drawing.atoms.push(atom);
        Ok(())
    }

    fn bond(&mut self, line: &str) -> Result<(), String> {
        let tokens = tokens(line);
        let [number, order, first, second, properties @ ..] = &tokens[..] else {
            return Err(format!("the line of a bond is too short: `{line}`"));
        };
        let kind: usize = order.parse().unwrap_or(0);
        let mut mark = Mark::None;
        for token in properties {
            let (name, value) = property(token)?;
            if name == "CFG" {
                mark = match (value, kind) {
                    ("1", _) => Mark::Up,
                    ("3", _) => Mark::Down,
                    ("2", 1) => Mark::Wavy,
                    ("2", 2) => Mark::Crossed,
                    ("0" | "2", _) => Mark::None,
                    _ => return Err(format!("no configuration: `{value}`")),
                };
            }
        }
        let end = |token: &str| {
            let number: usize = token.parse().unwrap_or(0);
            let atom = self.atoms.get(&number).copied();
            atom.ok_or_else(|| format!("there is no atom {number}"))
        };
        let ends = [end(first)?, end(second)?];
        let place = self.drawing.bonds.len();
        self.drawing.join(Bond {
            ends,
            order: v2000::order(kind),
            mark,
        })?;
        self.bonds.insert(number.parse().unwrap_or(0), place);
        Ok(())
    }

    /// Reads a section to its end: groups of data and of stereocentres; all others are passed over.
    fn section(&mut self, kind: &str, lines: &mut Lines<'_>) -> Result<(), String> {
        loop {
            let line = next(lines)?;
            if line.to_ascii_uppercase().starts_with("END") {
                return Ok(());
            }
            match kind {
                "SGROUP" => self.group(&line),
                "COLLECTION" => self.collection(&line)?,
                _ => {}
            }
        }
    }

    fn group(&mut self, line: &str) {
        let tokens = tokens(line);
        let mut group = Group {
            has_data: tokens.get(1) == Some(&"DAT"),
            ..Group::default()
        };
        let places = |numbers: &HashMap<usize, usize>, value: &str| -> Vec<usize> {
            members(value)
                .filter_map(|number| numbers.get(&number).copied())
                .collect()
        };
        for (name, value) in tokens.iter().filter_map(|token| property(token).ok()) {
            match name.as_str() {
                "ATOMS" => group.atoms = places(&self.atoms, value),
                "CBONDS" | "XBONDS" => group.bonds.extend(places(&self.bonds, value)),
                "FIELDNAME" => value.clone_into(&mut group.field),
                "FIELDDATA" => group.values.push(value.to_owned()),
                _ => {}
            }
        }
        self.drawing.groups.push(group);
    }

    fn collection(&mut self, line: &str) -> Result<(), String> {
        let line = line.to_ascii_uppercase();
        let Some(kind) = line.strip_prefix("MDLV30/STE") else {
            return Ok(());
        };
        match kind.get(..3) {
            Some("ABS") => Ok(()),
            Some("REL" | "RAC") => {
                self.drawing.stereo_groups += 1;
                Ok(())
            }
            _ => Err(format!("no group of stereocentres: `{line}`")),
        }
    }
}

/// Reads a symbol; a list of elements is a wildcard.
fn symbol(symbol: &str) -> Result<elements::Symbol, String> {
    let is_list = symbol.starts_with('[') && symbol.ends_with(']');
    let is_negated = symbol
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("NOT"));
    elements::read(if is_list || (is_negated && symbol.ends_with(']')) {
        "*"
    } else {
        symbol
    })
}

/// A mass number, of which decimals are dropped.
fn mass(value: &str) -> Result<u32, String> {
    let whole = value.split('.').next().unwrap_or(value);
    whole
        .parse()
        .map_err(|_| format!("no mass number: `{value}`"))
}
