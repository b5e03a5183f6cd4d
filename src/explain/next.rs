//! What may follow a text: every token with its probability and the reason that speaks against it, and the tree
//! of the likeliest continuations.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::probabilities;
use crate::error::Result;
use crate::generate::{CpuGenerator, SamplingParams};
use crate::grammar::Grammar;
use crate::likelihood::{Unscorable, encode_beginning};
use crate::model::Model;
use crate::tokenizer::{EOS, TokenId};

/// A token that may follow a text.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct NextToken {
    /// The token; `[EOS]` for the end.
    pub token: String,
    /// Its id.
    pub id: u16,
    /// Its probability by the model.
    pub probability: f64,
    /// Its share of the draws: after temperature, top-k and top-p, and after the grammar where that decides.
    pub share: f64,
    /// The reason for which no molecule is written so, by the grammar, whether that decides or not.
    pub refused: Option<String>,
}

/// A token in the tree of continuations.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Branch {
    /// The token; `[EOS]` for the end.
    pub token: String,
    /// The text with it.
    pub text: String,
    /// Its probability after the text before it.
    pub probability: f64,
    /// The product of these from the first token of the tree on.
    pub total: f64,
    /// Ring numbers that are open after it; `None` where the text is no beginning of a molecule.
    pub open_rings: Option<Vec<u32>>,
    /// Branches that are open after it.
    pub open_branches: usize,
    /// The tokens after it, the likeliest first.
    pub children: Vec<Branch>,
}

/// The continuations of texts by one model.
#[derive(Debug)]
pub struct Continuations<'a> {
    model: &'a Model,
    generator: CpuGenerator<'a>,
    grammar: Grammar,
}

impl<'a> Continuations<'a> {
    /// Those of this model.
    pub fn new(model: &'a Model) -> Self {
        Self {
            model,
            generator: CpuGenerator::new(model),
            grammar: Grammar::new(model.tokenizer()),
        }
    }

    /// The generator of the same model.
    pub fn generator(&self) -> &CpuGenerator<'a> {
        &self.generator
    }

    /// The grammar of the model's tokens.
    pub fn grammar(&self) -> &Grammar {
        &self.grammar
    }

    /// All tokens that may follow a text, the likeliest first: those that molecules are written with, and the end.
    /// Of `params` the prompt and the conditions have no part.
    ///
    /// # Errors
    /// [`Unscorable`] for text that the model cannot read, and that fills its context.
    pub fn next(&self, text: &str, params: &SamplingParams) -> Result<Vec<NextToken>> {
        params.validate()?;
        let ids = self.read(text)?;
        let logits = (self.generator.reader())(&ids);
        let tokenizer = self.model.tokenizer();
        let state = self.grammar.after(text);
        let refused = |id: TokenId| match &state {
            Some(state) => self.grammar.refusal(state, id),
            None => Some("no molecule begins so".to_owned()),
        };
        let probabilities = probabilities(&logits);
        let shares = params.shares(tokenizer, &logits);
        let writes = |id: &TokenId| *id == EOS || tokenizer.writes(*id);
        let ids = (0..logits.len()).map(|id| TokenId(id as u16));
        let mut tokens: Vec<NextToken> = ids
            .filter(writes)
            .map(|id| NextToken {
                token: tokenizer.vocabulary().tokens()[usize::from(id.0)].clone(),
                id: id.0,
                probability: probabilities[usize::from(id.0)],
                share: shares[usize::from(id.0)],
                refused: refused(id),
            })
            .collect();
        tokens.sort_by(|a, b| {
            b.probability
                .total_cmp(&a.probability)
                .then(a.id.cmp(&b.id))
        });
        if params.has_grammar() {
            leave_out_refused(&mut tokens);
        }
        Ok(tokens)
    }

    /// A tree of likely texts that begin with one, of about `size` tokens: again and again the likeliest text so far
    /// gets its `width` likeliest tokens.
    ///
    /// # Errors
    /// As [`Continuations::next`].
    pub fn tree(&self, text: &str, size: usize, width: usize) -> Result<Vec<Branch>> {
        let first = self.read(text)?;
        let mut nodes = vec![Node {
            ids: first,
            parent: None,
            probability: 1.0,
            total: 1.0,
        }];
        let reader = self.generator.reader();
        let mut waiting = BinaryHeap::from([Likeliest(1.0, 0)]);
        let context = self.model.config().context;
        let tokenizer = self.model.tokenizer();
        while let Some(Likeliest(_, at)) = waiting.pop() {
            if nodes.len() > size {
                break;
            }
            let ids = nodes[at].ids.clone();
            if ids.len() >= context || ids.last() == Some(&EOS) {
                continue;
            }
            let probabilities = probabilities(&reader(&ids));
            let mut order: Vec<usize> = (0..probabilities.len())
                .filter(|&id| id == usize::from(EOS.0) || tokenizer.writes(TokenId(id as u16)))
                .collect();
            order.sort_by(|a, b| {
                probabilities[*b]
                    .total_cmp(&probabilities[*a])
                    .then(a.cmp(b))
            });
            for &id in order.iter().take(width) {
                let total = nodes[at].total * probabilities[id];
                waiting.push(Likeliest(total, nodes.len()));
                nodes.push(Node {
                    ids: ids.iter().copied().chain([TokenId(id as u16)]).collect(),
                    parent: Some(at),
                    probability: probabilities[id],
                    total,
                });
            }
        }
        Ok(self.branches(&nodes, text))
    }

    /// The nodes as a tree, without its root.
    fn branches(&self, nodes: &[Node], text: &str) -> Vec<Branch> {
        let tokenizer = self.model.tokenizer();
        let read = nodes[0].ids.len();
        let branch = |node: &Node| {
            let token = node.ids.last().map_or(0, |id| usize::from(id.0));
            let text = format!("{text}{}", tokenizer.decode(&node.ids[read..]));
            let state = self.grammar.after(&text);
            Branch {
                token: tokenizer.vocabulary().tokens()[token].clone(),
                probability: node.probability,
                total: node.total,
                open_branches: state
                    .as_ref()
                    .map_or(0, crate::grammar::State::open_branches),
                open_rings: state.map(|state| state.open_rings()),
                text,
                children: Vec::new(),
            }
        };
        let mut made: Vec<Option<Branch>> = nodes.iter().map(|node| Some(branch(node))).collect();
        // Children come after their parents, so from behind every child is whole when it is moved.
        for at in (1..nodes.len()).rev() {
            let child = made[at].take();
            let parent = nodes[at].parent.and_then(|parent| made[parent].as_mut());
            if let (Some(child), Some(parent)) = (child, parent) {
                parent.children.insert(0, child);
            }
        }
        made.swap_remove(0)
            .map_or_else(Vec::new, |root| root.children)
    }

    /// The ids of a text that goes on, BOS the first.
    fn read(&self, text: &str) -> Result<Vec<TokenId>, Unscorable> {
        encode_beginning(
            self.model.tokenizer(),
            text,
            self.model.config().context - 2,
        )
    }
}

