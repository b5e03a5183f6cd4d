//! **molgpt** writes molecules: a GPT over SMILES tokens, defined in [burn], with everything around it.
//!
//! The pipeline, in the order that data flows through it:
//!
//! ```text
//! molecules.csv -> corpus (read, clean, split) -> tokenizer (SMILES regex, vocabulary)
//!               -> training (model, checkpoint) -> sampling -> evaluation -> report
//! ```
//!
//! [burn]: https://burn.dev

// In reading order; the list of `tests/layers.rs`.
mod files;

pub mod chem;

pub mod tokenizer;

pub mod corpus;

pub mod model;

pub mod config;

pub mod checkpoint;

pub mod training;

pub mod sampling;

pub mod evaluation;

pub mod report;

pub mod cli;
