//! The formula of a molecule.

use chematic::chem as properties;

use super::Molecule;

impl Molecule {
    /// The molecular formula in Hill's order: carbon, hydrogen, then by symbol; with the charge of
    /// the whole, isotopes as their element (RDKit's `CalcMolFormula`).
    pub fn formula(&self) -> String {
        properties::calc_mol_formula(&self.graph)
    }

    /// The charge of the whole, in units of the elementary charge.
    pub fn charge(&self) -> i32 {
        let atoms = self.graph.atoms();
        atoms.map(|(_, atom)| i32::from(atom.charge)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected formulas by RDKit 2026.9.1.
    #[test]
    fn formulas_are_in_hills_order() {
        for (smiles, formula, charge) in [
            ("CC(=O)Oc1ccccc1C(=O)O", "C9H8O4", 0),
            ("OS(=O)(=O)O", "H2O4S", 0),
            ("[Na+].[Cl-]", "ClNa", 0),
            ("C[N+](C)(C)C", "C4H12N+", 1),
            ("[O-]S(=O)(=O)[O-]", "O4S-2", -2),
            ("[2H]C([2H])([2H])Br", "CH3Br", 0),
            ("*CC", "C2H5*", 0),
        ] {
            let molecule = Molecule::parse(smiles).unwrap();
            let found = (molecule.formula(), molecule.charge());
            assert_eq!(found, (formula.to_owned(), charge), "{smiles}");
        }
    }
}
