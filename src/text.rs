//! Text for people: a line with a mark under the place that is meant.

/// One line of a text around a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// At most 80 characters of the text, dots where more is left out, spaces for control
    /// characters.
    pub(crate) line: String,
    /// Characters of `line` before the place.
    pub(crate) column: usize,
}

/// The part of `text` around the character at byte `position`.
pub(crate) fn excerpt(text: &str, position: usize) -> Excerpt {
    /// Characters shown on each side of the place.
    const SIDE: usize = 40;
    let column = text
        .char_indices()
        .take_while(|(offset, _)| *offset < position)
        .count();
    let start = column.saturating_sub(SIDE);
    let mut shown = text.chars().skip(start);
    let line: String = shown
        .by_ref()
        .take(2 * SIDE)
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    let before = if start > 0 { "..." } else { "" };
    let after = if shown.next().is_some() { "..." } else { "" };
    Excerpt {
        line: format!("{before}{line}{after}"),
        column: before.len() + column - start,
    }
}

/// [`excerpt`] with a caret under the place, both indented by two spaces.
pub(crate) fn caret(text: &str, position: usize) -> String {
    let Excerpt { line, column } = excerpt(text, position);
    format!("  {line}\n  {:column$}^", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, position: usize, expected: &str) {
        assert_eq!(caret(text, position), expected);
    }

    #[test]
    fn the_mark_stands_under_the_place() {
        check("CC(", 2, "  CC(\n    ^");
        check("", 0, "  \n  ^");
        check("\u{e9}C\tX", 4, "  \u{e9}C X\n     ^");
        let long = "C".repeat(100);
        let line = "C".repeat(80);
        let mark = " ".repeat(43);
        check(&long, 50, &format!("  ...{line}...\n  {mark}^"));
    }
}
