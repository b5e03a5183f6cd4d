//! The letters of an atom: its symbol with hydrogens, charge, isotope, electrons and number.

use std::f64::consts::PI;

use super::super::graph::Atom;
use super::super::point::Point;
use super::glyphs::{self, CAPITALS, Segment};

/// Size of sub- and superscripts, in font sizes.
const SMALL: f64 = 0.68;
/// Space between letters and a bond that ends at them, in font sizes.
const GAP: f64 = 0.13;

/// Between a bond and the side of the hydrogens there is at least this angle, if there can be.
const NARROWEST: f64 = 0.9;

/// A box with sides along the axes; y goes down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub(super) low: Point,
    pub(super) high: Point,
}

/// A text and the place where its base line begins, in pixels from the atom.
#[derive(Debug, Clone)]
struct Run {
    text: String,
    at: Point,
    size: f64,
}

/// The letters of an atom.
#[derive(Debug, Clone, Default)]
pub(super) struct Label {
    runs: Vec<Run>,
    /// Runs in the colour of notes.
    notes: Vec<Run>,
    /// Centres of dots for electrons.
    pub(super) dots: Vec<Point>,
    /// Radius of those dots.
    pub(super) dot: f64,
    frames: Vec<Frame>,
}

/// Where the hydrogens go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Side {
    Right,
    Left,
    Above,
    Below,
}

impl Side {
    const ALL: [Self; 4] = [Self::Right, Self::Left, Self::Below, Self::Above];

    /// Direction on the page, where y goes down.
    fn angle(self) -> f64 {
        match self {
            Self::Right => 0.0,
            Self::Left => PI,
            Self::Below => PI / 2.0,
            Self::Above => -PI / 2.0,
        }
    }
}

/// Radius of a dot for an electron, in font sizes.
pub(super) const DOT: f64 = 0.09;

/// Whether an element's hydrogens stand before it where it is alone, as in water.
fn is_acid(number: u8) -> bool {
    matches!(number, 8 | 9 | 16 | 17 | 34 | 35 | 52 | 53)
}

/// How far a direction is from the nearest of some bonds.
fn room(direction: f64, bonds: &[f64]) -> f64 {
    let apart = |bond: &f64| {
        let angle = (direction - bond).rem_euclid(2.0 * PI);
        angle.min(2.0 * PI - angle)
    };
    bonds.iter().map(apart).fold(PI, f64::min)
}

