//! The conditions of a run: those of its model, and those that are asked for.
//!
//! Knows their names, where their numbers come from and how their bins are learned; nothing of training.

use crate::config::ConditionsConfig;
use crate::corpus::{self, Dataset, NumberSource, Records};
use crate::error::{Context, Result};
use crate::progress::Watch;
use crate::table::Rows;
use crate::tokenizer::{Condition, Conditions, Tokenizer};
use crate::train::Shown;

/// The conditions of a run, in the order in which the model reads them.
pub(super) struct Followed {
    sources: Vec<NumberSource>,
    /// How many of them the model has already, whose numbers the file may lack.
    known: usize,
}

impl Followed {
    /// The conditions that a model has, and after them those of the configuration.
    ///
    /// # Errors
    /// A property that is a text.
    pub(super) fn new(config: &ConditionsConfig, known: Option<&Conditions>) -> Result<Self> {
        let known = known.map_or(&[][..], Conditions::all).iter();
        let mut sources = Vec::new();
        for condition in known {
            sources.push(NumberSource::named(&condition.name)?);
        }
        let known = sources.len();
        for name in &config.condition {
            let source = NumberSource::named(name).context("setting `conditions`")?;
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        Ok(Self { sources, known })
    }

    /// Whether numbers come from columns of the file.
    pub(super) fn has_columns(&self) -> bool {
        let is_column = |source: &NumberSource| matches!(source, NumberSource::Column(_));
        self.sources.iter().any(is_column)
    }

    /// The molecules of a file with their numbers.
    ///
    /// # Errors
    /// Those of [`corpus::gather_with`].
    pub(super) fn gather(&self, most: usize, rows: Rows, watch: &dyn Watch) -> Result<Records> {
        let known = &self.sources[..self.known];
        let needed = |source: &NumberSource| !known.contains(source);
        Ok(corpus::gather_with(
            most,
            rows,
            &self.sources,
            needed,
            watch,
        )?)
    }

    /// The tokenizer with the conditions that it lacks, their bins learned on the molecules to train on.
    ///
    /// # Errors
    /// A property that is the same for all molecules.
    pub(super) fn learn(
        &self,
        tokenizer: &Tokenizer,
        dataset: &Dataset,
        bins: usize,
    ) -> Result<Tokenizer> {
        let mut conditions = Vec::new();
        for (place, source) in self.sources.iter().enumerate().skip(self.known) {
            let numbers = dataset.numbers(place);
            let condition = Condition::learn(&source.name(), numbers, bins);
            conditions.push(condition.context("setting `conditions`")?);
        }
        Ok(tokenizer.with_conditions(conditions)?)
    }

    /// The choice of the conditions that molecules show in training; none where there are no conditions.
    pub(super) fn shown(
        &self,
        tokenizer: &Tokenizer,
        config: &ConditionsConfig,
        seed: u64,
    ) -> Option<Shown> {
        (!self.sources.is_empty()).then(|| Shown {
            conditions: tokenizer.conditions().clone(),
            free_share: config.free_share,
            seed,
        })
    }
}
