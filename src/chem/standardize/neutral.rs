//! Molecules neutralized by hydrogens, as RDKit's `rdMolStandardize.Uncharger` does it.
//!
//! Works on the canonical SMILES, in which a nitro group, a nitrate or a perchlorate has one spelling
//! however it was written, and in its order where several atoms may lose their charge. The rules,
//! with RDKit's defaults:
//!
//! - positive charge that no hydrogen carries (`[Na+]`, `[N+](C)(C)(C)C`) stays, and as many
//!   anions as balance it;
//! - other anions take a hydrogen, weaker acids before the stronger ones named in
//!   [`is_of_acid`]; anions beside a cation (nitro groups, N-oxides, azides) do not, unless
//!   the group has more of them than it has positive charge (nitrate, perchlorate);
//! - cations with hydrogens then give them up, as long as the molecule is positive.

use chematic::perception::{RdkitRankAtom, RdkitRankBond, rdkit_rank_mol_atoms};
use chematic::smiles::{parse, rdkit_mol_view};

use super::written::{Bond, Written};
use crate::chem::{Invalid, Molecule};

impl Molecule {
    /// The molecule neutralized by adding and removing hydrogens (RDKit's `Uncharger`): acids and
    /// ammonium ions become neutral; nitro groups, quaternary nitrogen and metal ions stay. An atom
    /// whose neutral form is no molecule keeps its charge.
    ///
    /// # Errors
    /// [`Invalid`] where the molecule's own canonical SMILES is not read.
    pub fn neutral(&self) -> Result<Self, Invalid> {
        let canonical = self.canonical();
        let Some(written) = Written::read(canonical) else {
            return Ok(self.clone());
        };
        if written.atoms.iter().all(|atom| atom.charge == 0) {
            return Ok(self.clone());
        }
        let mut neutral = Uncharger::new(canonical, written, Vec::new());
        neutral.run();
        let text = neutral.written.text();
        if text == canonical {
            return Ok(self.clone());
        }
        if let Ok(found) = Self::parse(&text) {
            return Ok(found);
        }
        // Some atom cannot be neutral: those that cannot alone keep their charge.
        let fixed = neutral.changed.iter().filter(|&&atom| {
            let alone = Written::read(canonical).map(|mut alone| {
                alone.atoms[atom] = neutral.written.atoms[atom].clone();
                alone.text()
            });
            alone.is_none_or(|text| Self::parse(&text).is_err())
        });
        let fixed = fixed.copied().collect();
        let Some(written) = Written::read(canonical) else {
            return Ok(self.clone());
        };
        let mut neutral = Uncharger::new(canonical, written, fixed);
        neutral.run();
        Ok(Self::parse(&neutral.written.text()).unwrap_or_else(|_| self.clone()))
    }
}

/// The state of an uncharging.
struct Uncharger<'a> {
    canonical: &'a str,
    written: Written<'a>,
    /// Atoms that keep their charge whatever the rules say.
    fixed: Vec<usize>,
    /// Atoms whose charge was changed.
    changed: Vec<usize>,
}

impl<'a> Uncharger<'a> {
    fn new(canonical: &'a str, written: Written<'a>, fixed: Vec<usize>) -> Self {
        Self {
            canonical,
            written,
            fixed,
            changed: Vec::new(),
        }
    }

    fn run(&mut self) {
        let atoms = 0..self.written.atoms.len();
        let with_hydrogens: Vec<usize> =
            atoms.clone().filter(|&atom| self.can_give(atom)).collect();
        let stays = atoms.clone().filter(|&atom| self.is_fixed_cation(atom));
        let stays: i32 = stays.map(|atom| self.charge(atom)).sum();
        let mut anions: Vec<usize> = atoms
            .clone()
            .filter(|&atom| self.is_free_anion(atom))
            .collect();
        let mut acids: Vec<usize> = atoms
            .filter(|&atom| is_of_acid(&self.written, atom))
            .collect();
        if stays > 0 && anions.len() + acids.len() > 1 {
            let ranks = ranks(self.canonical, self.written.atoms.len());
            anions.sort_by_key(|&atom| ranks[atom]);
            acids.sort_by_key(|&atom| ranks[atom]);
        }
        let order = self.order(&anions, &acids);
        self.take_hydrogens(&order, order.len() as i32 - stays);
        self.give_hydrogens(&with_hydrogens);
    }

