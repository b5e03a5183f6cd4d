//! The network, defined in burn. Knows token ids and tensors, nothing of SMILES or files.
//!
//! Letters in shapes: `batch` molecules, `time` tokens, `width` of the residual stream,
//! `heads` of `width / heads` each, `vocabulary` tokens.

mod gpt;

pub use gpt::{Cache, Gpt, GptConfig, ModelError, Position};
