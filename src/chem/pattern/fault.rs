//! Reading a pattern, and the place of what is wrong with a text that is none.
//!
//! The chemistry crate's parser names a fault, but not always its place: that is where the longest
//! beginning ends that more text could make a pattern of.

use chematic::smarts::{QueryMolecule, parse_smarts};

use crate::text::caret;

/// Length of the longest pattern that is read, in bytes: reading and matching recurse.
const MAX_LENGTH: usize = 2_000;
/// Deepest nesting of parentheses and brackets that is read.
const MAX_DEPTH: usize = 100;

/// A text that is not a SMARTS pattern: the reason and the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PatternError {
    /// Byte offset of the fault in the text; its length where text is missing at the end.
    pub position: usize,
    /// Description: one sentence without full stop.
    pub message: String,
}

impl PatternError {
    fn new(position: usize, message: impl Into<String>) -> Self {
        Self {
            position,
            message: message.into(),
        }
    }

    /// The message, and below it the text with a caret under the place of the fault.
    pub fn explain(&self, smarts: &str) -> String {
        format!("{self}\n{}", caret(smarts, self.position))
    }
}

/// Reads a pattern.
///
/// # Errors
/// [`PatternError`] for text that is not a pattern.
pub(super) fn read(smarts: &str) -> Result<QueryMolecule, PatternError> {
    if smarts.is_empty() {
        return Err(PatternError::new(0, "the pattern is empty"));
    }
    if smarts.len() > MAX_LENGTH {
        let message = format!("the pattern is longer than {MAX_LENGTH} bytes");
        return Err(PatternError::new(MAX_LENGTH, message));
    }
    if let Some(place) = too_deep(smarts) {
        let message = format!("more than {MAX_DEPTH} parentheses and brackets are open here");
        return Err(PatternError::new(place, message));
    }
    let query = parsed(smarts).ok_or_else(|| fault(smarts))?;
    loose(smarts).map_or(Ok(query), |place| Err(unexpected(smarts, place)))
}

/// The place of what the chemistry crate passes over and RDKit refuses: an empty branch, a bond
/// before a branch, a sign between bonds without a bond after it.
fn loose(smarts: &str) -> Option<usize> {
    let bytes = smarts.as_bytes();
    let is_bond = |byte: u8| b"-=#:~@$/\\!<>".contains(&byte);
    let mut open = Vec::new();
    let mut bond = false;
    let mut empty = false;
    for (at, &byte) in bytes.iter().enumerate() {
        let in_atom = open.last() == Some(&b'[');
        let next = bytes.get(at + 1).copied().unwrap_or(b' ');
        match byte {
            b'(' if !in_atom && bond => return Some(at),
            b')' if empty => return Some(at),
            b'&' | b',' | b';' if !in_atom && !is_bond(next) => return Some(at),
            _ => {}
        }
        bond = !in_atom && is_bond(byte);
        empty = byte == b'(' || (empty && (bond || b"&,;".contains(&byte)));
        match byte {
            b'(' | b'[' => open.push(byte),
            b')' | b']' => drop(open.pop()),
            _ => {}
        }
    }
    None
}

/// The pattern, if the whole text is one.
fn parsed(smarts: &str) -> Option<QueryMolecule> {
    parse_smarts(smarts).ok()
}

