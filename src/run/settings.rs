//! Settings of a training run.

use std::path::PathBuf;

use crate::config::{RunConfig, Setting};
use crate::device::Device;
use crate::model::Model;
use crate::table::Source;

/// Where a run's configuration comes from.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum ConfigSource {
    /// The content of configs/small.toml; for fine-tuning, of configs/finetune.toml.
    #[default]
    Default,
    /// A TOML file.
    File(PathBuf),
    /// This one.
    Given(Box<RunConfig>),
}

/// A model to fine-tune.
#[derive(Debug, Clone, PartialEq)]
pub struct Base {
    /// Its name in the report.
    pub name: PathBuf,
    /// The model.
    pub model: Model,
}

/// How merges are learned before there is a run.
#[derive(Debug, Clone)]
pub struct MergesSettings {
    /// File or stream of molecules.
    pub data: Source,
    /// Column of the table that holds the SMILES [default: `smiles`].
    pub column: Option<String>,
    /// Merges.
    pub merges: usize,
    /// Share of the molecules that is held out, as in a run.
    pub validation_share: f64,
}

/// How a model is trained.
#[derive(Debug, Clone, Default)]
pub struct TrainSettings {
    /// File or stream of molecules.
    pub data: Source,
    /// Column of the table that holds the SMILES [default: `smiles`].
    pub column: Option<String>,
    /// Most rows of the file, which are kept in memory [default: 0, for 10 million].
    pub max_molecules: usize,
    /// Whether a bad row is an error, instead of left out.
    pub strict: bool,
    /// Network, optimizer, schedule. A resumed run has its own.
    pub config: ConfigSource,
    /// Keys of the configuration that are set to other values than its own.
    pub set: Vec<Setting>,
    /// The model to fine-tune; none trains from scratch. A resumed run goes on without it.
    pub from: Option<Base>,
    /// File of molecules on which forgetting is measured [default: 2,000 that `from` writes].
    pub old: Option<Source>,
    /// Whether molecules with tokens that `from` does not know are left out, instead of its
    /// vocabulary extended.
    pub keep_vocabulary: bool,
    /// Tokens that the model reads, BOS and EOS counted, instead of the config's.
    pub context: Option<usize>,
    /// Randomized spellings per molecule and epoch, instead of the config's. A resumed run has its
    /// own.
    pub augment: Option<usize>,
    /// Passes over the training split, instead of the config's.
    pub epochs: Option<u64>,
    /// Minutes of training at most; the learning rate falls by time if that is what ends the run.
    pub max_minutes: Option<f64>,
    /// Properties, or columns of the file, that the model learns to follow, instead of the config's. A
    /// resumed run has its own.
    pub conditions: Option<Vec<String>>,
    /// Seed of weights, batches, dropout and spellings. A resumed run has its own.
    pub seed: u64,
    /// The device.
    pub device: Device,
    /// The command or call that asked for the run: noted in its record, not interpreted.
    pub command: String,
}
