//! The command line as one text, which reports and pages print.

use std::ffi::OsString;
use std::sync::OnceLock;

/// The words, the program's own name first.
static WORDS: OnceLock<Vec<OsString>> = OnceLock::new();

/// Takes the words of the command, of which those of the first call stay.
pub(super) fn remember(words: Vec<OsString>) {
    let _ = WORDS.set(words);
}

/// A word as a shell reads it, quoted where that is needed.
pub(super) fn quote(word: String) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// The words of the command, quoted where a shell needs it.
pub(super) fn command_line() -> String {
    let words = WORDS.get().into_iter().flatten();
    let words = words
        .skip(1)
        .map(|word| quote(word.to_string_lossy().into_owned()));
    std::iter::once("molgpt".to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}
