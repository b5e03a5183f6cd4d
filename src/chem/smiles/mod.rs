//! SMILES as text: its syntax, extensions and names after it, the graph that it draws, the spelling
//! that the chemistry crate reads, and other spellings of the same molecule.
//!
//! Knows the names of elements, nothing of valence or aromaticity.

pub(super) mod bracket;
mod extension;
mod fragment;
pub(super) mod graph;
pub(super) mod normalize;
mod offspring;
pub(super) mod randomize;
pub(super) mod syntax;

pub use extension::SmilesLine;
pub use fragment::{Fragment, FragmentError, FragmentSpelling};
pub use offspring::{cross, mutate};
pub use randomize::{augmentation_tokens, randomize};
