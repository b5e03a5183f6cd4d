//! Normalization of legal SMILES that the chemistry crate's parser does not read into SMILES that
//! it does.
//!
//! `C(O.N)C`, a dot inside a branch, becomes `C(O)C.N`; `C%(123)CC%(123)` becomes `C1CC1`; of two
//! bonds at the ends of a ring closure, `C-1CC=1`, the one that counts stays; the order of a bond
//! to a hydrogen written as an atom, `[H]=C`, is dropped. Expects a string that the syntax pass
//! accepted.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;

use super::syntax::{Atom, ring_number};

/// The string with detached parts at its end and short ring numbers, and its atoms in that order.
pub(crate) fn plain(smiles: &str, atoms: Vec<Atom>) -> (Cow<'_, str>, Vec<Atom>) {
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

/// The string without the bond symbols that RDKit ignores: of the two at a ring closure the first
/// that has an order is kept, else the second; `~` there, and any order beside a hydrogen written
/// as an atom, is dropped.
pub(crate) fn agreed<'a>(text: Cow<'a, str>, atoms: &[Atom]) -> Cow<'a, str> {
    /// A bond symbol: its place, its text, and whether it has an order (is not `/` or `\`).
    #[derive(Clone, Copy)]
    struct Bond<'a> {
        at: usize,
        text: &'a str,
        order: bool,
    }
    let text = if text.contains(r"\\") {
        Cow::Owned(text.replace(r"\\", r"\"))
    } else {
        text
    };
    let bytes = text.as_bytes();
    let is_bond = |byte: &u8| b"-=#$:~/\\<>".contains(byte);
    let bonded_closure = bytes
        .windows(2)
        .any(|two| is_bond(&two[0]) && (two[1].is_ascii_digit() || two[1] == b'%'));
    if !bonded_closure && !atoms.iter().any(|atom| atom.hydrogen) {
        return text;
    }
    let mut dropped: Vec<Bond<'_>> = Vec::new();
    let mut open: HashMap<u32, Option<Bond<'_>>> = HashMap::new();
    let mut bond: Option<Bond<'_>> = None;
    let mut after_hydrogen = false;
    let mut atoms = atoms.iter();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let mut length = 1;
        if let Some((number, digits)) = ring_number(rest) {
            length = digits;
            match (open.remove(&number), bond.take()) {
                (None, bond) => {
                    open.insert(number, bond);
                }
                (Some(Some(first)), Some(second)) => {
                    let alike = first.text == second.text;
                    match (first.order, second.order) {
                        (true, _) => dropped.push(second),
                        (false, true) => dropped.push(first),
                        (false, false) if alike => dropped.push(first),
                        (false, false) => {}
                    }
                    let kept = if first.order { first } else { second };
                    if kept.text == "~" {
                        dropped.push(kept);
                    }
                }
                (Some(first), second) => {
                    let any = |bond: &Bond<'_>| bond.text == "~";
                    dropped.extend(first.or(second).filter(any));
                }
            }
        } else if is_bond(&bytes[at]) {
            length = if matches!(bytes[at..], [b'-', b'>', ..] | [b'<', b'-', ..]) {
                2
            } else {
                1
            };
            let symbol = &text[at..at + length];
            bond = Some(Bond {
                at,
                text: symbol,
                order: !symbol.starts_with(['/', '\\']),
            });
            if after_hydrogen && length == 1 {
                dropped.extend(bond.filter(|bond| bond.order));
            }
        } else if matches!(bytes[at], b'(' | b')' | b'.') {
            after_hydrogen = false;
        } else {
            let atom = atoms.next();
            length = atom.map_or(1, |atom| atom.length);
            after_hydrogen = atom.is_some_and(|atom| atom.hydrogen);
            let single = |bond: &Bond<'_>| bond.order && bond.text.len() == 1;
            if after_hydrogen {
                dropped.extend(bond.filter(single));
            }
            bond = None;
        }
        at += length;
    }
    if dropped.is_empty() {
        return text;
    }
    dropped.sort_by_key(|bond| bond.at);
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for bond in dropped {
        kept.push_str(&text[from..bond.at.max(from)]);
        from = bond.at + bond.text.len();
    }
    kept.push_str(&text[from..]);
    Cow::Owned(kept)
}

/// Whether there is a dot inside a branch.
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

    #[track_caller]
    fn check_agreed(smiles: &str, expected: &str) {
        let (text, atoms) = plain(smiles, syntax::check(smiles).unwrap());
        assert_eq!(agreed(text, &atoms), expected, "{smiles}");
    }

    #[test]
    fn the_first_bond_of_a_ring_closure_that_says_an_order_counts() {
        check_agreed("C1CC1", "C1CC1");
        check_agreed("C-1CC=1", "C-1CC1");
        check_agreed("C=1CC-1", "C=1CC1");
        check_agreed("C/1CC=1", "C1CC=1");
        check_agreed("C=1CC/1", "C=1CC1");
        check_agreed("C/1CC/1", "C1CC/1");
        check_agreed("C->1CC=1", "C->1CC1");
        check_agreed("N->1CC[Fe]<-1", "N->1CC[Fe]1");
        check_agreed("C~1CC=1", "C1CC1");
        check_agreed("C=1CC~1", "C=1CC1");
        check_agreed("C1CC~1", "C1CC1");
        check_agreed("C-1CC=1C~1CC1", "C-1CC1C1CC1");
        check_agreed("C%12CC-%12", "C%12CC-%12");
        check_agreed(r"F\\C=C\F", r"F\C=C\F");
    }

    #[test]
    fn a_bond_to_a_written_hydrogen_says_no_order() {
        check_agreed("[H]=C", "[H]C");
        check_agreed("C(#[H])C", "C([H])C");
        check_agreed("C~C[H]", "C~C[H]");
        check_agreed("C([H])=C", "C([H])=C");
        check_agreed("[H]/C=C/F", "[H]/C=C/F");
        check_agreed("[2H]=C", "[2H]=C");
    }

    #[test]
    fn long_ring_numbers_become_short() {
        check("C%(123)CC%(123)", "C%01CC%01", &[0, 7, 8]);
    }
}
