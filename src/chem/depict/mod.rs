//! Drawings of molecules: coordinates, wedges, and pictures of them.
//!
//! ```text
//! Molecule -> read -> Graph -> layout -> points -> stereo -> Depiction -> picture -> svg | png
//! ```

mod abbreviate;
mod disorder;
mod graph;
mod hydrogens;
mod layout;
mod picture;
mod point;
mod read;
mod seen;
mod stereo;

pub(super) use graph::{Atom, Geometry, Graph, Order};
pub use picture::{Cell, Highlights, Legend, PngError, Scale, Shade, Sheet, Style, Theme};
pub use point::Point;
pub(super) use stereo::Wedge;

use super::Molecule;
use stereo::Stereo;

/// How a molecule is laid out.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Whether stereocentres that have ring bonds only show their hydrogen, which then has the
    /// wedge.
    pub hydrogens: bool,
    /// Atoms with given coordinates, in bond lengths, so that molecules with a part in common show
    /// it alike. Atoms are numbered in the order in which they are written, from 0.
    pub fixed: Vec<(usize, Point)>,
    /// Whether common groups at the ends of a molecule are letters: `CF3`, `OMe`, `NO2`, `Ph`; until
    /// these are little more than half of its atoms.
    pub abbreviations: bool,
    /// Atoms that stay atoms whatever is abbreviated.
    pub shown: Vec<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hydrogens: true,
            fixed: Vec::new(),
            abbreviations: false,
            shown: Vec::new(),
        }
    }
}

/// A molecule with the places of its atoms.
#[derive(Debug, Clone)]
pub struct Depiction {
    graph: Graph,
    points: Vec<Point>,
    stereo: Stereo,
    highlights: Highlights,
    /// For each atom of the molecule its place in the graph.
    places: Vec<Option<usize>>,
    is_renumbered: bool,
}

impl Depiction {
    /// Lays a molecule out.
    pub fn of(molecule: &Molecule, options: &Options) -> Self {
        let read::Drawn {
            mut graph,
            mut places,
            is_renumbered,
        } = read::read(molecule);
        if options.abbreviations {
            let atoms = options.fixed.iter().map(|(atom, _)| atom);
            let atoms = atoms.chain(&options.shown);
            let shown = atoms
                .filter_map(|&atom| places.get(atom).copied().flatten())
                .collect();
            abbreviate::abbreviate(&mut graph, &mut places, &shown);
        }
        if options.hydrogens {
            hydrogens::show(&mut graph);
        }
        let mut fixed = vec![None; graph.atoms.len()];
        for &(atom, point) in &options.fixed {
            if let Some(place) = places.get(atom).copied().flatten() {
                fixed[place] = Some(point);
            }
        }
        let points = layout::coordinates(&graph, &fixed);
        let stereo = stereo::stereo(&graph, &points);
        Self {
            graph,
            points,
            stereo,
            highlights: Highlights::default(),
            places,
            is_renumbered,
        }
    }

    /// The atoms but hydrogens, in the order in which they are
    /// written; `None` where the drawing has another order, which is that of the canonical form, or
    /// abbreviations.
    pub fn heavy_atoms(&self) -> Option<Vec<usize>> {
        let has_labels = self.graph.atoms.iter().any(|atom| atom.label.is_some());
        let is_heavy = |(_, place): &(usize, &Option<usize>)| {
            place.is_some_and(|place| self.graph.atoms[place].number != 1)
        };
        let heavy = self.places.iter().enumerate().filter(is_heavy);
        (!self.is_renumbered && !has_labels).then(|| heavy.map(|(atom, _)| atom).collect())
    }

    /// The same drawing with colours behind some atoms and bonds.
    #[must_use]
    pub fn highlighted(mut self, highlights: Highlights) -> Self {
        self.highlights = highlights;
        self
    }

    /// The atoms whose stereochemistry the drawing does not show, by their numbers in the order in
    /// which atoms are written, from 0.
    pub fn stereo_not_drawn(&self) -> Vec<usize> {
        let hidden = &self.stereo.not_drawn;
        let of = |(_, place): &(usize, &Option<usize>)| {
            place.is_some_and(|place| hidden.contains(&place))
        };
        self.places
            .iter()
            .enumerate()
            .filter(of)
            .map(|(atom, _)| atom)
            .collect()
    }

    /// Whether the drawing numbers atoms as the canonical form does and not as they are written: where
    /// the molecule has bonds `~`.
    pub fn is_renumbered(&self) -> bool {
        self.is_renumbered
    }

