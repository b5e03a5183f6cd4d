//! How many atoms of each element a molecule has, hydrogen included.

use std::collections::BTreeMap;

use super::{Molecule, is_element};

/// Numbers of atoms by the symbol of their element, hydrogen included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Elements(BTreeMap<String, u32>);

impl Elements {
    /// Reads a formula such as `C9H10N2O2PF2Cl`, elements in any order. A charge at its end (`+`,
    /// `-2`) is passed over.
    ///
    /// # Errors
    /// The reason, for text that is no formula.
    pub fn parse(formula: &str) -> Result<Self, String> {
        let atoms = formula.split(['+', '-']).next().unwrap_or_default();
        let mut found = BTreeMap::new();
        let mut rest = atoms;
        while let Some(first) = rest.chars().next() {
            let small = rest[first.len_utf8()..].chars();
            let small = small.take_while(char::is_ascii_lowercase).count();
            let (symbol, after) = rest.split_at(first.len_utf8() + small);
            let digits = after.chars().take_while(char::is_ascii_digit).count();
            let (count, after) = after.split_at(digits);
            let count = if count.is_empty() {
                Some(1)
            } else {
                count.parse().ok()
            };
            let Some(count) = count.filter(|_| is_element(symbol)) else {
                return Err(format!("`{formula}` is no formula at `{rest}`"));
            };
            *found.entry(symbol.to_owned()).or_insert(0) += count;
            rest = after;
        }
        if found.is_empty() {
            return Err("a formula names at least one element".to_owned());
        }
        Ok(Self(found))
    }

    /// Atoms of an element.
    pub fn of(&self, symbol: &str) -> u32 {
        self.0.get(symbol).copied().unwrap_or(0)
    }

    /// The elements and their atoms, by symbol.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.iter().map(|(symbol, count)| (&**symbol, *count))
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All atoms.
    pub fn atoms(&self) -> u32 {
        self.0.values().sum()
    }
}

impl Molecule {
    /// Its atoms by element, hydrogen included, isotopes as their element.
    pub fn elements(&self) -> Elements {
        Elements::parse(&self.formula()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_read() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(Elements::parse(text).unwrap_err(), expected);
        }
        let found = Elements::parse("C9H10N2O2PF2Cl").unwrap();
        assert_eq!((found.of("C"), found.of("Cl"), found.of("Br")), (9, 1, 0));
        assert_eq!((found.atoms(), found.len()), (27, 7));
        let molecule = Molecule::parse("C[NH2+]CC([O-])=O.[2H]Cl.*").unwrap();
        let found = molecule.elements();
        assert_eq!((found.of("H"), found.of("C"), found.of("*")), (8, 3, 1));
        check("C7Hx2", "`C7Hx2` is no formula at `Hx2`");
        check("C7 H8", "`C7 H8` is no formula at ` H8`");
        check("7", "`7` is no formula at `7`");
        check("", "a formula names at least one element");
        check(
            "C99999999999",
            "`C99999999999` is no formula at `C99999999999`",
        );
    }
}
