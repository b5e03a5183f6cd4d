//! Outlines of letters, so that a drawing looks the same on every machine, with fonts or without.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::super::point::Point;

/// `DejaVu` Sans; its licence is `src/report/FONT_LICENSE`, and `glyphs.py` made the table.
static TABLE: &str = include_str!("glyphs.txt");

/// Letters are this much narrower than in the font, which is wide.
const NARROW: f64 = 0.94;
/// Height of capitals, in font sizes.
pub(super) const CAPITALS: f64 = 0.729;
/// What is drawn for a character that the table lacks.
const MISSING: char = '?';

/// A piece of an outline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Segment {
    Move(Point),
    Line(Point),
    /// A quadratic curve: its control point and its end.
    Curve(Point, Point),
    Close,
}

impl Segment {
    /// The segment, moved.
    pub(super) fn moved(self, by: Point) -> Self {
        match self {
            Self::Move(to) => Self::Move(to + by),
            Self::Line(to) => Self::Line(to + by),
            Self::Curve(control, to) => Self::Curve(control + by, to + by),
            Self::Close => Self::Close,
        }
    }

    fn scaled(self, by: f64) -> Self {
        match self {
            Self::Move(to) => Self::Move(to * by),
            Self::Line(to) => Self::Line(to * by),
            Self::Curve(control, to) => Self::Curve(control * by, to * by),
            Self::Close => Self::Close,
        }
    }
}

struct Glyph {
    /// In font sizes, as all else here.
    width: f64,
    outline: Vec<Segment>,
}

static GLYPHS: LazyLock<HashMap<char, Glyph>> = LazyLock::new(|| {
    let lines = TABLE.lines().filter(|line| !line.starts_with("# "));
    lines.filter_map(read).collect()
});

/// A line of the table: a character, its width and its outline, apart by tabs.
fn read(line: &str) -> Option<(char, Glyph)> {
    let mut fields = line.split('\t');
    let character = fields.next()?.chars().next()?;
    let width: f64 = fields.next()?.parse().ok()?;
    let path = fields.next().unwrap_or("");
    let mut outline = Vec::new();
    let commands = path.split_inclusive(|c: char| c.is_ascii_alphabetic());
    // Each piece ends with the letter of the next command.
    let mut command = None;
    for piece in commands {
        let (numbers, next) = piece.split_at(piece.len() - 1);
        let numbers: Vec<f64> = numbers
            .split(' ')
            .filter_map(|number| number.parse::<f64>().ok())
            .map(|number| number / 1000.0)
            .collect();
        let point = |at: usize| Some(Point::new(numbers.get(at)? * NARROW, *numbers.get(at + 1)?));
        match command {
            Some("M") => outline.push(Segment::Move(point(0)?)),
            Some("L") => outline.push(Segment::Line(point(0)?)),
            Some("Q") => outline.push(Segment::Curve(point(0)?, point(2)?)),
            _ => {}
        }
        if next == "Z" {
            outline.push(Segment::Close);
        }
        command = Some(next);
    }
    let width = width / 1000.0 * NARROW;
    Some((character, Glyph { width, outline }))
}

fn glyph(character: char) -> Option<&'static Glyph> {
    GLYPHS.get(&character).or_else(|| GLYPHS.get(&MISSING))
}

/// The width of a text, in font sizes.
pub(super) fn width(text: &str) -> f64 {
    let of = |character| match character {
        ' ' => 0.3,
        character => glyph(character).map_or(0.0, |glyph| glyph.width),
    };
    text.chars().map(of).sum()
}

/// The outline of a text that begins at `at`, on the base line; y goes down.
pub(super) fn outline(text: &str, at: Point, size: f64, into: &mut Vec<Segment>) {
    let mut x = at.x;
    for character in text.chars() {
        if character == ' ' {
            x += 0.3 * size;
            continue;
        }
        let Some(glyph) = glyph(character) else {
            continue;
        };
        let start = Point::new(x, at.y);
        let placed = |segment: &Segment| segment.scaled(size).moved(start);
        into.extend(glyph.outline.iter().map(placed));
        x += glyph.width * size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_an_element_has_an_outline() {
        for character in ('A'..='Z')
            .chain('a'..='z')
            .chain('0'..='9')
            .chain("+−*:#".chars())
        {
            let glyph = GLYPHS.get(&character).unwrap();
            assert!((0.2..1.0).contains(&glyph.width), "{character}");
            assert!(matches!(glyph.outline[0], Segment::Move(_)), "{character}");
            assert_eq!(glyph.outline.last(), Some(&Segment::Close), "{character}");
        }
    }

    #[test]
    fn widths_add_up() {
        approx::assert_abs_diff_eq!(width("NH"), width("N") + width("H"));
        approx::assert_abs_diff_eq!(width(""), 0.0);
        assert!(width("\u{1F600}") > 0.0, "a character that the table lacks");
    }

    #[test]
    fn an_outline_is_where_its_text_is() {
        let mut found = Vec::new();
        outline("H", Point::new(10.0, 20.0), 10.0, &mut found);
        let inside =
            |point: &Point| (10.0..18.0).contains(&point.x) && (12.0..=20.0).contains(&point.y);
        for segment in &found {
            if let Segment::Move(point) | Segment::Line(point) = segment {
                assert!(inside(point), "{point:?}");
            }
        }
        assert!(found.len() > 8);
    }
}
