//! Objectives: scores of molecules, by which some are better than others.
//!
//! A score is any [`Score`]: a property, novelty, the likelihood under a model, a trained [`Classifier`], a
//! [`Goal`] of several parts that a user wrote, or one of the caller's own. Knows nothing of how molecules were made.

mod best;
mod classifier;
mod goal;
mod known;
mod scores;

use crate::chem::Molecule;
use crate::error::{Result, bail, ensure};
use crate::progress::Watch;

pub use best::best;
pub use classifier::{Classifier, ClassifierError};
pub use goal::{
    Command, CommandSettings, FingerprintKind, Goal, GoalError, Join, Measure, OnError, Part,
    Stage, Stages, Surroundings, Transform,
};
pub use known::{KnownMolecules, known};
pub use scores::{ModelLikelihood, Novelty, Property};

/// A figure by which molecules are compared: more is better.
pub trait Score: Sync {
    /// The score of each molecule, in order; NaN for a molecule that has none. Never infinite.
    ///
    /// # Errors
    /// Those of the computation, for all of the molecules.
    fn score(&self, molecules: &[Molecule]) -> Result<Vec<f64>>;

    /// Names of the figures that the score is made of, if it tells any.
    fn parts(&self) -> Vec<String> {
        Vec::new()
    }

    /// The score of each molecule with the figures of its [parts](Self::parts). `watch` may end long
    /// work.
    ///
    /// # Errors
    /// Those of [`Self::score`]; [`Kind::Cancelled`](crate::error::Kind::Cancelled) where the watcher
    /// ended it.
    fn judge(&self, molecules: &[Molecule], watch: &dyn Watch) -> Result<Vec<Judged>> {
        let _ = watch;
        let judged = |score| Judged {
            score,
            parts: Vec::new(),
        };
        Ok(self.score(molecules)?.into_iter().map(judged).collect())
    }
}

/// What a score judges of molecules, one for each, none of them infinite.
///
/// # Errors
/// Those of [`Score::judge`], and a score that does not keep to that.
pub(crate) fn judged(
    score: &dyn Score,
    molecules: &[Molecule],
    watch: &dyn Watch,
) -> Result<Vec<Judged>> {
    let judged = score.judge(molecules, watch)?;
    ensure!(
        judged.len() == molecules.len(),
        Input,
        "the score gave {} values for {} molecules",
        judged.len(),
        molecules.len()
    );
    if let Some(place) = judged.iter().position(|it| it.score.is_infinite()) {
        bail!(
            Input,
            "the score of `{}` is infinite: it must be a number, or NaN for none",
            molecules[place].canonical()
        );
    }
    Ok(judged)
}

/// A molecule's score, and the figures that it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The score; NaN for none.
    pub score: f64,
    /// Figures of the parts, as measured; NaN for none.
    pub parts: Vec<f64>,
}
