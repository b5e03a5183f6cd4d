//! Fragments: molecules with open points (`[*]`, `[1*]`, `[*:1]`), at which further atoms are to
//! come, and their spellings for a model that goes on with a text.
//!
//! A spelling for a point has the atom that grows at its end, so that what is written next is bonded
//! there (`PromptSMILES`: Thomas et al. 2024, doi:10.1186/s13321-024-00866-5).

use std::borrow::Cow;

use super::graph::{Bond, Graph};
use super::randomize::{write, write_beginning, write_ending};
use super::syntax;
use crate::chem::{Invalid, Molecule, Pattern};

/// A molecule with open points, numbered from 1 in the order in which they were written.
#[derive(Debug, Clone, PartialEq)]
pub struct Fragment {
    /// Canonical, its points `[*:1]`, `[*:2]`...
    smiles: String,
    points: usize,
}

/// The reason for which a text is no fragment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FragmentError {
    /// It is no molecule.
    #[error("{}", invalid.explain(text))]
    Invalid {
        /// The text.
        text: String,
        /// The fault.
        invalid: Invalid,
    },
    /// It is several molecules, or has nothing but open points.
    #[error("`{0}` must be one molecule, with atoms beside its open points")]
    Parts(String),
    /// An open point with several bonds.
    #[error("`{0}`: an open point has one bond, to an atom that is none")]
    Point(String),
    /// A stereo mark that cannot be spelled anew.
    #[error("`{0}` has a stereo mark other than `@`, `@@`, `/` and `\\`, which is not supported")]
    Stereo(String),
}

/// A spelling of a fragment for one of its points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FragmentSpelling {
    /// The text up to the atom that grows, further open points in it.
    pub written: String,
    /// The same without any open point.
    pub plain: String,
    /// The symbol of the bond to what is to come; empty for a single bond.
    pub bond: String,
}

impl Fragment {
    /// Reads a fragment; with no open point it is a core.
    ///
    /// # Errors
    /// [`FragmentError`] for what is none.
    pub fn parse(text: &str) -> Result<Self, FragmentError> {
        let text = text.trim();
        let invalid = |invalid| FragmentError::Invalid {
            text: text.to_owned(),
            invalid,
        };
        Molecule::parse(text).map_err(invalid)?;
        let (numbered, points) = numbered(text);
        let molecule = Molecule::parse(&numbered).map_err(invalid)?;
        let smiles = molecule.canonical().to_owned();
        let graph = Graph::read(&smiles).ok_or_else(|| FragmentError::Stereo(text.to_owned()))?;
        let own = |atom: &usize| is_point(&graph.atoms[*atom].text);
        let open: Vec<usize> = (0..graph.atoms.len()).filter(own).collect();
        if smiles.contains('.') || open.len() == graph.atoms.len() {
            return Err(FragmentError::Parts(text.to_owned()));
        }
        let is_bound = |atom: &usize| {
            let bonds = &graph.atoms[*atom].bonds;
            bonds.len() == 1 && !own(&graph.other(bonds[0], *atom))
        };
        if !open.iter().all(is_bound) {
            return Err(FragmentError::Point(text.to_owned()));
        }
        Ok(Self { smiles, points })
    }

    /// Its canonical text.
    pub fn smiles(&self) -> &str {
        &self.smiles
    }

    /// The number of its open points.
    pub fn points(&self) -> usize {
        self.points
    }

    /// Atoms that can have one more bond, by their place among the atoms of [`Self::smiles`].
    pub fn growable(&self) -> Vec<usize> {
        let Some(graph) = Graph::read(&self.smiles) else {
            return Vec::new();
        };
        let grows = |atom: &usize| self.with_point_at(*atom).is_some();
        (0..graph.atoms.len()).filter(grows).collect()
    }

    /// The fragment with one more open point, the last, at an atom of [`Self::growable`].
    pub fn with_point_at(&self, atom: usize) -> Option<Self> {
        let place = *syntax::check(&self.smiles).ok()?.get(atom)?;
        let (before, rest) = self.smiles.split_at(place.at);
        let (text, after) = rest.split_at(place.length);
        if is_point(text) {
            return None;
        }
        // Where the hydrogen was in the order of neighbours, so that stereo marks stay as they are.
        let new = format!(
            "{before}{}([*:{}]){after}",
            with_fewer_hydrogens(text),
            self.points + 1
        );
        let molecule = Molecule::parse(&new).ok()?;
        Some(Self {
            smiles: molecule.canonical().to_owned(),
            points: self.points + 1,
        })
    }

    /// A random spelling for point `number`; `below(n)` draws from `0..n`.
    pub fn ending(
        &self,
        number: usize,
        below: &mut impl FnMut(usize) -> usize,
    ) -> Option<FragmentSpelling> {
        let graph = Graph::read(&self.smiles)?;
        let (last, hidden) = Self::points_of(&graph, number)?;
        let [written, plain] = write_ending(&graph, last, &hidden, below)?;
        let bond = *graph.atoms[last].bonds.first()?;
        let bond = graph.symbol(bond, graph.other(bond, last)).to_owned();
        Some(FragmentSpelling {
            written,
            plain,
            bond,
        })
    }

