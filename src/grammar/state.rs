//! A text that is being written, as far as what may follow depends on it.

use super::Piece;
use super::aromatic;
use super::atom::{AtomRule, Part, Parts};

/// The order of a bond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Single,
    Double,
    Triple,
    Quadruple,
    Aromatic,
    /// A bond of unknown or dative kind.
    Uncounted,
}

impl Order {
    /// The valence that it takes of an atom that is not aromatic.
    fn valence(self) -> u8 {
        match self {
            Self::Uncounted => 0,
            Self::Single | Self::Aromatic => 1,
            Self::Double => 2,
            Self::Triple => 3,
            Self::Quadruple => 4,
        }
    }
}

/// The part of the text that was read last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Last {
    #[default]
    Start,
    Atom,
    Bond,
    /// The bond with which a branch begins.
    FirstBond,
    Open,
    Gap,
}

/// An atom that is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Atom {
    rule: AtomRule,
    /// Valence that its bonds take, of an atom that is not aromatic.
    valence: u8,
    /// Single and aromatic bonds, and double bonds, of an aromatic one.
    pub(super) single: u8,
    pub(super) double: u8,
    /// Whether its aromatic rings are complete and good.
    pub(super) settled: bool,
}

impl Atom {
    fn new(rule: AtomRule) -> Self {
        Self {
            rule,
            valence: 0,
            single: 0,
            double: 0,
            settled: matches!(rule, AtomRule::Plain(_)),
        }
    }

    /// The rule of an aromatic atom.
    pub(super) fn parts(&self) -> Option<Parts> {
        match self.rule {
            AtomRule::Plain(_) => None,
            AtomRule::Aromatic(parts) => Some(parts),
        }
    }

    /// Gives it one more bond; false where it cannot have that.
    fn take(&mut self, order: Order) -> bool {
        match self.rule {
            AtomRule::Plain(most) => {
                self.valence = self.valence.saturating_add(order.valence());
                self.valence <= most
            }
            AtomRule::Aromatic(parts) => {
                match order {
                    Order::Uncounted => {}
                    Order::Single | Order::Aromatic => self.single += 1,
                    Order::Double => self.double += 1,
                    Order::Triple | Order::Quadruple => return false,
                }
                parts.with_at_least(self.single, self.double).is_any()
            }
        }
    }

    /// Takes a bond from it.
    fn give_back(&mut self, order: Order) {
        match (self.rule, order) {
            (_, Order::Uncounted) => {}
            (AtomRule::Plain(_), _) => self.valence -= order.valence(),
            (_, Order::Double) => self.double -= 1,
            _ => self.single -= 1,
        }
    }

    /// Single bonds that it can still have, or double ones where only such are left; at most 2.
    fn room(mut self) -> usize {
        let double = matches!(self.rule, AtomRule::Aromatic(parts)
            if parts.with_at_least(self.single, self.double + 1).is_any());
        let single = (0..2).take_while(|_| self.take(Order::Single)).count();
        single.max(usize::from(double))
    }

    /// Whether it can have one more bond.
    fn has_room(self) -> bool {
        self.room() > 0
    }
}

/// What is still to come for an aromatic atom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outlook {
    /// The parts that it may come to take.
    pub(super) part: Part,
    /// Bonds that it may get.
    pub(super) bonds: usize,
    /// Whether any of them may be to an aromatic atom, and be its double bond.
    pub(super) aromatic: bool,
}

/// A ring number that waits for its other atom.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenRing {
    pub(super) number: u32,
    pub(super) atom: usize,
    order: Option<Order>,
}

/// A text that is being written.
#[derive(Debug, Clone, Default)]
pub struct State {
    pub(super) atoms: Vec<Atom>,
    /// Both ends of each bond, and whether it is aromatic.
    pub(super) bonds: Vec<(usize, usize, bool)>,
    /// The atoms to which branches that are open return.
    pub(super) branches: Vec<usize>,
    pub(super) rings: Vec<OpenRing>,
    pub(super) current: Option<usize>,
    pub(super) last: Last,
    /// The bond that was written last, for the next atom or ring number.
    pub(super) pending: Option<Order>,
    /// An atom that must get another bond.
    pub(super) grows: Option<usize>,
    /// Whether no other component may begin.
    one_component: bool,
    /// Whether there are tokens for bonds that take no valence: any ring number and any atom without
    /// room may come to have such a bond.
    dative: bool,
}

