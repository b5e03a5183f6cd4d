//! A drawing as SMILES.
//!
//! Hydrogens that are drawn as atoms become hydrogens of their neighbour where they say nothing
//! more; others stay atoms. Atoms come in the order of a walk that leaves the largest branch for
//! last, so that branches nest little.

use std::fmt::Write as _;

use chematic::core::Element;

use super::drawing::{Drawing, Order, Turn};
use super::rings;
use super::valence;

/// Writes a drawing, with the directions of its bonds.
pub(super) fn write(drawing: &Drawing, directions: &[Option<bool>]) -> String {
    let mut writer = Writer::new(drawing, directions);
    for atom in 0..drawing.atoms.len() {
        if !writer.is_merged[atom] && !writer.plan.is_seen[atom] {
            writer.component(atom);
        }
    }
    writer.text
}

/// The order in which atoms are written.
#[derive(Default)]
struct Plan {
    is_seen: Vec<bool>,
    /// For each atom the bonds to the atoms that follow it, the largest branch last.
    next: Vec<Vec<usize>>,
    /// For each atom the bonds that close a ring.
    closures: Vec<Vec<usize>>,
}

struct Writer<'a> {
    drawing: &'a Drawing,
    directions: &'a [Option<bool>],
    /// Hydrogens that are written as part of their neighbour.
    is_merged: Vec<bool>,
    is_aromatic: Vec<bool>,
    plan: Plan,
    /// The ring numbers in use, each with its bond.
    numbers: Vec<Option<usize>>,
    text: String,
}

/// The parts of a text that are still to come.
enum Step {
    Atom { atom: usize, from: Option<usize> },
    Open,
    Close,
}

impl<'a> Writer<'a> {
    fn new(drawing: &'a Drawing, directions: &'a [Option<bool>]) -> Self {
        let count = drawing.atoms.len();
        let mut writer = Self {
            drawing,
            directions,
            is_merged: vec![false; count],
            is_aromatic: vec![false; count],
            plan: Plan {
                is_seen: vec![false; count],
                next: vec![Vec::new(); count],
                closures: vec![Vec::new(); count],
            },
            numbers: Vec::new(),
            text: String::new(),
        };
        for atom in 0..count {
            writer.is_merged[atom] = writer.can_merge(atom);
        }
        for (index, bond) in drawing.bonds.iter().enumerate() {
            let is_ring = || rings::smallest(drawing, index).is_some();
            if bond.order == Order::Aromatic && is_ring() {
                for end in bond.ends {
                    writer.is_aromatic[end] = can_be_aromatic(drawing.atoms[end].number);
                }
            }
        }
        writer
    }

    /// Whether an atom is a hydrogen that says no more than one that is not drawn.
    fn can_merge(&self, index: usize) -> bool {
        let atom = &self.drawing.atoms[index];
        let &[bond] = &atom.bonds[..] else {
            return false;
        };
        let other = self.drawing.bonds[bond].other(index);
        let is_plain = atom.number == 1
            && atom.isotope == 0
            && atom.map == 0
            && atom.charge == 0
            && atom.radicals == 0
            && atom.hydrogens == 0
            && self.drawing.bonds[bond].order == Order::Single;
        let neighbour = &self.drawing.atoms[other];
        is_plain && matches!(neighbour.number, 5..=8 | 14..=16 | 34) && {
            // The only bond there that says the geometry of a double bond is kept.
            let directed = |bond: &&usize| self.directions[**bond].is_some();
            let others = neighbour.bonds.iter().filter(|&&other| other != bond);
            self.directions[bond].is_none() || others.filter(directed).count() > 0
        }
    }

    fn component(&mut self, start: usize) {
        self.walk(start);
        if !self.text.is_empty() {
            self.text.push('.');
        }
        let mut steps = vec![Step::Atom {
            atom: start,
            from: None,
        }];
        while let Some(step) = steps.pop() {
            match step {
                Step::Open => self.text.push('('),
                Step::Close => self.text.push(')'),
                Step::Atom { atom, from } => {
                    self.atom(atom, from);
                    let last = self.plan.next[atom].len().saturating_sub(1);
                    for (place, &bond) in self.plan.next[atom].iter().enumerate().rev() {
                        let is_branch = place < last;
                        if is_branch {
                            steps.push(Step::Close);
                        }
                        steps.push(Step::Atom {
                            atom: self.drawing.bonds[bond].other(atom),
                            from: Some(bond),
                        });
                        if is_branch {
                            steps.push(Step::Open);
                        }
                    }
                }
            }
        }
    }

