//! The grammar against the verdicts of the chemistry room.

use super::*;
use crate::chem::{Molecule, randomize};

/// Draws numbers from `0..bound`.
fn random() -> impl FnMut(usize) -> usize {
    let mut state = 1_u64;
    move |bound| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % bound
    }
}

/// The number of bytes after which the text cannot go on; the length plus one where it may not end.
fn refused(smiles: &str) -> Option<usize> {
    let mut state = State::new(["->", "<-", "~"].iter().any(|bond| smiles.contains(bond)));
    let mut at = 0;
    let mut known = HashMap::new();
    for text in Cutter::Atomwise.pieces(smiles).unwrap() {
        for piece in pieces(text, &mut known) {
            if !state.read(piece) || !state.can_go_on() {
                return Some(at);
            }
        }
        at += text.len();
    }
    (!state.may_end()).then_some(smiles.len() + 1)
}

#[test]
fn no_token_of_a_molecule_is_refused() {
    let mut below = random();
    let mut read = 0;
    let mut wrong = Vec::new();
    for (file, step) in [
        (include_str!("../../data/test.csv"), 5),
        (include_str!("../../data/natural_products.csv"), 5),
        (include_str!("../../tests/data/drugs.csv"), 1),
        (include_str!("../../tests/data/salts.csv"), 1),
        (include_str!("../../tests/data/unusual_elements.csv"), 1),
    ] {
        for smiles in file.lines().skip(1).step_by(step) {
            let Ok(molecule) = Molecule::parse(smiles) else {
                continue;
            };
            let canonical = molecule.canonical();
            if refused(canonical).is_some() {
                wrong.push(canonical.to_owned());
            }
            read += 1;
            let other = randomize(canonical, &mut below);
            wrong.extend(other.filter(|other| refused(other).is_some()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(read > 4_000, "{read}");
}

#[test]
fn what_no_molecule_begins_with_is_refused_at_its_token() {
    #[track_caller]
    fn check(smiles: &str, at: usize) {
        assert_eq!(refused(smiles), Some(at), "{smiles}");
    }
    check(")C", 0);
    check("C(C))C", 4);
    check("C()C", 2);
    check("C==C", 2);
    check("C=(C)C", 2);
    check("C=", 3);
    check("C(C", 4);
    check("C1CC", 5);
    check("C11", 2);
    check("C1C1", 3);
    check("C(C)(C)(C)(C)C", 13);
    check("O=C=O=C", 5);
    check("CF(C)", 2);
    check("FC1(F)F", 6);
    check("c1cccc1C", 7);
    check("c1cccc1", 8);
    check("n1cccc1C", 7);
    check("[nH]1ccccc1C", 11);
    check("cC", 1);
    check("c1ccccc1cC", 9);
    check("c1ccccc1(C)C", 11);
    check("C.", 3);
    check("C(=1)C", 3);
    check("C=1CC-1", 6);
}

/// The end of a chain of tokens, each drawn from those that may follow, after some of them one that
/// closes what is open.
fn walk(
    grammar: &Grammar,
    tokens: usize,
    below: &mut impl FnMut(usize) -> usize,
) -> (Vec<TokenId>, State) {
    let (mut written, mut state) = (Vec::new(), State::default());
    while written.len() < 60 {
        let closing = written.len() >= 12;
        let mut followers: Vec<(TokenId, State)> = (usize::from(EOS.0) + 1..tokens)
            .map(|id| TokenId(id as u16))
            .filter_map(|token| Some((token, grammar.next(&state, token)?)))
            .collect();
        if closing {
            let least = followers.iter().map(|(_, next)| next.open_ends()).min();
            followers.retain(|(_, next)| Some(next.open_ends()) == least);
        }
        if followers.is_empty() || closing && state.may_end() {
            break;
        }
        let (token, next) = followers.swap_remove(below(followers.len()));
        written.push(token);
        state = next;
    }
    (written, state)
}

#[test]
fn what_the_grammar_writes_is_a_molecule() {
    let molecules = [
        "CC(=O)N1CC2CCC1C2",
        "c1ccc2[nH]cnc2c1",
        "N#Cc1ccc(F)n1",
        "c1ccoc1",
    ];
    let vocabulary = crate::tokenizer::Vocabulary::from_molecules(molecules.into_iter());
    let tokenizer = Tokenizer::atomwise(vocabulary);
    let grammar = Grammar::new(&tokenizer);
    let mut below = random();
    let (mut ended, mut open, mut wrong) = (0, Vec::new(), Vec::new());
    for _ in 0..3_000 {
        let (tokens, state) = walk(&grammar, tokenizer.vocabulary().len(), &mut below);
        let text = tokenizer.decode(&tokens);
        if !state.may_end() {
            open.push(text);
        } else if let Err(invalid) = Molecule::parse(&text) {
            wrong.push(format!("{text} {invalid}"));
        } else {
            ended += 1;
        }
    }
    let some = |texts: &[String]| {
        texts
            .iter()
            .take(20)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(
        open.len() * 2 < ended,
        "{} open, {ended} good:\n{}",
        open.len(),
        some(&open)
    );
    assert!(
        wrong.len() * 100 < ended,
        "{} wrong, {ended} good:\n{}",
        wrong.len(),
        some(&wrong)
    );
}
