//! **molgpt** writes molecules: a GPT over SMILES tokens, defined in [burn], with everything around it.
//!
//! The pipeline, in the order that data flows through it:
//!
//! ```text
//! molecules.csv -> corpus (read, clean, split) -> tokenizer (SMILES regex, vocabulary)
//!               -> training (model, checkpoint) -> sampling -> evaluation -> report
//! ```
//!
//! The model that ships inside, from seed to verdict:
//!
//! ```
//! use molgpt::{checkpoint::Model, evaluation, model::Decoder, sampling};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let model = Model::pretrained()?;
//! let decoder = Decoder::new(&model.config, model.tokenizer.vocabulary.len(), &model.parameters);
//! let request = sampling::Request::new(&model, "c1ccccc1", sampling::Strategy::default(), 0)?;
//! let samples = sampling::sample(&model, &decoder, &request, 0..20, sampling::BRANCHES, &|_| ());
//! let smiles: Vec<String> = samples.into_iter().map(|sample| sample.smiles).collect();
//! let evaluation = evaluation::evaluate(&smiles, &evaluation::References::default());
//! assert!(evaluation.validity.count > 10);
//! # Ok(())
//! # }
//! ```
//!
//! [burn]: https://burn.dev

// In reading order; the list of `tests/layers.rs`.
mod files;

mod text;

pub mod chem;

pub mod tokenizer;

pub mod corpus;

pub mod model;

pub mod chemnet;

pub mod config;

pub mod checkpoint;

pub mod exchange;

pub mod scoring;

pub mod training;

pub mod sampling;

pub mod evaluation;

pub mod report;

pub mod cli;
