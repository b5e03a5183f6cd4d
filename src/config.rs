//! Run configuration: `configs/*.toml` as types.
//!
//! Unknown keys are errors and every value is validated, so that a run never starts on a
//! misunderstanding. Knows nothing of files beyond one TOML text; paths and devices are arguments.

use serde::{Deserialize, Serialize};

use crate::model::{GptConfig, ModelError};

/// Everything that decides a training run, apart from its data and its seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// The network's shape.
    pub model: GptConfig,
    /// How it is trained.
    pub training: TrainingConfig,
}

/// Optimizer, schedule and batch settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingConfig {
    /// Passes over the training split.
    pub epochs: u64,
    /// Molecules per optimizer step.
    pub batch_size: usize,
    /// What updates the weights.
    pub optimizer: Optimizer,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Steps over which the rate rises linearly from 0.
    pub warmup_steps: u64,
    /// Rate at the end of the cosine, as a share of the peak.
    pub final_rate_share: f64,
    /// Decoupled weight decay, applied to all parameters.
    pub weight_decay: f64,
    /// Decay rates of the first and second moment.
    pub betas: [f64; 2],
    /// Largest global gradient norm.
    pub clip_norm: f64,
    /// Share of distinct molecules held out for validation.
    pub validation_share: f64,
    /// At most this many held-out molecules are used for one validation loss.
    pub validation_molecules: usize,
    /// Steps between validation losses (and checkpoints).
    pub validate_every: u64,
    /// Stop after this many validations without improvement; 0 never stops early.
    pub patience: u64,
}

/// What updates the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimizer {
    /// `AdamW` (Loshchilov and Hutter 2019) for all of them.
    Adamw,
    /// Muon (Jordan 2024) for the matrices inside the blocks, `AdamW` for the rest.
    Muon,
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not TOML, an unknown key, or a value of the wrong type.
    #[error("not a valid configuration: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A value that makes no sense.
    #[error("`{key}` is {value}: it must be {requirement}")]
    Value {
        /// The key in its table.
        key: &'static str,
        /// What was given.
        value: String,
        /// What would be accepted.
        requirement: &'static str,
    },
    /// An impossible network.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl RunConfig {
    /// Parses and validates a TOML text.
    ///
    /// # Errors
    /// [`ConfigError`] for bad TOML, unknown keys and values that make no sense.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)?;
        config.model.validate()?;
        config.training.validate()?;
        Ok(config)
    }

    /// The configuration that `molgpt train` uses when none is given.
    #[expect(
        clippy::missing_panics_doc,
        reason = "the shipped text is valid, which a test checks"
    )]
    pub fn small() -> Self {
        Self::parse(include_str!("../configs/small.toml"))
            .expect("the shipped default configuration is valid, which a test checks")
    }
}

impl TrainingConfig {
    /// Refuses values that make no sense.
    ///
    /// # Errors
    /// [`ConfigError::Value`] naming the key, the value and what it must be.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let share = |x: f64| (0.0..=1.0).contains(&x);
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let count = "at least 1";
        let rate = "a positive number";
        let checks = [
            ("epochs", self.epochs.to_string(), self.epochs >= 1, count),
            (
                "batch_size",
                self.batch_size.to_string(),
                (1..=65_536).contains(&self.batch_size),
                "from 1 to 65536",
            ),
            (
                "learning_rate",
                self.learning_rate.to_string(),
                positive(self.learning_rate),
                rate,
            ),
            (
                "clip_norm",
                self.clip_norm.to_string(),
                positive(self.clip_norm),
                rate,
            ),
            (
                "final_rate_share",
                self.final_rate_share.to_string(),
                share(self.final_rate_share),
                "from 0 to 1",
            ),
            (
                "weight_decay",
                self.weight_decay.to_string(),
                share(self.weight_decay),
                "from 0 to 1",
            ),
            (
                "betas",
                format!("{:?}", self.betas),
                self.betas.iter().all(|b| (0.0..1.0).contains(b)),
                "two numbers from 0 to below 1",
            ),
            (
                "validation_share",
                self.validation_share.to_string(),
                (0.0..0.9).contains(&self.validation_share) && self.validation_share > 0.0,
                "above 0 and below 0.9",
            ),
            (
                "validation_molecules",
                self.validation_molecules.to_string(),
                self.validation_molecules >= 1,
                count,
            ),
            (
                "validate_every",
                self.validate_every.to_string(),
                self.validate_every >= 1,
                count,
            ),
        ];
        match checks.into_iter().find(|(_, _, ok, _)| !ok) {
            None => Ok(()),
            Some((key, value, _, requirement)) => Err(ConfigError::Value {
                key,
                value,
                requirement,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_configurations_are_valid() {
        for text in [
            include_str!("../configs/tiny.toml"),
            include_str!("../configs/small.toml"),
            include_str!("../configs/tutorial.toml"),
            include_str!("../configs/molgpt.toml"),
            include_str!("../configs/pretrained.toml"),
        ] {
            RunConfig::parse(text).unwrap();
        }
    }

    #[track_caller]
    fn check_refused(from: &str, to: &str, message: &str) {
        let text = include_str!("../configs/tiny.toml");
        assert!(text.contains(from), "`{from}` is in tiny.toml");
        let error = RunConfig::parse(&text.replace(from, to))
            .unwrap_err()
            .to_string();
        assert!(error.contains(message), "{error}");
    }

    #[test]
    fn nonsense_is_refused_with_the_key() {
        check_refused("epochs", "epocs", "unknown field `epocs`");
        check_refused("batch_size = 16", "batch_size = 0", "`batch_size` is 0");
        check_refused("heads = 2", "heads = 5", "heads");
        check_refused("width = 32", "width = 0", "width");
        check_refused("context = 80", "context = 1", "context");
        check_refused("dropout = 0.0", "dropout = 1.5", "dropout");
    }
}
