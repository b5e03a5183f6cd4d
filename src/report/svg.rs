//! A plot as a page holds it.

/// SVG documents of a plot; none without the feature `plots`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Svg {
    /// Side by side where there is room for several, else below each other.
    pub wide: Vec<String>,
    /// In their place on a narrow screen, with letters of the same size; none where `wide` fits one.
    pub narrow: Vec<String>,
}
