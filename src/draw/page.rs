//! Drawings as a page: one file without outside resources, light and dark.
//!
//! Everything that comes from a user's file passes through [`escape`].

use std::fmt::Write;

use super::figure::Figure;
use super::{Settings, Summary};
use crate::chem::{Cell, Legend, Sheet, Style};
use crate::report::{Head, beginning, escape, thousands};

/// Width and height of a drawing in CSS pixels.
const DRAWING: [f64; 2] = [230.0, 170.0];

/// Beside the style of reports: captions of any number, and reasons.
const OWN_STYLE: &str = "
.molecules figcaption b { font-size: .9rem; font-weight: 600; overflow-wrap: anywhere; }
.molecules dl { flex-wrap: wrap; justify-content: flex-start; gap: .4rem 1rem; margin-top: 0; }
.molecules dd { overflow-wrap: anywhere; }
.molecules code { margin-top: auto; color: var(--muted); }
.paper.none { color: var(--fault); font-size: .85rem; text-align: center; }
.scale { display: block; margin: 0 0 1.25rem; }
";

/// The page.
pub(super) fn page(
    figures: &[Figure],
    legend: Option<&Legend>,
    settings: &Settings,
    summary: &Summary,
) -> String {
    let mut page = beginning(&Head {
        title: &settings.title,
        kind: "drawings",
        kicker: "molgpt draw",
        lead: &lead(settings, summary),
        style: OWN_STYLE,
    });
    let style = Style::default();
    if let Some(legend) = legend {
        let _ = writeln!(page, "<div class=\"scale\">{}</div>", legend.svg(&style));
    }
    let columns = settings.per_row.map_or_else(String::new, |count| {
        format!(" style=\"grid-template-columns:repeat({count},minmax(0,1fr))\"")
    });
    let _ = writeln!(page, "<section class=\"molecules\"{columns}>");
    let cells = figures.iter().map(|figure| Cell {
        content: figure.content.as_ref().map_err(Clone::clone),
        captions: Vec::new(),
        title: String::new(),
    });
    let sheet = Sheet {
        cells: cells.collect(),
        columns: 1,
        cell: settings.size.unwrap_or(DRAWING),
        legend: None,
    };
    for (figure, drawing) in figures.iter().zip(sheet.drawings(&style)) {
        page += &element(figure, drawing.as_deref());
    }
    page + "</section>\n</main>\n</body>\n</html>\n"
}

/// What the page shows, in a sentence or two.
fn lead(settings: &Settings, summary: &Summary) -> String {
    let count = |count: usize, one: &str, several: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{} {several}", thousands(count)),
    };
    let mut text = count(summary.molecules, "molecule", "molecules");
    if summary.boxes > 0 {
        let _ = write!(
            text,
            " and {}",
            count(summary.boxes, "row that is none", "rows that are none")
        );
    }
    if let Some(by) = &settings.by {
        let order = if settings.ascending {
            "smallest"
        } else {
            "largest"
        };
        let _ = write!(text, ", by {} with the {order} first", escape(by));
    }
    text.push('.');
    if summary.left_out > 0 {
        let _ = write!(
            text,
            " {} are not drawn.",
            count(summary.left_out, "more row", "more rows")
        );
    }
    text
}

fn element(figure: &Figure, drawing: Option<&str>) -> String {
    let text = escape(&figure.text);
    let mut html = match (drawing, &figure.content) {
        (Some(drawing), _) => format!(
            "<figure>\n<div class=\"paper\" role=\"img\" aria-label=\"{text}\">{drawing}</div>\n<figcaption>"
        ),
        (None, Err(reason)) => format!(
            "<figure>\n<div class=\"paper none\"><p>{}</p></div>\n<figcaption>",
            escape(reason)
        ),
        (None, Ok(_)) => "<figure>\n<figcaption>".to_owned(),
    };
    if !figure.heading.is_empty() {
        let _ = write!(html, "<b>{}</b>", escape(&figure.heading));
    }
    if !figure.captions.is_empty() {
        html += "<dl>";
        for (name, value) in &figure.captions {
            let value = if value.is_empty() { "–" } else { value };
            let _ = write!(
                html,
                "<div><dt>{}</dt><dd>{}</dd></div>",
                escape(name),
                escape(value)
            );
        }
        html += "</dl>";
    }
    let _ = write!(html, "<code>{text}</code></figcaption>\n</figure>\n");
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chem::{DepictOptions, Depiction, Molecule};

    #[test]
    fn a_hostile_file_cannot_reach_the_page() {
        let hostile = "</code><script>alert(1)</script><img src=x onerror='x'>".to_owned();
        let molecule = Molecule::parse("CCO").unwrap();
        let drawing = Depiction::of(&molecule, &DepictOptions::default());
        let figure = |content| Figure {
            content,
            heading: hostile.clone(),
            captions: vec![(hostile.clone(), hostile.clone())],
            text: hostile.clone(),
        };
        let figures = [figure(Ok(drawing)), figure(Err(hostile.clone()))];
        let settings = Settings {
            title: hostile.clone(),
            by: Some(hostile.clone()),
            ..Settings::default()
        };
        let legend = Legend {
            title: hostile.clone(),
            scale: crate::chem::Scale { ends: [-1.0, 1.0] },
        };
        let page = page(&figures, Some(&legend), &settings, &Summary::default());
        for tag in ["<script", "<img", "onerror='"] {
            assert!(!page.contains(tag), "{tag}");
        }
        assert_eq!(page.matches("<figure>").count(), 2);
        assert_eq!(page.matches("&lt;script&gt;").count(), 14);
    }
}
