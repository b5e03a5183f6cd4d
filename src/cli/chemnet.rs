//! FCD for commands: the network behind `--chemnet`, or the reason why there is none.

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

use burn::tensor::backend::AutodiffBackend;

use super::progress_bar;
use super::references::{Sets, WORTH_KEEPING};
use super::study;
use crate::chemnet::{
    self, Activations, CHEMNET_WHEEL, Distance, Embed, Embedded, Gaussian, WIDTH, Weights,
    describe, score,
};
use crate::device::{Device, OnDevice, Place};
use crate::evaluation::{Evaluation, Figure, SAMPLE, Source};

/// Names the wheel when `--chemnet` does not.
const VARIABLE: &str = "MOLGPT_CHEMNET";

/// The place where `data/fetch_chemnet.sh` puts it.
const DEFAULT: &str = "data/fcd_torch-1.0.7-py3-none-any.whl";

/// Weights that go to a device.
struct Placing(Weights);

impl OnDevice for Placing {
    type Output = Box<dyn Embed>;

    fn run<B: AutodiffBackend>(self, place: &Place<B>) -> Result<Box<dyn Embed>> {
        let device = place.devices[0].clone();
        let network = chemnet::OnDevice::<B::InnerBackend>::new(&self.0, device);
        Ok(Box::new(network))
    }
}

/// The weights of the file that is asked for, or found; or why there are none.
#[expect(clippy::print_stderr, reason = "messages to the user")]
fn read(asked: Option<&Path>) -> Result<Weights, String> {
    let variable = || std::env::var_os(VARIABLE).map(PathBuf::from);
    let fetched = || Some(PathBuf::from(DEFAULT)).filter(|path| path.is_file());
    let Some(path) = asked.map(Path::to_owned).or_else(variable).or_else(fetched) else {
        return Err(format!(
            "FCD needs --chemnet WHEEL, which `pip download {CHEMNET_WHEEL} --no-deps` fetches"
        ));
    };
    Weights::read(&path).map_err(|error| {
        let reason = Error::from(error).chain();
        eprintln!("no FCD: {reason}");
        reason
    })
}

/// Computes distances, or says why not.
pub(super) struct Meter {
    network: Result<Box<dyn Embed>, String>,
    quiet: bool,
}

impl Meter {
    /// Reads the weights. Without them all other figures are still computed, so a file that cannot
    /// be used is a message and not an error.
    pub(super) fn new(asked: Option<&Path>, quiet: bool) -> Self {
        let network =
            read(asked).map(|weights| -> Box<dyn Embed> { Box::new(Activations::new(&weights)) });
        Self { network, quiet }
    }

    /// As [`Meter::new`], on another device.
    pub(super) fn on(device: &Device, asked: Option<&Path>, quiet: bool) -> Result<Self> {
        if device.is_cpu() {
            return Ok(Self::new(asked, quiet));
        }
        device.alone("FCD")?;
        let network = match read(asked) {
            Ok(weights) => Ok(device.run(Placing(weights))?),
            Err(reason) => Err(reason),
        };
        Ok(Self { network, quiet })
    }

    /// Whether there is a network.
    pub(super) fn is_ready(&self) -> bool {
        self.network.is_ok()
    }

    /// Mean and covariance of the activations of canonical SMILES.
    pub(super) fn describe(&self, what: &str, smiles: &[&str]) -> Result<Gaussian, String> {
        self.run(what, smiles, |network, tick| {
            describe(network, smiles, tick).map_err(|few| format!("{what}: {few}"))
        })
    }

    /// Activations of canonical SMILES, from which distances are computed.
    fn embed(&self, what: &str, smiles: &[&str]) -> Result<Embedded, String> {
        self.run(what, smiles, |network, tick| {
            Ok(Embedded::of(network, smiles, tick))
        })
    }

    /// FCD of canonical SMILES from a reference.
    pub(super) fn distance(
        &self,
        what: &str,
        smiles: &[&str],
        reference: &Result<Gaussian, String>,
    ) -> Result<Distance, String> {
        between(what, &self.embed(what, smiles), reference)
    }

    fn run<T>(
        &self,
        what: &str,
        smiles: &[&str],
        compute: impl FnOnce(&dyn Embed, &(dyn Fn(usize) + Sync)) -> Result<T, String>,
    ) -> Result<T, String> {
        let network = self.network.as_ref().map_err(Clone::clone)?;
        let template = format!("ChemNet, {what} {{bar:30}} {{pos}}/{{len}} {{eta}}");
        let bar = progress_bar(smiles.len() as u64, &template, self.quiet);
        let result = compute(&**network, &|count| bar.inc(count as u64));
        bar.finish_and_clear();
        result
    }
}

