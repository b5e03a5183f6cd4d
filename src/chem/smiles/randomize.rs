//! Randomized SMILES: other spellings of the same molecule, written from a random atom in a random
//! order.
//!
//! Works on the graph of the text: atoms keep their text, bonds keep their symbols,
//! and only what depends on the order of writing changes: ring numbers, branches, `@` or `@@`,
//! `/` or `\`. Nothing is perceived or sanitized, so it is fast and adds no kind of token but
//! those of [`augmentation_tokens`]. (Randomized SMILES: Arus-Pous et al. 2019,
//! doi:10.1186/s13321-019-0393-0.)

use std::collections::BTreeSet;

use super::graph::{self, Graph, HYDROGEN, is_direction, is_odd, mirrored, ring_text};

/// A random spelling of `smiles`; `below(n)` draws a number from `0..n`. `None` for invalid syntax,
/// and for stereo marks other than `@`, `@@`, `/` and `\`.
///
/// The result has the same graph and stereochemistry, so its canonical SMILES is that of `smiles`.
/// Components are in random order, too.
pub fn randomize(smiles: &str, mut below: impl FnMut(usize) -> usize) -> Option<String> {
    write(&Graph::read(smiles)?, &mut below)
}

/// A spelling of a graph; `below(n)` draws a number from `0..n`. `None` where the order of a stereo
/// mark cannot be compared.
pub(crate) fn write(graph: &Graph<'_>, below: &mut impl FnMut(usize) -> usize) -> Option<String> {
    Writer::new(graph, below).write()
}

/// A spelling of a connected graph that ends with the bond to atom `last`, which has no other. Twice:
/// without that bond and atom, and without all atoms of `hidden`, which have one bond each, too.
pub(crate) fn write_ending(
    graph: &Graph<'_>,
    last: usize,
    hidden: &[usize],
    below: &mut impl FnMut(usize) -> usize,
) -> Option<[String; 2]> {
    let mut writer = Writer::new(graph, below);
    let atoms: Vec<usize> = (0..graph.atoms.len())
        .filter(|atom| *atom != last && !hidden.contains(atom))
        .collect();
    let root = *atoms.get((writer.below)(atoms.len().max(1)))?;
    writer.plan(root);
    writer.end_with(last);
    let far = |atom: &usize, children: &[usize]| {
        children
            .iter()
            .all(|bond| graph.other(*bond, *atom) != last)
    };
    for atom in 0..graph.atoms.len() {
        let children = &mut writer.children[atom];
        // Hidden atoms first, so that what is written without them ends a branch as usual.
        if far(&atom, children) {
            children.sort_by_key(|bond| !hidden.contains(&graph.other(*bond, atom)));
        }
    }
    let all: Vec<usize> = hidden.iter().copied().chain([last]).collect();
    Some([writer.text(root, &[last])?, writer.text(root, &all)?])
}

/// A spelling of a connected graph that begins with atom `first`, which has one bond: what comes after
/// that atom and its bond.
pub(crate) fn write_beginning(
    graph: &Graph<'_>,
    first: usize,
    below: &mut impl FnMut(usize) -> usize,
) -> Option<String> {
    let mut writer = Writer::new(graph, below);
    writer.plan(first);
    let anchor = graph.other(*graph.atoms[first].bonds.first()?, first);
    writer.text(anchor, &[])
}

/// The tokens that randomized spellings of these molecules may need beyond their own: ring numbers
/// up to the largest number of rings in one molecule, branches, both chiralities of each
/// stereocentre and both directions of bonds beside double bonds.
pub fn augmentation_tokens(molecules: impl Iterator<Item = impl AsRef<str>>) -> Vec<String> {
    let mut tokens = BTreeSet::from(["(".to_owned(), ")".to_owned()]);
    let mut rings = 0;
    for smiles in molecules {
        let smiles = smiles.as_ref();
        let Some(graph) = Graph::read(smiles) else {
            continue;
        };
        // At least as many components as there are gaps, so at most as many rings as this.
        let parts = smiles.matches('.').count() + 1;
        rings = rings.max((graph.bonds.len() + parts).saturating_sub(graph.atoms.len()));
        for atom in graph.atoms.iter().filter(|atom| atom.text.contains('@')) {
            tokens.extend([atom.text.to_string(), mirrored(&atom.text)]);
        }
        if graph.bonds.iter().any(|bond| is_direction(bond.symbol)) {
            tokens.extend(["/".to_owned(), "\\".to_owned()]);
        }
    }
    tokens.extend((1..=rings).map(ring_text));
    tokens.into_iter().collect()
}