impl Label {
    /// The letters of an atom whose bonds go in these directions (on the page, where y goes down), with
    /// its hydrogens on this side.
    pub(super) fn new(atom: &Atom, bonds: &[f64], size: f64, side: Side) -> Self {
        if let Some(texts) = atom.label {
            return Self::group(texts, bonds, size);
        }
        let mut label = Self {
            dot: DOT * size,
            ..Self::default()
        };
        let symbol = match (atom.number, atom.isotope) {
            (1, 2) => "D",
            (1, 3) => "T",
            _ => atom.symbol,
        };
        let base = CAPITALS * size / 2.0;
        let width = glyphs::width(symbol) * size;
        label.put(symbol, Point::new(-width / 2.0, base), size);
        let mut left = -width / 2.0;
        let mut right = width / 2.0;
        let raised = base - 0.4 * size;
        if atom.isotope > 0 && !matches!(symbol, "D" | "T") {
            let text = atom.isotope.to_string();
            left -= glyphs::width(&text) * SMALL * size;
            label.put(&text, Point::new(left, raised), SMALL * size);
        }
        if atom.hydrogens > 0 {
            label.hydrogens(atom.hydrogens, side, base, size, [&mut left, &mut right]);
        }
        let mut taken: Vec<f64> = bonds.to_vec();
        if atom.hydrogens > 0 {
            taken.push(side.angle());
        }
        if atom.charge != 0 {
            let text = charge(atom.charge);
            let wide = glyphs::width(&text) * SMALL * size;
            // Behind the hydrogens, or at the free corner of the symbol.
            let behind = atom.hydrogens > 0 && side == Side::Right;
            let corners = [(1.0, -1.0), (-1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
            let free = |&(x, y): &(f64, f64)| {
                let usual = if x > 0.0 { 0.25 } else { 0.0 } + if y < 0.0 { 0.55 } else { 0.0 };
                room(y.atan2(x), &taken).min(0.9) + usual
            };
            let best = corners
                .into_iter()
                .filter(|&(x, y)| {
                    // Before hydrogens it is raised, or else it would look like their number.
                    let hydrogens = atom.hydrogens > 0 && side == Side::Left;
                    x > 0.0 || atom.isotope == 0 && (y < 0.0 || !hydrogens)
                })
                .max_by(|first, second| free(first).total_cmp(&free(second)));
            let (x, y) = if behind {
                (1.0, -1.0)
            } else {
                best.unwrap_or((1.0, -1.0))
            };
            let at = if x > 0.0 {
                // Beside the number of hydrogens above.
                let above = atom.hydrogens > 1 && side == Side::Above && y < 0.0;
                let number = if above {
                    (glyphs::width("H") / 2.0 + glyphs::width("2") * SMALL) * size
                } else {
                    right
                };
                right.max(number) + 0.03 * size
            } else {
                left - wide - 0.03 * size
            };
            let line = if y < 0.0 { raised } else { base + 0.28 * size };
            label.put(&text, Point::new(at, line), SMALL * size);
            taken.push(y.atan2(x));
        }
        label.electrons(atom.unpaired, &mut taken, size, right);
        if atom.map > 0 {
            label.number(&format!(":{}", atom.map), &taken, size);
        }
        label
    }

    /// The letters of a group, to the right of its bond or to the left; figures are subscripts and
    /// charges are raised. The letter at the bond is where the atom is.
    fn group([right, left]: [&str; 2], bonds: &[f64], size: f64) -> Self {
        // With a bond straight up or down, to the right.
        let goes_left = bonds.first().is_some_and(|bond| bond.cos() > 0.3);
        let text = if goes_left { left } else { right };
        let pieces = pieces(text);
        let wide = |(piece, small): &(&str, bool)| {
            glyphs::width(piece) * if *small { SMALL * size } else { size }
        };
        let width = |piece: &str| {
            let mut letters = piece.chars();
            let letter = if goes_left {
                letters.next_back()
            } else {
                letters.next()
            };
            glyphs::width(letter.unwrap_or(' ').encode_utf8(&mut [0; 4])) * size
        };
        let normal = |(_, small): &&(&str, bool)| !small;
        let mut at = if goes_left {
            let last = pieces.iter().rev().find(normal);
            // Up to the last letter; a figure behind it stands in the way of the bond, and has a gap.
            let behind: f64 = pieces
                .iter()
                .rev()
                .take_while(|(_, small)| *small)
                .map(wide)
                .sum();
            let all: f64 = pieces.iter().map(wide).sum();
            behind + last.map_or(0.0, |(piece, _)| width(piece) / 2.0) - all
        } else {
            -pieces.first().map_or(0.0, |(piece, _)| width(piece) / 2.0)
        };
        let base = CAPITALS * size / 2.0;
        let mut label = Self::default();
        for piece in &pieces {
            let (text, small) = *piece;
            let line = match text.chars().next() {
                _ if !small => base,
                Some('+' | '−') => base - 0.4 * size,
                _ => base + 0.2 * size,
            };
            label.put(
                text,
                Point::new(at, line),
                if small { SMALL * size } else { size },
            );
            at += wide(piece);
        }
        label
    }

    /// A number beside an atom that has no letters.
    pub(super) fn note(text: &str, bonds: &[f64], size: f64) -> Self {
        let mut label = Self::default();
        label.number(text, bonds, size);
        label.frames.clear();
        label
    }

    fn put(&mut self, text: &str, at: Point, size: f64) {
        let wide = glyphs::width(text) * size;
        self.frames.push(Frame {
            low: Point::new(at.x, at.y - CAPITALS * size),
            high: Point::new(at.x + wide, at.y),
        });
        self.runs.push(Run {
            text: text.to_owned(),
            at,
            size,
        });
    }

    /// Puts `H` and its number beside, above or below the symbol; moves the ends of the line.
    fn hydrogens(&mut self, count: u8, side: Side, base: f64, size: f64, ends: [&mut f64; 2]) {
        let [left, right] = ends;
        let number = if count > 1 {
            count.to_string()
        } else {
            String::new()
        };
        let (wide, small) = (
            glyphs::width("H") * size,
            glyphs::width(&number) * SMALL * size,
        );
        let (start, line) = match side {
            Side::Right => (*right, base),
            Side::Left => (*left - wide - small, base),
            Side::Above => (-wide / 2.0, base - 0.88 * size),
            Side::Below => (-wide / 2.0, base + 0.88 * size),
        };
        self.put("H", Point::new(start, line), size);
        if count > 1 {
            self.put(
                &number,
                Point::new(start + wide, line + 0.2 * size),
                SMALL * size,
            );
        }
        match side {
            Side::Right => *right += wide + small,
            Side::Left => *left = start,
            _ => {}
        }
    }

    /// Dots for unpaired electrons, where there is most room.
    fn electrons(&mut self, count: u8, taken: &mut Vec<f64>, size: f64, right: f64) {
        if count == 0 {
            return;
        }
        let direction = freest(taken);
        taken.push(direction);
        let way = Point::towards(direction);
        let reach = if way.x > 0.5 {
            right.max(0.35 * size) + 0.2 * size
        } else {
            0.62 * size
        };
        for dot in 0..count {
            let aside = (f64::from(dot) - f64::from(count - 1) / 2.0) * 0.26 * size;
            self.dots.push(way * reach + way.left() * aside);
        }
    }

    fn number(&mut self, text: &str, taken: &[f64], size: f64) {
        let size = SMALL * size;
        let way = Point::towards(freest(taken));
        let wide = glyphs::width(text) * size;
        let reach = if self.frames.is_empty() {
            0.75 * size
        } else {
            1.25 * size
        };
        let centre = way * reach + Point::new(way.x * wide / 2.0, 0.0);
        let at = Point::new(centre.x - wide / 2.0, centre.y + CAPITALS * size / 2.0);
        self.notes.push(Run {
            text: text.to_owned(),
            at,
            size,
        });
    }

    /// The outline of the letters of an atom at `at`, and of those in the colour of notes.
    pub(super) fn outlines(&self, at: Point) -> [Vec<Segment>; 2] {
        [&self.runs, &self.notes].map(|runs| {
            let mut found = Vec::new();
            for run in runs {
                glyphs::outline(&run.text, at + run.at, run.size, &mut found);
            }
            found
        })
    }

    /// The boxes around letters, that of the symbol first, in pixels from the atom.
    pub(super) fn letters(&self) -> &[Frame] {
        &self.frames
    }

    /// The boxes around letters and notes, in pixels from the atom.
    pub(super) fn frames(&self) -> impl Iterator<Item = Frame> + '_ {
        let notes = self.notes.iter().map(|run| Frame {
            low: Point::new(run.at.x, run.at.y - CAPITALS * run.size),
            high: Point::new(run.at.x + glyphs::width(&run.text) * run.size, run.at.y),
        });
        let dots = self.dots.iter().map(|&dot| Frame {
            low: dot - Point::new(self.dot, self.dot),
            high: dot + Point::new(self.dot, self.dot),
        });
        self.frames.iter().copied().chain(notes).chain(dots)
    }

    /// How far from the atom a bond in this direction begins, in pixels, so that it leaves a gap at
    /// the letters.
    pub(super) fn clearance(&self, way: Point, size: f64) -> f64 {
        let gap = GAP * size;
        let leaves = |frame: &Frame| frame.leaves(way, gap);
        self.frames.iter().filter_map(leaves).fold(0.0, f64::max)
    }
}

impl Frame {
    /// The box elsewhere.
    pub(super) fn moved(self, by: Point) -> Self {
        Self {
            low: self.low + by,
            high: self.high + by,
        }
    }

