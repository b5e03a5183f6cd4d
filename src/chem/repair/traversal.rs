//! RDKit's traversal of a molecule: the order in which canonical SMILES names atoms, opens branches
//! and closes rings (Schneider, Sahnoun and Landrum 2015, doi:10.1021/acs.jcim.5b00543).
//!
//! Takes the canonical ranks of atoms as given.

use std::collections::{HashMap, HashSet};

use super::sanitized::Sanitized;
use crate::chem::smiles::graph::{HYDROGEN, is_odd, ring_text};

/// A step of writing.
enum Step {
    Atom(usize),
    /// A bond, with the atom to its left.
    Bond(usize, usize),
    /// The opening or closing of a ring, by its bond.
    Ring(usize),
    Open,
    Close,
}

/// RDKit's traversal of one part: first it finds where rings close, then it writes.
pub(super) struct Traversal<'a> {
    molecule: &'a Sanitized,
    ranks: HashMap<usize, u32>,
    /// Bonds that close rings at each atom, in the order found.
    closures: HashMap<usize, Vec<usize>>,
    /// The bonds at each atom in the order written.
    order: HashMap<usize, Vec<usize>>,
    steps: Vec<Step>,
}

impl<'a> Traversal<'a> {
    pub(super) fn new(molecule: &'a Sanitized, ranks: HashMap<usize, u32>) -> Self {
        Self {
            molecule,
            ranks,
            closures: HashMap::new(),
            order: HashMap::new(),
            steps: Vec::new(),
        }
    }

    /// The sort key of a bond to an atom: bonds outside rings first, then ring bonds of the highest
    /// order first, then by rank.
    fn priority(&self, bond: usize, to: usize) -> (u32, u32) {
        let bond = &self.molecule.bonds[bond];
        let ring = if bond.in_ring { 32 - bond.order } else { 0 };
        (ring, self.ranks[&to])
    }

    /// The SMILES of a component, given by its atoms.
    pub(super) fn text(mut self, part: &[usize]) -> String {
        let Some(&start) = part.iter().min_by_key(|atom| self.ranks[atom]) else {
            return String::new();
        };
        self.find_closures(start);
        self.plan(start);
        let marks = self.marks();
        let mut text = String::new();
        // The bond that each ring number stands for; a number that closes is free at the next atom.
        let mut numbers: Vec<Option<usize>> = Vec::new();
        let mut closed: Vec<usize> = Vec::new();
        for step in &self.steps {
            match *step {
                Step::Atom(atom) => {
                    for number in closed.drain(..) {
                        numbers[number] = None;
                    }
                    text += &self.molecule.atom_text(atom, self.stereo(atom));
                }
                Step::Bond(bond, from) => {
                    let up = marks
                        .get(&bond)
                        .map(|&up| up == (self.molecule.bonds[bond].ends[0] == from));
                    text += self.molecule.bond_text(bond, from, up);
                }
                Step::Ring(bond) => {
                    let open = numbers.iter().position(|number| *number == Some(bond));
                    let number = open.unwrap_or_else(|| {
                        let free = numbers.iter().position(Option::is_none);
                        let free = free.unwrap_or(numbers.len());
                        numbers.resize(numbers.len().max(free + 1), None);
                        numbers[free] = Some(bond);
                        free
                    });
                    if open.is_some() {
                        closed.push(number);
                    }
                    text += &ring_text(number + 1);
                }
                Step::Open => text.push('('),
                Step::Close => text.push(')'),
            }
        }
        text
    }

    /// Finds the bonds that close rings, depth first from `start`.
    fn find_closures(&mut self, start: usize) {
        #[derive(PartialEq)]
        enum Mark {
            Open,
            Done,
        }
        let mut marks: HashMap<usize, Mark> = HashMap::from([(start, Mark::Open)]);
        let mut stack = vec![(start, self.ways(start, None, |_| false))];
        while let Some((atom, ways)) = stack.last_mut() {
            let atom = *atom;
            let Some((bond, other)) = ways.pop() else {
                marks.insert(atom, Mark::Done);
                stack.pop();
                continue;
            };
            match marks.get(&other) {
                None => {
                    marks.insert(other, Mark::Open);
                    let ways = self.ways(other, Some(bond), |atom| {
                        marks.get(&atom) == Some(&Mark::Open)
                    });
                    stack.push((other, ways));
                }
                Some(Mark::Open) => {
                    self.closures.entry(other).or_default().push(bond);
                    self.closures.entry(atom).or_default().push(bond);
                }
                Some(Mark::Done) => {}
            }
        }
    }

    /// The bonds at an atom, without the one it was reached by, in reverse order of traversal:
    /// first those to open atoms, by order and rank, then the others by [`Self::priority`].
    fn ways(
        &self,
        atom: usize,
        by: Option<usize>,
        is_open: impl Fn(usize) -> bool,
    ) -> Vec<(usize, usize)> {
        let bonds = self.molecule.atoms[atom].bonds.iter();
        let mut ways: Vec<(usize, usize)> = bonds
            .filter(|&&bond| Some(bond) != by)
            .map(|&bond| (bond, self.molecule.bonds[bond].other(atom)))
            .collect();
        ways.sort_by_key(|&(bond, other)| {
            if is_open(other) {
                let order = 32 - self.molecule.bonds[bond].order;
                (false, (order, self.ranks[&other]))
            } else {
                (true, self.priority(bond, other))
            }
        });
        ways.reverse();
        ways
    }

