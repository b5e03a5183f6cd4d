//! The search: the agent writes, the score judges, the agent learns, until the calls are used up.
//!
//! In memory: whoever keeps what is found takes the calls of each step and, between two steps, the state from
//! which another process goes on. Everything drawn follows from the seed and the step, so equal settings give
//! equal searches with any number of threads, however often they were interrupted.

use std::time::Instant;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

use super::agent::{Agent, Lesson};
use super::{Call, Follow, Learning, Ledger, Standing};
use crate::chem::{Molecule, cross, mutate};
use crate::error::{Kind, Result, ensure};
use crate::fragments::{FragmentGenerator, Keep};
use crate::generate::{CpuGenerator, Generator, Sample, SamplingParams, condition_tokens};
use crate::model::Model;
use crate::objective::{Judged, Score, judged};
use crate::progress::{Outcome, Partly};
use crate::random::{below, uniform};
use crate::tokenizer::{TokenId, UNK};
use crate::train::Augment;
use crate::wish::Wish;

/// Steps in a row with less than an eighth of new molecules, after which the agent begins anew as its prior.
const STALE: u64 = 8;

/// Steps in a row without any new molecule, after which the search ends.
const BARREN: u64 = 50;

/// A search.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchSettings {
    /// Unique valid molecules to score.
    pub calls: usize,
    /// The seed.
    pub seed: u64,
    /// How the agent learns.
    pub learning: Learning,
    /// The structure that all molecules keep, if any: others are not scored. For priors of randomized spellings.
    pub keep: Option<Keep>,
    /// Values of properties that the agent is asked for, by name. For priors that were trained with conditions.
    pub conditions: Vec<(String, f64)>,
    /// When the search ends before the calls are used up, if at all.
    pub until: Option<Until>,
}

impl SearchSettings {
    /// Refuses settings that make no sense for this prior.
    ///
    /// # Errors
    /// No calls; settings of learning outside their ranges; conditions that the prior was not trained with.
    pub fn check(&self, prior: &Model) -> Result<()> {
        self.learning.check()?;
        ensure!(
            self.calls > 0,
            Setting,
            "setting `calls` is 0: give at least 1 molecule to score"
        );
        condition_tokens(prior.tokenizer(), &self.conditions).map(drop)
    }
}

/// Best molecules that are good enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Until {
    /// Their mean score.
    pub score: f64,
    /// Their number: a search with fewer molecules goes on.
    pub of: usize,
    /// Whether molecules that differ in stereochemistry alone count once.
    pub flat: bool,
}

impl Until {
    /// The ten best, with this mean score.
    pub fn ten_best(score: f64) -> Self {
        Self {
            score,
            of: 10,
            flat: false,
        }
    }

    /// Whether a search has such.
    pub(super) fn is_met(self, ledger: &Ledger) -> bool {
        let are_good =
            |best: &[usize]| best.len() >= self.of && ledger.mean(best) >= self.score - 1e-9;
        are_good(&ledger.best(self.of)) && (!self.flat || are_good(&ledger.best_flat(self.of)))
    }
}

/// The place of a search between two steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The stage, from 0.
    pub stage: usize,
    /// Steps done in it.
    pub step: u64,
    /// Steps in a row with few new molecules.
    pub stale: u64,
}

/// What a search goes on from.
pub struct Before {
    /// Its place.
    pub place: Place,
    /// The agent's weights.
    pub parameters: Vec<f32>,
    /// The moments of its optimizer.
    pub moments: [Vec<f32>; 2],
    /// All calls, those after the place included: nothing is scored twice.
    pub calls: Vec<Call>,
}

/// Who keeps what a search finds.
pub trait Keeper {
    /// Further calls, in order.
    ///
    /// # Errors
    /// Those of keeping them; the search ends.
    fn calls(&mut self, calls: &[Call]) -> Result<()>;

