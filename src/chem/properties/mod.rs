//! Properties of a molecule as RDKit computes them: the descriptors that reports compare, and those
//! of GuacaMol's benchmark.

mod sa_score;

use chematic::chem as properties;

use super::{Environments, Molecule};

/// The descriptors of a molecule that reports compare.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Descriptors {
    /// Average molecular weight in g/mol.
    pub weight: f64,
    /// Crippen logP (Wildman and Crippen 1999).
    pub log_p: f64,
    /// Quantitative estimate of drug-likeness, 0 to 1 (Bickerton et al. 2012).
    pub qed: f64,
    /// Topological polar surface area in square angstrom (Ertl et al. 2000).
    pub tpsa: f64,
    /// Synthetic accessibility, 1 (easy) to 10 (hard) (Ertl and Schuffenhauer 2009).
    pub sa: f64,
    /// Number of rings (smallest set of smallest rings).
    pub rings: u32,
    /// Number of atoms other than hydrogen.
    pub heavy_atoms: u32,
}

/// The further descriptors of GuacaMol's benchmark (Brown et al. 2019), as RDKit computes them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Complexity {
    /// Bertz's complexity index (Bertz 1981).
    pub bertz: f64,
    /// Number of hydrogen bond acceptors.
    pub acceptors: u32,
    /// Number of hydrogen bond donors.
    pub donors: u32,
    /// Number of rotatable bonds, by RDKit's strict definition.
    pub rotatable_bonds: u32,
    /// Number of aliphatic rings: those with a bond that is not aromatic.
    pub aliphatic_rings: u32,
    /// Number of aromatic rings: those whose bonds are all aromatic.
    pub aromatic_rings: u32,
}

impl Molecule {
    /// Average molecular weight in g/mol.
    pub fn weight(&self) -> f64 {
        properties::molecular_weight(&self.graph)
    }

    /// The descriptors that reports compare.
    pub fn descriptors(&self) -> Descriptors {
        self.descriptors_with(self.environments().as_ref())
    }

    /// [`Self::descriptors`] with [`Self::environments`] computed beforehand; SA is computed from
    /// them, and is 10, the hardest, for a molecule without any.
    pub fn descriptors_with(&self, environments: Option<&Environments>) -> Descriptors {
        Descriptors {
            weight: properties::rdkit_molecular_weight(&self.graph),
            log_p: properties::logp_crippen(&self.graph),
            qed: properties::qed(&self.graph),
            tpsa: properties::rdkit_tpsa(&self.graph),
            sa: self.synthetic_accessibility(environments),
            rings: properties::ring_count(&self.graph) as u32,
            heavy_atoms: properties::heavy_atom_count(&self.graph) as u32,
        }
    }

    /// SA by [`Self::environments`]; 10, the hardest, without any.
    pub(super) fn synthetic_accessibility(&self, environments: Option<&Environments>) -> f64 {
        environments
            .and_then(|found| sa_score::sa_score(&self.graph, &found.0))
            .unwrap_or(10.0)
    }

    /// The further descriptors of GuacaMol's benchmark.
    pub fn complexity(&self) -> Complexity {
        Complexity {
            bertz: properties::bertz_ct(&self.graph),
            acceptors: properties::rdkit_hba_count(&self.graph) as u32,
            donors: properties::hbd_count(&self.graph) as u32,
            rotatable_bonds: properties::rotatable_bond_count(&self.graph) as u32,
            aliphatic_rings: properties::num_aliphatic_rings(&self.graph) as u32,
            aromatic_rings: properties::rdkit_aromatic_ring_count(&self.graph) as u32,
        }
    }
}
