//! Merges: pairs of neighbouring tokens that are one token.
//!
//! Byte-pair encoding over SMILES tokens (Gage 1994, Sennrich et al. 2016; over SMILES Li and
//! Fourches 2021): knows numbers of tokens and their neighbours; nothing of what the tokens mean.

use super::TokenId;

/// One merge: `left` and `right`, where they stand side by side, are `merged`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merge {
    /// The token before.
    pub left: TokenId,
    /// The token behind.
    pub right: TokenId,
    /// The token of both.
    pub merged: TokenId,
}

/// Merges in the order in which they are made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merges {
    rules: Vec<Merge>,
    /// Rules by their left token: the right token and the place among all rules, by right token.
    by_left: Vec<Vec<(TokenId, u32)>>,
}

/// No rule.
const NONE: u32 = u32::MAX;

impl Merges {
    /// These rules; of two with one pair of tokens, the first counts.
    pub fn new(rules: Vec<Merge>) -> Self {
        let lefts = rules.iter().map(|rule| usize::from(rule.left.0) + 1);
        let mut by_left = vec![Vec::new(); lefts.max().unwrap_or(0)];
        for (rank, rule) in (0..NONE).zip(&rules) {
            let row: &mut Vec<(TokenId, u32)> = &mut by_left[usize::from(rule.left.0)];
            if let Err(place) = row.binary_search_by_key(&rule.right, |entry| entry.0) {
                row.insert(place, (rule.right, rank));
            }
        }
        Self { rules, by_left }
    }

    /// The rules in order.
    pub fn rules(&self) -> &[Merge] {
        &self.rules
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The place of the rule for two neighbours; [`NONE`] without one.
    fn rank(&self, left: TokenId, right: TokenId) -> u32 {
        let Some(row) = self.by_left.get(usize::from(left.0)) else {
            return NONE;
        };
        row.binary_search_by_key(&right, |entry| entry.0)
            .map_or(NONE, |place| row[place].1)
    }

    /// Merges neighbours until no rule fits: always the earliest rule first, and of its places the
    /// leftmost. Equal tokens give equal results, so that a text has one segmentation.
    pub fn apply(&self, tokens: &mut Vec<TokenId>) {
        if self.is_empty() {
            return;
        }
        let mut ranks: Vec<u32> = tokens
            .windows(2)
            .map(|two| self.rank(two[0], two[1]))
            .collect();
        while let Some((place, &rank)) = ranks.iter().enumerate().min_by_key(|(_, rank)| **rank)
            && rank != NONE
        {
            tokens[place] = self.rules[rank as usize].merged;
            tokens.remove(place + 1);
            ranks.remove(place);
            if place > 0 {
                ranks[place - 1] = self.rank(tokens[place - 1], tokens[place]);
            }
            if place < ranks.len() {
                ranks[place] = self.rank(tokens[place], tokens[place + 1]);
            }
        }
    }

    /// The tokens that `token` is made of, none of which is made of others.
    pub fn parts(&self, token: TokenId) -> Vec<TokenId> {
        match self.rules.iter().find(|rule| rule.merged == token) {
            Some(rule) => [self.parts(rule.left), self.parts(rule.right)].concat(),
            None => vec![token],
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(numbers: &[u16]) -> Vec<TokenId> {
        numbers.iter().copied().map(TokenId).collect()
    }

    /// Rules of these pairs, whose tokens are numbered from 100.
    fn merges(pairs: &[[u16; 2]]) -> Merges {
        let rule = |(pair, merged): (&[u16; 2], u16)| Merge {
            left: TokenId(pair[0]),
            right: TokenId(pair[1]),
            merged: TokenId(merged),
        };
        Merges::new(pairs.iter().zip(100..).map(rule).collect())
    }

    #[track_caller]
    fn check(pairs: &[[u16; 2]], text: &[u16], expected: &[u16]) {
        let mut found = tokens(text);
        merges(pairs).apply(&mut found);
        assert_eq!(found, tokens(expected));
    }

    #[test]
    fn the_earliest_rule_is_first_and_of_its_places_the_leftmost() {
        check(&[], &[4, 4, 5], &[4, 4, 5]);
        check(&[[4, 5]], &[4, 5, 4, 4, 5], &[100, 4, 100]);
        check(&[[4, 4]], &[4, 4, 4], &[100, 4]);
        check(&[[4, 5], [5, 6]], &[4, 5, 6], &[100, 6]);
        check(&[[5, 6], [4, 5]], &[4, 5, 6], &[4, 100]);
        check(&[[4, 5], [100, 100], [101, 6]], &[4, 5, 4, 5, 6], &[102]);
        check(&[[4, 5]], &[], &[]);
    }

    /// The plain reading of the rules: all places of one rule after the other, from the left.
    fn slowly(merges: &Merges, tokens: &[TokenId]) -> Vec<TokenId> {
        let mut tokens = tokens.to_vec();
        for rule in merges.rules() {
            let mut place = 0;
            while place + 1 < tokens.len() {
                if tokens[place] == rule.left && tokens[place + 1] == rule.right {
                    tokens[place] = rule.merged;
                    tokens.remove(place + 1);
                }
                place += 1;
            }
        }
        tokens
    }

    proptest! {
        #[test]
        fn parts_of_the_merged_are_the_tokens(
            pairs in prop::collection::vec(
                [prop::sample::select(vec![4_u16, 5, 6, 100, 101, 102]), prop::sample::select(vec![4_u16, 5, 6, 100])],
                0..8),
            text in prop::collection::vec(4..7_u16, 0..40),
        ) {
            // A rule joins tokens that are there before it, and each pair has one rule.
            let mut rules: Vec<[u16; 2]> = Vec::new();
            for pair in pairs {
                if pair.iter().all(|token| usize::from(*token) < 100 + rules.len()) && !rules.contains(&pair) {
                    rules.push(pair);
                }
            }
            let merges = merges(&rules);
            let before = tokens(&text);
            let mut after = before.clone();
            merges.apply(&mut after);
            prop_assert_eq!(&after, &slowly(&merges, &before));
            let parts: Vec<TokenId> = after.iter().flat_map(|token| merges.parts(*token)).collect();
            prop_assert_eq!(&parts, &before);
            let mut again = after.clone();
            merges.apply(&mut again);
            prop_assert_eq!(again, after);
        }
    }
}
