//! Run configuration: `configs/*.toml` as types.
//!
//! Unknown keys are errors and every value is validated, so that a run never starts on a
//! misunderstanding. Knows nothing of files beyond one TOML text; paths and devices are arguments.

mod overlay;

use serde::{Deserialize, Serialize};

pub use overlay::Setting;

use crate::model::{GptConfig, ShapeError};

/// Everything that decides a training run, apart from its data and its seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// The tokens.
    #[serde(default)]
    pub tokenizer: TokenizerConfig,
    /// The network's shape.
    pub model: GptConfig,
    /// Settings of the training.
    pub training: TrainingConfig,
    /// The properties that the model learns to follow.
    #[serde(default)]
    pub conditions: ConditionsConfig,
}

/// The properties that the model learns to follow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConditionsConfig {
    /// Names of properties that are computed, or of columns of the file.
    pub condition: Vec<String>,
    /// Tokens that stand for the values of one property.
    pub bins: usize,
    /// Share of the molecules, in every epoch, that show none of their properties.
    pub free_share: f64,
}

impl Default for ConditionsConfig {
    fn default() -> Self {
        Self {
            condition: Vec::new(),
            bins: 40,
            free_share: 0.1,
        }
    }
}

impl ConditionsConfig {
    /// Refuses values that make no sense.
    ///
    /// # Errors
    /// [`ConfigError::Value`] naming the key, the value and what it must be.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let (key, value, requirement) = if !(2..=1_000).contains(&self.bins) {
            ("bins", self.bins.to_string(), "from 2 to 1000")
        } else if !(0.0..=1.0).contains(&self.free_share) {
            ("free_share", self.free_share.to_string(), "from 0 to 1")
        } else {
            return Ok(());
        };
        Err(ConfigError::Value {
            key,
            value,
            requirement,
        })
    }
}

/// What a token is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenizerConfig {
    /// The kind of token.
    pub kind: TokenKind,
    /// Merges that are learned on the molecules to train on; in fine-tuning, further ones.
    pub merges: usize,
}

/// The kind of token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenKind {
    /// An atom, a bond, a branch or a ring closure.
    #[default]
    Atom,
    /// Of these the most frequent neighbours, merged: byte pairs over SMILES tokens.
    Pairs,
}

impl TokenizerConfig {
    /// Refuses values that make no sense.
    ///
    /// # Errors
    /// [`ConfigError::Value`] naming the key, the value and what it must be.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let requirement = match self.kind {
            TokenKind::Atom if self.merges > 0 => "0 where `kind` is \"atom\"",
            TokenKind::Pairs if self.merges > 60_000 => "at most 60000",
            _ => return Ok(()),
        };
        Err(ConfigError::Value {
            key: "merges",
            value: self.merges.to_string(),
            requirement,
        })
    }
}

/// Optimizer, schedule and batch settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingConfig {
    /// Passes over the training split.
    pub epochs: u64,
    /// Molecules per optimizer step.
    pub batch_size: usize,
    /// The optimizer.
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
    /// Share of unique molecules held out for validation.
    pub validation_share: f64,
    /// At most this many held-out molecules are used for one validation loss.
    pub validation_molecules: usize,
    /// Steps between validation losses (and checkpoints).
    pub validate_every: u64,
    /// Stop after this many validations without improvement; 0 never stops early.
    pub patience: u64,
    /// Randomized spellings of each molecule per epoch, fresh in every epoch; 0 trains on the
    /// spellings of the file.
    #[serde(default)]
    pub augment: usize,
    /// Share of the run, from its begin, that reads randomized spellings; the rest reads those of the
    /// file, so that the model ends by writing such.
    #[serde(default = "whole")]
    pub augment_share: f64,
}

/// The share that is all of a run.
fn whole() -> f64 {
    1.0
}

/// The optimizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimizer {
    /// `AdamW` (Loshchilov and Hutter 2019) for all parameters.
    Adamw,
    /// Muon (Jordan 2024) for the matrices inside the blocks, `AdamW` for the rest.
    Muon,
}

