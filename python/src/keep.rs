//! The structure that molecules keep, as a dictionary of texts.

use molgpt::error::Result;
use molgpt::fragments::{Keep, KeepTexts};
use molgpt::wish::Wish;
use pyo3::prelude::*;

/// The structure to keep as text: at most one.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Structure {
    scaffold: Vec<String>,
    grow_anywhere: bool,
    link: Vec<String>,
    morph: Option<String>,
    extend: Option<String>,
    superstructure: Option<String>,
    near: Option<String>,
}

impl Structure {
    /// The structure, and the wish that it is kept.
    pub(crate) fn keep(&self) -> Result<Option<(Keep, Option<Wish>)>> {
        let texts = KeepTexts {
            scaffold: self.scaffold.clone(),
            grow_anywhere: self.grow_anywhere,
            link: self.link.clone(),
            morph: self.morph.clone(),
            extend: self.extend.clone(),
            superstructure: self.superstructure.clone(),
            near: self.near.clone(),
        };
        texts.read()
    }
}
