//! What is drawn: lines, filled shapes and letters, in pixels; y goes down.
//!
//! Knows nothing of files. `svg` and `png` write it.

mod bonds;
mod crowd;
mod glyphs;
mod highlight;
mod label;
mod legend;
mod png;
mod sheet;
mod style;
mod svg;

use super::Depiction;
use super::graph::{Graph, Order};
use super::point::Point;
use bonds::Drawer;
use crowd::Crowd;
use glyphs::Segment;
use label::{Frame, Label};

pub use highlight::{Highlights, Scale};
pub use legend::Legend;
pub use png::PngError;
pub use sheet::{Cell, Sheet};
use style::Ink;
pub use style::{Shade, Style, Theme};

/// Size of letters in bond lengths, for the layout: that of drawings of usual size.
const FONT: f64 = 0.55;

/// Where letters touch other letters or bonds in a drawing with these places, by the atoms that are
/// near.
pub(super) fn touching(graph: &Graph, points: &[Point]) -> Vec<Vec<usize>> {
    let page: Vec<Point> = points.iter().map(|at| Point::new(at.x, -at.y)).collect();
    Crowd::new(graph, &page, FONT, 1.0).settled().faults()
}

/// One thing that is drawn.
#[derive(Debug, Clone)]
enum Shape {
    /// Straight lines with round ends.
    Lines {
        lines: Vec<[Point; 2]>,
        width: f64,
        ink: Ink,
        dashed: bool,
    },
    /// The inside of outlines.
    Filled { outline: Vec<Segment>, ink: Ink },
    /// Discs.
    Discs {
        centres: Vec<Point>,
        radius: f64,
        ink: Ink,
    },
    /// A text around `at` on its base line, in a font of the page.
    Text {
        text: String,
        at: Point,
        size: f64,
        ink: Ink,
    },
}

impl Shape {
    /// The shape, moved.
    fn moved(self, by: Point) -> Self {
        match self {
            Self::Lines {
                lines,
                width,
                ink,
                dashed,
            } => Self::Lines {
                lines: lines
                    .into_iter()
                    .map(|line| line.map(|end| end + by))
                    .collect(),
                width,
                ink,
                dashed,
            },
            Self::Filled { outline, ink } => Self::Filled {
                outline: outline
                    .into_iter()
                    .map(|segment| segment.moved(by))
                    .collect(),
                ink,
            },
            Self::Discs {
                centres,
                radius,
                ink,
            } => Self::Discs {
                centres: centres.into_iter().map(|centre| centre + by).collect(),
                radius,
                ink,
            },
            Self::Text {
                text,
                at,
                size,
                ink,
            } => Self::Text {
                text,
                at: at + by,
                size,
                ink,
            },
        }
    }
}

/// A drawing of a size in pixels.
#[derive(Debug, Clone)]
struct Picture {
    size: [f64; 2],
    shapes: Vec<Shape>,
}

/// Smallest letters of a note, in pixels.
const NOTE: f64 = 9.0;
/// What a drawing says that does not show all stereochemistry.
const NOT_DRAWN: &str = "stereochemistry not drawn";

impl Depiction {
    /// The drawing as an `<svg>` element, `width` times `height` CSS pixels: part of a page, or with
    /// [`Theme::Auto`] and the others a file of its own. Its ground is transparent.
    pub fn svg(&self, [width, height]: [f64; 2], style: &Style) -> String {
        svg::write(&self.picture([width, height], style), style)
    }

    /// The drawing as a PNG file; `scale` pixels for each CSS pixel.
    ///
    /// # Errors
    /// [`PngError`] for a size that is none, or too large.
    pub fn png(&self, size: [f64; 2], scale: f64, style: &Style) -> Result<Vec<u8>, PngError> {
        png::write(&self.picture(size, style), scale, style)
    }

    /// The longest bond, in pixels, at which the drawing fits a box; at most that of the style.
    pub fn fitting_bond(&self, size: [f64; 2], style: &Style) -> f64 {
        let room = self.room(size, style);
        let mut bond = style.bond;
        // Letters do not shrink as bonds do, so it takes some rounds.
        for _ in 0..6 {
            let extent = self.drafted(bond, style).extent(0.5 * bond);
            let (wide, high) = (extent.high.x - extent.low.x, extent.high.y - extent.low.y);
            let scale = (room[0] / wide).min(room[1] / high);
            if scale >= 1.0 {
                break;
            }
            bond *= scale * 0.999;
        }
        bond.max(1.0)
    }

