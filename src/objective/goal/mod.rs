//! Goals: scores as a user writes them, of several parts.
//!
//! - `part`: what is measured, how good a figure is (`transform`), how much it counts;
//! - `join`: from the parts to one score;
//! - `command`, `process`, `answers`: a part that a program outside computes;
//! - `read`, `text`, `tasks`, `learned`: goals from text, and those that have a name;
//! - `stages`: goals one after another;
//! - `writable`: what a goal asks for that a model cannot write.

mod answers;
mod command;
mod join;
mod learned;
mod part;
mod process;
mod read;
mod stages;
mod tasks;
mod text;
mod transform;
mod writable;

pub use command::{Command, CommandSettings, OnError};
pub use join::Join;
pub use part::{FingerprintKind, Measure, Part};
pub use read::{GoalError, Surroundings};
pub use stages::{Stage, Stages};
pub use transform::Transform;

use std::path::Path;

use super::{Judged, Score};
use crate::chem::Molecule;
use crate::error::Result;
use crate::progress::{Unwatched, Watch};

/// A score of several parts, each 0 to 1, joined to one of 0 to 1.
#[derive(Debug)]
pub struct Goal {
    /// The parts; at least one has a weight above 0.
    pub parts: Vec<Part>,
    /// How they are joined.
    pub join: Join,
}

impl Goal {
    /// Keeps the answers of commands that name no file of their own in a folder; commands of one line, or of one
    /// file, share them.
    fn keep_answers(&mut self, folder: &Path, files: &mut command::Files) -> Result<()> {
        for part in &mut self.parts {
            if let Measure::Command(command) = &mut part.measure {
                command.keep_answers(folder, files)?;
            }
        }
        Ok(())
    }

    /// The figures of each part, in order of the parts and then of the molecules.
    fn figures(&self, molecules: &[Molecule], watch: &dyn Watch) -> Result<Vec<Vec<f64>>> {
        let parts = self.parts.iter();
        parts
            .map(|part| part.measure.figures(molecules, watch))
            .collect()
    }
}

impl Score for Goal {
    fn score(&self, molecules: &[Molecule]) -> Result<Vec<f64>> {
        let judged = self.judge(molecules, &Unwatched)?;
        Ok(judged.into_iter().map(|judged| judged.score).collect())
    }

    fn parts(&self) -> Vec<String> {
        self.parts.iter().map(|part| part.name.clone()).collect()
    }

    fn judge(&self, molecules: &[Molecule], watch: &dyn Watch) -> Result<Vec<Judged>> {
        let figures = self.figures(molecules, watch)?;
        let judged = (0..molecules.len()).map(|place| {
            let parts: Vec<f64> = figures.iter().map(|figures| figures[place]).collect();
            let joined = self.parts.iter().zip(&parts);
            let joined = joined.map(|(part, figure)| (part.weight, part.transform.apply(*figure)));
            Judged {
                score: self.join.apply(joined),
                parts,
            }
        });
        Ok(judged.collect())
    }
}
