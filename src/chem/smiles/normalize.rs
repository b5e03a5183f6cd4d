//! Normalization of legal SMILES that the chemistry crate's parser does not read into SMILES that
//! it does.
//!
//! `C(O.N)C`, a dot inside a branch, becomes `C(O)C.N`; `C%(123)CC%(123)` becomes `C1CC1`; of two
//! bonds at the ends of a ring closure, `C-1CC=1`, the one that counts stays; the order of a bond
//! to a hydrogen written as an atom, `[H]=C`, is dropped; `[#6H3]` becomes `[CH3]`. Expects a string
//! that the syntax pass accepted.

use std::borrow::Cow;
use std::collections::HashMap;

use super::bracket::Bracket;
use super::graph::ring_text;
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
            parts[part].0 += &ring_text(fresh);
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

/// A string whose bracket atoms the chemistry crate reads, and what that leaves out.
pub(crate) struct Spelled<'a> {
    pub(crate) text: Cow<'a, str>,
    /// The atom maps of the string, in rising order, where the crate cannot hold one of them. The
    /// text has their places, counted from 1, instead, which ranks them alike.
    pub(crate) maps: Vec<u32>,
    /// Atoms with more hydrogens or charge than a string can say, by their place.
    pub(crate) beyond: Vec<(usize, Bracket)>,
}

/// The string with bracket atoms as the chemistry crate reads them.
pub(crate) fn spelled<'a>(text: Cow<'a, str>, atoms: &[Atom]) -> Spelled<'a> {
    let (mut maps, mut beyond) = (Vec::new(), Vec::new());
    if atoms.iter().all(|atom| atom.plain) {
        return Spelled { text, maps, beyond };
    }
    // Other atoms than those in brackets have one or two letters.
    let mut places = (0..atoms.len()).filter(|place| atoms[*place].length > 2);
    let mut brackets = Vec::new();
    let mut rest = &*text;
    while let Some((before, after)) = rest.split_once('[') {
        let end = after.find(']').map_or(after.len(), |end| end + 1);
        let own = &rest[before.len()..=before.len() + end];
        if let (Some(place), Ok(bracket)) = (places.next(), Bracket::read(own)) {
            brackets.push((before, own, bracket));
            maps.extend(bracket.map.filter(|map| *map > 0));
            if bracket.is_beyond() {
                beyond.push((place, bracket));
            }
        }
        rest = &after[end..];
    }
    maps.sort_unstable();
    maps.dedup();
    if maps.last().is_none_or(|most| u16::try_from(*most).is_ok()) {
        maps.clear();
    }
    let mut spelled = String::with_capacity(text.len());
    for (before, own, bracket) in brackets {
        spelled += before;
        let map = bracket.map.map(|map| {
            let place = maps.binary_search(&map).map(|place| place as u16 + 1);
            place.unwrap_or(map as u16)
        });
        if bracket.plain && maps.is_empty() {
            spelled += own;
        } else {
            spelled += &bracket.spelled(map);
        }
    }
    spelled += rest;
    Spelled {
        text: Cow::Owned(spelled),
        maps,
        beyond,
    }
}

/// A string with these atom maps in place of their places, as [`Spelled::maps`] has them.
pub(crate) fn with_maps(text: String, maps: &[u32]) -> String {
    if maps.is_empty() {
        return text;
    }
    let mut written = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(end) = rest.find(']') {
        let (atom, after) = rest.split_at(end);
        let map = atom.rsplit_once(':').and_then(|(before, place)| {
            let place: usize = place.parse().ok()?;
            Some((before, maps.get(place.checked_sub(1)?)?))
        });
        match map {
            Some((before, map)) => {
                written += before;
                written.push(':');
                written += &map.to_string();
            }
            None => written += atom,
        }
        written.push(']');
        rest = &after[1..];
    }
    written + rest
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
            "C(O1)[C@@H]2CC2.C1",
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
        check("C%(123)CC%(123)", "C1CC1", &[0, 7, 8]);
        let many = "C%(123)CC%(123)".repeat(12);
        let (text, _) = plain(&many, syntax::check(&many).unwrap());
        assert!(text.ends_with("C9CC9C%10CC%10C%11CC%11C%12CC%12"));
    }

    #[track_caller]
    fn check_spelled(smiles: &str, expected: &str, maps: &[u32]) {
        let (text, atoms) = plain(smiles, syntax::check(smiles).unwrap());
        let found = spelled(text, &atoms);
        assert_eq!((&*found.text, &*found.maps), (expected, maps), "{smiles}");
        let again = with_maps(found.text.into_owned(), &found.maps);
        let maps = |text: &str| -> Vec<u32> {
            let brackets = text
                .split('[')
                .skip(1)
                .map(|rest| format!("[{}", &rest[..=rest.find(']').unwrap()]));
            brackets
                .filter_map(|text| Bracket::read(&text).unwrap().map)
                .collect()
        };
        assert_eq!(maps(&again), maps(smiles), "{smiles}");
    }

    #[test]
    fn bracket_atoms_are_spelled_for_the_crate() {
        check_spelled("C[CH3:7]", "C[CH3:7]", &[]);
        check_spelled(
            "[#6H3:7]C(=O)[Uub]c1cc[#7H]c1",
            "[CH3:7]C(=O)[Cn]c1cc[NH]c1",
            &[],
        );
        check_spelled(
            "[CH3:70000][13CH2:5][OH:70000]",
            "[CH3:2][13CH2:1][OH:2]",
            &[5, 70_000],
        );
        check_spelled("[CH3:0]C[OH:65536]", "[CH3:0]C[OH:1]", &[65_536]);
        let atoms = syntax::check("CCl[FeH101-120]").unwrap();
        let found = spelled("CCl[FeH101-120]".into(), &atoms);
        let [(place, bracket)] = found.beyond[..] else {
            panic!("one atom")
        };
        assert_eq!((place, bracket.hydrogens, bracket.charge), (2, 101, -120));
    }
}
