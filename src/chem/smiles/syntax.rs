//! A strict check of SMILES syntax, made before the chemistry crate's parser reads the string.
//!
//! The crate's parser takes strings that RDKit refuses: `C()C`, `C=(O)C`, `C(C=)`, `.C`, `C11`,
//! `C1C1`, `[H+C]`. This pass refuses them, with the place. It knows the grammar and ring closures,
//! nothing of valence or aromaticity.

use std::collections::{HashMap, HashSet};

use super::bracket::Bracket;
use crate::chem::{Cause, Invalid, MAX_LENGTH};

/// Nesting of branches beyond which they are refused here. The chemistry crate's parser refuses
/// more than 500 itself, with a message of its own.
const MAX_DEPTH: usize = 900;

/// The part of the grammar that was read last.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    Start,
    Atom,
    Ring,
    Close,
    Bond,
    Open,
    Dot,
}

/// An atom as it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Atom {
    /// Byte offset in the string.
    pub(crate) at: usize,
    /// Bytes of its text.
    pub(crate) length: usize,
    /// Whether this is a hydrogen written as an atom, `[H]`, with one bond, to an atom that is not
    /// hydrogen.
    pub(crate) hydrogen: bool,
    /// Whether the chemistry crate reads it as it is written.
    pub(crate) plain: bool,
}

/// Checks the syntax of a SMILES string; returns its atoms in the order written.
///
/// # Errors
/// [`Invalid`] with the cause and the place of the first fault.
#[expect(
    clippy::too_many_lines,
    reason = "one match over the grammar reads best whole"
)]
pub(crate) fn check(smiles: &str) -> Result<Vec<Atom>, Invalid> {
    let fail = |cause, position, message: &str| Err(Invalid::new(cause, Some(position), message));
    if smiles.is_empty() {
        return Err(Invalid::new(Cause::Empty, None, "the string is empty"));
    }
    if smiles.len() > MAX_LENGTH {
        let message = format!("{} bytes are more than the {MAX_LENGTH} read", smiles.len());
        return Err(Invalid::new(Cause::TooLong, None, message));
    }
    let bytes = smiles.as_bytes();
    let mut last = Last::Start;
    let mut atoms: Vec<Atom> = Vec::new();
    let mut current = 0_usize;
    let mut branches: Vec<(usize, usize)> = Vec::new();
    let mut open_rings: HashMap<u32, (usize, usize)> = HashMap::new();
    let mut bonds: HashSet<(usize, usize)> = HashSet::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let after_atom = matches!(last, Last::Atom | Last::Ring | Last::Close);
        match bytes[at] {
            b'(' => {
                if !after_atom {
                    return fail(Cause::Parenthesis, at, "a branch must follow an atom");
                }
                branches.push((current, at));
                if branches.len() > MAX_DEPTH {
                    return fail(Cause::Parenthesis, at, "branches are nested too deeply");
                }
                last = Last::Open;
                at += 1;
            }
            b')' => {
                let Some((atom, _)) = branches.pop() else {
                    return fail(Cause::Parenthesis, at, "this parenthesis was never opened");
                };
                if last == Last::Open {
                    return fail(Cause::Parenthesis, at, "a branch is empty");
                }
                if !after_atom {
                    return fail(Cause::Syntax, at, "a bond must be followed by an atom");
                }
                current = atom;
                last = Last::Close;
                at += 1;
            }
            b'.' => {
                if !after_atom {
                    return fail(Cause::Syntax, at, "a dot must follow an atom");
                }
                last = Last::Dot;
                at += 1;
            }
            b'-' | b'=' | b'#' | b'$' | b':' | b'/' | b'\\' | b'~' | b'<'
                if bytes[at] != b'<' || bytes.get(at + 1) == Some(&b'-') =>
            {
                if !(after_atom || last == Last::Open) {
                    return fail(Cause::Syntax, at, "a bond must follow an atom");
                }
                last = Last::Bond;
                at += if matches!(
                    &bytes[at..],
                    [b'-', b'>', ..] | [b'<', b'-', ..] | [b'\\', b'\\', ..]
                ) {
                    2
                } else {
                    1
                };
            }
            b'0'..=b'9' | b'%' => {
                let Some((number, length)) = ring_number(&smiles[at..]) else {
                    return fail(
                        Cause::Ring,
                        at,
                        "`%` must be followed by a number from 10 to 99",
                    );
                };
                if !(after_atom || (last == Last::Bond && !atoms.is_empty())) {
                    return fail(Cause::Ring, at, "a ring number must follow an atom");
                }
                if let Some((atom, _)) = open_rings.remove(&number) {
                    if atom == current {
                        return fail(Cause::Ring, at, "a ring closes on its own atom");
                    }
                    if !bonds.insert((atom.min(current), atom.max(current))) {
                        return fail(Cause::Ring, at, "a ring closes on a neighbouring atom");
                    }
                } else {
                    open_rings.insert(number, (current, at));
                }
                last = Last::Ring;
                at += length;
            }
            first => {
                let mut plain = true;
                let length = match first {
                    b'[' => {
                        let Some(end) = smiles[at..].find(']') else {
                            return fail(Cause::Bracket, at, "this bracket is never closed");
                        };
                        match Bracket::read(&smiles[at..=at + end]) {
                            Ok(bracket) => plain = bracket.plain,
                            Err(message) => return fail(Cause::Bracket, at, message),
                        }
                        end + 1
                    }
                    b']' => return fail(Cause::Bracket, at, "this bracket was never opened"),
                    b'B' if bytes.get(at + 1) == Some(&b'r') => 2,
                    b'C' if bytes.get(at + 1) == Some(&b'l') => 2,
                    b'B' | b'C' | b'N' | b'O' | b'P' | b'S' | b'F' | b'I' | b'b' | b'c' | b'n'
                    | b'o' | b'p' | b's' | b'*' => 1,
                    _ => return fail(Cause::Syntax, at, "this is not a part of SMILES"),
                };
                if !matches!(last, Last::Start | Last::Dot) {
                    bonds.insert((current, atoms.len()));
                }
                current = atoms.len();
                atoms.push(Atom {
                    at,
                    length,
                    hydrogen: false,
                    plain,
                });
                last = Last::Atom;
                at += length;
            }
        }
        debug_assert!(at > start, "every turn reads at least one byte");
    }
    if matches!(last, Last::Bond | Last::Dot) {
        return fail(
            Cause::Truncated,
            bytes.len() - 1,
            "the string ends where an atom must follow",
        );
    }
    if let Some((_, position)) = branches.pop() {
        return fail(
            Cause::Parenthesis,
            position,
            "this parenthesis is never closed",
        );
    }
    if let Some((_, position)) = open_rings
        .into_values()
        .min_by_key(|(_, position)| *position)
    {
        return fail(Cause::Ring, position, "this ring is never closed");
    }
    if smiles.contains("[H]") || smiles.contains("#1") {
        mark_hydrogens(smiles, &mut atoms, &bonds);
    }
    Ok(atoms)
}

