//! The drawings of the rows that were chosen.

use rayon::prelude::*;

use super::Settings;
use super::colours;
use super::rows::{Pick, Picks};
use super::scaffold::{self, Patterns};
use crate::chem::{DepictOptions, Depiction, Legend, Molecule};
use crate::error::Result;
use crate::progress::Watch;
use crate::table::Content;

/// A drawing, or the reason why there is none.
pub(super) type Drawing = Result<Depiction, String>;

/// Draws each row, and the legend of its colours.
pub(super) fn laid_out(
    picks: &Picks,
    settings: &Settings,
    patterns: &Patterns,
    watch: &dyn Watch,
) -> Result<(Vec<Drawing>, Option<Legend>)> {
    let molecules: Vec<Result<Molecule, String>> = picks.rows.par_iter().map(molecule).collect();
    let options = DepictOptions {
        abbreviations: settings.abbreviate,
        ..DepictOptions::default()
    };
    let mut drawings = scaffold::drawn(&molecules, patterns, &options, watch)?;
    let legend = match &settings.color_by {
        Some(column) => Some(colours::colour(&mut drawings, &picks.rows, column, watch)?),
        None => None,
    };
    Ok((drawings, legend))
}

/// The molecule of a row, or the reason why it is none.
fn molecule(pick: &Pick) -> Result<Molecule, String> {
    match &pick.content {
        Content::Text(text) => Molecule::parse(text).map_err(|invalid| invalid.to_string()),
        Content::Blank => Err("the row is empty".to_owned()),
        Content::Unusable { reason, .. } => Err(reason.clone()),
    }
}