/// The place from which on more than [`MAX_DEPTH`] parentheses and brackets are open.
fn too_deep(smarts: &str) -> Option<usize> {
    let mut open = 0_usize;
    smarts.bytes().position(|byte| {
        match byte {
            b'(' | b'[' => open += 1,
            b')' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
        open > MAX_DEPTH
    })
}

/// What is wrong with a text that is not a pattern.
fn fault(smarts: &str) -> PatternError {
    let ends: Vec<usize> = smarts.char_indices().map(|(at, _)| at).skip(1).collect();
    let fitting = ends.partition_point(|&end| may_go_on(&smarts[..end]));
    let Some(&next) = ends.get(fitting) else {
        if may_go_on(smarts) {
            return unfinished(smarts);
        }
        let last = smarts.char_indices().next_back();
        return unexpected(smarts, last.map_or(0, |(at, _)| at));
    };
    let place = if fitting == 0 { 0 } else { ends[fitting - 1] };
    debug_assert!(place < next);
    unexpected(smarts, place)
}

/// The fault of a character that no pattern has there.
fn unexpected(smarts: &str, place: usize) -> PatternError {
    let symbol = smarts[place..].chars().next().unwrap_or(' ');
    let message = match symbol {
        ')' => "this parenthesis closes none".to_owned(),
        ']' => "this bracket closes no atom".to_owned(),
        symbol if symbol.is_whitespace() => "a pattern has no white space".to_owned(),
        symbol => format!("`{symbol}` cannot stand here"),
    };
    PatternError::new(place, message)
}

/// The fault of a text that is only the beginning of a pattern.
fn unfinished(smarts: &str) -> PatternError {
    let open = Open::of(smarts);
    if let Some(&(place, symbol)) = open.groups.last() {
        let what = if symbol == b'[' {
            "bracket"
        } else {
            "parenthesis"
        };
        return PatternError::new(place, format!("this {what} is never closed"));
    }
    let bond_or_part = smarts.ends_with([
        '-', '=', '#', '~', ':', '@', '!', '/', '\\', '.', '&', ',', ';', '%', '$', '>', '<',
    ]);
    match open.rings.first() {
        Some(&(place, _)) if !bond_or_part => PatternError::new(place, "this ring is never closed"),
        _ => PatternError::new(smarts.len(), "an atom is missing at the end"),
    }
}

/// Whether a text is the beginning of a pattern, as far as a few ways to go on tell.
fn may_go_on(beginning: &str) -> bool {
    /// One for each state in which a beginning may end.
    const WAYS: [&str; 9] = ["", "C", "1", "01", "(C)", "-1}", "1}", "}", ">C"];
    let open = Open::of(beginning);
    let closing: String = open
        .groups
        .iter()
        .rev()
        .map(|&(_, symbol)| if symbol == b'[' { ']' } else { ')' })
        .collect();
    WAYS.iter().any(|way| {
        let text = format!("{beginning}{way}{closing}");
        parsed(&text).is_some() || parsed(&format!("{text}{}", with_rings(&text))).is_some()
    })
}

/// Text that closes the open rings of a text.
fn with_rings(text: &str) -> String {
    let rings = Open::of(text).rings;
    let close = |text: String, (_, number): &(usize, u8)| format!("{text}*%{number:02}");
    rings.iter().fold(String::new(), close)
}

/// What is open at the end of a text.
#[derive(Default)]
struct Open {
    /// Places of parentheses and brackets, with their symbols.
    groups: Vec<(usize, u8)>,
    /// Places of ring numbers outside recursive patterns, with the numbers.
    rings: Vec<(usize, u8)>,
}

impl Open {
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut open = Self::default();
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            let bracket = open.groups.iter().any(|&(_, symbol)| symbol == b'[');
            let mut length = 1;
            match byte {
                b'(' | b'[' => open.groups.push((at, byte)),
                b')' | b']' => drop(open.groups.pop()),
                b'0'..=b'9' if !bracket => open.ring(at, byte - b'0'),
                b'%' if !bracket => {
                    if let Some(&[tens @ b'0'..=b'9', units @ b'0'..=b'9']) =
                        bytes.get(at + 1..at + 3)
                    {
                        open.ring(at, (tens - b'0') * 10 + units - b'0');
                        length = 3;
                    }
                }
                _ => {}
            }
            at += length;
        }
        open
    }

    /// Opens or closes a ring.
    fn ring(&mut self, place: usize, number: u8) {
        match self.rings.iter().position(|&(_, other)| other == number) {
            Some(index) => drop(self.rings.remove(index)),
            None => self.rings.push((place, number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(smarts: &str, position: usize, message: &str) {
        let fault = read(smarts).expect_err(smarts);
        assert_eq!(
            (fault.position, &*fault.message),
            (position, message),
            "{smarts}"
        );
    }

    #[test]
    fn faults_have_their_place() {
        check("", 0, "the pattern is empty");
        check("CC(=O", 2, "this parenthesis is never closed");
        check("C[NH", 1, "this bracket is never closed");
        check("c1ccccc", 1, "this ring is never closed");
        check("C=", 2, "an atom is missing at the end");
        check("C.", 2, "an atom is missing at the end");
        check("CC)N", 2, "this parenthesis closes none");
        check("CC]N", 2, "this bracket closes no atom");
        check("C N", 1, "a pattern has no white space");
        check("CQN", 1, "`Q` cannot stand here");
        check("CXN", 1, "`X` cannot stand here");
        check("[#]C", 2, "this bracket closes no atom");
        check("[C;$(C=)]", 7, "this parenthesis closes none");
        check("CC[$(C(=O)]N", 10, "this bracket closes no atom");
        check("c1cccc[n", 6, "this bracket is never closed");
        check("C()C", 2, "this parenthesis closes none");
        check("C(=)C", 3, "this parenthesis closes none");
        check("C~(N)O", 2, "`(` cannot stand here");
        check("C=&O", 2, "`&` cannot stand here");
        check("C\u{e9}", 1, "`\u{e9}` cannot stand here");
        let long = "C".repeat(MAX_LENGTH + 1);
        check(&long, MAX_LENGTH, "the pattern is longer than 2000 bytes");
        let deep = "C(".repeat(MAX_DEPTH + 1);
        check(
            &deep,
            201,
            "more than 100 parentheses and brackets are open here",
        );
    }

    #[test]
    fn the_place_is_shown() {
        let text = "CC(=O";
        let shown = read(text).unwrap_err().explain(text);
        assert_eq!(shown, "this parenthesis is never closed\n  CC(=O\n    ^");
    }

    /// Neither reading nor matching exhausts the stack of a thread.
    #[test]
    fn the_longest_patterns_are_read() {
        let negated = format!("[{}C]", "!".repeat(MAX_LENGTH - 3));
        let all = format!("[C{}]", "&C".repeat((MAX_LENGTH - 4) / 2));
        let bonds = format!("C-&{}-C", "!".repeat(MAX_LENGTH - 8));
        let methane = crate::chem::Molecule::parse("CCC").unwrap();
        for text in [negated, all, bonds, "C".repeat(MAX_LENGTH)] {
            let thread = std::thread::Builder::new().stack_size(2 << 20);
            let methane = methane.clone();
            let ran = thread.spawn(move || {
                crate::chem::Pattern::parse(&text).map(|found| found.matches(&methane))
            });
            assert!(ran.unwrap().join().is_ok());
        }
    }
}
