//! Settings of the learning agent.

use serde::{Deserialize, Serialize};

use crate::chem::Property;
use crate::config::Optimizer;
use crate::error::{Error, Kind, Result, ensure};

/// How an agent learns towards a score. The defaults are what paid in docs/optimize.md.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Learning {
    /// Strings that the agent writes per step.
    pub batch: usize,
    /// Nats of likelihood that a score of 1 is worth: the greater, the further from the prior
    /// (Olivecrona et al. 2017).
    pub sigma: f64,
    /// Learning rate.
    pub rate: f64,
    /// The optimizer.
    pub optimizer: Optimizer,
    /// Updates per step on randomized spellings of the batch and of replayed molecules, after the one on
    /// the batch as it was written (Augmented Memory; Guo and Schwaller 2024).
    pub rounds: u64,
    /// Molecules that are replayed in each of them.
    pub replay: usize,
    /// Molecules that they are drawn from: the best so far.
    pub memory: usize,
    /// `k` of the weight `1 / (k memory + rank)` by which they are drawn (Genetic GFN; Kim et al. 2024): the less,
    /// the more often the very best.
    pub rank: f64,
    /// Children of the best so far that are scored per step beside what the agent writes, and that it learns from
    /// as from replayed molecules (the genetic step of Genetic GFN).
    pub offspring: usize,
    /// The share of them that are one parent with an atom or a bond changed; the others have two parents.
    pub mutation: f64,
    /// How strongly the agent is held to its prior: the weight of the divergence of the two, in nats, on the strings that
    /// it writes, beside the score (Genetic GFN's KL term); 0 for none. Left out of files where it is 0, so that runs
    /// from before there was this key go on.
    #[serde(skip_serializing_if = "is_zero")]
    pub leash: f64,
    /// Whether tokens are left out after which no molecule could follow.
    pub grammar: bool,
    /// Molecules per Bemis-Murcko scaffold, with a score of at least `bucket_score`, after which further ones
    /// count as 0 and none is replayed; 0 for no such limit.
    pub bucket: usize,
    /// The score from which molecules fill buckets.
    pub bucket_score: f64,
}

impl Default for Learning {
    fn default() -> Self {
        Self {
            batch: 32,
            sigma: 500.0,
            rate: 1e-3,
            optimizer: Optimizer::Adamw,
            rounds: 2,
            replay: 64,
            memory: 256,
            rank: 0.01,
            offspring: 8,
            mutation: 0.5,
            leash: 0.0,
            grammar: true,
            bucket: 0,
            bucket_score: 0.4,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

impl Learning {
    /// The defaults with some keys set, each by a text such as `sigma=250`.
    ///
    /// # Errors
    /// A key that there is not, and a value that makes no sense.
    pub fn with<S: AsRef<str>>(texts: &[S]) -> Result<Self> {
        let mut lines = String::new();
        for text in texts {
            let text = text.as_ref();
            // A bare word is a text.
            let line = match text.split_once('=') {
                Some((key, value)) if toml::from_str::<toml::Table>(text).is_err() => {
                    format!("{key} = '{}'", value.trim())
                }
                _ => text.to_owned(),
            };
            lines.push_str(&line);
            lines.push('\n');
        }
        let learning: Self = toml::from_str(&lines).map_err(|error| {
            let reason = error.message();
            let mut names = texts
                .iter()
                .filter_map(|text| text.as_ref().split_once('='));
            let is_asked = names.any(|(name, _)| Property::named(name.trim()).is_ok());
            let instead = if is_asked {
                "; a value that a property is to have goes to setting `condition`"
            } else {
                ""
            };
            Error::new(Kind::Setting, format!("setting `set`: {reason}{instead}"))
        })?;
        learning.check()?;
        Ok(learning)
    }

    /// Refuses values that make no sense.
    ///
    /// # Errors
    /// The key, the value and what it must be.
    pub fn check(&self) -> Result<()> {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let size = |x: usize| (1..=65_536).contains(&x);
        for (key, value, good, must) in [
            (
                "batch",
                self.batch as f64,
                size(self.batch),
                "from 1 to 65536",
            ),
            (
                "memory",
                self.memory as f64,
                size(self.memory),
                "from 1 to 65536",
            ),
            (
                "replay",
                self.replay as f64,
                self.replay <= 65_536,
                "at most 65536",
            ),
            (
                "rounds",
                self.rounds as f64,
                self.rounds <= 100,
                "at most 100",
            ),
            (
                "offspring",
                self.offspring as f64,
                self.offspring <= 65_536,
                "at most 65536",
            ),
            (
                "mutation",
                self.mutation,
                (0.0..=1.0).contains(&self.mutation),
                "from 0 to 1",
            ),
            (
                "leash",
                self.leash,
                self.leash.is_finite() && self.leash >= 0.0,
                "0 or more",
            ),
            ("sigma", self.sigma, positive(self.sigma), "above 0"),
            ("rate", self.rate, positive(self.rate), "above 0"),
            ("rank", self.rank, positive(self.rank), "above 0"),
            (
                "bucket_score",
                self.bucket_score,
                self.bucket_score.is_finite(),
                "a number",
            ),
        ] {
            ensure!(
                good,
                Setting,
                "setting `set` `{key}={value}`: it must be {must}"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_set_and_checked() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            let told = Learning::with(&[text]).unwrap_err().to_string();
            assert!(told.contains(expected), "{told}");
        }
        let learning = Learning::with(&["sigma=250", "optimizer=muon"]).unwrap();
        assert_eq!(
            (learning.sigma, learning.optimizer),
            (250.0, Optimizer::Muon)
        );
        assert_eq!(learning.batch, Learning::default().batch);
        check(
            "sigm=1",
            "setting `set`: unknown field `sigm`, expected one of `batch`",
        );
        check(
            "batch=0",
            "setting `set` `batch=0`: it must be from 1 to 65536",
        );
        check("leash=-1", "setting `set` `leash=-1`: it must be 0 or more");
        check("rate=-1", "setting `set` `rate=-1`: it must be above 0");
        check("rate=fast", "setting `set`: invalid type");
        check("optimizer=sgd", "setting `set`: unknown variant `sgd`");
    }
}
