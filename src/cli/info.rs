//! `molgpt info`: the contents of a model file.

use crate::error::Result;
use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{figures, model};
use crate::model::{GptConfig, Model, Origin};
use crate::run::{RunRecord, in_words};

/// Print the contents of a model file: shape, parameters, vocabulary.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The model file or run folder, or `pretrained` for the one inside the program [default: that
    /// of the latest run in runs/, else `pretrained`].
    #[arg(env = "MOLGPT_MODEL")]
    model: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// The findings that are printed.
#[derive(Debug, Serialize)]
struct Info {
    model: String,
    parameters: usize,
    bytes: usize,
    network: GptConfig,
    /// Most tokens of a molecule, `[BOS]` and `[EOS]` not counted.
    longest_molecule: usize,
    vocabulary: Vec<String>,
    /// What it can be asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<ConditionInfo>,
    tensors: Vec<Tensor>,
    /// How it was trained, as its file says.
    origin: Option<Origin>,
    /// The record of its run, where it lies in a run folder.
    run: Option<RunRecord>,
}

#[derive(Debug, Serialize)]
struct ConditionInfo {
    name: String,
    range: [f64; 2],
    bins: usize,
}

#[derive(Debug, Serialize)]
struct Tensor {
    name: String,
    shape: Vec<usize>,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    let path = model::path(arguments.model.as_deref());
    let model = model::choose(arguments.model.as_deref(), quiet)?;
    let info = Info {
        run: record(path)?,
        ..Info::of(&model, path.display().to_string())
    };
    if arguments.json {
        return figures::print(&info);
    }
    Ok(write!(std::io::stdout().lock(), "{}", info.text())?)
}

impl Info {
    fn of(model: &Model, name: String) -> Self {
        let layout = model.layout();
        let tokenizer = model.tokenizer();
        let written = tokenizer.vocabulary().tokens().iter();
        let written = written.filter(|text| !tokenizer.is_condition(text));
        let conditions = tokenizer.conditions().all().iter();
        let conditions = conditions.map(|it| ConditionInfo {
            name: it.name.clone(),
            range: it.range,
            bins: it.bins(),
        });
        let tensors = layout.entries.iter().map(|entry| Tensor {
            name: entry.name.clone(),
            shape: entry.shape.clone(),
        });
        Self {
            model: name,
            parameters: model.parameters().len(),
            bytes: size_of_val(model.parameters()),
            network: model.config().clone(),
            longest_molecule: model.config().context - 2,
            vocabulary: written.cloned().collect(),
            conditions: conditions.collect(),
            tensors: tensors.collect(),
            origin: model.origin().cloned(),
            run: None,
        }
    }

    fn text(&self) -> String {
        let GptConfig {
            layers,
            heads,
            width,
            context,
            dropout,
            tied_head,
            ..
        } = self.network;
        let position = format!("{:?}", self.network.position).to_lowercase();
        let about = self.origin.as_ref().map(of_origin).unwrap_or_default()
            + &self.run.as_ref().map(of_run).unwrap_or_default();
        let condition = |it: &ConditionInfo| {
            let [low, high] = it.range;
            format!(
                "follows           {}, {low:.4} to {high:.4}, in {} bins\n",
                it.name, it.bins
            )
        };
        let conditions: String = self.conditions.iter().map(condition).collect();
        let head = if tied_head { "tied" } else { "its own" };
        format!(
            "model             {}\n\
             parameters        {} ({:.1} MB)\n\
             network           {layers} blocks, {heads} heads, width {width}, {position} positions, output layer {head}, dropout {dropout}\n\
             context           {context} tokens: molecules of at most {}\n\
             vocabulary        {} tokens: {}\n\
             {conditions}{about}",
            self.model,
            self.parameters,
            self.bytes as f64 / 1e6,
            self.longest_molecule,
            self.vocabulary.len(),
            self.vocabulary.join(" ")
        )
    }
}

/// The record of the run whose best model this is, if it is one.
fn record(path: &Path) -> Result<Option<RunRecord>> {
    let folder = if path.is_dir() {
        Some(path)
    } else {
        let is_best = path
            .file_name()
            .is_some_and(|name| name == "model.safetensors");
        path.parent().filter(|_| is_best)
    };
    folder.map_or(Ok(None), RunRecord::load)
}

fn of_origin(origin: &Origin) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        // A String takes any text.
        let _ = writeln!(text, "{name:<18}{value}");
    };
    let Origin {
        data,
        rows,
        digest,
        parent,
        seed,
        step,
        validation_loss,
        program,
    } = origin;
    line("trained on", &format!("{data}: {rows} rows, seed {seed}"));
    line("  SHA-256", digest);
    if let Some(parent) = parent {
        line("fine-tuned from", parent);
    }
    let loss = validation_loss.map_or_else(
        || "never validated".to_owned(),
        |loss| format!("validation loss {loss:.4} per token"),
    );
    line("trained to", &format!("step {step}, {loss}"));
    line("trained by", &format!("molgpt {program}"));
    text
}

fn of_run(run: &RunRecord) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<18}{value}");
    };
    line(
        "run",
        &format!("{} on {}, {} threads", run.started, run.device, run.threads),
    );
    line("  command", &run.command);
    for resumed in &run.resumed {
        let at = format!(
            "{} at step {}: {}",
            resumed.at, resumed.step, resumed.command
        );
        line("  resumed", &at);
    }
    let progress = format!(
        "step {} of {} after {}",
        run.step,
        run.steps,
        in_words(run.seconds)
    );
    match (&run.ended, run.reason) {
        (Some(ended), Some(reason)) => line("  ended", &format!("{ended}, {progress}: {reason}")),
        _ => line("  not ended", &format!("{progress} when it was last saved")),
    }
    if let Some(failure) = &run.failure {
        line("  failure", failure);
    }
    text
}
