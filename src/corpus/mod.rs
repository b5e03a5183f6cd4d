//! Sets of molecules: surveyed, prepared, cleaned, split into training and validation set, batched.
//!
//! ```text
//! rows -> check (a survey) | prepare (a cleaner table)
//! rows -> read -> clean (valid, short enough, no duplicates) -> split -> batch
//! ```
//!
//! Knows rows and what makes them usable; knows nothing of models or tensors.

mod asked;
mod audit;
mod batch;
mod check;
mod clean;
mod dataset;
mod error;
mod judge;
mod prepare;
mod read;
mod sequence;
mod split;
mod steps;
mod survey;
mod values;

pub use asked::{Asked, parse_asked, read_asked};
pub use audit::Audit;
pub use batch::{Batch, length_bucketed};
pub use check::{Findings, Overlap, check};
pub use clean::{CleanOptions, clean};
pub use dataset::Dataset;
pub use error::CorpusError;
pub use prepare::{Preparation, prepare};
pub use read::{MOST_ROWS, Record, Records, gather, gather_with, read, read_text};
pub use sequence::{Sequence, targets};
pub use split::is_validation;
pub use steps::{Counts, Prepared, Steps};
pub use survey::{Cut, Percentiles, RARE, Survey, Surveyor, TokenCount, USUAL_ELEMENTS};
pub use values::NumberSource;
