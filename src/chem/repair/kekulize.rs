//! Repair: aromatic rings whose double bonds the chemistry crate does not find.
//!
//! The crate searches from the first atom on and gives up after a hundred turns, as RDKit did until
//! 2026.3. RDKit 2026.9.1 searches again in the order of canonical ranks; that search is made here, and
//! the molecule has its double bonds written out. Where it gives up as well, RDKit refuses the string,
//! though there may be a solution, which a matching finds.

use std::collections::VecDeque;

use chematic::core::{AtomIdx, BondOrder, Molecule, implicit_hcount};
use chematic::perception::{
    RdkitRankAtom, RdkitRankBond, rdkit_rank_mol_atoms, relevant_cycle_counts,
    ring_bond_flags_shared,
};

use super::matching;
use super::surrogate::{bond_type, number};

/// Turns after which RDKit gives up.
const MOST_TURNS: usize = 100;

/// Bound on the rings that are counted for ranks.
const MOST_RINGS: usize = 10_000;

/// Words of the crate before the atoms of a ring system that it cannot kekulize.
const UNSOLVED: &str = "Unkekulized atoms:";

/// The molecule with single and double bonds in the ring system that the crate failed to kekulize,
/// by its message; `None` where RDKit's second search finds none, or the fault is another.
pub(super) fn solved(graph: &Molecule, message: &str) -> Option<Molecule> {
    let (kept, named) = failed(graph, message)?;
    let system = System::new(graph, &named, &kept, &ranks(graph, &kept))?;
    Some(system.written(graph, &system.search(MOST_TURNS)?))
}

/// The same where there is any solution, whether or not RDKit finds it.
pub(super) fn matched(graph: &Molecule, message: &str) -> Option<Molecule> {
    let (kept, named) = failed(graph, message)?;
    let system = System::new(graph, &named, &kept, &vec![0; graph.atom_count()])?;
    Some(system.written(graph, &system.matched()?))
}

/// The atoms without hydrogens, and those that the crate failed to kekulize.
fn failed(graph: &Molecule, message: &str) -> Option<(Vec<AtomIdx>, Vec<AtomIdx>)> {
    let (_, names) = message.split_once(UNSOLVED)?;
    let kept = without_hydrogens(graph);
    let names = names.split_whitespace();
    let named: Option<Vec<AtomIdx>> = names
        .map(|name| kept.get(name.parse::<usize>().ok()?).copied())
        .collect();
    Some((kept, named?))
}

/// The atoms that stay when hydrogens written as atoms become counts of their neighbours.
fn without_hydrogens(graph: &Molecule) -> Vec<AtomIdx> {
    let is_hydrogen = |atom: AtomIdx| number(graph, atom) == 1;
    let goes = |index: AtomIdx| {
        let atom = graph.atom(index);
        let mut others = graph.neighbors(index);
        let heavy = others.next().is_some_and(|(other, _)| !is_hydrogen(other));
        is_hydrogen(index) && heavy && others.next().is_none() && atom.isotope.unwrap_or(0) == 0
    };
    let atoms = graph.atoms().map(|(index, _)| index);
    atoms.filter(|index| !goes(*index)).collect()
}

/// A system of rings. Its atoms are counted from 0 by rank.
struct System {
    atoms: Vec<AtomIdx>,
    /// Neighbours of each atom inside the system, in rising order.
    near: Vec<Vec<usize>>,
    /// Those of them to which a double bond may go.
    partners: Vec<Vec<usize>>,
    /// Whether an atom takes a double bond.
    takes: Vec<bool>,
    wildcard: Vec<bool>,
    /// Atoms that are neither aromatic nor wildcards.
    settled: Vec<usize>,
}

