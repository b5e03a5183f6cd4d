//! A molecule as a block draws it: atoms with places, bonds with marks.

use super::geometry::Vector;
use super::group::{self, Group};
use super::valence;

/// An atom as it is drawn.
#[derive(Debug, Clone, Default)]
pub(super) struct Atom {
    /// Atomic number; 0 for a wildcard and for what RDKit makes one of: lists of elements, labels.
    pub(super) number: u8,
    pub(super) isotope: u32,
    pub(super) map: u32,
    pub(super) charge: i32,
    /// Unpaired electrons that the block states.
    pub(super) radicals: u32,
    pub(super) place: Vector,
    /// The valence that the block states; -1 or 15 for none.
    pub(super) valence: i32,
    /// Hydrogens that the block states.
    pub(super) stated: u32,
    /// Whether it has no more hydrogens than are stated or drawn.
    pub(super) closed: bool,
    /// Hydrogens that are not drawn.
    pub(super) hydrogens: u32,
    pub(super) chirality: Option<Turn>,
    /// Its bonds, in the order of the block.
    pub(super) bonds: Vec<usize>,
}

/// The sense in which the further neighbours of an atom follow each other, seen from its first one;
/// a hydrogen that is not drawn, or a lone pair, is the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Clockwise,
    Counterclockwise,
}

impl Turn {
    /// The other sense, where `odd`.
    pub(super) fn turned(self, odd: bool) -> Self {
        match (self, odd) {
            (_, false) => self,
            (Self::Clockwise, true) => Self::Counterclockwise,
            (Self::Counterclockwise, true) => Self::Clockwise,
        }
    }

    /// That of a volume: of the first three directions from an atom, as a triple product.
    pub(super) fn of_volume(volume: f64, tolerance: f64) -> Option<Self> {
        if volume > tolerance {
            Some(Self::Counterclockwise)
        } else if volume < -tolerance {
            Some(Self::Clockwise)
        } else {
            None
        }
    }
}

/// The order of a bond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Single,
    Double,
    Triple,
    Aromatic,
    /// From its first atom to its second.
    Dative,
    /// No order, a hydrogen bond, or any order: `~` in SMILES.
    Any,
    /// One order of several: `~` in SMILES, too, but RDKit adds no hydrogens at its ends.
    OneOf,
}

/// The mark on a bond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    /// Towards the reader, from its first atom.
    Up,
    /// Away from the reader, from its first atom.
    Down,
    /// A wavy bond.
    Wavy,
    /// A crossed double bond.
    Crossed,
}

/// A bond as it is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bond {
    pub(super) ends: [usize; 2],
    pub(super) order: Order,
    pub(super) mark: Mark,
}

impl Bond {
    /// The atom at the other end.
    pub(super) fn other(&self, atom: usize) -> usize {
        self.ends[usize::from(self.ends[0] == atom)]
    }

    /// Whether it is a wedge, up or down, whose point is at `atom`.
    pub(super) fn is_wedge_of(&self, atom: usize) -> bool {
        self.ends[0] == atom && matches!(self.mark, Mark::Up | Mark::Down)
    }

    /// Its part in the valence of `atom`, in halves.
    pub(super) fn halves(&self, atom: usize) -> u32 {
        match self.order {
            Order::Single => 2,
            Order::Double => 4,
            Order::Triple => 6,
            Order::Aromatic => 3,
            Order::Dative if self.ends[1] == atom => 2,
            Order::Dative | Order::Any | Order::OneOf => 0,
        }
    }
}

/// A molecule as it is drawn.
#[derive(Debug, Default)]
pub(super) struct Drawing {
    pub(super) atoms: Vec<Atom>,
    pub(super) bonds: Vec<Bond>,
    /// Whether its coordinates are of three dimensions.
    pub(super) in_space: bool,
    /// Whether there are wedges or crossed bonds.
    pub(super) has_marks: bool,
    /// Groups of relative or racemic stereocentres.
    pub(super) stereo_groups: usize,
    /// Groups of atoms and bonds that say something of their chemistry.
    pub(super) groups: Vec<Group>,
}

impl Drawing {
    /// Adds a bond between atoms of these indices.
    ///
    /// # Errors
    /// An atom that is not there; a bond of an atom with itself; a second one between two atoms.
    pub(super) fn join(&mut self, bond: Bond) -> Result<(), String> {
        let [first, second] = bond.ends;
        let count = self.atoms.len();
        if let Some(atom) = bond.ends.into_iter().find(|&end| end >= count) {
            let number = atom.wrapping_add(1);
            return Err(format!("a bond to atom {number} of {count}"));
        }
        if first == second {
            return Err(format!("a bond of atom {} with itself", first + 1));
        }
        let is_double = |&other: &usize| self.bonds[other].other(first) == second;
        if self.atoms[first].bonds.iter().any(is_double) {
            let (first, second) = (first + 1, second + 1);
            return Err(format!("a second bond between atoms {first} and {second}"));
        }
        let index = self.bonds.len();
        self.atoms[first].bonds.push(index);
        self.atoms[second].bonds.push(index);
        self.has_marks |= matches!(bond.mark, Mark::Up | Mark::Down | Mark::Crossed);
        self.bonds.push(bond);
        Ok(())
    }

    /// Decides whether the coordinates are of space: heights say so, and where all are 0 the header,
    /// unless there are marks as on paper.
    pub(super) fn place(&mut self, called_3d: bool) {
        let is_raised = self.atoms.iter().any(|atom| atom.place.z.abs() > 1e-3);
        self.in_space = is_raised || (called_3d && !self.has_marks);
    }

    /// Finds the hydrogens that are not drawn.
    ///
    /// # Errors
    /// As [`valence::hydrogens`].
    pub(super) fn settle(&mut self) -> Result<(), String> {
        for index in 0..self.atoms.len() {
            valence::state(self, index);
        }
        group::apply(self);
        for index in 0..self.atoms.len() {
            self.atoms[index].hydrogens = valence::hydrogens(self, index)?;
        }
        Ok(())
    }

    /// Whether a bond of an atom is of this order.
    pub(super) fn has_order(&self, atom: usize, order: Order) -> bool {
        self.neighbours(atom).any(|(bond, _)| bond.order == order)
    }

    /// The neighbours of an atom with the bonds to them, in the order of the block.
    pub(super) fn neighbours(&self, atom: usize) -> impl Iterator<Item = (&Bond, usize)> {
        let bonds = self.atoms[atom].bonds.iter();
        bonds.map(move |&bond| (&self.bonds[bond], self.bonds[bond].other(atom)))
    }
}
