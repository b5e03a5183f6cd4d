//! A molecule to draw while its text is unfinished.

use super::atoms::ring_number;
use crate::chem::Molecule;
use crate::tokenizer::Cutter;

/// A molecule with the atoms of a text that is still being written, in its order: what is open is left out.
/// `None` where none can be made of it.
///
/// Branches are closed and ring numbers without their second atom dropped; aromatic atoms that are not in a finished
/// aromatic system are written without aromaticity. Whole molecules are given as they are.
pub fn drawable(text: &str) -> Option<String> {
    let is_molecule = |text: &String| Molecule::parse(text).is_ok();
    let whole = Some(text.to_owned()).filter(is_molecule);
    whole.or_else(|| {
        let closed = closed(text)?;
        let pieces = Cutter::Atomwise.pieces(&closed).ok()?;
        // The largest beginning that keeps its aromaticity: systems are finished in the order of the text.
        let ends = (0..=pieces.len()).rev();
        let ends = ends.filter(|&end| end == 0 || end == pieces.len() || is_ring(pieces[end - 1]));
        let kept = |end: usize| {
            let (before, after) = pieces.split_at(end);
            before.concat() + &without_aromaticity(after)
        };
        ends.map(kept).find(is_molecule)
    })
}

/// The text with what is open left out.
fn closed(text: &str) -> Option<String> {
    let mut pieces = Cutter::Atomwise.pieces(text).ok()?;
    // Ends that wait for an atom.
    let waits = |piece: &&str| !is_atom(piece) && !is_ring(piece) && *piece != ")";
    while pieces.last().is_some_and(waits) {
        pieces.pop();
    }
    let mut open_rings: Vec<usize> = Vec::new();
    let mut branches = 0_usize;
    for (place, piece) in pieces.iter().enumerate() {
        match *piece {
            "(" => branches += 1,
            ")" => branches = branches.checked_sub(1)?,
            _ if is_ring(piece) => {
                let same = |other: &usize| ring_number(pieces[*other]) == ring_number(piece);
                match open_rings.iter().position(same) {
                    Some(open) => drop(open_rings.remove(open)),
                    None => open_rings.push(place),
                }
            }
            _ => {}
        }
    }
    // A bond symbol belongs to the ring number after it.
    let bonds: Vec<usize> = open_rings
        .iter()
        .filter_map(|place| place.checked_sub(1))
        .filter(|&place| pieces[place] != "(" && pieces[place] != ")")
        .filter(|&place| !is_atom(pieces[place]) && !is_ring(pieces[place]))
        .collect();
    let kept = pieces.iter().enumerate();
    let kept = kept.filter(|(place, _)| !open_rings.contains(place) && !bonds.contains(place));
    let mut closed: String = kept.map(|(_, piece)| *piece).collect();
    closed += &")".repeat(branches);
    (!closed.is_empty()).then_some(closed)
}

fn is_ring(piece: &str) -> bool {
    piece.starts_with(|first: char| first == '%' || first.is_ascii_digit())
}

fn is_atom(piece: &str) -> bool {
    piece.starts_with(|first: char| first.is_ascii_alphabetic() || first == '[' || first == '*')
}

/// Pieces with the atoms of aromatic rings written as others.
fn without_aromaticity(pieces: &[&str]) -> String {
    let plain = |piece: &&str| {
        let symbol = piece.trim_start_matches(|c: char| c == '[' || c.is_ascii_digit());
        if is_atom(piece) && symbol.starts_with(|first: char| first.is_ascii_lowercase()) {
            let (before, after) = piece.split_at(piece.len() - symbol.len());
            let first: String = after.chars().take(1).collect();
            format!("{before}{}{}", first.to_uppercase(), &after[1..])
        } else if *piece == ":" {
            String::new()
        } else {
            (*piece).to_owned()
        }
    };
    pieces.iter().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(drawable(text).as_deref(), expected, "{text}");
    }

    #[test]
    fn what_is_open_is_left_out() {
        check("CCO", Some("CCO"));
        check("CC(=O", Some("CC(=O)"));
        check("CC(", Some("CC"));
        check("CC(=", Some("CC"));
        check("C1CC", Some("CCC"));
        check("C=1CC(C", Some("CCC(C)"));
        check("c1ccccc1C(=O)N", Some("c1ccccc1C(=O)N"));
        check("c1ccc", Some("CCCC"));
        check("c1ccccc1Nc1cc", Some("c1ccccc1NCCC"));
        check("O=C(Nc1ccc(", Some("O=C(NCCCC)"));
        check("c1ccc2c(c1)cccc", Some("c1cccc(c1)CCCC"));
        check("Cc1c[nH", None);
        check("Cc1c[nH]", Some("CCC[NH]"));
        check("", None);
        check("(", None);
        check("C))", None);
        check("C!", None);
        check("CF(C)C", None);
    }

    #[test]
    fn every_beginning_of_a_molecule_is_drawn() {
        for smiles in [
            "CC(=O)Nc1ccc(O)cc1",
            "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
            "C/C=C\\[C@@H](N)C(=O)[O-].[Na+]",
        ] {
            let pieces = Cutter::Atomwise.pieces(smiles).unwrap();
            for end in 1..=pieces.len() {
                let text = pieces[..end].concat();
                let drawn = drawable(&text).unwrap_or_else(|| panic!("{text}"));
                let atoms = |text: &str| {
                    let pieces = Cutter::Atomwise.pieces(text).unwrap();
                    pieces.iter().filter(|piece| is_atom(piece)).count()
                };
                assert_eq!(atoms(&drawn), atoms(&text), "{text} {drawn}");
            }
        }
    }
}
