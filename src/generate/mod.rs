//! Decoding with the KV cache: token by token, from BOS to EOS.
//!
//! Molecule `index` draws from its own random stream (seed, index), whatever is decoded beside it,
//! so the same seed gives the same molecules for any batch and any number of threads.

mod acceptance;
mod by_prefix;
mod continuous;
mod on_device;
mod params;
mod reference;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::model::Model;
use crate::tokenizer::{EOS, PromptError, TokenId, Tokenizer};
use params::Choices;

pub use acceptance::{Filter, Tally, Wanted};
pub use by_prefix::sample_by_prefix;
pub use continuous::{BRANCHES, sample};
pub use on_device::sample_on_device;
pub use params::{Strategy, StrategyError};
pub use reference::sample_by_burn;

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Start of every molecule, encoded.
    prompt: Vec<TokenId>,
    /// How tokens are chosen.
    strategy: Strategy,
    /// Same seed, same molecules.
    seed: u64,
}

impl Request {
    /// A request of this model.
    ///
    /// # Errors
    /// [`PromptError`] when the prompt has a token that the model does not know, or leaves no room
    /// for another token.
    pub fn new(
        model: &Model,
        prompt: &str,
        strategy: Strategy,
        seed: u64,
    ) -> Result<Self, PromptError> {
        let prompt = model.tokenizer().encode_prompt(prompt)?;
        let (length, room) = (prompt.len(), model.config().context - 1);
        if length > room {
            return Err(PromptError::TooLong { length, room });
        }
        Ok(Self {
            prompt,
            strategy,
            seed,
        })
    }
}

/// One generated molecule.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The text, prompt included.
    pub smiles: String,
    /// Negative log-likelihood in nats of the tokens after the prompt, EOS counted, under the
    /// model at temperature 1.
    pub nll: f64,
}

/// A molecule that is being written.
struct Draft {
    index: u64,
    tokens: Vec<TokenId>,
    nll: f64,
    random: ChaCha8Rng,
}

impl Draft {
    fn new(index: u64, request: &Request) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(request.seed);
        random.set_stream(index);
        Self {
            index,
            tokens: request.prompt.clone(),
            nll: 0.0,
            random,
        }
    }

    /// Chooses the next token; false when the molecule ends, by EOS or because the
    /// `context` is full (its last place is EOS's).
    fn extend(&mut self, choices: &Choices, context: usize) -> bool {
        let (token, nll) = choices.choose(self.uniform());
        self.push(token, nll, context)
    }

    /// The next number of its stream, 0 to below 1.
    fn uniform(&mut self) -> f64 {
        f64::from(self.random.next_u32()) / 4_294_967_296.0
    }

    /// Appends a token; false when the molecule ends, as for [`Draft::extend`].
    fn push(&mut self, token: TokenId, nll: f64, context: usize) -> bool {
        self.nll += nll;
        if token == EOS || self.tokens.len() + 1 >= context {
            return false;
        }
        self.tokens.push(token);
        true
    }

    /// The token that was chosen last.
    fn last(&self) -> TokenId {
        self.tokens.last().copied().unwrap_or(EOS)
    }

    fn finish(self, tokenizer: &Tokenizer) -> (u64, Sample) {
        let smiles = tokenizer.decode(&self.tokens);
        let sample = Sample {
            smiles,
            nll: self.nll,
        };
        (self.index, sample)
    }
}

fn in_order(mut done: Vec<(u64, Sample)>) -> Vec<Sample> {
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, sample)| sample).collect()
}
