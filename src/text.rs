//! Text for people: a line with a mark under the place that is meant.

/// `text` with a caret under the character at byte `position`, both indented by two spaces.
///
/// Long text is cut around the place; control characters are shown as spaces.
pub(crate) fn caret(text: &str, position: usize) -> String {
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
    let indent = " ".repeat(before.len() + column - start);
    format!("  {before}{line}{after}\n  {indent}^")
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