    /// The size of the drawing at the bond length of a style, with its margins.
    pub fn natural_size(&self, style: &Style) -> [f64; 2] {
        let extent = self.drafted(style.bond, style).extent(0.5 * style.bond);
        let note = if self.stereo.not_drawn.is_empty() {
            0.0
        } else {
            1.6 * NOTE
        };
        let size = extent.high - extent.low;
        [
            size.x + 2.0 * style.margin,
            size.y + 2.0 * style.margin + note,
        ]
    }

    /// The room for atoms and letters in a box.
    fn room(&self, [width, height]: [f64; 2], style: &Style) -> [f64; 2] {
        let note = if self.stereo.not_drawn.is_empty() {
            0.0
        } else {
            1.6 * NOTE
        };
        let inside = |length: f64| (length - 2.0 * style.margin).max(1.0);
        [inside(width), inside(height - note)]
    }

    /// The places of the atoms in a drawing of this size, in pixels from its upper left corner, by the numbers of
    /// the atoms as they are written; `None` for a hydrogen that is not drawn.
    pub fn places(&self, size: [f64; 2], style: &Style) -> Vec<Option<[f64; 2]>> {
        let (draft, shift) = self.placed(size, style);
        let place = |atom: usize| {
            let point = draft.points[atom] + shift;
            [point.x, point.y]
        };
        self.places.iter().map(|atom| atom.map(place)).collect()
    }

    /// The drawing in a box, and how far it is to be moved there.
    fn placed(&self, size: [f64; 2], style: &Style) -> (Draft<'_>, Point) {
        let bond = self.fitting_bond(size, style);
        let draft = self.drafted(bond, style);
        let room = self.room(size, style);
        let extent = draft.extent(0.0);
        let centre = Point::new(size[0] / 2.0, style.margin + room[1] / 2.0);
        let shift = centre - (extent.low + extent.high) * 0.5;
        (draft, shift)
    }

    fn picture(&self, size: [f64; 2], style: &Style) -> Picture {
        let (draft, shift) = self.placed(size, style);
        let mut shapes = draft.shapes(self, shift, style);
        if !self.stereo.not_drawn.is_empty() {
            let mut outline = Vec::new();
            let text_size = NOTE.min((size[0] - style.margin) / glyphs::width(NOT_DRAWN));
            let start = size[0] / 2.0 - glyphs::width(NOT_DRAWN) * text_size / 2.0;
            let at = Point::new(start, size[1] - 0.5 * style.margin - 0.2 * text_size);
            glyphs::outline(NOT_DRAWN, at, text_size, &mut outline);
            shapes.push(Shape::Filled {
                outline,
                ink: Ink::Muted,
            });
        }
        Picture { size, shapes }
    }

    /// Atoms with a colour behind them, by their numbers in the drawing.
    fn coloured(&self) -> Vec<usize> {
        let atoms = self.highlights.atoms.iter();
        let place = |(atom, _): &(usize, Shade)| self.places.get(*atom).copied().flatten();
        let bonds = self.highlights.bonds.iter().flat_map(|(ends, _)| ends);
        let end = |atom: &usize| self.places.get(*atom).copied().flatten();
        atoms
            .filter_map(place)
            .chain(bonds.filter_map(end))
            .collect()
    }

    fn drafted(&self, bond: f64, style: &Style) -> Draft<'_> {
        Draft::new(self, bond, style)
    }
}

/// A drawing whose place is not fixed yet.
struct Draft<'a> {
    graph: &'a Graph,
    /// Length of a bond, and sizes of lines and letters.
    bond: f64,
    line: f64,
    font: f64,
    points: Vec<Point>,
    labels: Vec<Option<Label>>,
    notes: Vec<(usize, Label)>,
    /// Atoms with a colour behind them.
    coloured: Vec<usize>,
}

/// The radius of the colour behind an atom, in lengths of a bond.
const DISC: f64 = 0.34;