impl System {
    /// The ring system of the atoms `named`, which take double bonds, in the order of these ranks.
    fn new(graph: &Molecule, named: &[AtomIdx], kept: &[AtomIdx], ranks: &[u32]) -> Option<Self> {
        let in_ring = ring_bond_flags_shared(graph);
        let mut inside = vec![false; graph.atom_count()];
        let mut open = vec![*named.first()?];
        while let Some(atom) = open.pop() {
            if !std::mem::replace(&mut inside[atom.0 as usize], true) {
                let ways = graph.neighbors(atom);
                open.extend(
                    ways.filter(|(_, bond)| in_ring[bond.0 as usize])
                        .map(|(other, _)| other),
                );
            }
        }
        let aromatic = |atom: AtomIdx| {
            let found = graph.atom(atom);
            found.wildcard || found.aromatic
        };
        if named
            .iter()
            .any(|atom| !inside[atom.0 as usize] || !aromatic(*atom))
        {
            return None;
        }
        let mut atoms: Vec<AtomIdx> = kept
            .iter()
            .copied()
            .filter(|atom| inside[atom.0 as usize])
            .collect();
        atoms.sort_by_key(|atom| (ranks[atom.0 as usize], atom.0));
        let mut places = vec![None; graph.atom_count()];
        for (place, atom) in atoms.iter().enumerate() {
            places[atom.0 as usize] = Some(place);
        }
        let mut takes = vec![false; atoms.len()];
        for atom in named {
            takes[places[atom.0 as usize]?] = true;
        }
        let wildcard: Vec<bool> = atoms
            .iter()
            .map(|atom| graph.atom(*atom).wildcard)
            .collect();
        let mut near = vec![Vec::new(); atoms.len()];
        let mut partners = vec![Vec::new(); atoms.len()];
        for (place, &atom) in atoms.iter().enumerate() {
            for (other, bond) in graph.neighbors(atom) {
                let Some(other) = places[other.0 as usize] else {
                    continue;
                };
                near[place].push(other);
                let joins = graph.bond(bond).order == BondOrder::Aromatic
                    || wildcard[place]
                    || wildcard[other];
                if joins && takes[place] && takes[other] {
                    partners[place].push(other);
                }
            }
            near[place].sort_unstable();
            partners[place].sort_unstable();
        }
        let settled = (0..atoms.len())
            .filter(|place| !aromatic(atoms[*place]))
            .collect();
        Some(Self {
            atoms,
            near,
            partners,
            takes,
            wildcard,
            settled,
        })
    }

    /// A partner for every atom that takes a double bond, but for wildcards, which need none; `None`
    /// where that is impossible.
    fn matched(&self) -> Option<Vec<Option<usize>>> {
        let size = self.atoms.len();
        let wild: Vec<usize> = (0..size)
            .filter(|place| self.wildcard[*place] && self.takes[*place])
            .collect();
        let takes = self.takes.iter().filter(|takes| **takes).count();
        if takes % 2 == 1 && wild.is_empty() {
            return None;
        }
        // Wildcards without a double bond are partners of each other, or of one vertex more.
        let mut near = self.partners.clone();
        near.push(Vec::new());
        for &place in &wild {
            near[place].extend(wild.iter().copied().filter(|other| *other != place));
            if takes % 2 == 1 {
                near[place].push(size);
                near[size].push(place);
            }
        }
        let partner = matching::maximum(&near);
        if (0..size).any(|place| self.takes[place] && partner[place].is_none()) {
            return None;
        }
        let bonded = |(place, other): (usize, &Option<usize>)| {
            other.filter(|other| self.partners[place].contains(other))
        };
        Some(partner[..size].iter().enumerate().map(bonded).collect())
    }

    /// The partners that RDKit's search finds, with so many turns at most.
    fn search(&self, turns: usize) -> Option<Vec<Option<usize>>> {
        let mut search = Search::new(self);
        let mut left = turns;
        while search.done.len() < self.atoms.len() || !search.queue.is_empty() {
            let atom = search.next()?;
            if !search.settle(atom) {
                left = left.checked_sub(1)?;
                search.turn_back()?;
            }
        }
        let solved = (0..self.atoms.len()).all(|place| {
            !self.takes[place] || self.wildcard[place] || search.partner[place].is_some()
        });
        solved.then_some(search.partner)
    }

    /// The molecule with these double bonds, and no aromatic bond at an atom of the system.
    fn written(&self, graph: &Molecule, partner: &[Option<usize>]) -> Molecule {
        let mut written = graph.clone();
        for (place, &atom) in self.atoms.iter().enumerate() {
            for (other, bond) in graph.neighbors(atom) {
                if graph.bond(bond).order == BondOrder::Aromatic {
                    written.set_bond_order(bond, BondOrder::Single);
                }
                if partner[place].is_some_and(|mate| self.atoms[mate] == other) {
                    written.set_bond_order(bond, BondOrder::Double);
                }
            }
            written.set_atom_aromatic(atom, false);
        }
        written
    }
}

/// RDKit's search: atoms are settled one after the other, a queue of neighbours first; where one
/// finds no partner, the last choice is made anew.
struct Search<'a> {
    system: &'a System,
    partner: Vec<Option<usize>>,
    /// Atoms in the order settled; one that was returned to stands here more than once.
    done: Vec<usize>,
    times_done: Vec<u32>,
    queue: VecDeque<usize>,
    /// For each atom, the partners that are left to try.
    choices: Vec<Option<VecDeque<usize>>>,
    /// Atoms with choices left.
    chosen: Vec<usize>,
}

impl<'a> Search<'a> {
    fn new(system: &'a System) -> Self {
        let size = system.atoms.len();
        let mut search = Self {
            system,
            partner: vec![None; size],
            done: Vec::new(),
            times_done: vec![0; size],
            queue: VecDeque::new(),
            choices: vec![None; size],
            chosen: Vec::new(),
        };
        for &atom in &system.settled {
            search.push_done(atom);
        }
        search
    }

