//! Molecules for the page, as they are written.

use std::ops::Range;

use serde_json::{Value, json};

use super::drawn::{MOST_ATOMS, atoms, properties};
use crate::chem::{DepictOptions, Depiction, Molecule, Style};
use crate::error::Result;
use crate::generate::{Generator, Sample, SamplingParams};
use crate::progress::Unwatched;
use crate::wish::Wishes;

/// The size of a drawing in the grid, in pixels.
const CELL: [f64; 2] = [200.0, 150.0];

/// The molecules of these indices; those that are valid with their properties, whether they are as wished, and their
/// drawing if that is asked for.
pub(super) fn sampled(
    generator: &dyn Generator,
    params: &SamplingParams,
    indices: Range<u64>,
    wishes: &Wishes,
    draw: bool,
) -> Result<Value> {
    let samples = generator.generate(params, indices, &Unwatched)?.done();
    let judged = |sample: &Sample| judged(sample, wishes, draw);
    let molecules: Vec<Value> = samples.iter().map(judged).collect();
    Ok(json!({ "molecules": molecules }))
}

fn judged(sample: &Sample, wishes: &Wishes, draw: bool) -> Value {
    let mut judged = json!({ "smiles": sample.smiles, "nll": sample.nll });
    if let Ok(molecule) = Molecule::parse(&sample.smiles) {
        judged["canonical"] = json!(molecule.canonical());
        judged["as_wished"] = json!(wishes.unmet(&molecule, &sample.smiles).is_none());
        judged["properties"] = json!(properties(&molecule, &sample.smiles));
        if draw && atoms(&molecule) <= MOST_ATOMS {
            let depiction = Depiction::of(&molecule, &DepictOptions::default());
            judged["svg"] = json!(depiction.svg(CELL, &Style::default()));
        }
    }
    judged
}
