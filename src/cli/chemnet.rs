//! FCD for commands: the network behind `--chemnet`, or the reason why there is none.

use std::path::{Path, PathBuf};

use super::train::progress_bar;
use crate::chemnet::{Activations, CHEMNET_WHEEL, Distance, Gaussian, Weights, describe, distance};

/// Names the wheel when `--chemnet` does not.
const VARIABLE: &str = "MOLGPT_CHEMNET";

/// Where `data/fetch_chemnet.sh` puts it.
const DEFAULT: &str = "data/fcd_torch-1.0.7-py3-none-any.whl";

/// Computes distances, or says why not.
pub(super) struct Meter {
    network: Result<Activations, String>,
    quiet: bool,
}

impl Meter {
    /// Reads the weights. Without them all other figures are still computed, so a file that cannot
    /// be used is a message and not an error.
    #[expect(clippy::print_stderr, reason = "messages to the user")]
    pub(super) fn new(asked: Option<&Path>, quiet: bool) -> Self {
        let variable = || std::env::var_os(VARIABLE).map(PathBuf::from);
        let fetched = || Some(PathBuf::from(DEFAULT)).filter(|path| path.is_file());
        let path = asked.map(Path::to_owned).or_else(variable).or_else(fetched);
        let network = match path {
            None => Err(format!(
                "FCD needs --chemnet WHEEL, which `pip download {CHEMNET_WHEEL} --no-deps` fetches"
            )),
            Some(path) => match Weights::read(&path) {
                Ok(weights) => Ok(Activations::new(&weights)),
                Err(error) => {
                    let reason = format!("{:#}", anyhow::Error::new(error));
                    eprintln!("no FCD: {reason}");
                    Err(reason)
                }
            },
        };
        Self { network, quiet }
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

    /// FCD of canonical SMILES from a reference.
    pub(super) fn distance(
        &self,
        what: &str,
        smiles: &[&str],
        reference: &Result<Gaussian, String>,
    ) -> Result<Distance, String> {
        let reference = reference.as_ref().map_err(Clone::clone)?;
        self.run(what, smiles, |network, tick| {
            distance(network, smiles, reference, tick).map_err(|few| format!("{what}: {few}"))
        })
    }

    fn run<T>(
        &self,
        what: &str,
        smiles: &[&str],
        compute: impl FnOnce(&Activations, &(dyn Fn(usize) + Sync)) -> Result<T, String>,
    ) -> Result<T, String> {
        let network = self.network.as_ref().map_err(Clone::clone)?;
        let template = format!("ChemNet, {what} {{bar:30}} {{pos}}/{{len}} {{eta}}");
        let bar = progress_bar(smiles.len() as u64, &template, self.quiet);
        let result = compute(network, &|count| bar.inc(count as u64));
        bar.finish_and_clear();
        result
    }
}
