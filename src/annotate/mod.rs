//! Annotation of tables, one output row per input row, in order: likelihoods under a model,
//! verdicts with canonical SMILES, properties.
//!
//! ```text
//! rows -> score | canonicalize | describe -> rows, the other columns of the file after the new ones
//! ```
//!
//! Knows tables, molecules and likelihoods; nothing of how they are shown.

mod canonicalize;
mod describe;
mod score;

pub use canonicalize::{CanonicalizeOptions, InvalidRow, Verdicts, canonicalize};
pub use describe::{DescribeSummary, describe};
pub use score::{ScoreOptions, Summary, score};
