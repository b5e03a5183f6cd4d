//! Burn's graphics backends fail by panics: their words as an error with a remedy.
//!
//! A device's own threads may panic before the caller's does. What they say goes to the process's
//! panic hook, which is the face's to set.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Error, Kind, Result};

/// The result, or nothing when it panics, as a library does that is not found.
#[cfg(any(feature = "cuda", feature = "wgpu"))]
pub(super) fn silently<T>(ask: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(ask)).ok()
}

/// The result of work on a device, whose failures are panics.
///
/// # Errors
/// [`Kind::Device`] with the panic's words and what to do.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        failed(text.unwrap_or("it does not say why"))
    })
}

/// The error of a device that failed with these words.
pub fn failed(words: &str) -> Error {
    let about = words.to_lowercase();
    let memory = ["memory", "allocate"].iter().any(|w| about.contains(w));
    let remedy = if memory {
        "it is out of memory: lower batch_size (train) or setting `batch` (sample), or free it"
    } else {
        "try another setting `device`, cpu say"
    };
    Error::new(Kind::Device, words).within(format!("the device failed; {remedy}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_have_a_remedy() {
        #[track_caller]
        fn check(text: &str, remedy: &str) {
            let error = failed(text).chain();
            assert!(error.contains(remedy) && error.ends_with(text), "{error}");
        }
        check("can't allocate buffer of size: 9", "out of memory");
        check("CUDA_ERROR_OUT_OF_MEMORY", "out of memory");
        let error = caught(|| panic!("out of memory")).unwrap_err();
        assert_eq!(error.kind(), Kind::Device);
        check("CUDA_ERROR_ECC_UNCORRECTABLE", "setting `device`");
    }
}
