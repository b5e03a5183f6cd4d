//! Idle stereo marks: `@`, `@@`, `/` and `\` that are written where no stereochemistry is.
//!
//! RDKit reads `C[C@H](C)C` and `CC/C`, and forgets the marks: the first atom has two neighbours
//! that are alike, the second bond is beside no double bond. The canonical form has them no more.

use std::sync::LazyLock;

use regex::Regex;

use super::Molecule;
use super::perceived::Perceived;
use super::smiles::graph::{Graph, is_direction};
use super::smiles::{normalize, syntax};

/// The stereo marks of a spelling that mark no stereocentre and no stereo double bond.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdleMarks {
    /// Atoms with `@` or `@@`, by their index in the order in which they are written.
    pub atoms: Vec<usize>,
    /// Bonds with `/` or `\`, by their atoms.
    pub bonds: Vec<[usize; 2]>,
}

impl IdleMarks {
    /// Number of the marks.
    pub fn len(&self) -> usize {
        self.atoms.len() + self.bonds.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Molecule {
    /// The idle stereo marks in `text`, the spelling that this molecule was parsed from.
    pub fn idle_marks(&self, text: &str) -> IdleMarks {
        let directed = text.contains(['/', '\\']);
        let marked = text.contains('@');
        if !(directed || marked) || text == self.canonical() {
            return IdleMarks::default();
        }
        if !directed && centres(text) == centres(self.canonical()) {
            return IdleMarks::default();
        }
        let Ok(atoms) = syntax::check(text) else {
            return IdleMarks::default();
        };
        // Atoms as the graph numbers them: detached parts of branches are at its end.
        let (plain, _) = normalize::plain(text, atoms);
        let tetrahedral = OTHER_SHAPES.replace_all(&plain, "@");
        let (Some(drawn), Ok(perceived)) = (Graph::read(&tetrahedral), Perceived::of(&self.graph))
        else {
            return IdleMarks::default();
        };
        let atoms = drawn.atoms.iter().enumerate();
        let idle = |atom: usize| !perceived.stereocentre.get(atom).is_some_and(|is| *is);
        let ends = |atom: usize| perceived.at_stereo_bond.get(atom).is_some_and(|is| *is);
        IdleMarks {
            atoms: atoms
                .filter(|(place, atom)| atom.text.contains('@') && idle(*place))
                .map(|(place, _)| place)
                .collect(),
            bonds: drawn
                .bonds
                .iter()
                .filter(|bond| is_direction(bond.symbol) && !ends(bond.from) && !ends(bond.to))
                .map(|bond| [bond.from, bond.to])
                .collect(),
        }
    }
}

/// Marks of stereocentres that are no tetrahedra, and the long form of `@`.
pub(super) static OTHER_SHAPES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("@(?:TH|AL|SP|TB|OH)[0-9]*").expect("a constant pattern that the tests compile")
});

/// Atoms with `@` in a SMILES.
fn centres(smiles: &str) -> usize {
    let brackets = smiles.split('[').skip(1);
    brackets
        .filter(|text| {
            text.split(']')
                .next()
                .is_some_and(|atom| atom.contains('@'))
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(smiles: &str, atoms: &[usize], bonds: &[[usize; 2]]) {
        let found = Molecule::parse(smiles).unwrap().idle_marks(smiles);
        assert_eq!((&*found.atoms, &*found.bonds), (atoms, bonds), "{smiles}");
    }

    // Expected marks by RDKit 2026.9.1.
    #[test]
    fn marks_on_no_stereochemistry_are_found() {
        check("CC(C)C", &[], &[]);
        check("C[C@H](N)C(=O)O", &[], &[]);
        check("C[C@H](C)C(=O)O", &[1], &[]);
        check("C[C@@]C(=O)O", &[1], &[]);
        check("[C@H3]C[C@](F)(Cl)Br", &[0], &[]);
        check("F/C=C/F", &[], &[]);
        check("F/C=CF", &[], &[[0, 1]]);
        check("C/C(C)=C/F", &[], &[[0, 1], [3, 4]]);
        check("CC/CC", &[], &[[1, 2]]);
        check("C(O.[C@H]C)/C=C/F", &[5], &[]);
        check("F/C=C/F.C/C", &[], &[[4, 5]]);
        check("C[C@SP1](F)(Cl)Br", &[], &[]);
        check("CC=[C@AL1]=CC", &[2], &[]);
        check("[H]/C(F)=C/F", &[], &[]);
        check("[H][C@](C)(C)O", &[1], &[]);
    }
}
