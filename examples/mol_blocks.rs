//! Writes molecules as an SD file, with coordinates and wedges.
//!
//! `cargo run --release --example mol_blocks -- data/natural_products.csv molecules.sdf`
//!
//! A line of the input is a SMILES, or fields apart by tabs or commas whose first is one; lines that
//! are none are left out. Atoms whose stereochemistry the drawing does not show are named.

use std::fmt::Write as _;

use molgpt::chem::{DepictOptions, Depiction, Molecule};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |default: &str| arguments.next().unwrap_or(default.to_owned());
    let (input, output) = (next("data/natural_products.csv"), next("molecules.sdf"));
    let options = DepictOptions {
        hydrogens: false,
        ..DepictOptions::default()
    };
    let mut text = String::new();
    for line in std::fs::read_to_string(input)?.lines() {
        let smiles = line.split(['\t', ',']).next().unwrap_or("");
        let Ok(molecule) = Molecule::parse(smiles) else {
            continue;
        };
        text += &molecule.mol_block(smiles)?;
        let missing = Depiction::of(&molecule, &options).stereo_not_drawn();
        if !missing.is_empty() {
            writeln!(text, ">  <stereo_not_drawn>\n{missing:?}\n")?;
        }
        text += "$$$$\n";
    }
    std::fs::write(output, text)?;
    Ok(())
}
