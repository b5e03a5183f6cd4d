//! Wedges: which bond of a stereocentre is drawn towards the viewer or away.
//!
//! A solid wedge begins at the centre and comes towards the viewer; a hashed one goes away. One
//! bond for each centre, where possible to a hydrogen or another small substituent, outside rings,
//! and not to another centre. What a drawing says is read back by `seen`; a centre that no wedge
//! shows is named.

use std::f64::consts::PI;

use super::graph::{Centre, Graph, HIDDEN, Order};
use super::point::{Point, positive};
use super::seen;

/// A bond that is drawn as a wedge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wedge {
    pub(crate) bond: usize,
    /// The stereocentre, at the narrow end.
    pub(crate) from: usize,
    /// Whether it comes towards the viewer.
    pub(crate) up: bool,
}

/// The stereochemistry of a drawing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stereo {
    pub(crate) wedges: Vec<Wedge>,
    /// Atoms whose stereochemistry the drawing does not show.
    pub(crate) not_drawn: Vec<usize>,
}

/// A bond that may show a centre.
struct Choice {
    wedge: Wedge,
    cost: f64,
}

/// Chooses the wedges of a drawing.
pub(crate) fn stereo(graph: &Graph, points: &[Point]) -> Stereo {
    let in_ring = graph.ring_bonds();
    let mut is_centre = vec![false; graph.atoms.len()];
    for centre in &graph.centres {
        is_centre[centre.atom] = true;
    }
    let choices: Vec<Vec<Choice>> = graph
        .centres
        .iter()
        .map(|centre| choices(graph, points, centre, &in_ring, &is_centre))
        .collect();
    let mut found = Stereo {
        not_drawn: graph.beyond.clone(),
        ..Stereo::default()
    };
    for (centre, chosen) in graph.centres.iter().zip(matched(graph, &choices)) {
        let wedge = chosen.map(|(centre, choice)| choices[centre][choice].wedge);
        match wedge {
            Some(wedge) if seen::centre(graph, points, &[wedge], centre) == Some(true) => {
                found.wedges.push(wedge);
            }
            _ => found.not_drawn.push(centre.atom),
        }
    }
    for bond in &graph.bonds {
        if seen::sides(bond, points) == Some(false) {
            found.not_drawn.extend(bond.ends);
        }
    }
    found.not_drawn.sort_unstable();
    found.not_drawn.dedup();
    found
}

/// The bonds that show a centre, the best first.
fn choices(
    graph: &Graph,
    points: &[Point],
    centre: &Centre,
    in_ring: &[bool],
    is_centre: &[bool],
) -> Vec<Choice> {
    let atom = centre.atom;
    // Neighbours as they are drawn, counterclockwise.
    let mut around: Vec<(f64, usize, usize)> = graph.around[atom]
        .iter()
        .map(|&(other, bond)| {
            (
                positive((points[other] - points[atom]).angle()),
                other,
                bond,
            )
        })
        .collect();
    around.sort_by(|first, second| first.0.total_cmp(&second.0));
    let count = around.len();
    if !(3..=4).contains(&count) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for place in 0..count {
        let (_, other, bond) = around[place];
        if graph.bonds[bond].order != Order::Single {
            continue;
        }
        let mut cost = cost(graph, other, bond, in_ring, is_centre);
        if count == 3 {
            // Between the other two there must be less than a half turn on the far side: a wedge
            // between two bonds that leave the other half free is read either way.
            let (next, last) = (around[(place + 1) % 3].0, around[(place + 2) % 3].0);
            let far = positive(last - next);
            if far > PI - 0.05 {
                continue;
            }
            if far > PI - 0.3 {
                cost += 6.0;
            }
        }
        let order = (0..count)
            .map(|step| around[(place + step) % count].1)
            .collect();
        if let Some(up) = is_up(centre, order) {
            let wedge = Wedge {
                bond,
                from: atom,
                up,
            };
            found.push(Choice { wedge, cost });
        }
    }
    found.sort_by(|first, second| first.cost.total_cmp(&second.cost));
    found
}

/// How much better another bond would be.
fn cost(graph: &Graph, other: usize, bond: usize, in_ring: &[bool], is_centre: &[bool]) -> f64 {
    let degree = graph.around[other].len();
    let mut cost = degree as f64;
    if graph.atoms[other].number == 1 {
        cost -= 5.0;
    }
    if in_ring[bond] {
        cost += 12.0;
    }
    if is_centre[other] {
        cost += 16.0;
    }
    let unsaturated = graph.around[other]
        .iter()
        .any(|&(_, bond)| graph.bonds[bond].order != Order::Single);
    if unsaturated && degree > 1 {
        cost += 1.0;
    }
    cost
}

/// Whether the wedge to the first of some neighbours, which go round counterclockwise, comes towards
/// the viewer.
fn is_up(centre: &Centre, order: Vec<usize>) -> Option<bool> {
    // Seen from the one that comes up, the others go round counterclockwise as they are drawn. A
    // hidden neighbour is below the plane: seen from there, all three go round clockwise.
    let (order, clockwise) = if order.len() == 3 {
        ([[HIDDEN].as_slice(), &order].concat(), true)
    } else {
        (order, false)
    };
    let odd = is_odd(&centre.neighbours, &order)?;
    Some((clockwise == centre.clockwise) != odd)
}

/// Whether the permutation from one order to the other is odd; `None` if they hold different items.
fn is_odd(from: &[usize], to: &[usize]) -> Option<bool> {
    crate::chem::smiles::graph::is_odd(from, to)
}

/// For each centre the choice that it gets, so that no bond has two wedges: first come, first
/// served, where centres with few good bonds come first; a centre left without a bond asks others
/// to take another.
fn matched(graph: &Graph, choices: &[Vec<Choice>]) -> Vec<Option<(usize, usize)>> {
    let mut owner: Vec<Option<(usize, usize)>> = vec![None; graph.bonds.len()];
    let mut order: Vec<usize> = (0..choices.len()).collect();
    let least = |centre: usize| choices[centre].first().map_or(0.0, |choice| choice.cost);
    order.sort_by(|&first, &second| least(second).total_cmp(&least(first)));
    for centre in order {
        let mut asked = vec![false; graph.bonds.len()];
        assign(centre, choices, &mut owner, &mut asked);
    }
    let mut found = vec![None; choices.len()];
    for (centre, choice) in owner.into_iter().flatten() {
        found[centre] = Some((centre, choice));
    }
    found
}

fn assign(
    centre: usize,
    choices: &[Vec<Choice>],
    owner: &mut [Option<(usize, usize)>],
    asked: &mut [bool],
) -> bool {
    for (index, choice) in choices[centre].iter().enumerate() {
        let bond = choice.wedge.bond;
        if owner[bond].is_none() {
            owner[bond] = Some((centre, index));
            return true;
        }
    }
    for (index, choice) in choices[centre].iter().enumerate() {
        let bond = choice.wedge.bond;
        if asked[bond] {
            continue;
        }
        asked[bond] = true;
        if let Some((other, _)) = owner[bond]
            && assign(other, choices, owner, asked)
        {
            owner[bond] = Some((centre, index));
            return true;
        }
    }
    false
}
