//! The agent: a copy of the prior that learns.
//!
//! Its loss for a spelling of score `s` is REINVENT's (Olivecrona et al. 2017, Blaschke et al. 2020):
//! `(log P_prior + sigma s - log P_agent)^2`, whose gradient is that of the spelling's own negative
//! log-likelihood, times twice the difference: a weighted [`Sequence`]. A leash adds the divergence
//! of the agent from its prior, whose gradient on a spelling that the agent wrote is that of its
//! log-likelihood times `log P_agent - log P_prior`.

use crate::config::{RunConfig, TrainingConfig};
use crate::corpus::targets;
use crate::error::Result;
use crate::model::{Fused, Model};
use crate::optimize::Learning;
use crate::tokenizer::TokenId;
use crate::train::{FusedLearner, Learner, Sequence};

/// A spelling to learn from, with the score of its molecule.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lesson {
    /// Its tokens, after the conditions that it was written under.
    pub(super) ids: Vec<TokenId>,
    pub(super) score: f64,
}

/// The learning network beside its prior.
pub(super) struct Agent<'a> {
    prior: &'a Model,
    engine: Fused,
    learner: FusedLearner,
    sigma: f64,
    rate: f64,
}

impl<'a> Agent<'a> {
    /// An agent that is like its prior.
    pub(super) fn new(prior: &'a Model, learning: &Learning) -> Self {
        Self::with(prior, learning, prior.parameters().to_vec())
    }

    /// One that goes on from these weights and moments.
    pub(super) fn resume(
        prior: &'a Model,
        learning: &Learning,
        parameters: Vec<f32>,
        moments: [Vec<f32>; 2],
    ) -> Result<Self> {
        let mut agent = Self::with(prior, learning, parameters);
        agent.learner = agent.learner.with_moments(moments)?;
        Ok(agent)
    }

    fn with(prior: &'a Model, learning: &Learning, parameters: Vec<f32>) -> Self {
        let settings = TrainingConfig {
            optimizer: learning.optimizer,
            weight_decay: 0.0,
            betas: [0.9, 0.99],
            ..RunConfig::small().training
        };
        Self {
            prior,
            engine: Fused::new(prior.shape()),
            learner: FusedLearner::new(prior.shape(), &settings, parameters, 0),
            sigma: learning.sigma,
            rate: learning.rate,
        }
    }

    /// Its weights.
    pub(super) fn parameters(&mut self) -> Vec<f32> {
        self.learner.parameters()
    }

    /// Moments of its optimizer.
    pub(super) fn moments(&mut self) -> [Vec<f32>; 2] {
        self.learner.moments()
    }

    /// One update; `number` counts all updates before it. The `leash` is for spellings that the agent wrote itself.
    pub(super) fn learn(&mut self, lessons: &[Lesson], leash: f64, number: u64) {
        let weights = self.weights(lessons, leash);
        let mut sequences = self.sequences(lessons);
        for (sequence, weight) in sequences.iter_mut().zip(weights) {
            sequence.weight = weight;
        }
        if !sequences.is_empty() {
            self.learner.learn(&sequences, number, self.rate);
        }
    }

    /// The spellings as sequences of weight 1, whose conditions are read only.
    fn sequences<'b>(&self, lessons: &'b [Lesson]) -> Vec<Sequence<'b>> {
        let conditions = self.prior.tokenizer().conditions();
        let lessons = lessons.iter();
        lessons
            .map(|lesson| Sequence::behind(&lesson.ids, conditions))
            .collect()
    }

    /// The weight of each spelling: half the derivative of the mean loss by its log-likelihood, in units of
    /// sigma, times the number of targets, by which the learner divides.
    fn weights(&mut self, lessons: &[Lesson], leash: f64) -> Vec<f32> {
        let sequences = self.sequences(lessons);
        let ids: Vec<&[TokenId]> = sequences.iter().map(|sequence| sequence.ids).collect();
        let share = targets(&sequences) as f64 / lessons.len().max(1) as f64;
        let parameters = self.learner.parameters();
        let mut nll = |parameters: &[f32]| -> Vec<f64> {
            let losses = self.engine.token_losses(parameters, &ids);
            let sum = |(losses, sequence): (&Vec<f32>, &Sequence<'_>)| {
                let losses = losses.iter().skip(sequence.first_target - 1);
                losses.map(|loss| f64::from(*loss)).sum()
            };
            losses.iter().zip(&sequences).map(sum).collect()
        };
        let (prior, agent) = (nll(self.prior.parameters()), nll(&parameters));
        let difference = |(lesson, (prior, agent)): (&Lesson, (f64, f64))| {
            let aim = self.sigma * lesson.score - prior;
            (((aim + agent) / self.sigma + leash * (agent - prior)) * share) as f32
        };
        lessons
            .iter()
            .zip(prior.into_iter().zip(agent))
            .map(difference)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::likelihood::Scorer;

    /// Negative log-likelihoods of texts, in nats.
    fn nll(model: &Model, texts: &[&str]) -> Vec<f64> {
        let scores = Scorer::new(model).score(texts).into_iter();
        scores.map(|score| score.unwrap().nll()).collect()
    }

    #[test]
    fn good_spellings_become_likelier_and_bad_ones_less() {
        let prior = Model::randomized().unwrap();
        let learning = Learning {
            sigma: 60.0,
            ..Learning::default()
        };
        let mut agent = Agent::new(&prior, &learning);
        let texts = ["Oc1ccccc1", "Nc1ccccc1"];
        let lesson = |(text, score): (&str, f64)| Lesson {
            ids: prior.tokenizer().encode(text).unwrap(),
            score,
        };
        let lessons: Vec<Lesson> = texts.into_iter().zip([1.0, 0.0]).map(lesson).collect();
        // At the prior itself, what is left is sigma times the score.
        let weights = agent.weights(&lessons, 0.5);
        let share = (lessons[0].ids.len() + lessons[1].ids.len() - 2) as f32 / 2.0;
        approx::assert_relative_eq!(weights[0], share, max_relative = 1e-4);
        approx::assert_abs_diff_eq!(weights[1], 0.0, epsilon = 1e-4);
        for number in 0..20 {
            agent.learn(&lessons, 0.0, number);
        }
        let mut learned = prior.clone();
        learned.set_parameters(agent.parameters()).unwrap();
        let (before, after) = (nll(&prior, &texts), nll(&learned, &texts));
        assert!(after[0] < before[0] - 1.0, "{before:?} {after:?}");
        assert!(after[0] < after[1], "{before:?} {after:?}");
    }

    #[test]
    fn a_leash_holds_the_agent_to_its_prior() {
        let prior = Model::randomized().unwrap();
        let learning = Learning {
            sigma: 60.0,
            ..Learning::default()
        };
        let lessons = [Lesson {
            ids: prior.tokenizer().encode("Oc1ccccc1").unwrap(),
            score: 1.0,
        }];
        let gain = |leash: f64| {
            let mut agent = Agent::new(&prior, &learning);
            for number in 0..20 {
                agent.learn(&lessons, leash, number);
            }
            let mut learned = prior.clone();
            learned.set_parameters(agent.parameters()).unwrap();
            nll(&prior, &["Oc1ccccc1"])[0] - nll(&learned, &["Oc1ccccc1"])[0]
        };
        let (free, held) = (gain(0.0), gain(5.0));
        assert!(held < free / 2.0, "{free} {held}");
    }
}
