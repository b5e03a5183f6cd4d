//! Settings of a network and its shape. Knows nothing of weights.

use serde::{Deserialize, Serialize};

/// Weights of a network at most: four gigabytes, and four times that while it is trained.
const MOST_WEIGHTS: usize = 1_000_000_000;

/// The settings of a network; with a vocabulary, a [`Shape`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GptConfig {
    /// Transformer blocks.
    pub layers: usize,
    /// Attention heads per block; must divide `width`.
    pub heads: usize,
    /// Size of the residual stream.
    pub width: usize,
    /// Longest sequence in tokens, BOS and EOS counted.
    pub context: usize,
    /// Positional encoding.
    pub position: Position,
    /// Share of activations dropped after the embedding and each residual branch.
    pub dropout: f64,
    /// Whether the output layer shares the token embedding.
    pub tied_head: bool,
}

/// Positional encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Position {
    /// A trained vector per position.
    Learned,
    /// Fixed sines and cosines added to the embedding (Vaswani et al. 2017).
    Sinusoidal,
    /// Queries and keys rotated by their position (`RoFormer`, Su et al. 2021).
    Rotary,
}

/// An impossible network: a setting, its value and what it must be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("`{key}` is {value}: {requirement}")]
pub struct ShapeError {
    key: &'static str,
    value: String,
    requirement: &'static str,
}

impl GptConfig {
    /// Refuses shapes that cannot be built.
    ///
    /// # Errors
    /// [`ShapeError`] naming the key and what it must be.
    pub fn validate(&self) -> Result<(), ShapeError> {
        let size = |x: usize, most: usize| (1..=most).contains(&x);
        let whole = size(self.heads, self.width) && self.width.is_multiple_of(self.heads);
        let weights = (12 * self.layers.min(256) * self.width.min(16_384)
            + self.context.min(65_536))
            * self.width.min(16_384);
        let checks = [
            (
                "layers",
                self.layers.to_string(),
                size(self.layers, 256),
                "it must be from 1 to 256",
            ),
            (
                "width",
                self.width.to_string(),
                size(self.width, 16_384) && self.width.is_multiple_of(2),
                "it must be even and from 2 to 16384",
            ),
            (
                "heads",
                self.heads.to_string(),
                whole,
                "it must be at least 1 and divide `width`",
            ),
            (
                "position",
                "rotary".to_owned(),
                self.position != Position::Rotary
                    || (self.width / self.heads.max(1)).is_multiple_of(2),
                "it needs heads of an even size, `width / heads`",
            ),
            (
                "context",
                self.context.to_string(),
                (3..=65_536).contains(&self.context),
                "it must be from 3 to 65536",
            ),
            (
                "dropout",
                self.dropout.to_string(),
                (0.0..1.0).contains(&self.dropout),
                "it must be from 0 to below 1",
            ),
        ];
        match checks.into_iter().find(|(_, _, ok, _)| !ok) {
            None if weights > MOST_WEIGHTS => Err(ShapeError {
                key: "layers and width",
                value: format!("{} and {}", self.layers, self.width),
                requirement: "that makes more than a thousand million weights",
            }),
            None => Ok(()),
            Some((key, value, _, requirement)) => Err(ShapeError {
                key,
                value,
                requirement,
            }),
        }
    }

    /// The shape of a network with these settings over so many tokens.
    pub fn with_vocabulary(&self, vocabulary: usize) -> Shape {
        Shape {
            config: self.clone(),
            vocabulary,
        }
    }
}

/// The shape of a network: everything that the number and the arrangement of its parameters follow
/// from.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Settings of the network.
    pub config: GptConfig,
    /// Tokens that it reads and writes, the special ones counted.
    pub vocabulary: usize,
}
