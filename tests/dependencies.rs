//! Every crate that is built comes from the registry and has a licence that `deny.toml` allows.
//!
//! `cargo deny check` asks more (docs/trust.md); this needs nothing but cargo.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use std::process::Command;

/// The allowed licences of `deny.toml`.
fn allowed() -> Vec<String> {
    let text = include_str!("../deny.toml");
    let table: toml::Table = text.parse().unwrap();
    let list = table["licenses"]["allow"].as_array().unwrap();
    list.iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

/// Whether a licence expression can be met: a choice by one side, a sum by both.
fn is_met(expression: &str, allowed: &[String]) -> bool {
    let expression = expression.trim();
    let split = |word: &str| -> Option<(&str, &str)> {
        let mut depth = 0;
        expression.char_indices().find_map(|(at, symbol)| {
            depth += i32::from(symbol == '(') - i32::from(symbol == ')');
            let here = depth == 0 && expression[at..].starts_with(word);
            here.then(|| (&expression[..at], &expression[at + word.len()..]))
        })
    };
    if let Some((one, other)) = split(" OR ").or_else(|| split("/")) {
        return is_met(one, allowed) || is_met(other, allowed);
    }
    if let Some((one, other)) = split(" AND ") {
        return is_met(one, allowed) && is_met(other, allowed);
    }
    let inner = expression
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'));
    inner.map_or_else(
        || allowed.iter().any(|name| name == expression),
        |inner| is_met(inner, allowed),
    )
}

#[test]
fn licence_expressions_are_read() {
    let allowed = ["MIT", "Zlib", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
    for (expression, met) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR GPL-3.0) AND Zlib", true),
        ("(GPL-2.0 OR GPL-3.0) AND Zlib", false),
        ("Apache-2.0 WITH LLVM-exception", true),
    ] {
        assert_eq!(is_met(expression, &allowed), met, "{expression}");
    }
}

#[test]
fn every_crate_has_an_allowed_licence_and_the_one_source() {
    // Of the program alone: what its build has fetched is all that is looked at.
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--package", "molgpt"])
        .args(["--edges", "normal,build,dev", "--prefix", "none"])
        .args(["--format", "{p}\t{l}", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let allowed = allowed();
    let mut count = 0;
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let Some((package, licence)) = line.split_once('\t') else {
            continue;
        };
        let licence = licence.trim_end_matches(" (*)");
        assert!(is_met(licence, &allowed), "{package}: licence `{licence}`");
        // A package of the registry has no source behind its version.
        let package = package.trim_end_matches(" (proc-macro)");
        assert!(
            package.starts_with("molgpt ") || !package.contains('('),
            "{package}: not of the registry"
        );
        count += 1;
    }
    assert!(count > 50, "{count} crates");
}
