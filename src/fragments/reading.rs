//! What a model reads in the place of a text: each token that it does not know is read as one alike
//! (`[C@@H]` as `C`, `I` as `Br`); what is written stays as it is.

use crate::error::{Result, bail};
use crate::tokenizer::{Cutter, Tokenizer};

/// A text as a model reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The text that the model reads.
    pub text: String,
    /// Tokens that it does not know, and what it reads for each.
    pub replaced: Vec<(String, String)>,
}

impl Reading {
    /// The reading of a text, open points of it left out.
    ///
    /// # Errors
    /// A token that has nothing alike among those of the model.
    pub fn new(tokenizer: &Tokenizer, text: &str) -> Result<Self> {
        let vocabulary = tokenizer.vocabulary();
        let mut reading = Self {
            text: String::new(),
            replaced: Vec::new(),
        };
        for piece in Cutter::Atomwise.pieces(text)? {
            if vocabulary.id(piece).is_some() || piece.contains('*') {
                if !piece.contains('*') {
                    reading.text += piece;
                }
                continue;
            }
            let known = |other: &&str| other.is_empty() || vocabulary.id(other).is_some();
            let Some(other) = alike(piece).into_iter().find(|other| known(&&**other)) else {
                bail!(
                    Setting,
                    "the model does not know the token `{piece}` of `{text}`, and nothing like it: train one on \
                     molecules that have it, or fine-tune this one"
                );
            };
            reading.text += &other;
            reading.replaced.push((piece.to_owned(), other));
        }
        Ok(reading)
    }
}

/// Tokens like this one, the most alike first.
fn alike(piece: &str) -> Vec<String> {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    if matches!(piece, "/" | "\\" | "-" | ":") {
        return texts(&[""]);
    }
    if piece.starts_with(|sign: char| sign == '%' || sign.is_ascii_digit())
        || "()=#.".contains(piece)
    {
        return Vec::new();
    }
    let inside = piece.trim_start_matches('[').trim_end_matches(']');
    let inside = inside.trim_start_matches(|sign: char| sign.is_ascii_digit());
    let inside = inside
        .split(':')
        .next()
        .unwrap_or_default()
        .replace('@', "");
    let symbol: String = inside
        .chars()
        .enumerate()
        .take_while(|(place, letter)| *place == 0 || letter.is_ascii_lowercase())
        .map(|(_, letter)| letter)
        .collect();
    let mut all = vec![format!("[{inside}]"), symbol.clone()];
    let others: &[&str] = match &*symbol {
        "I" | "At" => &["Br", "Cl", "F", "C"],
        "Br" => &["Cl", "F", "C"],
        "Cl" => &["F", "Br", "C"],
        "F" => &["Cl", "C"],
        "Se" | "Te" => &["S", "O", "C"],
        "S" => &["O", "C"],
        "P" | "As" => &["S", "N", "C"],
        "se" | "te" => &["s", "o"],
        "s" => &["o", "c"],
        "o" | "n" | "p" | "b" => &["n", "c"],
        _ => &["C"],
    };
    all.extend(others.iter().map(|other| (*other).to_owned()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::Vocabulary;

    #[test]
    fn unknown_tokens_are_read_as_like_ones() {
        let molecules = ["CCOBr", "c1ccccc1N[nH]", "(=)"];
        let tokenizer = Tokenizer::atomwise(Vocabulary::from_molecules(molecules.into_iter()));
        for (text, expected) in [
            ("CCO", "CCO"),
            ("C[C@@H](I)O", "CC(Br)O"),
            ("C/C=C\\F", "CC=CC"),
            ("c1cc[nH]c1", "c1cc[nH]c1"),
            ("C[N+](C)C", "CN(C)C"),
            ("[*:1]c1cc[n+]cc1", "c1ccccc1"),
            ("[13CH3]O", "CO"),
        ] {
            assert_eq!(
                Reading::new(&tokenizer, text).unwrap().text,
                expected,
                "{text}"
            );
        }
        let error = Reading::new(&tokenizer, "C%10CC%10")
            .unwrap_err()
            .to_string();
        assert!(error.contains("`%10`"), "{error}");
    }
}
