//! Properties of molecules as columns.

use super::{Cell, Column, Kind, Value};
use crate::chem::{Molecule, Property, PropertyKind, PropertyValue};

/// The column of a property.
pub(crate) const fn property_column(property: Property) -> Column {
    let kind = match property.kind() {
        PropertyKind::Number => Kind::Number,
        PropertyKind::Count => Kind::Count,
        PropertyKind::Text => Kind::Text,
    };
    Column::new(property.name(), kind)
}

/// The values of properties of a molecule that was read from `text`.
pub(crate) fn property_values(
    molecule: &Molecule,
    text: &str,
    properties: &[Property],
) -> Vec<Value> {
    let value = |property: &Property| match property.of(molecule, text) {
        PropertyValue::Number(number) => Value::Real(number),
        PropertyValue::Count(count) => Value::Integer(count),
        PropertyValue::Text(text) => text.map_or(Value::Nothing, Value::Text),
    };
    properties.iter().map(value).collect()
}

/// The cell of such a value: a number with four decimals.
pub(crate) fn property_cell(value: &Value) -> Cell<'_> {
    match value {
        Value::Real(number) => Cell::Number(*number),
        value => Cell::Value(value),
    }
}
