//! A valid molecule: its canonical SMILES, scaffold and fragments.
//!
//! Everything here is chematic's, chosen where it equals RDKit, and repaired where it does not
//! (`repair/`). The verdict is that of the strict syntax pass, then of the parser, then whether a
//! canonical form can be written: the parser alone lets kekulization failures through.

use std::borrow::Cow;

use chematic::chem as properties;
use chematic::core::{AtomIdx, bond_order_sum};
use chematic::smiles::{parse, rdkit_canonical_smiles};

use super::smiles::bracket::Bracket;
use super::smiles::{normalize, syntax};
use super::{Cause, Invalid, brics, filters, repair};

/// A valid molecule.
#[derive(Clone)]
pub struct Molecule {
    pub(super) graph: chematic::core::Molecule,
    canonical: String,
    /// The atom maps, in rising order, where the graph has their places instead.
    maps: Box<[u32]>,
}

impl std::fmt::Debug for Molecule {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Molecule({})", self.canonical)
    }
}

impl Molecule {
    /// Parses a SMILES string; the verdict is meant to equal RDKit's (`MolFromSmiles`). As in RDKit,
    /// white space, control characters and all outside ASCII are left out at either end; but what a
    /// blank parts from the beginning is a name.
    ///
    /// # Errors
    /// [`Invalid`] with the cause, for text that is not a molecule.
    pub fn parse(smiles: &str) -> Result<Self, Invalid> {
        let is_margin = |symbol: char| symbol <= ' ' || !symbol.is_ascii();
        let start = smiles.trim_start_matches(is_margin);
        let margin = smiles.len() - start.len();
        let blank = smiles[..margin].find([' ', '\t']);
        let end = if blank.is_some_and(|at| at > 0) {
            ""
        } else {
            start
        };
        let found = Self::parse_trimmed(end.trim_end_matches(is_margin));
        found.map_err(|fault| fault.moved(margin))
    }

    fn parse_trimmed(smiles: &str) -> Result<Self, Invalid> {
        let (text, mut atoms) = normalize::plain(smiles, syntax::check(smiles)?);
        let text = normalize::agreed(text, &atoms);
        let normalize::Spelled { text, maps, beyond } = normalize::spelled(text, &atoms);
        let mut graph =
            parse(&text).map_err(|error| Invalid::from_parser(&error).placed(&atoms))?;
        for (place, bracket) in beyond {
            let atom = AtomIdx(place as u32);
            graph.set_charge(atom, bracket.charge);
            graph.set_hydrogen_count(atom, Some(bracket.hydrogens));
            // RDKit adds valences up in eight bits with a sign.
            let valence =
                i16::from(bracket.hydrogens as i8) + i16::from(bond_order_sum(&graph, atom));
            if !bracket.is_hydrogen() && i8::try_from(valence).map_or(true, |sum| sum < 0) {
                let fault = Bracket::SO_MANY_HYDROGENS;
                return Err(Invalid::new(Cause::Valence, Some(atoms[place].at), fault));
            }
        }
        repair::wildcard::as_written(&mut graph, &text);
        repair::wildcard::check(&graph)?;
        let (graph, canonical) = repair::canonicalize(graph, &text).map_err(|error| {
            // The writer counts atoms after merging each written hydrogen into its neighbour.
            atoms.retain(|atom| !atom.hydrogen);
            Invalid::from_writer(&error).placed(&atoms)
        })?;
        Ok(Self {
            graph,
            canonical: normalize::with_maps(canonical, &maps),
            maps: maps.into(),
        })
    }

    /// A SMILES string that was written of this molecule's graph, with its atom maps.
    pub(super) fn with_maps(&self, text: String) -> String {
        normalize::with_maps(text, &self.maps)
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
            .map(|text| self.with_maps(text))
    }

