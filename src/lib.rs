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

pub mod checkpoint;
pub mod chem;
pub mod cli;
pub mod config;
pub mod corpus;
pub mod evaluation;
mod files;
pub mod model;
pub mod report;
pub mod sampling;
pub mod tokenizer;
pub mod training;
