//! Properties of molecules by name: what tables have as columns, and what filters ask for.
//!
//! Knows no tables and no ranges. What is computed is RDKit's (`tests/golden/make_properties.py`).

use chematic::chem as properties;
use chematic::smiles::with_rdkit_model_molecule;

use super::{Molecule, atomic_number, filters};

/// A property of a molecule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Property {
    /// Hill formula.
    Formula,
    /// Sum of the formal charges, in elementary charges.
    Charge,
    /// Average molecular weight in g/mol.
    Weight,
    /// Crippen logP (Wildman and Crippen 1999).
    LogP,
    /// Quantitative estimate of drug-likeness, 0 to 1 (Bickerton et al. 2012).
    Qed,
    /// Topological polar surface area in square angstrom (Ertl et al. 2000).
    Tpsa,
    /// Synthetic accessibility, 1 (easy) to 10 (hard) (Ertl and Schuffenhauer 2009).
    Sa,
    /// Share of the carbons that have four neighbours, 0 to 1 (Lovering et al. 2009).
    Fsp3,
    /// Bertz's complexity index (Bertz 1981).
    Bertz,
    /// Atoms other than hydrogen.
    HeavyAtoms,
    /// Rings (smallest set of smallest rings).
    Rings,
    /// Rings whose bonds are all aromatic.
    AromaticRings,
    /// Rings with a bond that is not aromatic.
    AliphaticRings,
    /// Hydrogen bond donors.
    Donors,
    /// Hydrogen bond acceptors.
    Acceptors,
    /// Rotatable bonds, by RDKit's strict definition.
    RotatableBonds,
    /// Unpaired electrons.
    RadicalElectrons,
    /// Stereo marks that mark no stereocentre and no stereo double bond.
    IdleStereoMarks,
    /// 1 for a molecule that breaks at most one rule of five: weight at most 500, logP at most 5, at
    /// most 5 hydrogens on nitrogen and oxygen, at most 10 nitrogens and oxygens (Lipinski et al.
    /// 1997; RDKit's `CalcNumLipinskiHBD` and `CalcNumLipinskiHBA`).
    Lipinski,
    /// 1 for a molecule with at most 10 rotatable bonds and a polar surface of at most 140 square
    /// angstrom (Veber et al. 2002).
    Veber,
    /// 1 for a molecule without any of the 22 medicinal chemistry alerts of MOSES.
    Mcf,
    /// 1 for a molecule without any of the 480 PAINS (Baell and Holloway 2010), as MOSES has them.
    Pains,
    /// Canonical SMILES of the Bemis-Murcko scaffold.
    Scaffold,
    /// The first filter of MOSES that fails.
    FailedFilter,
}

/// The value of a property.
#[derive(Debug, Clone, PartialEq)]
pub enum PropertyValue {
    /// A number.
    Number(f64),
    /// A whole number.
    Count(i64),
    /// A text, if there is one.
    Text(Option<String>),
}

/// What the value of a property is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropertyKind {
    /// [`PropertyValue::Number`].
    Number,
    /// [`PropertyValue::Count`].
    Count,
    /// [`PropertyValue::Text`].
    Text,
}

/// A name that no property has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no property is called `{name}`: {}", self.offer())]
pub struct UnknownProperty {
    /// The name.
    pub name: String,
    /// The names that are most like it; none where none is like it.
    pub nearest: Vec<&'static str>,
}

impl UnknownProperty {
    fn offer(&self) -> String {
        let quoted = |names: &[&str]| -> String {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            names.join(", ")
        };
        if self.nearest.is_empty() {
            let all = Property::ALL.map(Property::name);
            format!("there are {}", quoted(&all))
        } else {
            format!("did you mean {}?", quoted(&self.nearest))
        }
    }
}

/// Other names of properties, in lower case.
const ALIASES: [(&str, Property); 24] = [
    ("logp", Property::LogP),
    ("clogp", Property::LogP),
    ("mw", Property::Weight),
    ("molwt", Property::Weight),
    ("mol_weight", Property::Weight),
    ("molecular_weight", Property::Weight),
    ("psa", Property::Tpsa),
    ("sas", Property::Sa),
    ("sa_score", Property::Sa),
    ("hbd", Property::Donors),
    ("hba", Property::Acceptors),
    ("rotb", Property::RotatableBonds),
    ("rotatable", Property::RotatableBonds),
    ("rot_bonds", Property::RotatableBonds),
    ("csp3", Property::Fsp3),
    ("fraction_csp3", Property::Fsp3),
    ("heavy", Property::HeavyAtoms),
    ("hac", Property::HeavyAtoms),
    ("ring_count", Property::Rings),
    ("arom_rings", Property::AromaticRings),
    ("bertz_ct", Property::Bertz),
    ("radicals", Property::RadicalElectrons),
    ("ro5", Property::Lipinski),
    ("murcko", Property::Scaffold),
];

