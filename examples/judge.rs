//! Judges a file of generated molecules against a training set.
//!
//! `cargo run --release --example judge -- generated.csv data/molecules.csv`
