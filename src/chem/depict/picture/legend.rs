//! The legend of a scale of colours: a bar from its first colour to its last, with the values.

use super::super::point::Point;
use super::glyphs::Segment;
use super::highlight::Scale;
use super::sheet::shortened;
use super::style::{Ink, Style};
use super::{Picture, Shape, svg};

/// What colours by value mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Legend {
    /// What the values are.
    pub title: String,
    /// Their colours.
    pub scale: Scale,
}

/// Steps of the bar, and the size of each in pixels.
const STEPS: usize = 40;
const STEP: [f64; 2] = [4.0, 9.0];
/// Size of letters, in pixels.
const LETTERS: f64 = 10.0;

impl Legend {
    /// Width and height, in CSS pixels.
    pub(super) const SIZE: [f64; 2] = [240.0, 46.0];

    /// The legend as an `<svg>` element, part of a page or a file of its own.
    pub fn svg(&self, style: &Style) -> String {
        let picture = Picture {
            size: Self::SIZE,
            shapes: self.shapes(Point::new(Self::SIZE[0] / 2.0, 0.0), Self::SIZE[0]),
        };
        svg::write(&picture, style)
    }

    /// The shapes around a point at the middle of its upper edge, for this width.
    pub(super) fn shapes(&self, top: Point, width: f64) -> Vec<Shape> {
        let text = |text: String, x: f64, y: f64, ink| Shape::Text {
            text,
            at: Point::new(x, top.y + y),
            size: LETTERS,
            ink,
        };
        let left = (top.x - STEPS as f64 * STEP[0] / 2.0).round();
        let right = left + STEPS as f64 * STEP[0];
        let title = shortened(&self.title, (width - 12.0) / LETTERS);
        let mut shapes = vec![text(title, top.x, 11.0, Ink::Line)];
        let [low, high] = self.scale.ends;
        for step in 0..STEPS {
            let value = low + (high - low) * (step as f64 + 0.5) / STEPS as f64;
            let corner = Point::new(left + step as f64 * STEP[0], (top.y + 17.0).round());
            shapes.push(Shape::Filled {
                outline: rectangle(corner, STEP),
                ink: Ink::Shade(self.scale.shade(value)),
            });
        }
        for (value, x) in [
            (low, left),
            (f64::midpoint(low, high), f64::midpoint(left, right)),
            (high, right),
        ] {
            shapes.push(text(short(value), x, 38.0, Ink::Muted));
        }
        shapes
    }
}

fn rectangle(corner: Point, [width, height]: [f64; 2]) -> Vec<Segment> {
    let to = |x: f64, y: f64| Segment::Line(corner + Point::new(x, y));
    vec![
        Segment::Move(corner),
        to(width, 0.0),
        to(width, height),
        to(0.0, height),
        Segment::Close,
    ]
}

/// A number of three digits, with the sign that letters have.
fn short(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 || size == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_legend_has_its_ends_and_all_colours() {
        let legend = Legend {
            title: "charge & more".to_owned(),
            scale: Scale { ends: [-0.5, 0.5] },
        };
        let svg = legend.svg(&Style::default());
        for part in [">−0.500<", ">0<", ">0.500<", "charge &amp; more"] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        assert_eq!(svg.matches("<path").count(), STEPS);
    }
}
