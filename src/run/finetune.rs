//! Fine-tuning: what `molgpt train --from MODEL` does before and after the training itself.
//!
//! The old set, on which forgetting is measured, is kept in the run folder, so that a resumed run
//! is measured on the same molecules.

use std::path::{Path, PathBuf};

use crate::error::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::corpus::{self, ReadOptions};
use crate::generate::{BRANCHES, Request, Strategy, sample};
use crate::likelihood::Scorer;
use crate::model::{Decoder, Model};
use crate::report::write_text;
use crate::tokenizer::TokenId;

/// Molecules of the old set, at most.
const OLD: usize = 2_000;

/// Names in the run folder.
const REPORT: &str = "finetune.json";
const OLD_FILE: &str = "old.smi";

/// How likely molecules are: sums over a set, in nats.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Likelihood {
    /// Molecules that were scored.
    molecules: usize,
    /// Those that the model has no tokens or no room for.
    unscored: usize,
    /// Mean negative log-likelihood per molecule.
    nll_per_molecule: f64,
    /// Mean negative log-likelihood per token, the end of sequence counted.
    nll_per_token: f64,
}

/// What fine-tuning did, told in `finetune.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Finetune {
    /// The model that it began from.
    from: PathBuf,
    /// What the old set is.
    old: String,
    /// Tokens that the model got.
    new_tokens: Vec<String>,
    /// Whether rows with unknown tokens were left out instead.
    pub(crate) keep_vocabulary: bool,
    /// Held-out molecules of the new set: by the model with its new tokens, before training.
    new_before: Likelihood,
    new_after: Option<Likelihood>,
    /// The old set: by the model as it came.
    old_before: Likelihood,
    old_after: Option<Likelihood>,
}

impl Likelihood {
    fn of(model: &Model, molecules: &[String]) -> Self {
        let texts: Vec<&str> = molecules.iter().map(String::as_str).collect();
        let scores = Scorer::new(model).score(&texts);
        let (mut nll, mut tokens, mut scored) = (0.0, 0, 0);
        for score in scores.iter().flatten() {
            nll += score.nll();
            tokens += score.tokens.len();
            scored += 1;
        }
        Self {
            molecules: scored,
            unscored: molecules.len() - scored,
            nll_per_molecule: nll / scored.max(1) as f64,
            nll_per_token: nll / tokens.max(1) as f64,
        }
    }
}

impl Finetune {
    /// Measures both sets before training and keeps what is needed to measure them again.
    pub(crate) fn begin(
        folder: &Path,
        source: (&Path, &Model),
        model: &Model,
        held: &[Vec<TokenId>],
        old: Option<&Path>,
        seed: u64,
        keep_vocabulary: bool,
    ) -> Result<Self> {
        let (from, before) = source;
        let (old, molecules) = old_set(before, old, seed)?;
        let report = Self {
            from: from.to_owned(),
            old,
            new_tokens: model.tokenizer().vocabulary.tokens()[before.shape().vocabulary..].to_vec(),
            keep_vocabulary,
            new_before: Likelihood::of(model, &texts(model, held)),
            new_after: None,
            old_before: Likelihood::of(before, &molecules),
            old_after: None,
        };
        write_text(&folder.join(OLD_FILE), &(molecules.join("\n") + "\n"))?;
        report.save(folder)?;
        Ok(report)
    }

    /// The report of a run that is resumed, if it is one of fine-tuning.
    pub(crate) fn load(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(REPORT);
        if !path.exists() {
            return Ok(None);
        }
        let context = || format!("cannot read `{}`", path.display());
        let text = std::fs::read_to_string(&path).with_context(context)?;
        Ok(Some(serde_json::from_str(&text).with_context(context)?))
    }

    fn save(&self, folder: &Path) -> Result<()> {
        Ok(write_text(
            &folder.join(REPORT),
            &serde_json::to_string_pretty(self)?,
        )?)
    }

    /// Measures both sets again, by the best model of the run, and tells.
    pub(crate) fn finish(
        mut self,
        folder: &Path,
        held: &[Vec<TokenId>],
        quiet: bool,
    ) -> Result<()> {
        let path = folder.join("model.safetensors");
        if !path.exists() {
            return Ok(());
        }
        let model = Model::load(&path)?;
        let old = corpus::read(&folder.join(OLD_FILE), &ReadOptions::default())?;
        let old: Vec<String> = old.records.into_iter().map(|row| row.smiles).collect();
        self.new_after = Some(Likelihood::of(&model, &texts(&model, held)));
        self.old_after = Some(Likelihood::of(&model, &old));
        self.save(folder)?;
        if !quiet {
            self.print();
        }
        Ok(())
    }

    #[expect(clippy::print_stderr, reason = "messages to the user")]
    fn print(&self) {
        eprintln!("negative log-likelihood per token (perplexity), before and after:");
        let line = |name: &str, before: Likelihood, after: Option<Likelihood>| {
            let after = after.unwrap_or(before);
            let [a, b] = [before, after].map(|likelihood| likelihood.nll_per_token);
            eprintln!(
                "  {name}: {a:.4} ({:.3}) -> {b:.4} ({:.3}), {} molecules",
                a.exp(),
                b.exp(),
                after.molecules
            );
        };
        line("new set, held out", self.new_before, self.new_after);
        line(
            &format!("old set, {}", self.old),
            self.old_before,
            self.old_after,
        );
    }
}

/// The old set and what it is: the rows of a file, else molecules that the model itself writes.
fn old_set(model: &Model, file: Option<&Path>, seed: u64) -> Result<(String, Vec<String>)> {
    if let Some(path) = file {
        let records = corpus::read(path, &ReadOptions::default())?;
        let molecules = records.records.into_iter().map(|row| row.smiles);
        let molecules: Vec<String> = molecules.take(OLD).collect();
        let likelihood = Likelihood::of(model, &molecules);
        ensure!(
            likelihood.molecules > 0,
            Setting,
            "--old `{}` has no molecule that the model reads",
            path.display()
        );
        return Ok((path.display().to_string(), molecules));
    }
    let decoder = Decoder::new(model);
    let request = Request::new(model, "", Strategy::default(), seed)?;
    let samples = sample(model, &decoder, &request, 0..OLD as u64, BRANCHES, &|_| ());
    let molecules = samples.into_iter().map(|sample| sample.smiles).collect();
    Ok((format!("{OLD} molecules that the model wrote"), molecules))
}

fn texts(model: &Model, sequences: &[Vec<TokenId>]) -> Vec<String> {
    let decode = |ids: &Vec<TokenId>| model.tokenizer().decode(ids);
    sequences.iter().map(decode).collect()
}
