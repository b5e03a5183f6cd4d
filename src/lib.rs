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
//! use molgpt::{evaluation, generate, model::{Decoder, Model}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let model = Model::pretrained()?;
//! let decoder = Decoder::new(&model);
//! let request = generate::Request::new(&model, "c1ccccc1", generate::Strategy::default(), 0)?;
//! let samples = generate::sample(&model, &decoder, &request, 0..20, generate::BRANCHES, &|_| ());
//! let smiles: Vec<String> = samples.into_iter().map(|sample| sample.smiles).collect();
//! let evaluation = evaluation::evaluate(&smiles, &evaluation::References::default());
//! assert!(evaluation.validity.count > 10);
//! # Ok(())
//! # }
//! ```
//!
//! [burn]: https://burn.dev

// In reading order; the list of `tests/layers.rs`.
mod text;

pub mod progress;

pub mod error;

mod store;

pub mod chem;

pub mod tokenizer;

pub mod table;

pub mod corpus;

pub mod model;

pub mod chemnet;

pub mod config;

pub mod checkpoint;

pub mod likelihood;

pub mod train;

pub mod device;

pub mod generate;

pub mod evaluation;

pub mod report;

#[cfg(feature = "cli")]
mod run;

pub mod study;

#[cfg(feature = "cli")]
pub mod cli;
