//! The functions of `fuzz/` on its seeds, each as it is and changed a little many times over.
//!
//! The long run is `cargo fuzz` (docs/trust.md); this keeps the targets alive and old finds found.
//! With `FUZZ_SECONDS` each target changes its seeds for that long, and says how often.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]
#![expect(clippy::print_stdout, reason = "`--nocapture` tells how often")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

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
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let seconds = std::env::var("FUZZ_SECONDS").map_or(0, |seconds| seconds.parse().unwrap());
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut count = 0;
    while count < CHANGES || Instant::now() < end {
        let mut bytes = seeds[random.next_u32() as usize % seeds.len()].clone();
        for _ in 0..=random.next_u32() % 6 {
            change(&mut bytes, &seeds, &mut random);
        }
        let survived = std::panic::catch_unwind(|| target(&bytes)).is_ok();
        let shown = String::from_utf8_lossy(&bytes);
        assert!(survived, "{name} fails on {shown:?}");
        count += 1;
    }
    println!("{name}: {count} executions");
}

/// Another byte, one more, one less, or a piece of another seed.
fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut ChaCha8Rng) {
    let mut below = |end: usize| random.next_u32() as usize % end.max(1);
    let at = below(bytes.len() + 1);
    match below(4) {
        0 if at < bytes.len() => bytes[at] = below(256) as u8,
        1 if at < bytes.len() => {
            bytes.remove(at);
        }
        2 => bytes.insert(at, below(128) as u8),
        _ => {
            let other = &seeds[below(seeds.len())];
            let from = below(other.len());
            let to = (from + below(20)).min(other.len());
            bytes.splice(at..at, other[from..to].iter().copied());
        }
    }
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