    /// A step is done; `state` gives the agent's weights and the moments of its optimizer. With `last` it is
    /// the end.
    ///
    /// # Errors
    /// Those of keeping it; the search ends.
    fn step(
        &mut self,
        place: Place,
        last: bool,
        state: &mut dyn FnMut() -> (Vec<f32>, [Vec<f32>; 2]),
    ) -> Result<()>;
}

/// A search keeps nothing.
impl Keeper for () {
    fn calls(&mut self, _: &[Call]) -> Result<()> {
        Ok(())
    }

    fn step(
        &mut self,
        _: Place,
        _: bool,
        _: &mut dyn FnMut() -> (Vec<f32>, [Vec<f32>; 2]),
    ) -> Result<()> {
        Ok(())
    }
}

/// What a search came to.
pub struct Found {
    /// All calls, in stages those of the last one.
    pub ledger: Ledger,
    /// The agent, a model like any other.
    pub agent: Model,
    /// Whether the agent wrote nothing new any more, before the calls were used up.
    pub exhausted: bool,
    /// The calls of the stages before, whose scores are other ones.
    pub past: Vec<Ledger>,
}

/// Searches molecules of a high score.
///
/// # Errors
/// Settings that make no sense, and those of the score and of `keeper`; what was kept before stays.
pub fn search(
    prior: &Model,
    score: &dyn Score,
    settings: &SearchSettings,
    before: Option<Before>,
    keeper: &mut dyn Keeper,
    follow: &dyn Follow,
) -> Result<Outcome<Found>> {
    settings.check(prior)?;
    let mut search = Search::new(prior, settings, before)?;
    follow.begin("optimizing", settings.calls as u64);
    follow.advance(search.ledger.calls().len() as u64);
    let mut cancelled = false;
    let mut exhausted = search.is_barren();
    loop {
        cancelled |= follow.stop();
        if cancelled || exhausted || search.is_spent() || search.is_good_enough() {
            break;
        }
        match search.step(score, keeper, follow) {
            Ok(Step::Done(standing)) => {
                exhausted = search.is_barren();
                follow.standing(&standing);
                let (place, agent) = (search.place, &mut search.agent);
                keeper.step(place, false, &mut || (agent.parameters(), agent.moments()))?;
            }
            Ok(Step::Cut) => {}
            Ok(Step::Cancelled) => cancelled = true,
            Err(error) if error.kind() == Kind::Cancelled => cancelled = true,
            Err(error) => {
                search.save(keeper)?;
                return Err(error);
            }
        }
    }
    search.save(keeper)?;
    let mut agent = prior.clone();
    agent.set_parameters(search.agent.parameters())?;
    let found = Found {
        ledger: search.ledger,
        agent,
        exhausted,
        past: Vec::new(),
    };
    Ok(Outcome::of(cancelled, found))
}

/// The end of one step.
enum Step {
    /// It is whole.
    Done(Standing),
    /// The calls were used up within it, so that nothing was learned.
    Cut,
    /// The watcher ended it.
    Cancelled,
}

struct Search<'a> {
    prior: &'a Model,
    settings: &'a SearchSettings,
    agent: Agent<'a>,
    place: Place,
    ledger: Ledger,
    /// Calls after the place, which were paid for before.
    paid: Vec<Call>,
    spell: Augment,
    /// Tokens of the conditions that all is written under.
    conditions: Vec<TokenId>,
    /// The wish that the structure is kept.
    kept: Option<Wish>,
    began: Instant,
}

