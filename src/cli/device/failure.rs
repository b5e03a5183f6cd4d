//! Burn's graphics backends fail by panics: what they say, as errors with a remedy.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The result, or nothing when it panics, as a library does that is not found.
pub(super) fn silently<T>(ask: impl FnOnce() -> T) -> Option<T> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let result = catch_unwind(AssertUnwindSafe(ask));
    std::panic::set_hook(hook);
    result.ok()
}

/// The result of work on a device, whose failures are panics.
///
/// # Errors
/// What the panic says, and what to do.
pub(super) fn explained<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        let text = text.unwrap_or("it does not say why");
        let memory = text.to_lowercase().contains("memory");
        let remedy = if memory {
            "it is out of memory: lower batch_size (train) or --batch (sample), or free it"
        } else {
            "see the message above, or use --device cpu"
        };
        Err(anyhow::anyhow!("{text}").context(format!("the device failed; {remedy}")))
    })
}
