//! A molecule as an MDL mol block, the form of SD files: V2000, with flat coordinates.
//!
//! Stereocentres have a wedge, double bonds their geometry by coordinates; a double bond of unknown
//! geometry says so. Source: `CTFile` Formats, BIOVIA 2020.

use std::fmt::Write;

use super::Molecule;
use super::depict::{Atom, Depiction, Geometry, Graph, Options, Order};

/// Length of a bond in angstroms, as in RDKit's mol blocks.
const BOND: f64 = 1.5;
/// The most atoms, and the most bonds, that V2000 has room for.
const MOST: usize = 999;
/// Characters of a title that are written.
const LONGEST_TITLE: usize = 80;

/// Marks of bonds: none, a solid wedge, a hashed one, and a double bond of unknown geometry.
const PLAIN: u8 = 0;
const UP: u8 = 1;
const DOWN: u8 = 6;
const EITHER: u8 = 3;

/// A molecule is too large for a V2000 mol block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the molecule has {atoms} atoms and {bonds} bonds, and a V2000 mol block has room for 999 of each"
)]
pub struct TooLarge {
    /// Its atoms.
    pub atoms: usize,
    /// Its bonds.
    pub bonds: usize,
}

impl Molecule {
    /// The molecule as a V2000 mol block with coordinates, from the title line to `M  END`; every
    /// line ends with a newline. Atoms come in the order in which they are written, without
    /// the hydrogens that RDKit makes counts. Of the title the first line counts.
    ///
    /// # Errors
    /// [`TooLarge`] for more than 999 atoms or bonds.
    pub fn mol_block(&self, title: &str) -> Result<String, TooLarge> {
        let options = Options {
            hydrogens: false,
            ..Options::default()
        };
        block(&Depiction::of(self, &options), title)
    }
}

fn block(drawing: &Depiction, title: &str) -> Result<String, TooLarge> {
    let graph = drawing.graph();
    let (atoms, bonds) = (graph.atoms.len(), graph.bonds.len());
    if atoms > MOST || bonds > MOST {
        return Err(TooLarge { atoms, bonds });
    }
    let title = title.lines().next().unwrap_or("");
    let title: String = title.chars().take(LONGEST_TITLE).collect();
    let chiral = u8::from(!graph.centres.is_empty());
    // A String takes any text, here and below.
    let mut text = format!("{title}\n  molgpt            2D\n\n");
    let _ = writeln!(
        text,
        "{atoms:3}{bonds:3}  0  0{chiral:3}  0  0  0  0  0999 V2000"
    );
    atom_lines(&mut text, drawing);
    bond_lines(&mut text, drawing);
    property_lines(&mut text, "CHG", graph, |atom| i32::from(atom.charge));
    property_lines(&mut text, "ISO", graph, |atom| i32::from(atom.isotope));
    // A doublet for an odd number of electrons, a triplet for an even one; the valence says the rest.
    property_lines(&mut text, "RAD", graph, |atom| match atom.unpaired {
        0 => 0,
        odd if odd % 2 == 1 => 2,
        _ => 3,
    });
    text += "M  END\n";
    Ok(text)
}

fn atom_lines(text: &mut String, drawing: &Depiction) {
    let graph = drawing.graph();
    let mut sums = vec![Some(0); graph.atoms.len()];
    for bond in &graph.bonds {
        for end in bond.ends {
            let sum = sums[end].zip(valence(bond.order));
            sums[end] = sum.map(|(sum, more)| sum + more);
        }
    }
    for ((atom, point), sum) in graph.atoms.iter().zip(drawing.points()).zip(sums) {
        let symbol = if atom.number == 0 { "*" } else { atom.symbol };
        let valence = sum.map_or(0, |sum| stated_valence(atom, sum));
        let (x, y) = (point.x * BOND, point.y * BOND);
        let _ = writeln!(
            text,
            "{x:10.4}{y:10.4}    0.0000 {symbol:<3} 0  0  0  0  0{valence:3}  0  0  0{:3}  0  0",
            atom.map
        );
    }
}

