//! Numbers that numpy takes without a copy.

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// An array of numbers, read only: `numpy.asarray` takes it without a copy.
#[pyclass(frozen, module = "molgpt")]
pub(crate) struct Array {
    values: Values,
    shape: Vec<usize>,
}

enum Values {
    Single(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Vec<u8>),
}

impl Array {
    /// Numbers of single precision; the product of the shape is their number.
    pub(crate) fn single(values: Vec<f32>, shape: Vec<usize>) -> Self {
        Self {
            values: Values::Single(values),
            shape,
        }
    }

    /// Numbers of double precision in a row.
    pub(crate) fn double(values: Vec<f64>) -> Self {
        Self {
            shape: vec![values.len()],
            values: Values::Double(values),
        }
    }

    /// Bytes.
    pub(crate) fn bytes(values: Vec<u8>, shape: Vec<usize>) -> Self {
        Self {
            values: Values::Bytes(values),
            shape,
        }
    }
}

#[pymethods]
impl Array {
    /// The sizes of its axes.
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, pyo3::types::PyTuple>> {
        pyo3::types::PyTuple::new(py, &self.shape)
    }

    /// numpy's array interface, version 3. The array that numpy makes of it keeps this object.
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (place, kind) = match &self.values {
            Values::Single(values) => (values.as_ptr() as usize, "f4"),
            Values::Double(values) => (values.as_ptr() as usize, "f8"),
            Values::Bytes(values) => (values.as_ptr() as usize, "u1"),
        };
        let order = match (kind, cfg!(target_endian = "little")) {
            ("u1", _) => "|",
            (_, true) => "<",
            (_, false) => ">",
        };
        let interface = PyDict::new(py);
        interface.set_item("version", 3)?;
        interface.set_item("shape", self.shape(py)?)?;
        interface.set_item("typestr", format!("{order}{kind}"))?;
        interface.set_item("data", (place, true))?;
        Ok(interface)
    }

    /// Its numbers in rows, as a flat list.
    fn tolist<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, pyo3::types::PyList>> {
        match &self.values {
            Values::Single(values) => pyo3::types::PyList::new(py, values),
            Values::Double(values) => pyo3::types::PyList::new(py, values),
            Values::Bytes(values) => pyo3::types::PyList::new(py, values),
        }
    }

    fn __len__(&self) -> usize {
        self.shape.first().copied().unwrap_or_default()
    }

    fn __repr__(&self) -> String {
        format!("Array(shape={:?})", self.shape)
    }
}