    /// Whether two boxes have more in common than a strip so wide.
    pub(super) fn meets(self, other: Self, strip: f64) -> bool {
        let apart = |low: f64, high: f64, other_low: f64, other_high: f64| {
            high.min(other_high) - low.max(other_low) < strip
        };
        !apart(self.low.x, self.high.x, other.low.x, other.high.x)
            && !apart(self.low.y, self.high.y, other.low.y, other.high.y)
    }

    /// Whether a line passes through the box, made smaller by `strip` on all sides.
    pub(super) fn is_crossed(self, [from, to]: [Point; 2], strip: f64) -> bool {
        let way = to - from;
        let (mut start, mut end) = (0.0_f64, 1.0_f64);
        for (low, high, at, along) in [
            (self.low.x + strip, self.high.x - strip, from.x, way.x),
            (self.low.y + strip, self.high.y - strip, from.y, way.y),
        ] {
            if along.abs() < 1e-9 {
                if at < low || at > high {
                    return false;
                }
                continue;
            }
            let (first, second) = ((low - at) / along, (high - at) / along);
            start = start.max(first.min(second));
            end = end.min(first.max(second));
        }
        start < end
    }

    /// The distance at which a ray from the origin leaves the box, made larger by `gap` on all
    /// sides; `None` where it does not meet it. Corners are cut, as letters are round.
    fn leaves(&self, way: Point, gap: f64) -> Option<f64> {
        let (low, high) = (
            self.low - Point::new(gap, gap),
            self.high + Point::new(gap, gap),
        );
        let (mut from, mut to) = (0.0_f64, f64::INFINITY);
        for (start, end, along) in [(low.x, high.x, way.x), (low.y, high.y, way.y)] {
            if along.abs() < 1e-9 {
                if start > 0.0 || end < 0.0 {
                    return None;
                }
                continue;
            }
            let (first, second) = (start / along, end / along);
            from = from.max(first.min(second));
            to = to.min(first.max(second));
        }
        if from >= to {
            return None;
        }
        // Through a corner a ray is inside for longer than the letter is wide.
        let centre = (low + high) * 0.5;
        let half = (high - low) * 0.5;
        let out = way * to - centre;
        let corner = (out.x / half.x).abs().min((out.y / half.y).abs());
        Some(to * (1.0 - 0.13 * corner * corner))
    }
}

/// A text in pieces of letters and of figures or signs, which are small.
fn pieces(text: &str) -> Vec<(&str, bool)> {
    let is_small = |character: char| character.is_ascii_digit() || matches!(character, '+' | '−');
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let small = is_small(first);
        let end = rest.find(|other| is_small(other) != small);
        let (piece, others) = rest.split_at(end.unwrap_or(rest.len()));
        found.push((piece, small));
        rest = others;
    }
    found
}