    /// The anions in the order in which they take hydrogens: weak acids first, and of the strong ones
    /// not those that the charge of their own group balances.
    fn order(&self, anions: &[usize], acids: &[usize]) -> Vec<usize> {
        let mut balanced = vec![0; self.written.atoms.len()];
        let is_balanced = |atom: &usize| {
            let mut cations = self.written.neighbours(*atom).map(|(other, _)| other);
            let Some(cation) = cations.find(|&other| self.charge(other) > 0) else {
                return false;
            };
            let within = balanced[cation] < self.charge(cation);
            balanced[cation] += i32::from(within);
            within
        };
        let mut is_balanced = is_balanced;
        let weak = anions.iter().filter(|atom| !acids.contains(atom));
        let mut order: Vec<usize> = weak.copied().collect();
        order.extend(acids.iter().filter(|atom| !is_balanced(atom)));
        order
    }

    /// Neutralizes anions in this order until the surplus is used up. As in RDKit, all of them are
    /// where there is less than none.
    fn take_hydrogens(&mut self, order: &[usize], mut surplus: i32) {
        for &atom in order {
            if surplus == 0 {
                break;
            }
            let early = is_early(self.written.atoms[atom].number());
            let hydrogens = self.written.atoms[atom].hydrogens;
            let change = match (early, hydrogens) {
                (true, 0) => continue,
                (true, _) => -1,
                (false, _) => 1,
            };
            if self.change(atom, 1, change) {
                surplus -= 1;
            }
        }
    }

    /// Neutralizes cations while the molecule is positive.
    fn give_hydrogens(&mut self, cations: &[usize]) {
        let charges = self.written.atoms.iter().map(|atom| atom.charge);
        let mut total: i32 = charges.sum();
        for &atom in cations {
            while total > 0 && self.charge(atom) > 0 {
                let number = self.written.atoms[atom].number();
                let hydrogens = self.written.atoms[atom].hydrogens;
                let change = match number == 6 || is_early(number) {
                    true => 1,
                    false if hydrogens > 0 => -1,
                    false => break,
                };
                if !self.change(atom, -1, change) {
                    break;
                }
                total -= 1;
            }
        }
    }

    /// Adds to the charge and to the hydrogens of an atom that may change; says whether it did.
    fn change(&mut self, atom: usize, charge: i32, hydrogens: i32) -> bool {
        if self.fixed.contains(&atom) {
            return false;
        }
        let place = &mut self.written.atoms[atom];
        place.charge += charge;
        let hydrogens = place.hydrogens.saturating_add_signed(hydrogens);
        self.written.set_hydrogens(atom, hydrogens);
        self.changed.push(atom);
        true
    }

    fn charge(&self, atom: usize) -> i32 {
        self.written.atoms[atom].charge
    }

    /// Neighbours with the charge -1.
    fn anions_beside(&self, atom: usize) -> usize {
        let beside = self.written.neighbours(atom);
        beside
            .filter(|(other, _)| self.charge(*other) == -1)
            .count()
    }

    /// Whether an atom is a cation with hydrogens, not balanced by one neighbour.
    fn can_give(&self, atom: usize) -> bool {
        (1..=4).contains(&self.charge(atom))
            && self.written.atoms[atom].hydrogens > 0
            && self.anions_beside(atom) != 1
    }

    /// Whether an atom is a cation without hydrogens and without an anion beside it.
    fn is_fixed_cation(&self, atom: usize) -> bool {
        (1..=4).contains(&self.charge(atom))
            && self.written.atoms[atom].hydrogens == 0
            && self.anions_beside(atom) == 0
    }

    /// Whether an atom has the charge -1, and no cation beside it.
    fn is_free_anion(&self, atom: usize) -> bool {
        let mut beside = self.written.neighbours(atom).map(|(other, _)| other);
        self.charge(atom) == -1 && !beside.any(|other| (1..=4).contains(&self.charge(other)))
    }
}

