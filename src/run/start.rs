//! What a run begins with, and what will end it, in numbers and in words.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use crate::config::TrainingConfig;
use crate::model::GptConfig;

/// All that is known of a run before its first step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunStart {
    /// The file of molecules, as it was named.
    pub data: PathBuf,
    /// Its rows.
    pub rows: usize,
    /// Molecules trained on.
    pub training: usize,
    /// Molecules held out.
    pub held_out: usize,
    /// Real tokens of one epoch; of randomized spellings about so many.
    pub tokens: usize,
    /// Tokens that the model knows.
    pub vocabulary: usize,
    /// Names of the conditions that it reads before a molecule.
    pub conditions: Vec<String>,
    /// The network.
    pub network: GptConfig,
    /// Its parameters.
    pub parameters: usize,
    /// The model that is fine-tuned, as it was named.
    pub parent: Option<String>,
    /// Optimizer, batches, validation.
    pub settings: TrainingConfig,
    /// Seed of weights, batches, dropout and spellings.
    pub seed: u64,
    /// The device.
    pub device: String,
    /// Threads of the pool.
    pub threads: usize,
    /// The run folder.
    pub folder: PathBuf,
    /// Steps that are done already.
    pub first_step: u64,
    /// Steps of one epoch.
    pub steps_per_epoch: u64,
    /// Steps of the whole run.
    pub steps: u64,
    /// Minutes of training at most.
    pub max_minutes: Option<f64>,
}

impl fmt::Display for RunStart {
    /// Several lines, the last without a line feed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, text: String| writeln!(f, "{name:<11}{text}");
        let TrainingConfig {
            epochs,
            batch_size,
            optimizer,
            learning_rate,
            validate_every,
            patience,
            augment,
            augment_share,
            ..
        } = &self.settings;
        line(
            "data",
            format!(
                "{}: {} rows, {} molecules to train on, {} held out",
                self.data.display(),
                self.rows,
                self.training,
                self.held_out
            ),
        )?;
        let spelt = if *augment > 0 {
            let own = 100.0 * (1.0 - augment_share);
            let rest = if own > 0.0 {
                format!(", those of the file in the last {own:.0} % of the run")
            } else {
                String::new()
            };
            format!(", {augment} spellings of each molecule{rest}")
        } else {
            String::new()
        };
        line(
            "tokens",
            format!("{} an epoch, {} kinds{spelt}", self.tokens, self.vocabulary),
        )?;
        if !self.conditions.is_empty() {
            line("follows", self.conditions.join(", "))?;
        }
        let GptConfig {
            layers,
            heads,
            width,
            context,
            ..
        } = self.network;
        line(
            "network",
            format!(
                "{layers} blocks, {heads} heads, width {width}, context {context}: {} parameters",
                self.parameters
            ),
        )?;
        if let Some(parent) = &self.parent {
            line("fine-tunes", parent.clone())?;
        }
        let optimizer = format!("{optimizer:?}").to_lowercase();
        line(
            "optimizer",
            format!(
                "{optimizer}, rate {learning_rate}, batches of {batch_size} molecules, validated every {validate_every} steps"
            ),
        )?;
        line("seed", self.seed.to_string())?;
        line(
            "device",
            format!("{}, {} threads", self.device, self.threads),
        )?;
        line("run folder", self.folder.display().to_string())?;
        if self.first_step > 0 {
            line("goes on", format!("from step {}", self.first_step))?;
        }
        let mut ends = vec![format!(
            "after {epochs} epochs ({} steps of {} an epoch)",
            self.steps, self.steps_per_epoch
        )];
        if let Some(minutes) = self.max_minutes {
            ends.push(format!("after {minutes} minutes"));
        }
        if *patience > 0 {
            ends.push(format!("after {patience} validations without a better one"));
        }
        let first = if ends.len() > 1 {
            ", whatever comes first"
        } else {
            ""
        };
        write!(
            f,
            "{:<11}{}{first}; Ctrl-C keeps what is done",
            "ends",
            ends.join(", ")
        )
    }
}
