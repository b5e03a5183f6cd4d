//! Common groups at the ends of a molecule as letters: `CF3`, `OMe`, `NO2`, `Ph`.
//!
//! A group is all that is behind one single bond, and is recognized as a whole: elements, bonds,
//! charges and hydrogens. The largest go first, until little more than half of the atoms are letters.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::graph::{Atom, Bond, Centre, Geometry, Graph, HIDDEN, Order};
use super::read;
use crate::chem::Molecule;

/// A group, and what is written with the bond on its left and on its right.
struct Group {
    /// Its atoms; the first is where its bond ends.
    graph: Graph,
    label: [&'static str; 2],
    /// The same at a nitrogen or oxygen.
    at_hetero: [&'static str; 2],
}

/// Groups as SMILES behind a `*`, what is written with the bond on its left and on its right, and
/// where it differs what is written at a nitrogen or oxygen.
#[rustfmt::skip]
const GROUPS: &[(&str, [&str; 2], &str)] = &[
    ("*C(F)(F)F", ["CF3", "F3C"], ""),
    ("*C(F)F", ["CHF2", "F2HC"], ""),
    ("*C(Cl)(Cl)Cl", ["CCl3", "Cl3C"], ""),
    ("*C(C)C", ["iPr", "iPr"], ""),
    ("*C(C)(C)C", ["tBu", "tBu"], ""),
    ("*C#N", ["CN", "NC"], ""),
    ("*C=O", ["CHO", "OHC"], ""),
    ("*C(C)=O", ["Ac", "Ac"], ""),
    ("*C(=O)O", ["CO2H", "HO2C"], ""),
    ("*C(=O)[O-]", ["CO2−", "−O2C"], ""),
    ("*C(=O)OC", ["CO2Me", "MeO2C"], ""),
    ("*C(=O)OCC", ["CO2Et", "EtO2C"], ""),
    ("*C(=O)OC(C)(C)C", ["CO2tBu", "tBuO2C"], "Boc"),
    ("*C(=O)OCc1ccccc1", ["CO2Bn", "BnO2C"], "Cbz"),
    ("*C(=O)OCC1c2ccccc2-c2ccccc12", ["Fmoc", "Fmoc"], ""),
    ("*C(N)=O", ["CONH2", "H2NOC"], ""),
    ("*C(=O)c1ccccc1", ["Bz", "Bz"], ""),
    ("*c1ccccc1", ["Ph", "Ph"], ""),
    ("*Cc1ccccc1", ["Bn", "Bn"], ""),
    ("*OC", ["OMe", "MeO"], ""),
    ("*OCC", ["OEt", "EtO"], ""),
    ("*OC(C)C", ["OiPr", "iPrO"], ""),
    ("*OC(C)(C)C", ["OtBu", "tBuO"], ""),
    ("*OC(F)(F)F", ["OCF3", "F3CO"], ""),
    ("*OC(F)F", ["OCHF2", "F2HCO"], ""),
    ("*OC(C)=O", ["OAc", "AcO"], ""),
    ("*OC(=O)c1ccccc1", ["OBz", "BzO"], ""),
    ("*Oc1ccccc1", ["OPh", "PhO"], ""),
    ("*OCc1ccccc1", ["OBn", "BnO"], ""),
    ("*OS(C)(=O)=O", ["OMs", "MsO"], ""),
    ("*OS(=O)(=O)c1ccc(C)cc1", ["OTs", "TsO"], ""),
    ("*OS(=O)(=O)C(F)(F)F", ["OTf", "TfO"], ""),
    ("*OS(=O)(=O)O", ["OSO3H", "HO3SO"], ""),
    ("*OP(=O)(O)O", ["OPO3H2", "H2O3PO"], ""),
    ("*O[Si](C)(C)C", ["OTMS", "TMSO"], ""),
    ("*O[Si](C)(C)C(C)(C)C", ["OTBS", "TBSO"], ""),
    ("*O[Si](c1ccccc1)(c1ccccc1)C(C)(C)C", ["OTBDPS", "TBDPSO"], ""),
    ("*[Si](C)(C)C", ["TMS", "TMS"], ""),
    ("*[Si](C)(C)C(C)(C)C", ["TBS", "TBS"], ""),
    ("*[N+](=O)[O-]", ["NO2", "O2N"], ""),
    ("*N=O", ["NO", "ON"], ""),
    ("*[N+]#[C-]", ["NC", "CN"], ""),
    ("*N=[N+]=[N-]", ["N3", "N3"], ""),
    ("*N=C=O", ["NCO", "OCN"], ""),
    ("*N=C=S", ["NCS", "SCN"], ""),
    ("*NC", ["NHMe", "MeHN"], ""),
    ("*N(C)C", ["NMe2", "Me2N"], ""),
    ("*N(CC)CC", ["NEt2", "Et2N"], ""),
    ("*NC(C)=O", ["NHAc", "AcHN"], ""),
    ("*NC(=O)OC(C)(C)C", ["NHBoc", "BocHN"], ""),
    ("*NC(=O)OCc1ccccc1", ["NHCbz", "CbzHN"], ""),
    ("*NS(C)(=O)=O", ["NHMs", "MsHN"], ""),
    ("*NS(=O)(=O)c1ccc(C)cc1", ["NHTs", "TsHN"], ""),
    ("*SC", ["SMe", "MeS"], ""),
    ("*SC(F)(F)F", ["SCF3", "F3CS"], ""),
    ("*S(C)(=O)=O", ["SO2Me", "MeO2S"], "Ms"),
    ("*S(=O)(=O)c1ccc(C)cc1", ["Ts", "Ts"], ""),
    ("*S(=O)(=O)C(F)(F)F", ["SO2CF3", "F3CO2S"], "Tf"),
    ("*S(N)(=O)=O", ["SO2NH2", "H2NO2S"], ""),
    ("*S(=O)(=O)O", ["SO3H", "HO3S"], ""),
    ("*S(=O)(=O)[O-]", ["SO3−", "−O3S"], ""),
    ("*P(=O)(O)O", ["PO3H2", "H2O3P"], ""),
    ("*B(O)O", ["B(OH)2", "(HO)2B"], ""),
    ("*B1OC(C)(C)C(C)(C)O1", ["Bpin", "pinB"], ""),
];

/// Twentieths of a molecule's atoms that become letters, at most.
const MOST: usize = 11;

static KNOWN: LazyLock<Vec<Group>> = LazyLock::new(|| GROUPS.iter().filter_map(group).collect());

fn group(
    &(smiles, label, short): &(&'static str, [&'static str; 2], &'static str),
) -> Option<Group> {
    let molecule = Molecule::parse(smiles).ok()?;
    let whole = read::read(&molecule).graph;
    let atoms: Vec<usize> = (1..whole.atoms.len()).collect();
    Some(Group {
        graph: part(&whole, &atoms),
        label,
        at_hetero: if short.is_empty() { label } else { [short; 2] },
    })
}

/// Some atoms of a graph with the bonds between them, without stereochemistry.
fn part(graph: &Graph, atoms: &[usize]) -> Graph {
    let place = |atom: usize| atoms.iter().position(|&other| other == atom);
    let inside = |bond: &Bond| {
        let ends = [place(bond.ends[0])?, place(bond.ends[1])?];
        Some(Bond {
            ends,
            ..bond.clone()
        })
    };
    let own = atoms.iter().map(|&atom| graph.atoms[atom].clone());
    Graph::new(
        own.collect(),
        graph.bonds.iter().filter_map(inside).collect(),
    )
}

/// A group of a molecule.
struct Found {
    /// Its atoms; the first is where its bond ends.
    atoms: Vec<usize>,
    label: [&'static str; 2],
}

/// Makes one atom of each group that has none of the atoms in `shown`. `places` has the place in the
/// graph for each atom of the molecule; those of a group but the first lose theirs.
pub(super) fn abbreviate(graph: &mut Graph, places: &mut [Option<usize>], shown: &BTreeSet<usize>) {
    let mut hidden = vec![false; graph.atoms.len()];
    let mut count = 0;
    for Found { atoms, label } in groups(graph) {
        let is_free = |atom: &usize| !hidden[*atom] && !shown.contains(atom);
        let is_taken = graph.atoms[atoms[0]].label.is_some();
        if is_taken
            || !atoms.iter().all(is_free)
            || 20 * (count + atoms.len()) > MOST * graph.atoms.len()
        {
            continue;
        }
        count += atoms.len();
        let (first, others) = (atoms[0], &atoms[1..]);
        for &atom in others {
            hidden[atom] = true;
        }
        let own = &graph.atoms[first];
        graph.atoms[first] = Atom {
            number: own.number,
            symbol: own.symbol,
            label: Some(label),
            ..Atom::default()
        };
    }
    if count > 0 {
        let new = without(graph, &hidden);
        for place in places {
            *place = place.and_then(|place| new[place]);
        }
    }
}

/// The groups of a molecule, the largest first; one may hold others.
fn groups(graph: &Graph) -> Vec<Found> {
    let in_ring = graph.ring_bonds();
    let mut found = Vec::new();
    for (bond, in_ring) in graph.bonds.iter().zip(in_ring) {
        if bond.order != Order::Single || in_ring {
            continue;
        }
        for [from, first] in [bond.ends, [bond.ends[1], bond.ends[0]]] {
            let Some(atoms) = behind(graph, from, first) else {
                continue;
            };
            let own = part(graph, &atoms);
            let known = KNOWN.iter().find(|group| is_same(&own, &group.graph));
            if let Some(group) = known {
                let hetero = matches!(graph.atoms[from].number, 7 | 8);
                let label = if hetero { group.at_hetero } else { group.label };
                found.push(Found { atoms, label });
            }
        }
    }
    found.sort_by_key(|found| std::cmp::Reverse(found.atoms.len()));
    found
}

/// All atoms behind a bond, the nearest first; `None` if they are more than any group has, or the
/// bond is in a ring.
fn behind(graph: &Graph, from: usize, first: usize) -> Option<Vec<usize>> {
    let most = KNOWN.iter().map(|group| group.graph.atoms.len()).max()?;
    let mut atoms = vec![first];
    let mut at = 0;
    while at < atoms.len() {
        for other in graph.neighbours(atoms[at]) {
            if other == from && atoms[at] == first {
                continue;
            }
            if other == from || atoms.len() > most {
                return None;
            }
            if !atoms.contains(&other) {
                atoms.push(other);
            }
        }
        at += 1;
    }
    Some(atoms)
}

/// Whether two graphs are the same, with their first atoms on each other.
fn is_same(own: &Graph, other: &Graph) -> bool {
    own.atoms.len() == other.atoms.len()
        && own.bonds.len() == other.bonds.len()
        && own.atoms.first() == other.atoms.first()
        && extends(own, other, &mut vec![0])
}

/// Whether a beginning of a mapping, from atoms of `own` in their order to atoms of `other`, goes on
/// to the end.
fn extends(own: &Graph, other: &Graph, mapped: &mut Vec<usize>) -> bool {
    let next = mapped.len();
    if next == own.atoms.len() {
        return true;
    }
    for candidate in 0..other.atoms.len() {
        let fits = |before: usize| {
            let order = own.order_between(next, before);
            order == other.order_between(candidate, mapped[before])
        };
        if mapped.contains(&candidate)
            || own.atoms[next] != other.atoms[candidate]
            || !(0..next).all(fits)
        {
            continue;
        }
        mapped.push(candidate);
        if extends(own, other, mapped) {
            return true;
        }
        mapped.pop();
    }
    false
}

/// Removes atoms from a graph; returns the new place of each.
fn without(graph: &mut Graph, hidden: &[bool]) -> Vec<Option<usize>> {
    let mut count = 0;
    let new: Vec<Option<usize>> = hidden
        .iter()
        .map(|&hidden| {
            count += usize::from(!hidden);
            (!hidden).then(|| count - 1)
        })
        .collect();
    let of = |atom: usize| {
        if atom == HIDDEN {
            Some(HIDDEN)
        } else {
            new[atom]
        }
    };
    let pair = |[first, second]: [usize; 2]| Some([of(first)?, of(second)?]);
    let bond = |bond: &Bond| {
        let geometry = match bond.geometry {
            Geometry::Given { beside, cis } => Geometry::Given {
                beside: pair(beside)?,
                cis,
            },
            other => other,
        };
        Some(Bond {
            ends: pair(bond.ends)?,
            order: bond.order,
            geometry,
        })
    };
    let centre = |centre: &Centre| {
        let neighbours = centre.neighbours.map(|other| of(other).unwrap_or(HIDDEN));
        Some(Centre {
            atom: of(centre.atom)?,
            neighbours,
            clockwise: centre.clockwise,
        })
    };
    let kept = graph
        .atoms
        .iter()
        .zip(hidden)
        .filter(|(_, hidden)| !**hidden);
    let mut left = Graph::new(
        kept.map(|(atom, _)| atom.clone()).collect(),
        graph.bonds.iter().filter_map(bond).collect(),
    );
    let ring = |ring: &Vec<usize>| ring.iter().map(|&atom| of(atom)).collect();
    left.rings = graph.rings.iter().filter_map(ring).collect();
    left.centres = graph.centres.iter().filter_map(centre).collect();
    left.beyond = graph.beyond.iter().filter_map(|&atom| of(atom)).collect();
    *graph = left;
    new
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chem::{DepictOptions, Depiction};

    /// The labels of a molecule with their numbers, and the atoms that are left.
    #[track_caller]
    fn check(smiles: &str, shown: &[usize], labels: &[&str], atoms: usize) {
        let options = DepictOptions {
            abbreviations: true,
            shown: shown.to_vec(),
            ..DepictOptions::default()
        };
        let drawing = Depiction::of(&Molecule::parse(smiles).unwrap(), &options);
        let graph = drawing.graph();
        let mut found: Vec<&str> = graph
            .atoms
            .iter()
            .filter_map(|atom| Some(atom.label?[0]))
            .collect();
        found.sort_unstable();
        assert_eq!((&*found, graph.atoms.len()), (labels, atoms), "{smiles}");
    }

    #[test]
    fn every_group_is_known_by_its_own_drawing() {
        assert_eq!(KNOWN.len(), GROUPS.len());
        for (group, (smiles, label, _)) in KNOWN.iter().zip(GROUPS) {
            let host = smiles.replacen('*', "C1CCCCC1CCC2CCCCC2CCC3CCCCC3CCC4CCCCC4", 1);
            let count = Molecule::parse(&host).unwrap().graph.atom_count();
            let left = count - group.graph.atoms.len() + 1;
            check(&host, &[], &[label[0]], left);
        }
    }

    #[test]
    fn groups_are_letters() {
        check(
            "FC(F)(F)c1ccc([N+](=O)[O-])c(OC)c1C#N",
            &[],
            &["CF3", "NO2", "OMe"],
            11,
        );
        check("CC(C)(C)OC(=O)N1CCC(CC1)c1ccncc1", &[], &["Boc"], 13);
        check("CC(C)(C)OC(=O)C1CCC(CC1)c1ccncc1", &[], &["CO2tBu"], 13);
        // Not where the rest would be less, where atoms are to be seen, or something differs.
        check("Cc1ccccc1", &[], &[], 7);
        check("FC(F)(F)c1ccccc1", &[], &["CF3"], 7);
        check("FC(F)(F)c1ccccc1", &[2], &[], 10);
        check("FC(F)([18F])c1ccccc1", &[], &[], 10);
        check("C[CH]Oc1ccccc1", &[], &[], 9);
        check("OCOc1ccccc1", &[], &[], 9);
    }

    #[test]
    fn stereochemistry_is_drawn_beside_letters() {
        let options = DepictOptions {
            abbreviations: true,
            ..DepictOptions::default()
        };
        for smiles in ["N[C@@H](Cc1ccccc1)C(=O)O", "C/C(=C\\C(=O)OC)CCCCC"] {
            let molecule = Molecule::parse(smiles).unwrap();
            let drawing = Depiction::of(&molecule, &options);
            assert!(
                drawing
                    .graph()
                    .atoms
                    .iter()
                    .any(|atom| atom.label.is_some())
            );
            assert_eq!(drawing.stereo_not_drawn(), [0; 0], "{smiles}");
            assert_eq!(drawing.wedges().len(), usize::from(smiles.contains('@')));
        }
    }
}
