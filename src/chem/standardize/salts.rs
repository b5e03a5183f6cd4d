//! The solvents and salts of the ChEMBL structure pipeline, and which components of a mixture are
//! one.
//!
//! A component is a solvent or salt if its atoms and bonds are those of a pattern: elements,
//! aromaticity and bond orders, whatever its charges, hydrogens and stereochemistry, unless the
//! pattern names them. The 172 patterns of `salts.tsv` are those of `chembl_structure_pipeline` 1.2.4
//! (MIT licence, `SALTS_LICENSE`).

use std::sync::LazyLock;

use super::written::{Bond, Written};

/// A pattern of `salts.tsv`.
struct Pattern {
    solvent: bool,
    shape: Written<'static>,
}

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let parse = |line: &'static str| {
        let mut cells = line.split('\t');
        let (kind, _name, smarts) = (cells.next()?, cells.next()?, cells.next()?);
        Some(Pattern {
            solvent: kind == "solvent",
            shape: Written::read(smarts)?,
        })
    };
    include_str!("salts.tsv")
        .lines()
        .filter_map(parse)
        .collect()
});

/// Whether a component, given by its canonical SMILES, is one of the solvents.
pub(super) fn is_solvent(component: &str) -> bool {
    is_one(component, true)
}

/// Whether a component, given by its canonical SMILES, is one of the salts.
pub(super) fn is_salt(component: &str) -> bool {
    is_one(component, false)
}

fn is_one(component: &str, solvent: bool) -> bool {
    let Some(component) = Written::read(component) else {
        return false;
    };
    let mut patterns = PATTERNS.iter().filter(|pattern| pattern.solvent == solvent);
    patterns.any(|pattern| has_shape(&component, &pattern.shape))
}

/// Whether a component has the same atoms and bonds as a pattern.
pub(super) fn has_shape(component: &Written<'_>, pattern: &Written<'_>) -> bool {
    let bonds = |written: &Written<'_>| -> usize {
        (0..written.atoms.len())
            .map(|atom| written.neighbours(atom).count())
            .sum()
    };
    component.atoms.len() == pattern.atoms.len()
        && bonds(component) == bonds(pattern)
        && Matching {
            component,
            pattern,
            places: vec![None; pattern.atoms.len()],
        }
        .go_on(0)
}

/// A search for the atoms of a component that are those of a pattern.
struct Matching<'a> {
    component: &'a Written<'a>,
    pattern: &'a Written<'a>,
    /// The atom of the component for each of the first atoms of the pattern.
    places: Vec<Option<usize>>,
}

impl Matching<'_> {
    /// Places the atoms of the pattern from `atom` on.
    fn go_on(&mut self, atom: usize) -> bool {
        if atom == self.places.len() {
            return true;
        }
        for place in 0..self.component.atoms.len() {
            if self.places.contains(&Some(place)) || !self.fits(atom, place) {
                continue;
            }
            self.places[atom] = Some(place);
            if self.go_on(atom + 1) {
                return true;
            }
            self.places[atom] = None;
        }
        false
    }

    /// Whether an atom of the pattern can be this atom of the component, by itself and by its bonds
    /// to atoms that have their places.
    fn fits(&self, atom: usize, place: usize) -> bool {
        let (asked, given) = (&self.pattern.atoms[atom], &self.component.atoms[place]);
        let hydrogens = asked.hydrogens == 0 || asked.hydrogens == self.component.hydrogens(place);
        let charge = asked.charge == 0 || asked.charge == given.charge;
        let bonds_fit = |(other, order): (usize, Bond)| {
            let Some(other) = self.places[other] else {
                return true;
            };
            let mut found = self.component.neighbours(place);
            found.any(|(beside, given)| {
                let implicit = matches!(order, Bond::Single | Bond::Aromatic)
                    && matches!(given, Bond::Single | Bond::Aromatic);
                beside == other && (order == given || implicit)
            })
        };
        asked.symbol == given.symbol
            && hydrogens
            && charge
            && self.pattern.neighbours(atom).all(bonds_fit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_read() {
        let solvents = PATTERNS.iter().filter(|pattern| pattern.solvent).count();
        assert_eq!((solvents, PATTERNS.len()), (9, 172));
    }

    #[test]
    fn components_are_compared_with_patterns() {
        for (component, solvent, salt) in [
            ("O", true, true),
            ("[OH-]", false, true),
            ("CCO", true, false),
            ("C[O-]", true, false),
            ("CCN", false, false),
            ("[Na+]", false, true),
            ("Cl", false, true),
            ("[Cl-]", false, true),
            ("O=C([O-])/C=C/C(=O)O", false, true),
            ("O=[N+]([O-])O", false, true),
            ("[O-][Cl+3]([O-])([O-])O", false, false),
            ("[O-2]", false, true),
            ("[S-2]", false, true),
            ("S", false, false),
            ("c1c[nH]cn1", false, true),
            ("c1c[n-]cn1", false, false),
            ("C[S+](C)[O-]", false, false),
            ("O=C(O)[C@H](O)[C@@H](O)C(=O)O", false, true),
            ("[H+]", false, true),
            ("*", false, false),
        ] {
            let found = (is_solvent(component), is_salt(component));
            assert_eq!(found, (solvent, salt), "{component}");
        }
    }
}
