//! The canonical SMILES of molecules that the chemistry crate does not sanitize itself: those with
//! bonds `~`, and some metal complexes.
//!
//! A surrogate is sanitized in their place. Atoms are ranked by the crate, from what RDKit ranks
//! them by, and written in the order of RDKit's traversal. Does not know the stereochemistry of
//! rings.

use std::collections::HashMap;

use chematic::core::Molecule;
use chematic::perception::{
    RdkitRankAtom, RdkitRankBond, rdkit_rank_mol_atoms, rdkit_symmetrized_sssr,
};
use chematic::smiles::RdkitSmilesError;

use super::sanitized::{Bond, Sanitized};
use super::surrogate::{ANY, AROMATIC, DATIVE, Surrogate, is_metal, valences};
use super::traversal::Traversal;
use crate::chem::smiles::graph::{HYDROGEN, is_odd};

/// Canonical SMILES of the molecule that was parsed from `text`.
pub(super) fn canonical(
    graph: &Molecule,
    surrogate: &Surrogate,
    text: &str,
) -> Result<String, RdkitSmilesError> {
    let model = Sanitized::new(graph, surrogate, text)?;
    let rings = rdkit_symmetrized_sssr(model.atoms.len(), &model.ring_bonds());
    Ok(model.smiles(&rings.unwrap_or_default()))
}

impl Sanitized {
    /// Canonical SMILES with these rings of atoms: that of each component, in byte order.
    pub(super) fn smiles(mut self, rings: &[Vec<usize>]) -> String {
        let mut ring_counts = vec![0; self.atoms.len()];
        for ring in rings {
            for (place, &atom) in ring.iter().enumerate() {
                ring_counts[atom] += 1;
                let next = ring[(place + 1) % ring.len()];
                let bonds = &self.atoms[atom].bonds;
                let between = bonds
                    .iter()
                    .find(|&&bond| self.bonds[bond].other(atom) == next);
                if let Some(&bond) = between {
                    self.bonds[bond].in_ring = true;
                }
            }
        }
        let mut parts: Vec<String> = Vec::new();
        let mut seen = vec![false; self.atoms.len()];
        for start in 0..self.atoms.len() {
            if !seen[start] {
                let part = self.part(start, &mut seen);
                let ranks = self.ranks(&part, &ring_counts);
                parts.push(Traversal::new(&self, ranks).text(&part));
            }
        }
        parts.sort();
        parts.join(".")
    }

    /// The atoms of the component of `start`, in rising order.
    fn part(&self, start: usize, seen: &mut [bool]) -> Vec<usize> {
        let mut part = vec![start];
        seen[start] = true;
        let mut next = 0;
        while let Some(&atom) = part.get(next) {
            for &bond in &self.atoms[atom].bonds {
                let other = self.bonds[bond].other(atom);
                if !std::mem::replace(&mut seen[other], true) {
                    part.push(other);
                }
            }
            next += 1;
        }
        part.sort_unstable();
        part
    }

    /// The canonical rank of each atom of a component, by atom.
    fn ranks(&self, part: &[usize], ring_counts: &[u32]) -> HashMap<usize, u32> {
        let place = |atom: usize| part.binary_search(&atom).unwrap_or(0) as u32;
        let atoms: Vec<RdkitRankAtom> = part
            .iter()
            .map(|&index| {
                let atom = &self.atoms[index];
                RdkitRankAtom {
                    atomic_num: u32::from(atom.number),
                    isotope: u32::from(atom.isotope),
                    formal_charge: i32::from(atom.charge),
                    atom_map: i32::from(atom.map),
                    chiral_tag: self.tag(index),
                    total_num_hs: atom.hydrogens,
                    num_rings: ring_counts[index],
                    ring_stereo: false,
                }
            })
            .collect();
        let inside = |bond: &&Bond| part.binary_search(&bond.ends[0]).is_ok();
        let bonds: Vec<RdkitRankBond> = self
            .bonds
            .iter()
            .filter(inside)
            .map(|bond| RdkitRankBond {
                begin: place(bond.ends[0]),
                end: place(bond.ends[1]),
                bond_type: if bond.is_aromatic() {
                    AROMATIC
                } else {
                    bond.order
                },
                stereo: u32::from(bond.stereo),
                stereo_atoms: None,
            })
            .collect();
        let ranks = rdkit_rank_mol_atoms(&atoms, &bonds);
        part.iter().copied().zip(ranks).collect()
    }

