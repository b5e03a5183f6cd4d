//! `molgpt tokenize`: the tokens of molecules, and the merges of a data set.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use super::console::Console;
use super::paths::DataFile;
use crate::config::RunConfig;
use crate::error::{Context, Result};
use crate::model::Model;
use crate::run::{MergesSettings, learn_merges};
use crate::tokenizer::{TokenId, Tokenizer, Vocabulary};

/// Print the tokens and ids of each molecule, or the merges that a data set has.
///
/// One line per molecule: the tokens between spaces, a tab, their ids, a tab, their number. Without
/// --model the ids are those of a vocabulary of the molecules given, in which 0 to 3 are [PAD], [BOS],
/// [EOS] and [UNK].
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Molecules as SMILES.
    #[arg(
        required_unless_present = "learn",
        value_name = "SMILES",
        allow_hyphen_values = true
    )]
    molecules: Vec<String>,
    /// Model file, run folder or `pretrained`, whose tokens are taken.
    #[arg(long, conflicts_with = "learn")]
    model: Option<PathBuf>,
    /// Also print how each merged token is made: its two sides, and theirs.
    #[arg(long)]
    explain: bool,
    /// Learn merges on the molecules of this file, as a training with `[tokenizer] kind = "pairs"` does,
    /// and print them: number, the two sides, how often they stand side by side, tokens per molecule after
    /// the merge. Then the tokens of the molecules given, if any.
    #[arg(long, value_name = "DATA")]
    learn: Option<DataFile>,
    /// Merges to learn.
    #[arg(long, default_value_t = 256, requires = "learn")]
    merges: usize,
    /// Name or number of the column with the SMILES in DATA [default: `smiles`, or the one that looks
    /// like SMILES].
    #[arg(long, requires = "learn")]
    column: Option<String>,
}

/// ANSI colours that tokens take in turn, so that neighbours differ: cyan and yellow.
const COLOURS: [&str; 2] = ["\x1b[36m", "\x1b[33m"];
const PLAIN: &str = "\x1b[0m";

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    let stdout = std::io::stdout();
    let coloured = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let tokenizer = match (&arguments.model, &arguments.learn) {
        (Some(model), _) => Model::named(model)?.tokenizer().clone(),
        (None, Some(data)) => learn(arguments, data, quiet)?,
        (None, None) => {
            let molecules = arguments.molecules.iter().map(String::as_str);
            Tokenizer::atomwise(Vocabulary::from_molecules(molecules))
        }
    };
    let mut out = stdout.lock();
    for smiles in &arguments.molecules {
        let pieces = tokenizer
            .pieces(smiles)
            .with_context(|| format!("cannot tokenize `{smiles}`"))?;
        let shown: Vec<String> = pieces
            .iter()
            .zip(COLOURS.into_iter().cycle())
            .map(|(token, colour)| {
                if coloured {
                    format!("{colour}{token}{PLAIN}")
                } else {
                    (*token).to_owned()
                }
            })
            .collect();
        let encoded = tokenizer.encode(smiles)?;
        let ids: Vec<String> = encoded.iter().map(|id| id.0.to_string()).collect();
        writeln!(
            out,
            "{}\t{}\t{}",
            shown.join(" "),
            ids.join(" "),
            pieces.len()
        )?;
        if arguments.explain {
            let mut told = Vec::new();
            for id in encoded {
                explain(&tokenizer, id, &mut told, &mut out)?;
            }
        }
    }
    Ok(())
}

/// Prints how a token is made, unless that is told: its sides before itself.
fn explain(
    tokenizer: &Tokenizer,
    id: TokenId,
    told: &mut Vec<TokenId>,
    out: &mut impl Write,
) -> Result<()> {
    let rules = tokenizer.merges().rules();
    let Some((place, rule)) = rules.iter().enumerate().find(|(_, rule)| rule.merged == id) else {
        return Ok(());
    };
    if told.contains(&id) {
        return Ok(());
    }
    told.push(id);
    explain(tokenizer, rule.left, told, out)?;
    explain(tokenizer, rule.right, told, out)?;
    let text = |id| tokenizer.vocabulary().token(id).unwrap_or_default();
    let (left, right) = (text(rule.left), text(rule.right));
    writeln!(
        out,
        "  {} = {left} + {right} (merge {})",
        text(id),
        place + 1
    )?;
    Ok(())
}

/// Learns merges, and prints them.
fn learn(arguments: &Arguments, data: &DataFile, quiet: bool) -> Result<Tokenizer> {
    let settings = MergesSettings {
        data: data.source(),
        column: arguments.column.clone(),
        merges: arguments.merges,
        validation_share: RunConfig::small().training.validation_share,
    };
    let console = Console::interruptible(quiet)?;
    let learned = learn_merges(&settings, &console)?.done();
    let found = learned.counts.len();
    if found < arguments.merges {
        console.say(format_args!(
            "no neighbours are left that occur twice after {found} merges"
        ));
    }
    drop(console);
    let mut out = std::io::stdout().lock();
    let mean = |merges| learned.tokens_after(merges) as f64 / learned.molecules.max(1) as f64;
    writeln!(out, "merge\tleft\tright\tcount\ttokens_per_molecule")?;
    writeln!(out, "0\t\t\t\t{:.2}", mean(0))?;
    let merges = learned.tokenizer.merge_texts();
    for (place, (merge, count)) in (1..).zip(merges.iter().zip(&learned.counts)) {
        let sides = merge.replace(' ', "\t");
        writeln!(out, "{place}\t{sides}\t{count}\t{:.2}", mean(place))?;
    }
    Ok(learned.tokenizer)
}
