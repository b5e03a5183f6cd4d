//! The molecule as it is drawn: Kekulé bonds, hydrogens as counts, and its stereochemistry as
//! facts about neighbours.
//!
//! Knows no coordinates, and nothing of the chemistry crate; `read` makes it.

/// Stands for a hydrogen or an electron pair among the neighbours of a [`Centre`].
pub(crate) const HIDDEN: usize = usize::MAX;

/// An atom.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Atom {
    /// Atomic number; 0 for a wildcard.
    pub(crate) number: u8,
    pub(crate) symbol: &'static str,
    /// Mass number, 0 for the natural mixture.
    pub(crate) isotope: u16,
    pub(crate) charge: i8,
    /// Hydrogens that are no atoms of the graph.
    pub(crate) hydrogens: u8,
    /// Unpaired electrons.
    pub(crate) unpaired: u8,
    /// Number of an atom map, 0 for none.
    pub(crate) map: u16,
    /// Of an atom that stands for a whole group: what is written, with the bond on its left and on
    /// its right.
    pub(crate) label: Option<[&'static str; 2]>,
}

/// What a bond is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Single,
    Double,
    Triple,
    Quadruple,
    /// From the donor, the first end.
    Dative,
    /// Of a ring that has no Kekulé form.
    Aromatic,
    /// Of no order: `~`.
    Any,
}

/// What is known of the two sides of a double bond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Geometry {
    /// There is nothing to know.
    Free,
    /// It has two geometries, and none is given.
    Unknown,
    /// A neighbour of each end, in the order of the ends, and whether they are on one side.
    Given { beside: [usize; 2], cis: bool },
}

/// A bond between two atoms.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bond {
    pub(crate) ends: [usize; 2],
    pub(crate) order: Order,
    pub(crate) geometry: Geometry,
}

/// A tetrahedral centre: seen from the first of `neighbours`, the others go round clockwise or not.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Centre {
    pub(crate) atom: usize,
    /// Four, one of which may be [`HIDDEN`].
    pub(crate) neighbours: [usize; 4],
    pub(crate) clockwise: bool,
}

/// A molecule, of one part or several.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    pub(crate) atoms: Vec<Atom>,
    pub(crate) bonds: Vec<Bond>,
    /// For each atom its neighbours, with the bond to each.
    pub(crate) around: Vec<Vec<(usize, usize)>>,
    /// Smallest rings, each as its atoms in order.
    pub(crate) rings: Vec<Vec<usize>>,
    pub(crate) centres: Vec<Centre>,
    /// Atoms with stereochemistry that no flat drawing shows.
    pub(crate) beyond: Vec<usize>,
}

impl Graph {
    /// A graph of these atoms and bonds, without rings and stereochemistry.
    pub(crate) fn new(atoms: Vec<Atom>, bonds: Vec<Bond>) -> Self {
        let mut around = vec![Vec::new(); atoms.len()];
        for (index, bond) in bonds.iter().enumerate() {
            let [first, second] = bond.ends;
            around[first].push((second, index));
            around[second].push((first, index));
        }
        Self {
            atoms,
            bonds,
            around,
            ..Self::default()
        }
    }

    /// The neighbours of an atom.
    pub(crate) fn neighbours(&self, atom: usize) -> impl Iterator<Item = usize> + '_ {
        self.around[atom].iter().map(|&(other, _)| other)
    }

    /// The bond between two atoms.
    pub(crate) fn bond_between(&self, first: usize, second: usize) -> Option<usize> {
        let found = self.around[first]
            .iter()
            .find(|(other, _)| *other == second);
        found.map(|&(_, bond)| bond)
    }

    /// The order of the bond between two atoms.
    pub(crate) fn order_between(&self, first: usize, second: usize) -> Option<Order> {
        let bond = self.bond_between(first, second)?;
        Some(self.bonds[bond].order)
    }

    /// Whether the two bonds of an atom are on one line, beside a triple or between double bonds.
    pub(crate) fn is_linear(&self, atom: usize) -> bool {
        let [first, second] = self.around[atom].as_slice() else {
            return false;
        };
        let orders = [first.1, second.1].map(|bond| self.bonds[bond].order);
        orders.contains(&Order::Triple) || orders == [Order::Double; 2]
    }

    /// For each bond, whether it is in a ring.
    pub(crate) fn ring_bonds(&self) -> Vec<bool> {
        let mut found = vec![false; self.bonds.len()];
        for ring in &self.rings {
            for (place, &atom) in ring.iter().enumerate() {
                let next = ring[(place + 1) % ring.len()];
                if let Some(bond) = self.bond_between(atom, next) {
                    found[bond] = true;
                }
            }
        }
        found
    }

    /// The parts that no bond joins, each as its atoms in rising order.
    pub(crate) fn parts(&self) -> Vec<Vec<usize>> {
        let mut seen = vec![false; self.atoms.len()];
        let mut parts = Vec::new();
        for start in 0..self.atoms.len() {
            if seen[start] {
                continue;
            }
            seen[start] = true;
            let mut part = vec![start];
            let mut at = 0;
            while at < part.len() {
                for other in self.neighbours(part[at]) {
                    if !seen[other] {
                        seen[other] = true;
                        part.push(other);
                    }
                }
                at += 1;
            }
            part.sort_unstable();
            parts.push(part);
        }
        parts
    }
}

impl Bond {
    /// The atom at the other end.
    pub(crate) fn other(&self, atom: usize) -> usize {
        self.ends[usize::from(self.ends[0] == atom)]
    }
}
