//! The common parts of all pages.

use super::format::escape;
use crate::chem::Style;

/// The style sheet.
const STYLE: &str = include_str!("style.css");

/// The beginning of the body: with the keyboard, the figures are one step away.
const SKIP: &str = "<body>\n<a class=\"skip\" href=\"#main\">Skip to the figures</a>\n";

/// What stands above the main part of a page.
pub(crate) struct Head<'a> {
    pub(crate) title: &'a str,
    /// What the page is, in the title of its window.
    pub(crate) kind: &'a str,
    /// The line above the title.
    pub(crate) kicker: &'a str,
    /// The sentence below it, as HTML.
    pub(crate) lead: &'a str,
    /// Rules beside those of all pages.
    pub(crate) style: &'a str,
}

/// A page up to the beginning of its main part.
pub(crate) fn beginning(head: &Head) -> String {
    let (title, kind, kicker) = (escape(head.title), escape(head.kind), escape(head.kicker));
    let (lead, style, colours) = (head.lead, head.style, Style::page_css());
    // Nothing runs and nothing is fetched, whatever a file smuggles past the escapes.
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{title} · molgpt {kind}</title>\n<style>\n{STYLE}{style}{colours}</style>\n</head>\n{SKIP}\
         <header>\n<p class=\"kicker\">{kicker}</p>\n<h1>{title}</h1>\n<p class=\"lead\">{lead}</p>\n\
         </header>\n<main id=\"main\">\n"
    )
}
