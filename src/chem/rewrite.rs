//! Two legal ways of writing that the parser behind does not read, said in the way that it does.
//!
//! `C(O.N)C`, a dot inside a branch, becomes `C(O)C.N`; `C%(123)CC%(123)` becomes `C1CC1`.
//! Expects a string that the syntax pass accepted.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;

use super::syntax::{Atom, ring_number};

/// The string for the parser, and its atoms in the order of that string.
pub(super) fn plain(smiles: &str, atoms: Vec<Atom>) -> (Cow<'_, str>, Vec<Atom>) {
    if !smiles.contains("%(") && !has_detached_part(smiles) {
        return (Cow::Borrowed(smiles), atoms);
    }
    // Part 0 is the string itself; every dot inside a branch begins another.
    let mut parts = vec![(String::new(), Vec::new())];
    let mut part = 0;
    let mut branches = Vec::new();
    let mut rings: HashMap<u32, usize> = HashMap::new();
    let mut numbers = 0;
    let mut atoms = atoms.into_iter().peekable();
    let mut at = 0;
    while let Some(symbol) = smiles[at..].chars().next() {
        let mut length = symbol.len_utf8();
        if let Some(atom) = atoms.next_if(|atom| atom.at == at) {
            length = atom.length;
            parts[part].1.push(atom);
        } else if symbol == '.' && !branches.is_empty() {
            part = parts.len();
            parts.push((String::new(), Vec::new()));
            at += length;
            continue;
        } else if let Some((number, digits)) = ring_number(&smiles[at..]) {
            // Parts move, so a number is used once: its two ends may change places.
            let fresh = rings.remove(&number).unwrap_or_else(|| {
                numbers += 1;
                rings.insert(number, numbers);
                numbers
            });
            // A String takes any text.
            let _ = write!(parts[part].0, "%{fresh:02}");
            at += digits;
            continue;
        } else if symbol == '(' {
            branches.push(part);
        }
        let opened = if symbol == ')' { branches.pop() } else { None };
        part = opened.unwrap_or(part);
        parts[part].0 += &smiles[at..at + length];
        at += length;
    }
    let (texts, atoms): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
    (Cow::Owned(texts.join(".")), atoms.concat())
}

/// Whether a dot stands inside a branch.
fn has_detached_part(smiles: &str) -> bool {
    let mut depth = 0;
    smiles.bytes().any(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        byte == b'.' && depth > 0
    })
}

#[cfg(test)]
mod tests {
    use super::super::syntax;
    use super::*;

    #[track_caller]
    fn check(smiles: &str, expected: &str, places: &[usize]) {
        let (text, atoms) = plain(smiles, syntax::check(smiles).unwrap());
        assert_eq!(text, expected);
        let found: Vec<usize> = atoms.iter().map(|atom| atom.at).collect();
        assert_eq!(found, places);
    }

    #[test]
    fn detached_parts_go_to_the_end() {
        check("CC.O", "CC.O", &[0, 1, 3]);
        check("C(O.N)C", "C(O)C.N", &[0, 2, 6, 4]);
        check(
            "C(O.N(F.Cl)P.S)C",
            "C(O)C.N(F)P.Cl.S",
            &[0, 2, 15, 4, 6, 11, 8, 13],
        );
        check(
            "C(O1.C1)[C@@H]1CC1",
            "C(O%01)[C@@H]%02CC%02.C%01",
            &[0, 2, 8, 15, 16, 5],
        );
    }

    #[test]
    fn long_ring_numbers_become_short() {
        check("C%(123)CC%(123)", "C%01CC%01", &[0, 7, 8]);
    }
}
