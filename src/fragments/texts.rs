//! The structure to keep as people write it.

use super::Keep;
use crate::error::{Result, ensure};
use crate::wish::Wish;

/// The structure to keep as text: at most one of these.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KeepTexts {
    /// Scaffolds with open points, as [`Keep::scaffolds`] reads them.
    pub scaffold: Vec<String>,
    /// Whether atoms at the open points of scaffolds may get further bonds.
    pub grow_anywhere: bool,
    /// Two fragments to link, as [`Keep::linked`] reads them.
    pub link: Vec<String>,
    /// Two fragments whose middle is replaced, as [`Keep::morphed`] reads them.
    pub morph: Option<String>,
    /// A fragment to extend, as [`Keep::extended`] reads it.
    pub extend: Option<String>,
    /// A core to build on, as [`Keep::core`] reads it.
    pub superstructure: Option<String>,
    /// A molecule whose analogues are wanted, as [`Keep::near`] reads it.
    pub near: Option<String>,
}

impl KeepTexts {
    /// The structure, and the wish that molecules have it; `None` where none is asked for.
    ///
    /// # Errors
    /// Two structures; a text that is none.
    pub fn read(&self) -> Result<Option<(Keep, Option<Wish>)>> {
        let asked = [
            ("scaffold", !self.scaffold.is_empty()),
            ("link", !self.link.is_empty()),
            ("morph", self.morph.is_some()),
            ("extend", self.extend.is_some()),
            ("superstructure", self.superstructure.is_some()),
            ("near", self.near.is_some()),
        ];
        let asked: Vec<&str> = asked.iter().filter(|one| one.1).map(|one| one.0).collect();
        ensure!(
            asked.len() < 2,
            Setting,
            "setting `{}` and setting `{}` do not go together: a molecule keeps one structure",
            asked[0],
            asked[1]
        );
        let keep = if !self.scaffold.is_empty() {
            Keep::scaffolds(&self.scaffold, self.grow_anywhere)?
        } else if !self.link.is_empty() {
            Keep::linked(&self.link)?
        } else if let Some(sides) = &self.morph {
            Keep::morphed(sides)?
        } else if let Some(fragment) = &self.extend {
            Keep::extended(fragment)?
        } else if let Some(core) = &self.superstructure {
            Keep::core(core)?
        } else if let Some(near) = &self.near {
            let (keep, wish) = Keep::near(near)?;
            return Ok(Some((keep, Some(wish))));
        } else {
            return Ok(None);
        };
        let wish = keep.wish();
        Ok(Some((keep, wish)))
    }
}
