//! The reason for which a token may not follow, as a sentence for people who read along.
//!
//! Asked about refused tokens only, one at a time: sampling wants the verdict, not the reason.

use super::state::{Last, State};
use super::{Grammar, Piece};
use crate::tokenizer::{EOS, TokenId};

impl Grammar {
    /// The reason for which a token may not follow; `None` where it may.
    pub fn refusal(&self, state: &State, token: TokenId) -> Option<String> {
        if self.next(state, token).is_some() {
            return None;
        }
        if token == EOS {
            return Some(no_end(state));
        }
        let pieces = self.tokens.get(usize::from(token.0));
        let Some(pieces) = pieces.filter(|pieces| !pieces.is_empty()) else {
            return Some("no molecule is written with it".to_owned());
        };
        let mut read = state.clone();
        for piece in pieces {
            let before = read.clone();
            if !read.read(*piece) {
                return Some(no_piece(&before, *piece).to_owned());
            }
        }
        let closes = read.rings.is_empty() || read.has_room_on_the_way();
        Some(if closes {
            "an aromatic atom could not be given its bonds any more".to_owned()
        } else {
            format!("{} could not be closed any more", read.first_ring())
        })
    }
}

impl State {
    /// Ring numbers that are open, in the order in which they were written.
    pub fn open_rings(&self) -> Vec<u32> {
        self.rings.iter().map(|ring| ring.number).collect()
    }

    /// The number of branches that are open.
    pub fn open_branches(&self) -> usize {
        self.branches.len()
    }

    fn first_ring(&self) -> String {
        let number = self.rings.first().map_or(0, |ring| ring.number);
        format!("ring {number}")
    }
}

/// The reason for which a text may not end.
fn no_end(state: &State) -> String {
    match state.last {
        Last::Start => "nothing is written yet".to_owned(),
        Last::Bond | Last::FirstBond => "a bond waits for its atom".to_owned(),
        Last::Open => "a branch has just begun".to_owned(),
        Last::Gap => "another molecule must follow the dot".to_owned(),
        Last::Atom if !state.branches.is_empty() => "a branch is open".to_owned(),
        Last::Atom if !state.rings.is_empty() => format!("{} is open", state.first_ring()),
        Last::Atom if state.grows.is_some() => {
            "the structure must grow at its open point".to_owned()
        }
        Last::Atom => "an aromatic atom lacks its bonds".to_owned(),
    }
}

/// The reason for which a piece may not follow.
fn no_piece(state: &State, piece: Piece) -> &'static str {
    const FULL: &str = "the atom before has no bond left";
    match (piece, state.last) {
        (Piece::Never, _) => "no molecule is written with it",
        (Piece::Atom(_), _) => {
            let mut alone = state.clone();
            alone.pending = None;
            if alone.read(piece) && state.pending.is_some() {
                "the atom cannot have a bond of this order"
            } else if state.current_has_room() {
                "the atom cannot have another bond"
            } else {
                FULL
            }
        }
        (Piece::Bond(_), Last::Bond | Last::FirstBond) => "a bond is written already",
        (Piece::Bond(_), Last::Start | Last::Gap) => "a bond follows an atom",
        (Piece::Bond(_), _) => "the atom before cannot have such a bond",
        (Piece::Open, Last::Atom) | (Piece::Ring(_), Last::Atom | Last::Bond)
            if !state.current_has_room() =>
        {
            FULL
        }
        (Piece::Open, _) => "a branch begins after an atom",
        (Piece::Close, Last::Atom) => "no branch is open",
        (Piece::Close, _) => "a branch ends after an atom",
        (Piece::Ring(number), Last::Atom | Last::Bond) => {
            let open = state.rings.iter().find(|ring| ring.number == number);
            match open {
                Some(ring) if Some(ring.atom) == state.current => "the ring would have one atom",
                Some(ring)
                    if state
                        .current
                        .is_some_and(|at| state.are_joined(ring.atom, at)) =>
                {
                    "both atoms are bonded already"
                }
                Some(_) => "the atoms cannot have this bond",
                None => FULL,
            }
        }
        (Piece::Ring(_), _) => "a ring number follows an atom",
        (Piece::Gap, Last::Atom) => "it is to be one molecule",
        (Piece::Gap, _) => "a dot follows an atom",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::{Tokenizer, Vocabulary};

    #[track_caller]
    fn check(text: &str, token: &str, expected: Option<&str>) {
        let molecules = [
            "[Br-].C1CC=C#N",
            "c1cc[nH]c1",
            "C(F)Cl.C%12CC%12",
            "CS(=O)(=O)C",
        ];
        let tokenizer = Tokenizer::atomwise(Vocabulary::from_molecules(molecules.into_iter()));
        let grammar = Grammar::new(&tokenizer);
        let state = grammar.after(text).unwrap();
        let id = tokenizer.vocabulary().id(token).unwrap();
        let why = grammar.refusal(&state, id);
        assert_eq!(why.as_deref(), expected, "{text} {token}");
        assert_eq!(why.is_none(), grammar.next(&state, id).is_some());
    }

    #[test]
    fn a_refused_token_has_its_reason() {
        check("CC", "C", None);
        check("", "[EOS]", Some("nothing is written yet"));
        check("C1CC", "[EOS]", Some("ring 1 is open"));
        check("C(C", "[EOS]", Some("a branch is open"));
        check("C=", "[EOS]", Some("a bond waits for its atom"));
        check("C(", "[EOS]", Some("a branch has just begun"));
        check("C.", "[EOS]", Some("another molecule must follow the dot"));
        check("CC", "[BOS]", Some("no molecule is written with it"));
        check("CC", ")", Some("no branch is open"));
        check("C=", "=", Some("a bond is written already"));
        check("F", "=", Some("the atom before cannot have such a bond"));
        check("CF", "C", Some("the atom before has no bond left"));
        check("C=", "F", Some("the atom cannot have a bond of this order"));
        check("C", "[Br-]", Some("the atom cannot have another bond"));
        check("CF", "(", Some("the atom before has no bond left"));
        check("C(", "(", Some("a branch begins after an atom"));
        check("C1", "1", Some("the ring would have one atom"));
        check("C1C", "1", Some("both atoms are bonded already"));
        check("C(", "1", Some("a ring number follows an atom"));
        check("C1", "F", Some("ring 1 could not be closed any more"));
        check("c1ccc", "[nH]", None);
    }

    #[test]
    fn the_state_tells_what_is_open() {
        let tokenizer = Tokenizer::atomwise(Vocabulary::from_molecules(["C"].into_iter()));
        let state = Grammar::new(&tokenizer).after("C2CC(C(N%10").unwrap();
        assert_eq!(
            (state.open_rings(), state.open_branches()),
            (vec![2, 10], 2)
        );
    }
}