    /// How far the drawing is from a clear one: 1 for each pair of atoms on each other and of bonds
    /// that cross, 10 for each bond of another length and each atom whose stereochemistry is not shown.
    pub fn disorder(&self) -> f64 {
        let hidden = self.stereo.not_drawn.len() as f64;
        disorder::disorder(&self.graph, &self.points) + 10.0 * hidden
    }

    /// The coordinates of an atom of the molecule, in bond lengths; `None` for a hydrogen that is
    /// not drawn.
    pub fn point(&self, atom: usize) -> Option<Point> {
        let place = self.places.get(atom).copied().flatten()?;
        Some(self.points[place])
    }

    pub(super) fn graph(&self) -> &Graph {
        &self.graph
    }

    pub(super) fn points(&self) -> &[Point] {
        &self.points
    }

    pub(super) fn wedges(&self) -> &[Wedge] {
        &self.stereo.wedges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(smiles: &str) -> Depiction {
        Depiction::of(&Molecule::parse(smiles).unwrap(), &Options::default())
    }

    /// Pairs of mirror images, of geometries, and of diastereomers: each drawing shows its own
    /// stereochemistry and not the other's.
    #[test]
    fn stereochemistry_can_be_read_from_a_drawing() {
        for smiles in [
            "C[C@H](N)C(=O)O",
            "C[C@@H](N)C(=O)O",
            "[C@H](C)(N)C(=O)O",
            "N1[C@H](C)CCC1",
            "C[C@]12CCCC[C@@H]1CCCC2=O",
            "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O",
            "CC(C)CCC[C@@H](C)[C@H]1CC[C@H]2[C@@H]3CC=C4C[C@@H](O)CC[C@]4(C)[C@H]3CC[C@]12C",
            "CN1CC[C@]23c4c5ccc(O)c4O[C@H]2[C@@H](O)C=C[C@H]3[C@H]1C5",
            "C[S@](=O)CC",
            "C[S@@](=O)CC",
            "C[C@H]1C[S@@](=O)C1",
            "C[P@](=O)(O)OC",
            "C[N@+](CC)(CCC)CCCC",
            "C/C=C/C",
            "C/C=C\\C",
            "C(\\C)=C/C",
            "C/C(F)=C(/Cl)Br",
            "O=C1N=C(O)/C(=C\\c2ccccc2)S1",
            "C1CCCC/C=C/CCCCC1",
            "C1CCC/C=C\\CC1",
            "C/C=C/C=C\\C=C(/C)CC",
            "C/N=C/c1ccccc1",
            "[H]/N=C(\\C)CC",
            "[2H][C@@H](C)O",
            "[H][C@@](C)(N)C(=O)O",
        ] {
            let drawing = drawn(smiles);
            assert_eq!(drawing.stereo_not_drawn(), [0; 0], "{smiles}");
            let centres = drawing.graph.centres.len();
            assert_eq!(drawing.wedges().len(), centres, "{smiles}");
            let marks = smiles.contains('@');
            assert_eq!(centres > 0, marks, "{smiles}: centres");
            let given = |bond: &graph::Bond| seen::sides(bond, &drawing.points) == Some(true);
            assert_eq!(
                drawing.graph.bonds.iter().any(given),
                smiles.contains('/'),
                "{smiles}"
            );
        }
    }

    #[test]
    fn what_a_flat_drawing_does_not_show_is_named() {
        assert_eq!(drawn("C[C@H](N)O").stereo_not_drawn(), [0; 0]);
        assert_eq!(drawn("Cl[Pt@SP1](Cl)(N)N").stereo_not_drawn(), [1]);
        assert_eq!(drawn("CC=[C@]=CC").stereo_not_drawn(), [2]);
        // A mark that marks nothing.
        assert_eq!(drawn("C[C@H](C)C").stereo_not_drawn(), [0; 0]);
        assert!(drawn("C[C@H](C)C").wedges().is_empty());
    }

    #[test]
    fn natural_products_show_their_stereochemistry() {
        let table = include_str!("../../../data/natural_products.csv");
        for smiles in table.lines().skip(1).step_by(120) {
            assert_eq!(drawn(smiles).stereo_not_drawn(), [0; 0], "{smiles}");
        }
    }

    #[test]
    fn atoms_keep_their_numbers() {
        let drawing = drawn("[H]C([H])([H])O");
        let shown: Vec<bool> = (0..5).map(|atom| drawing.point(atom).is_some()).collect();
        assert_eq!(shown, [false, true, false, false, true]);
        assert_eq!(drawing.point(5), None);
    }
}