/// Sides for the hydrogens of an atom, the best first: that with most room, and others that have
/// enough; to the right if there is enough there.
pub(super) fn sides(atom: &Atom, bonds: &[f64]) -> Vec<Side> {
    if bonds.is_empty() {
        let acid = is_acid(atom.number);
        return vec![if acid { Side::Left } else { Side::Right }];
    }
    let worth = |side: Side| {
        let usual = match side {
            Side::Right => 0.3,
            Side::Left => 0.2,
            Side::Below => 0.02,
            Side::Above => 0.0,
        };
        let enough = if bonds.len() == 1 { PI / 2.0 } else { 2.0 };
        room(side.angle(), bonds).min(enough) + usual
    };
    let mut found = Side::ALL.to_vec();
    found.sort_by(|first, second| worth(*second).total_cmp(&worth(*first)));
    let best = found[0];
    found.retain(|side| *side == best || room(side.angle(), bonds) > NARROWEST);
    found
}

/// The direction farthest from all that are taken; upwards of equal ones.
fn freest(taken: &[f64]) -> f64 {
    let directions = [-90.0_f64, -45.0, -135.0, 0.0, 180.0, 45.0, 135.0, 90.0].map(f64::to_radians);
    let best = directions
        .into_iter()
        .rev()
        .max_by(|first, second| room(*first, taken).total_cmp(&room(*second, taken)));
    best.unwrap_or(-PI / 2.0)
}

/// A charge as it is written: `+`, `2−`.
fn charge(charge: i8) -> String {
    let sign = if charge > 0 { '+' } else { '−' };
    match charge.unsigned_abs() {
        1 => sign.to_string(),
        count => format!("{count}{sign}"),
    }
}
