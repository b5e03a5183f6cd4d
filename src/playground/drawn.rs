//! Drawings for the page, with the places of their atoms, and properties.

use serde_json::{Value, json};

use crate::chem::{DepictOptions, Depiction, Molecule, Property, PropertyValue, Style};
use crate::explain::drawable;

/// The most atoms that are laid out: more take seconds, and nobody reads them.
pub(super) const MOST_ATOMS: usize = 250;

/// Atoms but hydrogens.
pub(super) fn atoms(molecule: &Molecule) -> usize {
    Property::HeavyAtoms.as_number(molecule, "") as usize
}

/// The properties that the page shows.
const PROPERTIES: [Property; 10] = [
    Property::Formula,
    Property::Weight,
    Property::LogP,
    Property::Qed,
    Property::Sa,
    Property::Tpsa,
    Property::Donors,
    Property::Acceptors,
    Property::RotatableBonds,
    Property::Rings,
];

/// The drawing of a text, finished or not; null where there is none.
pub(super) fn drawing(text: &str, size: [f64; 2]) -> Value {
    let Some(drawn) = drawable(text) else {
        return Value::Null;
    };
    let Ok(molecule) = Molecule::parse(&drawn) else {
        return Value::Null;
    };
    let mut drawing = picture(&molecule, size);
    drawing["unfinished"] = json!(drawn != text);
    drawing
}

/// A molecule's drawing: the picture, and the places of its atoms as they are written.
fn picture(molecule: &Molecule, size: [f64; 2]) -> Value {
    let atoms = atoms(molecule);
    if atoms > MOST_ATOMS {
        return json!({ "large": atoms });
    }
    let depiction = Depiction::of(molecule, &DepictOptions::default());
    let style = Style::default();
    let is_numbered = !depiction.is_renumbered();
    let places = depiction.places(size, &style).into_iter();
    json!({
        "svg": depiction.svg(size, &style),
        "places": places.filter(|_| is_numbered).collect::<Vec<_>>(),
        "bonds": if is_numbered { depiction.bonds() } else { Vec::new() },
    })
}

/// Properties by name; none of a molecule that is too large.
pub(super) fn properties(molecule: &Molecule, text: &str) -> Option<Value> {
    if atoms(molecule) > MOST_ATOMS {
        return None;
    }
    let of = |property: Property| {
        let value = match property.of(molecule, text) {
            PropertyValue::Number(number) => json!(number),
            PropertyValue::Count(count) => json!(count),
            PropertyValue::Text(text) => json!(text),
        };
        (property.name().to_owned(), value)
    };
    Some(Value::Object(PROPERTIES.map(of).into_iter().collect()))
}
