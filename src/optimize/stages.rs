//! Stages: searches one after another, each by a score and to an end of its own. The agent learns on from one to the
//! next; what a stage remembers beside it (memory, scaffold buckets, what is new) begins with the stage.

use super::{Before, Call, Follow, Found, Keeper, Ledger, Place, SearchSettings, Until, search};
use crate::chem::Molecule;
use crate::error::{Result, bail, ensure};
use crate::model::Model;
use crate::objective::{self, Judged, Score};
use crate::progress::{Outcome, Watch};

/// A stage of a search.
#[derive(Clone, Copy)]
pub struct Stage<'a> {
    /// The score.
    pub score: &'a dyn Score,
    /// Molecules to score by it at most; none for all that are left.
    pub calls: Option<usize>,
    /// When the stage ends before its calls are used up, if at all.
    pub until: Option<Until>,
}

impl<'a> Stage<'a> {
    /// The only stage of a search by this score.
    pub fn only(score: &'a dyn Score) -> Self {
        Self {
            score,
            calls: None,
            until: None,
        }
    }

    /// The molecules that it may score after these stages.
    pub fn budget(&self, settings: &SearchSettings, past: &[Ledger]) -> usize {
        let left = settings.calls.saturating_sub(paid(past));
        self.calls.map_or(left, |calls| calls.min(left))
    }
}

impl<'a> From<&'a objective::Stage> for Stage<'a> {
    fn from(stage: &'a objective::Stage) -> Self {
        Self {
            score: &stage.goal,
            calls: stage.calls,
            until: stage.until.map(Until::ten_best),
        }
    }
}

/// Searches molecules of a high score in each stage in turn. `settings.calls` are those of all stages together: a
/// molecule that is scored in two of them is two calls.
///
/// The figures of each call are those of the parts of all stages, each name once; not a number for parts of other stages.
///
/// # Errors
/// Those of [`search`]; no stage; and `settings.until` beside several, which have ends of their own.
pub fn search_stages(
    prior: &Model,
    stages: &[Stage<'_>],
    settings: &SearchSettings,
    before: Option<Before>,
    keeper: &mut dyn Keeper,
    follow: &dyn Follow,
) -> Result<Outcome<Found>> {
    check(stages, settings)?;
    let names = parts_of(stages);
    let mut before = before.unwrap_or_else(|| begin(0, prior));
    let calls = std::mem::take(&mut before.calls);
    let kept = |stage: usize| -> Vec<Call> {
        let own = calls.iter().filter(|call| call.stage == stage);
        own.cloned().collect()
    };
    let past = (0..before.place.stage).map(|stage| Ledger::of(kept(stage), &settings.learning));
    let mut past: Vec<Ledger> = past.collect();
    loop {
        let number = past.len();
        let Some(stage) = stages.get(number) else {
            bail!(Setting, "there is no stage {}", number + 1)
        };
        let budget = stage.budget(settings, &past);
        ensure!(
            budget > 0,
            Setting,
            "setting `calls` is {}, and the stages so far took {}: give more",
            settings.calls,
            paid(&past)
        );
        if stages.len() > 1 {
            let (of, parts) = (stages.len(), stage.score.parts().join(", "));
            follow.note(&format!("stage {} of {of}: {parts}", number + 1));
        }
        let own = SearchSettings {
            calls: budget,
            // Else a stage would draw what the one before drew.
            seed: settings.seed.wrapping_add((number as u64) << 32),
            until: stage.until.or(settings.until),
            ..settings.clone()
        };
        let score = Aligned::new(stage.score, &names);
        before.calls = kept(number);
        let outcome = search(prior, &score, &own, Some(before), keeper, follow)?;
        let is_cancelled = outcome.is_cancelled();
        let found = outcome.done();
        let is_last = number + 1 == stages.len()
            || paid(&past) + found.ledger.calls().len() >= settings.calls;
        if is_cancelled || is_last {
            return Ok(Outcome::of(is_cancelled, Found { past, ..found }));
        }
        before = begin(number + 1, &found.agent);
        past.push(found.ledger);
    }
}

/// Refuses settings that make no sense for these stages.
pub(super) fn check(stages: &[Stage<'_>], settings: &SearchSettings) -> Result<()> {
    ensure!(!stages.is_empty(), Setting, "there is no stage 1");
    ensure!(
        stages.len() < 2 || settings.until.is_none(),
        Setting,
        "setting `until` does not go with stages: give the last stage an `until` of its own"
    );
    Ok(())
}

/// The begin of a stage with this agent: nothing is found yet.
pub(super) fn begin(stage: usize, agent: &Model) -> Before {
    let parameters = agent.parameters().to_vec();
    let still = vec![0.0; parameters.len()];
    Before {
        place: Place {
            stage,
            ..Place::default()
        },
        parameters,
        moments: [still.clone(), still],
        calls: Vec::new(),
    }
}

/// The calls of stages.
fn paid(past: &[Ledger]) -> usize {
    past.iter().map(|ledger| ledger.calls().len()).sum()
}

/// All calls with their numbers, those of the last stage first, in each the best first.
pub fn ranked<'a>(past: &'a [Ledger], last: &'a Ledger) -> Vec<(usize, &'a Call)> {
    let mut stages: Vec<Vec<(usize, &Call)>> = Vec::new();
    let mut before = 0;
    for ledger in past.iter().chain([last]) {
        let calls = ledger.calls();
        let best = ledger.best(calls.len()).into_iter();
        stages.push(
            best.map(|place| (before + place + 1, &calls[place]))
                .collect(),
        );
        before += calls.len();
    }
    stages.into_iter().rev().flatten().collect()
}

/// The names of the parts of all stages, each once.
pub(super) fn parts_of(stages: &[Stage<'_>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in stages.iter().flat_map(|stage| stage.score.parts()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The score of a stage, whose figures stand at the places of their names among those of all stages.
struct Aligned<'a> {
    score: &'a dyn Score,
    names: &'a [String],
    places: Vec<usize>,
}

impl<'a> Aligned<'a> {
    fn new(score: &'a dyn Score, names: &'a [String]) -> Self {
        let place = |own: String| names.iter().position(|name| *name == own);
        Self {
            places: score.parts().into_iter().filter_map(place).collect(),
            score,
            names,
        }
    }
}

impl Score for Aligned<'_> {
    fn score(&self, molecules: &[Molecule]) -> Result<Vec<f64>> {
        self.score.score(molecules)
    }

    fn parts(&self) -> Vec<String> {
        self.names.to_vec()
    }

    fn judge(&self, molecules: &[Molecule], watch: &dyn Watch) -> Result<Vec<Judged>> {
        let mut judged = self.score.judge(molecules, watch)?;
        for one in &mut judged {
            let mut parts = vec![f64::NAN; self.names.len()];
            for (place, part) in self.places.iter().zip(&one.parts) {
                parts[*place] = *part;
            }
            one.parts = parts;
        }
        Ok(judged)
    }
}
