//! A drawing as SVG.
//!
//! Lines of a kind are one path, and so are the letters of a colour. Colours are attributes, which
//! every program reads; classes let a style sheet change them for dark pages.

use std::fmt::Write;

use super::super::point::Point;
use super::glyphs::Segment;
use super::style::{Ink, SHADE_OPACITY, Style, Theme};
use super::{Picture, Shape};

/// The `<svg>` element of a picture.
pub(super) fn write(picture: &Picture, style: &Style) -> String {
    let [width, height] = picture.size.map(number);
    // A String takes any text, here and below.
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">"
    );
    text += &colours(style.theme);
    for shape in &picture.shapes {
        text += &element(shape, style);
    }
    text + "</svg>"
}

/// The style sheet of a file of its own.
pub(super) fn colours(theme: Theme) -> String {
    if theme != Theme::Auto {
        return String::new();
    }
    let line = |theme| Ink::Line.colour(theme).unwrap_or_default();
    let muted = |theme| Ink::Muted.colour(theme).unwrap_or_default();
    let rules = |theme| format!("svg{{color:{}}}.note{{fill:{}}}", line(theme), muted(theme));
    format!(
        "<style>{}{}@media (prefers-color-scheme:dark){{{}}}</style>",
        rules(Theme::Light),
        Style::page_css(),
        rules(Theme::Dark)
    )
}

/// One shape as an element.
pub(super) fn element(shape: &Shape, style: &Style) -> String {
    match shape {
        Shape::Lines {
            lines,
            width,
            ink,
            dashed,
        } => {
            let mut path = String::new();
            for [from, to] in lines {
                let _ = write!(path, "M{} {}", pair(*from), pair(*to));
            }
            let dash = if *dashed {
                format!(" stroke-dasharray=\"{0} {0}\"", number(2.4 * width))
            } else {
                String::new()
            };
            format!(
                "<path d=\"{path}\"{} stroke-width=\"{}\" stroke-linecap=\"round\"{dash}/>",
                paint("stroke", *ink, style.theme),
                number(*width)
            )
        }
        Shape::Filled { outline, ink } => {
            format!(
                "<path d=\"{}\"{}/>",
                path(outline),
                paint("fill", *ink, style.theme)
            )
        }
        Shape::Discs {
            centres,
            radius,
            ink,
        } => {
            let disc = |centre: &Point| {
                format!(
                    "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
                    number(centre.x),
                    number(centre.y),
                    number(*radius)
                )
            };
            let discs: String = centres.iter().map(disc).collect();
            format!("<g{}>{discs}</g>", paint("fill", *ink, style.theme))
        }
        Shape::Text {
            text,
            at,
            size,
            ink,
        } => format!(
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\" text-anchor=\"middle\" \
             font-family=\"system-ui,Helvetica,Arial,sans-serif\"{}>{}</text>",
            number(at.x),
            number(at.y),
            number(*size),
            paint("fill", *ink, style.theme),
            escaped(text)
        ),
    }
}

/// The attributes that paint with an ink.
fn paint(attribute: &str, ink: Ink, theme: Theme) -> String {
    let pageward = matches!(theme, Theme::Page | Theme::Auto);
    let mut text = match ink {
        Ink::Line if pageward => format!(" {attribute}=\"currentColor\""),
        Ink::Muted if theme == Theme::Page => {
            format!(" {attribute}=\"currentColor\" opacity=\".7\"")
        }
        Ink::Muted if theme == Theme::Auto => " class=\"note\"".to_owned(),
        ink => {
            let colour = ink.colour(if theme == Theme::Page {
                Theme::Light
            } else {
                theme
            });
            format!(" {attribute}=\"{}\"", colour.unwrap_or_default())
        }
    };
    if let (Some(class), true) = (ink.class(), pageward) {
        let _ = write!(text, " class=\"{class}\"");
    }
    if matches!(ink, Ink::Shade(_)) {
        let _ = write!(text, " opacity=\"{SHADE_OPACITY}\"");
    }
    text
}

fn path(outline: &[Segment]) -> String {
    let mut text = String::new();
    for segment in outline {
        let _ = match segment {
            Segment::Move(to) => write!(text, "M{}", pair(*to)),
            Segment::Line(to) => write!(text, "L{}", pair(*to)),
            Segment::Curve(control, to) => write!(text, "Q{} {}", pair(*control), pair(*to)),
            Segment::Close => write!(text, "Z"),
        };
    }
    text
}

fn pair(point: Point) -> String {
    format!("{} {}", number(point.x), number(point.y))
}

/// A number of pixels, to a hundredth, without needless zeros.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

/// Text for an element or an attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => found += "&amp;",
            '<' => found += "&lt;",
            '>' => found += "&gt;",
            '"' => found += "&quot;",
            // Other control characters are no XML.
            character if character.is_control() => found.push(' '),
            character => found.push(character),
        }
    }
    found
}
