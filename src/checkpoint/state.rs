//! The state file of an unfinished run.

use std::io::Read;
use std::path::Path;

use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

use super::container::{CheckpointError, Fault, Part, open, read, values, write};

/// The state of an unfinished run, from which it resumes with exactly the steps of an uninterrupted
/// run.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The position of the run.
    pub position: Position,
    /// The weights as they are, not the best so far.
    pub parameters: Vec<f32>,
    /// First and second moments of the optimizer.
    pub moments: [Vec<f32>; 2],
}

/// The position of a run: steps, time, best loss.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Steps done.
    pub step: u64,
    /// The run's seed.
    pub seed: u64,
    /// Seconds of training done.
    pub seconds: f64,
    /// Best validation loss so far, in nats per token.
    pub best: Option<f64>,
    /// Validations since then.
    pub waited: u64,
    /// The stage, from 0, of a run that has several.
    #[serde(default)]
    pub stage: usize,
    /// SHA-256 over the training set; another one is not the same run.
    pub data: String,
}

impl State {
    /// Writes a state file atomically.
    ///
    /// # Errors
    /// [`CheckpointError::Io`] when the file cannot be written; an older file at `path` stays.
    pub fn save(&self, path: &Path) -> Result<(), CheckpointError> {
        let [first, second] = &self.moments;
        let tensors = [
            ("parameters", &self.parameters),
            ("first", first),
            ("second", second),
        ];
        let tensors = tensors.map(|(name, values)| {
            let shape = vec![values.len()];
            (name, Part::Values { shape, values })
        });
        write(path, tensors.into(), &self.position)
    }

    /// Reads a state file for a network of `length` parameters.
    ///
    /// # Errors
    /// [`CheckpointError`] when it is missing, cut short or of another network.
    pub fn load(path: &Path, length: usize) -> Result<Self, CheckpointError> {
        let (file, size) = open(path)?;
        Self::read(file, size, length).map_err(|fault| fault.of(path))
    }

    fn read(source: impl Read, size: u64, length: usize) -> Result<Self, Fault> {
        let (position, bytes) = read(source, size, |_: &Position| Ok(3 * length))?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|error| error.to_string())?;
        let values = |name| values(&tensors, name, &[length]);
        Ok(Self {
            position,
            parameters: values("parameters")?,
            moments: [values("first")?, values("second")?],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_survives_the_file_and_another_network_refuses_it() {
        let state = State {
            position: Position {
                step: 7,
                seed: u64::MAX,
                seconds: 1.5,
                best: Some(0.1 + 0.2),
                waited: 2,
                stage: 1,
                data: "abc".to_owned(),
            },
            parameters: vec![1.0, -2.5],
            moments: [vec![0.1, 0.2], vec![f32::MIN_POSITIVE, 4.0]],
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.safetensors");
        state.save(&path).unwrap();
        assert_eq!(State::load(&path, 2).unwrap(), state);
        assert!(State::load(&path, 3).is_err());
    }
}
