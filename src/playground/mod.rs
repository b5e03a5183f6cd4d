//! The playground: a model in a page, which answers what the page asks.
//!
//! ```text
//! page -> request (JSON) -> Session -> the library's functions -> answer (JSON) -> page
//! ```
//!
//! `web/program/` is the same library compiled for browsers, with a [`Session`] behind four functions. [`page()`] writes the
//! page: that program, the model and the views in one file.

mod answer;
mod drawn;
#[cfg(feature = "playground")]
mod page;
mod request;
mod sampled;
mod walk;

pub use answer::Session;
#[cfg(feature = "playground")]
pub use page::{Percentiles, ensure_fits, page};
