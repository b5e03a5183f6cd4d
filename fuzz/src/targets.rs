//! The fuzz targets: one function per reader of foreign bytes. `tests/fuzz.rs` calls them too.
//!
//! A target fails by a panic, a stack overflow, or more time or memory than the fuzzer allows.

#![allow(dead_code, reason = "each fuzz target uses one function")]

use std::path::Path;

use molgpt::chem::Molecule;
use molgpt::config::RunConfig;
use molgpt::corpus;
use molgpt::model::Model;
use molgpt::table::ReadOptions;
use molgpt::tokenizer::{Cutter, Tokenizer, Vocabulary};
use sha2::{Digest, Sha256};

/// Tokens joined are the text again, and so is what is encoded and decoded.
pub(crate) fn tokenizer(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Cutter::Atomwise.pieces(&text) {
        Err(error) => assert!(error.position <= text.len() && !error.to_string().is_empty()),
        Ok(tokens) => {
            assert_eq!(tokens.concat(), text);
            let tokenizer = Tokenizer::atomwise(Vocabulary::from_molecules([&*text].into_iter()));
            let ids = tokenizer.encode(&text).expect("it was cut into tokens");
            let special = |token: &&str| matches!(*token, "[PAD]" | "[BOS]" | "[EOS]" | "[UNK]");
            if !tokens.iter().any(special) {
                assert_eq!(tokenizer.decode(&ids), text);
            }
        }
    }
}

/// A verdict with what is computed of a molecule, or with a place inside the text.
pub(crate) fn chem(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Molecule::parse(&text) {
        Ok(molecule) => {
            assert!(!molecule.canonical().is_empty());
            assert!(!molecule.canonical_without_stereo().is_empty());
            assert!(molecule.composition().components > 0);
            let _ = (molecule.descriptors(), molecule.scaffold());
        }
        Err(invalid) => {
            assert!(invalid.position.is_none_or(|at| at <= text.len()));
            assert!(!invalid.explain(&text).is_empty());
        }
    }
}

/// Rows with their lines; the first byte says which kind of file it is.
pub(crate) fn table(data: &[u8]) {
    let names = ["a.csv", "a.tsv", "a.smi", "a.txt", "a.jsonl", "-"];
    let Some((first, text)) = data.split_first() else {
        return;
    };
    let name = names[usize::from(*first) % names.len()];
    let lines = text.split(|byte| matches!(byte, b'\n' | b'\r')).count();
    match corpus::read_text(Path::new(name), text, &ReadOptions::default()) {
        Ok(records) => {
            assert!(records.records.iter().all(|record| record.row <= lines));
            assert!(records.records.is_sorted_by_key(|record| record.row));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A model or a refusal, with the checksum that is there and with the right one.
pub(crate) fn checkpoint(data: &[u8]) {
    let read = |bytes: &[u8]| {
        if let Ok(model) = Model::from_bytes(bytes) {
            assert_eq!(model.layout().len(), model.parameters().len());
        }
    };
    read(data);
    if data.len() > 40 {
        let mut sealed = data.to_vec();
        let end = sealed.len() - 32;
        let digest = Sha256::digest(&sealed[..end]);
        sealed[end..].copy_from_slice(&digest);
        read(&sealed);
    }
}

/// A configuration that says itself again, or a refusal.
pub(crate) fn config(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match RunConfig::parse(&text) {
        Ok(config) => assert!(config.model.validate().is_ok()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
