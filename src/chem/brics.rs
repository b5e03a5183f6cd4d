//! BRICS fragments (Degen et al. 2008) by RDKit's rules, which MOSES counts.
//!
//! An atom has environments, and a bond outside rings is cut when its two atoms have a pair of
//! environments that the rules list. Either side gets a dummy atom that carries the number of the
//! environment as its isotope. The rules are those of RDKit's `FragmentOnBRICSBonds`; the chemistry
//! crate's own BRICS differs from them.

use chematic::core::{Atom, AtomIdx, BondIdx, BondOrder, Molecule, MoleculeBuilder};
use chematic::perception::{ring_bond_flags_shared, with_rdkit_parity_view};
use chematic::smiles::rdkit_canonical_smiles;

use super::atomic_number;

/// Pairs of environments between which a single bond is cut. Of several that fit the last counts,
/// as in RDKit.
const PAIRS: [(u8, u8); 46] = [
    (1, 3),
    (1, 5),
    (1, 10),
    (3, 4),
    (3, 13),
    (3, 14),
    (3, 15),
    (3, 16),
    (4, 5),
    (4, 11),
    (5, 12),
    (5, 14),
    (5, 16),
    (5, 13),
    (5, 15),
    (6, 13),
    (6, 14),
    (6, 15),
    (6, 16),
    (7, 7),
    (8, 9),
    (8, 10),
    (8, 13),
    (8, 14),
    (8, 15),
    (8, 16),
    (9, 13),
    (9, 14),
    (9, 15),
    (9, 16),
    (10, 13),
    (10, 14),
    (10, 15),
    (10, 16),
    (11, 13),
    (11, 14),
    (11, 15),
    (11, 16),
    (13, 14),
    (13, 15),
    (13, 16),
    (14, 14),
    (14, 15),
    (14, 16),
    (15, 16),
    (16, 16),
];

/// The one environment that is cut at a double bond.
const OLEFIN: u8 = 7;

/// Canonical SMILES of the fragments, one for each piece; the whole molecule where nothing is cut.
pub(super) fn fragments(graph: &Molecule) -> Vec<String> {
    with_rdkit_parity_view(graph, |view| cut(view.unwrap_or(graph)))
        .fragments()
        .iter()
        .filter_map(|piece| rdkit_canonical_smiles(piece).ok())
        .collect()
}

/// The molecule with every BRICS bond replaced by two dummy atoms.
fn cut(graph: &Molecule) -> Molecule {
    let in_ring = ring_bond_flags_shared(graph);
    let environments = Environments {
        graph,
        in_ring: &in_ring,
    };
    let known: Vec<u32> = (0..graph.atom_count())
        .map(|atom| environments.of(AtomIdx(atom as u32)))
        .collect();
    let has = |atom: AtomIdx, environment: u8| known[atom.0 as usize] >> environment & 1 == 1;
    let mut builder = MoleculeBuilder::new();
    for (_, atom) in graph.atoms() {
        builder.add_atom(atom.clone());
    }
    for (index, bond) in graph.bonds() {
        // The atom that comes first is tried on the first side first.
        let (low, high) = (bond.atom1.min(bond.atom2), bond.atom1.max(bond.atom2));
        let double = bond.order == BondOrder::Double;
        let labels = if in_ring[index.0 as usize] || !(double || is_single(bond.order)) {
            None
        } else {
            PAIRS.into_iter().rev().find_map(|(first, second)| {
                if (first == OLEFIN) != double {
                    None
                } else if has(low, first) && has(high, second) {
                    Some((first, second))
                } else if has(high, first) && has(low, second) {
                    Some((second, first))
                } else {
                    None
                }
            })
        };
        // The atoms were all added, each pair is bonded once, and dummies are new.
        if let Some((of_low, of_high)) = labels {
            let order = if double {
                BondOrder::Double
            } else {
                BondOrder::Single
            };
            for (atom, label) in [(low, of_low), (high, of_high)] {
                let mut dummy = Atom::wildcard();
                dummy.isotope = Some(u16::from(label));
                let dummy = builder.add_atom(dummy);
                let _ = builder.add_bond(atom, dummy, order);
            }
        } else {
            let _ = builder.add_bond(bond.atom1, bond.atom2, bond.order);
        }
    }
    builder.build()
}

