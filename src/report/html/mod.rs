//! report.html: one file without outside resources, for screens of any width, light or dark, and paper.
//!
//! Everything that comes from a user's file passes through [`escape`](super::format::escape).

mod benchmarks;
mod charts;
mod molecules;

use std::fmt::Write;

use super::format::{escape, thousands};
use super::headline::headline;
use super::page::{Head, beginning};
use crate::evaluation::{Evaluation, MadeBy, Proportion, Provenance, Source};
use benchmarks::benchmarks_section;
use charts::{distributions_section, neighbours_section};
use molecules::{causes_section, gallery_section};

/// The report as one HTML document.
pub fn html(evaluation: &Evaluation, provenance: &Provenance) -> String {
    let mut page = String::new();
    page += &beginning(&Head {
        title: &provenance.title,
        kind: "report",
        kicker: "molgpt evaluation",
        lead: &lead(evaluation, provenance),
        style: "",
    });
    page += &headline_section(evaluation);
    page += &benchmarks_section(evaluation, provenance);
    page += &distributions_section(evaluation);
    page += &neighbours_section(evaluation);
    page += &causes_section(evaluation);
    page += &gallery_section(evaluation);
    page += "</main>\n";
    page += &footer(provenance);
    page += "</body>\n</html>\n";
    page
}

fn lead(evaluation: &Evaluation, provenance: &Provenance) -> String {
    let mut sentence = format!("{} generated strings", thousands(evaluation.generated));
    if let Some(cut) = evaluation.cut.as_ref().filter(|cut| cut.count > 0) {
        let count = thousands(cut.count);
        let _ = write!(
            sentence,
            " ({count} of them cut at the context of their model)"
        );
    }
    let mut against = Vec::new();
    if let Some(train) = &provenance.train {
        against.push(format!("{} training molecules", thousands(train.used)));
    }
    if let Some(test) = &provenance.test {
        against.push(format!("{} test molecules", thousands(test.used)));
    }
    if !against.is_empty() {
        let _ = write!(sentence, ", judged against {}", against.join(" and "));
    }
    sentence.push('.');
    if let Some(differs) = &provenance.train_differs {
        let _ = write!(sentence, " Note: {}.", escape(differs));
    }
    sentence
}

/// The model that made the strings, as HTML.
fn maker(model: &MadeBy) -> String {
    let mut text = format!("<code>{}</code>", escape(&model.model));
    if let (Some(data), Some(rows)) = (&model.data, model.rows) {
        let _ = write!(
            text,
            ", trained on <code>{}</code> ({} rows)",
            escape(data),
            thousands(rows)
        );
    }
    if let Some(parent) = &model.parent {
        let _ = write!(text, ", from <code>{}</code>", escape(parent));
    }
    if let Some(step) = model.step {
        let _ = write!(text, ", step {}", thousands(step as usize));
    }
    if let Some(loss) = model.validation_loss {
        let _ = write!(text, ", validation loss {loss:.4} per token");
    }
    text
}

fn headline_section(evaluation: &Evaluation) -> String {
    let explanations = [
        "strings that are molecules",
        "different molecules among the valid",
        "different among the first 1,000 valid",
        "different among the first 10,000 valid",
        "different molecules not in the training set",
    ];
    let mut section = String::from(
        "<section aria-labelledby=\"headline\">\n<h2 id=\"headline\">Headline figures</h2>\n<div class=\"cards\">\n",
    );
    for ((name, proportion), explanation) in headline(evaluation).into_iter().zip(explanations) {
        section += &card(name, proportion, explanation);
    }
    section += "</div>\n<p class=\"note\">Ranges are 95 % Wilson score intervals. Molecules are compared by canonical SMILES.</p>\n</section>\n";
    section
}

