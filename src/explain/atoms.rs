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
    let mut found = vec![Vec::new(); pieces.len()];
    for (place, piece) in pieces.iter().enumerate() {
        for part in Cutter::Atomwise.pieces(piece)? {
            writer.read(part, place, &mut found);
        }
    }
    for atoms in &mut found {
        atoms.sort_unstable();
        atoms.dedup();
    }
    Ok(found)
}

/// A ring number without the signs around it: `%01` is 1.
pub(super) fn ring_number(piece: &str) -> u32 {
    let digits: String = piece.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_default()
}

/// The place in a text that is read.
#[derive(Default)]
struct Writer {
    atoms: usize,
    current: Option<usize>,
    branches: Vec<Option<usize>>,
    /// Ring numbers that are open: the atom, and the piece of the bond before the number.
    rings: Vec<(u32, usize, Option<usize>)>,
    /// The piece of a bond that waits for its other atom.
    bond: Option<usize>,
}

impl Writer {
    /// Reads a part of the piece at a place, and adds its atoms.
    fn read(&mut self, part: &str, place: usize, found: &mut [Vec<usize>]) {
        match part.chars().next().unwrap_or(' ') {
            '(' => {
                self.branches.push(self.current);
                found[place].extend(self.current);
            }
            ')' => {
                self.current = self.branches.pop().flatten();
                found[place].extend(self.current);
            }
            '.' => self.current = None,
            '%' | '0'..='9' => self.ring(ring_number(part), place, found),
            'A'..='Z' | 'a'..='z' | '[' | '*' => {
                let atom = self.atoms;
                self.atoms += 1;
                self.current = Some(atom);
                if let Some(bond) = self.bond.take() {
                    found[bond].push(atom);
                }
                found[place].push(atom);
            }
            _ => {
                found[place].extend(self.current);
                self.bond = Some(place);
            }
        }
    }

    fn ring(&mut self, number: u32, place: usize, found: &mut [Vec<usize>]) {
        let Some(current) = self.current else {
            return;
        };
        found[place].push(current);
        let bond = self.bond.take();
        match self.rings.iter().position(|ring| ring.0 == number) {
            Some(open) => {
                let (_, atom, first) = self.rings.remove(open);
                found[place].push(atom);
                for bond in [bond, first].into_iter().flatten() {
                    found[bond].extend([atom, current]);
                }
            }
            None => self.rings.push((number, current, bond)),
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
        check(
            &["C", "=", "1", "C", "C", "=", "1"],
            &[&[0], &[0, 2], &[0], &[1], &[2], &[0, 2], &[0, 2]],
        );
        check(
            &["C", "%01", "C", "C", "1"],
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