impl<'a> Draft<'a> {
    fn new(drawing: &'a Depiction, bond: f64, style: &Style) -> Self {
        let graph = &drawing.graph;
        let points: Vec<Point> = drawing
            .points
            .iter()
            .map(|point| Point::new(point.x * bond, -point.y * bond))
            .collect();
        let font = style.font_at(bond);
        let crowd = Crowd::new(graph, &points, font, bond).settled();
        let not_drawn = drawing.stereo.not_drawn.iter();
        let notes = not_drawn
            .map(|&atom| (atom, Label::note("?", &crowd.directions(atom), font)))
            .collect();
        let labels = crowd.labels;
        Self {
            graph,
            bond,
            line: style.line_at(bond),
            font,
            points,
            labels,
            notes,
            coloured: drawing.coloured(),
        }
    }

    /// The box around atoms, their colours and letters, at least `least` wide and high.
    fn extent(&self, least: f64) -> Frame {
        let infinite = Point::new(f64::INFINITY, f64::INFINITY);
        let mut frame = Frame {
            low: infinite,
            high: -infinite,
        };
        let mut reach = |low: Point, high: Point| {
            frame.low = Point::new(frame.low.x.min(low.x), frame.low.y.min(low.y));
            frame.high = Point::new(frame.high.x.max(high.x), frame.high.y.max(high.y));
        };
        for (&point, label) in self.points.iter().zip(&self.labels) {
            reach(point, point);
            for inner in label.iter().flat_map(Label::frames) {
                reach(point + inner.low, point + inner.high);
            }
        }
        for (atom, note) in &self.notes {
            for inner in note.frames() {
                reach(
                    self.points[*atom] + inner.low,
                    self.points[*atom] + inner.high,
                );
            }
        }
        let radius = Point::new(DISC, DISC) * self.bond;
        for &atom in &self.coloured {
            reach(self.points[atom] - radius, self.points[atom] + radius);
        }
        if self.points.is_empty() {
            reach(Point::default(), Point::default());
        }
        let size = frame.high - frame.low;
        let more = Point::new((least - size.x).max(0.0), (least - size.y).max(0.0)) * 0.5;
        frame.low = frame.low - more;
        frame.high = frame.high + more;
        frame
    }

    fn shapes(mut self, drawing: &Depiction, shift: Point, style: &Style) -> Vec<Shape> {
        for point in &mut self.points {
            *point = *point + shift;
        }
        let mut shapes = self.highlights(drawing);
        let lettered: Vec<bool> = self.labels.iter().map(Option::is_some).collect();
        let clearance = |atom: usize, way: Point| {
            let label = self.labels[atom].as_ref();
            label.map_or(0.0, |label| label.clearance(way, self.font))
        };
        let drawer = Drawer {
            graph: self.graph,
            points: &self.points,
            wedges: drawing.wedges(),
            bond: self.bond,
            line: self.line,
            clearance: &clearance,
            lettered: &lettered,
        };
        let found = drawer.lines();
        let ink = Ink::Line;
        for (lines, width, dashed) in [
            (found.plain, self.line, false),
            (found.dashed, self.line, true),
            (found.hashes, 0.8 * self.line, false),
        ] {
            if !lines.is_empty() {
                shapes.push(Shape::Lines {
                    lines,
                    width,
                    ink,
                    dashed,
                });
            }
        }
        let mut outline = Vec::new();
        for corners in &found.filled {
            for (at, &corner) in corners.iter().enumerate() {
                outline.push(if at == 0 {
                    Segment::Move(corner)
                } else {
                    Segment::Line(corner)
                });
            }
            outline.push(Segment::Close);
        }
        if !outline.is_empty() {
            shapes.push(Shape::Filled { outline, ink });
        }
        shapes.extend(self.letters(style));
        shapes
    }

