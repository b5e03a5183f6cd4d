//! Numbers of molecules that a model can be conditioned on: computed properties, and columns of the file.
//!
//! Knows names of properties and of columns; nothing of bins or tokens.

use std::path::Path;

use super::CorpusError;
use crate::chem::{Molecule, Property, PropertyKind};
use crate::table::{Cell, Column, Value};

/// Before the name of a column that a property is called like, too.
const COLUMN: &str = "column:";

/// The source of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberSource {
    /// Computed of the molecule.
    Property(Property),
    /// Its cell in this column.
    Column(String),
}

impl NumberSource {
    /// The source of this name: a property by any of its names; else the column of the file, as with
    /// `column:` before the name.
    ///
    /// # Errors
    /// [`CorpusError::NoNumber`] for a property that is a text.
    pub fn named(name: &str) -> Result<Self, CorpusError> {
        let name = name.trim();
        if let Some(column) = name.strip_prefix(COLUMN) {
            return Ok(Self::Column(column.to_owned()));
        }
        match Property::named(name) {
            Ok(property) if property.kind() == PropertyKind::Text => {
                Err(CorpusError::NoNumber(property.name()))
            }
            Ok(property) => Ok(Self::Property(property)),
            Err(_) => Ok(Self::Column(name.to_owned())),
        }
    }

    /// The one name by which it is stored and asked for.
    pub fn name(&self) -> String {
        match self {
            Self::Property(property) => property.name().to_owned(),
            Self::Column(column) if Property::named(column).is_ok() => format!("{COLUMN}{column}"),
            Self::Column(column) => column.clone(),
        }
    }
}

/// A source within a file whose columns are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Property(Property),
    /// The place of the column among those beside the molecules.
    Column(usize),
    /// Neither.
    Nowhere,
}

impl Found {
    /// Finds sources in a file of these columns. A column that is missing is an error where it is
    /// `needed`; else no molecule has the number.
    ///
    /// # Errors
    /// [`CorpusError::NoColumn`].
    pub(super) fn all(
        sources: &[NumberSource],
        needed: impl Fn(&NumberSource) -> bool,
        path: &Path,
        columns: &[Column],
    ) -> Result<Vec<Self>, CorpusError> {
        let find = |source: &NumberSource| {
            let name = match source {
                NumberSource::Property(property) => return Ok(Self::Property(*property)),
                NumberSource::Column(name) => name,
            };
            let same = |column: &Column| column.name.trim().eq_ignore_ascii_case(name);
            match columns.iter().position(same) {
                Some(place) => Ok(Self::Column(place)),
                None if needed(source) => Err(CorpusError::NoColumn {
                    path: path.to_owned(),
                    name: name.clone(),
                    columns: columns.iter().map(|it| it.name.to_string()).collect(),
                    properties: Property::named(name).err(),
                }),
                None => Ok(Self::Nowhere),
            }
        };
        sources.iter().map(find).collect()
    }

    /// The number of a molecule that was read from `text`, with the numbers of its row in the order of all
    /// sources; not a number where it has none.
    pub(super) fn of(self, place: usize, molecule: &Molecule, text: &str, row: &[f64]) -> f64 {
        match self {
            Self::Property(property) => property.as_number(molecule, text),
            Self::Column(_) => row.get(place).copied().unwrap_or(f64::NAN),
            Self::Nowhere => f64::NAN,
        }
    }
}

/// The number in a cell, with a point or a comma; not a number for an empty one. The text where it is
/// something else.
pub(super) fn number(value: &Value) -> Result<f64, String> {
    let cell = Cell::Value(value);
    let text = cell.text();
    let text = text.trim();
    if text.is_empty() {
        return Ok(f64::NAN);
    }
    let number = text.parse().or_else(|_| text.replacen(',', ".", 1).parse());
    number
        .ok()
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| text.to_owned())
}