fn is_single(order: BondOrder) -> bool {
    matches!(order, BondOrder::Single | BondOrder::Up | BondOrder::Down)
}

/// The environments of a molecule's atoms.
struct Environments<'a> {
    graph: &'a Molecule,
    in_ring: &'a [bool],
}

/// A neighbour of an atom and the bond to it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each asked by its name"
)]
struct Neighbour {
    element: u8,
    aromatic: bool,
    atom: AtomIdx,
    single: bool,
    double: bool,
    aromatic_bond: bool,
    in_ring: bool,
}

impl Neighbour {
    fn is(&self, elements: &[u8]) -> bool {
        elements.contains(&self.element)
    }
    /// Whether it is an aliphatic oxygen on a double bond.
    fn is_oxo(&self) -> bool {
        self.double && self.element == OXYGEN && !self.aromatic
    }
}

const HYDROGEN: u8 = 1;
const CARBON: u8 = 6;
const NITROGEN: u8 = 7;
const OXYGEN: u8 = 8;
const SULFUR: u8 = 16;
/// The atomic number of a dummy atom.
const DUMMY: u8 = 0;

impl Environments<'_> {
    fn neighbours(&self, atom: AtomIdx) -> Vec<Neighbour> {
        let see = |&(other, bond): &(AtomIdx, BondIdx)| {
            let order = self.graph.bond(bond).order;
            Neighbour {
                element: atomic_number(self.graph.atom(other)),
                aromatic: self.graph.atom(other).aromatic,
                atom: other,
                single: is_single(order),
                double: order == BondOrder::Double,
                aromatic_bond: order == BondOrder::Aromatic,
                in_ring: self.in_ring[bond.0 as usize],
            }
        };
        self.graph.neighbor_slice(atom).iter().map(see).collect()
    }

    /// The environments of an atom, as bits. Each comment is RDKit's SMARTS.
    fn of(&self, atom: AtomIdx) -> u32 {
        let seen = self.neighbours(atom);
        let degree = seen.len();
        let ring_atom = seen.iter().any(|n| n.in_ring);
        let oxo = seen.iter().filter(|n| n.is_oxo()).count();
        let linked = |elements: &[u8]| {
            seen.iter()
                .any(|n| n.single && !n.in_ring && n.is(elements))
        };
        // Two different neighbours, the first of one kind and the second of another that is part
        // of the first.
        let two = |first: &dyn Fn(&Neighbour) -> bool, second: &dyn Fn(&Neighbour) -> bool| {
            seen.iter().filter(|n| first(n)).count() >= 2 && seen.iter().any(second)
        };
        let own = self.graph.atom(atom);
        let mut bits = 0;
        let mut set = |environment: u8, holds: bool| bits |= u32::from(holds) << environment;
        match (atomic_number(own), own.aromatic) {
            (CARBON, false) => {
                let link = [DUMMY, CARBON, NITROGEN, OXYGEN];
                let ring = |n: &Neighbour, elements: &[u8]| {
                    n.single && n.in_ring && !n.aromatic && n.is(elements)
                };
                // [C;D3]([#0,#6,#7,#8])(=O)
                let held = seen
                    .iter()
                    .any(|n| (n.single || n.aromatic_bond) && n.is(&link));
                set(1, degree == 3 && oxo > 0 && held);
                // [C;!D1;!$(C=*)]-;!@[#6]
                let double = seen.iter().any(|n| n.double);
                set(4, degree != 1 && !double && linked(&[CARBON]));
                // [C;D3;!R](=O)-;!@[#0,#6,#7,#8]
                set(6, degree == 3 && !ring_atom && oxo > 0 && linked(&link));
                // [C;D2,D3]-[#6]
                let carbon = seen.iter().any(|n| n.single && n.is(&[CARBON]));
                set(7, (degree == 2 || degree == 3) && carbon);
                // [C;!R;!D1;!$(C!-*)]
                set(
                    8,
                    !ring_atom && degree != 1 && seen.iter().all(|n| n.single),
                );
                // [C;$(C(-;@[C,N,O,S])-;@[N,O,S])]
                set(
                    13,
                    two(&|n| ring(n, &[CARBON, NITROGEN, OXYGEN, SULFUR]), &|n| {
                        ring(n, &[NITROGEN, OXYGEN, SULFUR])
                    }),
                );
                // [C;$(C(-;@C)-;@C)]
                set(15, two(&|n| ring(n, &[CARBON]), &|_| true));
            }
            (CARBON, true) => {
                let around = |n: &Neighbour, elements: &[u8]| {
                    n.aromatic_bond && n.aromatic && n.is(elements)
                };
                // [c;$(c(:[c,n,o,s]):[n,o,s])]
                set(
                    14,
                    two(&|n| around(n, &[CARBON, NITROGEN, OXYGEN, SULFUR]), &|n| {
                        around(n, &[NITROGEN, OXYGEN, SULFUR])
                    }),
                );
                // [c;$(c(:c):c)]
                set(16, two(&|n| around(n, &[CARBON]), &|_| true));
            }
            (NITROGEN, false) => {
                // [N;!D1;!$(N=*);!$(N-[!#6;!#16;!#0;!#1]);!$([N;R]@[C;R]=O)]
                let plain = seen
                    .iter()
                    .all(|n| !n.double && (!n.single || n.is(&[CARBON, SULFUR, DUMMY, HYDROGEN])));
                let carbonyl = |n: &Neighbour| {
                    n.in_ring
                        && n.is(&[CARBON])
                        && !n.aromatic
                        && self.neighbours(n.atom).iter().any(Neighbour::is_oxo)
                };
                set(5, degree != 1 && plain && !seen.iter().any(carbonyl));
                // [N;R;$(N(@C(=O))@[C,N,O,S])]
                let ring = |n: &Neighbour| {
                    n.in_ring && !n.aromatic && n.is(&[CARBON, NITROGEN, OXYGEN, SULFUR])
                };
                set(10, two(&ring, &carbonyl));
            }
            (NITROGEN, true) => {
                // [n;+0;$(n(:[c,n,o,s]):[c,n,o,s])]
                let around = |n: &Neighbour| {
                    n.aromatic_bond && n.aromatic && n.is(&[CARBON, NITROGEN, OXYGEN, SULFUR])
                };
                set(9, own.charge == 0 && two(&around, &|_| true));
            }
            (OXYGEN, false) => {
                // [O;D2]-;!@[#0,#6,#1]
                set(3, degree == 2 && linked(&[DUMMY, CARBON, HYDROGEN]));
            }
            (SULFUR, false) => {
                // [S;D2](-;!@[#0,#6])
                set(11, degree == 2 && linked(&[DUMMY, CARBON]));
                // [S;D4]([#6,#0])(=O)(=O)
                let held = seen
                    .iter()
                    .any(|n| (n.single || n.aromatic_bond) && n.is(&[CARBON, DUMMY]));
                set(12, degree == 4 && oxo >= 2 && held);
            }
            _ => {}
        }
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(smiles: &str, expected: &[&str]) {
        let graph = chematic::smiles::parse(smiles).unwrap();
        let mut found = fragments(&graph);
        found.sort();
        assert_eq!(found, expected, "{smiles}");
    }

    #[test]
    fn fragments_are_those_of_rdkits_documentation() {
        check("CCCOCC", &["[3*]O[3*]", "[4*]CC", "[4*]CCC"]);
        check(
            "CCCOCc1cc(c2ncccc2)ccc1",
            &[
                "[14*]c1ccccn1",
                "[16*]c1cccc([16*])c1",
                "[3*]O[3*]",
                "[4*]CCC",
                "[4*]C[8*]",
            ],
        );
        check(
            "CNC(=O)C1=NC=CC(OC2=CC=C(NC(=O)NC3=CC(=C(Cl)C=C3)C(F)(F)F)C=C2)=C1",
            &[
                "[1*]C([1*])=O",
                "[1*]C([6*])=O",
                "[14*]c1cc([16*])ccn1",
                "[16*]c1ccc(Cl)c([16*])c1",
                "[16*]c1ccc([16*])cc1",
                "[3*]O[3*]",
                "[5*]NC",
                "[5*]N[5*]",
                "[5*]N[5*]",
                "[8*]C(F)(F)F",
            ],
        );
        check("CC=CC", &["[7*]=CC", "[7*]=CC"]);
        check("O=C1NCCC1", &["O=C1CCCN1"]);
        check("CC1(C)CCCCC1", &["CC1(C)CCCCC1"]);
    }
}
