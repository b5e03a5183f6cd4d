//! report.html: one file without outside resources, for screens of any width, light or dark, and paper.
//!
//! Everything that comes from a user's file passes through [`escape`].

use std::fmt::Write;

use super::plots::{axis_number, headline, number, shares};
use super::{Provenance, Source, benchmarks};
use crate::chem::{Cause, Molecule};
use crate::evaluation::{
    Distribution, Drawn, Evaluation, InvalidExample, Property, Proportion, Summary,
};

const STYLE: &str = include_str!("style.css");

/// Size of a drawing in CSS pixels.
const DRAWING: (u32, u32) = (220, 160);

/// The longest invalid string shown whole, in characters.
const LONGEST_SHOWN: usize = 160;

/// The report as one HTML document.
pub fn html(evaluation: &Evaluation, provenance: &Provenance) -> String {
    let mut page = String::new();
    let title = escape(&provenance.title);
    page += "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
    // Nothing runs and nothing is fetched, whatever a file smuggles past the escapes.
    page += "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n";
    page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    page += "<meta name=\"color-scheme\" content=\"light dark\">\n";
    let _ = write!(
        page,
        "<title>{title} · molgpt report</title>\n<style>\n{STYLE}</style>\n</head>\n"
    );
    page += "<body>\n<header>\n<p class=\"kicker\">molgpt evaluation</p>\n";
    let _ = write!(
        page,
        "<h1>{title}</h1>\n<p class=\"lead\">{}</p>\n",
        lead(evaluation, provenance)
    );
    page += "</header>\n<main>\n";
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

/// Makes text safe inside elements and quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // Control characters are not allowed in HTML; show that something is there.
            c if c.is_control() && c != '\n' && c != '\t' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

fn lead(evaluation: &Evaluation, provenance: &Provenance) -> String {
    let mut sentence = format!("{} generated strings", thousands(evaluation.generated));
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
    sentence + "."
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

/// The tables of MOSES and GuacaMol side by side.
fn benchmarks_section(evaluation: &Evaluation, provenance: &Provenance) -> String {
    let mut section = String::from(
        "<section aria-labelledby=\"benchmarks\">\n<h2 id=\"benchmarks\">Benchmarks</h2>\n<div class=\"pair\">\n",
    );
    for table in [
        benchmarks::moses(evaluation, provenance),
        benchmarks::guacamol(evaluation, provenance),
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
        for row in &table.rows {
            section += &benchmark_row(row);
        }
        let _ = write!(
            section,
            "</tbody>\n</table>\n</div>\n<p class=\"note\">{}</p>\n</div>\n",
            table.note
        );
    }
    section += "</div>\n<p class=\"note\">↑ larger is better, ↓ smaller is better. Intervals: Wilson for shares, \
                delta method for IntDiv, block bootstrap for the rest. Training molecules are made canonical before \
                novelty is counted, where MOSES takes their strings as they are.</p>\n</section>\n";
    section
}

fn benchmark_row(row: &benchmarks::Row) -> String {
    let (arrow, spoken) = match row.larger_is_better {
        Some(true) => ("↑", "larger is better"),
        Some(false) => ("↓", "smaller is better"),
        None => ("", ""),
    };
    let mut cells = match row.value {
        Some(value) => {
            let interval = row.interval.map_or_else(
                || "–".to_owned(),
                |[low, high]| format!("{} – {}", metric(low), metric(high)),
            );
            format!(
                "<td class=\"number\"><b>{}</b></td><td class=\"number\">{interval}</td><td class=\"number\">{}</td>",
                metric(value),
                thousands(row.of)
            )
        }
        None => format!(
            "<td colspan=\"3\" class=\"none\">not computed: {}</td>",
            escape(row.reason.as_deref().unwrap_or_default())
        ),
    };
    for value in &row.published {
        let value = value.map_or_else(|| "–".to_owned(), metric);
        let _ = write!(cells, "<td class=\"number published\">{value}</td>");
    }
    format!(
        "<tr><th scope=\"row\">{} <span class=\"arrow\" title=\"{spoken}\" aria-label=\"{spoken}\" role=\"img\">{arrow}</span>\
         <small>{}</small></th>{cells}</tr>\n",
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

fn neighbours_section(evaluation: &Evaluation) -> String {
    let neighbours = &evaluation.neighbours;
    let sets = [
        ("training", neighbours.train.as_ref()),
        ("test", neighbours.test.as_ref()),
    ];
    let known: Vec<_> = sets
        .iter()
        .filter_map(|(name, set)| Some((*name, (*set)?)))
        .collect();
    let Some((first, bars)) = known.first() else {
        return String::new();
    };
    let outline = known.get(1);
    let mut section = String::from(
        "<section aria-labelledby=\"neighbours\">\n<h2 id=\"neighbours\">Nearest known molecules</h2>\n",
    );
    let _ = write!(
        section,
        "<p class=\"legend\"><span class=\"swatch bar\"></span>nearest {first} molecule"
    );
    if let Some((name, _)) = outline {
        let _ = write!(
            section,
            "<span class=\"swatch line\"></span>nearest {name} molecule"
        );
    }
    let means: Vec<String> = known
        .iter()
        .map(|(name, set)| {
            format!(
                "{name}: mean {:.3}, {} identical",
                set.mean,
                thousands(set.identical)
            )
        })
        .collect();
    let title = format!(
        "Tanimoto similarity to the nearest molecule; {}",
        means.join("; ")
    );
    let lines = outline.map(|(_, set)| shares(&set.counts));
    let _ = write!(
        section,
        "</p>\n<div class=\"charts wide\">\n<figure>\n<figcaption><b>Tanimoto similarity</b><span>{}</span></figcaption>\n{}</figure>\n</div>\n\
         <p class=\"note\">Morgan fingerprints of radius 2 and 1,024 bits, against draws of {} molecules each, so that the two can be \
         compared: a generator that copies its training set is nearer to it than to the test set.</p>\n</section>\n",
        means.join("; "),
        histogram_svg(&Bins {
            title: &title,
            bars: &shares(&bars.counts),
            outline: lines.as_deref(),
            start: 0.0,
            width: 1.0 / bars.counts.len() as f64,
            property: Property::Qed,
        }),
        thousands(bars.drawn),
    );
    section
}

fn causes_section(evaluation: &Evaluation) -> String {
    let invalid = evaluation.generated - evaluation.valid;
    let mut section = String::from(
        "<section aria-labelledby=\"causes\">\n<h2 id=\"causes\">Why strings are invalid</h2>\n",
    );
    if invalid == 0 {
        section += "<p>Every string is a molecule.</p>\n</section>\n";
        return section;
    }
    let _ = write!(
        section,
        "<table class=\"causes\">\n<caption>{} of {} strings are not molecules; shares are of those</caption>\n\
         <thead><tr><th scope=\"col\">Cause</th><th scope=\"col\" class=\"number\">Strings</th>\
         <th scope=\"col\">First example</th></tr></thead>\n<tbody>\n",
        thousands(invalid),
        thousands(evaluation.generated)
    );
    for row in &evaluation.invalid {
        let share = row.count as f64 / invalid as f64 * 100.0;
        let _ = writeln!(
            section,
            "<tr><th scope=\"row\">{}</th><td class=\"number\">{}<small>{share:.1} %</small></td>\
             <td><code>{}</code><small>{}</small></td></tr>",
            cause_label(row.cause),
            thousands(row.count),
            marked(&row.example),
            escape(&row.example.message)
        );
    }
    section += "</tbody>\n</table>\n</section>\n";
    section
}

fn cause_label(cause: Cause) -> &'static str {
    match cause {
        Cause::Empty => "Empty string",
        Cause::Ring => "Ring closure",
        Cause::Parenthesis => "Parenthesis",
        Cause::Bracket => "Bracket atom",
        Cause::Truncated => "Truncated",
        Cause::Syntax => "Other syntax",
        Cause::Valence => "Valence",
        Cause::Kekulization => "Aromaticity",
        Cause::TooLong => "Too long",
    }
}

/// An invalid string with its fault marked, shortened around the fault when it is long.
fn marked(example: &InvalidExample) -> String {
    let text = example.smiles.as_str();
    if text.is_empty() {
        return "<i>nothing</i>".to_owned();
    }
    let count = text.chars().count();
    // The offset comes in bytes; all that follows counts characters.
    let fault = example
        .position
        .filter(|&byte| text.is_char_boundary(byte))
        .map(|byte| text[..byte].chars().count());
    let start = match fault {
        Some(fault) if count > LONGEST_SHOWN => fault
            .saturating_sub(LONGEST_SHOWN / 2)
            .min(count - LONGEST_SHOWN),
        _ => 0,
    };
    let shown: Vec<char> = text.chars().skip(start).take(LONGEST_SHOWN).collect();
    let piece = |characters: &[char]| escape(&characters.iter().collect::<String>());
    let mut html = String::new();
    if start > 0 {
        html.push('…');
    }
    match fault.map(|fault| fault - start) {
        Some(at) if at < shown.len() => {
            html += &piece(&shown[..at]);
            let _ = write!(html, "<mark>{}</mark>", piece(&shown[at..=at]));
            html += &piece(&shown[at + 1..]);
        }
        Some(_) => {
            html += &piece(&shown);
            html += "<mark class=\"end\" title=\"the fault is at the end\">␣</mark>";
        }
        None => html += &piece(&shown),
    }
    if start + shown.len() < count {
        html.push('…');
    }
    html
}

fn distributions_section(evaluation: &Evaluation) -> String {
    let mut section = String::from(
        "<section aria-labelledby=\"distributions\">\n<h2 id=\"distributions\">Property distributions</h2>\n",
    );
    if evaluation.valid == 0 {
        section += "<p>Not computed: no string is a valid molecule.</p>\n</section>\n";
        return section;
    }
    let has_test = evaluation
        .distributions
        .iter()
        .any(|row| row.test.is_some());
    section += "<p class=\"legend\"><span class=\"swatch bar\"></span>generated";
    if has_test {
        section += "<span class=\"swatch line\"></span>test";
    }
    section += "</p>\n<div class=\"charts\">\n";
    for distribution in &evaluation.distributions {
        section += &chart(distribution);
    }
    section += "</div>\n<div class=\"scroll\">\n<table>\n<caption>Mean ± standard deviation, and the Wasserstein-1 distance to the test set in the unit of the property with its 95 % interval</caption>\n";
    section += "<thead><tr><th scope=\"col\">Property</th><th scope=\"col\" class=\"number\">Generated</th><th scope=\"col\" class=\"number\">Test</th><th scope=\"col\" class=\"number\">Distance</th></tr></thead>\n<tbody>\n";
    for row in &evaluation.distributions {
        let mut distance = row
            .wasserstein
            .map_or_else(|| "not computed".to_owned(), significant);
        if let Some([low, high]) = row.interval {
            let _ = write!(
                distance,
                "<small>{} – {}</small>",
                significant(low),
                significant(high)
            );
        }
        let _ = writeln!(
            section,
            "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{distance}</td></tr>",
            label_with_unit(row),
            summary(row.generated.as_ref()),
            summary(row.test.as_ref()),
        );
    }
    section += "</tbody>\n</table>\n</div>\n<p class=\"note\">Over valid molecules, repeats included. The outermost bars also hold everything beyond them.</p>\n</section>\n";
    section
}

fn label_with_unit(row: &Distribution) -> String {
    match row.unit {
        "" => row.property.label().to_owned(),
        unit => format!("{} <small>{unit}</small>", row.property.label()),
    }
}

fn summary(summary: Option<&Summary>) -> String {
    summary.map_or_else(
        || "not computed".to_owned(),
        |s| {
            format!(
                "{} ± {}",
                significant(s.mean),
                significant(s.standard_deviation)
            )
        },
    )
}

fn chart(row: &Distribution) -> String {
    let Some(histogram) = &row.histogram else {
        return String::new();
    };
    let label = row.property.label();
    let mut title = format!("{label}: generated {}", summary(row.generated.as_ref()));
    if row.test.is_some() {
        let _ = write!(title, ", test {}", summary(row.test.as_ref()));
    }
    let test = histogram.test.as_deref().map(shares);
    let distance = row.wasserstein.map_or_else(String::new, |value| {
        format!("<span>distance {}</span>", significant(value))
    });
    format!(
        "<figure>\n<figcaption><b>{}</b>{distance}</figcaption>\n{}</figure>\n",
        label_with_unit(row),
        histogram_svg(&Bins {
            title: &title,
            bars: &shares(&histogram.generated),
            outline: test.as_deref(),
            start: histogram.start,
            width: histogram.width,
            property: row.property,
        })
    )
}

/// Shares on equal bins, as bars and as an outline on one axis.
struct Bins<'a> {
    title: &'a str,
    bars: &'a [f64],
    outline: Option<&'a [f64]>,
    start: f64,
    width: f64,
    /// Whose numbers are on the axis.
    property: Property,
}

fn histogram_svg(bins: &Bins) -> String {
    const WIDTH: f64 = 360.0;
    const HEIGHT: f64 = 190.0;
    const LEFT: f64 = 34.0;
    const RIGHT: f64 = 352.0;
    const TOP: f64 = 8.0;
    const BOTTOM: f64 = 164.0;
    let &Bins {
        title,
        bars,
        outline,
        start,
        width,
        property,
    } = bins;
    let top = bars
        .iter()
        .chain(outline.into_iter().flatten())
        .copied()
        .fold(f64::EPSILON, f64::max);
    let bin = (RIGHT - LEFT) / bars.len() as f64;
    let x = |index: usize| LEFT + bin * index as f64;
    let y = |share: f64| BOTTOM - (BOTTOM - TOP) * share / (top * 1.05);

    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\"><title>{title}</title>\n"
    );
    let rung = tick_step(top * 1.05, 5.0);
    let mut share = 0.0;
    while share <= top * 1.05 {
        let height = y(share);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{height:.1}\" y2=\"{height:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}%</text>",
            LEFT - 5.0,
            height + 3.5,
            number(share * 100.0, rung * 800.0)
        );
        share += rung;
    }
    let gap = if bin > 5.0 { 1.0 } else { 0.0 };
    for (index, &share) in bars.iter().enumerate().filter(|(_, share)| **share > 0.0) {
        let _ = write!(
            svg,
            "<rect class=\"bar\" x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{:.2}\"/>",
            x(index) + gap / 2.0,
            y(share),
            bin - gap,
            BOTTOM - y(share)
        );
    }
    if let Some(outline) = outline {
        let mut path = format!("M{LEFT} {BOTTOM}");
        for (index, &share) in outline.iter().enumerate() {
            let _ = write!(path, "V{:.2}H{:.2}", y(share), x(index + 1));
        }
        let _ = write!(svg, "<path class=\"outline\" d=\"{path}V{BOTTOM}\"/>");
    }
    let span = width * bars.len() as f64;
    let end = start + span;
    let least = if property.is_count() { 1.0 } else { 0.0 };
    let step = tick_step(span, 6.0).max(least);
    let mut tick = (start / step).ceil() * step;
    while tick <= end {
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            LEFT + (RIGHT - LEFT) * (tick - start) / span,
            BOTTOM + 16.0,
            axis_number(property, tick, span)
        );
        tick += step;
    }
    svg += "\n</svg>\n";
    svg
}

