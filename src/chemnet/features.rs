//! SMILES to the symbols that ChemNet reads, exactly as `fcd_torch` 1.0.7 cuts them.
//!
//! That includes what looks odd: only text before the first `.` is read, a letter followed by `r`,
//! `i` or `l` is one symbol, and anything unknown is the symbol `X`.

/// Positions of the input.
pub(super) const LENGTH: usize = 350;

/// Symbols in the order of the input channels.
const SYMBOLS: [&str; 35] = [
    "C", "N", "O", "H", "F", "Cl", "P", "B", "Br", "S", "I", "Si", "#", "(", ")", "+", "-", "1",
    "2", "3", "4", "5", "6", "7", "8", "=", "[", "]", "@", "c", "n", "o", "s", "X", ".",
];

/// Input channels.
pub(super) const CHANNELS: usize = SYMBOLS.len();

/// The value of a position in its symbol's channel; all other channels are 0.
pub(super) const VALUE: f32 = 1.0 / CHANNELS as f32;

/// Channel of unknown symbols.
const UNKNOWN: u8 = 33;

/// Channel of the end.
const END: u8 = 34;

/// The channels of a SMILES string, the end included: at most [`LENGTH`]. Positions after them are
/// zero in every channel.
pub(super) fn channels(smiles: &str) -> Vec<u8> {
    let mut found = Vec::with_capacity(smiles.len() + 1);
    let mut rest = smiles;
    loop {
        let mut characters = rest.char_indices().map(|(at, _)| at).skip(1);
        let (first, second) = (characters.next(), characters.next());
        let two = first.is_some_and(|at| rest[at..].starts_with(['r', 'i', 'l']));
        let end = if two { second } else { first }.unwrap_or(rest.len());
        let (symbol, after) = rest.split_at(end);
        let channel = SYMBOLS.iter().position(|known| *known == symbol);
        found.push(channel.map_or(UNKNOWN, |channel| channel as u8));
        if after.is_empty() || after.starts_with('.') || found.len() == LENGTH - 1 {
            found.push(END);
            return found;
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(smiles: &str, expected: &[&str]) {
        let found: Vec<&str> = channels(smiles)
            .iter()
            .map(|channel| SYMBOLS[usize::from(*channel)])
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn symbols() {
        check("C", &["C", "."]);
        check("CCl", &["C", "Cl", "."]);
        check("[Si]Br", &["[", "Si", "]", "Br", "."]);
        check("[Na+].[Cl-]", &["[", "N", "X", "+", "]", "."]);
        check("[Al]/9%", &["[", "X", "]", "X", "X", "X", "."]);
        check("c1[nH]1", &["c", "1", "[", "n", "H", "]", "1", "."]);
        check("é", &["X", "."]);
    }

    #[test]
    fn long_strings_are_cut() {
        for (length, expected) in [(348, 349), (349, 350), (350, 350), (4_000, 350)] {
            let found = channels(&"C".repeat(length));
            assert_eq!(found.len(), expected);
            assert_eq!(found.last(), Some(&END));
        }
    }
}