impl<'a> Search<'a> {
    fn new(prior: &'a Model, settings: &'a SearchSettings, before: Option<Before>) -> Result<Self> {
        let learning = &settings.learning;
        let mut search = Self {
            prior,
            settings,
            agent: Agent::new(prior, learning),
            place: Place::default(),
            ledger: Ledger::default(),
            paid: Vec::new(),
            spell: Augment {
                tokenizer: prior.tokenizer().clone(),
                copies: 1,
                context: prior.config().context,
                seed: settings.seed,
            },
            conditions: condition_tokens(prior.tokenizer(), &settings.conditions)?,
            kept: settings.keep.as_ref().and_then(Keep::wish),
            began: Instant::now(),
        };
        if let Some(before) = before {
            search.agent = Agent::resume(prior, learning, before.parameters, before.moments)?;
            search.place = before.place;
            let (done, paid) = before
                .calls
                .into_iter()
                .partition(|call| call.step < before.place.step);
            search.paid = paid;
            search.ledger = Ledger::of(done, learning);
        }
        Ok(search)
    }

    fn is_spent(&self) -> bool {
        self.ledger.calls().len() >= self.settings.calls
    }

    /// Whether the best are as good as was asked for.
    fn is_good_enough(&self) -> bool {
        let until = self.settings.until;
        until.is_some_and(|until| until.is_met(&self.ledger))
    }

    /// Whether nothing new was found for long.
    fn is_barren(&self) -> bool {
        let last = self.ledger.calls().last().map_or(0, |call| call.step);
        self.place.step > last + BARREN
    }

    fn save(&mut self, keeper: &mut dyn Keeper) -> Result<()> {
        let agent = &mut self.agent;
        keeper.step(self.place, true, &mut || {
            (agent.parameters(), agent.moments())
        })
    }

    fn step(
        &mut self,
        score: &dyn Score,
        keeper: &mut dyn Keeper,
        follow: &dyn Follow,
    ) -> Result<Step> {
        let learning = &self.settings.learning;
        let Some(samples) = self.write(follow)? else {
            return Ok(Step::Cancelled);
        };
        let parse = |sample: &Sample| {
            let molecule = Molecule::parse(&sample.smiles).ok()?;
            self.is_kept(&molecule).then_some(molecule)
        };
        let molecules: Vec<Option<Molecule>> = samples.par_iter().map(parse).collect();
        let valid: Vec<&Molecule> = molecules.iter().flatten().collect();
        // All is scored before anything is learned: a step that ends early is made again from its begin.
        let new = self.judge(&valid, score, keeper, follow)?;
        let children = self.children();
        let children: Vec<&Molecule> = children.iter().collect();
        self.judge(&children, score, keeper, follow)?;
        if self.is_spent() {
            return Ok(Step::Cut);
        }
        let lessons: Vec<Lesson> = samples
            .iter()
            .zip(&molecules)
            .filter_map(|(sample, molecule)| {
                let place = molecule
                    .as_ref()
                    .and_then(|it| self.ledger.place(it.canonical()));
                let score = place.map_or(0.0, |place| self.ledger.counted(place));
                let ids = self.ids(&sample.smiles)?;
                Some(Lesson { ids, score })
            })
            .collect();
        let updates = self.place.step * (1 + learning.rounds);
        self.agent.learn(&lessons, learning.leash, updates);
        let found = [&*valid, &*children].concat();
        for round in 0..learning.rounds {
            let again = self.again(&found, round);
            self.agent.learn(&again, 0.0, updates + 1 + round);
        }
        let few = new * 8 < learning.batch;
        self.place.step += 1;
        self.place.stale = if few { self.place.stale + 1 } else { 0 };
        if self.place.stale >= STALE {
            self.agent = Agent::new(self.prior, learning);
            self.place.stale = 0;
            follow.note(
                "the agent repeats itself: it begins anew as its prior, and keeps what was found",
            );
        }
        Ok(Step::Done(self.standing(valid.len())))
    }