/// The round step (1, 2 or 5 times a power of ten) that cuts `span` into at most `most` parts.
fn tick_step(span: f64, most: f64) -> f64 {
    let least = (span / most).max(f64::MIN_POSITIVE);
    let power = 10.0_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|&step| step >= least * 0.999)
        .unwrap_or(least)
}

fn gallery_section(evaluation: &Evaluation) -> String {
    let gallery = &evaluation.gallery;
    let mut section = String::from(
        "<section aria-labelledby=\"molecules\">\n<h2 id=\"molecules\">Molecules</h2>\n",
    );
    if evaluation.valid == 0 {
        section += "<p>None: no string is a valid molecule.</p>\n";
    }
    let trained = evaluation.novelty.value.is_some();
    let unusual = if trained {
        "Most unusual novel ones"
    } else {
        "Most unusual"
    };
    for (name, note, molecules) in [
        (
            "A random draw",
            "The same draw for the same file.",
            &gallery.random,
        ),
        (
            "Most typical",
            "Nearest to the median of the six properties, each in standard deviations.",
            &gallery.typical,
        ),
        (
            "Most novel",
            "Least similar to any known molecule of the draw above, and not in the training set.",
            &gallery.novel,
        ),
        (unusual, "Farthest from that median.", &gallery.unusual),
    ] {
        if molecules.is_empty() {
            continue;
        }
        let _ = write!(
            section,
            "<h3>{name}</h3>\n<p class=\"note\">{note}</p>\n<div class=\"molecules\">\n"
        );
        for molecule in molecules {
            section += &drawing(molecule);
        }
        section += "</div>\n";
    }
    if !gallery.invalid.is_empty() {
        section += "<h3>Not molecules</h3>\n<p class=\"note\">The fault is marked where one place is to blame.</p>\n<ul class=\"faults\">\n";
        for example in &gallery.invalid {
            let _ = writeln!(
                section,
                "<li><code>{}</code><small>{} · row {}</small></li>",
                marked(example),
                escape(&example.message),
                thousands(example.row)
            );
        }
        section += "</ul>\n";
    }
    section += "</section>\n";
    section
}

