//! Baselines of the GPT, in the order of Jablonka's tutorial (2024): bigrams, n-grams, one head of
//! attention.
//!
//! Each gives probabilities of the next token and losses of given molecules, and knows nothing of
//! sampling.

mod head;
mod ngram;

pub use head::{AttentionHead, HeadConfig, train_head};
pub use ngram::NGram;