    /// The strings of this step; none where the watcher ended it.
    fn write(&mut self, follow: &dyn Follow) -> Result<Option<Vec<Sample>>> {
        let learning = &self.settings.learning;
        let mut model = self.prior.clone();
        model.set_parameters(self.agent.parameters())?;
        let params = SamplingParams {
            seed: self.settings.seed,
            conditions: self.settings.conditions.clone(),
            grammar: learning.grammar,
            ..SamplingParams::default()
        };
        let first = self.place.step * learning.batch as u64;
        let indices = first..first + learning.batch as u64;
        let quiet = Partly {
            watch: follow,
            advances: false,
            stops: true,
        };
        let plain = CpuGenerator::new(&model);
        let samples = match &self.settings.keep {
            Some(keep) => {
                let keeping = FragmentGenerator::new(&plain, &model, keep.clone())?;
                keeping.generate(&params, indices, &quiet)?
            }
            None => plain.generate(&params, indices, &quiet)?,
        };
        Ok(match samples {
            Outcome::Finished(samples) => Some(samples),
            Outcome::Cancelled(_) => None,
        })
    }

    /// Scores the molecules that are new, as far as the calls go; returns their number.
    fn judge(
        &mut self,
        molecules: &[&Molecule],
        score: &dyn Score,
        keeper: &mut dyn Keeper,
        follow: &dyn Follow,
    ) -> Result<usize> {
        let left = self.settings.calls - self.ledger.calls().len();
        let mut new: Vec<&Molecule> = Vec::new();
        for molecule in molecules {
            let text = molecule.canonical();
            let known = self.ledger.place(text).is_some()
                || new.iter().any(|other| other.canonical() == text);
            if !known && new.len() < left {
                new.push(molecule);
            }
        }
        let count = new.len();
        let paid = |molecule: &&Molecule| {
            let is_it = |call: &&Call| call.smiles == molecule.canonical();
            self.paid.iter().find(is_it).cloned()
        };
        let mut calls: Vec<Option<Call>> = new.iter().map(paid).collect();
        let asked: Vec<Molecule> = new
            .iter()
            .zip(&calls)
            .filter(|(_, call)| call.is_none())
            .map(|(molecule, _)| (*molecule).clone())
            .collect();
        let judged = if asked.is_empty() {
            Vec::new()
        } else {
            judged(score, &asked, follow)?
        };
        let Place { stage, step, .. } = self.place;
        let fresh: Vec<Call> = asked
            .par_iter()
            .zip(judged)
            .map(|(molecule, judged): (&Molecule, Judged)| Call::new(molecule, judged, stage, step))
            .collect();
        keeper.calls(&fresh)?;
        follow.advance(count as u64);
        let mut fresh = fresh.into_iter();
        for call in &mut calls {
            if call.is_none() {
                *call = fresh.next();
            }
        }
        for call in calls.into_iter().flatten() {
            self.ledger.add(call, &self.settings.learning);
        }
        Ok(count)
    }

    /// New molecules whose parents are of the best so far, as many as `offspring` says where so many come of
    /// ten times the draws.
    fn children(&self) -> Vec<Molecule> {
        let learning = &self.settings.learning;
        let memory = self.ledger.replayable(learning.memory, learning);
        let mut random = self.random(0x4348_494c_4452_454e, self.place.step);
        let mut children: Vec<Molecule> = Vec::new();
        for _ in 0..10 * learning.offspring {
            if children.len() == learning.offspring {
                break;
            }
            let parents = self.draw(&memory, 2, &mut random);
            let [one, other] = parents[..] else { break };
            let [one, other] = [one, other].map(|place| &*self.ledger.calls()[place].smiles);
            let mutates = uniform(&mut random) < learning.mutation;
            let below = &mut below(&mut random);
            let child = if mutates {
                mutate(one, below)
            } else {
                cross(one, other, below)
            };
            let Some(child) = child.and_then(|text| Molecule::parse(&text).ok()) else {
                continue;
            };
            let is_new = self.ledger.place(child.canonical()).is_none()
                && children
                    .iter()
                    .all(|it| it.canonical() != child.canonical());
            let is_whole = child.composition().components == 1 && child.open_shells().is_empty();
            if is_new && is_whole && self.is_kept(&child) && self.ids(child.canonical()).is_some() {
                children.push(child);
            }
        }
        children
    }