fn drawing(molecule: &Drawn) -> String {
    let (width, height) = DRAWING;
    let picture = Molecule::parse(&molecule.smiles)
        .map(|parsed| parsed.draw(width, height))
        .unwrap_or_default();
    let d = &molecule.descriptors;
    let smiles = escape(&molecule.smiles);
    let nearest = molecule.similarity.map_or_else(String::new, |similarity| {
        format!(" · nearest {similarity:.2}")
    });
    let novel = match molecule.novel {
        Some(true) => "<span class=\"tag\">novel</span>",
        Some(false) => "<span class=\"tag known\">in training set</span>",
        None => "",
    };
    format!(
        "<figure>\n<div class=\"paper\" role=\"img\" aria-label=\"{smiles}\">{picture}</div>\n\
         <figcaption><code>{smiles}</code>\n<dl><div><dt>weight</dt><dd>{:.1}</dd></div><div><dt>logP</dt><dd>{:.2}</dd></div>\
         <div><dt>QED</dt><dd>{:.2}</dd></div><div><dt>SA</dt><dd>{:.2}</dd></div><div><dt>TPSA</dt><dd>{:.0}</dd></div></dl>\n\
         <p><small>row {}{nearest}</small>{novel}</p></figcaption>\n</figure>\n",
        d.weight,
        d.log_p,
        d.qed,
        d.sa,
        d.tpsa,
        thousands(molecule.row)
    )
}