fn card(name: &str, proportion: &Proportion, explanation: &str) -> String {
    let body = match (proportion.value, proportion.interval) {
        (Some(value), Some([low, high])) => format!(
            "<p class=\"value\">{value:.2}<small> %</small></p>\n\
             <svg class=\"gauge\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{value:.2} %\">\
             <title>{value:.2} %, interval {low:.2} to {high:.2} %</title>\
             <rect class=\"track\" width=\"100\" height=\"6\"/><rect class=\"fill\" width=\"{value:.2}\" height=\"6\"/>\
             <rect class=\"interval\" x=\"{low:.2}\" width=\"{width:.2}\" height=\"6\"/></svg>\n\
             <p class=\"count\">{count} of {of}</p>\n<p class=\"range\">{low:.2} – {high:.2} %</p>\n",
            value = value * 100.0,
            low = low * 100.0,
            high = high * 100.0,
            width = (high - low).max(0.004) * 100.0,
            count = thousands(proportion.count),
            of = thousands(proportion.of),
        ),
        _ => format!(
            "<p class=\"value none\">not computed</p>\n<p class=\"count\">{}</p>\n",
            escape(proportion.reason.as_deref().unwrap_or_default())
        ),
    };
    format!(
        "<article class=\"card\">\n<h3>{name}</h3>\n{body}<p class=\"what\">{explanation}</p>\n</article>\n"
    )
}

fn footer(provenance: &Provenance) -> String {
    let mut rows = vec![(
        "Generated file",
        format!("<code>{}</code>", escape(&provenance.generated)),
    )];
    rows.push((
        "Model",
        provenance
            .model
            .as_ref()
            .map_or_else(|| "not given".to_owned(), maker),
    ));
    let source = |source: &Option<Source>, what: &str| match source {
        Some(source) => format!(
            "<code>{}</code> ({} records, {} {what})",
            escape(&source.name),
            thousands(source.records),
            thousands(source.used)
        ),
        None => "not given".to_owned(),
    };
    rows.push((
        "Training set",
        source(&provenance.train, "distinct molecules"),
    ));
    rows.push(("Test set", source(&provenance.test, "valid molecules")));
    rows.push((
        "Scaffold test set",
        source(&provenance.test_scaffolds, "valid molecules"),
    ));
    rows.push(("Program", format!("molgpt {}", escape(&provenance.version))));
    rows.push((
        "Command",
        format!("<code>{}</code>", escape(&provenance.command)),
    ));
    let mut footer = String::from("<footer>\n<h2>Provenance</h2>\n<dl>\n");
    for (term, value) in rows {
        let _ = writeln!(footer, "<div><dt>{term}</dt><dd>{value}</dd></div>");
    }
    footer += "</dl>\n</footer>\n";
    footer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::{References, evaluate};

    #[test]
    fn a_hostile_file_cannot_reach_the_page() {
        let hostile = "</code><script>alert(1)</script><img src=x onerror='x'>".to_owned();
        let evaluation = evaluate(&[hostile.clone(), "CCO".to_owned()], &References::default());
        let source = Some(Source {
            name: hostile.clone(),
            records: 1,
            used: 1,
            digest: hostile.clone(),
        });
        let provenance = Provenance {
            title: hostile.clone(),
            generated: hostile.clone(),
            model: Some(MadeBy {
                model: hostile.clone(),
                run: Some(hostile.clone()),
                data: Some(hostile.clone()),
                rows: Some(1),
                parent: Some(hostile.clone()),
                step: Some(1),
                validation_loss: Some(1.0),
            }),
            train_differs: Some(hostile.clone()),
            train: source.clone(),
            test: source.clone(),
            test_scaffolds: source,
            version: hostile.clone(),
            command: hostile,
        };
        let page = html(&evaluation, &provenance);
        for tag in ["<script", "<img", "onerror='"] {
            assert!(!page.contains(tag), "{tag}");
        }
        assert!(page.contains("&lt;script&gt;"));
    }

    #[test]
    fn the_page_needs_nothing_from_outside() {
        let evaluation = evaluate(&["c1ccccc1".to_owned()], &References::default());
        let page = html(&evaluation, &Provenance::default());
        // What stays inside the page.
        let page = ["href=\"#main\"", "href=\"data:,\""]
            .iter()
            .fold(page, |page, inside| page.replace(inside, ""));
        for outside in ["src=", "href=", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