    /// Whether a molecule has the structure that all are to have.
    fn is_kept(&self, molecule: &Molecule) -> bool {
        let wish = self.kept.as_ref();
        wish.is_none_or(|wish| wish.is_met(molecule, molecule.canonical()))
    }

    /// A generator of its own for each purpose and place.
    fn random(&self, purpose: u64, place: u64) -> ChaCha8Rng {
        let mut random = ChaCha8Rng::seed_from_u64(self.settings.seed ^ purpose);
        random.set_stream(place);
        random
    }

    /// Randomized spellings of found and of replayed molecules.
    fn again(&self, batch: &[&Molecule], round: u64) -> Vec<Lesson> {
        let learning = &self.settings.learning;
        let mut places: Vec<usize> = batch
            .iter()
            .filter_map(|molecule| self.ledger.place(molecule.canonical()))
            .collect();
        places.extend(self.replayed(round));
        let epoch = self.place.step * learning.rounds + round;
        let spelled = |(index, place): (usize, &usize)| {
            let ids = self.ids(&self.ledger.calls()[*place].smiles)?;
            Some(Lesson {
                ids: self.spell.spell(&ids, epoch, index, 0),
                score: self.ledger.counted(*place),
            })
        };
        places.par_iter().enumerate().filter_map(spelled).collect()
    }

    /// Places of the molecules that are replayed in a round, the better ones more often.
    fn replayed(&self, round: u64) -> Vec<usize> {
        let learning = &self.settings.learning;
        let memory = self.ledger.replayable(learning.memory, learning);
        let place = self.place.step * learning.rounds + round;
        let mut random = self.random(0x5245_504c_4159, place);
        self.draw(&memory, learning.replay, &mut random)
    }

    /// As many of the memory, each at most once, the better ones more often.
    fn draw(&self, memory: &[usize], count: usize, random: &mut ChaCha8Rng) -> Vec<usize> {
        let offset = self.settings.learning.rank * memory.len() as f64;
        let weights = (0..memory.len()).map(|rank| 1.0 / (offset + rank as f64));
        let mut weights: Vec<f64> = weights.map(|weight| weight.min(1e9)).collect();
        let mut drawn = Vec::new();
        while drawn.len() < count.min(memory.len()) {
            let total: f64 = weights.iter().sum();
            let mut left = total * uniform(random);
            let hit = weights.iter().position(|weight| {
                left -= weight;
                left < 0.0 && *weight > 0.0
            });
            let hit = hit.or_else(|| weights.iter().rposition(|weight| *weight > 0.0));
            let Some(hit) = hit else { break };
            weights[hit] = 0.0;
            drawn.push(memory[hit]);
        }
        drawn
    }

    /// The tokens of a spelling, after the conditions; none where the model does not know one, or it is too long.
    fn ids(&self, smiles: &str) -> Option<Vec<TokenId>> {
        let mut ids = self.prior.tokenizer().encode(smiles).ok()?;
        ids.splice(1..1, self.conditions.iter().copied());
        (ids.len() <= self.prior.config().context && !ids.contains(&UNK)).then_some(ids)
    }

    fn standing(&self, valid: usize) -> Standing {
        let calls = self.ledger.calls();
        let best = self.ledger.best(10);
        let scores: Vec<f64> = best.iter().map(|place| calls[*place].rank()).collect();
        Standing {
            step: self.place.step,
            calls: calls.len(),
            best: scores.first().copied().unwrap_or(f64::NAN),
            top: scores.iter().sum::<f64>() / scores.len().max(1) as f64,
            valid: valid as f64 / self.settings.learning.batch as f64,
            scaffolds: self.ledger.scaffolds(),
            seconds: self.began.elapsed().as_secs_f64(),
        }
    }
}
