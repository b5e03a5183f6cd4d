//! A study of several samples as one page and one text: tables, plots, remarks.
//!
//! Everything that comes from a user's file passes through `escape`. Knows nothing of what the
//! figures mean.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::file::write_text;
use super::format::escape;
use super::page::{Head, beginning};
use super::reasons::Reasons;
use super::svg::Svg;
use crate::error::Result;
use crate::evaluation::Proportion;

pub use super::format::number;

/// Beside the style of reports: plots as wide as the page allows, in its colours.
const OWN_STYLE: &str = "
.plot { border: 1px solid var(--line); border-radius: .6rem; padding: .5rem; margin-top: 1.25rem; }
.plot svg { display: block; width: 100%; height: auto; max-width: 56rem; margin: 0 auto; }
.plot .several { display: grid; gap: .5rem 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); }
.plot .several svg { max-width: 30rem; }
.plot .narrow { display: none; }
.plot figcaption { color: var(--muted); font-size: .85rem; padding: .25rem .6rem .5rem; }
.caption { color: var(--muted); font-size: .85rem; } .caption + .scroll { margin-top: .6rem; }
td small { display: inline-block; max-width: 16rem; white-space: normal; }
.number small { margin-left: auto; white-space: nowrap; }
tbody th { min-width: 9rem; }
footer dl { margin-top: 1.25rem; }
@media (max-width: 40rem) {
  table { font-size: .8rem; } th, td { padding-right: .5rem; }
  th:first-child { position: sticky; left: 0; background: var(--page); max-width: 8rem; overflow-wrap: break-word; }
  .number { white-space: normal; min-width: 4.6rem; } td small, .number small { white-space: normal; font-size: .7rem; }
  tbody th { min-width: 0; }
}
@media screen and (max-width: 34rem) {
  .plot .narrow { display: block; } .plot .narrow svg { max-width: 25rem; } .plot .narrow + .wide { display: none; }
}
";

/// One cell of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cell {
    /// The text.
    pub text: String,
    /// An addition in small letters: an interval, a denominator, a reason.
    pub detail: String,
    /// Whether it is the best of its row: bold on the page, with a `*` in text.
    pub best: bool,
    /// Why there is no figure; the table says each reason once, below.
    pub reason: String,
}

/// What stands in the place of a figure that was not computed.
const NONE: &str = "–";

impl Cell {
    /// A cell without an addition.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// A cell with an addition.
    pub fn with(text: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            detail: detail.into(),
            ..Self::default()
        }
    }

    /// A share in percent with its interval.
    pub fn share(share: &Proportion) -> Self {
        match (share.value, share.interval) {
            (Some(value), Some([low, high])) => Self::with(
                format!("{:.2} %", value * 100.0),
                format!("[{:.2}, {:.2}]", low * 100.0, high * 100.0),
            ),
            _ => Self::missing(share.reason.as_deref().unwrap_or_default()),
        }
    }

    /// A number with its interval.
    pub fn number(value: f64, interval: Option<[f64; 2]>) -> Self {
        let detail = interval.map_or_else(String::new, |[low, high]| {
            format!("[{}, {}]", number(low), number(high))
        });
        Self::with(number(value), detail)
    }

    /// A figure that was not computed, and why.
    pub fn missing(reason: &str) -> Self {
        Self {
            text: NONE.to_owned(),
            reason: reason.to_owned(),
            ..Self::default()
        }
    }

    /// The number of its reason.
    fn mark<'a>(&'a self, reasons: &mut Reasons<'a>) -> Option<usize> {
        (!self.reason.is_empty()).then(|| reasons.mark(&self.reason))
    }
}

/// A table; the first cell of a row names it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// A description of the rows, above the table.
    pub caption: String,
    /// Names of the columns.
    pub head: Vec<String>,
    /// Cells, row by row.
    pub rows: Vec<Vec<Cell>>,
    /// All columns but the first are numbers, which stand to the right.
    pub numbers: bool,
}

/// A plot inside the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The caption, which screen readers say, too.
    pub caption: String,
    /// The plot; a page leaves out one without documents.
    pub svg: Svg,
}

/// A page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Study {
    /// The kind of study: sweep, comparison, audit.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// The result in a sentence or two.
    pub lead: String,
    /// The tables, in order.
    pub tables: Vec<Table>,
    /// The plots, after the first table.
    pub pictures: Vec<Picture>,
    /// Drawings of molecules, after the last table.
    pub drawings: Vec<Picture>,
    /// Definitions and reservations.
    pub notes: Vec<String>,
    /// The command line that made it.
    pub command: String,
}

