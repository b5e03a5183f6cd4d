//! Generation: token by token, from BOS to EOS, by any model that tells the next token.
//!
//! Molecule `index` draws from its own random stream (seed, index), whatever is decoded beside it,
//! so equal parameters give equal molecules for any batch size and any number of threads. Knows
//! nothing of files, nor of how a model was trained.

mod acceptance;
mod asked;
mod covers;
mod cpu;
mod device;
mod device_steps;
mod draw;
mod followers;
mod params;
mod prefix;
mod reference;
mod shard;
mod stream;

use std::ops::Range;
use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::error::{Result, ensure};
use crate::grammar::{Grammar, State};
use crate::progress::{Outcome, Unwatched, Watch};
use crate::random::uniform;
use crate::tokenizer::{EOS, PromptError, TokenId, Tokenizer};
use covers::Cover;
use followers::Followers;
use params::{Choices, never};

pub use acceptance::{Acceptance, AcceptanceFilter, Yield};
pub use asked::AskedGenerator;
pub use cpu::{BRANCHES, CpuGenerator};
pub use device::{DeviceGenerator, generator};
pub use draw::{DrawSettings, DrawState, Drawn, draw};
pub use params::{Growth, ParamsError, SamplingParams, Written};
pub use prefix::{NextTokens, PrefixGenerator};
pub use reference::sample_by_burn;
pub use shard::Shard;
pub use stream::Stream;

/// A model that writes molecules.
///
/// Molecules are numbered: `index` and the parameters decide a molecule, so parts of a range, in any
/// order and by any process, make up the whole.
pub trait Generator: Sync {
    /// Writes the molecules `indices`, in order.
    ///
    /// `watch` hears of molecules as they are finished, and may end the work between two tokens on
    /// a processor, between two reads on a device: the outcome then has the molecules of the first
    /// indices without a gap.
    ///
    /// # Errors
    /// A parameter outside its range, a prompt that the model cannot continue, or a device that
    /// fails.
    fn generate(
        &self,
        params: &SamplingParams,
        indices: Range<u64>,
        watch: &dyn Watch,
    ) -> Result<Outcome<Vec<Sample>>>;

    /// Molecules that are worth writing at once: enough to keep every core or row busy, few enough
    /// for little memory.
    fn window(&self) -> u64 {
        16_384
    }

    /// The first `count` molecules.
    ///
    /// # Errors
    /// As [`Generator::generate`].
    fn take(&self, count: u64, params: &SamplingParams) -> Result<Vec<Sample>> {
        Ok(self.generate(params, 0..count, &Unwatched)?.done())
    }
}

/// The texts of samples.
pub fn texts(samples: Vec<Sample>) -> Vec<String> {
    samples.into_iter().map(|sample| sample.smiles).collect()
}

/// Parameters with the prompt as token ids.
#[derive(Debug, Clone)]
struct Start<'a> {
    /// The beginnings of molecules; at least one.
    covers: Vec<Cover>,
    params: &'a SamplingParams,
    /// Whether a token, by its id, is never chosen.
    never: Vec<bool>,
    /// The grammar, where it decides which tokens may follow, and its state after each beginning.
    grammar: Option<(Grammar, Vec<Arc<State>>)>,
}

impl<'a> Start<'a> {
    /// For a model of this tokenizer and context (tokens, BOS and EOS counted), which gives the logits
    /// after some tokens.
    fn new(
        tokenizer: &Tokenizer,
        context: usize,
        params: &'a SamplingParams,
        next: &dyn Fn(&[TokenId]) -> Vec<f32>,
    ) -> Result<Self> {
        let prompt = prompt(tokenizer, context, params)?;
        let mut covers = covers::covers(tokenizer, params, prompt, context - 1, next);
        let grammar = params.has_grammar().then(|| Grammar::new(tokenizer));
        let grammar = grammar.map(|grammar| {
            let states = beginnings(&grammar, tokenizer, params, &mut covers);
            (grammar, states)
        });
        ensure!(
            !covers.is_empty(),
            Setting,
            "setting `prompt` `{}`: no molecule begins so",
            params.prompt
        );
        Ok(Self {
            covers,
            params,
            never: never(tokenizer),
            grammar,
        })
    }

    /// The tokens that may follow by these logits.
    fn choices<'l>(&'l self, logits: &'l [f32]) -> Choices<'l> {
        self.params.choices(logits, &self.never)
    }

