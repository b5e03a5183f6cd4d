//! A valid molecule: its canonical SMILES, scaffold and fragments.
//!
//! Everything here is chematic's, chosen where it equals RDKit, and repaired where it does not
//! (`repair/`). The verdict is that of the strict syntax pass, then of the parser, then whether a
//! canonical form can be written: the parser alone lets kekulization failures through.

use std::borrow::Cow;

use chematic::chem as properties;
use chematic::smiles::{parse, rdkit_canonical_smiles};

use super::smiles::{normalize, syntax};
use super::{Invalid, brics, filters, repair};

/// A valid molecule.
#[derive(Clone)]
pub struct Molecule {
    pub(super) graph: chematic::core::Molecule,
    canonical: String,
}

impl std::fmt::Debug for Molecule {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Molecule({})", self.canonical)
    }
}

impl Molecule {
    /// Parses a SMILES string; the verdict is meant to equal RDKit's (`MolFromSmiles`).
    ///
    /// # Errors
    /// [`Invalid`] with the cause, for text that is not a molecule.
    pub fn parse(smiles: &str) -> Result<Self, Invalid> {
        let (text, mut atoms) = normalize::plain(smiles, syntax::check(smiles)?);
        let text = normalize::agreed(text, &atoms);
        let mut graph =
            parse(&text).map_err(|error| Invalid::from_parser(&error).placed(&atoms))?;
        repair::wildcard::as_written(&mut graph, &text);
        repair::wildcard::check(&graph)?;
        let (graph, canonical) = repair::canonicalize(graph, &text).map_err(|error| {
            // The writer counts atoms after merging each written hydrogen into its neighbour.
            atoms.retain(|atom| !atom.hydrogen);
            Invalid::from_writer(&error).placed(&atoms)
        })?;
        Ok(Self { graph, canonical })
    }

    /// Canonical SMILES, as RDKit's `MolToSmiles` writes it.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Canonical SMILES of the Bemis-Murcko scaffold (Bemis and Murcko 1996); `None` for a molecule
    /// without rings, and where it cannot be written.
    pub fn scaffold(&self) -> Option<String> {
        let scaffold = properties::murcko_scaffold(&self.graph);
        (properties::heavy_atom_count(&scaffold) > 0)
            .then(|| rdkit_canonical_smiles(&scaffold).ok())
            .flatten()
    }

    /// [`Self::scaffold`] if it has at least `rings` rings.
    pub fn scaffold_of_rings(&self, rings: usize) -> Option<String> {
        let scaffold = properties::murcko_scaffold(&self.graph);
        (properties::rdkit_num_rings(&scaffold) >= rings)
            .then(|| rdkit_canonical_smiles(&scaffold).ok())
            .flatten()
    }

    /// Canonical SMILES without stereochemistry, by which GuacaMol identifies molecules; with it
    /// where the molecule without it cannot be written.
    /// [`Self::without_stereo`] gives a molecule instead of text.
    pub fn canonical_without_stereo(&self) -> Cow<'_, str> {
        if self.canonical.contains(['@', '/', '\\']) {
            if self.canonical.contains('~') {
                let molecule = self.without_stereo().ok();
                return molecule.map_or((&self.canonical).into(), |found| found.canonical.into());
            }
            let graph = properties::remove_stereo(&self.graph);
            if let Ok(canonical) = rdkit_canonical_smiles(&graph) {
                return canonical.into();
            }
        }
        (&self.canonical).into()
    }

    /// Canonical SMILES of the BRICS fragments, repeats included; the molecule itself where no bond
    /// is cut. A fragment that cannot be written is left out.
    pub fn fragments(&self) -> Vec<String> {
        brics::fragments(&self.graph)
    }

    /// Name of the first structural filter of MOSES that the molecule fails; `None` if it passes
    /// all.
    pub fn failed_filter(&self) -> Option<&'static str> {
        filters::failed_filter(&self.graph)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chem::Cause;

    #[track_caller]
    fn check_canonical(smiles: &str, expected: &str) {
        let molecule = Molecule::parse(smiles).unwrap();
        assert_eq!(molecule.canonical(), expected);
        assert_eq!(
            Molecule::parse(expected).unwrap().canonical(),
            expected,
            "a fixed point"
        );
    }

    #[test]
    fn canonical_forms_are_rdkits() {
        check_canonical("OCC", "CCO");
        check_canonical("C1=CC=CC=C1", "c1ccccc1");
        check_canonical("O=C(C)Oc1ccccc1C(O)=O", "CC(=O)Oc1ccccc1C(=O)O");
        check_canonical("c1cc2ccccc2[nH]1", "c1ccc2[nH]ccc2c1");
        check_canonical("C[C@H](N)C(O.O)O", "C[C@H](N)C(O)O.O");
        check_canonical("C1CC2=CC=C(O2)CCC3=CC=C1O3", "c1cc2oc1CCc1ccc(o1)CC2");
        check_canonical("C1COCCSC2=NN=C(S2)SCCOCCO1", "C1COCCSc2nnc(s2)SCCOCCO1");
        check_canonical("CN1CC-2(CCN(C)C=2)C1CO", "CN1CCC2(C1)CN(C)C2CO");
        check_canonical("[H]=O[H]", "O");
    }

    #[test]
    fn chemistry_faults_have_their_cause() {
        for (smiles, cause, position) in [
            ("C(C)(C)(C)(C)C", Cause::Valence, 0),
            ("FC(F)(F)(F)F", Cause::Valence, 1),
            ("CCO(C)C", Cause::Valence, 2),
            ("C[CH5]", Cause::Valence, 1),
            ("[H]C(C)(C)(C)C", Cause::Valence, 3),
            ("[H]O(C)C", Cause::Valence, 3),
            ("F[H]F", Cause::Valence, 1),
            ("CC(Cl.FC(F)(F)(F)F)C", Cause::Valence, 7),
            ("Cc1cccc1", Cause::Kekulization, 1),
            ("c1ccncc1c", Cause::Kekulization, 8),
        ] {
            let invalid = Molecule::parse(smiles).unwrap_err();
            let found = (invalid.cause, invalid.position);
            assert_eq!(found, (cause, Some(position)), "{smiles}: {invalid}");
        }
    }

    #[test]
    fn aspirin_has_its_published_properties() {
        let aspirin = Molecule::parse("CC(=O)Oc1ccccc1C(=O)O").unwrap();
        let found = aspirin.descriptors();
        approx::assert_relative_eq!(found.weight, 180.159, epsilon = 1e-2);
        approx::assert_relative_eq!(found.log_p, 1.3101, epsilon = 1e-4);
        approx::assert_relative_eq!(found.tpsa, 63.6, epsilon = 1e-2);
        approx::assert_relative_eq!(found.qed, 0.550, epsilon = 1e-2);
        assert_eq!((found.rings, found.heavy_atoms), (1, 13));
        assert_eq!(aspirin.scaffold().as_deref(), Some("c1ccccc1"));
        assert_eq!(Molecule::parse("CCO").unwrap().scaffold(), None);
        assert!(aspirin.draw(200, 150).starts_with("<svg"));
        let print = aspirin.fingerprint().unwrap();
        approx::assert_relative_eq!(print.tanimoto(&print), 1.0);
    }
}