/// Finds the hydrogens that [`Atom::hydrogen`] means.
fn mark_hydrogens(smiles: &str, atoms: &mut [Atom], bonds: &HashSet<(usize, usize)>) {
    let mut degrees = vec![0; atoms.len()];
    for (a, b) in bonds {
        degrees[*a] += 1;
        degrees[*b] += 1;
    }
    for (a, b) in bonds {
        for (one, other) in [(*a, *b), (*b, *a)] {
            if degrees[one] != 1 {
                continue;
            }
            let read = |atom: usize| Bracket::read(&smiles[atoms[atom].at..][..atoms[atom].length]);
            let bare = read(one).is_ok_and(|bracket| bracket.is_bare_hydrogen());
            if bare && !read(other).is_ok_and(|bracket| bracket.is_hydrogen()) {
                atoms[one].hydrogen = true;
            }
        }
    }
}

/// The ring number at the start of `text` (`1`, `%12` or `%(123)`) and its length in bytes.
pub(crate) fn ring_number(text: &str) -> Option<(u32, usize)> {
    let digits = |range: std::ops::Range<usize>| {
        text.get(range)
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
    };
    if let Some(rest) = text.strip_prefix("%(") {
        let length = rest.find(')').filter(|length| (1..=5).contains(length))?;
        return Some((digits(2..2 + length)?, length + 3));
    }
    if text.starts_with('%') {
        return Some((digits(1..3).filter(|number| *number > 9)?, 3));
    }
    Some((digits(0..1)?, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(smiles: &str, cause: Cause, position: Option<usize>) {
        let invalid = check(smiles).unwrap_err();
        assert_eq!(
            (invalid.cause, invalid.position),
            (cause, position),
            "{smiles}: {invalid}"
        );
    }

    #[test]
    fn legal_syntax_is_accepted() {
        for smiles in [
            "C",
            "c1ccccc1",
            "CC(=O)Oc1ccccc1C(=O)O",
            "C%12CC%12",
            "C(C)1CC1",
            "[Na+].[Cl-]",
            "F/C=C/F",
            "[13C@@H](N)(C)O",
            "[NH4+]",
            "C=1CC=1",
            "[O-][N+](=O)c1ccccc1",
            "[*:1]C",
            "C[C@TH](N)O",
            "C%(0)CC%(00000)",
            "[#6H3][Uub]",
            "[OH:0]",
            "Cl\\\\Cl",
        ] {
            assert!(check(smiles).is_ok(), "{smiles}");
        }
        let atoms = check("CC(=O)[NH3+].Cl").unwrap();
        let found: Vec<_> = atoms.iter().map(|atom| (atom.at, atom.length)).collect();
        assert_eq!(found, [(0, 1), (1, 1), (4, 1), (6, 6), (13, 2)]);
        let hydrogens = |smiles| -> Vec<bool> {
            let atoms = check(smiles).unwrap();
            atoms.iter().map(|atom| atom.hydrogen).collect()
        };
        assert_eq!(hydrogens("[H]C([H])F"), [true, false, true, false]);
        assert_eq!(hydrogens("[H][Hf]"), [true, false]);
        assert_eq!(hydrogens("[H][2H][H].F[H]F"), [false; 6]);
        assert_eq!(hydrogens("[#1]C[0H]"), [true, false, true]);
    }

    #[test]
    fn faults_have_a_cause_and_a_place() {
        check_refused("", Cause::Empty, None);
        check_refused("C()C", Cause::Parenthesis, Some(2));
        check_refused("C(C", Cause::Parenthesis, Some(1));
        check_refused("CC)C", Cause::Parenthesis, Some(2));
        check_refused("(C)C", Cause::Parenthesis, Some(0));
        check_refused("C=(O)C", Cause::Parenthesis, Some(2));
        check_refused("C(C=)C", Cause::Syntax, Some(4));
        check_refused(".C", Cause::Syntax, Some(0));
        check_refused("=C", Cause::Syntax, Some(0));
        check_refused("C==C", Cause::Syntax, Some(2));
        check_refused("CC=", Cause::Truncated, Some(2));
        check_refused("CC.", Cause::Truncated, Some(2));
        check_refused("C11", Cause::Ring, Some(2));
        check_refused("C1C1", Cause::Ring, Some(3));
        check_refused("c1ccccc", Cause::Ring, Some(1));
        check_refused("C%1", Cause::Ring, Some(1));
        check_refused("C1CCCCC%01", Cause::Ring, Some(7));
        check_refused("C%00CCCCC%00", Cause::Ring, Some(1));
        check_refused("C%(100000)CC%(100000)", Cause::Ring, Some(1));
        check_refused("1CC1", Cause::Ring, Some(0));
        check_refused("[CH3", Cause::Bracket, Some(0));
        check_refused("C]", Cause::Bracket, Some(1));
        check_refused("C[+N]", Cause::Bracket, Some(1));
        check_refused("C[H@]", Cause::Bracket, Some(1));
        check_refused("[013CH4]", Cause::Bracket, Some(0));
        check_refused("C[CH02]", Cause::Bracket, Some(1));
        check_refused("[Fe+02]", Cause::Bracket, Some(0));
        check_refused("[CH3:01]", Cause::Bracket, Some(0));
        check_refused("C C", Cause::Syntax, Some(1));
        check_refused("Cé", Cause::Syntax, Some(1));
        check_refused(&"C".repeat(MAX_LENGTH + 1), Cause::TooLong, None);
        check_refused(&"C(".repeat(1000), Cause::Parenthesis, Some(1801));
    }
}
