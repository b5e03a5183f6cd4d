//! Symbols of atoms in a block.

use chematic::core::Element;

/// The atom that a symbol stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Symbol {
    /// Atomic number, 0 for a wildcard.
    pub(super) number: u8,
    pub(super) isotope: u32,
}

/// Symbols of queries: any atom, any but carbon and hydrogen, halogen, metal, each also with
/// hydrogen, lone pairs, points of attachment, polymers, and the groups that a search may name.
const WILDCARDS: &[&str] = &[
    "*", "A", "AH", "Q", "QH", "X", "XH", "M", "MH", "L", "LP", "R", "R#", "Pol", "Mod", "G", "GH",
    "ABC", "ABH", "ACH", "ACY", "AEH", "AEL", "AHC", "AHH", "ALH", "ALK", "AOH", "AOX", "ARH",
    "ARY", "AYH", "AYL", "CAH", "CAL", "CBC", "CBH", "CEH", "CEL", "CHC", "CHH", "CXH", "CXX",
    "CYC", "CYH", "HAH", "HAR",
];

/// Reads a symbol. A query is a wildcard, as in RDKit's SMILES.
pub(super) fn read(symbol: &str) -> Result<Symbol, String> {
    let found = |number, isotope| Ok(Symbol { number, isotope });
    match symbol {
        "D" => return found(1, 2),
        "T" => return found(1, 3),
        _ if WILDCARDS.contains(&symbol) => return found(0, 0),
        _ => {}
    }
    // A numbered point of attachment has its number for an isotope.
    if let Some(label) = symbol.strip_prefix('R')
        && label.starts_with(|first: char| first.is_ascii_digit())
    {
        return found(0, label.parse().unwrap_or(0));
    }
    let mut spelled = symbol.to_owned();
    if spelled.len() == 2 && spelled.starts_with(|first: char| first.is_ascii_uppercase()) {
        spelled.make_ascii_lowercase();
        spelled[..1].make_ascii_uppercase();
    }
    match Element::from_symbol(&spelled) {
        Some(element) if element.symbol() == spelled => found(element.atomic_number(), 0),
        _ => Err(format!("`{symbol}` is no element")),
    }
}

/// The mass number of the commonest isotope of an element, from which old blocks count.
pub(super) fn commonest_isotope(number: u8) -> u32 {
    const COMMONEST: [u16; 119] = [
        0, 1, 4, 7, 9, 11, 12, 14, 16, 19, 20, 23, 24, 27, 28, 31, 32, 35, 40, 39, 40, 45, 48, 51,
        52, 55, 56, 59, 58, 63, 64, 69, 74, 75, 80, 79, 84, 85, 88, 89, 90, 93, 98, 97, 102, 103,
        106, 107, 114, 115, 120, 121, 130, 127, 132, 133, 138, 139, 140, 141, 142, 145, 152, 153,
        158, 159, 164, 165, 166, 169, 174, 175, 180, 181, 184, 187, 192, 193, 195, 197, 202, 205,
        208, 209, 209, 210, 222, 223, 226, 227, 232, 231, 238, 236, 238, 241, 243, 247, 249, 252,
        257, 258, 259, 262, 267, 268, 271, 270, 269, 278, 281, 281, 285, 284, 289, 288, 293, 292,
        294,
    ];
    COMMONEST
        .get(usize::from(number))
        .map_or(0, |mass| (*mass).into())
}