    /// RDKit's chiral tag of an atom: 0 none, 1 clockwise, 2 counter-clockwise, in the order of its
    /// bonds.
    fn tag(&self, atom: usize) -> u8 {
        let Some((clockwise, order)) = &self.atoms[atom].stereo else {
            return 0;
        };
        let bonds = self.atoms[atom].bonds.iter();
        let mut now: Vec<usize> = bonds.map(|&bond| self.bonds[bond].other(atom)).collect();
        if order.contains(&HYDROGEN) {
            now.push(HYDROGEN);
        }
        match is_odd(order, &now) {
            None => 0,
            Some(odd) if odd == *clockwise => 2,
            Some(_) => 1,
        }
    }

    /// An atom's text, with its stereo mark.
    pub(super) fn atom_text(&self, index: usize, stereo: &str) -> String {
        use std::fmt::Write;
        let atom = &self.atoms[index];
        let letters = [5, 6, 7, 8, 14, 15, 16, 33, 34, 52];
        let mut symbol = atom.symbol.to_owned();
        if atom.aromatic && letters.contains(&atom.number) {
            symbol.make_ascii_lowercase();
        }
        let bonds = || atom.bonds.iter().map(|&bond| &self.bonds[bond]);
        let metal = bonds().any(|bond| is_metal(self.atoms[bond.other(index)].number));
        let plain = matches!(atom.number, 0 | 5..=9 | 15..=17 | 35 | 53)
            && (atom.charge, atom.isotope, atom.map) == (0, 0, 0)
            && stereo.is_empty()
            && !metal
            && self.is_usual(index);
        if plain {
            return symbol;
        }
        let mut text = "[".to_owned();
        if atom.isotope > 0 {
            text += &atom.isotope.to_string();
        }
        text += &symbol;
        text += stereo;
        // A String takes any text.
        let _ = match atom.hydrogens {
            0 => Ok(()),
            1 => write!(text, "H"),
            count => write!(text, "H{count}"),
        };
        let _ = match atom.charge {
            0 => Ok(()),
            1 => write!(text, "+"),
            -1 => write!(text, "-"),
            charge => write!(text, "{charge:+}"),
        };
        if atom.map > 0 {
            let _ = write!(text, ":{}", atom.map);
        }
        text + "]"
    }

    /// Whether an uncharged atom has the hydrogens that its symbol implies without brackets.
    fn is_usual(&self, index: usize) -> bool {
        let atom = &self.atoms[index];
        if matches!(atom.number, 7 | 15) && atom.aromatic && atom.fixed_hydrogen {
            return false;
        }
        let [usual, ..] = valences(atom.number) else {
            return atom.hydrogens == 0;
        };
        let orders = atom.bonds.iter().map(|&bond| {
            let bond = &self.bonds[bond];
            match bond.order {
                AROMATIC => 1.5,
                DATIVE if bond.ends[0] == index => 0.0,
                DATIVE => 1.0,
                order => f64::from(order),
            }
        });
        let sum = orders.sum::<f64>() + f64::from(atom.hydrogens);
        let valence = if atom.aromatic && sum > f64::from(*usual) && sum <= f64::from(*usual) + 1.5
        {
            *usual
        } else {
            (sum + 0.1).round() as i32
        };
        valence == *usual || (atom.hydrogens == 0 && valences(atom.number).contains(&valence))
    }

