//! The functions of `fuzz/` on its seeds, each as it is and changed a little many times over.
//!
//! The long run is `cargo fuzz` (docs/trust.md); this keeps the targets alive and old finds found.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[path = "../fuzz/src/targets.rs"]
mod targets;

/// Changed strings per target.
const CHANGES: u32 = 3_000;

#[track_caller]
fn check(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(name);
    let files = fs::read_dir(&folder).unwrap();
    let seeds: Vec<Vec<u8>> = files
        .map(|file| fs::read(file.unwrap().path()).unwrap())
        .collect();
    assert!(seeds.len() >= 3, "seeds of {name}");
    for seed in &seeds {
        target(seed);
    }
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..6);
    let settings = Config {
        cases: CHANGES,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(
        settings,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let strategy = (prop::sample::select(seeds), changes);
    let result = runner.run(&strategy, |(mut bytes, changes)| {
        for (index, byte, kind) in changes {
            let at = index.index(bytes.len() + 1);
            match kind {
                0 if at < bytes.len() => bytes[at] = byte,
                1 if at < bytes.len() => {
                    bytes.remove(at);
                }
                _ => bytes.insert(at, byte),
            }
        }
        target(&bytes);
        Ok(())
    });
    assert!(result.is_ok(), "{name}: {result:?}");
}

#[test]
fn the_tokenizer_takes_any_bytes() {
    check("tokenizer", targets::tokenizer);
}

#[test]
fn chemistry_takes_any_bytes() {
    check("chem", targets::chem);
}

#[test]
fn tables_take_any_bytes() {
    check("table", targets::table);
}

#[test]
fn model_files_take_any_bytes() {
    check("checkpoint", targets::checkpoint);
}

#[test]
fn configurations_take_any_bytes() {
    check("config", targets::config);
}
