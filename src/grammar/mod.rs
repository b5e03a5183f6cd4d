//! The grammar of molecules: which tokens can follow a text that is being written.
//!
//! A token may follow if some molecule begins so: brackets, branches, ring numbers and bonds are in
//! order, no atom has more bonds than it can have, every aromatic ring can still be given single and
//! double bonds, and nothing is left open at the end. The verdicts are those of
//! [`Molecule::parse`](crate::chem::Molecule::parse), asked about each kind of atom once
//! (`atom.rs`); no molecule is parsed while one is written. Stricter than RDKit in
//! what RDKit never writes: `:` joins aromatic atoms only, and an aromatic atom has at most three
//! neighbours by single and aromatic bonds.
//!
//! Knows tokens' texts and chemistry's verdicts; nothing of models or probabilities.

mod aromatic;
mod atom;
mod state;
#[cfg(test)]
mod tests;
mod why;

use std::collections::HashMap;

use crate::tokenizer::{Cutter, EOS, TokenId, Tokenizer};
use atom::AtomRule;
use state::Order;
pub use state::State;

/// The least part of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Piece {
    Atom(AtomRule),
    Bond(Order),
    Open,
    Close,
    Ring(u32),
    Gap,
    /// A sign that no molecule has.
    Never,
}

impl Piece {
    /// The piece of this text, which the cutter has cut.
    fn read(text: &str) -> Self {
        match text {
            "(" => Self::Open,
            ")" => Self::Close,
            "." => Self::Gap,
            "-" | "/" | "\\" => Self::Bond(Order::Single),
            "=" => Self::Bond(Order::Double),
            "#" => Self::Bond(Order::Triple),
            "$" => Self::Bond(Order::Quadruple),
            ":" => Self::Bond(Order::Aromatic),
            "~" | "->" | "<-" => Self::Bond(Order::Uncounted),
            ">" | ">>" | "+" | "@" | "?" => Self::Never,
            _ if text.starts_with(|first: char| first == '%' || first.is_ascii_digit()) => {
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                digits.parse().map_or(Self::Never, Self::Ring)
            }
            _ => AtomRule::of(text).map_or(Self::Never, Self::Atom),
        }
    }
}

/// The grammar over the tokens of one vocabulary.
#[derive(Debug, Clone)]
pub struct Grammar {
    /// The pieces of each token, by its id; none for the special ones.
    tokens: Vec<Vec<Piece>>,
    /// Whether there are bonds that take no valence.
    dative: bool,
}

impl Grammar {
    /// The grammar of a tokenizer's tokens. Asks chemistry about each of its atoms, some
    /// milliseconds in all.
    pub fn new(tokenizer: &Tokenizer) -> Self {
        let mut known = HashMap::new();
        let pieces = |(id, text): (usize, &String)| {
            if id <= usize::from(EOS.0) || text.starts_with("[UNK") {
                return Vec::new();
            }
            pieces(text, &mut known)
        };
        let texts = tokenizer.vocabulary().tokens().iter();
        let tokens: Vec<Vec<Piece>> = texts.enumerate().map(pieces).collect();
        let dative = |piece: &Piece| *piece == Piece::Bond(Order::Uncounted);
        Self {
            dative: tokens.iter().flatten().any(dative),
            tokens,
        }
    }

    /// The state after a text, before which nothing is written; `None` where no molecule begins so.
    pub fn after(&self, text: &str) -> Option<State> {
        let mut state = State::new(self.dative);
        for piece in pieces(text, &mut HashMap::new()) {
            state.read(piece).then_some(())?;
        }
        state.can_go_on().then_some(state)
    }

    /// The state after a longer text than `prompt`, after which it is `state`. `None` where no molecule
    /// begins so, and where the text goes on within the prompt's last piece.
    pub fn after_more(&self, state: State, prompt: &str, text: &str) -> Option<State> {
        let mut known = HashMap::new();
        let (before, all) = (
            Cutter::Atomwise.pieces(prompt).ok()?,
            Cutter::Atomwise.pieces(text).ok()?,
        );
        all.starts_with(&before).then_some(())?;
        let mut state = state;
        for piece in pieces(&text[prompt.len()..], &mut known) {
            state.read(piece).then_some(())?;
        }
        state.can_go_on().then_some(state)
    }

    /// Of what follows a fragment that grows at its last atom, the places after which nothing is open and
    /// the last atom has room for a bond of this symbol; after at least one atom.
    pub fn ends_with_room(&self, fragment: &str, more: &str, bond: &str) -> Vec<usize> {
        let mut places = Vec::new();
        let (Some(mut state), Ok(texts)) = (self.after(fragment), Cutter::Atomwise.pieces(more))
        else {
            return places;
        };
        let mut known = HashMap::new();
        let mut at = 0;
        for text in texts {
            at += text.len();
            if !pieces(text, &mut known)
                .into_iter()
                .all(|piece| state.read(piece))
            {
                break;
            }
            if state.may_end_with(bond) {
                places.push(at);
            }
        }
        places
    }

    /// The state after another token; `None` where it may not follow. [`EOS`] follows a whole molecule.
    pub fn next(&self, state: &State, token: TokenId) -> Option<State> {
        if token == EOS {
            return state.may_end().then(|| state.clone());
        }
        let pieces = self.tokens.get(usize::from(token.0))?;
        if pieces.is_empty() {
            return None;
        }
        let mut next = state.clone();
        let good = pieces.iter().all(|piece| next.read(*piece));
        (good && next.can_go_on()).then_some(next)
    }
}

/// The pieces of a text; one that no molecule has for what is no text of SMILES.
fn pieces<'t>(text: &'t str, known: &mut HashMap<String, Piece>) -> Vec<Piece> {
    let Ok(texts) = Cutter::Atomwise.pieces(text) else {
        return vec![Piece::Never];
    };
    let read = |text: &&'t str| {
        let found = known.get(*text).copied();
        found.unwrap_or_else(|| {
            let piece = Piece::read(text);
            known.insert((*text).to_owned(), piece);
            piece
        })
    };
    texts.iter().map(read).collect()
}