    /// The verdicts on what may follow a molecule, where there is a grammar.
    fn followers(&self, draft: &Draft) -> Option<Followers<'_>> {
        let (grammar, _) = self.grammar.as_ref()?;
        Some(Followers::new(grammar, draft.state.clone()?))
    }

    /// Tokens of the longest beginning.
    fn longest(&self) -> usize {
        let lengths = self.covers.iter().map(|cover| cover.tokens.len());
        lengths.max().unwrap_or_default()
    }

    /// The molecules of these indices at their beginnings, by beginning.
    fn drafts(&self, indices: Range<u64>) -> Vec<(&[TokenId], Vec<Draft>)> {
        let covers = self.covers.iter();
        let mut groups: Vec<(&[TokenId], Vec<Draft>)> =
            covers.map(|cover| (&*cover.tokens, Vec::new())).collect();
        for index in indices {
            let (cover, draft) = Draft::new(index, self);
            groups[cover].1.push(draft);
        }
        groups.retain(|(_, drafts)| !drafts.is_empty());
        groups
    }
}

/// The state of the grammar after each beginning; those that no molecule has are taken out.
fn beginnings(
    grammar: &Grammar,
    tokenizer: &Tokenizer,
    params: &SamplingParams,
    covers: &mut Vec<Cover>,
) -> Vec<Arc<State>> {
    let mut states = Vec::new();
    covers.retain(|cover| {
        let text = tokenizer.decode(&cover.tokens);
        let state = match &params.written {
            None => grammar.after(&text),
            Some(Written {
                text: written,
                growth,
            }) => {
                let state = grammar.after(written);
                let state = match growth {
                    None => state,
                    Some(growth) => {
                        state.and_then(|state| state.growing(&growth.bond, growth.anywhere))
                    }
                };
                state.and_then(|state| grammar.after_more(state, &params.prompt, &text))
            }
        };
        let good = state.is_some();
        states.extend(state.map(Arc::new));
        good
    });
    let total: f64 = covers.iter().map(|cover| cover.share).sum();
    for cover in covers {
        cover.share /= total;
    }
    states
}

/// The prompt's own segmentation, BOS and the conditions that are asked for before it.
fn prompt(tokenizer: &Tokenizer, context: usize, params: &SamplingParams) -> Result<Vec<TokenId>> {
    params.validate()?;
    let mut prompt = tokenizer.encode_prompt(&params.prompt)?;
    prompt.splice(1..1, condition_tokens(tokenizer, &params.conditions)?);
    let (length, room) = (prompt.len(), context - 1);
    if length > room {
        return Err(PromptError::TooLong { length, room }.into());
    }
    Ok(prompt)
}

/// The tokens of values that properties are to have, by any of their names.
///
/// # Errors
/// Properties and values that the model was not trained with, and one that is asked for twice.
pub(crate) fn condition_tokens(
    tokenizer: &Tokenizer,
    wanted: &[(String, f64)],
) -> Result<Vec<TokenId>> {
    let conditions = tokenizer.conditions();
    Ok(conditions.asked(&asked::by_own_names(wanted, conditions))?)
}

/// Refuses guidance, for generators that read each text once.
fn unguided(params: &SamplingParams) -> Result<()> {
    ensure!(
        !params.is_guided(),
        Device,
        "setting `guidance` reads every text twice, which only `cpu` can do: leave out setting `device`"
    );
    Ok(())
}

/// Refuses parameters that a model of this tokenizer and context cannot sample with, as
/// [`Generator::generate`] does, before there is work to lose.
pub(crate) fn check(tokenizer: &Tokenizer, context: usize, params: &SamplingParams) -> Result<()> {
    prompt(tokenizer, context, params).map(drop)
}

/// One generated molecule.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The text, prompt included.
    pub smiles: String,
    /// Negative log-likelihood in nats of the tokens after the conditions and the prompt, EOS counted,
    /// under the model at temperature 1: without these that of
    /// [`Scorer`](crate::likelihood::Scorer) for the same text.
    pub nll: f64,
    /// Whether the context cut it: the model would have gone on where only EOS had a place. With a
    /// grammar also where none of its tokens could follow, in every one of 20 beginnings.
    pub cut: bool,
    /// The wish that it answers, by its place among those of [`AskedGenerator`]; else 0.
    pub wish: usize,
}

/// A molecule that is being written.
struct Draft {
    index: u64,
    tokens: Vec<TokenId>,
    nll: f64,
    cut: bool,
    random: ChaCha8Rng,
    /// The state of the grammar, where there is one.
    state: Option<Arc<State>>,
    /// Its beginning, by the place among all, and how often it began there.
    cover: usize,
    begun: u32,
}

/// With a grammar: most times that a molecule begins anew.
const MOST_BEGUN: u32 = 20;