    /// Puts down the steps of writing, depth first from `start`.
    fn plan(&mut self, start: usize) {
        enum Task {
            Step(Step),
            Visit(usize, Option<usize>),
        }
        let mut seen = HashSet::new();
        let mut opened = HashSet::new();
        let mut tasks = vec![Task::Visit(start, None)];
        while let Some(task) = tasks.pop() {
            let (atom, by) = match task {
                Task::Step(step) => {
                    self.steps.push(step);
                    continue;
                }
                Task::Visit(atom, by) => (atom, by),
            };
            seen.insert(atom);
            self.steps.push(Step::Atom(atom));
            let closures = self.closures.get(&atom).cloned().unwrap_or_default();
            for &bond in &closures {
                if !opened.insert(bond) {
                    self.steps.push(Step::Bond(bond, atom));
                }
                self.steps.push(Step::Ring(bond));
            }
            let bonds = self.molecule.atoms[atom].bonds.iter();
            let mut children: Vec<(usize, usize)> = bonds
                .map(|&bond| (bond, self.molecule.bonds[bond].other(atom)))
                .filter(|(bond, other)| !closures.contains(bond) && !seen.contains(other))
                .collect();
            children.sort_by_key(|&(bond, other)| self.priority(bond, other));
            let order = by.into_iter().chain(closures);
            let order = order
                .chain(children.iter().map(|(bond, _)| *bond))
                .collect();
            self.order.insert(atom, order);
            for (place, &(bond, other)) in children.iter().enumerate().rev() {
                let last = place + 1 == children.len();
                if !last {
                    tasks.push(Task::Step(Step::Close));
                }
                tasks.push(Task::Visit(other, Some(bond)));
                tasks.push(Task::Step(Step::Bond(bond, atom)));
                if !last {
                    tasks.push(Task::Step(Step::Open));
                }
            }
        }
    }

    /// The stereo mark of an atom for its neighbours in the order written.
    fn stereo(&self, atom: usize) -> &'static str {
        let Some((clockwise, order)) = &self.molecule.atoms[atom].stereo else {
            return "";
        };
        let bonds = self.order[&atom].iter();
        let mut now: Vec<usize> = bonds
            .map(|&bond| self.molecule.bonds[bond].other(atom))
            .collect();
        if order.contains(&HYDROGEN) {
            let is_start = matches!(self.steps.first(), Some(Step::Atom(first)) if *first == atom);
            now.insert(usize::from(!is_start), HYDROGEN);
        }
        match is_odd(order, &now) {
            None => "",
            Some(odd) if odd == *clockwise => "@",
            Some(_) => "@@",
        }
    }

    /// For the first bond written at each end of a stereo double bond, whether its far end is
    /// above, seen from its first atom.
    fn marks(&self) -> HashMap<usize, bool> {
        let mut marks: HashMap<usize, bool> = HashMap::new();
        let bonds = &self.molecule.bonds;
        let written = self.steps.iter().filter_map(|step| match step {
            Step::Bond(bond, from) => Some((*bond, *from)),
            _ => None,
        });
        for (double, from) in written.filter(|(bond, _)| bonds[*bond].stereo > 0) {
            let ends = [from, bonds[double].other(from)];
            // The first neighbour written at each end, and whether it is above, by the marks read.
            let sides = ends.map(|end| {
                let single = |bond: &&usize| bonds[**bond].order == 1;
                let closes = |bond: &&usize| {
                    self.closures
                        .get(&end)
                        .is_some_and(|all| all.contains(bond))
                };
                let singles = || self.order[&end].iter().filter(single);
                let first = singles().find(|bond| !closes(bond));
                let first = *first.or_else(|| singles().next())?;
                let up = |bond: usize| {
                    let up = bonds[bond].up?;
                    Some(up == (bonds[bond].ends[0] == end))
                };
                let mut others = self.order[&end].iter().filter(|&&bond| bond != first);
                let above = up(first).or_else(|| others.find_map(|&bond| up(bond)).map(|up| !up));
                Some((end, first, above?))
            });
            let [Some((near, first, up)), Some((far, second, other_up))] = sides else {
                continue;
            };
            let from_end = |bond: usize, end: usize, up: bool| up == (bonds[bond].ends[0] == end);
            // The first mark of a molecule is `/`: an atom before the double bond is below it.
            let start = *marks.entry(first).or_insert_with(|| {
                let before = self.order[&near].first() == Some(&first) && first != double;
                from_end(first, near, !before)
            });
            let start = from_end(first, near, start);
            let end = if up == other_up { start } else { !start };
            marks.entry(second).or_insert(from_end(second, far, end));
        }
        marks
    }
}
