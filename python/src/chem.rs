//! Molecules: canonical forms, properties, drawings, fingerprints.

use std::path::PathBuf;

use molgpt::chem::{
    DepictOptions, Depiction, Molecule, Property, PropertyKind, PropertyValue, Style,
};
use molgpt::error::{Error, Kind, Result};
use molgpt::progress::Watch;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::prelude::*;

use crate::array::Array;
use crate::errors::exception;
use crate::work::{Ears, work};

/// Texts between two looks at whether to go on.
const CHUNK: usize = 1_024;

/// Sides of a drawing in pixels.
const SIZE: [f64; 2] = [220.0, 170.0];

/// What `one` makes of each text, or the reason why it is no molecule; in order, on all threads.
fn each<T: Send>(
    py: Python<'_>,
    texts: &[Option<String>],
    threads: usize,
    one: impl Fn(&Molecule, &str) -> T + Sync + Send,
) -> PyResult<Vec<Result<T, String>>> {
    let read = |text: &Option<String>| {
        let text = text.as_deref().ok_or_else(|| "it is missing".to_owned())?;
        let molecule = Molecule::parse(text).map_err(|invalid| invalid.to_string())?;
        Ok(one(&molecule, text))
    };
    if texts.len() <= 8 {
        return Ok(texts.iter().map(read).collect());
    }
    work(py, threads, &Ears::of(None), |watch| {
        let mut all = Vec::with_capacity(texts.len());
        for texts in texts.chunks(CHUNK) {
            if watch.stop() {
                return Err(Error::new(Kind::Cancelled, "interrupted"));
            }
            all.par_extend(texts.par_iter().map(read));
        }
        Ok(all)
    })
}

/// Canonical SMILES of each text, or none; and the reasons for none.
#[pyfunction]
#[expect(clippy::type_complexity, reason = "a pair of columns")]
pub(crate) fn canonical(
    py: Python<'_>,
    texts: Vec<Option<String>>,
    threads: usize,
) -> PyResult<(Vec<Option<String>>, Vec<Option<String>>)> {
    let found = each(py, &texts, threads, |molecule, _| {
        molecule.canonical().to_owned()
    })?;
    let both = found.into_iter().map(|found| match found {
        Ok(canonical) => (Some(canonical), None),
        Err(reason) => (None, Some(reason)),
    });
    Ok(both.unzip())
}

/// Columns of properties under the names that they were asked by, all for no names: `smiles` (canonical), the
/// properties, `reason`.
#[pyfunction]
pub(crate) fn describe(
    py: Python<'_>,
    texts: Vec<Option<String>>,
    names: Vec<String>,
    threads: usize,
) -> PyResult<Bound<'_, PyDict>> {
    let named: Result<Vec<Property>, Error> = names
        .iter()
        .map(|name| Ok(Property::named(name)?))
        .collect();
    let mut properties = named.map_err(|error| exception(py, &error))?;
    if properties.is_empty() {
        properties = Property::ALL.to_vec();
    }
    let found = each(py, &texts, threads, |molecule, text| {
        let values = properties
            .iter()
            .map(|property| property.of(molecule, text));
        (molecule.canonical().to_owned(), values.collect::<Vec<_>>())
    })?;
    let columns = PyDict::new(py);
    let smiles: Vec<Option<&str>> = found
        .iter()
        .map(|found| Some(&*found.as_ref().ok()?.0))
        .collect();
    columns.set_item("smiles", smiles)?;
    for (place, property) in properties.iter().enumerate() {
        let values = found
            .iter()
            .map(|found| Some(&found.as_ref().ok()?.1[place]));
        let name = names.get(place).map_or(property.name(), String::as_str);
        match property.kind() {
            PropertyKind::Number => {
                let number = |value: Option<&PropertyValue>| match value {
                    Some(PropertyValue::Number(number)) => *number,
                    _ => f64::NAN,
                };
                columns.set_item(name, values.map(number).collect::<Vec<_>>())?;
            }
            PropertyKind::Count => {
                let count = |value: Option<&PropertyValue>| match value {
                    Some(PropertyValue::Count(count)) => Some(*count),
                    _ => None,
                };
                columns.set_item(name, values.map(count).collect::<Vec<_>>())?;
            }
            PropertyKind::Text => {
                let text = |value: Option<&PropertyValue>| match value {
                    Some(PropertyValue::Text(text)) => text.clone(),
                    _ => None,
                };
                columns.set_item(name, values.map(text).collect::<Vec<_>>())?;
            }
        }
    }
    let reasons: Vec<Option<&String>> = found.iter().map(|found| found.as_ref().err()).collect();
    columns.set_item("reason", reasons)?;
    Ok(columns)
}

/// Drawings as SVG, or the reasons for none.
#[pyfunction]
pub(crate) fn drawings(
    py: Python<'_>,
    texts: Vec<Option<String>>,
    threads: usize,
) -> PyResult<Vec<(Option<String>, Option<String>)>> {
    let options = DepictOptions::default();
    let found = each(py, &texts, threads, |molecule, _| {
        Depiction::of(molecule, &options).svg(SIZE, &Style::default())
    })?;
    let both = found.into_iter().map(|found| match found {
        Ok(svg) => (Some(svg), None),
        Err(reason) => (None, Some(reason)),
    });
    Ok(both.collect())
}

/// Morgan fingerprints of radius 2 (ECFP4) of 1,024 bits, a byte each, `[texts, 1024]`; zeros for what has none.
#[pyfunction]
pub(crate) fn fingerprints(
    py: Python<'_>,
    texts: Vec<Option<String>>,
    threads: usize,
) -> PyResult<Array> {
    const BITS: usize = 1_024;
    let found = each(py, &texts, threads, |molecule, _| molecule.fingerprint())?;
    let mut bytes = vec![0; found.len() * BITS];
    for (row, found) in bytes.chunks_exact_mut(BITS).zip(found) {
        let bits = found.ok().flatten().map(|fingerprint| fingerprint.bits());
        for bit in bits.unwrap_or_default() {
            row[usize::from(bit)] = 1;
        }
    }
    Ok(Array::bytes(bytes, vec![texts.len(), BITS]))
}

/// Scores of texts by a goal: a word, or TOML. NaN for what is no molecule.
#[pyfunction]
pub(crate) fn scores(
    py: Python<'_>,
    goal: &str,
    texts: Vec<Option<String>>,
    oracles: PathBuf,
    threads: usize,
) -> PyResult<Vec<f64>> {
    let goal = crate::optimize::goal(goal, oracles).map_err(|error| exception(py, &error))?;
    work(py, threads, &Ears::of(None), |watch| {
        let mut all = Vec::with_capacity(texts.len());
        for texts in texts.chunks(CHUNK) {
            if watch.stop() {
                return Err(Error::new(Kind::Cancelled, "interrupted"));
            }
            let read = |text: &Option<String>| Molecule::parse(text.as_deref()?).ok();
            let molecules: Vec<Option<Molecule>> = texts.par_iter().map(read).collect();
            let valid: Vec<Molecule> = molecules.iter().flatten().cloned().collect();
            let mut judged = molgpt::objective::Score::judge(&goal, &valid, watch)?.into_iter();
            let score = |molecule: &Option<Molecule>| {
                let judged = molecule.as_ref().and_then(|_| judged.next());
                judged.map_or(f64::NAN, |judged| judged.score)
            };
            all.extend(molecules.iter().map(score));
        }
        Ok(all)
    })
}