fn bond_lines(text: &mut String, drawing: &Depiction) {
    for (index, bond) in drawing.graph().bonds.iter().enumerate() {
        let wedge = drawing.wedges().iter().find(|wedge| wedge.bond == index);
        let [first, second] = bond.ends;
        // A wedge begins at its first atom.
        let (first, second, mark) = match wedge {
            Some(wedge) => (
                wedge.from,
                bond.other(wedge.from),
                if wedge.up { UP } else { DOWN },
            ),
            None if bond.geometry == Geometry::Unknown => (first, second, EITHER),
            None => (first, second, PLAIN),
        };
        let (first, second, code) = (first + 1, second + 1, code(bond.order));
        let _ = writeln!(text, "{first:3}{second:3}{code:3}{mark:3}");
    }
}

/// The lines of a property that is not 0, eight atoms on each.
fn property_lines(text: &mut String, name: &str, graph: &Graph, of: impl Fn(&Atom) -> i32) {
    let values = graph.atoms.iter().map(of).enumerate();
    let values: Vec<(usize, i32)> = values.filter(|(_, value)| *value != 0).collect();
    for line in values.chunks(8) {
        let _ = write!(text, "M  {name}{:3}", line.len());
        for (atom, value) in line {
            let _ = write!(text, " {:3} {value:3}", atom + 1);
        }
        text.push('\n');
    }
}

/// The number of a bond's type.
fn code(order: Order) -> u8 {
    match order {
        Order::Single => 1,
        Order::Double => 2,
        Order::Triple => 3,
        Order::Aromatic => 4,
        // The format has no quadruple bonds.
        Order::Any | Order::Quadruple => 8,
        Order::Dative => 9,
    }
}

/// What a bond adds to the valence of its ends; `None` where readers do not agree.
fn valence(order: Order) -> Option<u8> {
    match order {
        Order::Single => Some(1),
        Order::Double => Some(2),
        Order::Triple => Some(3),
        _ => None,
    }
}

/// The valence that an atom must state because its hydrogens are not those that a reader would add:
/// 15 for none at all, 0 where nothing need be said.
fn stated_valence(atom: &Atom, sum: u8) -> u8 {
    let total = sum + atom.hydrogens;
    if atom.number == 0 || usual_hydrogens(atom, sum) == Some(atom.hydrogens) {
        0
    } else if total == 0 {
        15
    } else {
        total
    }
}

