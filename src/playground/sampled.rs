//! Molecules for the page, as they are written.

use std::ops::Range;

use serde_json::{Value, json};

use super::drawn::{picture, properties};
use crate::chem::Molecule;
use crate::error::Result;
use crate::generate::{Generator, Sample, SamplingParams};
use crate::progress::Unwatched;
use crate::wish::Wishes;

/// The size of a drawing in the grid, in pixels.
const CELL: [f64; 2] = [200.0, 150.0];

/// The molecules of these indices: whether each is valid, which wish it does not meet, its drawing and properties.
pub(super) fn sampled(
    generator: &dyn Generator,
    params: &SamplingParams,
    indices: Range<u64>,
    wishes: &Wishes,
) -> Result<Value> {
    let drawn = generator.generate(params, indices, &Unwatched)?.done();
    let molecules: Vec<Value> = drawn.iter().map(|sample| judged(sample, wishes)).collect();
    Ok(json!({ "molecules": molecules }))
}

fn judged(sample: &Sample, wishes: &Wishes) -> Value {
    let mut judged = json!({ "smiles": sample.smiles, "nll": sample.nll, "cut": sample.cut });
    match Molecule::parse(&sample.smiles) {
        Ok(molecule) => {
            let unmet = wishes.unmet(&molecule, &sample.smiles);
            judged["canonical"] = json!(molecule.canonical());
            judged["unmet"] = json!(unmet.map(|place| wishes.all()[place].to_string()));
            judged["svg"] = picture(&molecule, CELL)["svg"].take();
            judged["properties"] = json!(properties(&molecule, &sample.smiles));
        }
        Err(invalid) => judged["reason"] = json!(invalid.message),
    }
    judged
}
