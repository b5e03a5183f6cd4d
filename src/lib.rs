//! **molgpt** writes molecules: a GPT over SMILES tokens, defined in [burn], with everything around it.
//!
//! A model, a generator, twenty molecules, and their evaluation:
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
//! Every flow is a call, settings in and typed results out; `examples/` has short programs:
//!
//! | to | call |
//! |---|---|
//! | train, fine-tune, resume | [`run::train()`] |
//! | sample into a file, a stream, a closure | [`run::sample_to_file`], [`generate::Stream`], [`generate::draw()`] |
//! | evaluate a file; write its report | [`evaluation::evaluate_file`]; [`report::write`] |
//! | draw the molecules of a file | [`draw::draw_molecules`] |
//! | compare temperatures, baselines, reports; look for memorization; measure the machine | [`study`] |
//! | what a model expects at every token, attention, hidden states | [`explain::explain`] |
//! | a page in which the model runs | [`playground`] |
//! | survey and prepare a data set; likelihoods and verdicts of each row | [`corpus`]; [`annotate`] |
//! | rank molecules by a score of one's own; say which are wanted | [`objective`]; [`wish`] |
//! | search molecules of a high score, in memory or in a folder | [`optimize::search`]; [`optimize::optimize`] |
//!
//! Flows work on the current rayon pool, draw from random generators of their own, and can be
//! followed and cancelled by a [`progress::Watch`].
//!
//! [burn]: https://burn.dev

// In reading order: `tests/layers.rs` holds which of them may use which.
pub mod annotate;
pub mod checkpoint;
pub mod chem;
pub mod chemnet;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod corpus;
pub mod device;
pub mod draw;
pub mod error;
pub mod evaluation;
pub mod explain;
pub mod fragments;
pub mod generate;
pub mod grammar;
pub mod likelihood;
pub mod model;
pub mod objective;
pub mod optimize;
pub mod playground;
pub mod progress;
mod random;
pub mod report;
pub mod run;
mod store;
pub mod study;
pub mod table;
mod text;
pub mod tokenizer;
pub mod train;
pub mod wish;