    fn push_done(&mut self, atom: usize) {
        self.done.push(atom);
        self.times_done[atom] += 1;
    }

    fn is_done(&self, atom: usize) -> bool {
        self.times_done[atom] > 0
    }

    /// Whether an atom still needs a partner.
    fn is_free(&self, atom: usize) -> bool {
        self.system.takes[atom] && self.partner[atom].is_none()
    }

    fn next(&mut self) -> Option<usize> {
        let queued = self.queue.pop_front();
        queued.or_else(|| (0..self.times_done.len()).find(|atom| !self.is_done(*atom)))
    }

    /// Settles an atom; false where it needs a partner and there is none.
    fn settle(&mut self, atom: usize) -> bool {
        self.push_done(atom);
        let free = self.is_free(atom);
        let known = self.choices[atom].take();
        let again = known.is_some();
        let mut choice = known.unwrap_or_else(|| self.look_around(atom, free));
        if !free {
            if again {
                self.choices[atom] = Some(choice);
            }
            return true;
        }
        let Some(mate) = choice.pop_front() else {
            return self.system.wildcard[atom];
        };
        self.partner[atom] = Some(mate);
        self.partner[mate] = Some(atom);
        if choice.is_empty() {
            if again {
                self.chosen.pop();
            }
            return true;
        }
        if !again {
            self.chosen.push(atom);
        }
        self.choices[atom] = Some(choice);
        true
    }

    /// Puts the open neighbours of an atom into the queue; returns those that may be its partner.
    fn look_around(&mut self, atom: usize, free: bool) -> VecDeque<usize> {
        let near = &self.system.near[atom];
        let open: Vec<usize> = near
            .iter()
            .copied()
            .filter(|other| !self.is_done(*other))
            .collect();
        let partners = &self.system.partners[atom];
        let fits = |other: &usize| free && self.is_free(*other) && partners.contains(other);
        let choice = open.iter().copied().filter(fits).collect();
        let new: Vec<usize> = open
            .into_iter()
            .filter(|other| !self.queue.contains(other))
            .collect();
        self.queue.extend(new);
        choice
    }

    /// Undoes everything since the last atom that has choices left.
    fn turn_back(&mut self) -> Option<()> {
        let last = *self.chosen.last()?;
        let first = self.done.iter().position(|atom| *atom == last)?;
        let from = self.done.iter().rposition(|atom| *atom == last)?;
        for &atom in self.done[from..].iter().rev() {
            self.queue.push_front(atom);
        }
        for atom in self.done.drain(first..) {
            self.times_done[atom] -= 1;
        }
        for atom in 0..self.partner.len() {
            if let Some(mate) = self.partner[atom]
                && !self.is_done(atom)
                && !self.is_done(mate)
            {
                self.partner[atom] = None;
                self.partner[mate] = None;
            }
        }
        Some(())
    }
}

