//! Repair: wildcards in rings, `c1c*ccc1`.
//!
//! RDKit reads the bonds of a wildcard as they are written, single where nothing is, and leaves it
//! to kekulization whether the ring becomes aromatic. The chemistry crate makes
//! them aromatic beforehand where the ring has a fitting size. It also takes an atom for aromatic
//! only by its letter where RDKit looks at its bonds too, as in `C:1:N:C:C:C:*1`.

use chematic::core::{AtomIdx, BondOrder, Element, Molecule};
use chematic::perception::{find_sssr_shared, ring_bond_flags_shared};

use crate::chem::smiles::graph::Graph;
use crate::chem::{Cause, Invalid};

/// Bound on the trials of kekulization: where it fails at first, it is tried for every subset of a
/// ring system's wildcards without double bonds, as in RDKit, which does not end for two dozen
/// wildcards. In subsets times atoms, summed over the ring systems.
const MOST_TRIALS: u64 = 1 << 18;

/// Refuses molecules whose kekulization would take too long.
///
/// # Errors
/// [`Invalid`] for more than [`MOST_TRIALS`].
pub(crate) fn check(graph: &Molecule) -> Result<(), Invalid> {
    if trials(graph) <= MOST_TRIALS {
        return Ok(());
    }
    let message = "too many wildcards in aromatic rings to try where the double bonds go";
    Err(Invalid::new(Cause::Kekulization, None, message))
}

/// Subsets of wildcards times atoms, summed over the ring systems with an aromatic atom or bond.
fn trials(graph: &Molecule) -> u64 {
    if !graph.atoms().any(|(_, atom)| atom.wildcard) {
        return 0;
    }
    let in_ring = ring_bond_flags_shared(graph);
    let mut seen = vec![false; graph.atom_count()];
    let mut sum = 0_u64;
    for (start, _) in graph.atoms().filter(|(_, atom)| atom.wildcard) {
        let (mut wildcards, mut atoms, mut aromatic) = (0_u32, 0_u64, false);
        let mut open = vec![start];
        while let Some(index) = open.pop() {
            if std::mem::replace(&mut seen[index.0 as usize], true) {
                continue;
            }
            let atom = graph.atom(index);
            wildcards += u32::from(atom.wildcard);
            atoms += 1;
            aromatic |= atom.aromatic;
            for (other, bond) in graph.neighbors(index) {
                if in_ring[bond.0 as usize] {
                    aromatic |= graph.bond(bond).order == BondOrder::Aromatic;
                    open.push(other);
                }
            }
        }
        if aromatic {
            let sets = 1_u64.checked_shl(wildcards).unwrap_or(u64::MAX);
            sum = sum.saturating_add(sets.saturating_mul(atoms));
        }
    }
    sum
}

/// Gives the wildcards of a parsed graph the bond orders that are written in its text.
pub(crate) fn as_written(graph: &mut Molecule, text: &str) {
    if !text.contains('*') {
        return;
    }
    let Some(written) = Graph::read(text) else {
        return;
    };
    let mut neighbours = Vec::new();
    for bond in &written.bonds {
        let ends = [bond.from, bond.to].map(|atom| AtomIdx(atom as u32));
        if !ends.iter().any(|end| graph.atom(*end).wildcard) {
            continue;
        }
        let order = match bond.symbol {
            ":" => BondOrder::Aromatic,
            "" | "-" => BondOrder::Single,
            "=" => BondOrder::Double,
            "#" => BondOrder::Triple,
            "$" => BondOrder::Quadruple,
            _ => continue,
        };
        if let Some((index, _)) = graph.bond_between(ends[0], ends[1]) {
            graph.set_bond_order(index, order);
        }
        neighbours.extend(ends);
    }
    let in_ring = ring_bond_flags_shared(&graph.clone());
    for atom in neighbours {
        let by_bond =
            |(_, bond)| graph.bond(bond).order == BondOrder::Aromatic && in_ring[bond.0 as usize];
        let found = graph.atom(atom);
        let aromatic = !found.wildcard && (found.aromatic || graph.neighbors(atom).any(by_bond));
        if aromatic != found.aromatic {
            graph.set_atom_aromatic(atom, aromatic);
        }
    }
}

