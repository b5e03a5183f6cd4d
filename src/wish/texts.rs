//! Wishes as people write them.

use super::{Wish, WishError, Wishes};

/// Wishes as texts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WishTexts {
    /// Ranges of properties, as [`Wish::property`] reads them.
    pub properties: Vec<String>,
    /// Patterns (SMARTS) that molecules have.
    pub contains: Vec<String>,
    /// Patterns that they do not have.
    pub without: Vec<String>,
    /// Similarities, as [`Wish::like`] reads them.
    pub like: Vec<String>,
    /// Whether they pass the filters of MOSES.
    pub filters: bool,
}

impl WishTexts {
    /// These wishes, and others with them.
    ///
    /// # Errors
    /// [`WishError`] for the first text that is no wish, and for wishes that contradict each other.
    pub fn read(&self, others: impl IntoIterator<Item = Wish>) -> Result<Wishes, WishError> {
        let mut wishes: Vec<Wish> = Vec::new();
        for text in &self.properties {
            wishes.push(Wish::property(text)?);
        }
        for text in &self.contains {
            wishes.push(Wish::contains(text)?);
        }
        for text in &self.without {
            wishes.push(Wish::without(text)?);
        }
        for text in &self.like {
            wishes.push(Wish::like(text)?);
        }
        wishes.extend(self.filters.then_some(Wish::Filters));
        wishes.extend(others);
        Wishes::new(wishes)
    }
}
