//! Files that appear whole or not at all, files that outlive an interrupt, and a cache.
//!
//! Knows nothing of what is in them.

mod cache;
mod file;
mod part;

pub use cache::Cache;
pub(crate) use cache::digest;
pub(crate) use file::{NewFile, read_text, write};
pub(crate) use part::Part;
