//! molgpt for browsers: a [`Session`] behind four functions that take and give bytes.
//!
//! ```text
//! allocate(length) -> address          room for bytes, which the caller fills
//! load(address, length) -> answer      a model file; its answer is empty, or what is wrong with it
//! ask(address, length) -> answer       a request of the playground, JSON; its answer, JSON
//! answer_length() -> length            of the answer last given
//! ```
//!
//! Answers lie in memory until the next call. What panics is told through the import `panicked`, then the program is
//! over.

#![allow(
    unsafe_code,
    reason = "a page talks to a program by addresses in its memory"
)]

use std::cell::RefCell;

use molgpt::model::Model;
use molgpt::playground::Session;

thread_local! {
    static SESSION: RefCell<Option<Session<'static>>> = const { RefCell::new(None) };
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Room for so many bytes; [`load`] and [`ask`] take it back.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(length: usize) -> *mut u8 {
    Box::into_raw(vec![0_u8; length].into_boxed_slice()).cast()
}

/// The bytes that a caller has filled.
///
/// # Safety
/// The address is of [`allocate`] with this length, and is taken once.
unsafe fn taken(address: *mut u8, length: usize) -> Vec<u8> {
    // SAFETY: by the caller's promise this is the box that `allocate` has given away.
    unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(address, length)) }.into_vec()
}

fn answer(bytes: Vec<u8>) -> *const u8 {
    ANSWER.with_borrow_mut(|kept| {
        *kept = bytes;
        kept.as_ptr()
    })
}

/// Takes a model file for all requests to come.
///
/// # Safety
/// The address is of [`allocate`] with this length, and is taken once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn load(address: *mut u8, length: usize) -> *const u8 {
    #[cfg(target_arch = "wasm32")]
    std::panic::set_hook(Box::new(|info| {
        let message = info.to_string();
        // SAFETY: the page reads these bytes before it returns.
        unsafe { panicked(message.as_ptr(), message.len()) }
    }));
    // SAFETY: by the caller's promise.
    let bytes = unsafe { taken(address, length) };
    match Model::from_bytes(&bytes) {
        Ok(model) => {
            // Lives as long as the page.
            let model: &'static Model = Box::leak(Box::new(model));
            SESSION.set(Some(Session::new(model)));
            answer(Vec::new())
        }
        Err(error) => answer(error.to_string().into_bytes()),
    }
}

/// Answers a request.
///
/// # Safety
/// The address is of [`allocate`] with this length, and is taken once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ask(address: *mut u8, length: usize) -> *const u8 {
    // SAFETY: by the caller's promise.
    let bytes = unsafe { taken(address, length) };
    let request = String::from_utf8_lossy(&bytes);
    SESSION.with_borrow_mut(|session| match session {
        Some(session) => answer(session.answer(&request).into_bytes()),
        None => answer(br#"{"error":"no model is loaded"}"#.to_vec()),
    })
}

/// The length of the answer last given.
#[unsafe(no_mangle)]
pub extern "C" fn answer_length() -> usize {
    ANSWER.with_borrow(Vec::len)
}

#[cfg(target_arch = "wasm32")]
#[link(wasm_import_module = "page")]
unsafe extern "C" {
    /// Tells the page the message of a panic.
    fn panicked(address: *const u8, length: usize);
}
