//! Substructure patterns in SMARTS: whether a molecule has one, and where.
//!
//! - `fault`: the reason and the place for which a text is not a pattern;
//! - `target`: the molecule as RDKit searches it.
//!
//! The search is chematic's; `tests/patterns.rs` compares it with RDKit 2026.9.1.

mod fault;
mod target;

use chematic::core::Molecule as Graph;
use chematic::smarts::{
    AtomPrimitive, AtomQuery, MatchConfig, QueryMolecule, RdkitParityConfig, RdkitRingCountModel,
    find_matches_rdkit_parity, find_matches_with_config, has_match_with_config,
};

pub use fault::PatternError;
pub(super) use target::Target;

use super::Molecule;

/// A substructure pattern in SMARTS with RDKit's extensions, read and matched as RDKit does.
///
/// As in RDKit's `HasSubstructMatch`, marks of chirality and of double bonds (`@`, `/`) are read but
/// not compared, and `[H]` and `[#1]` are hydrogens that are atoms of the molecule: few are.
///
/// ```
/// use molgpt::chem::{Molecule, Pattern};
///
/// let amide = Pattern::parse("C(=O)[NH]")?;
/// let paracetamol = Molecule::parse("CC(=O)Nc1ccc(O)cc1").unwrap();
/// assert_eq!(amide.find(&paracetamol), Some(vec![1, 2, 3]));
/// # Ok::<(), molgpt::chem::PatternError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    query: QueryMolecule,
    /// Whether it asks for counts or sizes of rings, which need RDKit's lists of rings.
    rings: bool,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`PatternError`] with the reason and the place, for text that is not a pattern.
    pub fn parse(smarts: &str) -> Result<Self, PatternError> {
        let query = fault::read(smarts)?;
        Ok(Self {
            text: smarts.to_owned(),
            rings: asks_for_rings(&query),
            query,
        })
    }

    /// The text that it was read from.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a molecule has the pattern.
    pub fn matches(&self, molecule: &Molecule) -> bool {
        Target::with(molecule, |target| {
            if self.rings
                && let Some(found) = self.with_rings(target.graph, Some(1))
            {
                return !found.is_empty();
            }
            has_match_with_config(&self.query, target.graph, &MatchConfig::default())
        })
    }

    /// One place where a molecule has the pattern: for each atom of the pattern, in the order in
    /// which these are written, the number of the molecule's atom, in the order in which those are
    /// written, from 0.
    pub fn find(&self, molecule: &Molecule) -> Option<Vec<usize>> {
        self.places(molecule, Some(1)).pop()
    }

    /// Every place where a molecule has the pattern, as [`Self::find`] gives one; of those with the
    /// same atoms, the first.
    pub fn find_all(&self, molecule: &Molecule) -> Vec<Vec<usize>> {
        self.places(molecule, None)
    }

    /// The atoms of a graph at which a pattern of one atom is found, without counts of rings.
    pub(super) fn atoms_of(&self, graph: &Graph) -> Vec<u32> {
        let found = find_matches_with_config(&self.query, graph, &MatchConfig::default());
        found.iter().map(|map| map[&0].0).collect()
    }

    /// Places in a molecule, at most `most` of them.
    fn places(&self, molecule: &Molecule, most: Option<usize>) -> Vec<Vec<usize>> {
        Target::with(molecule, |target| {
            let with_rings = self.rings.then(|| self.with_rings(target.graph, most));
            let found = with_rings.flatten().unwrap_or_else(|| {
                let config = MatchConfig {
                    max_matches: most,
                    ..MatchConfig::default()
                };
                let found = find_matches_with_config(&self.query, target.graph, &config);
                let places = found.iter().map(|map| self.in_order(|atom| map[&atom].0));
                places.collect()
            });
            let numbers = if found.is_empty() {
                Vec::new()
            } else {
                target.numbers()
            };
            let number = |atom: u32| numbers.get(atom as usize).copied();
            let numbered = |atoms: Vec<u32>| atoms.into_iter().filter_map(number).collect();
            found.into_iter().map(numbered).collect()
        })
    }

    /// The places in a graph, by RDKit's lists of rings; at most `most` of them. `None` where its
    /// rings are too many to be listed.
    fn with_rings(&self, graph: &Graph, most: Option<usize>) -> Option<Vec<Vec<u32>>> {
        let config = RdkitParityConfig {
            base: MatchConfig {
                max_matches: most,
                ..MatchConfig::default()
            },
            ring_count_model: RdkitRingCountModel::RelevantCycles,
            ..RdkitParityConfig::default()
        };
        let (found, _) = find_matches_rdkit_parity(&self.query, graph, &config).ok()?;
        let places = found.iter().map(|map| self.in_order(|atom| map[&atom].0));
        Some(places.collect())
    }

    /// What `of` gives for each atom of the pattern.
    fn in_order(&self, of: impl FnMut(usize) -> u32) -> Vec<u32> {
        (0..self.query.atoms.len()).map(of).collect()
    }
}

/// Whether a pattern asks how many rings an atom is in, or for a ring of a size.
fn asks_for_rings(query: &QueryMolecule) -> bool {
    fn asks(query: &AtomQuery) -> bool {
        match query {
            AtomQuery::Primitive(AtomPrimitive::RingCount(_) | AtomPrimitive::RingSize(_)) => true,
            AtomQuery::Primitive(AtomPrimitive::Recursive(inner)) => asks_for_rings(inner),
            AtomQuery::Primitive(_) => false,
            AtomQuery::And(a, b) | AtomQuery::Or(a, b) => asks(a) || asks(b),
            AtomQuery::Not(inner) => asks(inner),
        }
    }
    query.atoms.iter().any(|atom| asks(&atom.query))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(smarts: &str, smiles: &str, expected: &[&[usize]]) {
        let molecule = Molecule::parse(smiles).unwrap();
        let pattern = Pattern::parse(smarts).unwrap();
        let mut found = pattern.find_all(&molecule);
        found.sort();
        assert_eq!(found, expected, "{smarts} in {smiles}");
        assert_eq!(pattern.matches(&molecule), !expected.is_empty());
        let one = pattern.find(&molecule);
        assert_eq!(one.is_some(), !expected.is_empty());
    }

    #[test]
    fn places_are_told_in_the_order_of_the_pattern() {
        check("O=C", "CC(=O)C(C)=O", &[&[2, 1], &[5, 3]]);
        check("c", "C1=CC=CC=C1", &[&[0], &[1], &[2], &[3], &[4], &[5]]);
        check("C#N", "CCN", &[]);
        check("[R2]", "C1CC2CCC1C2", &[&[2], &[5], &[6]]);
        check("C.O", "CO", &[&[0, 1]]);
    }

    #[test]
    fn written_hydrogens_are_not_atoms_and_keep_their_numbers() {
        check("[#1]", "[H]C([H])([H])O", &[]);
        check("CO", "[H]C([H])([H])O", &[&[1, 4]]);
        check("[CH3]", "[H]C([H])([H])O", &[&[1]]);
        check("[#1]", "[2H]C", &[&[0]]);
    }

    #[test]
    fn stereo_marks_are_not_compared() {
        check("C[C@H](N)O", "C[C@@H](N)O", &[&[0, 1, 2, 3]]);
        check("F/C=C/F", "F/C=C\\F", &[&[0, 1, 2, 3]]);
    }

    #[test]
    fn pentavalent_nitrogen_is_searched_as_it_is_sanitized() {
        check("[N+](=O)[O-]", "CN(=O)=O", &[&[1, 3, 2]]);
    }
}
