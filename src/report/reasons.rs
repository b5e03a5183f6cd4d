//! Why figures of a table are missing: each reason once, with a number that stands in the place of the figures.

use super::format::escape;

/// The reasons of a table in the order in which they come.
#[derive(Debug, Default)]
pub(super) struct Reasons<'a>(Vec<&'a str>);

impl<'a> Reasons<'a> {
    /// The number of a reason, from 1.
    pub(super) fn mark(&mut self, reason: &'a str) -> usize {
        let known = self.0.iter().position(|known| *known == reason);
        let place = known.unwrap_or_else(|| {
            self.0.push(reason);
            self.0.len() - 1
        });
        place + 1
    }

    /// The numbers and their reasons.
    pub(super) fn all(&self) -> impl Iterator<Item = (usize, &'a str)> + '_ {
        (1..).zip(self.0.iter().copied())
    }

    /// The reasons as paragraphs below the table.
    pub(super) fn html(&self) -> String {
        let paragraph = |(mark, reason): (usize, &str)| {
            let reason = escape(reason);
            format!("<p class=\"note\"><sup>{mark}</sup> Not computed: {reason}.</p>\n")
        };
        self.all().map(paragraph).collect()
    }
}
