//! The library's errors as the exceptions of `molgpt/_errors.py`.

use molgpt::error::{Error, Kind, rename_settings};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;

/// The exception of an error: its class by the error's kind, its message with arguments in place of settings.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    let name = match error.kind() {
        Kind::Setting => "SettingError",
        Kind::Input => "InputError",
        Kind::File => "FileError",
        Kind::Device => "DeviceError",
        Kind::Cancelled => return PyKeyboardInterrupt::new_err(()),
    };
    let message = rename_settings(&error.chain(), |name| {
        format!("argument `{}`", argument(name))
    });
    raised(py, name, message)
}

/// The argument that stands for a setting.
fn argument(setting: &str) -> &str {
    match setting {
        "from" => "from_",
        "max_minutes" => "minutes",
        other => other,
    }
}

/// An exception of `molgpt/_errors.py`.
pub(crate) fn raised(py: Python<'_>, class: &str, message: String) -> PyErr {
    let made = || {
        let module = py.import("molgpt._errors")?;
        module.getattr(class)?.call1((message,))
    };
    match made() {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}
