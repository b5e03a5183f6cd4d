//! Histograms: properties against the test set, similarities to known molecules.

use std::fmt::Write;

use crate::evaluation::{Distribution, Evaluation, Property, Summary};
use crate::report::format::{axis_number, property_number, shares, significant, thousands};

pub(super) fn distributions_section(evaluation: &Evaluation) -> String {
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
    section += "</div>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Properties\">\n<table>\n<caption>Mean ± standard deviation, and the Wasserstein-1 distance to the test set in the unit of the property with its 95 % interval</caption>\n";
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
    section += "</tbody>\n</table>\n</div>\n<p class=\"note\">Over valid molecules, repeats included. The outermost bars also hold everything beyond them.";
    let drawn = evaluation.distributions.iter().map(|row| row.drawn);
    if let Some(drawn) = drawn.max().filter(|drawn| *drawn < evaluation.valid) {
        let _ = write!(
            section,
            " Bars and distances are of a draw of {} molecules.",
            thousands(drawn)
        );
    }
    section += "</p>\n</section>\n";
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
    /// The property whose numbers are on the axis.
    property: Property,
}

fn histogram_svg(bins: &Bins) -> String {
    const WIDTH: f64 = 360.0;
    const HEIGHT: f64 = 190.0;
    const LEFT: f64 = 34.0;
    const RIGHT: f64 = 346.0;
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
            axis_number(share * 100.0, rung * 800.0)
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
            property_number(property, tick, span)
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

pub(super) fn neighbours_section(evaluation: &Evaluation) -> String {
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