    /// A random spelling that begins with the atom at point `number`: the symbol of the bond to it, and
    /// the text.
    pub fn beginning(
        &self,
        number: usize,
        below: &mut impl FnMut(usize) -> usize,
    ) -> Option<(String, String)> {
        let graph = Graph::read(&self.smiles)?;
        let (first, _) = Self::points_of(&graph, number)?;
        let bond = graph.symbol(*graph.atoms[first].bonds.first()?, first);
        Some((bond.to_owned(), write_beginning(&graph, first, below)?))
    }

    /// The atom of a point, and those of all others.
    fn points_of(graph: &Graph<'_>, number: usize) -> Option<(usize, Vec<usize>)> {
        let name = format!("[*:{number}]");
        let open = (0..graph.atoms.len()).filter(|atom| is_point(&graph.atoms[*atom].text));
        let (own, others): (Vec<usize>, Vec<usize>) =
            open.partition(|atom| graph.atoms[*atom].text == name);
        Some((*own.first()?, others))
    }

    /// The pattern of molecules that have the fragment, atom for atom, with something at every open
    /// point and, unless `anywhere`, nothing else bonded to it. Stereochemistry is not compared.
    pub fn pattern(&self, anywhere: bool) -> Option<Pattern> {
        let mut graph = Graph::read(&self.smiles)?;
        for atom in &mut graph.atoms {
            let degree = atom.bonds.len();
            atom.text = Cow::Owned(query(&atom.text, (!anywhere).then_some(degree)));
        }
        let bonds = graph.bonds.iter().map(|bond| Bond {
            symbol: if matches!(bond.symbol, "/" | "\\") {
                ""
            } else {
                bond.symbol
            },
            ..*bond
        });
        graph.bonds = bonds.collect();
        Pattern::parse(&write(&graph, &mut |_| 0)?).ok()
    }

    /// The atoms of a molecule that are those of the fragment, without what is at its open points, where it
    /// has [the pattern](Self::pattern); by their numbers in the order in which they are written.
    pub fn atoms_in(&self, molecule: &Molecule, anywhere: bool) -> Option<Vec<usize>> {
        let pattern = self.pattern(anywhere)?;
        let found = pattern.find(molecule)?.into_iter();
        // Every atom of the pattern is in brackets, and open points are not.
        let signs = pattern.as_str().chars().filter(|sign| "[*".contains(*sign));
        let own = found.zip(signs).filter(|(_, sign)| *sign == '[');
        Some(own.map(|(atom, _)| atom).collect())
    }
}

/// Whether this is the text of an open point.
fn is_point(text: &str) -> bool {
    text.contains('*')
}

/// The text of an atom with one hydrogen less, where hydrogens are written.
fn with_fewer_hydrogens(text: &str) -> String {
    let Some(at) = text
        .strip_prefix('[')
        .and_then(|inside| inside[1..].find('H'))
    else {
        return text.to_owned();
    };
    let (before, after) = text.split_at(at + 2);
    let rest = after[1..].trim_start_matches(|sign: char| sign.is_ascii_digit());
    let digits = &after[1..after.len() - rest.len()];
    let fewer = match digits {
        "" | "1" => String::new(),
        "2" => "H".to_owned(),
        more => format!("H{}", more.parse::<usize>().unwrap_or(1) - 1),
    };
    format!("{before}{fewer}{rest}")
}

/// The text with its open points named `[*:1]`, `[*:2]`... in order, and their number.
fn numbered(text: &str) -> (String, usize) {
    let (mut out, mut points, mut rest) = (String::new(), 0, text);
    while let Some(at) = rest.find(['[', '*']) {
        out += &rest[..at];
        let end = if rest[at..].starts_with('*') {
            at + 1
        } else {
            rest[at..]
                .find(']')
                .map_or(rest.len(), |length| at + length + 1)
        };
        let atom = &rest[at..end];
        if is_point(atom) {
            points += 1;
            out.extend(["[*:", &points.to_string(), "]"]);
        } else {
            out += atom;
        }
        rest = &rest[end..];
    }
    (out + rest, points)
}

