//! The regular expression of SMILES tokens.
//!
//! The pattern of Schwaller et al. 2019 (Molecular Transformer, doi:10.1021/acscentsci.9b00576),
//! given alternative by alternative. It knows the alphabet of SMILES, not its grammar: `C(` has two
//! good tokens and is no molecule.

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

use crate::text::caret;

/// The alternatives in the order that they are tried: (regular expression, what it matches).
///
/// Three departures from the published pattern: `Br` and `Cl` are whole words instead of `Br?` and
/// `Cl?` (boron and carbon have their own row), a bracket atom may not contain another `[`, and a
/// dative bond is a token.
pub const ALTERNATIVES: &[(&str, &str)] = &[
    (r"\[[^\[\]]+\]", "a bracket atom, whole: [nH], [C@@H], [O-]"),
    (r"Br", "bromine, before boron"),
    (r"Cl", "chlorine, before carbon"),
    (r"[BCNOPSFI]", "the other atoms that need no brackets"),
    (r"[bcnops]", "the aromatic atoms that need no brackets"),
    (r"\*", "an unknown atom"),
    (r"%[0-9]{2}", "a ring closure of two digits: %10"),
    (r"%\([0-9]{1,5}\)", "a ring closure of more digits: %(100)"),
    (r"[0-9]", "a ring closure of one digit"),
    (r"[()]", "the start and the end of a branch"),
    (r"\.", "the gap between two components"),
    (
        r"->|<-",
        "a dative bond, to a metal and from it; RDKit writes such",
    ),
    (
        r"[-=#$:~]",
        "a bond: single, double, triple, quadruple, aromatic, any",
    ),
    (r"[/\\]", "a bond beside a double bond, with direction"),
    (r">>?", "the arrow of a reaction, or one half of it"),
    (
        r"[+@?]",
        "signs of the published pattern that molecules have in brackets only",
    ),
];

/// `ALTERNATIVES` joined, compiled once.
static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    let alternatives: Vec<&str> = ALTERNATIVES.iter().map(|(regex, _)| *regex).collect();
    Regex::new(&alternatives.join("|")).expect("the pattern is a constant that tests compile")
});

/// Text that no alternative of the pattern matches.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct TokenizeError {
    /// Byte offset of the first character that belongs to no token.
    pub position: usize,
    /// The whole text.
    pub text: String,
}

impl TokenizeError {
    /// The fault in one line; the error itself shows the place in the text, on two more.
    pub fn sentence(&self) -> String {
        let rest = self.text.get(self.position..);
        let fault = match rest.and_then(|rest| rest.chars().next()) {
            Some('[') => "bracket atom without an end".to_owned(),
            Some(character) => format!("{character:?} is not part of any SMILES token"),
            None => "unexpected end".to_owned(),
        };
        format!("{fault} at byte {}", self.position)
    }
}

impl fmt::Display for TokenizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = caret(&self.text, self.position);
        write!(f, "{}\n{place}", self.sentence())
    }
}