/// The hydrogens that readers of mol blocks add to an atom; `None` for elements of which they add
/// some or none.
fn usual_hydrogens(atom: &Atom, sum: u8) -> Option<u8> {
    let (sum, charge) = (i32::from(sum), i32::from(atom.charge));
    let valences: &[i32] = match atom.number {
        5 | 7 => &[3],
        6 => &[4],
        8 => &[2],
        9 | 17 | 35 | 53 => &[1],
        15 => &[3, 5],
        16 => &[2, 4, 6],
        _ => return None,
    };
    if atom.unpaired > 0 {
        return None;
    }
    // An ion has the valence of the element with its number of electrons.
    let shift = match atom.number {
        5 => -charge,
        6 => -charge.abs(),
        _ => charge,
    };
    let least = valences
        .iter()
        .map(|valence| valence + shift)
        .find(|valence| *valence >= sum);
    u8::try_from(least.map_or(0, |valence| valence - sum)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chem::MolBlock;

    /// The lines of a mol block after its header, with single spaces.
    fn lines(smiles: &str) -> Vec<String> {
        let block = Molecule::parse(smiles).unwrap().mol_block("title").unwrap();
        assert!(
            block.starts_with("title\n  molgpt            2D\n\n"),
            "{block}"
        );
        assert!(block.ends_with("M  END\n"), "{block}");
        let spaced = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        block.lines().skip(3).map(spaced).collect()
    }

    #[track_caller]
    fn check(smiles: &str, expected: &[&str]) {
        let found = lines(smiles);
        for line in expected {
            assert!(
                found.iter().any(|other| other == line),
                "{line}: {found:#?}"
            );
        }
    }

    #[test]
    fn atoms_say_what_a_reader_would_not_guess() {
        check(
            "[NH4+].[Cl-]",
            &["2 0 0 0 0 0 0 0 0 0999 V2000", "M CHG 2 1 1 2 -1"],
        );
        check("[13CH3][CH2]", &["M ISO 1 1 13", "M RAD 1 2 2"]);
        check("C[CH]", &["M RAD 1 2 3"]);
        check("C[C]", &["M RAD 1 2 2"]);
        check("[2H]C", &["M ISO 1 1 2"]);
        check("C#[O+]", &["1 2 3 0", "M CHG 1 2 1"]);
        // Nine charges take two lines.
        let salt = "[Na+].".repeat(8) + "[Cl-]";
        check(
            &salt,
            &["M CHG 8 1 1 2 1 3 1 4 1 5 1 6 1 7 1 8 1", "M CHG 1 9 -1"],
        );
        let valence = |smiles: &str| -> Vec<String> {
            let atoms = lines(smiles).into_iter().filter(|line| line.contains('.'));
            let of = |line: String| line.split(' ').nth(9).unwrap_or("").to_owned();
            atoms.map(of).collect()
        };
        assert_eq!(valence("C[CH2]"), ["0", "3"]);
        assert_eq!(valence("[C-]#[O+]"), ["0", "0"]);
        assert_eq!(valence("[Na]"), ["15"]);
        assert_eq!(valence("[AlH3]"), ["3"]);
        assert_eq!(valence("CS(=O)(=O)N"), ["0", "0", "0", "0", "0"]);
        assert_eq!(valence("C[NH2+]C"), ["0", "0", "0"]);
    }

    #[test]
    fn bonds_show_stereochemistry() {
        check("C[C@H](N)C(=O)O", &["6 5 0 0 1 0 0 0 0 0999 V2000"]);
        let wedge = |smiles: &str| {
            let found = lines(smiles);
            let marks = found.iter().filter(|line| line.split(' ').count() == 4);
            marks
                .map(|line| line[line.len() - 1..].to_owned())
                .collect::<String>()
        };
        assert_eq!(wedge("CCO"), "00");
        let (left, right) = (wedge("C[C@H](N)C(=O)O"), wedge("C[C@@H](N)C(=O)O"));
        assert_ne!(left, right, "mirror images");
        assert_eq!(left.replace('6', "1"), right.replace('6', "1"));
        // No geometry is given, and there are two; and where there are not.
        assert_eq!(wedge("CC=CC"), "030");
        assert_eq!(wedge("CC=C"), "00");
        assert_eq!(wedge("C/C=C/C"), "000");
        assert_eq!(wedge("CC=C(C)C"), "0000");
        assert_eq!(wedge("c1ccccc1"), "000000");
        check("N~[Na]", &["1 2 8 0"]);
        check("[NH3]->[Pt]", &["1 2 9 0"]);
    }

    /// A block is read back as the molecule of which it was written.
    #[test]
    fn blocks_are_read_back() {
        let table = include_str!("../../data/natural_products.csv");
        let products = table.lines().skip(1).step_by(90);
        let others = [
            "C/C=C/C=C\\C",
            "C[S@](=O)CC",
            "C[P@](=O)(O)OC",
            "[13CH3][C@H]([2H])O",
            "[NH3+][C@@H](C)C(=O)[O-].[Na+].[Cl-]",
            "[CH3:7][CH2:1]O",
            "[O-][n+]1ccccc1",
            "C[CH]C",
            "C[CH]",
            "C[C]",
            "[Na]",
            "*C1CC1",
            "N#[N+]c1ccccc1",
            "C1CC[C@H]2CC[C@@H]1C2",
        ];
        for smiles in products.chain(others) {
            let molecule = Molecule::parse(smiles).unwrap();
            let block = molecule.mol_block(smiles).unwrap();
            let found = Molecule::parse(&MolBlock::read(&block).unwrap().smiles).unwrap();
            assert_eq!(found.canonical(), molecule.canonical(), "{block}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let chain = Molecule::parse(&"C".repeat(1_000)).unwrap();
        let error = chain.mol_block("").unwrap_err();
        assert_eq!((error.atoms, error.bonds), (1_000, 999));
    }
}
