//! Children of molecules, for genetic searches: [`cross`] joins a part of one molecule with a part of
//! another, [`mutate`] changes one atom or bond (after the graph-based genetic algorithm of Jensen 2019,
//! doi:10.1039/C8SC05372C).
//!
//! Works on the graph of the text and perceives nothing: a child's reader says whether it is a molecule.
//! Aromatic bonds are never cut or changed. Children have no stereo marks.

use std::borrow::Cow;

use super::graph::{Graph, is_direction};
use super::randomize::write;

/// A child of two molecules, in a random spelling: each is cut at a bond outside rings, or a ring of it at two,
/// and one part of either is joined. `below(n)` draws from `0..n`. `None` where a text is no SMILES, or
/// the cut that was drawn has no place.
pub fn cross(one: &str, other: &str, below: &mut impl FnMut(usize) -> usize) -> Option<String> {
    let (one, other) = (Sketch::read(one)?, Sketch::read(other)?);
    let through_ring = below(2) == 1;
    let (mut child, ends) = one.part(through_ring, below)?;
    let (part, others) = other.part(through_ring, below)?;
    let first = child.atoms.len();
    child.atoms.extend(part.atoms);
    let bonds = part.bonds.into_iter();
    child
        .bonds
        .extend(bonds.map(|bond| bond.moved(|atom| atom + first)));
    for (end, other) in ends.into_iter().zip(others) {
        child.join(end, other + first);
    }
    child.write(below)
}

/// A child of one molecule, in a random spelling: an atom is added, inserted, removed or becomes another, a
/// bond becomes single or double, a ring is closed or opened. `below(n)` draws from `0..n`. `None` where the
/// text is no SMILES, or the change that was drawn has no place.
pub fn mutate(smiles: &str, below: &mut impl FnMut(usize) -> usize) -> Option<String> {
    let mut child = Sketch::read(smiles)?;
    let change = match below(7) {
        0 => Sketch::add_atom,
        1 => Sketch::insert_atom,
        2 => Sketch::remove_atom,
        3 => Sketch::replace_atom,
        4 => Sketch::change_bond,
        5 => Sketch::close_ring,
        _ => Sketch::open_ring,
    };
    change(&mut child, &mut |count| below(count))?;
    child.write(below)
}

/// Atoms that may be added or come into the place of others.
const ELEMENTS: [&str; 7] = ["C", "N", "O", "F", "S", "Cl", "Br"];

/// The first so many of them may come between two atoms.
const LINKING: usize = 3;

/// The atoms and bonds of a molecule without stereo marks.
#[derive(Debug, Clone, PartialEq)]
struct Sketch<'a> {
    atoms: Vec<Cow<'a, str>>,
    bonds: Vec<Edge<'a>>,
}

/// A bond by the places of its atoms.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Edge<'a> {
    ends: [usize; 2],
    symbol: &'a str,
}

impl Edge<'_> {
    fn moved(self, place: impl Fn(usize) -> usize) -> Self {
        Self {
            ends: self.ends.map(place),
            ..self
        }
    }
}

/// Draws a number below another.
type Below<'b> = &'b mut dyn FnMut(usize) -> usize;

/// One of some places; `None` of none.
fn one_of(places: &[usize], below: Below<'_>) -> Option<usize> {
    (!places.is_empty()).then(|| places[below(places.len())])
}

