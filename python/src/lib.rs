//! The Python module `molgpt._molgpt`: the library's flows as calls that take texts and numbers, and give
//! texts, numbers and arrays. What a notebook sees is in `molgpt/*.py`, on top of this.
//!
//! - `work`: long work beside a Python thread that stays answerable;
//! - `errors`: the library's errors as exceptions;
//! - `data`: what Python names as molecules, as sources of the library; `array`: numbers for numpy;
//! - `model`, `chem`, `evaluate`, `train`, `optimize`: the flows.

#![expect(
    clippy::needless_pass_by_value,
    reason = "Python's values come as values"
)]

mod array;
mod chem;
mod data;
mod errors;
mod evaluate;
mod keep;
mod model;
mod optimize;
mod train;
mod work;

use pyo3::prelude::*;

/// Chemistry allocates much and little at a time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The program `molgpt` on these arguments, the program's name first. Returns its exit code.
#[pyfunction]
fn command(arguments: Vec<String>) -> u8 {
    molgpt::cli::main_of(arguments.into_iter().map(Into::into).collect())
}

#[pymodule(gil_used = false)]
fn _molgpt(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<array::Array>()?;
    module.add_class::<model::Model>()?;
    module.add_class::<evaluate::Evaluation>()?;
    module.add_function(wrap_pyfunction!(command, module)?)?;
    module.add_function(wrap_pyfunction!(chem::canonical, module)?)?;
    module.add_function(wrap_pyfunction!(chem::describe, module)?)?;
    module.add_function(wrap_pyfunction!(chem::drawings, module)?)?;
    module.add_function(wrap_pyfunction!(chem::fingerprints, module)?)?;
    module.add_function(wrap_pyfunction!(chem::scores, module)?)?;
    module.add_function(wrap_pyfunction!(evaluate::evaluate, module)?)?;
    module.add_function(wrap_pyfunction!(train::train, module)?)?;
    module.add_function(wrap_pyfunction!(optimize::optimize, module)?)?;
    Ok(())
}
