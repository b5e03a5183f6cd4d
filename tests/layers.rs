//! Data flows one way: a room of `src/` uses only rooms that come before it.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms in order.
const ROOMS: [&str; 16] = [
    "files",
    "text",
    "chem",
    "tokenizer",
    "corpus",
    "model",
    "chemnet",
    "config",
    "checkpoint",
    "exchange",
    "scoring",
    "training",
    "sampling",
    "evaluation",
    "report",
    "cli",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension() == Some("rs".as_ref()) {
            found.push(path);
        }
    }
}

#[test]
fn rooms_use_only_rooms_before_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let used = regex::Regex::new(r"\bcrate::([a-z_]+)").unwrap();
    let place = |room: &str| ROOMS.iter().position(|known| *known == room);
    let mut uses = 0;
    for file in files {
        let inside = file.strip_prefix(&root).unwrap();
        let room = inside.iter().next().unwrap().to_str().unwrap();
        let room = room.trim_end_matches(".rs");
        if room == "lib" || room == "main" {
            continue;
        }
        let own = place(room).unwrap_or_else(|| panic!("`{room}` has no place in the order"));
        let text = fs::read_to_string(&file).unwrap();
        // Tests may look anywhere.
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for name in used.captures_iter(code) {
            let other = place(&name[1]);
            let shown = inside.display();
            assert!(
                other.is_some_and(|other| other <= own),
                "{shown} uses {}",
                &name[1]
            );
            uses += 1;
        }
    }
    assert!(
        uses > 20,
        "only {uses} uses found: does the pattern still fit?"
    );
}
