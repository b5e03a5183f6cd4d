//! Letters among the other letters and bonds of a drawing: which touch what, and on which side
//! hydrogens are in nobody's way.

use super::super::graph::{Graph, Order};
use super::super::point::Point;
use super::is_lettered;
use super::label::{Frame, Label, Side, sides};

/// Space between letters of two atoms, and between letters and a bond of others, in font sizes.
const BETWEEN: f64 = 0.12;
const BESIDE: f64 = 0.04;
/// So far an atom's own bonds may reach into the boxes of its hydrogens, in font sizes.
const INTO: f64 = 0.06;
/// Half the width of a double bond, in bond lengths.
const DOUBLE: f64 = 0.085;
/// The cost of hydrogens on a side that is not the best, for each side that is better.
const OTHER_SIDE: f64 = 0.2;

/// The letters of a drawing at their places, in pixels; y goes down.
pub(super) struct Crowd<'a> {
    graph: &'a Graph,
    points: &'a [Point],
    font: f64,
    bond: f64,
    pub(super) labels: Vec<Option<Label>>,
}

impl<'a> Crowd<'a> {
    /// The letters of all atoms, with hydrogens where their own bonds leave most room.
    pub(super) fn new(graph: &'a Graph, points: &'a [Point], font: f64, bond: f64) -> Self {
        let mut crowd = Self {
            graph,
            points,
            font,
            bond,
            labels: vec![None; graph.atoms.len()],
        };
        for atom in 0..graph.atoms.len() {
            if is_lettered(graph, points, atom) {
                let best = crowd.sides(atom)[0];
                crowd.labels[atom] = Some(crowd.label(atom, best));
            }
        }
        crowd
    }

    /// The same, where hydrogens that touch something are on another side if that helps.
    pub(super) fn settled(mut self) -> Self {
        for _ in 0..3 {
            let mut changed = false;
            for atom in 0..self.graph.atoms.len() {
                changed |= self.settle(atom);
            }
            if !changed {
                break;
            }
        }
        self
    }

    /// Directions of the bonds of an atom.
    pub(super) fn directions(&self, atom: usize) -> Vec<f64> {
        let way = |other: usize| self.points[other] - self.points[atom];
        let around = self.graph.neighbours(atom);
        around.map(|other| way(other).angle()).collect()
    }

    fn sides(&self, atom: usize) -> Vec<Side> {
        sides(&self.graph.atoms[atom], &self.directions(atom))
    }

    fn label(&self, atom: usize, side: Side) -> Label {
        Label::new(
            &self.graph.atoms[atom],
            &self.directions(atom),
            self.font,
            side,
        )
    }

    /// Puts the hydrogens of an atom where they touch least; whether that changed anything.
    fn settle(&mut self, atom: usize) -> bool {
        let own = &self.graph.atoms[atom];
        if own.hydrogens == 0 || own.label.is_some() {
            return false;
        }
        let Some(now) = self.labels[atom].as_ref() else {
            return false;
        };
        let before = self.touched(atom, now);
        if before == 0 {
            return false;
        }
        let sides = self.sides(atom).into_iter().enumerate();
        let tried = sides.map(|(place, side)| {
            let label = self.label(atom, side);
            let cost = self.touched(atom, &label) as f64 + OTHER_SIDE * place as f64;
            (cost, label)
        });
        let best = tried.min_by(|first, second| first.0.total_cmp(&second.0));
        match best {
            Some((cost, label)) if cost < before as f64 => {
                self.labels[atom] = Some(label);
                true
            }
            _ => false,
        }
    }

    /// What the letters of an atom touch: letters of other atoms, and bonds.
    fn touched(&self, atom: usize, label: &Label) -> usize {
        self.letters_touched(atom, label).count() + self.bonds_touched(atom, label).count()
    }

    fn boxes<'b>(&self, atom: usize, label: &'b Label) -> impl Iterator<Item = Frame> + Clone + 'b {
        let at = self.points[atom];
        label.letters().iter().map(move |frame| frame.moved(at))
    }

    fn letters_touched(&self, atom: usize, label: &Label) -> impl Iterator<Item = usize> {
        let strip = -BETWEEN * self.font;
        let far = 4.0 * self.font + self.bond;
        let others = self.labels.iter().enumerate();
        others.filter_map(move |(other, theirs)| {
            let theirs = theirs.as_ref().filter(|_| other != atom)?;
            if self.points[other].distance(self.points[atom]) > far {
                return None;
            }
            let meets = |own: Frame| self.boxes(other, theirs).any(|box_| own.meets(box_, strip));
            self.boxes(atom, label).any(meets).then_some(other)
        })
    }

    /// Bonds through letters: of an atom's own bonds those through its hydrogens.
    fn bonds_touched(&self, atom: usize, label: &Label) -> impl Iterator<Item = usize> {
        let far = 2.0 * self.font + 2.0 * self.bond;
        let bonds = self.graph.bonds.iter().enumerate();
        bonds.filter_map(move |(index, bond)| {
            let line = bond.ends.map(|end| self.points[end]);
            if line[0].distance(self.points[atom]) > far {
                return None;
            }
            let own = usize::from(bond.ends.contains(&atom));
            let wide = match bond.order {
                Order::Single => 0.0,
                _ => DOUBLE * self.bond,
            };
            let strip = if own > 0 {
                INTO * self.font
            } else {
                -BESIDE * self.font - wide
            };
            let mut boxes = self.boxes(atom, label).skip(own);
            boxes
                .any(|box_| box_.is_crossed(line, strip))
                .then_some(index)
        })
    }

    /// The places where letters touch: pairs of atoms with letters on each other, and atoms with a bond
    /// through their letters, by the atoms that are near.
    pub(super) fn faults(&self) -> Vec<Vec<usize>> {
        let mut found = Vec::new();
        for (atom, label) in self.labels.iter().enumerate() {
            let Some(label) = label else {
                continue;
            };
            let others = self
                .letters_touched(atom, label)
                .filter(|other| *other > atom);
            found.extend(others.map(|other| vec![atom, other]));
            let bonds = self.bonds_touched(atom, label);
            found.extend(bonds.map(|bond| {
                let [first, second] = self.graph.bonds[bond].ends;
                vec![atom, first, second]
            }));
        }
        found
    }
}
