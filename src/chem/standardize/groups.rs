//! Functional groups in one form, by the transformations of the ChEMBL structure pipeline (Bento et
//! al. 2020, doi:10.1186/s13321-020-00456-1) that apply to molecules that RDKit can read.
//!
//! | from | to |
//! |---|---|
//! | sulfoxide `S=O` between two atoms that are no oxygen | `[S+][O-]` |
//! | `O=S` with one carbon | `O=[S+]` |
//! | `C(O)=N`, an amide as its imidic acid | `C(=O)N` |
//! | a halogen atom alone | its anion |
//! | `[C-][N+2][O-]`, `[N-][N+2][O-]` | `C=[N+][O-]`, `N=[N+][O-]` |
//! | azide `[N-][N+]#N` | `N=[N+]=[N-]` |
//! | Li, Na or K bound to N or O | ions |
//!
//! The others of the pipeline (nitro groups, diazonium, ...) make what RDKit makes on reading.

use super::written::{Bond, Written};
use crate::chem::{Invalid, Molecule};

/// Most transformations of one molecule, as in RDKit's normalizer.
const MOST: usize = 200;

/// A transformation: the SMILES after its first place, if it has any.
type Rule = fn(&Written<'_>) -> Option<String>;

const RULES: [Rule; 7] = [
    metal_bond,
    sulfoxide,
    oxosulfur,
    imidic_acid,
    halogen,
    oxide,
    azide,
];

/// The molecule with its functional groups in one form.
///
/// # Errors
/// [`Invalid`] where a transformation makes no molecule.
pub(super) fn normalized(molecule: &Molecule) -> Result<Molecule, Invalid> {
    let mut molecule = molecule.clone();
    for _ in 0..MOST {
        let Some(written) = Written::read(molecule.canonical()) else {
            break;
        };
        let Some(next) = RULES.iter().find_map(|rule| rule(&written)) else {
            break;
        };
        let next = Molecule::parse(&next)?;
        if next.canonical() == molecule.canonical() {
            break;
        }
        molecule = next;
    }
    Ok(molecule)
}

impl Written<'_> {
    fn is(&self, atom: usize, symbol: &str, charge: i32) -> bool {
        let atom = &self.atoms[atom];
        atom.symbol == symbol && atom.charge == charge
    }

    fn degree(&self, atom: usize) -> usize {
        self.neighbours(atom).count()
    }

    /// The neighbours at bonds of this order.
    fn at(&self, atom: usize, order: Bond) -> impl Iterator<Item = usize> {
        let beside = self.neighbours(atom);
        beside
            .filter(move |(_, found)| *found == order)
            .map(|(other, _)| other)
    }

    fn find<T>(&self, site: impl FnMut(usize) -> Option<T>) -> Option<T> {
        (0..self.atoms.len()).find_map(site)
    }
}

/// Every bond of Li, Na or K to N or O at once, as the pipeline cuts them.
fn metal_bond(written: &Written<'_>) -> Option<String> {
    let is_metal = |atom: usize| {
        ["Li", "Na", "K"]
            .iter()
            .any(|metal| written.is(atom, metal, 0))
    };
    let is_ligand = |atom: usize| {
        let atom = &written.atoms[atom];
        matches!(atom.number(), 7 | 8) && atom.charge == 0
    };
    let mut changed = written.clone();
    let mut cut = Vec::new();
    for metal in (0..written.atoms.len()).filter(|&atom| is_metal(atom)) {
        for ligand in written
            .at(metal, Bond::Single)
            .filter(|&atom| is_ligand(atom))
        {
            changed.fix(metal).charge = 1;
            changed.fix(ligand).charge = -1;
            cut.push((metal, ligand));
        }
    }
    (!cut.is_empty())
        .then(|| changed.rewritten(&[], &cut))
        .flatten()
}

fn sulfoxide(written: &Written<'_>) -> Option<String> {
    let (sulfur, oxygen) = written.find(|sulfur| {
        let protonated = written.is(sulfur, "S", 1) && written.hydrogens(sulfur) == 1;
        if !(written.is(sulfur, "S", 0) || protonated) || written.degree(sulfur) != 3 {
            return None;
        }
        let mut oxo = written.at(sulfur, Bond::Double);
        let oxygen = oxo.find(|&other| written.atoms[other].symbol == "O")?;
        let others = written
            .neighbours(sulfur)
            .filter(|(other, _)| *other != oxygen);
        let fits = |(other, order): (usize, Bond)| {
            matches!(order, Bond::Single | Bond::Aromatic) && written.atoms[other].symbol != "O"
        };
        others.into_iter().all(fits).then_some((sulfur, oxygen))
    })?;
    let mut changed = written.clone();
    changed.fix(sulfur).charge = 1;
    changed.fix(oxygen).charge = -1;
    changed.rewritten(&[(sulfur, oxygen, "")], &[])
}

fn oxosulfur(written: &Written<'_>) -> Option<String> {
    let sulfur = written.find(|sulfur| {
        let is_oxygen = |other: usize| written.atoms[other].symbol == "O";
        let is_carbon = |other: usize| written.atoms[other].number() == 6;
        let fits = written.is(sulfur, "S", 0)
            && written.degree(sulfur) == 2
            && written.at(sulfur, Bond::Double).any(is_oxygen)
            && written.at(sulfur, Bond::Single).any(is_carbon);
        fits.then_some(sulfur)
    })?;
    let mut changed = written.clone();
    changed.fix(sulfur).charge = 1;
    changed.rewritten(&[], &[])
}

