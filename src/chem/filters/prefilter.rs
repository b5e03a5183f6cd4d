//! A prefilter for substructure searches by counts of atoms and bonds: a molecule with fewer atoms
//! of an element, or fewer bonds of an order between two elements, than a pattern requires cannot
//! contain it, and need not be searched.
//!
//! Knows nothing of the purpose of the patterns. Counting takes microseconds, a search of all 502
//! filters a millisecond.

use chematic::core::{BondOrder, Element, Molecule};
use chematic::smarts::{AtomPrimitive, AtomQuery, BondPrimitive, BondQuery, QueryMolecule};

/// Elements that are counted, by atomic number: H, C, N, O, F, S, Cl, Br.
pub(super) const ELEMENTS: [u8; 8] = [1, 6, 7, 8, 9, 16, 17, 35];

/// Bond orders that patterns require.
#[derive(Debug, Clone, Copy)]
enum Order {
    Single,
    Double,
    Triple,
    Aromatic,
    /// The bond of a pattern that is written without a symbol.
    SingleOrAromatic,
    Any,
}
/// Number of [`Order`]s.
const ORDERS: usize = 6;

const BONDS: usize = ELEMENTS.len() * ELEMENTS.len() * ORDERS;
const KEYS: usize = ELEMENTS.len() + BONDS;

/// Counts of atoms by element and of bonds by their elements and order.
#[derive(Debug, Clone)]
pub(super) struct Counts([u16; KEYS]);

/// Least counts that a pattern requires, without those that are zero.
#[derive(Debug, Clone)]
pub(super) struct Needs(Vec<(usize, u16)>);

impl Counts {
    /// The counts of a molecule whose hydrogens are explicit atoms; elements outside [`ELEMENTS`]
    /// are left out.
    pub(super) fn new(graph: &Molecule) -> Self {
        let mut counts = [0; KEYS];
        let place = |atom: &chematic::core::Atom| {
            (!atom.wildcard).then(|| place(atom.element.atomic_number()))?
        };
        for (_, atom) in graph.atoms() {
            if let Some(element) = place(atom) {
                counts[element] += 1;
            }
        }
        for (_, bond) in graph.bonds() {
            let ends = [bond.atom1, bond.atom2].map(|atom| place(graph.atom(atom)));
            let [Some(a), Some(b)] = ends else { continue };
            let mut count = |order| counts[bond_key(a, b, order)] += 1;
            count(Order::Any);
            match bond.order {
                BondOrder::Single | BondOrder::Up | BondOrder::Down => {
                    count(Order::Single);
                    count(Order::SingleOrAromatic);
                }
                BondOrder::Aromatic => {
                    count(Order::Aromatic);
                    count(Order::SingleOrAromatic);
                }
                BondOrder::Double => count(Order::Double),
                BondOrder::Triple => count(Order::Triple),
                _ => {}
            }
        }
        Self(counts)
    }
}

impl Needs {
    /// The least counts of a pattern; `None` if it requires an element outside [`ELEMENTS`].
    pub(super) fn new(query: &QueryMolecule) -> Option<Self> {
        let mut counts = [0; KEYS];
        // An atom that may be of several elements asks for none.
        let mut elements = Vec::with_capacity(query.atoms.len());
        for atom in &query.atoms {
            let element = match element_of(&atom.query) {
                Some(number) => Some(place(number)?),
                None => None,
            };
            elements.push(element);
        }
        for element in elements.iter().flatten() {
            counts[*element] += 1;
        }
        for bond in &query.bonds {
            if let (Some(a), Some(b)) = (elements[bond.atom1], elements[bond.atom2]) {
                counts[bond_key(a, b, order_of(&bond.query))] += 1;
            }
        }
        let needs = counts
            .into_iter()
            .enumerate()
            .filter(|(_, count)| *count > 0);
        Some(Self(needs.collect()))
    }

    /// Whether a molecule with these counts may contain the pattern.
    pub(super) fn are_met(&self, counts: &Counts) -> bool {
        self.0.iter().all(|&(key, least)| counts.0[key] >= least)
    }
}

/// Index of an element in [`ELEMENTS`].
fn place(number: u8) -> Option<usize> {
    ELEMENTS.iter().position(|&known| known == number)
}

/// Index of the count of bonds of an order between two elements, given by their places.
fn bond_key(a: usize, b: usize, order: Order) -> usize {
    let (low, high) = (a.min(b), a.max(b));
    ELEMENTS.len() + (low * ELEMENTS.len() + high) * ORDERS + order as usize
}

/// Atomic number of the element that an atom of a pattern must have, if there is only one.
fn element_of(query: &AtomQuery) -> Option<u8> {
    match query {
        AtomQuery::Primitive(AtomPrimitive::AtomicNum(number)) => Some(*number),
        AtomQuery::Primitive(AtomPrimitive::Symbol(symbol)) => {
            Element::from_symbol(symbol).map(Element::atomic_number)
        }
        AtomQuery::Primitive(AtomPrimitive::Recursive(inner)) => {
            element_of(&inner.atoms.first()?.query)
        }
        AtomQuery::And(a, b) => element_of(a).or_else(|| element_of(b)),
        AtomQuery::Or(a, b) => element_of(a).filter(|found| element_of(b) == Some(*found)),
        AtomQuery::Primitive(_) | AtomQuery::Not(_) => None,
    }
}

/// The narrowest bond order that a bond of a pattern must have.
fn order_of(query: &BondQuery) -> Order {
    match query {
        BondQuery::Primitive(primitive) => match primitive {
            BondPrimitive::Single => Order::Single,
            BondPrimitive::Double => Order::Double,
            BondPrimitive::Triple => Order::Triple,
            BondPrimitive::Aromatic => Order::Aromatic,
            _ => Order::Any,
        },
        BondQuery::Any => Order::SingleOrAromatic,
        BondQuery::And(a, b) => match order_of(a) {
            Order::Any => order_of(b),
            order => order,
        },
        BondQuery::Or(..) | BondQuery::Not(_) => Order::Any,
    }
}

#[cfg(test)]
mod tests {
    use chematic::smarts::parse_smarts;

    use super::*;

    #[track_caller]
    fn check(smarts: &str, smiles: &str, expected: bool) {
        let graph = chematic::smiles::parse(smiles).unwrap();
        let counts = Counts::new(&chematic::chem::add_hydrogens(&graph));
        let needs = Needs::new(&parse_smarts(smarts).unwrap());
        assert_eq!(
            needs.is_some_and(|needs| needs.are_met(&counts)),
            expected,
            "{smarts}"
        );
    }

    #[test]
    fn needs_are_counted() {
        check("CN", "CCN", true);
        check("CN", "CCO", false);
        check("C=N", "CCN", false);
        check("[#6]~[#7]", "CC=N", true);
        check("[#6]=&!@[#7]", "CC=N", true);
        check("cN", "Nc1ccccc1", true);
        check("c:c:c", "CCC", false);
        check("[C,N]=O", "CC=O", true);
        check("[$([#7;!H0]),$([#7](-C)-C)]-[#1]", "CN", true);
        check("[H]C([H])([#6])[F,Cl,Br,I]", "CCl", false);
        check("[#53]", "CCO", false);
        check("[#8].[#8]", "CCO", false);
    }
}