/// Whether an atom is the anion of a stronger acid: of a carboxylic or sulfonic one, of
/// one with N+ or P+ (nitrates), of an oxidized halogen, or of a tetrazole.
fn is_of_acid(written: &Written<'_>, atom: usize) -> bool {
    let symbol = |atom: usize| written.atoms[atom].symbol;
    let charge = |atom: usize| written.atoms[atom].charge;
    let is_chalcogen = |atom: usize| matches!(symbol(atom), "O" | "S");
    if charge(atom) != -1 {
        return false;
    }
    if symbol(atom) == "n" {
        return is_in_tetrazole(written, atom);
    }
    if !is_chalcogen(atom) {
        return false;
    }
    let others = |centre: usize, order: Bond| {
        let beside = written.neighbours(centre);
        beside
            .filter(move |&(other, found)| other != atom && found == order)
            .map(|(other, _)| other)
    };
    let oxo = |centre: usize| others(centre, Bond::Double).any(is_chalcogen);
    let more = |centre: usize, sulfur: bool| {
        others(centre, Bond::Single).any(|other| {
            charge(other) == -1 && (symbol(other) == "O" || sulfur && symbol(other) == "S")
        })
    };
    let single = written
        .neighbours(atom)
        .filter(|(_, order)| *order == Bond::Single);
    single
        .map(|(centre, _)| centre)
        .any(|centre| match (symbol(centre), charge(centre)) {
            ("C" | "S", 0) => oxo(centre),
            ("N" | "P", 1) => oxo(centre) && more(centre, true),
            ("Cl" | "Br" | "I", 1..=3) => symbol(atom) == "O" && more(centre, false),
            _ => false,
        })
}

/// Whether an aromatic nitrogen is in a ring of four nitrogens and a carbon.
fn is_in_tetrazole(written: &Written<'_>, atom: usize) -> bool {
    // The other atoms of the ring, from the nitrogen on, in either direction.
    const RINGS: [[&str; 4]; 2] = [["n", "n", "n", "c"], ["n", "c", "n", "n"]];
    RINGS.iter().any(|ring| {
        let mut paths = vec![vec![atom]];
        for symbol in ring {
            let mut longer = Vec::new();
            for path in &paths {
                let last = path[path.len() - 1];
                for (next, order) in written.neighbours(last) {
                    let fits = matches!(order, Bond::Aromatic | Bond::Single);
                    if fits && written.atoms[next].symbol == *symbol && !path.contains(&next) {
                        longer.push([path.as_slice(), &[next]].concat());
                    }
                }
            }
            paths = longer;
        }
        paths
            .iter()
            .any(|path| written.neighbours(path[4]).any(|(next, _)| next == atom))
    })
}

/// Elements that RDKit counts to the left of carbon: there a hydrogen is a hydride.
fn is_early(number: u8) -> bool {
    matches!(
        number,
        3..=5 | 11..=13 | 19..=22 | 30..=32 | 37..=41 | 48..=51 | 55..=61 | 72 | 73 | 80..=83 | 87..=93 | 104..
    )
}

/// RDKit's canonical ranks of the atoms of a canonical SMILES; their order in it where the
/// chemistry crate does not read it.
fn ranks(canonical: &str, count: usize) -> Vec<u32> {
    let in_order = || (0..count as u32).collect();
    let Ok(graph) = parse(canonical) else {
        return in_order();
    };
    let Ok(view) = rdkit_mol_view(&graph) else {
        return in_order();
    };
    if view.num_atoms() != count || graph.atom_count() != count {
        return in_order();
    }
    let atoms: Vec<RdkitRankAtom> = view
        .atoms
        .iter()
        .zip(graph.atoms())
        .enumerate()
        .map(|(index, (atom, (_, read)))| RdkitRankAtom {
            atomic_num: atom.atomic_num,
            isotope: u32::from(read.isotope.unwrap_or(0)),
            formal_charge: atom.formal_charge,
            atom_map: i32::from(read.atom_map.unwrap_or(0)),
            chiral_tag: atom.chiral_tag,
            total_num_hs: atom.total_num_hs,
            num_rings: view.num_atom_rings(index) as u32,
            ring_stereo: false,
        })
        .collect();
    let bonds: Vec<RdkitRankBond> = view
        .bonds
        .iter()
        .map(|bond| RdkitRankBond {
            begin: bond.begin as u32,
            end: bond.end as u32,
            bond_type: u32::from(bond.bond_type),
            stereo: u32::from(bond.stereo),
            stereo_atoms: None,
        })
        .collect();
    rdkit_rank_mol_atoms(&atoms, &bonds)
}
