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
        let (points, stereo) = laid_out(&graph, &fixed);
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

    /// The bonds between atoms of the drawing, by the numbers of atoms as they are written.
    pub fn bonds(&self) -> Vec<[usize; 2]> {
        let mut atoms = vec![None; self.graph.atoms.len()];
        for (atom, place) in self.places.iter().enumerate() {
            if let Some(place) = place {
                atoms[*place] = Some(atom);
            }
        }
        let ends = |bond: &graph::Bond| {
            let [a, b] = bond.ends;
            Some([atoms[a]?, atoms[b]?])
        };
        self.graph.bonds.iter().filter_map(ends).collect()
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

/// Coordinates of the atoms, and the stereochemistry that the drawing shows.
fn laid_out(graph: &Graph, fixed: &[Option<Point>]) -> (Vec<Point>, Stereo) {
    let points = layout::coordinates(graph, fixed);
    let stereo = stereo::stereo(graph, &points);
    let mut parted = points.clone();
    let touching = |points: &[Point]| picture::touching(graph, points);
    if layout::part_letters(graph, fixed, &mut parted, &touching) {
        let shown = stereo::stereo(graph, &parted);
        if shown.not_drawn.len() <= stereo.not_drawn.len() {
            return (parted, shown);
        }
    }
    (points, stereo)
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

    /// Run by hand: `cargo test --release --lib letters_of_many -- --ignored --nocapture`. Counts letters
    /// that touch others or bonds in 2,000 shipped molecules, and faults of the layout, before and after
    /// letters are parted.
    #[test]
    #[ignore = "a measurement, run by hand"]
    #[expect(clippy::print_stdout, reason = "the counts are what it is run for")]
    fn letters_of_many_molecules() {
        let tables = [
            include_str!("../../../data/natural_products.csv"),
            include_str!("../../../data/test.csv"),
            include_str!("../../../tests/data/drugs.csv"),
        ];
        for (table, count) in tables.into_iter().zip([800, 800, 400]) {
            let lines: Vec<&str> = table.lines().skip(1).collect();
            let step = (lines.len() / count).max(1);
            let mut sums = [[0.0; 3]; 2];
            let mut molecules = 0;
            for line in lines.iter().step_by(step).take(count) {
                let Ok(molecule) = Molecule::parse(line.split(',').next().unwrap()) else {
                    continue;
                };
                molecules += 1;
                let mut graph = read::read(&molecule).graph;
                hydrogens::show(&mut graph);
                let drawings = [layout::coordinates(&graph, &[]), laid_out(&graph, &[]).0];
                for (sums, points) in sums.iter_mut().zip(&drawings) {
                    let touching = picture::touching(&graph, points).len();
                    let found = [
                        touching as f64,
                        f64::from(u8::from(touching > 0)),
                        disorder::disorder(&graph, points),
                    ];
                    for (sum, found) in sums.iter_mut().zip(found) {
                        *sum += found;
                    }
                }
            }
            println!(
                "{molecules} molecules: letters that touch, drawings with such, disorder: {sums:?}"
            );
            assert!(
                sums[1][0] <= sums[0][0] && sums[1][2] <= sums[0][2],
                "{sums:?}"
            );
        }
    }

    #[test]
    fn letters_do_not_touch() {
        for smiles in [
            "CCOP(=O)(O)OCC",
            "NS(=O)(=O)c1ccccc1S(N)(=O)=O",
            "OCC1OC(OP(=O)(O)OP(=O)(O)O)C(O)C1O",
            "Nc1ncnc2c1ncn2C1OC(COP(=O)(O)OP(=O)(O)OP(=O)(O)O)C(O)C1O",
            "CC(C)(C)NCC(O)c1ccc(O)c(CO)c1",
            "OC(=O)c1ccccc1C(=O)O",
            "NC(N)=NCCCC(N)C(=O)O",
        ] {
            let drawing = drawn(smiles);
            let found = picture::touching(&drawing.graph, &drawing.points);
            assert_eq!(found, [[0; 0]; 0], "{smiles}");
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