/// FCD of what is embedded from a reference; or why there is none.
fn between(
    what: &str,
    generated: &Result<Embedded, String>,
    reference: &Result<Gaussian, String>,
) -> Result<Distance, String> {
    let reference = reference.as_ref().map_err(Clone::clone)?;
    let generated = generated.as_ref().map_err(Clone::clone)?;
    let distance = generated.distance(reference);
    distance.map_err(|few| format!("{what}: {few}"))
}

/// Version of the cached statistics of a reference set.
const FORMAT: u32 = 1;

impl Meter {
    /// Mean and covariance of the molecules of a file, or of a draw of at most `most` of them, kept
    /// from the last time if they can be. Problems with the file were told before.
    fn reference(
        &self,
        sets: &Sets,
        kind: &str,
        path: &Path,
        source: &Source,
        most: usize,
    ) -> Result<Gaussian, String> {
        self.network.as_ref().map_err(Clone::clone)?;
        let kept = sets.cache.load(kind, &source.digest, FORMAT);
        if let Some(kept) = kept.and_then(|bytes| Gaussian::from_bytes(&bytes, WIDTH)) {
            return Ok(kept);
        }
        let told = |error: Error| error.chain();
        let records = study::read(path, None).map_err(told)?;
        let texts: Vec<&str> = records.iter().map(|record| &*record.smiles).collect();
        let texts = study::spread(&texts, most);
        let what = source.name.as_str();
        let found = study::canonical_of(what, "another name", &texts, self.quiet).map_err(told)?;
        let reference = self.describe(what, &study::valid(&found))?;
        if records.len() >= WORTH_KEEPING {
            let bytes = reference.to_bytes();
            sets.cache.store(kind, &source.digest, FORMAT, &bytes);
        }
        Ok(reference)
    }
}

/// The FCDs of an evaluation; `None` where there is no such reference set.
pub(super) struct Distances {
    /// From the test and scaffold test sets.
    tests: [Option<Result<Distance, String>>; 2],
    /// From the training set, of at most [`SAMPLE`] molecules on either side, as GuacaMol has it.
    train: Option<Result<Distance, String>>,
}

impl Distances {
    /// Measures canonical SMILES of the valid generated strings against the test, scaffold test and
    /// training sets.
    pub(super) fn measure(
        meter: &Meter,
        sets: &Sets,
        files: [Option<&Path>; 3],
        sources: [Option<&Source>; 3],
        generated: &[&str],
    ) -> Self {
        let [test, scaffolds, train] = [0, 1, 2].map(|set| files[set].zip(sources[set]));
        let train =
            train.map(|(path, source)| meter.reference(sets, "chemnet-draw", path, source, SAMPLE));
        let tests = [test, scaffolds].map(|set| {
            let (path, source) = set?;
            Some(meter.reference(sets, "chemnet", path, source, usize::MAX))
        });
        // Each molecule goes through the network once, whatever it is compared with.
        let (few, others) = generated.split_at(generated.len().min(SAMPLE));
        let few = meter.embed("generated", few);
        let mut all = few.clone();
        if tests.iter().any(Option::is_some)
            && let Ok(all) = &mut all
            && let Ok(others) = meter.embed("generated", others)
        {
            all.merge(&others);
        }
        Self {
            tests: tests.map(|reference| Some(between("generated", &all, &reference?))),
            train: train.map(|reference| between("generated", &few, &reference)),
        }
    }

    /// Puts the figures, or the reasons why there are none, in their places.
    pub(super) fn fill(self, evaluation: &mut Evaluation) {
        let figure = |distance: &Result<Distance, String>| match distance {
            Ok(distance) => Figure::new(distance.value, distance.generated, distance.interval),
            Err(reason) => Figure::not_computed(reason.clone()),
        };
        let [test, scaffolds] = self.tests;
        for (place, distance) in [
            (&mut evaluation.moses.test.fcd, test),
            (&mut evaluation.moses.test_scaffolds.fcd, scaffolds),
        ] {
            if let Some(distance) = distance {
                *place = figure(&distance);
            }
        }
        let without = || Err("no training set was given".to_owned());
        let train = self.train.unwrap_or_else(without);
        evaluation.guacamol.fcd = figure(&train);
        evaluation.guacamol.fcd_score = match train {
            Ok(distance) => {
                // A larger distance is a lower score.
                let interval = distance
                    .interval
                    .map(|[low, high]| [score(high), score(low)]);
                Figure::new(score(distance.value), distance.generated, interval)
            }
            Err(reason) => Figure::not_computed(reason),
        };
    }
}