/// Figures as one JSON document with indents and a final line break.
///
/// # Errors
/// They cannot be serialized.
pub fn json(figures: &impl serde::Serialize) -> Result<String> {
    Ok(serde_json::to_string_pretty(figures)? + "\n")
}

impl Study {
    /// Writes `NAME.json`, the document as [`json`] gives it, and `NAME.html`, the page, into
    /// `folder`; returns the path of the page.
    ///
    /// # Errors
    /// The document cannot be serialized, or the file system refuses.
    pub fn save(
        &self,
        folder: &Path,
        name: &str,
        document: &impl serde::Serialize,
    ) -> Result<PathBuf> {
        self.save_with(folder, name, &json(document)?)
    }

    /// The same with a document that [`json`] gave.
    pub(crate) fn save_with(&self, folder: &Path, name: &str, figures: &str) -> Result<PathBuf> {
        write_text(&folder.join(format!("{name}.json")), figures)?;
        let page = folder.join(format!("{name}.html"));
        write_text(&page, &self.html())?;
        Ok(page)
    }

    /// The page as one HTML document without outside resources.
    pub fn html(&self) -> String {
        let mut page = beginning(&Head {
            title: &self.title,
            kind: &self.kind,
            kicker: &format!("molgpt {}", self.kind),
            lead: &escape(&self.lead),
            style: OWN_STYLE,
        });
        for (index, table) in self.tables.iter().enumerate() {
            page += "<section>\n";
            page += &table.html();
            if index == 0 {
                for picture in self.pictures.iter().filter(|it| !it.svg.wide.is_empty()) {
                    page += &picture.html();
                }
            }
            page += "</section>\n";
        }
        for drawing in self.drawings.iter().filter(|it| !it.svg.wide.is_empty()) {
            page += &drawing.html();
        }
        page += "</main>\n<footer>\n";
        for note in &self.notes {
            let _ = writeln!(page, "<p class=\"note\">{}</p>", escape(note));
        }
        let _ = write!(
            page,
            "<dl><div><dt>Made by</dt><dd>molgpt {}</dd></div>\
             <div><dt>Command</dt><dd><code>{}</code></dd></div></dl>\n</footer>\n</body>\n</html>\n",
            env!("CARGO_PKG_VERSION"),
            escape(&self.command)
        );
        page
    }

    /// The tables and remarks as aligned text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for table in &self.tables {
            let _ = writeln!(text, "{}\n", table.caption);
            text += &table.text();
            text.push('\n');
        }
        for note in &self.notes {
            let _ = writeln!(text, "{note}");
        }
        text
    }
}

impl Table {
    fn html(&self) -> String {
        let class = if self.numbers {
            " class=\"number\""
        } else {
            ""
        };
        // A region that scrolls must be reachable by the keyboard.
        let mut html = format!(
            "<p class=\"caption\" aria-hidden=\"true\">{0}</p>\n\
             <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">\n<table>\n\
             <caption class=\"unseen\">{0}</caption>\n<thead><tr>",
            escape(&self.caption)
        );
        for (index, name) in self.head.iter().enumerate() {
            let class = if index == 0 { "" } else { class };
            let _ = write!(html, "<th scope=\"col\"{class}>{}</th>", escape(name));
        }
        html += "</tr></thead>\n<tbody>\n";
        let mut reasons = Reasons::default();
        for row in &self.rows {
            html += "<tr>";
            for (index, cell) in row.iter().enumerate() {
                let detail = if cell.detail.is_empty() {
                    String::new()
                } else {
                    format!("<br><small>{}</small>", escape(&cell.detail))
                };
                let detail = match cell.mark(&mut reasons) {
                    Some(mark) => format!("<sup>{mark}</sup>{detail}"),
                    None => detail,
                };
                let text = if cell.best {
                    format!("<strong>{}</strong>", escape(&cell.text))
                } else {
                    escape(&cell.text)
                };
                let _ = if index == 0 {
                    write!(html, "<th scope=\"row\">{text}{detail}</th>")
                } else {
                    write!(html, "<td{class}>{text}{detail}</td>")
                };
            }
            html += "</tr>\n";
        }
        html + "</tbody>\n</table>\n</div>\n" + &reasons.html()
    }

