//! The lines of a molecule block, with their numbers.

/// The lines of a block, one after the other.
pub(super) struct Lines<'a> {
    lines: std::str::Lines<'a>,
    number: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(block: &'a str) -> Self {
        Self {
            lines: block.lines(),
            number: 0,
        }
    }

    /// The number of the line that was read last, from 1.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// The next line, without its end.
    ///
    /// # Errors
    /// That the block ends where `what` must follow.
    pub(super) fn next(&mut self, what: &str) -> Result<&'a str, String> {
        self.number += 1;
        let line = self.lines.next();
        line.ok_or_else(|| format!("the record ends where {what} must follow"))
    }
}