    /// [`Self::scaffold`] if it has at least `rings` rings.
    pub fn scaffold_of_rings(&self, rings: usize) -> Option<String> {
        let scaffold = properties::murcko_scaffold(&self.graph);
        (properties::rdkit_num_rings(&scaffold) >= rings)
            .then(|| rdkit_canonical_smiles(&scaffold).ok())
            .flatten()
            .map(|text| self.with_maps(text))
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
                return self.with_maps(canonical).into();
            }
        }
        (&self.canonical).into()
    }

    /// Canonical SMILES of the BRICS fragments, repeats included; the molecule itself where no bond
    /// is cut. A fragment that cannot be written is left out.
    pub fn fragments(&self) -> Vec<String> {
        let fragments = brics::fragments(&self.graph).into_iter();
        fragments.map(|text| self.with_maps(text)).collect()
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
        check_canonical(
            "CNC(=O)c2ccc(CNc2ccc3oc(C)nc3c1)cc1",
            "CNC(=O)C1=CC=C2C=CC=c3nc(C)oc3=CC=C1NC2",
        );
        check_canonical("CN1CC-2(CCN(C)C=2)C1CO", "CN1CCC2(C1)CN(C)C2CO");
        check_canonical("[H]=O[H]", "O");
    }

    // Expected forms by RDKit 2026.9.1.
    #[test]
    fn rare_spellings_of_atoms_are_read_as_rdkit_reads_them() {
        check_canonical("[#6H3]O", "CO");
        check_canonical("c1cc[#7H]c1", "c1cc[nH]c1");
        check_canonical("[Uub]", "[Cn]");
        check_canonical("C[Uuo:7]", "[CH3][Og:7]");
        check_canonical("[CH3:70000]C", "C[CH3:70000]");
        check_canonical(
            "[OH:80000][CH2:3][CH3:65536]",
            "[CH2:3]([CH3:65536])[OH:80000]",
        );
        check_canonical("[65536CH4]", "C");
        check_canonical("[65537CH4]", "[1CH4]");
        check_canonical("OC(Cl)=[C@AL1]=C(C)F", "CC(F)=C=C(O)Cl");
        check_canonical("F[C@AL1](Cl)(Br)I", "FC(Cl)(Br)I");
        check_canonical("F[C@TH2](Cl)(Br)I", "F[C@@](Cl)(Br)I");
        check_canonical("[Fe+127]", "[Fe+127]");
        check_canonical("[Fe-129]", "[Fe+127]");
        check_canonical("[FeH127]", "[FeH127]");
        check_canonical("C=[FeH255]", "[CH2]=[FeH255]");
        check_canonical("C([HH129])C", "CC");
        for refused in ["[FeH128]", "C[HgH126]C", "[HgH127]C", "[HH129]", "C[CH255]"] {
            assert!(Molecule::parse(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn large_atom_maps_go_with_the_parts_of_a_molecule() {
        let molecule = Molecule::parse("C[C@H](N)[c:70000]1cc[cH:9]cc1").unwrap();
        assert_eq!(
            molecule.scaffold().as_deref(),
            Some("c1c[cH:70000]cc[cH:9]1")
        );
        let flat = molecule.canonical_without_stereo();
        assert_eq!(flat, "CC(N)[c:70000]1cc[cH:9]cc1");
        assert!(
            molecule
                .fragments()
                .iter()
                .any(|text| text.contains(":70000]"))
        );
    }

    #[test]
    fn margins_are_left_out_as_in_rdkit() {
        for text in [
            "CCO\u{a0}",
            "\u{200b}CCO",
            "\u{feff}CCO\r",
            " CCO\u{2082}",
            "\0CCO\u{1f}",
        ] {
            assert_eq!(
                Molecule::parse(text).unwrap().canonical(),
                "CCO",
                "{text:?}"
            );
        }
        for (text, cause, position) in [
            ("CC\u{200b}O", Cause::Syntax, Some(2)),
            ("\u{a0}CC(", Cause::Parenthesis, Some(4)),
            ("\u{a0}CO(C)C", Cause::Valence, Some(3)),
            ("\u{200b}", Cause::Empty, None),
            ("\u{200b} CCO", Cause::Empty, None),
            ("CCO\u{7f}", Cause::Syntax, Some(3)),
        ] {
            let invalid = Molecule::parse(text).unwrap_err();
            assert_eq!(
                (invalid.cause, invalid.position),
                (cause, position),
                "{text:?}"
            );
        }
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
        let print = aspirin.fingerprint().unwrap();
        approx::assert_relative_eq!(print.tanimoto(&print), 1.0);
    }
}