impl Draft {
    /// A molecule at one of the beginnings, and which that is. It is drawn where there are several.
    fn new(index: u64, start: &Start<'_>) -> (usize, Self) {
        let mut random = ChaCha8Rng::seed_from_u64(start.params.seed);
        random.set_stream(index);
        let mut draft = Self {
            index,
            tokens: Vec::new(),
            nll: 0.0,
            cut: false,
            random,
            state: None,
            cover: 0,
            begun: 0,
        };
        let mut place = 0;
        if start.covers.len() > 1 {
            let mut left = draft.uniform();
            while place + 1 < start.covers.len() && left >= start.covers[place].share {
                left -= start.covers[place].share;
                place += 1;
            }
        }
        draft.cover = place;
        draft.begin(start);
        (place, draft)
    }

    /// Goes to its beginning.
    fn begin(&mut self, start: &Start<'_>) {
        let cover = &start.covers[self.cover];
        (self.tokens, self.nll, self.cut) = (cover.tokens.clone(), cover.nll, false);
        let states = start.grammar.as_ref().map(|(_, states)| states);
        self.state = states.map(|states| states[self.cover].clone());
        self.begun += 1;
    }

    /// Begins anew where a grammar is asked for and the molecule could not be finished: nothing may
    /// follow, or the context is full. False where it stays as it is.
    fn begins_anew(&mut self, start: &Start<'_>) -> bool {
        let anew = start.grammar.is_some() && self.cut && self.begun < MOST_BEGUN;
        if anew {
            self.begin(start);
        }
        anew
    }

    /// Chooses the next token, one of `followers` where there is a grammar; false when the molecule
    /// ends, by EOS, or because the `context` is full (its last place is EOS's) or nothing may follow.
    fn extend(
        &mut self,
        choices: &Choices,
        context: usize,
        followers: Option<&mut Followers<'_>>,
    ) -> bool {
        let chosen = match followers {
            None => Some(choices.choose(self.uniform())),
            Some(followers) => {
                let mut next = None;
                let random = &mut self.random;
                let chosen = choices.choose_among(
                    || uniform(random),
                    |token| {
                        next = followers.after(token);
                        next.is_some()
                    },
                );
                self.state = next;
                chosen
            }
        };
        let Some((token, nll)) = chosen else {
            self.cut = true;
            return false;
        };
        let nll = if self.is_full(context) {
            choices.nll(EOS)
        } else {
            nll
        };
        self.push(token, nll, context)
    }

    /// The next number of its stream, 0 to below 1.
    fn uniform(&mut self) -> f64 {
        uniform(&mut self.random)
    }

    /// Whether only the place of EOS is left.
    fn is_full(&self, context: usize) -> bool {
        self.tokens.len() + 1 >= context
    }

    /// Appends a token; false when the molecule ends, as for [`Draft::extend`]. `nll` is the token's;
    /// in the last place, where nothing else is written, that of EOS.
    fn push(&mut self, token: TokenId, nll: f64, context: usize) -> bool {
        self.nll += nll;
        if token == EOS {
            return false;
        }
        self.cut = self.is_full(context);
        if !self.cut {
            self.tokens.push(token);
        }
        !self.cut
    }

    /// The token that was chosen last.
    fn last(&self) -> TokenId {
        self.tokens.last().copied().unwrap_or(EOS)
    }

    /// The molecule, with its index. What follows the prompt is put behind what is written in its place.
    fn finish(self, tokenizer: &Tokenizer, params: &SamplingParams) -> (u64, Sample) {
        let mut smiles = tokenizer.decode(&self.tokens);
        if let Some(written) = &params.written {
            smiles.replace_range(..params.prompt.len(), &written.text);
        }
        let sample = Sample {
            smiles,
            nll: self.nll,
            cut: self.cut,
            wish: 0,
        };
        (self.index, sample)
    }
}

/// Samples by index. Of work that was cancelled, those of the first indices without a gap.
fn in_order(
    mut done: Vec<(u64, Sample)>,
    indices: &Range<u64>,
    cancelled: bool,
) -> Outcome<Vec<Sample>> {
    done.sort_by_key(|(index, _)| *index);
    let numbered = done.into_iter().zip(indices.clone());
    let without_gap = numbered.take_while(|((index, _), expected)| index == expected);
    let samples: Vec<Sample> = without_gap.map(|((_, sample), _)| sample).collect();
    let asked = indices.end.saturating_sub(indices.start);
    Outcome::of(cancelled && (samples.len() as u64) < asked, samples)
}
