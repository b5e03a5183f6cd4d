//! The smaller models that a GPT is measured against, in the order of Jablonka's tutorial (2024):
//! counts of pairs, counts of longer stretches, one head of attention.
//!
//! Each gives probabilities of the next token and losses of given molecules, and knows nothing of
//! sampling.

mod head;
mod ngram;

pub use head::{AttentionHead, HeadConfig, train_head};
pub use ngram::NGram;
