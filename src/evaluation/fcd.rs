//! Frechet ChemNet distances of the generated molecules from the reference sets.

use super::{ChemNetStatistics, Figure, SAMPLE};
use crate::chemnet::{Distance, Embed, Embedded, Gaussian, score};
use crate::error::Result;
use crate::progress::Watch;

/// The network that computes ChemNet's activations, or the reason why there is none.
pub type Network<'a> = Result<&'a dyn Embed, String>;

/// The distances of an evaluation.
pub(super) struct Distances {
    /// From the test set.
    pub(super) test: Figure,
    /// From the scaffold test set.
    pub(super) test_scaffolds: Figure,
    /// From the training set, of at most [`SAMPLE`] molecules on either side, as GuacaMol has it.
    pub(super) train: Figure,
    /// GuacaMol's score of that.
    pub(super) train_score: Figure,
}

impl Distances {
    /// Measures canonical SMILES of the valid generated strings, in their order, against the
    /// reference sets; `has_train` says whether there is a training set.
    ///
    /// # Errors
    /// [`Kind::Cancelled`](crate::error::Kind::Cancelled) only.
    pub(super) fn measure(
        network: &Network,
        references: &ChemNetStatistics,
        has_train: bool,
        generated: &[&str],
        watch: &dyn Watch,
    ) -> Result<Self> {
        let statistics = |set: &'_ Result<Gaussian, String>| -> Result<Gaussian, String> {
            network.as_ref().map_err(Clone::clone)?;
            set.clone()
        };
        let train = if has_train {
            statistics(&references.train)
        } else {
            Err("no training set was given".to_owned())
        };
        let tests = [&references.test, &references.test_scaffolds].map(statistics);
        // Each molecule goes through the network once, whatever it is compared with.
        let (few, others) = generated.split_at(generated.len().min(SAMPLE));
        let any_test = tests.iter().any(Result::is_ok);
        let embedded = match network {
            Ok(network) if any_test || train.is_ok() => {
                let count = if any_test { generated.len() } else { few.len() };
                watch.begin("ChemNet, generated", count as u64);
                let few = Embedded::of(*network, few, watch)?;
                let mut all = few.clone();
                if any_test {
                    all.merge(&Embedded::of(*network, others, watch)?);
                }
                Some((few, all))
            }
            _ => None,
        };
        let between = |reference: Result<Gaussian, String>,
                       of_few: bool|
         -> Result<Result<Distance, String>> {
            let reference = match reference {
                Ok(reference) => reference,
                Err(reason) => return Ok(Err(reason)),
            };
            let Some((few, all)) = embedded.as_ref() else {
                return Ok(Err("nothing is embedded".to_owned()));
            };
            let generated = if of_few { few } else { all };
            let distance = generated.distance(&reference, watch)?;
            Ok(distance.map_err(|too_few| format!("generated: {too_few}")))
        };
        let [test, test_scaffolds] = tests;
        let test = figure(&between(test, false)?);
        let test_scaffolds = figure(&between(test_scaffolds, false)?);
        let train = between(train, true)?;
        Ok(Self {
            test,
            test_scaffolds,
            train_score: score_of(&train),
            train: figure(&train),
        })
    }
}

/// A distance as a figure.
fn figure(distance: &Result<Distance, String>) -> Figure {
    match distance {
        Ok(distance) => Figure::new(distance.value, distance.generated, distance.interval)
            .with_warning(distance.warning()),
        Err(reason) => Figure::not_computed(reason.clone()),
    }
}

/// GuacaMol's score of a distance.
fn score_of(distance: &Result<Distance, String>) -> Figure {
    match distance {
        Ok(distance) => {
            // A larger distance is a lower score.
            let interval = distance
                .interval
                .map(|[low, high]| [score(high), score(low)]);
            Figure::new(score(distance.value), distance.generated, interval)
                .with_warning(distance.warning())
        }
        Err(reason) => Figure::not_computed(reason.clone()),
    }
}
