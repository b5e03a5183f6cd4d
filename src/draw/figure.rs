//! A drawing with what is written below it.

use super::layout::Drawing;
use super::rows::Picks;
use crate::chem::Depiction;

/// A drawing and its captions.
#[derive(Debug)]
pub(super) struct Figure {
    /// The drawing, or the reason why there is none.
    pub(super) content: Result<Depiction, String>,
    /// Number and name; empty for a molecule that has neither.
    pub(super) heading: String,
    /// Names of columns and their values.
    pub(super) captions: Vec<(String, String)>,
    /// The SMILES, or what stands in its place.
    pub(super) text: String,
}

/// Puts drawings and captions together.
pub(super) fn figures(picks: &Picks, drawings: Vec<Drawing>) -> Vec<Figure> {
    let figure = |(pick, content): (&super::rows::Pick, Drawing)| {
        let number = pick.number.map(|number| number.to_string());
        let name = Some(pick.name.clone()).filter(|name| !name.is_empty());
        let heading: Vec<String> = number.into_iter().chain(name).collect();
        Figure {
            content,
            heading: heading.join(" · "),
            captions: picks
                .captions
                .iter()
                .cloned()
                .zip(pick.captions.iter().cloned())
                .collect(),
            text: pick.content.text().to_owned(),
        }
    };
    picks.rows.iter().zip(drawings).map(figure).collect()
}