/// The graph with an element of no valence in the place of each wildcard that RDKit gives no double
/// bond; `None` without such wildcards. These are the wildcards that have at least as many
/// non-aromatic ring neighbours written before them as rings. RDKit's verdict is whether this graph
/// can be kekulized; the crate goes by the order of atoms in the ring instead of the order written.
pub(super) fn without_double_bonds(graph: &Molecule) -> Option<Molecule> {
    if !graph.atoms().any(|(_, atom)| atom.wildcard) {
        return None;
    }
    let in_ring = ring_bond_flags_shared(graph);
    let rings = find_sssr_shared(graph);
    let is_aromatic = |atom: AtomIdx| {
        let by_bond = |(_, bond)| graph.bond(bond).order == BondOrder::Aromatic;
        graph.atom(atom).aromatic || graph.neighbors(atom).any(by_bond)
    };
    let mut found = graph.clone();
    let mut changed = false;
    for (index, _) in graph.atoms().filter(|(_, atom)| atom.wildcard) {
        let count = rings.rings().iter().filter(|ring| ring.contains(&index));
        let plain = graph.neighbors(index).filter(|&(other, bond)| {
            let before = other < index && in_ring[bond.0 as usize];
            before && !graph.atom(other).wildcard && !is_aromatic(other)
        });
        let count = count.count();
        if count > 0 && plain.count() >= count {
            found.set_element(index, Element::OG);
            found.set_hydrogen_count(index, Some(0));
            changed = true;
        }
    }
    changed.then_some(found)
}

#[cfg(test)]
mod tests {
    use crate::chem::{Cause, Molecule};

    #[track_caller]
    fn check(smiles: &str, expected: &str) {
        assert_eq!(
            Molecule::parse(smiles).unwrap().canonical(),
            expected,
            "{smiles}"
        );
    }

    // Expected forms by RDKit 2026.9.1.
    #[test]
    fn wildcards_in_rings_are_read_as_rdkit_reads_them() {
        check("c1cccc*1", "*1ccccc1");
        check("c1*c*cc1", "*1C=CC=*C1");
        check("c1:*:c:*:cc1", "*1c*ccc1");
        check("C1=*C=*C=C1", "*1c*ccc1");
        check("c1*c*[siH]cc1", "*1=CC=C[SiH]=*C1");
        check("c1ccc*c=1", "*1C=C=CC=C1");
        check("C:1:N:C:C:C:*1", "*1cccnc1");
        check("CC:1:N:C:C:C(C):*1", "Cc1*c(C)ncc1");
        check("*1[C@@H]cc[nH]c1", "*1=CNC=C[CH]1");
    }

    #[test]
    fn verdicts_that_would_take_years_are_refused() {
        let ring = |wildcards: usize| format!("c1ccc2c(c1){}cc2", "*".repeat(wildcards));
        assert!(Molecule::parse(&ring(6)).is_ok());
        for wildcards in [24, 31, 500] {
            let invalid = Molecule::parse(&ring(wildcards)).unwrap_err();
            assert!(invalid.message.starts_with("too many wildcards"));
        }
        // Ring systems of one wildcard each are no trouble.
        assert!(Molecule::parse(&"c1cccc*1".repeat(100)).is_ok());
    }

    #[test]
    fn a_wildcard_after_a_plain_neighbour_takes_no_double_bond() {
        for smiles in ["c1ccccc1-c1cccc(C)C*1", "[O-][n+]1c[se]O*ccc1"] {
            let invalid = Molecule::parse(smiles).unwrap_err();
            assert_eq!(invalid.cause, Cause::Kekulization, "{smiles}");
        }
    }
}