impl State {
    /// The state before any text.
    pub(super) fn new(dative: bool) -> Self {
        Self {
            dative,
            ..Self::default()
        }
    }

    /// Reads another piece; false where it may not follow.
    pub(super) fn read(&mut self, piece: Piece) -> bool {
        match piece {
            Piece::Atom(rule) => self.atom(rule),
            Piece::Bond(order) => self.bond(order),
            Piece::Open => self.open(),
            Piece::Close => self.close(),
            Piece::Ring(number) => self.ring(number),
            Piece::Gap => self.gap(),
            Piece::Never => false,
        }
    }

    fn atom(&mut self, rule: AtomRule) -> bool {
        let index = self.atoms.len();
        self.atoms.push(Atom::new(rule));
        let before = self.current.replace(index);
        self.last = Last::Atom;
        match before {
            Some(before) => {
                let order = self.pending.take();
                self.join(before, index, order)
            }
            None => true,
        }
    }

    /// Joins two atoms; `None` is the bond without a symbol.
    fn join(&mut self, from: usize, to: usize, order: Option<Order>) -> bool {
        let both = self.atoms[from].parts().is_some() && self.atoms[to].parts().is_some();
        let order = order.unwrap_or(if both { Order::Aromatic } else { Order::Single });
        if order == Order::Aromatic && !both {
            return false;
        }
        self.bonds.push((from, to, order == Order::Aromatic));
        if self.grows == Some(from) {
            self.grows = None;
        }
        self.atoms[from].take(order) && self.atoms[to].take(order)
    }

    fn bond(&mut self, order: Order) -> bool {
        let follows = matches!(self.last, Last::Atom | Last::Open);
        let room = self
            .current
            .is_some_and(|current| self.atoms[current].clone().take(order));
        self.pending = Some(order);
        self.last = if self.last == Last::Open {
            Last::FirstBond
        } else {
            Last::Bond
        };
        follows && room
    }

    fn open(&mut self) -> bool {
        let Some(current) = self.current.filter(|_| self.last == Last::Atom) else {
            return false;
        };
        self.branches.push(current);
        self.last = Last::Open;
        self.atoms[current].has_room()
    }

    fn close(&mut self) -> bool {
        let follows = self.last == Last::Atom;
        let Some(atom) = self.branches.pop().filter(|_| follows) else {
            return false;
        };
        self.current = Some(atom);
        true
    }

    fn ring(&mut self, number: u32) -> bool {
        let follows = matches!(self.last, Last::Atom | Last::Bond);
        let Some(current) = self.current.filter(|_| follows) else {
            return false;
        };
        self.last = Last::Atom;
        let order = self.pending.take();
        let unknown = self.unknown();
        let open = self.rings.iter().position(|ring| ring.number == number);
        let Some(open) = open else {
            let ring = OpenRing {
                number,
                atom: current,
                order,
            };
            self.rings.push(ring);
            return self.atoms[current].take(order.unwrap_or(unknown));
        };
        let ring = self.rings.remove(open);
        if ring.atom == current || self.are_joined(ring.atom, current) {
            return false;
        }
        if ring.order.is_some() && order.is_some() && ring.order != order {
            return false;
        }
        self.atoms[ring.atom].give_back(ring.order.unwrap_or(unknown));
        self.join(current, ring.atom, order.or(ring.order))
    }

    /// Whether there is a bond between two atoms.
    pub(super) fn are_joined(&self, one: usize, other: usize) -> bool {
        let joins =
            |bond: &(usize, usize, bool)| [(one, other), (other, one)].contains(&(bond.0, bond.1));
        self.bonds.iter().any(joins)
    }

    /// Whether the last atom can have one more bond.
    pub(super) fn current_has_room(&self) -> bool {
        self.current
            .is_some_and(|current| self.atoms[current].has_room())
    }

    /// The least that a bond takes whose order is not known yet.
    fn unknown(&self) -> Order {
        if self.dative {
            Order::Uncounted
        } else {
            Order::Single
        }
    }

    fn gap(&mut self) -> bool {
        let follows = self.last == Last::Atom && !self.one_component;
        self.current = None;
        self.last = Last::Gap;
        follows
    }