/// The atoms, bonds, branches and ring closures of a SMILES string, each a piece; joined, they are
/// the string again.
///
/// # Errors
/// [`TokenizeError`] at the first character that belongs to no piece: nothing is dropped silently.
pub(super) fn atomwise(smiles: &str) -> Result<Vec<&str>, TokenizeError> {
    let mut tokens = Vec::with_capacity(smiles.len());
    let mut end = 0;
    for found in PATTERN.find_iter(smiles) {
        // The search skips what it cannot match: a gap before a match is such text.
        if found.start() != end {
            break;
        }
        tokens.push(found.as_str());
        end = found.end();
    }
    if end == smiles.len() {
        Ok(tokens)
    } else {
        Err(TokenizeError {
            position: end,
            text: smiles.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(smiles: &str, expected: &str) {
        let tokens = atomwise(smiles).expect("tokens");
        assert_eq!(tokens.join(" "), expected);
    }

    #[track_caller]
    fn check_error(smiles: &str, position: usize) {
        assert_eq!(atomwise(smiles).expect_err("no token").position, position);
    }

    #[test]
    fn cuts_molecules_into_tokens() {
        check("", "");
        check("CCO", "C C O");
        check("BrCCl", "Br C Cl");
        check("BC", "B C");
        check("c1ccc2[nH]ccc2c1", "c 1 c c c 2 [nH] c c c 2 c 1");
        check("C[C@@H](N)C(=O)[O-]", "C [C@@H] ( N ) C ( = O ) [O-]");
        check("F/C=C\\F", "F / C = C \\ F");
        check("C%12CC%12", "C %12 C C %12");
        check("C%(100)C", "C %(100) C");
        check("C%123", "C %12 3");
        check("[Na+].[Cl-]", "[Na+] . [Cl-]");
        check("[13CH4]", "[13CH4]");
        check("*C#N", "* C # N");
        check("C>>O", "C >> O");
        check("[O]->[Fe]<-[N]", "[O] -> [Fe] <- [N]");
        check("[O-]-[Fe]", "[O-] - [Fe]");
        check("Sc", "S c");
        check("Cn", "C n");
    }

    #[test]
    fn names_the_first_character_outside_every_token() {
        check_error("X", 0);
        check_error("CCX", 2);
        check_error("CC O", 2);
        check_error("C[nH", 1);
        check_error("C[]C", 1);
        check_error("C]", 1);
        check_error("C%1", 1);
        check_error("C\u{e9}C", 1);
        check_error("C\n", 1);
        check_error("[C[C]", 0);
    }

    #[test]
    fn draws_a_caret_under_the_place() {
        let error = atomwise("CCXC").expect_err("no token");
        assert_eq!(
            error.to_string(),
            "'X' is not part of any SMILES token at byte 2\n  CCXC\n    ^"
        );
        let error = atomwise("C[nH").expect_err("no token");
        assert_eq!(
            error.to_string(),
            "bracket atom without an end at byte 1\n  C[nH\n   ^"
        );
        let long = format!("{}!{}", "C".repeat(100), "C".repeat(100));
        let message = atomwise(&long).expect_err("no token").to_string();
        let lines: Vec<&str> = message.lines().collect();
        assert!(message.len() < 250, "{message}");
        assert_eq!(lines[1].find('!'), lines[2].find('^'));
    }

    #[test]
    fn every_alternative_is_reached() {
        let samples = "[nH]BrClBCc*%10%(100)1(.->=/>>+";
        let tokens = atomwise(samples).expect("tokens");
        // Each token belongs to the first alternative that is the whole of it.
        let whole =
            |(regex, _): &(&str, &str)| Regex::new(&format!("^(?:{regex})$")).expect("compiles");
        let alternatives: Vec<Regex> = ALTERNATIVES.iter().map(whole).collect();
        let first = |token: &&str| alternatives.iter().position(|regex| regex.is_match(token));
        let reached: BTreeSet<usize> = tokens.iter().filter_map(first).collect();
        for (index, (_, meaning)) in ALTERNATIVES.iter().enumerate() {
            assert!(reached.contains(&index), "{meaning}");
        }
    }

    /// Text of SMILES characters, grammatical or not.
    fn smiles_text() -> impl Strategy<Value = String> {
        r"(\[[a-zA-Z0-9@+\-]{1,6}\]|Br|Cl|[BCNOPSFIbcnops*0-9().=#$:~/\\-]|%[0-9]{2}){0,40}"
    }

    proptest! {
        #[test]
        fn tokens_concatenated_are_the_text(smiles in smiles_text()) {
            prop_assert_eq!(atomwise(&smiles).expect("tokens").concat(), smiles);
        }

        #[test]
        fn any_text_is_tokens_or_an_error_at_a_character(text in any::<String>()) {
            match atomwise(&text) {
                Ok(tokens) => prop_assert_eq!(tokens.concat(), text),
                Err(error) => {
                    prop_assert!(text.is_char_boundary(error.position));
                    prop_assert!(atomwise(&text[..error.position]).is_ok());
                    prop_assert!(error.to_string().contains('^'));
                }
            }
        }
    }
}
