//! `molgpt tokenize`: the tokens of molecules.

use crate::error::{Context, Result};
use std::io::{IsTerminal, Write};

use crate::tokenizer::{Tokenizer, Vocabulary};

/// Print the tokens and ids of each molecule.
///
/// One line per molecule: the tokens between spaces, a tab, and their ids. The ids are those of a
/// vocabulary of the molecules given, in which 0 to 3 are [PAD], [BOS], [EOS] and [UNK].
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Molecules as SMILES.
    #[arg(required = true, value_name = "SMILES", allow_hyphen_values = true)]
    molecules: Vec<String>,
}

/// ANSI colours that tokens take in turn, so that neighbours differ: cyan and yellow.
const COLOURS: [&str; 2] = ["\x1b[36m", "\x1b[33m"];
const PLAIN: &str = "\x1b[0m";

pub(super) fn run(arguments: &Arguments, _quiet: bool) -> Result<()> {
    let molecules = &arguments.molecules;
    let vocabulary = Vocabulary::from_molecules(molecules.iter().map(String::as_str));
    let tokenizer = Tokenizer::atomwise(vocabulary);
    let stdout = std::io::stdout();
    let coloured = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut out = stdout.lock();
    for smiles in molecules {
        let tokens = tokenizer
            .pieces(smiles)
            .with_context(|| format!("cannot tokenize `{smiles}`"))?;
        let tokens: Vec<String> = tokens
            .into_iter()
            .zip(COLOURS.into_iter().cycle())
            .map(|(token, colour)| {
                if coloured {
                    format!("{colour}{token}{PLAIN}")
                } else {
                    token.to_owned()
                }
            })
            .collect();
        let ids: Vec<String> = tokenizer
            .encode(smiles)?
            .into_iter()
            .map(|id| id.0.to_string())
            .collect();
        writeln!(out, "{}\t{}", tokens.join(" "), ids.join(" "))?;
    }
    Ok(())
}