/// An atom of a pattern, for an atom with so many bonds to atoms.
fn query(text: &str, degree: Option<usize>) -> String {
    if is_point(text) {
        return "*".to_owned();
    }
    let inside = text.trim_start_matches('[').trim_end_matches(']');
    let inside = inside.trim_start_matches(|sign: char| sign.is_ascii_digit());
    let inside = inside.split(':').next().unwrap_or_default();
    let mut letters = inside.chars();
    let first = letters.next().unwrap_or('*');
    let second = letters.next().filter(|second| {
        let aromatic = ["se", "te", "as", "si"].contains(&&*format!("{first}{second}"));
        second.is_ascii_lowercase() && (first.is_ascii_uppercase() || aromatic)
    });
    let symbol: String = [first].into_iter().chain(second).collect();
    let charge = inside.find(['+', '-']).map_or("", |at| &inside[at..]);
    let charge = if charge.is_empty() {
        String::new()
    } else {
        format!(";{charge}")
    };
    let degree = degree.map_or(String::new(), |degree| format!(";D{degree}"));
    let symbol = if symbol == "H" {
        "#1".to_owned()
    } else {
        symbol
    };
    format!("[{symbol}{charge}{degree}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random() -> impl FnMut(usize) -> usize {
        let mut state = 1_u64;
        move |bound| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % bound
        }
    }

    /// Every spelling, with something at the point, is the fragment with that.
    #[test]
    fn spellings_end_with_the_atom_that_grows() {
        let mut below = random();
        for (text, number, expected) in [
            ("[*]c1ccccc1", 1, "Fc1ccccc1"),
            ("c1ccc([*:1])cc1[*:2]", 2, "Fc1cccc([*:1])c1"),
            (
                "[1*]N1CC([2*])(n2cc(-c3ncnc4[nH]ccc34)cn2)C1",
                1,
                "FN1CC([*:2])(n2cc(-c3ncnc4[nH]ccc34)cn2)C1",
            ),
            ("[8*][C@H]1CCN(C(=O)C=C)C1", 1, "F[C@H]1CCN(C(=O)C=C)C1"),
            (
                "[1*][C@H](CN1CCCC1)[C@H]([2*])c1ccc2c(c1)OCCO2",
                2,
                "[*:1][C@H](CN1CCCC1)[C@H](F)c1ccc2c(c1)OCCO2",
            ),
            ("C/C=C/[*]", 1, "C/C=C/F"),
            ("*n1cccc1", 1, "Fn1cccc1"),
        ] {
            let fragment = Fragment::parse(text).expect("a fragment");
            let expected = Molecule::parse(expected).expect("a molecule");
            let mut seen = std::collections::BTreeSet::new();
            for _ in 0..40 {
                let spelling = fragment.ending(number, &mut below).expect("a spelling");
                let whole = format!("{}{}F", spelling.written, spelling.bond);
                let molecule = Molecule::parse(&whole).expect("a molecule");
                assert_eq!(
                    molecule.canonical(),
                    expected.canonical(),
                    "{text} as {whole}"
                );
                assert!(!spelling.plain.contains('*'));
                let (bond, text) = fragment.beginning(number, &mut below).expect("a spelling");
                let molecule = Molecule::parse(&format!("F{bond}{text}"));
                assert_eq!(
                    molecule.expect("a molecule").canonical(),
                    expected.canonical()
                );
                seen.insert(whole);
            }
            assert!(seen.len() > 2, "{seen:?}");
        }
    }

    #[test]
    fn patterns_find_the_fragment_with_its_points_and_no_more() {
        #[track_caller]
        fn check(fragment: &str, smiles: &str, kept: bool, anywhere: bool) {
            let fragment = Fragment::parse(fragment).expect("a fragment");
            let molecule = Molecule::parse(smiles).expect("a molecule");
            let found = |anywhere| {
                let pattern = fragment.pattern(anywhere).expect("a pattern");
                pattern.matches(&molecule)
            };
            assert_eq!((found(false), found(true)), (kept, anywhere), "{smiles}");
        }
        check("[*]c1ccccc1", "CCc1ccccc1", true, true);
        check("[*]c1ccccc1", "CCc1ccccc1C", false, true);
        check("[*]c1ccccc1", "c1ccccc1", false, false);
        check("[*]N1CCCC1", "CN1CCCC1", true, true);
        check("[*]C(=O)[O-]", "CC(=O)[O-]", true, true);
        check("[*]C(=O)[O-]", "CC(=O)O", false, false);
        check("c1cc[nH]c1", "Cc1cc[nH]c1", false, true);
    }

    #[test]
    fn cores_grow_at_their_hydrogens() {
        let fragment = Fragment::parse("c1cc[nH]c1").expect("a core");
        assert_eq!(fragment.points(), 0);
        assert_eq!(fragment.growable().len(), 5);
        let fragment = Fragment::parse("CC(C)(C)Oc1ccccc1").expect("a core");
        assert_eq!(fragment.growable().len(), 8);
        for atom in fragment.growable() {
            assert_eq!(
                fragment.with_point_at(atom).map(|new| new.points()),
                Some(1)
            );
        }
    }

    #[test]
    fn what_is_no_fragment_is_refused() {
        for (text, part) in [
            ("c1ccc(", "parenthesis"),
            ("C[*].C", "one molecule"),
            ("[*]", "one molecule"),
            ("C[*]C", "one bond"),
            ("C1[*]C1", "one bond"),
        ] {
            let error = Fragment::parse(text).expect_err("refused").to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