fn footer(provenance: &Provenance) -> String {
    let mut rows = vec![(
        "Generated file",
        format!("<code>{}</code>", escape(&provenance.generated)),
    )];
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

/// 1234567 as 1,234,567.
fn thousands(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// About three significant digits, without exponent.
fn significant(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        size if size >= 0.001 || size == 0.0 => format!("{value:.3}"),
        _ => format!("{value:.5}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::{References, evaluate};

    #[track_caller]
    fn check_escape(text: &str, expected: &str) {
        assert_eq!(escape(text), expected);
    }

    #[test]
    fn escaping() {
        check_escape("CC(=O)O", "CC(=O)O");
        check_escape(
            "<script>alert(\"&'\")</script>\u{1b}",
            "&lt;script&gt;alert(&quot;&amp;&#39;&quot;)&lt;/script&gt;\u{fffd}",
        );
    }

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
        for outside in ["src=", "href=", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
    }

    #[track_caller]
    fn check_marked(smiles: &str, position: Option<usize>, expected: &str) {
        let example = InvalidExample {
            row: 1,
            smiles: smiles.to_owned(),
            cause: Cause::Syntax,
            message: String::new(),
            position,
        };
        assert_eq!(marked(&example), expected);
    }

    #[test]
    fn marking_the_fault() {
        check_marked("", None, "<i>nothing</i>");
        check_marked("CC", None, "CC");
        check_marked("C<C", Some(1), "C<mark>&lt;</mark>C");
        check_marked("é!C", Some(2), "é<mark>!</mark>C");
        check_marked("é!C", Some(1), "é!C");
        check_marked(
            "C=",
            Some(2),
            "C=<mark class=\"end\" title=\"the fault is at the end\">␣</mark>",
        );
        let long = format!("{}!{}", "C".repeat(300), "N".repeat(300));
        let expected = format!("…{}<mark>!</mark>{}…", "C".repeat(80), "N".repeat(79));
        check_marked(&long, Some(300), &expected);
    }

    #[track_caller]
    fn check_thousands(value: usize, expected: &str) {
        assert_eq!(thousands(value), expected);
    }

    #[test]
    fn thousands_are_grouped() {
        check_thousands(0, "0");
        check_thousands(999, "999");
        check_thousands(1_000, "1,000");
        check_thousands(1_234_567, "1,234,567");
    }
}