    /// The atoms that may get further bonds.
    pub(super) fn open_atoms(&self) -> impl Iterator<Item = usize> {
        let branches = self.branches.iter().copied();
        let rings = self.rings.iter().map(|ring| ring.atom);
        self.current.into_iter().chain(branches).chain(rings)
    }

    /// What is still to come for an aromatic atom that may get further bonds.
    pub(super) fn outlook(&self, index: usize, parts: Parts) -> Outlook {
        let mut atom = self.atoms[index];
        let waiting = self.rings.iter().filter(|ring| ring.atom == index).count();
        let is_current = self.current == Some(index);
        if is_current && self.last == Last::Open {
            // The bond of the branch, whose order is not known.
            let either = [
                (atom.single + 1, atom.double),
                (atom.single, atom.double + 1),
            ];
            let [a, b] = either.map(|(single, double)| parts.with_at_least(single, double));
            return Outlook {
                part: a.or(b),
                bonds: waiting + 1,
                aromatic: true,
            };
        }
        let pending = self.pending.filter(|_| is_current);
        if let Some(order) = pending {
            atom.take(order);
        }
        let bonds = waiting + atom.room();
        let part = if bonds > 0 {
            parts.with_at_least(atom.single, atom.double)
        } else {
            parts.with_bonds(atom.single, atom.double)
        };
        Outlook {
            part,
            bonds: bonds + usize::from(pending.is_some()),
            aromatic: bonds > 0,
        }
    }

    /// Bonds that an atom which is not aromatic may still get.
    pub(super) fn further(&self, index: usize) -> usize {
        let waiting = self.rings.iter().filter(|ring| ring.atom == index).count();
        let pending = self.current == Some(index) && self.last != Last::Atom;
        waiting + self.atoms[index].room() + usize::from(pending)
    }

    /// Branches and rings that are open.
    #[cfg(test)]
    pub(super) fn open_ends(&self) -> usize {
        self.branches.len() + self.rings.len()
    }

    /// Whether some text can follow, after a whole token.
    pub(super) fn can_go_on(&mut self) -> bool {
        let closes = self.rings.is_empty() || self.has_room_on_the_way();
        closes && aromatic::settle(self, false)
    }

    /// Whether an atom may follow that can close a ring.
    pub(super) fn has_room_on_the_way(&self) -> bool {
        let branches = self.branches.iter().copied();
        let mut way = self.current.into_iter().chain(branches);
        self.dative
            || !matches!(self.last, Last::Start | Last::Atom)
            || way.any(|atom| self.atoms[atom].has_room())
    }

    /// Whether the text is a molecule.
    pub(super) fn may_end(&self) -> bool {
        self.last == Last::Atom
            && self.branches.is_empty()
            && self.rings.is_empty()
            && self.grows.is_none()
            && aromatic::settle(&mut self.clone(), true)
    }

    /// Whether the text is a molecule once its last atom has one more bond, of this symbol.
    pub(super) fn may_end_with(&self, bond: &str) -> bool {
        let order = Self::order(bond);
        let mut end = self.clone();
        let room = end
            .current
            .is_some_and(|current| end.atoms[current].take(order));
        room && end.may_end()
    }

    /// The order of a bond symbol that may be empty.
    fn order(bond: &str) -> Order {
        match bond {
            "" => Order::Single,
            _ => match Piece::read(bond) {
                Piece::Bond(order) => order,
                _ => Order::Single,
            },
        }
    }

    /// What is written gets no more bonds than one, of this kind, at its last atom, which must come.
    /// With `anywhere`, other atoms on the way to it may get more. No other component follows.
    /// `None` where the last atom has no room for that bond.
    pub(crate) fn growing(mut self, bond: &str, anywhere: bool) -> Option<Self> {
        let order = Self::order(bond);
        let last = self.current.filter(|_| self.last == Last::Atom)?;
        if !anywhere {
            for (index, atom) in self.atoms.iter_mut().enumerate() {
                let mut end = *atom;
                if index == last && !end.take(order) {
                    return None;
                }
                atom.rule = match atom.rule {
                    AtomRule::Plain(_) => AtomRule::Plain(end.valence),
                    AtomRule::Aromatic(parts) => {
                        AtomRule::Aromatic(parts.only(end.single, end.double))
                    }
                };
            }
        }
        (self.grows, self.one_component) = (Some(last), true);
        if order != Order::Single {
            self.bond(order).then_some(())?;
        }
        Some(self)
    }
}
