//! The structural filters of MOSES (Polykovskiy et al. 2020): medicinal chemistry filters, PAINS
//! (Baell and Holloway 2010), and rules on elements, charges and ring sizes.
//!
//! A pattern is searched only in molecules that have its atoms and bonds (`prefilter.rs`).
//!
//! The 502 patterns of `filters.tsv` are those of molsets 0.3.1 (MIT licence, `FILTERS_LICENSE`).

mod prefilter;

use std::sync::LazyLock;

use chematic::chem::add_hydrogens;
use chematic::core::Molecule;
use chematic::perception::{find_sssr_shared, with_rdkit_parity_view};
use chematic::smarts::{MatchConfig, QueryMolecule, has_match_with_config, parse_smarts};
use chematic::smiles::with_rdkit_model_molecule;

use prefilter::{Counts, Needs};

/// Atomic numbers of the elements that MOSES allows: those that the prefilter counts, so that a
/// pattern with another needs no search.
const ALLOWED: [u8; 8] = prefilter::ELEMENTS;
/// The smallest ring that MOSES does not allow, in atoms.
const LARGE_RING: usize = 8;

/// A pattern of `filters.tsv`.
struct Pattern {
    name: &'static str,
    query: QueryMolecule,
    /// `None` for a pattern with an element that the rule on elements excludes.
    needs: Option<Needs>,
}

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let parse = |line: &'static str| {
        let (name, smarts) = line.split_once('\t')?;
        let query = parse_smarts(smarts).ok()?;
        let needs = Needs::new(&query);
        Some(Pattern { name, query, needs })
    };
    include_str!("filters.tsv")
        .lines()
        .filter_map(parse)
        .collect()
});

/// The two collections of patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// Medicinal chemistry filters.
    Mcf,
    /// Pan-assay interference compounds.
    Pains,
}

impl Pattern {
    fn group(&self) -> Group {
        if self.name.starts_with("MCF") {
            Group::Mcf
        } else {
            Group::Pains
        }
    }
}

/// Whether a molecule of any elements and charges has none of the patterns of a group.
pub(super) fn has_no_alert(graph: &Molecule, group: Group) -> bool {
    with_rdkit_model_molecule(graph, |model| {
        with_rdkit_parity_view(model, |view| {
            // Some patterns name hydrogens as atoms.
            let full = add_hydrogens(view.unwrap_or(model));
            let config = MatchConfig::default();
            let counts = Counts::new(&full);
            let has = |pattern: &Pattern| {
                let needs = pattern.needs.as_ref();
                needs.is_none_or(|needs| needs.are_met(&counts))
                    && has_match_with_config(&pattern.query, &full, &config)
            };
            let mut patterns = PATTERNS.iter();
            !patterns.any(|pattern| pattern.group() == group && has(pattern))
        })
    })
}

/// Name of the first filter that a molecule fails; `None` if it passes all.
pub(super) fn failed_filter(graph: &Molecule) -> Option<&'static str> {
    with_rdkit_parity_view(graph, |view| first_failed(view.unwrap_or(graph)))
}

fn first_failed(graph: &Molecule) -> Option<&'static str> {
    if find_sssr_shared(graph)
        .rings()
        .iter()
        .any(|ring| ring.len() >= LARGE_RING)
    {
        return Some("ring of 8 or more atoms");
    }
    if graph.atoms().any(|(_, atom)| atom.charge != 0) {
        return Some("charged atom");
    }
    let allowed = |number| ALLOWED.contains(&number);
    if graph
        .atoms()
        .any(|(_, atom)| atom.wildcard || !allowed(atom.element.atomic_number()))
    {
        return Some("element other than C, N, S, O, F, Cl, Br, H");
    }
    // Some patterns name hydrogens as atoms.
    let full = add_hydrogens(graph);
    let config = MatchConfig::default();
    let counts = Counts::new(&full);
    let may_match = |pattern: &Pattern| {
        let needs = pattern.needs.as_ref();
        needs.is_some_and(|needs| needs.are_met(&counts))
    };
    PATTERNS
        .iter()
        .find(|pattern| may_match(pattern) && has_match_with_config(&pattern.query, &full, &config))
        .map(|pattern| pattern.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_read() {
        assert_eq!(PATTERNS.len(), 502);
    }

    #[track_caller]
    fn check(smiles: &str, expected: Option<&str>) {
        let graph = chematic::smiles::parse(smiles).unwrap();
        assert_eq!(failed_filter(&graph), expected, "{smiles}");
    }

    #[test]
    fn rules() {
        check("CC(=O)Nc1ccc(O)cc1", None);
        check("C1CCCCCCC1", Some("ring of 8 or more atoms"));
        check("CC(=O)[O-]", Some("charged atom"));
        check(
            "C[Si](C)(C)C",
            Some("element other than C, N, S, O, F, Cl, Br, H"),
        );
        check("CC=O", Some("MCF7"));
        check("C1CO1", Some("MCF5"));
        check("CN=Nc1ccccc1", Some("MCF10"));
        check("OCl(=O)(=O)=O", Some("charged atom"));
    }
}
