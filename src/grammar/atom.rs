//! What an atom's text allows: how many bonds it can have and, if aromatic, what part it takes in
//! its rings. Chemistry is asked by small molecules that have the atom in each situation, so that
//! the verdicts are the same for every element, charge and hydrogen count.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::chem::Molecule;

/// Most bonds that are asked about. An atom that can have so many, a metal, can have any number.
const MOST_BONDS: usize = 8;

/// Most single and aromatic bonds, and most double bonds, of an aromatic atom.
const MOST_SINGLE: usize = 3;
const MOST_DOUBLE: usize = 2;

/// The bonds that an atom can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AtomRule {
    /// The largest sum of the orders of its bonds; 255 where there is none.
    Plain(u8),
    /// Aromatic.
    Aromatic(Parts),
}

impl AtomRule {
    /// The rule of an atom's text; `None` where no molecule has such an atom. Asked about each text once
    /// per process.
    pub(super) fn of(text: &str) -> Option<Self> {
        static KNOWN: LazyLock<Mutex<HashMap<String, Option<AtomRule>>>> =
            LazyLock::new(Mutex::default);
        let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known().get(text).copied();
        found.unwrap_or_else(|| {
            let rule = Self::asked(text);
            known().insert(text.to_owned(), rule);
            rule
        })
    }

    /// The rule, as chemistry answers.
    fn asked(text: &str) -> Option<Self> {
        let name = text.trim_start_matches(|sign: char| sign == '[' || sign.is_ascii_digit());
        if name.starts_with(|first: char| first.is_ascii_lowercase()) {
            let parts = Parts::of(text);
            return (parts != Parts(0)).then_some(Self::Aromatic(parts));
        }
        let most = (0..=MOST_BONDS).rev().find(|bonds| {
            let beside = "(F)".repeat(*bonds);
            is_molecule(&format!("{text}{beside}"))
        });
        Some(Self::Plain(match most? {
            MOST_BONDS => u8::MAX,
            most => most as u8,
        }))
    }
}

/// For each number of single (or aromatic) and of double bonds that an aromatic atom may end with:
/// whether the rings that it is in need no double bond of it, and whether they may have one. Two
/// bits each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts(u32);

/// The part of an aromatic atom in its rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// It can do without a double bond of the ring.
    pub(super) without: bool,
    /// It can have a double bond of the ring.
    pub(super) with: bool,
}

impl Part {
    /// The parts of either.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            without: self.without || other.without,
            with: self.with || other.with,
        }
    }

    /// Whether there is any such part.
    pub(super) fn is_any(self) -> bool {
        self.with || self.without
    }
}

impl Parts {
    fn of(text: &str) -> Self {
        let mut bits = 0;
        // With a third neighbour these depend on more than their bonds; RDKit writes none such.
        let most = if matches!(text, "s" | "[se]" | "[te]") {
            2
        } else {
            MOST_SINGLE
        };
        for single in 2..=most {
            for double in 0..=MOST_DOUBLE {
                let beside = "(F)".repeat(single - 2) + &"(=C)".repeat(double);
                // Four more atoms are satisfied by themselves; five need the one in question.
                let without = is_molecule(&format!("{text}1{beside}cccc1"));
                let with = is_molecule(&format!("{text}1{beside}ccccc1"));
                let part = u32::from(without) | u32::from(with) << 1;
                bits |= part << Self::place(single, double);
            }
        }
        Self(bits)
    }

    fn place(single: usize, double: usize) -> usize {
        2 * (double * (MOST_SINGLE + 1) + single)
    }

    /// The part of an atom that ends with these bonds.
    pub(super) fn with_bonds(self, single: u8, double: u8) -> Part {
        let (single, double) = (usize::from(single), usize::from(double));
        if single > MOST_SINGLE || double > MOST_DOUBLE {
            return Part {
                without: false,
                with: false,
            };
        }
        let bits = self.0 >> Self::place(single, double);
        Part {
            without: bits & 1 != 0,
            with: bits & 2 != 0,
        }
    }

    /// The parts that are left to an atom with at least these bonds, all together.
    pub(super) fn with_at_least(self, single: u8, double: u8) -> Part {
        let mut all = Part {
            without: false,
            with: false,
        };
        for single in single..=MOST_SINGLE as u8 {
            for double in double..=MOST_DOUBLE as u8 {
                all = all.or(self.with_bonds(single, double));
            }
        }
        all
    }

    /// The rule of an atom that must end with these bonds.
    pub(super) fn only(self, single: u8, double: u8) -> Self {
        let place = Self::place(usize::from(single), usize::from(double));
        Self(self.0 & (3 << place))
    }
}

fn is_molecule(text: &str) -> bool {
    Molecule::parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_plain(text: &str, most: u8) {
        assert_eq!(AtomRule::of(text), Some(AtomRule::Plain(most)), "{text}");
    }

    #[test]
    fn atoms_have_the_bonds_that_rdkit_allows() {
        for (text, most) in [
            ("C", 4),
            ("N", 3),
            ("O", 2),
            ("F", 1),
            ("S", 6),
            ("P", 5),
            ("B", 3),
            ("[N+]", 4),
            ("[NH+]", 3),
            ("[O-]", 1),
            ("[C@@H]", 3),
            ("[CH2-]", 1),
            ("[13CH3]", 1),
            ("[H]", 1),
            ("[Si]", 4),
            ("[Cl-]", 0),
        ] {
            check_plain(text, most);
        }
        assert_eq!(AtomRule::of("[CH5]"), None);
    }

    #[test]
    fn aromatic_atoms_take_their_part_in_rings() {
        #[track_caller]
        fn check(text: &str, bonds: (u8, u8), without: bool, with: bool) {
            let Some(AtomRule::Aromatic(parts)) = AtomRule::of(text) else {
                panic!("{text} is aromatic");
            };
            let found = parts.with_bonds(bonds.0, bonds.1);
            assert_eq!(found, Part { without, with }, "{text} {bonds:?}");
        }
        check("c", (2, 0), false, true);
        check("c", (3, 0), false, true);
        check("c", (2, 1), true, false);
        check("c", (4, 0), false, false);
        check("n", (2, 0), false, true);
        check("n", (3, 0), true, false);
        check("o", (2, 0), true, false);
        check("o", (3, 0), false, false);
        check("s", (2, 0), true, false);
        check("s", (3, 0), false, false);
        check("[nH]", (2, 0), true, false);
        check("[nH]", (3, 0), false, false);
        check("[n+]", (3, 0), false, true);
    }
}