impl<'a> Sketch<'a> {
    fn read(smiles: &'a str) -> Option<Self> {
        let graph = Graph::drawn(smiles)?;
        let flat = |text: Cow<'a, str>| {
            if text.contains('@') {
                Cow::Owned(text.replace('@', ""))
            } else {
                text
            }
        };
        let edge = |bond: super::graph::Bond<'a>| Edge {
            ends: [bond.from, bond.to],
            symbol: if is_direction(bond.symbol) {
                ""
            } else {
                bond.symbol
            },
        };
        Some(Self {
            atoms: graph.atoms.into_iter().map(|it| flat(it.text)).collect(),
            bonds: graph.bonds.into_iter().map(edge).collect(),
        })
    }

    fn write(self, below: &mut impl FnMut(usize) -> usize) -> Option<String> {
        let mut graph = Graph::default();
        for text in self.atoms {
            graph.atoms.push(super::graph::Atom {
                text,
                ..Default::default()
            });
        }
        for bond in self.bonds {
            graph.join(bond.ends[0], bond.ends[1], bond.symbol);
        }
        write(&graph, below)
    }

    fn is_aromatic(&self, atom: usize) -> bool {
        let letters = self.atoms[atom].trim_start_matches(|sign: char| !sign.is_alphabetic());
        letters.starts_with(char::is_lowercase)
    }

    /// Whether an atom is written without brackets, so that its hydrogens follow from its bonds.
    fn is_plain(&self, atom: usize) -> bool {
        !self.atoms[atom].starts_with('[')
    }

    /// Whether a bond may be cut or changed: a single one that is not aromatic.
    fn is_single(&self, bond: usize) -> bool {
        let Edge { ends, symbol } = self.bonds[bond];
        match symbol {
            "-" => true,
            "" => !ends.iter().all(|end| self.is_aromatic(*end)),
            _ => false,
        }
    }

    fn bonds_at(&self, atom: usize) -> Vec<usize> {
        let own = |bond: &usize| self.bonds[*bond].ends.contains(&atom);
        (0..self.bonds.len()).filter(own).collect()
    }

    fn join(&mut self, one: usize, other: usize) {
        let is_between_rings = self.is_aromatic(one) && self.is_aromatic(other);
        self.bonds.push(Edge {
            ends: [one, other],
            symbol: if is_between_rings { "-" } else { "" },
        });
    }

    /// Of each atom, the number of bonds on the shortest way from `from` that uses none of `without`.
    fn distances(&self, from: usize, without: &[usize]) -> Vec<Option<usize>> {
        let mut found = vec![None; self.atoms.len()];
        found[from] = Some(0);
        let mut front = vec![from];
        while let Some(atom) = front.first().copied() {
            front.remove(0);
            for bond in self.bonds_at(atom) {
                let [one, other] = self.bonds[bond].ends;
                let next = if one == atom { other } else { one };
                if !without.contains(&bond) && found[next].is_none() {
                    found[next] = found[atom].map(|so_far| so_far + 1);
                    front.push(next);
                }
            }
        }
        found
    }

    /// Whether the molecule falls apart at this bond, when those of `without` are gone.
    fn is_bridge(&self, bond: usize, without: &[usize]) -> bool {
        let [one, other] = self.bonds[bond].ends;
        let gone = [without, &[bond]].concat();
        self.distances(one, &gone)[other].is_none()
    }

    /// A part of the molecule and the atoms of it at which it was cut: one, or the two of a ring.
    fn part(&self, through_ring: bool, below: Below<'_>) -> Option<(Self, Vec<usize>)> {
        let single: Vec<usize> = (0..self.bonds.len())
            .filter(|bond| self.is_single(*bond))
            .collect();
        let (bridges, rings): (Vec<usize>, Vec<usize>) = single
            .into_iter()
            .partition(|bond| self.is_bridge(*bond, &[]));
        let cut = if through_ring {
            let first = one_of(&rings, below)?;
            let second: Vec<usize> = rings
                .into_iter()
                .filter(|bond| *bond != first && self.is_bridge(*bond, &[first]))
                .collect();
            vec![first, one_of(&second, below)?]
        } else {
            vec![one_of(&bridges, below)?]
        };
        let root = self.bonds[cut[0]].ends[below(2)];
        let kept = self.distances(root, &cut);
        let mut places = vec![None; self.atoms.len()];
        let mut atoms = Vec::new();
        for (atom, _) in kept.iter().enumerate().filter(|(_, it)| it.is_some()) {
            places[atom] = Some(atoms.len());
            atoms.push(self.atoms[atom].clone());
        }
        let inside = self.bonds.iter().enumerate();
        let inside = inside.filter(|(place, _)| !cut.contains(place));
        let bonds = inside.filter_map(|(_, bond)| {
            let ends = [places[bond.ends[0]]?, places[bond.ends[1]]?];
            Some(Edge { ends, ..*bond })
        });
        let bonds = bonds.collect();
        let ends = cut.iter().filter_map(|bond| {
            self.bonds[*bond]
                .ends
                .into_iter()
                .find_map(|end| places[end])
        });
        let ends = ends.collect();
        Some((Self { atoms, bonds }, ends))
    }

    fn plain_atoms(&self) -> Vec<usize> {
        let plain = (0..self.atoms.len()).filter(|atom| self.is_plain(*atom));
        plain.collect()
    }

    fn add_atom(&mut self, below: Below<'_>) -> Option<()> {
        let at = one_of(&self.plain_atoms(), below)?;
        let element = ELEMENTS[below(ELEMENTS.len())];
        self.atoms.push(Cow::Borrowed(element));
        self.join(at, self.atoms.len() - 1);
        Some(())
    }

    fn insert_atom(&mut self, below: Below<'_>) -> Option<()> {
        let single: Vec<usize> = (0..self.bonds.len())
            .filter(|bond| self.is_single(*bond))
            .collect();
        let bond = self.bonds.swap_remove(one_of(&single, below)?);
        self.atoms.push(Cow::Borrowed(ELEMENTS[below(LINKING)]));
        for end in bond.ends {
            self.join(end, self.atoms.len() - 1);
        }
        Some(())
    }

    /// Removes an atom at an end, or one between two others, which are then joined.
    fn remove_atom(&mut self, below: Below<'_>) -> Option<()> {
        let may = |atom: &usize| {
            let bonds = self.bonds_at(*atom);
            self.atoms.len() > 1
                && !self.is_aromatic(*atom)
                && (1..=2).contains(&bonds.len())
                && bonds
                    .iter()
                    .all(|bond| self.is_single(*bond) || bonds.len() == 1)
        };
        let may: Vec<usize> = (0..self.atoms.len()).filter(may).collect();
        let gone = one_of(&may, below)?;
        let beside = self.bonds_at(gone).into_iter();
        let beside: Vec<usize> = beside
            .flat_map(|bond| self.bonds[bond].ends)
            .filter(|end| *end != gone)
            .collect();
        self.bonds.retain(|bond| !bond.ends.contains(&gone));
        if let [one, other] = beside[..] {
            let is_bond = |bond: &Edge<'_>| bond.ends.contains(&one) && bond.ends.contains(&other);
            if self.bonds.iter().any(is_bond) {
                return None;
            }
            self.join(one, other);
        }
        self.atoms.remove(gone);
        for bond in &mut self.bonds {
            *bond = bond.moved(|atom| atom - usize::from(atom > gone));
        }
        Some(())
    }

    fn replace_atom(&mut self, below: Below<'_>) -> Option<()> {
        let at = one_of(&self.plain_atoms(), below)?;
        let new = match &*self.atoms[at] {
            "c" => "n",
            "n" => "c",
            "o" => "s",
            "s" => "o",
            _ => ELEMENTS[below(ELEMENTS.len())],
        };
        self.atoms[at] = Cow::Borrowed(new);
        Some(())
    }

    /// Makes a single bond double, or a double one single.
    fn change_bond(&mut self, below: Below<'_>) -> Option<()> {
        let may = |bond: &usize| self.is_single(*bond) || self.bonds[*bond].symbol == "=";
        let may: Vec<usize> = (0..self.bonds.len()).filter(may).collect();
        let at = one_of(&may, below)?;
        if self.is_single(at) {
            self.bonds[at].symbol = "=";
        } else {
            let [one, other] = self.bonds.swap_remove(at).ends;
            self.join(one, other);
        }
        Some(())
    }

    /// Closes a ring of three to six atoms.
    fn close_ring(&mut self, below: Below<'_>) -> Option<()> {
        let from = one_of(&self.plain_atoms(), below)?;
        let distances = self.distances(from, &[]);
        let near = |atom: &usize| {
            let distance = distances[*atom].unwrap_or_default();
            self.is_plain(*atom) && (2..=5).contains(&distance)
        };
        let near: Vec<usize> = (0..self.atoms.len()).filter(near).collect();
        let to = one_of(&near, below)?;
        self.join(from, to);
        Some(())
    }

    fn open_ring(&mut self, below: Below<'_>) -> Option<()> {
        let may = |bond: &usize| self.is_single(*bond) && !self.is_bridge(*bond, &[]);
        let may: Vec<usize> = (0..self.bonds.len()).filter(may).collect();
        self.bonds.swap_remove(one_of(&may, below)?);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::chem::Molecule;

    fn random() -> impl FnMut(usize) -> usize {
        let mut state = 1_u64;
        move |bound| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % bound
        }
    }

    /// All children of many draws that are molecules.
    fn children(mut child: impl FnMut() -> Option<String>) -> BTreeSet<String> {
        let molecules = (0..2_000).filter_map(|_| Molecule::parse(&child()?).ok());
        molecules.map(|it| it.canonical().to_owned()).collect()
    }

    #[test]
    fn parts_of_two_molecules_are_joined() {
        #[track_caller]
        fn check(one: &str, other: &str, expected: &[&str]) {
            let mut below = random();
            let found = children(|| cross(one, other, &mut below));
            let expected: BTreeSet<String> = expected
                .iter()
                .map(|text| Molecule::parse(text).unwrap().canonical().to_owned())
                .collect();
            assert_eq!(found, expected);
        }
        // Each part of one with each of the other.
        check("CO", "NF", &["CN", "CF", "ON", "OF"]);
        check(
            "Oc1ccccc1",
            "Nc1ccncc1",
            &["ON", "Oc1ccncc1", "Nc1ccccc1", "c1ccccc1-c1ccncc1"],
        );
        // Stereo marks are lost, triple bonds are not cut.
        check("C[C@H](F)Cl", "C#N", &[]);
        // Rings are cut at two bonds: one or two atoms with one, two or three.
        let rings = ["C1OO1", "C1OOO1", "C1CO1", "C1COO1", "C1COOO1"];
        check("C1CC1", "O1OOO1", &rings);
    }

    #[test]
    fn one_atom_or_bond_changes() {
        let mut below = random();
        let found = children(|| mutate("CCO", &mut below));
        for (kind, child) in [
            ("added", "CCOC"),
            ("added", "CC(C)O"),
            ("inserted", "CNCO"),
            ("removed", "CO"),
            ("removed", "CC"),
            ("replaced", "CCS"),
            ("double", "CC=O"),
            ("ring", "C1CO1"),
        ] {
            assert!(found.contains(child), "{kind} {child}: {found:?}");
        }
        let found = children(|| mutate("C1CCCCC1c1ccccc1", &mut below));
        for (kind, child) in [
            ("opened", "CCCCCCc1ccccc1"),
            ("replaced", "c1ccc(C2CCCCC2)nc1"),
            ("removed", "c1ccc(C2CCCC2)cc1"),
        ] {
            assert!(found.contains(child), "{kind} {child}: {found:?}");
        }
    }

    #[test]
    fn what_cannot_be_cut_has_no_children() {
        let mut below = random();
        for text in ["C", "c1ccccc1", "C#C", "[Na+].[Cl-]", "C("] {
            assert_eq!(
                children(|| cross(text, text, &mut below)).len(),
                0,
                "{text}"
            );
        }
    }
}