    /// Columns two spaces apart; numbers to the right.
    fn text<'a>(&'a self) -> String {
        let mut reasons = Reasons::default();
        let mut show = |cell: &'a Cell| {
            let mark = if cell.best { "*" } else { "" };
            match (
                cell.mark(&mut reasons),
                cell.text.as_str(),
                cell.detail.as_str(),
            ) {
                (Some(number), ..) => format!("- ({number})"),
                (None, NONE, _) => "-".to_owned(),
                (None, text, "") => format!("{mark}{text}"),
                (None, text, detail) => format!("{mark}{text} {detail}"),
            }
        };
        let mut lines = vec![self.head.clone()];
        lines.extend(
            self.rows
                .iter()
                .map(|row| row.iter().map(&mut show).collect()),
        );
        let width = |column: usize| {
            let cells = lines.iter().filter_map(|line| line.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let mut text = String::new();
        for line in &lines {
            let mut shown = String::new();
            for (index, (cell, width)) in line.iter().zip(&widths).enumerate() {
                let pad = " ".repeat(width - cell.chars().count());
                let gap = if index == 0 { "" } else { "  " };
                let _ = if index > 0 && self.numbers {
                    write!(shown, "{gap}{pad}{cell}")
                } else {
                    write!(shown, "{gap}{cell}{pad}")
                };
            }
            let _ = writeln!(text, "{}", shown.trim_end());
        }
        for (mark, reason) in reasons.all() {
            let _ = writeln!(text, "({mark}) not computed: {reason}");
        }
        text
    }
}

impl Picture {
    fn html(&self) -> String {
        let caption = escape(&self.caption);
        let named = |svg: &String| {
            let named = format!("<svg role=\"img\" aria-label=\"{caption}\" ");
            svg.replacen("<svg ", &named, 1)
        };
        let documents = |svgs: &[String]| svgs.iter().map(named).collect::<String>();
        let mut plots = String::new();
        if !self.svg.narrow.is_empty() {
            let narrow = documents(&self.svg.narrow);
            let _ = writeln!(plots, "<div class=\"narrow\">{narrow}</div>");
        }
        let several = if self.svg.wide.len() > 1 {
            " several"
        } else {
            ""
        };
        let wide = documents(&self.svg.wide);
        let _ = writeln!(plots, "<div class=\"wide{several}\">{wide}</div>");
        format!("<figure class=\"plot\">\n{plots}<figcaption>{caption}</figcaption>\n</figure>\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn study() -> Study {
        let row = |name: &str, cell| vec![Cell::new(name), cell];
        Study {
            kind: "sweep".to_owned(),
            title: "<script>alert(1)</script>".to_owned(),
            tables: vec![Table {
                caption: "A & B".to_owned(),
                head: vec!["name".to_owned(), "figure".to_owned()],
                rows: vec![
                    row("\"><img src=x>", Cell::number(12.345, Some([1.0, 20.0]))),
                    row("x", Cell::missing("no <test> set")),
                ],
                numbers: true,
            }],
            pictures: vec![Picture {
                caption: "a \"plot\"".to_owned(),
                svg: Svg {
                    wide: vec!["<svg width=\"1\"></svg>".to_owned()],
                    narrow: Vec::new(),
                },
            }],
            notes: vec!["<b>".to_owned()],
            ..Study::default()
        }
    }

    #[test]
    fn what_users_write_is_escaped() {
        let html = study().html();
        for raw in ["<script>alert", "<img", "<test>", "<b>", "a \"plot\""] {
            assert!(!html.contains(raw), "{raw}");
        }
        assert!(html.contains("<svg role=\"img\" aria-label=\"a &quot;plot&quot;\" width"));
    }

    #[test]
    fn a_reason_stands_once() {
        let mut study = study();
        for reason in ["no wheel", "no <test> set", ""] {
            let row = vec![Cell::new(reason), Cell::missing(reason)];
            study.tables[0].rows.push(row);
        }
        let (html, text) = (study.html(), study.text());
        for (place, count) in [
            ("<sup>1</sup> Not computed: no &lt;test&gt; set.", 1),
            ("<sup>2</sup> Not computed: no wheel.", 1),
            ("–<sup>1</sup>", 2),
            ("–<sup>2</sup>", 1),
            ("–</td>", 1),
        ] {
            assert_eq!(html.matches(place).count(), count, "{place}: {html}");
        }
        for place in ["- (1)", "- (2)", "(2) not computed: no wheel\n"] {
            assert!(text.contains(place), "{place}: {text}");
        }
    }

    #[test]
    fn text_is_aligned() {
        let text = study().text();
        let lines: Vec<&str> = text.lines().collect();
        let widths: Vec<usize> = lines[2..5].iter().map(|line| line.len()).collect();
        assert_eq!(widths, [widths[0]; 3], "{text}");
    }
}
