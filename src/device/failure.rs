//! Burn's graphics backends fail by panics, in threads of their own and one after the other: what
//! the first one says, as an error with a remedy.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex, PoisonError};

/// The result, or nothing when it panics, as a library does that is not found.
pub(super) fn silently<T>(ask: impl FnOnce() -> T) -> Option<T> {
    first_panic(ask).ok()
}

/// The result of work on a device, whose failures are panics.
///
/// # Errors
/// What the panic says, and what to do.
pub(super) fn explained<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    first_panic(work).unwrap_or_else(|text| Err(with_remedy(&text)))
}

fn with_remedy(text: &str) -> Error {
    let about = text.to_lowercase();
    let memory = ["memory", "allocate"].iter().any(|w| about.contains(w));
    let remedy = if memory {
        "it is out of memory: lower batch_size (train) or --batch (sample), or free it"
    } else {
        "try another --device, cpu say"
    };
    anyhow::anyhow!("{text}").context(format!("the device failed; {remedy}"))
}

/// The result, or what the first panic of any thread said if this one panics. Nothing is printed
/// meanwhile.
fn first_panic<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let first = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&first);
    let usual = take_hook();
    set_hook(Box::new(move |panic| {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get_or_insert_with(|| {
            let text = panic.payload_as_str().unwrap_or("it does not say why");
            text.to_owned()
        });
    }));
    let result = catch_unwind(AssertUnwindSafe(work));
    set_hook(usual);
    let said = first
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
        .unwrap_or_default();
    result.map_err(|_| said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_have_a_remedy() {
        #[track_caller]
        fn check(text: &str, remedy: &str) {
            let error = format!("{:#}", with_remedy(text));
            assert!(error.contains(remedy) && error.ends_with(text), "{error}");
        }
        check("can't allocate buffer of size: 9", "out of memory");
        check("CUDA_ERROR_OUT_OF_MEMORY", "out of memory");
        check("CUDA_ERROR_ECC_UNCORRECTABLE", "--device");
    }
}