fn imidic_acid(written: &Written<'_>) -> Option<String> {
    let (carbon, oxygen, nitrogen) = written.find(|carbon| {
        if written.atoms[carbon].symbol != "C" {
            return None;
        }
        let is_hydroxy = |&other: &usize| {
            written.atoms[other].symbol == "O"
                && written.degree(other) == 1
                && written.hydrogens(other) == 1
        };
        let is_imino = |&other: &usize| {
            written.atoms[other].symbol == "N"
                && written.hydrogens(other) < 2
                && !written.is_in_ring(carbon, other)
        };
        let oxygen = written.at(carbon, Bond::Single).find(is_hydroxy)?;
        let nitrogen = written.at(carbon, Bond::Double).find(is_imino)?;
        Some((carbon, oxygen, nitrogen))
    })?;
    let mut changed = written.clone();
    changed.fix(oxygen).hydrogens = 0;
    changed.fix(nitrogen).hydrogens += 1;
    changed.rewritten(&[(carbon, oxygen, "="), (carbon, nitrogen, "")], &[])
}

fn halogen(written: &Written<'_>) -> Option<String> {
    let atom = written.find(|atom| {
        let halogens = ["F", "Cl", "Br", "I"];
        let alone = written.degree(atom) == 0 && written.hydrogens(atom) == 0;
        (alone && halogens.iter().any(|symbol| written.is(atom, symbol, 0))).then_some(atom)
    })?;
    let mut changed = written.clone();
    changed.fix(atom).charge = -1;
    changed.rewritten(&[], &[])
}

fn oxide(written: &Written<'_>) -> Option<String> {
    let (anion, nitrogen) = written.find(|nitrogen| {
        if !written.is(nitrogen, "N", 2) || written.degree(nitrogen) != 3 {
            return None;
        }
        let is_oxide = |other: usize| written.is(other, "O", -1) && written.degree(other) == 1;
        let is_anion = |&other: &usize| {
            (written.is(other, "C", -1) || written.is(other, "N", -1))
                && matches!(written.degree(other), 2 | 3)
        };
        let oxide = written.at(nitrogen, Bond::Single).any(is_oxide);
        let anion = written.at(nitrogen, Bond::Single).find(is_anion)?;
        oxide.then_some((anion, nitrogen))
    })?;
    let mut changed = written.clone();
    changed.fix(anion).charge = 0;
    changed.fix(nitrogen).charge = 1;
    changed.rewritten(&[(anion, nitrogen, "=")], &[])
}

fn azide(written: &Written<'_>) -> Option<String> {
    let [first, middle, last] = written.find(|middle| {
        if !written.is(middle, "N", 1) {
            return None;
        }
        let is_last = |&other: &usize| written.is(other, "N", 0) && written.degree(other) == 1;
        let is_first = |&other: &usize| written.is(other, "N", -1) && written.degree(other) > 1;
        let last = written.at(middle, Bond::Triple).find(is_last)?;
        let first = written.at(middle, Bond::Single).find(is_first)?;
        Some([first, middle, last])
    })?;
    let mut changed = written.clone();
    changed.fix(first).charge = 0;
    changed.fix(last).charge = -1;
    changed.rewritten(&[(first, middle, "="), (middle, last, "=")], &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(smiles: &str, expected: &str) {
        let molecule = Molecule::parse(smiles).unwrap();
        let found = normalized(&molecule).unwrap();
        assert_eq!(found.canonical(), expected, "{smiles}");
    }

    // Expected forms by `normalize_mol` of `chembl_structure_pipeline` 1.2.4 with RDKit 2026.9.1.
    #[test]
    fn groups_have_one_form() {
        check("CS(C)=O", "C[S+](C)[O-]");
        check("C[S@](=O)c1ccccc1", "C[S@+]([O-])c1ccccc1");
        check("CS(=O)S(=O)C", "C[S+]([O-])[S+](C)[O-]");
        check("CS(=O)OC", "COS(C)=O");
        check("CS(C)(=O)=O", "CS(C)(=O)=O");
        check("C/C(O)=N/C", "CNC(C)=O");
        check("CC(O)=N[O-]", "CC(=O)N[O-]");
        check("CC(O)=[N+](C)C", "CC(=O)[NH+](C)C");
        check("OC1=NCCC1", "OC1=NCCC1");
        check("C[CH-][N+2](C)[O-]", "CC=[N+](C)[O-]");
        check("C[N-][N+]#N", "CN=[N+]=[N-]");
        check("[Cl].CC", "CC.[Cl-]");
        check("Cl.CC", "CC.Cl");
        check("CO[Na]", "C[O-].[Na+]");
        check("CN(C)[Li]", "C[N-]C.[Li+]");
        check("CO[Mg]OC", "C[O][Mg][O]C");
        check("C[C@H](O)[C@@H](N)S(C)=O", "C[C@H](O)[C@@H](N)[S+](C)[O-]");
    }
}
