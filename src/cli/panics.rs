//! Devices fail by panics, in threads of their own and one after the other: the first one's words are
//! kept for the error message, and none is printed.

use std::panic::set_hook;
use std::sync::{Mutex, PoisonError};

static FIRST: Mutex<Option<String>> = Mutex::new(None);

/// Keeps quiet about panics from here on, and keeps the words of the first.
pub(super) fn collect() {
    set_hook(Box::new(|panic| {
        let mut first = FIRST.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| {
            let text = panic.payload_as_str().unwrap_or("it does not say why");
            text.to_owned()
        });
    }));
}

/// The words of the first panic, if there was one.
pub(super) fn first() -> Option<String> {
    FIRST.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
