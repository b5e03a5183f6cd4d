//! The structure that sampled molecules keep, as arguments of `molgpt sample`.

use super::paths::DataFile;
use crate::error::{Result, ensure};
use crate::fragments::Keep;
use crate::table::{Content, ReadOptions};
use crate::wish::Wish;

/// The heading in the help.
const STRUCTURES: &str = "Structures to keep (for models of randomized spellings)";

/// The structure to keep.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Grow this scaffold at each of its open points, `[*]`, and nowhere else: `c1ccc([*])cc1[*]`. A
    /// SMILES or a file of such, `FILE:COLUMN`; repeatable, molecules then have them in turn.
    #[arg(long, value_name = "SMILES|FILE", help_heading = STRUCTURES)]
    scaffold: Vec<String>,
    /// With --scaffold: atoms at open points may get further bonds.
    #[arg(long, requires = "scaffold", help_heading = STRUCTURES)]
    grow_anywhere: bool,
    /// Link this fragment, which has one open point, to the other one: given twice.
    #[arg(long, value_name = "SMILES", help_heading = STRUCTURES)]
    link: Vec<String>,
    /// Replace the middle between two fragments, `A[*].B[*]`: the same as --link A[*] --link B[*].
    #[arg(long, value_name = "A[*].B[*]", help_heading = STRUCTURES)]
    morph: Option<String>,
    /// Extend this fragment, which has one open point.
    #[arg(long, value_name = "SMILES", help_heading = STRUCTURES)]
    extend: Option<String>,
    /// Build on this core: one or two of its hydrogens give way.
    #[arg(long, value_name = "SMILES", help_heading = STRUCTURES)]
    superstructure: Option<String>,
    /// Write analogues of this molecule: parts of it written anew, those within a range of similarity
    /// (Tanimoto, ECFP4, 1024 bits) kept [default range: 0.4..0.999].
    #[arg(long, value_name = "SMILES[=LOW..HIGH]", help_heading = STRUCTURES)]
    near: Option<String>,
}

impl Arguments {
    /// The structure, and the wishes that it is kept; none where none is asked for.
    pub(super) fn keep(&self) -> Result<Option<(Keep, Vec<Wish>)>> {
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
            Keep::scaffolds(&scaffolds(&self.scaffold)?, self.grow_anywhere)?
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
            return Ok(Some((keep, vec![wish])));
        } else {
            return Ok(None);
        };
        let wishes = keep.wish().into_iter().collect();
        Ok(Some((keep, wishes)))
    }

    /// All that is asked for, as text.
    pub(super) fn request(&self) -> String {
        format!("{self:?}")
    }
}

/// The scaffolds of arguments, of which some may be files.
fn scaffolds(arguments: &[String]) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for argument in arguments {
        let file = DataFile::from(std::ffi::OsString::from(argument));
        if !file.path.is_file() {
            all.push(argument.clone());
            continue;
        }
        let before = all.len();
        for row in file.rows(&ReadOptions::default())? {
            match row?.content {
                Content::Text(text) | Content::Unusable { text, .. } => all.push(text),
                Content::Blank => {}
            }
        }
        ensure!(
            all.len() > before,
            Input,
            "--scaffold `{}` has no scaffold",
            file.path.display()
        );
    }
    Ok(all)
}