impl Property {
    /// All, in the order in which tables have them.
    pub const ALL: [Self; 24] = [
        Self::Formula,
        Self::Charge,
        Self::Weight,
        Self::LogP,
        Self::Qed,
        Self::Tpsa,
        Self::Sa,
        Self::Fsp3,
        Self::Bertz,
        Self::HeavyAtoms,
        Self::Rings,
        Self::AromaticRings,
        Self::AliphaticRings,
        Self::Donors,
        Self::Acceptors,
        Self::RotatableBonds,
        Self::RadicalElectrons,
        Self::IdleStereoMarks,
        Self::Lipinski,
        Self::Veber,
        Self::Mcf,
        Self::Pains,
        Self::Scaffold,
        Self::FailedFilter,
    ];

    /// Its name, that of its column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Formula => "formula",
            Self::Charge => "charge",
            Self::Weight => "weight",
            Self::LogP => "log_p",
            Self::Qed => "qed",
            Self::Tpsa => "tpsa",
            Self::Sa => "sa",
            Self::Fsp3 => "fsp3",
            Self::Bertz => "bertz",
            Self::HeavyAtoms => "heavy_atoms",
            Self::Rings => "rings",
            Self::AromaticRings => "aromatic_rings",
            Self::AliphaticRings => "aliphatic_rings",
            Self::Donors => "donors",
            Self::Acceptors => "acceptors",
            Self::RotatableBonds => "rotatable_bonds",
            Self::RadicalElectrons => "radical_electrons",
            Self::IdleStereoMarks => "idle_stereo_marks",
            Self::Lipinski => "lipinski",
            Self::Veber => "veber",
            Self::Mcf => "mcf",
            Self::Pains => "pains",
            Self::Scaffold => "scaffold",
            Self::FailedFilter => "failed_filter",
        }
    }

    /// What its value is.
    pub const fn kind(self) -> PropertyKind {
        match self {
            Self::Formula | Self::Scaffold | Self::FailedFilter => PropertyKind::Text,
            Self::Weight
            | Self::LogP
            | Self::Qed
            | Self::Tpsa
            | Self::Sa
            | Self::Fsp3
            | Self::Bertz => PropertyKind::Number,
            _ => PropertyKind::Count,
        }
    }

    /// The property of this name or of a usual other one (`logp`, `mw`, `hbd`), in any case.
    ///
    /// # Errors
    /// [`UnknownProperty`] with the names that are most like it.
    pub fn named(name: &str) -> Result<Self, UnknownProperty> {
        let plain = name.trim().to_lowercase().replace(['-', ' '], "_");
        let own = Self::ALL.map(|property| (property.name(), property));
        let mut all = own.iter().chain(&ALIASES);
        if let Some((_, property)) = all.find(|(other, _)| *other == plain) {
            return Ok(*property);
        }
        let likeness = |other: &str| strsim::jaro_winkler(&plain, other);
        let mut near: Vec<(f64, Self)> = own
            .iter()
            .chain(&ALIASES)
            .map(|(other, property)| (likeness(other), *property))
            .filter(|(likeness, _)| *likeness > 0.75)
            .collect();
        near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        let mut nearest: Vec<&str> = Vec::new();
        for (_, property) in near {
            if !nearest.contains(&property.name()) && nearest.len() < 3 {
                nearest.push(property.name());
            }
        }
        Err(UnknownProperty {
            name: name.to_owned(),
            nearest,
        })
    }

    /// Its value for a molecule that was read from `text`.
    pub fn of(self, molecule: &Molecule, text: &str) -> PropertyValue {
        match self.kind() {
            PropertyKind::Number => PropertyValue::Number(self.number(molecule)),
            PropertyKind::Count => PropertyValue::Count(self.count(molecule, text)),
            PropertyKind::Text => PropertyValue::Text(self.text(molecule)),
        }
    }

    /// Its value as a number; not a number for a text.
    pub fn as_number(self, molecule: &Molecule, text: &str) -> f64 {
        match self.of(molecule, text) {
            PropertyValue::Number(number) => number,
            PropertyValue::Count(count) => count as f64,
            PropertyValue::Text(_) => f64::NAN,
        }
    }

    fn number(self, molecule: &Molecule) -> f64 {
        let graph = &molecule.graph;
        match self {
            Self::Weight => properties::rdkit_molecular_weight(graph),
            Self::LogP => properties::logp_crippen(graph),
            Self::Qed => properties::qed(graph),
            Self::Tpsa => properties::rdkit_tpsa(graph),
            Self::Sa => molecule.synthetic_accessibility(molecule.environments().as_ref()),
            Self::Fsp3 => properties::fsp3(graph),
            Self::Bertz => properties::bertz_ct(graph),
            _ => f64::NAN,
        }
    }

    fn count(self, molecule: &Molecule, text: &str) -> i64 {
        let graph = &molecule.graph;
        let count = match self {
            Self::Charge => return molecule.charge().into(),
            Self::RadicalElectrons => {
                let shells = molecule.open_shells();
                return shells.iter().map(|shell| i64::from(shell.electrons)).sum();
            }
            Self::HeavyAtoms => properties::heavy_atom_count(graph),
            Self::Rings => properties::ring_count(graph),
            Self::AromaticRings => properties::rdkit_aromatic_ring_count(graph),
            Self::AliphaticRings => properties::num_aliphatic_rings(graph),
            Self::Donors => properties::hbd_count(graph),
            Self::Acceptors => properties::rdkit_hba_count(graph),
            Self::RotatableBonds => properties::rotatable_bond_count(graph),
            Self::IdleStereoMarks => molecule.idle_marks(text).len(),
            Self::Lipinski => usize::from(obeys_rule_of_five(molecule)),
            Self::Veber => usize::from(obeys_veber(molecule)),
            Self::Mcf => usize::from(filters::has_no_alert(graph, filters::Group::Mcf)),
            Self::Pains => usize::from(filters::has_no_alert(graph, filters::Group::Pains)),
            _ => 0,
        };
        count as i64
    }

    fn text(self, molecule: &Molecule) -> Option<String> {
        match self {
            Self::Formula => Some(molecule.formula()),
            Self::Scaffold => molecule.scaffold().filter(|scaffold| !scaffold.is_empty()),
            Self::FailedFilter => molecule.failed_filter().map(str::to_owned),
            _ => None,
        }
    }
}

