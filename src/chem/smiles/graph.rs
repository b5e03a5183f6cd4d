//! The molecular graph of a SMILES string as it is written: atoms keep their text, bonds their
//! symbols.
//!
//! Nothing is perceived or sanitized. Knows the order in which neighbours are written, which is
//! what `@` and `@@` refer to.

use std::borrow::Cow;

use super::syntax::{self, ring_number};

/// Index that stands for the hydrogen of a bracket atom in its order of neighbours.
pub(crate) const HYDROGEN: usize = usize::MAX;

/// One atom: its text, and the bonds at it in the order in which they are written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Atom<'a> {
    pub(crate) text: Cow<'a, str>,
    /// Neighbours in order, [`HYDROGEN`] among them where a bracket has one.
    pub(crate) order: Vec<usize>,
    /// Bonds in that order, without hydrogen.
    pub(crate) bonds: Vec<usize>,
}

/// One bond; its symbol is that of going from `from` to `to`.
#[derive(Debug, Clone)]
pub(crate) struct Bond<'a> {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) symbol: &'a str,
}

/// The molecular graph of a SMILES string.
#[derive(Debug, Default)]
pub(crate) struct Graph<'a> {
    pub(crate) atoms: Vec<Atom<'a>>,
    pub(crate) bonds: Vec<Bond<'a>>,
}

impl<'a> Graph<'a> {
    /// The graph of a string; `None` for invalid syntax, and for chirality other than `@` and `@@`.
    pub(crate) fn read(smiles: &'a str) -> Option<Self> {
        let is_class = |atom: &Atom<'_>| {
            let mark = atom.text.split_once('@').map_or("", |(_, after)| after);
            mark.starts_with(char::is_uppercase) && !mark.starts_with('H')
        };
        Self::drawn(smiles).filter(|graph| !graph.atoms.iter().any(is_class))
    }

    /// The graph of a string; `None` for invalid syntax. Orders of neighbours count for `@` and `@@`
    /// only.
    pub(crate) fn drawn(smiles: &'a str) -> Option<Self> {
        let places = syntax::check(smiles).ok()?;
        let mut places = places.into_iter().peekable();
        let mut graph = Self::default();
        // (ring number, atom, symbol, place in that atom's order)
        let mut open: Vec<(u32, usize, &str, usize)> = Vec::new();
        let mut branches = Vec::new();
        let mut current: Option<usize> = None;
        let mut symbol = "";
        let mut at = 0;
        while at < smiles.len() {
            let rest = &smiles[at..];
            if let Some(place) = places.next_if(|place| place.at == at) {
                let text = &rest[..place.length];
                let atom = graph.atoms.len();
                graph.atoms.push(Atom {
                    text: Cow::Borrowed(text),
                    ..Atom::default()
                });
                if let Some(from) = current {
                    graph.join(from, atom, symbol);
                    graph.atoms[from].order.push(atom);
                    graph.atoms[atom].order.push(from);
                }
                if let Some((_, after)) = text.split_once('@')
                    && after.trim_start_matches('@').starts_with('H')
                {
                    graph.atoms[atom].order.push(HYDROGEN);
                }
                (current, symbol) = (Some(atom), "");
                at += place.length;
                continue;
            }
            if let Some((number, length)) = ring_number(rest) {
                let atom = current?;
                if let Some(found) = open.iter().position(|ring| ring.0 == number) {
                    let (_, other, first, slot) = open.remove(found);
                    // Written at either end, or at both: seen from the first atom.
                    let symbol = if first.is_empty() {
                        reversed(symbol)
                    } else {
                        first
                    };
                    graph.join(other, atom, symbol);
                    graph.atoms[other].order[slot] = atom;
                    graph.atoms[atom].order.push(other);
                } else {
                    let slot = graph.atoms[atom].order.len();
                    graph.atoms[atom].order.push(HYDROGEN);
                    open.push((number, atom, symbol, slot));
                }
                symbol = "";
                at += length;
                continue;
            }
            let length = if rest.starts_with("->") || rest.starts_with("<-") {
                2
            } else {
                1
            };
            match &rest[..1] {
                "(" => branches.push(current),
                ")" => current = branches.pop()?,
                // A dot inside a branch parts its molecule there as well.
                "." => current = None,
                _ => symbol = &rest[..length],
            }
            at += length;
        }
        Some(graph)
    }

    /// Adds a bond; the order of neighbours is the caller's to set.
    pub(crate) fn join(&mut self, from: usize, to: usize, symbol: &'a str) {
        self.atoms[from].bonds.push(self.bonds.len());
        self.atoms[to].bonds.push(self.bonds.len());
        self.bonds.push(Bond { from, to, symbol });
    }

    /// Takes a bond away; the atoms at its ends have no stereo mark any more.
    pub(crate) fn cut(&mut self, bond: usize) {
        let Bond { from, to, .. } = self.bonds[bond];
        for (end, other) in [(from, to), (to, from)] {
            let atom = &mut self.atoms[end];
            atom.bonds.retain(|own| *own != bond);
            atom.order.retain(|beside| *beside != other);
            if atom.text.contains('@') {
                atom.text = Cow::Owned(atom.text.replace('@', ""));
            }
        }
    }

    /// The atom at the other end of a bond.
    pub(crate) fn other(&self, bond: usize, atom: usize) -> usize {
        let bond = &self.bonds[bond];
        if bond.from == atom {
            bond.to
        } else {
            bond.from
        }
    }

    /// The symbol of a bond when it is written from atom `from` to the other.
    pub(crate) fn symbol(&self, bond: usize, from: usize) -> &'a str {
        let bond = &self.bonds[bond];
        if bond.from == from {
            bond.symbol
        } else {
            reversed(bond.symbol)
        }
    }
}

/// Whether a bond symbol gives the geometry of a double bond.
pub(crate) fn is_direction(symbol: &str) -> bool {
    matches!(symbol, "/" | "\\")
}

/// A bond symbol as seen from the other end.
pub(crate) fn reversed(symbol: &str) -> &str {
    match symbol {
        "/" => "\\",
        "\\" => "/",
        "->" => "<-",
        "<-" => "->",
        other => other,
    }
}

/// The text of an atom with `@` for `@@` and the reverse.
pub(crate) fn mirrored(atom: &str) -> String {
    if atom.contains("@@") {
        atom.replacen("@@", "@", 1)
    } else {
        atom.replacen('@', "@@", 1)
    }
}

/// A ring number as it is written: `1`, `%12` or `%(123)`.
pub(crate) fn ring_text(number: usize) -> String {
    match number {
        0..10 => number.to_string(),
        10..100 => format!("%{number}"),
        _ => format!("%({number})"),
    }
}

/// Whether the permutation from one order to the other is odd; `None` if they do not hold the same
/// items.
pub(crate) fn is_odd(from: &[usize], to: &[usize]) -> Option<bool> {
    if from.len() != to.len() {
        return None;
    }
    let mut places = Vec::with_capacity(from.len());
    for item in from {
        places.push(to.iter().position(|other| other == item)?);
    }
    let mut odd = false;
    for start in 0..places.len() {
        for later in start + 1..places.len() {
            odd ^= places[start] > places[later];
        }
    }
    Some(odd)
}
