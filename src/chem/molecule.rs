//! A valid molecule: its canonical form, descriptors, fingerprint, scaffold and drawing.
//!
//! Everything here is chematic's, chosen where it equals RDKit. The verdict is the strict syntax
//! pass, then the parser, then whether a canonical form can be written: the parser alone lets
//! kekulization failures through.

use std::sync::LazyLock;

use chematic::chem as properties;
use chematic::depict::{RenderOptions, depict_svg_opts};
use chematic::fp::{
    RdkitMorganConfig, RdkitMorganFpSize, RdkitMorganRadius, rdkit_morgan_fingerprint,
};
use chematic::smiles::{self, RdkitSmilesError, SmilesError};
use regex::Regex;

use super::stand_in::StandIn;
use super::syntax::Atom;
use super::{
    Cause, Complexity, Descriptors, Environments, Fingerprint, Invalid, brics, filters, loose,
    macrocycle, rewrite, sa_score, syntax, wildcard,
};

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
    /// Parses a SMILES string, with RDKit's verdict as the aim.
    ///
    /// # Errors
    /// [`Invalid`] with the cause, for text that is not a molecule.
    pub fn parse(smiles: &str) -> Result<Self, Invalid> {
        let (text, mut atoms) = rewrite::plain(smiles, syntax::check(smiles)?);
        let text = rewrite::agreed(text, &atoms);
        let mut graph =
            smiles::parse(&text).map_err(|error| placed(from_parser(&error), &atoms))?;
        wildcard::as_written(&mut graph, &text);
        wildcard::check(&graph)?;
        // The writer counts atoms after merging each written hydrogen into its neighbour.
        let refused = |error| {
            atoms.retain(|atom| !atom.hydrogen);
            placed(from_writer(&error), &atoms)
        };
        if let Some(stand_in) = StandIn::for_any_bonds(&graph) {
            let canonical = loose::canonical(&graph, &stand_in, &text).map_err(refused)?;
            let graph = stand_in.graph;
            return Ok(Self { graph, canonical });
        }
        let mut canonical = smiles::rdkit_canonical_smiles(&graph);
        if let Some(strict) = wildcard::without_double_bonds(&graph)
            && canonical.is_ok()
            && let Err(error) = smiles::rdkit_canonical_smiles(&strict)
        {
            canonical = Err(error);
        }
        if matches!(canonical, Err(RdkitSmilesError::Unsupported(_))) {
            let stand_in = StandIn::for_metals(&graph);
            canonical = loose::canonical(&graph, &stand_in, &text);
        }
        let canonical = canonical.map_err(refused)?;
        let reordered = macrocycle::small_rings_first(&graph);
        let repaired = reordered.and_then(|graph| smiles::rdkit_canonical_smiles(&graph).ok());
        let canonical = repaired.unwrap_or(canonical);
        Ok(Self { graph, canonical })
    }

    /// The canonical SMILES (the string that RDKit would write).
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Bemis-Murcko scaffold as canonical SMILES; `None` for a molecule without rings.
    pub fn scaffold(&self) -> Option<String> {
        let scaffold = properties::murcko_scaffold(&self.graph);
        (properties::heavy_atom_count(&scaffold) > 0)
            .then(|| smiles::rdkit_canonical_smiles(&scaffold).ok())
            .flatten()
    }

    /// [`Self::scaffold`] if it has at least `rings` rings.
    pub fn scaffold_of_rings(&self, rings: usize) -> Option<String> {
        let scaffold = properties::murcko_scaffold(&self.graph);
        (properties::rdkit_num_rings(&scaffold) >= rings)
            .then(|| smiles::rdkit_canonical_smiles(&scaffold).ok())
            .flatten()
    }

    /// The canonical SMILES without stereochemistry, by which GuacaMol tells molecules apart.
    pub fn flat(&self) -> std::borrow::Cow<'_, str> {
        if self.canonical.contains(['@', '/', '\\']) {
            if self.canonical.contains('~') {
                let flat = self.without_stereo().ok();
                return flat.map_or((&self.canonical).into(), |flat| flat.canonical.into());
            }
            let flat = properties::remove_stereo(&self.graph);
            if let Ok(flat) = smiles::rdkit_canonical_smiles(&flat) {
                return flat.into();
            }
        }
        (&self.canonical).into()
    }

    /// The property values that reports compare.
    pub fn descriptors(&self) -> Descriptors {
        self.descriptors_with(self.environments().as_ref())
    }

    /// [`Self::descriptors`] for someone who has the environments, from which SA is computed (10,
    /// the hardest, for a molecule that has none).
    pub fn descriptors_with(&self, environments: Option<&Environments>) -> Descriptors {
        Descriptors {
            weight: properties::rdkit_molecular_weight(&self.graph),
            log_p: properties::logp_crippen(&self.graph),
            qed: properties::qed(&self.graph),
            tpsa: properties::rdkit_tpsa(&self.graph),
            sa: environments
                .and_then(|found| sa_score::sa_score(&self.graph, &found.0))
                .unwrap_or(10.0),
            rings: properties::ring_count(&self.graph) as u32,
            heavy_atoms: properties::heavy_atom_count(&self.graph) as u32,
        }
    }

    /// The descriptors that only GuacaMol compares.
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

    /// BRICS fragments as canonical SMILES, one for each piece that the molecule falls into.
    pub fn fragments(&self) -> Vec<String> {
        brics::fragments(&self.graph)
    }

    /// The first structural filter of MOSES that the molecule fails; `None` when it passes all.
    pub fn broken_rule(&self) -> Option<&'static str> {
        filters::broken_rule(&self.graph)
    }

    /// The circular environments that fingerprints are made of; `None` for atoms that RDKit's
    /// numbering does not cover.
    pub fn environments(&self) -> Option<Environments> {
        let config = RdkitMorganConfig {
            radius: RdkitMorganRadius::R2,
            fp_size: RdkitMorganFpSize::B1024,
            ..RdkitMorganConfig::default()
        };
        let found = rdkit_morgan_fingerprint(&self.graph, &config).ok()?;
        let mut counts: Vec<(u32, u32)> = found.sparse_counts.into_iter().collect();
        counts.sort_unstable();
        Some(Environments(counts))
    }

    /// Morgan fingerprint, radius 2, 1024 bits; `None` for atoms that the fingerprint refuses.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        Some(self.environments()?.fingerprint())
    }

    /// A drawing as an inline `<svg>` element, `width` x `height` CSS pixels, transparent
    /// background, bonds and carbons in the text colour of the page around it.
    pub fn draw(&self, width: u32, height: u32) -> String {
        let options = RenderOptions {
            width: Some(width),
            height: Some(height),
            background: "transparent".to_owned(),
            kekulize: true,
            ..RenderOptions::default()
        };
        let svg = depict_svg_opts(&self.graph, &options);
        svg.replace("\"#000000\"", "\"currentColor\"")
            .replace("\"#000\"", "\"currentColor\"")
            .replace("\"black\"", "\"currentColor\"")
    }
}

