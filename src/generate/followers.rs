//! The tokens that may follow a beginning, by the grammar of molecules: asked one by one, as they
//! are drawn, and only once for all molecules that are the same so far.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::grammar::{Grammar, State};
use crate::tokenizer::TokenId;

/// Verdicts on the tokens after one beginning.
pub(super) struct Followers<'a> {
    grammar: &'a Grammar,
    state: Arc<State>,
    asked: BTreeMap<TokenId, Option<Arc<State>>>,
}

impl<'a> Followers<'a> {
    pub(super) fn new(grammar: &'a Grammar, state: Arc<State>) -> Self {
        Self {
            grammar,
            state,
            asked: BTreeMap::new(),
        }
    }

    /// The state after this token; `None` where it may not follow.
    pub(super) fn after(&mut self, token: TokenId) -> Option<Arc<State>> {
        let next = || self.grammar.next(&self.state, token).map(Arc::new);
        self.asked.entry(token).or_insert_with(next).clone()
    }
}
