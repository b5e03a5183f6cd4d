//! The atoms of a molecule that each piece of its text writes.

use crate::tokenizer::{Cutter, TokenizeError};

/// For each piece of a SMILES, the atoms that it writes or is about, numbered in the order in which they are
/// written, from 0: an atom itself; of a bond the atoms that it joins; of a branch the atom that it hangs on; of a
/// ring number the atoms that it joins, the second time it is written. The pieces, joined, are the text.
///
/// Text that is no molecule has atoms, too.
///
/// # Errors
/// [`TokenizeError`] for a piece that is not made of SMILES tokens.
pub fn atoms_of(pieces: &[&str]) -> Result<Vec<Vec<usize>>, TokenizeError> {
    let mut writer = Writer::default();
    let mut waits: Vec<usize> = Vec::new();
    let mut found: Vec<Vec<usize>> = Vec::new();
    for (place, piece) in pieces.iter().enumerate() {
        let mut atoms = Vec::new();
        for part in Cutter::Atomwise.pieces(piece)? {
            match writer.read(part) {
                Part::Atom(atom) => {
                    // Bonds that were written before it.
                    for earlier in waits.drain(..) {
                        let list: &mut Vec<usize> = found.get_mut(earlier).unwrap_or(&mut atoms);
                        list.push(atom);
                    }
                    atoms.push(atom);
                }
                Part::Bond(before) => {
                    atoms.extend(before);
                    waits.push(place);
                }
                Part::Other(about) => atoms.extend(about),
            }
        }
        atoms.sort_unstable();
        atoms.dedup();
        found.push(atoms);
    }
    Ok(found)
}

/// What a part of a text is.
enum Part {
    /// The atom that it writes.
    Atom(usize),
    /// A bond, after this atom.
    Bond(Option<usize>),
    /// A branch or ring number, about these atoms.
    Other(Vec<usize>),
}

/// The place in a text that is read.
#[derive(Default)]
struct Writer {
    atoms: usize,
    current: Option<usize>,
    branches: Vec<Option<usize>>,
    rings: Vec<(String, usize)>,
}

impl Writer {
    fn read(&mut self, part: &str) -> Part {
        let first = part.chars().next().unwrap_or(' ');
        match first {
            '(' => {
                self.branches.push(self.current);
                Part::Other(self.current.into_iter().collect())
            }
            ')' => {
                self.current = self.branches.pop().flatten();
                Part::Other(self.current.into_iter().collect())
            }
            '.' => {
                self.current = None;
                Part::Other(Vec::new())
            }
            '%' | '0'..='9' => {
                let number = part.trim_matches(|c| "%()".contains(c)).to_owned();
                let mut about: Vec<usize> = self.current.into_iter().collect();
                match self.rings.iter().position(|(other, _)| *other == number) {
                    Some(open) => about.push(self.rings.remove(open).1),
                    None => self
                        .rings
                        .extend(self.current.map(|current| (number, current))),
                }
                Part::Other(about)
            }
            'A'..='Z' | 'a'..='z' | '[' | '*' => {
                let atom = self.atoms;
                self.atoms += 1;
                self.current = Some(atom);
                Part::Atom(atom)
            }
            _ => Part::Bond(self.current),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pieces: &[&str], expected: &[&[usize]]) {
        assert_eq!(atoms_of(pieces).unwrap(), expected, "{pieces:?}");
    }

    #[test]
    fn pieces_have_their_atoms() {
        check(
            &["C", "(", "=", "O", ")", "[NH2]"],
            &[&[0], &[0], &[0, 1], &[1], &[0], &[2]],
        );
        check(
            &["C", "1", "C", "C", "1"],
            &[&[0], &[0], &[1], &[2], &[0, 2]],
        );
        check(&["c%12", "cc%12"], &[&[0], &[0, 1, 2]]);
        check(&["CC(=", "O)C"], &[&[0, 1, 2], &[1, 2, 3]]);
        check(&["C", ".", "Cl"], &[&[0], &[], &[1]]);
        check(&["C", "="], &[&[0], &[0]]);
        check(&[")", "1"], &[&[], &[]]);
        assert!(atoms_of(&["C", "!"]).is_err());
    }
}