/// A fault of valence or kekulization with the place of the first atom that its message names.
fn placed(mut invalid: Invalid, atoms: &[Atom]) -> Invalid {
    if matches!(invalid.cause, Cause::Valence | Cause::Kekulization) {
        let atom = first_atom(&invalid.message).and_then(|index| atoms.get(index));
        invalid.position = atom.map(|atom| atom.at);
    }
    invalid
}

/// The first atom that a message of the chemistry crate names, counted from 0.
fn first_atom(message: &str) -> Option<usize> {
    static ATOM: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("atoms?:? ?#? ?([0-9]+)").expect("a constant pattern that the tests compile")
    });
    ATOM.captures(message)?[1].parse().ok()
}

fn from_parser(error: &SmilesError) -> Invalid {
    let message = error.to_string();
    match error {
        SmilesError::EmptyInput => Invalid::new(Cause::Empty, None, message),
        SmilesError::ResourceLimit { .. } => Invalid::new(Cause::TooLong, None, message),
        SmilesError::UnexpectedEnd { pos } => Invalid::new(Cause::Truncated, Some(*pos), message),
        SmilesError::UnmatchedRingClosure { pos, .. }
        | SmilesError::UnmatchedExtendedRingClosure { pos, .. }
        | SmilesError::ConflictingRingBond { pos, .. }
        | SmilesError::ConflictingExtendedRingBond { pos, .. } => {
            Invalid::new(Cause::Ring, Some(*pos), message)
        }
        SmilesError::MismatchedParentheses { pos } | SmilesError::NestingTooDeep { pos } => {
            Invalid::new(Cause::Parenthesis, Some(*pos), message)
        }
        SmilesError::InvalidBracketAtom { pos, .. }
        | SmilesError::UnknownElement { pos, .. }
        | SmilesError::UnsupportedChiralityClass { pos, .. } => {
            Invalid::new(Cause::Bracket, Some(*pos), message)
        }
        SmilesError::UnexpectedCharacter { pos } => {
            Invalid::new(Cause::Syntax, Some(*pos), message)
        }
        SmilesError::InvalidValence { .. } => Invalid::new(Cause::Valence, None, message),
    }
}

pub(super) fn from_writer(error: &RdkitSmilesError) -> Invalid {
    match error {
        RdkitSmilesError::Sanitization(message) => {
            let text = message.to_lowercase();
            let aromatic = text.contains("kekuli") || text.contains("aromatic");
            let cause = if aromatic {
                Cause::Kekulization
            } else {
                Cause::Valence
            };
            Invalid::new(cause, None, message.clone())
        }
        RdkitSmilesError::Unsupported(message) => {
            Invalid::new(Cause::Syntax, None, message.clone())
        }
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
