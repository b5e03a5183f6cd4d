//! One sequence of tokens to learn from: which of its tokens are targets, and what each counts.

use crate::tokenizer::{Conditions, TokenId};

/// A sequence of tokens, those of it that are to be predicted, and the weight of their loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sequence<'a> {
    /// Token ids, from [`BOS`](crate::tokenizer::BOS) to [`EOS`](crate::tokenizer::EOS).
    pub ids: &'a [TokenId],
    /// Index in `ids` of the first token that is a target; those before it are read only. 1 for all
    /// but the first token; 0 counts as 1.
    pub first_target: usize,
    /// Factor of the loss and of the gradient of each of its targets: 1 for data as it is, 0 for
    /// none, negative to make the sequence less likely.
    pub weight: f32,
}

impl<'a> Sequence<'a> {
    /// A sequence whose tokens are all targets but the first, with weight 1.
    pub fn whole(ids: &'a [TokenId]) -> Self {
        Self {
            ids,
            first_target: 1,
            weight: 1.0,
        }
    }

    /// The same, but for conditions that it begins with: these are read only.
    pub fn behind(ids: &'a [TokenId], conditions: &Conditions) -> Self {
        Self {
            first_target: 1 + conditions.leading(ids),
            ..Self::whole(ids)
        }
    }

    /// Number of its targets, whatever their weight.
    pub fn targets(&self) -> usize {
        self.ids.len().saturating_sub(self.first_target.max(1))
    }

    /// Number of tokens that are read to predict another.
    pub(crate) fn inputs(&self) -> usize {
        self.ids.len().saturating_sub(1)
    }

    /// The weight of each token but the first, as a target.
    ///
    /// # Shapes
    /// `[inputs]`
    pub(crate) fn weights(&self) -> impl Iterator<Item = f32> {
        let first = self.first_target;
        let weight = self.weight;
        (1..self.ids.len()).map(move |at| if at < first { 0.0 } else { weight })
    }
}

/// Number of targets of some sequences: the denominator of a mean loss per token.
pub fn targets(sequences: &[Sequence<'_>]) -> usize {
    sequences.iter().map(Sequence::targets).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_begin_where_they_are_told_to() {
        let ids = [1, 4, 5, 2].map(TokenId);
        let weights = |first_target| -> Vec<f32> {
            let sequence = Sequence {
                ids: &ids,
                first_target,
                weight: -0.5,
            };
            let weights: Vec<f32> = sequence.weights().collect();
            let counted = weights.iter().filter(|weight| **weight != 0.0).count();
            assert_eq!(counted, sequence.targets());
            assert_eq!(weights.len(), sequence.inputs());
            weights
        };
        assert_eq!(weights(0), [-0.5, -0.5, -0.5]);
        assert_eq!(weights(1), [-0.5, -0.5, -0.5]);
        assert_eq!(weights(2), [0.0, -0.5, -0.5]);
        assert_eq!(weights(9), [0.0, 0.0, 0.0]);
        let all = [Sequence::whole(&ids), Sequence::whole(&ids[..1])];
        assert_eq!(targets(&all), 3);
    }
}
