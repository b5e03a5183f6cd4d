//! Tells the program the commit that it is built from, where there is one to tell.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // What packages the program outside of its repository may say it. Who builds at every commit may, too: the
    // commit is part of the program, and a new one compiles it anew.
    println!("cargo:rerun-if-env-changed=MOLGPT_COMMIT");
    if let Ok(commit) = std::env::var("MOLGPT_COMMIT") {
        println!("cargo:rustc-env=MOLGPT_COMMIT={commit}");
        return;
    }
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (output.status.success() && !text.is_empty()).then_some(text)
    };
    // A commit adds a line there; a packaged crate has no such file.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]);
    if let Some(log) = log.filter(|log| std::path::Path::new(log).exists()) {
        println!("cargo:rerun-if-changed={log}");
    }
    let commit = git(&["rev-parse", "--short=10", "HEAD"]);
    let commit = commit.unwrap_or_else(|| "of a package".to_owned());
    println!("cargo:rustc-env=MOLGPT_COMMIT={commit}");
}
