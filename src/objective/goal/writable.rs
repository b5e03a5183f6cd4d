//! What a goal asks for that a model cannot write.

use super::{Goal, Measure, Part};
use crate::model::Model;
use crate::tokenizer::{Cutter, TokenId};

impl Goal {
    /// For each part that names molecules or a formula, the tokens and elements in them that the model does
    /// not know, in order; parts that it can write are left out.
    pub fn unwritable(&self, model: &Model) -> Vec<(&str, Vec<String>)> {
        let of = |part: &'_ Part| missing(part, model);
        let parts = self.parts.iter().map(|part| (&*part.name, of(part)));
        parts.filter(|(_, missing)| !missing.is_empty()).collect()
    }
}

fn missing(part: &Part, model: &Model) -> Vec<String> {
    let tokenizer = model.tokenizer();
    let mut missing: Vec<String> = Vec::new();
    if let Measure::Formula(elements) = &part.measure {
        let tokens = || tokenizer.vocabulary().tokens().iter().enumerate();
        let written = || tokens().filter(|(id, _)| tokenizer.writes(TokenId(*id as u16)));
        let atoms = || written().filter_map(|(_, token)| Cutter::Atomwise.pieces(token).ok());
        let known = |symbol: &str| atoms().flatten().any(|piece| is_atom_of(piece, symbol));
        let symbols = elements.iter().map(|(symbol, _)| symbol);
        let unknown = symbols.filter(|symbol| *symbol != "H" && !known(symbol));
        missing.extend(unknown.map(str::to_owned));
    }
    for target in &part.targets {
        for piece in Cutter::Atomwise.pieces(target).unwrap_or_default() {
            if tokenizer.id_of_piece(piece).is_none() && !missing.iter().any(|known| known == piece)
            {
                missing.push(piece.to_owned());
            }
        }
    }
    missing
}

/// Whether a token is an atom of this element: `Cl`, `[Cl-]`, `[37Cl]`.
fn is_atom_of(token: &str, symbol: &str) -> bool {
    let Some(inside) = token.strip_prefix('[') else {
        return token == symbol;
    };
    let atom = inside.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let rest = atom.strip_prefix(symbol);
    rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_model_cannot_write_is_named() {
        let model = Model::randomized().unwrap();
        let of = |word: &str| {
            let goal = Goal::named(word).unwrap();
            let missing = goal.unwritable(&model).into_iter();
            missing
                .map(|(part, missing)| (part.to_owned(), missing))
                .collect::<Vec<_>>()
        };
        let phosphorus = vec!["P".to_owned()];
        let expected = vec![("formula C9H10N2O2PF2Cl".to_owned(), phosphorus)];
        assert_eq!(of("isomers_c9h10n2o2pf2cl"), expected);
        assert_eq!(of("isomers_c7h8n2o2"), []);
        assert_eq!(of("celecoxib_rediscovery"), []);
        for (token, symbol, is) in [
            ("Cl", "Cl", true),
            ("Cl", "C", false),
            ("[37Cl-]", "Cl", true),
            ("[Cl-]", "C", false),
            ("[CH2]", "C", true),
            ("(", "C", false),
        ] {
            assert_eq!(is_atom_of(token, symbol), is, "{token} {symbol}");
        }
    }
}
