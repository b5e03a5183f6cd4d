//! Molecule blocks of SD files, V2000 and V3000: a drawing in, SMILES out.
//!
//! ```text
//! block -> v2000 | v3000 -> Drawing -> wedge | space, double_bond -> writer -> SMILES
//! ```
//!
//! A block is read as RDKit reads it by default (`SDMolSupplier`): the SMILES is the molecule
//! before sanitization, so that [`Molecule::parse`](super::Molecule::parse) gives the verdict and
//! the canonical form. Chirality comes from wedges, or from coordinates in space; double bonds from
//! coordinates. Knows nothing of records, data items or files.
//!
//! Sources: the description of the formats (`CTFile` Formats, BIOVIA 2020), and the behaviour of
//! RDKit 2026.9.1 where that says nothing.

mod double_bond;
mod drawing;
mod elements;
mod fields;
mod geometry;
mod group;
mod lines;
mod rings;
mod space;
mod v2000;
mod v3000;
mod valence;
mod wedge;
mod writer;

use drawing::Drawing;
use lines::Lines;

/// A molecule block that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MolBlock {
    /// The molecule, with its atoms in another order than the block has; not checked for valence.
    pub smiles: String,
    /// Groups of stereocentres that are only known relative to each other, or racemic (V3000). They
    /// are dropped: the SMILES has the centres as they are drawn.
    pub stereo_groups: usize,
}

/// The reason why a text is no molecule block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of its molecule block: {reason}")]
pub struct NoMolBlock {
    /// The line of the block, from 1: the title is the first.
    pub line: usize,
    /// The reason, one clause without full stop.
    pub reason: String,
}

impl MolBlock {
    /// Reads a block, from its title to `M  END`. What follows is not looked at.
    ///
    /// # Errors
    /// [`NoMolBlock`], where RDKit refuses it, too; and for a block without atoms.
    pub fn read(block: &str) -> Result<Self, NoMolBlock> {
        let mut lines = Lines::new(block);
        let mut drawing = read(&mut lines).map_err(|reason| NoMolBlock {
            line: lines.number(),
            reason,
        })?;
        if drawing.in_space {
            space::find(&mut drawing);
        } else if drawing.has_marks {
            wedge::find(&mut drawing);
        }
        let directions = double_bond::directions(&drawing);
        Ok(Self {
            smiles: writer::write(&drawing, &directions),
            stereo_groups: drawing.stereo_groups,
        })
    }
}