/// The reason for which a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not TOML, an unknown key, or a value of the wrong type.
    #[error("not a valid configuration: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A value outside its range.
    #[error("`{key}` is {value}: it must be {requirement}")]
    Value {
        /// The key in its table.
        key: &'static str,
        /// The given value.
        value: String,
        /// The accepted values.
        requirement: &'static str,
    },
    /// Another network than the one that is fine-tuned.
    #[error(
        "`{key}` is {found}, and {needed} in the model of --from: fine-tuning keeps its network, \
         so leave out the [model] table, or train anew without --from"
    )]
    OtherNetwork {
        /// The key.
        key: &'static str,
        /// The value in the configuration.
        found: String,
        /// The value of the model.
        needed: String,
    },
    /// A key that is set to what it cannot be.
    #[error("`{setting}`: {reason}")]
    Setting {
        /// The key and the value.
        setting: String,
        /// The fault.
        reason: String,
    },
    /// Settings of a network that cannot be built.
    #[error(transparent)]
    Model(#[from] ShapeError),
}

impl RunConfig {
    /// Parses and validates a TOML text. Keys that it leaves out have the values of
    /// configs/small.toml.
    ///
    /// # Errors
    /// [`ConfigError`] for bad TOML, unknown keys and values that make no sense.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        Self::small().with_text(text)
    }

    /// Parses and validates a TOML text that leaves nothing out, as a run folder has it: one that was
    /// cut is refused.
    ///
    /// # Errors
    /// As [`RunConfig::parse`], and for a missing key.
    pub fn parse_whole(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)?;
        config.validate()?;
        Ok(config)
    }

    /// As [`RunConfig::parse`], for fine-tuning a network, which must not differ but for `dropout`
    /// and a longer `context`: keys that the text leaves out are those of the network and of
    /// configs/finetune.toml.
    ///
    /// # Errors
    /// As [`RunConfig::parse`], and [`ConfigError::OtherNetwork`].
    pub fn parse_for(text: &str, network: Option<&GptConfig>) -> Result<Self, ConfigError> {
        let Some(network) = network else {
            return Self::parse(text);
        };
        let config = Self::finetune(network).with_text(text)?;
        config.keeps(network)?;
        Ok(config)
    }

    /// Refuses another network than this, but for `dropout` and a longer `context`.
    ///
    /// # Errors
    /// [`ConfigError::OtherNetwork`].
    pub fn keeps(&self, network: &GptConfig) -> Result<(), ConfigError> {
        let fields = |config: &GptConfig| {
            let position = format!("{:?}", config.position).to_lowercase();
            [
                ("layers", config.layers.to_string()),
                ("heads", config.heads.to_string()),
                ("width", config.width.to_string()),
                ("position", position),
                ("tied_head", config.tied_head.to_string()),
            ]
        };
        for ((key, found), (_, needed)) in fields(&self.model).into_iter().zip(fields(network)) {
            if found != needed {
                return Err(ConfigError::OtherNetwork { key, found, needed });
            }
        }
        if self.model.context < network.context {
            return Err(ConfigError::OtherNetwork {
                key: "context",
                found: self.model.context.to_string(),
                needed: format!("{} or more", network.context),
            });
        }
        Ok(())
    }

    /// Refuses values that make no sense.
    ///
    /// # Errors
    /// [`ConfigError::Value`] and [`ConfigError::Model`], naming the key.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.tokenizer.validate()?;
        self.model.validate()?;
        self.training.validate()?;
        self.conditions.validate()
    }

    /// The configuration that `molgpt train --from` uses for a network when none is given.
    #[expect(
        clippy::missing_panics_doc,
        reason = "the shipped text is valid, which a test checks"
    )]
    pub fn finetune(network: &GptConfig) -> Self {
        let small = Self {
            model: network.clone(),
            ..Self::small()
        };
        small
            .with_text(include_str!("../../configs/finetune.toml"))
            .expect("the shipped configuration is valid, which a test checks")
    }

    /// The configuration that `molgpt train` uses when none is given.
    #[expect(
        clippy::missing_panics_doc,
        reason = "the shipped text is valid, which a test checks"
    )]
    pub fn small() -> Self {
        toml::from_str(include_str!("../../configs/small.toml"))
            .expect("the shipped default configuration is valid, which a test checks")
    }
}

