//! The tables of MOSES and GuacaMol, with published figures beside ours.

use std::fmt::Write;

use crate::evaluation::{Evaluation, Provenance};
use crate::report::benchmarks;
use crate::report::format::{escape, thousands};
use crate::report::reasons::Reasons;

/// The tables of MOSES and GuacaMol side by side, and what neither has.
pub(super) fn benchmarks_section(evaluation: &Evaluation, provenance: &Provenance) -> String {
    let mut section = String::from(
        "<section aria-labelledby=\"benchmarks\">\n<h2 id=\"benchmarks\">Benchmarks</h2>\n<div class=\"pair\">\n",
    );
    for table in [
        benchmarks::moses(evaluation, provenance),
        benchmarks::guacamol(evaluation, provenance),
        benchmarks::beside(evaluation),
    ] {
        let _ = write!(section, "<div>\n<h3>{}</h3>\n", table.name);
        // A wide table scrolls inside its own box, which the keyboard must reach.
        let _ = write!(
            section,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0} figures\">\n\
             <table class=\"figures\">\n<caption class=\"unseen\">Figures of {0}</caption>\n\
             <thead><tr><th scope=\"col\">Metric</th><th scope=\"col\" class=\"number\">Value</th>\
             <th scope=\"col\" class=\"number\">95 % interval</th><th scope=\"col\" class=\"number\">of</th>",
            table.name
        );
        for name in &table.published {
            let _ = write!(
                section,
                "<th scope=\"col\" class=\"number published\">{name}</th>"
            );
        }
        section += "</tr></thead>\n<tbody>\n";
        let mut reasons = Reasons::default();
        for row in &table.rows {
            section += &benchmark_row(row, &mut reasons);
        }
        section += "</tbody>\n</table>\n</div>\n";
        section += &reasons.html();
        let _ = write!(section, "<p class=\"note\">{}</p>\n</div>\n", table.note);
    }
    section += "</div>\n<p class=\"note\">↑ larger is better, ↓ smaller is better. Intervals: Wilson for shares, \
                delta method for IntDiv, block bootstrap for the rest. Training molecules are made canonical before \
                novelty is counted, where MOSES takes their strings as they are.</p>\n</section>\n";
    section
}

/// The row of a figure. Why it is missing goes to `reasons`, and the row has the reason's number.
fn benchmark_row<'a>(row: &'a benchmarks::Row, reasons: &mut Reasons<'a>) -> String {
    let (arrow, spoken) = match row.larger_is_better {
        Some(true) => ("↑", "larger is better"),
        Some(false) => ("↓", "smaller is better"),
        None => ("", ""),
    };
    let mut cells = if let Some(value) = row.value {
        let interval = row.interval.map_or_else(
            || "–".to_owned(),
            |[low, high]| format!("{} – {}", metric(low), metric(high)),
        );
        format!(
            "<td class=\"number\"><b>{}</b></td><td class=\"number\">{interval}</td><td class=\"number\">{}</td>",
            metric(value),
            thousands(row.of)
        )
    } else {
        let mark = reasons.mark(row.reason.as_deref().unwrap_or_default());
        format!("<td class=\"number none\">–<sup>{mark}</sup></td><td></td><td></td>")
    };
    for value in &row.published {
        let value = value.map_or_else(|| "–".to_owned(), metric);
        let _ = write!(cells, "<td class=\"number published\">{value}</td>");
    }
    let warning = row.warning.as_ref().map_or_else(String::new, |warning| {
        format!(" <small>{}</small>", escape(warning))
    });
    format!(
        "<tr><th scope=\"row\">{} <span class=\"arrow\" title=\"{spoken}\" aria-label=\"{spoken}\" role=\"img\">{arrow}</span>\
         <small>{}</small>{warning}</th>{cells}</tr>\n",
        escape(&row.name),
        row.meaning
    )
}

/// A figure of a benchmark with the four decimals of its publications.
fn metric(value: f64) -> String {
    if value.abs() >= 100.0 {
        return format!("{value:.1}");
    }
    format!("{value:.4}")
}
