//! The common parts of all pages.

/// The style sheet.
pub(super) const STYLE: &str = include_str!("style.css");

/// The beginning of the body: with the keyboard, the figures are one step away.
pub(super) const SKIP: &str = "<body>\n<a class=\"skip\" href=\"#main\">Skip to the figures</a>\n";
