//! The corpus: files of molecules to the training and validation sets, and those to batches.
//!
//! ```text
//! file -> read (rows) -> clean (valid, short enough, no duplicates) -> split -> batch
//! ```
//!
//! Knows files and what makes a row usable; knows nothing of models or tensors.

mod batch;
mod clean;
mod prepare;
mod read;
mod sequence;
mod split;
mod survey;

pub use crate::table::{
    BadRow, Content, CorpusError, EXAMPLES, Line, Lines, ReadOptions, Row, Rows,
};
pub use batch::{Batch, length_bucketed};
pub use clean::{Audit, CleanOptions, Dataset, clean};
pub use prepare::{Counts, Prepared, Steps};
pub use read::{MOST_ROWS, Record, Records, read, read_at_most, read_text};
pub use sequence::{Sequence, targets};
pub use split::is_validation;
pub use survey::{Cut, Percentiles, RARE, Survey, Surveyor, TokenCount, USUAL_ELEMENTS};
