//! What is kept of generated strings: of valid ones and of those with a fault.

use super::InvalidExample;
use super::properties::Properties;

/// A valid generated molecule, reduced to what the figures need.
pub(super) struct Valid {
    pub(super) index: usize,
    pub(super) canonical: Box<str>,
    pub(super) properties: Properties,
}

/// The strings of one cause.
pub(super) struct Faults {
    pub(super) count: usize,
    /// The first ones, in their order.
    pub(super) examples: Vec<InvalidExample>,
}
