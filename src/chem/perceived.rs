//! What RDKit perceives of a molecule: unpaired electrons, stereocentres and stereo double bonds,
//! told by the atoms as they are written.

use chematic::smiles::{RdkitSmilesError, ogb_graph_features, rdkit_sanitized_model};

/// What RDKit perceives of a molecule; atoms are numbered as in the graph.
#[derive(Debug, Default)]
pub(super) struct Perceived {
    /// Unpaired electrons of each atom.
    pub(super) electrons: Vec<u8>,
    /// Whether each atom is a stereocentre whose configuration is given.
    pub(super) stereocentre: Vec<bool>,
    /// Whether each atom is at an end of a double bond whose geometry is given.
    pub(super) at_stereo_bond: Vec<bool>,
}

impl Perceived {
    /// What is perceived of `graph`, which has hydrogens as atoms where they are written so.
    ///
    /// # Errors
    /// That of the chemistry crate, for a molecule that it cannot sanitize.
    pub(super) fn of(graph: &chematic::core::Molecule) -> Result<Self, RdkitSmilesError> {
        let found = ogb_graph_features(graph)?;
        let atoms = graph.atom_count();
        // Hydrogens that RDKit merges into their neighbours have no place in what is found.
        let places: Vec<usize> = if found.node_feat.len() == atoms {
            (0..atoms).collect()
        } else {
            let kept = rdkit_sanitized_model(graph)?.atoms;
            (0..atoms).filter(|&atom| kept[atom].is_some()).collect()
        };
        let mut perceived = Self {
            electrons: vec![0; atoms],
            stereocentre: vec![false; atoms],
            at_stereo_bond: vec![false; atoms],
        };
        // The second and the sixth feature of an atom are its chirality and its unpaired electrons,
        // the second of a bond its stereochemistry (1: Z, 2: E).
        for (features, &atom) in found.node_feat.iter().zip(&places) {
            perceived.stereocentre[atom] = features[1] != 0;
            perceived.electrons[atom] = u8::try_from(features[5]).unwrap_or(0);
        }
        for (ends, features) in found.edge_index.iter().zip(&found.edge_feat) {
            if matches!(features[1], 1 | 2) {
                let place = usize::try_from(ends[0]).ok();
                let place = place.and_then(|place| places.get(place));
                if let Some(&atom) = place {
                    perceived.at_stereo_bond[atom] = true;
                }
            }
        }
        Ok(perceived)
    }
}
