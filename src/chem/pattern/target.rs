//! The molecule that patterns are searched in: as RDKit has it after sanitization, with perceived
//! aromaticity, and without the hydrogens that it merges into their neighbours.

use chematic::core::Molecule as Graph;
use chematic::perception::with_rdkit_parity_view;
use chematic::smiles::{rdkit_sanitized_model, with_rdkit_model_molecule};

use crate::chem::Molecule;

/// A graph to search.
pub(in crate::chem) struct Target<'a> {
    pub(in crate::chem) graph: &'a Graph,
    /// The molecule's graph, whose atoms are numbered as they are written.
    written: &'a Graph,
}

impl<'a> Target<'a> {
    /// Calls `search` with what is searched of a molecule.
    pub(in crate::chem) fn with<T>(
        molecule: &'a Molecule,
        search: impl FnOnce(&Target<'_>) -> T,
    ) -> T {
        let written = &molecule.graph;
        with_rdkit_model_molecule(written, |model| {
            with_rdkit_parity_view(model, |view| {
                let graph = view.unwrap_or(model);
                search(&Target { graph, written })
            })
        })
    }

    /// For each atom of the graph its number in the molecule: they differ by the hydrogens that are
    /// merged.
    pub(super) fn numbers(&self) -> Vec<usize> {
        let atoms = self.written.atom_count();
        if self.graph.atom_count() == atoms {
            return (0..atoms).collect();
        }
        let kept = rdkit_sanitized_model(self.written).map(|model| model.atoms);
        let kept = kept.unwrap_or_default();
        let is_kept = |&atom: &usize| kept.get(atom).is_some_and(Option::is_some);
        (0..atoms).filter(is_kept).collect()
    }
}