/// Whether a molecule breaks at most one of the four rules of Lipinski et al. (1997).
fn obeys_rule_of_five(molecule: &Molecule) -> bool {
    let graph = &molecule.graph;
    let (polar, hydrogens) = with_rdkit_model_molecule(graph, |model| {
        let polar = model
            .atoms()
            .filter(|(_, atom)| matches!(atomic_number(atom), 7 | 8));
        let hydrogens = |index| {
            let atoms = model.neighbors(index);
            let atoms = atoms.filter(|(other, _)| atomic_number(model.atom(*other)) == 1);
            atoms.count() + usize::from(model.implicit_hydrogen_count(index))
        };
        polar.fold((0, 0), |(atoms, sum), (index, _)| {
            (atoms + 1, sum + hydrogens(index))
        })
    });
    let broken = [
        properties::rdkit_molecular_weight(graph) > 500.0,
        properties::logp_crippen(graph) > 5.0,
        hydrogens > 5,
        polar > 10,
    ];
    broken.iter().filter(|broken| **broken).count() <= 1
}

/// Whether a molecule obeys both rules of Veber et al. (2002).
fn obeys_veber(molecule: &Molecule) -> bool {
    properties::rotatable_bond_count(&molecule.graph) <= 10
        && properties::rdkit_tpsa(&molecule.graph) <= 140.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_have_names() {
        for property in Property::ALL {
            assert_eq!(Property::named(property.name()), Ok(property));
        }
        for (name, property) in ALIASES {
            assert_eq!(Property::named(name), Ok(property));
        }
        assert_eq!(Property::named("LogP"), Ok(Property::LogP));
        assert_eq!(
            Property::named("rotatable-bonds"),
            Ok(Property::RotatableBonds)
        );
    }

    #[test]
    fn unknown_names_are_answered_with_the_nearest() {
        #[track_caller]
        fn check(name: &str, expected: &str) {
            let told = Property::named(name).unwrap_err().to_string();
            assert!(told.contains(expected), "{told}");
        }
        check("lopg", "did you mean `log_p`");
        check("tspa", "did you mean `tpsa`");
        check("wieght", "did you mean `weight`");
        check("aromatic_ring", "did you mean `aromatic_rings`");
        check("xyz", "there are `formula`, `charge`");
    }

    // By RDKit 2026.9.1.
    #[test]
    fn values_are_those_of_the_molecule() {
        #[track_caller]
        fn check(smiles: &str, name: &str, expected: f64) {
            let molecule = Molecule::parse(smiles).unwrap();
            let property = Property::named(name).unwrap();
            approx::assert_relative_eq!(
                property.as_number(&molecule, smiles),
                expected,
                epsilon = 1e-4
            );
        }
        let aspirin = "CC(=O)Oc1ccccc1C(=O)O";
        check(aspirin, "mw", 180.159);
        check(aspirin, "fsp3", 1.0 / 9.0);
        check(aspirin, "lipinski", 1.0);
        check(aspirin, "sa", 1.58);
        check("CC(=O)[O-]", "charge", -1.0);
        check("CCCCCCCCCCCCCC", "veber", 0.0);
        check("CC=O", "mcf", 0.0);
        check("CC=O", "pains", 1.0);
        let large = format!("OCC(O)C(O)C(O)C(O){}", "CO".repeat(12));
        check(&large, "lipinski", 0.0);
    }
}