/// Reads the header, and the rest by the version that it states.
fn read(lines: &mut Lines<'_>) -> Result<Drawing, String> {
    lines.next("its title")?;
    let program = lines.next("the line of its program")?;
    let called_3d = matches!(program.get(20..22), Some("3D" | "3d"));
    lines.next("its comment")?;
    let counts = lines.next("the line of counts")?;
    if counts.len() < 6 {
        return Err(format!("the line of counts is too short: `{counts}`"));
    }
    let count = |place| fields::count(fields::cut(counts, place, 3));
    let (atoms, bonds) = (count(0)?, count(3)?);
    let version = match counts.get(34..39) {
        _ if counts.len() <= 35 => "V2000",
        Some(version @ ("V2000" | "V3000")) => version,
        _ => return Err(format!("no version that is known: `{counts}`")),
    };
    let mut drawing = if version == "V2000" {
        v2000::read(lines, atoms, bonds)?
    } else if atoms + bonds > 0 {
        return Err("a V3000 block has counts of 0 in its first line of counts".to_owned());
    } else {
        v3000::read(lines)?
    };
    if drawing.atoms.is_empty() {
        return Err("there are no atoms".to_owned());
    }
    drawing.place(called_3d);
    drawing.settle()?;
    Ok(drawing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chem::Molecule;

    /// The rest of a line of counts.
    const HEAD: &str = "  0  0  0  0  0  0  0  0999 V2000\n";

    /// The fields of an atom after its symbol.
    const NO_FIELDS: &str = " 0  0  0  0  0  0  0  0  0  0  0  0";

    /// A block of version 2000: symbols with fields and places, bonds with order and mark.
    fn v2000(
        atoms: &[(&str, &str, [f64; 3])],
        bonds: &[[usize; 4]],
        properties: &[&str],
    ) -> String {
        use std::fmt::Write as _;
        let (count, joined) = (atoms.len(), bonds.len());
        let mut block = format!("\n  by hand\n\n{count:3}{joined:3}{HEAD}");
        for (symbol, fields, [x, y, z]) in atoms {
            let _ = writeln!(block, "{x:10.4}{y:10.4}{z:10.4} {symbol:<3}{fields}");
        }
        for [first, second, order, mark] in bonds {
            let _ = writeln!(block, "{first:3}{second:3}{order:3}{mark:3}");
        }
        let properties = properties.iter().map(|line| format!("{line}\n"));
        block + &properties.collect::<String>() + "M  END\n"
    }

    /// A block of version 3000 from the lines of its table.
    fn v3000(lines: &[&str]) -> String {
        let lines = lines.iter().map(|line| format!("M  V30 {line}\n"));
        let head = "\n  by hand\n\n  0  0  0     0  0            999 V3000\n";
        format!("{head}{}M  END\n", lines.collect::<String>())
    }

    /// The canonical form of a block, or why there is none.
    fn canonical(block: &str) -> String {
        match MolBlock::read(block) {
            Err(error) => error.to_string(),
            Ok(block) => match Molecule::parse(&block.smiles) {
                Ok(molecule) => molecule.canonical().to_owned(),
                Err(invalid) => format!("not a molecule: {:?}", invalid.cause),
            },
        }
    }

    #[track_caller]
    fn check(block: &str, expected: &str) {
        assert_eq!(canonical(block), expected, "{block}");
    }

    /// A chain of carbon, this atom, carbon.
    #[track_caller]
    fn check_chain(symbol: &str, fields: &str, properties: &[&str], expected: &str) {
        let atoms = [
            ("C", NO_FIELDS, [0.0, 0.0, 0.0]),
            (symbol, fields, [1.3, 0.75, 0.0]),
            ("C", NO_FIELDS, [2.6, 0.0, 0.0]),
        ];
        let bonds = [[1, 2, 1, 0], [2, 3, 1, 0]];
        check(&v2000(&atoms, &bonds, properties), expected);
    }

    // The expected forms are RDKit's; where it refuses a block, so does the reader.
    #[test]
    fn symbols_and_fields_of_atoms_are_read() {
        for (symbol, expected) in [
            ("C", "CCC"),
            ("SI", "C[SiH2]C"),
            ("Q", "C*C"),
            ("R#", "C*C"),
            ("R12", "C[12*]C"),
            ("ACY", "C*C"),
            ("Du", "line 6 of its molecule block: `Du` is no element"),
        ] {
            check_chain(symbol, NO_FIELDS, &[], expected);
        }
        for (fields, expected) in [
            (" 0  3", "C[NH2+]C"),
            (" 0  4", "CNC"),
            (" 0  5", "C[N-]C"),
            (" 1  0", "C[15NH]C"),
            ("-3  0", "C[11NH]C"),
            (" 0  0  0  2", "C[N]C"),
            (" 0  0  0  0  0  2", "C[N]C"),
            (" 0  0  0  0  0  3", "CNC"),
            (" 0  0  0  0  0  4", "not a molecule: Valence"),
            (" 0  0  0  0  0 15", "C[N]C"),
            (" 0  0  0  0  0  0  0  0  0 12  0  0", "C[NH:12]C"),
            (
                " 0  x",
                "line 6 of its molecule block: `  x` is not a whole number",
            ),
        ] {
            check_chain("N", fields, &[], expected);
        }
    }

    #[test]
    fn properties_are_read() {
        for (properties, expected) in [
            (&["M  CHG  1   2   1"][..], "C[CH+]C"),
            (&["M  CHG  2   1  -1   2   1"], "[CH2-][CH+]C"),
            (&["M  RAD  1   2   2"], "C[CH]C"),
            (&["M  RAD  1   2   3"], "C[C]C"),
            (&["M  ISO  2   1  13   3 300"], "[13CH3]C[300CH3]"),
            (&["M  RGP  1   2   7"], "C[7CH2]C"),
            (&["M  ALS   2  1 F N   "], "CNC"),
            (&["M  ALS   2  2 F N   O   "], "C*C"),
            (&["  2 F    2   7   8"], "CNC"),
            (&["M  ZBO  1   1   0"], "CC~C"),
            (
                &[
                    "A    1",
                    "Ph",
                    "V    1 x",
                    "M  XYZ",
                    "S  SKP  1",
                    "M  CHG  1   1   1",
                ],
                "CCC",
            ),
            (
                &["M  CHG  1   9   1"],
                "line 10 of its molecule block: there is no atom 9",
            ),
            (
                &["M  RAD  1   2   4"],
                "line 10 of its molecule block: no kind of radical: 4",
            ),
            (
                &[""],
                "line 10 of its molecule block: a blank line before `M  END`",
            ),
        ] {
            check_chain("C", NO_FIELDS, properties, expected);
        }
    }

    /// Data that groups carry: a bond of no order with its hydrogens, a dative bond, a hydrogen.
    #[test]
    fn groups_that_say_chemistry_are_read() {
        let group = |field: &str, members: &str, value: &str| {
            let lines = [
                "M  STY  1   1 DAT".to_owned(),
                format!("M  {members}"),
                format!("M  SDT   1 {field}"),
                format!("M  SED   1 {value}"),
            ];
            lines.to_vec()
        };
        for (group, expected) in [
            (group("ZBO", "SBL   1  1   2", ""), "CC~C"),
            (
                group("MRV_COORDINATE_BOND_TYPE", "SAL   1  1   1", "1"),
                "CCC",
            ),
            (group("NAME", "SAL   1  1   1", "x"), "CCC"),
        ] {
            let lines: Vec<&str> = group.iter().map(String::as_str).collect();
            check_chain("C", NO_FIELDS, &lines, expected);
        }
        let atoms = [
            ("N", NO_FIELDS, [0.0, 0.0, 0.0]),
            ("Fe", NO_FIELDS, [1.3, 0.75, 0.0]),
        ];
        let dative = group("MRV_COORDINATE_BOND_TYPE", "SAL   1  1   1", "1");
        let lines: Vec<&str> = dative.iter().map(String::as_str).collect();
        check(&v2000(&atoms, &[[1, 2, 8, 0]], &lines), "[NH3]->[Fe]");
    }

    #[test]
    fn bonds_of_every_kind_are_read() {
        for (order, expected) in [
            (0, "CC~N"),
            (1, "CCN"),
            (2, "CC=N"),
            (3, "CC#N"),
            (4, "CC:N"),
            (5, "CC~N"),
            (8, "CC~N"),
            (9, "CC->N"),
        ] {
            let atoms = ["C", "C", "N"].map(|symbol| (symbol, NO_FIELDS, [0.0; 3]));
            let bonds = [[1, 2, 1, 0], [2, 3, order, 0]];
            check(&v2000(&atoms, &bonds, &[]), expected);
        }
        for (bond, expected) in [
            ([2, 2, 1, 0], "a bond of atom 2 with itself"),
            ([2, 1, 1, 0], "a second bond between atoms 2 and 1"),
            ([2, 4, 1, 0], "a bond to atom 4 of 3"),
        ] {
            let atoms = ["C", "C", "N"].map(|symbol| (symbol, NO_FIELDS, [0.0; 3]));
            let expected = format!("line 9 of its molecule block: {expected}");
            check(&v2000(&atoms, &[[1, 2, 1, 0], bond], &[]), &expected);
        }
        // Aromatic bonds: hydrogens that are drawn count.
        let ring: Vec<[usize; 4]> = (1..=5).map(|atom| [atom, atom % 5 + 1, 4, 0]).collect();
        let mut atoms = vec![("C", NO_FIELDS, [0.0; 3]); 4];
        atoms.push(("N", NO_FIELDS, [0.0; 3]));
        check(&v2000(&atoms, &ring, &[]), "not a molecule: Kekulization");
        atoms.push(("H", NO_FIELDS, [0.0; 3]));
        let bonds = [&ring[..], &[[5, 6, 1, 0]]].concat();
        check(&v2000(&atoms, &bonds, &[]), "c1cc[nH]c1");
    }

    /// Alanine with the bond to its methyl marked, and with the hydrogen drawn.
    #[track_caller]
    fn check_centre(marks: [usize; 3], hydrogen: bool, expected: &str) {
        let mut atoms = vec![
            ("C", NO_FIELDS, [0.0, 0.0, 0.0]),
            ("C", NO_FIELDS, [-1.3, -0.75, 0.0]),
            ("N", NO_FIELDS, [0.0, 1.5, 0.0]),
            ("C", NO_FIELDS, [1.3, -0.75, 0.0]),
            ("O", NO_FIELDS, [2.6, 0.0, 0.0]),
            ("O", NO_FIELDS, [1.3, -2.25, 0.0]),
        ];
        let mut bonds = vec![[4, 5, 1, 0], [4, 6, 2, 0]];
        bonds.extend(
            [2, 3, 4]
                .into_iter()
                .zip(marks)
                .map(|(atom, mark)| [1, atom, 1, mark]),
        );
        if hydrogen {
            atoms.push(("H", NO_FIELDS, [0.7, 1.1, 0.0]));
            bonds.insert(0, [1, 7, 1, 0]);
        }
        check(&v2000(&atoms, &bonds, &[]), expected);
    }

    #[test]
    fn centres_follow_their_wedges() {
        let (flat, left, right) = ("CC(N)C(=O)O", "C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O");
        for (marks, expected) in [
            ([0, 0, 0], [flat, flat]),
            ([1, 0, 0], [right, left]),
            ([6, 0, 0], [left, right]),
            ([0, 6, 0], [left, left]),
            ([0, 0, 1], [right, right]),
            ([1, 4, 0], [flat, flat]),
            ([4, 0, 0], [flat, flat]),
            ([1, 1, 1], [right, left]),
            ([1, 1, 0], [right, left]),
            ([1, 6, 0], [flat, left]),
        ] {
            check_centre(marks, false, expected[0]);
            check_centre(marks, true, expected[1]);
        }
    }

    #[test]
    fn centres_follow_their_coordinates_in_space() {
        let atoms = |height: f64| {
            [
                ("C", NO_FIELDS, [0.0, 0.0, 0.0]),
                ("F", NO_FIELDS, [1.0, 0.0, -0.3 * height]),
                ("Cl", NO_FIELDS, [-0.5, 0.87, -0.3 * height]),
                ("Br", NO_FIELDS, [-0.5, -0.87, -0.3 * height]),
            ]
        };
        let bonds = [[1, 2, 1, 0], [1, 3, 1, 0], [1, 4, 1, 0]];
        check(&v2000(&atoms(1.0), &bonds, &[]), "F[C@@H](Cl)Br");
        check(&v2000(&atoms(-1.0), &bonds, &[]), "F[C@H](Cl)Br");
        check(&v2000(&atoms(0.01), &bonds, &[]), "FC(Cl)Br");
        let wavy = [[1, 2, 1, 4], [1, 3, 1, 0], [1, 4, 1, 0]];
        check(&v2000(&atoms(1.0), &wavy, &[]), "FC(Cl)Br");
    }

    /// Difluoroethene with its last atom here, and these marks on its bonds.
    #[track_caller]
    fn check_double(last: [f64; 2], marks: [usize; 2], expected: &str) {
        let atoms = [
            ("F", NO_FIELDS, [-0.75, 1.3, 0.0]),
            ("C", NO_FIELDS, [0.0, 0.0, 0.0]),
            ("C", NO_FIELDS, [1.5, 0.0, 0.0]),
            ("F", NO_FIELDS, [last[0], last[1], 0.0]),
        ];
        let bonds = [[1, 2, 1, marks[0]], [2, 3, 2, marks[1]], [3, 4, 1, 0]];
        check(&v2000(&atoms, &bonds, &[]), expected);
    }

    #[test]
    fn double_bonds_follow_their_coordinates() {
        check_double([2.25, -1.3], [0, 0], "F/C=C/F");
        check_double([2.25, 1.3], [0, 0], "F/C=C\\F");
        check_double([3.0, 0.0], [0, 0], "FC=CF");
        check_double([2.25, -1.3], [0, 3], "FC=CF");
        check_double([2.25, -1.3], [4, 0], "FC=CF");
    }

    #[test]
    fn tables_of_version_3000_are_read() {
        let lines = [
            "BEGIN CTAB",
            "COUNTS 5 4 1 0 0",
            "BEGIN ATOM",
            "1 C 0 0 0 0 CHG=0",
            "2 F -1.3 -0.75 0 0",
            "3 Cl 0 1.5 0 0 MA-",
            "SS=37",
            "4 \"[C,N]\" 1.3 -0.75 0 0",
            "7 N 2.6 0 0 7 CHG=1 VAL=4 UNKNOWN=\"a b\"",
            "END ATOM",
            "BEGIN BOND",
            "1 1 1 2 CFG=1",
            "2 1 1 3",
            "3 1 1 4",
            "4 1 4 7",
            "END BOND",
            "BEGIN SGROUP",
            "1 DAT 1 ATOMS=(1 1) FIELDNAME=\"a name\" FIELDDATA=\"x\"",
            "END SGROUP",
            "BEGIN COLLECTION",
            "MDLV30/STEABS ATOMS=(1 1)",
            "MDLV30/STERAC1 ATOMS=(1 1)",
            "END COLLECTION",
            "END CTAB",
        ];
        let block = v3000(&lines);
        check(&block, "F[C@@H]([37Cl])*[NH3+:7]");
        assert_eq!(
            MolBlock::read(&block).map(|block| block.stereo_groups),
            Ok(1)
        );
        check(
            &block.replace("1 2 CFG", "1 6 CFG"),
            "line 16 of its molecule block: there is no atom 6",
        );
        check(
            &block.replace("END BOND", "END"),
            "line 20 of its molecule block: `END BOND` must stand here: `END`",
        );
    }

    #[test]
    fn what_is_no_block_is_told_with_its_line() {
        check(
            "",
            "line 1 of its molecule block: the record ends where its title must follow",
        );
        check(
            "\n\n\n",
            "line 4 of its molecule block: the record ends where the line of counts must follow",
        );
        check(
            &v2000(&[], &[], &[]),
            "line 5 of its molecule block: there are no atoms",
        );
        let atoms = [("C", NO_FIELDS, [0.0; 3])];
        let block = v2000(&atoms, &[], &[]);
        check(&block, "C");
        check(&block.replace('\n', "\r\n"), "C");
        check(
            &block.replace("M  END\n", ""),
            "line 6 of its molecule block: the record ends where M  END must follow",
        );
        check(
            &block.replace("M  END", "$$$$"),
            "line 6 of its molecule block: neither a property nor a list of elements: `$$$$`",
        );
        check(
            &block.replace("  1  0", "  2  0"),
            "line 6 of its molecule block: the line of an atom is too short: `M  END`",
        );
        check(
            &block.replace("V2000", "V4000"),
            "line 4 of its molecule block: no version that is known: `  1  0  0  0  0  0  0  0  0  0999 V4000`",
        );
    }
}