    /// The letters of all atoms, those of one colour together.
    fn letters(&self, style: &Style) -> Vec<Shape> {
        let mut inks: Vec<(Ink, Vec<Segment>, Vec<Point>)> = Vec::new();
        let mut add = |ink: Ink, outline: Vec<Segment>, dots: Vec<Point>| {
            if outline.is_empty() && dots.is_empty() {
                return;
            }
            match inks.iter_mut().find(|(other, ..)| *other == ink) {
                Some((_, outlines, all)) => {
                    outlines.extend(outline);
                    all.extend(dots);
                }
                None => inks.push((ink, outline, dots)),
            }
        };
        for (atom, label) in self.labels.iter().enumerate() {
            let Some(label) = label else {
                continue;
            };
            let own = Ink::Element(self.graph.atoms[atom].number);
            let ink = if own.class().is_some() {
                own
            } else {
                Ink::Line
            };
            let [letters, notes] = label.outlines(self.points[atom]);
            let dots = label.dots.iter().map(|&dot| self.points[atom] + dot);
            add(ink, letters, dots.collect());
            add(Ink::Muted, notes, Vec::new());
        }
        for (atom, note) in &self.notes {
            let [_, letters] = note.outlines(self.points[*atom]);
            add(Ink::Muted, letters, Vec::new());
        }
        let radius = label::DOT * style.font_at(self.bond);
        let mut shapes = Vec::new();
        for (ink, outline, centres) in inks {
            if !outline.is_empty() {
                shapes.push(Shape::Filled { outline, ink });
            }
            if !centres.is_empty() {
                shapes.push(Shape::Discs {
                    centres,
                    radius,
                    ink,
                });
            }
        }
        shapes
    }

    /// Colours behind atoms and bonds.
    fn highlights(&self, drawing: &Depiction) -> Vec<Shape> {
        let place = |atom: usize| drawing.places.get(atom).copied().flatten();
        let atoms: Vec<(usize, Shade)> = drawing
            .highlights
            .atoms
            .iter()
            .filter_map(|&(atom, shade)| Some((place(atom)?, shade)))
            .collect();
        let mut bonds: Vec<([usize; 2], Shade)> = drawing
            .highlights
            .bonds
            .iter()
            .filter_map(|&([first, second], shade)| Some(([place(first)?, place(second)?], shade)))
            .collect();
        // A bond between two atoms of one colour has it, too.
        let shade = |atom: usize| {
            atoms
                .iter()
                .find(|(other, _)| *other == atom)
                .map(|found| found.1)
        };
        for bond in &self.graph.bonds {
            let [first, second] = bond.ends;
            let named = bonds
                .iter()
                .any(|(ends, _)| ends.contains(&first) && ends.contains(&second));
            if let (Some(one), Some(other), false) = (shade(first), shade(second), named)
                && one == other
            {
                bonds.push((bond.ends, one));
            }
        }
        let mut shapes: Vec<Shape> = Vec::new();
        let mut shades: Vec<Shade> = Vec::new();
        for shade in atoms
            .iter()
            .map(|found| found.1)
            .chain(bonds.iter().map(|found| found.1))
        {
            if !shades.contains(&shade) {
                shades.push(shade);
            }
        }
        for shade in shades {
            let of_shade = atoms.iter().filter(|found| found.1 == shade);
            let centres: Vec<Point> = of_shade.map(|found| self.points[found.0]).collect();
            let of_shade = bonds.iter().filter(|found| found.1 == shade);
            let lines: Vec<[Point; 2]> = of_shade
                .map(|found| found.0.map(|end| self.points[end]))
                .collect();
            let ink = Ink::Shade(shade);
            if !lines.is_empty() {
                shapes.push(Shape::Lines {
                    lines,
                    width: 0.42 * self.bond,
                    ink,
                    dashed: false,
                });
            }
            if !centres.is_empty() {
                shapes.push(Shape::Discs {
                    centres,
                    radius: DISC * self.bond,
                    ink,
                });
            }
        }
        shapes
    }
}

/// Whether an atom has letters: all but carbon; carbon that is charged, marked, a radical, alone, or
/// between two bonds on one line without a triple bond.
fn is_lettered(graph: &Graph, points: &[Point], atom: usize) -> bool {
    let own = &graph.atoms[atom];
    let special = own.charge != 0 || own.isotope > 0 || own.unpaired > 0 || own.map > 0;
    if own.number != 6 || own.label.is_some() || special || graph.around[atom].is_empty() {
        return true;
    }
    let [first, second] = graph.around[atom].as_slice() else {
        return false;
    };
    let ways = [first.0, second.0].map(|other| (points[other] - points[atom]).unit());
    let triple = |bond: usize| graph.bonds[bond].order == Order::Triple;
    ways[0].dot(ways[1]) < -0.996 && !triple(first.1) && !triple(second.1)
}
