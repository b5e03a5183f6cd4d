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
//! use molgpt::evaluation::{References, evaluate};
//! use molgpt::generate::{CpuGenerator, Generator, SamplingParams, texts};
//! use molgpt::model::Model;
//!
//! let model = Model::pretrained()?;
//! let molecules = CpuGenerator::new(&model).take(20, &SamplingParams::default())?;
//! let evaluation = evaluate(&texts(molecules), &References::default());
//! assert!(evaluation.validity.count > 10);
//! # Ok::<(), molgpt::error::Error>(())
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

pub mod annotate;

pub mod train;

pub mod device;

pub mod objective;

pub mod generate;

pub mod evaluation;

pub mod report;

pub mod run;

pub mod study;

#[cfg(feature = "cli")]
pub mod cli;