/// RDKit's canonical ranks of the atoms that are kept, by atom.
fn ranks(graph: &Molecule, kept: &[AtomIdx]) -> Vec<u32> {
    let mut places = vec![None; graph.atom_count()];
    for (place, atom) in kept.iter().enumerate() {
        places[atom.0 as usize] = Some(place as u32);
    }
    let rings = relevant_cycle_counts(graph, MOST_RINGS).unwrap_or_default();
    let atoms: Vec<RdkitRankAtom> = kept
        .iter()
        .map(|&index| {
            let atom = graph.atom(index);
            let goes = |other: AtomIdx| places[other.0 as usize].is_none();
            let gone = graph
                .neighbors(index)
                .filter(|(other, _)| goes(*other))
                .count();
            RdkitRankAtom {
                atomic_num: u32::from(number(graph, index)),
                isotope: u32::from(atom.isotope.unwrap_or(0)),
                formal_charge: i32::from(atom.charge),
                atom_map: i32::from(atom.atom_map.unwrap_or(0)),
                chiral_tag: 0,
                total_num_hs: u32::from(implicit_hcount(graph, index)) + gone as u32,
                num_rings: rings.get(index.0 as usize).map_or(0, |count| *count as u32),
                ring_stereo: false,
            }
        })
        .collect();
    let bonds: Vec<RdkitRankBond> = graph
        .rdkit_bond_order()
        .into_iter()
        .filter_map(|index| {
            let bond = graph.bond(index);
            Some(RdkitRankBond {
                begin: places[bond.atom1.0 as usize]?,
                end: places[bond.atom2.0 as usize]?,
                bond_type: bond_type(bond.order),
                stereo: 0,
                stereo_atoms: None,
            })
        })
        .collect();
    let found = rdkit_rank_mol_atoms(&atoms, &bonds);
    let mut ranks = vec![u32::MAX; graph.atom_count()];
    for (atom, rank) in kept.iter().zip(found) {
        ranks[atom.0 as usize] = rank;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use crate::chem::{Cause, Molecule};

    #[track_caller]
    fn check(smiles: &str, expected: &str) {
        for text in [smiles, expected] {
            let molecule = Molecule::parse(text).unwrap();
            assert_eq!(molecule.canonical(), expected, "{text}");
        }
    }

    // Expected forms by RDKit 2026.9.1.
    #[test]
    fn large_fused_rings_are_kekulized_in_any_order_of_atoms() {
        let hydrocarbon =
            "c1cc2cccc3c4ccc5c6ccc7c8cccc9cccc(c%10ccc(c%11ccc(c(c1)c23)c4c%115)c6c%107)c98";
        for smiles in [
            "c12c3c4c5c(cc3)c3c6c(cccc6ccc3)c5ccc4c3c2c2c(cc3)c3c4c(ccc3)cccc4c2cc1",
            "c12c3ccc4c5cccc6cccc(c7c4c3c(cc7)c3ccc4c(c13)c(c1cccc3c1c4ccc3)cc2)c65",
        ] {
            check(smiles, hydrocarbon);
        }
        check(
            concat!(
                "CN\\N=C1/C(=N)C2=C3C4=C1C1=CC=CC5=C1C1=C6C7=C8C(=CC=C57)C=C(C)C=C8C5=CC(C)=C7C8=C",
                "(C)C=C9C%10=CC(C)=CC%11=C%10C%10=C(C=C%11)C%11=CC=CC2=C%11C2=C3C(=C8C9=C%102)C(C7",
                "=C65)=C41",
            ),
            concat!(
                "CN/N=c1\\c(=N)c2c3cccc4c5ccc6cc(C)cc7c8cc(C)c9c%10c(C)cc%11c%12cc(C)cc%13ccc%14c%1",
                "5cccc%16c1c1c2c2c(c43)c(c5c67)c8c9c2c2c%10c%11c(c%14c%13%12)c(c%15%16)c12",
            ),
        );
    }

    #[test]
    fn fullerenes_of_other_toolkits_are_read() {
        check(
            concat!(
                "c12c3c4c5c6c7C8c5c-9c%10c%11c%12c%13c%14c%15c%11c9c%16c%17c%15c%18-c%14c%19c%20c%13",
                "c(c%12c1c%104)c%21c2c%22c%23c3c6c%24c%23c%25c%26c%22c%21c%20c%27C%19%28C%29(c%18c%3",
                "0c%17c(C%168)c-%31c%32c%30c%29c(=c%27%26)c%25c%32c%24c7%31)CC=CC%28",
            ),
            concat!(
                "C1=CCC23c4c5c6c7c8c9c%10c%11c%12c%13c%14c%15c%16c%17c%18c(c9c6c6c%18c9c%17c%17c%15c",
                "%15c%18c%14c%14c%12c%12c%11c8c(c8c%11c2c2c4c4c(c56)c9c5c4c4c2c2c%11c(c8%12)c%14c%18",
                "c2c4c%15c%175)C73C1)C%10C%13%16",
            ),
        );
    }

    // RDKit 2026.9.1 refuses both; the second is a form that it writes.
    #[test]
    fn what_rdkit_gives_up_is_refused_unless_it_is_a_canonical_form() {
        let given_up = concat!(
            "c12c3c4c5c6c7c3c3c8c(cc9c(cccc9)c18)ccc3c1c7c3c7c8c(cccc8cc3c3ccccc13)c1c(c3c(cc1)cc1c(c8",
            "c4c4c9c%10c%11c(c%12cccc1c%12c%108)cccc%11c1cccc(cc24)c19)c53)c67",
        );
        let cause = Molecule::parse(given_up).unwrap_err().cause;
        assert_eq!(cause, Cause::Kekulization);
        let form = concat!(
            "c1ccc2c(c1)cc1ccc3c4c5ccccc5c5cc6cccc7c8ccc9cc%10c%11cccc%12c%13cccc%14c%15cccc%16cc%17c%1",
            "8c(c%16%15)c(c%14%13)c(c%12%11)c%11c%10c%10c9c8c8c(c67)c5c4c4c5c3c1c2c%17c5c(c%18%11)c%10c",
            "84",
        );
        check(form, form);
    }

    #[test]
    fn rings_without_a_solution_stay_refused() {
        for (smiles, position) in [
            ("c1ccccc1.c1cccn1", 9),
            ("c1ccc2c(c1)cc1ccc3cccc4ccc2c1c34C", 0),
            ("c1cccc1.[H]c1cccc1", 0),
        ] {
            let invalid = Molecule::parse(smiles).unwrap_err();
            let found = (invalid.cause, invalid.position);
            assert_eq!(found, (Cause::Kekulization, Some(position)), "{smiles}");
        }
    }
}