/// A depth-first traversal of the graph, first planned, then written.
struct Writer<'g, 'a, F> {
    graph: &'g Graph<'a>,
    below: &'g mut F,
    seen: Vec<bool>,
    parents: Vec<Option<usize>>,
    /// Bonds to the atoms that are written after each atom, in order.
    children: Vec<Vec<usize>>,
    /// Bonds that close rings at each atom, in order.
    rings: Vec<Vec<usize>>,
}

impl<'g, 'a, F: FnMut(usize) -> usize> Writer<'g, 'a, F> {
    fn new(graph: &'g Graph<'a>, below: &'g mut F) -> Self {
        Self {
            graph,
            below,
            seen: vec![false; graph.atoms.len()],
            parents: vec![None; graph.atoms.len()],
            children: vec![Vec::new(); graph.atoms.len()],
            rings: vec![Vec::new(); graph.atoms.len()],
        }
    }

    fn write(&mut self) -> Option<String> {
        let mut order: Vec<usize> = (0..self.graph.atoms.len()).collect();
        self.shuffle(&mut order);
        let mut texts = Vec::new();
        for root in order {
            if !self.seen[root] {
                self.plan(root);
                texts.push(self.text(root, &[])?);
            }
        }
        Some(texts.join("."))
    }

    fn shuffle(&mut self, items: &mut [usize]) {
        for last in (1..items.len()).rev() {
            items.swap(last, (self.below)(last + 1));
        }
    }

    /// Plans the spanning tree from `root`, without recursion: chains are long.
    fn plan(&mut self, root: usize) {
        let mut used = vec![false; self.graph.bonds.len()];
        let mut stack = vec![(root, self.shuffled_bonds(root))];
        self.seen[root] = true;
        while let Some((atom, bonds)) = stack.last_mut() {
            let atom = *atom;
            let Some(bond) = bonds.pop() else {
                stack.pop();
                continue;
            };
            if std::mem::replace(&mut used[bond], true) {
                continue;
            }
            let next = self.graph.other(bond, atom);
            if self.seen[next] {
                self.rings[atom].push(bond);
                self.rings[next].push(bond);
            } else {
                self.seen[next] = true;
                self.parents[next] = Some(atom);
                self.children[atom].push(bond);
                let bonds = self.shuffled_bonds(next);
                stack.push((next, bonds));
            }
        }
    }

    fn shuffled_bonds(&mut self, atom: usize) -> Vec<usize> {
        let mut bonds = self.graph.atoms[atom].bonds.clone();
        self.shuffle(&mut bonds);
        bonds
    }

    /// Orders the planned tree so that this atom, which has no children, is its last.
    fn end_with(&mut self, last: usize) {
        let mut atom = last;
        while let Some(parent) = self.parents[atom] {
            let graph = self.graph;
            let leads = |bond: &usize| graph.other(*bond, parent) == atom;
            self.children[parent].sort_by_key(leads);
            atom = parent;
        }
    }

