//! `molgpt explain`: what a model expects at every token of a molecule, and what it computes.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::figures;
use crate::error::{Result, ensure};
use crate::explain::{Explanation, explain};
use crate::report::write_bytes;

/// Tell what a model expects at every token of a SMILES: the token's negative log-likelihood in nats, its rank
/// among all tokens, and the likeliest ones.
///
/// --attention and --hidden write arrays for numpy.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The SMILES.
    smiles: String,
    /// The model file or run folder, or `pretrained` for the one inside the program [default: that
    /// of the latest run in runs/, else `pretrained`].
    #[arg(long, env = "MOLGPT_MODEL")]
    model: Option<PathBuf>,
    /// Tokens to list at every place.
    #[arg(long, default_value_t = 5)]
    top: usize,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Write the attention weights, [blocks, heads, tokens, tokens], to this .npy file: where each token looks;
    /// the first token is that of the begin.
    #[arg(long, value_name = "FILE.npy")]
    attention: Option<PathBuf>,
    /// Write the hidden states, [blocks + 1, tokens, width], to this .npy file: before the first block, and
    /// after each.
    #[arg(long, value_name = "FILE.npy")]
    hidden: Option<PathBuf>,
    /// With --hidden: their means over the tokens, [blocks + 1, width].
    #[arg(long, requires = "hidden")]
    pool: bool,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    for path in arguments.attention.iter().chain(&arguments.hidden) {
        let is_npy = path.extension().is_some_and(|ending| ending == "npy");
        ensure!(
            is_npy,
            Setting,
            "`{}`: arrays are written for numpy, so its name must end with .npy",
            path.display()
        );
    }
    let model = super::model::choose(arguments.model.as_deref(), quiet)?;
    let explanation = explain(&model, &arguments.smiles, arguments.top)?;
    let (heads, width) = (model.config().heads, model.config().width);
    let trace = &explanation.trace;
    if let Some(path) = &arguments.attention {
        let shape = [trace.attention.len(), heads, trace.time, trace.time];
        write_npy(path, &shape, trace.attention.iter().flatten())?;
    }
    if let Some(path) = &arguments.hidden {
        let stages = trace.hidden.len();
        if arguments.pool {
            let pooled: Vec<f32> = (0..stages)
                .flat_map(|stage| explanation.pooled(stage))
                .collect();
            write_npy(path, &[stages, width], pooled.iter())?;
        } else {
            write_npy(
                path,
                &[stages, trace.time, width],
                trace.hidden.iter().flatten(),
            )?;
        }
    }
    if arguments.json {
        let per_token = explanation.nll() / explanation.tokens.len() as f64;
        return figures::print(&serde_json::json!({
            "smiles": arguments.smiles,
            "nll": explanation.nll(),
            "nll_per_token": per_token,
            "perplexity": per_token.exp(),
            "tokens": explanation.tokens,
        }));
    }
    write!(std::io::stdout().lock(), "{}", table(&explanation))?;
    Ok(())
}

/// The tokens as aligned text.
fn table(explanation: &Explanation) -> String {
    let longest = explanation
        .tokens
        .iter()
        .map(|token| token.token.chars().count());
    let width = longest.max().unwrap_or_default().max(5);
    let mut text = format!(
        "{:width$}  {:>6}  {:>4}  likeliest\n",
        "token", "nats", "rank"
    );
    for token in &explanation.tokens {
        let others = token.likeliest.iter();
        let others = others.map(|(name, share)| format!("{name} {:.1} %", 100.0 * share));
        let others = others.collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            text,
            "{:width$}  {:6.3}  {:4}  {others}",
            token.token, token.nll, token.rank
        );
    }
    let count = explanation.tokens.len();
    let nll = explanation.nll();
    text + &format!(
        "{nll:.4} nats, {:.4} per token (perplexity {:.3})\n",
        nll / count as f64,
        (nll / count as f64).exp()
    )
}

/// Writes an array in the format of numpy, version 1.0.
fn write_npy<'a>(
    path: &Path,
    shape: &[usize],
    values: impl Iterator<Item = &'a f32>,
) -> Result<()> {
    let sizes: Vec<String> = shape.iter().map(|size| format!("{size},")).collect();
    let mut header = format!(
        "{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}",
        sizes.concat()
    );
    // The whole head is a multiple of 64 bytes and ends with a line break.
    let before = 10 + header.len() + 1;
    header += &" ".repeat(before.next_multiple_of(64) - before);
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values.flat_map(|value| value.to_le_bytes()));
    Ok(write_bytes(path, &bytes)?)
}
