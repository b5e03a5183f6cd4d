//! Merges learned on a data set, for a run or to be looked at before one.

use super::settings::MergesSettings;
use crate::config::RunConfig;
use crate::corpus::{self, CleanOptions, Dataset};
use crate::error::{Context, Error, Result, ensure};
use crate::progress::{Outcome, Watch, outcome};
use crate::table::ReadOptions;
use crate::tokenizer::{TokenId, Tokenizer};
use crate::train::Augment;

/// Merges that were learned.
#[derive(Debug, Clone)]
pub struct LearnedMerges {
    /// The vocabulary and the merges.
    pub tokenizer: Tokenizer,
    /// How often the two sides of each merge stood side by side when it was made.
    pub counts: Vec<u64>,
    /// Molecules that they were learned on.
    pub molecules: usize,
    /// Tokens of those, each an atom, a bond, a branch or a ring closure.
    pub atoms: usize,
}

impl LearnedMerges {
    /// Tokens that are left of all molecules after the first `merges` merges.
    pub fn tokens_after(&self, merges: usize) -> usize {
        let merged: u64 = self.counts.iter().take(merges).sum();
        self.atoms - merged as usize
    }
}

/// Learns the merges of a data set: what `[tokenizer] merges` does before a training. There are fewer than
/// asked for where no neighbours are left that occur twice.
///
/// # Errors
/// Those of reading the file, and a file without molecules.
pub fn learn_merges(
    settings: &MergesSettings,
    watch: &dyn Watch,
) -> Result<Outcome<LearnedMerges>> {
    let options = ReadOptions {
        column: settings.column.clone(),
        ..ReadOptions::default()
    };
    let records = corpus::gather(corpus::MOST_ROWS, settings.data.rows(&options)?, watch)?;
    if watch.stop() {
        return Err(Error::cancelled());
    }
    watch.begin("reading", records.records.len() as u64);
    let cleaning = CleanOptions {
        strict: false,
        longest: usize::MAX,
        validation_share: settings.validation_share,
        known: None,
    };
    let dataset = corpus::clean(records, &cleaning, &|rows| watch.advance(rows))
        .context("merges are learned on molecules")?;
    let vocabulary = dataset.vocabulary();
    vocabulary.check()?;
    let atoms = Tokenizer::atomwise(vocabulary);
    let (tokenizer, counts) = learn(&atoms, &dataset, settings.merges, watch);
    let learned = LearnedMerges {
        tokenizer,
        counts,
        molecules: dataset.train.len(),
        atoms: dataset
            .train
            .iter()
            .map(|molecule| molecule.len() - 2)
            .sum(),
    };
    Ok(outcome(watch, learned))
}

fn learn(
    tokenizer: &Tokenizer,
    dataset: &Dataset,
    count: usize,
    watch: &dyn Watch,
) -> (Tokenizer, Vec<u64>) {
    watch.begin("learning merges", count as u64);
    let on_merge = |_| watch.advance(1);
    tokenizer.learned(dataset.encode_train(tokenizer), count, &on_merge)
}

/// The tokenizer with the merges that the configuration asks for, learned on the spellings that are trained
/// on: those of the file, or randomized ones.
pub(super) fn with_merges(
    tokenizer: Tokenizer,
    config: &RunConfig,
    dataset: &Dataset,
    seed: u64,
    watch: &dyn Watch,
) -> Result<Tokenizer> {
    let count = config.tokenizer.merges;
    if count == 0 {
        return Ok(tokenizer);
    }
    let (learned, counts) = if config.training.augment > 0 {
        let augment = Augment {
            tokenizer: tokenizer.clone(),
            copies: 1,
            context: usize::MAX,
            seed,
        };
        let spell =
            |(index, molecule): (usize, Vec<TokenId>)| augment.spell(&molecule, u64::MAX, index, 0);
        watch.begin("learning merges", count as u64);
        let spellings = dataset.encode_train(&tokenizer).enumerate().map(spell);
        let on_merge = |_| watch.advance(1);
        tokenizer.learned(spellings, count, &on_merge)
    } else {
        learn(&tokenizer, dataset, count, watch)
    };
    let found = counts.len();
    ensure!(
        found == count,
        Setting,
        "`merges` is {count}, and the molecules to train on have {found} pairs of neighbours that occur twice or \
         more: choose at most {found}"
    );
    Ok(learned)
}
