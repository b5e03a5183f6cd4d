//! The origin of a model: how its weights came about, as far as doing it again gives the same.

use serde::{Deserialize, Serialize};

/// How a model was trained. Of equal trainings it is equal, wherever and whenever they were done:
/// times, folders and devices are told by the run folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// Name of the file of molecules, without folders.
    pub data: String,
    /// Its rows.
    pub rows: usize,
    /// SHA-256 of the molecules that it was trained and validated on, one a line.
    pub digest: String,
    /// Name of the model that was fine-tuned, without folders; none for one trained from scratch.
    pub parent: Option<String>,
    /// Seed of the run.
    pub seed: u64,
    /// Optimizer steps that led to these weights.
    pub step: u64,
    /// Validation loss of these weights in nats per token; none if they were never validated.
    pub validation_loss: Option<f64>,
    /// Version of the program, and the commit that it was built from.
    pub program: String,
}