    /// Plans a walk over all atoms that can be reached from `start`.
    fn walk(&mut self, start: usize) {
        let mut order = Vec::new();
        let mut is_used = vec![false; self.drawing.bonds.len()];
        // Bonds `~` first: RDKit does not read them beside ring numbers.
        let bonds_of = |atom: usize| {
            let mut bonds = self.drawing.atoms[atom].bonds.clone();
            bonds.sort_by_key(|&bond| {
                matches!(self.drawing.bonds[bond].order, Order::Any | Order::OneOf)
            });
            (atom, bonds)
        };
        let mut stack = vec![bonds_of(start)];
        self.plan.is_seen[start] = true;
        order.push((start, None));
        while let Some((atom, bonds)) = stack.last_mut() {
            let atom = *atom;
            let Some(bond) = bonds.pop() else {
                stack.pop();
                continue;
            };
            let next = self.drawing.bonds[bond].other(atom);
            if is_used[bond] || self.is_merged[next] {
                continue;
            }
            is_used[bond] = true;
            if self.plan.is_seen[next] {
                self.plan.closures[atom].push(bond);
                self.plan.closures[next].push(bond);
                continue;
            }
            self.plan.is_seen[next] = true;
            self.plan.next[atom].push(bond);
            order.push((next, Some(atom)));
            stack.push(bonds_of(next));
        }
        // Sizes of branches, from their ends.
        let mut sizes = vec![1_usize; self.drawing.atoms.len()];
        for &(atom, before) in order.iter().rev() {
            if let Some(before) = before {
                sizes[before] += sizes[atom];
            }
            let bonds = &self.drawing.bonds;
            self.plan.next[atom].sort_by_key(|&bond| sizes[bonds[bond].other(atom)]);
        }
    }

    /// Writes an atom with the bond to it and its ring numbers.
    fn atom(&mut self, atom: usize, from: Option<usize>) {
        if let Some(bond) = from {
            let before = self.drawing.bonds[bond].other(atom);
            self.bond(bond, before);
        }
        self.symbol(atom, from);
        for place in 0..self.plan.closures[atom].len() {
            let bond = self.plan.closures[atom][place];
            let is_of_bond = |number: &Option<usize>| *number == Some(bond);
            if let Some(number) = self.numbers.iter().position(is_of_bond) {
                self.number(number);
                self.numbers[number] = None;
                continue;
            }
            let free = self.numbers.iter().position(Option::is_none);
            let number = free.unwrap_or_else(|| {
                self.numbers.push(None);
                self.numbers.len() - 1
            });
            self.numbers[number] = Some(bond);
            self.bond(bond, atom);
            self.number(number);
        }
    }

    /// Writes a ring number, given from 0.
    fn number(&mut self, number: usize) {
        // A String takes any text.
        let _ = match number + 1 {
            number @ ..=9 => write!(self.text, "{number}"),
            number @ ..=99 => write!(self.text, "%{number}"),
            number => write!(self.text, "%({number})"),
        };
    }

    /// Writes the symbol of a bond, as it is seen from one of its ends.
    fn bond(&mut self, index: usize, from: usize) {
        let bond = &self.drawing.bonds[index];
        let is_reversed = bond.ends[1] == from;
        let aromatic = bond.ends.iter().all(|&end| self.is_aromatic[end]);
        let direction = self.directions[index].map(|up| up ^ is_reversed);
        self.text += match (bond.order, direction) {
            (Order::Single | Order::Aromatic, Some(true)) => "/",
            (Order::Single | Order::Aromatic, Some(false)) => "\\",
            (Order::Single, None) if aromatic => "-",
            (Order::Single, None) => "",
            (Order::Aromatic, None) if aromatic => "",
            (Order::Aromatic, None) => ":",
            (Order::Double, _) => "=",
            (Order::Triple, _) => "#",
            (Order::Dative, _) if is_reversed => "<-",
            (Order::Dative, _) => "->",
            (Order::Any | Order::OneOf, _) => "~",
        };
    }

