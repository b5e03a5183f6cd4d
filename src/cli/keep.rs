//! The structure that molecules keep, as arguments of `molgpt sample` and `molgpt optimize`.

use super::console::Console;
use super::paths::DataFile;
use crate::error::{Result, ensure};
use crate::fragments::{FragmentGenerator, Keep, KeepTexts};
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
    /// The structure, and the wish that it is kept; none where none is asked for.
    pub(super) fn keep(&self) -> Result<Option<(Keep, Option<Wish>)>> {
        let texts = KeepTexts {
            scaffold: scaffolds(&self.scaffold)?,
            grow_anywhere: self.grow_anywhere,
            link: self.link.clone(),
            morph: self.morph.clone(),
            extend: self.extend.clone(),
            superstructure: self.superstructure.clone(),
            near: self.near.clone(),
        };
        texts.read()
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

/// Tells which tokens the model reads as others.
pub(super) fn tell_readings(keeping: &FragmentGenerator<'_>, console: &Console) {
    for (token, other) in keeping.replaced() {
        let other = if other.is_empty() {
            "nothing".to_owned()
        } else {
            format!("`{other}`")
        };
        console.say(format_args!(
            "the model does not know `{token}`: it reads {other} in its place, and `{token}` is written"
        ));
    }
}
