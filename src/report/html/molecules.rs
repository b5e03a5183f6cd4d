//! Example molecules: drawings, and invalid strings with the place of the fault.

use std::fmt::Write;

use crate::chem::{Cause, Style};
use crate::evaluation::{Drawn, Evaluation, InvalidExample};
use crate::report::drawings::drawings;
use crate::report::format::{escape, thousands};

/// Size of a drawing in CSS pixels.
const DRAWING: [f64; 2] = [230.0, 170.0];

/// The longest invalid string shown whole, in characters.
const LONGEST_SHOWN: usize = 160;

pub(super) fn causes_section(evaluation: &Evaluation) -> String {
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

pub(super) fn gallery_section(evaluation: &Evaluation) -> String {
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
        let pictures = drawings(molecules, DRAWING, &Style::default());
        for (molecule, picture) in molecules.iter().zip(pictures) {
            section += &figure(molecule, &picture.unwrap_or_default());
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

fn figure(molecule: &Drawn, picture: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