    /// Writes an atom without its bonds.
    fn symbol(&mut self, index: usize, from: Option<usize>) {
        let atom = &self.drawing.atoms[index];
        let merged = self.drawing.neighbours(index);
        let merged = merged.filter(|&(_, other)| self.is_merged[other]).count();
        let hydrogens = atom.hydrogens + u32::try_from(merged).unwrap_or(u32::MAX);
        let turn = self.turn(index, from, hydrogens);
        let element = Element::from_atomic_number(atom.number);
        let mut symbol = element.map_or("*", Element::symbol).to_owned();
        if self.is_aromatic[index] {
            symbol.make_ascii_lowercase();
        }
        let is_bare = turn.is_none()
            && atom.isotope == 0
            && atom.map == 0
            && atom.charge == 0
            && matches!(atom.number, 0 | 5..=9 | 15..=17 | 35 | 53)
            && self.are_expected(index, hydrogens);
        if is_bare {
            self.text += &symbol;
            return;
        }
        self.text.push('[');
        // A String takes any text.
        if atom.isotope > 0 {
            let _ = write!(self.text, "{}", atom.isotope);
        }
        self.text += &symbol;
        self.text += match turn {
            None => "",
            Some(Turn::Counterclockwise) => "@",
            Some(Turn::Clockwise) => "@@",
        };
        match hydrogens {
            0 => {}
            1 => self.text.push('H'),
            hydrogens => _ = write!(self.text, "H{hydrogens}"),
        }
        match atom.charge {
            0 => {}
            1 => self.text.push('+'),
            -1 => self.text.push('-'),
            charge => _ = write!(self.text, "{charge:+}"),
        }
        if atom.map > 0 {
            let _ = write!(self.text, ":{}", atom.map);
        }
        self.text.push(']');
    }

    /// Whether a reader of SMILES gives an atom without brackets these hydrogens; or RDKit writes it
    /// without brackets all the same.
    fn are_expected(&self, index: usize, hydrogens: u32) -> bool {
        let is_open = !self.drawing.atoms[index].closed && hydrogens == 0;
        (is_open && self.drawing.has_order(index, Order::OneOf))
            || hydrogens == valence::without_brackets(self.drawing, index, &self.is_merged)
    }

    /// The sense of an atom in the order in which its neighbours are written.
    fn turn(&self, index: usize, from: Option<usize>, hydrogens: u32) -> Option<Turn> {
        let atom = &self.drawing.atoms[index];
        let turn = atom.chirality?;
        let is_merged = |&bond: &usize| self.is_merged[self.drawing.bonds[bond].other(index)];
        // A hydrogen that is merged goes to the end, as one that is not drawn.
        let (hidden, mut drawn): (Vec<usize>, Vec<usize>) =
            atom.bonds.iter().copied().partition(is_merged);
        let mut odd = false;
        if let [hidden] = hidden[..] {
            let place = atom.bonds.iter().position(|&bond| bond == hidden)?;
            odd ^= (drawn.len() - place) % 2 == 1;
        } else if !hidden.is_empty() {
            return None;
        }
        let closures = &self.plan.closures[index];
        let written = from.into_iter().chain(closures.iter().copied());
        let written = written.chain(self.plan.next[index].iter().copied());
        for (place, bond) in written.enumerate() {
            let other = place + drawn[place..].iter().position(|&other| other == bond)?;
            if other != place {
                drawn.swap(place, other);
                odd = !odd;
            }
        }
        if drawn.len() == 3 {
            // RDKit reads the hydrogen of a first atom, and a lone pair beside a ring number, as one
            // place further.
            let leads = from.is_none() && hydrogens == 1;
            let is_single = |bond: &usize| {
                matches!(
                    self.drawing.bonds[*bond].order,
                    Order::Single | Order::Dative
                )
            };
            let has_pair = hydrogens == 0 && atom.bonds.iter().all(is_single);
            odd ^= leads || (has_pair && closures.len() == 1);
        }
        Some(turn.turned(odd))
    }
}

/// Whether SMILES has a small letter for an element.
fn can_be_aromatic(number: u8) -> bool {
    matches!(number, 0 | 5..=8 | 14..=16 | 33 | 34 | 52)
}