    /// A bond's text between its atoms, `from` to the left.
    pub(super) fn bond_text(&self, index: usize, from: usize, mark: Option<bool>) -> &'static str {
        let bond = &self.bonds[index];
        let ends = bond.ends.map(|end| &self.atoms[end]);
        let letters = ends.iter().all(|end| end.aromatic) && ends.iter().any(|end| end.number > 0);
        match bond.order {
            ANY => "~",
            1 => match mark {
                Some(true) => "/",
                Some(false) => "\\",
                None if letters => "-",
                None => "",
            },
            2 => "=",
            3 => "#",
            4 => "$",
            AROMATIC if letters => "",
            AROMATIC => ":",
            _ if bond.ends[0] == from => "->",
            _ => "<-",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::chem::{Cause, Molecule};

    #[track_caller]
    fn check(smiles: &str, expected: &str) {
        let canonical = Molecule::parse(smiles).unwrap().canonical().to_owned();
        assert_eq!(canonical, expected, "{smiles}");
        // RDKit, too, reads `~` before a ring number as if it were not there.
        if !expected.contains("~1") {
            let again = Molecule::parse(&canonical).unwrap();
            assert_eq!(again.canonical(), canonical, "a fixed point");
        }
    }

    // Expected forms by RDKit 2026.9.1.
    #[test]
    fn any_bonds_are_read_as_rdkit_reads_them() {
        check("C~C", "C~C");
        check("CS(~C)=O", "C[SH](~C)=O");
        check("CN(~C)C", "CN(C)~C");
        check("Cl[Pt](Cl)(~N)N", "[NH2][Pt](~[NH3])([Cl])[Cl]");
        check("[Na+].[O-]~C(=O)c1ccccc1", "O=C(~[O-])c1ccccc1.[Na+]");
        check("[Ca+2]~[Fe+2]", "[Ca+2]~[Fe+2]");
        check("C[C@H](N)~C(=O)O", "C[CH](N)~C(=O)O");
        check(
            "CC[As](CC)/C(=C\\C(F)(F)F)/C(F)(~F)F",
            "CC[As](CC)/C(=C\\C(F)(F)F)C(F)(F)~F",
        );
        check("CC(C)=C~CC/C(C)=C/CO", "CC(C)=C~CC/C(C)=C/CO");
    }

    #[test]
    fn any_bonds_in_rings_count_as_ring_bonds() {
        check("C1CCCCCCC~CCCCCC1", "C1CCCCCCC~CCCCCC1");
        check("CC1=CC~CC=C1", "CC1=CC~CC=C1");
        check("c1ccc~cc1", "c1ccc~cc1");
        check("[O-][n+]1ccc~cc1", "[O-][n+]1ccc~cc1");
        check("c1c~oc1", "C1=C~O=C1");
        check("c1~cc[nH]c1", "c1c~cc[nH]1");
        check("Cc1ccc~nc1N", "Cc1ccc~nc1N");
        check("b1ccc~cc1", "b1ccc~cc1");
        check("CC(Oc1~ccc(N)cc1)C", "CC(C)Oc1ccc(N)cc~1");
    }

    #[test]
    fn faults_beside_any_bonds_are_found() {
        for (smiles, cause, position) in [
            ("CC~C(C)(C)(C)(C)C", Cause::Valence, 3),
            ("CC~c1cccc1", Cause::Kekulization, 3),
        ] {
            let invalid = Molecule::parse(smiles).unwrap_err();
            let found = (invalid.cause, invalid.position);
            assert_eq!(found, (cause, Some(position)), "{smiles}: {invalid}");
        }
    }

    /// RDKit finds 13 of the 15 rings of this complex, the chemistry crate none.
    #[test]
    fn a_cage_whose_rings_are_not_found_is_a_molecule() {
        let smiles = concat!(
            "FC:1:C(:C(F):C(F):C(F):C1F)C=1C:2:C([N]:3:C(:C:C:C3C(C:3:C(F):C(F):C(F):C(F):C3F",
            ")=C3C=CNC3=O)C3(C:4:C(F):C(F):C(F):C(F):C4F)C:4:C:C:C:5C(C:6:C(F):C(F):C(F):C(F)",
            ":C6F)=C6C=CC=7C(C:8:C(F):C(F):C(F):C(F):C8F)=[C]:8:C:C:[C]1:[N]8[Hg]([O]3C)([N]5",
            "4)[N]76):[NH]:C:C2",
        );
        assert!(Molecule::parse(smiles).is_ok_and(|found| found.canonical().contains("Hg")));
    }
}