    /// The text of the planned tree from this atom on, without the atoms of `hidden`, which are leaves.
    /// `None` if the order of a stereo mark cannot be compared.
    fn text(&self, root: usize, hidden: &[usize]) -> Option<String> {
        enum Step {
            Atom(usize, Option<usize>),
            Text(&'static str),
        }
        let mut text = String::new();
        // The bond that each ring number stands for.
        let mut numbers: Vec<Option<usize>> = Vec::new();
        let mut stack = vec![Step::Atom(root, None)];
        while let Some(step) = stack.pop() {
            let (atom, bond) = match step {
                Step::Text(part) => {
                    text += part;
                    continue;
                }
                Step::Atom(atom, bond) => (atom, bond),
            };
            if let (Some(bond), Some(parent)) = (bond, self.parents[atom]) {
                text += self.graph.symbol(bond, parent);
            }
            text += &self.atom_text(atom)?;
            for &bond in &self.rings[atom] {
                let open = numbers.iter().position(|number| *number == Some(bond));
                if let Some(number) = open {
                    numbers[number] = None;
                    text += &ring_text(number + 1);
                    continue;
                }
                let free = numbers.iter().position(Option::is_none);
                let number = free.unwrap_or(numbers.len());
                if number == numbers.len() {
                    numbers.push(None);
                }
                numbers[number] = Some(bond);
                text += self.graph.symbol(bond, atom);
                text += &ring_text(number + 1);
            }
            let children = &self.children[atom];
            for (place, &bond) in children.iter().enumerate().rev() {
                let child = self.graph.other(bond, atom);
                if hidden.contains(&child) {
                    continue;
                }
                let next = Step::Atom(child, Some(bond));
                if place + 1 == children.len() {
                    stack.push(next);
                } else {
                    stack.extend([Step::Text(")"), next, Step::Text("(")]);
                }
            }
        }
        Some(text)
    }

    /// The atom's text, with its stereo mark inverted if its neighbours are oddly permuted.
    fn atom_text(&self, atom: usize) -> Option<String> {
        let graph::Atom { text, order, .. } = &self.graph.atoms[atom];
        if !text.contains('@') {
            return Some(text.to_string());
        }
        let mut now: Vec<usize> = self.parents[atom].into_iter().collect();
        if order.contains(&HYDROGEN) {
            now.push(HYDROGEN);
        }
        let bonds = self.rings[atom].iter().chain(&self.children[atom]);
        now.extend(bonds.map(|&bond| self.graph.other(bond, atom)));
        let odd = is_odd(order, &now)?;
        Some(if odd {
            mirrored(text)
        } else {
            text.to_string()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chem::Molecule;
    use crate::tokenizer::Cutter;

    /// A simple generator, good enough for tests.
    fn random(seed: u64) -> impl FnMut(usize) -> usize {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        move |bound| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            ((state >> 33) % bound as u64) as usize
        }
    }

    #[track_caller]
    fn check_same(smiles: &str, spellings: u64) -> BTreeSet<String> {
        let canonical = Molecule::parse(smiles).unwrap().canonical().to_owned();
        let mut found = BTreeSet::new();
        for seed in 0..spellings {
            let other = randomize(smiles, random(seed)).unwrap();
            let molecule = Molecule::parse(&other).unwrap();
            assert_eq!(molecule.canonical(), canonical, "{smiles} became {other}");
            found.insert(other);
        }
        found
    }

    #[test]
    fn other_spellings_are_the_same_molecule() {
        for smiles in [
            "C",
            "CC(=O)Oc1ccccc1C(=O)O",
            "C[C@@H](N)C(=O)O",
            "[C@](F)(Cl)(Br)I",
            "F/C=C/F",
            "F/C=C\\C(=C/Cl)\\Br",
            "C/C=C/1CCC(C)C1",
            "C1C[C@H]2CC[C@@H]1C2",
            "C[C@]12CC[C@H]3[C@@H](CC[C@@H]4CC(=O)CC[C@@]43C)[C@@H]1CC[C@@H]2O",
            "c1ccc(-c2ccccc2)cc1",
            "[O-][N+](=O)c1ccc2[nH]ccc2c1",
            "[Na+].CC(=O)[O-].O",
            "C(O.N)C",
            "C%10CC%10",
            "C[S@](=O)c1ccccc1",
            "C1C[S@@]1=O",
            "OB(O)c1ccc([Si](C)(C)C)cc1[Se]C",
            "C12C3C4C1C5C2C3C45",
        ] {
            check_same(smiles, 40);
        }
        assert!(check_same("CC(=O)Oc1ccccc1C(=O)O", 40).len() > 20);
    }

    #[test]
    fn real_molecules_stay_the_same() {
        for (file, step) in [
            (include_str!("../../../data/test.csv"), 100),
            (include_str!("../../../data/natural_products.csv"), 25),
            (include_str!("../../../tests/data/drugs.csv"), 5),
            (include_str!("../../../tests/data/salts.csv"), 10),
        ] {
            for smiles in file.lines().skip(1).step_by(step) {
                if let Ok(molecule) = Molecule::parse(smiles)
                    && randomize(smiles, random(1)).is_some()
                {
                    check_same(molecule.canonical(), 3);
                }
            }
        }
    }

    #[test]
    fn augmentation_tokens_are_all_tokens_of_every_spelling() {
        let molecules = ["C[C@@H](N)C1CC1", "F/C=C/C12C3C4C1C5C2C3C45"];
        let own = molecules
            .iter()
            .flat_map(|smiles| Cutter::Atomwise.pieces(smiles).unwrap());
        let mut known: BTreeSet<String> = own.map(str::to_owned).collect();
        known.extend(augmentation_tokens(molecules.into_iter()));
        for smiles in molecules {
            for seed in 0..200 {
                let other = randomize(smiles, random(seed)).unwrap();
                for token in Cutter::Atomwise.pieces(&other).unwrap() {
                    assert!(known.contains(token), "{token} of {other}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_turned_is_left_alone() {
        assert_eq!(randomize("C(", random(1)), None);
        assert_eq!(randomize("C[Pt@SP1](F)(Cl)Br", random(1)), None);
    }
}
