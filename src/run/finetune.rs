//! Fine-tuning: likelihoods of the new and of the old molecules, before and after.
//!
//! The old set, on which forgetting is measured, is kept in the run folder, so that a resumed run
//! is measured on the same molecules.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::settings::{Base, TrainSettings};
use crate::corpus;
use crate::error::{Context, Result, ensure};
use crate::generate::{SamplingParams, generator, texts};
use crate::likelihood::Scorer;
use crate::model::Model;
use crate::progress::{Partly, Unwatched, Watch};
use crate::report::write_text;
use crate::table::{ReadOptions, Source};
use crate::tokenizer::TokenId;

/// Molecules of the old set, at most.
const OLD: usize = 2_000;

/// Names in the run folder.
pub(super) const REPORT: &str = "finetune.json";
pub(super) const OLD_FILE: &str = "old.smi";

/// Likelihood of a set of molecules under a model, in nats.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SetLikelihood {
    /// Molecules that were scored.
    pub molecules: usize,
    /// Those that the model has no tokens or no room for.
    pub unscored: usize,
    /// Mean negative log-likelihood per molecule.
    pub nll_per_molecule: f64,
    /// Mean negative log-likelihood per token, the end of sequence counted.
    pub nll_per_token: f64,
}

/// The report of a fine-tuning, `finetune.json` in the run folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finetune {
    /// Name of the model that was fine-tuned.
    pub from: PathBuf,
    /// Description of the old set.
    pub old: String,
    /// Tokens by which the vocabulary was extended.
    pub new_tokens: Vec<String>,
    /// Whether rows with unknown tokens were left out instead.
    pub keep_vocabulary: bool,
    /// Held-out molecules of the new set, by the model with its new tokens before training.
    pub new_before: SetLikelihood,
    /// The same after training; none while it goes on.
    pub new_after: Option<SetLikelihood>,
    /// The old set, by the model that was fine-tuned.
    pub old_before: SetLikelihood,
    /// The same after training; none while it goes on.
    pub old_after: Option<SetLikelihood>,
}

impl SetLikelihood {
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
    pub(super) fn begin(
        folder: &Path,
        base: &Base,
        model: &Model,
        held: &[Vec<TokenId>],
        old: OldSet,
        keep_vocabulary: bool,
    ) -> Result<Self> {
        let before = &base.model;
        let known = before.tokenizer().vocabulary().len();
        let report = Self {
            from: base.name.clone(),
            old: old.name,
            new_tokens: model.tokenizer().vocabulary().tokens()[known..].to_vec(),
            keep_vocabulary,
            new_before: SetLikelihood::of(model, &decoded(model, held)),
            new_after: None,
            old_before: SetLikelihood::of(before, &old.molecules),
            old_after: None,
        };
        write_text(&folder.join(OLD_FILE), &(old.molecules.join("\n") + "\n"))?;
        report.save(folder)?;
        Ok(report)
    }

    /// The report of a run that is resumed, if it is one of fine-tuning.
    pub(super) fn load(folder: &Path) -> Result<Option<Self>> {
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

    /// Measures both sets again, by the best model of the run; none if there is no model yet.
    pub(super) fn finish(mut self, folder: &Path, held: &[Vec<TokenId>]) -> Result<Option<Self>> {
        let path = folder.join(super::folder::MODEL);
        if !path.exists() {
            return Ok(None);
        }
        let model = Model::load(&path)?;
        let old = corpus::read(
            &folder.join(OLD_FILE).into(),
            &ReadOptions::default(),
            &Unwatched,
        )?;
        let old: Vec<String> = old.records.into_iter().map(|row| row.smiles).collect();
        self.new_after = Some(SetLikelihood::of(&model, &decoded(&model, held)));
        self.old_after = Some(SetLikelihood::of(&model, &old));
        self.save(folder)?;
        Ok(Some(self))
    }
}

/// Molecules on which forgetting is measured.
pub(super) struct OldSet {
    name: String,
    molecules: Vec<String>,
}

impl OldSet {
    /// The rows of a file, else molecules that the model itself writes.
    pub(super) fn new(
        model: &Model,
        file: Option<&Source>,
        settings: &TrainSettings,
        watch: &dyn Watch,
    ) -> Result<Self> {
        if let Some(file) = file {
            let records = corpus::read(file, &ReadOptions::default(), watch)?;
            let molecules = records.records.into_iter().map(|row| row.smiles);
            let molecules: Vec<String> = molecules.take(OLD).collect();
            let likelihood = SetLikelihood::of(model, &molecules);
            let name = file.name().display().to_string();
            ensure!(
                likelihood.molecules > 0,
                Input,
                "setting `old` `{name}` has no molecule that the model reads"
            );
            return Ok(Self { name, molecules });
        }
        let params = SamplingParams {
            seed: settings.seed,
            ..SamplingParams::default()
        };
        let one = settings.device.first();
        watch.begin("sampling the old set", OLD as u64);
        // A part of it would stay the old set of the run, under the name of the whole.
        let whole = Partly {
            watch,
            advances: true,
            stops: false,
        };
        let samples = generator(model, &one, None)?.generate(&params, 0..OLD as u64, &whole)?;
        Ok(Self {
            name: format!("{OLD} molecules that the model wrote"),
            molecules: texts(samples.done()),
        })
    }
}

fn decoded(model: &Model, sequences: &[Vec<TokenId>]) -> Vec<String> {
    let decode = |ids: &Vec<TokenId>| model.tokenizer().decode(ids);
    sequences.iter().map(decode).collect()
}
