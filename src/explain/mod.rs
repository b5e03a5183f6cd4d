//! What a model expects at every token of a text, and what it computes on the way there.
//!
//! Texts in, numbers out. Any text whose tokens the model knows is explained, molecule or not.
//!
//! ```text
//! explain        every token of a text: likelihood, rank, attention, hidden states, each block's guess
//! Continuations  what may follow a text: the next token, the tree of the likeliest
//! token_map      the embeddings of all tokens in a plane
//! atoms_of, drawable   the atoms that tokens write; a molecule to draw while a text is unfinished
//! ```

mod atoms;
mod map;
mod next;
mod unfinished;

use crate::error::Result;
use crate::likelihood::encode;
use crate::model::{Model, Trace};
use crate::tokenizer::TokenId;

pub use atoms::atoms_of;
pub use map::{TokenMap, TokenPlace, token_map};
pub use next::{Branch, Continuations, NextToken};
pub use unfinished::drawable;

/// A token of a text, and what the model expected in its place.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Expected {
    /// The token; `[EOS]` at the end.
    pub token: String,
    /// Negative logarithm of its probability after all before it, in nats.
    pub nll: f64,
    /// Its place among all tokens by probability, 1 for the likeliest.
    pub rank: usize,
    /// The likeliest tokens in its place with their probabilities, the likeliest first.
    pub likeliest: Vec<(String, f64)>,
}

/// A text as a model reads it.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// Its tokens, the end last.
    pub tokens: Vec<Expected>,
    /// Their ids, that of the begin before them.
    pub ids: Vec<TokenId>,
    /// All values on the way: of BOS, then of each token but the end.
    pub trace: Trace,
}

impl Explanation {
    /// Negative log-likelihood of the text in nats, the end counted.
    pub fn nll(&self) -> f64 {
        self.tokens.iter().map(|token| token.nll).sum()
    }

    /// The mean over the tokens of the residual stream after so many blocks, `[width]`: an embedding of the text.
    ///
    /// # Panics
    /// When the model has fewer blocks.
    pub fn pooled(&self, blocks: usize) -> Vec<f32> {
        let rows = &self.trace.hidden[blocks];
        let width = rows.len() / self.trace.time;
        let mut mean = vec![0.0; width];
        for row in rows.chunks_exact(width) {
            mean.iter_mut()
                .zip(row)
                .for_each(|(mean, value)| *mean += value);
        }
        let share = 1.0 / self.trace.time as f32;
        for mean in &mut mean {
            *mean *= share;
        }
        mean
    }

    /// What the model would expect at every token if its blocks ended after so many: the logit lens
    /// (nostalgebraist 2020). After all blocks it is [`Explanation::tokens`].
    ///
    /// # Panics
    /// When the model has fewer blocks, or is another.
    pub fn lens(&self, model: &Model, blocks: usize, top: usize) -> Vec<Expected> {
        let logits = self.trace.logits_after(model, blocks);
        expectations(model, &self.ids, &logits, top)
    }
}

/// Explains a text, with the `top` likeliest tokens at every place.
///
/// # Errors
/// [`Unscorable`](crate::likelihood::Unscorable): text that is not made of SMILES tokens, a token that the model
/// does not know, more tokens than it reads.
pub fn explain(model: &Model, text: &str, top: usize) -> Result<Explanation> {
    let ids = encode(model.tokenizer(), text, model.config().context - 2)?;
    let trace = Trace::of(model, &ids[..ids.len() - 1]);
    Ok(Explanation {
        tokens: expectations(model, &ids, &trace.logits, top),
        ids,
        trace,
    })
}

/// What logits `[time, vocabulary]` say of the tokens that follow the first of `ids`.
fn expectations(model: &Model, ids: &[TokenId], logits: &[f32], top: usize) -> Vec<Expected> {
    let names = model.tokenizer().vocabulary().tokens();
    let rows = logits.chunks_exact(names.len()).zip(&ids[1..]);
    rows.map(|(logits, id)| expected(logits, *id, names, top))
        .collect()
}

fn expected(logits: &[f32], id: TokenId, names: &[String], top: usize) -> Expected {
    let probabilities = probabilities(logits);
    let own = logits[usize::from(id.0)];
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]).then(a.cmp(b)));
    let likeliest = order
        .iter()
        .take(top)
        .map(|&place| (names[place].clone(), probabilities[place]));
    Expected {
        token: names[usize::from(id.0)].clone(),
        nll: -probabilities[usize::from(id.0)].ln(),
        rank: 1 + logits.iter().filter(|logit| **logit > own).count(),
        likeliest: likeliest.collect(),
    }
}

/// The probabilities of all tokens by their logits (softmax).
fn probabilities(logits: &[f32]) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f64> = logits
        .iter()
        .map(|logit| f64::from(logit - largest).exp())
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::likelihood::Scorer;

    #[test]
    fn likelihoods_are_those_of_the_scorer() {
        let model = Model::pretrained().unwrap();
        for text in ["c1ccccc1O", "CC(=O)Nc1ccc(O)cc1", "C"] {
            let explained = explain(&model, text, 5).unwrap();
            let score = Scorer::new(&model).score(&[text]).remove(0).unwrap();
            assert_eq!(explained.tokens.len(), score.tokens.len());
            for (own, nll) in explained.tokens.iter().zip(&score.tokens) {
                approx::assert_abs_diff_eq!(own.nll, f64::from(*nll), epsilon = 1e-4);
                assert_eq!(own.likeliest.len(), 5);
                assert_eq!(own.rank == 1, own.likeliest[0].0 == own.token);
                let probability = (-own.nll).exp();
                let listed = own.likeliest.iter().find(|(name, _)| *name == own.token);
                if let Some((_, listed)) = listed {
                    approx::assert_abs_diff_eq!(*listed, probability, epsilon = 1e-9);
                }
            }
            let joined: String = explained
                .tokens
                .iter()
                .map(|token| token.token.as_str())
                .collect();
            assert_eq!(joined, format!("{text}[EOS]"));
            assert_eq!(explained.pooled(0).len(), model.config().width);
            let layers = model.config().layers;
            assert_eq!(explained.lens(&model, layers, 5), explained.tokens);
            let first = explained.lens(&model, 0, 5);
            let nll = |tokens: &[Expected]| tokens.iter().map(|token| token.nll).sum::<f64>();
            assert!(nll(&first) > nll(&explained.tokens));
        }
        assert!(
            explain(&model, "[Xe]", 5)
                .unwrap_err()
                .to_string()
                .contains("`[Xe]`")
        );
    }
}
