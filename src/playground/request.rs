//! What a page asks.

use serde::Deserialize;

use crate::generate::SamplingParams;
use crate::wish::WishTexts;

/// A question of the page, as JSON: `{"do": "next", "text": "c1cc", ...}`.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Request {
    /// The model.
    About {},
    /// The tokens and the molecule of a text.
    Read { text: String },
    /// The properties of a molecule.
    Properties { text: String },
    /// What may follow a text.
    Next { text: String, settings: Settings },
    /// What the model expects at every token, and where its heads look.
    Explain { text: String, top: usize },
    /// What it would expect after each block.
    Lens { text: String },
    /// The numbers of one block and head at one token.
    Walk {
        text: String,
        token: usize,
        block: usize,
        head: usize,
    },
    /// The likeliest continuations.
    Tree {
        text: String,
        size: usize,
        width: usize,
    },
    /// The embeddings of all tokens.
    Map {},
    /// Molecules of these indices.
    Sample {
        settings: Settings,
        first: u64,
        count: u64,
        wishes: Wishes,
        /// Whether they are drawn.
        draw: bool,
    },
    /// Molecules as an SD file.
    Sdf { smiles: Vec<String> },
}

/// How tokens are drawn.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    temperature: f64,
    top_k: usize,
    top_p: f64,
    #[serde(default)]
    grammar: bool,
    #[serde(default)]
    prompt: String,
    #[serde(default)]
    seed: u64,
}

impl Settings {
    pub(super) fn params(self) -> SamplingParams {
        SamplingParams {
            temperature: self.temperature,
            top_k: self.top_k,
            top_p: self.top_p,
            prompt: self.prompt,
            seed: self.seed,
            grammar: self.grammar,
            ..SamplingParams::default()
        }
    }
}

/// Which molecules are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wishes {
    /// Ranges of properties, by blanks.
    properties: String,
    /// Patterns, by blanks.
    contains: String,
    without: String,
}

impl Wishes {
    pub(super) fn texts(&self) -> WishTexts {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        WishTexts {
            properties: words(&self.properties),
            contains: words(&self.contains),
            without: words(&self.without),
            ..WishTexts::default()
        }
    }
}
