//! How far a drawing is from a clear one.

use super::graph::Graph;
use super::point::{Point, cross};

/// Atoms that are nearer than this, in bond lengths, hide each other.
const NEAR: f64 = 0.45;
/// Bonds that are so much longer or shorter than others are no longer bonds of a drawing.
const UNEVEN: f64 = 0.3;
/// The cost of such a bond.
const BAD_BOND: f64 = 10.0;

/// 1 for each pair of atoms that are near each other and of bonds that cross, 10 for each bond of
/// another length.
pub(super) fn disorder(graph: &Graph, points: &[Point]) -> f64 {
    let line = |ends: [usize; 2]| ends.map(|end| points[end]);
    let mut sum = 0.0;
    for (index, bond) in graph.bonds.iter().enumerate() {
        let [from, to] = line(bond.ends);
        if (from.distance(to) - 1.0).abs() > UNEVEN {
            sum += BAD_BOND;
        }
        for other in &graph.bonds[index + 1..] {
            let shared = other.ends.iter().any(|end| bond.ends.contains(end));
            if !shared && cross([from, to], line(other.ends)) {
                sum += 1.0;
            }
        }
    }
    for (index, point) in points.iter().enumerate() {
        let near = points[index + 1..]
            .iter()
            .filter(|other| point.distance(**other) < NEAR);
        sum += near.count() as f64;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::{Depiction, Options};
    use super::*;
    use crate::chem::Molecule;

    #[track_caller]
    fn check(smiles: &str, fixed: &[(usize, f64, f64)], expected: f64) {
        let fixed = fixed.iter().map(|&(atom, x, y)| (atom, Point::new(x, y)));
        let options = Options {
            fixed: fixed.collect(),
            ..Options::default()
        };
        let drawing = Depiction::of(&Molecule::parse(smiles).unwrap(), &options);
        approx::assert_abs_diff_eq!(drawing.disorder(), expected);
    }

    #[test]
    fn faults_are_counted() {
        check("OC(=O)c1ccccc1OC(C)=O", &[], 0.0);
        check("C[C@H](N)C(=O)O", &[], 0.0);
        check("CC", &[(0, 0.0, 0.0), (1, 2.0, 0.0)], 10.0);
        check("CCC", &[(0, 0.0, 0.0), (1, 1.0, 0.0), (2, 0.1, 0.0)], 1.0);
        let crossed = [(0, 0.0, 0.0), (1, 1.0, 0.0), (2, 0.5, 0.5), (3, 0.5, -0.5)];
        check("CC.CC", &crossed, 1.0);
        // A geometry that is not the molecule's.
        let trans = [
            (0, -0.5, -0.87),
            (1, 0.0, 0.0),
            (2, 1.0, 0.0),
            (3, 1.5, 0.87),
        ];
        check("C/C=C\\C", &trans, 20.0);
    }
}