/// Settings for a set of so many unique `molecules`, of which 99.9 % have at most `longest` tokens,
/// begin and end not counted.
///
/// A set like `data/molecules.csv` gets about the steps of `configs/small.toml`. A smaller one
/// gets a smaller network that sees every molecule more often, each time in another spelling, and
/// stops when the held-out loss does.
pub fn suggest(molecules: usize, longest: usize) -> RunConfig {
    /// Molecules that `configs/small.toml` trains on, all epochs together.
    const SEEN: usize = 400_000;
    let RunConfig {
        tokenizer,
        mut model,
        mut training,
        conditions,
    } = RunConfig::small();
    model.context = (longest + 2).next_multiple_of(8).clamp(64, 1_024);
    let few = molecules < 10_000;
    training.epochs = (SEEN / molecules.max(1)).clamp(2, 100) as u64;
    if few {
        (model.width, model.dropout) = (96, 0.1);
        (training.batch_size, training.augment) = (32, 1);
        (training.validation_share, training.patience) = (0.1, 10);
    }
    let trained = molecules as f64 * (1.0 - training.validation_share);
    let per_epoch = (trained / training.batch_size as f64).ceil() as u64;
    training.validate_every = (per_epoch * training.epochs / 40).clamp(20, 500);
    training.warmup_steps = (per_epoch * training.epochs / 40).clamp(10, 100);
    RunConfig {
        tokenizer,
        model,
        training,
        conditions,
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
            (
                "augment",
                self.augment.to_string(),
                self.augment <= 1_000,
                "from 0 to 1000",
            ),
            (
                "augment_share",
                self.augment_share.to_string(),
                share(self.augment_share),
                "from 0 to 1",
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

crate::error::becomes!(Setting: ConfigError, ShapeError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_configurations_are_valid() {
        for text in [
            include_str!("../../configs/tiny.toml"),
            include_str!("../../configs/small.toml"),
            include_str!("../../configs/tutorial.toml"),
            include_str!("../../configs/molgpt.toml"),
            include_str!("../../configs/pretrained.toml"),
            include_str!("../../configs/moses.toml"),
            include_str!("../../configs/randomized.toml"),
            include_str!("../../configs/zinc250k.toml"),
        ] {
            RunConfig::parse(text).unwrap();
        }
    }

    #[test]
    fn fine_tuning_keeps_the_network() {
        let network = RunConfig::small().model;
        let config = RunConfig::finetune(&network);
        assert_eq!(config.model, network);
        let text = toml::to_string(&config).unwrap();
        let parse = |text: &str| RunConfig::parse_for(text, Some(&network));
        assert_eq!(parse(&text).unwrap(), config);
        assert!(parse(&text.replace("dropout = 0.0", "dropout = 0.2")).is_ok());
        assert!(parse(&text.replace("context = 64", "context = 200")).is_ok());
        for (from, to) in [
            ("width = 128", "width = 64"),
            ("context = 64", "context = 32"),
        ] {
            let error = parse(&text.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains("--from"), "{error}");
        }
    }

    #[test]
    fn suggestions_are_valid_and_near_the_default() {
        for (molecules, longest) in [(0, 1), (3, 5), (500, 40), (20_000, 300), (2_000_000, 5_000)] {
            let RunConfig {
                tokenizer,
                model,
                training,
                conditions,
            } = suggest(molecules, longest);
            model.validate().unwrap();
            training.validate().unwrap();
            let text = toml::to_string(&RunConfig {
                tokenizer,
                model,
                training,
                conditions,
            })
            .unwrap();
            RunConfig::parse(&text).unwrap();
        }
        let (suggested, default) = (suggest(100_000, 55), RunConfig::small());
        assert_eq!(suggested.model, default.model);
        assert_eq!(suggested.training.epochs, default.training.epochs);
    }

    #[track_caller]
    fn check_refused(from: &str, to: &str, message: &str) {
        let text = include_str!("../../configs/tiny.toml");
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
        check_refused("heads = 2", "heads = 0", "heads");
        check_refused("width = 32", "width = 0", "width");
        check_refused("context = 80", "context = 1", "context");
        check_refused("dropout = 0.0", "dropout = 1.5", "dropout");
    }
}
