//! `molgpt tokenize`: the tokens of molecules, and the merges of a data set.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use serde::Serialize;

use super::console::Console;
use super::figures;
use super::paths::DataFile;
use crate::config::RunConfig;
use crate::error::{Context, Result};
use crate::model::Model;
use crate::run::{LearnedMerges, MergesSettings, learn_merges};
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
    /// Print one JSON document: the tokens of each molecule, and the merges that were learned.
    #[arg(long)]
    json: bool,
    /// Name or number of the column with the SMILES in DATA [default: `smiles`, or the one that looks
    /// like SMILES].
    #[arg(long, requires = "learn")]
    column: Option<String>,
}

/// ANSI colours that tokens take in turn, so that neighbours differ: cyan and yellow.
const COLOURS: [&str; 2] = ["\x1b[36m", "\x1b[33m"];
const PLAIN: &str = "\x1b[0m";

/// All that is told.
#[derive(Debug, Serialize)]
struct Told {
    #[serde(skip_serializing_if = "Option::is_none")]
    learned: Option<Learned>,
    molecules: Vec<Tokenized>,
}

/// The tokens of a molecule.
#[derive(Debug, Serialize)]
struct Tokenized {
    smiles: String,
    tokens: Vec<String>,
    ids: Vec<u32>,
    /// How merged ones are made, if that is asked for: the sides of a token before itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    merges: Option<Vec<Made>>,
}

/// How a merged token is made.
#[derive(Debug, Serialize)]
struct Made {
    token: String,
    left: String,
    right: String,
    /// The number of the merge, from 1.
    merge: usize,
}

/// Merges that were learned on a data set.
#[derive(Debug, Serialize)]
struct Learned {
    molecules: usize,
    /// Without any merge.
    tokens_per_molecule: f64,
    merges: Vec<LearnedMerge>,
}

/// A merge of these.
#[derive(Debug, Serialize)]
struct LearnedMerge {
    /// Its number, from 1.
    merge: usize,
    left: String,
    right: String,
    /// How often its sides stood side by side when it was made.
    count: u64,
    /// After it.
    tokens_per_molecule: f64,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<()> {
    let stdout = std::io::stdout();
    let coloured = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let (tokenizer, learned) = match (&arguments.model, &arguments.learn) {
        (Some(model), _) => (Model::named(model)?.tokenizer().clone(), None),
        (None, Some(data)) => {
            let learned = learn(arguments, data, quiet)?;
            let told = Learned::of(&learned);
            (learned.tokenizer, Some(told))
        }
        (None, None) => {
            let molecules = arguments.molecules.iter().map(String::as_str);
            let vocabulary = Vocabulary::from_molecules(molecules);
            (Tokenizer::atomwise(vocabulary), None)
        }
    };
    let molecules = arguments.molecules.iter();
    let mut molecules =
        molecules.map(|smiles| Tokenized::of(&tokenizer, smiles, arguments.explain));
    if arguments.json {
        let molecules = molecules.collect::<Result<_>>()?;
        return figures::print(&Told { learned, molecules });
    }
    let mut out = stdout.lock();
    if let Some(learned) = &learned {
        write!(out, "{}", learned.text())?;
    }
    molecules.try_for_each(|tokens| Ok(write!(out, "{}", tokens?.text(coloured))?))
}

impl Tokenized {
    fn of(tokenizer: &Tokenizer, smiles: &str, explain: bool) -> Result<Self> {
        let pieces = tokenizer
            .pieces(smiles)
            .with_context(|| format!("cannot tokenize `{smiles}`"))?;
        let tokens = pieces.iter().map(|&token| token.to_owned()).collect();
        let encoded = tokenizer.encode(smiles)?;
        let merges = explain.then(|| {
            let (mut told, mut merges) = (Vec::new(), Vec::new());
            for &id in &encoded {
                made(tokenizer, id, &mut told, &mut merges);
            }
            merges
        });
        Ok(Self {
            smiles: smiles.to_owned(),
            tokens,
            ids: encoded.iter().map(|id| u32::from(id.0)).collect(),
            merges,
        })
    }

    /// One line, and one for each merged token that is explained.
    fn text(&self, coloured: bool) -> String {
        let shown: Vec<String> = self
            .tokens
            .iter()
            .zip(COLOURS.into_iter().cycle())
            .map(|(token, colour)| {
                if coloured {
                    format!("{colour}{token}{PLAIN}")
                } else {
                    token.clone()
                }
            })
            .collect();
        let ids: Vec<String> = self.ids.iter().map(u32::to_string).collect();
        let count = self.tokens.len();
        let mut text = format!("{}\t{}\t{count}\n", shown.join(" "), ids.join(" "));
        for made in self.merges.iter().flatten() {
            let Made {
                token,
                left,
                right,
                merge,
            } = made;
            // A String takes any text.
            let _ = writeln!(text, "  {token} = {left} + {right} (merge {merge})");
        }
        text
    }
}

/// Adds how a token is made, unless that is told: its sides before itself.
fn made(tokenizer: &Tokenizer, id: TokenId, told: &mut Vec<TokenId>, merges: &mut Vec<Made>) {
    let rules = tokenizer.merges().rules();
    let Some((place, rule)) = rules.iter().enumerate().find(|(_, rule)| rule.merged == id) else {
        return;
    };
    if told.contains(&id) {
        return;
    }
    told.push(id);
    made(tokenizer, rule.left, told, merges);
    made(tokenizer, rule.right, told, merges);
    let text = |id| {
        let text = tokenizer.vocabulary().token(id).unwrap_or_default();
        text.to_owned()
    };
    merges.push(Made {
        token: text(id),
        left: text(rule.left),
        right: text(rule.right),
        merge: place + 1,
    });
}

/// Learns merges.
fn learn(arguments: &Arguments, data: &DataFile, quiet: bool) -> Result<LearnedMerges> {
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
    Ok(learned)
}

impl Learned {
    fn of(learned: &LearnedMerges) -> Self {
        let mean = |merges| learned.tokens_after(merges) as f64 / learned.molecules.max(1) as f64;
        let texts = learned.tokenizer.merge_texts();
        let merges = (1..).zip(texts.iter().zip(&learned.counts));
        let merges = merges.map(|(merge, (text, &count))| {
            let (left, right) = text.split_once(' ').unwrap_or((text, ""));
            LearnedMerge {
                merge,
                left: left.to_owned(),
                right: right.to_owned(),
                count,
                tokens_per_molecule: mean(merge),
            }
        });
        Self {
            molecules: learned.molecules,
            tokens_per_molecule: mean(0),
            merges: merges.collect(),
        }
    }

    /// A table between tabs, the first row without a merge.
    fn text(&self) -> String {
        let mut text = format!(
            "merge\tleft\tright\tcount\ttokens_per_molecule\n0\t\t\t\t{:.2}\n",
            self.tokens_per_molecule
        );
        for merge in &self.merges {
            let LearnedMerge {
                merge,
                left,
                right,
                count,
                tokens_per_molecule,
            } = merge;
            let _ = writeln!(
                text,
                "{merge}\t{left}\t{right}\t{count}\t{tokens_per_molecule:.2}"
            );
        }
        text
    }
}