/// Takes the shares of tokens that the grammar refuses; the others keep their proportions. Where none is left of what
/// the parameters keep, the likeliest that may follow is drawn, as in sampling. The likeliest comes first.
fn leave_out_refused(tokens: &mut [NextToken]) {
    for token in tokens.iter_mut() {
        if token.refused.is_some() {
            token.share = 0.0;
        }
    }
    let total: f64 = tokens.iter().map(|token| token.share).sum();
    if total > 0.0 {
        for token in tokens {
            token.share /= total;
        }
    } else if let Some(token) = tokens.iter_mut().find(|token| token.refused.is_none()) {
        token.share = 1.0;
    }
}

/// A text in the tree.
struct Node {
    ids: Vec<TokenId>,
    parent: Option<usize>,
    probability: f64,
    total: f64,
}

/// A node that waits, by its probability.
#[derive(PartialEq)]
struct Likeliest(f64, usize);

impl Eq for Likeliest {}

impl PartialOrd for Likeliest {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Likeliest {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0).then(other.1.cmp(&self.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_tokens_are_those_of_sampling() {
        let model = Model::pretrained().unwrap();
        let continuations = Continuations::new(&model);
        let plain = SamplingParams::default();
        let next = continuations.next("c1ccccc", &plain).unwrap();
        let sum: f64 = next.iter().map(|token| token.share).sum();
        approx::assert_abs_diff_eq!(sum, 1.0, epsilon = 1e-9);
        assert_eq!(next[0].token, "1");
        assert_eq!(next[0].refused, None);
        let end = next.iter().find(|token| token.token == "[EOS]").unwrap();
        assert_eq!(end.refused.as_deref(), Some("ring 1 is open"));
        // `explain` says the same of the token that follows.
        let explained = super::super::explain(&model, "c1ccccc1", 3).unwrap();
        let nll = -next[0].probability.ln();
        approx::assert_abs_diff_eq!(explained.tokens[7].nll, nll, epsilon = 1e-4);

        let few = SamplingParams {
            top_k: 2,
            grammar: true,
            ..plain
        };
        let next = continuations.next("C(", &few).unwrap();
        assert_eq!(next.iter().filter(|token| token.share > 0.0).count(), 2);
        assert!(continuations.next("C!", &few).is_err());
        assert!(continuations.next(&"C".repeat(63), &few).is_err());
        // Top-k keeps only what may not follow: the likeliest of the rest is drawn, as in sampling.
        let one = SamplingParams {
            top_k: 1,
            prompt: "C#N".to_owned(),
            ..few.clone()
        };
        let next = continuations.next("C#N", &one).unwrap();
        let drawn: Vec<&NextToken> = next.iter().filter(|token| token.share > 0.0).collect();
        assert_eq!(drawn.len(), 1);
        let sampled = crate::generate::Generator::take(&CpuGenerator::new(&model), 1, &one);
        let sampled = sampled.unwrap().remove(0).smiles;
        let expected = drawn[0].token.trim_start_matches("[EOS]");
        assert!(sampled.starts_with(&format!("C#N{expected}")), "{sampled}");
        assert_eq!(expected.is_empty(), sampled == "C#N", "{sampled}");
        let next = continuations.next("C))", &few).unwrap();
        assert!(next.iter().all(|token| token.refused.is_some()));
    }

    fn count(branches: &[Branch]) -> usize {
        let below = |branch: &Branch| 1 + count(&branch.children);
        branches.iter().map(below).sum()
    }

    #[test]
    fn the_tree_has_the_likeliest_texts() {
        let model = Model::pretrained().unwrap();
        let continuations = Continuations::new(&model);
        let tree = continuations.tree("CC(=O)", 30, 3).unwrap();
        assert_eq!(tree.len(), 3);
        assert!(tree.is_sorted_by(|a, b| a.total >= b.total));
        let next = continuations
            .next("CC(=O)", &SamplingParams::default())
            .unwrap();
        for (branch, next) in tree.iter().zip(&next) {
            assert_eq!(branch.token, next.token);
            approx::assert_abs_diff_eq!(branch.probability, next.probability, epsilon = 1e-6);
            assert_eq!(branch.text, format!("CC(=O){}", branch.token));
            assert_eq!(branch.open_rings.as_deref(), Some([].as_slice()));
        }
        assert!((30..34).contains(&count(&tree)), "{}", count(&tree));
        let child = &tree[0].children[0];
        approx::assert_relative_eq!(child.total, tree[0].total * child.probability);
    }
}
